"""Starts and ends of spans: joined as an oracle joins them, however the lines are cut and whichever loads first."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from tlx.config.settings import Settings
from tlx.dialects import known
from tlx.dialects.known import DIALECTS, decoders
from tlx.loading.joining import Joining
from tlx.model import Batch
from tlx.query.ask import Asker
from tlx.session import Session
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.spans import joiner, rule
from tlx.store.spans.joiner import Joiner
from tlx.text import Text

RULES = known.spans(DIALECTS)
SECOND = 10**9
BASE = "2026-11-21T01:40:%02d+00:00"


def line(operation: str | None, name: str, last: str, second: int | None, **more: Any) -> bytes:
    """A line of a log whose spans tell no durations."""
    payload = {"payload": {"operation_id": operation}} if operation else {}
    time = {} if second is None else {"timestamp": BASE % second}
    # Without a time it would be recognised by a level alone.
    marks = {"level": "INFO", "logger": "hephaestus.x", "message": "m"} if time else {}
    return json.dumps({**time, **marks, "event": f"{name}.{last}", **payload, **more}).encode()


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from(["op-1", "op-1", "op-2", None]),
        st.sampled_from(["cleanup.run", "cleanup.run", "cli.cleanup"]),
        st.sampled_from(["start", "start", "complete", "failed", "progress"]),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    max_size=40,
)


def telemetry(name: str, operator: str | None, second: int | None, trace: str | None, part: str = "operator") -> bytes:
    """A line of Elixir telemetry whose spans tell no durations."""
    time = {} if second is None else {"timestamp": BASE % second}
    about = {"operator": operator, "trace_id": trace}
    said = {key: value for key, value in about.items() if value is not None}
    return json.dumps({**time, "event": f"beamlens.{part}.{name}", "measurements": {}, "metadata": said}).encode()


WORK = ("started", "iteration_start", "iteration_start", "wait", "done", "execute_start", "execute_complete", "think")
COORDINATION = ("started", "iteration_start", "iteration_start", "done", "operator_complete", "operator_crashed")
TELEMETRY = st.lists(
    st.one_of(
        *(
            st.builds(
                telemetry,
                st.sampled_from(names),
                st.sampled_from(["A", "A", "B", None]),
                st.one_of(st.none(), st.integers(0, 9)),
                st.sampled_from(["1", "2", None]),
                st.just(part),
            )
            for part, names in (("operator", WORK), ("operator", WORK), ("coordinator", COORDINATION))
        )
    ),
    max_size=40,
)


class Spans:
    """A store whose spans are joined."""

    def __init__(self) -> None:
        self.database = Database()
        self.cursor = self.database.cursor()
        self.ingester = Ingester(self.database, [one.projection for one in DIALECTS], decoders(DIALECTS))

    def empty(self) -> None:
        """Begin anew."""
        for table in ("fresh_events", "pairs", "unjoined"):
            self.cursor.execute(f"DELETE FROM {table}")  # noqa: S608  our own words

    def load(self, lines: list[bytes], cuts: list[int]) -> None:
        """Add lines, cut before these, and join after each piece."""
        self.empty()
        joining = Joiner(self.database, RULES)
        for batch in batches(lines, cuts):
            self.ingester.add(batch)
            end = batch.first_id + batch.lines
            self.ingester.commit(partial(joining.join, end=end, dialects=self.ingester.dialects))

    def found(self) -> oracle.Joined:
        """What became of the spans."""
        lengths = self.cursor.execute("SELECT line, duration_ns FROM events WHERE duration_ns IS NOT NULL").fetchall()
        opened = self.cursor.execute("SELECT line FROM events WHERE status = 'open' ORDER BY line").fetchall()
        pairs = self.cursor.execute("SELECT start_id, end_id FROM pairs ORDER BY ALL").fetchall()
        kept = self.cursor.execute("SELECT line FROM unjoined WHERE starts ORDER BY line").fetchall()
        assert kept == opened
        return oracle.Joined(dict(lengths), [row[0] for row in opened], pairs)

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """The events in their order."""
        return self.cursor.execute(f"SELECT {columns} FROM events ORDER BY id").fetchall()  # noqa: S608  the same

    def close(self) -> None:
        """Free the store."""
        self.ingester.close()
        self.cursor.close()
        self.database.close()


def batches(lines: list[bytes], cuts: list[int]) -> list[Batch]:
    """Lines with ids and numbers from 1, cut before these."""
    places = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    pieces = itertools.pairwise(places)
    return [Batch(0, 1, a + 1, a + 1, 0, Text(b"\n".join(lines[a:b])), b - a) for a, b in pieces]


@pytest.fixture(scope="module")
def spans() -> Iterator[Spans]:
    """A store for spans."""
    made = Spans()
    yield made
    made.close()


@pytest.fixture
def _tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that few lines reach."""
    monkeypatch.setattr(rule, "WAITS", 4)
    monkeypatch.setattr(rule, "MOST_OPEN", 2)
    monkeypatch.setattr(joiner, "_MOST_GONE", 3)


