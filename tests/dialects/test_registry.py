"""The registries: what they say is whole, is what the systems themselves say, and is read only when it is asked for."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tlx.dialects.known import DIALECTS, registries
from tlx.dialects.rules import registry
from tlx.dialects.rules.registry import load, made

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "tlx" / "dialects" / "data"
SHARED = ROOT.parent / "shared" / "samples"
NAMES = [name for names in registries().values() for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_named_is_explained(name):
    """Every event, form and field has a meaning in words, and no field is both required and optional."""
    found = load(name)
    assert found.about
    for event, entry in (*found.events.items(), *found.forms.items()):
        assert entry.about.endswith("."), event
        assert not set(entry.required) & set(entry.optional)
        for field in (*entry.required, *entry.optional):
            meaning = found.field(event, field)
            assert meaning is not None, (event, field)
            assert meaning.about.endswith(".")
            assert meaning.type


def test_each_file_is_one_of_a_dialect_and_is_packaged():
    """No file lies in the folder unused, and what a wheel is made of takes them all."""
    assert {path.stem for path in DATA.iterdir()} == set(NAMES)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["tlx"]
    for path in DATA.iterdir():
        inside = path.relative_to(ROOT / "src" / "tlx").as_posix()
        assert any(fnmatch.fnmatch(inside, pattern) for pattern in patterns)
    for dialect in DIALECTS:
        assert all(load(name).dialect == dialect.name for name in dialect.registry)


@pytest.mark.parametrize(
    ("name", "other", "number"),
    [
        ("hephaestus-0.2.0", "registry_seed_doc.json", 37),
        ("hephaestus-0.2.0", "registry_v0.2.0.json", 37),
        ("hephaestus-head", "registry_head.json", 47),
    ],
)
def test_hephaestus_is_as_its_own_code_says(name, other, number):
    """Events and the names of their fields are those of the system."""
    path = SHARED / "hephaestus" / other
    if not path.exists():
        pytest.skip("no further samples beside the repository")
    theirs = json.loads(path.read_text("utf-8"))
    ours = load(name)
    assert len(ours.events) == number
    assert list(ours.events)[:3] == [event for event in theirs if event != "api.audit"][:3]
    for event, fields in theirs.items():
        assert set(ours.events[event].required) == set(fields["required"]), event
        assert set(ours.events[event].optional) == set(fields["optional"]), event
        types = fields["required"] | fields["optional"] if isinstance(fields["required"], dict) else {}
        for field, kind in types.items():
            said = ours.field(event, field)
            assert said is not None
            assert said.type == kind.replace("tuple", "list").partition("[")[0]


@pytest.mark.parametrize(("version", "number"), [("0.3.1", 44), ("0.4.0", 55)])
def test_beamlens_is_as_its_documentation_says(version, number):
    """Events, measurements and metadata are those of the system."""
    path = SHARED / "beamlens" / f"registry_v{version}.json"
    if not path.exists():
        pytest.skip("no further samples beside the repository")
    theirs = json.loads(path.read_text("utf-8"))
    ours = load(f"beamlens-{version}")
    assert ours.events.keys() == theirs.keys()
    assert len(theirs) == number
    for event, said in theirs.items():
        fields = {f"{group}.{name}" for group in ("measurements", "metadata") for name in said[group]}
        assert set(ours.events[event].required) == fields


def test_a_registry_that_extends_another_says_the_differences():
    """What it says anew counts, and what it does not say is that of the other."""
    found = made(
        "x",
        {
            "dialect": "hephaestus",
            "version": "9",
            "title": "X",
            "about": "X.",
            "extends": "hephaestus-0.2.0",
            "events": {"cli.cleanup.failed": {"about": "Anew.", "required": ["why"]}, "new": {"about": "New."}},
            "fields": {"why": {"type": "str", "about": "Why."}},
        },
    )
    base = load("hephaestus-0.2.0")
    assert len(found.events) == len(base.events) + 1
    assert found.events["cli.cleanup.failed"].required == ("why",)
    assert found.events["cli.cleanup.start"] == base.events["cli.cleanup.start"]
    assert found.field("new", "dry_run") == base.fields["dry_run"]
    assert found.context == base.context


def test_meanings_of_fields_and_values():
    """A field may mean something else in one event; values mean something only where that is said."""
    heph = load("hephaestus-head")
    assert heph.field("release.sanitize.complete", "removed") != heph.field("cleanup.run.complete", "removed")
    assert heph.field("cleanup.run.complete", "no such field") is None
    assert heph.entry("my.custom.event") is None
    assert not heph.knows("my.custom.event")
    buck2 = load("buck2-user")
    kinds = buck2.values["ActionExecutionEvent.execution_kind"]
    assert {kind for kind in kinds if "(a cache hit)" in kinds[kind]} == {
        *("ActionCache", "LocalDepFile", "RemoteDepFileCache", "LocalActionCache"),
    }
    assert buck2.value("ActionExecutionEvent", "execution_kind", "Local") == kinds["Local"]
    assert buck2.value("ActionExecutionEvent", "execution_kind", "Warp") is None
    assert load("sourcegraph").entry("any.thing") is load("sourcegraph").forms["(event)"]


def test_nothing_is_read_before_it_is_asked_for():
    """The list of dialects, which every command needs, brings no registry with it."""
    code = "import sys, tlx.dialects.known; print('tlx.dialects.rules.registry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
    assert registry.load.cache_info().currsize <= len(NAMES)
