"""An app that is done with what it was asked."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App
from textual.pilot import Pilot

_FRAME = 0.02
"""Seconds in which Textual draws for certain what has changed."""
_CALM = 5
"""So many turns without a message mean that none is on its way."""
_PATIENCE = 30
"""Seconds for one frame, on whatever machine."""


async def settled(app: App[Any], pilot: Pilot[Any]) -> None:
    """Wait until every question is answered and every answer drawn, however slow the machine is."""
    busy = True
    while busy:
        await app.workers.wait_for_complete()
        await pilot.pause(_FRAME)
        await _calm(app)
        busy = any(worker.is_running for worker in app.workers) or getattr(app, "keys_wait", False) or _lays_out(app)


def _lays_out(app: App[Any]) -> bool:
    """Whether the last frame told a widget of a size by which another frame is due."""
    pumps = [app, *app.screen.walk_children()]
    return any(pump.message_queue_size or getattr(pump, "_layout_required", False) for pump in pumps)


async def _calm(app: App[Any]) -> None:
    calm = 0
    while calm < _CALM:
        await asyncio.sleep(0)
        pumps = [app, *(node for screen in app.screen_stack for node in screen.walk_children())]
        calm = 0 if any(pump.message_queue_size for pump in pumps) else calm + 1
    drawn = asyncio.Event()
    app.screen.call_after_refresh(drawn.set)
    await asyncio.wait_for(drawn.wait(), _PATIENCE)
