"""The screen over a log that is played again, and over one that a build writes."""

from __future__ import annotations

import contextlib
import time

import pytest
import zstandard

from tlx.cli.live import demo, replay
from tlx.cli.live.pace import Course, Player
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.replay import lines, spans
from tlx.session import Session
from tlx.tui.widgets.table import Table

S = 1_000_000_000
_PATIENCE = 30.0


async def shows(drive, found, what: str) -> None:
    """Wait until the screen shows something."""
    end = time.monotonic() + _PATIENCE
    while not found():
        assert time.monotonic() < end, f"{what}: {drive.lines()}"
        drive.app._look()
        await drive.settle()


@pytest.fixture
def following():
    """Follow a log, and let go of it in the end."""
    sessions = []

    def follow(path: str) -> Session:
        sessions.append(Session([path], Settings(), follow=True))
        sessions[-1].start()
        assert sessions[-1].wait_for_catch_up(_PATIENCE)
        return sessions[-1]

    yield follow
    for session in sessions:
        session.close()


async def test_a_log_is_played_to_the_panes(sample_logs, tmp_path, following, drive_over):
    """What was sought shows first, then all that follows, in order of time, as in any log that grows."""
    with replay._read([str(sample_logs / "three_runs.json-lines.zst")], Settings()) as session:
        asker = Asker(session.database)
        when = spans(asker, 2)
        with replay._copies(session.paths, when, tmp_path) as places:
            ((path, place),) = places.values()
            player = Player(lines(asker, when), {0: place})
            player.skip(when[0].begin + 10 * S)
            grown = following(path)
            before = grown.progress().events
            assert 10 < before < 500
            async with drive_over(grown) as drive:
                drive.app.sub_title = "replay · 10x"
                table = drive.get(Table)
                await shows(drive, lambda: table.row_count == before, "what was sought")
                with replay._playing(player, Course(when, 1e5, when[0].begin)):
                    await shows(drive, lambda: table.row_count == 600, "the rest")
                await shows(drive, lambda: "600 events" in drive.lines()[0], "the count")
                assert "three_runs.json-lines.zst · replay · 10x" in drive.lines()[0]
                assert "buck2 bxl" in drive.lines()[0]
                ends = drive.ask(lambda asker: asker.rows("SELECT time FROM events ORDER BY id"))
                assert ends == sorted(ends)


async def test_a_build_shows_while_it_runs(tmp_path, following, drive_over):
    """Events of the simulated build come into view while its writer runs; once it has ended the log is finished."""
    path = tmp_path / "x.json-lines.zst"
    with contextlib.ExitStack() as opened:
        words = [str(path), "--events", "6000", "--encoding", "zstd"]  # more than a minute of it
        process = opened.enter_context(demo._writer(words))
        session = following(str(path))
        async with drive_over(session) as drive:
            table = drive.get(Table)
            await shows(drive, lambda: table.row_count > 20, "some events")
            assert process.poll() is None
            assert any("live" in line for line in drive.lines()[:2])
            opened.close()
            written = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()).count(b"\n") - 1
            await shows(drive, lambda: table.row_count == written, "all events")
            await shows(drive, lambda: any("finished" in line for line in drive.lines()[:2]), "the end")
