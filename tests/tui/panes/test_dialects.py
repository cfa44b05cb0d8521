"""The panes over logs of the other systems: each answers what that system's users ask first."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tlx import units
from tlx.cli.main import run as run_tlx
from tlx.config.settings import Settings
from tlx.session import Session
from tlx.tui.drawing.spans import Piece
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.screens.rejects import RejectsScreen
from tlx.tui.widgets.chart import Chart

SAMPLES = Path(__file__).parents[3] / "sample_logs"
SIZES = [(80, 24), (140, 42)]


def sourcegraph(lines):
    """The events that a log of Sourcegraph holds, by what they are called."""
    records = [json.loads(line) for line in lines]
    events = [one for record in records for one in record.get("events", {}).get("events", [])]
    events += [record["event"] for record in records if "event" in record]
    return Counter(f"{event['feature']}.{event['action']}" for event in events)


def hephaestus(lines):
    """The events of Hephaestus; what a traceback says at its end is one more."""
    found = Counter(json.loads(line)["event"] for line in lines if line.startswith("{"))
    return found + Counter([line for line in lines if line.startswith("PermissionError")])


def jupyter(lines):
    """The schemas of a Jupyter log with their versions."""
    records = [json.loads(line) for line in lines]
    ids = [record["__schema__"].removesuffix("/v1").split("/")[-2:] for record in records]
    return Counter(f"{'/'.join(one)} v{record['__schema_version__']}" for one, record in zip(ids, records, strict=True))


def beamlens(lines):
    """The families of telemetry events."""
    return Counter(json.loads(line)["event"][1] for line in lines)


CASES = {
    "sourcegraph.jsonl": (sourcegraph, "name", "Features · feature.action", ("client", "user")),
    "hephaestus.log": (hephaestus, "name", "Events · event", ("status", "level", "operation")),
    "jupyter.jsonl": (jupyter, "kind", "Schemas · schema", ("status", "user or path")),
    "beamlens.jsonl": (beamlens, "kind", "Families · family", ("outcome", "operator")),
}
NONE = {"sourcegraph.jsonl": "client", "jupyter.jsonl": "action"}


@pytest.fixture(params=CASES)
def log(request):
    """A sample log by its name."""
    return SAMPLES / request.param


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_breakdown_begins_with_what_matters(explore, log, size):
    """Pane and command count the field of the dialect, and so does plain Python; the pane has its words."""
    count, field, title, _ = CASES[log.name]
    wanted = count(log.read_text().splitlines())
    async with explore(log, size=size) as drive:
        await drive.press("3")
        pane, table = drive.get(BreakdownPane), drive.table("breakdown")
        assert pane.by == field
        assert title in pane.said[0]
        assert any(f"3 {title.partition(' ')[0]}" in line for line in drive.lines())
        rows = [pane._rows[row] for row in range(table.row_count)]
        assert {row.value: row.events for row in rows} == wanted
        assert "cache hits" not in "".join(drive.lines())
        assert f"in filters: {field} = …" in "".join(drive.lines())
        first = str(rows[0].value)
        await drive.press("enter")
        assert drive.app.scope.condition.text == f"{field} == {first if ' ' not in first else json.dumps(first)}"
        await drive.press("2", *(["V"] if drive.get(DurationsPane).view.actions_only else []))
        assert drive.table("durations").row_count == rows[0].events


async def test_the_command_begins_with_the_same(log, tmp_path):
    """`tlx kinds` prints that field where none is named, with the same counts, and nothing of caches."""
    count, field, *_ = CASES[log.name]
    path = tmp_path / "printed"
    assert run_tlx(["kinds", "--format", "json", "-o", str(path), str(log)]) == 0
    found = {record["group"][field]: record["count"] for record in json.loads(path.read_bytes())}
    assert found == count(log.read_text().splitlines())
    assert run_tlx(["kinds", "-o", str(path), str(log)]) == 0
    assert "cache hits" not in path.read_text()


async def test_the_table_has_the_columns_of_the_dialect(explore, log):
    """Columns are those that the dialect fills, in its words; none is that of execution kinds."""
    async with explore(log, size=(140, 42)) as drive:
        await drive.press("2", "z")
        titles = [column.title for column in drive.get(DurationsPane).view.columns]
        assert "execution kind" not in titles
        assert set(CASES[log.name][3]) <= set(titles)
        assert all(title in drive.table("durations").render_line(0).text for title in CASES[log.name][3])


async def test_groups_say_why_there_are_none(explore):
    """Where no event can take time, the groups of actions say so and which key shows events."""
    async with explore(SAMPLES / "jupyter.jsonl", size=(140, 42)) as drive:
        await drive.press("2", "v", "z")
        assert drive.get(DurationsPane).view.by is None or drive.table("durations").row_count == 0
        assert any("a Jupyter event is an instant" in line for line in drive.lines())


async def test_outcomes_have_a_sign(explore):
    """An outcome is a sign and a word, never a colour alone; with ASCII the sign is a letter."""
    log = SAMPLES / "hephaestus.log"
    warnings = sum('"WARNING"' in line for line in log.read_text().splitlines())
    for settings, failed, warning in (
        (None, "✗ failed", "▲ warning"),
        (Settings(ascii_only=True), "! failed", "^ warning"),
    ):
        async with explore(log, size=(140, 42), settings=settings) as drive:
            await drive.press("V")
            await drive.filter("status in (failed, warning)")
            table = drive.table("durations")
            cells = [cell for row in range(table.row_count) for cell in table._rows.fresh(row).cells]
            assert cells.count((failed, "table--status-failed")) == 1
            assert cells.count((warning, "table--status-warning")) == warnings > 0


async def test_what_the_user_chose_stays(explore, log):
    """Another filter or run changes neither the facet nor the columns that the user chose."""
    async with explore(log, size=(140, 42)) as drive:
        await drive.press("3", "v")
        chosen = drive.get(BreakdownPane).by
        await drive.filter("event != nothing")
        assert drive.get(BreakdownPane).by == chosen != CASES[log.name][1]
        assert units.count(drive.get(BreakdownPane)._table.row_count) in drive.get(BreakdownPane).said[1]


SERIES = {"sourcegraph.jsonl": "kind", "jupyter.jsonl": "kind", "beamlens.jsonl": "kind"}


def printed(command, log, tmp_path, *more):
    """The rows that a command prints for a program."""
    path = tmp_path / "printed"
    assert run_tlx([command, "--format", "json", "-o", str(path), *more, str(log)]) == 0
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("name", SERIES)
async def test_the_timeline_tells_apart_what_matters(explore, tmp_path, name):
    """Pane and command count the same values in the same slices, all of them those that plain Python counts."""
    log, field = SAMPLES / name, SERIES[name]
    wanted = CASES[name][0](log.read_text().splitlines())
    if name == "sourcegraph.jsonl":  # the feature is all but the action
        wanted = sum((Counter({value.rpartition(".")[0]: number}) for value, number in wanted.items()), Counter())
    async with explore(log, size=(140, 42)) as drive:
        pane = drive.get(TimelinePane)
        stack, counts = pane._answer.stacked.stack, pane._picture.counts
        assert (stack.column, stack.values[-2:]) == (field, ("", "?"))
        found = printed("timeline", log, tmp_path, "--buckets", str(len(counts)))
        for slots, record in zip(counts, found, strict=True):
            assert {**record[field], "": 0, "?": 0} == dict(zip(stack.values, slots, strict=True))
        assert Counter({one: sum(record[field][one] for record in found) for one in stack.values[:-2]}) == wanted
        assert all(f" {value.rpartition('/')[2][:20]}" in pane.said[1] for value in stack.values[:2])


async def test_a_failure_stands_out(explore, lines_of):
    """What failed has a sign of its own in the lanes, and is drawn before others of its cell; B tells others apart."""
    async with explore(SAMPLES / "hephaestus.log", size=(80, 24)) as drive:
        await drive.press("1")
        pane = drive.get(TimelinePane)
        assert pane._answer.stacked.stack.column == "status"
        pieces = [piece for line in drive.get(Chart)._lines for piece in line]
        assert [piece for piece in pieces if piece.text == "✗"] == [Piece("✗", "status-failed")]
        await drive.press("B")
        assert pane._answer.stacked.stack.column == "name"
        assert Piece("✗", "status-failed") in [piece for line in drive.get(Chart)._lines for piece in line]
        while pane._answer.stacked.stack.column != "status":
            await drive.press("B")
    async with explore(SAMPLES / "beamlens.jsonl", size=(140, 42)) as drive:
        bars = [bar for lane in drive.get(TimelinePane)._picture.lanes for bar in lane]
        assert [bar.label for bar in bars if bar.sign == "✗"] == ["✗ llm.exception"]
        await drive.press("V")
        await drive.filter("status = open")
        assert drive.table("durations").row_count == 2  # a call, and the iteration it is in
        signs = {bar.sign for lane in drive.get(TimelinePane)._picture.lanes for bar in lane}
        assert signs == {"◌"}
        assert any("◌ open" in line for line in lines_of(drive.get(InspectorTree)))


async def test_a_log_without_times_says_so(explore, tmp_path):
    """Text without times is listed, and the timeline says why it is empty."""
    text = tmp_path / "text.log"
    text.write_text('{"timestamp": "x", "level": "INFO", "logger": "a", "message": "b"}\nINFO a.b: c | event=d.e\n')
    async with explore(text) as drive:
        assert any("No events with a time" in line for line in drive.lines())
        assert drive.table("durations").row_count == 2


async def test_e_goes_to_what_went_wrong(explore, tmp_path):
    """Failed events are selected, rejects open their list, in order of arrival and around; E goes back."""
    lines = [{"ts": n, "event": f"e{n}", "status": "failed" if n in (2, 5) else "ok"} for n in range(1, 6)]
    text = [json.dumps(line) for line in lines]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([*text[:3], "no event", *text[3:]]) + "\n")
    async with explore(path, size=(140, 42)) as drive:
        await drive.press("g", "e")
        assert drive.app.selection == 2
        await drive.press("e")
        assert isinstance(drive.app.screen, RejectsScreen)
        await drive.press("escape", "e")
        assert drive.app.selection == 6
        await drive.press("e")
        assert drive.app.selection == 2
        await drive.press("E")
        assert drive.app.selection == 6
        assert "3 of 3" in str(list(drive.app._notifications)[-1].message)
        await drive.filter("status = ok")
        await drive.press("e")
        assert isinstance(drive.app.screen, RejectsScreen)


@pytest.mark.parametrize("name", ["hephaestus.log", "beamlens.jsonl"])
async def test_e_finds_the_failure_of_a_dialect(explore, name):
    """In the sample of a dialect the key leads to the event that failed, whatever view is shown."""
    async with explore(SAMPLES / name, size=(80, 24)) as drive:
        await drive.press("e")
        failed = drive.ask(lambda asker: asker.rows("SELECT id FROM events WHERE status = 'failed'"))
        assert [(drive.app.selection,)] == failed


@pytest.mark.parametrize("name", ["hephaestus.log", "beamlens.jsonl"])
async def test_the_first_groups_are_those_that_the_command_prints(explore, tmp_path, name):
    """Pane and command group actions by the same field where none is named, with the same numbers in the same order."""
    found = printed("durations", SAMPLES / name, tmp_path)
    async with explore(SAMPLES / name, size=(140, 42)) as drive:
        await drive.press("2", "v")
        pane, table = drive.get(DurationsPane), drive.table("durations")
        keys = [column.key for column in pane.view.columns]
        assert list(found[0]["group"]) == [pane.view.by]
        rows = [dict(zip(keys, table._rows.fresh(row).cells, strict=True)) for row in range(table.row_count)]
        assert len(rows) == len(found) > 0
        for row, record in zip(rows, found, strict=True):
            assert row["label"] == record["group"][pane.view.by]
            assert row["calls"] == units.count(record["calls"])
            for key in ("total_ns", "p50_ns", "max_ns"):
                assert row[key] == units.duration(record[key])


async def test_each_run_of_mixed_logs_has_its_own_beginning(drive_over):
    """Where dialects mix the commonest decides and the dialect is a facet; of one run alone its own dialect does."""
    session = Session([str(SAMPLES / "hephaestus.log"), str(SAMPLES / "beamlens.jsonl")], Settings())
    session.start()
    session.wait()
    async with drive_over(session, size=(140, 42)) as drive:
        pane = drive.get(BreakdownPane)
        assert (pane.by, "dialect" in pane._fields, "level" in pane._fields) == ("kind", True, True)
        for run, by, title in ((1, "name", "Events"), (2, "kind", "Families")):
            drive.app.scope = drive.app.scope._replace(run=run)
            await drive.settle()
            assert (pane.by, pane.said[0].partition(" · ")[0]) == (by, f"3 {title}")
            assert drive.get(TimelinePane)._answer.stacked.stack.column == ("status" if run == 1 else "kind")
    session.close()
