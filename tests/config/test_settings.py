from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.config import ConfigError
from tlx.config.dialect_files import DialectFile
from tlx.config.file import folder
from tlx.config.settings import Settings, load


def test_defaults():
    """Without flags and variables everything is left to its default."""
    assert load({}, {}) == Settings(
        max_memory=None, ascii_only=False, theme=None, cache=True, cache_size=2 << 30, history=True
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("384MiB", 384 << 20),
        ("512MiB", 512 << 20),
        ("512 MiB", 512 << 20),
        (" 2GB ", 2 * 10**9),
        ("2g", 2 * 10**9),
        ("1.5GiB", 3 << 29),
        ("1TiB", 1 << 40),
        ("700000KB", 7 * 10**8),
        ("536870912", 1 << 29),
        ("536870912B", 1 << 29),
        ("1gib", 1 << 30),
    ],
)
def test_memory_sizes(text, value):
    """Sizes are read with decimal and binary units, in any case, with or without the B."""
    assert load({"max_memory": text}, {}).max_memory == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lots", "write it like 512MiB or 2GB"),
        ("-1GB", "write it like 512MiB"),
        ("1e9", "write it like 512MiB"),
        ("512MiBs", "write it like 512MiB"),
        ("1GB 2GB", "write it like 512MiB"),
        ("", "write it like 512MiB"),
        ("99999999iB", "write it like 512MiB"),
        ("٣GB", "write it like 512MiB"),
        ("383MiB", "at least 384MiB"),
        ("512", "at least 384MiB"),
        ("0", "at least 384MiB"),
        ("9" * 500, "too much"),
        ("99999999999TiB", "too much"),
    ],
)
def test_memory_that_cannot_be(text, words):
    """A size that is none, too small or beyond any machine is refused in words that name the flag."""
    with pytest.raises(ConfigError, match=words) as caught:
        load({"max_memory": text}, {})
    assert str(caught.value).startswith("--max-memory: ")


@pytest.mark.parametrize(("text", "value"), [("64KiB", 64 << 10), ("1MB", 10**6), ("1GiB", 1 << 30)])
def test_the_longest_line(text, value):
    """The longest line is a size as well, of which smaller ones make sense."""
    assert load({"max_line": text}, {}).max_line == load({}, {"TLX_MAX_LINE": text}).max_line == value


@pytest.mark.parametrize(("text", "words"), [("65535", "at least 64KiB"), ("2GiB", "too much"), ("x", "write it like")])
def test_a_longest_line_that_cannot_be(text, words):
    """A limit below any sense, or beyond what the store takes, is refused in words that name the flag."""
    with pytest.raises(ConfigError, match=words) as caught:
        load({"max_line": text}, {})
    assert str(caught.value).startswith("--max-line: ")


def test_an_error_names_the_variable():
    """Where a variable holds the bad value, the error names the variable and not the flag."""
    with pytest.raises(ConfigError, match=r"^TLX_MAX_MEMORY: 'lots'"):
        load({}, {"TLX_MAX_MEMORY": "lots"})
    with pytest.raises(ConfigError, match=r"^TLX_ASCII: 'maybe'"):
        load({}, {"TLX_ASCII": "maybe"})


def test_flags_win_over_variables():
    """A flag wins over its variable, a variable over the default; a bad variable that a flag overrules is not read."""
    environment = {"TLX_MAX_MEMORY": "1GB", "TLX_THEME": "nord", "TLX_ASCII": "1"}
    by_flags = load({"max_memory": "2GB", "theme": "dracula", "ascii": False}, environment)
    assert by_flags._replace(origins={}) == Settings(
        2 * 10**9, ascii_only=True, theme="dracula", cache=True, history=True
    )
    assert by_flags.origins == {"max_memory": "--max-memory", "theme": "--theme", "ascii": "TLX_ASCII"}
    by_variables = load({"max_memory": None, "theme": None, "ascii": False}, environment)
    assert by_variables._replace(origins={}) == Settings(10**9, ascii_only=True, theme="nord", cache=True, history=True)
    assert by_variables.origins == {"max_memory": "TLX_MAX_MEMORY", "theme": "TLX_THEME", "ascii": "TLX_ASCII"}
    assert load({"max_memory": "2GB"}, {"TLX_MAX_MEMORY": "lots"}).max_memory == 2 * 10**9
    assert load({"ascii": True}, {"TLX_ASCII": "0"}).ascii_only


def test_an_empty_variable_is_not_set():
    """A variable that is set to nothing counts as unset."""
    assert load({}, {"TLX_MAX_MEMORY": "", "TLX_THEME": "", "TLX_ASCII": ""}) == load({}, {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("OFF", False),
    ],
)
def test_switches(text, value):
    """A switch takes the usual words for on and off, in any case."""
    assert load({}, {"TLX_ASCII": text}).ascii_only is value


def test_the_environment_of_the_process_is_read(monkeypatch):
    """Without an environment at hand the one of the process counts."""
    monkeypatch.setenv("TLX_THEME", "nord")
    assert load({}).theme == "nord"


@settings(deadline=None, max_examples=200)
@given(text=st.one_of(st.text(max_size=8), st.from_regex(r"[0-9]{1,30}(\.[0-9]+)? ?[KMGTkmgt]?i?B?", fullmatch=True)))
def test_any_size_is_read_or_refused(text):
    """Any text is either a size that the store can take, or a ConfigError."""
    try:
        value = load({"max_memory": text}, {}).max_memory
    except ConfigError:
        return
    assert 384 << 20 <= value < 2**63


