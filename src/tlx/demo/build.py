"""A simulated build, told as the records of a Buck2 user event log."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, islice

from tlx.demo import script
from tlx.demo.catalogue import WAVES
from tlx.demo.dice import Dice
from tlx.demo.executors import COLD, EDITED, Executors, Outcome
from tlx.demo.script import Record
from tlx.demo.world import Action, Target, Wave, grow, touched

EPOCH = 1_771_286_400
"""Seconds: no log starts before."""

BETWEEN_RUNS = 1_500
"""Seconds from the start of one run to that of the next."""

PART = 40_000
"""Events in one part of the repository; a larger log has more parts, one after another."""

SMALLEST = 600
"""Events of the smallest world; a log of fewer is cut."""

AROUND_WAVE = 4
"""Events of the script for each wave: two before it, two after."""

RAMP = 3_500
"""Milliseconds over which the analysis of a wave's first targets ends."""

PAUSE = 12_000
"""Milliseconds the script works by itself before the last wave: nothing is built."""

BATCH = 64
"""Events at most that the daemon sends together."""

BATCH_MS = 120
"""Milliseconds at most that a batch spans."""

DISORDER = 4.2
"""How many places an event may be overtaken within its batch."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation to simulate."""

    seed: int
    events: int
    """Of the log, the invocation record not counted."""
    number: int = 0
    """Runs of the same seed build the same repository, one after another."""
    edited: int | None = None
    """After an edit only so many events are left; nothing has changed when it is 0."""
    start: int | None = None
    """Milliseconds since the epoch; where none are given the seed tells."""


def simulate(run: Run) -> Iterator[Record]:
    """Yield the run's records in order of arrival: the invocation record, then exactly its events."""
    dice = Dice(f"{run.seed}/weather/{run.number}")
    milliseconds = dice.below(1_000)
    seconds = EPOCH + run.seed % 10_000 * 60 + run.number * BETWEEN_RUNS + dice.below(300)
    if run.start is not None:
        seconds, milliseconds = divmod(run.start, 1_000)
    yield script.header(dice, (seconds, milliseconds * 1_000_000 + dice.below(1_000_000)))
    start = seconds * 1_000 + milliseconds
    wanted = run.events if run.edited is None else run.edited
    if wanted:
        yield from arrivals(dice, islice(_Build(dice, run, start).events(), wanted))


def arrivals(dice: Dice, records: Iterable[Record]) -> Iterator[Record]:
    """Yield records in the order in which the daemon's threads hand them over: almost that of time."""
    batch: list[Record] = []
    for record in records:
        if batch and (len(batch) == BATCH or record["epoch_millis"] - batch[0]["epoch_millis"] > BATCH_MS):
            yield from _jostled(dice, batch)
            batch = []
        batch.append(record)
    yield from _jostled(dice, batch)


def _jostled(dice: Dice, batch: list[Record]) -> list[Record]:
    places = [index + dice.random() * DISORDER for index in range(len(batch))]
    return [batch[index] for index in sorted(range(len(batch)), key=places.__getitem__)]


@dataclass(slots=True, eq=False)
class _Job:
    """An action under way."""

    target: "_Progress"
    action: Action
    outcome: Outcome


@dataclass(slots=True, eq=False)
class _Progress:
    """How far a target is."""

    target: Target
    unchanged: bool
    waits: int
    """Targets it still needs."""
    wanted_by: "list[_Progress]" = field(default_factory=list)
    stage: int = 0
    running: int = 0
    """Actions of the stage that have not ended."""
    size: int = 0
    """Bytes of the last output."""


