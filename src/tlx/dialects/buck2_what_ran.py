"""What `buck2 log what-ran`, `what-failed`, `what-materialized` and `what-uploaded` print with `--format json`.

Facts from facebook/buck2 at 13baa8a1d181, by file: what_ran.rs, what_failed.rs, what_materialized.rs, what_uploaded.rs
of app/buck2_cmd_log_client/src (keys, which of them may be absent); what_ran.rs (reasons, which commands are printed),
display.rs (identities) and fmt_duration.rs (durations) of app/buck2_event_observer/src; action_cache.rs of
app/buck2_execute_impl/src/executors (`Cache` and `ReDepFileCache` are hits); run.rs of
app/buck2_action_impl/src/actions/impls (the one kind of action with commands); data.proto of app/buck2_data (kinds).

A line is a command of an action. None tells a time: a duration alone, which is that of the whole action and stands in
the line of each of its commands. None tells whether it failed either: `what-failed` prints the same lines of fewer
actions. A command that has not ended has no duration, and `null` as text for its stderr where that is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlx.dialects.base import OF_A_BUILD, Breakdown, Detail, Dialect, Story
from tlx.model import OPEN, Projection

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

_KINDS = {
    "Local": "Local",
    "Re": "Remote",
    "Worker": "LocalWorker",
    "ReWorker": "RemoteWorker",
    "Cache": "ActionCache",
    "ReDepFileCache": "RemoteDepFileCache",
    "LocalDepFileCache": "LocalDepFile",
}
"""The execution kinds of executors; `CacheQuery` and `WorkerInit` execute no action. Those of a build are of the kind
that Buck2 calls Run: no other has commands."""
_WHENS = " ".join(f"WHEN '{executor}' THEN '{kind}'" for executor, kind in _KINDS.items())
_HITS = ("Cache", "ReDepFileCache", "LocalDepFileCache")
_METHODS = ("cas", "copy", "http", "write", "<unknown>")
_MARKS: Mapping[str, Any] = {
    **dict.fromkeys(("reason", "identity", "path", "method"), "VARCHAR"),
    **dict.fromkeys(("file_count", "total_bytes", "digests_uploaded", "bytes_uploaded"), "UBIGINT"),
    "reproducer": {"executor": "VARCHAR"},
    "action": "JSON",
}
_COMMAND = "(j.reason IS NOT NULL AND j.identity IS NOT NULL AND j.reproducer.executor IS NOT NULL)"
_MATERIALIZATION = (
    f"(j.path IS NOT NULL AND coalesce(j.method IN {_METHODS!r}, FALSE)"
    " AND j.file_count IS NOT NULL AND j.total_bytes IS NOT NULL)"
)
_UPLOAD = (
    "(coalesce(json_type(j.action) = 'VARCHAR', FALSE)"
    " AND j.digests_uploaded IS NOT NULL AND j.bytes_uploaded IS NOT NULL)"
)
_IDENTITY = r"(?s)^(.+?(?: \([^() ]*\))?) \(([a-z][a-z0-9_]*)(?: (.*))?\)$"
"""The owner, its configuration with it; the category, which has no space; the identifier, which may hold anything."""
_DURATION = r"^(?:(?:(\d{1,6}):)?(\d{1,2}):)?(\d{1,9})\.(\d)s$"
"""Hours, minutes, seconds and tenths, such as 1:02:03.4s and 3.4s."""


def _rules() -> Rules:
    from tlx.dialects.rules.buck2_what_ran import RULES  # noqa: PLC0415  only where events are checked

    return RULES


def _number(part: str) -> str:
    return f"coalesce(TRY_CAST((long).{part} AS BIGINT), 0)"


BUCK2_WHAT_RAN = Dialect(
    name="buck2-what-ran",
    title="Commands of buck2 log what-ran",
    projection=Projection(
        dialect="buck2-what-ran",
        structure={**_MARKS, "duration": "VARCHAR", "std_err": "VARCHAR"},
        marks=_MARKS,
        recognise=f"({_COMMAND} OR {_MATERIALIZATION} OR {_UPLOAD})",
        shorthands={
            "is_command": _COMMAND,
            "is_materialization": f"NOT {_COMMAND} AND {_MATERIALIZATION}",
            "is_upload": f"NOT {_COMMAND} AND {_UPLOAD}",
            "how": "j.reproducer.executor",
            "is_run": f"coalesce(j.reason = 'build' AND j.reproducer.executor IN {tuple(_KINDS)!r}, FALSE)",
            "whose": "CASE WHEN is_command THEN j.identity WHEN is_upload THEN j.action->>'$' END",
            "named": (
                "regexp_extract(CASE WHEN is_upload OR j.reason = 'build' THEN whose END,"
                f" '{_IDENTITY}', ['owner', 'category', 'identifier'])"
            ),
            "sort": "nullif((named).category, '')",
            "long": f"regexp_extract(j.duration, '{_DURATION}', ['hours', 'minutes', 'seconds', 'tenths'])",
        },
        columns={
            "event": (
                "CASE WHEN is_materialization THEN 'materialization' WHEN is_upload THEN 'upload' ELSE j.reason END"
            ),
            # What executes no action has a name of its own, so that it does not count as one.
            "name": (
                "CASE WHEN is_materialization THEN j.path WHEN sort IS NOT NULL THEN CASE WHEN NOT is_run"
                " THEN concat_ws(' ', sort, nullif((named).identifier, '')) END"
                " WHEN is_upload OR j.reason = 'build' THEN whose ELSE j.reason END"
            ),
            "category": "sort",
            "identifier": "CASE WHEN sort IS NOT NULL THEN (named).identifier END",
            "kind": (
                "CASE WHEN is_materialization THEN j.method WHEN is_upload THEN 'upload'"
                " WHEN is_run THEN 'Run' ELSE how END"
            ),
            "execution_kind": f"CASE how {_WHENS} END",
            "status": (
                f"CASE WHEN how IN {_HITS!r} THEN 'cached' WHEN is_run AND j.duration IS NULL"
                f" AND j.std_err = 'null' THEN '{OPEN}' END"
            ),
            "owner": (
                "CASE WHEN sort IS NOT NULL THEN (named).owner"
                " ELSE nullif(nullif(nullif(whose, ''), 'unknown action'), 'unknown test suite') END"
            ),
            "duration_ns": (
                f"CASE WHEN (long).tenths <> '' THEN ((({_number('hours')} * 60 + {_number('minutes')}) * 60"
                f" + {_number('seconds')}) * 10 + {_number('tenths')}) * 100000000 END"
            ),
            "output_size": "CASE WHEN is_materialization THEN j.total_bytes WHEN is_upload THEN j.bytes_uploaded END",
        },
    ),
    samples=(
        (
            b'{"reason":"build","identity":"root//app:main (cfg//linux:x86_64#da4de3c780a17bfa) (cxx_compile main.c)",'
            b'"reproducer":{"executor":"Re","details":{"digest":"5fb1e8:142","platform_properties":{"platform":"linux"}'
            b'}},"duration":"1:02.5s","std_err":"","scheduling_mode":"FullHybrid"}'
        ),
        (
            b'{"reason":"build","identity":"root//app:gen@6e0a3f7b (write)","reproducer":{"executor":"Local","details":'
            b'{"command":["/bin/sh","-c","true"],"env":{"TMPDIR":"/tmp"}}},"duration":"0.1s"}'
        ),
        (
            b'{"reason":"test.run","identity":"root//app:test","reproducer":{"executor":"Local","details":{"command":'
            b'["./test"],"env":{}}},"extra":{"testcases":["TestFoo"]}}'
        ),
        b'{"reason":"build","identity":"root//:a (<unspecified>) (ar)","reproducer":{"executor":"LocalDepFileCache"}}',
        b'{"path":"buck-out/v2/gen/root/lib.a","method":"cas","file_count":1,"total_bytes":4096,"action_digest":"9c1:8"}',
        b'{"action":"root//app:lib (<unspecified>) (ar lib.a)","digests_uploaded":3,"bytes_uploaded":8192}',
    ),
    expected={
        "materialization": ("name", "kind", "output_size"),
        "upload": ("name", "category", "identifier", "kind", "owner", "output_size"),
    },
    registry=("buck2-what-ran",),
    rules=_rules,
    breakdown=Breakdown(
        facets=("execution_kind", "kind", "category", "owner_unconfigured", "event", "status"),
        groups=("name", "category", "owner_unconfigured", "execution_kind", "kind", "owner"),
        columns=("execution_kind", "status", "owner", "output_size"),
        series="execution_kind",
        words={
            "event": "reason",
            "output_size": "bytes",
            "owner": "configured owner",
            "owner_unconfigured": "owner",
        },
    ),
    stories=(
        Story("owner", "owner", levels=("category",), note="in the order of the log, which tells no times"),
        Story("events of one name", "name", note="in the order of the log, which tells no times"),
    ),
    redacted=OF_A_BUILD._replace(keys=(*OF_A_BUILD.keys, "command")),
    details={
        "stderr": Detail((("std_err",),)),
        "digest": Detail((("reproducer", "details", "digest"), ("action_digest",))),
        "platform": Detail((("reproducer", "details", "platform_properties"),)),
        "scheduling_mode": Detail((("scheduling_mode",),)),
        "tests": Detail((("extra", "testcases"),)),
    },
)
