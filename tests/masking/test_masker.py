"""The masker: what is sensitive goes, whatever it is written like; all else stays byte for byte."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.dialects.known import DIALECTS
from tlx.masking.masker import Masker
from tlx.masking.pseudonyms import PSEUDONYM, Pseudonyms

SENSITIVE = {one.name: one.sensitive for one in DIALECTS if one.sensitive}
SECRET = "s3cr3t-Planted"  # noqa: S105  planted
MASKERS = {name: Masker(sensitive, Pseudonyms(b"k" * 32)) for name, sensitive in SENSITIVE.items()}
KEYS = {
    "sourcegraph": [
        *("privateMetadata", "private_metadata", "PrivateMetadata", "marketingTracking", "marketing_tracking"),
        *("licenseKey", "license_key", "LicenseKey", "externalURL", "externalUrl", "userID", "anonymous_user_id"),
    ],
    "hephaestus": [
        "principal",
        "key_id",
        "token",
        "github_token",
        "x token",
        "a/b:token",
        "client-secret",
        "PASSWORD",
        "api_key",
        "apiKey",
    ],
    "beamlens": ["thought", "code", "result", "response", "notification", "insight", "reason", "stacktrace"],
    "jupyter": ["path", "username", "msg", "anything at all"],
}
values = st.recursive(
    st.just(SECRET) | st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just(SECRET), inner, max_size=3)
    ),
    max_leaves=6,
)


def masked(name: str, line: str) -> str:
    """The line as it is shown; to mask that again changes nothing, and counts nothing."""
    text, _ = MASKERS[name].mask(line)
    assert MASKERS[name].mask(text) == (text, 0)
    return text


def escaped(text: str) -> str:
    """A string of JSON with an escape for every character."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


def shape(value: Any) -> Any:
    """What is left of a value without its leaves and keys; a list of nothing else may spell a text."""
    match value:
        case dict():
            return [shape(inner) for inner in value.values()]
        case list() if not value or any(isinstance(one, dict | list) for one in value):
            return [shape(inner) for inner in value]
        case list():
            return ["leaves"]
    return None if value in (None, "") else "leaf"


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS.items() for key in keys])
@given(value=values, spaced=st.booleans(), ascii_only=st.booleans())
@settings(max_examples=12)
def test_no_secret_survives(name: str, key: str, value: Any, *, spaced: bool, ascii_only: bool) -> None:
    """Whatever stands behind a sensitive key is gone, and what stands beside it is the same byte for byte."""
    separators = (", ", ": ") if spaced else (",", ":")
    inner = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    before, after = '{"action":"é \\u00e9","status_code":12345678901234567890123.10,', ',"status":"x\\n"}'
    found = masked(name, f"{before}{json.dumps(key)}:{inner}{after}")
    assert found.startswith(before)
    assert found.endswith(after)
    assert SECRET not in found
    json.loads(found)


@pytest.mark.parametrize("name", KEYS)
def test_what_is_empty_stays(name: str) -> None:
    """Null and what is empty say that there is nothing, which is no secret."""
    for value in ("null", '""', "{}", "[]"):
        line = f'{{"{KEYS[name][0]}": {value}}}'
        assert masked(name, line) == line


@pytest.mark.parametrize(("name", "key"), [(name, keys[0]) for name, keys in KEYS.items()])
def test_escapes(name: str, key: str) -> None:
    """A key, or a value, that is written in escapes is what it is."""
    for spelt in (escaped(key), json.dumps(key)):
        for value in (escaped(SECRET), json.dumps(SECRET)):
            found = masked(name, f'{{"__schema__":"s",{spelt}:{value},"status":"ok"}}')
            assert PSEUDONYM.search(found)
            assert SECRET not in json.dumps(json.loads(found))


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("key", ["licenseKey", "private_metadata"])
def test_events_in_texts(depth: int, key: str, *, cut: bool) -> None:
    """An event that was written as a text inside of another is masked there too, even where it is cut."""
    text = json.dumps({"event": {"feature": "a", key: {"inner": [SECRET]}, "action": "b"}})
    text = text[: text.index(SECRET) + len(SECRET)] if cut else text
    for _ in range(depth):
        text = json.dumps({"message": f"Publish: {text}" if depth == 2 else text})
    found = masked("sourcegraph", text)
    assert SECRET not in found
    inner = json.loads(found)["message"]
    assert '"feature' in inner or '\\"feature' in inner


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("before", ["a, ", "a] ", "a} ", "[{ ", 'a \\"b\\", '])
def test_texts_that_are_cut(before: str, *, escaped: bool) -> None:
    """Of a value that is cut all is masked: what looks like its end is a part of it."""
    key = "licenseKe\\u0079" if escaped else "licenseKey"
    found = masked("sourcegraph", json.dumps({"message": f'{{"a":1,"{key}":"{before}{SECRET}'}))
    assert SECRET not in found
    assert json.loads(found)["message"].startswith('{"a":1,')


