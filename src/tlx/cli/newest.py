"""Where Buck2 keeps the normal logs of its last commands."""

from __future__ import annotations

from pathlib import Path

from tlx.reader.source import SourceError

_LOGS = "*/log/*_events.*"
"""Below `buck-out`, in the folder of each isolation dir; names begin with the time, in UTC."""


def newest_log(folder: str) -> str:
    """Return the newest log below the `buck-out` of a folder, or of the project that it is in.

    Raises:
        SourceError: there is none.
    """
    here = Path(folder).resolve()
    for place in (here, *here.parents):
        out = place if place.name == "buck-out" else place / "buck-out"
        if logs := sorted(out.glob(_LOGS), key=lambda path: path.name):
            return str(logs[-1])
    raise SourceError(f"{folder}: no log of Buck2 in buck-out/*/log, here or above; name a folder of the project")
