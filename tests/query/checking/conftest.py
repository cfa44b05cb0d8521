"""Logs held against rules, within the test's own process."""

from __future__ import annotations

import json

import pytest

from tlx.config.settings import Settings
from tlx.model import NO_MASKS
from tlx.query.ask import Asker
from tlx.query.checking.violations import Wanted, checks, violations
from tlx.session import Session


@pytest.fixture
def judged(tmp_path):
    """A function that writes records, or lines, to a log and returns what is wrong with them, and what they broke."""

    def ran(*records, registry=None, schemas=None, allowed=None, masks=NO_MASKS):
        path = tmp_path / "log"
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        session = Session([str(path)], Settings(reveal=True))
        try:
            session.start()
            session.wait()
            asker = Asker(session.database)
            return list(violations(asker, checks(asker, Wanted(registry, schemas, allowed, masks))))
        finally:
            session.close()

    return ran


@pytest.fixture
def broken(judged):
    """The same as severity, line, rule, field and value."""

    def ran(*records, **wanted):
        return [(one.severity.value, one.line, one.rule, one.field, one.value) for one in judged(*records, **wanted)]

    return ran