@pytest.mark.parametrize("key", ["token", "other"])
def test_many_quotes_in_a_text_that_is_cut(key: str) -> None:
    """A text in a text that is cut is looked through once, not from each quote in it, which would take hours."""
    many = '\\"b, ' * 200_000
    found = masked("hephaestus", json.dumps({"status": f'{{"a":"token","{key}":"{SECRET} {many}'}))
    assert (SECRET in found) == (key == "other")


def test_keys_of_free_objects() -> None:
    """Keys may be made of data too; those of the format stay."""
    found = json.loads(masked("sourcegraph", '{"marketingTracking":{"firstSourceURL":"https://a?b","ada":"1"}}'))
    keys = list(found["marketingTracking"])
    assert keys[0] == "firstSourceURL"
    assert PSEUDONYM.fullmatch(keys[1])


def test_same_value_same_pseudonym() -> None:
    """A value has one pseudonym with one key, wherever it stands and of whatever type; with another key another."""
    line = '{"userId": 1018, "user_id": "1018", "anonymousUserId": "1019"}'
    one = json.loads(masked("sourcegraph", line))
    assert one["userId"] == one["user_id"] != one["anonymousUserId"]
    other = json.loads(Masker(SENSITIVE["sourcegraph"], Pseudonyms()).mask(line)[0])
    assert other["userId"] != one["userId"]


def test_texts_that_are_spelt_out() -> None:
    """A text that is written as a list of its characters is masked as one, so that nobody can count letters."""
    found = json.loads(
        masked("beamlens", json.dumps({"stacktrace": [[ord(letter) for letter in SECRET], list(SECRET)]}))
    )
    assert [len(inner) for inner in found["stacktrace"]] == [1, 1]


def test_paths_keep_their_parts() -> None:
    """Paths that begin alike still do."""
    paths = [json.loads(masked("jupyter", json.dumps({"path": path})))["path"] for path in ("/a/b/c", "/a/b/d", "/x")]
    parts = [path.split("/") for path in paths]
    assert parts[0][:3] == parts[1][:3]
    assert parts[0][3] != parts[1][3]
    assert [len(part) for part in parts] == [4, 4, 2]


