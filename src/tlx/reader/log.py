"""A log as chunks of lines: source, decoder and line splitter joined. Loading and following are this one loop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from tlx.model import Damage, Flaw, SourceFacts, SourceState
from tlx.reader.decoding.codecs import Decoder, PlainDecoder, decoder_for, tells
from tlx.reader.decoding.frames import Seam
from tlx.reader.framing import Framing
from tlx.reader.lines import MAX_LINE, LineChunk, LineSplitter, from_line
from tlx.reader.source import Source, SourceError

_READ = 1 << 18
_ENDED = "torn: the log ends inside this line"


class LogReader:
    """Reads one source to its end; `chunks` may be left at any time, then `close`."""

    def __init__(self, path: str, number: int, max_line: int | None = None, *, regrown: bool = False) -> None:
        """Open `path` as source `number`; of lines longer than `max_line` bytes only the begin is kept.

        A file that has `regrown` since it was cut off may begin with a hole: its writer went on where it stood.

        Raises:
            SourceError: it cannot be opened.
        """
        self.number = number
        self.source = Source(path)
        self.steady = True
        """Whether the chunk that was given last will be cut alike once the log has grown: it comes of whole reads."""
        self._splitter = LineSplitter(MAX_LINE if max_line is None else max_line)
        self._decoder: Decoder = PlainDecoder()
        self._framing = Framing()
        self._head: bytes | None = b""
        self._regrown = regrown
        self._zeros = 0
        """Bytes of the hole at the begin, so far; a crash of the machine leaves one too."""
        self._state: SourceState | None = None
        """How the source ended, once nothing follows."""
        self._worked_off = 0

    @property
    def size(self) -> int | None:
        """Bytes of the source as stored; None for a pipe."""
        return self.source.size

    @property
    def read_bytes(self) -> int:
        """Bytes worked off so far, as stored; a few of them may hold gigabytes of text."""
        return self._worked_off

    @property
    def text_bytes(self) -> int:
        """Bytes of text so far."""
        return self._splitter.decompressed_bytes

    @property
    def lines_left(self) -> float:
        """About how many lines are still to come, if they are like those so far; infinite where there is no telling."""
        size, read = self.size, self.read_bytes
        return self._splitter.lines * max(0, size - read) / read if size and read else math.inf

    def pass_over(self) -> None:
        """Count all bytes as read: what they hold is known."""
        self.source.read_bytes = self._worked_off = self.source.size or 0

    def chunks(self, first_line: int = 1) -> Iterator[LineChunk]:
        """Yield the lines of the source in order, from that number on.

        Raises:
            SourceError: the medium failed; what came before is given first.
        """
        for chunk in self._all_chunks():
            if wanted := from_line(chunk, first_line):
                yield wanted

    def advance(self) -> Iterator[LineChunk]:
        """Yield the whole lines that are there now; what a line or a frame lacks may come later.

        Raises:
            SourceError: the medium failed.
        """
        while data := self.source.fresh(_READ):
            yield from self._feed(data)
        yield from self._splitter.flush()

    def settle(self) -> Iterator[LineChunk]:
        """Yield what was held back until more would come, once nothing has come for a while."""
        yield from self._split(self._decoder.settle())
        yield from self._lines(self._framing.settle())
        yield from self._splitter.flush()

    def end(self) -> Iterator[LineChunk]:
        """Yield what is left once nothing follows, the torn last line too."""
        if self._head is not None:
            yield from self._decode(self._head)
        yield from self._split(self._decoder.rescue())
        yield from self._lines(self._framing.end())
        self._state = self._decoder.finish()
        self._worked_off = self.source.read_bytes
        if self.source.shrunk:
            self.torn()
        for chunk in self._splitter.end(_ENDED, tail=True):
            if chunk.tail and chunk.cut:
                self.torn()
            yield chunk

    def _all_chunks(self) -> Iterator[LineChunk]:
        try:
            while data := self.source.read(_READ):
                self.steady = self.steady and len(data) == _READ
                yield from self._feed(data)
                if self.source.idle():
                    yield from self._splitter.flush()
        except SourceError:
            yield from self._lines(self._framing.end())
            yield from self._splitter.end(_ENDED, tail=True)
            raise
        self.steady = False
        yield from self.end()

    def _feed(self, data: bytes) -> Iterator[LineChunk]:
        """Yield the lines of some more bytes; the first few of all tell the codec."""
        if self._head is None:
            yield from self._split(self._decoder.feed(data))
            return
        if not self._head:
            rest = data.lstrip(b"\0")
            self._zeros += len(data) - len(rest)
            self._worked_off = self._zeros
            data = rest
        if tells(self._head + data):
            yield from self._decode(self._head + data)
        else:
            self._head += data

    def _decode(self, head: bytes) -> Iterator[LineChunk]:
        """Choose the decoder by the first bytes behind a hole; yield their lines."""
        self._head = None
        self._decoder = decoder_for(head, self._zeros)
        if self._decoder.codec == PlainDecoder.codec:
            yield from self._pass_hole()
        elif self._zeros and not self._regrown:
            self._decoder.damages.append(Damage(0, "zero bytes stand before all that is compressed"))
        yield from self._split(self._decoder.feed(head))

    def _pass_hole(self) -> Iterator[LineChunk]:
        """Count the hole as text that stands in no line; what nobody is known to have cut off belongs to the first."""
        if self._regrown:
            self._splitter.skip(self._zeros)
            return
        for begin in range(0, self._zeros, _READ):
            yield from self._lines(self._framing.feed(bytes(min(_READ, self._zeros - begin))))
            if self.source.cancelled:
                return

    def _split(self, items: Iterable[bytes | Seam]) -> Iterator[LineChunk]:
        """Yield the lines of what a decoder gives, which may be very much, as long as they are wanted."""
        for item in items:
            if self.source.cancelled:
                return
            self._worked_off = max(self._worked_off, self._decoder.position)
            if isinstance(item, bytes):
                yield from self._lines(self._framing.feed(item))
            elif item.damage is None:
                self._framing.begin()
                self._splitter.begin()
            else:
                reason = f"torn: byte {item.damage.offset:,} of the file: {item.damage.reason}"
                yield from self._lines(self._framing.lose(reason))

    def _lines(self, texts: Iterable[bytes | Flaw]) -> Iterator[LineChunk]:
        """Yield the lines of some text, and those that are cut with what befell them."""
        for text in texts:
            if isinstance(text, bytes):
                yield from self._splitter.feed(text)
            else:
                yield from self._splitter.end(text.reason)

    def torn(self) -> None:
        """Note that the last line turned out to be unfinished."""
        self._state = SourceState.TORN

    @property
    def state(self) -> SourceState:
        """How the source ends, or ended."""
        return self._state or self._decoder.state

    @property
    def ends_frame(self) -> bool:
        """Whether a frame or member is closed and nothing stands behind it, as at the end of a run."""
        return self._decoder.codec != PlainDecoder.codec and self.state == SourceState.COMPLETE

    def facts(self) -> SourceFacts:
        """Return what is known of the source now."""
        damages = list(self._decoder.damages)
        if self.source.shrunk:
            damages.append(Damage(self.source.read_bytes, "the file was cut off here while it was read"))
        return SourceFacts(
            self.number,
            self.source.path,
            self._decoder.codec,
            self.source.read_bytes,
            self._splitter.decompressed_bytes,
            self.state,
            tuple(damages),
        )

    def cancel(self) -> None:
        """End the log here; any thread may call this."""
        self.source.cancel()

    def close(self) -> None:
        """Let go of the file."""
        self.source.close()
