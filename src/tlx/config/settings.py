"""All settings, and where each one came from."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tlx.config import file
from tlx.config.dialect_files import DialectFile, dialect_files
from tlx.config.values import FOLDER, SWITCH, TEXT, Given, Kind, one_of, size

WATCHINGS = ("auto", "notify", "poll")


class Settings(NamedTuple):
    """How tlx reads and shows."""

    max_memory: int | None = None
    """Bytes the whole process may hold, what is more spills to disk; None leaves it to the store (half the machine)."""

    spill_folder: str | None = None
    """Where spilled events go; None leaves it to the store (the user's cache folder)."""

    max_line: int | None = None
    """Bytes of the longest line that is read as a record; None leaves it to the reader (65 MiB)."""

    cache: bool = False
    """Keep the index of a log that takes long to read, for the next time."""

    cache_size: int = 2 << 30
    """Bytes that all kept indexes together may take."""

    history: bool = False
    """Remember the filters that were typed, and those with a name."""

    ascii_only: bool = False
    """Draw with ASCII characters alone, for fonts without blocks."""

    theme: str | None = None
    """Name of a Textual theme."""

    watch: str = "auto"
    """How to learn that a followed log has grown: auto, notify or poll."""

    dialect: str | None = None
    """The name of the dialect that every line is read as; None tells it line by line."""

    dialect_file: tuple[DialectFile, ...] = ()
    """The dialects that the user has defined, as they were read."""

    reveal: bool = False
    """Show sensitive data as it is."""

    mask: tuple[str, ...] = ()
    """Paths, as typed, at which all is masked, beside what each dialect says; several may stand in one text."""

    filters: Mapping[str, str] = MappingProxyType({})
    """The user's own filters that have a name, from the config file."""

    keys: Mapping[str, str] = MappingProxyType({})
    """Other keys, with commas between them, by the id of what they do."""

    origins: Mapping[str, str] = MappingProxyType({})
    """Where settings come from that are not left to their defaults, by the names of flags with underscores."""


class Setting(NamedTuple):
    """One setting: of which kind a value of it is, and in words what it is."""

    kind: Kind
    about: str
    default: str
    """What holds where nothing is said."""
    several: bool = False
    """Whether it is many values."""


SETTINGS: Mapping[str, Setting] = {
    "ascii": Setting(SWITCH, "draw with ASCII characters alone", "off"),
    "cache": Setting(SWITCH, "keep an index of what took long to read", "on"),
    "cache_size": Setting(size("1MiB", 1 << 20), "disk for all kept indexes", "2 GiB"),
    "dialect": Setting(TEXT, "read every line as this dialect", "told line by line"),
    "dialect_file": Setting(TEXT, "files that define dialects", "those in dialects of the config folder", several=True),
    "history": Setting(SWITCH, "remember filters for the next time", "on"),
    "mask": Setting(TEXT, "paths at which all is masked", "what dialects mask", several=True),
    # 64 KiB are kept of any line; 1 GiB is the most that the store takes as one value
    "max_line": Setting(size("64KiB", 64 << 10, 1 << 30), "the longest line that is an event", "65 MiB"),
    "max_memory": Setting(size("384MiB", 384 << 20), "memory for all; more spills to disk", "half of what there is"),
    "reveal": Setting(SWITCH, "show sensitive data as it is", "off"),
    "spill_folder": Setting(FOLDER, "where events spill to", "the user's cache folder"),
    "theme": Setting(TEXT, "theme of the screen", "tlx-dark"),
    "watch": Setting(one_of(WATCHINGS), "how to learn of growth", "auto"),
}
"""All settings, by the names of their flags with underscores."""
_FIELDS = {"ascii": "ascii_only"}
"""What a setting is called in `Settings`, where not as its flag."""
_ON = {"cache": True, "history": True}
"""What is on where nothing else is said: to know nothing of a setting means off."""


def load(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: `flags` (absent ones None or false) over `TLX_*` variables, the config file, the defaults.

    Masks add up: what one of them hides, none of the others shows.

    Raises:
        ConfigError: a value is not of its kind, or the config file cannot be understood.
    """
    environment = os.environ if environment is None else environment
    written = file.read({name: one.kind for name, one in SETTINGS.items()})
    places = {name: _places(name, flags, environment, written.settings) for name in SETTINGS}
    found = {name: given for name, given in places.items() if given}
    one = {name: given[0].read(SETTINGS[name].kind) for name, given in found.items() if not SETTINGS[name].several}
    return Settings(
        **{_FIELDS.get(name, name): value for name, value in {**_ON, **one}.items()},
        dialect_file=dialect_files(next(iter(places["dialect_file"]), None)),
        mask=tuple(path for given in places["mask"] for path in given.texts),
        filters=written.filters,
        keys=written.keys,
        origins={
            name: ", ".join(each.origin for each in (given if name == "mask" else given[:1]))
            for name, given in found.items()
        },
    )


def _places(
    name: str, flags: Mapping[str, Any], environment: Mapping[str, str], written: Mapping[str, Given]
) -> list[Given]:
    """Return where a setting is given, the place that counts first."""
    found = []
    flag, flag_name, variable = flags.get(name), name.replace("_", "-"), f"TLX_{name.upper()}"
    if flags.get(f"no_{name}"):
        found.append(Given(f"--no-{flag_name}", ("off",)))
    if isinstance(flag, list | tuple) and flag:
        found.append(Given(f"--{flag_name}", tuple(flag)))
    elif flag is not None and flag is not False and flag != []:
        found.append(Given(f"--{flag_name}", (str(flag),)))
    if environment.get(variable):
        found.append(Given(variable, (environment[variable],)))
    if name in written:
        found.append(written[name])
    return found
