"""Garbage is looked for when the app rests, and never between a key and what it brings."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tlx.tui.timing import tidying
from tlx.tui.timing.tidying import Tidying


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
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was looked through, by generation, and how long a rest is for this test."""
    seen: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: seen.append(generation) or 0)
    monkeypatch.setattr(tidying, "_QUIET", 0.2)
    monkeypatch.setattr(tidying, "_LONG_QUIET", 0.1)
    return seen


async def test_behind_the_last_key(passes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is looked through once, when no key has come for a while."""
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        for _ in range(4):
            await pilot.press("j")
            await asyncio.sleep(0.05)
            assert passes == []
        await asyncio.sleep(0.4)
        assert passes == [1]


async def test_all_behind_a_longer_rest(passes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """After many such rests all is looked through; a key that comes first puts it off."""
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10))
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        await pilot.press("j")
        await asyncio.sleep(0.5)
        assert passes == [1, 2]


async def test_nothing_that_stands(passes: list[int]) -> None:
    """What there is when it begins is not looked through any more, and new garbage seldom without a rest."""
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] >= 10_000
        assert passes == []


async def test_where_it_was_not_put_off(passes: list[int]) -> None:
    """Whoever runs the app with the collector on keeps it as it is."""
    gc.enable()
    often = gc.get_threshold()
    async with Tidying().run_test() as pilot:
        pilot.app.begin_tidying()
        await pilot.press("j")
        await asyncio.sleep(0.4)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == often
    assert passes == []
