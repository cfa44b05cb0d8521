"""The words every floor shares: the columns of an event, and what passes between the floors.

Times and durations are integers of nanoseconds, sizes and offsets integers of bytes, line numbers count from 1.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from tlx.text import Text


class Quantity(StrEnum):
    """What the values of a column measure, so that every head prints them alike."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DURATION = "duration"
    SIZE = "size"


EVENT_COLUMNS: Mapping[str, Quantity] = {
    "id": Quantity.NUMBER,
    "source": Quantity.NUMBER,
    "run": Quantity.NUMBER,
    "line": Quantity.NUMBER,
    "dialect": Quantity.TEXT,
    "event": Quantity.TEXT,
    "name": Quantity.TEXT,
    "category": Quantity.TEXT,
    "identifier": Quantity.TEXT,
    "kind": Quantity.TEXT,
    "execution_kind": Quantity.TEXT,
    "status": Quantity.TEXT,
    "level": Quantity.TEXT,
    "owner": Quantity.TEXT,
    "start": Quantity.TIME,
    "time": Quantity.TIME,
    "duration_ns": Quantity.DURATION,
    "input_materialization_ns": Quantity.DURATION,
    "output_size": Quantity.SIZE,
    "trace": Quantity.TEXT,
    "span": Quantity.TEXT,
    "raw": Quantity.TEXT,
}
"""Every column of an event. `id` is the arrival number, `time` the end of a span; all but id, source, line, dialect
and raw may be missing."""

PLACE_COLUMNS = ("id", "source", "run", "line", "dialect", "raw")
"""The columns that say where an event came from; the store fills them, a dialect fills the others."""


class SourceState(StrEnum):
    """How a source ended, as far as it has been read."""

    COMPLETE = "complete"
    OPEN = "open"
    """The last frame or member is not closed, but ends where its writer flushed: still being written, or killed."""
    TORN = "torn"
    """The last line, block or member stops in the middle."""


class Damage(NamedTuple):
    """A place in the bytes of a source, as stored, that could not be read."""

    offset: int
    reason: str


class SourceFacts(NamedTuple):
    """What is known of one source: sizes in bytes, both as stored and decompressed."""

    source: int
    path: str
    codec: str
    bytes: int
    decompressed_bytes: int
    state: SourceState
    damages: tuple[Damage, ...] = ()


class Header(NamedTuple):
    """What a run's first record says of it; `command` is quoted as a shell would want it."""

    dialect: str
    command: str | None
    trace: str | None
    start_ns: int | None
    working_dir: str | None = None


class Run(NamedTuple):
    """One invocation in one source; without `header` the events stood above the first header."""

    run: int
    source: int
    line: int
    header: Header | None
    raw: str | None


class Reject(NamedTuple):
    """A line that no dialect could read, kept: `offset` is its first byte in the decompressed text."""

    source: int
    run: int
    line: int
    offset: int
    reason: str
    text: str


