"""Groups, walls and facets as plain Python counts them, one event after the other."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict

HITS = ("ActionCache", "RemoteDepFileCache", "LocalDepFile", "LocalActionCache")
EDGES = [10**6, 3 * 10**6, 10**7, 3 * 10**7, 10**8, 3 * 10**8, 10**9, 3 * 10**9, 10**10, 3 * 10**10, 10**11, 3 * 10**11]
EDGES.append(10**12)
ABSENT = object()


def at(value, keys):
    """Return what stands at a path, or ABSENT."""
    for key in keys:
        if isinstance(key, int):
            there = isinstance(value, list) and -len(value) <= key < len(value)
        else:
            there = isinstance(value, dict) and key in value
        if not there:
            return ABSENT
        value = value[key]
    return value


def payload(event, keys):
    """Return the text at a path of the record, or of an object that stands directly in it; null is a text too."""
    record = json.loads(event["raw"])
    inner = [value for value in record.values() if isinstance(value, dict)]
    found = [at(value, keys) for value in (record, *inner)]
    filled = [value for value in found if value is not ABSENT and value is not None]
    if not filled:
        return "null" if None in found else None
    value = filled[0]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value_of(event, by):
    """Return the value of a field: the name of a column, or the keys of a path as a tuple."""
    if isinstance(by, tuple):
        return payload(event, by)
    if by != "owner_unconfigured":
        return event["id" if by == "event_id" else by]
    owner = event["owner"]
    return owner[: owner.index(" (")] if owner is not None and owner.endswith(")") and " (" in owner else owner


def is_action(event):
    """Return whether an event is a span of work."""
    return event["duration_ns"] is not None and event["kind"] != "ensure"


def covered(events):
    """Return the ns during which at least one of the events ran: merged one after the other."""
    spans = sorted((event["start"], event["time"]) for event in events if event["start"] is not None)
    total, reach = 0, None
    for start, end in spans:
        if reach is None or start > reach:
            total, reach = total + end - start, end
        elif end > reach:
            total, reach = total + end - reach, end
    return total


def nearest_rank(values, percent):
    """Return the smallest value that at least `percent` of the values do not exceed."""
    return next(v for v in sorted(values) if 100 * sum(other <= v for other in values) >= percent * len(values))


def groups(events, by):
    """Return the groups of the actions by their values, with the fields of a group by name."""
    actions = [event for event in events if is_action(event)]
    whole = sum(event["duration_ns"] for event in actions)
    parted = defaultdict(list)
    for event in actions:
        parted[tuple(value_of(event, field) for field in by)].append(event)
    found = {}
    for values, own in parted.items():
        long = [event["duration_ns"] for event in own]
        histogram = [0] * (len(EDGES) + 1)
        for ns in long:
            histogram[bisect_right(EDGES, ns)] += 1
        found[values] = {
            "values": values,
            "calls": len(own),
            "total_ns": sum(long),
            "wall_ns": covered(own),
            "mean_ns": sum(long) // len(own),
            **{f"p{percent}_ns": nearest_rank(long, percent) for percent in (50, 90, 95, 99)},
            "max_ns": max(long),
            "share": sum(long) / whole if whole else 0.0,
            "longest_id": min(event["id"] for event in own if event["duration_ns"] == max(long)),
            "histogram": tuple(histogram),
        }
    return found


def cache(events):
    """Return hits and eligible actions."""
    eligible = [event for event in events if event["kind"] == "Run" and event["execution_kind"] is not None]
    return sum(event["execution_kind"] in HITS for event in eligible), len(eligible)


def facet(value, own, events):
    """Return a facet by name."""
    whole = sum(event["duration_ns"] or 0 for event in events)
    long = sum(event["duration_ns"] or 0 for event in own)
    return {
        "value": value,
        "events": len(own),
        "duration_ns": long,
        "output_size": sum(event["output_size"] or 0 for event in own),
        "share": long / whole if whole else 0.0,
        "share_of_events": len(own) / len(events) if events else 0.0,
        "cache": cache(own),
    }


def facets(events, by):
    """Return the facets of a field, the most frequent first, and that of the events without it."""
    parted = defaultdict(list)
    for event in events:
        parted[value_of(event, by)].append(event)
    missing = facet(None, parted.pop(None, []), events)
    found = [facet(value, own, events) for value, own in parted.items()]
    return sorted(found, key=lambda one: (-one["events"], one["value"])), missing
