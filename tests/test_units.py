from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx import units

S = 10**9


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (None, "–"),
        (0, "0ms"),
        (1, "1ns"),
        (999, "999ns"),
        (1_000, "1µs"),
        (1_500, "1.50µs"),
        (840_000, "840µs"),
        (999_900, "999µs"),
        (999_999, "999µs"),
        (1_000_000, "1ms"),
        (1_470_000, "1.47ms"),
        (99_940_000, "99.9ms"),
        (99_960_000, "100ms"),
        (999_900_000, "999ms"),
        (S, "1s"),
        (1_530_000_000, "1.53s"),
        (9_994_000_000, "9.99s"),
        (9_996_000_000, "10s"),
        (59_940_000_000, "59.9s"),
        (59_950_000_000, "1m00s"),
        (89_600_000_000, "1m30s"),
        (723 * S, "12m03s"),
        (3599 * S, "59m59s"),
        (3_599_600_000_000, "1h00m"),
        (7500 * S, "2h05m"),
        (24 * 3600 * S, "24h00m"),
        (48 * 3600 * S - 31 * S, "47h59m"),
        (48 * 3600 * S - S, "2d00h"),
        (2**63 - 1, "106,752d00h"),
        (10**21, "11,574,074d02h"),
        (-1, "-1ns"),
        (-1_530_000_000, "-1.53s"),
        (-90 * S, "-1m30s"),
    ],
)
def test_durations(ns, text):
    """A duration prints in three significant digits or two units; rounding takes the next unit, never 60 seconds."""
    assert units.duration(ns) == text


@settings(deadline=None, max_examples=300)
@given(ns=st.integers(1, 2**63 - 1))
def test_durations_stay_short(ns):
    """A duration of up to a day takes seven cells at the most, which its column counts on."""
    text = units.duration(ns % (48 * 3600 * S) or 1)
    assert len(text) <= 7
    assert "60" not in (text.removesuffix("s")[-2:] if "m" in text and text.endswith("s") and "h" not in text else "")


@settings(deadline=None, max_examples=300)
@given(shorter=st.integers(0, 10**15), longer=st.integers(0, 10**15))
def test_a_longer_duration_never_prints_as_a_shorter(shorter, longer):
    """Printing keeps the order of durations: read back, the longer one is not the shorter."""

    def read(text):
        lengths = {"ns": 1, "µs": 10**3, "ms": 10**6, "s": S, "m": 60 * S, "h": 3600 * S, "d": 86400 * S}
        total, digits, unit = 0.0, "", ""
        for character in f"{text.replace(',', '')} ":
            if unit and (character.isdigit() or character == " "):
                total += float(digits) * lengths[unit]
                digits, unit = "", ""
            if character.isdigit() or character == ".":
                digits += character
            else:
                unit += character
        return total

    shorter, longer = sorted((shorter, longer))
    assert read(units.duration(shorter)) <= read(units.duration(longer))
    assert read(units.duration(longer)) == pytest.approx(longer, rel=0.01)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.50 KiB"),
        (10 * 1024, "10 KiB"),
        (700 * 1024**2, "700 MiB"),
        (1023 * 1024, "1023 KiB"),
        (1024**2 - 1, "1 MiB"),
        (1024**3, "1 GiB"),
        (2**64 - 1, "16384 PiB"),
        (-1, "-1 B"),
        (-1536, "-1.50 KiB"),
        (-700 * 1024**2, "-700 MiB"),
    ],
)
def test_sizes(count, text):
    """Sizes print in binary units with three significant digits; 1024 of one unit is one of the next."""
    assert units.size(count) == text


def test_counts():
    """Counts have their thousands apart; an absent one is no zero."""
    assert [units.count(n) for n in (None, 0, 999, 1000, 1_000_001, -1234)] == [
        "–",
        "0",
        "999",
        "1,000",
        "1,000,001",
        "-1,234",
    ]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"),
        (1, 0, "–"),
        (0, 5, "0%"),
        (1, 10**6, "<0.1%"),
        (1, 1000, "0.1%"),
        (34, 1000, "3.4%"),
        (994, 10_000, "9.9%"),
        (996, 10_000, "10%"),
        (41, 100, "41%"),
        (5, 5, "100%"),
        (2**70, 2**71, "50%"),
    ],
)
def test_shares(part, whole, text):
    """A share is a percentage with a digit behind the point below ten; of nothing there is none."""
    assert units.share(part, whole) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00Z"),
        (1_771_287_108 * S, "2026-02-17T00:11:48Z"),
        (1_771_287_108 * S + 500_000_000, "2026-02-17T00:11:48.500Z"),
        (1_771_287_108 * S + 507_237_000, "2026-02-17T00:11:48.507237Z"),
        (1_771_287_108 * S + 507_237_050, "2026-02-17T00:11:48.507237050Z"),
        (1_771_287_108 * S + 1, "2026-02-17T00:11:48.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_800 * S, "0001-01-01T00:00:00Z"),
        (-62_135_596_801 * S, None),
        (253_402_300_799 * S, "9999-12-31T23:59:59Z"),
        (253_402_300_800 * S, None),
        (10**40, None),
    ],
)
def test_rfc3339(ns, text):
    """Times print in UTC with 0, 3, 6 or 9 digits of their fraction; outside the years 1 to 9999 there is no text."""
    assert units.rfc3339(ns) == text


