"""Files and folders for a path that is being typed."""

from __future__ import annotations

import os


def files(prefix: str, *, folders_only: bool = False) -> dict[str, str]:
    """Return the paths that begin with what is typed; hidden ones where a dot is."""
    folder, typed = os.path.split(prefix)
    head = prefix[: len(prefix) - len(typed)]
    with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  what is typed stays as it is
        found = [(entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(typed)]
    return {
        head + name + "/" * is_folder: ""
        for name, is_folder in sorted(found)
        if (is_folder or not folders_only) and (typed or not name.startswith("."))
    }
