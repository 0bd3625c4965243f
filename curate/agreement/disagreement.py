"""Where two versions differ: the confusion table, and the most common disagreements.

Spans are paired as in ``curate.annotations.diff.compare``: the same boundaries first, then the same
label with boundaries that overlap, then any that overlap. Each span is in one pair at most.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from curate.agreement.values import ConfusionCell, Disagreement
from curate.annotations.diff import Changes
from curate.model import Document, Span

_EXAMPLES = 3  # documents that are named for each disagreement


def confusion(documents: Iterable[Changes]) -> tuple[ConfusionCell, ...]:
    """Labels of the first version against labels of the second, the most frequent cells first.

    Args:
        documents: how the two versions of each document differ. A span without a partner counts
            against the empty label.
    """
    counts: Counter[tuple[str, str]] = Counter()
    other_boundaries: Counter[tuple[str, str]] = Counter()
    for changes in documents:
        for kind, first, second in _pairs(changes):
            labels = (first.label if first else "", second.label if second else "")
            counts[labels] += 1
            other_boundaries[labels] += kind in ("boundary", "both")
    ordered = sorted(counts, key=lambda labels: (-counts[labels], labels))
    return tuple(
        ConfusionCell(
            first=labels[0],
            second=labels[1],
            count=counts[labels],
            boundary=other_boundaries[labels],
        )
        for labels in ordered
    )


def commonest(
    documents: Mapping[str, Document],
    differences: Iterable[tuple[str, Changes]],
    limit: int = 20,
) -> tuple[Disagreement, ...]:
    """The most common disagreements, with their text.

    Args:
        documents: by id.
        differences: id of a document, and how two versions of it differ; any number per document.
        limit: how many to return.
    """
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    examples: dict[tuple[str, str, str, str, str], dict[str, None]] = defaultdict(dict)
    for document, changes in differences:
        text = documents[document].text
        for kind, first, second in _pairs(changes):
            if kind == "same":
                continue
            key = (kind, *_surface_and_label(first, text), *_surface_and_label(second, text))
            counts[key] += 1
            if len(examples[key]) < _EXAMPLES:
                examples[key][document] = None
    ordered = sorted(counts, key=lambda key: (-counts[key], key))[:limit]
    return tuple(
        Disagreement(
            kind=key[0],
            first=key[1],
            first_label=key[2],
            second=key[3],
            second_label=key[4],
            count=counts[key],
            documents=tuple(examples[key]),
        )
        for key in ordered
    )


def _pairs(changes: Changes) -> Iterator[tuple[str, Span | None, Span | None]]:
    yield from (("same", span, span) for span in changes.kept)
    yield from (("label", first, second) for first, second in changes.relabelled)
    yield from (("boundary", first, second) for first, second in changes.moved)
    yield from (("both", first, second) for first, second in changes.replaced)
    yield from (("first only", span, None) for span in changes.removed)
    yield from (("second only", None, span) for span in changes.added)


def _surface_and_label(span: Span | None, text: str) -> tuple[str, str]:
    return (text[span.start : span.end], span.label) if span else ("", "")
