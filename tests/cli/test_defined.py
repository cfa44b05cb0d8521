"""Dialects that a person defines, in every command: the example of the README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlx.config.file import folder

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def block(name: str) -> str:
    """A marked block of the README."""
    return README.split(f"<!-- {name} -->\n```", 1)[1].split("\n", 1)[1].split("```", 1)[0]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder with the README's example."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = folder() / "dialects" / "shop.toml"
    path.parent.mkdir(parents=True)
    path.write_text(block("dialect file"))
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of its lines and one of Buck2's."""
    path = tmp_path / "shop.log"
    other = '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}\n'
    path.write_text(block("dialect lines") + other)
    return path


def test_the_example_of_the_readme(config: Path, log: Path, rows: Any, printed: Any) -> None:
    """The dialect of the README reads its lines, as it says, beside those of others; it filters, groups and forces."""
    placed, refused, mug, pen, started, failed, going, other = rows("events", log)
    shown = ("dialect", "event", "name", "kind", "status", "owner", "trace", "time", "start", "duration_ns")
    assert tuple(placed[key] for key in shown) == (
        *("structlog", "shop.orders", "order placed", "info", "ok", "7", "r-1"),
        *("2026-11-21T10:00:00.250Z", "2026-11-21T10:00:00.237500Z", 12_500_000),
    )
    assert tuple(refused[key] for key in shown) == (
        *("structlog", "shop.jobs", "mail refused", "error", "failed", "mail", None),
        *("2026-11-21T10:00:01Z", None, None),
    )
    assert other["dialect"] == "buck2-user"
    shown = ("line", "name", "identifier", "owner", "time")
    assert [tuple(item[key] for key in shown) for item in (mug, pen)] == [
        (3, "sold", sku, "7", "2026-11-21T10:00:02Z") for sku in ("mug", "pen")
    ]
    shown = ("line", "status", "duration_ns", "start")
    assert [tuple(item[key] for key in shown) for item in (started, failed, going)] == [
        (4, "ok", None, None),
        (5, "failed", 2_500_000_000, "2026-11-21T10:00:03Z"),
        (6, "open", None, None),
    ]
    found = rows("events", log, "-w", "dialect = structlog status = failed")
    assert [row["name"] for row in found] == ["mail refused", "job failed"]
    assert [row["calls"] for row in rows("durations", log)] == [1, 1]
    assert {row["group"]["status"]: row["count"] for row in rows("kinds", log)} == {
        "ok": 4,
        "failed": 2,
        "open": 1,
        None: 1,
    }
    stats = json.loads(printed("stats", log, "--format", "json").out)
    assert stats["dialects"] == {"structlog": 7, "buck2-user": 1}
    assert stats["line_kinds"] == {"event": 7, "header": 0, "text": 0, "reject": 0}
    assert {row["dialect"] for row in rows("events", log, "--dialect", "structlog")} == {"structlog"}
    config.unlink()
    assert {row["dialect"] for row in rows("events", log)} == {"generic", "buck2-user"}


def test_what_is_sensitive(config: Path, log: Path, printed: Any, rows: Any) -> None:
    """The values of the keys that a dialect names are masked in its lines, unless they are to be revealed."""
    with log.open("a") as file:
        for key in ("card_number", "cardNumber", "CARD-NUMBER"):
            line = json.loads(block("dialect lines").splitlines()[1]) | {key: {"of": ["4111-1111"]}}
            file.write(json.dumps(line) + "\n")
        file.write('{"level":"info","message":"x","email":"open@example.org"}\n')
    shown = printed("events", log, "--raw").out
    assert b"ada@example.org" not in shown
    assert b"4111" not in shown
    assert b"open@example.org" not in shown  # of another dialect, which may have taken a line that is none of its own
    assert shown.count(b"mail refused") == 4
    assert "no events match" in printed("events", log, "-w", "4111").err
    assert b"ada@example.org" in printed("events", log, "--raw", "--reveal").out
    (found,) = rows("events", log, "-w", "user.email = ada@example.org", "--reveal")
    assert found["name"] == "order placed"
    with log.open("a") as file:
        file.write('{"event": "torn", "card_number": "5555-5555')
    assert b"5555" not in printed("rejects", log, "--format", "jsonl").out


def test_a_file_that_is_named(config: Path, log: Path, rows: Any) -> None:
    """A file may lie anywhere if it is named; one that lies in the folder too counts once."""
    assert len(rows("events", log, "-w", "dialect = structlog", "--dialect-file", config)) == 7
    moved = config.rename(log.parent / "moved")
    assert len(rows("events", log, "-w", "dialect = structlog", "--dialect-file", moved)) == 7


@pytest.mark.parametrize("command", ["stats", "events", "open", "insights"])
def test_a_file_that_makes_no_sense(config: Path, log: Path, printed: Any, command: str) -> None:
    """A file that defines no dialect is a usage error in one line, which shows nothing as it stands."""
    config.write_text('name = "a"\n"\\u001b[2J" = 1\n')
    done = printed(command, log, code=2)
    assert done.out == b""
    assert done.err.startswith(f"tlx: {config}: ")
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err
    assert "means nothing here; there are name, title, recognise, columns, panes, sensitive, span, unfold" in done.err


def test_no_such_dialect(config: Path, log: Path, printed: Any) -> None:
    """A dialect that there is not is told with one's own among those that there are."""
    assert "there are structlog, buck2-user" in printed("stats", log, "--dialect", "shop", code=2).err
