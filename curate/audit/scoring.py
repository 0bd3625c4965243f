"""Combining the signals of all methods into one list of suspects. Pure.

All signals about one gold span, or about overlapping unannotated words, are one suspect. Its score
is a logistic regression over the methods: for each method with a signal, a constant and a weight on
the log odds of its score; a constant where confident learning finds an error; and one for each type
of error that a method names. So the score is a probability; methods need not agree, and a method
without a signal does not count.

The weights were learned on three kinds of errors: planted ones in WiNER-fr 2016, with two random
seeds; those of one of three annotators of English novels, as the two others see it; and invented
ones of the kinds that agency news have (a table's teams as places, headlines left out, names cut).
They rank better than reciprocal rank fusion (Cormack, Clarke and Büttcher 2009); see
docs/explanation/audit.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import exp, log

from curate.audit.documents import TokenisedDocument
from curate.audit.suspects import (
    METHODS,
    ErrorType,
    Method,
    MethodEvidence,
    Signal,
    Suspect,
)
from curate.model import Record

SignalsByMethod = dict[Method, Signal]
KINDS: tuple[ErrorType, ...] = ("boundary", "missing", "spurious")
"""The types of errors that have a constant; ``label`` is the base."""
_LIMIT = 0.001  # scores are kept this far from 0 and 1, where log odds are infinite


class ScoringWeights(Record, frozen=True, kw_only=True):
    """Coefficients of the logistic regression.

    Args:
        bias: the intercept.
        methods: constant and weight of the log odds, by method.
        sure: constant where confident learning finds an error.
        kinds: constant of a type of error, of which the label is the base.
    """

    bias: float
    methods: dict[Method, tuple[float, float]]
    sure: float
    kinds: dict[ErrorType, float] = {}


WEIGHTS = ScoringWeights(
    bias=-4.04,
    methods={
        "model": (0.16, 0.56),
        "layers": (-0.98, 0.58),
        "surfaces": (1.91, 0.51),
        "edges": (0.33, 0.54),
    },
    sure=0.02,
    kinds={"boundary": -0.02, "missing": 0.1, "spurious": -1.36},
)


def score_suspects(
    corpus: Sequence[TokenisedDocument],
    signals: Mapping[Method, Iterable[Signal]],
    weights: ScoringWeights = WEIGHTS,
) -> list[Suspect]:
    """The suspects, the likeliest errors first."""
    suspects = [_suspect(corpus, group, weights) for group in group_signals(signals)]
    return sorted(suspects, key=lambda it: (-it.score, it.document, it.place, it.kind))


def group_signals(signals: Mapping[Method, Iterable[Signal]]) -> Iterator[SignalsByMethod]:
    """The signals about each place: the strongest one of each method."""
    groups: dict[tuple[int, object], list[tuple[Method, Signal]]] = defaultdict(list)
    missing: dict[int, list[tuple[int, int, Method, Signal]]] = defaultdict(list)
    for method, of_method in signals.items():
        for signal in of_method:
            if signal.span is not None:
                groups[signal.document, signal.span].append((method, signal))
            elif signal.suggestion is not None:
                first, last, _ = signal.suggestion
                missing[signal.document].append((first, last, method, signal))
    # Suggestions for unannotated words overlap without being equal; a chain of them is one place.
    for document, suggested in missing.items():
        group, end = 0, 0
        for first, last, method, signal in sorted(suggested, key=lambda it: (*it[:3], it[3].score)):
            group = first if first >= end else group
            end = max(end, last)
            groups[document, group].append((method, signal))
    for same in groups.values():
        strongest: SignalsByMethod = {}
        for method, signal in same:
            if method not in strongest or signal.score > strongest[method].score:
                strongest[method] = signal
        yield strongest


def regression_features(signals: SignalsByMethod) -> list[float]:
    """The features of the regression: whether a method is confident, two for each, the types."""
    features = [float(any(signal.confident for signal in signals.values()))]
    for method in METHODS:
        signal = signals.get(method)
        features += [1.0, log_odds(signal.score)] if signal else [0.0, 0.0]
    kinds = {signal.kind for signal in signals.values()}
    return [*features, *(float(kind in kinds) for kind in KINDS)]


def log_odds(score: float) -> float:
    """The log odds of a score."""
    limited = min(max(score, _LIMIT), 1 - _LIMIT)
    return log(limited / (1 - limited))


def _suspect(
    corpus: Sequence[TokenisedDocument], signals: SignalsByMethod, weights: ScoringWeights
) -> Suspect:
    terms = {method: _term(signal, weights.methods[method]) for method, signal in signals.items()}
    sure = weights.sure if any(signal.confident for signal in signals.values()) else 0.0
    kinds = sum(weights.kinds.get(it, 0.0) for it in sorted({it.kind for it in signals.values()}))
    correction = _correction(signals, terms)
    document = corpus[correction.document]
    strongest_first = sorted(signals, key=lambda method: (-terms[method], method))
    return Suspect(
        document=document.audited.document.id,
        kind=correction.kind,
        span=document.gold[correction.span] if correction.span else None,
        suggestion=document.key(correction.suggestion) if correction.suggestion else None,
        score=round(1 / (1 + exp(-(weights.bias + sure + kinds + sum(terms.values())))), 4),
        evidence=tuple(
            MethodEvidence(method=method, score=signals[method].score, words=signals[method].reason)
            for method in strongest_first
        ),
    )


def _term(signal: Signal, weight: tuple[float, float]) -> float:
    return weight[0] + weight[1] * log_odds(signal.score)


def _correction(signals: SignalsByMethod, terms: Mapping[Method, float]) -> Signal:
    """The signal whose correction has the strongest support of all methods."""
    votes: dict[object, float] = defaultdict(float)
    for method, signal in signals.items():
        votes[signal.kind, signal.suggestion] += 1 / (1 + exp(-terms[method]))
    best = max(signals, key=lambda m: (votes[signals[m].kind, signals[m].suggestion], terms[m], m))
    return signals[best]
