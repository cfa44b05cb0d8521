"""What a dialect is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tlx.model import Folds, Header, Projection, Texts


class Dialect(NamedTuple):
    """What one product's records mean."""

    name: str
    """The word for it in commands and output."""

    title: str
    """The product's name for a person."""

    projection: Projection
    """How its records become events."""

    samples: tuple[bytes, ...]
    """Lines it must recognise, as the product writes them; the contract test reads them."""

    header_mark: bytes | None = None
    """Bytes that every header line holds and hardly any other: a cheap gate before `read_header`."""

    read_header: Callable[[Mapping[str, Any]], Header | None] | None = None
    """The header a parsed record is, or None if it is none. A header starts a run."""

    expected: Mapping[str, tuple[str, ...]] = {}  # never written to
    """The columns that events of a type have as the product writes them now; older ones may lack some."""

    texts: Texts | None = None
    """How lines that are no JSON belong to it."""

    folds: Folds | None = None
    """How one of its lines holds many events."""
