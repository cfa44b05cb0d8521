"""Batches into events and rejects: no line is lost, each knows its place."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from tlx.dialects.known import DIALECTS
from tlx.model import Batch, Reject
from tlx.store import ingest
from tlx.store.database import Database
from tlx.store.ingest import Ingester, Outcome
from tlx.text import Text

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":5}'
ACTION = b'{"ActionExecutionEvent":{"kind":"Run","duration_millis":1},"epoch_millis":5}'
PLAIN = b'{"message":"hello"}'
DEPTH = 10_000


def batch(*lines: bytes, first: int = 1, offset: int = 0, run: int = 1, source: int = 0) -> Batch:
    """A batch of `lines`."""
    return Batch(source, run, first, first, offset, Text(b"\n".join(lines)), len(lines))


class TestRejects:
    """Lines that are no event."""

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"hello", "not JSON: "),
            (b'{"a":1', "not JSON: "),
            (b'{"a":1}}', "not JSON: "),
            (b'{"a":1}{"b":2}', "not JSON: "),
            (b"{'a':1}", "not JSON: "),
            (b'{"a":01}', "not JSON: "),
            (b'{"a":1,}', "not JSON: "),
            (b'{"a":[1, \t],"b":",}"}', "not JSON: "),
            (b'{"a":{"b":1,\r},"c":",}"}', "not JSON: "),
            (b"[1,2]", "JSON, but no object: an array"),
            (b'"text"', "JSON, but no object: a string"),
            (b"17", "JSON, but no object: a number"),
            (b"-1.5e3", "JSON, but no object: a number"),
            (b"true", "JSON, but no object: a boolean"),
            (b"null", "JSON, but no object: null"),
            (b"NaN", "not JSON: "),
            (b'{"a":"\xff"}', "invalid UTF-8 at byte 6 of the line"),
            (b'{"a":"\xed\xa0\x80"}', "invalid UTF-8 at byte 6 of the line"),
            (b'{"a":"\xc3', "invalid UTF-8 at byte 6 of the line"),
            (b"\xff", "invalid UTF-8 at byte 0 of the line"),
            (b'{"a":"\x00"}', "not JSON: "),
            (b"\x00", "not JSON: "),
            (b'{"a":"\t"}', "not JSON: "),
            (b'{"a":"\\ud800"}', "not JSON: "),
            (b'{"a":"\\udc00\\ud800"}', "not JSON: "),
            (b"\xef\xbb\xbf" + PLAIN, "not JSON: "),
            ("\u00a0".encode(), "not JSON: "),
            (b"\x1b[31m", "not JSON: "),
        ],
    )
    def test_places_and_reasons(self, shelf: Any, line: bytes, reason: str) -> None:
        """A reject knows its line, its first byte in the text, why it is none, and its text."""
        before = (USER, b"", PLAIN)
        kept = shelf.put(batch(*before, line, ACTION, first=41, offset=1000, run=3, source=2))
        (reject,) = kept.rejects
        offset = 1000 + sum(len(one) + 1 for one in before)
        assert reject == Reject(2, 3, 44, offset, reject.reason, line.decode("utf-8", "replace"))
        assert reject.reason.startswith(reason)
        assert "\n" not in reject.reason
        assert [event["line"] for event in kept.events] == [41, 43, 45]
        assert kept.outcomes == [Outcome(3, 1)]

    def test_undecodable_among_others(self, shelf: Any) -> None:
        """Lines that are no UTF-8 spoil no other line, in whatever order all kinds come."""
        lines = [b"\xff", USER, b"[]", "é".encode(), b"\xfe\xff", b"", '{"a":"é"}'.encode(), b"\xc3"]
        kept = shelf.lines(*lines)
        assert sorted(reject.line for reject in kept.rejects) == [1, 3, 4, 5, 8]
        for reject in kept.rejects:
            assert reject.offset == sum(len(line) + 1 for line in lines[: reject.line - 1])
        assert [event["line"] for event in kept.events] == [2, 7]
        assert kept.events[1]["raw"] == '{"a":"é"}'

    def test_a_batch_of_rejects(self, shelf: Any) -> None:
        """A batch without any event is kept as rejects, in order."""
        kept = shelf.lines(*[b"no %d" % number for number in range(500)])
        assert [reject.text for reject in kept.rejects] == [f"no {number}" for number in range(500)]


class TestEvents:
    """Lines that are events, though they look odd."""

    @pytest.mark.parametrize(
        "line",
        [
            b"{}",
            b' {"a":1} ',
            b'\t{"a":1}\r',
            PLAIN + b"\r",
            b'{"a":"\\u0000"}',
            b'{"a":"\\ud83d\\ude00"}',
            '{"a":"\u2028\u2029\u0085"}'.encode(),
            b'{"a":NaN,"b":-Infinity}',
            b'{"a":1e400}',
            b'{"a":18446744073709551616}',
            b'{"a":' + b"9" * 5000 + b"}",
            b'{"":1,"a.b":2,"a b":3}',
            b'{"a":",}","b":",\\",]"}',
            b'{"a":"\\\\,","b":[{"c":", }"}]}',
            b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
            b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
            b'{"a":"' + b"x" * 5_000_000 + b'"}',
        ],
        ids=lambda line: repr(line[:30]),
    )
    def test_odd_lines(self, shelf: Any, line: bytes) -> None:
        """Depth, length, huge and special numbers, odd keys, brackets and line ends in strings make no reject."""
        kept = shelf.lines(USER, line, ACTION)
        assert kept.rejects == []
        assert [event["line"] for event in kept.events] == [1, 2, 3]
        assert kept.events[1]["raw"] == line.decode()

    @pytest.mark.parametrize(
        ("line", "name", "time"),
        [
            (b'{"StarlarkUserEvent":{"id":"a","id":"b"},"epoch_millis":5,"epoch_millis":6}', "a", 5_000_000),
            (b'{"StarlarkUserEvent":{"id":"a"},"StarlarkUserEvent":{"id":"b"},"epoch_millis":5}', "a", 5_000_000),
            (b'{"StarlarkUserEvent":{"id":"a\\u0000b"},"epoch_millis":5}', "a\0b", 5_000_000),
            (b'{"StarlarkUserEvent":{"id":"\\ud83d\\ude00"},"epoch_millis":5}', "\U0001f600", 5_000_000),
            (b'{"StarlarkUserEvent":{"id":"a"},"epoch_millis":NaN}', "a", None),
        ],
    )
    def test_odd_values(self, shelf: Any, line: bytes, name: str, time: int | None) -> None:
        """Of a key that stands twice the first counts; escapes are resolved; NaN is unknown."""
        event = shelf.event(line)
        assert (event["name"], event["time"]) == (name, time)

    @pytest.mark.parametrize("blank", [b"", b" ", b"\t \x0b\x0c", b"\r"])
    def test_blank_lines(self, shelf: Any, blank: bytes) -> None:
        """A line of white space is neither event nor reject, but it has a number."""
        kept = shelf.lines(blank, USER, blank, blank, PLAIN, blank)
        assert kept.rejects == []
        assert [event["line"] for event in kept.events] == [2, 5]
        assert kept.outcomes == [Outcome(2, 0)]

    def test_mixed_dialects(self, shelf: Any) -> None:
        """Lines are told one by one: each by its own dialect, in any mixture."""
        lines = [USER, PLAIN, ACTION, PLAIN, b'{"BxlEnsureArtifactsEvent":{}}']
        events = shelf.lines(*lines).events
        assert [event["dialect"] for event in events] == [
            "buck2-user",
            "generic",
            "buck2-user",
            "generic",
            "buck2-user",
        ]
        assert [event["raw"].encode() for event in events] == lines


class TestBatches:
    """Several batches."""

    def test_any_order(self, shelf: Any) -> None:
        """Batches may be added in any order: ids, lines, runs and sources are what the batches say."""
        batches = [
            Batch(number % 2, number, 1 + 100 * number, 1 + 10 * number, 0, Text(b"\n".join([USER, b"no", PLAIN])), 3)
            for number in range(8)
        ]
        dice = random.Random(1)  # noqa: S311  not cryptography
        dice.shuffle(batches)
        kept = shelf.put(*batches)
        places = [(e["source"], e["run"], e["id"], e["line"]) for e in kept.events]
        assert places == [
            (number % 2, number, 1 + 100 * number + line, 1 + 10 * number + line)
            for number in range(8)
            for line in (0, 2)
        ]
        assert [(reject.source, reject.run, reject.line) for reject in kept.rejects] == [
            (number % 2, number, 2 + 10 * number) for number in range(8)
        ]

    def test_a_bad_batch_leaves_no_trace(self, shelf: Any) -> None:
        """What a batch holds does not depend on the batches before it."""
        alone = shelf.put(batch(USER, PLAIN, ACTION, first=10)).events
        for others in ([b"no"], [b"\xff", b"[]"], [PLAIN], [b""], [USER]):
            kept = shelf.put(batch(*others, first=1), batch(USER, PLAIN, ACTION, first=10))
            assert kept.events[-3:] == alone

    def test_many_short_lines(self, shelf: Any) -> None:
        """More lines in one batch than are parsed unchecked: all are kept, with the reject among them."""
        number = 70_000
        lines = [b"{}"] * number
        lines[60_000] = b"no"
        kept = shelf.lines(*lines)
        assert kept.outcomes == [Outcome(number - 1, 1)]
        assert [reject.line for reject in kept.rejects] == [60_001]
        assert [event["id"] for event in kept.events] == [*range(1, 60_001), *range(60_002, number + 1)]

    @given(
        st.lists(st.sampled_from([USER, b" \t" + USER, ACTION, PLAIN, b"no", b"", b"[1]", b"\xff"]), max_size=12),
        st.integers(1, 6),
    )
    @settings(max_examples=40)
    def test_any_cut_into_batches(self, shelf: Any, lines: list[bytes], size: int) -> None:
        """However lines are cut into batches, the same is kept of them."""
        whole = shelf.lines(*lines) if lines else shelf.put()
        offset = 0
        batches = []
        for begin in range(0, len(lines), size):
            part = lines[begin : begin + size]
            batches.append(batch(*part, first=begin + 1, offset=offset))
            offset += sum(len(line) + 1 for line in part)
        kept = shelf.put(*batches)
        assert kept.events == whole.events
        assert kept.rejects == sorted(whole.rejects, key=lambda reject: reject.line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
junk = st.one_of(
    st.binary(max_size=12),
    st.text(max_size=12).map(str.encode),
    st.sampled_from([USER, ACTION, USER[:-1], b"\xef\xbb\xbf" + USER, USER + b"\r", USER * 2, b"\r", b"\x0b "]),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.text(max_size=4), json_values, max_size=3).map(lambda value: json.dumps(value).encode()),
)


@given(st.lists(junk, min_size=1, max_size=12))
@settings(max_examples=100)
def test_any_bytes(shelf: Any, lines: list[bytes]) -> None:
    """Of any bytes at all, events and rejects are those that Python finds, each in its place."""
    text = b"\n".join(line.removeprefix(oracle.BOM) if not number else line for number, line in enumerate(lines))
    check_any(shelf.put(Batch(0, 1, 1, 1, 0, Text(text), text.count(b"\n") + 1)), text)


spaced = st.builds(
    b"".join,
    st.tuples(
        st.sampled_from([b"", b" ", b"\t ", b"\r", b"\x0b", b"\xc2\xa0", oracle.BOM]),
        st.sampled_from(
            [USER, ACTION, PLAIN, b"{}", USER[:-1] + b",}", b'{"a":[1, ],"b":", ]"}', b'{"a":", ]"}', b"[{}]"]
        ),
        st.sampled_from([b"", b" ", b"\t", b"\r", b"\x0b", b"x"]),
    ),
)


@given(st.lists(spaced | junk, min_size=1, max_size=6), st.sampled_from([USER, PLAIN]))
@settings(max_examples=150)
def test_any_bytes_behind_a_sound_batch(shelf: Any, lines: list[bytes], sound: bytes) -> None:
    """What is expected to be like the batch before it, and is not, is taken as carefully."""
    text = b"\n".join([sound, *lines])
    size, number = len(sound) + 1, text.count(b"\n")
    kept = shelf.put(batch(sound), Batch(0, 1, 2, 2, size, Text(text[size:]), number))
    check_any(kept, text)


def check_any(kept: Any, text: bytes) -> None:
    """What is kept of a text is what Python finds in it."""
    expected = oracle.read(text)
    assert [event["line"] for event in kept.events] == [event.line for event in expected.events]
    assert sorted((reject.line, reject.offset, reject.text) for reject in kept.rejects) == [
        (number, offset, line.decode("utf-8", "replace")) for number, offset, line in expected.rejects
    ]
    events, rejects = (sum(outcome[n] for outcome in kept.outcomes) for n in range(2))
    assert (events, rejects) == (len(expected.events), len(expected.rejects))


class TestTransactions:
    """What is added shows when it is committed."""

    def test_commit(self) -> None:
        """Others see a batch after the commit, and never a part of it."""
        database = Database()
        ingester = Ingester(database, [dialect.projection for dialect in DIALECTS])
        reader = database.cursor()
        assert not ingester.is_due()
        ingester.add(batch(USER, b"no"))
        assert reader.execute("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM rejects)").fetchone() == (
            0,
            0,
        )
        ingester.commit()
        ingester.commit()
        assert reader.execute("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM rejects)").fetchone() == (
            1,
            1,
        )
        assert not ingester.is_due()
        ingester.close()
        database.close()

    def test_two_at_once(self) -> None:
        """Two ingesters may have batches open at the same time."""
        database = Database()
        ingesters = [Ingester(database, [dialect.projection for dialect in DIALECTS]) for _ in range(2)]
        for number in range(6):
            ingesters[number % 2].add(batch(USER, b"no", first=1 + 2 * number))
        for ingester in ingesters:
            ingester.commit()
            ingester.close()
        ids = database.cursor().execute("SELECT id FROM events UNION ALL SELECT id FROM rejects ORDER BY 1").fetchall()
        assert [row[0] for row in ids] == list(range(1, 13))
        database.close()

    def test_many_commits_rewrite_nothing(self) -> None:
        """What is committed stays as it is: nothing is rewritten while the loading goes on."""
        database = Database()
        ingester = Ingester(database, [dialect.projection for dialect in DIALECTS])
        lines = 10_000
        text = b"\n".join([PLAIN] * lines)
        for begin in range(0, 30 * lines, lines):  # more than two row groups
            ingester.add(Batch(0, 1, begin + 1, begin + 1, 0, Text(text), lines))
            ingester.commit()
        storage = "SELECT DISTINCT compression FROM pragma_storage_info('fresh_events')"
        assert database.cursor().execute(storage).fetchall() == [("Uncompressed",)]
        ingester.close()
        database.close()


class TestCommits:
    """When what was added is shown: whole row groups cost nothing, less than one is copied."""

    @pytest.fixture
    def ingester(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ingester, Callable[[float], None]]]:
        """An ingester whose row groups are of 100 lines, and what sets its clock to so many seconds."""
        now = [0.0]
        monkeypatch.setattr(ingest, "_COMMIT_LINES", 100)
        monkeypatch.setattr("tlx.store.ingest.time", SimpleNamespace(monotonic=lambda: now[0]))
        database = Database()
        made = Ingester(database, [dialect.projection for dialect in DIALECTS])

        def set_clock(seconds: float) -> None:
            now[0] = seconds

        yield made, set_clock
        made.close()
        database.close()

    @pytest.mark.parametrize(
        ("lines", "seconds", "left", "due"),
        [
            (99, 0.4, math.inf, False),
            (100, 0.0, math.inf, True),
            (20, 0.5, math.inf, True),  # it would take 2.5 s to be whole
            (30, 0.5, math.inf, False),  # it will be whole soon
            (30, 0.7, math.inf, True),  # it has become slower
            (99, 1.9, math.inf, False),
            (99, 2.0, math.inf, True),
            (100, 0.0, 99, False),  # the rest alone would be less than a row group
            (199, 1.9, 99, False),
            (199, 2.0, 99, True),
            (100, 0.0, 100, True),
            (20, 0.5, 90, False),  # with the rest it will be whole
            (20, 0.5, 70, True),  # it will never be
        ],
    )
    def test_due(self, ingester: Any, lines: int, seconds: float, left: float, *, due: bool) -> None:
        """A whole row group is shown, or what there is after a while; the rest of a log goes with the one before."""
        made, set_clock = ingester
        assert not made.is_due(left)
        assert made.add(batch(*[USER] * lines)).events == lines
        set_clock(seconds)
        assert made.is_due(left) == due
        made.commit()
        assert not made.is_due(left)


def test_one_comma_to_be_forgiven_among_megabytes(shelf: Any) -> None:
    """The line with it is a reject, whatever piece it stands in; one that only says it is an event."""
    filling = [b'{"StarlarkUserEvent":{"id":"%s"},"epoch_millis":5}' % (b"x" * 300)] * 6_000
    bad, said = b'{"StarlarkUserEvent":{"id":"bad",  },"epoch_millis":5}', b'{"StarlarkUserEvent":{"id":",}"}}'
    lines = [*filling[:3_000], bad, *filling[3_000:], said]
    whole = b"\n".join(lines)
    seam = whole.index(b",  }") + 2
    text = Text(whole[:70_000], whole[70_000:seam], whole[seam:])
    assert len(text.pieces) == 3
    kept = shelf.put(Batch(0, 1, 1, 1, 0, text, len(lines)))
    assert [(reject.line, reject.reason[:8]) for reject in kept.rejects] == [(3_001, "not JSON")]
    assert (len(kept.events), kept.events[-1]["name"]) == (6_001, ",}")


@pytest.mark.parametrize("blank", [b"", b" ", b"\t "])
def test_keys_are_of_objects(shelf: Any, blank: bytes) -> None:
    """An array of what would be events is none, nor is anything else; blanks before an object are nothing."""
    kept = shelf.lines(b"[%s]" % USER, blank + USER, b'"%s"' % USER.replace(b'"', b""), b"[[]]", b"7", b"null")
    assert [event["line"] for event in kept.events] == [2]
    assert [reject.line for reject in kept.rejects] == [1, 3, 4, 5, 6]


def test_characters_across_pieces(shelf: Any) -> None:
    """A piece may end inside one: the text is UTF-8 all the same, and a line that is not is found where it stands."""
    line = '{"StarlarkUserEvent":{"id":"é€😀"},"epoch_millis":5}'.encode()
    whole = b"\n".join([line] * 4_000)
    inside = [
        count * (len(line) + 1) + line.index(first.encode()) + 1 for count, first in ((1_000, "é"), (2_500, "😀"))
    ]
    cuts = [0, *inside, len(whole)]
    text = Text(*(whole[a:b] for a, b in itertools.pairwise(cuts)))
    kept = shelf.put(Batch(0, 1, 1, 1, 0, text, 4_000))
    assert (len(kept.events), kept.rejects) == (4_000, [])
    bad = Text(whole, b"\n\xc3\n", whole)
    kept = shelf.put(Batch(0, 1, 1, 1, 0, bad, 8_001))
    assert [(reject.line, reject.reason[:13]) for reject in kept.rejects] == [(4_001, "invalid UTF-8")]
    assert len(kept.events) == 8_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The dialects that were asked for their records, one after another."""
    dialects: list[str] = []
    take = Ingester._take

    def noted(self: Ingester, statement: Any, *rest: Any) -> int:
        dialects.append(statement.dialect)
        return take(self, statement, *rest)

    monkeypatch.setattr(Ingester, "_take", noted)
    return dialects


