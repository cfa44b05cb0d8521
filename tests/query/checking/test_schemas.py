"""Schemas that a user gives: JSON or YAML, hostile or not, and never fetched."""

from __future__ import annotations

import json
import re
import socket
import urllib.request

import pytest
from jsonschema import validators

from tlx.query.checking.files import GivenFileError, allowlist, registry
from tlx.query.checking.schemas import SchemaBook, read_schemas

ID = "https://events.example.org/x/v1"


def schema(**more):
    """A schema of one property, and what is added to it."""
    base = {"$id": ID, "version": "1", "type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    return {**base, **more}


def event(version="1", **properties):
    """A line of jupyter_events."""
    capsule = {"__timestamp__": "2026-11-21T01:36:01Z", "__schema__": ID, "__schema_version__": version}
    return {**capsule, "__metadata_version__": 1, **properties}


def test_jupyter_events_against_a_schema(broken):
    """What breaks the schema is an error, null may be redacted, a schema that was not given is a warning."""
    strict = schema(additionalProperties=False, properties={"a": {"type": "string"}, "n": {"enum": ["x", "y"]}})
    assert broken(
        event(a="x"),
        event(a="x", taskName=None),
        event(),
        event(a=1),
        event(a=None),
        event(a="x", n="z"),
        event(a="x", more=1),
        event(2, a=1),
        event(1, a="x"),
        schemas=SchemaBook({"f": strict}),
    ) == [
        ("error", 3, "schema-required", "a", None),
        ("error", 4, "schema-type", "a", "1"),
        ("information", 5, "redacted?", "a", None),
        ("error", 6, "schema-enum", "n", "z"),
        ("error", 7, "schema-additionalProperties", "", '{"a":"x","more":1}'),
        ("warning", 8, "unknown-schema", "__schema__", f"{ID} version 2"),
    ]


def test_launches_of_binder_have_another_capsule(broken):
    """Archives name schema and version without underscores."""
    launch = {"timestamp": "2026-11-21T01:00:00+00:00", "schema": ID, "version": 5}
    given = SchemaBook({"f": schema(version=5, additionalProperties=False)})
    assert broken({**launch, "a": "x"}, launch, schemas=given) == [("error", 2, "schema-required", "a", None)]


def test_null_below_a_choice_is_redacted(broken):
    """Null is told apart however deep it stands, and in one of several schemas."""
    inner = {"type": "object", "properties": {"b": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}
    given = SchemaBook({"f": schema(required=[], properties={"a": inner})})
    assert broken(event(a={"b": None}), event(a={"b": []}), schemas=given) == [
        ("information", 1, "redacted?", "a.b", None),
        ("error", 2, "schema-anyOf", "a.b", "[]"),
    ]


def test_without_a_schema_nothing_is_wrong(broken):
    """No schema given is no failure."""
    assert broken(event(a=1)) == []


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_files(tmp_path, form):
    """JSON and YAML say the same; versions are compared as texts."""
    yaml = f"# a remark\n$id: {ID}\nversion: 2\ntype: object\nproperties:\n  a: {{type: string}}\n"
    path = tmp_path / "schema"
    path.write_text(yaml if form == "yaml" else json.dumps(schema(version=2, required=[])), "utf-8")
    book = read_schemas([str(path)])
    assert [error.rule for error in book.errors(ID, "2", {"a": 1}) or ()] == ["schema-type"]
    assert book.errors(ID, "1", {}) is None


@pytest.fixture
def offline(monkeypatch):
    """Whatever asks for the network is noted, and fails."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return asked


@pytest.mark.parametrize("reference", ["http://example.org/x.json", "FILE", "other.json", "ftp://example.org/x"])
@pytest.mark.parametrize("place", ["$ref", "$schema", "$dynamicRef"])
def test_nothing_is_fetched(tmp_path, offline, reference, place):
    """What a schema refers to is read neither from the network nor from files, even where it is there."""
    secret = tmp_path / "other.json"
    secret.write_text(json.dumps({"type": "string", "const": "s3cr3t"}), "utf-8")
    reference = secret.as_uri() if reference == "FILE" else reference
    path = tmp_path / "schema.json"
    hostile = schema(**{place: reference}) if place == "$schema" else schema(properties={"a": {place: reference}})
    path.write_text(json.dumps(hostile), "utf-8")
    if place == "$schema":
        assert list(read_schemas([str(path)]).errors(ID, "1", {"a": "x"}) or ()) == []
    else:
        with pytest.raises(GivenFileError, match="refers to") as raised:
            read_schemas([str(path)])
        assert "s3cr3t" not in str(raised.value)
    assert offline == []


def test_schemas_may_refer_to_one_another(tmp_path):
    """What is given too is known by its id, and so is a part of the schema itself."""
    other = {"$id": "https://x/other", "version": "1", "type": "string"}
    own = schema(
        properties={"a": {"$ref": "https://x/other"}, "b": {"$ref": "#/$defs/n"}}, **{"$defs": {"n": {"type": "null"}}}
    )
    book = SchemaBook({"own": own, "other": other})
    assert [one.field for one in book.errors(ID, "1", {"a": 1, "b": 1}) or ()] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "holds no object"),
        ("null", "holds no object"),
        ("{}", "has no \\$id"),
        ('{"$id": "x"}', "has no version"),
        ('{"$id": "x", "version": true}', "has no version"),
        ('{"$id": "x", "version": 1, "type": "strin"}', "is no JSON Schema at type"),
        ('{"$id": "x", "version": 1, "$ref": "#/no"}', "refers to '#/no'"),
        ('{"$id": "x", "version": 1, "$ref": "#"}', "refers to itself without end"),
        ('{"$id": "x", "version": 1, "properties": {"a": {"pattern": "("}}}', "a pattern that is none"),
        ('{"$id": "x", "version": 1, "patternProperties": {"[": {}}}', "a pattern that is none"),
        ("$id: x\nversion: 1\nb: [", "line 3: is neither JSON nor YAML"),
        ("$id: x\nversion: 1\n1: 2\n", "the key 1 is no text"),
        ("a: !!python/object/apply:os.system [ls]\n", "is neither JSON nor YAML"),
        ("&a $id: x\nversion: 1\nb: &b [*b]\n", "holds itself"),
        ('{"$id": "x", "version": 1, "patternProperties": {"(?=a)": {}}}', "cannot be run in bounded time"),
        (
            '{"$id": "x", "version": 1, "patternProperties": {"(a+)+$": {}}, "unevaluatedProperties": false}',
            "beside unevaluatedProperties",
        ),
        ("\x00", "is neither JSON nor YAML"),
        ("[" * 100_000, "is neither JSON nor YAML"),
    ],
)
def test_what_is_no_schema(tmp_path, text, says):
    """One line says what is wrong, where, and never more than a line."""
    path = tmp_path / "schema.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(GivenFileError, match=says) as raised:
        read_schemas([str(path)])
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_alias_of_aliases_does_not_fill_the_memory(tmp_path):
    """A few hundred bytes of YAML that stand for a billion values are refused at once."""
    lines = ["$id: x", "version: 1", "a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]" for p, n in zip("abcdefgh", "bcdefghi", strict=True)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(GivenFileError, match="more than 100,000 values"):
        read_schemas([str(path)])


def test_recursive_schemas_and_deep_records(broken):
    """A schema may hold itself; a record deeper than Python goes is told, and nothing fails."""
    tree = schema(required=[], properties={"a": {"$ref": "#"}})
    deep = {}
    for _ in range(400):
        deep = {"a": deep}
    assert broken(event(a={"a": {"a": {}}}), schemas=SchemaBook({"f": tree})) == []
    assert {one[2] for one in broken(event(**deep), schemas=SchemaBook({"f": tree}))} <= {"schema-recursion"}


ENDLESS = "(a+)+$"
LONG = "a" * 60 + "!"


def rules_of(book, record):
    """What a record breaks, by rule and field."""
    return [(one.rule, one.field) for one in book.errors(ID, "1", record) or ()]


@pytest.mark.parametrize("draft", ["04", "06", "07", "2019-09", "2020-12", None])
@pytest.mark.parametrize("inner", [False, True])
def test_patterns_that_would_take_for_ever(draft, inner):
    """They are answered at once and rightly, for values and names, in each draft, and where a part names its own."""
    more = {} if draft is None else {"$schema": f"http{'' if draft < '1' else 's'}://json-schema.org/draft"}
    if more:
        more["$schema"] += f"-{draft}/schema#" if draft < "1" else f"/{draft}/schema"
    part = {"patternProperties": {ENDLESS: {"type": "string", "pattern": ENDLESS}}, "additionalProperties": False}
    base = {"$id": ID, "version": "1"}
    book = SchemaBook({"f": {**base, "properties": {"p": {**part, **more}}} if inner else {**base, **part, **more}})
    record = {"aa": "aa", "aaa": LONG, "a": 1, LONG: "a"}
    before = "p." if inner else ""
    assert sorted(rules_of(book, {"p": record} if inner else record)) == [
        ("schema-additionalProperties", before.rstrip(".")),
        ("schema-pattern", f"{before}aaa"),
        ("schema-type", f"{before}a"),
    ]


PATTERNS = (
    "^a+$",
    "^[a-c]{2}-[0-9]+x$",
    "^a",
    "b$",
    "a|b",
    "^(a|b)*c",
    r"\d",
    "é",
    "^.$",
    "",
    r"^\u0061",
    "[^a]",
    "^-a*$",
)
TEXTS = ("", "a", "aa", "b", "ab-1x", "ab-1x ", "bb-77x", "c", "abc", "é", "1", "-a", "-", "a\\", '"')


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_mean_what_they_mean_elsewhere(pattern):
    """What is run in bounded time gives the answers of Python, where both mean the same."""
    book = SchemaBook({"f": {"$id": ID, "version": "1", "properties": {"a": {"pattern": pattern}}}})
    names = SchemaBook({"f": {"$id": ID, "version": "1", "patternProperties": {pattern: False}}})
    for text in TEXTS:
        assert (rules_of(book, {"a": text}) == []) == bool(re.search(pattern, text)), text
        assert (rules_of(names, {text: 1}) != []) == bool(re.search(pattern, text)), text


def test_the_end_is_the_end_and_digits_are_ascii():
    """As ECMA 262 has it, whichever way a pattern is run."""
    for pattern, text in (("^a+$", "a\n"), ("(^a+$)", "a\n"), (r"^(\d)$", "٣"), ("^a$", "\ud800")):
        book = SchemaBook({"f": {"$id": ID, "version": "1", "properties": {"a": {"pattern": pattern}}}})
        assert rules_of(book, {"a": text}) == [("schema-pattern", "a")]


def test_patterns_that_cannot_be_bounded_are_not_checked():
    """Lookaround and repeats of thousands are told, once each, and all else is checked."""
    properties = {
        "a": {"pattern": "^(?!x)", "type": "string"},
        "b": {"pattern": "^(?!x)"},
        "c": {"pattern": "a{2,4000}"},
    }
    book = SchemaBook({"f": {"$id": ID, "version": "1", "properties": properties}})
    assert sorted(one.partition(",")[0] for one in book.unchecked) == [
        "f: the pattern '^(?!x)' is not checked",
        "f: the pattern 'a{2",
    ]
    assert all("\n" not in one for one in book.unchecked)
    assert rules_of(book, {"a": "x", "b": "x", "c": "x"}) == []
    assert rules_of(book, {"a": 1}) == [("schema-type", "a")]


def test_others_may_validate_in_the_same_process():
    """The references that are followed for a record are counted for it alone, not for whoever validates afterwards."""
    doubling = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)} | {"a60": {}}
    later = {"$id": ID, "version": 1, "$defs": doubling, "properties": {"a": {"$ref": "#/$defs/a0"}}}
    assert rules_of(SchemaBook({"f": later}), {"a": 1}) == [("schema-recursion", "")]
    named = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/x",
        "$defs": {"x": {"type": "null"}},
    }
    validators.validator_for(named).check_schema(named)
    assert not validators.validator_for(named)(named).is_valid(1)


def test_schemas_that_multiply_and_chains_without_end():
    """What a few references that double would take for ever for is refused; a long chain is, or works."""
    doubling = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)} | {"a60": {}}
    with pytest.raises(GivenFileError, match="too often"):
        SchemaBook({"f": {"$id": ID, "version": 1, "$defs": doubling, "$ref": "#/$defs/a0"}})
    chain = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(3_000)} | {"a3000": {}}
    with pytest.raises(GivenFileError, match="too deeply"):
        SchemaBook({"f": {"$id": ID, "version": 1, "$defs": chain, "$ref": "#/$defs/a0"}})
    later = {"$id": ID, "version": 1, "$defs": doubling, "properties": {"a": {"$ref": "#/$defs/a0"}}}
    assert rules_of(SchemaBook({"f": later}), {"a": 1}) == [("schema-recursion", "")]


def test_files_that_cannot_be_read(tmp_path):
    """A missing file, a folder and a log in place of a schema are told."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(GivenFileError, match="cannot be read"):
            read_schemas([str(path)])
    huge = tmp_path / "huge"
    huge.write_bytes(b" " * (5 << 20))
    with pytest.raises(GivenFileError, match="longer than 4 MiB"):
        read_schemas([str(huge)])


def test_registries_of_others(tmp_path):
    """A registry may be a file: tlx's own form, extending another, or the lists that systems print."""
    path = tmp_path / "registry.json"
    path.write_text('{"a.b": {"required": ["x"], "optional": []}, "c": {"required": {"y": "str"}}}', "utf-8")
    assert {event: one.required for event, one in registry(str(path)).events.items()} == {"a.b": ("x",), "c": ("y",)}
    assert registry(str(path)).dialect == "hephaestus"
    path.write_text('{"beamlens.a": {"measurements": {"m": "integer"}, "metadata": {"t": "x"}}}', "utf-8")
    assert registry(str(path)).dialect == "beamlens"
    assert registry(str(path)).events["beamlens.a"].required == ("measurements.m", "metadata.t")
    own = {"dialect": "hephaestus", "extends": "hephaestus-head", "events": {"z": {"about": "Z."}}}
    path.write_text(json.dumps(own), "utf-8")
    assert len(registry(str(path)).events) == 48


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1: is no JSON"),
        ("[]", "is no registry: holds no events"),
        ("{}", "is no registry"),
        ('{"a": 1}', "is no registry"),
        ('{"a": {"required": 7}}', "is no registry"),
        ('{"dialect": "x", "events": {}, "extends": "../../x"}', "which there is not"),
        ('{"dialect": "x", "events": {"a": 1}}', "is no registry"),
    ],
)
def test_what_is_no_registry(tmp_path, text, says):
    """One line says what is wrong."""
    path = tmp_path / "registry.json"
    path.write_text(text, "utf-8")
    with pytest.raises(GivenFileError, match=says):
        registry(str(path))
    with pytest.raises(GivenFileError, match="no such registry"):
        registry("hephaestus-9")


def test_lists_of_what_may_be_told(tmp_path):
    """Commas or lines, remarks, keys behind an event; an event without keys may tell all."""
    path = tmp_path / "list"
    path.write_text("a::b,c::d::k  # remark\nc::d::l\n\ne::f::x\ne::f\ne::f::y\n", "utf-8")
    assert allowlist(str(path)) == {"a::b": set(), "c::d": {"k", "l"}, "e::f": set()}
    path.write_text("a::b\nc:d\n", "utf-8")
    with pytest.raises(GivenFileError, match=r"line 2: 'c:d' is not feature::action"):
        allowlist(str(path))
