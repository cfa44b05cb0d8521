"""What a dialect is, and the SQL that dialects share: times and durations, in whole nanoseconds."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tlx.model import Folds, Header, Projection, Sensitive, Spans, Texts

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules


class Breakdown(NamedTuple):
    """What the panes begin with where most events are of a dialect; fields are named as in a filter."""

    title: str = "Breakdown"
    """What the pane of facets is called."""

    facets: tuple[str, ...] = ("name", "kind", "level", "status", "owner")
    """The fields that events are broken down by, the most telling first."""

    groups: tuple[str, ...] = ("name", "kind", "owner")
    """The fields that actions are grouped by."""

    columns: tuple[str, ...] = ("level", "status", "owner")
    """What tables of events show beside name, time and duration."""

    series: str = "level"
    """The field that the timeline tells apart: a column of few values."""

    words: Mapping[str, str] = {}  # never written to
    """What users of the product call a field, where its name does not say it."""

    instants: str = ""
    """Why no event takes time, where that is so."""


Keys = tuple[str | int, ...]
"""Keys of objects and numbers of places in arrays, from the top of a record."""


class Detail(NamedTuple):
    """What some events tell beside the columns, under a name that no column has."""

    paths: tuple[Keys, ...]
    """Where it stands: the first of these at which anything does."""

    ns: int = 0
    """So many ns are one of it, where it is a length of time."""


class Step(NamedTuple):
    """A part of a critical path: what took the time, and how much less the whole would take without it, in ns."""

    name: str
    duration_ns: int
    gain_ns: int
    spans: tuple[str, ...] = ()
    """The ids of the spans that it is made of."""


class CriticalPath(NamedTuple):
    """How a log tells what its run had to wait for, one step after another."""

    event: str
    """The type of the event that tells it."""

    read: Callable[[Mapping[str, Any]], Sequence[Step]]
    """The steps that the record of such an event holds, in order of time."""


class Story(NamedTuple):
    """What belongs together: the events that have one value of a column, told in levels."""

    name: str
    """What such a whole is called, such as a run."""

    key: str
    """The column whose value names it."""

    levels: tuple[str, ...] = ()
    """The columns whose values part it, the outermost first; events without a value stand above."""

    calls: str = "name"
    """The column that says what a part is; its first event knows."""

    through: str = ""
    """A column by which more events belong to it: those that share its value with one that has the key."""

    nests: bool = False
    """Whether an event that lies within a span belongs to it."""

    note: str = ""
    """What to know of it, such as how little the product says of what belongs together."""

    course: bool = False
    """Whether it is the critical path of a run, told step by step; its key is the run."""


class Absence(NamedTuple):
    """Something that logs of a dialect never say."""

    name: str
    """A word for it, which never changes; questions for it are known by it."""

    words: str
    """That it is not there, and why."""

    command: str
    """The program that has it, without the log it is asked about."""

    instead: str
    """What this log does tell."""

    def command_for(self, trace_id: str | None) -> str:
        """Return the command for the run with this trace id, as a shell takes it; without one, for the latest run."""
        return f"{self.command} --trace-id {shlex.quote(trace_id)}" if trace_id else self.command


class Dialect(NamedTuple):
    """What one product's records mean."""

    name: str
    """The word for it in commands and output."""

    title: str
    """The product's name for a person."""

    projection: Projection
    """How its records become events."""

    samples: tuple[bytes, ...]
    """Lines it must recognise, as the product writes them; the contract test reads them."""

    header_mark: bytes | None = None
    """Bytes that every header line holds and hardly any other: a cheap gate before `read_header`."""

    read_header: Callable[[Mapping[str, Any]], Header | None] | None = None
    """The header a parsed record is, or None if it is none. A header starts a run."""

    expected: Mapping[str, tuple[str, ...]] = {}  # never written to
    """The columns that events of a type have as the product writes them now; older ones may lack some."""

    texts: Texts | None = None
    """How lines that are no JSON belong to it."""

    folds: Folds | None = None
    """How one of its lines holds many events."""

    registry: tuple[str, ...] = ()
    """Its registries by name, one for each version of what the system may write, the oldest first."""

    rules: "Callable[[], Rules] | None" = None
    """How events are held against a registry; called, and loaded, where that is wanted."""

    breakdown: Breakdown = Breakdown()
    """What the panes begin with."""

    stories: tuple[Story, ...] = ()
    """What its events tell together, the widest first."""

    sensitive: Sensitive | None = None
    """What its lines hold that is not for every eye."""

    redacted: Sensitive | None = None
    """What a redacted copy leaves out, where that is more."""

    spans: tuple[Spans, ...] = ()
    """How its events that start spans and those that end them are joined, by sort of span."""

    details: Mapping[str, Detail] = {}  # never written to
    """What its events tell beside the columns, by name, the most telling first. Queries know these: `exit_code`,
    `error` and `stderr` of what failed, `queue_us` of what waited."""

    critical_path: CriticalPath | None = None
    """How it tells its critical path."""

    work: tuple[str, str] | None = None
    """SQL over the columns of events: which of its spans are work of their own, so that their times may be summed, and
    which of its starts begin such work. All are where there is none."""

    absences: tuple[Absence, ...] = ()
    """What its logs never say, though it would be looked for there."""

    keys: Mapping[str, str] = {}  # never written to
    """The keys from which columns are taken that have other names."""


