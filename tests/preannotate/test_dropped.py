"""Patterns of a model's spans that go as a whole are reported, with who dropped them."""

from __future__ import annotations

import pytest

from curate.cli.preannotate import render_dropped
from curate.model import Annotation, Span
from curate.preannotate.dropped import LEAST, DroppedSpans, shape

MODEL = "model:m@1"


def layer(name: str, *spans: Span) -> Annotation:
    return Annotation(document="0" * 16, layer=name, spans=spans)


def test_shapes() -> None:
    assert shape("A9") == shape("D906") == "X0"
    assert shape("Jean-Noël  Barrot") == "Xx-Xx Xx"
    assert shape("a b c d e") == "x x x x"


def test_a_pattern_of_which_nearly_none_is_proposed() -> None:
    """Motorways go by vote and by a rule, towns stay, and four of a kind are too few to tell."""
    dropped = DroppedSpans(["LOC"])
    for number in range(10):
        text = f"A{number} Lyon B.C"
        road, town, code = Span(0, 2, "LOC"), Span(3, 7, "LOC"), Span(8, 11, "ORG")
        found = layer(MODEL, road, town, *([code] if number < LEAST - 1 else []))
        ruled = [Span(0, 2, "ROLE", by="rules:r@1/roads")] if number < 2 else []
        gold = layer("gold", *([road] if number < 7 else []), town)
        proposal = layer("proposal", *ruled, town)
        dropped.add(text, [found, layer("rules:r@1", *ruled)], proposal, gold)
    (pattern,) = dropped.patterns()
    assert (pattern.layer, pattern.shape, pattern.label) == (MODEL, "X0", "LOC")
    assert (pattern.spans, pattern.dropped, pattern.restored) == (10, 10, 7)
    assert pattern.reasons == {"rules:r@1/roads": 2, "votes": 8}
    assert pattern.examples == ("A0", "A1", "A2")


def test_one_in_ten_may_stay_and_without_gold_nobody_restored_any() -> None:
    dropped, other = DroppedSpans(), DroppedSpans()
    for number in range(10):
        span = Span(0, 2, "LOC", by=MODEL)
        kept = [span] if number == 0 else []
        dropped.add("A9", [layer(MODEL, span)], layer("proposal", *kept))
        other.add("A9", [layer(MODEL, span)], layer("proposal", *([span] if number < 2 else [])))
    (pattern,) = dropped.patterns()
    assert (pattern.dropped, pattern.restored, pattern.reasons) == (9, None, {"rules": 9})
    assert other.patterns() == ()


def test_the_table_says_which_spans_and_who_dropped_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dropped = DroppedSpans(["LOC"])
    for number in range(LEAST):
        span = Span(0, 2, "LOC")
        gold = layer("gold", *([span] if number else []))
        dropped.add(f"A{number}", [layer(MODEL, span)], layer("proposal"), gold)
    render_dropped(dropped.patterns())
    shown = capsys.readouterr()
    row = next(line for line in (shown.out + shown.err).splitlines() if "A0, A1, A2" in line)
    assert row.split()[-3:] == ["votes", "5", "4"]
    render_dropped(())
    assert capsys.readouterr().out == ""


def test_a_name_on_two_lines_takes_one_line_of_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dropped = DroppedSpans()
    for _ in range(LEAST):
        dropped.add("La\nChapelle", [layer(MODEL, Span(0, 11, "LOC"))], layer("proposal"))
    render_dropped(dropped.patterns())
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2
    assert rows[1].split() == ["LOC", "La", "Chapelle", "5", "5", "rules", "5"]
