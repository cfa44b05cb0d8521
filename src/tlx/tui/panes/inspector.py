"""Inspector: the selected event as a foldable tree, units beside raw values, and the line it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import orjson
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import event as events
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane

_MOST_CHILDREN = 500
_MOST_TEXT = 2_000
_OPEN_DEPTH = 3
_HIDDEN = ("id", "source", "run", "line", "dialect", "event", "raw")
_UNITS: dict[Quantity, Callable[[int], str]] = {
    Quantity.DURATION: units.duration,
    Quantity.SIZE: units.size,
    Quantity.TIME: lambda value: units.rfc3339(value) or "",
}


class InspectorTree(Tree[Any]):
    """A tree whose keys are those of every other pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False, id="inspector.down"),
        Binding("k", "cursor_up", "Up", show=False, id="inspector.up"),
        Binding("g", "scroll_home", "Top", show=False, id="inspector.top"),
        Binding("G", "scroll_end", "Bottom", show=False, id="inspector.bottom"),
        Binding("l,right", "fold(True)", "Expand", show=False, id="inspector.expand"),
        Binding("h,left", "fold(False)", "Collapse", show=False, id="inspector.collapse"),
    ]

    def action_fold(self, expand: bool) -> None:  # noqa: FBT001  an action's arguments have no names
        """Expand the node under the cursor, or collapse it, or step to its parent."""
        node = self.cursor_node
        if node is None:
            return
        if expand:
            node.expand()
        elif node.is_expanded and node.allow_expand:
            node.collapse()
        elif node.parent is not None:
            self.move_cursor(node.parent)


class InspectorPane(Pane):
    """One event at a time; the children of a node are made when it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "raw", "Raw line", id="inspector.raw", tooltip="Show the line as it stands in the log"),
    ]

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._shown: int | None = None

    def compose(self) -> ComposeResult:
        """The tree; nothing is hidden behind the empty text."""
        yield Static("Select an event to see all that is known of it.", id="inspector-empty")
        tree = InspectorTree(Text(""), id="inspector-tree")
        tree.show_root = False
        tree.guide_depth = 2
        tree.display = False
        yield tree

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "4 Inspector"

    def watch_selection(self, selection: int | None) -> None:
        """Show another event."""
        if selection is not None and selection != self._shown:
            self.ask("event", lambda asker: events.event(asker, selection), self._show)

    def _show(self, found: events.Event | None) -> None:
        if found is None:
            return
        self._shown = found.columns["id"]
        self.query_one("#inspector-empty").display = False
        tree = self.query_one(InspectorTree)
        tree.display = True
        tree.clear()
        self.border_title = f"4 Inspector · {units.visible(str(found.columns['event'] or found.columns['dialect']))}"
        self.border_subtitle = f"line {units.count(found.columns['line'])} · run {found.columns['run']}"
        for name, quantity in EVENT_COLUMNS.items():
            value = found.columns[name]
            if value is not None and name not in _HIDDEN:
                tree.root.add_leaf(_label(name, value, _unit(quantity, value)))
        record = _record(found.raw)
        if isinstance(record, dict):
            payload = tree.root.add(Text("payload", "bold"), data=record)
            self._fill(payload, 0)
            payload.expand()
        raw = tree.root.add(Text("raw line", "bold"), data=found.raw)
        raw.add_leaf(_text(found.raw))
        tree.root.expand()
        tree.cursor_line = 0

    def action_raw(self) -> None:
        """Go to the raw line and open it."""
        tree = self.query_one(InspectorTree)
        if tree.root.children:
            node = tree.root.children[-1]
            node.expand()
            self.call_after_refresh(tree.move_cursor, node)

    def on_tree_node_expanded(self, message: Tree.NodeExpanded[Any]) -> None:
        """Make the children of a node that was opened for the first time."""
        if not message.node.children:
            self._fill(message.node, _OPEN_DEPTH)

    def _fill(self, node: TreeNode[Any], depth: int) -> None:
        """Add the children of a node, and theirs as far as the tree opens by itself."""
        children = list(_children(node.data))
        for key, value in children[:_MOST_CHILDREN]:
            if isinstance(value, dict | list) and value:
                noun = "key" if isinstance(value, dict) else "item"
                count = f"{len(value)} {noun}{'' if len(value) == 1 else 's'}"
                child = node.add(Text.assemble((_cut(key), ""), (f"  {count}", "dim")), data=value)
                if depth < _OPEN_DEPTH:
                    self._fill(child, depth + 1)
                    child.expand()
            else:
                node.add_leaf(_label(key, value, units.explain(key, value)))
        if len(children) > _MOST_CHILDREN:
            node.add_leaf(Text(f"… {units.count(len(children) - _MOST_CHILDREN)} more in the raw line", "dim"))


def _children(value: object) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, list):
        return ((f"[{number}]", item) for number, item in enumerate(value))
    return ()


def _record(raw: str) -> object:
    """The parsed line; the strict parser first, then the one that knows NaN. None where neither can."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _unit(quantity: Quantity, value: Any) -> str | None:
    printer = _UNITS.get(quantity)
    return printer(value) if printer else None


def _label(key: str, value: object, explained: str | None) -> Text:
    """A key with its value as it stands, and what it measures beside it. Literal: nothing of it is markup."""
    text = Text(no_wrap=True)
    text.append(_cut(key), "dim")
    text.append("  ")
    if explained:
        text.append(f"{explained}  ", "bold")
        text.append(str(value), "dim")
    else:
        text.append(*_value(value))
    return text


def _value(value: object) -> tuple[str, str]:
    """What a value looks like: absent, null, "" and {} all differ."""
    match value:
        case None:
            return "null", "dim italic"
        case bool():
            return str(value).lower(), "bold"
        case str():
            return (_cut(value), "") if value else ('""', "dim italic")
        case dict():
            return "{}", "dim italic"
        case list():
            return "[]", "dim italic"
    return str(value), "bold"


def _cut(text: str) -> str:
    shown = units.visible(text[:_MOST_TEXT])
    return f"{shown}… {units.count(len(text))} characters" if len(text) > _MOST_TEXT else shown


def _text(raw: str) -> Text:
    return Text(_cut(raw), no_wrap=True)
