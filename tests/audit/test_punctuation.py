"""Punctuation at the edges of suggestions."""

from __future__ import annotations

import pytest
from support.audit_corpus import annotated

from curate.audit.documents import AuditedDocument, tokenise_document
from curate.audit.punctuation import PunctuationEdges

GOLD = "Acme Corp. and « Lear » grew 5%."


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("Then Acme Corp. fell.", "Acme Corp.", "Acme Corp."),  # the gold has the same edge
        ("Then Mr Blair. He fell.", "Mr Blair.", "Mr Blair"),
        ("He (Blair), fell.", "(Blair),", "Blair"),
        ("By « Hamlet » fell.", "« Hamlet »", "Hamlet"),
        ("It grew 7% now.", "7%", "7%"),  # a sign of numbers
        ("Well ... yes.", "...", None),
    ],
)
def test_a_suggestion_keeps_only_marks_that_the_gold_has(text, span, expected):
    gold = annotated(GOLD, (0, 10, "ORG"), (15, 23, "WORK"))
    corpus = [
        tokenise_document(AuditedDocument(document=document, spans=spans))
        for document, spans in (gold, annotated(text))
    ]
    document = corpus[1]
    start = text.index(span)
    first = document.text.starts.index(start)
    last = document.text.ends.index(start + len(span)) + 1
    trimmed = PunctuationEdges(corpus).trim(document, (first, last, "ORG"))
    assert (document.quote(trimmed) if trimmed else None) == expected


def test_a_token_of_the_source_is_never_cut_and_a_gold_span_keeps_its_edges():
    text = "In the U.S. , talks"
    document, spans = annotated(text, (12, 13, "LOC"))
    tokenised = tokenise_document(AuditedDocument(document=document, spans=spans), separated=True)
    edges = PunctuationEdges([])
    assert tokenised.quote(edges.trim(tokenised, (2, 5, "LOC"))) == "U.S."
    (gold,) = tokenised.gold
    assert edges.trim(tokenised, (*gold[:2], "ORG")) == (*gold[:2], "ORG")
