"""Damage, as build tools leave it behind: what is lost is told with its place, and nothing else is lost or read twice.

Every log here is made by this file; what must come of it is counted by `oracle`, which knows nothing of tlx.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

import oracle
from loading import load, pieces
from tlx.cli.main import run
from tlx.reader import log as reading
from tlx.reader.lines import BOM

HEADER = b'{"command_line_args":["buck2","bxl"],"working_dir":"/w","trace_id":"t-%d"}\n'
USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}\n'
ACTION = (
    b'{"ActionExecutionEvent":{"kind":"Run","name":{"category":"c","identifier":"%d"},"duration_millis":%d,'
    b'"output_size":6,"execution_kind":"Local","owner":"//a:b (cfg)"},"epoch_millis":1771287109000}\n'
)
CODECS = pytest.mark.parametrize("codec", ["gzip", "zstd"])
PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": partial(gzip.compress, compresslevel=1, mtime=0),
    "zstd": zstandard.ZstdCompressor(level=3).compress,
}


def flushed(codec: str, text: bytes, torn: bytes = b"") -> tuple[bytes, bytes]:
    """What a writer has written when it has flushed `text`, and what the flush of `torn` would add."""
    if codec == "gzip":
        packer = zlib.compressobj(1, wbits=31)
        sync = zlib.Z_SYNC_FLUSH
    else:
        packer = zstandard.ZstdCompressor(level=9, write_content_size=False).compressobj()
        sync = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return packer.compress(text) + packer.flush(sync), packer.compress(torn) + packer.flush(sync)


def build(number: int, events: int) -> bytes:
    """The text of one run."""
    dice = random.Random(number)  # noqa: S311  not cryptography
    return HEADER % number + b"".join(ACTION % (dice.randrange(10**9), dice.randrange(5000)) for _ in range(events))


class TestKilledThenAppended:
    """A frame that was killed in the middle, and the next run's right behind it."""

    @CODECS
    @pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.999])
    @pytest.mark.parametrize("read", [1 << 18, 61])
    def test_every_line_once(self, tmp_path: Path, codec: str, share: float, read: int) -> None:
        """All flushed lines of the first run and all of the second, and at most one piece of a line between."""
        first, torn, second = build(1, 50), build(1, 40), build(2, 31)
        done, more = flushed(codec, first, torn)
        killed = done + more[: round(share * len(more))]
        path = tmp_path / "log"
        path.write_bytes(killed + PACK[codec](second))
        with pieces(read, 1 << 16):
            found = load(path)
        assert [trace for _, _, trace in found.runs] in (["t-1", "t-2"], ["t-1", "t-1", "t-2"])  # `torn` has one too
        whole = [event[3].encode() + b"\n" for event in found.events]
        assert whole[:50] == first.splitlines(keepends=True)[1:]
        assert whole[-31:] == second.splitlines(keepends=True)[1:]
        assert b"".join(torn.splitlines(keepends=True)[1:]).startswith(b"".join(whole[50:-31]))
        assert len(found.rejects) <= 1
        (damage,) = found.damages
        assert len(done) <= damage[1] <= len(killed)
        for reject in found.rejects:
            assert reject[3] == f"torn: byte {damage[1]:,} of the file: {damage[2]}"
            assert torn.find(reject[4].encode()) > 0
        assert found.sources[0][1] == "complete"

    @CODECS
    def test_at_a_flush(self, tmp_path: Path, codec: str) -> None:
        """A writer killed at a flush has lost nothing: there is no reject, and the place is told."""
        done, _ = flushed(codec, build(1, 50))
        path = tmp_path / "log"
        path.write_bytes(done + PACK[codec](build(2, 31)))
        found = load(path)
        assert (len(found.events), len(found.runs), found.rejects) == (81, 2, [])
        assert [damage[1] for damage in found.damages] == [len(done)]
        assert found.counted == oracle.lines(build(1, 50) + build(2, 31))

    @CODECS
    def test_inside_a_line(self, tmp_path: Path, codec: str) -> None:
        """The piece of a line before the damage is a reject of its own that names it; the text behind begins anew."""
        done, _ = flushed(codec, build(1, 5) + USER[:30])
        path = tmp_path / "log"
        path.write_bytes(done + PACK[codec](build(2, 3)))
        found = load(path)
        before = build(1, 5)
        assert [reject[1:3] for reject in found.rejects] == [(7, len(before))]
        assert found.rejects[0][4].encode() == USER[:30]
        assert found.rejects[0][3].startswith(f"torn: byte {len(done):,} of the file: ")
        assert found.runs == [(0, 1, "t-1"), (0, 8, "t-2")]
        assert [event[2] for event in found.events] == [2, 3, 4, 5, 6, 9, 10, 11]

    @CODECS
    def test_behind_a_whole_line(self, tmp_path: Path, codec: str) -> None:
        """A last line that only lacks its line feed is a line."""
        done, _ = flushed(codec, build(1, 5) + USER[:-1])
        path = tmp_path / "log"
        path.write_bytes(done + PACK[codec](build(2, 3)))
        found = load(path)
        assert (len(found.events), len(found.runs), found.rejects) == (9, 2, [])

    @CODECS
    def test_many_times(self, tmp_path: Path, codec: str) -> None:
        """Twenty runs, each but the last killed at a flush: every one is there."""
        texts = [build(number, number) for number in range(20)]
        data = b"".join(flushed(codec, text)[0] for text in texts[:-1]) + PACK[codec](texts[-1])
        path = tmp_path / "log"
        path.write_bytes(data)
        found = load(path)
        assert found.counted == oracle.lines(b"".join(texts))
        assert (len(found.runs), len(found.damages), found.rejects) == (20, 19, [])


