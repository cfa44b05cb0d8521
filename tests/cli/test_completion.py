"""What a shell is told when it asks for the next word, asked as shells ask."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tlx.cli.arguments import COMMANDS
from tlx.cli.completing import log as reading
from tlx.cli.completing import shell
from tlx.cli.completing.fields import field_words, filter_words
from tlx.query.language.compile import Context
from tlx.query.language.nodes import Path as FieldPath
from tlx.reader.lines import FIRST_CHUNK
from tlx.store.ingest import Ingester

PROGRAM = """
import sys
from tlx.cli.completing import log
from tlx.cli.main import run
log.MOST_SECONDS = 50  # a busy machine reads few lines in one
sys.exit(run([]))
"""
ESCAPE = "\x1b]0;owned\x07"


def written(folder, *records):
    """Write a log; return its path."""
    path = folder / "x.json-lines"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


@pytest.fixture
def log(tmp_path):
    """A log with three events of level info, one of error, and keys of a payload."""
    events = [{"time": f"2026-11-20T10:00:0{n}Z", "level": "info", "name": "link", "user": {"id": n}} for n in range(3)]
    return written(tmp_path, *events, {"time": "2026-11-20T10:00:09Z", "level": "error", "name": "two words"})


@pytest.fixture
def asked(tmp_path):
    """A function that asks for the words at the end of a line, each with what it is; nothing may be printed beside."""

    def ask(line, shell="fish", folder=None):
        told = tmp_path / "told"
        variables = {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_SHELL": shell,
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_DFS": "\t",
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(told),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **variables, "TLX_CACHE": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")},
            cwd=folder,
            capture_output=True,
            check=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        assert (done.stdout, done.stderr) == (b"", b"")
        rows = told.read_text("utf-8").split("\n")
        return {word: about for word, _, about in (row.partition("\t") for row in rows) if word}

    return ask


def test_commands_and_files(asked, tmp_path):
    """The first word is a command, with what it does, or a log; flags come where a dash is typed."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "odd\nname").touch()
    (tmp_path / "logs" / "a.json").touch()
    found = asked("tlx ", folder=tmp_path)
    assert set(COMMANDS) <= set(found)
    assert "logs/" in found
    assert found["stats"] == COMMANDS["stats"][0]
    assert not [word for word in found if word.startswith("-")]
    assert set(asked("tlx st")) == {"stats", "story"}
    assert set(asked("tlx stats logs/", folder=tmp_path)) == {"logs/a.json"}


def test_flags_and_their_words(asked):
    """Flags are those of the command, of `open` where none is typed, and choices those of the flag."""
    assert "--raw" in asked("tlx events --")
    assert "--raw" not in asked("tlx stats --")
    assert {"--follow", "--version"} <= set(asked("tlx --"))
    assert "--theme" in asked("tlx x.log --th")
    assert set(asked("tlx stats --format ")) == {"table", "json"}
    assert set(asked("tlx open --watch ")) == {"auto", "notify", "poll"}
    assert {"tlx-dark", "tlx-light"} <= set(asked("tlx --theme "))
    assert set(asked("tlx stats --dialect gen")) == {"generic"}
    assert set(asked("tlx completion ")) == {"bash", "zsh", "fish"}
    assert asked("tlx events --since ") == {}


def test_fields_and_columns(asked, log):
    """Of several with commas between them the last one is completed; sorts know their columns and both ways."""
    assert asked("tlx events --columns name,ti") == {"name,time": "time"}
    assert set(asked(f"tlx durations {log} --by name,user.")) == {"name,user.id"}
    assert "name,user.id" not in asked("tlx durations --by name,user.")
    assert set(asked("tlx durations --sort p9")) == {"p90", "p95", "p99"}
    assert set(asked("tlx durations --by owner --sort o")) == {"owner"}
    assert set(asked("tlx events --sort name:")) == {"name:asc", "name:desc"}
    assert "status" in asked("tlx timeline --by ")


def test_a_filter_goes_on_by_field_operator_and_value(asked, log):
    """A field that is the only one comes with its operators; values come with their counts, the most frequent first."""
    assert {"level", "duration", "cached", "exists("} <= set(asked("tlx events -w '"))
    assert {"level =", "level !=", "level in ("} <= set(asked("tlx events -w lev"))
    assert asked("tlx events -w 'level = ") == {}
    found = asked(f"tlx events {log} --since -3h -w 'level = ")
    assert list(found.items()) == [("level = info", "3 events"), ("level = error", "1 event")]
    assert asked(f"tlx {log} -w 'level = e") == {"level = error": "1 event"}
    assert asked(f"tlx {log} -w 'level in (info, ") == {"level in (info, error": "1 event"}
    assert asked(f"tlx {log} -w 'name = \"li") == {'name = "link"': "3 events"}
    assert asked(f"tlx {log} -w 'name = tw") == {}
    assert asked(f"tlx {log} -w 'name = \"tw") == {'name = "two words"': "1 event"}
    assert asked(f"tlx {log} -w 'exists(user.") == {"exists(user.id": "3 events"}
    assert {"user.id =", "user.id >="} <= set(asked(f"tlx {log} -w 'user."))
    assert asked(f"tlx {log} --where='level = e") == {"--where=level = error": ""}
    assert not Path(log).parent.joinpath("cache", "tlx", "index").exists()


def test_sensitive_values_are_masked(asked, tmp_path):
    """What the command would mask is not completed either."""
    log = written(tmp_path, {"time": "2026-11-20T10:00:00Z", "level": "info", "name": "n", "user": "ada"})
    assert set(asked(f"tlx events {log} -w '.user = ")) == {".user = ada"}
    (word,) = asked(f"tlx events {log} --mask user -w '.user = ")
    assert word.startswith((".user = masked:", '.user = "masked:'))