@pytest.mark.parametrize(
    ("ns", "digits", "text"),
    [
        (None, 3, "–"),
        (36_602 * S + 125_000_000, 3, "10:10:02.125"),
        (36_602 * S + 125_999_999, 3, "10:10:02.125"),
        (36_602 * S + 7, 9, "10:10:02.000000007"),
        (36_602 * S + 999_999_999, 0, "10:10:02"),
        (86_400 * S, 0, "00:00:00"),
        (-1, 3, "23:59:59.999"),
    ],
)
def test_clock(ns, digits, text):
    """The time of day is cut to its digits, never rounded into the next second."""
    assert units.clock(ns, digits) == text


@pytest.mark.parametrize(
    ("ns", "digits", "text"),
    [
        (None, 1, "–"),
        (0, 1, "+0:00.0"),
        (1_500_000_000, 1, "+0:01.5"),
        (723 * S, 1, "+12:03.0"),
        (3723 * S, 1, "+1:02:03.0"),
        (100 * 3600 * S, 0, "+100:00:00"),
        (-1_500_000_000, 1, "-0:01.5"),
        (-3723 * S, 0, "-1:02:03"),
        (1, 9, "+0:00.000000001"),
    ],
)
def test_since(ns, digits, text):
    """An offset carries its sign, and hours only where it has some."""
    assert units.since(ns, digits) == text


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("epoch_millis", 1_771_287_108_601, "2026-02-17T00:11:48.601Z"),
        ("timestamp_ms", 0, "1970-01-01T00:00:00Z"),
        ("epoch_millis", 2**62, None),
        ("duration_millis", 1470, "1.47s"),
        ("wait_ms", 5, "5ms"),
        ("wait_us", 5, "5µs"),
        ("wait_micros", 1500, "1.50ms"),
        ("cpu_ns", 999, "999ns"),
        ("cpu_nanos", 0, "0ms"),
        ("output_size", 4140, "4.04 KiB"),
        ("read_bytes", 1, "1 B"),
        ("jobs", 32, None),
        ("", 5, None),
        ("duration_millis", True, None),
        ("duration_millis", "1470", None),
        ("duration_millis", 1.5, None),
        ("duration_millis", None, None),
        ("duration_millis", -1, None),
        ("duration_millis", 2**63, None),
        ("duration_millis", 2**63 - 1, "106,751,991,167d07h"),
    ],
)
def test_explain(key, value, text):
    """A whole number is explained where its key names a unit; anything else is left to speak for itself."""
    assert units.explain(key, value) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain [bold red]x[/]", "plain [bold red]x[/]"),
        ("déjà 漢字 🙂", "déjà 漢字 🙂"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x00\x7f\x85\x9b", "␀␡\\u0085\\u009b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("a\u200bb\u200d\ufeff\u00ad", "a\\u200bb\\u200d\\ufeff\\u00ad"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800\udfff", "\\ud800\\udfff"),
        ("\u180e\ufff9", "\\u180e\\ufff9"),
        ("\U000e0041\U000e007f", "\\U000e0041\\U000e007f"),
        ("\U0001d173", "\\U0001d173"),
        ("", ""),
    ],
)
def test_what_must_not_reach_the_terminal_is_shown(raw, shown):
    """Controls, directions, invisible marks and half characters are shown; all other text stays as it is."""
    assert units.visible(raw) == shown


VISIBLE_MARKS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that draw something: Arabic, Syriac and Kaithi number signs."""


def assert_harmless(text):
    """Fail if a character of text could act on a terminal, be invisible or break its encoding."""
    text.encode()
    for character in text:
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs", "Zl", "Zp"), ascii(character)
        assert category != "Cf" or character in VISIBLE_MARKS, ascii(character)


@settings(deadline=None, max_examples=300)
@given(text=st.text(st.characters()))
def test_any_text_becomes_harmless(text):
    """Whatever a log holds, what is shown can be printed and encoded, and showing it twice changes nothing."""
    assert_harmless(units.visible(text))
    assert units.visible(units.visible(text)) == units.visible(text)


def test_every_character_becomes_harmless():
    """No character of Unicode slips through."""
    assert_harmless(units.visible("".join(map(chr, range(0x110000)))))
