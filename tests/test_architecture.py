"""The shape of the code, kept by reading it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlx.dialects.known import NAMES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tlx"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

OPENING = {"open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes"}
OPENING |= {"NamedTemporaryFile", "TemporaryFile", "mkstemp", "mkdtemp", "open_binary", "open_text"}
MAY_OPEN = ("reader/", "config/")
EXCEPTIONS = {
    ("cli/live/replay.py", "open"): "copies of logs that are replayed, in a private folder",
    ("cli/main.py", "NamedTemporaryFile"): "the trace of an internal error",
    ("cli/main.py", "os.open(os.devnull)"): "what takes the place of a standard stream that is missing",
    ("cli/open.py", "open"): "standard input, where Python found none",
    ("cli/open.py", "os.open('/dev/tty')"): "the keys, while a log comes by standard input",
    ("cli/printing/writing.py", "open"): "the file that a command was told to print to",
    ("cli/printing/writing.py", "os.open(os.devnull)"): "what takes the place of an output that takes no more",
    ("dialects/rules/registry.py", "read_bytes"): "the registries, parts of the package",
    ("query/checking/files.py", "open"): "schemas, registries and lists that a user names",
    ("query/language/parse.py", "read_text"): "the grammar, a part of the package",
    ("state.py", "os.open(self._path)"): "what is remembered between sessions",
    ("state.py", "os.open(fresh)"): "what takes its place, whole",
    ("state.py", "os.open(path)"): "the key of pseudonyms",
    ("state.py", "fdopen"): "all three",
    ("machine.py", "read_text"): "what the kernel says of memory",
    ("store/cache/entries.py", "open"): "the records of the cache, to be written",
    ("store/cache/entries.py", "os.open(path)"): "the same records, and indexes to see whether they are whole",
    ("store/cache/entries.py", "fdopen"): "both",
    ("store/cache/index.py", "os.open(self._index)"): "an index that is being made, to hurry it to the disk",
    ("store/memory/spill.py", "os.open(_lock_of(path))"): "the lock of the folder that the store spills to",
    (
        "store/memory/spill.py",
        "os.open(root / name)",
    ): "the locks of other such folders, to see whether their owners live",
}
"""Who else opens something, and what for."""

MOST_LINES = 400
MOST_METHODS = 18
LONGEST_FUNCTION = 70


def openings(tree):
    """Yield every call in a tree that opens a file, as its name, or with its path where it is os.open."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in OPENING:
            yield f"os.open({ast.unparse(node.args[0])})" if ast.unparse(node.func) == "os.open" else name


def routes(function):
    """Return whether a method is called by its name or message alone: a key, a message, a reactive or a property."""
    marks = [ast.unparse(mark).partition("(")[0] for mark in function.decorator_list]
    return function.name.startswith(("action_", "on_", "watch_")) or bool({"on", "property"} & set(marks))


def test_only_the_reader_and_the_config_open_files():
    """Only the reader and the settings open files, exceptions with a reason aside; the demo writes its own."""
    found = {
        (path, call)
        for path, tree in TREES.items()
        if not path.startswith((*MAY_OPEN, "demo/"))
        for call in openings(tree)
    }
    assert found == set(EXCEPTIONS)


def test_openings_are_seen():
    """The test above sees each way to open a file."""
    code = (
        "open(a); io.open(a); p.open(); Path(a).read_text(); os.open(a, 0); tempfile.mkstemp(); closed(a); a.opener()"
    )
    assert list(openings(ast.parse(code))) == ["open", "open", "open", "read_text", "os.open(a)", "mkstemp"]


@pytest.mark.parametrize("path", TREES)
def test_budgets_of_size(path):
    """Files, classes and functions can be read at once; a method that routes a key or message does not count."""
    lines = (SOURCE / path).read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, f"{path}: {lines} lines"
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.ClassDef):
            functions = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            methods = sum(not routes(function) for function in functions)
            assert methods <= MOST_METHODS, f"{path}: {node.name} has {methods} methods"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path}: {node.name} has {length} lines"


def test_folders_hold_few_files():
    """No folder holds so many files that one has to search."""
    for folder in {path.parent for path in FILES}:
        files = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
        most = 16 if folder.name in {"commands", "dialects", "rules", "samples"} else 10  # a command or dialect a file
        assert len(files) <= most, (folder.name, files)


def test_imports_keep_to_the_contracts():
    """Floors point down, panes and dialects stand alone, and each library has its one place."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def modules_after(code):
    """Return the modules that are loaded once `code` has run in a fresh Python."""
    code += "\nimport sys, json; print(json.dumps(list(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stderr)}


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_headless_command_loads_no_screen_and_no_parser(form):
    """`tlx stats` needs neither Textual nor the parser of filters, and so does not pay for them."""
    log = str(ROOT / "sample_logs" / "build.json-lines")
    modules = modules_after(f"import tlx.cli.main; tlx.cli.main.run(['stats', '--format', {form!r}, {log!r}])")
    assert "tlx" in modules
    assert modules & {"duckdb", "_duckdb"}
    assert not modules & {"textual", "lark"}


MANY_FIELDS = 15
OFTEN_NAMED_LATER = {"tlx.query.growing.ledger"}
"""Modules whose annotations name what stands above them, which only postponed ones can."""


def fields_of_named_tuples(tree):
    """Return how many fields the named tuples of a module have together."""
    tuples = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases)
    ]
    return sum(isinstance(part, ast.AnnAssign) for node in tuples for part in node.body)


def test_named_tuples_before_the_first_rows_have_no_postponed_annotations():
    """NamedTuple compiles each postponed one anew: for hundreds of fields that takes longer than all the rest."""
    code = (
        "import sys, tlx.cli.open, tlx.session, tlx.tui.app; print(*(n for n in sys.modules if n.startswith('tlx.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    many = {}
    for name in done.stdout.split():
        tree = TREES.get(name.removeprefix("tlx.").replace(".", "/") + ".py")
        if tree is not None and fields_of_named_tuples(tree) >= MANY_FIELDS:
            many[name] = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    assert "tlx.model" in many
    assert {name for name, postponed in many.items() if postponed} == OFTEN_NAMED_LATER


def test_the_first_rows_are_asked_for_without_textual():
    """So that their question is answered while the screen is still being loaded."""
    modules = modules_after("import tlx.session, tlx.tui.opening.ahead")
    assert {"tlx", "_duckdb"} <= modules
    assert not modules & {"textual", "rich", "lark"}


def test_the_version_costs_nothing():
    """`tlx --version` loads no dependency at all."""
    modules = modules_after("import tlx.cli.main; tlx.cli.main.run(['--version'])")
    assert not modules & {"textual", "lark", "duckdb", "_duckdb", "rich", "orjson", "zstandard", "watchfiles"}


def test_the_package_imports_nothing():
    """To import tlx is to read its floor plan and version, no more."""
    tree = TREES["__init__.py"]
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))


def test_every_module_says_what_it_is():
    """Each module, and each public class and function, has a docstring."""
    for path, tree in TREES.items():
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


@pytest.mark.parametrize("name", sorted(name for name in TREES if not name.startswith(("dialects/", "demo/"))))
def test_nothing_beside_the_dialects_knows_one_by_name(name):
    """So that to add one touches their folder, its tests and the sample logs alone. The demo is a Buck2."""
    texts = [node.value for node in ast.walk(TREES[name]) if isinstance(node, ast.Constant)]
    for dialect in NAMES:
        assert not [text for text in texts if isinstance(text, str) and (text == dialect or f"'{dialect}'" in text)]
