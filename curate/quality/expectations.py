"""Expectations that Great Expectations does not have.

Each is a class with a metric of its own: one look at whole columns gives the numbers of the rows
that miss it. (The metrics of the built-in expectations over rows copy the table several times,
which is right for any table and too slow for a million spans and forty checks.) Declaring a class
registers it.

A class needs its base, so this module imports Great Expectations at its top; it is therefore
itself imported only inside a function (``great.load``), after the settings made there.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from numpy.typing import NDArray

from curate.quality import code_points, measures

_SAMPLE = 20  # rows that Data Docs show
_PLACE = ("document", "start", "end", "label")


class Looked(TableMetricProvider):  # type: ignore[misc]
    """Base of metrics that are found by one look at the table; a subclass looks."""

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
        return cls.look(table, **metric_value_kwargs)

    @classmethod
    @abstractmethod
    def look(cls, table: pd.DataFrame, **arguments: Any) -> dict[str, Any]:
        """What is found, by name."""


class RowsMissing(Looked):
    """Base of metrics: which rows miss an expectation; a subclass says so in ``rows``."""

    @classmethod
    def look(cls, table: pd.DataFrame, **arguments: Any) -> dict[str, Any]:
        """The numbers of the rows, how many rows there are, and where the first ones stand."""
        (found,) = np.nonzero(cls.rows(table, **arguments))
        shown = table.iloc[found[:_SAMPLE]][[name for name in _PLACE if name in table.columns]]
        sample = [" ".join(map(str, row)) for row in shown.itertuples(index=False, name=None)]
        return {"rows": found.tolist(), "total": len(table), "sample": sample}

    @classmethod
    @abstractmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        """For each row, whether it misses the expectation."""


class RowsExpectation(BatchExpectation):  # type: ignore[misc]
    """Base of expectations over rows: the result has the numbers of those that miss it."""

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = metrics[self.metric_dependencies[0]]
        rows, total = found["rows"], found["total"]
        result = {
            "element_count": total,
            "unexpected_count": len(rows),
            "unexpected_percent": 100 * len(rows) / total if total else 0.0,
            "partial_unexpected_list": found["sample"],
            "unexpected_index_list": rows,
        }
        return {"success": not rows, "result": result}


class _True(RowsMissing):
    metric_name = "table.curate_true"
    value_keys = ("column",)

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        found: NDArray[Any] = table[arguments["column"]].to_numpy(dtype=bool)
        return found


class ExpectColumnToBeFalse(RowsExpectation):
    """Expect that a column of Booleans is false in every row.

    Args:
        column: its name.
    """

    column: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (_True.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("column",)


class _Outside(RowsMissing):
    metric_name = "table.curate_outside"

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        before, behind = table["start"] < 0, table["end"] > table["length"]
        return (before | behind).to_numpy()


class ExpectSpansToLieInTheText(RowsExpectation):
    """Expect that no span begins before its text or ends behind it.

    The built-in ExpectColumnValuesToBeBetween calls a Python function for each row: a tenth of
    the time that all checks together take.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (_Outside.metric_name,)


class _BlankEdges(RowsMissing):
    metric_name = "table.curate_blank_edges"

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        found: NDArray[Any] = code_points.blank(table["first"].to_numpy())
        found |= code_points.blank(table["last"].to_numpy())
        return found


class ExpectSpansToHaveVisibleEdges(RowsExpectation):
    """Expect that no span begins or ends with a blank or invisible character.

    A regular expression does not do: what counts as blank is a Unicode category (``is_blank``).
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (_BlankEdges.metric_name,)


class _CutWords(RowsMissing):
    metric_name = "table.curate_cut_words"

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        found = np.zeros(len(table), dtype=bool)
        for outside, inside in (("before", "first"), ("after", "last")):
            out, into = table[outside].to_numpy(), table[inside].to_numpy()
            cut = code_points.word(out) & code_points.word(into)
            found |= cut & ~code_points.spaceless(out) & ~code_points.spaceless(into)
        return found


class ExpectSpansToFitWords(RowsExpectation):
    """Expect that no edge of a span falls inside a word.

    A word is what ``chars.is_word`` joins; between characters of a script that writes no blanks
    every edge fits.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (_CutWords.metric_name,)


