"""What is skipped because of its shape breaks no rule: a naive walk over every event finds the same."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.checking import shapes
from tlx.query.checking import violations as checking
from tlx.query.checking.values import record_of, shown
from tlx.query.checking.violations import Wanted, checks, violations
from tlx.session import Session
from tlx.store.database import Database

WHEN = "2026-11-21T01:40:32Z"
HEPHAESTUS = {"timestamp": WHEN, "level": "INFO", "logger": "hephaestus.x", "message": "m"}
CLEAN = (
    {
        "ActionExecutionEvent": {
            "kind": "Run",
            "name": {"category": "c", "identifier": "i"},
            "duration_millis": 1,
            "output_size": 0,
            "input_materialization_duration_millis": 0,
            "execution_kind": "Local",
            "owner": "root//:a",
        },
        "epoch_millis": 1_771_287_109_724,
    },
    {"StarlarkUserEvent": {"id": "x", "metadata": {"a": [1, {"b": True}], "c": -7, "kind": "z"}}, "epoch_millis": 5},
    {"BxlEnsureArtifactsEvent": {"duration_millis": 3}, "epoch_millis": 5},
    {"Event": {"timestamp": [1, 5], "trace_id": "t", "span_id": 1, "data": {"SpanEnd": {"duration_us": 7, "data": {
        "ActionExecution": {"failed": False, "kind": "Run"}}}}}},
    {**HEPHAESTUS, "event": "cli.cleanup.failed", "payload": {"errors": 1, "operation_id": "o"}},
    {**HEPHAESTUS, "event": "cleanup.path.skipped", "payload": {"path": "/p", "reason": "r", "operation_id": "o"}},
    {"timestamp": WHEN, "principal": "p", "operation": "x", "status": "success"},
    {
        "timestamp": WHEN,
        "event": "beamlens.operator.done",
        "measurements": {"system_time": 1},
        "metadata": {"operator": "o", "trace_id": "t"},
    },
    {"timestamp": WHEN, "level": "info", "message": "[beamlens.operator.done] trace_id=t system_time=1"},
    {"event": {"id": "1", "timestamp": WHEN, "feature": "search", "action": "submit"}, "metadata": {}},
)  # fmt: skip
TEXT = "INFO hephaestus.cleanup: Said | event=cleanup.path.error run_id=r path=/a b/c reason=x"
VALUES = (
    *(None, True, False, 0, 1, 7, -1, -(2**31), 999_999_999, 1_000_000_000, 2**31 - 1, 2**31, 10**17, 10**18),
    *(2**63, 2**64 - 1, 2**64, -(2**63), 10**30, 0.0, 1.0, -2.5, 1e300, 1e-7, float("nan"), float("inf")),
    *("", "x", "Run", "Remote", "Warp", "denied", "maybe", "é", "\ud800", 'a"b', "a\\b", "a\nb", "\x7f", "\0"),
    *([], {}, [1], [1.5], {"a": 1}, {"kind": "Run"}, "[beamlens.operator.dream] trace_id=t"),
)
KEYS = ("kind", "execution_kind", "status", "event", "errors", "extra", "epoch_millis", "message", "payload", "a")


def paths(record, before=()):
    """Every place in a record."""
    for key, value in record.items() if isinstance(record, dict) else enumerate(record):
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*before, key))


def line(dice):
    """A line of some system: as it should be, or with a value, a key, a space or a comma that it should not have."""
    if dice.random() < 0.05:
        return dice.choice([TEXT, TEXT.replace(" reason=x", ""), "{broken", "[1]", '"text"'])
    record = json.loads(json.dumps(dice.choice(CLEAN)))
    for _ in range(dice.choice([0, 0, 1, 1, 2])):
        *outer, key = dice.choice(list(paths(record)) or [(dice.choice(KEYS),)])
        inner = record
        for step in outer:
            inner = inner[step]
        change = dice.choice(["value", "value", "none", "more"])
        if change == "none" and inner:
            del inner[key]
        elif change == "more" and isinstance(inner, dict):
            inner[dice.choice(KEYS)] = deepcopy(dice.choice(VALUES))
        else:
            inner[key] = deepcopy(dice.choice(VALUES))
    separators = dice.choice([(",", ":"), (",", ":"), (", ", ": "), (",  ", " :\t")])
    text = json.dumps(record, separators=separators, ensure_ascii=dice.random() < 0.5)
    text = text.encode("utf-8", "replace").decode()
    twice = f',"{dice.choice(KEYS)}":{json.dumps(dice.choice(VALUES))}}}' if record else "}"
    return dice.choice([*[text] * 12, text[:-1] + ",}", text[:-1] + twice, text + " ", text + " {}"])


def first(raw):
    """A record in which the first of two values of a key counts: that is where the store has the span from."""
    return json.loads(raw, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


def naive(asker, held):
    """What is wrong with events, one after another, all of them judged."""
    spans = defaultdict(set)
    found = []
    rows = asker.rows("SELECT id, source, line, dialect, event, span, raw FROM events ORDER BY id")
    for event_id, source, line, dialect, event, span, raw in rows:
        if dialect not in held.given:
            continue
        own, against = held.given[dialect]
        record = record_of(raw)
        payload = first(raw).get("payload") if isinstance(record, dict) else None
        for key, value in payload.items() if isinstance(payload, dict) and own.together else ():
            if event is not None:  # what has no type did not come from where the context is merged in
                spans[dialect, span, key, repr(value)].add(event)
        for one in own.judge(checking.Judged(event, record, raw), against):
            value = one.value if one.hidden else shown(one.value)
            place = (dialect, span, one.field, repr(one.value)) if one.shared and span is not None else None
            found.append((place, (one.severity, one.rule, source, line, event_id, event, one.field, value, False)))
    return [one for place, one in found if place is None or len(spans[place]) < 2]


@pytest.fixture
def hasty(monkeypatch):
    """Shapes are learnt at once, and events looked through a few at a time."""
    monkeypatch.setattr(shapes, "_SIGHTINGS", 1)
    monkeypatch.setattr(checking, "_PAGE", 5)


@pytest.fixture
def asking(tmp_path):
    """A function that loads lines, and gives what a function says of them."""

    def asked(texts, question):
        path = tmp_path / "log"
        path.write_text("".join(text + "\n" for text in texts), "utf-8")
        session = Session([str(path)], Settings(reveal=True, cache=False))
        try:
            session.start()
            session.wait()
            return question(Asker(session.database))
        finally:
            session.close()

    return asked


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 40))
@example(53704)
@example(2000516)
def test_the_same_as_a_naive_walk(asking, hasty, seed):
    """Every violation, in the same order; those of lines that are no events stand between them."""
    dice = random.Random(seed)  # noqa: S311  dice
    texts = [json.dumps(one, separators=(",", ":")) for one in CLEAN] + [line(dice) for _ in range(150)]

    def question(asker):
        held = checks(asker, Wanted())
        return naive(asker, held), [tuple(one) for one in violations(asker, held) if one.rule != "malformed"]

    expected, found = asking(texts, question)
    assert found == expected
    assert found


def judging(asker, texts):
    """How many events are judged one by one, what was found, and what was told of the progress."""
    held, judged, noted = checks(asker, Wanted()), [], []
    given = {}
    for dialect, (own, against) in held.given.items():

        def judge(one, what, judge=own.judge):
            judged.append(one)
            return judge(one, what)

        given[dialect] = (own._replace(judge=judge), against)
    found = list(violations(asker, held._replace(given=given), None, noted.append))
    assert noted == sorted(noted)
    assert noted[-1] == len(texts)
    return len(judged), found


@pytest.mark.parametrize("clean", CLEAN[:8], ids=lambda one: "".join(one)[:20])
def test_one_shape_is_judged_a_few_times(asking, hasty, clean):
    """Where all lines have one shape, hardly any is looked at, and the one that breaks a rule is found."""
    texts = [json.dumps(clean)] * 500
    texts[400] = '{"ActionExecutionEvent":{"kind":7},"epoch_millis":5}'
    number, found = asking(texts, lambda asker: judging(asker, texts))
    assert 1 < number < 30
    assert {one.line for one in found} == {401}


@pytest.fixture(scope="module")
def matches():
    """A function that says whether a line has the shape of another, as the store sees it."""
    database = Database()
    asker = Asker(database)

    def said(one, other):
        values = [other, shapes.pattern(one, {"kind": ("Run", "Copy")})]
        return asker.row("SELECT regexp_full_match(?, ?)", values)[0]

    yield said
    asker.close()
    database.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":999999999}'),
        ('{"a":1000000000}', '{"a":999999999999999999}'),
        ('{"a":-1}', '{"a":-999999999}'),
        ('{"a":1.5}', '{"a":-20.25}'),
        ('{"a":true}', '{"a":false}'),
        ('{"a":"x"}', '{"a":"a \\" \\\\ é [{,"}'),
        ('{"kind":"Run"}', '{"kind":"Copy"}'),
        ('{"kind":["Run"]}', '{"kind":["Warp"]}'),
    ],
)
def test_alike(matches, one, other):
    """Two lines of one shape."""
    assert matches(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(('{"a":1}', other) for other in ('{"a":1.0}', '{"a":"1"}', '{"a":-1}', '{"a":1000000000}', '{"a":01}')),
        *(('{"a":1}', other) for other in ('{"b":1}', '{"a":1,"a":1}', '{"a": 1}', '{"a":1,}', '{"a":1}x', '{"a":1')),
        *(('{"a":1.5}', other) for other in ('{"a":1}', '{"a":1.5e3}', '{"a":NaN}', '{"a":1.}')),
        *(('{"a":"x"}', other) for other in ('{"a":null}', '{"a":"\\ud800"}', '{"a":"x","b":"y"}', '{"a":"\x01"}')),
        *(('{"kind":"Run"}', other) for other in ('{"kind":"Warp"}', '{"kind":"run"}', '{"kind":""}')),
        *(('{"kind":"Warp"}', other) for other in ('{"kind":"Run"}', '{"kind":"Wa"}', '{"kind":"W.rp"}')),
        ('{"kind":"a.b"}', '{"kind":"axb"}'),
        ('{"a.b":1}', '{"axb":1}'),
    ],
)
def test_not_alike(matches, one, other):
    """Two lines of which one could be judged otherwise."""
    assert matches(one, one)
    assert not matches(one, other)


@pytest.mark.parametrize(
    "line",
    ['{"a":10000000000000000000}', '{"a":1e3}', '{"a":NaN}', '{"a":"\\u0041"}', '{"\\u0041":1}', "x", "[" * 9_000],
)
def test_no_shape(line):
    """What may be read in two ways, or is too long, has none."""
    assert shapes.pattern(line, {}) is None
