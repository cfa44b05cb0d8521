"""`--mask PATH`, and paths that a dialect of one's own names: what stands there is nowhere, until it is revealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.session import Session

SECRET = "Zx-qsecretq"  # noqa: S105  planted
KEPT = "Kx-in-sight"
COMMANDS = (
    *(("events", "--format", form) for form in ("table", "json", "csv")),
    *(("events", "--raw"), ("durations", "--by", ".user.email"), ("kinds", "--by", "user.email"), ("stats",)),
    *(("rejects", "--format", "jsonl"), ("runs", "--format", "json"), ("validate",), ("insights",)),
)
HEADER = {"command_line_args": ["buck2", "build", SECRET], "working_dir": "/w", "trace_id": "t", "start_time": [1, 2]}
FILE = """name = "shop"
sensitive = ["user.email", "cardNumber"]
recognise = { keys = ["shop"] }
columns = { name = "name", owner = "user.email" }
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of several dialects with a secret at a path, and what must stay elsewhere."""
    inner = {"user": {"email": SECRET, "name": KEPT}}
    records = [
        HEADER,
        {"StarlarkUserEvent": {"id": "a", "metadata": {**inner, "email": KEPT}}, "epoch_millis": 5},
        {"time": "2026-11-20T09:00:00Z", "message": "m", "duration_ms": 5, **inner},
        {"time": "2026-11-20T09:00:00Z", "message": json.dumps({"event": inner}), "email": KEPT},
        {"time": "2026-11-20T09:00:00Z", "message": "m", "user": [{"EMAIL": [{"x": SECRET}]}, {"email": SECRET}]},
        {"timestamp": "2026-11-20T09:00:00+00:00", "level": "INFO", "logger": "hephaestus.x", "message": "m",
         "event": "release.http.retry", "payload": inner},
    ]  # fmt: skip
    lines = [json.dumps(one) for one in records]
    lines.append(lines[2].replace("user", "us\\u0065r").replace("email", "\\u0065mail"))
    lines.append(lines[2][:-9])
    path = tmp_path / "log"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nowhere(log: Path, printed: Any, command: tuple[str, ...]) -> None:
    """No command prints what stands at a path that is masked, in a line of whatever dialect, nor of a header."""
    name, *flags = command
    more = ("--mask", "user.email", "--mask", "command_line_args")
    done = printed(name, log, *flags, *more, code=int(name == "validate"))
    assert done.out
    assert SECRET not in done.out.decode() + done.err


def test_what_stays(log: Path, printed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands elsewhere stays, and with --reveal all does; a path may be told by a variable."""
    monkeypatch.setenv("TLX_MASK", "user.email, command_line_args")
    shown = printed("events", log, "--raw").out.decode()
    assert SECRET not in shown
    assert shown.count(KEPT) == log.read_text().count(KEPT) == 7
    assert printed("events", log, "--raw", "--reveal").out.decode().count(SECRET) > 5
    assert SECRET in printed("runs", log, "--reveal").out.decode()
    monkeypatch.delenv("TLX_MASK")
    assert SECRET in printed("events", log, "--raw").out.decode()


def test_no_question_tells(log: Path, printed: Any) -> None:
    """No filter finds what is masked; what it was is counted by its pseudonym."""
    masked = ("--mask", "user.email")
    for question in (f"raw *= {SECRET}", f"user.email = {SECRET}", f'"{SECRET}"'):
        assert "no events match" in printed("events", log, "-w", question, *masked).err
    (most, *_) = json.loads(printed("kinds", log, "--by", ".user.email", "--format", "json", *masked).out)
    assert most["group"][".user.email"].startswith("masked:")
    assert most["count"] == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a..b", "'a..b' is no path; write it like user.id"),
        ("", "names no path; write it like user.email"),
        (" , ", "names no path"),
        ("*", "'*' is no path"),
        ('"*"', "cannot be asked for"),
        ("[0]", "'[0]' is no path"),
        ("a._", "'a._' holds a key without letters or digits"),
        ("x" * 2_000, "is too long"),
        (",".join("abcdefghij" * 11), "110 paths are too many; 100 are the most"),
        ("\x1b[2J", "is no path"),
    ],
)
@pytest.mark.parametrize("command", ["events", "redact", "open"])
def test_what_is_no_path(log: Path, printed: Any, command: str, path: str, words: str) -> None:
    """What is no path is told in one line."""
    done = printed(command, log, "--mask", path, code=2)
    assert done.out == b""
    assert done.err.startswith("tlx: --mask: ")
    assert words in done.err
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


@pytest.mark.parametrize("path", ['"odd key".x', '"a/b"', '"_id"', "__x", "schlüssel", '"日本"', "a--b", '"q\\"t"'])
def test_odd_keys(printed: Any, tmp_path: Path, path: str) -> None:
    """Keys of any characters can be masked, however a line spells them."""
    keys = [key.strip('"').replace("\\", "") for key in path.split(".")]
    record: Any = SECRET
    for key in reversed(keys):
        record = {key: record}
    log = tmp_path / "log"
    texts = [json.dumps(record), json.dumps(record, ensure_ascii=False), json.dumps(record).replace("/", "\\/")]
    log.write_text("\n".join(texts) + "\n")
    shown = printed("events", log, "--raw", "--mask", path).out
    assert shown.count(b"masked:") == 3
    assert SECRET.encode() not in shown


