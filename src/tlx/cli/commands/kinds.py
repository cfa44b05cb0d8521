"""`tlx kinds`: events counted by how they ran, by what matters most in their dialect, or by any other field."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from tlx import units
from tlx.cli import scoping
from tlx.cli.choosing import chosen_fields, field_column
from tlx.cli.printing.listing import Column, Listing, column, share
from tlx.cli.reading import Asked, announce, loaded
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.model import Quantity
from tlx.query import kinds
from tlx.query.grouping.defaults import defaults
from tlx.query.grouping.facets import Facet, Facets, facets, scope_of

_COLUMNS = [
    column("count", Quantity.NUMBER),
    column("duration_ns", Quantity.DURATION, title="time"),
    share("share"),
    column("output_size", Quantity.SIZE, title="output"),
    share("share_of_events", title="of events", rank=1),
    column("cache_hits", Quantity.NUMBER, rank=2),
    column("cache_eligible", Quantity.NUMBER, title="of", rank=2),
    share("cache_rate", title="hit rate"),
]


def print_kinds(asked: Asked, settings: Settings) -> None:
    """Load the files and print the values of a field, by default of the one that matters most in their dialect.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter or the field cannot be understood, there is no such run, or the output cannot be written.
    """
    scoping.check(asked.part)
    if len(chosen_fields("--by", asked.shape.by or ("name",))) != 1:
        raise ConfigError("--by: kinds are of one field; for several: tlx durations --by FIELD,FIELD")
    with loaded(asked, settings) as asker:
        scope, around = scoping.scope(asker, asked.part, asked.run)
        fit = defaults(asker, scope.run)
        (field,) = chosen_fields("--by", asked.shape.by or fit.facets[:1], around)
        found = facets(asker, scope_of(scope, field), field, (0, asked.limit))
        rows = [*found.rows, *([found.missing] if found.missing.events else [])]
        name = field_column(asker, field, asked.part.zone, path=("group", field.name))
        kept = _kept(found, of_actions="execution_kind" in fit.facets) if asked.form == "table" else _COLUMNS
        values = ([row[0], *itertools.compress(row[1:], [one in kept for one in _COLUMNS])] for row in map(_row, rows))
        shown = Listing([name, *kept], itertools.islice(values, asked.limit), list(_notes(found, kept))).write(asked)
        announce(shown, len(rows) + found.further, f"values of {field.name}", scope)


def _kept(found: Facets, *, of_actions: bool) -> list[Column]:
    """The columns that say something to a person: few of them do where nothing has a cache, or takes time."""
    if of_actions:
        return _COLUMNS
    names = ["count", *(["duration_ns", "share"] if found.duration_ns else []), "share_of_events"]
    return [one for one in _COLUMNS if one.name in (*names, *(["output_size"] if found.output_size else []))]


def _notes(found: Facets, kept: Sequence[Column]) -> Iterator[str]:
    """What the numbers are of."""
    cache, names = found.cache, [one.name for one in kept]
    if "share" in names:
        yield f"share: of {units.duration(found.duration_ns)}, the time of all these events summed"
    if "cache_rate" in names:
        rate = f"{units.share(cache.hits, cache.eligible)} = {units.count(cache.hits)} / {units.count(cache.eligible)}"
        yield f"cache hits {rate} ({kinds.FORMULA})"


def _row(facet: Facet) -> tuple[object, ...]:
    cache = facet.cache
    sums = (facet.events, facet.duration_ns, facet.share, facet.output_size, facet.share_of_events)
    return (facet.value, *sums, cache.hits, cache.eligible, cache.rate)
