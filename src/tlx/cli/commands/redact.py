"""`tlx redact`: a copy of logs without what is sensitive, to be given away."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from tlx import units
from tlx.cli.printing.writing import check_output, json_text, writing
from tlx.cli.reading import Asked
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.dialects.known import chosen
from tlx.loading.redaction import Redaction, Report
from tlx.reader.copying import new_file
from tlx.reader.log import LogReader


def print_redact(asked: Asked, settings: Settings) -> None:
    """Write the copy, whole or not at all; say what was changed.

    Raises:
        SourceError: a log cannot be read.
        ConfigError: the copy cannot be written.
    """
    if asked.output is None:
        raise ConfigError("redact writes a file; name it with -o, such as -o shared.json-lines.zst")
    check_output(asked.output, asked.files)
    dialects = chosen(settings.dialect, settings.dialect_file)
    memory, paths = settings.max_memory, settings.mask
    redaction = Redaction(dialects, remove=asked.shape.remove, max_memory=memory, paths=paths)
    with ExitStack() as opened:
        readers = [LogReader(path, number, settings.max_line) for number, path in enumerate(asked.files)]
        for reader in readers:
            opened.callback(reader.close)
        try:
            with new_file(asked.output) as file:
                torn = False
                for reader in readers:
                    for text in redaction.copy(reader):
                        file.write(b"\n" + text if torn else text)  # another log does not go on with its line
                        torn = not text.endswith(b"\n")
        except OSError as error:
            raise ConfigError(f"-o {asked.output}: cannot be written: {error.strerror or error}") from error
    if asked.form == "json":
        with writing(None, exact=True) as stream:
            stream.write(json_text(_told(redaction.report), 2) + "\n")
    elif sys.stderr is not None:  # print would take standard output instead
        print("\n".join(_lines(asked.output, redaction.report)), file=sys.stderr)  # noqa: T201  stderr is for talk


def _told(report: Report) -> dict[str, object]:
    changed = {dialect: dict(sorted(keys.items())) for dialect, keys in sorted(report.changed.items())}
    return {"lines": report.lines, "dropped": report.dropped, "changed": changed}


def _lines(path: str, report: Report) -> list[str]:
    """What was changed, for a person."""
    total = sum(sum(keys.values()) for keys in report.changed.values())
    words = f"tlx: {units.visible(path)}: {units.count(report.lines)} lines, {units.count(total)} values changed"
    dropped = f"; of {units.count(report.dropped)} lines that were no events nothing is left" if report.dropped else ""
    return [
        f"{words}{dropped}",
        *(
            f"  {units.count(number):>9}  {dialect or 'other'}  {units.visible(key)}"
            for dialect, keys in sorted(report.changed.items())
            for key, number in sorted(keys.items(), key=lambda one: (-one[1], one[0]))
        ),
    ]
