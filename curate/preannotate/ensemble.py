"""The ensemble: every proposer votes on every candidate, with weights learned from people.

A candidate is a span that some proposer gave: a model, a rule, a gazetteer, or the rules of the
whole article. Each vote is a fact such as « the gazetteer of cities says LOC here » or « the model
has a longer span around it », and each fact has a weight. Their sum is the log-odds that a person
accepts the candidate: a weighted vote (Nitzan and Paroush 1982, "Optimal decision rules in
uncertain dichotomous choice situations", shows that log-odds weights are the best ones for
independent voters), and since voters are not independent, the weights are fitted together, by
logistic regression with a Gaussian prior. The best candidates that do not overlap are kept.

The hidden Markov model of Lison, Barnes, Hubin and Touileb (2020), "Named Entity Recognition
without Labelled Data: A Weak Supervision Approach" (ACL), learns such weights without gold. A
corpus that people correct has gold, and then a vote that is trained on it needs no independence of
the voters, decides on spans rather than tokens, and gives a confidence that can be checked.

Pure, and without other libraries; a fit on 350 articles takes seconds.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from curate.annotations.corrections import proposers
from curate.errors import ConfigError
from curate.layers import ARTICLE, is_model
from curate.model import Record, Span, SpanKey
from curate.preannotate.combine import UNSCORED

_ARTICLE = "article"
RARE = 3  # a fact seen less often says nothing
ROUNDS = 30
_VERSION = re.compile(r"@[^/+]*")
_HEAD = re.compile(r"(?:^|[.!?…»\n–-])[\s«“\"]*$")
Context = Callable[[str, Span], str]


class Votes(Record, frozen=True, kw_only=True):
    """Learned weights, as a file holds them.

    Args:
        name: name of the file's content.
        version: raise it when the weights are learned anew.
        language: ISO 639-1 code of the articles it was learned from.
        labels: the labels that are voted on; the others are kept as they are, without a confidence.
        threshold: a candidate of a lower confidence is not proposed.
        bias: log-odds of a candidate before anybody votes.
        weights: what each fact adds to the log-odds.
        learned: what it was learned from: documents, candidates, accepted.
    """

    name: str
    version: str
    language: str
    labels: tuple[str, ...]
    threshold: float
    bias: float
    weights: dict[str, float]
    learned: dict[str, int] = {}


class Candidate(NamedTuple):
    """A span that somebody proposed, and the facts that speak for and against it."""

    span: Span
    facts: frozenset[str]


class Example(NamedTuple):
    """A candidate that a person accepted (or not), for learning."""

    facts: frozenset[str]
    accepted: bool


def voter(by: str) -> str:
    """Name of a proposer without its version, so that weights outlive a new version."""
    return _VERSION.sub("", by)


def candidates(
    text: str,
    proposed: Sequence[Span],
    settled: Sequence[Span],
    labels: Sequence[str],
    context: Context = lambda text, span: "",
) -> list[Candidate]:
    """All the spans that somebody proposed for a text, with the facts about each.

    Args:
        text: the text.
        proposed: what the models and rules say, one of them at a time not overlapping; a span
            without a label says that nothing is to be marked.
        settled: what the fixed order of the layers and the rules of the article make of it.
        labels: the labels to vote on.
        context: the label that the words around a span call for, or "".
    """
    said = [(span, voter(span.by)) for span in proposed]
    said += [(span, _settled(span)) for span in settled]
    said.sort(key=lambda pair: pair[0].start)
    starts = [span.start for span, _ in said]
    longest = max((span.end - span.start for span, _ in said), default=0)
    found: dict[SpanKey, Span] = {}
    for span in (*settled, *proposed):
        if span.label in labels:
            old = found.get(span.key)
            found[span.key] = replace(old, by=_join(old.by, span.by)) if old else span
    models = sorted({voter(span.by) for span in proposed if is_model(span.by)})
    made = []
    for key in sorted(found):
        span = found[key]
        near = said[bisect_left(starts, span.start - longest) : bisect_left(starts, span.end)]
        facts = set(_votes(span, near, models)) | set(_looks(text, span))
        called = context(text, span)
        if called:
            facts.add(f"context {called} for {span.label}")
        made.append(Candidate(span, frozenset(facts)))
    return made


def confidence(votes: Votes, facts: Iterable[str]) -> float:
    """Probability, 0 to 1, that a person accepts a candidate with these facts."""
    return _sigmoid(votes.bias + sum(votes.weights.get(fact, 0.0) for fact in sorted(facts)))


def decide(
    votes: Votes,
    found: Iterable[Candidate],
    settled: Iterable[Span],
    threshold: float | None = None,
) -> list[Span]:
    """The proposal: the most probable candidates that do not overlap, in order of position.

    Settled spans of labels that are not voted on, and of rules above 0.5 (what the guidelines lay
    down), stand as they are. A voted span has its confidence as its score; the others have none.
    """
    limit = votes.threshold if threshold is None else threshold
    kept = [replace(span, score=None) for span in settled if _fixed(span, votes.labels)]
    scored = [(round(confidence(votes, facts), 4), span) for span, facts in found]
    for score, span in sorted(scored, key=lambda pair: (-pair[0], pair[1].key)):
        if score >= limit and not any(span.overlaps(other) for other in kept):
            kept.append(replace(span, score=score))
    return sorted(kept, key=lambda span: span.key)


def learn(
    examples: Iterable[Example],
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

    Raises:
        ConfigError: there is nothing accepted, or nothing rejected, to learn from.
    """
    rows = sorted((sorted(example.facts), example.accepted) for example in examples)
    accepted = sum(1 for _, good in rows if good)
    if not 0 < accepted < len(rows):
        raise ConfigError(
            f"no weights can be learned from {len(rows)} candidates, {accepted} of them accepted",
            "confirm more articles first",
        )
    counts = Counter(fact for facts, _ in rows for fact in facts)
    known = sorted(fact for fact, count in counts.items() if count >= RARE)
    place = {fact: number for number, fact in enumerate(known, 1)}
    data = [([0, *(place[f] for f in facts if f in place)], good) for facts, good in rows]
    fitted = _newton(data, len(known) + 1, prior)
    return Votes(
        name=name,
        version=version,
        language=language,
        labels=tuple(labels),
        threshold=threshold,
        bias=round(fitted[0], 3),
        weights={fact: round(fitted[place[fact]], 3) for fact in known},
        learned={"documents": documents, "candidates": len(rows), "accepted": accepted},
    )


def _votes(span: Span, near: Iterable[tuple[Span, str]], models: Sequence[str]) -> Iterable[str]:
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


def _looks(text: str, span: Span) -> Iterable[str]:
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


def _settled(span: Span) -> str:
    _, touched, rule = span.by.rpartition(ARTICLE)
    return f"{_ARTICLE}/{rule}" if touched else _ARTICLE


def _join(first: str, second: str) -> str:
    return first if second in proposers(first) else f"{first}+{second}"


def _fixed(span: Span, labels: Sequence[str]) -> bool:
    return span.label not in labels or (span.score or 0.0) > UNSCORED


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def _newton(data: Sequence[tuple[list[int], bool]], size: int, prior: float) -> list[float]:
    weights = [0.0] * size
    for _ in range(ROUNDS):
        slope = [0.0] + [-w / prior for w in weights[1:]]
        curve = [[0.0] * size for _ in range(size)]
        for number in range(size):
            curve[number][number] = 1 / prior if number else 1e-9
        for facts, good in data:
            p = _sigmoid(sum(weights[fact] for fact in facts))
            for fact in facts:
                slope[fact] += good - p
                row = curve[fact]
                for other in facts:
                    row[other] += p * (1 - p)
        step = _solve(curve, slope)
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
