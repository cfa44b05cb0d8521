"""The committed logs of other systems hold what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

import dialect_oracle
from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.dialects.samples import writers
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session


def test_each_is_called_like_its_dialect() -> None:
    """A sample says by its name which dialect its lines are of, and no two are of one."""
    names = [Path(name).stem for name in writers()]
    assert len(names) >= 4
    assert len(set(names)) == len(names)
    assert set(names) <= {dialect.name for dialect in DIALECTS}


@pytest.mark.parametrize("name", writers())
def test_every_line_is_read(sample_logs: Path, name: str) -> None:
    """Each is of one dialect, nothing in it is rejected, and no line is another's."""
    path = sample_logs / name
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        kinds = runs.line_kinds(asker)
        assert list(runs.counts(asker, "dialect")) == [path.stem]
        asker.close()
    finally:
        session.close()
    told = dialect_oracle.read(path.read_bytes()).kinds
    assert kinds == {kind: told[kind] for kind in ("event", "header", "text", "reject")}
    assert sum(kinds.values()) == path.read_bytes().count(b"\n")
    assert kinds["reject"] == 0 < kinds["event"]
