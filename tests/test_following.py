"""Sessions that follow: real files, real writers, killed and rotated at any moment; each line once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
import zstandard

from tlx.config import ConfigError
from tlx.config.settings import Settings, load
from tlx.loading.names import is_pattern, named
from tlx.query.ask import Asker
from tlx.reader.follow import Liveness
from tlx.reader.source import SourceError
from tlx.reader.watch import Watching, is_remote
from tlx.session import Session

APPENDER = Path(__file__).with_name("appender.py")
_PATIENCE = 30.0
_KILLS = 17
"""So many writers of each codec are killed, fifty in all."""
_TIMES = 20
"""So often is a log rotated, cut off and deleted."""
_MANY = 100_000
Follow = Callable[..., Session]


@pytest.fixture(params=["notify", "poll"])
def follow(request: pytest.FixtureRequest) -> Iterator[Follow]:
    """Follow paths, told of changes or not."""
    sessions = []

    def followed(*paths: object) -> Session:
        session = Session([str(path) for path in paths], Settings(watch=request.param), follow=True)
        sessions.append(session)
        session.start()
        assert session.wait_for_catch_up(_PATIENCE)
        return session

    yield followed
    for session in sessions:
        session.close()
        assert not session._thread.is_alive()


def user(name: str, ms: int = 1_770_000_000_000) -> bytes:
    """A line of a log."""
    return orjson.dumps({"StarlarkUserEvent": {"id": name, "metadata": {}}, "epoch_millis": ms}) + b"\n"


def header(trace: str) -> bytes:
    """The first line of a run."""
    return orjson.dumps({"command_line_args": ["buck2"], "trace_id": trace, "start_time": [1_770_000_000, 0]}) + b"\n"


def until(found: Callable[[], object], what: str) -> None:
    """Wait for something to be so; fail with its words."""
    end = time.monotonic() + _PATIENCE
    while not found():
        assert time.monotonic() < end, what
        time.sleep(0.005)


def counted(session: Session, number: int) -> None:
    """Wait for so many events and rejects."""

    def there() -> int:
        tally = session._workers.tally
        return tally.events + tally.rejects

    until(lambda: there() >= number, f"{there()} of {number}")


def ask(session: Session, sql: str) -> list[tuple]:
    """Put a question to the store."""
    asker = Asker(session.database)
    try:
        return asker.rows(sql)
    finally:
        asker.close()


def names(session: Session) -> list[str]:
    """The names of all events, in order of arrival."""
    return [row[0] for row in ask(session, "SELECT name FROM events ORDER BY id")]


def test_events_come_as_they_are_written(tmp_path, follow):
    """What is there is loaded, then each line shows, in its run."""
    path = tmp_path / "log"
    path.write_bytes(header("one") + user("a"))
    session = follow(path)
    assert names(session) == ["a"]
    with path.open("ab", buffering=0) as log:
        log.write(user("b")[:20])
        log.write(user("b")[20:] + header("two") + user("c"))
        counted(session, 3)
    assert ask(session, "SELECT name, run, line FROM events ORDER BY id") == [("a", 1, 2), ("b", 1, 3), ("c", 2, 5)]
    assert ask(session, "SELECT trace, line FROM runs ORDER BY run") == [("one", 1), ("two", 4)]
    assert session.progress().caught_up
    assert not session.progress().done


def test_several_logs_take_turns(tmp_path, follow):
    """Events of two growing logs keep to the runs of their own logs."""
    paths = [tmp_path / name for name in "ab"]
    session = follow(*paths)
    assert [standing.liveness for standing in session.progress().standings] == [Liveness.WAITING] * 2
    for number in range(6):
        path = paths[number % 2]
        with path.open("ab") as log:
            log.write((header(path.name) if number < 2 else b"") + user(f"{path.name}{number}"))
        counted(session, number + 1)
    rows = ask(session, "SELECT name, r.trace FROM events e JOIN runs r USING (run) ORDER BY id")
    assert rows == [(f"{'ab'[n % 2]}{n}", "ab"[n % 2]) for n in range(6)]
    assert session.paths == tuple(map(str, paths))


def test_a_pattern_finds_logs_that_appear(tmp_path, follow):
    """A pattern of names is looked up again; what does not match is left alone."""
    session = follow(tmp_path / "*.log")
    (tmp_path / "other").write_bytes(user("no"))
    for number in range(3):
        (tmp_path / f"{number}.log").write_bytes(user(f"n{number}"))
        counted(session, number + 1)
    assert names(session) == ["n0", "n1", "n2"]


@pytest.mark.parametrize("codec", ["plain", "gzip", "zstd"])
def test_writers_that_are_killed_at_any_moment(tmp_path, follow, codec):
    """Every line that was flushed appears once, whatever befell its writer; so do those of the writers that follow."""
    session = follow(tmp_path / "log")
    dice = Random(codec)  # noqa: S311  no secret
    flushed: set[int] = set()
    for turn in range(_KILLS):
        flushed |= killed(tmp_path, codec, turn * _MANY, dice.uniform(0, 0.1))
    last = [sys.executable, APPENDER, tmp_path / "log", codec, str(_KILLS * _MANY), "5", "0", tmp_path / "ledger"]
    subprocess.run(last, check=True)
    flushed |= set(range(_KILLS * _MANY, _KILLS * _MANY + 5))
    until(lambda: flushed <= set(numbers(session)), "lines are missing")
    found = numbers(session)
    assert len(found) == len(set(found))
    assert {number // _MANY for number in found} <= set(range(_KILLS + 1))


def killed(folder: Path, codec: str, first: int, seconds: float) -> set[int]:
    """Let a writer append, kill it after a while; return the numbers of the events that it had flushed."""
    ledger = folder / f"ledger.{first}"
    command = [sys.executable, APPENDER, folder / "log", codec, str(first), str(_MANY), "0.0005", ledger]
    with subprocess.Popen(command) as writer:
        until(lambda: ledger.exists() and ledger.stat().st_size, "nothing was written")
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
    return set(range(first, int(ledger.read_text().rsplit(maxsplit=1)[-1]) + 1))


def numbers(session: Session) -> list[int]:
    """The numbers of the events in the store."""
    return [int(name[1:]) for name in names(session)]


def test_rotation_under_load(tmp_path, follow):
    """A log that is renamed again and again while it is written loses nothing and doubles nothing."""
    path = tmp_path / "log"
    session = follow(path)
    total = 0
    for turn in range(_TIMES):
        with path.open("ab", buffering=0) as log:
            for part in range(20):
                log.write(user(f"n{turn}.{part}"))
                if part == 15:
                    opened(session, turn + 1)
                    path.rename(tmp_path / f"log.{turn}")
            total += 20
        counted(session, total)
    found = names(session)
    assert len(found) == len(set(found)) == total


def opened(session: Session, number: int) -> None:
    """Wait until so many files have been opened: a name that a file has for a moment only may go unseen."""
    until(lambda: len(session._readers) >= number, "the file was not opened")


def test_truncation_and_deletion(tmp_path, follow):
    """A log that is cut off or deleted and written anew, again and again, once it has been read."""
    path = tmp_path / "log"
    session = follow(path)
    for turn in range(2 * _TIMES):
        if turn % 2:
            path.write_bytes(user(f"a{turn}"))
        else:
            path.unlink(missing_ok=True)
            path.write_bytes(user(f"a{turn}"))
        with path.open("ab") as log:
            log.write(user(f"b{turn}"))
        counted(session, 2 * turn + 2)
    assert names(session) == [f"{letter}{turn}" for turn in range(2 * _TIMES) for letter in "ab"]


def test_facts_of_sources_keep_up(tmp_path, follow):
    """What is known of a source grows with it."""
    path = tmp_path / "log.zst"
    packer = zstandard.ZstdCompressor().compressobj()
    with path.open("wb", buffering=0) as log:
        log.write(packer.compress(user("a")) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        session = follow(path)
        sql = "SELECT codec, state, decompressed_bytes FROM sources"
        assert ask(session, sql) == [("zstd", "open", len(user("a")))]
        log.write(packer.compress(user("b")) + packer.flush())
        until(lambda: ask(session, sql) == [("zstd", "complete", 2 * len(user("a")))], "facts stay behind")


def test_standard_input_ends(tmp_path):
    """A pipe that is closed ends the session; its last line needs no end."""
    read, write = os.pipe()
    saved = os.dup(0)
    os.dup2(read, 0)
    try:
        session = Session(["-"], Settings(), follow=True)
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(read)
    session.start()
    os.write(write, user("a"))
    counted(session, 1)
    os.write(write, user("b").rstrip())
    os.close(write)
    session.wait()
    assert names(session) == ["a", "b"]
    assert session.progress().standings[0].liveness is Liveness.FINISHED
    session.close()


def test_without_following_a_pattern_is_what_matches_now(tmp_path):
    """A pattern stands for files in order; a file of that very name goes before; none is an error."""
    for name in ("b.log", "a.log", "[x].log"):
        (tmp_path / name).touch()
    assert named([str(tmp_path / "?.log")]) == [str(tmp_path / "a.log"), str(tmp_path / "b.log")]
    assert not is_pattern(str(tmp_path / "[x].log"))
    with pytest.raises(SourceError, match="no such file"):
        named([str(tmp_path / "*.zst")])


def test_remote_folders_are_told_by_their_mounts():
    """The longest mount that holds the folder counts; blanks in its name are escaped in the table."""
    mounts = "/dev/a / ext4 rw\nhost:/x /a\\040b nfs4 rw\nme /a\\040b/in tmpfs rw\ns /mnt fuse.sshfs rw\n"
    found = [is_remote(folder, mounts) for folder in ("/home", "/a b/c", "/a b/in/x", "/mnt", "/mntx")]
    assert found == [False, True, False, True, False]


def test_how_to_watch_is_a_setting():
    """--watch and TLX_WATCH choose; other words are refused."""
    assert load({"watch": None}, {"TLX_WATCH": "poll"}).watch == Watching.POLL
    with pytest.raises(ConfigError, match="--watch: 'never' is none of auto, notify, poll"):
        load({"watch": "never"}, {})


def half(operation: int, last: str, second: int) -> bytes:
    """A line that starts or ends a span."""
    record = {
        "timestamp": f"2026-11-21T01:40:{second:02}+00:00",
        "level": "INFO",
        "logger": "hephaestus.x",
        "message": "m",
        "event": f"cli.x.{last}",
        "payload": {"operation_id": f"op-{operation}"},
    }
    return orjson.dumps(record) + b"\n"


def test_spans_end_whenever_their_end_comes(tmp_path, follow):
    """What is open when the log is opened is closed by a line that comes later, in a file of the same name too."""
    path = tmp_path / "log"
    path.write_bytes(half(1, "start", 1) + half(2, "start", 2) + half(3, "start", 3))
    session = follow(path)
    spans = "SELECT status, duration_ns FROM events ORDER BY id"
    assert ask(session, spans) == [("open", None)] * 3
    with path.open("ab", buffering=0) as log:
        log.write(user("between") * 50)
        counted(session, 53)
        assert ask(session, spans)[:3] == [("open", None)] * 3
        log.write(half(2, "complete", 5))
        counted(session, 54)
    assert [row[0] for row in ask(session, spans)][:3] == ["open", None, "open"]
    assert ask(session, spans)[-1] == ("ok", 3 * 10**9)
    path.rename(tmp_path / "log.1")
    path.write_bytes(half(4, "start", 7) + half(3, "failed", 9))
    counted(session, 56)
    assert ask(session, "SELECT line, source FROM events WHERE status = 'open' ORDER BY id") == [(1, 0), (1, 1)]
    assert ask(session, spans)[-1] == ("failed", 6 * 10**9)


def test_two_logs_of_the_same_operations(tmp_path, follow):
    """Logs of other names have spans of their own, whatever they are called."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(half(1, "start", 1))
    two.write_bytes(half(1, "complete", 3))
    session = follow(one, two)
    assert sorted(ask(session, "SELECT source, status, duration_ns FROM events")) == [
        (0, "open", None),
        (1, "ok", None),
    ]
