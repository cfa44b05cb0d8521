"""Every rule of every system: what is planted is found, in its place, and nothing else is."""

from __future__ import annotations

import json

import pytest

from tlx.dialects.rules.registry import load

OPERATION = {"operation": "cli.cleanup", "operation_id": "op-1"}
TOTALS = {"removed": 1, "skipped": 0, "errors": 0}
EXPORT = {"id": "1", "timestamp": "2026-11-20T09:00:07.470511Z", "feature": "search", "action": "submit"}
OUTSIDE = {"identifier": {"licensedInstance": {"instanceId": "n"}}}
MANAGED = {"identifier": {"managedService": {"serviceId": "s"}}}
PLANTED = "s3cr3t-value"


def hephaestus(event, payload, **more):
    """A line as Hephaestus writes it."""
    record = {"timestamp": "2026-11-21T01:40:32Z", "level": "INFO", "logger": "hephaestus.x", "message": event}
    return {**record, "event": event, "payload": payload, **more}


def action(**fields):
    """A Buck2 action with all its fields."""
    whole = {
        "kind": "Run",
        "name": {"category": "c", "identifier": "i"},
        "duration_millis": 1,
        "output_size": 0,
        "input_materialization_duration_millis": 0,
        "execution_kind": "Local",
        "owner": "root//:a",
    }
    return {"ActionExecutionEvent": {**whole, **fields}, "epoch_millis": 5}


def beamlens(event, measurements, metadata):
    """A line of a handler for Elixir telemetry."""
    when = "2026-11-21T01:31:15.792811Z"
    return {"timestamp": when, "event": event, "measurements": measurements, "metadata": metadata}


def exported(event, metadata=OUTSIDE):
    """A line that the gateway exports."""
    return {"event": {**EXPORT, **event}, "metadata": metadata}


def test_hephaestus_names_of_fields(broken):
    """A missing required field is an error, an unknown event a warning, an unexpected field a piece of information."""
    assert broken(
        hephaestus("cli.cleanup.complete", {**TOTALS, **OPERATION}),
        hephaestus("cli.cleanup.complete", {"removed": 1, "skipped": 0}),
        hephaestus("my.own", {"a": 1}),
        hephaestus("cli.cleanup.complete", {**TOTALS, "audit_manifst": "/x", "audit_manifest": None}),
        hephaestus("cli.cleanup.failed", {"errors": "3"}),
        {"timestamp": "2026-11-21T01:40:32Z", "level": "DEBUG", "logger": "urllib3", "message": "no event"},
    ) == [
        ("error", 2, "missing-field", "errors", None),
        ("warning", 3, "unknown-event", "", "my.own"),
        ("information", 4, "extra-field", "audit_manifst", "/x"),
        ("warning", 5, "wrong-type", "errors", "3"),
    ]


def test_hephaestus_context_is_never_flagged(broken):
    """What events of several types of one operation share is its context, even one that nobody knows."""
    shared = {**OPERATION, "color": "red", "root": "/x"}
    other = {**OPERATION, "operation_id": "op-2"}
    assert broken(
        hephaestus("cli.cleanup.failed", {"errors": 1, **shared}),
        hephaestus("cleanup.path.skipped", {"path": "/p", "reason": "r", **shared}),
        # one value, but events of one type alone
        hephaestus("cleanup.path.skipped", {"path": "/p", "reason": "r", **other, "dept": 1}),
        hephaestus("cleanup.path.skipped", {"path": "/q", "reason": "r", **other, "dept": 1}),
        # two types, but another value in each
        hephaestus("cleanup.path.removed", {"path": "/p", "dry_run": True, **other, "deep": 1}),
        hephaestus("cli.cleanup.failed", {"errors": 1, **other, "deep": 2}),
    ) == [
        ("information", 3, "extra-field", "dept", "1"),
        ("information", 4, "extra-field", "dept", "1"),
        ("information", 5, "extra-field", "deep", "1"),
        ("information", 6, "extra-field", "deep", "2"),
    ]


