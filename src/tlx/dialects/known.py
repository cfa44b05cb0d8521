"""All dialects, in the order in which a line is offered to them, and what is seen in a text before it is parsed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tlx.config.dialect_files import DialectFile
from tlx.dialects.base import Absence, Breakdown, CriticalPath, Detail, Dialect, Keys, Story
from tlx.dialects.beamlens import BEAMLENS
from tlx.dialects.buck2 import BUCK2
from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.buck2_what_ran import BUCK2_WHAT_RAN
from tlx.dialects.generic import GENERIC
from tlx.dialects.hephaestus import HEPHAESTUS
from tlx.dialects.jupyter import JUPYTER
from tlx.dialects.sourcegraph import SOURCEGRAPH
from tlx.model import Above, Decoders, Header, Spans, Texts
from tlx.text import Text

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

DIALECTS: tuple[Dialect, ...] = (
    BUCK2_USER,
    BUCK2,
    JUPYTER,
    SOURCEGRAPH,
    BEAMLENS,
    HEPHAESTUS,
    BUCK2_WHAT_RAN,
    GENERIC,
)


NAMES = tuple(dialect.name for dialect in DIALECTS)
UNKNOWN = NAMES[-1]
"""The one that takes the records that no other knows."""


def chosen(name: str | None, files: Sequence[DialectFile] = ()) -> tuple[Dialect, ...]:
    """Return all dialects, those that files define first, or the one of that name made to take every line.

    Raises:
        ValueError: there is none of that name, or a file does not define one.
    """
    dialects = (*_defined(files), *DIALECTS) if files else DIALECTS
    if name is None:
        return dialects
    one = next((dialect for dialect in dialects if dialect.name == name), None)
    if one is None:
        raise ValueError(f"there is no dialect {name!r}; there are {', '.join(dialect.name for dialect in dialects)}")
    texts = one.texts._replace(admits=lambda _line: True) if one.texts else None
    folds = one.folds._replace(unfold=one.folds.forced) if one.folds and one.folds.forced else one.folds
    return (one._replace(projection=one.projection._replace(recognise="TRUE"), texts=texts, folds=folds),)


_own: dict[str, Dialect] = {}
"""The dialects that files have defined in this process: those who ask by name know no files."""


def _defined(files: Sequence[DialectFile]) -> tuple[Dialect, ...]:
    from tlx.dialects.defined.projection import defined  # noqa: PLC0415  most people have no such file

    found = defined(files, NAMES)
    _own.update({one.name: one for one in found})
    return found


def decoders(dialects: Sequence[Dialect]) -> Decoders:
    """Return what these dialects read without SQL."""
    texts = tuple(one.texts for one in dialects if one.texts)
    return Decoders(texts, tuple(one.folds for one in dialects if one.folds))


def spans(dialects: Iterable[Dialect]) -> dict[str, tuple[Spans, ...]]:
    """Return how these dialects' starts and ends of spans are joined, by the names of those that have any."""
    return {one.name: one.spans for one in dialects if one.spans}


def joined() -> list[str]:
    """Return the names of all dialects whose spans are joined, those that files define among them; plain words."""
    return [*spans((*DIALECTS, *_own.values()))]


def told(dialects: Iterable[Dialect]) -> list[Any]:
    """Return what decides, beside projections, what lines become; as JSON where a file tells it."""
    return [(one.name, [rule._asdict() for rule in one.spans], one.folds.told if one.folds else "") for one in dialects]


def expected(dialect: str, event: str | None) -> tuple[str, ...]:
    """Return the columns that events of a type have in a dialect, as far as that is known."""
    return next((one.expected.get(event or "", ()) for one in DIALECTS if one.name == dialect), ())


def rules(dialect: str) -> Rules | None:
    """Return the rules of a dialect, if it has any."""
    return next((one.rules() for one in DIALECTS if one.name == dialect and one.rules), None)


def registries() -> dict[str, tuple[str, ...]]:
    """Return the names of the registries by the dialect to which they belong."""
    return {one.name: one.registry for one in DIALECTS if one.registry}


