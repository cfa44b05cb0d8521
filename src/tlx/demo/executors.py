"""Where the simulated actions run: caches, local and remote slots, persistent workers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heapreplace

from tlx.demo.catalogue import Route, Step
from tlx.demo.dice import Dice

FAILED = 0.002
"""The share of commands that fail."""

NEVER_RAN = 0.0012
"""The share of actions that fail before any command."""

SHARED_INPUTS = 0.03
"""The share of remote commands whose inputs another one fetched, over a longer time than the command took."""

LOCAL_WORKERS = 0.7
"""The share of requests to persistent workers that stay on this machine."""

REVIEW = 900
"""Milliseconds for which the share of the remote machines stays the same."""

HEAD_START = 150
"""Milliseconds for which a command waits for a local slot before it is sent away."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """What the caches know before a run."""

    targets: float
    """The share of targets that have not changed."""
    hit: float
    """The share of hits among the actions of those."""
    caches: tuple[str, ...]
    """The caches that answer; one named twice answers twice as often."""


COLD = Warmth(
    0.5,
    0.92,
    ("ActionCache",) * 15 + ("RemoteDepFileCache",) * 2 + ("LocalActionCache",) * 2 + ("LocalDepFile",),
)
"""A new checkout: much is in the shared cache, nothing on this machine."""

EDITED = Warmth(
    0.85,
    0.97,
    ("LocalDepFile",) * 9 + ("ActionCache",) * 5 + ("LocalActionCache",) * 4 + ("RemoteDepFileCache",) * 3,
)
"""The same machine a little later, after an edit."""

NO_DEP_FILE = {"LocalDepFile": "LocalActionCache", "RemoteDepFileCache": "ActionCache"}
"""What answers for a command that reports no inputs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action went; times in milliseconds."""

    execution: str
    duration: int
    materialization: int
    size: int
    """Bytes of the outputs, 0 when it failed."""


class Executors:
    """The caches and slots of a run; slots are kept as the times at which each is free again."""

    def __init__(self, dice: Dice, warmth: Warmth, local: int, remote: int) -> None:
        self.dice = dice
        self.warmth = warmth
        self.local = [0] * local
        self.remote = [0] * remote
        self.steady = int((local + remote) * 1.25)
        self.limit = self.steady
        """How many actions are under way at most; those beyond the slots ask caches or wait."""
        self.review = 0
        self.routes: dict[Route, Callable[[Step, int], Outcome]] = {
            Route.INLINE: self._inline,
            Route.DEFERRED: self._deferred,
            Route.DOWNLOAD: self._download,
            Route.LOCAL: self._locally,
            Route.HYBRID: self._anywhere,
            Route.WORKER: self._in_worker,
        }

    def perform(self, step: Step, now: int, *, unchanged: bool) -> Outcome:
        """Return how an action goes that begins now, of a target that has changed or not."""
        if step.kind == "Run" and not step.anew:
            if unchanged and self.dice.chance(self.warmth.hit):
                return self._cached(step)
            if self.dice.chance(NEVER_RAN):
                return Outcome("NotSet", self.dice.below(5), 0, 0)
        return self.routes[step.route](step, now)

    def room(self, now: int) -> int:
        """Return how many actions may be under way; it wanders, as others use the remote machines too."""
        if now >= self.review:
            self.review = now + REVIEW
            self.limit += int(self.steady * (0.72 + 0.28 * self.dice.random()) - self.limit) // 2
        return self.limit

    def _size(self, step: Step) -> int:
        """Return the bytes of outputs; a symlinked directory has none."""
        return self.dice.near(*step.output) if step.output[0] else 0

    def _inline(self, step: Step, _: int) -> Outcome:
        return Outcome("Simple", max(0, self.dice.below(6) - 3), 0, self._size(step))

    def _deferred(self, step: Step, _: int) -> Outcome:
        return Outcome("Deferred", self.dice.below(2), 0, self._size(step))

    def _download(self, step: Step, _: int) -> Outcome:
        size = self._size(step)
        return Outcome("Simple", self.dice.near(180, 0.5) + size // 3000, 0, size)

    def _cached(self, step: Step) -> Outcome:
        cache = self.dice.pick(self.warmth.caches)
        if not step.dep_file:
            cache = NO_DEP_FILE.get(cache, cache)
        if cache == "ActionCache":
            duration = 12 + self.dice.near(82, 0.4)
        elif cache == "RemoteDepFileCache":
            duration = 12 + self.dice.near(105, 0.4)
        else:
            duration = 1 + self.dice.below(10)
        return Outcome(cache, duration, 0, self._size(step))

    def _anywhere(self, step: Step, now: int) -> Outcome:
        if self.local[0] <= max(self.remote[0], now + HEAD_START):
            return self._locally(step, now)
        return self._remotely(step, now)

    def _in_worker(self, step: Step, now: int) -> Outcome:
        local = self.dice.chance(LOCAL_WORKERS)
        done = self._locally(step, now) if local else self._remotely(step, now)
        return replace(done, execution="LocalWorker" if local else "RemoteWorker")

    def _locally(self, step: Step, now: int) -> Outcome:
        asked = now + self.dice.near(45, 0.4)
        begin = max(self.local[0], asked)
        inputs = self.dice.near(16, 1.0)
        return self._finish("Local", step, now, (self.local, begin + inputs, inputs))

    def _remotely(self, step: Step, now: int) -> Outcome:
        asked = now + self.dice.near(65, 0.4) + self.dice.near(110, 0.6)
        begin = max(self.remote[0], asked)
        inputs = self.dice.near(70, 0.9)
        return self._finish("Remote", step, now, (self.remote, begin + inputs, inputs))

    def _finish(self, execution: str, step: Step, now: int, slot: tuple[list[int], int, int]) -> Outcome:
        """Return how a command goes: the pool of its slot, when it begins there, its inputs' time."""
        pool, begin, inputs = slot
        end = begin + self.dice.near(*step.work)
        heapreplace(pool, end)
        if execution == "Remote":
            end += self.dice.near(130, 0.7)
            if self.dice.chance(SHARED_INPUTS):
                inputs += end - now
        size = 0 if self.dice.chance(FAILED) else self._size(step)
        return Outcome(execution, end - now, inputs, size)
