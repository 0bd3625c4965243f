"""Where two versions differ: a table of labels, and what comes up again and again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from curate.agreement.values import ConfusionCell, Disagreement
from curate.annotations.diff import Changes, compare
from curate.model import Annotation, Document, Span

_EXAMPLES = 3


def changes(first: Annotation, second: Annotation) -> Changes:
    """What becomes of the first version's spans in the second; each span is in one pair at most."""
    return compare(first, second)


def confusion(couples: Iterable[Changes]) -> tuple[ConfusionCell, ...]:
    """Labels of the first version against labels of the second, the most frequent cells first.

    Spans are paired as in ``curate.annotations.diff.compare``: the same edges first, then the same
    label with edges that overlap, then any that overlap. What has no partner is paired with the
    empty label.
    """
    total: Counter[tuple[str, str]] = Counter()
    boundary: Counter[tuple[str, str]] = Counter()
    for found in couples:
        for kind, one, two in _pairs(found):
            labels = (one.label if one else "", two.label if two else "")
            total[labels] += 1
            boundary[labels] += kind in ("boundary", "both")
    ordered = sorted(total, key=lambda labels: (-total[labels], labels))
    return tuple(
        ConfusionCell(
            first=labels[0], second=labels[1], count=total[labels], boundary=boundary[labels]
        )
        for labels in ordered
    )


def commonest(
    documents: Mapping[str, Document],
    pairs: Iterable[tuple[str, Changes]],
    limit: int = 20,
) -> tuple[Disagreement, ...]:
    """The disagreements that come up most, with their text.

    Args:
        documents: by id.
        pairs: id of a document, and how two versions of it differ; any number for a document.
        limit: how many to give.
    """
    total: Counter[tuple[str, str, str, str, str]] = Counter()
    where: dict[tuple[str, str, str, str, str], dict[str, None]] = defaultdict(dict)
    for key, found in pairs:
        text = documents[key].text
        for kind, one, two in _pairs(found):
            if kind == "same":
                continue
            what = (kind, *_said(one, text), *_said(two, text))
            total[what] += 1
            if len(where[what]) < _EXAMPLES:
                where[what][key] = None
    ordered = sorted(total, key=lambda what: (-total[what], what))[:limit]
    return tuple(
        Disagreement(
            kind=what[0],
            first=what[1],
            first_label=what[2],
            second=what[3],
            second_label=what[4],
            count=total[what],
            documents=tuple(where[what]),
        )
        for what in ordered
    )


def _pairs(found: Changes) -> Iterator[tuple[str, Span | None, Span | None]]:
    yield from (("same", span, span) for span in found.kept)
    yield from (("label", one, two) for one, two in found.relabelled)
    yield from (("boundary", one, two) for one, two in found.moved)
    yield from (("both", one, two) for one, two in found.replaced)
    yield from (("first only", span, None) for span in found.removed)
    yield from (("second only", None, span) for span in found.added)


def _said(span: Span | None, text: str) -> tuple[str, str]:
    return (text[span.start : span.end], span.label) if span else ("", "")