def test_a_dialect_of_ones_own(log: Path, printed: Any, tmp_path: Path) -> None:
    """The paths that its file names are masked, in copies too; what is elsewhere stays."""
    file = tmp_path / "shop.toml"
    file.write_text(FILE)
    records = [{"shop": 1, "user": {"email": SECRET}, "email": KEPT, "card_number": [SECRET]}]
    records.append({"shop": 2, "cart": {"USER": {"e-mail": KEPT, "Email": SECRET}}})
    log.write_text("".join(json.dumps(one) + "\n" for one in records))
    shown = printed("events", log, "--raw", "--dialect-file", file).out.decode()
    assert shown.count(KEPT) == 2
    assert SECRET not in shown
    copy = tmp_path / "copy"
    done = printed("redact", log, "--dialect-file", file, "-o", copy, "--report", "json")
    assert SECRET not in copy.read_text()
    assert copy.read_text().count(KEPT) == 2
    assert json.loads(done.out)["changed"]["shop"] == {"email": 1, "card_number": 1, "Email": 1}


@pytest.mark.parametrize("how", [(), ("--remove",)])
def test_copies(log: Path, printed: Any, tmp_path: Path, how: tuple[str, ...]) -> None:
    """A copy has nothing at the paths that are named, in whatever dialect."""
    copy = tmp_path / "copy"
    printed("redact", log, "-o", copy, "--mask", "user.email", *how)
    text = copy.read_text()
    assert SECRET not in text.replace("\\u0065", "e")
    assert text.count(KEPT) >= 5


@pytest.mark.parametrize("dialect", ["hephaestus", "jupyter", "buck2-user", "generic"])
def test_copies_of_the_wrong_dialect(printed: Any, tmp_path: Path, dialect: str) -> None:
    """A copy holds nothing of other systems, whatever dialect was made to take their lines."""
    log, copy = tmp_path / "log", tmp_path / "copy"
    log.write_text(json.dumps({"feature": "a", "action": "b", "parameters": {"privateMetadata": {"x": SECRET}}}) + "\n")
    printed("redact", log, "-o", copy, "--dialect", dialect)
    assert SECRET not in copy.read_text()


def test_reveal_shows_headers(log: Path) -> None:
    """What is masked of a header is there once it is revealed."""
    session = Session([str(log)], Settings(mask=("command_line_args",)), revealable=True)
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        sql = "SELECT command, raw FROM runs WHERE has_header"
        assert SECRET not in str(asker.row(sql))
        session.database.revealed = True
        assert SECRET in str(asker.row(sql))
        session.database.revealed = False
        assert SECRET not in str(asker.row(sql))
        asker.close()
    finally:
        session.close()


def test_a_type_that_is_masked(printed: Any, tmp_path: Path) -> None:
    """A type of event that is masked stands nowhere either, even where no dialect knows the line without it."""
    log = tmp_path / "log"
    log.write_text(json.dumps({"event": SECRET.join(("cli.", ".start")), "timestamp": "2026-11-20T09:00:00Z"}) + "\n")
    for dialect in ((), ("--dialect", "hephaestus")):
        done = printed("events", log, "--format", "jsonl", "--mask", "event", *dialect)
        assert done.out.count(b"\n") == 1
        assert SECRET.encode() not in done.out


@pytest.mark.parametrize("tail", ["", " | event=cli.sweep.done run_id=r1", " | run_id=r1 operation=o"])
@pytest.mark.parametrize("dialect", [(), ("--dialect", "hephaestus")])
def test_messages_of_lines_of_text(printed: Any, tmp_path: Path, tail: str, dialect: tuple[str, ...]) -> None:
    """What a line of text says is its message: masked as in JSON, in copies too; its level, logger and tail stay."""
    log, copy = tmp_path / "log", tmp_path / "copy"
    said = f"swept | {SECRET} for {KEPT}"
    record = {"timestamp": "2026-11-20T09:00:00+00:00", "level": "INFO", "logger": "hephaestus.x", "message": said}
    log.write_text(
        f"{json.dumps(record)}\nINFO hephaestus.x: {said}{tail}\n  {KEPT} below\nWARNING hephaestus.x: {said}\n"
    )
    masked = ("--mask", "message", *dialect)
    first, second, below, third = printed("events", log, "--raw", *masked).out.decode().splitlines()
    pseudonym = json.loads(first)["message"]
    assert pseudonym.startswith("masked:")
    assert (second, below) == (f"INFO hephaestus.x: {pseudonym}{tail}", f"  {KEPT} below")
    assert third == f"WARNING hephaestus.x: {pseudonym}"
    assert SECRET not in printed("events", log, "--format", "json", *masked).out.decode()
    assert printed("events", log, "--raw", "--reveal", *masked).out == log.read_bytes()
    printed("redact", log, "-o", copy, *masked)
    assert SECRET not in copy.read_text()
    assert copy.read_text().count(KEPT) == 1


def test_messages_of_several_lines(printed: Any, tmp_path: Path) -> None:
    """A message goes on until its tail; what is below it is none."""
    log = tmp_path / "log"
    log.write_text(f"INFO hephaestus.x: {SECRET}\n\n{SECRET} | event=cli.sweep.done\n  {KEPT}\n")
    shown = printed("events", log, "--raw", "--mask", "message").out.decode()
    assert SECRET not in shown
    assert shown.endswith(f" | event=cli.sweep.done\n  {KEPT}\n")
    assert shown.startswith("INFO hephaestus.x: masked:")
