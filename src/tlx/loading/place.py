"""Where the reading stands: gives lines their arrival numbers and runs, cut into batches of one run each.

Sources may take turns: the arrival numbers and the numbers of runs are those of the session, but each source has a run
of its own that its next line belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, below, find_headers, is_folded, is_record, marks, read_header
from tlx.model import NO_MASKS, Above, Batch, Bookmark, Header, Masks, Run
from tlx.reader.lines import LineChunk
from tlx.store.rejects import FORGIVABLE, HEAD
from tlx.text import Text

BEGIN = Bookmark(next_id=1, run=0, begun=False, line=1)
"""Where the first source begins."""
_EDGE = 1 << 12
"""So many bytes at the begin and at the end of a text tell what it looks like."""
_TORN_REASON = "torn: the line stops where the next run's header begins"


class Writer(Protocol):
    """Takes what is known of runs and of lines that are torn."""

    def add_run(self, run: Run, hidden: Run | None = None) -> None:
        """Note that a run begins; where something of it is masked, `hidden` is what it was."""

    def add_reject(self, row: Sequence[object], *, masks: Masks = NO_MASKS) -> None:
        """Note a reject."""


class Place:
    """Where the reading of a session stands."""

    def __init__(self, writer: Writer, dialects: Sequence[Dialect] = DIALECTS, masks: Masks = NO_MASKS) -> None:
        self.headers = 0
        self.rejects = 0
        self._writer = writer
        self._dialects = dialects
        self._marks = marks(dialects)
        self._masks = masks
        self._sensitive: set[int] = set()
        """The sources that look like ones with lines to mask."""
        forced = dialects[0] if len(dialects) == 1 else None
        self._first = Above(text=forced.name if forced and forced.texts else None)
        self._above: dict[int, Above] = {}
        """What the lines of each source so far mean for its next ones."""
        self._source = 0
        self._next_id, self._newest = BEGIN.next_id, BEGIN.run
        self._runs: dict[int, int] = {}
        """The run of each source that its next line belongs to; a source without one has not begun any."""

    def go_to(self, source: int, bookmark: Bookmark) -> None:
        """Stand in a source where a bookmark lies: it begins a source, or what comes before it is known already."""
        self._source = source
        self._next_id, self._newest = bookmark.next_id, bookmark.run
        if bookmark.begun:
            self._runs[source] = bookmark.run
        if bookmark.sensitive:
            self._sensitive.add(source)
        if bookmark.line > BEGIN.line:
            self._above[source] = bookmark.above

    def turn_to(self, source: int) -> None:
        """Stand in a source where it was left, or at its begin."""
        self._source = source

    def bookmark(self, line: int) -> Bookmark:
        """Return a bookmark for the next line, which has this number."""
        begun, sensitive = self._source in self._runs, self._source in self._sensitive
        above = self._above.get(self._source, self._first)
        return Bookmark(self._next_id, self._newest, begun, line, sensitive, above)

    def batches(self, chunk: LineChunk) -> list[Batch]:
        """Cut a chunk at its headers; note the runs that begin."""
        found: list[Batch] = []
        self._look(chunk.text)
        chunk.text.look(self._marks, FORGIVABLE)
        if chunk.cut:
            self._begin(chunk.first_line)
            self._tear(chunk.offset, chunk.first_line, chunk.text.whole, chunk.flaw)
            return found
        begin = 0
        line = chunk.first_line
        for header in find_headers(chunk.text, self._dialects):
            if header.begin < begin:  # glued to the header above, in its line
                line -= 1
            if header.begin > begin:
                line = self._cut(chunk, found, (begin, header.begin), line, torn=header.torn)
            self._newest += 1
            self._runs[self._source] = self._newest
            raw = chunk.text.whole[header.begin : header.end].decode("utf-8-sig")
            self._note(Run(self._newest, self._source, line, header.header, raw))
            self._next_id += 1
            self.headers += 1
            line += 1
            begin = header.end + 1
        if begin < len(chunk.text):
            self._cut(chunk, found, (begin, len(chunk.text) + 1), line, torn=False)
        return found

    def _batch(self, chunk: LineChunk, begin: int, line: int, text: Text, lines: int) -> Batch:
        """Make a batch of lines of a run that has begun; see what it means for the next ones."""
        above = self._above.get(self._source, self._first)
        folded = is_folded(text, self._dialects)
        self._above[self._source] = below(text, above, self._dialects, folded=folded)
        place = (self._source, self._runs[self._source], self._next_id, line, chunk.offset + begin)
        return Batch(*place, text, lines, chunk.flaw, above, folded, self._source in self._sensitive)

    def _look(self, text: Text) -> None:
        """Note whether what a source holds looks like lines to mask."""
        if self._masks.dialects and self._source not in self._sensitive:
            edges = text.whole if len(text) <= 2 * _EDGE else text.begin(_EDGE) + b"\n" + text.end(_EDGE)
            if self._masks.looks(edges):
                self._sensitive.add(self._source)

    def _cut(self, chunk: LineChunk, found: list[Batch], span: tuple[int, int], line: int, *, torn: bool) -> int:
        """Make a batch of the lines in `span`; return the number of the line behind it."""
        begin, end = span
        is_all = end - begin > len(chunk.text)
        text, fragment = chunk.text if is_all else Text(chunk.text.whole[begin : end - 1]), b""
        lines = chunk.line_count if is_all else text.line_feeds + 1
        if torn:
            before, newline, fragment = chunk.text.whole[begin:end].rpartition(b"\n")
            text = Text(before)
            lines = text.line_feeds + 1 if newline else 0
        if fragment or not text.is_blank:
            self._begin(line)
        if text and self._source in self._runs:
            found.append(self._batch(chunk, begin, line, text, lines))
            self._next_id += found[-1].ids
        else:
            self._next_id += lines
        if torn and is_record(fragment):  # its writer was killed before the line feed
            found.append(self._batch(chunk, end - len(fragment), line + lines, Text(fragment), 1))
            self._next_id += found[-1].ids
        elif torn:
            self._tear(chunk.offset + end - len(fragment), line + lines, fragment, _TORN_REASON)
        return line + lines

    def _begin(self, line: int) -> None:
        """Begin a run without a header, if there is none yet that the line could belong to."""
        if self._source not in self._runs:
            self._newest += 1
            self._runs[self._source] = self._newest
            self._writer.add_run(Run(self._newest, self._source, line, None, None))

    def _note(self, run: Run) -> None:
        """Note a run that begins with a header, masked where that is to be."""
        dialect = run.header.dialect if run.header else ""
        raw, number = self._masks.of(dialect).mask(run.raw or "") if dialect in self._masks.dialects else ("", 0)
        if number:
            read = read_header(raw, dialect, self._dialects)
            shown = read or Header(dialect, command=None, trace=None, start_ns=None)
            self._writer.add_run(run._replace(header=shown, raw=raw), run)
        else:
            self._writer.add_run(run)

    def _tear(self, offset: int, line: int, fragment: bytes, reason: str) -> None:
        text = fragment.decode("utf-8", "replace")[:HEAD]
        if self._masks.dialects and self._masks.looks(fragment):
            self._sensitive.add(self._source)
        row = (self._next_id, self._source, self._runs[self._source], line, offset, reason, text)
        self._writer.add_reject(row, masks=self._masks if self._source in self._sensitive else NO_MASKS)
        self._next_id += 1
        self.rejects += 1
