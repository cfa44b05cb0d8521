"""A program that writes a log as Buck2 does: compressed flush by flush, split writes, partial lines, until killed.

`python appender.py LOG CODEC FIRST COUNT PAUSE LEDGER`: writes COUNT events numbered from FIRST behind what is in LOG;
after each flush it notes in LEDGER the number of the last one that every reader can have. Imports nothing of tlx.
"""

import json
import sys
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import zstandard

_FLUSHES = 0.05
"""One event in so many is followed by a flush."""


def main(path: str, codec: str, numbers: range, pause: float, ledger: str) -> None:
    """Write a header, then an event for each number; stop only behind the last."""
    dice = Random(numbers.start)  # noqa: S311  no secret
    pack, flush, end = packer(codec)
    records = [
        json.dumps({"command_line_args": ["buck2"], "trace_id": f"t{numbers.start}", "start_time": [1_770_000_000, 0]})
    ]
    with Path(path).open("ab", buffering=0) as log, Path(ledger).open("ab", buffering=0) as notes:
        for number in numbers:
            event = {"id": f"n{number}", "metadata": {"x": "y" * dice.randint(0, 80)}}
            records.append(json.dumps({"StarlarkUserEvent": event, "epoch_millis": 1_770_000_000_000 + number}))
            if dice.random() < _FLUSHES or number == numbers[-1]:
                data = pack("".join(record + "\n" for record in records).encode()) + flush()
                cut = dice.randint(0, len(data))
                log.writelines((data[:cut], data[cut:]))
                notes.write(f"{number}\n".encode())
                records = []
                time.sleep(pause)
        log.write(end())


def packer(codec: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes], Callable[[], bytes]]:
    """Return how a codec packs, flushes and ends."""
    match codec:
        case "zstd":
            zstd = zstandard.ZstdCompressor(level=3).compressobj()
            return zstd.compress, partial(zstd.flush, zstandard.COMPRESSOBJ_FLUSH_BLOCK), zstd.flush
        case "gzip":
            gzip = zlib.compressobj(wbits=31)
            return gzip.compress, partial(gzip.flush, zlib.Z_SYNC_FLUSH), gzip.flush
    return bytes, bytes, bytes


if __name__ == "__main__":
    where, how, first, count, rest, noted = sys.argv[1:]
    main(where, how, range(int(first), int(first) + int(count)), float(rest), noted)
