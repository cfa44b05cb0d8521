"""The way a shell asks: which command is being typed, which word of it, and who knows the words for that place."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from argcomplete.completers import BaseCompleter
from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from tlx.cli import arguments
from tlx.cli.completing.files import files
from tlx.cli.completing.words import words_for
from tlx.cli.exits import Exit
from tlx.cli.printing.writing import check_output, writing

_OF_ZSH = {
    "local completions\n": (
        'local completions line="${(j: :)words[1,CURRENT-1]} ${${QIPREFIX:+${(q)PREFIX}}:-$PREFIX}"\n'
    ),
    'COMP_LINE="$BUFFER"': 'COMP_LINE="$line"',
    'COMP_POINT="$CURSOR"': 'COMP_POINT="${#line}"',
}
"""While it completes, zsh leaves an open quote out of its buffer, without which a filter would be many words."""


def print_code(shell: str) -> None:
    """Print what a shell runs to complete the words of tlx.

    Raises:
        ConfigError: it cannot be written.
    """
    check_output(None, ())
    with writing(None, exact=True) as stream:
        code = shellcode(["tlx"], use_defaults=False, shell=shell)
        for theirs, ours in _OF_ZSH.items() if shell == "zsh" else ():
            code = code.replace(theirs, ours, 1)
        stream.write(code)


def answer() -> Exit:
    """Tell a shell what may stand where its cursor is; where anything is wrong, nothing, and no complaint."""
    try:
        _Finder()(arguments.parser(), always_complete_options=False, default_completer=_Words())
    except Exception:  # no log and no setting may disturb what is being typed
        if "_ARC_DEBUG" in os.environ:  # somebody looks for what is wrong
            raise
    return Exit.DONE


class _Finder(CompletionFinder):
    """Finds the words; `tlx FILE…` is `tlx open FILE…` here too."""

    def _get_completions(self, comp_words: list[str], cword_prefix: str, *rest: Any) -> list[str]:
        """Look at the parser of the one command alone, so that what was typed for it is known however it ends."""
        typed = comp_words[1:]
        if typed or cword_prefix.startswith("-"):
            command, *typed = arguments.joined(arguments.with_command(typed))
            self._parser = _parser_of(command, first=not comp_words[1:])
        else:
            self._parser = arguments.parser()
            commands: Any = _commands(self._parser)
            commands.completer = _Words()  # beside the commands there are logs
        found: list[str] = super()._get_completions([comp_words[0], *typed], cword_prefix, *rest)  # type: ignore[no-untyped-call]
        for word in found:
            self._display_completions.setdefault(word, "")
        return [word for word in found if word.isprintable()]


def _commands(parser: argparse.ArgumentParser) -> argparse.Action:
    return next(action for action in parser._actions if action.nargs == argparse.PARSER)  # noqa: SLF001  there is no other way to it


def _parser_of(command: str, *, first: bool) -> argparse.ArgumentParser:
    """Return the parser of a command; what no command has is known to the `first` word alone."""
    choices: Any = _commands(arguments.parser(command)).choices
    found: argparse.ArgumentParser = choices[command]
    if first:
        found.add_argument("-V", "--version", action="version", help="print the version")
    return found


class _Words(BaseCompleter):
    """Knows the words that may stand in place of what is typed of one, each with what it is."""

    def __call__(
        self, *, prefix: str, action: argparse.Action, parser: argparse.ArgumentParser, parsed_args: argparse.Namespace
    ) -> Mapping[str, str]:
        if action.nargs == argparse.PARSER:
            return files(prefix)
        return words_for(action, parser.prog.split()[-1], prefix, parsed_args)
