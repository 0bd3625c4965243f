"""The vote: each proposer votes on each candidate span, with weights learned from people. Pure.

A candidate is a span that a model, a rule, a gazetteer or the rules of the article proposed. Each
vote is a fact such as « the gazetteer of cities says LOC here » or « the model has a longer span
around it », and each fact has a weight. The sum of the weights is the log-odds that a person
accepts the candidate. Log-odds are the optimal weights of independent voters (Nitzan and Paroush
1982, "Optimal decision rules in uncertain dichotomous choice situations"). Since these voters are
not independent, the weights are fitted jointly, by logistic regression with a Gaussian prior, to
several sources at once (:mod:`curate.preannotate.fitting`). The most probable candidates that do
not overlap are proposed.

The votes abstain where nothing is known: a model's span of a kind that people of fewer than two
sources refused (« A9 » in a corpus without motorways) stays as the fixed order has it.

The hidden Markov model of Lison, Barnes, Hubin and Touileb (2020), "Named Entity Recognition
without Labelled Data: A Weak Supervision Approach" (ACL), learns such weights without gold. Where
people correct, there is gold, and a vote that is trained on it does not assume independence,
decides on spans instead of tokens, and gives a confidence that can be checked.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from curate.annotations.corrections import proposers
from curate.errors import ConfigError
from curate.layers import ARTICLE, is_model, votes_author
from curate.model import Record, Span, SpanKey
from curate.preannotate.fitting import BETWEEN, BIAS, VoteExample, fit, fit_own
from curate.preannotate.noise import is_noisy
from curate.preannotate.overlaps import UNSCORED

FREQUENT = 5
"""How many spans of a kind people of a source must have refused, for the votes to drop such."""
EXPECTED = 0.85
"""F1 that the fixed order is expected to reach on the news of a new source."""
MARGIN = 0.6
_ARTICLE = "article"
_VERSION = re.compile(r"@[^/+]*")
_HEAD = re.compile(r"(?:^|[.!?…»\n–-])[\s«“\"]*$")
Context = Callable[[str, Span], str]


class Votes(Record, frozen=True, kw_only=True):
    """Learned weights, as stored in a votes file.

    Args:
        name: name of the weights.
        version: to be raised when the weights are learned anew.
        language: ISO 639-1 code of the articles they were learned from.
        labels: the labels that are voted on; others are proposed by the fixed order of the layers,
            without a confidence.
        threshold: minimum confidence of a proposed span.
        bias: log-odds of a candidate without any fact.
        weights: log-odds that each fact adds.
        between: variance of the weights of one corpus around these.
        offset: the part of ``bias`` that says how many candidates are right at all, which differs
            from corpus to corpus.
        refused: the kinds of a model's spans that people of at least two sources refused; of other
            kinds the votes drop none. None if they may drop any, as in the one corpus that they
            were learned from.
        own: whether these are the weights of one corpus, made from shared ones and its gold; its
            proposals name them in ``by``.
        learned: number of ``documents``, ``candidates`` and ``accepted`` candidates learned from,
            and of ``sources`` if there are several.
    """

    name: str
    version: str
    language: str
    labels: tuple[str, ...]
    threshold: float
    bias: float
    weights: dict[str, float]
    between: float = BETWEEN
    offset: float = 0.0
    refused: tuple[str, ...] | None = None
    own: bool = False
    learned: dict[str, int] = {}

    @property
    def author(self) -> str:
        """How proposals name the weights."""
        return votes_author(f"{self.name}@{self.version}")


class SpanCandidate(NamedTuple):
    """A proposed span.

    Args:
        span: the span.
        facts: the facts for and against it.
        kind: what a model's span looks like that the fixed order keeps (:func:`span_kind`); empty
            for other spans, and in noisy texts.
    """

    span: Span
    facts: frozenset[str]
    kind: str = ""


def voter(by: str) -> str:
    """Name of a proposer without its version, so that weights apply to new versions too."""
    return _VERSION.sub("", by)


def collect_candidates(
    text: str,
    proposed: Sequence[Span],
    ordered: Sequence[Span],
    labels: Sequence[str],
    context: Context = lambda text, span: "",
) -> list[SpanCandidate]:
    """All proposed spans of a text, with the facts about each.

    Args:
        text: the text.
        proposed: the spans of all models and rules; those of one proposer do not overlap. One
            without a label is a vote that nothing is marked.
        ordered: the spans that the fixed order of the layers and the rules of the article keep.
        labels: the labels to vote on.
        context: returns the label that the words around a span call for, or an empty string.
    """
    votes = [(span, voter(span.by)) for span in proposed]
    votes += [(span, _article_voter(span)) for span in ordered]
    votes.sort(key=lambda vote: vote[0].start)
    starts = [span.start for span, _ in votes]
    longest = max((span.end - span.start for span, _ in votes), default=0)
    spans: dict[SpanKey, Span] = {}
    for span in (*ordered, *proposed):
        if span.label in labels:
            same = spans.get(span.key)
            spans[span.key] = replace(same, by=_join(same.by, span.by)) if same else span
    models = sorted({voter(span.by) for span in proposed if is_model(span.by)})
    noisy, kept = is_noisy(text), {span.key for span in ordered}
    candidates = []
    for key in sorted(spans):
        span = spans[key]
        near = votes[bisect_left(starts, span.start - longest) : bisect_left(starts, span.end)]
        facts = {*_vote_facts(span, near, models), *_form_facts(text, span, noisy)}
        if label := context(text, span):
            facts.add(f"context {label} for {span.label}")
        protected = key in kept and not noisy and any(map(is_model, proposers(span.by)))
        kind = span_kind(text, span) if protected else ""
        candidates.append(SpanCandidate(span, frozenset(facts), kind))
    return candidates


def span_kind(text: str, span: Span) -> str:
    """What a span looks like, and its label.

    >>> span_kind("sur l'A9", Span(6, 8, "LOC"))
    'capitals with digits LOC'
    """
    surface = text[span.start : span.end]
    kind = "lower" if surface[0].islower() else "other"
    if surface[0].isupper():
        kind = "capitals" if surface.isupper() and len(surface) > 1 else "capital"
    digits = " with digits" if any(char.isdigit() for char in surface) else ""
    return f"{kind}{digits} {span.label}"


def confidence(votes: Votes, facts: Iterable[str]) -> float:
    """Probability, 0 to 1, that a person accepts a candidate with these facts."""
    # Sorted, since the sum of floats depends on their order and a set has none.
    return _sigmoid(votes.bias + sum(votes.weights.get(fact, 0.0) for fact in sorted(facts)))


def select(
    votes: Votes,
    candidates: Iterable[SpanCandidate],
    ordered: Iterable[Span],
    threshold: float | None = None,
) -> list[Span]:
    """The most probable candidates that do not overlap, in order of position.

    Of a kind that the weights know nothing of, a model's span has at least the minimum confidence.
    Spans of ``ordered`` are kept without a vote if their label is not voted on, or if a rule with a
    score above 0.5 found them (the guidelines leave no choice there). The score of a span that was
    voted on is its confidence; the others have none.

    Args:
        votes: the weights.
        candidates: the candidates with their facts.
        ordered: the spans that the fixed order of the layers and the rules of the article keep.
        threshold: minimum confidence, instead of that of the weights.
    """
    limit = votes.threshold if threshold is None else threshold
    kept = [replace(span, score=None) for span in ordered if _not_voted_on(span, votes.labels)]
    scored = []
    for span, facts, kind in candidates:
        score = round(confidence(votes, facts), 4)
        unknown = kind and votes.refused is not None and kind not in votes.refused
        scored.append((max(score, round(limit, 4)) if unknown else score, span))
    for score, span in sorted(scored, key=lambda pair: (-pair[0], pair[1].key)):
        if score >= limit and not any(span.overlaps(other) for other in kept):
            by = f"{span.by}+{votes.author}" if votes.own else span.by
            kept.append(replace(span, score=score, by=by))
    return sorted(kept, key=lambda span: span.key)


def fit_votes(
    examples: Iterable[VoteExample],
    *,
    name: str,
    version: str,
    language: str,
    labels: Sequence[str],
    threshold: float | None = None,
    prior: float = 1.0,
    between: float = BETWEEN,
    quality: Mapping[str, float] | None = None,
    documents: int = 0,
) -> Votes:
    """Fit the weights to what people accepted and rejected.

    The same examples in any order give the same weights. The weights of a single source are its
    own; those of several are what they share (:func:`curate.preannotate.fitting.fit`).

    Args:
        examples: candidates with their facts, and whether they were accepted.
        name: name of the weights.
        version: version of the weights.
        language: ISO 639-1 code of the articles.
        labels: the labels that are voted on.
        threshold: minimum confidence of a proposed span; if None, :func:`threshold_for`.
        prior: variance of the Gaussian prior of each weight; the bias has none.
        between: variance of a source's own weights around the shared ones.
        quality: F1 of the fixed order by source; see :func:`threshold_for`.
        documents: how many documents the examples are from.

    Raises:
        ConfigError: all candidates, or none, were accepted.
    """
    examples = list(examples)
    accepted = sum(1 for example in examples if example.accepted)
    if not 0 < accepted < len(examples):
        raise ConfigError(
            f"{len(examples)} candidates, {accepted} of them accepted, give no weights",
            "confirm more articles first",
        )
    sources = {example.source for example in examples}
    offsets = {source: worth_proposing(f1) for source, f1 in (quality or {}).items()}
    weights = fit(examples, offsets, prior=prior, between=between)
    offset = worth_proposing(EXPECTED)
    if len(sources) == 1:
        offset = offsets.get(next(iter(sources)), 0.0)
    learned = {"documents": documents, "candidates": len(examples), "accepted": accepted}
    return Votes(
        name=name,
        version=version,
        language=language,
        labels=tuple(labels),
        threshold=threshold_for(offset) if threshold is None else threshold,
        bias=round(weights.pop(BIAS) + offset, 3),
        weights={fact: round(weight, 3) for fact, weight in weights.items()},
        between=between,
        offset=round(offset, 3),
        refused=_refused(examples) if len(sources) > 1 else None,
        learned={**learned, "sources": len(sources)} if len(sources) > 1 else learned,
    )


def adapt_votes(
    shared: Votes, examples: Iterable[VoteExample], *, version: str, quality: float, documents: int
) -> Votes:
    """The weights of one corpus: the shared ones, moved as far as its examples bear out.

    Args:
        shared: weights from other corpora.
        examples: candidates of the corpus.
        version: version of the new weights.
        quality: F1 of the fixed order in the corpus; the threshold follows from it.
        documents: how many documents the examples are from.
    """
    examples = list(examples)
    offset = worth_proposing(quality)
    start = {**shared.weights, BIAS: shared.bias - shared.offset}
    weights = fit_own(examples, start, offset, between=shared.between)
    refused = shared.refused
    if refused is not None:
        own = Counter(e.kind for e in examples if e.kind and not e.accepted)
        kinds = {kind for kind, count in own.items() if count >= FREQUENT}
        refused = tuple(sorted({*refused, *kinds}))
    return replace(
        shared,
        version=version,
        threshold=threshold_for(offset),
        bias=round(weights.pop(BIAS) + offset, 3),
        weights={fact: round(weight, 3) for fact, weight in weights.items()},
        offset=round(offset, 3),
        refused=refused,
        own=True,
        learned={
            "documents": documents,
            "candidates": len(examples),
            "accepted": sum(1 for example in examples if example.accepted),
        },
    )


def worth_proposing(f1: float) -> float:
    """Log-odds from which on a proposal gains from one more span, if it has this F1.

    A span raises an F1 of F if its probability is above F / 2 (Lipton, Elkan and Naryanaswamy 2014,
    "Optimal thresholding of classifiers to maximize F1 measure").
    """
    share = min(max(f1, 0.05), 0.95) / 2
    return math.log(share / (1 - share))


def threshold_for(offset: float) -> float:
    """The minimum confidence by the log-odds from which on a span is worth proposing.

    It is lower by ``MARGIN``: a span that is missed takes more actions than one that is deleted.
    """
    return round(_sigmoid(offset - MARGIN), 3)


def _refused(examples: Iterable[VoteExample]) -> tuple[str, ...]:
    """The kinds of a model's spans that people of two sources refused often enough."""
    counts = Counter((e.kind, e.source) for e in examples if e.kind and not e.accepted)
    sources = Counter(kind for (kind, _), count in counts.items() if count >= FREQUENT)
    return tuple(sorted(kind for kind, count in sources.items() if count > 1))