class _Unusual(RowsMissing):
    metric_name = "table.curate_unusual"
    value_keys = ("column", "by", "limit", "least")

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        by = arguments["by"]
        groups = table[by].cat.codes.to_numpy() if by else np.zeros(len(table), dtype=np.int8)
        values = table[arguments["column"]].to_numpy()
        return measures.unusual(values, groups, arguments["limit"], arguments["least"])


class ExpectLengthsToBeUsual(RowsExpectation):
    """Expect that no length lies far from the middle of its group (``measures.unusual``).

    Args:
        column: of the lengths.
        by: column of the groups, a categorical; empty for one group.
        limit: the highest modified z-score.
        least: size from which a group is judged.
    """

    column: str
    by: str = ""
    limit: float
    least: int
    metric_dependencies: ClassVar[tuple[str, ...]] = (_Unusual.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "by", "limit", "least")


class _Strangers(RowsMissing):
    metric_name = "table.curate_strangers"
    value_keys = ("share", "least")

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        surface, label = table["surface"].to_numpy(), table["kind"].to_numpy()
        found = np.zeros(len(table), dtype=bool)
        for side in ("left", "right"):
            context = table[side].to_numpy()
            found |= measures.strangers(surface, context, label, **arguments)
        return found


class ExpectLikeContextsToShareALabel(RowsExpectation):
    """Expect that the same text beside the same word has one label nearly everywhere.

    Args:
        share: the part of its like that the commonest label must have for another to be a finding.
        least: how often it must occur.
    """

    share: float
    least: int
    metric_dependencies: ClassVar[tuple[str, ...]] = (_Strangers.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("share", "least")


class _Misjoined(RowsMissing):
    metric_name = "table.curate_misjoined"
    value_keys = ("allowed",)

    @classmethod
    def rows(cls, table: pd.DataFrame, **arguments: Any) -> NDArray[Any]:
        found = np.zeros(len(table), dtype=bool)
        for label, ends in arguments["allowed"].items():
            here = (table["label"] == label).to_numpy()
            for column, labels in zip(("head_label", "tail_label"), ends, strict=True):
                if labels:
                    found |= here & ~table[column].isin(labels).to_numpy()
        return found


class ExpectRelationsToJoinAllowedLabels(RowsExpectation):
    """Expect that relations come from and go to labels that their type may join.

    Args:
        allowed: for each type, the labels it may come from and go to; an empty list allows all.
    """

    allowed: dict[str, list[list[str]]]
    metric_dependencies: ClassVar[tuple[str, ...]] = (_Misjoined.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("allowed",)


class _Divergence(Looked):
    metric_name = "table.curate_divergence"
    value_keys = ("kind",)

    @classmethod
    def look(cls, table: pd.DataFrame, **arguments: Any) -> dict[str, Any]:
        part = table[table["kind"] == arguments["kind"]]
        now, before = part["now"].to_numpy(), part["before"].to_numpy()
        fewest = int(min(now.sum(), before.sum())) if len(part) else 0
        bits = measures.divergence(now, before) if fewest else 0.0
        return {"bits": bits, "fewest": fewest}


class ExpectDistributionToStay(BatchExpectation):  # type: ignore[misc]
    """Expect that what is counted now is distributed as it was (``measures.divergence``).

    The built-in ExpectColumnKlDivergenceToBeLessThan is infinite where a label is new or gone.

    Args:
        kind: which counts of the table.
        limit: the highest divergence, in bits.
        least: where either side has counted less, nothing is judged.
    """

    kind: str
    limit: float
    least: int
    metric_dependencies: ClassVar[tuple[str, ...]] = (_Divergence.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("kind", "limit", "least")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = metrics[_Divergence.metric_name]
        kept = found["fewest"] < self.least or found["bits"] <= self.limit
        return {"success": kept, "result": {"observed_value": found["bits"]}}
