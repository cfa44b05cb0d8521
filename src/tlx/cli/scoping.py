"""Which events a command is asked about: --where, --since, --until and --run as one scope."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING

from tlx import units
from tlx.config import ConfigError
from tlx.query import runs, timeline
from tlx.query.ask import Asker, Scope
from tlx.query.language.compile import Condition, Context, compile_filter
from tlx.query.language.naming import with_own

if TYPE_CHECKING:
    from tlx.query.language.values import Moment

_LEAST_ROOM = 40


class FilterComplaintError(ConfigError):
    """A filter that was typed cannot be understood; `picture` shows where."""

    def __init__(self, flag: str, text: str, column: int, reason: str) -> None:
        super().__init__(f"{flag}, column {column + 1}: {reason}")
        self.picture = _pointed(text, column)


@dataclass(frozen=True)
class Part:
    """What part of the events is asked for, as typed; all of it must hold."""

    where: Sequence[str] = ()
    since: str | None = None
    """Of a span its end counts, for one that is still running at that time is in."""
    until: str | None = None
    """Of a span its start counts."""
    zone: tzinfo = UTC
    named: Mapping[str, str] = field(default_factory=dict)
    """The user's own filters that have a name."""

    @property
    def is_whole(self) -> bool:
        """Whether all events are asked for."""
        return not self.where and self.since is None and self.until is None

    def context(self, run_starts: Mapping[int, int] = MappingProxyType({})) -> Context:
        """Return what filters are read in, where runs start so, in ns."""
        return Context(self.zone, run_starts, with_own(self.named))


def check(part: Part) -> None:
    """Find out before the logs are read what cannot be understood.

    Raises:
        ConfigError: a filter or a time.
    """
    condition([*_filters(part), *_times(part)], part.context())
    _say_unnamed(part)


def scope(asker: Asker, part: Part, run: runs.Wanted | None) -> tuple[Scope, Context]:
    """Return the scope that is asked for, and what further fields are to be read in.

    Raises:
        ConfigError: there is no such run, or no time between --since and --until.
    """
    if run is None and part.is_whole:
        return Scope(), part.context()
    found = runs.runs(asker)
    only = chosen(found, run)
    starts = {facts.run: facts.start for facts in found if facts.start is not None}
    around = part.context(starts)
    alone = None if only is None else only.run
    begins = {start for number, start in starts.items() if alone in (None, number)}
    window, times = _window(asker, part, begins, alone), []
    if window is None:  # another time in each run, which only a filter can say
        times = list(_times(part))
    filtered = condition([*_filters(part), *times], around)
    _say_missing(found, alone, part)
    return Scope(filtered, window, alone), around


def _say_unnamed(part: Part) -> None:
    """Where a filter holds a name that is known on the screen alone, say on stderr that it is only text here."""
    if not part.where or sys.stderr is None:
        return
    from tlx.config.file import path
    from tlx.query.language.naming import words
    from tlx.query.language.parse import parse
    from tlx.state import State, StateError

    known = part.context().filters
    typed, named = set[str](), {word for text in part.where for word in words(parse(text))}
    while fresh := named - typed:  # those in the filters that have names, too; none of these is wrong
        typed |= fresh
        named = {word for name in fresh & known.keys() for word in words(parse(known[name]))}
    typed -= known.keys()
    with contextlib.suppress(StateError):  # the screen tells of it
        for name in sorted(typed & State.of_user().filters.named.keys()):
            said = f"{name} is a filter on the screen alone, and text to look for here; name it in {path()}"
            print(f"tlx: {units.visible(said)}", file=sys.stderr)  # noqa: T201  as in `announce`


def _say_missing(found: Sequence[runs.RunFacts], alone: int | None, part: Part) -> None:
    """Where a filter looks for what the logs do not hold, say on stderr that they do not, and which command has it."""
    if not part.where or sys.stderr is None:
        return
    from tlx.query.insights.absences import looked_for, missing_of

    wanted = {name for text in part.where for name in looked_for(text)}
    for command, one in missing_of(found, alone):
        if one.name in wanted:
            print(f"tlx: {one.words}: {units.visible(command)}", file=sys.stderr)  # noqa: T201  as in `announce`


