"""Spans as ranges of tokens, for the formats that label tokens.

Tokens are those of spaCy's rule tokenizer of the document's language, sentences those of its
``sentencizer``; no model is needed. A span is kept if it begins and ends where tokens do and does
not overlap a longer span that is kept. Spans that fit no token are set aside before overlaps are
settled, so that they push nothing else out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from curate.formats.writing import ExportTally, GoldDocument, without_tombstones
from curate.model import Document, Problem, Revision, Span
from curate.schema import Schema
from curate.text.offsets import align, outermost

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

FALLBACK_LANGUAGE = "xx"
VOCABULARY_LIMIT = 100_000  # that a vocabulary may know, half a kilobyte each
DOCSTART = "-DOCSTART-"
"""Opens a document in CoNLL files, so that a text which has it is cut there in two tokens."""


class Chunk(NamedTuple):
    """A run of tokens with one label."""

    first: int
    last: int  # one past the last token
    label: str


class ParsedDocument(NamedTuple):
    """A document as a spaCy Doc with sentences."""

    document: Document
    revision: Revision
    doc: Doc


class TokenisedDocument(NamedTuple):
    """A document as tokens: the spaCy Doc with sentences, and its spans in order of position."""

    document: Document
    revision: Revision
    doc: Doc
    chunks: tuple[Chunk, ...]


def tokenise(
    pairs: Iterable[GoldDocument], schema: Schema, tally: ExportTally, one_vocabulary: bool = False
) -> Iterator[TokenisedDocument]:
    """Tokenise documents one by one; what is kept and lost is counted in ``tally``.

    Args:
        pairs: the documents.
        schema: tells the language of those that do not.
        tally: where it is counted.
        one_vocabulary: whether all Docs of a language share one, however large it grows.
    """
    for document, revision, doc in parse(pairs, schema, tally, one_vocabulary):
        chunks = _chunks(document, revision.spans, doc, tally)
        _join(doc, chunks)
        tally.documents += 1
        tally.spans += len(chunks)
        yield TokenisedDocument(document, revision, doc, chunks)


def parse(
    pairs: Iterable[GoldDocument], schema: Schema, tally: ExportTally, one_vocabulary: bool = False
) -> Iterator[ParsedDocument]:
    """Find tokens and sentences, document by document; a language without a tokenizer is told.

    spaCy keeps every word that it ever saw. Where it knows too many, it begins anew, which takes it
    some hundredths of a second; in a memory zone it would remember no word from text to text.
    """
    pipelines: dict[str, Language] = {}
    for document, revision in without_tombstones(pairs):
        lang = document.lang or schema.language
        if lang not in pipelines:
            pipelines[lang] = _pipeline(lang, tally)
        elif len(pipelines[lang].vocab) > VOCABULARY_LIMIT and not one_vocabulary:
            pipelines[lang] = _pipeline(lang)
        yield ParsedDocument(document, revision, pipelines[lang](document.text))


def _pipeline(lang: str, tally: ExportTally | None = None) -> Language:
    import spacy

    try:
        nlp = spacy.blank(lang)
    except ImportError:  # an unknown language, or one whose tokenizer is a package of its own
        if tally:
            tally.problems.append(
                Problem(
                    code="export.language",
                    message=f"spaCy has no tokenizer for {lang!r} here; used {FALLBACK_LANGUAGE!r}",
                    severity="info",
                    hint="correct the language of the documents, or install its tokenizer",
                )
            )
        nlp = spacy.blank(FALLBACK_LANGUAGE)
    nlp.add_pipe("sentencizer")
    if hasattr(nlp.tokenizer, "add_special_case"):  # not those of languages without blanks
        nlp.tokenizer.add_special_case(DOCSTART, [{"ORTH": DOCSTART[0]}, {"ORTH": DOCSTART[1:]}])
    nlp.max_length = sys.maxsize  # the limit guards parsers, and there is none
    return nlp


def _chunks(
    document: Document, spans: Iterable[Span], doc: Doc, tally: ExportTally
) -> tuple[Chunk, ...]:
    starts, ends = token_edges(doc)
    ranges = {span.key: _range(span, doc, starts, ends) for span in spans}
    kept, nested, crossing = outermost([span for span in spans if ranges[span.key]])
    tally.lose(document, "misaligned", (span for span in spans if not ranges[span.key]))
    tally.lose(document, "nested", nested)
    tally.lose(document, "overlapping", crossing)
    return tuple(
        Chunk(*found, span.label) for span in kept if (found := ranges[span.key]) is not None
    )


def sentences(item: TokenisedDocument) -> Iterator[list[Token]]:
    """The words of each sentence; a sentence of white space alone is none."""
    for sentence in item.doc.sents:
        if words := [token for token in sentence if not token.is_space]:
            yield words


def token_edges(doc: Doc) -> tuple[list[int], list[int]]:
    """Where the tokens of a Doc start and end, in code points."""
    found = doc.to_array(["IDX", "LENGTH"])
    return found[:, 0].tolist(), found.sum(axis=1).tolist()


def _range(span: Span, doc: Doc, starts: list[int], ends: list[int]) -> tuple[int, int] | None:
    found = align(span, starts, ends)
    # White space between words is a token to spaCy, but no word: nothing may begin or end there.
    if found is None or doc[found[0]].is_space or doc[found[1] - 1].is_space:
        return None
    return found


def _join(doc: Doc, chunks: Iterable[Chunk]) -> None:
    """Undo sentence ends inside a span, such as the one after the mark in ``Yahoo! Inc.``."""
    for chunk in chunks:
        for token in doc[chunk.first + 1 : chunk.last]:
            token.is_sent_start = False
