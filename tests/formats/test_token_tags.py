"""Tags and the entities they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats.token_tags import Chunk, decode_tags

CHUNKS = [Chunk(0, 2, "PER"), Chunk(2, 3, "PER"), Chunk(4, 5, "LOC"), Chunk(5, 7, "ORG")]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-PER I-PER B-PER O I-LOC I-ORG I-ORG"),
        ("iob2", "B-PER I-PER B-PER O B-LOC B-ORG I-ORG"),
        ("biluo", "B-PER L-PER U-PER O U-LOC B-ORG L-ORG"),
        ("biluo", "B-PER E-PER S-PER O S-LOC B-ORG E-ORG"),
    ],
)
def test_every_scheme_is_read_asked_for_or_not(scheme, tags):
    assert decode_tags(tags.split()) == decode_tags(tags.split(), scheme) == (CHUNKS, [])


@pytest.mark.parametrize(
    ("scheme", "tags", "odd"),
    [
        ("iob2", "O I-PER", [1]),
        ("iob2", "B-PER I-LOC", [1]),
        ("iob1", "O B-PER", [1]),
        ("biluo", "B-PER O", [1]),
        ("biluo", "B-PER", [0]),
        ("biluo", "I-PER L-PER", [0]),
    ],
)
def test_a_tag_that_the_scheme_asked_for_does_not_allow_is_named(scheme, tags, odd):
    chunks, found = decode_tags(tags.split(), scheme)
    assert found == odd
    assert chunks == decode_tags(tags.split())[0]  # and read all the same


@st.composite
def chunked(draw: st.DrawFn) -> tuple[int, list[Chunk]]:
    chunks: list[Chunk] = []
    at = 0
    for _ in range(draw(st.integers(0, 5))):
        first = at + draw(st.integers(0, 2))
        at = first + draw(st.integers(1, 3))
        chunks.append(Chunk(first, at, draw(st.sampled_from(["PER", "LOC", "B-X"]))))
    return at + draw(st.integers(0, 2)), chunks


def written(length: int, chunks: list[Chunk], scheme: str) -> list[str]:
    """Tags by the definitions of the schemes."""
    tags = ["O"] * length
    for number, (first, last, label) in enumerate(chunks):
        before = chunks[number - 1] if number else Chunk(-1, -1, "")
        tags[first:last] = [f"I-{label}"] * (last - first)
        if scheme != "iob1" or (before.last == first and before.label == label):
            tags[first] = f"B-{label}"
        if scheme == "biluo":
            tags[last - 1] = f"L-{label}"
            if last - first == 1:
                tags[first] = f"U-{label}"
    return tags


@given(chunked(), st.sampled_from(["iob1", "iob2", "biluo"]))
def test_what_is_written_in_a_scheme_is_read_from_it(made, scheme):
    length, chunks = made
    tags = written(length, chunks, scheme)
    assert decode_tags(tags) == (chunks, [])
    assert decode_tags(tags, scheme) == (chunks, [])
