"""The facts of a log as plain Python finds them, apart from the store: values, event and window by name of insight."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from query.grouping import counting

MS = 10**6
CLAMPED = (2**31 - 1, -(2**31))


def begin_of(event):
    """Return the start of an event, which for an instant is its time."""
    return event["time"] if event["start"] is None else event["start"]


def first(groups, key):
    """Return the group with the greatest value; of equals the one whose field is least, a missing one last."""
    ranked = sorted(groups.items(), key=lambda item: (-key(item[1]), item[0] is None, item[0] or ""))
    return ranked[0] if ranked and key(ranked[0][1]) else None


def parted(events, by):
    """Return events by the value of a field."""
    found = defaultdict(list)
    for event in events:
        found[counting.value_of(event, by)].append(event)
    return found


def total(events):
    """Return the time of events summed."""
    return sum(event["duration_ns"] or 0 for event in events)


def longest(events):
    """Return the id of the longest event, of equals the first to arrive."""
    return min(events, key=lambda event: (-(event["duration_ns"] or 0), event["id"]))["id"]


def levels(spans, begin, end):
    """Return the pieces of time between any two edges, with the number of spans in flight."""
    edges = sorted({begin, end, *(edge for span in spans for edge in span)})
    return [(a, b, sum(s <= a and b <= e for s, e in spans)) for a, b in pairwise(edges)]


def runs_of(events, headers):
    """Return begin, end, pieces and actions of each run by number."""
    found = {}
    for run, own in sorted(parted(events, "run").items()):
        timed = [event for event in own if event["time"] is not None]
        if not timed:
            continue
        times = [begin_of(event) for event in timed] + [headers[run] for _ in "x" if headers.get(run) is not None]
        begin, end = min(times), max(event["time"] for event in timed)
        acts = [event for event in timed if counting.is_action(event) and event["start"] is not None]
        spans = [(event["start"], event["time"]) for event in acts]
        found[run] = (begin, end, levels(spans, begin, end), acts)
    return found


def facts(events, headers):
    """Return values, event and window of every insight that holds, by name."""
    acts = [event for event in events if counting.is_action(event)]
    runs = runs_of(events, headers)
    found = {**grouped(acts, runs), **cached(events), **changed(events), **timed(acts, runs)}
    waits = {key: own for key, own in parted(acts, "category").items() if sum(map(wait, own))}
    if waits:
        category, own = first(waits, lambda own: sum(map(wait, own)))
        spent = sum(map(wait, own))
        heavy = sum(wait(event) > 0 and 2 * wait(event) >= event["duration_ns"] for event in own)
        values = {"category": category, "waited_ns": spent, "share": spent / total(own)}
        values |= {"heavy": heavy} if heavy else {}
        found["inputs"] = (values, min(own, key=lambda event: (-wait(event), event["id"]))["id"], None)
    odd = {
        "overlong_waits": [event for event in acts if (event["input_materialization_ns"] or 0) > event["duration_ns"]],
        "early": [
            event
            for event in events
            if event["time"] is not None
            and headers.get(event["run"]) is not None
            and begin_of(event) < headers[event["run"]] - 2 * MS
        ],
        "clamped": [event for event in events if event["kind"] == "user" and any(map(event["raw"].count, CUT))],
    }
    odd = {name: own for name, own in odd.items() if own}
    if odd:
        values = {name: len(own) for name, own in odd.items()}
        found["misfits"] = (values, min(event["id"] for own in odd.values() for event in own), None)
    return found


CUT = ('"n":2147483647}', '"n":-2147483648}', '"n":[2147483647]}')
"""How the logs of these tests write a number that was cut."""


def wait(event):
    """Return how long an action waited for its inputs, at most as long as it took."""
    return min(event["input_materialization_ns"] or 0, event["duration_ns"])


def grouped(acts, runs):
    """Return what the groups of actions and the slowest of them say."""
    found = {}
    by = "category" if any(event["category"] is not None for event in acts) else "name"
    groups = parted(acts, by)
    if top := first(groups, total):
        values = {"group": top[0], "total_ns": total(top[1]), "calls": len(top[1])}
        found["most_time"] = ({**values, "share": total(top[1]) / total(acts)}, longest(top[1]), None)
    if top := first(groups, counting.covered):
        values = {"group": top[0], "wall_ns": counting.covered(top[1])}
        if len(runs) == 1:
            ((begin, end, _, _),) = runs.values()
            values["share"] = values["wall_ns"] / (end - begin)
        found["most_wall"] = (values, longest(top[1]), None)
    slow = sorted(acts, key=lambda event: (-event["duration_ns"], event["id"]))[:10]
    if total(slow):
        values = {"name": slow[0]["name"], "duration_ns": slow[0]["duration_ns"]}
        found["slowest"] = ({**values, "actions": len(slow), "total_ns": total(slow)}, slow[0]["id"], None)
    return found


def eligible(events):
    """Return the actions that a cache could have served."""
    return [event for event in events if event["kind"] == "Run" and event["execution_kind"] is not None]


def cached(events):
    """Return what the cache says."""
    able = eligible(events)
    hits = [event for event in able if event["execution_kind"] in counting.HITS]
    missed = [event for event in able if event not in hits and event["duration_ns"] is not None]
    if not able:
        return {}
    values = {"rate": len(hits) / len(able), "hits": len(hits), "eligible": len(able)}
    found = {"cache_rate": (values, None, None)}
    for name, by in (("missed_category", "category"), ("missed_owner", "owner_unconfigured")):
        if top := first(parted(missed, by), total):
            values = {"group": top[0], "total_ns": total(top[1]), "calls": len(top[1])}
            found[name] = ({**values, "share": total(top[1]) / total(missed)}, longest(top[1]), None)
    return found


def changed(events):
    """Return what ran although another run had it from a cache."""
    able = [event for event in eligible(events) if event["name"] is not None]
    again = defaultdict(list)
    for event in able:
        key = (event["name"], event["owner"])
        if event["execution_kind"] not in counting.HITS and any(
            (other["name"], other["owner"]) == key
            and other["run"] != event["run"]
            and other["execution_kind"] in counting.HITS
            for other in able
        ):
            again[key].append(event)
    if not again:
        return {}
    ranked = sorted(again.items(), key=lambda item: (-total(item[1]), item[0][0], item[0][1] is None, item[0][1] or ""))
    (name, _), own = ranked[0]
    values = {"actions": len(again), "total_ns": sum(map(total, again.values())), "name": name}
    return {"changed": ({**values, "costliest_ns": total(own)}, longest(own), None)}


def timed(acts, runs):
    """Return what the time of runs says."""
    found = {}
    spans = [(event["start"], event["time"]) for event in acts if event["start"] is not None and event["duration_ns"]]
    if spans:
        pieces = levels(spans, *spans[0])
        most = max(level for _, _, level in pieces)
        begin = next(a for a, _, level in pieces if level == most)
        end = next((a for a, _, level in pieces if a > begin and level != most), pieces[-1][1])
        wall = counting.covered([{"start": begin, "time": end} for begin, end, _, _ in runs.values()])
        values = {"most": most, "mean": sum(e - s for s, e in spans) / wall}
        found["busiest"] = (values, None, (begin, end))
    acting = {event["run"] for event in acts}
    gaps = {run: [(b - a, -a) for a, b, level in runs[run][2] if not level] for run in runs if run in acting}
    if any(gaps.values()):
        run = max((run for run in gaps if gaps[run]), key=lambda run: (max(gaps[run])[0], -run))
        length, start = max(gaps[run])
        begin, end, _, own = runs[run]
        window = (-start, length - start)
        after = [event["id"] for event in own if event["start"] == window[1]]
        before = [event["id"] for event in own if event["time"] == window[0]]
        idle = sum(gap for gap, _ in gaps[run])
        values = {"length_ns": length, "gaps": len(gaps[run]), "idle_ns": idle, "share": idle / (end - begin)}
        found["idle"] = (values, min(after or before, default=None), window)
    tails = {
        run: (end - max((b for _, b, level in pieces if level > 1), default=begin), end - begin, end, own)
        for run, (begin, end, pieces, own) in runs.items()
        if own
    }
    if any(tail[0] for tail in tails.values()):
        long, wall, end, own = max(tails.items(), key=lambda item: (item[1][0], -item[0]))[1]
        last = max(event["time"] for event in own)
        event = min(event["id"] for event in own if event["time"] == last)
        found["tail"] = ({"tail_ns": long, "share": long / wall}, event, (end - long, end))
    return found
