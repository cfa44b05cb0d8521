"""What events and fields mean: the right registry, the right field, whatever the record's form."""

from __future__ import annotations

import json

import pytest

from tlx.query.checking.meaning import meaning
from tlx.query.checking.schemas import SchemaBook

ACTION = {
    "ActionExecutionEvent": {"kind": "Run", "name": {"category": "c"}, "execution_kind": "ActionCache"},
    "epoch_millis": 1,
}
EXPORT = {"event": {"id": "1", "feature": "a", "action": "b", "parameters": {"private_metadata": {}}}}


def of(dialect, event, record):
    """The meaning of a record, or of a line of text."""
    return meaning(dialect, event, record if isinstance(record, str) else json.dumps(record))


def test_an_action():
    """The event, a field with its unit, and the values of columns and fields are explained."""
    found = of("buck2-user", "ActionExecutionEvent", ACTION)
    assert found.of_event().startswith("An action has ended.")
    assert "ActionCache: Not run" in found.of_column("execution_kind", "ActionCache")
    assert found.of_column("execution_kind", "Warp") == ""
    assert found.of_column("owner", "x") == ""
    path = ("ActionExecutionEvent", "duration_millis")
    assert found.of_path(path, 5).startswith("u64 in ms: ")
    said = found.of_path(("ActionExecutionEvent", "execution_kind"), "ActionCache")
    assert "How it ran" in said
    assert "Not run: its result" in said
    fields = found.fields()
    assert next(iter(fields)) == "epoch_millis"
    assert fields["epoch_millis"].startswith("u64 in ms, required: ")
    assert fields["output_size"].startswith("(absent) ")
    assert not fields["name.category"].startswith("(absent)")


@pytest.mark.parametrize(
    "record",
    [
        {"event": "cleanup.path.removed", "payload": {"path": "/x"}, "level": "INFO", "logger": "h"},
        {"event": "cleanup.path.removed", "path": "/x"},
        "INFO hephaestus.cleanup: Removed | event=cleanup.path.removed run_id=r path=/a b/c",
    ],
)
def test_every_form_of_a_record_has_its_fields(record):
    """JSON, flat and text: what is there and what is absent is told of each."""
    fields = of("hephaestus", "cleanup.path.removed", record).fields()
    assert not fields["path"].startswith("(absent)")
    assert fields["dry_run"].startswith("(absent)")


def test_of_two_versions_the_one_whose_fields_are_there():
    """The same event has other fields in a later version; one that only the later knows is its."""
    name = "cli.release.install.complete"
    later = {"event": name, "source": "github", "tag": "v1"}
    earlier = {"event": name, **dict.fromkeys(("repository", "tag", "asset", "allow_unsigned"), "x")}
    assert of("hephaestus", name, later).registry.name == "hephaestus-head"
    assert of("hephaestus", name, earlier).registry.name == "hephaestus-0.2.0"
    assert of("hephaestus", name, {"event": name}).registry.name == "hephaestus-0.2.0"
    assert of("hephaestus", "release.sanitize.start", {}).registry.name == "hephaestus-head"


def test_spellings_of_sourcegraph():
    """A field is found by either spelling of its keys."""
    found = of("sourcegraph", "a.b", EXPORT)
    assert "Sensitive" in found.of_path(("event", "parameters", "private_metadata"), {})
    assert not found.fields()["parameters.privateMetadata"].startswith("(absent)")
    assert found.fields()["timestamp"].startswith("(absent)")


def test_beamlens_forms():
    """Measurements and metadata are found nested, wrapped and flattened."""
    name, inner = "beamlens.llm.stop", {"measurements": {"duration": 1}, "metadata": {"trace_id": "t"}}
    wrapped = {"message": name, "metadata": {"measurements": {"duration": 1}, "telemetry_metadata": {"trace_id": "t"}}}
    flat = {"name": name, "duration": 1, "trace_id": "t"}
    for record in ({"event": name, **inner}, wrapped, flat):
        fields = of("beamlens", name, record).fields()
        present = {field for field, words in fields.items() if not words.startswith("(absent)")}
        assert present == {"measurements.duration", "metadata.trace_id"}


def test_nothing_is_made_up():
    """An event in no registry is said to be in none; what has no type, or no registry, is not explained."""
    assert of("hephaestus", "my.own", {"event": "my.own"}).of_event() == (
        "No registered event of Hephaestus after v0.2.0 (2025-10-11)."
    )
    assert of("hephaestus", None, {}) is None
    assert of("generic", "x", {}) is None
    assert of("buck2-user", "ActionExecutionEvent", "not json").fields()["epoch_millis"].startswith("(absent)")


def test_schemas_that_were_given_go_before():
    """What a schema says of an event and its properties is told, and what it requires; others are not concerned."""
    schema = {
        "$id": "x",
        "version": "2",
        "title": "A title.",
        "description": "[bold]What it is.",
        "required": ["a"],
        "properties": {"a": {"type": "string", "description": "Which."}, "b": {"enum": ["y", "n"]}, "c": {}},
    }
    book = SchemaBook({"f": schema})
    record = json.dumps({"__schema__": "x", "__schema_version__": 2, "a": "s", "b": "y"})
    found = meaning("jupyter", "x", record, book)
    assert found.of_event() == "A title. [bold]What it is."
    assert found.of_path(("a",), "s") == "string, required: Which."
    assert found.of_path(("b",), "y") == "any: One of y, n."
    assert found.of_path(("__schema_version__",), 2).startswith("str, required: The version")
    assert found.fields()["c"] == "(absent) any: Nothing is said of it."
    other = meaning("jupyter", "x", record.replace("2", "3"), book)
    assert other.of_event() == "No registered event of Jupyter events."
    assert meaning("buck2-user", "ActionExecutionEvent", json.dumps(ACTION), book).of_event().startswith("An action")
