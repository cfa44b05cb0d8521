"""Lines of text between records, and logs of nothing but text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tlx.model import Above, Batch, Block, Mask, Masks, Texts
from tlx.store.decoding.rows import Rows, Tally, numbered, written


def may_hold_text(batch: Batch, text: bytes, texts: Sequence[Texts]) -> bool:
    """Return whether lines of `text` that are no records may belong to a dialect."""
    if batch.flaw or not texts:
        return False
    return batch.above.text is not None or any(
        one.begins.search(text) or any(mark in text for mark in one.marks) for one in texts
    )


class Hidden(NamedTuple):
    """Events as they were before they were masked, and how many values were."""

    rows: Rows
    values: int


def read_texts(
    batch: Batch, text: bytes, left: Collection[int], how: tuple[Sequence[Texts], Masks]
) -> tuple[Rows, Hidden, bytes, Tally]:
    """Return the events of the lines of text, of which `left` has the indices, masked.

    Then those that were masked as they had been, what is left of the text, and how it counts.
    """
    texts, masks = how
    sorter = _Sorter(text.split(b"\n"), left, texts, batch.above)
    found = sorter.sort()
    ids = {index: row for index, row, _ in numbered(batch)}
    rows, hidden, rest, values = Rows(), Rows(), sorter.lines, 0
    for one in texts:
        own = [part for part in found if part.texts is one]
        blocks = [part.block(rest) for part in own]
        shown, counts = _masked(blocks, masks.of(one.dialect) if one.dialect in masks.dialects else None)
        values += sum(counts)
        for part, block, record in zip(own, shown, one.read(shown, batch.above.told), strict=True):
            rows.add(ids[part.indices[0]], batch.first_line + part.indices[0], written(record), block.text)
        for part, block, record, count in zip(
            own, blocks, one.read(blocks, batch.above.told) if any(counts) else (), counts, strict=False
        ):
            if count:
                hidden.add(ids[part.indices[0]], batch.first_line + part.indices[0], written(record), block.text)
    lines = sum(len(part.indices) for part in found)
    begun = sum(part.begun for part in found)
    gone = {index for part in found for index in part.indices}
    kept = b"\n".join(b"" if index in gone else line for index, line in enumerate(rest))
    return rows, Hidden(hidden, values), kept, Tally(texts=lines - begun, text_events=len(rows) - begun)


def _masked(blocks: Sequence[Block], mask: Mask | None) -> tuple[Sequence[Block], Sequence[int]]:
    """Blocks, masked, and how many values of each were."""
    if mask is None:
        return blocks, [0] * len(blocks)
    masked = [mask.mask_text(block.text) for block in blocks]
    shown = [block._replace(text=text) for block, (text, _) in zip(blocks, masked, strict=True)]
    return shown, [count for _, count in masked]


class _Part:
    """Lines of a block, by their indices."""

    def __init__(self, texts: Texts, indices: list[int], *, begun: bool, above: bytes = b"") -> None:
        self.texts = texts
        self.indices = indices
        self.begun = begun
        self._above = above

    def block(self, lines: Sequence[bytes]) -> Block:
        return Block(b"\n".join(lines[index] for index in self.indices).decode(), self.begun, self._above)


class _Sorter:
    """Finds the blocks in lines: text belongs to what stands above it, at the begin to what stands below."""

    def __init__(self, lines: list[bytes], left: Collection[int], texts: Sequence[Texts], above: Above) -> None:
        self.lines = lines
        self._left = frozenset(left)
        self._texts = texts
        self._known = next((one for one in texts if one.dialect == above.text), None)
        self._record = above.record
        self._leading: list[int] = []
        self._open: _Part | None = None
        self._found: list[_Part] = []

    def sort(self) -> list[_Part]:
        """Return the blocks in order."""
        for index, line in enumerate(self.lines):
            if index in self._left:
                self._take(index, line.removesuffix(b"\r"))
            elif line.strip():
                self._open, self._record = None, line
                if self._leading:
                    self._settle(self._context())
        return self._found

    def _take(self, index: int, line: bytes) -> None:
        begins = next((one for one in self._texts if one.begins.match(line)), None)
        if begins:
            self._settle(begins)
            self._known, self._record = begins, b""
            self._begin(_Part(begins, [index], begun=True))
        elif line.startswith(b'{"'):
            return  # a broken record
        elif self._open:
            self._open.indices.append(index)
        elif context := self._context():
            self._begin(_Part(context, [index], begun=False, above=self._record))
        elif not self._record:
            self._leading.append(index)

    def _begin(self, part: _Part) -> None:
        self._open = part
        self._found.append(part)

    def _context(self) -> Texts | None:
        """The dialect that admits text here."""
        if not self._record:
            return self._known
        return next((one for one in self._texts if one.admits(self._record)), None)

    def _settle(self, context: Texts | None) -> None:
        """The lines at the begin belong to the dialect of what follows them, if any."""
        if self._leading and context:
            self._found.append(_Part(context, self._leading, begun=False))
        self._leading = []
