"""Files whose offsets count something else: read exactly as asked, or refused with what helps."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.read_files import read

from curate.model import SpanKey
from curate.text.offset_units import OffsetUnit

PIECES = ["Anna", "Zoë", " ", " ", ".", "🚀", "👩🏽‍💻", "Рим", "\n", "\r\n", "東京"]
UNITS = st.builds(
    OffsetUnit,
    st.sampled_from(["codepoints", "utf16", "bytes"]),
    st.sampled_from(["", "lf", "crlf"]),
    st.booleans(),
    st.sampled_from([0, 0, 0, 1, 7]),
)


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text that begins and ends with a letter, with spans of visible characters."""
    bom = draw(st.sampled_from(["", "\ufeff"]))
    text = f"{bom}x{''.join(draw(st.lists(st.sampled_from(PIECES), max_size=30)))}y"
    edges = [at for at, char in enumerate(text) if char.isalnum()]
    pair = st.tuples(st.sampled_from(edges), st.sampled_from(edges))
    chosen = draw(st.lists(pair, min_size=1, max_size=6, unique_by=lambda it: tuple(sorted(it))))
    return text, [(min(it), max(it) + 1) for it in chosen]


def brat(folder: Path, text: str, rows: list[tuple[int, int, str]]) -> Path:
    lines = [
        f"T{n}\tX {start} {end}\t{' '.join(surface.split())}\n"
        for n, (start, end, surface) in enumerate(rows)
    ]
    (folder / "a.txt").write_bytes(text.encode())
    (folder / "a.ann").write_text("".join(lines), "utf-8")
    return folder / "a.txt"


def web_annotation(folder: Path, text: str, rows: list[tuple[int, int, str]]) -> Path:
    notes = [
        {
            "type": "Annotation",
            "body": "X",
            "target": {
                "source": "a.txt",
                "selector": [
                    {"type": "TextPositionSelector", "start": start, "end": end},
                    {"type": "TextQuoteSelector", "exact": surface},
                ],
            },
        }
        for start, end, surface in rows
    ]
    (folder / "a.txt").write_bytes(text.encode())
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(it)}\n" for it in notes), "utf-8")
    return folder / "a.jsonl"


def keys(path: Path, offsets: str) -> list[SpanKey] | None:
    """The spans that are read without a loss; None if there is one."""
    items, problems = read(path, offsets=offsets)
    if any(it.severity != "info" for it in problems):
        return None
    return [span.key for span in items[0].layers[0].spans]


@pytest.mark.parametrize("write", [brat, web_annotation])
@settings(max_examples=150)
@given(annotated(), UNITS)
def test_a_foreign_unit_is_read_as_asked_and_named_if_it_is_not(
    write: Callable[..., Path], made: tuple[str, list[tuple[int, int]]], unit: OffsetUnit
) -> None:
    text, spans = made
    index = unit.index_for(text)
    rows = [(index.units(start), index.units(end), text[start:end]) for start, end in spans]
    expected = sorted((start, end, "X") for start, end in spans)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), text, rows)
        assert keys(path, str(unit)) == expected
        items, problems = read(path)
        codes = {it.code for it in problems if it.severity != "info"}
        if "read.offset-unit" in codes:
            assert (items, len(problems)) == ([], 1)
            named = problems[0].hint.rpartition(" ")[2]
            there = keys(path, named)
            # A doubled span in the named unit would be told as one.
            assert there is not None and len(there) == len(expected)
            surfaces = [text[start:end].split() for start, end, _ in there]
            assert sorted(surfaces) == sorted(text[start:end].split() for start, end in spans)
        elif not unit.first:
            assert codes == set()
