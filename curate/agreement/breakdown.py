"""A prediction held against gold part by part, and two predictions against each other.

Parts show where a model is weak: by the source of a document, by its length, by the length of a
span, and in which documents it errs most. Two predictions of the same documents are compared by the
paired bootstrap over documents (Koehn 2004, "Statistical Significance Tests for Machine
Translation Evaluation", section 4; Berg-Kirkpatrick, Burkett and Klein 2012, "An Empirical
Investigation of Statistical Significance in NLP"): both are scored on the same resamples, so that
a document which is hard for both moves neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.spans import Counts, counts, f1, pooled, strict
from curate.agreement.values import Estimate, Score, score
from curate.model import Annotation, Document, Record, Span

_LONG = 4  # words from which spans count together
_THIRDS = ("short", "middle", "long")


class SubsetScore(Record, frozen=True, kw_only=True):
    """A part of the documents, or of the spans, and how well it is predicted; ``first`` is gold."""

    documents: int
    score: Score


class WorstDocument(Record, frozen=True, kw_only=True):
    """A document in which a prediction errs much.

    Args:
        document: its id.
        title: of the article.
        errors: spans that are missed, and spans that are too many.
        score: of the document.
    """

    document: str
    title: str
    errors: int
    score: Score


class Breakdown(Record, frozen=True, kw_only=True):
    """A prediction part by part.

    Args:
        sources: by the documents' source.
        lengths: by the documents' length, in thirds of the documents; words are told in the name.
        words: by the number of words of the span.
        worst: the documents with the most errors.
    """

    sources: dict[str, SubsetScore]
    lengths: dict[str, SubsetScore]
    words: dict[str, SubsetScore]
    worst: tuple[WorstDocument, ...]


class PairedComparison(Record, frozen=True, kw_only=True):
    """Two predictions of the same documents.

    Args:
        documents: how many.
        before: score of the one.
        after: score of the other.
        difference: F1 of the other less that of the one, with its paired interval.
        labels: F1 of both, by label.
    """

    documents: int
    before: Score
    after: Score
    difference: Estimate
    labels: dict[str, tuple[float | None, float | None]]


def breakdown(
    documents: Iterable[Document],
    gold: Mapping[str, Annotation],
    predicted: Mapping[str, Annotation],
    resampler: Resampler,
    limit: int = 10,
) -> Breakdown:
    """Hold a prediction against gold part by part.

    Args:
        documents: those that count; they have gold and a prediction.
        gold: by document.
        predicted: by document.
        resampler: makes the intervals.
        limit: how many of the worst documents to name.
    """
    texts = {document.id: document for document in documents}
    found = {key: counts(gold[key], predicted[key], strict) for key in texts}
    return Breakdown(
        sources=_parts(found, {k: d.meta.get("source") or "unknown" for k, d in texts.items()}),
        lengths=_parts(found, _thirds(texts)),
        words=_words(texts, gold, predicted, resampler),
        worst=tuple(_worst(texts, found, limit)),
    )


def compare_predictions(
    gold: Mapping[str, Annotation],
    before: Mapping[str, Annotation],
    after: Mapping[str, Annotation],
    resampler: Resampler,
) -> PairedComparison:
    """Compare two predictions of all documents that have gold."""
    both = [{k: counts(gold[k], side[k], strict) for k in gold} for side in (before, after)]
    rows = [np.array([pooled([side[key]]) for key in gold], dtype=float) for side in both]
    figures = np.concatenate([side.reshape(-1, 3) for side in rows], axis=1)
    labels = sorted({label for side in both for found in side.values() for label in found})
    by_label = {name: [_of_label(side.values(), name).f1 for side in both] for name in labels}
    reason = "there is neither a gold entity nor a predicted one"
    scores = [
        score(*pooled(side.values()), resampler.value(row.reshape(-1, 3), f1, reason))
        for side, row in zip(both, rows, strict=True)
    ]
    return PairedComparison(
        documents=len(gold),
        before=scores[0],
        after=scores[1],
        difference=resampler.value(figures, _gained, reason),
        labels={name: (one, two) for name, (one, two) in by_label.items()},
    )


def _gained(sums: Figures) -> Figures:
    return np.asarray(f1(sums[..., 3:]) - f1(sums[..., :3]))


def _of_label(found: Iterable[Counts], label: str) -> Score:
    return score(*pooled([{label: each.get(label, (0, 0, 0))} for each in found]))


def _parts(found: Mapping[str, Counts], of: Mapping[str, str]) -> dict[str, SubsetScore]:
    return {
        name: SubsetScore(documents=len(own), score=score(*pooled(own)))
        for name in dict.fromkeys(sorted(of.values()))
        if (own := [found[key] for key in found if of[key] == name])
    }


def _thirds(texts: Mapping[str, Document]) -> dict[str, str]:
    sizes = {key: len(document.text.split()) for key, document in texts.items()}
    ordered = sorted(sizes, key=lambda key: (sizes[key], key))
    cuts = [len(ordered) * third // 3 for third in range(4)]
    named: dict[str, str] = {}
    for number, name in enumerate(_THIRDS):
        own = ordered[cuts[number] : cuts[number + 1]]
        if own:
            told = f"{number + 1} {name}: {sizes[own[0]]:,} to {sizes[own[-1]]:,} words"
            named |= dict.fromkeys(own, told)
    return named


def _words(
    texts: Mapping[str, Document],
    gold: Mapping[str, Annotation],
    predicted: Mapping[str, Annotation],
    resampler: Resampler,
) -> dict[str, SubsetScore]:
    """A span that is right has as many words on both sides, so that each size is by itself."""
    parts = {}
    for size in range(1, _LONG + 1):
        rows = []
        for key, document in texts.items():
            sides = (_sized(side[key].spans, document.text, size) for side in (gold, predicted))
            mine, theirs = ({span.key for span in side} for side in sides)
            rows.append((len(mine & theirs), len(mine), len(theirs)))
        figures = np.array(rows, dtype=float).reshape(-1, 3)
        matched, first, second = (int(number) for number in figures.sum(axis=0))
        used = sum(row[1] + row[2] > 0 for row in rows)
        if used:
            name = f"{size} or more" if size == _LONG else str(size)
            interval = resampler.value(figures, f1, "no span of this size")
            parts[name] = SubsetScore(documents=used, score=score(matched, first, second, interval))
    return parts


def _sized(spans: Iterable[Span], text: str, size: int) -> list[Span]:
    return [span for span in spans if min(len(text[span.start : span.end].split()), _LONG) == size]


def _worst(
    texts: Mapping[str, Document], found: Mapping[str, Counts], limit: int
) -> Iterable[WorstDocument]:
    totals = {key: pooled([each]) for key, each in found.items()}
    errors = {key: first + second - 2 * same for key, (same, first, second) in totals.items()}
    for key in sorted(errors, key=lambda key: (-errors[key], key))[:limit]:
        if errors[key]:
            title = texts[key].meta.get("title", "")
            yield WorstDocument(
                document=key, title=title, errors=errors[key], score=score(*totals[key])
            )
