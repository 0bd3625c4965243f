"""A prediction compared with gold subset by subset, and two predictions with each other.

The subsets show where a model is weak: by the source of a document, by its length, by the length of
a span; and the documents with the most errors. Two predictions of the same documents are compared
by the paired bootstrap over documents (Koehn 2004, "Statistical Significance Tests for Machine
Translation Evaluation", section 4; Berg-Kirkpatrick, Burkett and Klein 2012, "An Empirical
Investigation of Statistical Significance in NLP"): both are scored on the same resamples, so that
a document which is hard for both does not affect the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.spans import Counts, counts, f1, pooled, strict
from curate.agreement.values import Estimate, Score, score
from curate.model import Annotation, Document, Record, Span

_LONG = 4  # spans of this many words or more form one subset
_THIRDS = ("short", "middle", "long")


class SubsetScore(Record, frozen=True, kw_only=True):
    """The score of a prediction on some documents or spans; ``first`` is gold."""

    documents: int
    score: Score


class WorstDocument(Record, frozen=True, kw_only=True):
    """A document with many errors.

    Args:
        document: its id.
        title: of the article.
        errors: number of missed and of spurious spans.
        score: of the document.
    """

    document: str
    title: str
    errors: int
    score: Score


class Breakdown(Record, frozen=True, kw_only=True):
    """A prediction subset by subset.

    Args:
        sources: by the documents' source.
        lengths: by the documents' length, in thirds; the names give the range in words.
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
        documents: number of documents.
        before: score of the first prediction.
        after: score of the second.
        difference: F1 after minus F1 before, with its paired interval.
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
    """Compare a prediction with gold, subset by subset.

    Args:
        documents: the documents that count; they have gold and a prediction.
        gold: by document.
        predicted: by document.
        resampler: computes the intervals.
        limit: how many of the worst documents to list.
    """
    texts = {document.id: document for document in documents}
    by_document = {key: counts(gold[key], predicted[key], strict) for key in texts}
    sources = {key: text.meta.get("source") or "unknown" for key, text in texts.items()}
    return Breakdown(
        sources=_subsets(by_document, sources),
        lengths=_subsets(by_document, _thirds(texts)),
        words=_by_words(texts, gold, predicted, resampler),
        worst=tuple(_worst(texts, by_document, limit)),
    )


def compare_predictions(
    gold: Mapping[str, Annotation],
    before: Mapping[str, Annotation],
    after: Mapping[str, Annotation],
    resampler: Resampler,
) -> PairedComparison:
    """Compare two predictions of all documents that have gold.

    Args:
        gold: by document.
        before: the first prediction, by document.
        after: the second.
        resampler: computes the intervals.
    """
    both = [{k: counts(gold[k], side[k], strict) for k in gold} for side in (before, after)]
    rows = [np.array([pooled([side[key]]) for key in gold], dtype=float) for side in both]
    figures = np.concatenate([side.reshape(-1, 3) for side in rows], axis=1)
    labels = sorted({label for side in both for document in side.values() for label in document})
    by_label = {name: [_f1_of_label(side.values(), name) for side in both] for name in labels}
    reason = "there is neither a gold entity nor a predicted one"
    scores = [
        score(*pooled(side.values()), resampler.value(row.reshape(-1, 3), f1, reason))
        for side, row in zip(both, rows, strict=True)
    ]
    return PairedComparison(
        documents=len(gold),
        before=scores[0],
        after=scores[1],
        difference=resampler.value(figures, _gain, reason),
        labels={name: (first, second) for name, (first, second) in by_label.items()},
    )


def _gain(sums: Figures) -> Figures:
    """F1 of the last three columns minus F1 of the first three."""
    return np.asarray(f1(sums[..., 3:]) - f1(sums[..., :3]))


def _f1_of_label(documents: Iterable[Counts], label: str) -> float | None:
    return score(*pooled([{label: counts.get(label, (0, 0, 0))} for counts in documents])).f1


def _subsets(
    by_document: Mapping[str, Counts], subset_of: Mapping[str, str]
) -> dict[str, SubsetScore]:
    """Scores of the documents of each subset, by its name."""
    return {
        name: SubsetScore(documents=len(own), score=score(*pooled(own)))
        for name in dict.fromkeys(sorted(subset_of.values()))
        if (own := [by_document[key] for key in by_document if subset_of[key] == name])
    }


def _thirds(texts: Mapping[str, Document]) -> dict[str, str]:
    """For each document, the third that it is in by its length in words."""
    sizes = {key: len(document.text.split()) for key, document in texts.items()}
    ordered = sorted(sizes, key=lambda key: (sizes[key], key))
    cuts = [len(ordered) * third // 3 for third in range(4)]
    third_of: dict[str, str] = {}
    for number, name in enumerate(_THIRDS):
        own = ordered[cuts[number] : cuts[number + 1]]
        if own:
            title = f"{number + 1} {name}: {sizes[own[0]]:,} to {sizes[own[-1]]:,} words"
            third_of |= dict.fromkeys(own, title)
    return third_of


def _by_words(
    texts: Mapping[str, Document],
    gold: Mapping[str, Annotation],
    predicted: Mapping[str, Annotation],
    resampler: Resampler,
) -> dict[str, SubsetScore]:
    """Scores by the number of words of the spans.

    A matched span has the same number of words on both sides, so each number can be scored alone.
    """
    subsets = {}
    for size in range(1, _LONG + 1):
        rows = []
        for key, document in texts.items():
            first, second = (
                {span.key for span in _of_size(side[key].spans, document.text, size)}
                for side in (gold, predicted)
            )
            rows.append((len(first & second), len(first), len(second)))
        figures = np.array(rows, dtype=float).reshape(-1, 3)
        matched, in_gold, in_predicted = (int(number) for number in figures.sum(axis=0))
        documents = sum(row[1] + row[2] > 0 for row in rows)
        if documents:
            name = f"{size} or more" if size == _LONG else str(size)
            interval = resampler.value(figures, f1, "no span of this size")
            subsets[name] = SubsetScore(
                documents=documents, score=score(matched, in_gold, in_predicted, interval)
            )
    return subsets


def _of_size(spans: Iterable[Span], text: str, size: int) -> list[Span]:
    return [span for span in spans if min(len(text[span.start : span.end].split()), _LONG) == size]


def _worst(
    texts: Mapping[str, Document], by_document: Mapping[str, Counts], limit: int
) -> Iterable[WorstDocument]:
    totals = {key: pooled([counts]) for key, counts in by_document.items()}
    errors = {key: first + second - 2 * matched for key, (matched, first, second) in totals.items()}
    for key in sorted(errors, key=lambda key: (-errors[key], key))[:limit]:
        if errors[key]:
            title = texts[key].meta.get("title", "")
            yield WorstDocument(
                document=key, title=title, errors=errors[key], score=score(*totals[key])
            )
