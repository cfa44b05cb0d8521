"""What is typed for commands that play a log, and what is said of it."""

from __future__ import annotations

import math
import re

from tlx.config import ConfigError

_FASTEST = 1e6


def speed(text: str) -> float:
    """Return what --speed asks for.

    Raises:
        ConfigError: it is no positive number.
    """
    plain = text.strip().removesuffix("x").removesuffix("×")
    value = float(plain) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}", plain) else math.nan
    if not 0 < value <= _FASTEST:
        raise ConfigError(f"--speed: {text!r} is no speed; write 10 for ten times as fast, or 0.5")
    return value


def times(speed: float) -> str:
    """Say a speed in a few characters, which every font has."""
    return f"{speed:.9f}".rstrip("0").rstrip(".") + "x"


def number(flag: str, text: str, most: int) -> int:
    """Return a whole number that a flag asks for.

    Raises:
        ConfigError: it is none, or above `most`.
    """
    if not re.fullmatch("[0-9]{1,18}", text) or int(text) > most:
        raise ConfigError(f"{flag}: {text!r} is no number from 0 to {most}")
    return int(text)
