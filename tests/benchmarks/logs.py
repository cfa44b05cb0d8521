"""Logs to measure with, made once and kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import zstandard


def log(folder: Path, events: int) -> Path:
    """Return a log of so many events, compressed with zstd as Buck2 does."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{events}.json-lines.zst"
    if not path.exists():
        print(f"making {path}, once", file=sys.stderr)
        unfinished = folder / f"unfinished.{events}.json-lines.zst"
        subprocess.run([sys.executable, "-m", "tlx.demo", "log", str(unfinished), "--events", str(events)], check=True)
        unfinished.rename(path)
    return path


def decompressed_size(log: Path) -> int:
    """Return how many bytes of text a log holds."""
    with log.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return sum(len(piece) for piece in iter(lambda: reader.read(1 << 20), b""))
