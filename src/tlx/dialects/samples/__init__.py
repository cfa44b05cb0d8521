"""Small believable logs of the systems whose dialects tlx reads, as each of them writes its lines: a module a dialect.

`FILE` is the name of its file, the dialect's name with an ending; `lines` yields its lines, grown from a seed. A module
that lies here is found. None uses anything else of tlx, with which it must share no mistake.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping

_SHARED = "writing"


def writers() -> Mapping[str, Callable[[int], Iterator[str]]]:
    """Return what writes the lines of each file, by the file's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != _SHARED)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.FILE: module.lines for module in modules}
