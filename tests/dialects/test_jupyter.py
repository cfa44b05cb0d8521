"""Jupyter's events: the times of all versions, short names, owners."""

from __future__ import annotations

import json
from typing import Any

import pytest

SECOND = 1_709_208_000 * 10**9
"""2024-02-29T12:00:00Z"""


def event(shelf: Any, **properties: Any) -> dict[str, Any]:
    """The event that a line with these properties becomes."""
    capsule = {"__timestamp__": "2024-02-29T12:00:00Z", "__schema__": "hub/server-action", "__schema_version__": 1}
    found: dict[str, Any] = shelf.event(json.dumps({**capsule, **properties}).encode())
    assert found["dialect"] == "jupyter"
    return found


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2024-02-29T12:00:00Z", SECOND),
        ("2024-02-29T12:00:00.000001Z", SECOND + 1_000),
        ("2024-02-29T12:00:00.588206+00:00Z", SECOND + 588_206_000),
        ("2024-02-29T12:00:00+00:00Z", SECOND),
        ("2024-02-29T12:00:00+05:30Z", SECOND - 19_800 * 10**9),
        ("2024-02-29T12:00:00-03:00Z", SECOND + 10_800 * 10**9),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times(shelf: Any, text: str | None, ns: int | None) -> None:
    """Where an offset and a Z stand behind a time, the offset is heeded."""
    assert event(shelf, __timestamp__=text)["time"] == ns


@pytest.mark.parametrize(
    ("schema", "name", "kind"),
    [
        ("https://e.org/jupyter_server/contents_service/v1", "contents_service.get", "jupyter_server/contents_service"),
        ("hub.jupyter.org/server-action", "server-action.get", "hub.jupyter.org/server-action"),
        ("url.to.event.schema", "url.to.event.schema.get", "url.to.event.schema"),
    ],
)
@pytest.mark.parametrize("version", [1, "1"])
def test_names(shelf: Any, schema: str, name: str, kind: str, version: Any) -> None:
    """Ids are shown short; 1 and "1" are the same version."""
    found = event(shelf, __schema__=schema, __schema_version__=version, action="get")
    assert (found["event"], found["name"], found["kind"]) == (schema, name, f"{kind} v1")


def test_owners(shelf: Any) -> None:
    """A server belongs to its user, the default one has no name; redacted values are none."""
    assert event(shelf, username="ada", servername="gpu")["owner"] == "ada/gpu"
    assert event(shelf, username="ada", servername="")["owner"] == "ada"
    assert event(shelf, path="/notebooks/a.ipynb")["owner"] == "notebooks"
    assert event(shelf, username=None, path=None)["owner"] is None


def test_properties_are_not_the_capsule(shelf: Any) -> None:
    """A property may be called like anything else that holds a time or a name."""
    found = event(shelf, timestamp="1999-01-01T00:00:00Z", version="9", event={"feature": "a", "action": "b"})
    assert (found["time"], found["kind"]) == (SECOND, "hub/server-action v1")


def test_mybinder(shelf: Any) -> None:
    """The archives of mybinder.org have no dunders."""
    line = b'{"timestamp":"2024-02-29T12:00:00+00:00","schema":"b.org/launch","version":5,"status":"success"}'
    found = shelf.event(line)
    assert [found[name] for name in ("dialect", "time", "name", "kind", "status")] == [
        *("jupyter", SECOND, "launch", "b.org/launch v5", "ok")
    ]
