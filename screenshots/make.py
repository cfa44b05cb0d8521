"""Draw the pictures of the README: drive the real app over a sample log and export what it shows.

python screenshots/make.py
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tlx.config import Settings
from tlx.session import Progress, Session
from tlx.tui.app import TlxApp

_HERE = Path(__file__).parent
_LOG = _HERE.parent / "sample_logs" / "large.json-lines.zst"
_SECONDS = 0.14
"""What the pictures say the reading took, so that they are the same each time."""


@dataclass(frozen=True)
class Picture:
    """One picture: the size of the terminal and the keys that lead to what it shows."""

    name: str
    size: tuple[int, int] = (140, 42)
    keys: Sequence[str] = ()
    click: tuple[int, int] | None = None
    """A cell of the timeline that is clicked first."""
    theme: str | None = None


PICTURES = (
    Picture("overview"),
    Picture("durations", (120, 34), ("v", "v", "j", "j")),
    Picture("timeline", (140, 42), ("1", *"wwww", "z"), (52, 1)),
    Picture("filter", (140, 42), ("f", *"duration > 2s category != cxx_compile")),
    Picture("narrow", (80, 24)),
    Picture("light", (140, 42), ("v", "v", "j"), theme="tlx-light"),
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


async def _draw(picture: Picture) -> str:
    settings = Settings(theme=picture.theme)
    session = StillSession([str(_LOG)], settings)
    session.start()
    session.wait()
    app = TlxApp(session, settings)
    try:
        async with app.run_test(size=picture.size) as pilot:
            await _settle(pilot)
            if picture.click:
                await pilot.click("#timeline-chart", offset=picture.click)
                await _settle(pilot)
            for key in picture.keys:
                await pilot.press("space" if key == " " else key)
                await _settle(pilot)
            await pilot.pause(0.5)  # the filter bar waits for a pause in the typing
            await _settle(pilot)
            return app.export_screenshot(title=f"tlx open {_LOG.name}")
    finally:
        session.close()


def _steady(svg: str) -> str:
    """Name the parts of a picture without the random number Rich gives them; spaces count."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> None:
    """Write every picture beside this program."""
    for picture in PICTURES:
        path = _HERE / f"{picture.name}.svg"
        path.write_text(_steady(asyncio.run(_draw(picture))), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
