"""Hostile logs and things that are no logs: never a crash, a hang or silence, and nothing lost.

Every log here is made by this file; what must come of it is counted by `oracle`, which knows nothing of tlx.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard

import oracle
from loading import load
from tlx.cli.main import run
from tlx.reader.lines import HEAD

TLX = [sys.executable, "-m", "tlx"]
USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}\n'
MIB = 1 << 20

EVENTS = {
    "nesting": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested lists": b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "escaped NUL": b'{"a":"\\u0000"}',
    "pair of surrogates": b'{"a":"\\ud83d\\ude00"}',
    "past int64": b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":18446744073709551616}',
    "very long number": b'{"a":' + b"9" * 5000 + b"}",
    "NaN": b'{"duration_ms":NaN,"b":Infinity,"c":-Infinity}',
    "too large": b'{"duration_ms":1e999}',
    "keys twice": b'{"StarlarkUserEvent":{"id":"a"},"StarlarkUserEvent":{"id":"b"},"epoch_millis":1,"epoch_millis":2}',
    "CRLF": b'{"a":1}\r',
    "blanks around": b' \t{"a":1} \r',
    "no key": b"{}",
    "line ends inside": '{"a":"\u2028\u2029\u0085"}'.encode(),
    "brackets inside": b'{"a":",}","b":"\\",]"}',
    "brackets inside a list": b'{"event":["a","b, }"],"c":["d,]","e"]}',
    "markup": b'{"message":"[bold]x[/]\\u001b[2J"}',
}
REJECTS = {
    "text": b"hello",
    "cut": b'{"a":1',
    "two": b'{"a":1}{"b":2}',
    "trailing comma": b'{"a":1,}',
    "comment": b'{"a":1} // x',
    "single quotes": b"{'a':1}",
    "array": b"[1,2]",
    "string": b'"x"',
    "number": b"17",
    "null": b"null",
    "bare NaN": b"NaN",
    "not UTF-8": b'{"a":"\xff"}',
    "encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "cut letter": b'{"a":"\xc3',
    "NUL": b'{"a":"\x00"}',
    "only NUL": b"\x00",
    "lone surrogate": b'{"a":"\\ud800"}',
    "mark": b"\xef\xbb\xbf" + b'{"a":1}',
    "tab in a string": b'{"a":"\t"}',
    "escape": b"\x1b[31m",
    "brackets": b"[" * 50_000,
}


def test_everything_at_once(tmp_path: Path) -> None:
    """Of a log of every kind of hostile line, each is what it is, in its place, whatever stands around it."""
    lines: list[bytes] = []
    events: list[int] = []
    rejects: dict[int, tuple[int, str]] = {}
    offset = 0
    for number, (line, kind) in enumerate(
        itertools.chain.from_iterable(
            ((event, "event"), (reject, "reject"), (b"", "blank"))
            for event, reject in zip(itertools.cycle(EVENTS.values()), REJECTS.values(), strict=False)
        ),
        1,
    ):
        if kind == "event":
            events.append(number)
        elif kind == "reject":
            rejects[number] = (offset, line.decode("utf-8", "replace")[:HEAD])
        lines.append(line)
        offset += len(line) + 1
    text = b"\n".join(lines) + b"\n"
    for data in (text, gzip.compress(text, 1), zstandard.ZstdCompressor().compress(text)):
        path = tmp_path / "log"
        path.write_bytes(data)
        found = load(path)
        assert [event[2] for event in found.events] == events
        assert {line: (at, kept) for _, line, at, _, kept in found.rejects} == rejects
        assert all(reason for _, _, _, reason, _ in found.rejects)
        assert found.counted == sum(bool(line.strip()) for line in lines)


def test_windows_line_ends(tmp_path: Path) -> None:
    """A log whose lines end with CR LF holds what it would hold otherwise."""
    text = b'{"command_line_args":["a"]}\n' + USER * 3 + b"no\n\n" + USER
    path = tmp_path / "log"
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    found = load(path)
    assert (len(found.events), len(found.rejects), len(found.runs)) == (4, 1, 1)
    assert found.rejects[0][1:3] == (5, text.index(b"no") + 4)


VALUES: list[Any] = [None, True, 5, -5, 1.5, "s", "5", [], {}, [1], {"a": 1}, 2**63, 2**70, 1e30, ""]
ACTION: dict[str, Any] = {
    "kind": "Run",
    "name": {"category": "c", "identifier": "i"},
    "duration_millis": 5,
    "output_size": 6,
    "input_materialization_duration_millis": 0,
    "execution_kind": "Local",
    "owner": "//a:b",
}


def test_wrong_types(tmp_path: Path) -> None:
    """Any value at all in any field that is known makes an event or a header still, and spoils no other."""
    records: list[Any] = []
    for value in VALUES:
        records += [{"ActionExecutionEvent": {**ACTION, key: value}, "epoch_millis": 5} for key in ACTION]
        records += [{tag: value, "epoch_millis": 5} for tag in oracle.TAGS]
        records += [{"ActionExecutionEvent": ACTION, "epoch_millis": value}]
        records += [{"StarlarkUserEvent": {"id": value, "metadata": value}, "epoch_millis": 5}]
        records += [{key: value} for key in ("ts", "time", "timestamp", "event", "message", "level", *oracle.UNITS)]
        records += [
            {"command_line_args": value, "trace_id": value, "start_time": value, "working_dir": value},
            {"command_line_args": [value], "start_time": [value, value]},
        ]
    path = tmp_path / "log"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = load(path)
    headers = [number for number, record in enumerate(records, 1) if "command_line_args" in record]
    assert [line for _, line, _ in found.runs] == headers
    assert [event[2] for event in found.events] == [n for n in range(1, len(records) + 1) if n not in headers]
    assert found.rejects == []
    for form in ("table", "json"):
        assert run(["stats", "--format", form, str(path)]) == 0


class TestLongLines:
    """Lines of megabytes."""

    def test_sixty_four_mebibytes(self, tmp_path: Path) -> None:
        """A line of 64 MiB is an event, and what follows is in its place."""
        path = tmp_path / "log"
        path.write_bytes(b'{"a":"' + b"x" * (64 * MIB) + b'"}\nno\n' + USER)
        found = load(path)
        assert [(event[2], len(event[3])) for event in found.events] == [(1, 64 * MIB + 8), (3, len(USER) - 1)]
        assert [reject[1:3] for reject in found.rejects] == [(2, 64 * MIB + 9)]

    @pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
    def test_over_the_limit(self, tmp_path: Path, pack: Any) -> None:
        """A line over the limit is a reject with its size and its begin; the lines around it are what they are."""
        long = b'{"a":"' + b"x" * MIB + b'"}\n'
        text = USER + long + b"no\n" + b" " * MIB + b"\n" + USER + long[:-1]
        path = tmp_path / "log"
        path.write_bytes(pack(text))
        found = load(path, max_line=MIB)
        assert [event[2] for event in found.events] == [1, 5]
        first, short, last = found.rejects
        assert first[1:4] == (2, len(USER), f"line of {MIB + 8:,} bytes, longer than the limit of {MIB:,}")
        assert first[4] == long[:HEAD].decode()
        assert short[1:3] == (3, len(USER + long))
        assert last[1:3] == (6, len(text) - len(long) + 1)
        assert found.sources[0][1] == "torn"
        assert found.counted == oracle.lines(text)

    def test_the_flag(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The limit is a flag and a variable."""
        path = tmp_path / "log"
        path.write_bytes(b'{"a":"' + b"x" * 100_000 + b'"}\n')
        for limit, kind in (("64KiB", "reject"), ("1MiB", "event")):
            assert run(["stats", "--format", "json", "--max-line", limit, str(path)]) == 0
            assert json.loads(capsys.readouterr().out)["line_kinds"][kind] == 1
        monkeypatch.setenv("TLX_MAX_LINE", "64KiB")
        assert run(["stats", "--format", "json", str(path)]) == 0
        assert json.loads(capsys.readouterr().out)["line_kinds"]["reject"] == 1


