"""The page on filters is a tested surface: its examples are run, on a log of the repository."""

from __future__ import annotations

import importlib.resources
import re

import pytest

from tlx.config.settings import Settings
from tlx.model import EVENT_COLUMNS
from tlx.query import rows, runs
from tlx.query.ask import Asker, Scope
from tlx.query.language.compile import ALIASES, NAMED_FILTERS, Context, compile_filter
from tlx.query.language.parse import FilterError
from tlx.session import Session

PAGE = importlib.resources.files("tlx.query.language").joinpath("FILTER.md").read_text("utf-8")
SAME, WRONG = "What means the same", "When it is wrong"
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=\n## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def cells(section):
    """Return the rows of the table of a section, each a list of its cells."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| ")][2:]
    return [[cell.replace("\\|", "|") for cell in re.split(r" (?<!\\)\| ", line[2:-2])] for line in lines]


def typed(cell):
    """Return what stands between backticks."""
    return re.findall("`([^`]+)`", cell)


EXAMPLES = [text for name in SECTIONS if name not in (SAME, WRONG) for row in cells(name) for text in typed(row[0])]


@pytest.fixture(scope="module")
def select(sample_logs):
    """A function that returns the ids of the events of the sample log that a filter selects."""
    session = Session([str(sample_logs / "build.json-lines")], Settings())
    session.start()
    session.wait()
    asker = Asker(session.database)
    starts = {run.run: run.start for run in runs.runs(asker) if run.start is not None}
    context = Context(run_starts=starts)

    def selected(text):
        page = rows.page(asker, Scope(compile_filter(text, context)), ("id",), rows.Order("id"), (0, 100_000))
        return [row[0] for row in page]

    yield selected
    asker.close()
    session.close()


def test_there_are_examples_of_everything():
    """Every operator, field, short name and named filter stands on the page."""
    assert len(EXAMPLES) > 60
    text = " ".join(EXAMPLES)
    for operator in (
        "= ",
        "==",
        "!=",
        "*=",
        "^=",
        "$=",
        "~",
        "!~",
        "in (",
        "not in (",
        "..",
        "exists(",
        "&&",
        "or",
        "!",
    ):
        assert operator in text, operator
    assert "`||`" in PAGE.replace("\\|", "|")
    words = set(re.findall(r"[a-z_]+", PAGE))
    assert words >= {*EVENT_COLUMNS, *ALIASES, *NAMED_FILTERS} - {"id", "duration_ns", "input_materialization_ns"}


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_select_some_events(select, text):
    """Each example selects some events of the sample log, and not all of them."""
    every = len(select(""))
    few = text in ("exists(owner)", "run = 1", "size = 0", '"and"')
    assert 0 < len(select(text)) < every or few, text


@pytest.mark.parametrize(("this", "that"), [(typed(row[0])[0], typed(row[1])[0]) for row in cells(SAME)])
def test_what_means_the_same(select, this, that):
    """Filters that are said to mean the same select the same events, and some of them."""
    assert select(this) == select(that)
    assert select(this)


@pytest.mark.parametrize(("text", "column", "words"), [(typed(row[0])[0], int(row[1]), row[2]) for row in cells(WRONG)])
def test_what_is_said_of_mistakes(text, column, words):
    """Each mistake on the page is met with these words at this column."""
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    assert (caught.value.column + 1, str(caught.value)) == (column, words)
