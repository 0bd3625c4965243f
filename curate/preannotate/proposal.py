"""The layer ``proposal``: from the spans of all layers to what annotators see.

The fixed order of the layers, the rules that look at the whole article, and the votes that were
learned from people's decisions. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.layers import PROPOSAL
from curate.model import Annotation, Document, Span
from curate.preannotate import article_rules, votes
from curate.preannotate.lexicon import lexicon_for
from curate.preannotate.overlaps import resolve_overlaps
from curate.preannotate.votes import SpanCandidate, Votes


def propose(
    document: Document,
    spans: Sequence[Span],
    *,
    language: str,
    overlap: bool,
    weights: Votes | None = None,
    threshold: float | None = None,
) -> Annotation:
    """The layer ``proposal`` of a document.

    Args:
        document: the document.
        spans: the spans of all layers; where one without a label wins, nothing is proposed.
        language: ISO 639-1 code.
        overlap: the schema allows overlapping spans; then all are kept, and there is no vote.
        weights: learned weights; without them the fixed order decides.
        threshold: minimum confidence, instead of that of the weights.
    """
    if overlap:
        kept = [span for span in resolve_overlaps(spans, overlap=True) if span.label]
    elif weights is None:
        kept = fixed_order(document, spans, language)
    else:
        candidates, ordered = ballot(document, spans, language, weights.labels)
        kept = votes.select(weights, candidates, ordered, threshold)
    return Annotation(document=document.id, layer=PROPOSAL, spans=tuple(kept)).sorted()


def fixed_order(document: Document, spans: Iterable[Span], language: str) -> list[Span]:
    """The spans that the fixed order of the layers keeps, after the rules of the article.

    Args:
        document: the document.
        spans: the spans of all layers; where one without a label wins, nothing is kept.
        language: ISO 639-1 code.
    """
    kept = [span for span in resolve_overlaps(spans, overlap=False) if span.label]
    return article_rules.apply_rules(document.text, kept, lexicon_for(language))


def ballot(
    document: Document, spans: Sequence[Span], language: str, labels: Sequence[str]
) -> tuple[list[SpanCandidate], list[Span]]:
    """The candidates of a document with the facts about each, and the spans by fixed order."""
    lexicon = lexicon_for(language)
    ordered = fixed_order(document, spans, language)
    candidates = votes.collect_candidates(
        document.text,
        spans,
        ordered,
        labels,
        lambda text, span: article_rules.context(text, span, lexicon),
    )
    return candidates, ordered
