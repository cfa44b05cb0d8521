"""What the simulated BXL script says of itself: its user events, with metadata of every allowed shape."""

from typing import Any

from tlx.demo.dice import Dice

Record = dict[str, Any]
"""One line of a log as JSON."""

CLAMPED = 2_147_483_647
"""What Buck2 writes for any number too large for 32 bits, such as a time in milliseconds."""

SCRIPT = "//tools/ide.bxl:main"


def header(dice: Dice, start: tuple[int, int]) -> Record:
    """Return the invocation record of a run that starts at (seconds, nanoseconds) since the epoch."""
    options = [
        "--user-event-log",
        "events.json-lines.zst",
        "--",
        "--target",
        "root//src/app/...",
        "--label",
        "nightly build",
    ]
    number = dice.bits(128)
    digits = f"{number & ~(0xF << 76) & ~(0xC << 60) | 4 << 76 | 8 << 60:032x}"
    return {
        "command_line_args": ["/usr/local/bin/buck2", "bxl", "@mode/dev", SCRIPT, *options],
        "expanded_command_line_args": [
            "buck2",
            "bxl",
            "-c",
            "build.mode=dev",
            "--keep-going",
            SCRIPT,
            *options,
        ],
        "working_dir": "/home/dev/project",
        "trace_id": "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])),
        "start_time": list(start),
    }


def opening(dice: Dice) -> list[Record]:
    """Return what the script says before its first wave."""
    return [
        {"StarlarkUserEvent": {"id": "started", "metadata": {}}},
        said(
            dice,
            "config",
            mode="dev",
            jobs=dice.pick((8, 16, 32)),
            verbose=False,
            cells=["root", "prelude", "toolchains"],
            limits={"memory": {"soft": 1024, "hard": 4096}, "timeouts": {}},
        ),
        said(
            dice,
            "targets_resolved",
            patterns=["root//src/app/...", "root//src/services/..."],
            duration=dice.near(420, 0.3),
        ),
    ]


def before(dice: Dice, wave: str, targets: int, actions: int) -> list[Record]:
    """Return what the script says before a wave of that many targets and actions."""
    return [
        said(dice, "phase", name=wave, targets=targets, duration=dice.near(260, 0.4)),
        said(
            dice,
            "analysis_done",
            wave=wave,
            actions=actions,
            incremental=dice.chance(0.3),
            slowest=[[f"root//src/core/{name}", dice.near(80, 0.7)] for name in ("router", "parser")],
        ),
    ]


def after(dice: Dice, wave: str, duration: int) -> Record:
    """Return what the script says after a wave that took that many milliseconds."""
    return said(dice, "wave_done", name=wave, duration=duration, failed=dice.below(3), ok=True)


def artifact(dice: Dice, owner: str, size: int) -> Record:
    """Return what the script says of an artifact it asked for by name, of that many bytes."""
    label = owner.partition(" ")[0]
    place = label.removeprefix("root//").replace(":", "/__") + "__"
    return said(
        dice,
        "artifact_ready",
        label=label,
        path=f"buck-out/v2/gen/root/904931f735703749/{place}/out",
        size=min(size, CLAMPED),
        tags=["default", *(("big",) if size > 1 << 26 else ())],
    )


def closing(dice: Dice) -> list[Record]:
    """Return what the script says at its end."""
    modules = [{"name": name, "roots": ["src", "gen"], "tests": dice.chance(0.6)} for name in ("app", "core", "画面")]
    odd = {"": 0, "a.b": 1, "with space": "x", "ключ": "значение", "日本": "語", "[b]": "[/b] \u001b[31m"}
    return [
        said(
            dice,
            "ide_project_written",
            path="ide/project.json",
            modules=modules,
            duration=dice.near(640, 0.3),
        ),
        said(dice, "memory", peak_bytes=CLAMPED, started_at=CLAMPED, delta=-dice.below(5000)),
        said(dice, "odd keys", **odd),
        said(dice, "finished", ok=True, warnings=dice.below(9), summary={"nested": [["a", 1, True], {"k": []}]}),
    ]


def said(dice: Dice, name: str, /, **metadata: Any) -> Record:
    """Return a user event; its keys are in no order, as Buck2 keeps them in a hash map."""
    return {"StarlarkUserEvent": {"id": name, "metadata": _unordered(dice, metadata)}}


def _unordered(dice: Dice, value: Any) -> Any:
    """Return the value with the keys of all its objects in a random order."""
    if isinstance(value, dict):
        return {key: _unordered(dice, value[key]) for key in dice.order(list(value))}
    if isinstance(value, list):
        return [_unordered(dice, item) for item in value]
    return value
