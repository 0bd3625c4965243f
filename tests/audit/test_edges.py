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
