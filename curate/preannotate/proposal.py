"""The layer ``proposal``: from the spans of all layers to what annotators see.

The fixed order of the layers, the rules that look at the whole article, and the votes that were
learned from people's decisions. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from curate.layers import PROPOSAL, is_model
from curate.model import Annotation, Document, Span
from curate.preannotate import article_rules, votes
from curate.preannotate import rules as _rules
from curate.preannotate.fitting import VoteExample
from curate.preannotate.lexicon import lexicon_for
from curate.preannotate.overlaps import resolve_overlaps
from curate.preannotate.votes import SpanCandidate, Votes
from curate.schema import Schema


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


def learn(
    examples: Iterable[tuple[Document, Sequence[Annotation], Sequence[Span]]],
    *,
    rules: Sequence[Path],
    schema: Schema,
    labels: Sequence[str],
    name: str = "votes",
    version: str = "1.0.0",
    language: str = "",
    threshold: float | None = None,
    source: Callable[[Document], str] = lambda document: "",
) -> Votes:
    """Learn the weight of each proposer's vote from what people accepted and rejected.

    Args:
        examples: confirmed documents, with the layers of the models and the gold of each.
        rules: rules files; they are applied anew.
        schema: the label schema.
        labels: the labels to vote on; the gold has to be complete for them.
        name: name of the weights.
        version: version of the weights.
        language: ISO 639-1 code; that of the schema by default.
        threshold: minimum confidence of a proposed span; by default the one that gives the best F1.
        source: names the corpus that a document is from. Weights that are learned from several are
            what these share, and hold for others too; those from one are its own.

    Raises:
        ConfigError: a rules file is invalid, or there is too little to learn from.
    """
    compiled = [_rules.load(path, schema) for path in rules]
    evidence = VoteEvidence(language or schema.language, labels)
    for document, layers, gold in examples:
        spans = [span for layer in layers if is_model(layer.layer) for span in layer.spans]
        spans += [span for rules_file in compiled for span in rules_file.applied(document)]
        evidence.add(document, spans, gold, source(document))
    return evidence.fit(name, version, threshold)


class VoteEvidence:
    """What people made of the candidates of documents: what weights are learned from.

    Args:
        language: ISO 639-1 code.
        labels: the labels to vote on; the gold has to be complete for them.
    """

    def __init__(self, language: str, labels: Sequence[str]) -> None:
        self.language = language
        self.labels = tuple(labels)
        self.examples: list[VoteExample] = []
        self.documents = 0
        self._quality: dict[str, Counter[str]] = defaultdict(Counter)

    def add(
        self, document: Document, spans: Sequence[Span], gold: Iterable[Span], source: str = ""
    ) -> None:
        """Add a document.

        Args:
            document: the document.
            spans: the spans of all layers.
            gold: what people made of it.
            source: the corpus that it is from.
        """
        accepted = {span.key for span in gold if span.label in self.labels}
        candidates, ordered = ballot(document, spans, self.language, self.labels)
        self.examples += [
            VoteExample(facts, span.key in accepted, source, kind)
            for span, facts, kind in candidates
        ]
        kept = {span.key for span in ordered if span.label in self.labels}
        correct = len(kept & accepted)
        self._quality[source].update(correct=correct, marked=len(kept) + len(accepted))
        self.documents += 1

    def quality(self, prior: float = 0.0, weight: float = 0.0) -> dict[str, float]:
        """F1 of the fixed order by source.

        Args:
            prior: what it is expected to be.
            weight: how many spans this expectation is worth.
        """
        return {
            source: (2 * counts["correct"] + weight * prior) / max(counts["marked"] + weight, 1)
            for source, counts in self._quality.items()
        }

    def fit(self, name: str, version: str, threshold: float | None = None) -> Votes:
        """The weights; see :func:`learn`."""
        return votes.fit_votes(
            self.examples,
            name=name,
            version=version,
            language=self.language,
            labels=self.labels,
            threshold=threshold,
            quality=self.quality(),
            documents=self.documents,
        )
