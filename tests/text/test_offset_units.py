"""Units of offsets, as properties over texts with line ends, emoji and a byte order mark."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from curate.errors import InputError
from curate.text.offset_units import (
    BYTES,
    CODE_POINTS,
    UTF16,
    OffsetUnit,
    Quotation,
    foreign_unit,
    parse_unit,
)

PIECES = ["Anna", "Zoë", "🚀👩🏽‍💻", "Рим", "x", "\n", "\r\n", " "]
WORDS = st.lists(
    st.sampled_from(["Anna", "Zoë", "🚀👩‍⚕️", "Рим", "x", "\n", "\r\n", " "]), max_size=30
)
UNITS = st.builds(
    OffsetUnit,
    st.sampled_from(["codepoints", "utf16", "bytes"]),
    st.sampled_from(["", "lf", "crlf"]),
    st.booleans(),
    st.integers(-3, 3),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "\ufeff"])) + " ".join(draw(WORDS))


def counted(text: str, unit: OffsetUnit) -> int:
    """Length of a text in a unit, counted by encoding it."""
    if unit.without_bom:
        text = text.removeprefix("\ufeff")
    if unit.line_end == "lf":
        text = text.replace("\r\n", "\n")
    elif unit.line_end == "crlf":
        text = re.sub("(?<!\r)\n", "\r\n", text)
    if unit.unit == "bytes":
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2 if unit.unit == "utf16" else len(text)


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"[^\s\ufeff]+", text)]


def quoted(text: str, unit: OffsetUnit) -> list[Quotation]:
    index = unit.index_for(text)
    ranges = [(index.units(start), index.units(end)) for start, end in words(text)]
    return [
        Quotation((edges,), text[slice(*word)])
        for edges, word in zip(ranges, words(text), strict=True)
    ]


@given(texts(), UNITS)
def test_offsets_are_those_of_the_encoded_text_and_come_back(text: str, unit: OffsetUnit) -> None:
    index = unit.index_for(text)
    for start, end in words(text):
        edges = (index.units(start), index.units(end))
        assert edges == tuple(unit.first + counted(text[:at], unit) for at in (start, end))
        assert index.span(*edges) == (start, end)


@given(texts(), UNITS, st.integers(-5, 200), st.integers(-5, 200))
def test_every_range_is_in_the_text_or_refused(
    text: str, unit: OffsetUnit, start: int, end: int
) -> None:
    edges = unit.index_for(text).span(start, end)
    assert edges is None or 0 <= edges[0] < edges[1] <= len(text)


@given(UNITS)
def test_a_unit_is_written_as_it_is_parsed(unit: OffsetUnit) -> None:
    assert parse_unit(str(unit)) == unit


@given(texts(), UNITS)
def test_the_unit_of_quotations_is_recognised(text: str, unit: OffsetUnit) -> None:
    quotations = quoted(text, unit)
    assume(len(quotations) > 1 or not unit.first)
    index = CODE_POINTS.index_for(text)
    wrong = [
        it for it in quotations if index.span(*it.pieces[0]) != words(text)[quotations.index(it)]
    ]
    recognised = foreign_unit(text, quotations)
    if recognised is not None:
        assert wrong
        there = recognised.index_for(text)
        for it in quotations:
            edges = there.span(*it.pieces[0])
            assert edges is not None and text[slice(*edges)].split() == it.exact.split()
    elif not unit.first:
        index_texts = [text[slice(*(index.span(*it.pieces[0]) or (0, 0)))] for it in quotations]
        assert index_texts == [it.exact for it in quotations]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("🚀 Anna saw Bela", UTF16),
        ("Zoë saw Anna", BYTES),
        ("one\r\ntwo\r\nAnna", OffsetUnit(line_end="lf")),
        ("one\ntwo\nAnna", OffsetUnit(line_end="crlf")),
        ("\ufeffAnna saw Bela", OffsetUnit(without_bom=True)),
        ("Anna saw Bela", OffsetUnit(first=1)),
        ("Anna saw Bela", OffsetUnit(first=-17)),
        ("🚀🚀\r\nAnna saw Bela", OffsetUnit("utf16", "lf")),
    ],
)
def test_the_plainest_unit_is_named(text: str, unit: OffsetUnit) -> None:
    assert foreign_unit(text, quoted(text, unit)) == unit
    assert foreign_unit(text, quoted(text, unit), unit) is None


def test_one_wrong_quotation_is_no_evidence_of_another_unit() -> None:
    text = "🚀 Anna saw Bela"
    assert foreign_unit(text, [Quotation(((2, 6),), "Anna"), Quotation(((7, 10),), "was")]) is None
    assert foreign_unit(text, [Quotation(((3, 7),), "Bela")]) is None


@pytest.mark.parametrize("text", ["utf8", "lf+lf", "utf16+bytes", "from:x", "+", "utf16+"])
def test_what_is_not_a_unit_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a unit"):
        parse_unit(text)


def test_an_offset_inside_a_character_has_no_place() -> None:
    assert UTF16.index_for("🚀a").span(1, 3) is None
    assert UTF16.index_for("🚀a").span(0, 2) == (0, 1)
    assert BYTES.index_for("éa").span(0, 1) is None
