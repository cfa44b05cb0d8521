"""The telemetry of Beamlens, an event a line."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tlx.dialects.samples.writing import compact, moments

FILE = "beamlens.jsonl"
_TOOLS = ("get_snapshots", "take_snapshot", "think", "wait")
"""What Beamlens' models choose to do next."""
_ITERATIONS = 30
_FAILING = 11
"""The iteration whose call of a model fails."""


def lines(seed: int) -> Iterator[str]:
    """Yield the telemetry of an operator: iterations with a call of a model each; one fails, the last never ends."""
    dice = random.Random(seed)
    times = moments(dice, _ITERATIONS)
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
    return compact({"time": stamp, "event": event, "measurements": measurements, "metadata": metadata})
