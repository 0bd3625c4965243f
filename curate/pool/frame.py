"""The one function of a pool: rows with texts in, the same rows with spans out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from curate.model import Annotation, Document, Problem
from curate.util import jsonl

if TYPE_CHECKING:
    import pandas as pd

Annotate = Callable[
    [Iterable[Document]], Iterator[tuple[Document, Annotation, tuple[Problem, ...]]]
]
"""Gives the proposal of each document, in order."""

COLUMNS = ("id", "text", "lang", "meta", "spans", "score", "problem")
"""What a written partition has.

``id`` is the document's, made from its normalised text; ``meta`` and ``spans`` are JSON; ``score``
is the mean confidence of the spans (1 where there is none), the lower the more worth a look;
``problem`` says why a row has no text or no spans, and is empty otherwise.
"""

_OWN = ("text", "lang", "problem")


def annotate(frame: pd.DataFrame, proposals: Annotate, make: Make) -> pd.DataFrame:
    """Annotate the rows of a frame; every row comes out, in order.

    Args:
        frame: has a column ``text``; ``lang`` if there is one; every other one becomes metadata.
        proposals: annotates documents.
        make: a document of a text, its metadata and language, or the problem in its way.
    """
    import pandas as pd

    given = frame.to_dict("records")
    items = [_item(row, make) for row in given]
    documents = [item for item in items if isinstance(item, Document)]
    found = list(proposals(documents))
    rows: list[dict[str, Any]] = []
    at = 0
    for row, item in zip(given, items, strict=True):
        if isinstance(item, Document):
            rows.append(_row(*found[at]))
            at += 1
        else:
            rows.append(_refused(row, item))
    return pd.DataFrame(rows, columns=list(COLUMNS))


Make = Callable[[str, dict[str, str], str], Document | Problem]


def _item(row: Mapping[Any, Any], make: Make) -> Document | Problem:
    text = row.get("text")
    if _is_nothing(text) and isinstance(row.get("problem"), str):
        return Problem(code="pool.row", message=row["problem"])
    if not isinstance(text, str):
        return Problem(code="pool.row", message="the column text is missing or is no string")
    meta = {k: _plain(v) for k, v in row.items() if k not in _OWN and not _is_nothing(v)}
    lang = row.get("lang")
    return make(text, meta, lang if isinstance(lang, str) else "")


def _row(document: Document, proposal: Annotation, problems: tuple[Problem, ...]) -> dict[str, Any]:
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


def _refused(row: Mapping[Any, Any], problem: Problem) -> dict[str, Any]:
    """A row that is no document, as it came: nothing vanishes."""
    text = row.get("text")
    meta = {k: _plain(v) for k, v in row.items() if k not in _OWN and not _is_nothing(v)}
    return {
        **dict.fromkeys(COLUMNS, ""),
        "text": text if isinstance(text, str) else "",
        "meta": jsonl.canonical(meta).decode("utf-8"),
        "spans": "[]",
        "score": 1.0,
        "problem": problem.message,
    }


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)
