"""Inspector: the selected event as a foldable tree, raw values beside units, and the line it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from rich.cells import chop_cells
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import event as events
from tlx.query.language.quote import clause
from tlx.store.database import Database
from tlx.tui.messages import FilterWanted
from tlx.tui.panes.pane import Pane

_MOST_CHILDREN = 500
_MOST_TITLE = 80
_MOST_TEXT = 2_000
_OPEN_DEPTH = 3
_HIDDEN = ("id", "source", "run", "line", "dialect", "event", "raw")
_SHORT = {"duration_ns": "duration", "input_materialization_ns": "materialized", "output_size": "output"}
"""Names of columns that are shorter than their own; their values name their units."""
_KEY_WIDTH = 14
_INDENT = 6
_MOST_LINES = 400
"""Lines into which the raw line is wrapped at most."""
_UNITS: dict[Quantity, Callable[[int], str]] = {
    Quantity.DURATION: units.duration,
    Quantity.SIZE: units.size,
    Quantity.TIME: units.clock,
}


@dataclass(frozen=True)
class Field:
    """A column of the event under the cursor of the tree, from which a filter can be made."""

    name: str
    value: str


class InspectorTree(Tree[Any]):
    """A tree whose keys are those of every other pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor_down", "Down", show=False, id="inspector.down"),
        Binding("k,up", "cursor_up", "Up", show=False, id="inspector.up"),
        Binding("g,home", "to_line(0)", "Top", show=False, id="inspector.top"),
        Binding("G,end", "to_line(-1)", "Bottom", show=False, id="inspector.bottom"),
        Binding("space", "toggle_node", "Fold", id="inspector.toggle", tooltip="Expand or collapse"),
        Binding(
            "enter", "include", "Only", id="inspector.only", key_display="enter", tooltip="Show events of this value"
        ),
        Binding("x", "exclude", "Not", id="inspector.exclude", tooltip="Leave out events of this value"),
        Binding("l,right", "fold(True)", "Expand", show=False, id="inspector.expand"),
        Binding("h,left", "fold(False)", "Collapse", show=False, id="inspector.collapse"),
    ]

    def action_include(self) -> None:
        """Show only events with the value under the cursor; fold what is no field."""
        if not self._filter("=="):
            self.action_toggle_node()

    def action_exclude(self) -> None:
        """Leave out the events with the value under the cursor."""
        self._filter("!=")

    def _filter(self, operator: str) -> bool:
        field = self.cursor_node.data if self.cursor_node is not None else None
        if isinstance(field, Field):
            self.post_message(FilterWanted(clause(field.name, operator, field.value)))
            return True
        return False

    def action_to_line(self, line: int) -> None:
        """Go to the first line, or the last."""
        self.cursor_line = line if line >= 0 else self.last_line
        self.scroll_to_line(self.cursor_line, animate=False)

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
        self.entitle("4 Inspector")

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
        columns, line = found.columns, tree.cursor_line
        tree.clear()
        event = units.visible(str(columns["event"] or columns["dialect"])[:_MOST_TITLE])
        self.entitle(f"4 Inspector · {event}", f"line {units.count(columns['line'])} · run {columns['run']}")
        for name, quantity in EVENT_COLUMNS.items():
            value = found.columns[name]
            if value is not None and name not in _HIDDEN:
                key = _SHORT.get(name, name).ljust(_KEY_WIDTH)
                field = Field(name, value) if isinstance(value, str) else None
                shown = units.rfc3339(value) if quantity is Quantity.TIME else value
                tree.root.add_leaf(_label(key, shown, _unit(quantity, value)), data=field)
        record = _record(found.raw)
        if isinstance(record, dict):
            payload = tree.root.add(Text("payload", "bold"), data=record)
            self._fill(payload, 0)
            payload.expand()
        size = units.size(len(found.raw.encode("utf-8", "surrogatepass")))
        tree.root.add(Text.assemble(("raw line", "bold"), f"  {size}"), data=found.raw)
        tree.root.expand()
        tree.cursor_line = max(0, min(line, tree.last_line))

    def action_raw(self) -> None:
        """Go to the raw line and open it."""
        tree = self.query_one(InspectorTree)
        if tree.root.children:
            node = tree.root.children[-1]
            node.expand()
            self.call_after_refresh(self._to_raw, node)

    def _to_raw(self, node: TreeNode[Any]) -> None:
        """Put the cursor on the last node, with what it holds in sight."""
        tree = self.query_one(InspectorTree)
        tree.move_cursor(node)
        tree.scroll_to(y=node.line, animate=False)

    def on_resize(self) -> None:
        """Wrap the raw line anew."""
        tree = self.query_one(InspectorTree)
        if tree.root.children:
            self._wrap(tree.root.children[-1], anew=True)

    def _wrap(self, node: TreeNode[Any], *, anew: bool = False) -> None:
        """Fill the node of the raw line with as many lines as it takes."""
        raw = node.data
        if not isinstance(raw, str) or (anew and not node.children):
            return
        room = max(20, self.query_one(InspectorTree).size.width - _INDENT)
        node.remove_children()
        shown = units.visible(raw[: room * _MOST_LINES])
        for line in chop_cells(shown, room)[:_MOST_LINES]:
            node.add_leaf(Text(line, no_wrap=True))
        if len(raw) > room * _MOST_LINES:
            node.add_leaf(Text(f"… {units.count(len(raw))} characters in all", "italic"))

    def on_tree_node_expanded(self, message: Tree.NodeExpanded[Any]) -> None:
        """Make the children of a node that was opened for the first time."""
        node = message.node
        if isinstance(node.data, str):
            self._wrap(node)
        elif not node.children:
            self._fill(node, _OPEN_DEPTH)

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
