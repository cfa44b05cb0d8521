from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import kinds, rows, timeline
from tlx.query.ask import ALL, Asker, Interrupted, Scope
from tlx.query.concurrency.slate import Stack
from tlx.query.fields import field
from tlx.query.grouping.groups import groups
from tlx.query.language.compile import compile_filter

FILTERS = {
    "": lambda event: True,
    "execution_kind == Local": lambda event: event["execution_kind"] == "Local",
    "kind != run": lambda event: event["kind"] is not None and event["kind"].lower() != "run",
    "duration >= 20ms": lambda event: event["duration_ns"] is not None and event["duration_ns"] >= 20 * 10**6,
    "rustc": lambda event: "rustc" in event["raw"].lower(),
}


def inside(event, scope):
    """Return whether an event is in the scope, by the words of the scope alone."""
    if not FILTERS[scope.condition.text](event) or (scope.run is not None and event["run"] != scope.run):
        return False
    if scope.actions_only and (event["duration_ns"] is None or event["kind"] == "ensure"):
        return False
    if scope.window is None:
        return True
    begin = event["time"] if event["start"] is None else event["start"]
    return event["time"] is not None and event["time"] >= scope.window[0] and begin < scope.window[1]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_scope_is_its_filter_window_and_run_together(fill, generate, data):
    """Filter, window, run and actions-only hold together, whichever of them are set."""
    filled = fill(*data.draw(generate.logs()))
    begin = generate.begin + data.draw(st.integers(-10, 60)) * generate.ms
    window = (begin, begin + data.draw(st.integers(1, 40)) * generate.ms)
    scope = Scope(
        compile_filter(data.draw(st.sampled_from(tuple(FILTERS)))),
        data.draw(st.sampled_from((None, window))),
        data.draw(st.sampled_from((None, 1, 2))),
        data.draw(st.booleans()),
    )
    wanted = [event["id"] for event in filled.events if inside(event, scope)]
    page = rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 100))
    assert [row[0] for row in page] == wanted
    assert rows.total(filled.asker, scope) == len(wanted)


def test_every_query_answers_within_the_scope(build):
    """Every question takes a scope with all its parts, and together the answers fit."""
    begin, end = timeline.extent(build.asker, ALL)
    scope = Scope(compile_filter('kind == Run "a"'), (begin + 20_000_000, end - 20_000_000), 2, actions_only=True)
    number = rows.total(build.asker, scope)
    assert 0 < number < 500
    assert sum(group.calls for group in groups(build.asker, scope, [field("owner")]).rows) == number
    assert sum(kind.count for kind in kinds.kinds(build.asker, scope)) == number
    assert kinds.cache(build.asker, scope).eligible <= number
    window = timeline.extent(build.asker, scope)
    assert timeline.touching(build.asker, scope, window) == number
    counts = timeline.density(build.asker, scope, window, 10, Stack("execution_kind", ("Local", ""))).counts
    assert sum(map(sum, counts)) == number
    assert len(timeline.marks(build.asker, scope, window, 1000)) == number
    assert timeline.instants(build.asker, scope, timeline.Cut(window, 10)) == []
    assert timeline.neighbour(build.asker, scope, None, 1) is not None
    assert timeline.nearest(build.asker, scope, begin) is not None


def test_an_overtaken_question_is_interrupted(build):
    """A question that another thread interrupts ends with Interrupted, and the asker answers the next one."""
    asker = Asker(build.database)
    ended = threading.Event()

    def overtake():
        while not ended.wait(0.01):
            asker.interrupt()

    thread = threading.Thread(target=overtake)
    thread.start()
    try:
        with pytest.raises(Interrupted):
            asker.rows("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
    finally:
        ended.set()
        thread.join()
    assert asker.row("SELECT 1") == (1,)
    asker.close()


def test_a_closed_asker_is_not_interrupted(build):
    """Interrupting an asker that is closed does nothing."""
    asker = Asker(build.database)
    asker.close()
    asker.interrupt()
