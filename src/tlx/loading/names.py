"""Names of logs as they are typed: those of files, and patterns that stand for all files that match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tlx.reader.source import STDIN, SourceError

_MAGIC = "*?["


def is_pattern(path: str) -> bool:
    """Return whether a name stands for all files that match it: one of that very name goes before."""
    return path != STDIN and any(sign in path for sign in _MAGIC) and not Path(path).exists()


def matches(pattern: str) -> list[str]:
    """Return the files that match a pattern now, in order of their names."""
    import glob  # noqa: PLC0415  hardly ever needed

    return [path for path in sorted(glob.glob(pattern, recursive=True)) if not Path(path).is_dir()]  # noqa: PTH207


def named(paths: Sequence[str]) -> list[str]:
    """Return the names, those of the files that match now in place of each pattern.

    Raises:
        SourceError: nothing matches one.
    """
    found: list[str] = []
    for path in paths:
        files = matches(path) if is_pattern(path) else [path]
        if not files:
            raise SourceError(f"{path}: no such file; check the name")
        found += files
    return found