def chosen(found: Sequence[runs.RunFacts], wanted: runs.Wanted | None) -> runs.RunFacts | None:
    """Return the run that was asked for by --run, or None for all.

    Raises:
        ConfigError: it does not exist.
    """
    if wanted is None:
        return None
    try:
        return runs.find(found, wanted)
    except runs.NoSuchRunError as error:
        raise ConfigError(f"--run {wanted}: {error}") from error


def condition(typed: Sequence[tuple[str, str]], around: Context | None = None) -> Condition:
    """Return the filter that holds where all do that were typed, each with its flag.

    Raises:
        FilterComplaintError: one cannot be understood.
    """
    if not any(text.strip() for _, text in typed):
        return Condition()
    from tlx.query.language.chips import joined
    from tlx.query.language.parse import FilterError

    last = ("", "")
    try:
        for last in typed:
            compile_filter(last[1], around)
        last = (last[0], joined(*(text for _, text in typed)))
        return compile_filter(last[1], around)
    except FilterError as error:
        raise FilterComplaintError(*last, error.column, str(error)) from error


def _filters(part: Part) -> Iterator[tuple[str, str]]:
    return (("--where", text) for text in part.where)


def _times(part: Part) -> Iterator[tuple[str, str]]:
    """The filters that --since and --until mean."""
    if part.since is not None:
        yield "--since", f"time >= {_written('--since', part.since, part.zone)}"
    if part.until is not None:
        until = _written("--until", part.until, part.zone)
        yield "--until", f"(start < {until} or (missing(start) and time < {until}))"


def _window(asker: Asker, part: Part, begins: set[int], run: int | None) -> tuple[int, int] | None:
    """The time between --since and --until, if neither is another time in each run; an open end is that of all."""
    whole = timeline.whole(timeline.run_spans(asker, run))
    if whole is None or (part.since is None and part.until is None):
        return None
    begin = whole[0] if part.since is None else _absolute("--since", part.since, part.zone, begins)
    end = whole[1] if part.until is None else _absolute("--until", part.until, part.zone, begins)
    if begin is None or end is None:
        return None
    if part.since is not None and part.until is not None and end <= begin:
        raise ConfigError(f"--until: {part.until!r} does not lie behind --since {part.since!r}")
    if part.since is None:
        begin = min(begin, end - 1)
    return begin, max(begin + 1, end)


def _absolute(flag: str, text: str, zone: tzinfo, begins: set[int]) -> int | None:
    """A time in ns since the epoch, or None if the runs that begin so have several."""
    found = _moment(flag, text, zone)
    if not found.by_run:
        return found.ns
    times = {found.at(begin, zone) for begin in begins}
    return times.pop() if len(times) == 1 else None


def _moment(flag: str, text: str, zone: tzinfo) -> Moment:
    """Read a time: -3h lies before now, what begins with + counts from the start of a run."""
    from tlx.query.language.values import LARGEST, Moment, moment

    found = moment(text.strip(), zone)
    if found is not None and found.offset and found.ns < 0:
        found = Moment(time.time_ns() + found.ns)
    if found is None or abs(found.ns) > LARGEST:
        forms = "2026-11-20T10:00:00Z, 10:30, -3h (before now) or +90s (of a run)"
        raise ConfigError(f"{flag}: {text!r} is no time; write {forms}")
    return found


def _written(flag: str, text: str, zone: tzinfo) -> str:
    """A time as filters have it."""
    from tlx.query.language.quote import quoted

    found = _moment(flag, text, zone)
    return quoted(text.strip() if found.by_run else units.rfc3339(found.ns) or text.strip())


def _pointed(text: str, column: int) -> str:
    """The text in one line that fits, and a caret below the column."""
    from rich.cells import cell_len

    room = max(_LEAST_ROOM, shutil.get_terminal_size().columns - 4)
    first = max(0, column - room // 2)
    before, behind = units.visible(text[first:column]), units.visible(text[column : column + room])
    shown = before + behind
    return f"  {shown}\n  {' ' * cell_len(before)}^"
