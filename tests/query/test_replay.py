"""Lines in order of time, against the same order found by reading the texts in Python alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.query import replay
from tlx.query.ask import Asker
from tlx.query.replay import Line, NoTimesError, Span, lines, spans
from tlx.session import Session

MS = 1_000_000
BEGIN = 1_770_000_000_000


def header(start: int | None) -> str:
    """An invocation record; `start` in ms."""
    told = None if start is None else [(BEGIN + start) // 1_000, (BEGIN + start) % 1_000 * MS]
    return json.dumps({"command_line_args": ["buck2"], "start_time": told})


def event(end: int | None, name: str = "x") -> str:
    """A user event at that time in ms, or one that tells none."""
    time = {} if end is None else {"epoch_millis": BEGIN + end}
    return json.dumps({"StarlarkUserEvent": {"id": name, "metadata": {}}} | time)


def arranged(texts: list[list[str]]) -> list[tuple[int, int, str]]:
    """Time in ns, source and text of every line in the order of a replay, by the letter of its rules."""
    first = min(time for text in texts for line in text if (time := _time(line)) is not None)
    found, arrival = [], 0
    for source, text in enumerate(texts):
        runs: list[list[str]] = [[]]
        for line in text:
            if "command_line_args" in line and runs != [[]]:
                runs.append([])
            runs[-1].append(line)
        over = first
        for run in runs:
            told = [_time(line) for line in run if "command_line_args" not in line]
            ends = [time for time in told if time is not None]
            start = _time(run[0]) if "command_line_args" in run[0] else None
            start = min(ends) if start is None and ends else start
            begin = over if start is None else max(over, start)
            latest = None
            for line in run:
                arrival += 1
                if "command_line_args" in line:
                    found.append((begin, arrival, source, line))
                    continue
                time = _time(line)
                latest = time if latest is None else max(latest, time if time is not None else latest)
                moment = time if time is not None else latest
                found.append((max(begin, moment if moment is not None else begin), arrival, source, line))
            over = max([begin, *ends])
    return [(time, source, line) for time, _, source, line in sorted(found)]


def _time(line: str) -> int | None:
    """What a line says of its time, in ns."""
    if line == "{broken":
        return None
    record = json.loads(line)
    if "command_line_args" in record:
        start = record["start_time"]
        return None if start is None else start[0] * 1_000 * MS + start[1]
    return None if "epoch_millis" not in record else record["epoch_millis"] * MS


@contextlib.contextmanager
def read(folder: Path, *texts: list[str]) -> Iterator[Asker]:
    """Logs of these lines, read."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(str(folder / f"{number}.json-lines"))
        Path(paths[-1]).write_text("".join(line + "\n" for line in text))
    session = Session(paths, Settings(reveal=True))
    try:
        session.start()
        session.wait()
        yield Asker(session.database)
    finally:
        session.close()


def replayed(folder: Path, *texts: list[str]) -> list[tuple[int, int, str]]:
    """What a replay of logs of these lines gives."""
    with read(folder, *texts) as asker:
        return [(line.at, line.source, line.text) for line in lines(asker, spans(asker))]


def test_lines_come_in_the_order_of_their_ends(tmp_path):
    """Whatever the order in the log: by the end of the event, the header first, from every source in turn."""
    one = [header(0), event(30, "c"), event(10, "a"), event(20, "b")]
    other = [header(15), event(25, "d")]
    assert replayed(tmp_path, one, other) == [
        ((BEGIN + 0) * MS, 0, one[0]),
        ((BEGIN + 10) * MS, 0, one[2]),
        ((BEGIN + 15) * MS, 1, other[0]),
        ((BEGIN + 20) * MS, 0, one[3]),
        ((BEGIN + 25) * MS, 1, other[1]),
        ((BEGIN + 30) * MS, 0, one[1]),
    ]


