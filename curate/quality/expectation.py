"""What Great Expectations needs as classes: one metric, one expectation and one view of a page.

A class needs its base, so this module imports Great Expectations at its top; it is therefore
imported only inside functions (``gx.load``), after the settings that are made there. Declaring a
metric or an expectation registers it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render.view import DefaultJinjaPageView

if TYPE_CHECKING:
    from curate.quality.registry import TableMask

masks: ContextVar[Mapping[str, TableMask]] = ContextVar("masks")
"""The masks of the checks that are being run, by code.

The arguments of a metric must be JSON, so they cannot hold a function or a schema.
"""
_SAMPLE = 20  # failed rows that a page shows
_SHOWN = ("document", "start", "end", "label", "layer", "kind", "name")  # columns of theirs


class FailedRows(TableMetricProvider):  # type: ignore[misc]
    """The rows that fail a check.

    Each mask is computed once on whole columns. The metrics of the built-in expectations copy the
    table several times, which is too slow for a million spans and forty checks.
    """

    metric_name = "table.curate_failed_rows"
    value_keys = ("check",)

    @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, Any]:
        table, _, _ = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        mask = masks.get()[metric_value_kwargs["check"]](table)
        rows = np.flatnonzero(np.asarray(mask, dtype=bool))
        shown = table.iloc[rows[:_SAMPLE]][[name for name in _SHOWN if name in table.columns]]
        sample = [
            html.escape(" ".join(map(str, row))) for row in shown.itertuples(index=False, name=None)
        ]
        return {"rows": rows.tolist(), "total": len(table), "sample": sample}


class ExpectRowsToPassCheck(BatchExpectation):  # type: ignore[misc]
    """Expect that no row of the table fails a check of curate.

    Args:
        check: code of the check.
        limit: the number that values are compared with, if any.
    """

    check: str
    limit: float | None = None
    metric_dependencies: ClassVar[tuple[str, ...]] = (FailedRows.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("check", "limit")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        failed = metrics[FailedRows.metric_name]
        rows, total = failed["rows"], failed["total"]
        result = {
            "element_count": total,
            "unexpected_count": len(rows),
            "unexpected_percent": 100 * len(rows) / total if total else 0.0,
            "partial_unexpected_list": failed["sample"],
            "unexpected_index_list": rows,
        }
        return {"success": not rows, "result": result}


class OfflinePageView(DefaultJinjaPageView):  # type: ignore[misc]
    """A view whose page template loads nothing over the network.

    ``gx.write_docs`` sets the folder of the template.
    """

    _template = "data_docs_page.j2"
