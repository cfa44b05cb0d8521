"""Files in memory, through which text reaches DuckDB's own line reader: a parameter would be copied several times."""

from __future__ import annotations

import contextlib
import os
import weakref

from tlx.text import Text

_LINES = (
    "(SELECT line FROM read_csv('{}', columns = {{line: 'VARCHAR'}}, delim = '', quote = '', escape = '',"
    " new_line = '\\n', header = false, auto_detect = false, max_line_size = {}))"
)
_LONGEST = 16 << 20
"""Bytes of a text that DuckDB's line reader takes, whose buffers are made for lines as long."""
_BOM = b"\xef\xbb\xbf"


class Handover:
    """A nameless file that exists in memory only; its `path` works in this process alone."""

    def __init__(self) -> None:
        """Make the file.

        Raises:
            OSError: this system has no such files, or there is no room for another.
        """
        if not hasattr(os, "memfd_create"):
            raise OSError("no files in memory on this system")
        self._file = os.memfd_create("tlx-lines")
        self._lent: weakref.ref[Text] | None = None
        self.path = f"/proc/self/fd/{self._file}"
        if not os.access(self.path, os.R_OK):
            self.close()
            raise OSError("no /proc on this system")

    @property
    def lines(self) -> str:
        """SQL for the lines as they are, an empty one as NULL: takes a third of the time of splitting a parameter."""
        return _LINES.format(self.path, _LONGEST)

    def put(self, text: Text) -> bool:
        """Replace what the file holds; or return false where the line reader would not see the lines as they are.

        It knows no quotes, but takes NUL for a delimiter, CR for the end of a line and a BOM for nothing. From then on
        the text holds no bytes: it reads the file where somebody asks for them, and has them back before they go. It is
        false too where the system lets no file grow as large, or has no memory for it.
        """
        self._give_back()
        if len(text) > _LONGEST or text.has(b"\0") or text.has(b"\r") or text.begin(len(_BOM)) == _BOM:
            return False
        size = len(text)
        try:
            os.ftruncate(self._file, size)
            written = os.pwritev(self._file, text.pieces, 0) if size else 0
            while written < size:
                written += os.pwrite(self._file, memoryview(text.whole)[written:], written)
        except OSError:
            return False
        self._lent = weakref.ref(text)
        text.lend(lambda: os.pread(self._file, size, 0))
        return True

    def _give_back(self) -> None:
        text = self._lent() if self._lent else None
        if text is not None:
            text.fetch()
        self._lent = None

    def close(self) -> None:
        """Free the file."""
        self._give_back()
        with contextlib.suppress(OSError):
            os.close(self._file)


def handovers(count: int) -> list[Handover]:
    """Return up to `count` files in memory; none where the system has none."""
    made: list[Handover] = []
    with contextlib.suppress(OSError):
        made.extend(Handover() for _ in range(count))
    return made
