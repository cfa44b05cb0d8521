"""What screenshots/ holds: the tour, from opening a log to a line in the clipboard, and the pictures of the README."""

import gzip
import importlib
import re
from pathlib import Path

import pytest

from tlx.tui.filters.filter_bar import FilterBar

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "screenshots"


def program(name):
    """A program of the folder, as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_FOLDER)
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def tour():
    """The program that reads and plays tours."""
    return program("tour")


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
            if drive.get(FilterBar).visible:
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


def test_every_picture_of_the_readme_is_drawn():
    """What the README shows, the program draws, and nothing else; each picture is there."""
    drawn = {f"{picture.name}.svg" for picture in program("make").PICTURES}
    assert drawn == set(re.findall(r"\(screenshots/(\w+\.svg)\)", (_ROOT / "README.md").read_text("utf-8")))
    assert drawn == {path.name for path in _FOLDER.glob("*.svg")}


async def test_a_picture_shows_what_its_keys_lead_to(tmp_path):
    """The same picture each time, of the app after the keys: here of lines that are no events."""
    make = program("make")
    (picture,) = (picture for picture in make.PICTURES if picture.name == "rejects")
    svg = (await make.draw(picture, tmp_path)).replace("&#160;", " ")
    assert "Rejects · 3 lines are no events" in svg
    assert "JSON, but no object: an array" in svg
    assert not re.search(r"terminal-\d", svg)
