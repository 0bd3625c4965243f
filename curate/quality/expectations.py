"""Expectations that Great Expectations does not have: clean edges, and no overlap.

An expectation over rows asks a metric for one Boolean a row and does the rest (counts, the list
of rows, the page in Data Docs) as the built-in ones do. Declaring the class registers it.

A class needs its base, so this module imports Great Expectations at its top; it is therefore
itself imported only inside a function (``great.load``), after the settings made there.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    MulticolumnMapMetricProvider,
    column_condition_partial,
    multicolumn_condition_partial,
)

from curate.offsets import is_blank


class CleanEdges(ColumnMapMetricProvider):  # type: ignore[misc]
    """For each text: whether neither its first nor its last code point is blank."""

    condition_metric_name = "column_values.clean_edges"

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: pd.Series[str], **_: Any) -> pd.Series[bool]:
        blank = {char for char in _edges(column) if is_blank(char)}
        clean = [not text or not (text[0] in blank or text[-1] in blank) for text in column]
        return pd.Series(clean, index=column.index, dtype=bool)


class SpansApart(MulticolumnMapMetricProvider):  # type: ignore[misc]
    """For each span: whether no span before it, in order of position, reaches into it."""

    condition_metric_name = "multicolumn_values.spans_apart"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:
        return apart(column_list)


class ExpectColumnValuesToHaveCleanEdges(ColumnMapExpectation):  # type: ignore[misc]
    """Expect that no value begins or ends with a blank or invisible character.

    A regular expression does not do: what counts as blank is a Unicode category (``is_blank``).
    """

    map_metric: ClassVar[str] = "column_values.clean_edges"


class ExpectSpansToNotOverlap(MulticolumnMapExpectation):  # type: ignore[misc]
    """Expect that the spans of one document share no character.

    Args:
        column_list: the columns of document, start, end and label, in this order.
    """

    map_metric: ClassVar[str] = "multicolumn_values.spans_apart"


def apart(spans: pd.DataFrame) -> pd.Series[bool]:
    """For each span, whether none before it (by start, then the longer first) reaches into it.

    Empty and reversed spans overlap nothing, and a repeated span counts once: other checks say so.

    Args:
        spans: columns document, start, end, label; any index.
    """
    document, start, end, _ = spans.columns
    held = spans[spans[start] < spans[end]].drop_duplicates()
    held = held.sort_values([document, start, end], ascending=[True, True, False], kind="stable")
    reach = held.groupby(document, sort=False)[end].cummax()
    before = reach.groupby(held[document], sort=False).shift(1)
    overlapping = held.index[(before > held[start]).to_numpy()]
    return pd.Series(~spans.index.isin(overlapping), index=spans.index, dtype=bool)


def _edges(column: pd.Series[str]) -> set[str]:
    return {text[0] for text in column if text} | {text[-1] for text in column if text}
