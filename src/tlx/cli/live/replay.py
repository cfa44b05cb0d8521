"""`tlx replay`: logs that are over grow again before the eyes, at their pace or faster, in order of time.

They are read as ever; then their lines are written to copies in a private folder, which the screen follows.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from tlx import machine
from tlx.cli.arguments import wanted_run
from tlx.cli.exits import Exit, held_back
from tlx.cli.live.folder import private_folder
from tlx.cli.live.words import speed, times
from tlx.cli.open import View, check_where, open_logs
from tlx.cli.zones import zone
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.query.language.values import LARGEST, Moment, moment
from tlx.reader.source import STDIN, SourceError

if TYPE_CHECKING:
    from tlx.cli.live.pace import Course, Player
    from tlx.query.ask import Asker
    from tlx.query.replay import Span
    from tlx.query.runs import Wanted
    from tlx.session import Session

_HINT = (
    "tlx: replay draws on a terminal, and standard output is none.\n"
    "For the lines in order of time: tlx events FILE… --raw --sort time:asc"
)
_BARE = re.compile(r"\+?[0-9.]+")
"""A number without a unit, which could be seconds, or milliseconds as in filters."""
_BESIDE = 96 << 20
"""Bytes that either of two sessions in one process may have beyond its half: what is no store is there but once."""
_LEAST_MEMORY = 592 << 20
"""Bytes in which two sessions can do their work."""


def open_replay(options: Namespace, settings: Settings) -> Exit:
    """Read the logs, and play them again on the screen.

    Raises:
        SourceError: one cannot be read, or no event tells its time.
        ConfigError: what was asked for cannot be done.
    """
    pace, run, where = speed(options.speed), wanted_run(options.run), zone(options.tz)
    seek = wanted_moment(options.seek, where)
    settings = _halved(settings)
    check_where(options.where, settings)
    if sys.stdout is None or not sys.stdout.isatty():
        print(_HINT, file=sys.stderr)  # noqa: T201  stderr is where talk goes
        return Exit.USAGE
    with _read(options.files, settings) as session, private_folder(settings) as folder:
        from tlx.cli.live.pace import Course, Player
        from tlx.query.ask import Asker
        from tlx.query.replay import lines

        asker = Asker(session.database)
        spans = _spans(asker, run, options.files)
        begin = min(span.begin for span in spans)
        until = begin if seek is None else seek.at(begin, where) or begin
        with _copies(session.paths, spans, folder) as places:
            player = Player(lines(asker, spans), {source: place for source, (_, place) in places.items()})
            player.skip(until)
            with _playing(player, Course(spans, pace, until)):
                view = View(options.where, follow=True, title=f"replay · {times(pace)}")
                return open_logs([path for path, _ in places.values()], settings, view)


def wanted_moment(text: str | None, zone: tzinfo) -> Moment | None:
    """Return what --seek asks for: `90s` counts from the start like `+90s`.

    Raises:
        ConfigError: it is no time.
    """
    if text is None:
        return None
    found = moment(text.strip(), zone) or moment(f"+{text.strip()}", zone)
    if found is None or _BARE.fullmatch(text.strip()) or not 0 <= found.ns <= LARGEST:
        raise ConfigError(f"--seek: {text!r} is no time; write +90s (since the start), 10:30 or 2026-11-20T10:00:00Z")
    return found


def _halved(settings: Settings) -> Settings:
    """The settings of each of two sessions: the one that has read the logs, and the one that follows the copies.

    Raises:
        ConfigError: too little memory is allowed for two.
    """
    if settings.max_memory is not None and settings.max_memory < _LEAST_MEMORY:
        raise ConfigError(f"--max-memory: a replay holds the logs twice; give at least {_LEAST_MEMORY >> 20}MiB")
    whole = settings.max_memory or machine.memory() // 2
    return settings._replace(max_memory=whole // 2 + _BESIDE)


@contextlib.contextmanager
def _read(files: Sequence[str], settings: Settings) -> Iterator[Session]:
    """A session that has read the logs to their end.

    Raises:
        SourceError: one cannot be read.
    """
    with held_back():
        from tlx.cli.printing import progress
        from tlx.session import Session

    session = Session(files, settings._replace(reveal=True))  # the screen masks what the copies hold
    try:
        session.start()
        progress.wait(session)
        yield session
    finally:
        session.close()


def _spans(asker: Asker, run: Wanted | None, files: Sequence[str]) -> list[Span]:
    """When the runs were, or the one that is wanted.

    Raises:
        SourceError: that is not known.
        ConfigError: there is no such run.
    """
    from tlx.cli.scoping import chosen
    from tlx.query import runs
    from tlx.query.replay import NoTimesError, is_kept, spans

    names = ", ".join(files)
    if not is_kept(asker):
        raise SourceError(f"{names}: has lines of many events each, which cannot come one by one; tlx open shows them")
    only = chosen(runs.runs(asker), run) if run is not None else None
    try:
        return spans(asker, None if only is None else only.run)
    except NoTimesError as error:
        raise SourceError(f"{names}: no event tells its time, so there is no pace to replay it at") from error


@contextlib.contextmanager
def _copies(paths: Sequence[str], spans: Sequence[Span], folder: Path) -> Iterator[dict[int, tuple[str, FileIO]]]:
    """New files for the lines of each source that has runs, with its name."""
    sources = sorted({span.source for span in spans})
    with contextlib.ExitStack() as opened:
        places = {}
        for source in sources:
            own = folder / str(source)
            own.mkdir()
            path = own / ("standard input" if paths[source] == STDIN else Path(paths[source]).name)
            places[source] = (str(path), opened.enter_context(path.open("xb", buffering=0)))
        yield places


@contextlib.contextmanager
def _playing(player: Player, course: Course) -> Iterator[None]:
    """Let the replay go on beside the block, and end with it.

    Raises:
        ConfigError: the copies could not be written.
    """
    from tlx.cli.live.pace import Clock

    stop = threading.Event()
    failures: list[Exception] = []

    def play() -> None:
        try:
            player.play(course, Clock(stop))
        except Exception as error:  # noqa: BLE001  told once the screen is put away
            failures.append(error)

    thread = threading.Thread(target=play, name="tlx-replay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    for failure in failures:
        if isinstance(failure, OSError):
            raise ConfigError(f"the replay could not go on: {failure.strerror or failure}") from failure
        raise failure