class TestPlain:
    """Plain text, torn and appended to."""

    @pytest.mark.parametrize("cut", [1, 30, 74])
    @pytest.mark.parametrize("end", [b"\n", b""])
    def test_a_header_glued_to_a_torn_line(self, tmp_path: Path, cut: int, end: bytes) -> None:
        """A partial line that is glued to the next run's header is split there."""
        text = HEADER % 1 + USER * 3 + USER[:cut] + (HEADER % 2)[:-1] + end
        path = tmp_path / "log"
        path.write_bytes(text)
        found = load(path)
        assert oracle.stats(text)["line_kinds"] == {"event": 3, "header": 2, "text": 0, "reject": 1}
        assert (len(found.events), found.runs) == (3, [(0, 1, "t-1"), (0, 5, "t-2")])
        assert [reject[1:3] for reject in found.rejects] == [(5, len(HEADER % 1 + USER * 3))]
        assert found.rejects[0][4].encode() == USER[:cut]

    @pytest.mark.parametrize("end", [b"\n", b""])
    def test_a_header_glued_to_a_whole_line(self, tmp_path: Path, end: bytes) -> None:
        """Killed before a line feed alone, a writer has lost no event, nor, behind a header, a run."""
        text = HEADER % 1 + USER + USER[:-1] + HEADER % 2 + (HEADER % 3)[:-1] + (HEADER % 4)[:-1] + end
        path = tmp_path / "log"
        path.write_bytes(text)
        found = load(path)
        assert oracle.stats(text)["line_kinds"] == {"event": 2, "header": 4, "text": 0, "reject": 0}
        assert found.runs == [(0, 1, "t-1"), (0, 3, "t-2"), (0, 4, "t-3"), (0, 4, "t-4")]
        assert (len(found.events), found.rejects) == (2, [])
        assert sorted(found.ids) == sorted(set(found.ids))
        assert [event[3].encode() for event in found.events] == [USER[:-1]] * 2

    def test_a_torn_line_before_two_headers(self, tmp_path: Path) -> None:
        """What stands before headers glued to one another is a reject if it is torn, and nothing if it is blank."""
        pair = (HEADER % 2)[:-1] + HEADER % 3
        text = HEADER % 1 + USER[:30] + pair + b" \t" + pair + USER
        path = tmp_path / "log"
        path.write_bytes(text)
        found = load(path)
        assert oracle.stats(text)["line_kinds"] == {"event": 1, "header": 5, "text": 0, "reject": 1}
        assert [run[1] for run in found.runs] == [1, 2, 2, 3, 3]
        assert [reject[1:3] for reject in found.rejects] == [(2, len(HEADER % 1))]
        assert found.rejects[0][4].encode() == USER[:30]

    def test_a_header_in_a_string(self, tmp_path: Path) -> None:
        """A header that stands in the text of an event, escaped, splits nothing."""
        text = b'{"StarlarkUserEvent":{"id":"{\\"command_line_args\\":[]}"},"epoch_millis":5}\n'
        path = tmp_path / "log"
        path.write_bytes(text)
        found = load(path)
        assert (len(found.events), found.rejects, found.runs) == (1, [], [])

    @pytest.mark.parametrize("zeros", [1, 5000, 300_000])
    def test_zeros_of_a_crash(self, tmp_path: Path, zeros: int) -> None:
        """The zero bytes that a file system leaves after a crash are a reject; the next run's header is found."""
        text = HEADER % 1 + USER + b"\0" * zeros + HEADER % 2 + USER
        path = tmp_path / "log"
        path.write_bytes(text)
        found = load(path)
        assert (len(found.events), found.runs) == (2, [(0, 1, "t-1"), (0, 3, "t-2")])
        assert [reject[1:3] for reject in found.rejects] == [(3, len(HEADER % 1 + USER))]


