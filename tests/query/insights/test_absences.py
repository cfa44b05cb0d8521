from __future__ import annotations

import shlex

import pytest

from tlx.dialects.known import DIALECTS, absences
from tlx.query.insights.absences import absence, looked_for


def test_a_buck2_user_log_says_what_it_does_not_hold():
    """Failures, dependencies and the critical path are named, each with the command of buck2 that has it."""
    found = {one.name: one.command for one in absences("buck2-user")}
    assert found["failures"] == "buck2 log what-failed"
    assert found["critical_path"] == "buck2 log critical-path"
    assert {"dependencies", "commands", "tests"} < set(found)
    assert len(found) == len(absences("buck2-user"))


@pytest.mark.parametrize("one", absences("buck2-user"), ids=lambda one: one.name)
def test_every_absence_says_why_and_what_is_true_instead(one):
    """Each has one short line for each of its parts, and a command of the log family."""
    for text in (one.words, one.instead, one.command):
        assert text == text.strip()
        assert 10 < len(text) < 110
        assert "\n" not in text
    assert one.command.startswith("buck2 log ")
    assert absence("buck2-user", one.name) is one


def test_the_command_is_for_the_run_that_is_looked_at():
    """With a trace id the command names it, quoted for a shell; without one it asks for the latest run."""
    one = absence("buck2-user", "failures")
    assert one.command_for("d2d60ed5-eee0") == "buck2 log what-failed --trace-id d2d60ed5-eee0"
    assert one.command_for(None) == "buck2 log what-failed"
    hostile = "$(reboot); '\"\n\x1b[2J"
    assert shlex.split(one.command_for(hostile)) == ["buck2", "log", "what-failed", "--trace-id", hostile]


def test_nothing_is_claimed_of_other_dialects():
    """Only of dialects that are known to lack something is it said; those that are named exist."""
    assert absences("generic") == absences(None) == absences("") == ()
    assert absence("generic", "failures") is None
    assert "buck2-user" in {dialect.name for dialect in DIALECTS}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("failed", {"failures"}),
        ("duration > 1s (rustc or not Failed)", {"failures"}),
        ("status != error", {"failures"}),
        ("status in (cached, Error)", {"failures"}),
        ("status = cached", set()),
        ("exists(exit_code)", {"commands"}),
        (".Event.deps[0] = x", {"dependencies"}),
        ('"critical_path"', {"critical_path"}),
        ("owner *= failed", set()),
        ("", set()),
    ],
)
def test_what_a_filter_looks_for_is_known(text, names):
    """By its words, its fields and what it asks of a status; a value of another field is no such question."""
    assert looked_for(text) == names
