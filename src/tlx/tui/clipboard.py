"""The clipboard: through the terminal first (OSC 52), then by a tool of the system, and it is said which took it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

MOST_BY_TERMINAL = 74_994
"""Bytes of the longest text sent to the terminal: in base64 it is 100,000, beyond which terminals drop it."""
_NO_OSC52 = {"dumb", "linux", "vt100", "vt220"}
"""Terminals that are known to take nothing."""
_PATIENCE = 3
"""Seconds after which a tool counts as failed."""


class Tool(NamedTuple):
    """A program that takes the clipboard's text on standard input, and the variable without which it cannot work."""

    command: tuple[str, ...]
    variable: str


_TOOLS = (
    Tool(("wl-copy",), "WAYLAND_DISPLAY"),
    Tool(("xclip", "-selection", "clipboard"), "DISPLAY"),
    Tool(("xsel", "--clipboard", "--input"), "DISPLAY"),
    Tool(("pbcopy",), ""),
    Tool(("tmux", "load-buffer", "-w", "-"), "TMUX"),
)


def tools(environment: Mapping[str, str] | None = None) -> list[tuple[str, ...]]:
    """Return the commands of the tools that are there and can work, the best first."""
    known = os.environ if environment is None else environment
    return [
        (path, *tool.command[1:])
        for tool in _TOOLS
        if (not tool.variable or known.get(tool.variable))
        and (path := shutil.which(tool.command[0], path=known.get("PATH")))
    ]


def takes_osc52(data: bytes, environment: Mapping[str, str] | None = None) -> bool:
    """Return whether the terminal may take a text of these bytes; whether it did it never says."""
    known = os.environ if environment is None else environment
    return len(data) <= MOST_BY_TERMINAL and known.get("TERM") not in _NO_OSC52


def by_tool(data: bytes) -> str | None:
    """Give a text to the first tool that takes it; return its name, or None."""
    for command in tools():
        try:
            subprocess.run(  # noqa: S603  the program is one of ours, by its full path; the text is its input alone
                command,
                input=data,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return os.path.basename(command[0])  # noqa: PTH119  a name alone
    return None
