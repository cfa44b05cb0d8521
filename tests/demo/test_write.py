"""Logs on disk must be encoded as Buck2 does it; the committed ones must be what the generator makes."""

import gzip
import io
import subprocess
import sys
import zlib
from pathlib import Path

import orjson
import pytest
import zstandard

from tlx.demo.__main__ import FLUSHED, main, samples
from tlx.demo.build import Run, simulate
from tlx.demo.write import BATCH, batched, encoder, write

COMMITTED = Path(__file__).parents[2] / "sample_logs"
RUN = Run(1, 1_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with samples made now, and their names."""
    folder = tmp_path_factory.mktemp("samples")
    return folder, [path.name for path in samples(folder)]


def content(path):
    """Return what a file says, across frames and up to a torn end."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
    return data


def frames(path):
    """Return the content of each zstd frame of a file, and whether the last one is closed."""
    data = path.read_bytes()
    contents = []
    closed = True
    while data:
        decoder = zstandard.ZstdDecompressor().decompressobj()
        contents.append(decoder.decompress(data))
        closed = decoder.eof
        data = decoder.unused_data
    return contents, closed


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_encodings_agree(tmp_path, ending):
    """Every encoding holds the same compact lines."""
    path = tmp_path / f"log.json-lines{ending}"
    write(path, simulate(RUN))
    assert content(path).splitlines(keepends=True) == [orjson.dumps(record) + b"\n" for record in simulate(RUN)]


def test_json_is_compact():
    """Lines have no spaces between tokens, wide characters as they are, and control characters escaped."""
    text = b"".join(batched(simulate(RUN)))
    assert b'{"ActionExecutionEvent":{"kind":"' in text
    assert "画面".encode() in text
    assert rb"\u001b[2J" in text
    assert b"\x1b" not in text
    assert text.endswith(b"}\n")


def test_zstd_frame(tmp_path):
    """A frame tells neither its size nor a checksum, and its window is 2 to 4 MiB."""
    path = tmp_path / "log.json-lines.zst"
    write(path, simulate(RUN))
    told = zstandard.get_frame_parameters(path.read_bytes())
    assert told.content_size == zstandard.CONTENTSIZE_UNKNOWN
    assert not told.has_checksum
    assert 2 << 20 <= told.window_size <= 4 << 20


def test_gzip_header(tmp_path):
    """A member has no time of making, so that same seed means same bytes."""
    path = tmp_path / "log.json-lines.gz"
    write(path, simulate(RUN))
    assert path.read_bytes()[4:8] == bytes(4)


@pytest.mark.parametrize("name", ["log.json-lines.gz", "log.json-lines.zst"])
def test_flushed_at_line_ends(name):
    """At every flush, what has been written decodes to whole lines: those of the batches so far."""
    batches = list(batched(simulate(RUN)))
    *pieces, _ = encoder(name)(batches)
    decoder = zlib.decompressobj(31) if name.endswith(".gz") else zstandard.ZstdDecompressor().decompressobj()
    assert len(batches) == 1 + RUN.events // BATCH
    assert [decoder.decompress(piece) for piece in pieces] == batches


def test_unknown_ending():
    """A name that tells no encoding is refused, with those that would do."""
    with pytest.raises(ValueError, match=r"\.json-lines\.zst"):
        encoder("log.txt")


def test_committed_samples(made):
    """The committed samples say what the generator says today."""
    folder, names = made
    assert sorted(path.name for path in COMMITTED.iterdir()) == sorted([*names, "README.md"])
    for name in names:
        assert content(COMMITTED / name) == content(folder / name), name


def test_committed_size():
    """The samples of all dialects stay small in a clone, and one is several megabytes when read."""
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 3_200_000
    assert (COMMITTED / "large.json-lines.zst").stat().st_size < 600_000
    assert len(content(COMMITTED / "large.json-lines.zst")) > 5_000_000


def test_three_runs():
    """Each run has a closed frame of its own, beginning with its invocation; the last has nothing else."""
    contents, closed = frames(COMMITTED / "three_runs.json-lines.zst")
    runs = [[orjson.loads(line) for line in text.split(b"\n")[:-1]] for text in contents]
    assert closed
    assert [len(run) for run in runs] == [3_001, 601, 1]
    headers = [run[0] for run in runs]
    assert len({header["trace_id"] for header in headers}) == 3
    assert headers == sorted(headers, key=lambda header: header["start_time"])


def test_torn():
    """The killed writer's frame is open, and every flushed line is whole."""
    (text,), closed = frames(COMMITTED / "torn.json-lines.zst")
    assert not closed
    assert text.count(b"\n") == FLUSHED >= 2_000
    assert all(orjson.loads(line) for line in text.split(b"\n") if line)


def test_command(tmp_path, capsys):
    """The command writes a log of exactly so many events, and refuses a name or number that cannot be."""
    path = tmp_path / "log.json-lines"
    assert main(["log", str(path), "--events", "321", "--seed", "5"]) == 0
    assert path.read_bytes().count(b"\n") == 322
    for wrong in (["log", "log.txt", "--events", "1"], ["log", str(path), "--events", "-1"]):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)
    assert "must end in" in capsys.readouterr().err


def test_module_runs():
    """`python -m tlx.demo` tells how it is used."""
    told = subprocess.run([sys.executable, "-m", "tlx.demo", "--help"], capture_output=True, text=True, check=True)
    assert "samples" in told.stdout


def test_alone():
    """The generator uses nothing else of tlx, so it proves nothing by itself about what reads its logs."""
    code = "import sys, tlx.demo.__main__; print(*(name for name in sys.modules if name.startswith('tlx.')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    used = {name for name in told.stdout.split() if not name.startswith("tlx.demo")}
    assert used == {"tlx.dialects", "tlx.dialects.samples"}
