"""The method layers: layers of models and rules that disagree with the gold."""

from __future__ import annotations

from support.audit_corpus import annotated, in_code_points

from curate.audit.documents import AuditedDocument, tokenise_corpus
from curate.audit.layers import layer_signals
from curate.model import Span


def test_a_layer_counts_as_much_as_it_is_right():
    layers = {"model:x@1": (Span(0, 5, "P"),)}
    pairs = [annotated(f"Marie {n}", (0, 5, "PER")) for n in range(6)]
    items = [AuditedDocument(document=d, spans=s, layers=layers) for d, s in pairs]
    missing, _ = annotated("Marie 9")
    corpus = tokenise_corpus([*items, AuditedDocument(document=missing, spans=(), layers=layers)])
    (signal,) = layer_signals(corpus)
    assert in_code_points(corpus, [signal]) == [(missing.id, "missing", None, (0, 5, "PER"))]
    assert signal.score == 6 / 8
    assert "« Marie »" in signal.reason and "PER in 6 of 6" in signal.reason


def test_the_silence_of_a_layer_that_finds_little_is_no_evidence():
    pairs = [annotated(f"Marie {n}", (0, 5, "PER")) for n in range(6)]
    corpus = tokenise_corpus(
        AuditedDocument(document=d, spans=s, layers={"rules:x@1": ()}) for d, s in pairs
    )
    assert {signal.score for signal in layer_signals(corpus)} == {0.0}
