"""A copy of a log without what is sensitive: line by line, each as its dialect says, in the memory of one chunk.

Which dialect a line is of, only a store knows: each chunk goes through one of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import orjson

from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, NAMES, decoders
from tlx.loading.masks import asked_for, own
from tlx.loading.place import Place
from tlx.masking.removing import Redacting
from tlx.model import NO_MASKS, Masks, Run
from tlx.reader.lines import BOM, LineChunk
from tlx.reader.log import LogReader
from tlx.store.database import Database
from tlx.store.ingest import Ingester

DROPPED = '{{"redacted": a line of {} bytes that was no event'
"""What stands in the place of a line that nobody understands: it is no event either, and begins as a broken one."""


@dataclass
class Report:
    """What a copy has that its log had not."""

    lines: int = 0
    dropped: int = 0
    """Lines that were no events, of which nothing is left."""
    changed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many values were changed, by dialect and then by key."""


class Redaction:
    """Makes copies of logs; the same values have the same pseudonyms in all of them."""

    def __init__(
        self, dialects: Sequence[Dialect], *, remove: bool, max_memory: int | None = None, paths: Sequence[str] = ()
    ) -> None:
        """Read lines as these dialects; with `remove` only what groups are made by has a pseudonym.

        What stands at `paths`, as they were typed, goes too.

        Raises:
            ValueError: one of them is no path.
        """
        self._dialects = dialects
        self._memory = max_memory
        self._folds = [(one.folds.begins, one.name) for one in dialects if one.folds]
        wanted = {one.name: one.redacted or one.sensitive for one in (*DIALECTS, *dialects)}
        sensitive = {name: one._replace(homes=True) for name, one in wanted.items() if one}
        trusted = dict.fromkeys(NAMES, True) | dict(own(dialects))
        self._redacting = Redacting(sensitive, trusted, remove=remove, everywhere=asked_for(paths))
        self.report = Report(changed=self._redacting.changed)

    def copy(self, reader: LogReader) -> Iterator[bytes]:
        """Yield the text of a copy, in pieces of whole lines; where the last line was torn it has no line feed.

        Raises:
            SourceError: the log cannot be read.
        """
        notes = _Notes()
        place = Place(notes, self._dialects)
        for chunk in reader.chunks():
            notes.forget()
            yield self._chunk(chunk, place, notes)

    def _chunk(self, chunk: LineChunk, place: Place, notes: _Notes) -> bytes:
        known = self._known(chunk, place)
        copied = [self._line(line, number, known, notes) for number, line in _numbered(chunk)]
        self.report.lines += len(copied)
        return b"\n".join(copied) + (b"" if chunk.tail else b"\n")

    def _known(self, chunk: LineChunk, place: Place) -> dict[int, str]:
        """The dialect of each line that is an event, or part of one, by its number."""
        batches = place.batches(chunk)
        if not batches:
            return {}
        with closing(Database(self._memory)) as database, closing(_ingester(database, self._dialects)) as ingester:
            for batch in batches:
                ingester.add(batch)
            ingester.commit()
            cursor = database.cursor()
            cut = "SELECT line, dialect, length(raw) - length(replace(raw, chr(10), '')) AS more FROM events"
            rows = cursor.execute(cut).fetchall()
            cursor.close()
        found = {line: dialect for line, dialect, more in rows if not more}
        texts = [row for row in rows if row[2]]
        filled = [number for number, line in _numbered(chunk) if line.strip()] if texts else []
        for line, dialect, more in texts:  # blank lines in between are no part of it
            first = bisect_left(filled, line)
            found.update(dict.fromkeys(filled[first : first + more + 1], dialect))
        return found

    def _line(self, line: bytes, number: int, known: Mapping[int, str], notes: _Notes) -> bytes:
        """One line without what is sensitive."""
        headers = notes.headers.get(number, [])
        copied = [self._redacting.mask(dialect, header).encode() for dialect, header in headers]
        before = line[: len(line) - sum(len(header.encode()) for _, header in headers)]
        if number in notes.torn:
            return b"".join([self._dropped(len(before)), *copied])
        if headers and before == BOM:
            return b"".join(copied)
        return b"".join([self._other(before, known.get(number)), *copied])

    def _other(self, line: bytes, dialect: str | None) -> bytes:
        """One line that is no header, without what is sensitive."""
        if not line.strip():
            return line
        taken = dialect or self._above(line)
        if taken is None:
            return self._dropped(len(line))
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return self._dropped(len(line))
        is_record = text.lstrip(" \t\r").startswith("{")
        redact = self._redacting.mask if is_record else self._redacting.mask_text
        return redact(taken, text).encode()

    def _above(self, line: bytes) -> str | None:
        """The dialect of a line that says something of the events below it."""
        try:
            is_record = isinstance(orjson.loads(line), dict)
        except orjson.JSONDecodeError:
            return None
        return next((name for begins, name in self._folds if is_record and line.startswith(begins)), None)

    def _dropped(self, size: int) -> bytes:
        self.report.dropped += 1
        return DROPPED.format(size).encode()


class _Notes:
    """What would be written of runs and torn lines: kept for one chunk, by the numbers of the lines."""

    def __init__(self) -> None:
        self.headers: dict[int, list[tuple[str, str]]] = {}
        """The dialects and the texts of the headers of a line."""
        self.torn: set[int] = set()

    def forget(self) -> None:
        """A chunk has been copied."""
        self.headers.clear()
        self.torn.clear()

    def add_run(self, run: Run, hidden: Run | None = None) -> None:  # noqa: ARG002  as it is called
        """Note a header."""
        if run.header is not None and run.raw is not None:
            self.headers.setdefault(run.line, []).append((run.header.dialect, run.raw))

    def add_reject(self, row: Sequence[object], *, masks: Masks = NO_MASKS) -> None:  # noqa: ARG002  as it is called
        """Note a torn line."""
        self.torn.add(int(str(row[3])))


def _numbered(chunk: LineChunk) -> Iterator[tuple[int, bytes]]:
    return enumerate(chunk.text.whole.split(b"\n"), chunk.first_line)


def _ingester(database: Database, dialects: Sequence[Dialect]) -> Ingester:
    return Ingester(database, [one.projection for one in dialects], decoders(dialects))
