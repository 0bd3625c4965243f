"""Offsets, as properties over any text, lone surrogates aside."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.model import Span
from curate.text.offsets import Utf16, align, is_blank, outermost, to_utf16, trim

TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from(" \u00a0\u202f\u200d\u200b\ufeff\n\t«»’'é🇫🇷👩🏽‍💻مر漢"),
    ),
    max_size=40,
)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TEXT)
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    one = st.tuples(st.integers(0, 20), st.integers(1, 8), st.sampled_from("AB"))
    drawn = draw(st.lists(one, max_size=12))
    return [Span(start, start + length, label) for start, length, label in drawn]


@given(ranges(), st.sampled_from(["", "«»’'", "é"]))
def test_trim_moves_inwards_and_leaves_no_blank_edge(
    range_: tuple[str, int, int], also: str
) -> None:
    text, start, end = range_
    left, right = trim(text, start, end, also)
    assert start <= left <= right <= end
    if left < right:
        for edge in (text[left], text[right - 1]):
            assert not is_blank(edge) and edge not in also
    assert all(is_blank(char) or char in also for char in text[start:left] + text[right:end])
    assert trim(text, left, right, also) == (left, right)


@given(ranges())
def test_other_units_slice_the_same_text(range_: tuple[str, int, int]) -> None:
    text, start, end = range_
    wide = text.encode("utf-16-le")
    assert wide[2 * to_utf16(text, start) : 2 * to_utf16(text, end)] == (
        text[start:end].encode("utf-16-le")
    )


def test_units_of_an_emoji() -> None:
    text = "à 👩🏽‍💻!"
    assert [to_utf16(text, n) for n in (0, 1, 2, 3, 4)] == [0, 1, 2, 4, 6]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=10), st.data())
def test_align_finds_exactly_the_token_ranges(
    gaps: list[tuple[int, int]], data: st.DataObject
) -> None:
    starts, ends, at = [], [], 0
    for gap, length in gaps:
        starts.append(at + gap)
        at += gap + length
        ends.append(at)
    start = data.draw(st.integers(0, at + 1))
    end = data.draw(st.integers(start + 1, at + 3))
    answer = align(Span(start, end, "A"), starts, ends)
    if start in starts and end in ends:
        assert answer == (starts.index(start), ends.index(end) + 1)
    else:
        assert answer is None


@given(spans())
def test_outermost_parts_the_spans(given_spans: list[Span]) -> None:
    kept, nested, crossing = outermost(given_spans)
    assert sorted(s.key for s in (*kept, *nested, *crossing)) == sorted(s.key for s in given_spans)
    assert all(a.end <= b.start for a, b in zip(kept, kept[1:], strict=False))
    for span in nested:
        assert any(k.start <= span.start and span.end <= k.end for k in kept)
    for span in crossing:
        assert any(span.overlaps(k) for k in kept)


@given(st.text(alphabet=st.sampled_from("aé\u200d👩🚀𝒦\u0301אb\n")), st.data())
def test_utf16_and_code_points_are_converted_both_ways(text, data):
    units = Utf16(text)
    point = data.draw(st.integers(0, len(text)))
    there = units.units(point)
    assert there == len(text[:point].encode("utf-16-le")) // 2
    assert units.point(there) == point
