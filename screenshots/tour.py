"""The tour: a text of keys and what must show after them, played in this terminal.

python screenshots/tour.py [SECONDS between steps]
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tlx.config.settings import Settings
from tlx.session import Session
from tlx.tui.app import TlxApp

TOUR = Path(__file__).with_name("tour.txt")
_SECONDS = 2.5
"""So long a step is looked at; a text that is told is read for twice as long."""
_KEY_SECONDS = 0.06
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Step:
    """What is told, the keys, and the texts that show after them, or must not."""

    line: int
    """The number of its line in the tour."""
    told: str
    keys: Sequence[str]
    shows: Sequence[str]
    hides: Sequence[str]


@dataclass(frozen=True)
class Tour:
    """A log, the cells of the terminal, and the steps."""

    log: Path
    size: tuple[int, int]
    steps: Sequence[Step]


def read(path: Path = TOUR) -> Tour:
    """Return the tour in a file. Raises ValueError for a line that is none of those its head describes."""
    steps: list[Step] = []
    log, size, told = Path(), (0, 0), ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("open "):
            _, name, cells = line.split()
            width, height = map(int, cells.split("x"))
            log, size = path.parent.parent / name, (width, height)
        elif line.startswith(">"):
            told = f"{told} {line[1:].strip()}".strip()
        elif "=>" in line:
            steps.append(_step(number, told, line))
            told = ""
        else:
            message = f"{path.name}:{number}: neither a step nor told: {line}"
            raise ValueError(message)
    return Tour(log, size, steps)


def _step(number: int, told: str, line: str) -> Step:
    before, _, after = line.partition("=>")
    keys: list[str] = []
    for typed, name in _WORD.findall(before):
        keys += [name] if name else ["space" if letter == " " else letter for letter in typed]
    texts = [text.strip() for text in after.split("|")]
    shows = [text for text in texts if not text.startswith("not ")]
    return Step(number, told, keys, shows, [text.removeprefix("not ") for text in texts if text.startswith("not ")])


def play(tour: Tour, seconds: float) -> None:
    """Run the app in this terminal and press the keys, `seconds` between the steps; then it is left to the user."""

    async def press(pilot: Pilot[Any]) -> None:
        for step in tour.steps:
            if step.told:
                pilot.app.notify(step.told, title="Tour", timeout=seconds * 2, markup=False)
                await asyncio.sleep(seconds)
            for key in step.keys:
                await pilot.press(key)
                await asyncio.sleep(_KEY_SECONDS)
            await asyncio.sleep(seconds)
        pilot.app.notify("That was it. The keys are yours: ? tells them, q quits.", title="Tour")

    settings = Settings(history=False)
    session = Session([str(tour.log)], settings)
    session.start()
    try:
        TlxApp(session, settings).run(auto_pilot=press)
    finally:
        session.close()


if __name__ == "__main__":
    play(read(), float(sys.argv[1]) if len(sys.argv) > 1 else _SECONDS)
