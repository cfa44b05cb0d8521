"""A log of many systems with a word of its own in each sensitive place, however that is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Planter:
    """Gives out words, and remembers them."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self) -> str:
        """Return a word that is nowhere else."""
        self.words.append(f"Zx{len(self.words):03d}qsecretq")
        return self.words[-1]


def escaped(text: str) -> str:
    """A string of JSON with an escape for every character."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


def _sourcegraph(word: Planter) -> list[str]:
    at = "2026-11-20T09:00:0{}Z"

    def event(number: int, **more: Any) -> dict[str, Any]:
        return {"id": f"e{number}", "timestamp": at.format(number), "feature": "search", "action": "submit", **more}

    private = {word(): word(), "n": {"deep": [word(), {word(): [word(), 12, True]}]}, "languageID": word()}
    camel = event(
        1,
        parameters={"version": 1, "metadata": {"durationMs": 3}, "privateMetadata": private},
        user={"userId": word(), "anonymousUserId": word(), "samsExternalId": word()},
        marketingTracking={"url": f"https://x/{word()}", "firstSourceURL": word(), "cohortID": word(), word(): "x"},
    )
    identifier = {"licensedInstance": {"licenseKey": word(), "instanceId": "i", "externalUrl": f"https://{word()}.x"}}
    snake = event(2, parameters={"private_metadata": {"a": word()}}, user={"user_id": word()})
    snake["marketing_tracking"] = {"first_source_url": word(), "session_referrer": [word()]}
    requests = {"metadata": {"requestId": "r", "identifier": {"licensed_instance": {"license_key": word()}}}}
    many = [event(3, parameters={"privateMetadata": {"x": word()}}), event(4, marketingTracking={"url": word()})]
    client = {"feature": "search", "action": "click", "parameters": {"privateMetadata": {"prompt": word()}}}
    client |= {"timestamp": at.format(5), "marketingTracking": {"deviceSessionID": word()}}

    def logged(text: str) -> dict[str, Any]:
        return {
            "SeverityText": "DEBUG",
            "Timestamp": 1795224675678914656,
            "Body": "Publish",
            "Resource": {},
            "InstrumentationScope": "telemetry-gateway.pubsub",
            "Attributes": {"message": text, "attributes": {}},
        }

    wrapped = json.dumps({"event": event(6, parameters={"privateMetadata": {"y": word()}}), "metadata": {}})
    cut = json.dumps({"event": event(7), "metadata": {"licenseKey": word()}})[:-2]
    twice = logged(json.dumps(logged(json.dumps({"event": event(8, marketing_tracking={"url": word()})}))))
    spelt = json.dumps({"event": event(9), "metadata": {}})[:-2]
    spelt += f'"a":1,{escaped("licenseKey")}:{escaped(word())},"license\\u004bey":"{word()}"' + "}}"
    large = event(0, parameters={"metadata": {"pad": "x" * 70_000}, "privateMetadata": {"z": word() + "y" * 90_000}})
    records: list[Any] = [{"event": camel, "metadata": {"requestId": "r", "identifier": identifier}}]
    records += [{"event": snake, "metadata": requests["metadata"]}, requests, {"events": {"events": many}}, client]
    records += [logged(wrapped), logged(cut), twice, {"event": large, "metadata": {}}, camel]
    lines = [json.dumps(record, separators=(",", ":"), ensure_ascii=False) for record in records]
    torn = json.dumps({"event": event(1, parameters={"privateMetadata": {"t": word()}})})[:-5]
    broken = lines[0].replace(word.words[0], word()).replace(word.words[1], word() + "\n" + word())
    generic = json.dumps({"message": "no event", "privateMetadata": {"w": word()}, "time": at.format(1)})
    return [*lines, spelt, torn, *broken.split("\n"), generic]


def _hephaestus(word: Planter) -> list[str]:
    def record(**more: Any) -> dict[str, Any]:
        return {
            "timestamp": "2026-11-20T09:00:01+00:00",
            "level": "INFO",
            "logger": "hephaestus.x",
            "message": "m",
            **more,
        }

    url = f"https://{word()}:{word()}@host.example/a/b.whl?sig={word()}&x=1#{word()}"
    payload = {
        "operation": "release.install",
        "operation_id": "op-1",
        "url": url,
        "token": word(),
        "github_token": word(),
    }
    payload |= {"command": ["pip", "--token", word(), "--index-url", f"https://u:{word()}@pypi/simple"]}
    audit = {"timestamp": "2026-11-20T09:00:02+00:00", "principal": f"{word()}@example.com", "key_id": word()}
    audit |= {"operation": "rest.x", "status": "denied", "parameters": {"api_key": word(), "Authorization": word()}}
    return [
        json.dumps(record(event="release.http.retry", payload=payload)),
        json.dumps(
            record(message=f"GET {url} as {word()}@example.com", exc_info=f"Traceback\n  {url}\ntoken='{word()}'")
        ),
        json.dumps(record(event="api.audit", payload={"principal": word(), "operation": "x", "status": "ok"})),
        json.dumps(audit),
        json.dumps(
            {"event": "cli.release.install.start", "url": f"https://h/x?token={word()}", "client_secret": word()}
        ),
        json.dumps(record(message="at")).replace('"at"', escaped("Authorization: Bearer " + word())),
        f"Traceback of https://{word()}@host/x?y={word()}",
        f"requests.HTTPError: 401 for url: https://h/p?token={word()}",
        f"INFO hephaestus.api: Audit {word()}@x.org | event=api.audit principal={word()} a b key_id={word()} status=ok",
        f"  password = '{word()}'",
        f"WARNING hephaestus.release: Cookie: a=b; c={word()}",
    ]


def _jupyter(word: Planter) -> list[str]:
    server = "https://events.jupyter.org/jupyter_server/{}/v1"
    paths = {"path": f"/home/{word()}/{word()}.ipynb", "source_path": word()}

    def record(schema: str, **more: Any) -> str:
        capsule = {"__timestamp__": "2026-11-20T09:00:01Z", "__schema__": schema, "__schema_version__": "1"}
        return json.dumps(capsule | more)

    return [
        record(server.format("contents_service"), action="copy", **paths),
        record(server.format("kernel_actions"), action="start", kernel_id="k", status="error", msg=f"died: {word()}"),
        record("hub.jupyter.org/server-action", action="start", username=word(), servername=word()),
        record("https://schema.example.org/own", personal={"email": word(), word(): [word(), 5]}, name=word()),
        json.dumps({"timestamp": "2026-11-20T09:00:01+00:00", "schema": "binderhub.jupyter.org/launch", "version": 5}
                   | {"spec": f"{word()}/notes", "status": "success"}),
    ]  # fmt: skip


def _beamlens(word: Planter) -> list[str]:
    def record(name: str, **metadata: Any) -> dict[str, Any]:
        return {
            "timestamp": "2026-11-20T09:00:01.5Z",
            "event": name,
            "measurements": {"duration": 5},
            "metadata": metadata,
        }

    inspected = f'%Beamlens.Tools.Think{{intent: "think", thought: "{word()}"}}'
    return [
        json.dumps(record("beamlens.operator.think", thought=word(), trace_id="t")),
        json.dumps(record("beamlens.operator.execute_complete", code=f"return {word()}", result={word(): [word()]})),
        json.dumps(record("beamlens.llm.stop", response={"__struct__": "X", "thought": word()}, trace_id="t")),
        json.dumps(record("beamlens.llm.stop", response=inspected)),
        json.dumps(record("beamlens.llm.exception", reason=word(), stacktrace=[[ord(one) for one in word()], word()])),
        json.dumps(record("beamlens.operator.unexpected_message", message=f'{{:x, code: "{word()}"}}')),
        json.dumps(
            {"ts": 1795224675795143, "name": "beamlens.llm.stop", "node": word(), "duration": 4, "result": word()}
        ),
        "01:31:15.813 [info] [beamlens.llm.stop] trace_id=50c7 duration=41203697",
        f"  Reason={word()}",
        f'  code: "{word()}"',
    ]


def plant(path: Path) -> list[str]:
    """Write the log; return the words in it."""
    word = Planter()
    lines = [*_sourcegraph(word), *_jupyter(word), *_hephaestus(word), *_beamlens(word)]
    path.write_bytes("\n".join(lines).encode() + b"\n")
    return word.words
