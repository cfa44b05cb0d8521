"""Following several logs at once, by names and patterns of names, each with all the files that it leads to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from tlx.loading.names import is_pattern, matches
from tlx.model import SourceFacts
from tlx.reader.follow import Follower, Liveness, Standing
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader
from tlx.reader.watch import Wake, Watching

_GLOB_SECONDS = 0.5
"""So often patterns are looked up again."""
_FACTS_SECONDS = 0.5
"""So often it is worth noting how long a growing log is by now."""


class Following:
    """The logs of a session that follows them; `step` and `wait` belong to one thread."""

    def __init__(self, paths: Sequence[str], max_line: int | None, watching: Watching) -> None:
        self.readers: list[LogReader] = []
        """One for each file so far, by the number of its source."""
        self.logs: Mapping[int, int] = {}
        """The numbers of files that took the place of others, each with that of the first one of its name."""
        self._max_line = max_line
        self._names = [path for path in paths if not is_pattern(path)]
        self._patterns = [path for path in paths if is_pattern(path)]
        self._followers = {name: self._follower(name) for name in self._names}
        self._globbed = float("-inf")
        self._noted = float("-inf")
        self._known: dict[int, object] = {}
        self._wake = Wake(lambda: [*list(self._followers), *self._patterns], watching)

    def _follower(self, path: str) -> Follower:
        return Follower(path, self._open)

    def _open(self, path: str, regrown: bool) -> LogReader:  # noqa: FBT001  a callback of two words
        reader = LogReader(path, len(self.readers), self._max_line, regrown=regrown)
        if first := next((one for one in self.readers if one.source.path == reader.source.path), None):
            self.logs = {**self.logs, reader.number: first.number}
        self.readers.append(reader)
        return reader

    def start(self) -> None:
        """Begin to be told of changes."""
        self._wake.start()

    def step(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield all whole lines that have come since, each chunk with the reader of its source."""
        self._look_up()
        for follower in list(self._followers.values()):
            yield from follower.step()

    def _look_up(self) -> None:
        """Follow what matches a pattern by now."""
        now = time.monotonic()
        if self._patterns and now - self._globbed >= _GLOB_SECONDS:
            self._globbed = now
            for pattern in self._patterns:
                for path in matches(pattern):
                    if path not in self._followers:
                        self._followers = {**self._followers, path: self._follower(path)}

    def wait(self) -> None:
        """Wait until there may be more."""
        self._wake.wait()

    @property
    def is_over(self) -> bool:
        """Whether nothing can ever follow."""
        followers = list(self._followers.values())
        return bool(followers) and not self._patterns and all(follower.is_over for follower in followers)

    def end(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield what is left, such as last lines without an end: nothing is followed any more."""
        for follower in list(self._followers.values()):
            yield from follower.end()
        self._noted = float("-inf")

    def note(self, note: Callable[[SourceFacts], None]) -> None:
        """Hand on what is known of each source that is not what it was; now and then only."""
        now = time.monotonic()
        if now - self._noted < _FACTS_SECONDS:
            return
        self._noted = now
        for reader in self.readers:
            facts = (reader.read_bytes, reader.state)
            if self._known.get(reader.number) != facts:
                self._known[reader.number] = facts
                note(reader.facts())

    def standings(self) -> tuple[Standing, ...]:
        """Return how each log stands; a pattern that matches nothing waits as well."""
        found = tuple(follower.standing for follower in self._followers.values())
        return found or tuple(Standing(pattern, Liveness.WAITING, 0.0, 0, 0, 0) for pattern in self._patterns)

    def close(self) -> None:
        """Let go of every file."""
        self._wake.close()
        for reader in self.readers:
            reader.close()