def test_what_only_resembles_the_context_is_flagged(broken):
    """Two texts for which DuckDB's hash is the same are two values."""
    one, other = "oolchains//products/p02:rust_toolchain0", "oolchains//products/p03:rust_toolchain9"
    assert broken(
        hephaestus("cli.cleanup.failed", {"errors": 1, **OPERATION, "tool": one}),
        hephaestus("cleanup.path.skipped", {"path": "/p", "reason": "r", **OPERATION, "tool": one}),
        hephaestus("cleanup.path.skipped", {"path": "/q", "reason": "r", **OPERATION, "tool": other}),
    ) == [("information", 3, "extra-field", "tool", other)]


def test_hephaestus_events_without_a_type_share_nothing(broken):
    """The context is merged into events that have a type: what another record says beside one is no context."""
    untyped = hephaestus(7, {**OPERATION, "dept": 1})
    without = hephaestus(None, {**OPERATION, "dept": 1})
    skipped = hephaestus("cleanup.path.skipped", {"path": "/p", "reason": "r", **OPERATION, "dept": 1})
    assert broken(untyped, skipped, without) == [("information", 2, "extra-field", "dept", "1")]
    assert broken(untyped, skipped, without, hephaestus("cleanup.run.dream", {**OPERATION, "dept": 1})) == [
        ("warning", 4, "unknown-event", "", "cleanup.run.dream")
    ]


def test_hephaestus_forms(broken):
    """The flat form, text and the audit file have the same rules, as far as their form lets them."""
    assert broken(
        {"event": "cli.cleanup.failed", "extra": 1},
        "INFO hephaestus.cleanup: Said | event=fake | event=cleanup.path.error run_id=r path=/a b/c",
        {"timestamp": "2026-11-21T01:41:51Z", "principal": "svc-0", "operation": "x", "status": "maybe"},
    ) == [
        ("error", 1, "missing-field", "errors", None),
        ("information", 1, "extra-field", "extra", "1"),
        ("error", 2, "missing-field", "reason", None),
        ("warning", 3, "unknown-value", "status", "maybe"),
    ]


def test_the_registry_that_is_broken_least(broken):
    """A log of the later version is held against it, one of the earlier against that, unless one is named."""
    later = hephaestus("cli.release.install.complete", {"source": "github", "tag": "v"})
    earlier = hephaestus("cli.release.install.complete", dict.fromkeys(("repository", "tag", "asset"), "x"))
    earlier["payload"]["allow_unsigned"] = False
    assert broken(later) == []
    assert broken(earlier) == []
    assert broken(earlier, registry=load("hephaestus-head")) == [("error", 1, "missing-field", "source", None)]
    assert [one[3] for one in broken(later, registry=load("hephaestus-0.2.0"))][:3] == [
        *("repository", "asset", "allow_unsigned"),
    ]


def test_beamlens(broken):
    """Unknown names and what is missing are warnings; others' telemetry is not judged; text has lost its metadata."""
    done = {"operator": "Elixir.X", "trace_id": "t"}
    flat = {"ts": 1795224675795143, "name": "beamlens.operator.done", "system_time": 1, "trace_id": "t"}
    assert broken(
        beamlens("beamlens.operator.done", {"system_time": 1}, done),
        beamlens("beamlens.operator.dream", {"system_time": 1}, done),
        beamlens("beamlens.operator.done", {}, {"operator": "Elixir.X"}),
        beamlens("beamlens.operator.done", {"system_time": 1.5}, done),
        beamlens(["phoenix", "endpoint", "stop"], {"duration": 1}, {}),
        flat,
        "01:31:15.813 [info] [beamlens.operator.done] trace_id=t system_time=1",
        "01:31:15.813 [info] [beamlens.operator.wait] trace_id=t",
        beamlens("beamlens.coordinator.cancelled", {"system_time": 1}, {"running": True, "notification_count": 1}),
    ) == [
        ("warning", 2, "unknown-event", "", "beamlens.operator.dream"),
        ("warning", 3, "missing-field", "measurements.system_time", None),
        ("warning", 3, "missing-field", "metadata.trace_id", None),
        ("warning", 4, "wrong-type", "measurements.system_time", "1.5"),
        ("warning", 6, "missing-field", "metadata.operator", None),
        ("warning", 8, "missing-field", "measurements.system_time", None),
    ]