def test_hostile_values_are_left_out(asked, tmp_path):
    """No control character, no new line and no endless value reaches the terminal."""
    names = [ESCAPE, "a\nb", "x" * 195, "\x9b31m", "fine"]
    log = written(tmp_path, *({"time": "2026-11-20T10:00:00Z", "level": "info", "name": name} for name in names))
    assert asked(f"tlx events {log} -w 'name = ") == {"name = fine": "1 event"}


def test_a_broken_log_or_filter_has_no_words(asked, tmp_path, log):
    """Whatever is wrong, nothing is told, and no word is printed."""
    broken = tmp_path / "broken.zst"
    broken.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(range(256)))
    for typed in (
        f"{broken} -w 'level = ",
        f"{tmp_path}/missing -w 'level = ",
        f"{tmp_path} -w 'level = ",
        f"{log} --dialect nonsense -w 'level = ",
        f"{log} -w ') level = ",
    ):
        assert asked(f"tlx events {typed}") == {}
    assert {"level =", "level !="} <= set(asked(f"tlx events {broken} -w 'leve"))
    assert asked("tlx stats /nowhere/at/all/") == {}


def test_large_logs_are_not_read(monkeypatch, log):
    """A log over the limit, or a pipe, is left alone."""
    options = type("Options", (), {"files": [log]})()
    with reading.seen_in(options) as seen:
        assert seen is not None
    monkeypatch.setattr(reading, "MOST_BYTES", Path(log).stat().st_size - 1)
    with reading.seen_in(options) as seen:
        assert seen is None
    pipe = Path(log).with_name("pipe")
    os.mkfifo(pipe)
    with reading.seen_in(type("Options", (), {"files": [str(pipe)]})()) as seen:
        assert seen is None


def test_words_begin_with_what_is_typed():
    """A shell would replace what is typed by a word that only holds it."""
    assert set(filter_words("level = x and kin", None, Context())) >= {"level = x and kind ="}
    assert all(word.startswith("(dur") for word in filter_words("(dur", None, Context()))
    assert set(field_words("owner_u", None, several=True)) == {"owner_unconfigured"}


def test_commands_do_not_load_it(log):
    """What answers a shell is loaded only where one asks."""
    code = (
        "import sys; from tlx.cli.main import run\n"
        f"codes = [run(['stats', {log!r}]), run(['--version'])]\n"
        "print(codes, 'argcomplete' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "[0, 0] False"


@pytest.mark.parametrize(("shell", "sign"), [("bash", "complete "), ("zsh", "compdef "), ("fish", "commandline ")])
def test_code_is_printed(printed, shell, sign):
    """The code of each shell names tlx; of others there is none."""
    text = printed("completion", shell).out.decode()
    assert sign in text
    assert "tlx" in text
    assert printed("completion", "csh", code=2).out == b""


def test_zsh_tells_of_the_quote_that_stands_open(printed):
    """Its buffer lacks that quote, by which a filter would be many words: the line is put together from its words."""
    text = printed("completion", "zsh").out.decode()
    assert "BUFFER" not in text
    assert "CURSOR" not in text
    assert text.count("$line") + text.count("#line") == 2
    assert 'line="${(j: :)words[1,CURRENT-1]} ${${QIPREFIX:+${(q)PREFIX}}:-$PREFIX}"' in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes(tmp_path, log):
    """A bash that runs the code completes a command and a value of a log."""
    program = tmp_path / "bin" / "tlx"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tlx "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = (
        'eval "$(tlx completion bash)"\n'
        'ask() { COMP_LINE="$1"; COMP_POINT=${#1}; _python_argcomplete tlx; printf "%s\\n" "${COMPREPLY[@]}" .; }\n'
        "complete -p tlx\n"
        f'ask "tlx sta"; ask "tlx events {log} -w \'level = "'
    )
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    first, *rest = done.stdout.splitlines()
    assert first.endswith("-F _python_argcomplete tlx")
    assert [line.strip() for line in rest] == ["stats", ".", "level = info", "level = error", "."]


def test_what_goes_wrong_is_told_only_to_who_looks_for_it(monkeypatch):
    """A mistake of ours does not disturb the line that is typed; with the shells' own switch for it, it is raised."""

    def fails():
        raise ZeroDivisionError

    monkeypatch.setattr(shell, "_Finder", fails)
    monkeypatch.delenv("_ARC_DEBUG", raising=False)
    assert shell.answer() == 0
    monkeypatch.setenv("_ARC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        shell.answer()


def test_what_is_seen_in_time_is_offered(tmp_path, monkeypatch):
    """Of a log that takes longer its first values are known, and that there may be more."""
    go, shown = threading.Event(), threading.Event()
    add, commit, begin = Ingester.add, Ingester.commit, time.monotonic()

    def slow(self, batch):
        if batch.first_id > 1:
            go.wait(60)
        return add(self, batch)

    def note(self):
        commit(self)
        shown.set()

    def elapsed():
        """Nothing until something is shown, or does not come at all, and then very long."""
        return math.inf if shown.is_set() or time.monotonic() - begin > 20 else 0.0

    monkeypatch.setattr(Ingester, "add", slow)
    monkeypatch.setattr(Ingester, "commit", note)
    monkeypatch.setattr("tlx.loading.workers._IDLE_SECONDS", 60)
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=elapsed, sleep=time.sleep))
    event = {"time": "2026-11-20T10:00:00Z", "level": "info", "name": "x" * 100}
    path = written(tmp_path, *[event] * (3 * FIRST_CHUNK // len(json.dumps(event))))
    with reading.seen_in(Namespace(files=[path])) as seen:
        found = seen.values(FieldPath(("level",)), "")
        go.set()
    assert [word for word, _ in found.counted] == ["info"]
    assert found.partly