@pytest.mark.parametrize(
    "text",
    [
        "GET https://ada:{}@example.org/x failed",
        "GET https://{}@example.org/x failed",
        "GET https://ada:{}/more@example.org/x failed",
        "GET https:\\/\\/ada:{}@example.org\\/x failed",
        "GET https:\\/\\/example.org\\/x?{} failed",
        "to https%3A%2F%2Fada%3A{}%40example.org failed",
        "client_secret%3D{}",
        "db_pwd={}",
        "passphrase: {}",
        "aws_secret_key -> {}",
        "gpg --passphrase {} x",
        "GET https://example.org/x?sig={}&b=1 failed",
        "GET https://example.org/x#access_token={} failed",
        "index //user:{}@host/simple",
        "Authorization: Bearer {}",
        "authorization: Basic {} more",
        "Cookie: a=b; c={}; d=e",
        "pip install --token {} x",
        "['pip', '--password', '{}']",
        "GITHUB_TOKEN={}",
        "token = '{}'",
        "{{'api_key': '{}', 'a': 1}}",
        'secret: "{}"',
        "│ password = '{}' │",
        "by ada.{}@example.org",
        "principal={} status=ok",
        "principal=one two {} key_id=4",
        "ghp_{}0123456789".replace("{}", "{}"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "message", "exc_info", "escaped"])
def test_credentials_in_texts(text: str, kind: str) -> None:
    """Credentials are found in lines of text, in messages and in tracebacks."""
    secret = "s3cr3tPlanted"  # noqa: S105  planted
    said = text.format(secret)
    assert secret in said
    if kind == "text":
        found, number = MASKERS["hephaestus"].mask_text(f"INFO hephaestus.x: {said}\n  more")
        assert number
        assert MASKERS["hephaestus"].mask_text(found) == (found, 0)
    elif kind == "escaped":
        found = json.dumps(json.loads(masked("hephaestus", f'{{"message": {escaped(said)}}}')))
    else:
        found = masked("hephaestus", json.dumps({"level": "INFO", kind: f'Traceback:\n File "x.py"\n{said}'}))
    assert secret not in found


def test_what_is_no_credential_stays() -> None:
    """Paths, versions and ordinary words are left alone."""
    for text in (
        "Would remove /home/dev/project/.DS_Store",
        "release.token.validation succeeded",
        "GET https://example.org/a/b.whl",
        "token=None secret=null",
        "git@github.com:owner/repo.git",
        "a-secret plan of 3 tokens",
        "GET https://registry.example:8080/@scope/name",
        "GET https:\\/\\/example.org\\/a",
    ):
        assert MASKERS["hephaestus"].mask_text(text) == (text, 0)


def test_flags_and_their_values_in_lists() -> None:
    """What stands behind a flag is its value."""
    found = masked("hephaestus", json.dumps({"payload": {"command": ["pip", "--token", SECRET, "--quiet", "x"]}}))
    command = json.loads(found)["payload"]["command"]
    assert [command[0], *command[3:]] == ["pip", "--quiet", "x"]
    assert PSEUDONYM.fullmatch(command[2])


def test_nesting_beyond_all_bounds() -> None:
    """What is too deep to be walked is masked as a whole."""
    deep = "[" * 20_000 + f'"{SECRET}"' + "]" * 20_000
    found = masked("sourcegraph", f'{{"a":1,"licenseKey":{deep},"b":2}}')
    assert SECRET not in found
    assert re.fullmatch(r'\{"a":1,"licenseKey":"masked:[0-9a-f]{12}","b":2\}', found)


def test_long_lines() -> None:
    """A large value in a large line is masked, and the line around it is the same."""
    around = "x" * 1_000_000
    found = masked("sourcegraph", f'{{"a":"{around}","licenseKey":"{SECRET}{around}","b":"{around}"}}')
    assert SECRET not in found
    assert found.startswith(f'{{"a":"{around}","licenseKey":"masked:')
    assert found.endswith(f'","b":"{around}"}}')


@given(value=values)
@settings(max_examples=60)
def test_structure_stays(value: Any) -> None:
    """What is masked has the structure that it had."""
    line = json.dumps({"privateMetadata": value})
    assert shape(json.loads(masked("sourcegraph", line))) == shape(json.loads(line))


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("text", ['INFO hephaestus.x: "C:\\users" : 5', '"\\ud800\\u12": "\\q', 'a "b\\u00zz": {'])
def test_escapes_that_there_are_not(name: str, text: str) -> None:
    """Text that looks like JSON and is none breaks nothing, as a line and as a text in a record."""
    assert isinstance(MASKERS[name].mask_text(text)[0], str)
    line = json.dumps({"__schema__": "s", "action": "a", "status": text})
    assert json.loads(masked(name, line))["action"] == "a"


def test_quotes_without_partners() -> None:
    """A key is found in text whose quotes have no partners, however it is written."""
    for key in ("licenseKey", "license\\u004bey"):
        text = json.dumps({"message": f'said "hm {{"{key}":"{SECRET}"}} \\u00e9'})
        assert SECRET not in masked("sourcegraph", text)


@pytest.mark.parametrize("value", ['{"a":%s,"a":null}', '{"":%s,"":""}', '[{"b":{"a":%s,"a":{}}}]'])
def test_keys_that_stand_twice(value: str) -> None:
    """Of an object that has a key twice all is masked, also what stands behind the first one."""
    line = '{"event":{"parameters":{"privateMetadata":%s}},"k":1}' % (value % f'"{SECRET}"')
    shown = masked("sourcegraph", line)
    assert SECRET not in shown
    assert PSEUDONYM.search(shown)
    assert json.loads(shown)["k"] == 1


def test_addresses_beside_one_another() -> None:
    """Each of several addresses is masked, and has the same pseudonym wherever it stands."""
    line = json.dumps({"message": "to a.b@c.de+f@g.hi, -f@g.hi and git@host.xy or x@y"})
    shown = json.loads(masked("hephaestus", line))["message"]
    first, *others = PSEUDONYM.findall(shown)
    assert len(others) == 2
    assert others[0] == others[1] != first
    assert shown.endswith("and git@host.xy or x@y")
