"""What people made of the candidates of documents, and the weights that are learned from it. Pure.

Shared weights come from several corpora, and are shipped. The weights of one corpus start from
these and follow its own gold, if that is an improvement beyond chance on documents that they were
not learned from: the documents are divided in four, and each quarter is proposed anew with weights
from the other three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from curate.layers import is_model
from curate.model import Annotation, Document, Record, Span, SpanKey
from curate.preannotate import rules as _rules
from curate.preannotate import votes
from curate.preannotate.fitting import VoteExample
from curate.preannotate.proposal import ballot
from curate.preannotate.votes import SpanCandidate, Votes
from curate.schema import Schema

LEAST = 30
"""Documents that a corpus needs for weights of its own."""
CERTAIN = 2.0
"""Standard errors by which the gain of its own weights must exceed 0."""
_FOLDS = 4
_EXPECTED_SPANS = 200.0  # how many spans of a corpus the expected F1 is worth


class VoteCase(NamedTuple):
    """A document that people annotated.

    Args:
        document: its id.
        candidates: what was proposed for it.
        ordered: what the fixed order keeps.
        accepted: the gold of the labels that are voted on.
        source: the corpus that it is from.
    """

    document: str
    candidates: Sequence[SpanCandidate]
    ordered: Sequence[Span]
    accepted: frozenset[SpanKey]
    source: str

    @property
    def examples(self) -> list[VoteExample]:
        """Each candidate, and whether people accepted it."""
        return [
            VoteExample(facts, span.key in self.accepted, self.source, kind)
            for span, facts, kind in self.candidates
        ]

    def counts(self, proposed: Iterable[Span], labels: Sequence[str]) -> tuple[int, int]:
        """Of a proposal, the correct spans, and its spans and those of the gold together."""
        keys = {span.key for span in proposed if span.label in labels}
        return len(keys & self.accepted), len(keys) + len(self.accepted)


class Adaptation(Record, frozen=True, kw_only=True):
    """Whether the weights of a corpus follow its own gold, and why.

    Args:
        documents: documents with gold.
        candidates: candidates in them.
        accepted: how many of these people accepted.
        shared_f1: F1 of proposals with the shared weights, on these documents.
        own_f1: F1 with weights that follow the gold of the other documents; None if there are too
            few of them.
        certainty: by how many standard errors the gain exceeds 0.
        used: whether proposals are made with the corpus's own weights.
    """

    documents: int
    candidates: int
    accepted: int
    shared_f1: float
    own_f1: float | None = None
    certainty: float = 0.0
    used: bool = False


class VoteEvidence:
    """Documents that people annotated, with what was proposed for them.

    Args:
        language: ISO 639-1 code.
        labels: the labels to vote on; the gold has to be complete for them.
    """

    def __init__(
        self, language: str, labels: Sequence[str], cases: Iterable[VoteCase] = ()
    ) -> None:
        self.language = language
        self.labels = tuple(labels)
        self.cases = list(cases)

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
        accepted = frozenset(span.key for span in gold if span.label in self.labels)
        candidates, ordered = ballot(document, spans, self.language, self.labels)
        self.cases.append(VoteCase(document.id, candidates, ordered, accepted, source))

    @property
    def examples(self) -> list[VoteExample]:
        """The candidates of all documents."""
        return [example for case in self.cases for example in case.examples]

    def facts(self) -> dict[str, tuple[int, int]]:
        """For each fact, the number of its candidates, and of those that people accepted."""
        seen: Counter[str] = Counter()
        accepted: Counter[str] = Counter()
        for facts, good, *_ in self.examples:
            seen.update(facts)
            accepted.update(facts if good else ())
        return {fact: (count, accepted[fact]) for fact, count in sorted(seen.items())}

    def quality(self, prior: float = 0.0, weight: float = 0.0) -> dict[str, float]:
        """F1 of the fixed order by source.

        Args:
            prior: what it is expected to be.
            weight: how many spans this expectation is worth.
        """
        totals: dict[str, tuple[float, float]] = {}
        for case in self.cases:
            correct, both = case.counts(case.ordered, self.labels)
            before = totals.get(case.source, (weight * prior / 2, weight))
            totals[case.source] = before[0] + correct, before[1] + both
        return {source: 2 * good / max(both, 1) for source, (good, both) in totals.items()}

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
            documents=len(self.cases),
        )

    def follow(self, shared: Votes, version: str) -> Votes:
        """The weights of the corpus: shared ones, moved as far as its documents bear out.

        The threshold goes with the F1 that the layers reach here, and a kind of spans that people
        here refused often enough may be dropped.

        Args:
            shared: weights from other corpora.
            version: version of the new weights.
        """
        quality = self.quality(votes.EXPECTED, _EXPECTED_SPANS)
        return votes.adapt_votes(
            shared,
            self.examples,
            version=version,
            quality=next(iter(quality.values()), votes.EXPECTED),
            documents=len(self.cases),
        )

    def adapt(self, shared: Votes, version: str) -> tuple[Votes, Adaptation]:
        """The weights to propose with: the corpus's own, or the shared ones as long as not better.

        Args:
            shared: weights from other corpora.
            version: version of the corpus's own.
        """
        cases = sorted(self.cases, key=lambda case: case.document)
        before = [case.counts(self._proposed(case, shared), self.labels) for case in cases]
        examples = self.examples
        adaptation = Adaptation(
            documents=len(cases),
            candidates=len(examples),
            accepted=sum(1 for example in examples if example.accepted),
            shared_f1=_f1(before),
        )
        if len(cases) < LEAST:
            return shared, adaptation
        after = list(before)
        for fold in range(_FOLDS):
            rest = [case for number, case in enumerate(cases) if number % _FOLDS != fold]
            weights = VoteEvidence(self.language, self.labels, rest).follow(shared, version)
            for number in range(fold, len(cases), _FOLDS):
                proposed = self._proposed(cases[number], weights)
                after[number] = cases[number].counts(proposed, self.labels)
        certainty = _certainty(before, after)
        used = certainty >= CERTAIN
        adaptation = replace(
            adaptation, own_f1=_f1(after), certainty=round(certainty, 2), used=used
        )
        return self.follow(shared, version) if used else shared, adaptation

    @staticmethod
    def _proposed(case: VoteCase, weights: Votes) -> list[Span]:
        return votes.select(weights, case.candidates, case.ordered)


def _f1(counts: Sequence[tuple[int, int]]) -> float:
    correct, both = map(sum, zip(*counts, strict=True)) if counts else (0, 0)
    return round(2 * correct / max(both, 1), 4)


def _certainty(before: Sequence[tuple[int, int]], after: Sequence[tuple[int, int]]) -> float:
    """By how many standard errors over documents F1 gains."""
    f1 = _f1(before)
    gains = [2 * (b[0] - a[0]) - f1 * (b[1] - a[1]) for a, b in zip(before, after, strict=True)]
    mean, number = sum(gains) / len(gains), len(gains)
    spread = sum((gain - mean) ** 2 for gain in gains) * number / (number - 1)
    return sum(gains) / spread**0.5 if spread else 0.0


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
