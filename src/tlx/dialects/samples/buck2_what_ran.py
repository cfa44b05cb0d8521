"""What Buck2 prints of a build: what ran, with stderr; then what it materialized, and what it uploaded."""

import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence

FILE = "buck2-what-ran.jsonl"
_ACTIONS = 90
_TESTS = 6
_OUTPUTS = 40
_CONFIGURATION = "cfg//linux:x86_64#da4de3c780a17bfa"
_CATEGORIES: Sequence[tuple[str, str, int]] = (
    ("cxx_compile", "src/{}.cpp", 40),
    ("rustc_link", "", 300),
    ("genrule", "", 20),
    ("kotlinc", "{} (画面 [b]x[/b])", 900),
)
"""Of an action: the category, the identifier, about how many tenths of a second it takes."""
_PARTS = ("", "-bin", "-test", "-gen")
_NAMES = ("router", "parser", "store", "widget", "codec", "query")
_EXECUTORS = ("Re", "Re", "Re", "Local", "Cache", "Cache", "ReDepFileCache", "LocalDepFileCache", "Worker", "ReWorker")
_FALLING_BACK = 17
"""The action whose remote executor gives up: it runs here too, and has a line for either."""
_WARNING = 23
"""The action that writes to its stderr what a terminal must not see."""
_UNFINISHED = 3
"""So many of the last actions were running when Buck2 was killed."""
_MODES = ("FullHybrid", "RemoteOnly", "PreferRemote")


def lines(seed: int) -> Iterator[str]:
    """Yield the commands of actions and tests, then files, then uploads; none with a time."""
    dice = random.Random(seed)
    uploads = []
    actions = dice.sample(list(itertools.product(_CATEGORIES, _NAMES, _PARTS)), _ACTIONS)  # none is done twice
    for number, (category, name, part) in enumerate(actions):
        identity, tenths = _action(dice, number, category, f"{name}:{name}{part}")
        executor = _executor(dice, number)
        tenths = tenths // 50 if "Cache" in executor else tenths
        long = {} if number >= _ACTIONS - _UNFINISHED else {"duration": _printed(tenths)}
        stderr = "null" if not long or executor.startswith("LocalDep") else ""
        stderr = "main.c:3: warning: \x1b[31munused\x1b[0m\n" if number == _WARNING else stderr
        mode = {"scheduling_mode": dice.choice(_MODES)} if long and "Cache" not in executor else {}
        for one in ("Re", "Local") if number == _FALLING_BACK else (executor,):
            repro = _reproducer(dice, one)
            yield _line({"reason": "build", "identity": identity, **repro, **long, "std_err": stderr, **mode})
        if executor == "Re":
            uploads.append(identity)
    yield from (_test(dice, number) for number in range(_TESTS))
    for _ in range(_OUTPUTS):
        yield _line(_materialized(dice))
    for identity in uploads:
        size = {"digests_uploaded": dice.randrange(1, 40), "bytes_uploaded": dice.randrange(100, 9_000_000)}
        yield _line({"action": identity, **size})


def _executor(dice: random.Random, number: int) -> str:
    """What ran an action: here what warns, remotely what gave up or has not ended, anything else as it comes."""
    if number == _WARNING:
        return "Local"
    return "Re" if number == _FALLING_BACK or number >= _ACTIONS - _UNFINISHED else dice.choice(_EXECUTORS)


def _action(dice: random.Random, number: int, category: tuple[str, str, int], label: str) -> tuple[str, int]:
    """The identity of an action, and how many tenths of a second it takes."""
    word, identifier, tenths = category
    owner = f"root//src/{label} ({_CONFIGURATION})" if number % 8 else f"root//src/{label}@{dice.getrandbits(32):08x}"
    words = f"{word} {identifier.format(label.partition(':')[0])}".strip()
    return f"{owner} ({words})", dice.randrange(tenths // 4, tenths * 3)


def _printed(tenths: int) -> str:
    """A duration as Buck2 prints it: hours and minutes where there are any."""
    minutes, rest = divmod(tenths, 600)
    if not minutes:
        return f"{rest // 10}.{rest % 10}s"
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02}.{rest % 10}s"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def _line(record: object) -> str:
    """A record as Buck2 prints it: no spaces, and wide characters as they are."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def _digest(dice: random.Random) -> str:
    return f"{dice.getrandbits(256):064x}:{dice.randrange(140, 150)}"


def _reproducer(dice: random.Random, executor: str) -> Mapping[str, object]:
    """How to run it again: by its digest, or by its command."""
    if executor == "LocalDepFileCache":
        return {"reproducer": {"executor": executor}}
    details: dict[str, object] = {"digest": _digest(dice)}
    if executor.startswith("Re") and executor != "ReDepFileCache":
        details["platform_properties"] = {"platform": "linux-remote-execution"}
    if executor in ("Local", "Worker"):
        command = ["/usr/bin/clang", "-c", "main.c", "-o", "buck-out/v2/gen/root/main.o"]
        details = {"command": command, "env": {"BUCK_SCRATCH_PATH": "buck-out/v2/tmp/root", "USER": "dev"}}
    return {"reproducer": {"executor": executor, "details": details}}


def _test(dice: random.Random, number: int) -> str:
    """A test is listed, then run; neither tells how long it took."""
    suite = f"root//src/{_NAMES[number // 2]}:test"
    listing = number % 2 == 0
    more = {} if listing else {"extra": {"testcases": ["TestRoutes", "TestEmpty"][: dice.randrange(3)]}}
    details = {"command": [f"buck-out/v2/gen/{suite[6:]}", "--list" if listing else "--run"], "env": {}}
    reason = "test.discovery" if listing else "test.run"
    repro = {"reproducer": {"executor": "Local", "details": details}}
    return _line({"reason": reason, "identity": suite, **repro, **more, "std_err": "null"})


def _materialized(dice: random.Random) -> Mapping[str, object]:
    method = dice.choice(("cas", "cas", "cas", "copy", "write", "http"))
    files = dice.choice((1, 1, 1, 12))
    path = f"buck-out/v2/gen/root/904931f735703749/src/__{dice.choice(_NAMES)}__/out{dice.randrange(100)}"
    digest = _digest(dice) if method == "cas" else None
    size = files * dice.randrange(40, 400_000)
    return {"path": path, "method": method, "file_count": files, "total_bytes": size, "action_digest": digest}
