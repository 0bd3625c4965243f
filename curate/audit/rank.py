"""One ranking of what the methods say.

What they say of one place is one suspect: of one gold span, or of unmarked words that overlap. Its
score is a logistic regression over the methods: for each that says something, a constant and a
weight on the log odds of its score, and a constant where confident learning is sure. So the score
is a probability, the methods need not agree to count, and one that says nothing counts as nothing.

The weights were learned on WiNER-fr 2016 with errors put in by two seeds. On errors of other seeds
in that corpus they rank better than reciprocal rank fusion (Cormack, Clarke and Büttcher 2009); see
docs/explanation/audit.md. They were not tried on another corpus.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import exp, log

from curate.audit.values import METHODS, Evidence, Method, Read, Sign, Suspect
from curate.model import Record

Said = dict[Method, Sign]
_EDGE = 0.001  # scores nearer to 0 or 1 count as this far off


class Weights(Record, frozen=True, kw_only=True):
    """The logistic regression.

    Args:
        bias: the constant.
        methods: for each method the constant where it says something, and the weight of its log
            odds.
        sure: the constant where confident learning is sure.
    """

    bias: float
    methods: dict[Method, tuple[float, float]]
    sure: float


WEIGHTS = Weights(
    bias=-4.75,
    methods={
        "model": (-0.22, 0.49),
        "layers": (-0.97, 0.53),
        "surfaces": (2.46, 0.54),
        "edges": (-0.23, 0.74),
    },
    sure=0.59,
)


def ranked(
    corpus: Sequence[Read], signs: Mapping[Method, Iterable[Sign]], weights: Weights = WEIGHTS
) -> list[Suspect]:
    """The suspects, the likeliest errors first."""
    found = [_suspect(corpus, said, weights) for said in places(signs)]
    return sorted(found, key=lambda one: (-one.score, one.document, one.place, one.kind))


def places(signs: Mapping[Method, Iterable[Sign]]) -> Iterator[Said]:
    """What the methods say of each place: each its strongest."""
    of: dict[tuple[int, object], list[tuple[Method, Sign]]] = defaultdict(list)
    unmarked: dict[int, list[tuple[int, int, Method, Sign]]] = defaultdict(list)
    for method, found in signs.items():
        for sign in found:
            if sign.span is not None:
                of[sign.item, sign.span].append((method, sign))
            elif sign.suggestion is not None:
                first, last, _ = sign.suggestion
                unmarked[sign.item].append((first, last, method, sign))
    for item, each in unmarked.items():
        group, end = 0, 0
        for first, last, method, sign in sorted(each, key=lambda one: (*one[:3], one[3].score)):
            group = first if first >= end else group
            end = max(end, last)
            of[item, group].append((method, sign))
    for said in of.values():
        yield _strongest(said)


def features(said: Said) -> list[float]:
    """What the logistic regression looks at: two numbers a method, and whether one is sure."""
    found = [float(any(sign.sure for sign in said.values()))]
    for method in METHODS:
        sign = said.get(method)
        found += [1.0, odds(sign.score)] if sign else [0.0, 0.0]
    return found


def odds(score: float) -> float:
    """The log odds of a score."""
    held = min(max(score, _EDGE), 1 - _EDGE)
    return log(held / (1 - held))


def _strongest(said: Iterable[tuple[Method, Sign]]) -> Said:
    best: Said = {}
    for method, sign in said:
        if method not in best or sign.score > best[method].score:
            best[method] = sign
    return best


def _suspect(corpus: Sequence[Read], said: Said, weights: Weights) -> Suspect:
    parts = {method: _part(sign, weights.methods[method]) for method, sign in said.items()}
    sure = weights.sure if any(sign.sure for sign in said.values()) else 0.0
    chosen = _chosen(said, parts)
    one = corpus[chosen.item]
    order = sorted(said, key=lambda method: (-parts[method], method))
    return Suspect(
        document=one.item.document.id,
        kind=chosen.kind,
        span=one.gold[chosen.span] if chosen.span else None,
        suggestion=one.key(chosen.suggestion) if chosen.suggestion else None,
        score=round(1 / (1 + exp(-(weights.bias + sure + sum(parts.values())))), 4),
        evidence=tuple(
            Evidence(method=method, score=said[method].score, words=said[method].words)
            for method in order
        ),
    )


def _part(sign: Sign, weight: tuple[float, float]) -> float:
    return weight[0] + weight[1] * odds(sign.score)


def _chosen(said: Said, parts: Mapping[Method, float]) -> Sign:
    """The correction that the methods say together most strongly."""
    votes: dict[object, float] = defaultdict(float)
    for method, sign in said.items():
        votes[sign.kind, sign.suggestion] += 1 / (1 + exp(-parts[method]))
    best = max(said, key=lambda m: (votes[said[m].kind, said[m].suggestion], parts[m], m))
    return said[best]
