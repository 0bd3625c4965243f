"""The vote: each proposer votes on each candidate span, with weights learned from people. Pure.

A candidate is a span that a model, a rule, a gazetteer or the rules of the article proposed. Each
vote is a fact such as « the gazetteer of cities says LOC here » or « the model has a longer span
around it », and each fact has a weight. The sum of the weights is the log-odds that a person
accepts the candidate. Log-odds are the optimal weights of independent voters (Nitzan and Paroush
1982, "Optimal decision rules in uncertain dichotomous choice situations"). Since these voters are
not independent, the weights are fitted jointly, by logistic regression with a Gaussian prior. The
most probable candidates that do not overlap are proposed.

The hidden Markov model of Lison, Barnes, Hubin and Touileb (2020), "Named Entity Recognition
without Labelled Data: A Weak Supervision Approach" (ACL), learns such weights without gold. Where
people correct, there is gold, and a vote that is trained on it does not assume independence,
decides on spans instead of tokens, and gives a confidence that can be checked.

A fit on 350 articles takes seconds without any numerical library.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from curate.annotations.corrections import proposers
from curate.errors import ConfigError
from curate.layers import ARTICLE, is_model
from curate.model import Record, Span, SpanKey
from curate.preannotate.overlaps import UNSCORED

RARE = 3  # a fact that is seen less often gets no weight
_ARTICLE = "article"
_ITERATIONS = 30
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
        learned: number of ``documents``, ``candidates`` and ``accepted`` candidates learned from.
    """

    name: str
    version: str
    language: str
    labels: tuple[str, ...]
    threshold: float
    bias: float
    weights: dict[str, float]
    learned: dict[str, int] = {}


class SpanCandidate(NamedTuple):
    """A proposed span, and the facts for and against it."""

    span: Span
    facts: frozenset[str]


class VoteExample(NamedTuple):
    """The facts about a candidate, and whether a person accepted it."""

    facts: frozenset[str]
    accepted: bool


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
    candidates = []
    for key in sorted(spans):
        span = spans[key]
        near = votes[bisect_left(starts, span.start - longest) : bisect_left(starts, span.end)]
        facts = {*_vote_facts(span, near, models), *_form_facts(text, span)}
        if label := context(text, span):
            facts.add(f"context {label} for {span.label}")
        candidates.append(SpanCandidate(span, frozenset(facts)))
    return candidates


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
    scored = [(round(confidence(votes, facts), 4), span) for span, facts in candidates]
    for score, span in sorted(scored, key=lambda pair: (-pair[0], pair[1].key)):
        if score >= limit and not any(span.overlaps(other) for other in kept):
            kept.append(replace(span, score=score))
    return sorted(kept, key=lambda span: span.key)


def fit_votes(
    examples: Iterable[VoteExample],
    *,
    name: str,
    version: str,
    language: str,
    labels: Sequence[str],
    threshold: float = 0.4,
    prior: float = 1.0,
    documents: int = 0,
) -> Votes:
    """Fit the weights to what people accepted and rejected.

    Maximises the log-likelihood less ``sum(w²) / (2 · prior)`` by Newton's method; the same
    examples in any order give the same weights.

    Args:
        examples: candidates with their facts, and whether they were accepted.
        name: name of the weights.
        version: version of the weights.
        language: ISO 639-1 code of the articles.
        labels: the labels that are voted on.
        threshold: minimum confidence of a proposed span.
        prior: variance of the Gaussian prior of each weight; the bias has none.
        documents: how many documents the examples are from.

    Raises:
        ConfigError: all candidates, or none, were accepted.
    """
    rows = sorted((sorted(example.facts), example.accepted) for example in examples)
    accepted = sum(1 for _, good in rows if good)
    if not 0 < accepted < len(rows):
        raise ConfigError(
            f"no weights can be learned from {len(rows)} candidates, {accepted} of them accepted",
            "confirm more articles first",
        )
    counts = Counter(fact for facts, _ in rows for fact in facts)
    weighted = sorted(fact for fact, count in counts.items() if count >= RARE)
    columns = {fact: column for column, fact in enumerate(weighted, 1)}  # column 0 is the bias
    data = [([0, *(columns[f] for f in facts if f in columns)], good) for facts, good in rows]
    fitted = _newton(data, len(weighted) + 1, prior)
    return Votes(
        name=name,
        version=version,
        language=language,
        labels=tuple(labels),
        threshold=threshold,
        bias=round(fitted[0], 3),
        weights={fact: round(fitted[columns[fact]], 3) for fact in weighted},
        learned={"documents": documents, "candidates": len(rows), "accepted": accepted},
    )


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


def _form_facts(text: str, span: Span) -> Iterable[str]:
    surface = text[span.start : span.end]
    words = len(surface.split())
    yield f"label {span.label}"
    yield f"words {min(words, 4)}"
    if surface.isupper() and len(surface) > 1:
        yield f"capitals {span.label}"
    if surface[:1].islower():
        yield f"lower {span.label}"
    if any(char.isdigit() for char in surface):
        yield "digit"
    if _HEAD.search(text[max(0, span.start - 8) : span.start]):
        yield "head word" if words == 1 else "head words"
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


def _newton(data: Sequence[tuple[list[int], bool]], size: int, prior: float) -> list[float]:
    """Weights that maximise the penalised log-likelihood; column 0 (the bias) has no penalty."""
    weights = [0.0] * size
    for _ in range(_ITERATIONS):
        gradient = [0.0] + [-w / prior for w in weights[1:]]
        hessian = [[0.0] * size for _ in range(size)]  # negated
        for column in range(size):
            hessian[column][column] = 1 / prior if column else 1e-9
        for columns, good in data:
            p = _sigmoid(sum(weights[column] for column in columns))
            for column in columns:
                gradient[column] += good - p
                row = hessian[column]
                for other in columns:
                    row[other] += p * (1 - p)
        step = _solve(hessian, gradient)
        weights = [w + s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return weights


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a symmetric positive definite system by Cholesky's decomposition."""
    size = len(right)
    low = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(a * b for a, b in zip(low[i][:j], low[j][:j], strict=True))
            low[i][j] = math.sqrt(rest) if i == j else rest / low[j][j]
    half: list[float] = []
    for i in range(size):
        half.append((right[i] - sum(low[i][j] * half[j] for j in range(i))) / low[i][i])
    full = [0.0] * size
    for i in reversed(range(size)):
        rest = half[i] - sum(low[j][i] * full[j] for j in range(i + 1, size))
        full[i] = rest / low[i][i]
    return full
