"""Records to files as Buck2 writes them: compact JSON lines, plain or compressed, flushed at line ends."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import zstandard

BATCH = 250
"""Lines between two flushes; together they are shorter than a zstd block."""

GZIP = 16 + zlib.MAX_WBITS
"""Asks zlib for gzip's wrapping; its time stays 0."""

Encoder = Callable[[Iterable[bytes]], Iterator[bytes]]
"""Turns batches of whole lines into as many pieces of a file, and its ending if it has one."""


def plain(batches: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the batches as they are."""
    yield from batches


def gzipped(batches: Iterable[bytes]) -> Iterator[bytes]:
    """Yield one gzip member at the fastest level, flushed after each batch."""
    compressor = zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, GZIP)
    for batch in batches:
        yield compressor.compress(batch) + compressor.flush(zlib.Z_SYNC_FLUSH)
    yield compressor.flush()


def zstd(batches: Iterable[bytes]) -> Iterator[bytes]:
    """Yield one zstd frame without size and checksum, a block ending after each batch."""
    parameters = zstandard.ZstdCompressor(level=9, write_checksum=False, write_content_size=False)
    compressor = parameters.compressobj()
    for batch in batches:
        yield compressor.compress(batch) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    yield compressor.flush()


def killed(batches: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a zstd frame whose writer dies within the block of the last batch."""
    *flushed, last, _ = zstd(batches)
    yield from flushed
    yield last[: len(last) // 2]


ENCODERS: dict[str, Encoder] = {".json-lines": plain, ".json-lines.gz": gzipped, ".json-lines.zst": zstd}
"""What Buck2 does for the ending of a file's name."""


def encoder(name: str) -> Encoder:
    """Return the encoder for a file of that name."""
    for ending, encode in ENCODERS.items():
        if name.endswith(ending):
            return encode
    raise ValueError(f"the name must end in {', '.join(ENCODERS)}: {name}")


def batched(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the lines of records, many at a time."""
    lines = (orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
    while batch := b"".join(islice(lines, BATCH)):
        yield batch


def write(path: Path, *runs: Iterable[dict[str, Any]], encode: Encoder | None = None) -> None:
    """Write runs to a new file, each appended as a run of its own; the name decides how, unless told."""
    encode = encode or encoder(path.name)
    with path.open("wb") as file:
        for run in runs:
            file.writelines(encode(batched(run)))