class TestEnds:
    """Where a log stops."""

    @CODECS
    def test_torn_last_frame(self, tmp_path: Path, codec: str) -> None:
        """A last frame that stops in a block gives what was flushed, and is told as torn with its place."""
        done, more = flushed(codec, build(1, 50), build(1, 500))
        path = tmp_path / "log"
        path.write_bytes(done + more[: len(more) // 2])
        found = load(path)
        assert len(found.events) >= 50
        assert found.sources[0][1] == "torn"
        (damage,) = found.damages
        assert len(done) <= damage[1] <= path.stat().st_size
        assert "stops inside a block" in damage[2]

    @CODECS
    def test_open_last_frame(self, tmp_path: Path, codec: str) -> None:
        """A last frame that stops at a flush is open, without any damage."""
        done, _ = flushed(codec, build(1, 50))
        path = tmp_path / "log"
        path.write_bytes(done)
        found = load(path)
        assert (len(found.events), found.sources[0][1], found.damages, found.rejects) == (50, "open", [], [])

    @pytest.mark.parametrize("codec", PACK)
    def test_torn_last_line(self, tmp_path: Path, codec: str) -> None:
        """A last line that stops in the middle is a reject that says so, and the log is torn."""
        path = tmp_path / "log"
        path.write_bytes(PACK[codec](build(1, 5) + USER[:-20]))
        found = load(path)
        assert [reject[1:4] for reject in found.rejects] == [
            (7, len(build(1, 5)), "torn: the log ends inside this line")
        ]
        assert found.sources[0][1] == "torn"

    @pytest.mark.parametrize(
        ("data", "codec", "state"),
        [
            (b"", "plain", "open"),
            (PACK["gzip"](b""), "gzip", "complete"),
            (PACK["gzip"](b"") * 3, "gzip", "complete"),
            (PACK["zstd"](b""), "zstd", "complete"),
            (PACK["zstd"](b"") * 3, "zstd", "complete"),
            (flushed("gzip", b"")[0], "gzip", "open"),
            (b"\x28\xb5\x2f\xfd\x00\x58", "zstd", "open"),
        ],
        ids=["nothing", "member", "members", "frame", "frames", "open member", "open frame"],
    )
    def test_nothing_in_it(self, tmp_path: Path, data: bytes, codec: str, state: str) -> None:
        """A log of no byte, or of empty frames, is a log without lines."""
        path = tmp_path / "log"
        path.write_bytes(data)
        found = load(path)
        assert found.sources == [(codec, state, len(data), 0)]
        assert (found.counted, found.damages) == (0, [])

    @CODECS
    def test_empty_frames_between(self, tmp_path: Path, codec: str) -> None:
        """Empty frames between others change nothing."""
        pack = PACK[codec]
        path = tmp_path / "log"
        path.write_bytes(pack(build(1, 5)) + pack(b"") * 2 + pack(build(2, 6)) + pack(b""))
        found = load(path)
        assert (len(found.events), len(found.runs), found.rejects, found.damages) == (11, 2, [], [])

    @CODECS
    @pytest.mark.parametrize("garbage", [b"x", b"garbage\n" * 9, b"\xff" * 500, b"{}\n"])
    def test_trailing_garbage(self, tmp_path: Path, codec: str, garbage: bytes) -> None:
        """Bytes behind the last frame are told with their place, and are no lines."""
        packed = PACK[codec](build(1, 5))
        path = tmp_path / "log"
        path.write_bytes(packed + garbage)
        found = load(path)
        assert (len(found.events), found.rejects, found.sources[0][1]) == (5, [], "torn")
        assert [damage[1] for damage in found.damages] == [len(packed)]

    @pytest.mark.parametrize(
        ("name", "codec"),
        [("x.json", "gzip"), ("x.json-lines.zst", "plain"), ("x.pb.zst", "zstd"), ("x.gz", "zstd"), ("x.txt", "zstd")],
    )
    def test_names_that_lie(self, tmp_path: Path, name: str, codec: str) -> None:
        """The content decides, whatever the name says."""
        path = tmp_path / name
        path.write_bytes(PACK[codec](build(1, 5)))
        found = load(path)
        assert (len(found.events), found.sources[0][0], found.rejects) == (5, codec, [])

    def test_a_window_too_large(self, tmp_path: Path) -> None:
        """A frame that wants gigabytes of memory to be read is refused and told; the next one is read."""
        greedy = b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x0b\x00\x00x" * 3
        path = tmp_path / "log"
        path.write_bytes(greedy + PACK["zstd"](build(1, 5)))
        found = load(path)
        assert len(found.events) == 5
        assert [damage[1] for damage in found.damages] == [0]


class TestMarks:
    """Byte order marks."""

    @pytest.mark.parametrize("codec", PACK)
    def test_at_the_begin(self, tmp_path: Path, codec: str) -> None:
        """A mark at the begin of a log is no part of its first line, but counts as bytes."""
        path = tmp_path / "log"
        path.write_bytes(PACK[codec](BOM + USER + b"no\n"))
        found = load(path)
        assert (len(found.events), [reject[1:3] for reject in found.rejects]) == (1, [(2, 3 + len(USER))])

    @CODECS
    def test_of_an_appended_frame(self, tmp_path: Path, codec: str) -> None:
        """A mark at the begin of a later frame is no part of its first line either."""
        path = tmp_path / "log"
        path.write_bytes(b"".join(PACK[codec](BOM + text) for text in (build(1, 3), USER, build(2, 4) + b"no\n")))
        found = load(path)
        assert (len(found.events), len(found.runs)) == (8, 2)
        offset = len(BOM * 3 + build(1, 3) + USER + build(2, 4))
        assert [reject[1:3] for reject in found.rejects] == [(11, offset)]

    def test_in_the_middle_of_plain_text(self, tmp_path: Path) -> None:
        """A mark before a later line of plain text makes it a reject: it is no JSON."""
        path = tmp_path / "log"
        path.write_bytes(USER + BOM + USER)
        found = load(path)
        assert (len(found.events), [reject[1:3] for reject in found.rejects]) == (1, [(2, len(USER))])


def test_stats_tells_damages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tlx stats` names each damage of each source with its place, in both formats."""
    done, _ = flushed("zstd", build(1, 3))
    path = tmp_path / "log"
    path.write_bytes(done + PACK["zstd"](build(2, 3)) + b"garbage")
    assert run(["stats", str(path)]) == 0
    table = capsys.readouterr().out
    assert f"byte {len(done)}" in table.replace(",", "")
    assert "another one begins" in table
    assert run(["stats", "--format", "json", str(path)]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert [damage["offset"] for damage in source["damages"]] == [len(done), path.stat().st_size - len(b"garbage")]
    assert all(damage["reason"] for damage in source["damages"])


parts = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [HEADER % 7, HEADER[:9], USER, USER[:-1], USER[:30], b"\n", b" \r\n", b"[1]\n", b"\xff\n", b"{}\n"]
    ),
    st.sampled_from([BOM, b"\0", b"{}" + b" " * 99 + b"\n", b"x" * 99 + b"\n", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd"]),
)
frames = st.tuples(
    st.lists(parts, max_size=6).map(b"".join),
    st.sampled_from(["gzip", "zstd", "open gzip", "open zstd", "stored", "plain"]),
    st.integers(0, 60),
    st.none() | st.tuples(st.integers(0, 10**6), st.integers(1, 255)),
)


def packed(text: bytes, how: str, missing: int, wrong: tuple[int, int] | None) -> bytes:
    """A frame of `text`, closed or open, of which so many bytes are missing and one may be wrong."""
    if how.startswith("open"):
        data = flushed(how.removeprefix("open "), text)[0]
    elif how == "stored":
        data = gzip.compress(text, 0, mtime=0)
    else:
        data = PACK[how](text)
    data = data[: len(data) - missing // 3] if missing > 30 else data
    if wrong is not None and data:
        place = wrong[0] % len(data)
        data = data[:place] + bytes([data[place] ^ wrong[1]]) + data[place + 1 :]
    return data


@given(
    st.lists(frames, min_size=1, max_size=4),
    st.sampled_from([1, 7, 64, 1 << 18]),
    st.sampled_from([1, 50, 1 << 20]),
    st.sampled_from([20, 90, 1 << 20]),
)
@example([(USER * 3, "open gzip", 31, None), (USER, "gzip", 0, None)], 7, 50, 90)
@example([(BOM + b"{}\n", "zstd", 0, None), (BOM + b"{}\n", "zstd", 0, None)], 1, 1, 20)
@settings(max_examples=25)
def test_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, log: list[tuple[bytes, str, int, Any]], read: int, chunk: int, limit: int
) -> None:
    """Whatever the bytes, compressed or not, whole or damaged: every line that comes of them is counted once.

    Where there is no damage the same lines come of them in every cutting.
    """
    path = tmp_path_factory.mktemp("any") / "log"
    path.write_bytes(b"".join(packed(*frame) for frame in log))
    whole = load(path, max_line=limit)
    with pieces(read, chunk):
        found = load(path, max_line=limit)
        lines = lines_of(path, limit)
    assert found.counted == sum(bool(line.strip()) for line in lines)
    assert len(set(found.ids)) == len(found.ids)
    assert all(len(event[3].encode()) <= limit for event in found.events)
    if not whole.damages:
        assert (found.events, found.rejects, found.runs) == (whole.events, whole.rejects, whole.runs)
        assert (found.damages, found.sources) == (whole.damages, whole.sources)


def lines_of(path: Path, limit: int) -> list[bytes]:
    """The lines that the reader gives; a header glued to a torn line is one of its own."""
    reader = reading.LogReader(str(path), 0, limit)
    lines: list[bytes] = []
    for chunk in reader.chunks():
        for line in chunk.text.whole.split(b"\n"):
            lines += [b"x"] * (0 if chunk.cut else oracle.lines(line)) or [line]
    reader.close()
    return lines