class _Build:
    """The events of a run. All times are milliseconds since the epoch."""

    def __init__(self, dice: Dice, run: Run, start: int) -> None:
        self.dice = dice
        self.run = run
        self.now = start
        self.warmth = COLD if run.edited is None else EDITED
        # More machines for more work: a million events are a matter of minutes, not hours.
        scale = max(run.events, SMALLEST) / 6_000
        self.executors = Executors(dice, self.warmth, int(10 * scale**0.35), int(30 * scale**0.65))

    def events(self) -> Iterator[Record]:
        """Yield the events in order of time: as many as the run wants, or more when those are few."""
        opening, closing = script.opening(self.dice), script.closing(self.dice)
        yield from self._say(opening, 260)
        for wave in self._waves(len(opening) + len(closing)):
            actions = sum(len(stage) for target in wave.targets for stage in target.stages)
            yield from self._say(script.before(self.dice, wave.name, len(wave.targets), actions), 380)
            begin = self.now
            for record in _Schedule(self.dice, self.executors, wave.targets).events(begin):
                self.now = record["epoch_millis"]
                yield record
            yield ensured(self.now, self.now - begin)
            yield from self._say([script.after(self.dice, wave.name, self.now - begin)], 40)
        yield from self._say(closing, 150)

    def _waves(self, said: int) -> Iterator[Wave]:
        """Yield the waves of all parts, which leave room for so many events of the script."""
        parts = -(-self.run.events // PART)
        total = max(SMALLEST, self.run.events) - said
        world = Dice(f"{self.run.seed}/world")
        for part in range(parts):
            room = total * (part + 1) // parts - total * part // parts - len(WAVES) * AROUND_WAVE
            waves = grow(world, room, part, last=part == parts - 1)
            if self.run.edited is not None:
                waves = touched(world, waves, self.run.edited - said - len(WAVES) * AROUND_WAVE)
            for wave in waves:
                if part == parts - 1 and wave is waves[-1]:
                    self.now += self.dice.near(PAUSE, 0.08)
                yield wave

    def _say(self, records: list[Record], gap: int) -> Iterator[Record]:
        """Yield what the script says, about so many milliseconds apart."""
        for record in records:
            self.now += self.dice.near(gap, 0.6)
            record["epoch_millis"] = self.now
            yield record


class _Schedule:
    """One wave: targets are built when those they need are, as far as there are executors."""

    def __init__(self, dice: Dice, executors: Executors, targets: list[Target]) -> None:
        self.dice = dice
        self.executors = executors
        self.agenda: list[tuple[int, int, _Progress | _Job | Record]] = []
        self.order = count()
        self.ready: deque[tuple[_Progress, Action]] = deque()
        self.active = 0
        share = executors.warmth.targets
        self.progress = [_Progress(target, dice.chance(share), len(target.needs)) for target in targets]
        place = dict(zip(targets, self.progress, strict=True))
        for progress in self.progress:
            for need in progress.target.needs:
                place[need].wanted_by.append(progress)

    def events(self, begin: int) -> Iterator[Record]:
        """Yield the events of the wave, which begins at that time, in order of time."""
        for progress in self.progress:
            if not progress.waits:
                self._plan(begin + self.dice.below(RAMP), progress)
        while self.agenda:
            now, _, item = heappop(self.agenda)
            if isinstance(item, _Job):
                yield action_event(item.target.target.owner, item.action, item.outcome, now)
                self._ended(item, now)
            elif isinstance(item, _Progress):
                self._open(item, now)
            else:
                yield item
            while self.ready and self.active < self.executors.room(now):
                self._start(*self.ready.popleft(), now)

    def _plan(self, when: int, item: "_Progress | _Job | Record") -> None:
        heappush(self.agenda, (when, next(self.order), item))

    def _open(self, progress: _Progress, now: int) -> None:
        """Let the actions of a target's stage begin, or tell those that wait for the target."""
        stages = progress.target.stages
        if progress.stage < len(stages):
            actions = stages[progress.stage]
            progress.stage += 1
            progress.running = len(actions)
            self.ready.extend((progress, action) for action in actions)
            return
        if progress.target.ensured:
            fetched = self.dice.near(3, 1.2)
            self._plan(now + fetched, ensured(now + fetched, fetched))
            words = script.artifact(self.dice, progress.target.owner, progress.size)
            words["epoch_millis"] = now + fetched + 1
            self._plan(now + fetched + 1, words)
        for waiting in progress.wanted_by:
            waiting.waits -= 1
            if not waiting.waits:
                self._plan(now + 1 + self.dice.below(30), waiting)

    def _start(self, progress: _Progress, action: Action, now: int) -> None:
        self.active += 1
        outcome = self.executors.perform(action.step, now, unchanged=progress.unchanged)
        self._plan(now + outcome.duration, _Job(progress, action, outcome))

    def _ended(self, job: _Job, now: int) -> None:
        self.active -= 1
        progress = job.target
        progress.size = job.outcome.size
        progress.running -= 1
        if not progress.running:
            self._open(progress, now)


def action_event(owner: str, action: Action, outcome: Outcome, end: int) -> Record:
    """Return the record of an action that ended then, in milliseconds since the epoch."""
    return {
        "ActionExecutionEvent": {
            "kind": action.step.kind,
            "name": {"category": action.step.category, "identifier": action.identifier},
            "duration_millis": outcome.duration,
            "output_size": outcome.size,
            "input_materialization_duration_millis": outcome.materialization,
            "execution_kind": outcome.execution,
            "owner": owner,
        },
        "epoch_millis": end,
    }


def ensured(end: int, duration: int) -> Record:
    """Return the record of the script having waited for artifacts until then, all in milliseconds."""
    return {"BxlEnsureArtifactsEvent": {"duration_millis": duration}, "epoch_millis": end}
