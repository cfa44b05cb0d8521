"""A build that runs now must reach the file at its times, and be readable at every moment."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import zlib

import orjson
import pytest
import zstandard

from tlx.demo.__main__ import stop_soon
from tlx.demo.build import Run, simulate
from tlx.demo.live import ENCODINGS, flushes, timed, write_live

START = 1_800_000_000_000
RUN = Run(3, 700, start=START)


class FakeClock:
    """Time that passes only while somebody rests; over at a second that may be given."""

    def __init__(self, end=float("inf")):
        self.time = 0.0
        self.end = end
        self.rests = []

    def now(self):
        """Return the second."""
        return self.time

    def rest(self, seconds):
        """Let time pass."""
        assert seconds > 0
        self.rests.append(seconds)
        self.time = min(self.time + seconds, self.end)

    @property
    def over(self):
        """Whether the end has come."""
        return self.time >= self.end


def readable(data, encoding):
    """What a reader can have of bytes that may not be all, and whether they end as they should."""
    if encoding == "plain":
        return data, True
    decoder = zlib.decompressobj(31) if encoding == "gzip" else zstandard.ZstdDecompressor().decompressobj()
    return decoder.decompress(data), decoder.eof


def due(speed=1.0):
    """The lines of the run with their seconds, told in another way: by the latest end up to each line."""
    records = list(simulate(RUN))
    ends = [record.get("epoch_millis", START) for record in records]
    seconds = [(max(ends[: place + 1]) - START) / 1_000 / speed for place in range(len(records))]
    seconds[0] = seconds[1]
    return [(second, orjson.dumps(record) + b"\n") for second, record in zip(seconds, records, strict=True)]


def test_a_run_begins_when_it_is_told_to():
    """The header names the start, all events end behind it, and but for the times it is the build of the seed."""
    header, *events = simulate(RUN)
    assert header["start_time"][0] * 1_000 + header["start_time"][1] // 1_000_000 == START
    other = list(simulate(Run(3, 700)))
    begin = other[0]["start_time"][0] * 1_000 + other[0]["start_time"][1] // 1_000_000
    assert [event["epoch_millis"] - START for event in events] == [one["epoch_millis"] - begin for one in other[1:]]
    assert min(event["epoch_millis"] for event in events) > START


@pytest.mark.parametrize("speed", [1.0, 12.5])
def test_lines_are_due_at_their_ends(speed):
    """Each line is due when its event has ended, later ones never before; the header comes with the first event."""
    lines = [line for _, text in timed(simulate(RUN), START, speed) for line in text.splitlines(keepends=True)]
    moments = [moment for moment, text in timed(simulate(RUN), START, speed) for _ in text.splitlines()]
    assert list(zip(moments, lines, strict=True)) == due(speed)
    assert moments == sorted(moments)
    assert moments[0] > 0


def test_a_run_without_events_is_a_header():
    """Of a run in which nothing happens there is the header, at once."""
    ((moment, text),) = timed(simulate(Run(3, 0, start=START)), START, 1.0)
    assert (moment, text.count(b"\n")) == (0.0, 1)


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_flushes_are_in_time(pause):
    """At every flush there is each line that was due when the one before it was allowed, and none that is not due."""
    lines = due()
    clock = FakeClock()
    seen, before = 0, -pause
    for batch in flushes(iter(lines), clock, pause):
        assert batch
        assert clock.now() - before >= pause - 1e-9
        before = clock.now()
        seen += batch.count(b"\n")
        assert seen == sum(moment <= clock.now() for moment, _ in lines)
        waited = [clock.now() - moment for moment, _ in lines[seen - batch.count(b"\n") : seen]]
        assert max(waited) <= pause + 1e-9
    assert seen == len(lines)
    assert clock.now() - lines[-1][0] <= pause + 1e-9


def test_no_rest_for_a_writer_that_is_behind():
    """Where the lines are due faster than they are written, nothing is waited for and nothing lost."""
    clock = FakeClock()
    text = b"".join(flushes(iter([(0.0, b"a\n")] * 5 + [(1e-9, b"b\n")]), clock, 0.0))
    assert text == b"a\n" * 5 + b"b\n"
    assert sum(clock.rests) < 1e-6


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_flush_can_be_read(tmp_path, encoding):
    """At any moment the file holds whole lines, those that are due, and in the end all, properly closed."""
    path = tmp_path / "log"
    lines = due()
    pause = ENCODINGS[encoding][1]
    looks = []

    class Looking(FakeClock):
        def rest(self, seconds):
            if path.exists():
                text, _ = readable(path.read_bytes(), encoding)
                looks.append(text.count(b"\n"))
                assert text == b"".join(line for _, line in lines[: looks[-1]])
                assert looks[-1] >= sum(moment <= self.now() - pause for moment, _ in lines)
            else:
                assert self.now() < lines[0][0]
            super().rest(seconds)

    write_live(path, iter(timed(simulate(RUN), START, 1.0)), encoding, Looking())
    assert len(set(looks)) > 100
    assert readable(path.read_bytes(), encoding) == (b"".join(line for _, line in lines), True)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_writer_that_is_stopped_closes_the_log(tmp_path, encoding):
    """Stopped in the middle, as by ctrl+c, it leaves a log that ends as it should, with all that was due."""
    path = tmp_path / "log"
    lines = due()
    write_live(path, timed(simulate(RUN), START, 1.0), encoding, FakeClock(end=20.0))
    text, closed = readable(path.read_bytes(), encoding)
    assert closed
    assert text == b"".join(line for moment, line in lines if moment < 20.0)
    assert 10 < text.count(b"\n") < len(lines)


def test_a_writer_that_is_stopped_at_once_leaves_nothing(tmp_path):
    """Before the first event there is no file, as with Buck2; one that is there is never written over."""
    write_live(tmp_path / "log", timed(simulate(RUN), START, 1.0), "zstd", FakeClock(end=0.01))
    assert not list(tmp_path.iterdir())
    (tmp_path / "log").write_text("mine")
    with pytest.raises(FileExistsError):
        write_live(tmp_path / "log", timed(simulate(RUN), START, 1.0), "zstd", FakeClock())
    assert (tmp_path / "log").read_text() == "mine"


def live(path, *words):
    """Start the command."""
    command = [sys.executable, "-m", "tlx.demo", "live", str(path), *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_command_writes_a_build_of_now(tmp_path):
    """The command writes all events at its speed and ends well; a file that is there ends it with one line."""
    path = tmp_path / "log"
    words = ("--events", "50", "--speed", "1000", "--encoding", "gzip")
    assert live(path, *words).communicate()[1] == b""
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 51
    process = live(path, *words)
    error = process.communicate()[1]
    assert (process.returncode, error.count(b"\n")) == (1, 1)
    assert b"cannot be written" in error


def test_a_signal_may_come_where_the_writer_is_about_to_wait():
    """Then its thread holds the lock of the event that the handler has set."""
    stop = threading.Event()
    with stop._cond:
        stop_soon(stop)
        assert not stop.is_set()
    assert stop.wait(60)


@pytest.mark.parametrize("how", ["tied", "interrupted"])
def test_the_command_can_be_stopped(tmp_path, how):
    """It stops when its input is closed, if it is tied to that, or by ctrl+c, with its log closed."""
    path = tmp_path / "log"
    process = live(path, "--events", "600", *(["--tied"] if how == "tied" else []))
    while not path.exists() or not path.stat().st_size:
        assert process.poll() is None
    if how == "interrupted":
        os.kill(process.pid, signal.SIGINT)
        process.wait()
    assert process.communicate()[1] == b""
    assert process.returncode == 0
    text, closed = readable(path.read_bytes(), "zstd")
    assert closed
    assert 0 < text.count(b"\n") < 600
