"""What is sensitive stands in no output, unless it is to be revealed; and no question tells that it is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from planted import plant
from tlx.config.settings import Settings
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import rows
from tlx.query.ask import Asker, Scope
from tlx.query.grouping.suggest import suggest
from tlx.query.language.compile import compile_filter
from tlx.session import Session
from tlx.store.database import Database

COMMANDS = {
    "stats": ("table", "json"),
    "runs": ("json",),
    "rejects": ("table", "jsonl"),
    "events": ("table", "json", "csv"),
    "events --columns owner,trace,name,event.parameters.privateMetadata,payload.url,metadata": (
        "table",
        "jsonl",
        "csv",
    ),
    "events --raw": ("table",),
    "durations --by owner,name": ("table", "json"),
    "kinds --by owner": ("table", "jsonl", "csv"),
    "kinds --by event.user.userId": ("jsonl",),
    "timeline": ("json",),
    "insights": ("table", "json"),
    "validate": ("table", "json"),
    "registry": ("table",),
    "events -f --limit 30 --watch poll": ("jsonl",),
    "story t": ("json",),
    "show-user": ("table",),
}
DIALECTS = ("", "generic", "buck2-user", "jupyter", "sourcegraph", "hephaestus", "beamlens")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A log and the words in it."""
    log = tmp_path_factory.mktemp("planted") / "log.jsonl"
    return log, plant(log)