def test_very_many_rejects(tmp_path: Path) -> None:
    """A log of nothing but rejects is loaded, each of them in its place."""
    lines = [b"2026-11-20 10:00:%02d INFO number %d\n" % (n % 60, n) for n in range(150_000)]
    path = tmp_path / "log"
    path.write_bytes(b"".join(lines))
    found = load(path)
    assert [reject[1] for reject in found.rejects] == list(range(1, len(lines) + 1))
    assert [reject[2] for reject in found.rejects] == list(itertools.accumulate(map(len, lines[:-1]), initial=0))
    assert [reject[4].encode() + b"\n" for reject in found.rejects[::999]] == lines[::999]


def bomb(codec: str, size: int) -> bytes:
    """A small file of so many zero bytes, without any line feed."""
    if codec == "gzip":
        return gzip.compress(bytes(size), 9)
    repeat = (1 << 17 << 3 | 2).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x58" + repeat * (size >> 17) + b"\x01\0\0"


class TestBombs:
    """Small files that hold very much."""

    @pytest.mark.parametrize(("codec", "size"), [("gzip", 300 * MIB), ("zstd", 2000 * MIB)])
    def test_memory(self, tmp_path: Path, codec: str, size: int) -> None:
        """Gigabytes of zeros pass through bounded memory, and are one reject."""
        path = tmp_path / "bomb"
        path.write_bytes(bomb(codec, size))
        assert path.stat().st_size < size / 500
        code = (
            "import sys\n"
            "from tlx.cli.main import run\n"
            "code = run(['stats', '--format', 'json', sys.argv[1]])\n"
            "held = open('/proc/self/status').read().split('VmHWM:')[1].split()[0]\n"
            "print(code, int(held) >> 10, file=sys.stderr)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True, timeout=100)
        answer = json.loads(done.stdout)
        assert answer["line_kinds"] == {"event": 0, "header": 0, "text": 0, "reject": 1}
        assert answer["sources"][0]["decompressed_bytes"] == size
        exit_code, mebibytes = map(int, done.stderr.split())
        assert exit_code == 0
        assert mebibytes < 400

    @pytest.mark.parametrize("line", [b"", b"{}\n" * 40_000], ids=["zeros", "lines"])
    def test_an_interrupt(self, tmp_path: Path, line: bytes) -> None:
        """Of a file that would take minutes an interrupt makes an end at once."""
        path = tmp_path / "bomb"
        frame = bomb("zstd", 16 * 1024 * MIB) if not line else zstandard.ZstdCompressor().compress(line) * 20_000
        path.write_bytes(frame * (8 if not line else 1))
        with subprocess.Popen([*TLX, "stats", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.5)
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"")
        assert time.monotonic() - begin < 20


def tlx(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run tlx as a process."""
    return subprocess.run([*TLX, *arguments], capture_output=True, check=False, timeout=60, **options)


class TestNoLogs:
    """Things that are no logs end in one line and with the code for inputs; what can be read is read."""

    @pytest.mark.parametrize("kind", ["folder", "missing", "below a file", "socket", "device", "NUL in the name"])
    def test_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
        """What cannot be a log is named, with the reason."""
        (tmp_path / "file").touch()
        with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(tmp_path):
            server.bind("socket")
            path, words = {
                "folder": (".", "is a folder, not a log"),
                "missing": ("missing", "no such file; check the name"),
                "below a file": ("file/x", "no such file"),
                "socket": ("socket", "is a socket, not a log"),
                "device": ("/dev/zero", "is a device, not a log"),
                "NUL in the name": ("a\0b", "no such file"),
            }[kind]
            assert run(["stats", path]) == 3
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)
        assert words in captured.err

    def test_no_permission(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A file that may not be read is named."""
        path = tmp_path / "secret"
        path.touch(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
        assert run(["stats", str(path)]) == 3
        assert capsys.readouterr().err == f"tlx: {path}: no permission to read it\n"

    def test_a_pipe_with_a_name(self, tmp_path: Path) -> None:
        """A named pipe is read as soon as somebody writes to it."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with subprocess.Popen([*TLX, "stats", "--format", "json", str(path)], stdout=subprocess.PIPE) as process:
            with path.open("wb") as pipe:
                pipe.write(USER * 3)
            out, _ = process.communicate(timeout=60)
        assert (process.returncode, json.loads(out)["events"]) == (0, 3)

    def test_a_pipe_that_nobody_writes_to(self, tmp_path: Path) -> None:
        """A named pipe without a writer can be waited for, and interrupted."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with subprocess.Popen([*TLX, "stats", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"")

    def test_an_endless_line(self) -> None:
        """An endless line of NULs on standard input is read in bounded memory, until it is interrupted."""
        with (
            Path("/dev/zero").open("rb") as zeros,
            subprocess.Popen(
                [*TLX, "stats", "-"], stdin=zeros, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process,
        ):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            held = int(Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) >> 10
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"")
        assert held < 400

    @pytest.mark.parametrize("closed", [0, 1, 2])
    def test_a_standard_stream_is_closed(self, tmp_path: Path, closed: int) -> None:
        """Without one of the standard streams a log is read all the same, or it is said what is missing."""
        path = tmp_path / "log"
        path.write_bytes(USER)
        done = tlx("stats", str(path), preexec_fn=lambda: os.close(closed))
        if closed == 1:
            assert (done.returncode, done.stderr) == (2, b"tlx: standard output is closed; name a file with -o\n")
        else:
            assert (done.returncode, done.stderr, b"1 events" in done.stdout) == (0, b"", True)

    def test_standard_input_is_closed(self) -> None:
        """Standard input that is closed is no empty log."""
        done = tlx("stats", "-", preexec_fn=lambda: os.close(0))
        assert (done.returncode, done.stdout) == (3, b"")
        assert done.stderr == b"tlx: standard input is closed; name a log, or pipe one in\n"

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """Output that nobody can take ends in one line."""
        path = tmp_path / "log"
        path.write_bytes(USER)
        for form in ("table", "json"):
            with Path("/dev/full").open("wb") as full:
                done = subprocess.run(
                    [*TLX, "stats", "--format", form, str(path)], stdout=full, stderr=subprocess.PIPE, check=False
                )
            assert done.stderr == b"tlx: standard output: cannot be written: No space left on device\n"
            assert done.returncode == 2


def test_a_file_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is removed while it is read is read to its end."""
    path = tmp_path / "log"
    path.write_bytes(USER * 5000)
    really_read = os.read

    def read(fd: int, limit: int) -> bytes:
        path.unlink(missing_ok=True)
        return really_read(fd, 1000)

    monkeypatch.setattr("tlx.reader.source.os.read", read)
    found = load(path)
    assert (len(found.events), found.damages) == (5000, [])


def test_a_file_that_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is emptied while it is read gives what was read until then, and it is told where that was."""
    path = tmp_path / "log"
    path.write_bytes(USER * 5000)
    really_read = os.read

    def read(fd: int, limit: int) -> bytes:
        data = really_read(fd, 100 * len(USER))
        os.truncate(path, 0)
        return data

    monkeypatch.setattr("tlx.reader.source.os.read", read)
    found = load(path)
    assert len(found.events) == 100
    assert found.damages == [(0, 100 * len(USER), "the file was cut off here while it was read")]
    assert found.sources[0][1] == "torn"


_NEEDLESS = {
    "clock and metadata": b"10:00:00.000 " + b"a=a=a=a= " * 40 + b"x",
    "metadata and a level": b"10:00:00.000 " + b"a=a " * 20_000 + b"[info] " + b"a=a " * 20_000 + b"x",
    **{
        name: json.dumps(
            {"timestamp": "2026-11-21T01:40:32Z", "level": "INFO", "logger": "hephaestus.a", "message": message}
        ).encode()
        for name, message in {
            "dots": "// " + "." * 60_000,
            "words between dots": "// " + "a." * 30_000,
            "words between hyphens": "@ " + "a-" * 60_000,
            "tabs behind a header": "cookie:" + "\t" * 120_000 + "│",
            "blanks behind a value": "token=a" + " " * 120_000 + "b",
            "slashes": "/" * 120_000 + "home",
            "backslashes": "// " + "\\" * 60_000,
            "colons": "//" + "u:" * 60_000,
            "URLs in one another": "//" + "%3A%2F%2F" * 30_000,
        }.items()
    },
}
"""Lines that keep a regular expression busy which may read them in more than one way."""


@pytest.mark.parametrize("name", _NEEDLESS)
def test_lines_that_could_be_read_in_many_ways(name: str, tmp_path: Path) -> None:
    """They are read once: not in a time that doubles with each word, nor in one that grows with its square."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(b'{"message":"x"}\n' + _NEEDLESS[name] + b"\n")
    done = subprocess.run([*TLX, "stats", str(log), "--format", "json"], capture_output=True, timeout=60, check=True)
    kinds = json.loads(done.stdout)["line_kinds"]
    assert kinds["event"] + kinds["reject"] == sum(kinds.values()) == 2
