"""How good predicted entities are compared with gold, by the definitions that others report.

CoNLL: an entity counts if its boundaries and its type are right (CoNLL-2003; Tjong Kim Sang and De
Meulder 2003, "Introduction to the CoNLL-2003 Shared Task", section 2.4).

SemEval-2013 task 9.1 (Segura-Bedmar, Martínez and Herrero-Zazo 2013, section 4, after the
categories of MUC-5, Chinchor and Sundheim 1993): ``strict`` requires boundaries and type, ``exact``
boundaries, ``partial`` an overlap (half a point where the boundaries differ), ``type`` an overlap
and the type. Each entity is correct, incorrect, partial, missed or spurious; ``possible`` is
``correct + incorrect + partial + missed``, ``actual`` is ``correct + incorrect + partial +
spurious``; precision is ``(correct + partial / 2) / actual`` and recall the same over ``possible``.
The papers leave open with which entity a prediction is compared if it overlaps several. Here a
prediction is first paired with a gold entity of the same boundaries and type; the others are paired
one to one so that as many as possible are correct, and then as many as possible are not spurious.
The order of the predictions does not matter. Where neither side has overlapping entities, the
counts of ``strict``, ``exact`` and ``partial`` are those of nervaluate 1.2, which takes predictions
in order of position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from curate.agreement import disagreement
from curate.agreement.annotation_sets import AnnotationSets, read_annotation_sets
from curate.agreement.bootstrap import Resampler
from curate.agreement.spans import counts, scores, strict
from curate.agreement.values import ConfusionCell, Disagreement, SpanScores
from curate.annotations.diff import compare
from curate.errors import InputError
from curate.formats.reading import ReadOptions
from curate.layers import annotator_of
from curate.model import Annotation, Document, Problem, Record, Span

SchemeName = Literal["strict", "exact", "partial", "type"]
Verdict = Literal["correct", "incorrect", "partial"]
SCHEMES: tuple[SchemeName, ...] = ("strict", "exact", "partial", "type")


class SemevalScore(Record, frozen=True, kw_only=True):
    """Counts and scores by one scheme of SemEval-2013; a score is None if it is undefined."""

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
        """Number of gold entities."""
        return self.correct + self.incorrect + self.partial + self.missed

    @property
    def actual(self) -> int:
        """Number of predicted entities."""
        return self.correct + self.incorrect + self.partial + self.spurious


class SemevalScheme(Record, frozen=True, kw_only=True):
    """One scheme: over all entities, and for each type as if there were no other."""

    overall: SemevalScore
    labels: dict[str, SemevalScore]


class Evaluation(Record, frozen=True, kw_only=True):
    """How good a prediction is.

    Args:
        documents: number of documents that have gold and a prediction.
        conll: precision, recall and F1 by the CoNLL definition; ``first`` is gold.
        semeval: by scheme: ``strict``, ``exact``, ``partial``, ``type``.
        confusion: gold labels against predicted ones.
        commonest: the most common errors; ``first`` is gold.
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
        documents: the documents, for their texts.
        gold: one annotation per document.
        predicted: one annotation per document; a document without one is left out and reported.
        min_overlap: least overlap, in per cent of the gold entity's code points, for the schemes
            that require an overlap. nervaluate uses 1.
        resampler: computes the intervals of the CoNLL scores.
        limit: how many of the most common errors to list.
    """
    texts = {document.id: document for document in documents}
    gold_by_id = {annotation.document: annotation.sorted() for annotation in gold}
    predicted_by_id = {annotation.document: annotation.sorted() for annotation in predicted}
    both = {
        key: (gold_by_id[key], predicted_by_id[key])
        for key in gold_by_id
        if key in predicted_by_id and key in texts
    }
    errors = {key: compare(*versions) for key, versions in both.items()}
    return Evaluation(
        documents=len(both),
        conll=scores(
            {key: counts(*versions, strict) for key, versions in both.items()},
            resampler or Resampler(),
        ),
        semeval=_semeval([(a.spans, b.spans) for a, b in both.values()], min_overlap),
        confusion=disagreement.confusion(errors.values()),
        commonest=disagreement.commonest(texts, errors.items(), limit),
        left_out=tuple(_missing(texts, gold_by_id, predicted_by_id)),
    )


def evaluate_files(
    gold: Path,
    predicted: Path,
    *,
    format: str = "",
    layer: str = "",
    min_overlap: float = 1.0,
    options: ReadOptions | None = None,
    resampler: Resampler | None = None,
) -> Evaluation:
    """Score the predictions in one file or folder against the gold in another.

    Args:
        gold: file or folder with the gold.
        predicted: file or folder with the predictions.
        format: of both; detected by default.
        layer: the layer to take if a source has several.
        min_overlap: see ``evaluate``.
        options: how to read the sources.
        resampler: computes the intervals.

    Raises:
        InputError: a source does not exist, or has no annotations or several layers to choose from.
    """
    sources = [
        read_annotation_sets([path], format, options, people=False) for path in (gold, predicted)
    ]
    evaluation = evaluate(
        {document.id: document for sets in sources for document in sets.documents}.values(),
        _single_layer(sources[0], layer, gold),
        _single_layer(sources[1], layer, predicted),
        min_overlap=min_overlap,
        resampler=resampler,
    )
    problems = tuple(problem for sets in sources for problem in sets.problems)
    return msgspec.structs.replace(evaluation, left_out=(*problems, *evaluation.left_out))


def _single_layer(sets: AnnotationSets, layer: str, source: Path) -> tuple[Annotation, ...]:
    """The annotations of the one layer of a source, or of the one that was asked for."""
    layers = sets.annotations
    if layer:
        layers = {name: own for name, own in layers.items() if name == annotator_of(layer)}
    if len(layers) != 1:
        available = ", ".join(sets.annotations) or "none"
        number = f"{len(layers)} layers" if layers else "no annotations"
        raise InputError(
            f"{number} to compare", f"use --layer with one of: {available}", str(source)
        )
    # Without categories alone, which say nothing about spans.
    return tuple(it for it in next(iter(layers.values())) if not it.categories_only)


def _missing(
    texts: Mapping[str, Document],
    gold: Mapping[str, Annotation],
    predicted: Mapping[str, Annotation],
) -> Iterable[Problem]:
    for key in dict.fromkeys((*gold, *predicted)):
        sides = (("gold", gold), ("prediction", predicted), ("text", texts))
        lacking = [name for name, documents in sides if key not in documents]
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
    labels = sorted({span.label for sides in documents for side in sides for span in side})
    by_label = {label: [_only(sides, label) for sides in documents] for label in labels}
    return {
        name: SemevalScheme(
            overall=semeval_score(documents, name, min_overlap),
            labels={
                label: semeval_score(own, name, min_overlap) for label, own in by_label.items()
            },
        )
        for name in SCHEMES
    }


def _only(
    sides: tuple[Sequence[Span], Sequence[Span]], label: str
) -> tuple[Sequence[Span], Sequence[Span]]:
    gold, predicted = ([span for span in side if span.label == label] for side in sides)
    return gold, predicted


def semeval_score(
    documents: Iterable[tuple[Sequence[Span], Sequence[Span]]],
    name: SchemeName,
    min_overlap: float = 1.0,
) -> SemevalScore:
    """Counts and scores by one scheme.

    Args:
        documents: gold and predicted spans of each document, in order of position.
        name: the scheme.
        min_overlap: see ``evaluate``.
    """
    total = dict.fromkeys(("correct", "incorrect", "partial", "missed", "spurious"), 0)
    for gold, predicted in documents:
        used = 0
        for verdict in _verdicts(gold, predicted, name, min_overlap):
            total[verdict or "spurious"] += 1
            used += verdict is not None
        total["missed"] += len(gold) - used
    matched = total["correct"] + total["partial"] / 2
    judged = total["correct"] + total["incorrect"] + total["partial"]
    actual, possible = judged + total["spurious"], judged + total["missed"]
    reasons = {"no entity is predicted": actual, "there is no gold entity": possible}
    return SemevalScore(
        **total,
        precision=matched / actual if actual else None,
        recall=matched / possible if possible else None,
        # The harmonic mean of the two, in a form that is defined if only one of them is.
        f1=2 * matched / (actual + possible) if actual + possible else None,
        reason="; ".join(reason for reason, number in reasons.items() if not number),
    )


def _verdicts(
    gold: Sequence[Span], predicted: Sequence[Span], name: SchemeName, min_overlap: float
) -> Iterable[Verdict | None]:
    """The verdict on each prediction; None for a spurious one."""
    exact = {span.key for span in gold} & {span.key for span in predicted}
    for _ in exact:
        yield "correct"
    others = ([span for span in side if span.key not in exact] for side in (gold, predicted))
    for rows, columns in _overlapping_groups(*others):
        verdicts = _best_mapping(rows, columns, name, min_overlap)
        yield from verdicts
        yield from (None for _ in range(len(columns) - len(verdicts)))


def _overlapping_groups(
    gold: Sequence[Span], predicted: Sequence[Span]
) -> Iterable[tuple[list[Span], list[Span]]]:
    """Gold and predicted entities by stretches of text that no entity crosses the end of."""
    group: tuple[list[Span], list[Span]] = ([], [])
    reach = 0
    sides = [(span, side) for side, own in enumerate((gold, predicted)) for span in own]
    for span, side in sorted(sides, key=lambda item: item[0].key):
        if span.start >= reach and any(group):
            yield group
            group = ([], [])
        group[side].append(span)
        reach = max(reach, span.end)
    yield group


def _best_mapping(
    gold: Sequence[Span], predicted: Sequence[Span], name: SchemeName, min_overlap: float
) -> list[Verdict]:
    """The verdicts on the predictions that are paired with a gold entity."""
    # One more correct pair is worth more than all that could be paired otherwise.
    correct = min(len(gold), len(predicted)) + 1
    gains = np.array(
        [
            [
                (correct if _is_correct(entity, span, name) else 1)
                if _overlaps(entity, span, min_overlap)
                else 0
                for span in predicted
            ]
            for entity in gold
        ]
    )
    if correct <= 2:  # at most one pair
        chosen = [gains.max()] if gains.size else []
    else:
        from scipy.optimize import linear_sum_assignment

        chosen = gains[linear_sum_assignment(gains, maximize=True)].tolist()
    other: Verdict = "partial" if name == "partial" else "incorrect"
    return ["correct" if gain == correct else other for gain in chosen if gain]


def _is_correct(gold: Span, span: Span, name: SchemeName) -> bool:
    if name == "type":
        return gold.label == span.label
    if name == "strict":
        return gold.key == span.key
    return (gold.start, gold.end) == (span.start, span.end)


def _overlaps(gold: Span, span: Span, min_overlap: float) -> bool:
    shared = min(gold.end, span.end) - max(gold.start, span.start)
    return shared > 0 and shared / (gold.end - gold.start) * 100 >= min_overlap
