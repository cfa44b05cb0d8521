"""The command that writes believable logs: `python -m tlx.demo --help`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tlx.demo.build import Run, simulate
from tlx.demo.write import BATCH, encoder, killed, write

SEED = 7
"""What the committed samples grow from."""

COMMITTED = Run(SEED, 6_000)
LARGE = Run(SEED + 1, 20_000)
COLD_EDITED_WARM = (
    Run(SEED + 2, 3_000),
    Run(SEED + 2, 3_000, 1, edited=600),
    Run(SEED + 2, 3_000, 2, edited=0),
)
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
    return top


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
    try:
        encoder(options.path.name)
    except ValueError as error:
        commands.error(str(error))
    write(options.path, simulate(Run(options.seed, options.events)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