@pytest.mark.parametrize(
    ("flags", "environment", "used"),
    [
        ({}, {}, True),
        ({"no_cache": True}, {}, False),
        ({"no_cache": False}, {}, True),
        ({}, {"TLX_CACHE": "0"}, False),
        ({}, {"TLX_CACHE": "off"}, False),
        ({}, {"TLX_CACHE": "1"}, True),
        ({"no_cache": True}, {"TLX_CACHE": "1"}, False),
    ],
)
def test_the_cache(flags, environment, used):
    """The cache is used unless a flag or a variable says no; the flag wins."""
    assert load(flags, environment).cache is used


def test_the_size_of_the_cache():
    """The cache's size is taken by flag and by variable; what is no switch or size is refused."""
    assert load({"cache_size": "1GiB"}, {"TLX_CACHE_SIZE": "2GiB"}).cache_size == 1 << 30
    assert load({}, {"TLX_CACHE_SIZE": "3GiB"}).cache_size == 3 << 30
    with pytest.raises(ConfigError, match=r"^--cache-size: .* at least 1MiB"):
        load({"cache_size": "1kB"}, {})
    with pytest.raises(ConfigError, match=r"^TLX_CACHE: 'never' is neither on nor off"):
        load({}, {"TLX_CACHE": "never"})


def test_the_spill_folder(tmp_path, monkeypatch):
    """A folder to spill to is taken with its whole path, by flag and by variable, from home as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "scratch").mkdir()
    whole = str(tmp_path / "scratch")
    assert load({"spill_folder": "scratch"}, {}).spill_folder == whole
    assert load({}, {"TLX_SPILL_FOLDER": whole}).spill_folder == whole
    assert load({"spill_folder": "~/scratch"}, {}).spill_folder == whole
    assert load({}, {}).spill_folder is None


@pytest.mark.parametrize(
    "place", ["nowhere", "file", "file/below", "no\x00name", "no-utf8-\udcff", "~nobody-of-that-name/x"]
)
def test_a_spill_folder_that_cannot_be(tmp_path, monkeypatch, place):
    """What is no folder is refused in words that name the flag."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"^--spill-folder: .* is no folder; name one that exists$"):
        load({"spill_folder": place}, {})


def test_a_spill_folder_that_may_not_be_written_to(tmp_path, monkeypatch):
    """A folder without permission is refused in words that name the variable."""
    monkeypatch.setattr("os.access", lambda path, how: False)
    with pytest.raises(ConfigError, match=r"^TLX_SPILL_FOLDER: .* cannot be written to; name another folder$"):
        load({}, {"TLX_SPILL_FOLDER": str(tmp_path)})


def test_history_can_be_switched_off():
    """Filters are remembered unless a flag or a variable says otherwise."""
    assert load({}, {}).history
    assert not load({"no_history": True}, {"TLX_HISTORY": "1"}).history
    assert not load({"no_history": False}, {"TLX_HISTORY": "off"}).history
    with pytest.raises(ConfigError, match="TLX_HISTORY"):
        load({}, {"TLX_HISTORY": "perhaps"})


@pytest.fixture
def dialects(tmp_path, monkeypatch):
    """The folder for dialects of one's own, not made yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return folder() / "dialects"


def test_dialect_files(dialects):
    """Files of dialects are those named and those of the config folder, by name; nothing else of it is read."""
    assert load({}, {}).dialect_file == ()
    dialects.mkdir(parents=True)
    for name in ("b.toml", "a.toml", "notes.txt"):
        (dialects / name).write_bytes(name.encode())
    (dialects / "c.toml").mkdir()
    kept = tuple(DialectFile(str(dialects / name), name.encode()) for name in ("a.toml", "b.toml"))
    assert load({}, {}).dialect_file == kept
    named = dialects.parent / "n"
    named.write_bytes(b"n")
    one = DialectFile(str(named), b"n")
    assert load({"dialect_file": [str(named)]}, {"TLX_DIALECT_FILE": "none"}).dialect_file == (one, *kept)
    assert load({}, {"TLX_DIALECT_FILE": str(named)}).dialect_file == (one, *kept)
    assert load({"dialect_file": [kept[1].path]}, {}).dialect_file == (kept[1], kept[0])


@pytest.mark.parametrize(
    ("size", "said"), [(None, "no such file; name a TOML file"), ((1 << 20) + 1, "larger than 1 MiB")]
)
def test_dialect_files_that_cannot_be_read(dialects, size, said):
    """A file of a dialect that is not there, or too large, is told by its flag and name."""
    path = dialects.parent / "x.toml"
    if size:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"#" * size)
    with pytest.raises(ConfigError, match=f"^--dialect-file: {path}: {said}"):
        load({"dialect_file": [str(path)]}, {})


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 5000])
def test_names_that_are_no_files(dialects, text):
    """A name that no file can have is told too."""
    with pytest.raises(ConfigError, match=r"^--dialect-file: "):
        load({"dialect_file": [text]}, {})


def test_too_many_dialect_files(dialects):
    """A folder full of files is refused before they are read."""
    dialects.mkdir(parents=True)
    for number in range(51):
        (dialects / f"{number}.toml").touch()
    with pytest.raises(ConfigError, match="51 files define dialects; 50 are the most"):
        load({}, {})


def test_a_config_folder_that_cannot_be_read(dialects):
    """Where there can be no folder for dialects there are none."""
    dialects.parent.mkdir(parents=True)
    dialects.touch()
    assert load({}, {}).dialect_file == ()
