"""What gives access or names a person, in any text: URLs, tokens, passwords, addresses, `key=value` and `key: value`.

Only what looks like one is found: text has no other marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tlx.masking.pseudonyms import PSEUDONYM

SECRET_KEYS = (
    "*token",
    "*secret",
    "*password",
    "*passwd",
    "*passphrase",
    "*pwd",
    "*secret key",
    "*api key",
    "*access key",
    "*private key",
    "*authorization",
    "*credential",
    "*credentials",
    "*cookie",
)
"""Keys whose values give access, as words; what stands before them does not matter."""
_LOOKS = (
    *("//", "@", "bearer ", "basic ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "glpat", "sk-", "xox"),
    *("akia", "eyj", "pypi-", "hf_", "npm_", "\\/", "%40"),
)
"""Where a text has none of these, in any case, and none of the keys, there is nothing secret in it."""

# Each of these begins where what it takes begins, and goes on one way only: text may be made to be looked at for hours.
_URL = re.compile(
    r"(?P<slashes>(?<!\\)\\*/\\*/)"
    r"(?P<user>[^\s/\"'<>?#]*@|(?=[^\s\"'<>?#@]*@)[^\s/\"'<>?#@]*:(?!\d*\\*/)[^\s\"'<>?#@]*@)?"
    r"(?P<place>[^\s\"'<>?#]*)"
    r"(?P<query>\?[^\s\"'<>#]*)?(?P<fragment>#[^\s\"'<>]*)?",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"%3A%2F%2F[^\s\"'<>&]*", re.IGNORECASE)
"""A URL that is written in another."""
_BEHIND_SCHEME = re.compile("%3A%2F%2F", re.IGNORECASE)
_BEARER = re.compile(r"\b(?P<begin>(?:bearer|basic)\s+)(?P<value>[\w.~+/=-]{4,})", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{10,}|sk-[\w-]{16,}|xox[abeprs]-[\w-]{8,}|AKIA[0-9A-Z]{12,}"
    r"|eyJ[\w-]{8,}(?:\.[\w-]+){0,2}|pypi-[\w-]{12,}|hf_\w{12,}|npm_\w{12,})"
)
_ADDRESSES = re.compile(r"(?<![\w.+-])[\w.+-]+(?:@[\w.+-]+)+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_SQUEEZED = {ord(character): None for character in "_-"}
_HOME = re.compile(
    rf"(?P<begin>(?<![/\\])[/\\]+(?:home|users)[/\\]+)(?P<name>{PSEUDONYM.pattern}|[^/\\\s\"'<>:;,]+)", re.IGNORECASE
)
_NOTHING = re.compile(r"(?:none|null|nil|true|false)?", re.IGNORECASE)
FLAG = re.compile(
    r"--?[\w-]*(?:token|secret(?:-?key)?|passw(?:or)?d|passphrase|pwd|api-?key|access-?key|credentials?|authorization|cookie)",
    re.IGNORECASE,
)
"""A flag of a command, whose value is the next word."""
_FLAG = re.compile(
    rf"(?P<begin>(?<![\w-]){FLAG.pattern}['\"]?[ ,]\s*['\"]?)(?P<value>(?<=['\"])[^'\"\n]+|[^\s'\",\]]+)", re.IGNORECASE
)
_HEADER = re.compile(
    r"(?P<begin>\b(?:set-)?(?:cookie|authorization):[^\S\n]*)(?P<value>[^\s│](?:[^\n│]*[^\s│])?)", re.IGNORECASE
)
"""A header of HTTP, of which all is secret."""


def key_pattern(keys: Sequence[str], before: str = r"(?<![\w.-])[\w.-]*") -> str:
    """Return a regular expression, without regard to case, for keys in any of their spellings; none match nothing.

    What may stand before an end of a key is `before`.
    """
    whole = [_spelt(words) for words in keys if not words.startswith("*")]
    ends = [_spelt(words[1:]) for words in keys if words.startswith("*")]
    return "|".join([*whole, *([rf"{before}(?:{'|'.join(ends)})"] if ends else [])]) or r"[^\s\S]"


def _spelt(words: str) -> str:
    if words.startswith("="):
        return re.escape(words[1:])
    return r"[_-]?".join(map(re.escape, words.split()))


def _squeezed(words: str) -> str:
    """What a key has in any spelling, once that is in small letters and has no `_` and no `-`."""
    return words[1:].lower().translate(_SQUEEZED) if words.startswith("=") else words.strip("*").replace(" ", "")


class Credentials:
    """Masks credentials, and the values of some keys, in text."""

    def __init__(
        self, pseudonym: Callable[[str], str], keys: tuple[str, ...], *, everywhere: bool, homes: bool = False
    ) -> None:
        """Mask the values of these `keys`; with `everywhere` what looks like a credential, with `homes` user names."""
        self._pseudonym = pseudonym
        self._everywhere = everywhere
        self._homes = homes
        names = key_pattern(keys)
        self._spelt = "|".join(_spelt(words.removeprefix("*")) for words in keys) or r"[^\s\S]"
        self._marks = tuple({_squeezed(words) for words in keys})
        # A value without quotes goes on to the next `key=`, or to the end of the line.
        self._pairs = re.compile(
            rf"(?P<begin>(?<![\w-])(?:{names})(?![\w-])['\"]?\s*(?:=>|->|[:=]|%3d)\s*)"
            r"(?:(?P<quote>['\"])(?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\.)*)(?P=quote)?"
            r"|(?P<value>[^\n]*?)(?=(?<!\s)\s+[\w.]+=|[\n│]|$))",
            re.IGNORECASE,
        )

    @property
    def marks(self) -> str:
        """A regular expression, without regard to case, for what every text holds in which there is something."""
        return "|".join([self._spelt, *(map(re.escape, _LOOKS) if self._everywhere else ())])

    def may_hold(self, text: str) -> bool:
        """Return whether there may be something in a text; much cheaper than to look for it."""
        lower = text.lower()
        if self._homes and ("home" in lower or "users" in lower):
            return True
        if self._everywhere and any(look in lower for look in _LOOKS):
            return True
        squeezed = lower.translate(_SQUEEZED)
        return any(mark in squeezed for mark in self._marks)

    def mask_homes(self, text: str) -> tuple[str, int]:
        """Return a text with masked names of users in the paths of their folders, and how many there were."""
        number = 0

        def masked(found: re.Match[str]) -> str:
            nonlocal number
            name = self._pseudonym(found["name"])
            number += name != found["name"]
            return found["begin"] + name

        return _HOME.sub(masked, text), number

    def mask(self, text: str) -> tuple[str, int]:
        """Return the text, masked, and how many values were."""
        number = 0

        def count(found: str) -> str:
            nonlocal number
            masked = self._pseudonym(found)
            number += masked != found
            return masked

        def pair(found: re.Match[str]) -> str:
            value = found["quoted"] if found["quote"] else found["value"]
            if _NOTHING.fullmatch(value):
                return found[0]
            quote = found["quote"] or ""
            return f"{found['begin']}{quote}{count(value)}{quote}"

        if self._homes:
            text, number = self.mask_homes(text)
        if not self.may_hold(text):
            return text, number
        if self._everywhere:
            text = _HEADER.sub(lambda found: found["begin"] + count(found["value"]), text)
        text = self._pairs.sub(pair, text)
        if self._everywhere:
            text = _FLAG.sub(lambda found: found["begin"] + count(found["value"]), text)
            text = _URL.sub(lambda found: _url(found, count), text)
            text = _ENCODED.sub(lambda found: "".join(_asking(found[0], count)), text)
            text = _BEARER.sub(lambda found: found["begin"] + count(found["value"]), text)
            text = _SHAPES.sub(lambda found: count(found[0]), text)
            text = _ADDRESSES.sub(lambda found: "".join(_addressed(found[0], count)), text)
        return text, number


def _url(found: re.Match[str], mask: Callable[[str], str]) -> str:
    """A URL without what is secret in it."""
    user = f"{mask(found['user'][:-1])}@" if found["user"] and found["user"] != "git@" else found["user"] or ""
    query = f"?{mask(found['query'][1:])}" if found["query"] and found["query"] != "?" else found["query"] or ""
    part = found["fragment"] or ""
    fragment = f"#{mask(part[1:])}" if len(part) > 1 else part
    return f"{found['slashes']}{user}{found['place']}{query}{fragment}"


def _asking(encoded: str, mask: Callable[[str], str]) -> Iterator[str]:
    """Pieces of a URL that is written in another, without who asks in it."""
    at = 0
    while scheme := _BEHIND_SCHEME.search(encoded, at):
        end = encoded.find("%40", scheme.end())
        if end < 0:
            break
        yield encoded[at : scheme.end()] + mask(encoded[scheme.end() : end])
        at = end
    yield encoded[at:]


def _addressed(text: str, mask: Callable[[str], str]) -> Iterator[str]:
    """Pieces of a text in which addresses may be, between letters that an address may have, without them."""
    name, *others = text.split("@")
    for other in others:
        domain = _DOMAIN.match(other)
        user = name.lstrip(".+-")
        if domain and user and user != "git":
            yield name.removesuffix(user) + mask(f"{user}@{domain[0]}")
            name = other[domain.end() :]
        else:
            yield f"{name}@"
            name = other
    yield name