OF_A_BUILD = Sensitive(
    looks=r"[^\s\S]",
    keys=("*command line args", "cli args", "argv", "env", "username", "hostname", "email"),
    names=("key", "value"),
    paths=("working dir", "cwd", "client cwd", "*project root"),
    homes=True,
)
"""What a redacted copy of Buck2's logs leaves out: who ran what, and where."""


def moment(text: str) -> str:
    """Return SQL for the nanoseconds of a time: an epoch number, the unit told by magnitude, or RFC 3339 text."""
    number = f"TRY_CAST({text} AS DECIMAL(38, 9))"
    return (
        f"CASE WHEN {number} IS NULL THEN {instant(text)}"
        f" WHEN {number} < 0 THEN NULL"
        f" WHEN {number} < 100000000000 THEN TRY_CAST({number} * 1000000000 AS BIGINT)"
        f" WHEN {number} < 100000000000000 THEN TRY_CAST({number} * 1000000 AS BIGINT)"
        f" WHEN {number} < 100000000000000000 THEN TRY_CAST({number} * 1000 AS BIGINT)"
        f" ELSE TRY_CAST({number} AS BIGINT) END"
    )


def instant(text: str) -> str:
    """Return SQL for RFC 3339 text; a time without zone is UTC. The one type that has nanoseconds ignores the zone."""
    shift = f"epoch_us(TRY_CAST({text} AS TIMESTAMP)) - epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))"
    # Near the ends of what fits, a zone leads beyond it.
    return f"TRY_CAST(epoch_ns(TRY_CAST({text} AS TIMESTAMP_NS))::HUGEINT - 1000 * ({shift}) AS BIGINT)"


def length(text: str, unit: int) -> str:
    """Return SQL for a duration in units of so many ns; what a century does not hold is no duration."""
    number = f"TRY_CAST({text} AS DOUBLE)"
    exact = f"coalesce(TRY_CAST({text} AS BIGINT), CAST({number} AS BIGINT))" if unit == 1 else ""
    found = exact or f"CAST({number} * {unit} AS BIGINT)"
    return f"CASE WHEN {number} >= 0 AND {number} * {unit} < 3.2e18 THEN {found} END"


def whole(text: str) -> str:
    """Return SQL for a duration in ns that is a whole number, none of whose digits is lost."""
    number = f"TRY_CAST({text} AS BIGINT)"
    return f"CASE WHEN {number} >= 0 THEN {number} END"


def first(*texts: str) -> str:
    """Return SQL for the first of several that is known."""
    return f"coalesce({', '.join(texts)})"


def since_epoch(name: str) -> str:
    """Return SQL for a time that is not before 1970."""
    return f"CASE WHEN {name} >= 0 THEN {name} END"
