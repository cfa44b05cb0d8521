"""A log as chunks of lines: source, decoder and line splitter joined. Loading and following are this one loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlx.model import Damage, SourceFacts, SourceState
from tlx.reader.codecs import SNIFF_BYTES, Decoder, PlainDecoder, decoder_for
from tlx.reader.frames import Seam
from tlx.reader.lines import MAX_LINE, LineChunk, LineSplitter, from_line
from tlx.reader.source import Source, SourceError

_READ = 1 << 18
_ENDED = "torn: the log ends inside this line"


class LogReader:
    """Reads one source to its end; `chunks` may be left at any time, then `close`."""

    def __init__(self, path: str, number: int, max_line: int | None = None) -> None:
        """Open `path` as source `number`; of lines longer than `max_line` bytes only the begin is kept.

        Raises:
            SourceError: it cannot be opened.
        """
        self.number = number
        self.source = Source(path)
        self.steady = True
        """Whether the chunk that was given last will be cut alike once the log has grown: it comes of whole reads."""
        self._splitter = LineSplitter(MAX_LINE if max_line is None else max_line)
        self._decoder: Decoder = PlainDecoder()
        self._state = SourceState.OPEN
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

    def _all_chunks(self) -> Iterator[LineChunk]:
        try:
            yield from self._whole_chunks()
        except SourceError:
            yield from self._splitter.end(_ENDED, tail=True)
            raise
        self._state = self._decoder.finish()
        self._worked_off = self.source.read_bytes
        if self.source.shrunk:
            self.torn()
        for chunk in self._splitter.end(_ENDED, tail=True):
            if chunk.tail and chunk.cut:
                self.torn()
            yield chunk

    def _whole_chunks(self) -> Iterator[LineChunk]:
        """Read to the end; yield a chunk whenever there is enough for one, or nothing more for now."""
        head = b""
        while len(head) < SNIFF_BYTES and (data := self.source.read(_READ)):
            head += data
        self._decoder = decoder_for(head)
        data = head
        while data:
            self.steady = self.steady and len(data) == _READ
            yield from self._split(self._decoder.feed(data))
            if self.source.idle():
                yield from self._splitter.flush()
            data = self.source.read(_READ)
        self.steady = False
        yield from self._split(self._decoder.rescue())

    def _split(self, items: Iterable[bytes | Seam]) -> Iterator[LineChunk]:
        """Yield the lines of what a decoder gives, which may be very much, as long as they are wanted."""
        for item in items:
            if self.source.cancelled:
                return
            self._worked_off = max(self._worked_off, self._decoder.position)
            if isinstance(item, bytes):
                yield from self._splitter.feed(item)
            elif item.damage is None:
                self._splitter.begin()
            else:
                yield from self._splitter.end(f"torn: byte {item.damage.offset:,} of the file: {item.damage.reason}")

    def torn(self) -> None:
        """Note that the last line turned out to be unfinished."""
        self._state = SourceState.TORN

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
            self._state,
            tuple(damages),
        )

    def cancel(self) -> None:
        """End the log here; any thread may call this."""
        self.source.cancel()

    def close(self) -> None:
        """Let go of the file."""
        self.source.close()
