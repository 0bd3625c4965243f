"""From what the layers say to what people get to see: order, article, vote. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.layers import PROPOSAL
from curate.model import Annotation, Document, Span
from curate.preannotate import article, ensemble, words
from curate.preannotate.combine import choose
from curate.preannotate.ensemble import Candidate, Votes


def settled(document: Document, said: Iterable[Span], language: str) -> list[Span]:
    """What the fixed order of the layers and the rules of the article make of what was said.

    Args:
        document: the document.
        said: the spans of all layers; one without a label says that nothing is to be marked.
        language: ISO 639-1 code.
    """
    chosen = [span for span in choose(said, overlap=False) if span.label]
    return article.settle(document.text, chosen, words.of(language))


def ballot(
    document: Document, said: Sequence[Span], language: str, labels: Sequence[str]
) -> tuple[list[Candidate], list[Span]]:
    """The candidates of a document with the facts about each, and the settled spans."""
    lexicon = words.of(language)
    done = settled(document, said, language)
    found = ensemble.candidates(
        document.text,
        said,
        done,
        labels,
        lambda text, span: article.context(text, span, lexicon),
    )
    return found, done


def propose(
    document: Document,
    said: Sequence[Span],
    *,
    language: str,
    overlap: bool,
    votes: Votes | None = None,
    threshold: float | None = None,
) -> Annotation:
    """The layer ``proposal`` of a document.

    Args:
        document: the document.
        said: the spans of all layers; one without a label says that nothing is to be marked.
        language: ISO 639-1 code.
        overlap: the schema lets spans overlap; then all are kept, and nothing is voted on.
        votes: learned weights; without them the fixed order decides.
        threshold: instead of the one that the weights bring.
    """
    if overlap:
        spans = [span for span in choose(said, overlap=True) if span.label]
    elif votes is None:
        spans = settled(document, said, language)
    else:
        found, done = ballot(document, said, language, votes.labels)
        spans = ensemble.decide(votes, found, done, threshold)
    return Annotation(document=document.id, layer=PROPOSAL, spans=tuple(spans)).sorted()
