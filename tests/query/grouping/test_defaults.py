"""What panes and commands begin with: the dialect of most events decides, the others' facets stand behind."""

from __future__ import annotations

import pytest

from tlx.dialects.known import DIALECTS, breakdown
from tlx.model import EVENT_COLUMNS
from tlx.query.fields import OWNER_UNCONFIGURED
from tlx.query.grouping.defaults import defaults

ACTION = '{"ActionExecutionEvent":{"kind":"Run"},"epoch_millis":1}'
PLAIN = '{"level":"info","message":"m"}'


def test_the_dialect_of_most_events_decides(fill):
    """Of a mixed log the facets of the commonest come first, then the dialect itself, then those of the others."""
    buck2, plain = breakdown("buck2-user"), breakdown("generic")
    assert defaults(fill([ACTION] * 2).asker) == buck2
    assert defaults(fill([PLAIN]).asker) == plain
    for lines, first, other in (([ACTION, ACTION, PLAIN], buck2, plain), ([ACTION, PLAIN, PLAIN], plain, buck2)):
        found = defaults(fill(lines).asker)
        assert found.facets[: len(first.facets) + 1] == (*first.facets, "dialect")
        assert set(found.facets) == {"dialect", *first.facets, *other.facets}
        assert found._replace(facets=first.facets) == first


def test_a_run_alone_has_defaults_of_its_own(fill):
    """What the log holds besides a run says nothing of it; without events the first dialect is assumed."""
    filled = fill([ACTION] * 3, [PLAIN], [])
    assert defaults(filled.asker, 2) == breakdown("generic")
    assert defaults(filled.asker, 3) == breakdown(None) == DIALECTS[0].breakdown


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_what_a_dialect_names_is_there(dialect):
    """Every field that a dialect begins with is a column of events, or the owner without its configuration."""
    one = dialect.breakdown
    fields = {*one.facets, *one.groups, *one.columns, one.series, *one.words}
    assert fields <= {*EVENT_COLUMNS, OWNER_UNCONFIGURED}
    assert all((one.title, one.facets, one.groups, one.columns))
