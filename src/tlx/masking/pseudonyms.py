"""Pseudonyms: words that are the same for the same value, and tell nothing of it to whoever has not the key.

A value may be one of few, such as a name or a number, so that a mere hash could be looked up in a table of hashes.
"""

from __future__ import annotations

import hmac
import re
import secrets

BEGIN = "masked:"
_DIGITS = 12
REMOVED = f"{BEGIN}removed"
PSEUDONYM = re.compile(f"{BEGIN}(?:[0-9a-f]{{{_DIGITS}}}|removed)")
"""What stands in the place of a value."""
_MOST = 1 << 16
"""So many values are remembered, and those that are not too long."""
_LONGEST = 1 << 10


class Pseudonyms:
    """Gives pseudonyms, those of one key."""

    def __init__(self, key: bytes | None = None) -> None:
        """Use a key, or one that nobody will ever know."""
        self._key = key or secrets.token_bytes(32)
        self._known: dict[str, str] = {}

    def of(self, value: str) -> str:
        """Return the pseudonym of a value; a pseudonym is its own."""
        known = self._known.get(value)
        if known is None:
            known = value if PSEUDONYM.fullmatch(value) else self._made(value)
            if len(value) <= _LONGEST:
                if len(self._known) >= _MOST:
                    self._known = {}  # replaced, not emptied: other threads read it
                self._known[value] = known
        return known

    def _made(self, value: str) -> str:
        digest = hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), "sha256")
        return BEGIN + digest.hex()[:_DIGITS]


class Removal(Pseudonyms):
    """Gives the same word for all values, but for those that have a pseudonym already."""

    def of(self, value: str) -> str:
        """Return what stands in the place of a value."""
        return value if PSEUDONYM.fullmatch(value) else REMOVED
