"""Rows as tables, JSON, JSON lines and CSV: one content, well-formed whatever the text."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tlx.cli.printing.listing import Column, Listing, column, is_colored, share
from tlx.cli.printing.sheet import Sheet, Title
from tlx.cli.reading import Asked
from tlx.model import Quantity
from tlx.units import visible

TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
COLUMNS = [
    column("group.name", Quantity.TEXT, path=("group", "name"), title="name"),
    column("size", Quantity.SIZE),
    column("time", Quantity.TIME),
    share("share"),
    Column("", "bar", lambda value: "#" * (value or 0), drawn=True),
]
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.one_of(st.none(), st.integers(0, 2**65)),
        st.one_of(st.none(), st.integers(0, 2**62)),
        st.one_of(st.none(), st.floats(0, 1)),
        st.integers(0, 3),
    ),
    max_size=6,
)
any_case = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture
def written(tmp_path):
    """A function that prints rows in a format and returns the bytes."""

    def write(form, rows, notes=()):
        path = tmp_path / "out"
        assert Listing(COLUMNS, iter(rows), notes).write(Asked([], form=form, output=str(path))) == len(rows)
        return path.read_bytes()

    return write


@any_case
@given(rows=ROWS)
def test_programs_get_the_same_in_every_format(written, rows):
    """JSON, JSON lines and CSV hold the same values, every text as it is, and JSON no character that acts."""
    records = json.loads(written("json", rows))
    lines = written("jsonl", rows)
    assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == records
    assert all(character.isprintable() or character == "\n" for character in lines.decode())
    table = list(csv.reader(io.StringIO(written("csv", rows).decode(), newline="")))
    assert table[0] == ["group.name", "size", "time", "share"]
    for record, cells, (name, size, _, part, _) in zip(records, table[1:], rows, strict=True):
        assert record["group"] == {"name": name}
        assert (record["size"], record["share"]) == (size, part)
        assert list(record) == ["group", "size", "time", "share"]
        values = [name, size, record["time"], part]
        assert cells == ["" if value is None else str(value) for value in values]


def test_csv_tells_an_empty_text_from_a_missing_one(written):
    """Nothing stands for what is missing, quotes for a text without characters."""
    out = written("csv", [("", None, None, None, 0), (None, 0, None, None, 0), (' "a,\r\n', 1, 0, 0.5, 0)])
    lines = b'group.name,size,time,share\n"",,,\n,0,,\n" ""a,\r\n",1,1970-01-01T00:00:00Z,0.5\n'
    assert out == lines


@any_case
@given(rows=ROWS)
def test_a_table_shows_every_row_harmlessly(written, rows):
    """Each row is one line in which every control character is visible; of no rows there is no table."""
    text = written("table", rows, ["a \x1b note"]).decode()
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) == (len(rows) + 2 if rows else 0)
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    if rows:
        assert lines[-1] == "a ␛ note"
        assert lines[0].split() == ["name", "size", "time", "share", "bar"]


def test_columns_stand_below_one_another():
    """Numbers end and texts begin below their titles, wide characters counted twice."""
    titles = [Title("what"), Title("n", right=True), Title("text")]
    rows = [["漢字", "1,234,567", "a"], ["x", "7", "b"]]
    sheet = Sheet(titles, rows)
    lines = [sheet.title(), *sheet.lines(rows)]
    assert lines == ["what          n  text", "漢字  1,234,567  a", "x             7  b"]


def test_a_narrow_terminal_keeps_numbers_whole():
    """Without room, columns of rank go first, the highest before the others; then texts are cut, numbers never."""
    titles = [Title("name"), Title("a", right=True), Title("b", right=True, rank=1), Title("c", right=True, rank=2)]
    rows = [["n" * 60, "1,234,567", "2,345", "6,789"]]
    for room, left in ((100, 4), (49, 4), (42, 3), (35, 2), (24, 2)):
        sheet = Sheet(titles, rows, room)
        line = next(sheet.lines(rows))
        assert cell_len(line) <= max(room, 23)
        assert len(sheet.title().split()) == left, room
        assert "1,234,567" in line
        assert ("…" in line) == (room < 84)


def test_a_text_as_large_as_a_file_is_cut():
    """Where there is no terminal a text has 200 cells at most, and later rows may be wider than their column."""
    rows = [["a" * 1_000_000, "1"], ["b", "2"]]
    sheet = Sheet([Title("t"), Title("n", right=True)], rows[1:])
    first, second = sheet.lines(rows)
    assert first == "a" * 199 + "…  1"
    assert second == "b  2"


def test_colours(monkeypatch, tmp_path):
    """Colours go to terminals that know them, unless NO_COLOR is set; --color decides against all that."""

    class Stream(io.StringIO):
        """A stream that may be a terminal."""

        terminal = True

        def isatty(self):
            """Say whether it is one."""
            return self.terminal

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Stream()
    assert is_colored(stream, "auto")
    assert not is_colored(stream, "never")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_colored(stream, "auto")
    assert is_colored(stream, "always")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not is_colored(stream, "auto")
    monkeypatch.setenv("TERM", "xterm")
    stream.terminal = False
    assert not is_colored(stream, "auto")
    path = tmp_path / "out"
    row = ("a", 1, 2, 0.5, 1)
    for color, begin in (("always", b"\x1b[1mname"), ("auto", b"name"), ("never", b"name")):
        Listing(COLUMNS, [row]).write(Asked([], output=str(path), color=color))
        assert path.read_bytes().startswith(begin)
        assert path.read_bytes().count(b"\x1b") == (2 if color == "always" else 0)
