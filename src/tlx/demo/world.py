"""The simulated repository: targets in layers, each with its actions and what it depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tlx.demo.catalogue import (
    AREAS,
    ENDINGS,
    FLAGSHIP,
    HEADERS,
    ODD,
    ODD_NAMES,
    STEMS,
    TOPICS,
    VERSIONS,
    WAVES,
    WORDS,
    Layer,
    Rule,
    Step,
)
from tlx.demo.dice import Dice

ENSURED = 2
"""Events the script adds for a target it asks for by itself."""

STRIDE = 7
"""Steps through all names of sources without meeting one twice, as their number is no multiple of it."""

TRIES = 4
"""Names drawn before one gets a number."""


@dataclass(slots=True, eq=False)
class Action:
    """One thing to do for a target."""

    step: Step
    identifier: str


@dataclass(slots=True, eq=False)
class Target:
    """A configured target; its stages run one after another, the actions of a stage together."""

    owner: str
    """As Buck2 prints it, with the configuration."""
    stages: list[list[Action]]
    needs: "list[Target]" = field(default_factory=list)
    ensured: bool = False
    """The script asks for its outputs by name."""

    @property
    def events(self) -> int:
        """How many events it will log."""
        return sum(map(len, self.stages)) + ENSURED * self.ensured


@dataclass(slots=True)
class Wave:
    """Targets the script asks for together, and waits for."""

    name: str
    targets: list[Target]


def grow(dice: Dice, events: int, part: int, *, last: bool) -> list[Wave]:
    """Return waves of targets that will log exactly that many events, in one part of the repository.

    The last part holds the one large product that everything waits for at the end.
    """
    garden = _Garden(dice, part)
    waves = []
    left = events
    for name, layers in WAVES:
        closing = name == WAVES[-1][0]
        depths: list[list[Target]] = []
        for layer in layers:
            share = left if closing and layer is layers[-1] else min(left, int(events * layer.share))
            ending = garden.ending() if closing and last and layer is layers[-1] else []
            depths.append(garden.layer(layer, share, ending))
            left -= share
            _depend(dice, depths)
            if ending:
                ending[-1].needs = depths[-2]
        waves.append(Wave(name, [target for depth in depths for target in depth]))
    return waves


def touched(dice: Dice, waves: list[Wave], events: int) -> list[Wave]:
    """Return the part of the waves that an edit makes run again: exactly that many events."""
    kept: dict[int, Target] = {}
    left = events
    targets = [target for wave in waves for target in wave.targets]
    odd = [target for target in targets if target.owner.startswith(ODD.package)]
    for target in odd + dice.order(targets):
        if left > 0 and id(target) not in kept:
            cut = _cut(target, left)
            kept[id(target)] = cut
            left -= cut.events
    for target in kept.values():
        target.needs = [kept[id(need)] for need in target.needs if id(need) in kept]
    return [Wave(wave.name, [kept[id(item)] for item in wave.targets if id(item) in kept]) for wave in waves]


def _cut(target: Target, events: int) -> Target:
    """Return a copy that logs no more than that many events."""
    if target.events <= events:
        return Target(target.owner, target.stages, target.needs, target.ensured)
    actions = (action for stage in target.stages for action in stage)
    return Target(target.owner, [[action] for action in islice(actions, events)], target.needs)


def _depend(dice: Dice, depths: list[list[Target]]) -> None:
    """Let the targets of the last layer need some of the layers above, the popular ones often."""
    *above, layer = depths
    if not above or not above[-1]:
        return
    for target in layer:
        for _ in range(1 + dice.below(4)):
            depth = above[-1] if dice.chance(0.7) else dice.pick(above)
            target.needs.append(depth[dice.favourite(len(depth))])
        target.needs = list(dict.fromkeys(target.needs))


class _Garden:
    """Grows the targets of one part of the repository, no owner twice."""

    def __init__(self, dice: Dice, part: int) -> None:
        self.dice = dice
        self.part = part
        self.taken: set[str] = set()

    def layer(self, layer: Layer, events: int, ending: list[Target]) -> list[Target]:
        """Return targets of the layer's rules that log exactly that many events, the given ones last."""
        targets = []
        left = events - sum(target.events for target in ending)
        while left > 0:
            for target in self._family(self.dice.pick(layer.rules)):
                fitting = target if target.events <= left else self._filler(left)
                targets.append(fitting)
                left -= fitting.events
                if left <= 0:
                    break
        return targets + ending

    def ending(self) -> list[Target]:
        """Return the targets every log ends with: odd names, and the product that takes longest."""
        odd = Target(self._name(ODD) + ODD.configurations[0], [[Action(ODD.stages[0][0], name) for name in ODD_NAMES]])
        flagship = self._family(FLAGSHIP)[0]
        flagship.ensured = True
        return [odd, flagship]

    def _family(self, rule: Rule) -> list[Target]:
        """Return a target in one configuration, or in several."""
        name = self._name(rule)
        configurations = [self.dice.pick(rule.configurations)]
        while self.dice.chance(0.2):
            configurations.append(self.dice.pick(rule.configurations))
        start = self.dice.below(len(STEMS) * len(ENDINGS))
        # Most targets have few sources; one in a hundred has over twenty times the usual number.
        sources = min(rule.sources * 40, int(rule.sources * 0.5 / (1 - self.dice.random()) ** 0.85) + 1)
        stages = list(_stages(rule, name.rpartition(":")[2], start, sources))
        return [
            Target(name + configuration, stages, ensured=self.dice.chance(0.06))
            for configuration in dict.fromkeys(configurations)
        ]

    def _filler(self, events: int) -> Target:
        """Return a target of exactly that many actions."""
        name = self._name(HEADERS)
        start = self.dice.below(len(STEMS) * len(ENDINGS))
        return Target(name + HEADERS.configurations[0], list(_stages(HEADERS, name, start, events)))

    def _name(self, rule: Rule) -> str:
        """Return a name without configuration that no target of this part has."""
        for _ in range(TRIES):
            name = self._draw(rule)
            if name not in self.taken:
                break
        number = 1
        unnumbered = name
        while name in self.taken:
            number += 1
            name = f"{unnumbered}{number}"
        self.taken.add(name)
        return name

    def _draw(self, rule: Rule) -> str:
        """Return a name the rule could have."""
        topics = rule.topics or TOPICS
        words = {
            "area": self.dice.pick(AREAS),
            "topic": topics[self.dice.favourite(len(topics))],
            "word": self.dice.pick(WORDS),
            "version": self.dice.pick(VERSIONS),
        }
        name = f"{rule.package}:{rule.name}".format(**words)
        if not self.part:
            return name
        return name.replace("//", f"//products/p{self.part:02}/", 1).replace("/:", ":")


def _stages(rule: Rule, name: str, start: int, sources: int) -> Iterator[list[Action]]:
    """Yield the rule's stages with their actions, taking sources from the given one on."""
    names = [{"name": name, **_source(start + index * STRIDE)} for index in range(max(1, sources))]
    for stage in rule.stages:
        yield [
            Action(step, step.identifier.format(**each))
            for step in stage
            for each in (names if step.each else names[:1])
        ]


def _source(index: int) -> dict[str, str]:
    """Return the folder and the name, without extension, of a source file."""
    ending, stem = divmod(index, len(STEMS))
    ending %= len(ENDINGS)
    return {"word": WORDS[ending % len(WORDS)], "stem": f"{STEMS[stem]}_{ENDINGS[ending]}"}
