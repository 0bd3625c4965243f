"""Which documents a person's time is worth most on. Pure.

The worth of a document is the sum over its unsure places, each the more the rarer its label is in
the gold, and the less the more often its text has been marked already, divided by what the document
costs. The batch is built one document at a time, and what is chosen counts as marked for what
follows: so ten articles about one affair do not come together (diversity and novelty in one). Such
a sum of diminishing returns is submodular, for which choosing the best one next is at most a factor
of 1 - 1/e from the best batch (Nemhauser, Wolsey and Fisher 1978; for active learning Wei, Iyer and
Bilmes 2015, "Submodularity in data subset selection and active learning"), and a gain that was
computed before is an upper bound of the gain now, so that few have to be computed again (Minoux
1978, "Accelerated greedy algorithms").

A share of the batch is drawn by chance, because a corpus of hard cases alone is no picture of the
news, and what no proposer thinks of is never unsure.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from curate.errors import ConfigError
from curate.model import Record
from curate.ranking.uncertainty import Place
from curate.util import digests

By = Literal["hour", "document"]
OPENING = 50
"""Words that could be read in the time that opening and confirming a document takes."""

_RAREST = 3.0  # by which a rare label may count more; and a frequent one a third
_NEW = 0.5  # a surface that was marked less often than this is new


class Settings(Record, frozen=True, kw_only=True):
    """How to choose.

    Args:
        count: documents at most; 0 for all.
        seed: of what is drawn by chance.
        chance: share that is drawn by chance, 0 to 1.
        by: what a document costs: an ``hour`` goes by its words, or a ``document`` is a document.
    """

    count: int = 0
    seed: int = 0
    chance: float = 0.1
    by: By = "hour"


class Candidate(NamedTuple):
    """A document that could be annotated.

    Args:
        document: its id.
        words: how many it has.
        places: where its proposers may be wrong.
        cluster: near copies have the same; empty where there are none.
        title: of the article.
        pool: file of the pool it stands in; empty for one of the corpus.
    """

    document: str
    words: int
    places: tuple[Place, ...]
    cluster: str = ""
    title: str = ""
    pool: str = ""


class Known(NamedTuple):
    """What the gold has: how many spans of each label and of each text, and which clusters."""

    labels: Mapping[str, int]
    surfaces: Mapping[str, int]
    clusters: Collection[str] = ()


class Chosen(Record, frozen=True, kw_only=True):
    """A document, and why it was chosen.

    Args:
        document: its id.
        title: of the article.
        words: how many it has.
        worth: per 1,000 words (or per document), at its place in the order; 0 by chance.
        chance: whether it was drawn by chance.
        unsure: places with any doubt.
        disagreement: sum over them of the committee's disagreement, in bits.
        doubt: sum over them of the proposal's doubt, in bits.
        rare: places of each label that is rarer in the gold than the mean.
        new: unsure texts that nobody has marked yet.
        pool: file of the pool it stands in; empty for one of the corpus.
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
    """Documents in the order in which they are worth it.

    Args:
        chosen: they.
        candidates: of how many.
        copies: documents that are near copies of others, of the gold or earlier in the order; they
            come last, if at all, and are not among the chosen.
    """

    chosen: tuple[Chosen, ...]
    candidates: int
    copies: tuple[str, ...] = ()


def check(settings: Settings) -> None:
    """Refuse settings that make no sense.

    Raises:
        ConfigError: the message names the setting.
    """
    if not 0 <= settings.chance <= 1:
        raise ConfigError(f"the share by chance is {settings.chance}", "give a share, 0 to 1")
    if settings.count < 0:
        raise ConfigError(f"{settings.count} documents are asked for", "give a number, or 0")


def rank(candidates: Iterable[Candidate], known: Known, settings: Settings) -> Ranking:
    """Put documents into the order in which a person's time is worth most on them.

    Args:
        candidates: with different ids, in any order.
        known: what the gold has.
        settings: how to choose.

    Raises:
        ConfigError: the settings make no sense.
    """
    check(settings)
    everything = sorted(candidates, key=lambda each: each.document)
    weigh = weights(known.labels)
    batch = _Batch(everything, known, weigh, settings)
    drawn = iter(sorted(everything, key=lambda each: digests.draw(settings.seed, each.document)))
    limit = settings.count or len(everything)
    chosen: list[Chosen] = []
    while len(chosen) < limit:
        by_chance = _due(len(chosen), settings.chance)
        found = batch.take(drawn) if by_chance else batch.best()
        if found is None:
            break
        chosen.append(found)
    return Ranking(chosen=tuple(chosen), candidates=len(everything), copies=tuple(batch.copies))