def expected(lines: list[bytes]) -> oracle.Joined:
    """What the oracle says."""
    return oracle.joined(oracle.hephaestus(b"\n".join(lines)), rule.WAITS, rule.MOST_OPEN)


@given(lines=LINES, cuts=st.lists(st.integers(1, 40), max_size=8))
@settings(max_examples=60)
def test_any_lines_in_any_pieces(spans: Spans, lines: list[bytes], cuts: list[int]) -> None:
    """Whatever starts and ends in whatever order, cut anywhere, is joined as the rule says."""
    spans.load(lines, cuts)
    assert spans.found() == expected(lines)


@given(lines=TELEMETRY, cuts=st.lists(st.integers(1, 40), max_size=8))
@settings(max_examples=80)
def test_any_telemetry_in_any_pieces(spans: Spans, lines: list[bytes], cuts: list[int]) -> None:
    """So it is where an event ends one span and starts the next, or ends two: iterations and runs of operators."""
    spans.load(lines, cuts)
    assert spans.found() == oracle.beamlens_joined(b"\n".join(lines))
    assert spans.rows("line") == [(number,) for number in range(1, len(lines) + 1)]
    uneven = "duration_ns IS NOT NULL AND start + duration_ns <> time"
    assert spans.cursor.execute(f"SELECT count(*) FROM events WHERE {uneven}").fetchone() == (0,)  # noqa: S608  ours


@pytest.mark.usefixtures("_tight")
@given(lines=LINES, cuts=st.lists(st.integers(1, 40), max_size=8))
@settings(max_examples=60)
def test_bounds(spans: Spans, lines: list[bytes], cuts: list[int]) -> None:
    """So it is where ends have waited too long, and where too much is open at once."""
    spans.load(lines, cuts)
    assert spans.found() == expected(lines)


@given(lines=LINES, cuts=st.lists(st.integers(1, 40), max_size=8), data=st.data())
@settings(max_examples=40)
def test_threads(spans: Spans, lines: list[bytes], cuts: list[int], data: st.DataObject) -> None:
    """Batches come into the store in any order: what is joined is what lies before the first that is missing."""
    spans.empty()
    joining = Joining(spans.database, DIALECTS, 1)
    made = batches(lines, cuts)
    for batch in made:
        joining.coming(batch)
    for batch in data.draw(st.permutations(made)):
        spans.ingester.add(batch)
        spans.ingester.commit()
        joining.arrived([batch.first_id], spans.ingester.dialects)
    joining.finish()
    joining.close()
    assert spans.found() == expected(lines)