def test_of_few_lines_that_are_no_records_one_dialect_is_asked(shelf: Any, asked: list[str]) -> None:
    """A log of very many small batches, such as one torn everywhere, takes no eight questions for each."""
    assert shelf.put(batch(b"bad", b"", b'{"a":1', b"[1]", USER)).outcomes == [Outcome(1, 3)]
    assert asked == ["buck2-user"]
    assert shelf.put(batch(b"bad", b" \t", PLAIN, USER)).outcomes == [Outcome(2, 1)]
    assert asked[-1] == "generic"


def padded(line: bytes) -> bytes:
    """A record with so much more in it that it is a long one."""
    return line[:-1] + (b"," if len(line) > 2 else b"") + b'"zz":"%s"}' % (b"x" * ingest._LONG)


@pytest.mark.parametrize("mark", ["", "{ x, }"])
def test_of_a_long_line_two_dialects_are_asked(shelf: Any, asked: list[str], mark: str) -> None:
    """To parse a long line takes long: its dialect is found at once, not by asking one after another."""
    shelf.put(batch(USER))
    for dialect in DIALECTS:
        (line, *_) = (one for one in dialect.samples if one.startswith(b"{") and b"\n" not in one)
        asked.clear()
        kept = shelf.put(batch(padded(line).replace(b'"zz":"', b'"zz":"' + mark.encode()), b'{"a":1', USER))
        assert [event["dialect"] for event in kept.events] == [dialect.name, "buck2-user"]
        assert asked in (["buck2-user", dialect.name], ["buck2-user"])
        assert len(kept.rejects) == 1


def test_long_lines_are_read_as_short_ones(shelf: Any) -> None:
    """In batches of a few lines of any dialects each is of the same dialect, and says the same, however long it is."""
    lines = [one for dialect in DIALECTS for one in dialect.samples if one.startswith(b"{") and one.endswith(b"}")]
    dice = random.Random(5)  # noqa: S311  the same each time
    for _ in range(5):
        some = [*dice.sample(lines, 6), b'{"a":1', b"[1]", b"{}", b'{"event":[]}', b'{"a":1,}']
        dice.shuffle(some)
        short = shelf.put(batch(*some))
        long = shelf.put(batch(*(padded(one) if one in lines else one for one in some)))
        assert [{**event, "raw": ""} for event in long.events] == [{**event, "raw": ""} for event in short.events]
        assert [reject.line for reject in long.rejects] == [reject.line for reject in short.rejects]
        assert long.outcomes == short.outcomes