class FileIdentity(NamedTuple):
    """What tells a file on disk from others, and from itself once it has changed; times in ns since the epoch."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class Above(NamedTuple):
    """What the lines above a batch mean for its first ones."""

    text: str | None = None
    """The dialect that lines which are no JSON belong to; None where they belong to none."""
    line: bytes = b""
    """The last line that says something of those below it."""
    record: bytes = b""
    """The line right above, if that is a record to which text belongs."""
    told: bytes = b""
    """The last line of text that tells what the clocks of those below mean."""


class Bookmark(NamedTuple):
    """Where reading stands in a source: the number of the next line, and the arrival number that it gets."""

    next_id: int
    run: int
    """The run that was begun last."""
    begun: bool
    """Whether it is one of this source, so that the next line belongs to it unless it begins another."""
    line: int
    sensitive: bool = False
    """Whether the source looked so far as if it held something to mask."""
    above: Above = Above()
    """What the lines so far mean for the next one."""


class Batch(NamedTuple):
    """Whole lines of one run on their way into the store.

    `text` is undecoded, without the last line feed; its lines have the arrival numbers from `first_id` and the line
    numbers from `first_line`; `offset` is its first byte in the decompressed text.
    """

    source: int
    run: int
    first_id: int
    first_line: int
    offset: int
    text: Text
    lines: int
    """How many, blank ones included."""
    flaw: str = ""
    """What befell the only line, such as a torn end: the reason if it turns out to be no event."""
    above: Above = Above()
    folded: bool = False
    """Whether a line may hold many events. There are then arrival numbers for as many as there are braces."""
    sensitive: bool = False
    """Whether its log looks like one with lines to mask, so that lines which nobody understands are too."""

    @property
    def ids(self) -> int:
        """How many arrival numbers the lines may take."""
        return self.lines + self.text.whole.count(b"{") if self.folded else self.lines


UsualEvents = Mapping[str, str]
"""The names of dialects, each with what most of its events are, or empty: see `Projection.usual`."""


class Projection(NamedTuple):
    """A dialect's meaning as SQL: how parsed records become events.

    `structure` names the JSON keys that are read, with their SQL types. `recognise` and `columns` are SQL over `j`, the
    parsed record, over `line`, its text, and over the names in `shorthands`. They are written by dialects only and hold
    no value of a log. `recognise` is also asked by the dialects behind this one: it reads the keys in `marks` alone,
    with their types, or the text, `line`. Keys that differ in case alone are the same to SQL. What a person wrote is in
    `values` only, each of which `recognise` or a column names as a parameter.
    """

    dialect: str
    structure: Mapping[str, Any]
    recognise: str
    columns: Mapping[str, str]
    shorthands: Mapping[str, str] = {}  # never written to
    marks: Mapping[str, str] = {}  # never written to
    values: Mapping[str, Any] = {}  # never written to
    usual: str = ""
    """What most events are, where each one is something and none has to do with spans: the store need not keep it."""


OPEN = "open"
"""The status of an event that starts a span of which no end has been seen."""


class Spans(NamedTuple):
    """How starts and ends of one sort of spans are told, as SQL over the columns of events.

    It is written by dialects only and holds no value of a log. An event may end spans of several sorts, but starts one
    of one sort at most, and none of one sort where it ends one of another that is not `in_turn`.
    """

    starts: str
    """Whether an event starts a span."""
    ends: str
    """Whether it ends one; what starts one ends none, unless they are `in_turn`."""
    key: str
    """What the start and the end of a span have in common, as text; NULL where that is not known."""
    named: str = ""
    """Whether an end takes the name of its start, for want of one of its own; empty where none does."""
    parent: str = ""
    """The `span` of the one around it, as text; it ends in the same run. Empty where no span tells that."""
    in_turn: bool = False
    """Whether spans of one key follow one another, so that an event may end one and start the next. Such a span stands
    at its start, whose time becomes that of its end."""
    cuts: str = ""
    """Of spans that are `in_turn`: whether an event tells that one which is open then will never end."""
    values: Mapping[str, Any] = {}  # never written to
    """What a person wrote: parameters, each of which `starts`, `ends` and `key` together name."""


Joins = Mapping[str, tuple[Spans, ...]]
"""How the spans of dialects are joined, by the names of these."""


TEXT_EVENT = "(text)"
"""The type of an event that is made of lines of text which no event began, such as a traceback."""


class Block(NamedTuple):
    """Lines of text that belong together."""

    text: str
    begun: bool
    """Whether the first line is one with which an event begins."""
    above: bytes = b""
    """The line above, if that is a record."""


class Texts(NamedTuple):
    """How lines that are no JSON belong to a dialect."""

    dialect: str
    begins: re.Pattern[bytes]
    """Matches a line that begins an event; multi-line, so that it is also found in a text. The lines that follow belong
    to the event."""
    marks: tuple[bytes, ...]
    """Of these, each line that admits text holds one."""
    admits: Callable[[bytes], bool]
    """Whether text below this line, a JSON object, belongs to the dialect; cheap."""
    read: Callable[[Sequence[Block], bytes], Sequence[Mapping[str, Any]]]
    """The record that each block is, as the projection wants it; `event` is `TEXT_EVENT` where none begins there. It is
    given the last line above that tells something, if any."""
    tells: bytes = b""
    """What such a line holds."""


class Unfolded(NamedTuple):
    """What a line that is not one event holds."""

    records: Sequence[Mapping[str, Any]]
    """The records of its events."""
    above: bool = False
    """Whether it says something of the lines below it; it counts as a header then."""


class Flaw(NamedTuple):
    """The text before it has no end; `reason` says what befell it."""

    reason: str


class Folds(NamedTuple):
    """How one line holds many events."""

    begins: tuple[bytes, ...]
    """How such lines, and those that say something of them, begin; none where `marks` tell them."""
    unfold: Callable[[Any, bytes], Unfolded | None]
    """What a record holds, given the last line above that said something; None if it is an event like others."""
    marks: tuple[bytes, ...] = ()
    """Of these, each such line holds one."""
    forced: Callable[[Any, bytes], Unfolded | None] | None = None
    """The same where every line is of the dialect; None where that makes no difference."""
    told: str = ""
    """What a file says of it."""


class Sensitive(NamedTuple):
    """What the lines of a dialect hold that is not for every eye.

    Keys are written as words: `private metadata` is privateMetadata, private_metadata and PrivateMetadata. Behind a `=`
    one is written as it is.
    """

    looks: str
    """A regular expression for what logs with such lines look like: what is no event there is masked as a whole, and
    lines that another dialect takes are masked too."""
    keys: tuple[str, ...] = ()
    """Keys whose values are masked, at any depth, with all that is in them. A word that begins with a star is the end
    of a key."""
    names: tuple[str, ...] = ()
    """Keys in masked values that stay as they are; others may be made of data, and are masked too."""
    paths: tuple[str, ...] = ()
    """Keys whose values are masked part by part, so that what begins alike still does."""
    in_texts: bool = False
    """Whether the texts of a record may hold keys with their values, written in other ways than JSON."""
    credentials: bool = False
    """Whether tokens, addresses of people, and the credentials and queries of URLs are looked for in every text."""
    capsule: tuple[str, ...] = ()
    """Where there are any, the only keys of a record whose values are not masked."""
    homes: bool = False
    """Whether the names of users in paths of their folders are masked."""
    places: tuple[tuple[str, ...], ...] = ()
    """Keys one inside the other, arrays between them or not, at any depth: what stands behind the last is masked."""
    grouped: tuple[str, ...] = ()
    """Of the keys and paths, those that groups are made by: a pseudonym stands for them where all else is removed."""


class Mask(NamedTuple):
    """How the lines of a dialect are masked."""

    marks: str
    """A regular expression, for SQL: what it does not match has nothing to mask."""
    mask: Callable[[str], tuple[str, int]]
    """The text of a record, masked, and how many values were. What was masked before stays."""
    mask_text: Callable[[str], tuple[str, int]]
    """The same of lines of text."""


def no_mask(dialect: str) -> Mask:
    """Refuse to mask lines of a dialect that has nothing to mask."""
    raise LookupError(dialect)


class Masks(NamedTuple):
    """Which lines are masked, and how."""

    dialects: frozenset[str] = frozenset()
    """Of these dialects lines are looked at."""
    of: Callable[[str], Mask] = no_mask
    """How lines of such a dialect are masked; made when it is asked for first."""
    hide: bool = False
    """Whether what is masked is kept too, to be revealed."""
    looks: Callable[[bytes], bool] = bool
    """Whether lines look like those of a log with something to mask."""
    key: Callable[[], str] = str
    """What tells one key of pseudonyms from another, and no more of it; empty where it is of this session alone."""


NO_MASKS = Masks()
"""Nothing is masked."""


class Decoders(NamedTuple):
    """What SQL cannot read."""

    texts: tuple[Texts, ...] = ()
    folds: tuple[Folds, ...] = ()
    masks: Masks = NO_MASKS
