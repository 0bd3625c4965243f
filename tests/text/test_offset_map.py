"""Maps of what was changed in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import InputError
from curate.text.offset_map import Edit, OffsetMap


@st.composite
def changes(draw, text: str) -> OffsetMap:
    """Some edits of a text."""
    edits = []
    at = draw(st.integers(0, 3))
    while at <= len(text) and len(edits) < 6:
        end = min(len(text), at + draw(st.integers(0, 3)))
        new = draw(st.text("xyz", max_size=3))
        if new != text[at:end]:
            edits.append(Edit(at, text[at:end], new))
        at = end + draw(st.integers(1, 4))
    return OffsetMap(tuple(edits))


@st.composite
def chains(draw) -> tuple[str, OffsetMap, OffsetMap]:
    """A text, edits of it, and edits of what comes out."""
    text = draw(st.text("abc", max_size=20))
    first = draw(changes(text))
    return text, first, draw(changes(first.apply(text)))


@given(chains())
def test_two_maps_are_one(chain):
    text, first, second = chain
    middle = first.apply(text)
    both = first.then(second, middle)
    after = second.apply(middle)
    assert both.apply(text) == after
    assert both.undo(after) == text
    assert list(both.edits) == sorted(both.edits, key=lambda edit: (edit.at, edit.end))
    for at in range(len(text)):  # what neither changed is where both put it
        place = first.carry(at, at + 1) if first.kept(at, at + 1) else None
        if place is not None and second.kept(*place):
            assert both.carry(at, at + 1) == second.carry(*place)
            assert both.kept(at, at + 1)


@given(chains())
def test_the_way_back_is_the_inverse(chain):
    text, first, _ = chain
    after = first.apply(text)
    assert first.inverse.inverse == first
    assert first.undo(after) == text
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            place = first.carry(start, end)
            if first.kept(start, end):
                assert place is not None
                assert after[slice(*place)] == text[start:end]
                assert first.back(*place) == (start, end)


def test_edges():
    found = OffsetMap((Edit(2, "cd", ""), Edit(5, "", "XY"), Edit(7, "h", "H!")))
    assert found.apply("abcdefghij") == "abeXYfgH!ij"
    assert found.carry(0, 3) == (0, 2)  # an edge in what was taken out
    assert found.carry(3, 5) == (2, 3)
    assert found.carry(2, 4) is None  # all of it was taken out
    assert found.carry(4, 5) == (2, 3)  # what was put in at an edge stays outside
    assert found.carry(5, 6) == (5, 6)
    assert found.carry(4, 6) == (2, 6)
    assert found.carry(7, 8) == (7, 9)
    assert found.back(8, 9) is None  # half of what was put in for one character
    assert found.carry(5, 5) == (3, 3)
    assert not found.kept(4, 6)
    assert found.kept(5, 7)


def test_a_map_of_another_text_is_refused():
    found = OffsetMap((Edit(2, "cd", ""),))
    with pytest.raises(InputError, match="'cd' .* 2"):
        found.apply("abdc")
    with pytest.raises(InputError, match="not an offset map"):
        OffsetMap.loads('[["a"]]')


def test_an_empty_map_changes_nothing():
    assert OffsetMap().apply("abc") == "abc"
    assert OffsetMap().carry(1, 2) == (1, 2)
    assert OffsetMap.loads(OffsetMap().dumps()) == OffsetMap()
