"""A small corpus that is regular, and in which errors are put where a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from curate.model import Document, Span, SpanKey
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

Corpus = list[tuple[Document, tuple[Span, ...]]]


def regular(documents: int = 40, seed: int = 0) -> Corpus:
    """Documents of four sentences, in which every name is marked right."""
    rng = Random(seed)
    made = []
    for number in range(documents):
        text, spans = f"Dépêche numéro {number}.\n", []
        for sentence in rng.choices(SENTENCES, k=4):
            while "{" in sentence:
                at, label = sentence.index("{"), sentence[sentence.index("{") + 1 :][:3]
                name = rng.choice(NAMES[label])
                spans.append(Span(len(text) + at, len(text) + at + len(name), label))
                sentence = sentence[:at] + name + sentence[at + 5 :]
            text += f"{sentence}\n"
        made.append((Document(id=document_id(text), text=text, lang="fr"), tuple(spans)))
    return made


def find(corpus: Corpus, name: str, skip: int = 0) -> tuple[int, Span]:
    """The number of a document, and a span in it that marks this name."""
    found = [
        (number, span)
        for number, (document, spans) in enumerate(corpus)
        for span in spans
        if document.text[span.start : span.end] == name
    ]
    return found[skip]


def changed(
    corpus: Corpus, number: int, without: Iterable[Span] = (), more: Iterable[SpanKey] = ()
) -> Corpus:
    """The corpus with one document's spans changed."""
    document, spans = corpus[number]
    left = [span for span in spans if span not in set(without)]
    new = (document, tuple(sorted((*left, *(Span(*key) for key in more)), key=lambda s: s.key)))
    return [*corpus[:number], new, *corpus[number + 1 :]]
