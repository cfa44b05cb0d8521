"""The clipboard: who takes a text, and that it gets there byte for byte."""

import os
import stat

import pytest

from tlx.tui import clipboard

HOSTILE = "$(reboot) `id` '\"\\ \x1b]52;c;eA==\x07\x1b[2J \u202e漢字 \0 -n --help\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with tools that write what they are given to a file; returns a function that makes one."""
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + "/usr/bin:/bin")
    monkeypatch.setattr(clipboard, "_TOOLS", tuple(tool for tool in clipboard._TOOLS if tool.command[0] != "pbcopy"))

    def made(name, ending="exit 0"):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/{name}.arguments\ncat > {tmp_path}/{name}.text\n{ending}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return lambda what: (tmp_path / f"{name}.{what}").read_bytes()

    return made


def test_a_tool_gets_the_text_byte_for_byte(machine, monkeypatch):
    """Nothing of a text is interpreted on its way: it goes by standard input, through no shell."""
    taken = machine("wl-copy")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert clipboard.by_tool(HOSTILE.encode()) == "wl-copy"
    assert taken("text") == HOSTILE.encode()
    assert taken("arguments").strip() == b""


def test_a_tool_that_cannot_work_is_left_alone(machine, monkeypatch):
    """A tool counts only with what it needs around it; one that fails is followed by the next."""
    machine("wl-copy")
    machine("xclip", "exit 1")
    taken = machine("xsel")
    assert clipboard.by_tool(b"x") is None
    monkeypatch.setenv("DISPLAY", ":0")
    assert clipboard.by_tool(b"x") == "xsel"
    assert taken("text") == b"x"
    assert taken("arguments").split() == [b"--clipboard", b"--input"]


def test_the_terminal_takes_no_more_than_it_can():
    """Neither too long a text, nor any where the terminal is known to take none."""
    assert clipboard.takes_osc52(b"x" * clipboard.MOST_BY_TERMINAL, {"TERM": "xterm"})
    assert not clipboard.takes_osc52(b"x" * (clipboard.MOST_BY_TERMINAL + 1), {"TERM": "xterm"})
    assert not clipboard.takes_osc52(b"x", {"TERM": "linux"})
