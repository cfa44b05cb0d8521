"""`tlx story`: what the events of one run, operation, trace, kernel or owner tell together, in order of time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from tlx import units
from tlx.cli.printing.listing import Column, Listing, column
from tlx.cli.reading import Asked, announce, loaded
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.ask import Asker
from tlx.query.whole import stories

_INDENT = "  "
_PAGE = 1_000


def print_story(asked: Asked, settings: Settings) -> None:
    """Load the files and print the widest story that the id names, or the one by the column that was asked for.

    Raises:
        SourceError: one cannot be read.
        ConfigError: there is no such story or column, or the output cannot be written.
    """
    by = _column(asked)
    value = asked.shape.id or ""
    with loaded(asked, settings) as asker:
        found = [told for told in stories.named(asker, value) if by in (None, told.story.key)]
        if not found:
            places = ", ".join(stories.names(asker)) or "nothing: there are no events"
            raise ConfigError(f"no event has {value!r} for what is told as a story here: {places}")
        outline = stories.outline(asker, found[0])
        shown = Listing(
            _columns(asked, outline), itertools.islice(_rows(asker, outline), asked.limit), _notes(found, outline)
        ).write(asked)
        announce(shown, len(outline.lines), "lines of the story")


def _column(asked: Asked) -> str | None:
    """The column that was asked for.

    Raises:
        ConfigError: there is none of that name.
    """
    by = next(iter(asked.shape.by), None)
    if by is not None and by not in EVENT_COLUMNS:
        raise ConfigError(f"--by: there is no column {by!r}; a story is named by one, such as trace")
    return by


def _columns(asked: Asked, outline: stories.Outline) -> list[Column]:
    """What is said of each line; an outline is drawn for a person, and its depth is a number for a program."""

    def since(time: int | None) -> str:
        return units.since(None if time is None or outline.begin is None else time - outline.begin, 3)

    return [
        Column("begin", "since begin", since, given=units.rfc3339),
        Column("", outline.told.story.name, str, right=False, drawn=True),
        Column("depth", "", lambda _: "", rank=9),
        column("chapter", Quantity.TEXT, shown=lambda _: "", title="", rank=9),
        column("name", Quantity.TEXT, shown=lambda _: "", title="", rank=9),
        column("duration_ns", Quantity.DURATION, title="time"),
        column(
            "gap_ns", Quantity.DURATION, title="after", shown=lambda gap: units.duration(gap) if gap and gap > 0 else ""
        ),
        column("status", Quantity.TEXT, title="outcome"),
        column("events", Quantity.NUMBER, shown=lambda _: "", title="", rank=9),
        column("event_id", Quantity.NUMBER, rank=2),
        column("line", Quantity.NUMBER, zone=asked.part.zone, rank=1),
        *([column("gain_ns", Quantity.DURATION, title="could save")] if outline.told.story.course else []),
    ]


def _gap(gap: int | None) -> str:
    """A time in which nothing was; what overlaps leaves none."""
    return units.duration(gap) if gap is not None and gap > 0 else ""


def _rows(asker: Asker, outline: stories.Outline) -> Iterator[tuple[Any, ...]]:
    """The lines of the outline, each with what is known of its event or chapter."""
    for begin in range(0, len(outline.lines), _PAGE):
        lines = outline.lines[begin : begin + _PAGE]
        facts = stories.facts(asker, [line.id for line in lines])
        course = outline.told.story.course
        for line in lines:
            fact, chapter, indent = facts[line.id], line.chapter, _INDENT * line.depth
            if chapter is None:
                at = fact.start if fact.start is not None else fact.time
                status = fact.status
                said: tuple[Any, ...] = (None, fact.name, fact.duration_ns, line.gap_ns, status, 1)
                drawn = f"{indent}{fact.name}"
            else:
                at = chapter.begin
                long = None if chapter.begin is None or chapter.end is None else chapter.end - chapter.begin
                said = (chapter.value, chapter.name, long, line.gap_ns, chapter.status, chapter.events)
                drawn = f"{indent}[{' '.join(filter(None, (chapter.name, chapter.value)))}]"
            gain = (chapter.gain_ns if chapter and chapter.gain_ns else None,) if course else ()
            yield (at, drawn, line.depth, *said, line.id, fact.line, *gain)


def _notes(found: list[stories.Told], outline: stories.Outline) -> list[str]:
    """What there is to say of the whole."""
    begin, end = outline.begin, outline.end
    long = units.duration(None if begin is None or end is None else end - begin)
    told, number = outline.told, units.count(outline.events)
    name = f"{told.story.name} ({told.story.key}) {told.value}"
    notes = [f"{name}: {number} events, {long} from begin to end, {units.count(outline.failed)} failed"]
    if outline.events > stories.MOST:
        notes.append(f"the first {units.count(stories.MOST)} events are told")
    if len(found) > 1:
        others = ", ".join(f"--by {one.story.key} ({one.story.name})" for one in found[1:])
        notes.append(f"the same id names others: {others}")
    return [*notes, *([told.story.note] if told.story.note else [])]
