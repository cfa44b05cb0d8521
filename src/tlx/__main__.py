"""`python -m tlx`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run tlx with the arguments of the process."""
    from tlx.cli.main import run  # noqa: PLC0415  the package itself imports nothing

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
