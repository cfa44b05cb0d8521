"""The command that writes believable logs: `python -m tlx.demo --help`."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tlx.demo.build import Run, simulate
from tlx.demo.live import ENCODINGS, RealClock, timed, write_live
from tlx.demo.normal.protobuf import framed
from tlx.demo.normal.records import normal
from tlx.demo.write import BATCH, encoder, killed, write, zstd
from tlx.dialects.samples import writers

SEED = 7
"""What the committed samples grow from."""

COMMITTED = Run(SEED, 6_000)
LARGE = Run(SEED + 1, 20_000)
COLD_EDITED_WARM = (
    Run(SEED + 2, 3_000),
    Run(SEED + 2, 3_000, 1, edited=600),
    Run(SEED + 2, 3_000, 2, edited=0),
)
NORMAL = Run(SEED + 4, 900)
KILLED = Run(SEED + 3, 3_000)
"""Its writer dies after `FLUSHED` lines."""

FLUSHED = 9 * BATCH
"""Lines that reach the file whole."""


def samples(folder: Path) -> Iterator[Path]:
    """Write the committed samples into the folder, and yield the path of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in (".json-lines", ".json-lines.gz", ".json-lines.zst"):
        write(folder / f"build{ending}", simulate(COMMITTED))
        yield folder / f"build{ending}"
    write(folder / "three_runs.json-lines.zst", *map(simulate, COLD_EDITED_WARM))
    yield folder / "three_runs.json-lines.zst"
    write(folder / "torn.json-lines.zst", islice(simulate(KILLED), FLUSHED + BATCH), encode=killed)
    yield folder / "torn.json-lines.zst"
    write(folder / "large.json-lines.zst", simulate(LARGE))
    yield folder / "large.json-lines.zst"
    write(folder / "normal.json-lines.zst", normal(simulate(NORMAL)))
    yield folder / "normal.json-lines.zst"
    (folder / "normal.pb.zst").write_bytes(b"".join(zstd(framed(normal(simulate(NORMAL)), BATCH))))
    yield folder / "normal.pb.zst"
    for name, lines in writers().items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines(SEED)), encoding="utf-8", newline="\n")
        yield folder / name


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m tlx.demo", description="Write believable Buck2 user event logs.")
    commands = top.add_subparsers(dest="command", required=True)
    several = commands.add_parser("samples", help="write the committed samples")
    several.add_argument("folder", type=Path, metavar="DIR")
    one = commands.add_parser("log", help="write one log; its name's ending decides the compression")
    one.add_argument("path", type=Path, metavar="PATH")
    one.add_argument("--events", type=int, required=True, metavar="N", help="events after the invocation record")
    one.add_argument("--seed", type=int, default=SEED, metavar="S", help="same seed, same log (default: %(default)s)")
    _add_live(commands.add_parser("live", help="write one log as if its build ran now, until it ends or ctrl+c"))
    return top


def _add_live(live: argparse.ArgumentParser) -> None:
    live.add_argument("path", type=Path, metavar="PATH", help="a file that is not there yet")
    live.add_argument("--events", type=int, required=True, metavar="N", help="events after the invocation record")
    live.add_argument(
        "--seed", type=int, default=SEED, metavar="S", help="same seed, same build (default: %(default)s)"
    )
    live.add_argument("--speed", type=float, default=1.0, metavar="X", help="so many times as fast")
    live.add_argument("--encoding", choices=ENCODINGS, default="zstd", help="default: %(default)s")
    live.add_argument("--tied", action="store_true", help="stop when standard input is closed")


def write_now(options: argparse.Namespace) -> int:
    """Write the log of a build that begins now; return the exit code. Whatever stops it, the log is closed."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop_soon(stop))
    if options.tied:
        threading.Thread(target=_stop_with_input, args=(stop,), daemon=True).start()
    start = time.time_ns() // 1_000_000
    lines = timed(simulate(Run(options.seed, options.events, start=start)), start, options.speed)
    try:
        write_live(options.path, lines, options.encoding, RealClock(stop))
    except OSError as error:
        sys.stderr.write(f"{options.path}: cannot be written: {error.strerror or error}\n")
        return 1
    return 0


def stop_soon(stop: threading.Event) -> None:
    """Set an event that the thread may be about to wait for: with its lock held, to set it here would never end."""
    threading.Thread(target=stop.set, daemon=True).start()


def _stop_with_input(stop: threading.Event) -> None:
    os.read(0, 1)  # past Python's own buffer, whose lock must be free when the process ends
    stop.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    commands = parser()
    options = commands.parse_args(arguments)
    if options.command == "samples":
        for path in samples(options.folder):
            sys.stdout.write(f"{path}\n")
        return 0
    if options.events < 0:
        commands.error(f"no log has {options.events} events")
    if options.command == "live":
        return write_now(options)
    try:
        encoder(options.path.name)
    except ValueError as error:
        commands.error(str(error))
    write(options.path, simulate(Run(options.seed, options.events)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
