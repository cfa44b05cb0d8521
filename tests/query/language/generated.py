"""Strategies for logs with rich payloads, and for filters with their meanings: text in many spellings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from query.language import naive

MS = 10**6
BEGIN = 1_771_287_108_000  # 2026-02-17T00:11:48Z, in ms
STARTS = {1: BEGIN * MS, 2: (BEGIN + 30) * MS}
KEYS = ("n", "a", "foo", "Foo", "odd key", "", "*", "$", "a.b", 'q"q', "b\\s", "[0]", "0", "é", "x*", "null", "#", "'")
TEXTS = (
    *(
        "rustc",
        "Rustc",
        "RUSTC",
        "a",
        "A",
        "file_1",
        "root//a:b",
        "déjà",
        "DÉJÀ",
        "Жук",
        "жук",
        "",
        " ",
        "null",
        "true",
    ),
    *("3", "3.0", " 3 ", "+3", "007", "1e2", "-2.5", ".5", "5.", "nan", "inf", "Infinity", "9007199254740993", "1e999"),
    *["0x10", "0b1", "0o7", "1_000", "1_000.5", "_1", "1_", "+-5", "-+5", "1E5", "1e1_0", "+.5e-1", "1,5", "٣"],
    *("\t7\r\n", "7\xa0"),
    *(
        'say "hi"',
        "C:\\tmp",
        "a\nb",
        "\x00",
        "\x1b[31m",
        "😀",
        "%",
        "_",
        "*",
        "a%b",
        "null ",
        "{}",
        "[1]",
        "12abc",
        "0x3",
    ),
)
NUMBERS = (0, 1, 3, -2, 100, 7, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**64 - 1, 2**64, -(2**63) - 1)
FLOATS = (0.5, 3.0, -2.5, 1.25, 100.0)
WORDS = (
    *TEXTS,
    "epoch_millis",
    "starlark",
    "StarlarkUserEvent",
    "metadata",
    '"id":',
    "{",
    "\\",
    "/",
    "//a",
    "b/c",
    "\t",
)
ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), timezone(timedelta(hours=14)))
QUANTITIES = {
    "duration": ("duration", "dur", "duration_ns"),
    "input_materialization": ("input_materialization", "mat", "input_materialization_ns"),
    "output_size": ("output_size", "size"),
}
TEXT_FIELDS = {
    "execution_kind": ("execution_kind", "exec"),
    "category": ("category", "cat"),
    "identifier": ("identifier", "id"),
    **{name: (name,) for name in ("name", "kind", "owner", "status", "event", "trace", "span", "dialect", "raw")},
}
COLUMNS = {"duration": "duration_ns", "input_materialization": "input_materialization_ns"}

scalars = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from(FLOATS), st.booleans(), st.none())
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(KEYS), trees, max_size=4)


@st.composite
def lines(draw):
    """Return a line with a payload, in one of the ways in which programs write JSON."""
    end = BEGIN + draw(st.integers(0, 60))
    kind = draw(st.sampled_from(("user", "user", "action", "plain")))
    if kind == "user":
        record = {
            "StarlarkUserEvent": {"id": draw(st.sampled_from(TEXTS)), "metadata": draw(objects)},
            "epoch_millis": end,
        }
    elif kind == "action":
        body = {
            "kind": draw(st.sampled_from(("Run", "run", "Copy"))),
            "name": {"category": draw(st.sampled_from(TEXTS)), "identifier": draw(st.sampled_from(TEXTS))},
            "duration_millis": draw(st.integers(0, 50)),
            "output_size": draw(st.sampled_from((0, 1, 1024, 2**64 - 1))),
            "execution_kind": draw(st.sampled_from(("Local", "local", "ActionCache"))),
            "metadata": draw(trees),
        }
        record = {"ActionExecutionEvent": {key: body[key] for key in body if draw(st.booleans())}, "epoch_millis": end}
        record["ActionExecutionEvent"].setdefault("kind", "Run")
    else:
        record = {
            "timestamp": end * MS,
            "metadata": draw(trees),
            "event": draw(st.sampled_from(TEXTS)),
            **draw(objects),
        }
        record = {key: record[key] for key in record if draw(st.booleans())}
    line = json.dumps(
        record, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from(((",", ":"), (", ", ": "))))
    )
    return line.replace("/", "\\/") if draw(st.booleans()) else line


@st.composite
def quoted(draw, value):
    """Return a value between quotes, its escapes written in one of the ways there are."""
    plain = draw(st.booleans())
    return (
        '"'
        + "".join(f"\\{c}" if c in '"\\' else f"\\U{ord(c):08x}" if not plain and c == "\n" else c for c in value)
        + '"'
    )


@st.composite
def typed(draw, value, safe="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+:-éèàÉж*$%#\\"):
    """Return a value as somebody types it: bare where that can be."""
    if value and all(character in safe for character in value) and draw(st.booleans()):
        return value
    return draw(quoted(value))


def leaves(value, keys=()):
    """Yield every path in a record, with what stands there."""
    yield keys, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        yield from leaves(inner, (*keys, key))


def seen_paths(events):
    """Return the paths that the records have, with what stands there, from the record and from the objects in it."""
    found = []
    for event in events:
        record = json.loads(event["raw"])
        for keys, value in leaves(record):
            if keys:
                found.append((keys, True, value))
            if len(keys) > 2 and keys[0] in ("StarlarkUserEvent", "ActionExecutionEvent"):
                found.append((keys[1:], False, value))
            if keys and keys[0] == "metadata":
                found.append((keys, False, value))
    return found


@st.composite
def path(draw, seen):
    """Return a path as typed, with its keys and whether it is from the root, and a value that may stand there."""
    if seen and draw(st.integers(0, 3)):
        keys, root, value = draw(st.sampled_from(seen))
        if draw(st.integers(0, 5)) == 0:
            keys = (*keys, draw(st.one_of(st.sampled_from(KEYS), st.integers(-2, 2))))
    else:
        tail = draw(st.lists(st.one_of(st.sampled_from(KEYS), st.integers(-2, 2)), min_size=1, max_size=3))
        keys, root, value = ("metadata", *tail), draw(st.booleans()), 3
    text = "" if root else keys[0]
    for key in keys[0 if root else 1 :]:
        if isinstance(key, int):
            text += f"[{key}]"
        elif key.isidentifier() and draw(st.booleans()):
            text += f".{key}"
        else:
            text += "." + draw(quoted(key))
    return text, tuple(keys), root, naive.as_text(value)


@st.composite
def spaced(draw, left, operator, right):
    """Return a comparison with blanks about its operator, or none."""
    blank = draw(st.sampled_from(("", " ", "  ")))
    return f"{left}{blank}{operator}{blank}{right}"


@st.composite
def pattern(draw):
    """Return a regular expression that RE2 and Python read alike, as each spells it, and whether case counts."""
    atom = st.sampled_from(
        ("a", "b", "u", "R", "//", "é", "Ж", ".", "[a-c]", "[^a]", "(?:a|file)", "r.*c", r"\d", r"\.", r"\S")
    )
    parts = draw(st.lists(st.tuples(atom, st.sampled_from(("", "", "*", "+", "?"))), min_size=1, max_size=3))
    text = "".join(part + times for part, times in parts)
    text = draw(st.sampled_from(("", "^"))) + text + draw(st.sampled_from(("", "$")))
    exact = any(part in ("R", "Ж") for part, _ in parts)
    python = text.replace(r"\d", "[0-9]").replace(r"\S", "[^\\t\\n\\f\\r ]")
    return text, (python[:-1] + r"\Z" if python.endswith("$") else python), exact


def shuffled_case(draw, word):
    """Return a keyword in any case."""
    return "".join(letter.upper() if draw(st.booleans()) else letter for letter in word)


@st.composite
def text_terms(draw, events):
    """Return a comparison with a column of text, and its meaning."""
    field = draw(st.sampled_from(tuple(TEXT_FIELDS)))
    name = draw(st.sampled_from(TEXT_FIELDS[field]))
    seen = [event[field] for event in events if event[field] is not None and field != "raw"]
    piece = st.tuples(st.sampled_from(seen or TEXTS), st.integers(0, 4), st.integers(0, 8)).map(
        lambda t: t[0][t[1] : t[2]]
    )
    values = st.one_of(
        st.sampled_from(seen or TEXTS), st.sampled_from(TEXTS), piece, st.sampled_from(seen or TEXTS).map(naive.lowered)
    )
    form = draw(st.sampled_from(("compare", "compare", "set", "regex")))
    if form == "set":
        members = draw(st.lists(values, min_size=1, max_size=4))
        negated = draw(st.booleans())
        return draw(sets(name, members, negated)), naive.column_in(
            field, [naive.text_column(field, "=", value) for value in members], negated=negated
        )
    if form == "regex":
        regex, python, exact = draw(pattern())
        negated = draw(st.booleans())
        text = draw(spaced(name, "!~" if negated else "~", draw(typed(regex))))
        return text, naive.matches(field, python, exact=exact, negated=negated)
    operator, value = draw(st.sampled_from(tuple(naive.TEXTS))), draw(values)
    return draw(spaced(name, operator, draw(typed(value)))), naive.text_column(field, operator, value)


@st.composite
def sets(draw, name, members, negated):
    """Return a set as typed."""
    glue = draw(st.sampled_from((", ", ",", " , ")))
    tail = draw(st.sampled_from(("", ",", " ")))
    word = ("not " if negated else "") + "in"
    values = [draw(typed(value)) for value in members]
    return f"{name} {shuffled_case(draw, word)} ({glue.join(values)}{tail})"


@st.composite
def measures(draw, field, events):
    """Return a number as typed for a field that measures, and the number."""
    column = COLUMNS.get(field, field)
    seen = [event[column] for event in events if event[column] is not None]
    value = draw(st.one_of(st.sampled_from(seen or [0]), st.integers(0, 60), st.integers(0, 60).map(lambda n: n * MS)))
    if field == "output_size":
        unit, factor = draw(st.sampled_from((("", 1), ("B", 1), ("KiB", 1024), ("kB", 1000))))
        return f"{value // factor}{unit}", value // factor * factor
    unit, factor = draw(st.sampled_from((("ns", 1), ("us", 1000), ("ms", MS), ("", MS), ("s", 1000 * MS))))
    whole, rest = divmod(value, factor)
    if rest and unit and draw(st.booleans()):
        return f"{whole}{unit}{rest}ns", value
    return f"{whole}{unit}", whole * factor


@st.composite
def number_terms(draw, events):
    """Return a comparison, set or range of a field that measures, and its meaning."""
    field = draw(st.sampled_from(tuple(QUANTITIES)))
    name = draw(st.sampled_from(QUANTITIES[field]))
    column = COLUMNS.get(field, field)
    form = draw(st.sampled_from(("compare", "compare", "set", "range")))
    if form == "set":
        pairs = [draw(measures(field, events)) for _ in range(draw(st.integers(1, 3)))]
        negated = draw(st.booleans())
        meanings = [naive.number_column(column, "=", value) for _, value in pairs]
        return draw(sets(name, [text for text, _ in pairs], negated)), naive.column_in(
            column, meanings, negated=negated
        )
    if form == "range":
        (low, begin), (high, end) = sorted((draw(measures(field, events)) for _ in "12"), key=lambda pair: pair[1])
        return f"{name} {low}..{high}", lambda event: event[column] is not None and begin <= event[column] <= end
    operator, (text, value) = draw(st.sampled_from(tuple(naive.ORDERED))), draw(measures(field, events))
    return draw(spaced(name, operator, text)), naive.number_column(column, operator, value)


@st.composite
def moments(draw, zone):
    """Return a time as typed, and its moment for an event."""
    form = draw(st.sampled_from(("stamp", "local", "clock", "offset", "axis")))
    if form in ("stamp", "local"):
        ns = (BEGIN + draw(st.integers(-5, 65))) * MS
        there = (
            draw(st.sampled_from((UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-3, minutes=-30)))))
            if form == "stamp"
            else zone
        )
        stamp = datetime.fromtimestamp(ns // 10**9, there)
        text = stamp.strftime("%Y-%m-%dT%H:%M:%S") + f".{ns % 10**9:09}"
        offset = stamp.strftime("%z")
        return text + (f"{offset[:3]}:{offset[3:]}" if form == "stamp" else ""), lambda _: ns
    if form == "clock":
        day = datetime.fromtimestamp(BEGIN // 1000, zone) + timedelta(minutes=draw(st.integers(-1500, 1500)))
        text = f"{day.hour}:{day.minute:02}" + draw(st.sampled_from(("", f":{day.second:02}")))
        return text, naive.clock(day.hour, day.minute, day.second if text.count(":") > 1 else 0, zone, STARTS)
    ns = draw(st.integers(-10, 60)) * MS
    sign, size = ("-", -ns) if ns < 0 else (draw(st.sampled_from("+-")) if not ns else "+", ns)
    text = f"{size // MS}ms" if form == "offset" else f"0:{size / 10**9:06.3f}"
    return sign + text, naive.from_start(ns, STARTS)


@st.composite
def time_terms(draw, zone):
    """Return a comparison, set or range of times, and its meaning."""
    field = draw(st.sampled_from(("time", "start")))
    form = draw(st.sampled_from(("compare", "compare", "set", "from", "range")))
    if form == "set":
        pairs = [draw(moments(zone)) for _ in range(draw(st.integers(1, 2)))]
        meanings = [naive.time_column(field, "=", moment) for _, moment in pairs]
        return draw(sets(field, [text for text, _ in pairs], negated=False)), lambda event: any(
            m(event) for m in meanings
        )
    text, moment = draw(moments(zone))
    if form == "compare":
        operator = draw(st.sampled_from(tuple(naive.ORDERED)))
        return draw(spaced(field, operator, text)), naive.time_column(field, operator, moment)
    after = naive.time_column(field, ">=", moment)
    if form == "from" or text[0] in "+-":
        return f"{field} {text}..", after
    length = draw(st.integers(0, 30)) * MS

    def end(event):
        begin = moment(event)
        return None if begin is None else begin + length

    before = naive.time_column(field, "<=", end)
    return f"{field} {text}..+{length // MS}ms", lambda event: after(event) and before(event)


def spell_number(value):
    """Return a number as JSON would write it."""
    return json.dumps(value)


@st.composite
def payload_terms(draw, seen, roots):
    """Return a comparison, set, range or question about a path, and its meaning."""
    text, keys, root, value = draw(path(seen))
    place = (keys, root, roots)
    form = draw(st.sampled_from(("compare", "compare", "order", "set", "regex", "present", "range")))
    numbers = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(FLOATS), st.integers(-3, 8)).map(spell_number)
    others = st.one_of(st.sampled_from(TEXTS), numbers, st.sampled_from(("null", "true", "NULL", "[]", "{}", '["a"]')))
    values = st.one_of(st.sampled_from((value, naive.lowered(value), value[1:3])), others)
    if form == "present":
        wanted = draw(st.booleans())
        word = shuffled_case(draw, "exists" if wanted else "missing")
        return f"{word}{draw(st.sampled_from(('', ' ')))}({text})", naive.payload_present(place, wanted=wanted)
    if form == "regex":
        regex, python, exact = draw(pattern())
        negated = draw(st.booleans())
        written = draw(spaced(text, "!~" if negated else "~", draw(typed(regex))))
        return written, naive.payload_matches(place, python, exact=exact, negated=negated)
    if form == "set":
        members, negated = draw(st.lists(values, min_size=1, max_size=4)), draw(st.booleans())
        return draw(sets(text, members, negated)), naive.payload_in(place, members, negated=negated)
    if form == "range":
        low, high = draw(numbers), draw(numbers)
        least, most = naive.payload(place, ">=", low), naive.payload(place, "<=", high)
        return f"{text} {low}..{high}", lambda event: least(event) and most(event)
    operator = draw(st.sampled_from(("<", "<=", ">", ">=") if form == "order" else tuple(naive.TEXTS)))
    value = draw(numbers if form == "order" else values)
    return draw(spaced(text, operator, draw(typed(value)))), naive.payload(place, operator, value)


@st.composite
def words(draw, events):
    """Return text to look for, and its meaning."""
    lines_seen = [event["raw"] for event in events] or ["x"]
    cut = st.tuples(st.sampled_from(lines_seen), st.integers(0, 60), st.integers(0, 5)).map(
        lambda t: t[0][t[1] : t[1] + t[2]]
    )
    value = draw(st.one_of(st.sampled_from(WORDS), cut, cut.map(naive.lowered)))
    return draw(quoted(value)), naive.holds_text(value)


@st.composite
def presences(draw):
    """Return a question whether a column has a value, and its meaning."""
    field, wanted = draw(st.sampled_from(tuple(TEXT_FIELDS))), draw(st.booleans())
    name = draw(st.sampled_from(TEXT_FIELDS[field]))
    return f"{'exists' if wanted else 'missing'}({name})", naive.present(field, wanted=wanted)


def filters(events, zone, roots):
    """Return filters with their meanings."""
    paths = payload_terms(seen_paths(events), roots)
    terms = (paths, text_terms(events), number_terms(events), time_terms(zone), paths, words(events), presences())
    grown = st.one_of(*terms)
    for _ in range(2):
        grown = st.one_of(*terms, negations(grown), joints(grown), joints(grown))
    return grown


@st.composite
def negations(draw, inner):
    """Return a filter turned round."""
    text, holds = draw(inner)
    word = draw(st.sampled_from(("not ", "!", "NOT ", "! ")))
    return f"{word}({text})", lambda event: not holds(event)


@st.composite
def joints(draw, inner):
    """Return two or three filters joined."""
    parts = draw(st.lists(inner, min_size=2, max_size=3))
    every = draw(st.booleans())
    glue = draw(st.sampled_from((" ", " and ", " && ", "\n", " AND ") if every else (" or ", " || ", " OR ")))
    texts = [text if every and not any(w in text.lower() for w in (" or ", "||")) else f"({text})" for text, _ in parts]
    together = all if every else any
    return glue.join(texts), lambda event: together(holds(event) for _, holds in parts)
