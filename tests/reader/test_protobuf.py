"""Normal event logs in protobuf: told by their content, and read as the JSON lines that Buck2 prints of them."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import wire as hand
from tlx.model import Flaw, SourceState
from tlx.reader.framing import Framing
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader
from tlx.reader.protobuf.records import BadRecordError, line_of

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "buck2"
LOGS = [
    ("my_genrule0.proto", "my_genrule0", 2_377),
    ("my_genrule1.proto", "my_genrule1", 45),
    ("buildlog.meta-only.pb.zst", "buildlog", 70),
]
HEADER = hand.invocation("buck2", "build", "//:main", "--local-only", "--no-remote-cache", "x" * 60)
SHORT = hand.invocation("buck2")
TEXTS = ["one", "two", "three"]
RUN = hand.framed(HEADER, *map(hand.said, TEXTS))


def zstd(data: bytes) -> bytes:
    """One frame."""
    return zstandard.ZstdCompressor(level=9).compress(data)


def chunks_of(path: Path) -> tuple[list[LineChunk], SourceState]:
    """All of a log, and how it ended."""
    reader = LogReader(str(path), 0)
    try:
        return list(reader.chunks()), reader.state
    finally:
        reader.close()


def records_of(path: Path) -> list[Any]:
    """The lines of a log as JSON; what is none as the reason why."""
    found: list[Any] = []
    for chunk in chunks_of(path)[0]:
        for line in chunk.text.whole.split(b"\n"):
            try:
                found.append(json.loads(line))
                assert isinstance(found[-1], dict)
            except ValueError:
                found.append(chunk.flaw)
    return found


def words(records: list[Any]) -> list[str]:
    """What a log of messages on the console says, `run` for each header, and the flaws."""
    return [
        record
        if isinstance(record, str)
        else "run"
        if "command_line_args" in record
        else record["Event"]["data"]["Instant"]["data"]["ConsoleMessage"]["message"]
        for record in records
    ]


def written(folder: Path, data: bytes) -> Path:
    """A log of these bytes."""
    path = folder / "log"
    path.write_bytes(data)
    return path


def contradictions(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where Buck2's JSON says something else of a field that we read, or lacks it."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{path}.{key} is not there" for key in ours if key not in theirs and key != "unknown_fields"]
        both = [key for key in ours if key in theirs]
        return found + [line for key in both for line in contradictions(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for pair in zip(ours, theirs, strict=True) for line in contradictions(*pair, f"{path}[]")]
    return [] if ours == theirs and type(ours) is type(theirs) else [f"{path}: {ours!r}, not {theirs!r}"]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the real samples are not part of the repository")
@pytest.mark.parametrize(("log", "rendering", "count"), LOGS)
def test_real_logs(log: str, rendering: str, count: int) -> None:
    """Every field that is read of a real log is what `buck2 log show` prints of it, record by record."""
    ours = records_of(SAMPLES / log)
    theirs = [json.loads(line) for line in (SAMPLES / f"{rendering}.derived.json-lines").read_text().splitlines()]
    assert len(ours) == len(theirs) == count
    assert [contradictions(*pair) for pair in zip(ours, theirs, strict=True)] == [[]] * count


@pytest.mark.parametrize("header", [HEADER, SHORT], ids=["long", "short"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_told_by_content(tmp_path: Path, pack: Any, header: bytes) -> None:
    """The bytes tell that a log is protobuf, whatever its name and its compression."""
    path = written(tmp_path, pack(hand.framed(header, hand.said("hi"))))
    records = records_of(path)
    assert words(records) == ["run", "hi"]
    assert records[0]["start_time"] == [1758580983, 652229323]
    assert chunks_of(path)[1] is SourceState.COMPLETE


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1}\n{"a":2}\n',
        b'{\n  "pretty": {\n    "x": 1\n  }\n}\n' * 20,
        b"a\nb\n",
        b"\n\n\n{}\n",
        b"x\n" * 200,
        b'{"command_line_args":["buck2"],"working_dir":"/x"}\n',
        "é\n{}\n".encode(),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_text_stays_text(tmp_path: Path, pack: Any, text: bytes) -> None:
    """No text is taken for records."""
    assert b"\n".join(chunk.text.whole for chunk in chunks_of(written(tmp_path, pack(text)))[0]) == text.removesuffix(
        b"\n"
    )


@given(cuts=st.lists(st.integers(1, 60), min_size=1, max_size=40), header=st.sampled_from([HEADER]))
@settings(max_examples=60)
def test_any_cut(cuts: list[int], header: bytes) -> None:
    """However the bytes are cut into pieces, the lines are the same."""
    data = hand.framed(header, *map(hand.said, TEXTS), hand.invocation("buck2", "again"), hand.said("four"))
    framing, found, at = Framing(), b"", 0
    for cut in cuts * (len(data) // sum(cuts) + 1):
        for item in framing.feed(data[at : at + cut]) if at < len(data) else ():
            assert isinstance(item, bytes)
            found += item
        at += cut
    assert list(framing.end()) == []
    assert words([json.loads(line) for line in found.splitlines()]) == ["run", *TEXTS, "run", "four"]


@given(st.binary(max_size=400), st.integers(len(hand.framed(HEADER)), len(RUN)))
@settings(max_examples=300)
def test_any_bytes(rubbish: bytes, at: int) -> None:
    """Bytes of any kind in the middle of a log never fail, and cost no record that was whole before them."""
    framing = Framing()
    found = [*framing.feed(RUN[:at]), *framing.feed(rubbish), *framing.feed(RUN[at:] + RUN), *framing.end()]
    before = sum(at >= len(hand.framed(HEADER, *map(hand.said, TEXTS[:count]))) for count in range(4))
    lines = b"".join(b"\n" if isinstance(item, Flaw) else item for item in found).split(b"\n")
    assert [line.startswith(b"{") for line in lines[:before]] == [True] * before


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=300)
def test_any_record(record: bytes, invocation: bool) -> None:  # noqa: FBT001
    """A record of any bytes is one line of JSON, or says why it is none."""
    try:
        line = line_of(record, invocation=invocation)
    except BadRecordError as error:
        line = json.dumps({"why": str(error) or None}).encode()
    assert b"\n" not in line
    assert json.loads(line).get("why", "") is not None


def test_a_torn_end(tmp_path: Path) -> None:
    """A log that ends inside a record gives all before it, and says so of the rest."""
    assert words(records_of(written(tmp_path, RUN[:-3]))) == [
        "run",
        "one",
        "two",
        "torn: the log ends inside this line",
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_appended_runs(tmp_path: Path, pack: Any) -> None:
    """A run that was appended is read as well, as a frame of its own or not."""
    assert words(records_of(written(tmp_path, pack(RUN) + pack(RUN)))) == ["run", *TEXTS] * 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_killed_and_appended(tmp_path: Path, pack: Any) -> None:
    """Where a run was killed inside a record and another one was appended, only that record is lost, and told."""
    found = words(records_of(written(tmp_path, pack(RUN[:-3]) + pack(RUN))))
    assert [found[:3], found[4:]] == [["run", "one", "two"], ["run", *TEXTS]]
    assert found[3].startswith(("torn: ", "damaged: "))


def test_a_killed_frame(tmp_path: Path) -> None:
    """The same inside a block of an open zstd frame: what was flushed is there, and the next run."""
    packer = zstandard.ZstdCompressor(level=9).compressobj()
    flushed = packer.compress(RUN) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    torn = packer.compress(hand.framed(*(hand.said(f"{n * n}") for n in range(200))))
    torn += packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    found = words(records_of(written(tmp_path, flushed + torn[: len(torn) // 2] + zstd(RUN))))
    assert found == ["run", *TEXTS, "run", *TEXTS]


def test_text_behind_records(tmp_path: Path) -> None:
    """A frame of JSON lines behind one of records is read as what it is, and the other way round."""
    text = b'{"command_line_args":[],"working_dir":"/x"}\n'
    assert words(records_of(written(tmp_path, zstd(RUN) + zstd(text) + zstd(RUN)))) == [
        *["run", *TEXTS],
        "run",
        *["run", *TEXTS],
    ]


@pytest.mark.parametrize("at", range(0, len(hand.framed(hand.said("two"))), 3))
def test_a_damaged_record(tmp_path: Path, at: int) -> None:
    """Bytes that were overwritten cost the record that they are of, with their place, and no other."""
    begin = len(hand.framed(HEADER, hand.said("one")))
    data = bytearray(RUN)
    data[begin + at : begin + at + 2] = b"\xff\xff"
    found = words([record for record in records_of(written(tmp_path, bytes(data))) if _is_said(record)])
    assert found[:2] == ["run", "one"]
    assert found[-1] == "three"
    assert len(found) <= 4


def _is_said(record: Any) -> bool:
    try:
        words([record])
    except (KeyError, TypeError):
        return False
    return True


def test_the_place_of_damage(tmp_path: Path) -> None:
    """What is passed over is told with its place in the decompressed log, and kept."""
    begin = len(hand.framed(HEADER, hand.said("one")))
    found = records_of(written(tmp_path, RUN[:begin] + b"\xff" * 7 + RUN[begin:]))
    reason = f"damaged: bytes {begin} to {begin + 7} of the decompressed log are no record: no record begins here"
    assert words(found) == ["run", "one", reason, "two", "three"]


def test_nested_without_end() -> None:
    """Values nested deeper than any real ones are no record; they end nothing."""
    value = hand.message((1, "x"))
    for _ in range(3_000):
        value = hand.message((5, hand.message((1, value))))
    user = hand.message((1, "id"), (2, hand.message((1, "key"), (2, value))))
    with pytest.raises(BadRecordError, match="nested"):
        line_of(hand.event(22, hand.message((30, user))), invocation=False)


def test_values_of_user_events() -> None:
    """Metadata of a script is natural JSON, whatever its shape."""
    entry = lambda key, value: (1, hand.message((1, key), (2, value)))  # noqa: E731
    values = {
        "text": (hand.message((1, "x")), "x"),
        "number": (hand.message((2, -5)), -5),
        "zero": (hand.message((2, 0)), 0),
        "truth": (hand.message((3, True)), True),
        "map": (hand.message((4, hand.message(entry("a", hand.message((2, 1)))))), {"a": 1}),
        "empty": (hand.message((4, b"")), {}),
        "list": (hand.message((5, hand.message((1, hand.message((2, 1))), (1, hand.message((1, "")))))), [1, ""]),
        "nothing": (b"", None),
    }
    fields = [(2, hand.message((1, key), (2, value))) for key, (value, _) in values.items()]
    line = line_of(hand.event(22, hand.message((30, hand.message((1, "id"), *fields)))), invocation=False)
    user = json.loads(line)["Event"]["data"]["Instant"]["data"]["StarlarkUserEvent"]
    assert user == {"id": "id", "metadata": {key: value for key, (_, value) in values.items()}}


def test_a_later_buck2() -> None:
    """Kinds and fields that are not known are kept by their numbers, and never cost the others."""
    unknown = hand.event(22, hand.message((4_711, b"new")), span=3)
    event = json.loads(line_of(unknown, invocation=False))["Event"]
    assert event["span_id"] == 3
    assert event["data"] == {"Instant": {"data": {"Unknown4711": {"unknown_fields": {"4711": "bmV3"}}}}}
    drifted = hand.action((6, True), (22, 2), (1, b"\xff\xff\xff"), (900, 5), (901, "x"))
    body = json.loads(line_of(drifted, invocation=False))["Event"]["data"]["SpanEnd"]["data"]["ActionExecution"]
    assert (body["failed"], body["execution_kind"], body["output_size"], body["key"]) == (True, 2, 0, None)
    assert body["unknown_fields"] == {"1": "////", "900": 5, "901": "eA=="}


def test_numbers() -> None:
    """Exit codes are zig-zag, sizes reach 64 bits, and kinds are words."""
    details = hand.message((4, 1), (3, "cannot link"))
    body = json.loads(
        line_of(hand.action((4, 3), (24, 2**64 - 1), (25, hand.message((1, details)))), invocation=False)
    )["Event"]["data"]["SpanEnd"]
    action = body["data"]["ActionExecution"]
    assert body["duration_us"] == 3_134_187
    assert (action["kind"], action["output_size"]) == ("Run", 2**64 - 1)
    assert action["commands"][0]["details"]["signed_exit_code"] == -1
    assert action["commands"][0]["details"]["stderr"] == "cannot link"


def test_hostile_lengths_end_soon() -> None:
    """Records inside records inside records, none of them good, are let pass before anybody gives up waiting."""
    record = b"\x0a\x01\xff"
    for _ in range(6_000):
        record = hand.message((1, record))
    framing = Framing()
    begin = time.monotonic()
    list(framing.feed(hand.framed(HEADER, record)))
    list(framing.end())
    assert time.monotonic() - begin < 30