def test_buck2_user_types(broken):
    """Types are errors, unknown kinds warnings; what older logs lack, what was cut and what is more, information."""
    header = {"command_line_args": "buck2 build", "working_dir": "/w"}
    assert broken(
        header,
        action(),
        action(duration_millis="1"),
        action(output_size=-1),
        action(execution_kind="Warp", kind=7),
        action(shiny=[1]),
        {"ActionExecutionEvent": {"kind": "Run"}},
        {"StarlarkUserEvent": {"id": "x", "metadata": {"a": [2147483647], "b": 2147483646}}, "epoch_millis": 5},
        {"StarlarkUserEvent": {"id": "x", "metadata": {"a": 1.5, "b": True, "c": 2147483648}}, "epoch_millis": 5},
        {"BxlEnsureArtifactsEvent": 3, "epoch_millis": 5},
        {"BxlEnsureArtifactsEvent": {"duration_millis": 1.0}, "epoch_millis": 2**64},
    ) == [
        ("error", 1, "wrong-type", "command_line_args", "buck2 build"),
        ("error", 3, "wrong-type", "ActionExecutionEvent.duration_millis", "1"),
        ("error", 4, "wrong-type", "ActionExecutionEvent.output_size", "-1"),
        ("error", 5, "wrong-type", "ActionExecutionEvent.kind", "7"),
        ("warning", 5, "unknown-value", "ActionExecutionEvent.execution_kind", "Warp"),
        ("information", 6, "extra-field", "ActionExecutionEvent.shiny", "[1]"),
        ("error", 7, "missing-field", "epoch_millis", None),
        *(
            ("information", 7, "missing-field", f"ActionExecutionEvent.{name}", None)
            for name in (
                *("name.category", "name.identifier", "duration_millis", "output_size"),
                *("input_materialization_duration_millis", "execution_kind", "owner"),
            )
        ),
        ("information", 8, "cut-number", "StarlarkUserEvent.metadata.a[0]", "2147483647"),
        ("warning", 9, "impossible-number", "StarlarkUserEvent.metadata.a", "1.5"),
        ("warning", 9, "impossible-number", "StarlarkUserEvent.metadata.c", "2147483648"),
        ("error", 10, "wrong-type", "BxlEnsureArtifactsEvent", "3"),
        ("error", 11, "wrong-type", "epoch_millis", "1.8446744073709552e+19"),
        ("error", 11, "wrong-type", "BxlEnsureArtifactsEvent.duration_millis", "1.0"),
    ]


def test_buck2_types(broken):
    """The normal log: what is read of an action has its type; what a later Buck2 tells is a warning."""

    def event(data, **more):
        return {"Event": {"timestamp": [1758580987, 5], "trace_id": "t", "span_id": 1, **more, "data": data}}

    def end(action):
        return {"SpanEnd": {"duration_us": 7, "data": {"ActionExecution": {"failed": False, **action}}}}

    assert broken(
        event(end({"kind": "Run"})),
        event(end({"failed": "no"})),
        event(end({}), span_id="x"),
        event({"Instant": {"data": {"Warped": {}}}}),
        {"Event": {"data": {"Instant": {"data": {"TagEvent": {"tags": []}}}}}},
        {"Result": {"result": {"build_response": {}}}},
    ) == [
        ("error", 2, "wrong-type", "ActionExecution.failed", "no"),
        ("error", 3, "wrong-type", "span_id", "x"),
        ("warning", 4, "unknown-event", "", "Warped"),
        ("error", 5, "missing-field", "timestamp", None),
    ]


def test_sourcegraph_rules_of_the_gateway(broken):
    """Names, required fields, numbers and times, in either spelling and every form."""
    stream = [
        {"metadata": {"requestId": "r", **MANAGED}},
        {"events": {"events": [EXPORT, {**EXPORT, "feature": "Search"}, {**EXPORT, "id": ""}]}},
    ]
    logged = {
        "SeverityText": "DEBUG",
        "Timestamp": 1,
        "InstrumentationScope": "x",
        "Body": "Publish",
        "Attributes": {"message": json.dumps({"event": {**EXPORT, "action": "has_underscore"}})},
    }
    assert broken(
        exported({}),
        exported({"feature": "a" * 65}),
        exported({"action": "x"}),
        exported({"timestamp": "yesterday"}),
        exported({"parameters": {"metadata": {"a": 1, "b": "NaN", "c": "7", "d": "seven", "e": True}}}),
        exported({"parameters": {"legacy_metadata": {"a": "9007199254740993", "b": "x"}}, "user": {"user_id": "u"}}),
        {"feature": "a", "action": "submit", "parameters": {"metadata": [{"key": "k", "value": "v"}]}},
        *stream,
        logged,
    ) == [
        ("error", 2, "name-too-long", "feature", "a" * 65),
        ("error", 3, "bad-name", "action", "x"),
        ("error", 4, "bad-time", "timestamp", "yesterday"),
        ("error", 5, "wrong-type", "parameters.metadata.d", "seven"),
        ("error", 5, "wrong-type", "parameters.metadata.e", "true"),
        ("error", 6, "wrong-type", "user.userId", "u"),
        ("error", 6, "wrong-type", "parameters.legacyMetadata.b", "x"),
        ("error", 7, "bad-name", "feature", "a"),
        ("error", 7, "wrong-type", "parameters.metadata.k", "v"),
        ("error", 9, "bad-name", "feature", "Search"),
        ("error", 9, "missing-field", "id", ""),
        ("error", 10, "bad-name", "action", "has_underscore"),
    ]


