"""The tour of screenshots/tour.txt, from opening a log to the line in the clipboard: what it promises shows."""

import gzip
import importlib
from pathlib import Path

import pytest

from tlx.tui.filters.filter_bar import FilterBar

_FOLDER = Path(__file__).parents[2] / "screenshots"


@pytest.fixture(scope="module")
def tour():
    """The program that reads and plays tours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_FOLDER)
        return importlib.import_module("tour")


def amiss(step, lines):
    """What shows against a step's word, or does not."""
    screen = "\n".join(lines)
    missing = [f"{text!r} does not show" for text in step.shows if text not in screen]
    return missing + [f"{text!r} shows" for text in step.hides if text in screen]


async def test_the_tour_shows_what_it_promises(explore, tour):
    """Every step shows what its line says, and in the end the clipboard holds a line of the log byte for byte."""
    found = tour.read()
    assert {key for step in found.steps for key in step.keys} >= {*"if12vBryl", "enter", "escape"}
    async with explore(found.log, size=found.size) as drive:
        for step in found.steps:
            await drive.press(*step.keys)
            if drive.get(FilterBar).display:
                drive.get(FilterBar)._try()  # as after a pause in the typing
                await drive.settle()
            if wrong := amiss(step, drive.lines()):
                text = tour.TOUR.read_text("utf-8").splitlines()[step.line - 1]
                pytest.fail("\n".join([f"{tour.TOUR.name}:{step.line}: {text}", *wrong, *drive.lines()]), pytrace=False)
        lines = gzip.decompress(found.log.with_suffix(".gz").read_bytes()).splitlines()
        assert drive.app.clipboard.encode() in lines
        assert "flagship (thinlto)" in drive.app.clipboard


def test_a_step_fails_where_its_text_does_not_show(tour, tmp_path):
    """What must show and does not, and what must not and does, are told; other lines are mistakes of the tour."""
    path = tmp_path / "tour.txt"
    path.write_text('# no step\n> Told\n> twice.\nf "a b" enter => one | not two\n')
    (step,) = tour.read(path).steps
    assert (step.line, step.told, step.keys) == (4, "Told twice.", ["f", "a", "space", "b", "enter"])
    assert amiss(step, ["one"]) == []
    assert amiss(step, ["two"]) == ["'one' does not show", "'two' shows"]
    path.write_text("f enter\n")
    with pytest.raises(ValueError, match=r"tour\.txt:1: neither"):
        tour.read(path)
