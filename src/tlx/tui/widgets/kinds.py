"""The colours of kinds, as the theme names them: `kind-0`, `kind-1` and so on; and of outcomes.

They are read from the theme and are no component classes: those cost a style of their own in each widget that has them,
which showed in the time to the first frame.
"""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color

PREFIX = "kind-"
"""Theme variables that begin so are colours of kinds."""
_OUTCOMES = {
    "status-ok": "success",
    "status-failed": "error",
    "status-warning": "warning",
    "status-open": "accent",
}
"""What every theme calls the colours of outcomes."""


def kind_colours(app: App[Any]) -> dict[str, Color]:
    """Return the colour of each kind that the theme knows, and of each outcome."""
    variables = app.theme_variables
    found = {name: Color.parse(value) for name, value in variables.items() if name.startswith(PREFIX)}
    return found | {name: Color.parse(variables[own]) for name, own in _OUTCOMES.items()}


def kind_styles(app: App[Any]) -> dict[str, Style]:
    """Return the same as text styles."""
    return {name: Style(color=colour.rich_color) for name, colour in kind_colours(app).items()}
