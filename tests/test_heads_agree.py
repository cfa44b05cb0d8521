"""What a pane shows is what its command prints, and both are what plain Python counts in the log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import Static

import oracle
from calm import settled
from tlx import units
from tlx.cli.main import run as run_tlx
from tlx.config.settings import Settings
from tlx.dialects.known import breakdown
from tlx.query.concurrency import gaps
from tlx.session import Session
from tlx.tui import palette
from tlx.tui.app import TlxApp
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.screens.insights import FactList, InsightsPane
from tlx.tui.views.facet_rows import columns_for
from tlx.tui.widgets.table import Table

ROOT = Path(__file__).parents[1]
SIZE = (140, 42)


@dataclass(frozen=True)
class Question:
    """A part of a log, asked for in three ways: as a filter, as a run, and as a predicate of Python."""

    sample: str
    where: str
    keep: Callable[[oracle.Event], bool]
    run: int | None = None

    @property
    def path(self) -> Path:
        """The log."""
        return ROOT / "sample_logs" / self.sample

    @property
    def flags(self) -> list[str]:
        """The arguments of a command that asks it."""
        where = ["-w", self.where] if self.where else []
        return [*where, *(["--run", str(self.run)] if self.run else []), str(self.path)]

    def log(self) -> oracle.Log:
        """The log as Python reads it, other runs left out."""
        found = oracle.read(oracle.text_of(self.path)[1])
        return oracle.Log([found.runs[self.run - 1]] if self.run else found.runs)


def kind_of(event: oracle.Event) -> str | None:
    """How an action ran."""
    return (event.action or {}).get("execution_kind")


def category_of(event: oracle.Event) -> str | None:
    """The category of an action."""
    return ((event.action or {}).get("name") or {}).get("category")


def owner_of(event: oracle.Event) -> str | None:
    """The owner of an action, without its configuration."""
    owner = (event.action or {}).get("owner")
    return owner.partition(" (")[0] if owner and owner.endswith(")") else owner


QUESTIONS = {
    "all of a log": Question("build.json-lines.zst", "", lambda event: True),
    "slow actions of two kinds": Question(
        "build.json-lines.zst",
        "duration > 300ms execution_kind in (Local, Remote)",
        lambda event: (
            event.duration is not None and event.duration > 3 * 10**8 and kind_of(event) in ("Local", "Remote")
        ),
    ),
    "one run of several, not one category": Question(
        "three_runs.json-lines.zst",
        "not category = rustc",
        lambda event: (category_of(event) or "").lower() != "rustc",
        run=2,
    ),
}


def field(name: str) -> Callable[[oracle.Event], str | None]:
    """A function that returns a field of an action as it stands in the log."""
    return lambda event: (event.action or {}).get(name)


VIEWS = {
    "name": oracle.name,
    "category": category_of,
    "owner_unconfigured": owner_of,
    "execution_kind": kind_of,
    "kind": field("kind"),
    "owner": field("owner"),
}
DURATIONS = ("total_ns", "wall_ns", "mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns")


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest) -> Question:
    """A part of a log."""
    return QUESTIONS[request.param]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys do not wait until the processor idles: `settle` knows better."""

    async def turn(*_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr("tlx.tui.timeline.rest.REST_SECONDS", 0)
    monkeypatch.setattr("textual.app.wait_for_idle", turn)
    monkeypatch.setattr("textual.pilot.wait_for_idle", turn)


@pytest.fixture(scope="module")
def sessions() -> Iterator[dict[Path, Session]]:
    """The logs that were read: a finished session serves many apps."""
    found: dict[Path, Session] = {}
    yield found
    for session in found.values():
        session.close()


@pytest.fixture
def explore(sessions: dict[Path, Session]):
    """Run the app over the log of a question, its filter and run set."""

    @asynccontextmanager
    async def running(question: Question):
        if question.path not in sessions:
            sessions[question.path] = Session([str(question.path)], Settings())
            sessions[question.path].start()
            sessions[question.path].wait()
        app = TlxApp(sessions[question.path], Settings(), question.where, question.run)
        async with app.run_test(size=SIZE) as pilot:

            async def settle(*keys: str) -> None:
                """Press keys; wait until every question is answered and every answer drawn."""
                await pilot.press(*keys)
                await settled(app, pilot)

            await settle()
            yield app, settle

    return running


@pytest.fixture
def printed(tmp_path: Path):
    """A function that returns the rows that a command prints: to a file, for Textual holds the streams."""

    def ran(command: str, question: Question, *arguments: object) -> list[dict]:
        path = tmp_path / "printed"
        words = [command, "--format", "json", "-o", str(path), *map(str, arguments), *question.flags]
        assert run_tlx(words) == 0
        return json.loads(path.read_bytes())

    return ran


def shown(table: Table, keys: list[str]) -> list[dict[str, str]]:
    """The rows of a table that are in hand, from the first one on, as texts by the keys of their columns."""
    rows = []
    while (row := table._rows.fresh(len(rows))) is not None:
        texts = [cell if isinstance(cell, str) else cell[0] for cell in row.cells]
        rows.append(dict(zip(keys, texts, strict=True)))
    return rows


def approximately(record: dict) -> dict:
    """A record with its fractions compared as such."""
    return {key: pytest.approx(value) if isinstance(value, float) else value for key, value in record.items()}


async def test_durations(explore, printed, question):
    """Every group view of the durations pane has the rows of `tlx durations`, in order, and their figures."""
    actions = [event for event in oracle.actions(question.log()) if question.keep(event)]
    async with explore(question) as (app, settle):
        pane, table = app.query_one(DurationsPane), app.query_one("#durations-table", Table)
        left = set(VIEWS)
        while left:
            await settle("v")
            by = pane.view.by
            if by not in left:
                continue
            left.remove(by)
            found = printed("durations", question, "--by", by)
            rows = shown(table, [column.key for column in pane.view.columns])
            assert table.row_count == len(found) > 0
            assert min(len(found), 10) <= len(rows)
            for row, record in zip(rows, found, strict=False):
                label = record["group"][by] if record["group"][by] is not None else "(none)"
                assert row["label"].endswith(label)
                assert row["calls"] == units.count(record["calls"])
                assert row["share"].endswith(units.share(record["share"], 1))
                for key in DURATIONS:
                    assert row[key] == units.duration(record[key]), (by, label, key)
            wanted = oracle.durations(actions, VIEWS[by])
            assert {record.pop("group")[by]: approximately(record) for record in found} == wanted


def any_kind(event: oracle.Event) -> str | None:
    """The kind of any event: that of an action, or what else it is."""
    others = {"StarlarkUserEvent": "user", "BxlEnsureArtifactsEvent": "ensure"}
    return field("kind")(event) if event.action is not None else others.get(event.type or "")


FACETS = {**VIEWS, "kind": any_kind, "event": lambda event: event.type}


async def test_breakdown(explore, printed, question):
    """Every facet of the breakdown has the rows of `tlx kinds`, in order, their figures and the same hit rate."""
    events = [event for event in question.log().events if question.keep(event)]
    async with explore(question) as (app, settle):
        await settle("3")
        pane, table = app.query_one(BreakdownPane), app.query_one("#breakdown-table", Table)
        for by in breakdown("buck2-user").facets:
            assert pane.by == by
            found = printed("kinds", question, "--by", by)
            rows = shown(table, [column.key for column in columns_for(by)])
            assert len(rows) == min(len(found), len(rows)) > 0
            assert table.row_count == len(found)
            for row, record in zip(rows, found, strict=False):
                none = "not recorded" if by == "execution_kind" else "(none)"
                assert row["value"].endswith(record["group"][by] if record["group"][by] is not None else none)
                assert (row["events"], row["hits"]) == (units.count(record["count"]), units.count(record["cache_hits"]))
                assert row["duration_ns"] == units.duration(record["duration_ns"])
                assert row["share"] == units.share(record["share"], 1)
                assert row["output_size"] == units.size(record["output_size"])
                assert row["rate"] == units.share(record["cache_hits"], record["cache_eligible"])
            hits, eligible = (sum(record[key] for record in found) for key in ("cache_hits", "cache_eligible"))
            rate = f"cache hits {units.share(hits, eligible)} = {units.count(hits)} / {units.count(eligible)}"
            assert str(app.query_one("#cache", Static).render()).startswith(rate)
            counted = [event for event in events if event.action is not None] if by == "execution_kind" else events
            wanted = oracle.facets(counted, FACETS[by])
            assert {record.pop("group")[by]: approximately(record) for record in found} == wanted
            await settle("v")


async def test_timeline(explore, printed, question):
    """The timeline has in each cell the counts of a slice of `tlx timeline`, and the same actions in flight."""
    async with explore(question) as (app, settle):
        await settle()
        picture = app.query_one(TimelinePane)._picture
        buckets = len(picture.counts)
        found = printed("timeline", question, "--buckets", buckets)
        assert len(found) == buckets > 60
        for counts, running, record in zip(picture.counts, picture.running, found, strict=True):
            by_kind = dict(zip(palette.STACK, counts, strict=True))
            kinds = {kind: number for kind, number in record["execution_kinds"].items() if number}
            assert {kind: number for kind, number in by_kind.items() if kind and number} == kinds
            assert sum(counts) == record["events"]
            assert running == pytest.approx(record["in_flight_mean"])
        assert picture.busiest == max(record["in_flight_most"] for record in found)
        use = app.query_one(TimelinePane)._use
        told = {record["name"]: record["values"] for record in printed("insights", question)}
        idle, tail = gaps.idlest(use.paces), gaps.longest_tail(use.paces)
        assert (idle.idle_ns, idle.gaps_in_all, idle.gaps[0].length_ns) == (
            told["idle"]["idle_ns"],
            told["idle"]["gaps"],
            told["idle"]["length_ns"],
        )
        assert tail.tail_ns == told["tail"]["tail_ns"]
        said = app.query_one(TimelinePane).said[1]
        assert f"idle {units.duration(idle.idle_ns)} in {idle.gaps_in_all} gaps" in said
        assert f"tail {units.duration(tail.tail_ns)}" in said
    begin, end = picture.window
    wanted = oracle.timeline(question.log(), (begin, end), -(-(end - begin) // buckets), question.keep)
    for record in found:
        record["execution_kinds"] = {kind: number for kind, number in record["execution_kinds"].items() if number}
    assert [approximately(record) for record in found] == wanted


async def test_actions(explore, printed, question):
    """The table of actions has the events of `tlx events` in the same order, and their columns."""
    async with explore(question) as (app, settle):
        await settle()
        pane, table = app.query_one(DurationsPane), app.query_one("#durations-table", Table)
        assert pane.view.by is None
        actions = "exists(duration) not kind == ensure"
        found = printed("events", question, "-w", actions, "--sort", "duration")
        rows = shown(table, [column.key for column in pane.view.columns])
        assert table.row_count == len(found) >= len(rows) > 10
        for row, record in zip(rows, found, strict=False):
            assert row["name"] == record["name"]
            assert row["duration_ns"] == units.duration(record["duration_ns"])
            assert row["output_size"] == units.size(record["output_size"])
            assert row["owner"] == (record["owner"] or units.MISSING)
    wanted = [event for event in oracle.actions(question.log()) if question.keep(event)]
    wanted.sort(key=lambda event: (-event.duration, event.line))
    assert [record["line"] for record in found] == [event.line for event in wanted]


@pytest.mark.parametrize("descending", [True, False])
async def test_a_path_of_the_payload(explore, printed, question, descending):
    """A column of numbers in the payload sorts the table as `tlx events --sort` does, and as numbers."""
    path, wanted = ".ActionExecutionEvent.output_size", "exists(.ActionExecutionEvent.output_size)"
    async with explore(question) as (app, settle):
        await settle()
        pane, table = app.query_one(DurationsPane), app.query_one("#durations-table", Table)
        column = pane.view.columns[-1]._replace(key=path, title=path, flexible=False, width=16, wide_only=0)
        pane._views.change(
            pane.view._replace(columns=(*pane.view.columns[:1], column), sort=path, descending=descending)
        )
        pane._show_view()
        await settle()
        rows = [row[path] for row in shown(table, [pane.view.columns[0].key, path])]
    order = f"{path}{'' if descending else ':asc'}"
    actions = ("-w", "exists(duration) not kind == ensure", "-w", wanted)
    found = printed("events", question, *actions, "--sort", order, "--columns", path)
    values = [int(record[path]) for record in found]
    assert rows[: len(values)] == [str(value) for value in values][: len(rows)]
    assert len(set(values)) > 10
    assert values == sorted(values, reverse=descending)


async def test_insights(explore, printed, question):
    """The screen of insights says what `tlx insights` prints, line by line, and of what is missing the same."""
    async with explore(question) as (app, settle):
        await settle("i")
        pane = app.screen.query_one(InsightsPane)
        options = pane.query_one(FactList).options
        found = printed("insights", question)
        assert len(found) > 5
        texts = [
            "".join(str(cell) for column in one.prompt.columns for cell in column.cells)
            for one in options
            if not one.disabled
        ]
        assert [text.removeprefix(">") for text in texts[: len(found)]] == [
            f"{number}{record['text']}" for number, record in enumerate(found, 1)
        ]
        assert len(texts) > len(found)
        assert all("buck2 log " in text for text in texts[len(found) :])
        for insight, record in zip(pane._found, found, strict=True):
            assert insight.values == approximately(record["values"])


@pytest.mark.parametrize("sample", ["hephaestus.log", "beamlens.jsonl"])
async def test_open_spans(explore, printed, sample):
    """What has begun and not ended stands in the list and in the curve as it is printed, and as it is counted."""
    question = Question(sample, "", lambda event: True)
    async with explore(question) as (app, settle):
        await settle()
        pane, table = app.query_one(DurationsPane), app.query_one("#durations-table", Table)
        actions = printed("events", question, "-w", "exists(duration) or status == open", "--sort", "duration")
        rows = shown(table, [column.key for column in pane.view.columns])
        assert table.row_count == len(actions) >= len(rows) > 5
        for row, record in zip(rows, actions, strict=False):
            assert row["name"] == (record["name"] or record["event"])
            assert row["duration_ns"] == units.duration(record["duration_ns"])
        still = [record for record in actions if record["duration_ns"] is None]
        (run,) = printed("runs", question)["runs"]
        assert pane.said[1] == f"{run['actions']} actions · {len(still)} open"
        assert still == actions[-len(still) :]
        assert all(record["status"] == "open" for record in still)
        picture = app.query_one(TimelinePane)._picture
        slices = printed("timeline", question, "--buckets", len(picture.counts))
        for running, record in zip(picture.running, slices, strict=True):
            assert running == pytest.approx(record["in_flight_mean"])
        assert picture.busiest == max(record["in_flight_most"] for record in slices)
    times = [datetime.fromisoformat(record["time"]) for record in printed("events", question) if record["time"]]
    spans = [(record["start"] or record["time"], record["time"]) for record in actions if record["duration_ns"]]
    spans = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in spans]
    spans += [(datetime.fromisoformat(record["time"]), max(times)) for record in still if record["time"]]
    for record in slices:
        begin, end = datetime.fromisoformat(record["begin"]), datetime.fromisoformat(record["end"])
        area = sum(max(timedelta(), min(end, until) - max(begin, since)).total_seconds() for since, until in spans)
        assert record["in_flight_mean"] == pytest.approx(area / (end - begin).total_seconds(), abs=1e-3)
    assert [run["open"] for run in printed("runs", question)["runs"]] == [len(still)]
