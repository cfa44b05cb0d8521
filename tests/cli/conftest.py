"""Running tlx as a shell would, within the test's own process."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tlx.cli.main import run


@pytest.fixture
def printed(capfdbinary):
    """A function that runs tlx and returns the bytes it printed, and its talk."""

    def ran(*arguments, code=0):
        assert run([str(word) for word in arguments]) == code
        captured = capfdbinary.readouterr()
        return SimpleNamespace(out=captured.out, err=captured.err.decode())

    return ran


@pytest.fixture
def rows(printed):
    """A function that runs a command of tlx and returns the rows that it printed as JSON lines, and no word beside."""

    def ran(*arguments):
        done = printed(*arguments, "--format", "jsonl")
        assert done.err == ""
        assert done.out == b"" or done.out.endswith(b"\n")
        return [json.loads(line) for line in done.out.split(b"\n")[:-1]]

    return ran
