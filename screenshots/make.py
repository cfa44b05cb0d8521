"""Draw the pictures of the README: drive the real app over a sample log and export what it shows.

python screenshots/make.py [NAME]…
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import Input

from tlx import state
from tlx.config.settings import Settings
from tlx.session import Progress, Session
from tlx.tui.app import TlxApp

_HERE = Path(__file__).parent
_LOGS = _HERE.parent / "sample_logs"
_SECONDS = 0.14
"""What the pictures say the reading took, so that they are the same each time."""
_DAMAGE = {200: b'{"ActionExecutionEvent":{"kind":"Run"', 900: b"", 901: b"[1, 2]", 2100: b"\xff\xfe no JSON at all"}
"""Lines that are put into a log, by the number of the line they follow."""
_KEY = bytes(32)
"""What the pseudonyms in the pictures are made with, so that they are the same on every machine."""


@dataclass(frozen=True)
class Picture:
    """One picture: the log, the size of the terminal and the keys that lead to what it shows."""

    name: str
    size: tuple[int, int] = (140, 42)
    keys: Sequence[str] = ()
    log: str = "large.json-lines.zst"
    click: tuple[int, int] | None = None
    """A cell of the timeline that is clicked first."""
    theme: str | None = None


PICTURES = (
    Picture("overview"),
    Picture("timeline", (140, 42), ("1", *"wwww", "z"), click=(52, 1)),
    Picture("durations", (120, 34), ("v", "v", "j", "j", "z")),
    Picture("breakdown", (120, 34), ("3", "v", "j", "z")),
    Picture("inspector", (120, 34), ("4", "z")),
    Picture("filter", (140, 42), ("f", *"duration > 2s execution_kind *= re")),
    Picture("insights", (120, 34), ("i",)),
    Picture("compare", (120, 34), ("m", *"jj", "M")),
    Picture("runs", (120, 18), ("R", "j"), "three_runs.json-lines.zst"),
    Picture("rejects", (120, 18), ("e", "g"), "damaged.json-lines"),
    Picture("narrow", (80, 24)),
    Picture("light", (140, 42), ("v", "v", "j"), theme="tlx-light"),
    Picture("hephaestus", (140, 42), (), "hephaestus.log"),
    Picture("story", (120, 34), ("s",), "hephaestus.log"),
    Picture("sourcegraph", (140, 42), (), "sourcegraph.jsonl"),
)


class StillSession(Session):
    """A session that took the same time on every machine."""

    def progress(self) -> Progress:
        """Return how far the loading is, in a steady time."""
        return super().progress()._replace(seconds=_SECONDS)


async def _settle(pilot: Pilot[None]) -> None:
    """Wait until every question is answered and every answer drawn."""
    for _ in range(4):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def _log(name: str, folder: Path) -> Path:
    """Return the sample log of a name; the damaged one is made in `folder`."""
    if (_LOGS / name).exists():
        return _LOGS / name
    with (folder / name).open("wb") as damaged:
        for number, line in enumerate((_LOGS / "build.json-lines").read_bytes().splitlines(), 1):
            damaged.write(line + b"\n")
            if number in _DAMAGE:
                damaged.write(_DAMAGE[number] + b"\n")
    return folder / name


async def draw(picture: Picture, folder: Path) -> str:
    """Return a picture as SVG; a log that is no sample is made in `folder`."""
    log = _log(picture.log, folder)
    settings = Settings(theme=picture.theme, history=False)
    session = StillSession([str(log)], settings)
    session.start()
    session.wait()
    app = TlxApp(session, settings)
    try:
        async with app.run_test(size=picture.size) as pilot:
            await _settle(pilot)
            for bar in app.query(Input):
                bar.cursor_blink = False
            if picture.click:
                await pilot.click("#timeline-chart", offset=picture.click)
                await _settle(pilot)
            for key in picture.keys:
                await pilot.press("space" if key == " " else key)
                await _settle(pilot)
            await pilot.pause(0.5)  # the filter bar waits for a pause in the typing
            await _settle(pilot)
            return _steady(app.export_screenshot(title=f"tlx open {log.name}"))
    finally:
        session.close()


def _steady(svg: str) -> str:
    """Name the parts of a picture without the random number Rich gives them; spaces count."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> None:
    """Write the pictures beside this program: those that are named, or all."""
    with TemporaryDirectory() as folder, patch.object(state, "pseudonym_key", return_value=_KEY):
        for picture in PICTURES:
            if picture.name in (sys.argv[1:] or picture.name):
                path = _HERE / f"{picture.name}.svg"
                path.write_text(asyncio.run(draw(picture, Path(folder))), encoding="utf-8")
                print(f"{path.name}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
