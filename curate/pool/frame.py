"""Annotating the rows of a partition: a data frame of texts in, the same rows with spans out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from curate.model import Annotation, Document, Problem
from curate.util import jsonl

if TYPE_CHECKING:
    import pandas as pd

Propose = Callable[[Iterable[Document]], Iterator[tuple[Document, Annotation, tuple[Problem, ...]]]]
"""Yields the proposal of each document, in order."""

DocumentFactory = Callable[[str, dict[str, str], str], Document | Problem]
"""Makes a document from a text, its metadata and language, or returns why it cannot."""

COLUMNS = ("id", "text", "lang", "meta", "spans", "score", "problem")
"""The columns of a written partition.

``id`` is computed from the normalised text; ``meta`` and ``spans`` are JSON; ``score`` is the mean
confidence of the spans (1 without spans): the lower it is, the more a look is worth; ``problem``
says why a row has no text or no spans, and is empty otherwise.
"""

_OWN = ("text", "lang", "problem")


def annotate_frame(frame: pd.DataFrame, propose: Propose, make: DocumentFactory) -> pd.DataFrame:
    """Annotate the rows of a frame; every row comes out, in order.

    Args:
        frame: has a column ``text`` and perhaps ``lang``; all other columns become metadata.
        propose: annotates documents.
        make: makes documents.
    """
    import pandas as pd

    rows = frame.to_dict("records")
    items = [_document(row, make) for row in rows]
    proposals = propose([item for item in items if isinstance(item, Document)])
    annotated = [
        _annotated_row(*next(proposals)) if isinstance(item, Document) else _refused_row(row, item)
        for row, item in zip(rows, items, strict=True)
    ]
    return pd.DataFrame(annotated, columns=list(COLUMNS))


def _document(row: Mapping[Any, Any], make: DocumentFactory) -> Document | Problem:
    text = row.get("text")
    if _is_missing(text) and isinstance(row.get("problem"), str):
        return Problem(code="pool.row", message=row["problem"])
    if not isinstance(text, str):
        return Problem(code="pool.row", message="the column text is missing or not a string")
    lang = row.get("lang")
    return make(text, _meta(row), lang if isinstance(lang, str) else "")


def _annotated_row(
    document: Document, proposal: Annotation, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    scores = [span.score for span in proposal.spans if span.score is not None]
    return {
        "id": document.id,
        "text": document.text,
        "lang": document.lang,
        "meta": jsonl.canonical(document.meta).decode("utf-8"),
        "spans": jsonl.canonical(proposal.spans).decode("utf-8"),
        "score": sum(scores) / len(scores) if scores else 1.0,
        "problem": "; ".join(problem.message for problem in problems),
    }


def _refused_row(row: Mapping[Any, Any], problem: Problem) -> dict[str, Any]:
    """A row that is not a document, as it came, with the reason."""
    text = row.get("text")
    return {
        **dict.fromkeys(COLUMNS, ""),
        "text": text if isinstance(text, str) else "",
        "meta": jsonl.canonical(_meta(row)).decode("utf-8"),
        "spans": "[]",
        "score": 1.0,
        "problem": problem.message,
    }


def _meta(row: Mapping[Any, Any]) -> dict[str, str]:
    return {
        column: value if isinstance(value, str) else str(value)
        for column, value in row.items()
        if column not in _OWN and not _is_missing(value)
    }


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)
