"""Jupyter's events: jupyter_telemetry, jupyter_events, JupyterHub, and the launch archives of mybinder.org.

A line is flat: keys of the capsule in dunders, and beside them the properties of its schema. Nothing else is promised:
times end in `Z`, in an offset, or in both; versions are numbers or texts; a property may have any name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlx.dialects.base import Breakdown, Dialect, Story, first, instant, since_epoch
from tlx.model import Projection, Sensitive

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

_BARE = "regexp_replace(schema_id, '/v[0-9.]+/?$', '')"
"""The id of the schema without its version."""
_OWNER = (
    "coalesce(j.username || CASE WHEN j.servername <> '' THEN '/' || j.servername ELSE '' END,"
    " nullif(regexp_extract(j.path, '^/*([^/]+)', 1), ''))"
)


def _rules() -> Rules:
    from tlx.dialects.rules.jupyter import RULES  # noqa: PLC0415  only where events are checked

    return RULES


JUPYTER = Dialect(
    name="jupyter",
    title="Jupyter events",
    projection=Projection(
        dialect="jupyter",
        structure=dict.fromkeys(
            (
                *("__timestamp__", "__schema__", "__schema_version__", "timestamp", "schema", "version"),
                *("action", "status", "username", "servername", "path", "kernel_id"),
            ),
            "VARCHAR",
        ),
        marks=dict.fromkeys(("__schema__", "timestamp", "schema", "version"), "VARCHAR"),
        recognise=(
            "j.__schema__ IS NOT NULL OR (j.timestamp IS NOT NULL AND j.schema IS NOT NULL AND j.version IS NOT NULL)"
        ),
        shorthands={
            "schema_id": "coalesce(j.__schema__, j.schema)",
            "version": "coalesce(j.__schema_version__, CASE WHEN j.__schema__ IS NULL THEN j.version END)",
            # An offset and a Z: the offset is right.
            "at_ns": first(
                instant(r"regexp_replace(j.__timestamp__, '([+-][0-9]{2}:?[0-9]{2})Z$', '\1')"),
                f"CASE WHEN j.__schema__ IS NULL THEN {instant('j.timestamp')} END",
            ),
        },
        columns={
            "event": "schema_id",
            "name": f"regexp_extract({_BARE}, '[^/]*$') || coalesce('.' || j.action, '')",
            "kind": f"regexp_extract({_BARE}, '([^/]*/)?[^/]*$') || coalesce(' v' || version, '')",
            "status": "CASE WHEN j.status = 'success' THEN 'ok' ELSE j.status END",
            "category": "j.action",
            "owner": _OWNER,
            "time": since_epoch("at_ns"),
            "trace": "coalesce(j.kernel_id, j.username || '/' || coalesce(j.servername, ''))",
        },
    ),
    samples=(
        (
            b'{"__timestamp__": "2026-11-21T01:32:20.620772Z",'
            b' "__schema__": "https://events.jupyter.org/jupyter_server/contents_service/v1",'
            b' "__schema_version__": 1, "__metadata_version__": 1, "action": "get", "path": "/notebooks/eda.ipynb"}'
        ),
        (
            b'{"__timestamp__": "2026-11-21T01:36:01.588206+00:00Z",'
            b' "__schema__": "https://events.jupyter.org/jupyter_server/kernel_actions/v1", "__schema_version__": "1",'
            b' "__metadata_version__": 1, "action": "start", "kernel_id": "k-1", "kernel_name": "python3",'
            b' "status": "success", "status_code": 200, "msg": ""}'
        ),
        (
            b'{"__timestamp__": "2024-02-29T12:00:00+05:30Z", "__schema__": "hub.jupyter.org/server-action",'
            b' "__schema_version__": 1, "__metadata_version__": 1, "action": "stop", "username": "ada",'
            b' "servername": "gpu", "taskName": null}'
        ),
        (
            b'{"timestamp": "2026-11-21T01:00:00+00:00", "schema": "binderhub.jupyter.org/launch", "version": 5,'
            b' "provider": "GitHub", "spec": "ada/notes/HEAD", "ref": "0a1b2c", "status": "success",'
            b' "origin": "gke.mybinder.org"}'
        ),
    ),
    registry=("jupyter",),
    rules=_rules,
    breakdown=Breakdown(
        title="Schemas",
        facets=("kind", "category", "status", "owner", "trace"),
        groups=("name", "kind", "category", "trace"),
        columns=("status", "owner"),
        series="kind",
        words={"kind": "schema", "category": "action", "owner": "user or path", "trace": "kernel or server"},
        instants="a Jupyter event is an instant: none says how long anything took",
    ),
    stories=(
        Story("kernel or server", "trace"),
        Story("user or path", "owner", levels=("trace",)),
    ),
    sensitive=Sensitive(
        looks='"__schema__"|binderhub\\.jupyter\\.org',
        paths=("path", "source path", "spec"),
        grouped=("username", "servername", "path"),
        # Whether a schema is of personal data stands in the schema: of most, and of all that the server has.
        capsule=(
            *("__timestamp__", "__schema__", "__schema_version__", "__metadata_version__"),
            *("timestamp", "schema", "version", "action", "status", "status_code", "kernel_id", "kernel_name"),
            *("taskName", "provider", "ref", "origin", "build_token"),
        ),
    ),
)
