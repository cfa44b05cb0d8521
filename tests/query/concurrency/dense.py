"""Logs in which many actions begin, end and overlap within a few ms, so that every edge is met."""

from __future__ import annotations

from hypothesis import strategies as st

_spans = st.tuples(
    st.integers(0, 24),
    st.one_of(st.integers(0, 3), st.integers(0, 12)),
    st.sampled_from(("Run", "Run", "Run", "Copy", None)),
    st.sampled_from(("Local", "Local", "Remote", None)),
)
_odd = st.sampled_from(
    (
        '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287108027}',
        '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287108013}',
        '{"BxlEnsureArtifactsEvent":{"duration_millis":20},"epoch_millis":1771287108020}',
        '{"ActionExecutionEvent":{"kind":"Run","name":{},"duration_millis":5}}',
        '{"timestamp":"1969-12-31T23:59:59Z","duration_ns":1000}',
        "{}",
    )
)


@st.composite
def logs(draw, action):
    """Return runs of lines, events that are no actions or have no time among them."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        spans = draw(st.lists(_spans, min_size=draw(st.sampled_from((0, 3, 6))), max_size=10))
        lines = [action(end, long, kind=kind, execution_kind=how) for end, long, kind, how in spans]
        found.append(draw(st.permutations(lines + draw(st.lists(_odd, max_size=2)))))
    return found