def test_a_run_waits_for_the_one_before_it(tmp_path):
    """Of runs in one log that overlap the later one comes whole after the other, or its lines would be the other's."""
    text = [header(0), event(50, "a"), header(20), event(30, "b"), event(60, "c")]
    found = replayed(tmp_path, text)
    assert [line for _, _, line in found] == text
    assert [time // MS - BEGIN for time, _, _ in found] == [0, 50, 50, 50, 60]


def test_lines_without_a_time_keep_their_company(tmp_path):
    """What tells no time, or is no event, comes with the latest that was told before it in its run."""
    text = ["{broken", header(5), event(None, "first"), event(40, "a"), "{broken", event(30, "b"), event(None, "last")]
    assert [line for _, _, line in replayed(tmp_path, text)] == [
        "{broken",
        header(5),
        event(None, "first"),
        event(30, "b"),
        event(40, "a"),
        "{broken",
        event(None, "last"),
    ]


def test_runs_without_events_are_runs(tmp_path):
    """A header that nothing follows is there, in its place."""
    text = [header(0), header(5), event(9), header(20)]
    assert [line for _, _, line in replayed(tmp_path, text)] == text


def test_one_run_alone(tmp_path):
    """Of one run its header and lines come, and no others."""
    text = [header(0), event(50), header(60), event(70), "{broken", header(80)]
    with read(tmp_path, text) as asker:
        wanted = spans(asker, 2)
        assert wanted == [Span(2, 0, (BEGIN + 60) * MS, (BEGIN + 70) * MS)]
        assert [line.text for line in lines(asker, wanted)] == text[2:5]


@pytest.mark.parametrize("text", [[], [event(None), event(None)], ["{broken"], [header(None)]])
def test_without_any_time_there_is_no_order(tmp_path, text):
    """Where nothing tells a time, that is said."""
    with read(tmp_path, text) as asker, pytest.raises(NoTimesError):
        spans(asker)


LINES = st.one_of(
    st.builds(header, st.none() | st.integers(0, 60)),
    st.builds(event, st.integers(0, 60), st.sampled_from("abc")),
    st.builds(event, st.integers(0, 60), st.sampled_from("abc")),
    st.builds(event, st.none()),
    st.just("{broken"),
)


@given(texts=st.lists(st.lists(LINES, min_size=1, max_size=14), min_size=1, max_size=3))
@examples(max_examples=30)
def test_any_logs(texts):
    """Whatever logs hold, a replay has each of their lines once, in order, at the time that the rules tell."""
    with TemporaryDirectory() as folder:
        if all(_time(line) is None for text in texts for line in text):
            with pytest.raises(NoTimesError):
                replayed(Path(folder), *texts)
        else:
            assert replayed(Path(folder), *texts) == arranged(texts)


def test_long_lines_are_looked_up_few_at_a_time(tmp_path, monkeypatch):
    """Lines beyond a page, and lines longer than the bytes of one, come one and all."""
    monkeypatch.setattr(replay, "_PAGE", 5)
    monkeypatch.setattr(replay, "_PAGE_BYTES", 200)
    text = [header(0), *(event(number, "x" * (number % 3 * 200)) for number in range(23))]
    asked = []
    with read(tmp_path, text) as asker:
        really = asker.rows

        def rows(sql, values=()):
            if "unnest" in sql and "UNION" in sql and len(values) == 2:
                asked.append(len(values[0]))
            return really(sql, values)

        monkeypatch.setattr(asker, "rows", rows)
        assert [line.text for line in lines(asker, spans(asker))] == text
    assert (sum(asked), max(asked) <= 5, min(asked)) == (23, True, 1)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_dialect_can_be_replayed(dialect, tmp_path):
    """Of every dialect the lines come as they stood, if they can: what holds many events in a line is told apart.

    Where a system tells no times, there is nothing to replay by.
    """
    text = [line.decode() for line in dialect.samples]
    with read(tmp_path, text) as asker:
        if asker.row("SELECT max(time) FROM events") == (None,):
            assert "time" not in dialect.projection.columns
            with pytest.raises(replay.NoTimesError):
                spans(asker)
        elif dialect.folds is None:
            assert replay.is_kept(asker)
            found = [line.text for line in lines(asker, spans(asker))]
            assert sorted("\n".join(found).split("\n")) == sorted("\n".join(text).split("\n"))


def test_lines_of_many_events_are_told(tmp_path):
    """Where the store has events in place of the lines that they stood in, it says that those are not at hand."""
    (tmp_path / "x").write_text(event(1) + "\n")
    session = Session([str(tmp_path / "x")], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        assert replay.is_kept(asker)
        session.database.cursor().execute("INSERT INTO tallies VALUES (1, 0, 1, 2, 0, 0, 0)")
        assert not replay.is_kept(asker)
    finally:
        session.close()


def test_the_sample_is_replayed_whole(sample_logs, tmp_path):
    """The lines of a log with three runs, replayed, are its lines, and their times never go back."""
    session = Session([str(sample_logs / "three_runs.json-lines.zst")], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        found: list[Line] = list(lines(asker, spans(asker)))
        whole = [row[0] for row in asker.rows("SELECT raw FROM events UNION ALL SELECT raw FROM runs")]
    finally:
        session.close()
    assert sorted(line.text for line in found) == sorted(whole)
    assert len(whole) == 3_603
    assert [line.at for line in found] == sorted(line.at for line in found)
    runs = [place for place, line in enumerate(found) if "command_line_args" in line.text]
    assert runs == [0, 3_001, 3_602]
