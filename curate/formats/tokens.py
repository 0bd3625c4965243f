"""Spans as ranges of tokens, for the formats that label tokens.

Tokens come from spaCy's rule-based tokenizer for the document's language, sentences from its
``sentencizer`` and from blank lines, so that a headline without a full stop is a sentence of its
own; no model is needed. A span is kept if it begins and ends where tokens do, if need be without
the blanks at its edges, and does not overlap a longer span that is kept. Spans that do not fit the
tokens are set aside before overlaps are resolved, so that they do not displace other spans.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from curate.formats.writing import ExportTally, GoldDocument, without_tombstones
from curate.model import Document, Problem, Revision, Span, SpanKey
from curate.schema import Schema
from curate.text.offsets import align, outermost, trim

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

FALLBACK_LANGUAGE = "xx"
VOCABULARY_LIMIT = 100_000  # words in a vocabulary of spaCy, at half a kilobyte each
DOCSTART = "-DOCSTART-"
"""Starts a document in CoNLL files; in a text it is split into two tokens, so as not to."""
_BLANK_LINE = re.compile(r"\n\s*\n|\r\s*\r|\u2029")


class Chunk(NamedTuple):
    """A half-open range of tokens with a label."""

    first: int
    last: int  # one past the last token
    label: str


class ParsedDocument(NamedTuple):
    """A document as a spaCy Doc with sentences."""

    document: Document
    revision: Revision
    doc: Doc


class ChunkedDocument(NamedTuple):
    """A document as a spaCy Doc with sentences, and its spans as chunks, in order of position.

    ``missing`` are the tokens in no chunk of which it is not known that they are in no span: those
    of spans that were lost, and all tokens of a document that nobody judged for spans.
    """

    document: Document
    revision: Revision
    doc: Doc
    chunks: tuple[Chunk, ...]
    missing: tuple[int, ...] = ()


def tokenise(
    documents: Iterable[GoldDocument],
    schema: Schema,
    tally: ExportTally,
    one_vocabulary: bool = False,
    with_unjudged: bool = False,
    with_categories: bool = False,
    overlaps: bool = False,
    apart: Collection[str] = (),
) -> Iterator[ChunkedDocument]:
    """Tokenise documents one by one.

    Args:
        documents: the documents.
        schema: its language is that of documents without one.
        tally: counts documents and spans, and reports the spans that are lost.
        one_vocabulary: whether all Docs of a language share a vocabulary, however large it grows.
        with_unjudged: whether to include documents that nobody judged for spans, since the format
            can say that their tokens are not annotated. Otherwise they are left out.
        with_categories: whether the categories of a document that is left out have a place
            elsewhere; otherwise they are lost.
        overlaps: whether chunks may overlap.
        apart: labels of spans that are no chunks, because the caller writes them in another way.
    """
    if not with_unjudged:
        documents = _judged(documents, tally, with_categories)
    for document, revision, doc in parse(documents, schema, tally, one_vocabulary):
        if revision.is_judged_for_spans:
            spans = (span for span in revision.spans if span.label not in apart)
            chunks, missing = _chunks(document, spans, doc, tally, overlaps)
            _join_sentences(doc, chunks)
        else:
            tally.note_unjudged(document, "all its tokens are marked as missing")
            chunks, missing = (), tuple(range(len(doc)))
        tally.documents += 1
        tally.spans += len(chunks)
        yield ChunkedDocument(document, revision, doc, chunks, missing)


def _judged(
    documents: Iterable[GoldDocument], tally: ExportTally, with_categories: bool
) -> Iterator[GoldDocument]:
    for document, revision in documents:
        if revision.is_judged_for_spans or revision.deleted:
            yield document, revision
        else:
            tally.note_unjudged(document, "it is left out")
            if not with_categories:
                tally.lose_categories(document, revision.categories)


def parse(
    documents: Iterable[GoldDocument],
    schema: Schema,
    tally: ExportTally,
    one_vocabulary: bool = False,
) -> Iterator[ParsedDocument]:
    """Find the tokens and sentences of documents one by one; the arguments are as in ``tokenise``.

    A language for which spaCy has no tokenizer is reported, and ``FALLBACK_LANGUAGE`` is used.

    spaCy keeps every word that it has seen. A vocabulary that has grown too large is therefore
    replaced, which takes some hundredths of a second. A memory zone would be slower: it forgets the
    words after every text.
    """
    pipelines: dict[str, Language] = {}
    for document, revision in without_tombstones(documents):
        lang = document.lang or schema.language
        if lang not in pipelines:
            pipelines[lang] = _pipeline(lang, tally)
        elif len(pipelines[lang].vocab) > VOCABULARY_LIMIT and not one_vocabulary:
            pipelines[lang] = _pipeline(lang)
        doc = pipelines[lang](document.text)
        _end_sentences_at_blank_lines(doc)
        yield ParsedDocument(document, revision, doc)


def tokenizer_language(lang: str) -> str:
    """The language whose tokenizer splits texts: the given one, or ``FALLBACK_LANGUAGE``."""
    import spacy

    try:
        return str(spacy.blank(lang).lang)
    except ImportError:  # the language is unknown, or its tokenizer needs a package
        return FALLBACK_LANGUAGE


def _pipeline(lang: str, tally: ExportTally | None = None) -> Language:
    import spacy

    try:
        nlp = spacy.blank(lang)
    except ImportError:
        if tally:
            tally.problems.append(
                Problem(
                    code="export.language",
                    message=f"spaCy has no tokenizer for {lang!r}; {FALLBACK_LANGUAGE!r} is used",
                    severity="info",
                    hint="correct the language of the documents, or install its tokenizer",
                )
            )
        nlp = spacy.blank(FALLBACK_LANGUAGE)
    nlp.add_pipe("sentencizer")
    if hasattr(nlp.tokenizer, "add_special_case"):  # tokenizers of Chinese and others have none
        nlp.tokenizer.add_special_case(DOCSTART, [{"ORTH": DOCSTART[0]}, {"ORTH": DOCSTART[1:]}])
    nlp.max_length = sys.maxsize  # the limit protects parsers, of which there is none here
    return nlp


def _end_sentences_at_blank_lines(doc: Doc) -> None:
    for token in doc[:-1]:
        if token.is_space and _BLANK_LINE.search(token.text):
            doc[token.i + 1].is_sent_start = True


def _chunks(
    document: Document, spans: Iterable[Span], doc: Doc, tally: ExportTally, overlaps: bool
) -> tuple[tuple[Chunk, ...], tuple[int, ...]]:
    """The spans as chunks, and the tokens outside of them that belong to lost spans."""
    starts, ends = token_edges(doc)
    ranges: dict[Span, tuple[int, int]] = {}  # by the span as it is written
    originals: dict[Span, Span] = {}
    keys: set[SpanKey] = set()  # of those: who marked a span, and when, is not written
    misaligned: list[Span] = []
    same: list[Span] = []
    for span in spans:
        written, tokens = _aligned(span, document.text, doc, starts, ends)
        if tokens is None:
            misaligned.append(span)
        elif written.key in keys:
            same.append(span)
        else:
            keys.add(written.key)
            ranges[written], originals[written] = tokens, span
    kept, nested, crossing = (list(ranges), [], []) if overlaps else outermost(list(ranges))
    tally.lose(document, "misaligned", misaligned)
    tally.lose(document, "nested", (*same, *(originals[span] for span in nested)))
    tally.lose(document, "overlapping", (originals[span] for span in crossing))
    for span in kept:
        if originals[span] != span:
            tally.trim(document, originals[span], span.start, span.end)
    chunks = tuple(Chunk(*ranges[span], span.label) for span in kept)
    inside = {token for chunk in chunks for token in range(chunk.first, chunk.last)}
    lost = {
        token
        for span in (*misaligned, *crossing)
        for token in range(bisect_right(ends, span.start), bisect_left(starts, span.end))
    }
    return chunks, tuple(sorted(lost - inside))


def token_ranges(spans: Iterable[Span], doc: Doc) -> dict[SpanKey, tuple[int, int]]:
    """The tokens of spans, from the first to one past the last, where they fit any."""
    starts, ends = token_edges(doc)
    aligned = ((span.key, _aligned(span, doc.text, doc, starts, ends)[1]) for span in spans)
    return {key: tokens for key, tokens in aligned if tokens is not None}


def _aligned(
    span: Span, text: str, doc: Doc, starts: list[int], ends: list[int]
) -> tuple[Span, tuple[int, int] | None]:
    """A span, without the blanks at its edges if need be, and its tokens; None if it fits none."""
    tokens = _token_range(span, doc, starts, ends)
    if tokens is None and 0 <= span.start < span.end <= len(text):
        start, end = trim(text, span.start, span.end)
        span = msgspec.structs.replace(span, start=start, end=end)
        tokens = _token_range(span, doc, starts, ends) if start < end else None
    return span, tokens


def sentences(item: ChunkedDocument) -> Iterator[list[Token]]:
    """The words of each sentence, without tokens of white space and sentences of nothing else."""
    for sentence in item.doc.sents:
        if words := [token for token in sentence if not token.is_space]:
            yield words


def token_edges(doc: Doc) -> tuple[list[int], list[int]]:
    """Where the tokens of a Doc start and end, in code points."""
    offsets = doc.to_array(["IDX", "LENGTH"])
    return offsets[:, 0].tolist(), offsets.sum(axis=1).tolist()


def _token_range(
    span: Span, doc: Doc, starts: list[int], ends: list[int]
) -> tuple[int, int] | None:
    tokens = align(span, starts, ends)
    # White space between words is a token to spaCy, but no word: nothing may begin or end there.
    if tokens is None or doc[tokens[0]].is_space or doc[tokens[1] - 1].is_space:
        return None
    return tokens


def _join_sentences(doc: Doc, chunks: Iterable[Chunk]) -> None:
    """Undo sentence ends inside a span, such as the one after the mark in ``Yahoo! Inc.``."""
    for chunk in chunks:
        for token in doc[chunk.first + 1 : chunk.last]:
            token.is_sent_start = False
