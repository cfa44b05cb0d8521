"""`python -m tlx`, and the console script."""

from __future__ import annotations

import sys

from tlx import __version__


def main() -> None:
    """Run tlx with the arguments of the process."""
    if sys.argv[1:] in (["-V"], ["--version"]):  # the parser alone would take longer than all the rest
        print(f"tlx {__version__}")  # noqa: T201  what was asked for
        return
    try:
        from tlx.cli.main import run  # noqa: PLC0415  the package itself imports nothing

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to tidy up
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
