"""`tlx open --last` finds the newest log that Buck2 keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tlx.cli.main import run
from tlx.cli.newest import newest_log
from tlx.reader.source import SourceError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with logs of two isolation dirs, the newest of which was touched first."""
    names = (
        "v2/log/20261121-100000_build_aaaa_events.pb.zst",
        "v2.self/log/20261121-120000_bxl_bbbb_events.pb.zst",
        "v2/log/20261120-235959_test_cccc_events.pb.zst",
        "v2/log/20261121-130000_build_aaaa.txt",
    )
    for name in reversed(names):
        path = tmp_path / "buck-out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "src" / "deep").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("inside", [".", "src/deep", "buck-out"])
def test_the_newest_by_name(project: Path, inside: str) -> None:
    """Of all isolation dirs the log whose name says the latest time, from wherever in the project."""
    found = Path(newest_log(str(project / inside)))
    assert found == project / "buck-out/v2.self/log/20261121-120000_bxl_bbbb_events.pb.zst"


def test_none(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, one line says what to do."""
    with pytest.raises(SourceError, match="name a folder"):
        newest_log(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(["open", "--last"]) == 3
    assert capsys.readouterr().err.startswith("tlx: .: no log of Buck2")