def weights(labels: Mapping[str, int]) -> Mapping[str, float]:
    """How much a place of each label counts: the root of how much rarer than the mean it is.

    It is between a third and three; one that the gold has not at all counts three. Without gold
    there are none, and every label counts one.
    """
    total = sum(labels.values())
    if not total:
        return {}
    mean = total / len(labels)
    found = {name: math.sqrt(mean / number) for name, number in sorted(labels.items()) if number}
    return {name: min(_RAREST, max(1 / _RAREST, weight)) for name, weight in found.items()}


def _weight(weigh: Mapping[str, float], label: str) -> float:
    return weigh.get(label, _RAREST) if weigh else 1.0


class _Batch:
    """What was chosen so far, and what is worth most now."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        known: Known,
        weigh: Mapping[str, float],
        settings: Settings,
    ) -> None:
        self.copies: list[str] = []
        self._seen = Counter(known.surfaces)
        self._clusters = {*known.clusters}
        self._weigh = weigh
        self._by = settings.by
        self._left = {each.document: each for each in candidates}
        self._heap = [(-self._worth(each), each.document) for each in candidates]
        heapq.heapify(self._heap)

    def best(self) -> Chosen | None:
        """Take what is worth most; None where nothing is left."""
        while self._heap:
            _, document = heapq.heappop(self._heap)
            candidate = self._left.get(document)
            if candidate is None or self._is_copy(candidate):
                continue
            worth = self._worth(candidate)
            if self._heap and (-worth, document) > self._heap[0]:
                heapq.heappush(self._heap, (-worth, document))  # it was worth more before
                continue
            return self._taken(candidate, worth, chance=False)
        return None

    def take(self, drawn: Iterator[Candidate]) -> Chosen | None:
        """Take the next one in an order."""
        for candidate in drawn:
            if candidate.document in self._left and not self._is_copy(candidate):
                return self._taken(candidate, 0.0, chance=True)
        return self.best()

    def _is_copy(self, candidate: Candidate) -> bool:
        found = bool(candidate.cluster) and candidate.cluster in self._clusters
        if found:
            del self._left[candidate.document]
            self.copies.append(candidate.document)
        return found

    def _taken(self, candidate: Candidate, worth: float, chance: bool) -> Chosen:
        del self._left[candidate.document]
        unsure = [place for place in candidate.places if place.unsure > 0]
        told = self._told(candidate, unsure, worth, chance)
        self._seen.update(place.surface for place in candidate.places)
        if candidate.cluster:
            self._clusters.add(candidate.cluster)
        return told

    def _told(
        self, candidate: Candidate, unsure: Sequence[Place], worth: float, chance: bool
    ) -> Chosen:
        rare = Counter(p.label for p in candidate.places if _weight(self._weigh, p.label) > 1)
        return Chosen(
            document=candidate.document,
            title=candidate.title,
            words=candidate.words,
            worth=round(worth * (1000 if self._by == "hour" else 1), 2),
            chance=chance,
            unsure=len(unsure),
            disagreement=round(sum(place.disagreement for place in unsure), 2),
            doubt=round(sum(place.doubt for place in unsure), 2),
            rare=dict(sorted(rare.items())),
            new=len({place.surface for place in unsure if self._seen[place.surface] < _NEW}),
            pool=candidate.pool,
        )

    def _worth(self, candidate: Candidate) -> float:
        return _worth(candidate, self._weigh, self._seen, self._by)


def worth(candidate: Candidate, known: Known, by: By) -> float:
    """What a candidate is worth by itself, before anything else is chosen."""
    return _worth(candidate, weights(known.labels), known.surfaces, by)


def _worth(
    candidate: Candidate, weigh: Mapping[str, float], seen: Mapping[str, int], by: By
) -> float:
    gain = 0.0
    here: Counter[str] = Counter()  # what an article says twenty times is worth little more
    for place in sorted(candidate.places, key=lambda each: -each.unsure):
        if place.unsure > 0:
            before = seen.get(place.surface, 0) + here[place.surface]
            gain += place.unsure * _weight(weigh, place.label) / (1 + before)
            here[place.surface] += 1
    return gain / (candidate.words + OPENING if by == "hour" else 1)


def _due(number: int, share: float) -> bool:
    """Whether the document at this place, from 0, is drawn by chance."""
    return math.floor((number + 1) * share) > math.floor(number * share)
