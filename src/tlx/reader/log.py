"""A log as chunks of lines: source, decoder and line splitter joined. Loading and following are this one loop."""

from __future__ import annotations

from collections.abc import Iterator

from tlx.model import SourceFacts, SourceState
from tlx.reader.codecs import SNIFF_BYTES, Decoder, PlainDecoder, decoder_for
from tlx.reader.lines import LineChunk, LineSplitter
from tlx.reader.source import Source, SourceError

_READ = 1 << 18


class LogReader:
    """Reads one source to its end; `chunks` may be left at any time, then `close`."""

    def __init__(self, path: str, number: int) -> None:
        """Open `path` as source `number`.

        Raises:
            SourceError: it cannot be opened.
        """
        self.number = number
        self._source = Source(path)
        self._splitter = LineSplitter()
        self._decoder: Decoder = PlainDecoder()
        self._state = SourceState.OPEN

    @property
    def size(self) -> int | None:
        """Bytes of the source as stored; None for a pipe."""
        return self._source.size

    @property
    def read_bytes(self) -> int:
        """Bytes read so far, as stored."""
        return self._source.read_bytes

    def chunks(self) -> Iterator[LineChunk]:
        """Yield the lines of the source in order.

        Raises:
            SourceError: the medium failed; what came before is given first.
        """
        try:
            yield from self._whole_chunks()
        except SourceError:
            yield from self._rest()
            raise
        self._state = self._decoder.finish()
        yield from self._rest()

    def _whole_chunks(self) -> Iterator[LineChunk]:
        """Read to the end; yield a chunk whenever there is enough for one, or nothing more for now."""
        head = b""
        while len(head) < SNIFF_BYTES and (data := self._source.read(_READ)):
            head += data
        self._decoder = decoder_for(head)
        data = head
        while data:
            for piece in self._decoder.feed(data):
                if chunk := self._splitter.feed(piece):
                    yield chunk
            if self._source.idle() and (chunk := self._splitter.flush()):
                yield chunk
            data = self._source.read(_READ)
        for piece in self._decoder.rescue():
            if chunk := self._splitter.feed(piece):
                yield chunk

    def _rest(self) -> Iterator[LineChunk]:
        """Yield the lines in hand, the unfinished last one by itself."""
        if chunk := self._splitter.flush():
            yield chunk
        if chunk := self._splitter.finish():
            yield chunk

    def torn(self) -> None:
        """Note that the last line turned out to be unfinished."""
        self._state = SourceState.TORN

    def facts(self) -> SourceFacts:
        """Return what is known of the source now."""
        return SourceFacts(
            self.number,
            self._source.path,
            self._decoder.codec,
            self._source.read_bytes,
            self._splitter.decompressed_bytes,
            self._state,
            tuple(self._decoder.damages),
        )

    def cancel(self) -> None:
        """End the log here; any thread may call this."""
        self._source.cancel()

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()
