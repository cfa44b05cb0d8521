"""Tables for a person. Text of a log is printed literally, its control characters made visible."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from tlx.units import visible


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = ()) -> Table:
    """Return a table with `left` aligned columns, which fold to make room for the numbers, the others, to the right."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(titles):
        drawn.add_column(
            Text(title),
            justify="left" if number in left else "right",
            overflow="fold" if number in left else "ellipsis",
            no_wrap=number not in left,
        )
    for row in rows:
        drawn.add_row(*(Text(visible(cell)) for cell in row))
    return drawn
