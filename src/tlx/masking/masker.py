"""Masks the text of a line: values are found and replaced where they stand, all other bytes stay as they are.

A line is never written anew: numbers keep their digits, texts their escapes, keys their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tlx.masking.credentials import FLAG, SECRET_KEYS, Credentials, key_pattern
from tlx.masking.pseudonyms import PSEUDONYM, Pseudonyms
from tlx.model import Sensitive

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PART = re.compile(r"[^/\\]+")
_BLANKS = re.compile(r"[ \t\r\n]*")
_TO_END = r'"(?:[^"\\]|\\.)*("|\\?\Z)'
"""A string, or one that is cut: it goes on to the end, where a search from each quote in it would take very long."""
_TEXT = re.compile(_TO_END, re.DOTALL)
_BRACKET = re.compile(rf"{_TO_END}|[\[\]{{}},]", re.DOTALL)
_PIECE = re.compile(rf"{_TO_END}|[\[\]{{}}]", re.DOTALL)
_KEY = re.compile(r'(?<!\\)(?=("(?:[^"\\]|\\.)*")([ \t\r\n]*:))', re.DOTALL)
"""What may be a key, from any quote on: quotes in the text around may have no partner."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_MEMBER = re.compile(r'"\s*:\s*["{\[0-9tfn-]')
"""A member of an object, as JSON has it."""
_CLOSING = re.compile(r'"\s*[,}\]:]')
_BEGIN = re.compile(r"[A-Z]+ [\w.]+: ?")
"""What stands before a message in a line of text."""
_ABOUT = r'(?:[^\s="{]+=[^\s"{]* )*'
_HEAD = re.compile(
    r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+: "
    rf"|(?:\d{{4}}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{{3}} {_ABOUT}(?:\[\w+\] {_ABOUT})?\[\w+(?:\.\w+)+\] "
)
"""What begins an event of text: the level and the logger, or the clock and the name. No key names it, nor hides it."""
_TAILS = (" | event=", " | run_id=")
"""What stands behind it."""
_LINE = re.compile(r"[^\n]+")
_SHORT = 2
"""A list of numbers, or of texts no longer than this, spells a text: it is masked as one."""

IN_TEXT = "(in texts)"
Tell = Callable[[str, int], object]


def _silent(key: str, number: int) -> None:
    """Say nothing."""


class Masker:
    """Masks lines, of JSON or of text, by what is sensitive in a dialect."""

    def __init__(self, sensitive: Sensitive, pseudonyms: Pseudonyms, tell: Tell = _silent) -> None:
        """Mask what is sensitive; `tell` is told how many values were masked behind which key, or in texts."""
        self._pseudonym = pseudonyms.of
        self._tell = tell
        whole = (*sensitive.keys, *(SECRET_KEYS if sensitive.credentials else ()))
        paths = sensitive.paths
        lasts = tuple(place[-1] for place in sensitive.places)
        self._paths = _pattern(paths)
        self._keys = _Keys((*whole, *paths))
        self._loose = _Keys((*whole, *paths, *lasts)) if lasts else self._keys
        self._messages = self._loose.holds("message")
        self._lasts = _pattern(lasts)
        self._chains = re.compile(rf"(?:^|\0)(?:{_chains(sensitive.places)})\Z", re.IGNORECASE)
        self._names = _pattern(sensitive.names)
        self._capsule = frozenset(sensitive.capsule)
        self._in_texts = sensitive.in_texts
        self._homes = sensitive.homes and not sensitive.in_texts
        self._credentials = Credentials(
            self._pseudonym, (*whole, *paths, *lasts), everywhere=sensitive.credentials, homes=sensitive.homes
        )
        self.marks = "" if self._capsule or self._loose.escape == "\\" else rf"(?i)(?:{self._credentials.marks})|\\u00"
        """A regular expression, for SQL: other lines have nothing to mask; an empty one matches all."""

    def mask(self, text: str) -> tuple[str, int]:
        """Return the text of a record, masked, and how many values were."""
        try:
            return self._record(text)
        except (ValueError, RecursionError):
            return json.dumps({"masked": self._pseudonym(text)}), 1

    def mask_text(self, text: str) -> tuple[str, int]:
        """Return lines of text, masked, and how many values were."""
        text, said = _spliced(text, self._message(text)) if self._messages else (text, 0)
        text, number = self._embedded(text) if '"' in text else (text, 0)
        text, more = self._credentials.mask(text)
        if _MEMBER.search(text):
            lines = text.split("\n")
            head = _HEAD.match(text)
            pieces = [self._without_json(lines[0], head.end() if head else 0), *map(self._without_json, lines[1:])]
            more += sum(bool(line != piece) for line, piece in zip(lines, pieces, strict=True))
            text = "\n".join(pieces)
        self._tell(IN_TEXT, more)
        return text, said + number + more

    def _message(self, text: str) -> Iterator[tuple[int, int, str, int]]:
        """Yield what to replace in a message, which no key names: it goes on until its tail, or the end of its line."""
        begin = _BEGIN.match(text)
        if begin is None:
            return
        at = begin.end()
        end = next((tail for tail in map(text.rfind, _TAILS) if tail >= at), text.find("\n", at))
        for line in _LINE.finditer(text, at, end if end >= 0 else len(text)):
            masked = self._pseudonym(line[0])
            number = int(masked != line[0])
            self._tell("message", number)
            yield *line.span(), masked, number

    def _without_json(self, line: str, head: int = 0) -> str:
        """A line of text with a pseudonym for JSON in it, which may be a piece of a record that has lost its keys.

        The first `head` characters are no part of such a piece.
        """
        if not _MEMBER.search(line):
            return line
        first = min(at for at in (line.find('"'), line.find("{"), len(line)) if at >= 0)
        begin = head if _CLOSING.match(line, first) else first
        tail = max(line.rfind(mark) for mark in _TAILS)
        end = tail if tail > begin else len(line)
        return line[:begin] + self._pseudonym(line[begin:end]) + line[end:]

    def _record(self, text: str) -> tuple[str, int]:
        number = 0
        if self._capsule:
            text, number = _spliced(text, self._beside_capsule(text))
        text, more = self._embedded(text)
        if "\\" in text or (self._in_texts and self._credentials.may_hold(text)):
            text, others = self._texts(text)
            more += others
        if self._homes:
            text, others = self._credentials.mask_homes(text)
            self._tell(IN_TEXT, others)
            more += others
        return text, number + more

    def _embedded(self, text: str) -> tuple[str, int]:
        """Mask the values of keys in a text that is JSON or holds some."""
        return _spliced(text, self._values(text))

    def _values(self, text: str) -> Iterator[tuple[int, int, str, int]]:
        """Yield begin, end and replacement of values to mask, and how many they are."""
        behind = 0
        for key, begin in self._places(text):
            if begin < behind:
                continue  # inside of what is masked already
            mask = self._by_parts if self._paths.fullmatch(key) else self._hidden
            behind, masked, number = self._value(text, begin, mask)
            self._tell(key, number)
            yield begin, behind, masked, number

    def _places(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the sensitive keys of a text, and where their values begin, in order."""
        if self._loose is self._keys:
            return self._keys.places(text)
        if not text.lstrip().startswith("{"):  # of a piece nobody knows what was around it
            return self._loose.places(text)
        found = dict(self._places_below(text))
        found.update((begin, key) for key, begin in self._keys.places(text))
        return iter([(key, begin) for begin, key in sorted(found.items())])

    def _places_below(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where the values begin of keys that are sensitive below others, and these keys."""
        around: list[str] = []
        key = ""
        for found in _PIECE.finditer(text):
            part = found[0]
            colon = _behind_blanks(text, found.end())
            if part in "[{":
                around.append(key)
                key = ""
            elif part in "]}":
                around[-1:] = []
                key = ""
            elif not text.startswith(":", colon):
                key = ""
            else:
                key = _decoded(part)
                if self._lasts.fullmatch(key) and self._chains.search("\0".join(filter(None, (*around, key)))):
                    yield _behind_blanks(text, colon + 1), key

    def _value(self, text: str, begin: int, mask: Callable[[Any], Any]) -> tuple[int, str, int]:
        """Return the end of the value that begins there, what is to stand in its place, and how many it holds."""
        try:
            value, end = _STRICT.raw_decode(text, begin)
            masked = mask(value)
        except (ValueError, RecursionError):  # cut, deeper than can be walked, or with a key twice
            end = _end_of_value(text, begin)
            return end, json.dumps(self._pseudonym(text[begin:end])), 1
        number = _changed(value, masked)
        return end, _written(masked) if number else text[begin:end], number

    def _beside_capsule(self, text: str) -> Iterator[tuple[int, int, str, int]]:
        """Yield what to replace in a record of which nothing but the capsule is to be seen."""
        at = _behind_blanks(text, text.index("{") + 1)
        while found := _STRING.match(text, at):
            begin = _behind_blanks(text, _behind_blanks(text, found.end()) + 1)
            key = _decoded(found[0])
            if key in self._capsule:
                end = _DECODER.raw_decode(text, begin)[1]
            else:
                mask = self._by_parts if self._paths.fullmatch(key) else self._hidden
                end, masked, number = self._value(text, begin, mask)
                self._tell(key, number)
                yield begin, end, masked, number
            at = _behind_blanks(text, _behind_blanks(text, end) + 1)

    def _texts(self, text: str) -> tuple[str, int]:
        """Mask what stands in texts: credentials, and JSON that was written as a text."""
        number = 0
        flag = False

        def masked(found: re.Match[str]) -> str:
            nonlocal number, flag
            token = found[0]
            if found[1] != '"':
                return token
            was_flag, flag = flag, self._in_texts and bool(FLAG.fullmatch(token, 1, len(token) - 1))
            if "\\" not in token and not was_flag and not (self._in_texts and self._credentials.may_hold(token)):
                return token
            inner = _decoded(token)
            if was_flag and not text.startswith(":", _behind_blanks(text, found.end())):
                result, count = self._pseudonym(inner), int(not PSEUDONYM.fullmatch(inner))
                self._tell(IN_TEXT, count)
            else:
                result, count = self._text(inner)
            number += count
            return _written(result, ascii_only=token.isascii()) if count else token

        return _TEXT.sub(masked, text), number

    def _text(self, text: str) -> tuple[str, int]:
        """Mask one text: as JSON where it may hold some, and credentials in it."""
        number = 0
        may_hold = self._credentials.may_hold(text)
        if '"' in text and ("\\u" in text or may_hold):
            text, number = self._embedded(text)
            if "\\" in text:
                text, more = self._texts(text)
                number += more
        if self._in_texts and may_hold:
            text, more = self._credentials.mask(text)
            self._tell(IN_TEXT, more)
            number += more
        return text, number

    def _hidden(self, value: Any) -> Any:
        """A value with pseudonyms for all that is in it; what is empty stays."""
        match value:
            case str():
                return self._pseudonym(value) if value else value
            case bool():
                return self._pseudonym("true" if value else "false")
            case dict():
                return {self._name(key): self._hidden(inner) for key, inner in value.items()}
            case list():
                if len(value) > 1 and all(map(_is_letter, value)):
                    return [self._pseudonym(json.dumps(value))]
                return [self._hidden(one) for one in value]
        return value

    def _name(self, key: str) -> str:
        return key if not key or self._names.fullmatch(key) else self._pseudonym(key)

    def _by_parts(self, value: Any) -> Any:
        """A value whose texts are paths, with a pseudonym for each part."""
        match value:
            case str():
                return _PART.sub(lambda part: self._pseudonym(part[0]), value)
            case list():
                return [self._by_parts(one) for one in value]
        return self._hidden(value)


class _Keys:
    """Sensitive keys, however they are written."""

    def __init__(self, words: Sequence[str]) -> None:
        self._pattern = _pattern(words)
        self._plain = re.compile(rf'"({self._pattern.pattern})"[ \t\r\n]*:', re.IGNORECASE)
        self.escape = "\\" if any(one.startswith("=") for one in words) else "\\u"
        """What is in a text in which one of them is written in another way than plainly."""

    def holds(self, key: str) -> bool:
        """Return whether a key is one of them."""
        return self._pattern.fullmatch(key) is not None

    def places(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield those of a text, and where their values begin."""
        if self.escape not in text:
            for found in self._plain.finditer(text):
                yield found[1], _behind_blanks(text, found.end())
            return
        for found in _KEY.finditer(text):
            key = _decoded(found[1])
            if self._pattern.fullmatch(key):
                yield key, _behind_blanks(text, found.end(1) + len(found[2]))


class _Number(str):
    """The digits of a number."""

    __slots__ = ()


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object all of which is seen; of values behind one key only the last would be."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False)
_STRICT = json.JSONDecoder(
    parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False, object_pairs_hook=_once
)


def _is_letter(value: Any) -> bool:
    return isinstance(value, _Number) or (isinstance(value, str) and len(value) <= _SHORT)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(key_pattern(words, r"[\w. :/@$#-]*"), re.IGNORECASE)


def _chains(places: Sequence[Sequence[str]]) -> str:
    """A regular expression for keys one inside the other, with NUL between them; none match nothing."""
    return "|".join("\\0".join(f"(?:{key_pattern([key])})" for key in place) for place in places) or r"[^\s\S]"


def _spliced(text: str, parts: Iterator[tuple[int, int, str, int]]) -> tuple[str, int]:
    """A text with some parts replaced, and how many values these held."""
    pieces: list[str] = []
    at = number = 0
    for begin, end, replacement, count in parts:
        if count:
            pieces += (text[at:begin], replacement)
            at = end
            number += count
    return "".join((*pieces, text[at:])) if pieces else text, number


def _changed(value: Any, masked: Any) -> int:
    """How many leaves, and keys, of a value were masked."""
    if isinstance(value, dict) and isinstance(masked, dict):
        keys = sum(bool(key != other) for key, other in zip(value, masked, strict=False))
        return keys + sum(_changed(one, other) for one, other in zip(value.values(), masked.values(), strict=False))
    if isinstance(value, list) and isinstance(masked, list) and len(value) == len(masked):
        return sum(_changed(one, other) for one, other in zip(value, masked, strict=True))
    return int(value != masked)


def _behind_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _end_of_value(text: str, begin: int) -> int:
    """Where a value ends that cannot be read; the end of the text where it never does."""
    depth = 0
    for found in _BRACKET.finditer(text, begin):
        part = found[0]
        if part in "[{":
            depth += 1
        elif part in "]}":
            depth -= 1
        if depth < 0 or (not depth and part == ","):
            return found.start()
        if not depth and part != ",":
            return found.end()
    return len(text)


def _decoded(token: str) -> str:
    """The text that a string of JSON is; escapes that JSON does not have stay as they are."""
    try:
        return str(json.loads(token, strict=False)) if "\\" in token else token[1:-1]
    except ValueError:
        return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), token[1:-1])


def _written(value: Any, *, ascii_only: bool = False) -> str:
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character
        return json.dumps(value, separators=(",", ":"))
    return text
