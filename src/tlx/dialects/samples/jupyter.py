"""The events of a Jupyter server."""

import json
import random
from collections.abc import Iterator

from tlx.dialects.samples.writing import moments

FILE = "jupyter.jsonl"
_FAILURES = 0.15


def lines(seed: int) -> Iterator[str]:
    """Yield the events of a server: notebooks read and saved, kernels started and lost."""
    dice = random.Random(seed)
    for number, now in enumerate(moments(dice, 60)):
        kernel = number % 3 == 0
        schema = "kernel_actions" if kernel else "contents_service"
        capsule = {
            "__timestamp__": f"{now.isoformat()}Z",
            "__schema__": f"https://events.jupyter.org/jupyter_server/{schema}/v1",
            "__schema_version__": "1",
            "__metadata_version__": 1,
        }
        if kernel:
            failed = dice.random() < _FAILURES
            status = {"status": "error" if failed else "success", "status_code": 500 if failed else 200}
            action = dice.choice(("start", "interrupt", "restart", "shutdown"))
            own = {
                "action": action,
                "kernel_id": f"kernel-{number // 12}",
                "kernel_name": "python3",
                **status,
                "msg": "",
            }
        else:
            own = {"action": dice.choice(("get", "get", "save")), "path": f"notebooks/{dice.choice('abc')}.ipynb"}
        yield json.dumps({**capsule, **own})
