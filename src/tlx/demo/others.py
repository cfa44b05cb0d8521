"""Small believable logs of the other systems whose dialects tlx reads, as each of them writes its lines."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
_STREAMED = 15
"""So many of Sourcegraph's requests are a stream, the others exported."""
_CLIENTS: Sequence[Mapping[str, Mapping[str, str]]] = (
    {"client": {"name": "VSCode.Cody", "version": "1.32.0"}},
    {"client": {"name": "server.web"}},
    {"client": {"name": "JetBrains.Cody", "version": "1.10.2"}},
    {},
)
"""What sends events; what the server itself records names none."""
_FAILURES = 0.15
_DYING = 3
"""The run of Hephaestus that ends in a traceback."""
_SWEPT: Mapping[str, object] = {
    **dict.fromkeys(("include_git", "include_poetry_env", "node_modules"), False),
    **dict.fromkeys(("python_cache", "build_artifacts"), True),
    "extra_paths": [],
}
"""What a cleanup of Hephaestus is told to sweep."""
_TOOLS = ("get_snapshots", "take_snapshot", "think", "wait")
"""What Beamlens' models choose to do next."""
_ITERATIONS = 30
_FAILING = 11
"""The iteration whose call of a model fails."""


def _times(dice: random.Random, number: int) -> Iterator[datetime]:
    """Yield so many times, each a little later."""
    now = _BEGIN
    for _ in range(number):
        now += timedelta(microseconds=dice.randrange(1_000, 4_000_000))
        yield now


def _compact(record: object) -> str:
    return json.dumps(record, separators=(",", ":"))


def sourcegraph(seed: int) -> Iterator[str]:
    """Yield a stream of requests: a line of metadata, then one with some events; at the end exported events."""
    dice = random.Random(seed)
    words = (
        ("search", "submit"),
        ("cody.chat-question", "executed"),
        ("repo", "view"),
        ("cody.completion", "accepted"),
    )
    instance = {"unlicensedInstance": {"instanceId": "demo-instance", "externalUrl": "https://sourcegraph.example"}}
    for number in range(20):
        metadata = {"requestId": f"{dice.getrandbits(128):032x}", "identifier": instance}
        events: list[Mapping[str, object]] = []
        for now in _times(dice, dice.randrange(1, 5)):
            feature, action = dice.choice(words)
            events.append(
                {
                    "id": f"{dice.getrandbits(128):032x}",
                    "timestamp": (now + timedelta(minutes=number)).isoformat().replace("+00:00", "Z"),
                    "feature": feature,
                    "action": action,
                    "source": {"server": {"version": "5.9.0"}, **_CLIENTS[len(events) % len(_CLIENTS)]},
                    "parameters": {"metadata": {"durationMs": dice.randrange(5, 3_000)}},
                    "user": {"userId": str(dice.randrange(1_000, 1_006))},
                    "interaction": {"traceId": f"{dice.getrandbits(128):032x}"},
                }
            )
        if number < _STREAMED:
            yield _compact({"metadata": metadata})
            yield _compact({"events": {"events": events}})
        else:
            yield from (_compact({"event": event, "metadata": metadata}) for event in events)


def jupyter(seed: int) -> Iterator[str]:
    """Yield the events of a server: notebooks read and saved, kernels started and lost."""
    dice = random.Random(seed)
    for number, now in enumerate(_times(dice, 60)):
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


def hephaestus(seed: int) -> Iterator[str]:
    """Yield what runs of a command line say: a cleanup each, of which one dies with a traceback."""
    dice = random.Random(seed)
    times = _times(dice, 100)
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


def beamlens(seed: int) -> Iterator[str]:
    """Yield the telemetry of an operator: iterations with a call of a model each; one fails, the last never ends."""
    dice = random.Random(seed)
    times = _times(dice, _ITERATIONS)
    for number in range(_ITERATIONS):
        now = next(times)
        trace = {"trace_id": f"{dice.getrandbits(128):032x}"}
        system = int(now.timestamp()) * 10**9 + now.microsecond * 1_000 + dice.randrange(1_000)
        step, tool = {**trace, "iteration": number}, _TOOLS[number % len(_TOOLS)]
        operator = {**step, "operator": "Elixir.Beamlens.Skill.Beam", "operator_state": ":healthy"}
        yield _telemetry(now, "operator.iteration_start", {"system_time": system}, operator)
        yield _telemetry(now, "llm.start", {"system_time": system + 90_000}, {**step, "context_size": number + 1})
        long = dice.randrange(20_000_000, 900_000_000)
        end, own = "llm.stop", {"intent": tool, "tool_selected": tool, "response": {"intent": tool}}
        if number == _FAILING:
            end, own = "llm.exception", {"kind": ":error", "reason": "529 overloaded_error", "stacktrace": []}
        if number < _ITERATIONS - 1:
            yield _telemetry(now + timedelta(microseconds=long // 1_000), end, {"duration": long}, {**step, **own})


def _telemetry(now: datetime, name: str, measurements: Mapping[str, int], metadata: Mapping[str, object]) -> str:
    stamp = now.isoformat().replace("+00:00", "Z")
    event = ["beamlens", *name.split(".")]
    return _compact({"time": stamp, "event": event, "measurements": measurements, "metadata": metadata})


OTHERS: Mapping[str, Callable[[int], Iterator[str]]] = {
    "sourcegraph.jsonl": sourcegraph,
    "jupyter.jsonl": jupyter,
    "hephaestus.log": hephaestus,
    "beamlens.jsonl": beamlens,
}
"""The files of the committed samples, and what is in each."""
