"""Folds of the cross-validation."""

from __future__ import annotations

from support.audit_corpus import regular

from curate.audit.documents import AuditedDocument, tokenise_corpus
from curate.audit.folds import FOLDS, cut_pieces, draw_folds
from curate.audit.model import cross_validate
from curate.model import Document, Span
from curate.util.progress import silent


def test_near_duplicates_and_one_document_are_never_in_two_folds():
    corpus = tokenise_corpus(
        AuditedDocument(document=document, spans=spans, group="copies" if number < 7 else "")
        for number, (document, spans) in enumerate(regular())
    )
    pieces = cut_pieces(corpus)
    folds = draw_folds(pieces, 0)
    copies = {fold for (_, group), fold in zip(pieces, folds, strict=True) if group == "copies"}
    assert len(copies) == 1
    assert sorted(set(folds)) == list(range(FOLDS))


def test_one_long_document_is_cut_into_pieces_in_different_folds():
    text = "Anne Morel est arrivée à Lyon.\n" * 400
    spans = tuple(Span(at, at + 10, "PER") for at in range(0, len(text), 31))
    document = Document(id="a" * 16, text=text)
    corpus = tokenise_corpus([AuditedDocument(document=document, spans=spans)])
    pieces = cut_pieces(corpus)
    assert len(pieces) == 3
    assert [piece.start for piece, _ in pieces[1:]] == [piece.stop for piece, _ in pieces[:-1]]
    assert pieces[-1][0].stop == len(corpus[0].text.words)
    assert len(set(draw_folds(pieces, 0))) == 3
    assert cross_validate(corpus, 0, silent) is not None
