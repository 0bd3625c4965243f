"""How good predicted entities are against gold ones, by the definitions that others report.

CoNLL: an entity counts if its edges and its type are right (CoNLL-2003; Tjong Kim Sang and De
Meulder 2003, "Introduction to the CoNLL-2003 Shared Task", section 2.4).

SemEval-2013 task 9.1 (Segura-Bedmar, Martínez and Herrero-Zazo 2013, section 4, after the
categories of MUC-5, Chinchor and Sundheim 1993): ``strict`` asks for edges and type, ``exact`` for
edges, ``partial`` for an overlap (half a point where the edges differ), ``type`` for an overlap and
the type. Each entity is correct, incorrect, partial, missed or spurious; ``possible`` is
``correct + incorrect + partial + missed``, ``actual`` is ``correct + incorrect + partial +
spurious``; precision is ``(correct + partial / 2) / actual`` and recall the same over ``possible``.
The papers leave open which entity a prediction is held against where it overlaps several. This is
settled here as in nervaluate 1.2: predictions in order of position, each taking from the gold
entities that are left an exact match or else the first that it overlaps; for ``type`` the one of
the same type with the nearest edges.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Literal

from curate.agreement import disagreement
from curate.agreement.bootstrap import Resampler
from curate.agreement.spans import counts, scores, strict
from curate.agreement.values import ConfusionCell, Disagreement, SpanScores
from curate.model import Annotation, Document, Problem, Record, Span

SchemeName = Literal["strict", "exact", "partial", "type"]
Verdict = Literal["correct", "incorrect", "partial"]
SCHEMES: tuple[SchemeName, ...] = ("strict", "exact", "partial", "type")


class SemevalScore(Record, frozen=True, kw_only=True):
    """Counts and scores by one scheme of SemEval-2013; a score is None where it is undefined."""

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0
    precision: float | None
    recall: float | None
    f1: float | None
    reason: str = ""

    @property
    def possible(self) -> int:
        """Gold entities."""
        return self.correct + self.incorrect + self.partial + self.missed

    @property
    def actual(self) -> int:
        """Predicted entities."""
        return self.correct + self.incorrect + self.partial + self.spurious


class SemevalScheme(Record, frozen=True, kw_only=True):
    """One scheme: all entities, and each type by itself (as if there were no other)."""

    overall: SemevalScore
    labels: dict[str, SemevalScore]


class Evaluation(Record, frozen=True, kw_only=True):
    """How good a prediction is.

    Args:
        documents: documents that have gold and a prediction.
        conll: precision, recall and F1 by the CoNLL definition; ``first`` is gold.
        semeval: by scheme: ``strict``, ``exact``, ``partial``, ``type``.
        confusion: gold labels against predicted ones.
        commonest: the errors that come up most; ``first`` is gold.
        left_out: documents that do not count, and why.
    """

    documents: int
    conll: SpanScores
    semeval: dict[str, SemevalScheme]
    confusion: tuple[ConfusionCell, ...]
    commonest: tuple[Disagreement, ...]
    left_out: tuple[Problem, ...] = ()


def evaluate(
    documents: Iterable[Document],
    gold: Iterable[Annotation],
    predicted: Iterable[Annotation],
    *,
    min_overlap: float = 1.0,
    resampler: Resampler | None = None,
    limit: int = 20,
) -> Evaluation:
    """Score a prediction.

    Args:
        documents: the texts.
        gold: one annotation a document.
        predicted: one annotation a document; a document without one is left out, and named.
        min_overlap: least overlap, in per cent of the gold entity's code points, for the schemes
            that ask for an overlap. 1 is nervaluate's.
        resampler: makes the intervals of the CoNLL scores.
        limit: how many of the commonest errors to list.
    """
    texts = {document.id: document for document in documents}
    right = {annotation.document: annotation.sorted() for annotation in gold}
    guess = {annotation.document: annotation.sorted() for annotation in predicted}
    both = {key: (right[key], guess[key]) for key in right if key in guess and key in texts}
    changes = {key: disagreement.changes(*couple) for key, couple in both.items()}
    return Evaluation(
        documents=len(both),
        conll=scores(
            {key: counts(*couple, strict) for key, couple in both.items()},
            resampler or Resampler(),
        ),
        semeval=_semeval([(a.spans, b.spans) for a, b in both.values()], min_overlap),
        confusion=disagreement.confusion(changes.values()),
        commonest=disagreement.commonest(texts, changes.items(), limit),
        left_out=tuple(_missing(texts, right, guess)),
    )


def _missing(
    texts: Mapping[str, Document], gold: Mapping[str, Annotation], guess: Mapping[str, Annotation]
) -> Iterable[Problem]:
    for key in dict.fromkeys((*gold, *guess)):
        gaps = (("gold", gold), ("prediction", guess), ("text", texts))
        lacking = [name for name, there in gaps if key not in there]
        if lacking:
            yield Problem(
                code="evaluate.left-out",
                severity="warning",
                document=key,
                message=f"left out: it has no {' and no '.join(lacking)}",
            )


def _semeval(
    documents: Sequence[tuple[Sequence[Span], Sequence[Span]]], min_overlap: float
) -> dict[str, SemevalScheme]:
    labels = sorted({span.label for couple in documents for side in couple for span in side})
    apart = {label: [_only(couple, label) for couple in documents] for label in labels}
    return {
        name: SemevalScheme(
            overall=semeval_score(documents, name, min_overlap),
            labels={label: semeval_score(own, name, min_overlap) for label, own in apart.items()},
        )
        for name in SCHEMES
    }


def _only(
    couple: tuple[Sequence[Span], Sequence[Span]], label: str
) -> tuple[Sequence[Span], Sequence[Span]]:
    gold, guess = ([span for span in side if span.label == label] for side in couple)
    return gold, guess


def semeval_score(
    documents: Iterable[tuple[Sequence[Span], Sequence[Span]]],
    name: SchemeName,
    min_overlap: float = 1.0,
) -> SemevalScore:
    """Counts and scores of documents (gold, predicted; each in order of position) by one scheme."""
    total = dict.fromkeys(("correct", "incorrect", "partial", "missed", "spurious"), 0)
    for gold, guess in documents:
        taken = 0
        for verdict in _verdicts(gold, guess, name, min_overlap):
            total[verdict or "spurious"] += 1
            taken += verdict is not None
        total["missed"] += len(gold) - taken
    matched = total["correct"] + total["partial"] / 2
    judged = total["correct"] + total["incorrect"] + total["partial"]
    actual, possible = judged + total["spurious"], judged + total["missed"]
    gaps = {"no entity is predicted": actual, "there is no gold entity": possible}
    return SemevalScore(
        **total,
        precision=matched / actual if actual else None,
        recall=matched / possible if possible else None,
        # The harmonic mean of the two, written so that it is there when one of them is not.
        f1=2 * matched / (actual + possible) if actual + possible else None,
        reason="; ".join(why for why, number in gaps.items() if not number),
    )


def _verdicts(
    gold: Sequence[Span], guess: Sequence[Span], name: SchemeName, min_overlap: float
) -> Iterable[Verdict | None]:
    """What becomes of each prediction; None for a spurious one."""
    starts = [span.start for span in gold]
    reach = list(accumulate((span.end for span in gold), max))
    taken: set[int] = set()
    for span in guess:
        # Gold entities before reach's first end after the span's start, or that begin at its end
        # or later, can't overlap it.
        first, last = bisect_right(reach, span.start), bisect_left(starts, span.end)
        near = [
            n for n in range(first, last) if n not in taken and _meets(gold[n], span, min_overlap)
        ]
        right = _right(gold, near, span, name)
        if right is not None:
            taken.add(right)
            yield "correct"
        elif near:
            taken.add(near[0])
            yield "partial" if name == "partial" else "incorrect"
        else:
            yield None


def _right(gold: Sequence[Span], near: Sequence[int], span: Span, name: SchemeName) -> int | None:
    """Which of the gold entities at hand makes the prediction correct."""
    if name == "type":
        alike = [n for n in near if gold[n].label == span.label]
        return min(alike, key=lambda n: _distance(gold[n], span), default=None)
    for n in near:
        edges = (gold[n].start, gold[n].end) == (span.start, span.end)
        if edges and (name != "strict" or gold[n].label == span.label):
            return n
    return None


def _distance(gold: Span, span: Span) -> int:
    return abs(gold.start - span.start) + abs(gold.end - span.end)


def _meets(gold: Span, span: Span, min_overlap: float) -> bool:
    shared = min(gold.end, span.end) - max(gold.start, span.start)
    return shared > 0 and shared / (gold.end - gold.start) * 100 >= min_overlap
