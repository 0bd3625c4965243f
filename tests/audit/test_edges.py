"""The method edges: spans that start or end elsewhere than similar spans."""

from __future__ import annotations

from support.audit_corpus import annotated, in_code_points, tokenised

from curate.audit.edges import edge_signals
from curate.util.jsonl import document_id


def test_a_word_that_is_mostly_outside_is_reported_with_its_counts():
    pairs = [annotated(f"Le 3 mai {n}", (3, 10, "DATE")) for n in range(2010, 2016)]
    corpus = tokenised([*pairs, annotated("Le 3 mai 2019", (0, 13, "DATE"))])
    error = (document_id("Le 3 mai 2019"), "boundary", (0, 13, "DATE"), (3, 13, "DATE"))
    (signal,) = (it for it in edge_signals(corpus) if in_code_points(corpus, [it]) == [error])
    assert "« Le »" in signal.reason
    assert "0 times" in signal.reason and "6 times" in signal.reason


def test_a_mark_that_would_be_left_at_the_edge_goes_too():
    pairs = [annotated(f"The Champions ' {n}", (4, 13, "MISC")) for n in range(2)]
    pairs += [annotated(f"The Cup League {n}", (4, 7, "MISC")) for n in range(9)]
    text = "The Champions ' League ends"
    corpus = tokenised([*pairs, annotated(text, (4, 22, "MISC"))])
    number = next(n for n, it in enumerate(corpus) if it.audited.document.text == text)
    signals = [it for it in edge_signals(corpus) if it.document == number]
    suggested = {corpus[number].quote(it.suggestion) for it in signals}
    assert "Champions" in suggested
    assert not any("'" in (quote[0], quote[-1]) for quote in suggested)
