"""The themes of tlx: the colours that the sheets name, those of execution kinds among them."""

from __future__ import annotations

from textual.theme import Theme

_DARK = (
    *("#4c9be8", "#86bdf2", "#b48be4", "#cdb2ef", "#5fbf77", "#8fd66b", "#b6dc78", "#3fb5a3"),
    *("#8a94a6", "#a9b0bd", "#e0674c", "#d9a441", "#6b7486"),
)
_LIGHT = (
    *("#1f6fc4", "#5a97d8", "#7a4fbf", "#9d7bd0", "#2f8f4a", "#5b9a22", "#7f8f12", "#128577"),
    *("#6a7384", "#8a92a0", "#c2412a", "#a3740b", "#7c8494"),
)

_DARK_PARTS = {
    "muted": "#8d97a7",
    "line": "#323b4a",
    "seam": "#161b24",
    "scrollbar": "#323b4a",
    "scrollbar-hover": "#465166",
    "scrollbar-active": "#4c9be8",
    "scrollbar-background": "#161b24",
    "scrollbar-background-hover": "#161b24",
    "scrollbar-background-active": "#161b24",
    "scrollbar-corner-color": "#161b24",
    "footer-key-foreground": "#e8b45a",
}
_LIGHT_PARTS = {
    "muted": "#5d6675",
    "line": "#c6ccd6",
    "seam": "#ffffff",
    "scrollbar": "#c6ccd6",
    "scrollbar-hover": "#a3acba",
    "scrollbar-active": "#1f6fc4",
    "scrollbar-background": "#ffffff",
    "scrollbar-background-hover": "#ffffff",
    "scrollbar-background-active": "#ffffff",
    "scrollbar-corner-color": "#ffffff",
    "footer-key-foreground": "#8a5a00",
}
"""Text beside the point, frames, the gaps between bars: solid colours, for a drawing lays them on others."""


def _variables(colours: tuple[str, ...], parts: dict[str, str]) -> dict[str, str]:
    kinds = {f"kind-{number if number < 12 else 'other'}": colour for number, colour in enumerate(colours)}  # noqa: PLR2004
    return kinds | parts


DARK = Theme(
    name="tlx-dark",
    primary="#4c9be8",
    secondary="#b48be4",
    accent="#e8b45a",
    success="#5fbf77",
    warning="#d9a441",
    error="#e0674c",
    background="#11151c",
    surface="#161b24",
    panel="#202734",
    foreground="#d6dce6",
    dark=True,
    variables=_variables(_DARK, _DARK_PARTS),
)
LIGHT = Theme(
    name="tlx-light",
    primary="#1f6fc4",
    secondary="#7a4fbf",
    accent="#9a6700",
    success="#2f8f4a",
    warning="#a3740b",
    error="#c2412a",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e6e9ef",
    foreground="#1e2430",
    dark=False,
    variables=_variables(_LIGHT, _LIGHT_PARTS),
)


def default_variables(*, dark: bool) -> dict[str, str]:
    """Return what the sheet asks of a theme, for themes that do not bring it."""
    return _variables(_DARK, _DARK_PARTS) if dark else _variables(_LIGHT, _LIGHT_PARTS)
