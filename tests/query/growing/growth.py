"""A store that grows, and strategies for how it does and what is asked of it."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import strategies as st

from tlx.dialects import known
from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.generic import GENERIC
from tlx.dialects.known import DIALECTS, decoders
from tlx.loading.joining import Joining
from tlx.model import Batch, Header, Run
from tlx.query.ask import Asker, Scope
from tlx.query.grouping import kept
from tlx.query.growing import ledger
from tlx.query.growing.ledger import Ledger
from tlx.query.language.compile import compile_filter
from tlx.store import schema
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter
from tlx.text import Text

FILTERS = ("", "duration > 5ms", "exec in (Local, Remote)", "metadata.n >= 3", "not name ~ rust", "kind == never")


class Growing:
    """A store that lines are added to, asked with a ledger and without."""

    def __init__(self):
        self.database = Database()
        self._cleaner = self.database.cursor()
        self._ingester = self._new_ingester()
        self._writer = RunWriter(self.database)
        self.begin()

    def _new_ingester(self):
        return Ingester(self.database, (BUCK2_USER.projection, GENERIC.projection))

    def begin(self):
        """Empty the store, and forget what was kept."""
        for table in self.tables():
            self._cleaner.execute(f"DROP TABLE {table}")
        for statement in schema.statements():
            kind, table = statement.split()[1:3]
            self._cleaner.execute(f"DROP {kind} IF EXISTS {table}")
            self._cleaner.execute(statement)
        self._number, self._run, self.ledger = 1, 0, Ledger()
        self.lines = []
        """Number, run and text of those that were added."""

    def add(self, lines, *, run=False):
        """Append lines, to the last run or to a new one."""
        if run or not self._run:
            self._run += 1
            header = Header("buck2-user", f"run {self._run}", None, None)
            self._writer.add_run(Run(self._run, 0, self._number, header, "{}"))
            self._number += 1
        if lines:
            text = "\n".join(lines).encode()
            place = {"first_id": self._number, "first_line": self._number, "offset": 0, "text": Text(text)}
            self.store(Batch(source=0, run=self._run, lines=len(lines), **place))
            self.lines += [(number, self._run, line) for number, line in enumerate(lines, self._number)]
            self._number += len(lines)

    def store(self, batch):
        """Load a batch."""
        self._ingester.add(batch)
        self._ingester.commit()

    def ask(self, question, *, kept=True):
        """Put a question as a pane does, with what it keeps, or without."""
        asker = Asker(self.database, self.ledger if kept else None)
        try:
            return question(asker)
        finally:
            asker.close()

    def tables(self):
        """The tables of parts that there are, with their rows."""
        return dict(
            self._cleaner.execute(
                "SELECT table_name, estimated_size FROM duckdb_tables() WHERE starts_with(table_name, 'parts_')"
            ).fetchall()
        )


class Joined(Growing):
    """One of all dialects, whose spans are joined, but only when it is told to."""

    def _new_ingester(self):
        return Ingester(self.database, [one.projection for one in DIALECTS], decoders(DIALECTS))

    def begin(self):
        """Empty the store."""
        super().begin()
        self.database.joined, self.database.joins = 0, frozenset()
        self._joining, self._late = Joining(self.database, DIALECTS, 1), []

    def store(self, batch):
        """Load a batch, which is not joined yet."""
        self._joining.coming(batch)
        self._joining.expect(known.spans(DIALECTS))
        super().store(batch)
        self._late.append(batch.first_id)

    def join(self):
        """Join what has been loaded."""
        self._joining.arrived(self._late, self._ingester.dialects)
        self._late = []


@contextmanager
def bounds(data):
    """Let what is kept be as if there were much of it, or as it is."""
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans()):
            patch.setattr(ledger, "_FEW", 0)
            patch.setattr(ledger, "_SLACK", 2)
            patch.setattr(kept, "_FEW_LENGTHS", data.draw(st.sampled_from((1, 10))))
        yield


@st.composite
def growth(draw, generate):
    """Return batches of lines, each with whether a run begins with it."""
    batches = [*draw(generate.logs(5)), *draw(generate.logs(5))]
    return [(lines, draw(st.booleans())) for lines in batches]


def scopes(generate):
    """Return scopes of every sort."""
    moments = st.integers(generate.begin, generate.begin + 60 * generate.ms)
    return st.builds(
        Scope,
        st.sampled_from(FILTERS).map(compile_filter),
        st.none() | st.tuples(moments, moments).map(lambda ends: (min(ends), max(ends) + 1)),
        st.none() | st.integers(1, 3),
        st.booleans(),
    )