def breakdown(dialect: str | None) -> Breakdown:
    """Return what the panes begin with: as of the first dialect for None, as of other JSON for one of another time."""
    if dialect is None:
        return DIALECTS[0].breakdown
    known = (*DIALECTS, *_own.values())
    return next((one.breakdown for one in known if one.name == dialect), DIALECTS[-1].breakdown)


@functools.cache
def details() -> Mapping[str, tuple[Keys, ...]]:
    """Return where the details of all dialects stand, by their names."""
    found: dict[str, tuple[Keys, ...]] = {}
    for one in DIALECTS:
        for name, detail in one.details.items():
            found[name] = (*found.get(name, ()), *detail.paths)
    return MappingProxyType(found)


def details_of(dialect: str | None) -> Mapping[str, Detail]:
    """Return the details of a dialect by name."""
    return next((one.details for one in DIALECTS if one.name == dialect), {})


def keys_of(dialect: str | None) -> Mapping[str, str]:
    """Return the keys from which a dialect takes columns that have other names."""
    return next((one.keys for one in DIALECTS if one.name == dialect), {})


def works() -> dict[str, tuple[str, str]]:
    """Return SQL for which spans are work of their own, and which starts begin such, where not all of a dialect do."""
    return {one.name: one.work for one in DIALECTS if one.work}


def absences(dialect: str | None) -> tuple[Absence, ...]:
    """Return what logs of a dialect never say; nothing for a dialect of which that is not known."""
    return next((one.absences for one in DIALECTS if one.name == dialect), ())


def critical_path(dialect: str | None) -> CriticalPath | None:
    """Return how a dialect tells its critical path, if it does."""
    return next((one.critical_path for one in DIALECTS if one.name == dialect), None)


def stories(dialect: str) -> tuple[Story, ...]:
    """Return what events of a dialect tell together: as other JSON lines for one from a file."""
    return next((one.stories for one in DIALECTS if one.name == dialect), DIALECTS[-1].stories)


_BOM = b"\xef\xbb\xbf"
"""Before a header it begins a file that was appended to another."""


class HeaderLine(NamedTuple):
    """A header found in a text: `begin` and `end` are bytes of its line, without the line feed.

    Where `torn` is true, the line begins in the middle of a physical one: a writer was killed inside a line, or before
    its line feed, and the next run's header was appended right behind it. Several may stand behind one another so.
    """

    begin: int
    end: int
    header: Header
    torn: bool = False


_LOOKED_AT = 1 << 16
"""So many bytes at the end of a text are looked at for what they mean for the next one."""


def marks(dialects: Sequence[Dialect]) -> tuple[bytes, ...]:
    """Return the marks of headers and of lines that may hold many events: what every text is asked for."""
    headers = (one.header_mark for one in dialects)
    folds = [one.folds for one in dialects if one.folds]
    begins = (b"\n" + begin for one in folds for begin in one.begins)
    return tuple(dict.fromkeys(filter(None, (*headers, *begins, *(mark for one in folds for mark in one.marks)))))


def is_folded(text: Text, dialects: Sequence[Dialect]) -> bool:
    """Return whether lines of `text` may hold many events; little more than a search where none does."""
    begins = tuple(begin for one in dialects if one.folds for begin in one.folds.begins)
    longest = max(map(len, begins), default=0)
    if begins and (text.begin(longest).startswith(begins) or any(text.holds(b"\n" + begin) for begin in begins)):
        return True
    return any(text.holds(mark) for one in dialects if one.folds for mark in one.folds.marks)


def below(text: Text, above: Above, dialects: Sequence[Dialect], *, folded: bool) -> Above:
    """Return what `text` and what is `above` it mean for the lines below it."""
    texts, record = _texts_below(text.end(_LOOKED_AT), above, dialects)
    line = above.line
    for one in dialects if folded else ():
        for begin in one.folds.begins if one.folds else ():
            at = text.whole.rfind(b"\n" + begin) + 1
            if at or text.whole.startswith(begin):
                found = text.whole[at:].partition(b"\n")[0]
                unfolded = one.folds.unfold(_record(found), b"") if one.folds else None
                line = found if unfolded and unfolded.above else line
    teller = next((one.texts for one in dialects if one.name == texts and one.texts and one.texts.tells), None)
    return Above(texts, line, record, _last_told(text.whole, teller) or above.told if teller else above.told)


