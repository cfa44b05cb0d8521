"""`tlx redact`: a copy without what is sensitive, which opens as the log does."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planted import plant
from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.dialects.samples import writers
from tlx.loading.redaction import Redaction
from tlx.query.ask import Asker
from tlx.reader.log import LogReader
from tlx.session import Session

LOGS = ("torn.json-lines.zst", "normal.pb.zst", *writers())
PSEUDONYM = re.compile(r"masked:(?:[0-9a-f]{12}|removed)")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A log and the words in it."""
    log = tmp_path_factory.mktemp("planted") / "log.jsonl"
    return log, plant(log)


def told(printed: Any, log: Path) -> list[Any]:
    """What commands say of a log as it is: numbers, groups with their durations, times."""

    def said(*words: str) -> Any:
        return json.loads(printed(words[0], log, *words[1:], "--format", "json", "--reveal").out)

    stats = said("stats")
    for source in stats["sources"]:
        source.update(path="", bytes=0, decompressed_bytes=0, codec="", state="", damages=[])
    for run in stats.get("runs", ()):
        run.update(command="", working_dir="")
    groups = [
        sorted((row["calls"], row["total_ns"], row["p95_ns"]) for row in said("durations", "--by", by))
        for by in ("name", "owner")
    ]
    return [stats, groups, sorted(row["count"] for row in said("kinds", "--by", "owner")), said("timeline")]


