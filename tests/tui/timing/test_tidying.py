"""Garbage is looked for when the app rests, and never between a key and what it brings."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator

import pytest
from textual.events import Event, Key

from tlx.tui.timing import tidying
from tlx.tui.timing.tidying import Tidying

QUIET = 0.4
"""Seconds of rest in these tests."""


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Put off at first, as while the program loads; afterwards it is as it was."""
    often = gc.get_threshold()
    gc.disable()
    yield
    gc.set_threshold(*often)
    gc.enable()
    gc.unfreeze()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """What was looked through, by generation, and when."""
    seen: list[tuple[int, float]] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: seen.append((generation, time.monotonic())) or 0)
    monkeypatch.setattr(tidying, "_QUIET", QUIET)
    monkeypatch.setattr(tidying, "_LONG_QUIET", QUIET)
    return seen


class Typed(Tidying):
    """Knows when the keys came."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[float] = []

    async def on_event(self, event: Event) -> None:
        """Note the time of a key."""
        if isinstance(event, Key):
            self.keys.append(time.monotonic())
        await super().on_event(event)


async def seen(condition: Callable[[], bool]) -> None:
    """Wait for something, however slow the machine."""
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


async def test_behind_the_last_key(passes: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is looked through when no key has come for a while, and not before."""
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    app = Typed()
    async with app.run_test() as pilot:
        app.begin_tidying()
        for _ in range(4):
            await pilot.press("j")
            await asyncio.sleep(QUIET / 2)
        await seen(lambda: bool(passes) and passes[-1][1] > app.keys[-1])
    assert len(app.keys) >= 4
    for generation, moment in passes:
        assert generation == 1
        assert moment - max(key for key in app.keys if key < moment) > 0.9 * QUIET


async def test_all_behind_a_longer_rest(passes: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch) -> None:
    """After many such rests all is looked through."""
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10))
    app = Typed()
    async with app.run_test() as pilot:
        app.begin_tidying()
        await pilot.press("j")
        await seen(lambda: len(passes) == 2)
    assert [generation for generation, _ in passes] == [1, 2]
    assert passes[1][1] - passes[0][1] > 0.9 * QUIET


async def test_nothing_that_stands(passes: list[tuple[int, float]]) -> None:
    """What there is when it begins is not looked through any more, and new garbage seldom without a rest."""
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] >= 10_000
        assert 0 < gc.get_threshold()[2] <= 100  # or nothing would look through all while no key is pressed
        assert passes == []


async def test_where_it_was_not_put_off(passes: list[tuple[int, float]]) -> None:
    """Whoever runs the app with the collector on keeps it as it is."""
    gc.enable()
    often = gc.get_threshold()
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        await pilot.press("j")
        await asyncio.sleep(2 * QUIET)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == often
    assert passes == []