def _texts_below(text: bytes, above: Above, dialects: Sequence[Dialect]) -> tuple[str | None, bytes]:
    """The dialect that text behind the last line belongs to, and the record that it belongs to, if any."""
    for line in reversed(text.split(b"\n")):
        if line.startswith(b"{"):
            name = next((one.name for one in dialects if one.texts and one.texts.admits(line)), None)
            return name, line if name else b""
        for one in dialects if line.strip() else ():
            if one.texts and one.texts.begins.match(line):
                return one.name, b""
    return above.text, above.record


def _last_told(text: bytes, texts: Texts) -> bytes:
    """The last line that tells something of those below it."""
    at = text.rfind(texts.tells)
    while at >= 0:
        begin = text.rfind(b"\n", 0, at) + 1
        line = text[begin:].partition(b"\n")[0]
        if texts.begins.match(line):
            return line
        at = text.rfind(texts.tells, 0, begin)
    return b""


def find_headers(text: Text, dialects: Sequence[Dialect] = DIALECTS) -> Iterator[HeaderLine]:
    """Yield the header lines of `text` (whole lines) in order; next to nothing where there are none."""
    for dialect in dialects:
        if dialect.header_mark and text.holds(dialect.header_mark):
            yield from _headers_of(dialect, dialect.header_mark, text.whole)


def read_header(text: str, dialect: str, dialects: Sequence[Dialect]) -> Header | None:
    """Return the header of a dialect that a text is, if it is one."""
    read = next((one.read_header for one in dialects if one.name == dialect), None)
    record = _record(text.encode())
    return read(record) if read and isinstance(record, dict) else None


def _headers_of(dialect: Dialect, mark: bytes, text: bytes) -> Iterator[HeaderLine]:
    at = text.find(mark)
    while at >= 0:
        begin = text.rfind(b"\n", 0, at) + 1
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        found = _header(dialect, text, begin, end)
        yield from [found] if found else _torn_headers(dialect, mark, text, begin, end)
        at = text.find(mark, end)


def _header(dialect: Dialect, text: bytes, begin: int, end: int, *, torn: bool = False) -> HeaderLine | None:
    assert dialect.read_header is not None
    record = _record(text[begin:end].removeprefix(_BOM))
    header = dialect.read_header(record) if isinstance(record, dict) else None
    return HeaderLine(begin, end, header, torn) if header else None


def is_record(line: bytes) -> bool:
    """Return whether `line` is a JSON object, read as events are."""
    return isinstance(_record(line), dict)


def _record(line: bytes) -> Any:
    """Return what `line` holds, or None if it is no JSON; NaN and numbers past all bounds are read, as in events."""
    with contextlib.suppress(orjson.JSONDecodeError):
        return orjson.loads(line)
    import json  # noqa: PLC0415  hardly ever needed

    try:
        record = json.loads(line.decode())
        json.dumps(record, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        return None
    return record


def _torn_headers(dialect: Dialect, mark: bytes, text: bytes, begin: int, end: int) -> list[HeaderLine]:
    """The headers glued to what stands before them, in a line that is no record as a whole.

    Inside strings their quotes are escaped. From the end, so that only what is none is read in vain, and once.
    """
    found: list[HeaderLine] = []
    at = text.rfind(b"{" + mark, begin, end)
    while at >= 0 and (header := _header(dialect, text, at, end, torn=at > begin)):
        found.append(header)
        at, end = text.rfind(b"{" + mark, begin, at), at
    if found and not text[begin:end].removeprefix(_BOM).strip():
        found[-1] = found[-1]._replace(begin=begin, torn=False)
    return found[::-1]
