"""`tlx replay`: what was in logs comes again at its pace, to the panes that follow it, and nothing of it stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest

from tlx.cli import main
from tlx.cli.live import replay
from tlx.cli.live.pace import Clock, Course, Player
from tlx.cli.zones import zone
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.replay import Line, Span
from tlx.tui.app import TlxApp

SAMPLES = Path(__file__).parents[2] / "sample_logs"
S = 1_000_000_000
BEGIN = 1_770_000_000


class FakeClock:
    """Time that passes only while somebody rests; over at a second that may be given."""

    def __init__(self, end=float("inf")):
        self.time, self.end = 0.0, end

    def now(self):
        """Return the second."""
        return self.time

    def rest(self, seconds):
        """Let time pass."""
        assert seconds > 0
        self.time += seconds

    @property
    def over(self):
        """Whether the end has come."""
        return self.time >= self.end


class Place(list):
    """What was written, with the second in which it was."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def write(self, data):
        """Note it."""
        self.append((self.clock.now(), data))

    @property
    def lines(self):
        """Every line with its second."""
        return [(second, line) for second, data in self for line in data.splitlines()]


def span(run, begin, end, source=0):
    """A run between two seconds."""
    return Span(run, source, begin * S, end * S)


def test_speed_and_seek():
    """A moment is due after the time since the one that was sought, divided by the speed; all before it at once."""
    course = Course([span(1, 100, 200)], 10.0, 120 * S)
    assert [course.due(at * S) for at in (100, 120, 125, 200)] == [-2.0, 0.0, 0.5, 8.0]


def test_gaps_between_runs_are_short():
    """Where no run was under way at most two seconds pass for who watches; within a run it is as quiet as it was."""
    runs = [span(1, 0, 10), span(2, 5, 100, 1), span(3, 1_100, 1_200), span(4, 1_201, 1_300)]
    course = Course(runs, 4.0, 0)
    assert [course.due(at * S) for at in (0, 100, 1_100, 1_200, 1_201, 1_300)] == [0, 25, 27, 52, 52.25, 77]
    assert Course(runs, 4.0, 1_100 * S).due(1_104 * S) == 1.0


