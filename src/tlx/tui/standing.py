"""What is said of logs that are followed: live or not, how fast, how far behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from tlx import units
from tlx.reader.follow import Liveness, Standing

_SPAN = 3.0
"""Seconds over which the rate is taken."""
_LAG = 64 << 10
"""Bytes behind which a reading is said to lag."""


class Rate:
    """Events a second of late."""

    def __init__(self) -> None:
        self._known: deque[tuple[float, int]] = deque()

    def note(self, seconds: float, events: int) -> int:
        """Note how many events there are after so many seconds; return the rate."""
        self._known.append((seconds, events))
        while len(self._known) > 2 and seconds - self._known[1][0] > _SPAN:  # noqa: PLR2004  the two ends of the span
            self._known.popleft()
        begin, before = self._known[0]
        return round((events - before) / (seconds - begin)) if seconds > begin else 0


def standing_text(standings: Sequence[Standing], rate: int) -> str:
    """Say in a few words how the followed logs stand; the text is safe to show."""
    if len(standings) == 1:
        words = _one(standings[0])
    else:
        found = [standing.liveness for standing in standings]
        words = ", ".join(f"{found.count(kind)} {kind}" for kind in Liveness if kind in found)
    parts = [words] if words else []
    if rate:
        parts.append(f"{units.count(rate)} events/s")
    if (lag := sum(standing.lag for standing in standings)) > _LAG:
        parts.append(f"{units.size(lag)} behind")
    return " · ".join(parts)


def _one(standing: Standing) -> str:
    if standing.trouble:
        return units.visible(standing.trouble)
    match standing.liveness:
        case Liveness.WAITING:
            return f"waiting for {units.visible(standing.path)}"
        case Liveness.TORN:
            return f"torn at byte {units.count(standing.read_bytes)}"
        case Liveness.LIVE:
            return "live"
        case Liveness.FINISHED:
            return "finished"
    return f"{standing.liveness} for {units.duration(int(standing.idle) * units.NS_PER_S)}"