class TestRule:
    """The rule, case by case; a case is the last part of the name, the second and the operation of each line."""

    CASES: ClassVar = {
        "a pair": ("start 1, complete 3", "2:2", ""),
        "a failure ends too": ("start 1, failed 3", "2:2", ""),
        "twice, one after another": ("start 1, complete 2, start 4, complete 7", "2:1 4:3", ""),
        "the oldest is closed first": ("start 1, start 2, complete 4, complete 9", "3:3 4:7", ""),
        "never ended": ("start 1, start 2, complete 4", "3:3", "2"),
        "an end too many": ("start 1, complete 4, complete 9", "2:3", ""),
        "an end before its start": ("complete 4, start 1", "1:3", ""),
        "an end of what began above the log": ("complete 4, start 5, complete 6", "3:1", ""),
        "an end earlier than its start": ("start 5, complete 4", "", ""),
        "another operation": ("start 1, complete 2 other", "", "1"),
        "no operation": ("start 1 -, complete 2 -", "", ""),
        "no times": ("start -, complete -", "", ""),
        "no times, and no end": ("start -", "", "1"),
    }

    @pytest.mark.parametrize(("said", "lengths", "opened"), CASES.values(), ids=CASES.keys())
    @pytest.mark.parametrize("cuts", [[], [1, 2, 3]], ids=["one piece", "line by line"])
    def test_rule(self, spans: Spans, cuts: list[int], said: str, lengths: str, opened: str) -> None:
        """Ends get the seconds since their starts, and what is open is told; the oracle agrees."""
        lines = [self.line(*part.split()) for part in said.split(", ")]
        spans.load(lines, cuts)
        told = " ".join(f"{number}:{length // SECOND}" for number, length in sorted(spans.found().lengths.items()))
        assert (told, " ".join(map(str, spans.found().open))) == (lengths, opened)
        assert spans.found() == expected(lines)

    def line(self, last: str, second: str, operation: str = "op") -> bytes:
        """A line of a case."""
        return line(None if operation == "-" else operation, "cli.x", last, None if second == "-" else int(second))


def test_an_end_begins_with_its_start(spans: Spans) -> None:
    """The whole span stands at its end; the start is an instant, so that no time counts twice."""
    spans.load([line("op", "cli.x", "start", 1), line("op", "cli.x", "complete", 3)], [])
    zero = 1_795_225_200 * SECOND
    assert spans.rows("start, time, duration_ns, status") == [
        (None, zero + SECOND, None, None),
        (zero + SECOND, zero + 3 * SECOND, 2 * SECOND, "ok"),
    ]


class TestIterations:
    """Iterations of an operator, case by case; a case is the last part of the name and the second of each line."""

    CASES: ClassVar = {
        "the next ends it": ("iteration_start 1, iteration_start 3, iteration_start 7", "1:2 2:4", "3"),
        "a wait ends it, and is none": ("iteration_start 1, wait 3, iteration_start 7, done 8", "1:2 3:1", ""),
        "done ends the run too": ("started 1, iteration_start 2, done 5", "2:3 3:4", ""),
        "what was done is told twice": ("started 1, done 5, operator_complete 6, started 7, done 9", "2:4 5:2", ""),
        "a crash": ("started 1, iteration_start 2, operator_crashed 5", "3:4", "2"),
        "none goes on after a crash": ("iteration_start 2, operator_crashed 5, iteration_start 6, done 9", "3:3", "1"),
        "nor in another run": ("iteration_start 2, started 5, iteration_start 6, done 9", "3:3 4:4", "1"),
        "told twice": ("iteration_start 1, iteration_start 1, done 3", "1:0 2:2", ""),
        "back in time": ("iteration_start 5, iteration_start 3, done 4", "2:1", ""),
        "still going on": ("started 1, iteration_start 2", "", "1 2"),
    }

    @pytest.mark.parametrize(("said", "lengths", "opened"), CASES.values(), ids=CASES.keys())
    @pytest.mark.parametrize("cuts", [[], [1, 2, 3, 4]], ids=["one piece", "line by line"])
    def test_rule(self, spans: Spans, cuts: list[int], said: str, lengths: str, opened: str) -> None:
        """An iteration stands at its start, a run at its end; the oracle agrees."""
        lines = []
        for name, second in (part.split() for part in said.split(", ")):
            part = "coordinator" if name.startswith("operator_") else "operator"
            lines.append(telemetry(name, "Elixir.Beamlens.Skill.Beam", int(second), None, part))
        spans.load(lines, cuts)
        told = " ".join(f"{number}:{length // SECOND}" for number, length in sorted(spans.found().lengths.items()))
        assert (told, " ".join(map(str, spans.found().open))) == (lengths, opened)
        assert spans.found() == oracle.beamlens_joined(b"\n".join(lines))

    def test_columns(self, spans: Spans) -> None:
        """It begins at its own time and ends with the next; what was open gets its own status back."""
        spans.load([telemetry("iteration_start", "A", second, "t", "operator") for second in (1, 3)], [1])
        zero = 1_795_225_200 * SECOND
        assert spans.rows("start, time, duration_ns, status, trace") == [
            (zero + SECOND, zero + 3 * SECOND, 2 * SECOND, None, "t"),
            (None, zero + 3 * SECOND, None, "open", "t"),
        ]