@pytest.mark.parametrize("remove", [False, True])
def test_nothing_is_left(planted, printed, tmp_path, *, remove) -> None:
    """None of the words is in the copy, as it is or in escapes; each line has its place, and its dialect."""
    log, words = planted
    copy = tmp_path / "copy.jsonl"
    done = printed("redact", log, "-o", copy, "--report", "json", *(["--remove"] if remove else []))
    text = copy.read_text()
    spelt = re.sub(r"\\+u00([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), text)
    assert [word for word in words if word in text or word in spelt] == []
    assert not any(re.sub("[ ,]", "", str([ord(one) for one in word]))[1:-1] in text for word in words)
    lines, copied = log.read_text().split("\n"), text.split("\n")
    assert len(lines) == len(copied)
    report = json.loads(done.out)
    assert report["lines"] == len(lines) - 1
    assert report["dropped"] == sum("that was no event" in line for line in copied) == 3
    assert sum(report["changed"]["sourcegraph"].values()) > 40
    assert remove == ("masked:removed" in text)
    flags = ("--columns", "line,dialect,event,time,kind,status", "--format", "csv", "--reveal")
    events = [printed("events", one, *flags).out for one in (log, copy)]
    assert events[0] == events[1]


@pytest.mark.parametrize("name", LOGS)
def test_copies_open_alike(printed, sample_logs, tmp_path, name) -> None:
    """A copy has the same events, groups, durations and rejects as its log."""
    log = sample_logs / name
    copy = tmp_path / "copy.json-lines.gz"
    done = printed("redact", log, "-o", copy)
    assert copy.read_bytes().startswith(b"\x1f\x8b")
    assert done.err.startswith(f"tlx: {copy}: ")
    assert told(printed, copy) == told(printed, log)


def test_buck2(printed, tmp_path) -> None:
    """Of Buck2's logs, who ran what and where is gone; what was built, and how long it took, stays."""
    header = {"command_line_args": ["/home/ada/buck2", "build", "--config=x.token=Sq1", "Sq2"], "trace_id": "t"}
    header |= {"expanded_command_line_args": ["Sq3"], "working_dir": "/data/users/Sq4/repo", "start_time": [1, 2]}
    user = {"StarlarkUserEvent": {"id": "a", "metadata": {"out": "/home/Sq5/x", "n": 1e21}}, "epoch_millis": 5}
    log, copy = tmp_path / "log.json-lines", tmp_path / "copy.json-lines"
    torn = '{"StarlarkUserEvent":{"id":"Sq6'
    log.write_text("\n".join([json.dumps(header), json.dumps(user), torn + json.dumps(header)]) + "\n")
    printed("redact", log, "-o", copy)
    text = copy.read_text()
    assert not re.search("Sq[0-9]|/ada", text)
    lines = text.split("\n")
    assert re.fullmatch(r"/masked:\w+/masked:\w+/masked:\w+/masked:\w+", json.loads(lines[0])["working_dir"])
    assert json.loads(lines[0])["trace_id"] == "t"
    assert lines[1] == json.dumps(user).replace("Sq5", PSEUDONYM.findall(lines[1])[0])
    counts = [json.loads(printed("stats", one, "--format", "json").out)["line_kinds"] for one in (log, copy)]
    assert counts[0] == counts[1]


def test_headers_glued_to_whole_lines(printed, tmp_path) -> None:
    """An event and a header whose line feeds alone were never written are copied as the others are."""
    header = json.dumps({"command_line_args": ["b", "Sq1"], "trace_id": "t", "working_dir": "/home/Sq2"})
    user = json.dumps({"StarlarkUserEvent": {"id": "a", "metadata": {"out": "/home/Sq3/x"}}, "epoch_millis": 5})
    log, copy = tmp_path / "log.json-lines", tmp_path / "copy.json-lines"
    log.write_text(f"{header}\n{user}{header}{header}\n\ufeff{header}\n{user}\n")
    printed("redact", log, "-o", copy)
    text = copy.read_text()
    assert not re.search("Sq[0-9]", text)
    assert "redacted" not in text
    counts = [json.loads(printed("stats", one, "--format", "json").out)["line_kinds"] for one in (log, copy)]
    assert counts[0] == counts[1] == {"event": 2, "header": 4, "text": 0, "reject": 0}


def test_pseudonyms_are_of_one_copy(printed, planted, tmp_path) -> None:
    """A value has one pseudonym in a copy, and another in the next one: nothing links them."""
    log, _ = planted
    found = []
    for name in ("a", "b"):
        printed("redact", log, log, "-o", tmp_path / name)
        text = (tmp_path / name).read_text()
        half = len(text) // 2
        assert text[:half] == text[half:]
        found.append(set(PSEUDONYM.findall(text)))
    assert found[0]
    assert not found[0] & found[1]


def test_private_and_whole(printed, planted, tmp_path, monkeypatch) -> None:
    """Only its owner can read a copy; where the work is broken off nothing is left, and what was there stays."""
    log, _ = planted
    copy = tmp_path / "copy"
    printed("redact", log, "-o", copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = copy.read_bytes()

    def broken(_self: Redaction, _reader: object) -> Any:
        yield b"half"
        raise KeyboardInterrupt

    monkeypatch.setattr(Redaction, "copy", broken)
    printed("redact", log, "-o", copy, code=130)
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
    assert copy.read_bytes() == before


def test_never_over_the_log(printed, planted, tmp_path) -> None:
    """A log is not overwritten by its copy, by whatever name it goes; without a name there is none."""
    log, _ = planted
    before = log.read_bytes()
    link = tmp_path / "link"
    link.symlink_to(log)
    assert "is a log that is being read" in printed("redact", log, "-o", log, code=2).err
    assert "is a log that is being read" in printed("redact", log, "-o", link, code=2).err
    assert "name it with -o" in printed("redact", log, code=2).err
    assert "no such folder" in printed("redact", log, "-o", tmp_path / "no" / "x", code=2).err
    assert log.read_bytes() == before


def test_what_nobody_understands(printed, tmp_path) -> None:
    """Lines that are no events go whole: cut, in no encoding, in pieces, too long, or torn at the end."""
    event = json.dumps({"event": {"feature": "a", "action": "b"}, "metadata": {"licenseKey": "Sq0"}})
    long = json.dumps({"event": {"feature": "a", "action": "b"}, "pad": "Sq1" * 40_000})
    lines = [event, event[:-5] + "Sq2", 'Sq3","x":1}', "[1, 2]", "", long, event, '{"licenseKey": "Sq4']
    log, copy = tmp_path / "log", tmp_path / "copy.zst"
    log.write_bytes("\n".join(lines).encode() + b"\n\xff Sq5\n" + b'{"licenseKey": "Sq6')
    printed("redact", log, "-o", copy)
    printed("redact", copy, "-o", tmp_path / "plain")
    assert not re.search(b"Sq[0-69]", (tmp_path / "plain").read_bytes().replace(b"Sq1Sq1", b""))
    kinds = [json.loads(printed("stats", one, "--format", "json").out)["line_kinds"] for one in (log, copy)]
    assert kinds[0] == kinds[1]


SECRETS = [f"Sq{number}-planted" for number in range(4)]
second = st.integers(10, 59)


@st.composite
def lines(draw) -> str:
    """A line of some system with secrets in places where they may be, spelt in many ways."""
    secret = draw(st.sampled_from(SECRETS))
    spelt = draw(st.sampled_from([json.dumps(secret), '"' + "".join(f"\\u{ord(one):04x}" for one in secret) + '"']))
    inner = draw(st.sampled_from([spelt, f'{{"a":[{spelt}]}}', f"[{{{spelt}:1}}]", json.dumps(json.dumps([secret]))]))
    at = f"2026-11-20T09:00:{draw(second)}"
    number = draw(st.integers(1, 3))
    form = draw(st.sampled_from(["sourcegraph", "twice", "hephaestus", "audit", "text", "beamlens", "jupyter"]))
    match form:
        case "sourcegraph" | "twice":
            key = draw(st.sampled_from(['"privateMetadata"', '"private\\u004detadata"', '"license_key"']))
            twice = f'{key}:"{SECRETS[0]}",' if form == "twice" else ""
            user = f'"user":{{"userId":{json.dumps(secret)}}}'
            event = (
                f'"timestamp":"{at}Z","feature":"f{number}","action":"a",{user},"parameters":{{{twice}{key}:{inner}}}'
            )
            return f'{{"event":{{{event}}},"metadata":{{}}}}'
        case "hephaestus":
            last = draw(st.sampled_from(["start", "complete", "failed"]))
            payload = (
                f'{{"operation_id":"op-{number}","x token":{inner},"url":"https://u:{secret}@h/a?{secret}#{secret}"}}'
            )
            text = f'"level":"INFO","logger":"hephaestus.x","message":"m","event":"cli.x.{last}"'
            return f'{{"timestamp":"{at}+00:00",{text},"payload":{payload}}}'
        case "audit":
            return (
                f'{{"timestamp":"{at}+00:00","principal":{spelt},"key_id":{spelt},"operation":"rest.x","status":"ok"}}'
            )
        case "text":
            return f"INFO hephaestus.x: token={secret} to https://{secret}@h/p?k={secret}"
        case "beamlens":
            metadata = f'"metadata":{{"result":{inner},"trace_id":"t{number}"}}'
            return (
                f'{{"timestamp":"{at}Z","event":"beamlens.llm.stop","measurements":{{"duration":{number}}},{metadata}}}'
            )
    capsule = f'"__timestamp__":"{at}Z","__schema__":"https://x/{number}","__schema_version__":"1"'
    return f'{{{capsule},"action":"a","own":{inner}}}'


def seen(path: Path) -> list[Any]:
    """What a log holds: events with their places, times and lengths, and how many share an owner."""
    session = Session([str(path)], Settings(reveal=True))
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        columns = "id, line, dialect, event, kind, status, time, start, duration_ns, trace"
        alike = "SELECT dialect, count(*), sum(duration_ns) FROM events GROUP BY dialect, owner ORDER BY ALL"
        return [asker.rows(f"SELECT {columns} FROM events ORDER BY id"), asker.rows(alike)]  # noqa: S608  ours
    finally:
        session.close()


@given(st.lists(lines(), min_size=20, max_size=60), st.booleans())
@settings(max_examples=2, phases=[Phase.generate])
def test_any_copy_opens_alike(tmp_path_factory, texts: list[str], remove: bool) -> None:  # noqa: FBT001  drawn
    """Whatever a log holds, nothing sensitive is in its copy, which has the same events, groups and durations."""
    folder = tmp_path_factory.mktemp("any")
    log, copy = folder / "log", folder / "copy"
    log.write_text("\n".join(texts) + "\n")
    reader = LogReader(str(log), 0, None)
    copy.write_bytes(b"".join(Redaction(DIALECTS, remove=remove).copy(reader)))
    reader.close()
    text = re.sub(r"\\+u00([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), copy.read_text())
    assert [secret for secret in SECRETS if secret in text] == []
    assert seen(copy) == seen(log)


def test_a_log_that_does_not_end_its_last_line(printed, tmp_path) -> None:
    """What follows is another log, which begins on a line of its own."""
    logs = [tmp_path / name for name in ("one.jsonl", "two.jsonl", "empty.jsonl", "last.jsonl")]
    for log, text in zip(logs, ('{"message":"a"}', '{"message":"b"}\n', "", '{"message":"c"}'), strict=True):
        log.write_text(text)
    copy = tmp_path / "copy.jsonl"
    printed("redact", *logs, "-o", copy)
    assert [json.loads(line)["message"] for line in copy.read_text().split("\n")] == ["a", "b", "c"]
