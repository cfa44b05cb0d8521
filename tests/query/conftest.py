"""A store filled with generated lines, and the same events as dictionaries that Python alone decoded."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.generic import GENERIC
from tlx.model import EVENT_COLUMNS, Batch, Header, Run
from tlx.query.ask import Asker
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter
from tlx.text import Text

MS = 1_000_000
BEGIN_MS = 1_771_287_108_000
CACHED = ("ActionCache", "RemoteDepFileCache", "LocalDepFile", "LocalActionCache")
WORDS = ("cxx_compile", "Cxx_Compile", "rustc", "link", "kotlinc", "a b", "")
TAILS = (" (cfg//linux:x86_64#da4de3c780a17bfa)", " (<unbound>)", " (a) (b)", "(c)", " (", ")", "")


@dataclass(frozen=True)
class Filled:
    """A store and what it holds."""

    asker: Asker
    database: Database
    events: list[dict[str, Any]]


def _decode_buck2(record: dict[str, Any]) -> dict[str, Any]:
    action = record.get("ActionExecutionEvent")
    user = record.get("StarlarkUserEvent")
    ensure = record.get("BxlEnsureArtifactsEvent")
    end = record.get("epoch_millis")
    time = None if end is None else end * MS
    if user is not None:
        return {"event": "StarlarkUserEvent", "kind": "user", "name": user.get("id"), "time": time}
    body = action if action is not None else ensure
    long = body.get("duration_millis")
    event: dict[str, Any] = {"time": time, "duration_ns": None if long is None else long * MS}
    event["start"] = None if None in (long, end) else (end - long) * MS
    if action is None:
        return {**event, "event": "BxlEnsureArtifactsEvent", "kind": "ensure", "name": "ensure artifacts"}
    name = action.get("name") or {}
    category, identifier = name.get("category"), name.get("identifier")
    words = [word for word in (category, identifier) if word is not None]
    waited = action.get("input_materialization_duration_millis")
    return {
        **event,
        "event": "ActionExecutionEvent",
        "name": category if identifier == "" else " ".join(words) if words else None,
        "category": category,
        "identifier": identifier,
        "kind": action.get("kind"),
        "execution_kind": action.get("execution_kind"),
        "status": "cached" if action.get("execution_kind") in CACHED else None,
        "owner": action.get("owner"),
        "input_materialization_ns": None if waited is None else waited * MS,
        "output_size": action.get("output_size"),
    }


def _decode_generic(record: dict[str, Any]) -> dict[str, Any]:
    time, long = record.get("timestamp"), record.get("duration_ns")
    if isinstance(time, str):
        moment = datetime.fromisoformat(time) - datetime.fromisoformat("1970-01-01T00:00:00Z")
        time = moment // timedelta(microseconds=1) * 1000
    return {
        "event": record.get("event"),
        "name": record.get("event") if record.get("event") is not None else record.get("message"),
        "kind": record.get("level"),
        "status": record.get("status"),
        "level": record.get("level"),
        "time": time,
        "duration_ns": long,
        "start": time - long if None not in (time, long) and time >= 0 else None,
        "trace": record.get("trace_id"),
        "span": record.get("span_id"),
    }


def decode(line: str) -> dict[str, Any]:
    """Return the event that a line means, every column there."""
    record = json.loads(line)
    tags = ("ActionExecutionEvent", "StarlarkUserEvent", "BxlEnsureArtifactsEvent")
    known = any(record.get(tag) is not None for tag in tags)
    columns = _decode_buck2(record) if known else _decode_generic(record)
    dialect = "buck2-user" if known else "generic"
    return {**dict.fromkeys(EVENT_COLUMNS), **columns, "dialect": dialect, "raw": line}


_MOST_ROWS = 100_000
"""So many rows are in the first group of a table, and some more."""


class _Shelf:
    """A store whose logs take one another's place.

    It is made anew now and then: an order with a limit leaves out whole groups of rows by their bounds, in which DuckDB
    2.0 counts rows that were deleted. tlx deletes no events.
    """

    def __init__(self) -> None:
        self.database = Database()
        self.ingester = Ingester(self.database, (BUCK2_USER.projection, GENERIC.projection))
        self.writer = RunWriter(self.database)
        self.asker = Asker(self.database)
        self.cleaner = self.database.cursor()
        self.taken = 0
        self.database.settle(live=True)

    def clear(self) -> None:
        """Empty it."""
        for table in ("fresh_events", "rejects", "runs", "sources"):
            self.cleaner.execute(f"DELETE FROM {table}")  # noqa: S608  the names above

    def close(self) -> None:
        """Free its memory."""
        for one in (self.asker, self.ingester, self.writer, self.cleaner, self.database):
            one.close()


@pytest.fixture(scope="session")
def fill() -> Iterator[Callable[..., Filled]]:
    """A function that puts runs of lines into the one store, in place of what was there."""
    shelves = [_Shelf()]

    def filled(*runs: Sequence[str]) -> Filled:
        lines_in_all = sum(map(len, runs))
        if shelves[-1].taken + lines_in_all > _MOST_ROWS:
            shelves.pop().close()
            shelves.append(_Shelf())
        shelf = shelves[-1]
        shelf.taken += lines_in_all
        shelf.clear()
        events: list[dict[str, Any]] = []
        number = 1
        for run, lines in enumerate(runs, 1):
            shelf.writer.add_run(Run(run, 0, number, Header("buck2-user", f"run {run}", None, None), "{}"))
            number += 1
            if not lines:
                continue
            for line_number, line in enumerate(lines, number):
                place = {"id": line_number, "source": 0, "run": run, "line": line_number}
                events.append({**decode(line), **place})
            text = Text("\n".join(lines).encode())
            outcome = shelf.ingester.add(
                Batch(source=0, run=run, first_id=number, first_line=number, offset=0, text=text, lines=len(lines))
            )
            assert (outcome.events, outcome.rejects) == (len(lines), 0)
            number += len(lines)
        shelf.ingester.commit()
        return Filled(shelf.asker, shelf.database, events)

    yield filled
    shelves.pop().close()


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _kept(record: dict[str, Any]) -> dict[str, Any]:
    """Leave absent fields out, as Buck2 does."""
    return {key: value for key, value in record.items() if value is not None}


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
texts = st.one_of(st.sampled_from(WORDS), any_text)
owners = st.builds(
    str.__add__, st.one_of(st.sampled_from(("root//a:b", "root//e\u0301:c", "")), any_text), st.sampled_from(TAILS)
)
millis = st.one_of(st.integers(0, 40), st.integers(0, 10**7))
sizes = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))

actions = st.builds(
    lambda body, name, end: _line(
        {"ActionExecutionEvent": {**_kept(body), "name": _kept(name)}, **_kept({"epoch_millis": end})}
    ),
    st.fixed_dictionaries(
        {
            "kind": _maybe(st.sampled_from(("Run", "Run", "run", "Copy", "ensure"))),
            "duration_millis": _maybe(millis),
            "output_size": _maybe(sizes),
            "input_materialization_duration_millis": _maybe(millis),
            "execution_kind": _maybe(st.sampled_from((*CACHED, "Local", "Remote", "Simple", "local"))),
            "owner": _maybe(owners),
        }
    ),
    st.fixed_dictionaries({"category": _maybe(texts), "identifier": _maybe(texts)}),
    _maybe(st.integers(BEGIN_MS, BEGIN_MS + 60)),
)
users = st.builds(
    lambda name, end, n: _line({"StarlarkUserEvent": {"id": name, "metadata": {"n": n}}, "epoch_millis": end}),
    texts,
    st.integers(BEGIN_MS, BEGIN_MS + 60),
    st.integers(0, 9),
)
ensures = st.builds(
    lambda long, end: _line({"BxlEnsureArtifactsEvent": {"duration_millis": long}, "epoch_millis": end}),
    st.integers(0, 60),
    st.integers(BEGIN_MS, BEGIN_MS + 60),
)
others = st.builds(
    lambda record: _line(_kept(record)),
    st.fixed_dictionaries(
        {
            "timestamp": _maybe(st.integers(BEGIN_MS * MS, (BEGIN_MS + 60) * MS)),
            "event": _maybe(texts),
            "message": _maybe(texts),
            "level": _maybe(st.sampled_from(("info", "Info", "error"))),
            "status": _maybe(texts),
            "trace_id": _maybe(texts),
            "span_id": _maybe(texts),
            "duration_ns": _maybe(st.integers(0, 50 * MS)),
        }
    ),
)


def logs(max_size: int = 14) -> st.SearchStrategy[list[list[str]]]:
    """Return one to three runs of mixed lines."""
    lines = st.lists(st.one_of(actions, actions, users, ensures, others), max_size=max_size)
    return st.lists(lines, min_size=1, max_size=3)


@pytest.fixture(scope="session")
def generate() -> SimpleNamespace:
    """The strategies for generated logs, and what decodes a line of them."""
    return SimpleNamespace(logs=logs, text=any_text, begin=BEGIN_MS * MS, ms=MS, decode=decode)


@pytest.fixture(scope="session")
def action() -> Callable[..., str]:
    """A function that writes one action line; the end is given in ms since the log began."""

    def written(end: int | None = 0, duration: int | None = 1, **fields: Any) -> str:
        name = {key: fields.pop(key) for key in ("category", "identifier") if key in fields}
        body = {"kind": "Run", "execution_kind": "Local", **fields, "duration_millis": duration, "name": name}
        place = {} if end is None else {"epoch_millis": BEGIN_MS + end}
        return _line({"ActionExecutionEvent": _kept(body), **place})

    return written


@pytest.fixture
def build(fill: Callable[..., Filled], action: Callable[..., str]) -> Filled:
    """Two runs of five hundred actions, with many ties and gaps."""
    dice = random.Random(7)  # noqa: S311  the same log each time

    def line() -> str:
        return action(
            end=dice.choice((None, dice.randrange(200))),
            duration=dice.choice((None, 0, dice.randrange(20), dice.randrange(150))),
            kind=dice.choice(("Run", "Copy", None, "ensure")),
            execution_kind=dice.choice((*CACHED, "Local", "Remote", None)),
            category=dice.choice(WORDS),
            identifier=f"file_{dice.randrange(30)}",
            owner=dice.choice(("root//a:b", "root//a:c", "x")) + dice.choice(TAILS),
            output_size=dice.choice((None, 0, dice.randrange(5000))),
        )

    return fill([line() for _ in range(500)], [line() for _ in range(500)])