def left(words: list[str], *texts: bytes) -> list[str]:
    """The words that are in a text, as they are or in escapes."""
    found = b"\n".join(texts).decode("utf-8", "replace")
    plain = re.sub(r"\\+u00([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), found)
    return [word for word in words if word in found or word in plain]


def test_words_are_there(planted, printed) -> None:
    """What is planted is found where it is revealed, so that the other tests look for something."""
    log, words = planted
    shown = printed("events", log, "--raw", "--reveal").out
    rejects = printed("rejects", log, "--format", "jsonl", "--reveal").out
    spelt = {word for word in words if "".join(map(str, map(ord, word))) in re.sub(rb"[ ,]", b"", shown).decode()}
    metadata = 1  # of a stream: it stands in the events below it
    assert len(words) > 70
    assert len(set(left(words, shown, rejects)) | spelt) >= len(words) - metadata


@pytest.mark.parametrize(
    "form", [(command, form) for command, forms in COMMANDS.items() for form in forms], ids=" ".join
)
def test_no_output_holds_any(planted, printed, form) -> None:
    """No command prints any in any form, nor says any on stderr."""
    log, words = planted
    command, shape = form
    more = [] if shape == "table" else ["--format", shape]
    name, *flags = command.split()
    done = printed(name, log, *flags, *more, code=int(name == "validate"))
    assert done.out or "left out" in done.err
    assert left(words, done.out, done.err.encode()) == []


@pytest.mark.parametrize("dialect", DIALECTS[1:])
def test_the_wrong_dialect(planted, printed, dialect) -> None:
    """What is sensitive stays masked where a dialect is made to take the lines of others."""
    log, words = planted
    done = printed("events", log, "--raw", "--dialect", dialect)
    assert left(words, done.out) == []
    assert left(words, printed("rejects", log, "--dialect", dialect, "--format", "jsonl").out) == []


def test_no_question_tells(planted) -> None:
    """A filter for a word says no more than one for a word that is nowhere, whatever it looks in; no more do counts."""
    log, words = planted
    questions = ['"{}"', 'raw *= "{}"', "raw ~ /{}/", 'owner = "{}"', 'owner ^= "{}"', 'name *= "{}"', "{} or {}"]
    paths = ("event.parameters.privateMetadata.languageID", "metadata.thought", ".username", "payload.token")
    questions += [f'{path} {operator} "{{0}}"' for path in paths for operator in ("=", "*=", "==")]
    session = Session([str(log)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        for question in questions:
            for word in words[::5]:
                scope = Scope(compile_filter(question.format(word, word)))
                assert rows.total(asker, scope) == 0, (question, word)
        for column in (name for name, kind in EVENT_COLUMNS.items() if kind is Quantity.TEXT):
            seen = [str(row[0]) for row in asker.rows(f'SELECT DISTINCT "{column}" FROM events')]  # noqa: S608  ours
            assert left(words, *(text.encode() for text in seen)) == []
        for typed in ("owner = ", "owner = Zx", ".username = Zx", "payload.token = "):
            assert left(words, str(suggest(asker, typed)).encode()) == []
        asker.close()
    finally:
        session.close()


def test_revealed(planted, printed) -> None:
    """With --reveal lines are byte for byte as they were, and words are found."""
    log, words = planted
    shown = printed("events", log, "--raw", "--reveal").out
    lines = log.read_bytes().split(b"\n")
    assert sum(line in lines for line in shown.split(b"\n")) > 30
    assert printed("events", log, "--reveal", "-w", f'"{words[4]}"', "--format", "jsonl").out.count(b"\n") >= 1


def test_numbers_are_the_same(planted, printed) -> None:
    """Masked or not: as many events of the same dialects, groups of the same size, the same times and rejects."""
    log, _ = planted

    def told(*flags: str) -> tuple:
        stats = json.loads(printed("stats", log, "--format", "json", *flags).out)
        rejects = printed("rejects", log, "--format", "jsonl", *flags).out
        groups = [
            sorted(
                row["count"] for row in json.loads(printed("kinds", log, "--by", by, "--format", "json", *flags).out)
            )
            for by in ("owner", "event.user.userId")
        ]
        times = printed(
            "events", log, "--columns", "time,start,duration_ns,line,dialect,event", "--format", "csv", *flags
        )
        return stats["events"], stats["dialects"], rejects.count(b"\n"), groups, times.out

    assert told() == told("--reveal")


def test_pseudonyms_last(planted, printed) -> None:
    """The same log has the same pseudonyms the next time."""
    log, _ = planted
    assert printed("events", log, "--raw").out == printed("events", log, "--raw").out


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_masks_are_told(printed, tmp_path, form) -> None:
    """Once, on stderr, and only where something printed is masked: not in groups of what is not, nor once revealed."""
    log, out = tmp_path / "log", tmp_path / "out"
    event = {"timestamp": "2026-11-20T09:00:00Z", "feature": "a", "action": "b", "user": {"userId": "u"}}
    log.write_text(json.dumps({"event": {**event, "marketingTracking": {"url": "x"}}}) + "\n")
    done = printed("events", log, "--format", form, "--columns", "owner", "-o", out)
    assert "masked:" in out.read_text()
    assert done.err == "tlx: 2 values are masked; --reveal shows them\n"
    if form == "jsonl":
        followed = printed("events", log, "-f", "--watch", "poll", "--limit", "1", "--format", form)
        assert followed.err == "tlx: values are masked; --reveal shows them\n"
    assert printed("events", log, "--format", form, "--columns", "owner", "--reveal").err == ""
    assert printed("events", log, "--format", form, "--columns", "line,time").err == ""


def test_what_hides_nothing_says_nothing(printed, sample_logs, tmp_path) -> None:
    """No word of masks on logs with nothing to mask, nor on a copy, in which pseudonyms stand for good."""
    printed("redact", sample_logs / "sourcegraph.jsonl", "-o", tmp_path / "copy")
    shown = printed("events", tmp_path / "copy", "--raw")
    assert b"masked:" in shown.out
    assert shown.err == ""
    for command in (("events", "--raw"), ("stats",), ("durations",)):
        assert "masked" not in printed(command[0], sample_logs / "build.json-lines.zst", *command[1:], "--no-cache").err


def test_violations_tell_that_they_are_masked(planted, printed) -> None:
    """Where the value of a rule that is broken is masked, that is told too."""
    log, _ = planted
    assert "masked; --reveal shows them" in printed("validate", log, code=1).err
    assert "reveal" not in printed("validate", log, "--reveal", code=1).err


def test_traces_hold_none(planted, printed, tmp_path, monkeypatch) -> None:
    """What an internal error says, and what led to it, is in no trace and on no stderr: it may quote a log."""
    log, words = planted
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail(asker: Asker) -> None:
        try:
            asker.rows(f"SELECT CAST('{words[0]}' AS BIGINT)")
        except Exception as error:
            raise ExceptionGroup(words[1], [KeyError(words[2])]) from error

    monkeypatch.setattr("tlx.query.runs.masked", fail)
    done = printed("events", log, code=4)
    saved = Path(done.err.strip().rpartition(" ")[2]).read_bytes()
    assert all(name in saved for name in (b"KeyError", b"ConversionException", b"ExceptionGroup", b"in fail"))
    assert left(words, done.out, done.err.encode(), saved) == []
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    monkeypatch.setenv("TLX_REVEAL", "1")
    monkeypatch.setattr("tlx.cli.commands.events.announce", lambda *_: fail(Asker(Database())))
    done = printed("events", log, "--limit", "1", code=4)
    assert words[1] in done.err
    assert words[2].encode() in Path(done.err.strip().rpartition(" ")[2]).read_bytes()


_CUT = b'{"event":{"feature":"f","action":"a","parameters":{"privateMetadata":{"q":"%s'
_HEADER = b'{"command_line_args":["buck2"],"working_dir":"/x","trace_id":null}'


@pytest.mark.parametrize(
    ("broken", "flags"),
    [
        (b"\n".join([_CUT % b"S3CR3T"] * 1_100), ()),
        (b"\n".join([_CUT % b"S3CR3T\xff"] * 1_100), ()),
        (_CUT % b"S3CR3T" + _HEADER, ()),
        (b'{"pad":"' + b"x" * 6_000 + b'",' + _CUT % b"S3CR3T" + b"x" * 70_000, ("--max-line", "64KiB")),
    ],
    ids=["very many", "very many that are no UTF-8", "torn by a header", "too long"],
)
def test_no_reject_tells(printed, tmp_path, broken, flags) -> None:
    """What is cut off in the midst of a log that looks harmless shows nothing either."""
    log = tmp_path / "log.jsonl"
    harmless = b'{"message":"hello","level":"info"}\n' * 600
    log.write_bytes(harmless + broken + b"\n" + harmless)
    found = printed("rejects", log, "--format", "jsonl", *flags).out
    assert found.count(b"masked: ") == (1_100 if broken.count(b"\n") else 1)
    assert b"S3CR3T" not in found
    with_all = printed("rejects", log, "--format", "jsonl", "--reveal", *flags).out
    assert with_all.count(b"masked: ") == 0
    assert with_all.count(b'"text"') == found.count(b"masked: ")


@pytest.mark.parametrize(
    ("head", "dialect"),
    [
        ("INFO hephaestus.b: ", "hephaestus"),
        ("12:00:00.000 [info] [beamlens.a] trace_id=1 ", "beamlens"),
        ("12:00:00.000 k=[a.b] [info] [beamlens.a] trace_id=1 ", "beamlens"),
        ('12:00:00.000 k="a" [info] [beamlens.a] trace_id=1 ', "beamlens"),
    ],
)
def test_the_tail_of_a_record_behind_the_head_of_a_line(printed, tmp_path, head, dialect) -> None:
    """What lacks the begin of a record is masked with what stands before it, and the line is an event all the same."""
    log = tmp_path / "log"
    log.write_text(f'{head}hSq1":["Sq2"],"trace_id":"Sq3"}}\n{head}x\n')
    counts = json.loads(printed("stats", log, "--format", "json").out)
    assert (counts["line_kinds"]["event"], counts["dialects"]) == (2, {dialect: 2})
    assert b"Sq" not in printed("events", log, "--format", "jsonl").out
    assert printed("events", log, "--raw", "--reveal").out == log.read_bytes()