def test_lines_are_written_when_they_are_due():
    """Each line is written to the place of its source a twentieth of a second after it is due at most, never before."""
    clock = FakeClock()
    places = {0: Place(clock), 1: Place(clock)}
    lines = [Line(at * S // 100, at % 3 % 2, f"{at}") for at in range(0, 3_000, 7)]
    player = Player(lines, places)
    player.play(Course([span(1, 0, 30)], 2.0, 0), clock)
    written = sorted((int(line), second) for place in places.values() for second, line in place.lines)
    assert [number for number, _ in written] == list(range(0, 3_000, 7))
    assert all(-1e-9 <= second - number / 200 <= 0.05 + 1e-9 for number, second in written)
    assert all(int(line) % 3 % 2 == source for source, place in places.items() for _, line in place.lines)


def test_what_was_before_comes_at_once():
    """What lies before the sought time is written without the clock; the first line behind it only when it is due."""
    clock = FakeClock()
    places = {0: Place(clock)}
    player = Player([Line(at * S, 0, f"{at}") for at in range(10)], places)
    player.skip(6 * S)
    assert places[0].lines == [(0.0, b"%d" % at) for at in range(7)]
    player.play(Course([span(1, 0, 9)], 1.0, 6 * S), clock)
    assert [line for _, line in places[0].lines] == [b"%d" % at for at in range(10)]
    assert [second for second, _ in places[0].lines[7:]] == pytest.approx([1, 2, 3])


def test_much_is_written_in_pieces(monkeypatch):
    """However much is due at once, no more of it is in hand than a piece."""
    monkeypatch.setattr("tlx.cli.live.pace._BATCH_BYTES", 100)
    clock = FakeClock()
    places = {0: Place(clock)}
    Player([Line(0, 0, "x" * 30)] * 50, places).skip(0)
    assert max(len(data) for _, data in places[0]) < 100 + 31
    assert len(places[0].lines) == 50


def test_a_replay_ends_with_its_clock():
    """Once it is over nothing more is written, and nothing more is taken."""
    clock = FakeClock(end=4.5)
    places = {0: Place(clock)}
    rest = iter([Line(at * S, 0, f"{at}") for at in range(10)])
    Player(rest, places).play(Course([span(1, 0, 9)], 1.0, 0), clock)
    assert [line for _, line in places[0].lines] == [b"0", b"1", b"2", b"3", b"4"]
    assert len(list(rest)) == 4


def test_the_clock_is_over_when_it_is_stopped():
    """A rest that would be long ends when the replay is stopped."""
    stop = threading.Event()
    clock = Clock(stop)
    assert not clock.over
    stop.set()
    clock.rest(1_000)
    assert clock.over
    assert clock.now() < 100


@pytest.mark.parametrize(
    ("text", "second"),
    [("+90s", 90), ("90s", 90), ("1m30s", 90), ("+1:30", 90), ("2026-02-02T02:41:30Z", 90), ("02:41:30", 90)],
)
def test_times_to_seek(text, second):
    """A time may be since the start, on the clock or whole."""
    found = replay.wanted_moment(text, zone(None))
    assert found.at(BEGIN * S, zone(None)) == (BEGIN + second) * S


@pytest.mark.parametrize("text", ["soon", "", "-3h", "+", "90", "+1e300s"])
def test_no_times_to_seek(text):
    """What is no time is told, with what would be one."""
    with pytest.raises(ConfigError, match=r"--seek: .* is no time; write \+90s"):
        replay.wanted_moment(text, zone(None))


def test_memory_is_for_both_sessions():
    """The memory that is allowed is parted between the session that has read the logs and the one on the screen."""
    for allowed in (592 << 20, 1 << 30, 8 << 30):
        share = replay._halved(Settings(max_memory=allowed)).max_memory
        assert 2 * (share - share // 8 - (192 << 20)) + (192 << 20) <= allowed
    assert replay._halved(Settings()).max_memory > 0
    with pytest.raises(ConfigError, match="at least 592MiB"):
        replay._halved(Settings(max_memory=591 << 20))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--speed", "0"], "--speed"),
        (["--seek", "soon"], "--seek: 'soon'"),
        (["--run", "x"], "--run"),
        (["--tz", "Nowhere/X"], "--tz"),
        (["--max-memory", "400MiB"], "592MiB"),
        (["-w", "name ="], "column 7"),
    ],
)
def test_what_cannot_be_understood_ends_with_2(capsys, words, told):
    """It is told before anything is read, in a line that names the flag."""
    assert main.run(["replay", "missing", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err


def test_without_a_terminal_there_is_a_hint(capsys):
    """Where nothing can be drawn it ends with 2 and says which command prints the lines in that order."""
    assert main.run(["replay", "missing"]) == 2
    assert "tlx events FILE… --raw --sort time:asc" in capsys.readouterr().err


@pytest.fixture
def spill(tmp_path, monkeypatch):
    """The folder in which private folders are made, here and by the processes that are started."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tlx" / "spill"


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Stand in for a terminal, on which the app leaves once as many lines have come as were wanted; return it."""
    seen = {"wanted": 0}

    def run(app, loop):
        session = app._session
        while session.progress().events < seen["wanted"]:
            assert session.failure is None
        session.wait_for_catch_up(30)
        asker = Asker(session.database)
        seen["events"] = asker.rows("SELECT source, run, raw FROM events ORDER BY id")
        asker.close()
        seen.update(title=app.sub_title, paths=session.paths, follows=session.follows)
        seen["threads"] = [thread.name for thread in threading.enumerate()]

    monkeypatch.setattr(type(sys.stdout), "isatty", lambda stream: True)
    monkeypatch.setattr("tlx.cli.open._take_terminal", lambda files: None)
    monkeypatch.setattr(TlxApp, "run", run)
    return seen


def test_a_log_is_replayed(terminal, spill):
    """The screen follows a copy by the log's name, which gets every line, and leaves nothing behind."""
    terminal["wanted"] = 3_600
    assert main.run(["replay", str(SAMPLES / "three_runs.json-lines.zst"), "--speed", "100000"]) == 0
    assert (terminal["title"], terminal["follows"]) == ("replay · 100000x", True)
    (path,) = terminal["paths"]
    assert Path(path).is_relative_to(spill)
    assert Path(path).name == "three_runs.json-lines.zst"
    ends = [orjson.loads(raw)["epoch_millis"] for _, _, raw in terminal["events"]]
    assert ends == sorted(ends)
    assert [run for _, run, _ in terminal["events"]] == [1] * 3_000 + [2] * 600
    assert list(spill.iterdir()) == []
    assert "tlx-replay" not in [thread.name for thread in threading.enumerate()]


def test_what_was_sought_is_there_at_once(terminal, spill):
    """With --seek all up to that time is there when the screen opens, and the rest comes at its pace."""
    terminal["wanted"] = 0
    assert main.run(["replay", str(SAMPLES / "build.json-lines"), "--speed", "0.001", "--seek", "+60s"]) == 0
    lines = [orjson.loads(line) for line in (SAMPLES / "build.json-lines").read_bytes().splitlines()]
    start = lines[0]["start_time"][0] * 1_000 + lines[0]["start_time"][1] / 1_000_000
    expected = sum(line["epoch_millis"] - start <= 60_000 for line in lines[1:])
    assert 1_000 < len(terminal["events"]) == expected < 6_000
    assert "tlx-replay" in terminal["threads"]


def test_logs_and_runs_keep_apart(terminal, spill, tmp_path):
    """Several logs grow each by its own name, even by the same; of one run alone the others are left out."""
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_bytes((SAMPLES / "three_runs.json-lines.zst").read_bytes())
    words = ["--speed", "100000"]
    terminal["wanted"] = 7_200
    assert main.run(["replay", str(tmp_path / "a" / "x"), str(tmp_path / "b" / "x"), *words]) == 0
    assert [Path(path).name for path in terminal["paths"]] == ["x", "x"]
    assert len({raw for _, _, raw in terminal["events"]}) == 3_600
    assert sorted(source for source, _, _ in terminal["events"]) == [0] * 3_600 + [1] * 3_600
    terminal["wanted"] = 600
    assert main.run(["replay", str(tmp_path / "a" / "x"), "--run", "2", *words]) == 0
    assert len(terminal["events"]) == 600


def test_what_cannot_be_replayed_is_told(terminal, spill, tmp_path, capsys):
    """A log that is missing, or in which nothing tells a time, ends with 3 and one line; an unknown run with 2."""
    (tmp_path / "x").write_text('{"a":1}\n')
    for words, code, told in (
        (["missing"], 3, "no such file"),
        ([str(tmp_path / "x")], 3, "no event tells its time"),
        ([str(SAMPLES / "build.json-lines"), "--run", "9"], 2, "there is no run 9"),
    ):
        assert main.run(["replay", *words]) == code
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
    assert "events" not in terminal
    assert list(spill.iterdir()) == []


def test_a_copy_that_cannot_be_written_is_told(terminal, spill, monkeypatch, capsys):
    """Where there is no more room for the copy, that is said once the screen is left."""

    def play(self, course, clock):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Player, "play", play)
    assert main.run(["replay", str(SAMPLES / "build.json-lines")]) == 2
    assert capsys.readouterr().err == "tlx: the replay could not go on: No space left on device\n"
    assert list(spill.iterdir()) == []


def test_signals_while_it_reads(spill):
    """A signal ends it while the logs are still read, as any command, and nothing stays."""
    code = (
        "import io, sys; from tlx.cli.main import run\n"
        "class Terminal(io.StringIO):\n"
        "    def isatty(self): return True\n"
        "sys.stdout = Terminal(); sys.exit(run(['replay', '-']))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not spill.exists() or len(list(spill.iterdir())) < 2:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.communicate()[1] == b""
    assert process.returncode == 143
    assert list(spill.iterdir()) == []
