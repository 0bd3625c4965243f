"""The two tables that the checks look at: documents and spans. Pure, linear, one pass.

Columns are gathered as lists and become frames at the end; pandas never works on single rows.
Both frames have the row number as index, so a finding leads back to its document and span.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from curate import jsonl
from curate.model import Document, Revision, Span
from curate.offsets import trim

if TYPE_CHECKING:
    import pandas as pd

_WHOLE, _TEXT = "int64", "str"
DOCUMENTS = {
    "document": _TEXT,  # the id it goes by
    "digest": _TEXT,  # the id its text asks for
    "length": _WHOLE,  # of the text, in code points
    "visible": _WHOLE,  # the same without blank edges
    "revision": _WHOLE,
    "schema": _TEXT,
    "confirmed_by": _TEXT,  # missing where nobody confirmed it
    "spans": _WHOLE,
}
SPANS = {
    "document": _TEXT,
    "start": _WHOLE,
    "end": _WHOLE,
    "label": _TEXT,
    "length": _WHOLE,  # of the document's text, in code points
    "surface": "object",  # what the span marks, as far as it lies in the text
    "by": _TEXT,
}


class Frames(NamedTuple):
    """The two tables: a row a document, and a row a span."""

    documents: pd.DataFrame
    spans: pd.DataFrame


def build(pairs: Iterable[tuple[Document, Revision]]) -> Frames:
    """Tables of a corpus; tombstones are passed over.

    Args:
        pairs: documents with the revision to look at, in any order.
    """
    documents: dict[str, list[Any]] = {name: [] for name in DOCUMENTS}
    spans: dict[str, list[Any]] = {name: [] for name in SPANS}
    for document, revision in pairs:
        if not revision.deleted:
            _add_document(documents, document, revision)
            _add_spans(spans, document, revision.spans)
    return Frames(_frame(documents, DOCUMENTS), _frame(spans, SPANS))


def _add_document(columns: dict[str, list[Any]], document: Document, revision: Revision) -> None:
    text = document.text
    start, end = trim(text, 0, len(text))
    row = (
        document.id,
        jsonl.document_id(text),
        len(text),
        end - start,
        revision.number,
        revision.schema,
        revision.confirmed_by or None,
        len(revision.spans),
    )
    for column, value in zip(columns.values(), row, strict=True):
        column.append(value)


def _add_spans(columns: dict[str, list[Any]], document: Document, spans: tuple[Span, ...]) -> None:
    text, many = document.text, len(spans)
    columns["document"] += [document.id] * many
    columns["start"] += [span.start for span in spans]
    columns["end"] += [span.end for span in spans]
    columns["label"] += [span.label for span in spans]
    columns["length"] += [len(text)] * many
    columns["surface"] += [text[max(span.start, 0) : max(span.end, 0)] for span in spans]
    columns["by"] += [span.by for span in spans]


def _frame(columns: dict[str, list[Any]], types: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series(values, dtype=types[name]) for name, values in columns.items()}
    )