def test_a_start_gets_its_status_back(spans: Spans) -> None:
    """While it is open, that is its status."""
    lines = [line("op", "cli.x", "start", 1, level="WARNING"), line("op", "cli.x", "complete", 3)]
    spans.load(lines[:1], [])
    assert spans.rows("status") == [("open",)]
    spans.load(lines, [1])
    assert spans.rows("status") == [("warning",), ("ok",)]


def test_other_dialects_have_no_spans(spans: Spans) -> None:
    """A log without starts and ends is not even looked at."""
    joining = Joiner(spans.database, RULES)
    assert not joining.concerns(10, {"generic", "buck2-user"})
    assert joining.begin == 10
    assert joining.concerns(11, {"generic", "hephaestus"})


def test_logs_do_not_share_spans(spans: Spans) -> None:
    """Two copies of a log hold the same operations; what is rotated goes on in another file."""
    for continues, lengths in ((False, []), (True, [2 * SECOND])):
        spans.empty()
        logs = {1: 0} if continues else {}
        join = partial(Joiner(spans.database, RULES).join, end=3, dialects=["hephaestus"], logs=logs)
        spans.ingester.add(Batch(0, 1, 1, 1, 0, Text(line("op", "cli.x", "start", 1)), 1))
        spans.ingester.add(Batch(1, 2, 2, 1, 0, Text(line("op", "cli.x", "complete", 3)), 1))
        spans.ingester.commit(join)
        assert list(spans.found().lengths.values()) == lengths


def test_what_is_not_joined_takes_no_ever_growing_room(spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are gone leave the table, and those that wait are still found."""
    monkeypatch.setattr(joiner, "_MOST_GONE", 5)
    lines = [line("first", "cli.x", "start", 0)]
    lines += [line(f"op-{n}", "cli.x", last, 1) for n in range(12) for last in ("start", "complete")]
    spans.load([*lines, line("first", "cli.x", "complete", 9)], list(range(len(lines) + 1)))
    assert (len(spans.found().pairs), spans.found().open) == (13, [])
    spans.load(lines, list(range(len(lines))))
    assert spans.found().open == [1]


def test_what_is_masked_is_joined_as_it_was_too(tmp_path: Path) -> None:
    """Lengths and what is open are the same whether sensitive values are shown or not."""
    log = tmp_path / "log"
    who = {"principal": "secret@example.org"}
    lines = [
        line("op", "release.download", last, second, payload={"operation_id": operation, **who})
        for last, second, operation in (("start", 1, "a"), ("start", 2, "b"), ("complete", 4, "a"))
    ]
    log.write_bytes(b"\n".join(lines) + b"\n")
    session = Session([str(log)], Settings(), revealable=True)
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        for revealed in (False, True):
            session.database.revealed = revealed
            assert ("secret" in str(asker.rows("SELECT raw FROM events"))) == revealed
            found = asker.rows("SELECT status, duration_ns FROM events ORDER BY id")
            assert found == [(None, None), ("open", None), ("ok", 3 * SECOND)]
        asker.close()
    finally:
        session.close()
