"""What Hephaestus says on standard error."""

import json
import random
from collections.abc import Iterator, Mapping

from tlx.dialects.samples.writing import moments

FILE = "hephaestus.log"
_DYING = 3
"""The run of Hephaestus that ends in a traceback."""
_SWEPT: Mapping[str, object] = {
    **dict.fromkeys(("include_git", "include_poetry_env", "node_modules"), False),
    **dict.fromkeys(("python_cache", "build_artifacts"), True),
    "extra_paths": [],
}
"""What a cleanup of Hephaestus is told to sweep."""


def lines(seed: int) -> Iterator[str]:
    """Yield what runs of a command line say: a cleanup each, of which one dies with a traceback."""
    dice = random.Random(seed)
    times = moments(dice, 100)
    for run in range(5):
        context = {"operation": "cli.cleanup", "operation_id": f"op-{dice.getrandbits(128):032x}"}
        root, removed = "/home/dev/project", dice.randrange(2, 9)
        real, totals = {"dry_run": False}, {"removed": removed, "skipped": 1, "errors": 0}
        steps: list[tuple[str, str, Mapping[str, object]]] = [
            ("cli.cleanup.start", "INFO", {"root": root, **_SWEPT, "deep_clean": False, **real}),
            ("cleanup.run.start", "INFO", {"search_roots": [root], **_SWEPT, **real}),
            *(("cleanup.path.removed", "INFO", {"path": f"{root}/build/{n}", **real}) for n in range(removed)),
            ("cleanup.path.skipped", "WARNING", {"path": f"{root}/dist", "reason": "symlink"}),
            ("cleanup.run.complete", "INFO", {**totals, **real}),
            ("cli.cleanup.complete", "INFO", totals),
        ]
        if run == _DYING:
            steps = steps[:-2]
        for event, level, own in steps:
            record = {"timestamp": next(times).isoformat(), "level": level, "logger": "hephaestus.cleanup"}
            ids = {"message": event, "run_id": f"ci-20261120-{run:03}", "event": event}
            yield json.dumps({**record, **ids, "payload": {**context, **own}})
        if run == _DYING:
            yield "Traceback (most recent call last):"
            yield f'  File "{root}/cleanup.py", line 88, in sweep'
            yield "PermissionError: [Errno 13] Permission denied: 'build/9'"
