"""A store that grows, and strategies for how it does and what is asked of it."""

from __future__ import annotations

from hypothesis import strategies as st

from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.generic import GENERIC
from tlx.model import Batch, Header, Run
from tlx.query.ask import Asker, Scope
from tlx.query.growing.ledger import Ledger
from tlx.query.language.compile import compile_filter
from tlx.store import schema
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter

FILTERS = ("", "duration > 5ms", "exec in (Local, Remote)", "metadata.n >= 3", "not name ~ rust", "kind == never")


class Growing:
    """A store that lines are added to, asked with a ledger and without."""

    def __init__(self):
        self.database = Database()
        self._cleaner = self.database.cursor()
        self._ingester = Ingester(self.database, (BUCK2_USER.projection, GENERIC.projection))
        self._writer = RunWriter(self.database)
        self.begin()

    def begin(self):
        """Empty the store, and forget what was kept."""
        for table in self.tables():
            self._cleaner.execute(f"DROP TABLE {table}")
        for statement in schema.statements():
            table = statement.split()[2]
            self._cleaner.execute(f"DROP TABLE IF EXISTS {table}")
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
            place = {"first_id": self._number, "first_line": self._number, "offset": 0, "text": text}
            self._ingester.add(Batch(source=0, run=self._run, lines=len(lines), **place))
            self._ingester.commit()
            self.lines += [(number, self._run, line) for number, line in enumerate(lines, self._number)]
            self._number += len(lines)

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
