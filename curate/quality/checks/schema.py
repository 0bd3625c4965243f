"""Checks of the label schema: its guidelines, its colours, and how often its labels occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask


@check(
    "schema.guideline",
    table="schema",
    severity="info",
    message="the {kind} {name} has neither rules nor examples",
    hint="add rules or examples in the schema",
    needs=("schema",),
)
def guideline(schema_entries: pd.DataFrame) -> Mask:
    """A label without rules and examples leaves annotators to guess."""
    return ~schema_entries["guided"]


@check(
    "schema.colour",
    table="schema",
    severity="info",
    message="the {kind} {name} has the same colour as another: {colour}",
    hint="give it a colour of its own in the schema",
    needs=("schema",),
)
def colour(schema_entries: pd.DataFrame) -> Mask:
    """Annotators confuse labels that have the same colour."""
    return schema_entries["alike"]


@check(
    "schema.unused",
    table="schema",
    severity="info",
    message="the {kind} {name} does not occur",
    hint="find out whether it is overlooked, or remove it from the schema",
    needs=("schema", "size"),
)
def unused(schema_entries: pd.DataFrame) -> Mask:
    """A label that never occurs cannot be learned; it is overlooked or not needed."""
    return schema_entries["uses"] == 0


@check(
    "schema.support",
    table="schema",
    severity="warning",
    message="the {kind} {name} occurs {uses} times, fewer than {limit}",
    hint="annotate more documents that have it, or merge it with another label",
    limit=30,
    bound="occurrences that a label should have if it occurs at all",
    needs=("schema", "size"),
)
def support(schema_entries: pd.DataFrame, limit: float) -> Mask:
    """A label with few examples can be neither learned nor evaluated well."""
    return (schema_entries["uses"] > 0) & (schema_entries["uses"] < limit)
