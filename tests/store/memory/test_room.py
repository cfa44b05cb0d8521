"""What is said where the store has no room, from what DuckDB says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlx.store.memory.room import Room

FOLDER = Path("/cache/tlx/spill/tlx-host-1-0123abcd")
TEMPORARY = f"{FOLDER}/duckdb_temp_1_0_storage_DEFAULT-0.tmp"
ADVICE = "\n\nPossible solutions:\n* Reducing the number of threads (SET threads=X)\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'IO Error: Could not write file "{TEMPORARY}": No space left on device', "No space left on device"),
        (f'IO Error: Could not write file "{TEMPORARY}": Disk quota exceeded', "Disk quota exceeded"),
        (
            f'TransactionContext Error: Failed to commit: Could not write file "{TEMPORARY}": File too large',
            "File too large",
        ),
        (f'IO Error: Cannot open file "{TEMPORARY}": Permission denied', "Permission denied"),
        (f'IO Error: Failed to create directory "{FOLDER}": Read-only file system', "Read-only file system"),
        (f'IO Error: Could not read from file "{TEMPORARY}": Input/output error', "Input/output error"),
        (
            "Out of Memory Error: failed to offload data block of size 256.0 KiB (17.9 MiB/18.0 MiB used).\nThis limit"
            " was set by the 'max_temp_directory_size' setting.\nBy default, this" + ADVICE,
            "No space left on device",
        ),
    ],
)
def test_no_room_on_disk(text: str, why: str) -> None:
    """Where the spill folder takes no more, its place, the reason and all ways out are said."""
    told = Room(1 << 30, FOLDER).shortage(Exception(text))
    assert str(told) == (
        f"no room to spill to in /cache/tlx/spill: {why}; make some, name a folder on another disk with --spill-folder,"
        " or give more memory with --max-memory (now 1 GiB)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Out of Memory Error: failed to pin block of size 256.0 KiB (64.0 MiB/64.0 MiB used)" + ADVICE,
        "TransactionContext Error: Failed to commit: could not allocate block of size 256.0 KiB (63.8 MiB/64.0 MiB"
        " used)\nDatabase is launched in in-memory mode and no temporary directory is specified." + ADVICE,
    ],
)
def test_too_little_memory(text: str) -> None:
    """Where the limit is the trouble, it is said; and why nothing spills, where that is so."""
    assert str(Room(1 << 30, FOLDER).shortage(Exception(text))) == (
        "1 GiB of memory is too little; give more with --max-memory"
    )
    assert str(Room(1 << 30, None, "/cache: Read-only file system").shortage(Exception(text))) == (
        "1 GiB of memory is too little, and there is no folder to spill to (/cache: Read-only file system); name one"
        " with --spill-folder, or give more memory with --max-memory"
    )


@pytest.mark.parametrize(
    "error",
    [
        Exception("Out of Memory Error: Failed to allocate block of 65536 bytes (bad allocation)" + ADVICE),
        MemoryError(),
    ],
)
def test_the_system_gives_no_more(error: Exception) -> None:
    """Where the system is at its end before the limit, more memory is not what helps."""
    told = str(Room(1 << 30, FOLDER).shortage(error))
    assert told.startswith("the system has no more memory to give")
    assert "\n" not in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Conversion Error: Could not convert string 'x' to INT32",
        'IO Error: Could not write file "/elsewhere/x": No space left on device',
        f'IO Error: Could not write file "{FOLDER}-not/x": No space left on device',
    ],
)
def test_what_is_no_want_of_room(text: str) -> None:
    """Other errors are not spoken for."""
    assert Room(1 << 30, FOLDER).shortage(Exception(text)) is None
    assert Room(1 << 30, None).shortage(Exception(text)) is None
