"""Ranking documents by what a person's time on them is worth. Pure.

The worth of a document is the sum over its uncertain spans, divided by the cost of the document. A
span counts more the rarer its label is in the gold, and less the more often its text has been
annotated. The ranking is built one document at a time, and the spans of each count as annotated for
the following ones; so ten articles about one event are not ranked together (diversity and novelty
in one). Such a sum of diminishing returns is submodular. Picking the best next document is at most
a factor of 1 - 1/e from the best batch (Nemhauser, Wolsey and Fisher 1978; for active learning Wei,
Iyer and Bilmes 2015, "Submodularity in data subset selection and active learning"), and a worth
that was computed earlier is an upper bound of the current one, so few have to be computed again
(Minoux 1978, "Accelerated greedy algorithms").

A share of the documents is drawn at random, since a corpus of difficult cases alone is not
representative of news, and what no proposer finds is never uncertain.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from curate.errors import ConfigError
from curate.model import Record
from curate.ranking.uncertainty import SpanUncertainty
from curate.util import digests

Cost = Literal["hour", "document"]
OPENING = 50
"""Opening and confirming a document takes as long as reading this many words."""

_RAREST = 3.0  # maximum weight of a rare label; the minimum of a frequent one is its inverse
_NEW = 0.5  # a text that was annotated fewer times than this is new


class RankingOptions(Record, frozen=True, kw_only=True):
    """How to rank.

    Args:
        count: maximum number of documents; 0 for all.
        seed: random seed.
        chance: share of documents that are drawn at random, 0 to 1.
        by: the cost of a document: its words (``hour``), or the same for all (``document``).
    """

    count: int = 0
    seed: int = 0
    chance: float = 0.1
    by: Cost = "hour"


class RankingCandidate(NamedTuple):
    """A document that could be annotated.

    Args:
        document: its id.
        words: number of words.
        spans: the uncertainty of its proposed spans.
        cluster: cluster of near-duplicates; empty if it has none.
        title: title of the article.
        pool: partition of the pool it is in; empty for documents of the corpus.
    """

    document: str
    words: int
    spans: tuple[SpanUncertainty, ...]
    cluster: str = ""
    title: str = ""
    pool: str = ""


class GoldCounts(NamedTuple):
    """What the gold contains.

    Args:
        labels: number of spans by label.
        surfaces: number of spans by text, in lower case.
        clusters: clusters of near-duplicates with a document in the gold.
    """

    labels: Mapping[str, int]
    surfaces: Mapping[str, int]
    clusters: Collection[str] = ()


class RankedDocument(Record, frozen=True, kw_only=True):
    """A document of the ranking, and why it is there.

    Args:
        document: its id.
        title: title of the article.
        words: number of words.
        worth: worth per 1,000 words (or per document) at its position; 0 if drawn at random.
        chance: whether it was drawn at random.
        unsure: number of uncertain spans.
        disagreement: sum of the committee's disagreement on them, in bits.
        doubt: sum of the entropies of the proposal's confidence in them, in bits.
        rare: number of spans by label, for labels that are rarer in the gold than the mean.
        new: number of uncertain texts that nobody has annotated yet.
        pool: partition of the pool it is in; empty for documents of the corpus.
    """

    document: str
    title: str
    words: int
    worth: float
    chance: bool
    unsure: int
    disagreement: float
    doubt: float
    rare: dict[str, int]
    new: int
    pool: str = ""


class Ranking(Record, frozen=True, kw_only=True):
    """Documents, the most useful first.

    Args:
        chosen: the ranked documents.
        candidates: number of documents to choose from.
        copies: documents that were left out because they are near-duplicates of the gold, or of
            documents earlier in the ranking.
    """

    chosen: tuple[RankedDocument, ...]
    candidates: int
    copies: tuple[str, ...] = ()


def rank(
    candidates: Iterable[RankingCandidate], gold: GoldCounts, options: RankingOptions
) -> Ranking:
    """Rank documents by what a person's time on them is worth.

    Args:
        candidates: documents with different ids, in any order.
        gold: what the gold contains.
        options: how to rank.

    Raises:
        ConfigError: an option is out of range.
    """
    if not 0 <= options.chance <= 1:
        raise ConfigError(
            f"the share drawn at random is {options.chance}", "give a share between 0 and 1"
        )
    if options.count < 0:
        raise ConfigError(f"the number of documents is {options.count}", "give 0 or more")
    candidates = sorted(candidates, key=lambda candidate: candidate.document)
    queue = _Queue(candidates, gold, options.by)
    # By a hash of the id, so that a document's lot does not depend on the other candidates.
    drawn = iter(sorted(candidates, key=lambda it: digests.draw(options.seed, it.document)))
    limit = options.count or len(candidates)
    ranked: list[RankedDocument] = []
    while len(ranked) < limit:
        at_random = _is_random(len(ranked), options.chance)
        document = queue.pop_random(drawn) if at_random else queue.pop_best()
        if document is None:
            break
        ranked.append(document)
    return Ranking(chosen=tuple(ranked), candidates=len(candidates), copies=tuple(queue.copies))


def worth(candidate: RankingCandidate, gold: GoldCounts, by: Cost) -> float:
    """What a candidate is worth by itself, before others are ranked."""
    return _worth(candidate, label_weights(gold.labels), gold.surfaces, by)


def label_weights(labels: Mapping[str, int]) -> Mapping[str, float]:
    """The weight of a span of each label: the square root of how much rarer than the mean it is.

    Weights are between 1/3 and 3; a label that the gold does not have weighs 3. Without any gold
    the result is empty, and all labels weigh 1.
    """
    total = sum(labels.values())
    if not total:
        return {}
    mean = total / len(labels)
    roots = {label: math.sqrt(mean / n) for label, n in sorted(labels.items()) if n}
    return {label: min(_RAREST, max(1 / _RAREST, root)) for label, root in roots.items()}


def _weight(weights: Mapping[str, float], label: str) -> float:
    return weights.get(label, _RAREST) if weights else 1.0


def _worth(
    candidate: RankingCandidate, weights: Mapping[str, float], seen: Mapping[str, int], by: Cost
) -> float:
    total = 0.0
    here: Counter[str] = Counter()  # repetitions within the document count less, too
    # The most uncertain mention of a text comes first and counts fully.
    for span in sorted(candidate.spans, key=lambda span: -span.uncertainty):
        if span.uncertainty > 0:
            before = seen.get(span.surface, 0) + here[span.surface]
            total += span.uncertainty * _weight(weights, span.label) / (1 + before)
            here[span.surface] += 1
    return total / (candidate.words + OPENING if by == "hour" else 1)


def _is_random(position: int, share: float) -> bool:
    """Whether the document at a position, from 0, is drawn at random; spreads them evenly."""
    return math.floor((position + 1) * share) > math.floor(position * share)


class _Queue:
    """The candidates that are not ranked yet, by their worth after those that are."""

    def __init__(self, candidates: Sequence[RankingCandidate], gold: GoldCounts, by: Cost) -> None:
        self.copies: list[str] = []
        self._seen = Counter(gold.surfaces)
        self._clusters = {*gold.clusters}
        self._weights = label_weights(gold.labels)
        self._by = by
        self._left = {candidate.document: candidate for candidate in candidates}
        self._heap = [(-self._worth(candidate), candidate.document) for candidate in candidates]
        heapq.heapify(self._heap)

    def pop_best(self) -> RankedDocument | None:
        """Remove the document that is worth most; None if none is left."""
        while self._heap:
            _, document = heapq.heappop(self._heap)
            candidate = self._left.get(document)
            if candidate is None or self._drop_copy(candidate):
                continue
            worth = self._worth(candidate)
            if self._heap and (-worth, document) > self._heap[0]:
                heapq.heappush(self._heap, (-worth, document))  # the heap had its earlier worth
                continue
            return self._pop(candidate, worth, at_random=False)
        return None

    def pop_random(self, drawn: Iterator[RankingCandidate]) -> RankedDocument | None:
        """Remove the next document of a random order; None if none is left."""
        for candidate in drawn:
            if candidate.document in self._left and not self._drop_copy(candidate):
                return self._pop(candidate, 0.0, at_random=True)
        return self.pop_best()

    def _drop_copy(self, candidate: RankingCandidate) -> bool:
        is_copy = bool(candidate.cluster) and candidate.cluster in self._clusters
        if is_copy:
            del self._left[candidate.document]
            self.copies.append(candidate.document)
        return is_copy

    def _pop(self, candidate: RankingCandidate, worth: float, at_random: bool) -> RankedDocument:
        del self._left[candidate.document]
        ranked = self._ranked(candidate, worth, at_random)
        self._seen.update(span.surface for span in candidate.spans)
        if candidate.cluster:
            self._clusters.add(candidate.cluster)
        return ranked

    def _ranked(self, candidate: RankingCandidate, worth: float, at_random: bool) -> RankedDocument:
        uncertain = [span for span in candidate.spans if span.uncertainty > 0]
        rare = Counter(s.label for s in candidate.spans if _weight(self._weights, s.label) > 1)
        return RankedDocument(
            document=candidate.document,
            title=candidate.title,
            words=candidate.words,
            worth=round(worth * (1000 if self._by == "hour" else 1), 2),
            chance=at_random,
            unsure=len(uncertain),
            disagreement=round(sum(span.disagreement for span in uncertain), 2),
            doubt=round(sum(span.doubt for span in uncertain), 2),
            rare=dict(sorted(rare.items())),
            new=len({span.surface for span in uncertain if self._seen[span.surface] < _NEW}),
            pool=candidate.pool,
        )

    def _worth(self, candidate: RankingCandidate) -> float:
        return _worth(candidate, self._weights, self._seen, self._by)
