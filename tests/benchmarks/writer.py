"""Writes a log as a build does, so many events a second, ten flushes a second; tells after each flush what is there.

`python writer.py LOG CODEC RATE SECONDS`: prints `COUNT NANOSECONDS` of the monotonic clock for each flush. A flush
ends within a line, which the next one ends, and takes three writes, as the system sees it.
"""

from __future__ import annotations

import sys
import time
import zlib
from pathlib import Path
from typing import Any

import zstandard

_FLUSHES = 10
_KINDS = ("Local", "Remote", "ActionCache", "Simple")
_LINE = (
    '{"ActionExecutionEvent":{"kind":"Run","name":{"category":"cxx_compile","identifier":"lib%d/file_%d.cpp"},'
    '"duration_millis":%d,"output_size":%d,"input_materialization_duration_millis":1,"execution_kind":"%s",'
    '"owner":"root//lib%d:lib%d (cfg//linux:x86_64#da4de3c780a17bfa)"},"epoch_millis":%d}\n'
)


def main(path: str, codec: str, rate: float, seconds: float) -> None:
    """Write until the time is over, then close the frame."""
    zstd = zstandard.ZstdCompressor(level=3).compressobj()
    gzip = zlib.compressobj(1, wbits=31)
    count, rest, begin = 0, b"", time.monotonic()
    with Path(path).open("ab", buffering=0) as log:
        for flush in range(1, int(seconds * _FLUSHES) + 1):
            time.sleep(max(0.0, begin + flush / _FLUSHES - time.monotonic()))
            due = max(count + 1, int(rate * flush / _FLUSHES))
            now = int(time.time() * 1000)
            lines = [
                _LINE % (n % 97, n, n % 5000, n * 7 % 100_000, _KINDS[n % 4], n % 97, n % 97, now)
                for n in range(count, due + 1)
            ]
            count, begun = due, lines.pop().encode()
            begun = begun[: len(begun) // 2]
            text, rest = "".join(lines).encode().removeprefix(rest) + begun, begun
            log.writelines(_thirds(_packed(text, zstd, gzip, codec)))
            sys.stdout.write(f"{count} {time.monotonic_ns()}\n")
            sys.stdout.flush()
        log.write({"zstd": zstd.flush, "gzip": gzip.flush}.get(codec, bytes)())


def _packed(text: bytes, zstd: Any, gzip: Any, codec: str) -> bytes:
    """Return what a flush of the text writes."""
    if codec == "zstd":
        return bytes(zstd.compress(text) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    if codec == "gzip":
        return bytes(gzip.compress(text) + gzip.flush(zlib.Z_SYNC_FLUSH))
    return text


def _thirds(data: bytes) -> list[bytes]:
    step = len(data) // 3 + 1
    return [data[begin : begin + step] for begin in range(0, len(data), step)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
