"""What comes back later, and is no news then."""

from __future__ import annotations

from collections import deque

_MOST = 16


class Echoes:
    """Ids of events that were sent somewhere and are told from there, in order; some of them never are."""

    def __init__(self) -> None:
        self._sent: deque[int] = deque(maxlen=_MOST)

    def __bool__(self) -> bool:
        return bool(self._sent)

    def send(self, event_id: int) -> None:
        """Expect an id."""
        self._sent.append(event_id)

    def came(self, event_id: int | None) -> bool:
        """Whether an id was expected; those that were sent before it come no more."""
        if event_id not in self._sent:
            return False
        while self._sent.popleft() != event_id:
            pass
        return True

    def came_alone(self, event_id: int) -> bool:
        """Whether an id was expected; if not, something else goes on, and nothing is expected any more."""
        if self.came(event_id):
            return True
        self._sent.clear()
        return False
