"""A small regular corpus, and errors that a test plants in it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from curate.audit.documents import AuditedDocument, TokenisedDocument, tokenise_corpus
from curate.audit.suspects import Signal
from curate.model import Document, Revision, Span, SpanKey
from curate.util.jsonl import document_id

PEOPLE = ("Anne Morel", "Paul Girard", "Marie Lopez", "Jean Petit", "Claire Noir", "Luc Blanc")
PLACES = ("Paris", "Lyon", "Bordeaux", "New York", "Marseille", "Lille")
BODIES = ("Airbus", "Renault", "Banque de France", "Orange", "Peugeot", "Air France")
SENTENCES = (
    "{PER} est arrivé à {LOC} hier.",
    "Le directeur de {ORG}, {PER}, a parlé.",
    "La société {ORG} a son siège à {LOC}.",
    "Hier, {PER} et {PER} ont quitté {LOC} pour {LOC}.",
    "Selon {PER}, le groupe {ORG} va bien.",
)
NAMES = {"PER": PEOPLE, "LOC": PLACES, "ORG": BODIES}

TIMES = [f"2026-03-0{day}T00:00:00Z" for day in range(1, 10)]

Corpus = list[tuple[Document, tuple[Span, ...]]]


def regular(documents: int = 40, seed: int = 0) -> Corpus:
    """Documents of four sentences, in which every name is annotated correctly."""
    rng = Random(seed)
    corpus = []
    for number in range(documents):
        text, spans = f"Dépêche numéro {number}.\n", []
        for sentence in rng.choices(SENTENCES, k=4):
            while "{" in sentence:
                at, label = sentence.index("{"), sentence[sentence.index("{") + 1 :][:3]
                name = rng.choice(NAMES[label])
                spans.append(Span(len(text) + at, len(text) + at + len(name), label))
                sentence = sentence[:at] + name + sentence[at + 5 :]
            text += f"{sentence}\n"
        corpus.append((Document(id=document_id(text), text=text, lang="fr"), tuple(spans)))
    return corpus


def find(corpus: Corpus, name: str, skip: int = 0) -> tuple[int, Span]:
    """The number of a document, and a span with this name in it."""
    places = [
        (number, span)
        for number, (document, spans) in enumerate(corpus)
        for span in spans
        if document.text[span.start : span.end] == name
    ]
    return places[skip]


def changed(
    corpus: Corpus, number: int, without: Iterable[Span] = (), more: Iterable[SpanKey] = ()
) -> Corpus:
    """The corpus with one document's spans changed."""
    document, spans = corpus[number]
    left = [span for span in spans if span not in set(without)]
    new = (document, tuple(sorted((*left, *(Span(*key) for key in more)), key=lambda s: s.key)))
    return [*corpus[:number], new, *corpus[number + 1 :]]


Key = SpanKey | None
PlantedError = tuple[str, str, Key, Key]
"""Document, type, gold span and suggestion of an error."""


def wrong_label() -> tuple[Corpus, PlantedError]:
    """A corpus in which one Paris is a person."""
    corpus = regular()
    number, span = find(corpus, "Paris", 2)
    wrong = (span.start, span.end, "PER")
    error = (corpus[number][0].id, "label", wrong, span.key)
    return changed(corpus, number, [span], [wrong]), error


def wrong_boundary() -> tuple[Corpus, PlantedError]:
    """A corpus in which one surname is outside its span."""
    corpus = regular()
    number, span = find(corpus, "Anne Morel", 1)
    wrong = (span.start, span.start + 4, "PER")
    error = (corpus[number][0].id, "boundary", wrong, span.key)
    return changed(corpus, number, [span], [wrong]), error


def missing_span() -> tuple[Corpus, PlantedError]:
    """A corpus in which one name is not annotated."""
    corpus = regular()
    number, span = find(corpus, "Banque de France", 1)
    error = (corpus[number][0].id, "missing", None, span.key)
    return changed(corpus, number, [span]), error


def spurious_span() -> tuple[Corpus, PlantedError]:
    """A corpus in which one ordinary word is annotated."""
    corpus = regular()
    document = corpus[3][0]
    start = document.text.index("numéro")
    wrong = (start, start + 6, "LOC")
    return changed(corpus, 3, [], [wrong]), (document.id, "spurious", wrong, None)


ERRORS = (wrong_label, wrong_boundary, missing_span, spurious_span)


def tokenised(corpus: Iterable[tuple[Document, tuple[Span, ...]]]) -> list[TokenisedDocument]:
    """A corpus as the methods of the audit get it."""
    return tokenise_corpus(AuditedDocument(document=d, spans=spans) for d, spans in corpus)


def annotated(text: str, *keys: SpanKey) -> tuple[Document, tuple[Span, ...]]:
    """A document with its gold."""
    document = Document(id=document_id(text), text=text)
    return document, tuple(Span(*key) for key in keys)


def in_code_points(
    corpus: list[TokenisedDocument], signals: Iterable[Signal]
) -> list[PlantedError]:
    """Signals as document, type, gold span and suggestion."""
    errors = []
    for signal in signals:
        document = corpus[signal.document]
        span, suggestion = (
            document.key(tokens) if tokens else None for tokens in (signal.span, signal.suggestion)
        )
        errors.append((document.audited.document.id, str(signal.kind), span, suggestion))
    return errors


def revision(
    document: Document,
    spans: tuple[Span, ...],
    number: int = 1,
    at: str = TIMES[0],
    by: str = "anna",
) -> Revision:
    """A revision of the gold that a person confirmed."""
    return Revision(
        document=document.id,
        number=number,
        author=f"annotator:{by}",
        at=at,
        reason="test",
        schema="news-fr@1.0.0",
        spans=spans,
        confirmed_by=by,
        confirmed_at=at,
    )