def read_votes(path: Path) -> Votes:
    """Read a file with learned weights.

    Raises:
        ConfigError: it is missing or invalid.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Votes)
    except FileNotFoundError as error:
        raise ConfigError(
            f"weights {path} are missing", "correct [preannotate] votes in curate.toml"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "learn the weights again") from error


def _vote_facts(
    span: Span, near: Iterable[tuple[Span, str]], models: Sequence[str]
) -> Iterable[str]:
    silent = set(models)
    for other, name in near:
        if not span.overlaps(other):
            continue
        silent.discard(name)
        if (other.start, other.end) == (span.start, span.end):
            same = other.label == span.label
            yield f"{name} agrees on {span.label}" if same else f"{name} says {other.label}".strip()
        elif other.start <= span.start and span.end <= other.end:
            yield f"{name} is around"
        elif span.start <= other.start and other.end <= span.end:
            yield f"{name} is inside"
        else:
            yield f"{name} crosses"
    yield from (f"{name} is silent" for name in sorted(silent))


def _form_facts(text: str, span: Span, noisy: bool) -> Iterable[str]:
    surface = text[span.start : span.end]
    words, noise = len(surface.split()), "noisy " if noisy else ""
    yield f"label {span.label}"
    yield f"{noise}words {min(words, 4)}"
    if surface.isupper() and len(surface) > 1:
        yield f"{noise}capitals {span.label}"
    if surface[:1].islower():
        yield f"{noise}lower {span.label}"
    if any(char.isdigit() for char in surface):
        yield f"{noise}digit"
    if _HEAD.search(text[max(0, span.start - 8) : span.start]):
        yield f"{noise}head word" if words == 1 else f"{noise}head words"
    if text.count(surface) > 1:
        yield f"again {span.label}"


def _article_voter(span: Span) -> str:
    _, changed, rule = span.by.rpartition(ARTICLE)
    return f"{_ARTICLE}/{rule}" if changed else _ARTICLE


def _join(first: str, second: str) -> str:
    return first if second in proposers(first) else f"{first}+{second}"


def _not_voted_on(span: Span, labels: Sequence[str]) -> bool:
    return span.label not in labels or (span.score or 0.0) > UNSCORED


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