PRIVATE = {"parameters": {"privateMetadata": {"code": PLANTED, PLANTED: 1}}}


@pytest.mark.parametrize(
    ("event", "metadata", "allowed", "expected"),
    [
        (PRIVATE, OUTSIDE, None, [("warning", "sensitive-data")]),
        (PRIVATE, MANAGED, None, [("information", "sensitive-data")]),
        (PRIVATE, OUTSIDE, {}, [("error", "sensitive-data")]),
        (PRIVATE, OUTSIDE, {"search::submit": frozenset()}, []),
        (PRIVATE, OUTSIDE, {"search::submit": frozenset(["code"])}, [("error", "sensitive-data")]),
        (PRIVATE, OUTSIDE, {"search::submit": frozenset(["code", PLANTED])}, []),
        (PRIVATE, OUTSIDE, {"search::view": frozenset()}, [("error", "sensitive-data")]),
        ({"parameters": {"private_metadata": {"a": PLANTED}}}, OUTSIDE, None, [("warning", "sensitive-data")]),
        ({"parameters": {"privateMetadata": {}}}, OUTSIDE, None, []),
        ({"parameters": {"privateMetadata": PLANTED}}, OUTSIDE, None, [("warning", "sensitive-data")]),
        ({"marketing_tracking": {"url": PLANTED}}, OUTSIDE, None, [("warning", "sensitive-data")]),
        (
            {"parameters": {"privateMetadata": {"a": "ERROR: value of allowlisted key was not a string"}}},
            *(OUTSIDE, {}, [("information", "redaction-error")]),
        ),
        (
            {},
            {"identifier": {"licensed_instance": {"license_key": PLANTED}}},
            *(None, [("warning", "licence-key")]),
        ),
    ],
)
def test_sourcegraph_audit(judged, event, metadata, allowed, expected):
    """Real content counts by instance and list; what it is is never told, not even by its keys."""
    found = judged(exported(event, metadata), allowed=allowed)
    assert [(one.severity.value, one.rule) for one in found] == expected
    assert PLANTED not in repr(found)


def test_lines_that_are_no_events(judged, broken):
    """A reject stands among the events, in its place."""
    assert broken(action(), "{broken", action(duration_millis=None, kind=1)) == [
        ("error", 2, "malformed", "", "not JSON: unexpected character, expected a string key at character 1: {broken"),
        ("error", 3, "wrong-type", "ActionExecutionEvent.kind", "1"),
    ]
    gap, other = judged(action(), "{broken", action(kind=1))
    assert gap.event is None
    assert other.event == "ActionExecutionEvent"


def test_hostile_values_are_cut_and_kept_whole_characters(judged):
    """A value as long as a file is cut; half a character, a number past all bounds and deep nesting are told."""
    (found,) = judged(action(kind=["x" * 10_000]))
    assert found.value is not None
    assert len(found.value) == 201
    assert found.value.endswith("…")
    half = '{"ActionExecutionEvent":{"kind":{"a":"\\ud800"}},"epoch_millis":5}'
    assert any(one.rule in ("wrong-type", "malformed") for one in judged(half))
    deep = '{"StarlarkUserEvent":{"id":1,"metadata":' + '{"a":' * 900 + "1" + "}" * 900 + '},"epoch_millis":NaN}'
    assert {one.rule for one in judged(deep)} == {"wrong-type"}
