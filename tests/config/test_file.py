"""The config file: what it sets, what wins over it, and what is told where it means nothing."""

from __future__ import annotations

import os
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.config import ConfigError
from tlx.config.file import path
from tlx.config.settings import SETTINGS, Settings, load


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Write the config file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def write(text):
        path().parent.mkdir(parents=True, exist_ok=True)
        path().write_bytes(text if isinstance(text, bytes) else text.encode())
        return path()

    return write


def test_it_sets_everything(config, tmp_path):
    """Every setting can stand in the file, in the way TOML writes it, and its origin is the file with its name."""
    (tmp_path / "room").mkdir()
    (tmp_path / "mine.toml").write_text("x")
    place = config(f"""
        ascii = true
        cache = false
        cache-size = "1GiB"
        dialect = "generic"
        dialect-file = ["{tmp_path}/mine.toml"]
        history = false
        mask = ["user.email", "token"]
        max-line = 70000
        max-memory = "2GiB"
        reveal = true
        spill-folder = "{tmp_path}/room"
        theme = "nord"
        watch = "poll"
        filters = {{ late = "duration > 5s" }}
        keys = {{ "app.filter" = "ctrl+f" }}
    """)
    found = load({}, {})
    assert found._replace(origins={}, dialect_file=()) == Settings(
        max_memory=2 << 30,
        spill_folder=str(tmp_path / "room"),
        max_line=70_000,
        cache=False,
        cache_size=1 << 30,
        history=False,
        ascii_only=True,
        theme="nord",
        watch="poll",
        dialect="generic",
        reveal=True,
        mask=("user.email", "token"),
        filters={"late": "duration > 5s"},
        keys={"app.filter": "ctrl+f"},
    )
    assert [file.data for file in found.dialect_file] == [b"x"]
    assert found.origins == {name: f"{place}: {name.replace('_', '-')}" for name in SETTINGS}


def test_what_wins(config):
    """A flag wins over its variable, that over the file, that over the default; what loses is not read."""
    config('theme = "nord"\nmax-memory = "lots"\nascii = true\ncache = false\nwatch = "poll"\n')
    found = load({"max_memory": "1GiB", "no_cache": False}, {"TLX_THEME": "dracula", "TLX_CACHE": "1"})
    assert (found.max_memory, found.theme, found.ascii_only, found.cache) == (1 << 30, "dracula", True, True)
    assert found.origins["max_memory"] == "--max-memory"
    assert found.origins["theme"] == "TLX_THEME"
    assert found.watch == "poll"
    assert "history" not in found.origins


def test_masks_add_up(config):
    """What the file masks no flag and no variable shows: all paths count."""
    place = config('mask = ["user.email"]\n')
    found = load({"mask": ["token"]}, {"TLX_MASK": "env"})
    assert found.mask == ("token", "env", "user.email")
    assert found.origins["mask"] == f"--mask, TLX_MASK, {place}: mask"


def test_paths_begin_at_the_file(config, tmp_path, monkeypatch):
    """A relative path in the file is one from its folder, wherever tlx is started; ~ is home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "room").mkdir()
    place = config('spill-folder = "scratch"\n')
    (place.parent / "scratch").mkdir()
    assert load({}, {}).spill_folder == str(place.parent / "scratch")
    config('spill-folder = "~/room"\n')
    assert load({}, {}).spill_folder == str(tmp_path / "room")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme", "no TOML: "),
        ("theme = 1.5", "theme: not a text"),
        ('max_memory = "2GiB"', "there is no setting 'max_memory'; did you mean max-memory?"),
        ("zzz = 1", "there is no setting 'zzz'; there are ascii, "),
        ('max-memory = "lots"', "max-memory: 'lots' is no size; write it like 512MiB or 2GB"),
        ("max-memory = true", 'max-memory: not a size such as "2GiB", or a number of bytes'),
        ("ascii = 3", "ascii: not true or false"),
        ('theme = ["a", "b"]', "theme: a list, and one value is meant"),
        ("theme = []", "theme: a list, and one value is meant"),
        ("mask = [1]", "mask: not a text"),
        ("mask = true", "mask: not a text"),
        (f"max-memory = {'9' * 5000}", "no TOML: a number of too many digits"),
        (f"cache-size = 0x{'f' * 5000}", "cache-size: not a size"),
        ("[keys]\napp.filter = 'x'", 'keys.app: no text; a name with a dot stands in quotes: "app.filter" = …'),
        ('watch = "often"', "watch: 'often' is none of auto, notify, poll"),
        ('dialect-file = "none.toml"', "dialect-file: "),
        ("filters = 3", "filters: no table; write [filters] and below it names with texts"),
        ("[filters]\nlate = 3", "filters.late: no text; write it in quotes"),
        ('[keys]\n"app.filter" = " "', "keys.app.filter: no text; write it in quotes"),
        (b"theme = '\xff'", "byte 9: no UTF-8, as TOML is"),
        (b"#" * ((1 << 20) + 1), "larger than 1 MiB; settings take far less"),
        ("a = " + "[" * 100_000, "no TOML: "),
    ],
)
def test_what_means_nothing(config, text, said):
    """What the file cannot mean is told in one line, with the file, the name and what would do."""
    place = config(text)
    with pytest.raises(ConfigError) as caught:
        load({}, {})
    assert str(caught.value).startswith(str(place))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkdir, "Is a directory; let it be read, or remove it"),
        (os.mkfifo, "no file; remove it, or write settings to a file of this name"),
    ],
)
def test_what_is_no_file(config, make, said):
    """A folder or a pipe in its place is told, and what to do; nothing waits for a writer."""
    config("").unlink()
    make(path())
    with pytest.raises(ConfigError, match=f"^{path()}: {said}$"):
        load({}, {})


def test_a_file_that_may_not_be_read(config, monkeypatch):
    """A file without permission is told, and what to do."""
    place = config("")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(ConfigError, match=f"^{place}: Permission denied; let it be read, or remove it$"):
        load({}, {})


def test_a_mark_at_the_begin_of_a_file(config):
    """The sign that editors of Windows put before UTF-8 is no part of the first name."""
    config(b"\xef\xbb\xbftheme = 'nord'")
    assert load({}, {}).theme == "nord"


@given(text=st.one_of(st.text(max_size=60), st.binary(max_size=60)))
def test_any_file_is_read_or_refused(tmp_path_factory, text):
    """Whatever stands in the file, it is understood or told; what is understood is what TOML says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "any"))
        path().parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode(errors="replace")
        path().write_bytes(data)
        try:
            found = load({}, {})
        except ConfigError as error:
            said = str(error)
        else:
            said = str(path())
            assert tomllib.loads(data.decode("utf-8-sig")).keys() <= {*found.origins, "filters", "keys"}
        assert said.startswith(str(path()))
