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
    message="the {kind} {name} has neither a rule nor an example",
    hint="add rules or examples in the schema",
    needs=("schema",),
)
def guideline(schema_entries: pd.DataFrame) -> Mask:
    """People agree on what is written down; a label without rule or example is a guess."""
    return ~schema_entries["guided"]


@check(
    "schema.colour",
    table="schema",
    severity="info",
    message="the {kind} {name} has the colour {colour} of another one",
    hint="give it a colour of its own in the schema",
    needs=("schema",),
)
def colour(schema_entries: pd.DataFrame) -> Mask:
    """Two things of one colour are taken for one another on the page."""
    return schema_entries["alike"]


@check(
    "schema.unused",
    table="schema",
    severity="info",
    message="the {kind} {name} does not occur",
    hint="look for what it is for, or take it out of the schema",
    needs=("schema", "size"),
)
def unused(schema_entries: pd.DataFrame) -> Mask:
    """What nobody marks is not learnt; either it is overlooked or not needed."""
    return schema_entries["uses"] == 0


@check(
    "schema.support",
    table="schema",
    severity="warning",
    message="the {kind} {name} occurs {uses} times, fewer than {limit}",
    hint="annotate more documents that have it, or join it to another label",
    limit=30,
    bound="times that what occurs at all should occur",
    needs=("schema", "size"),
)
def support(schema_entries: pd.DataFrame, limit: float) -> Mask:
    """A label with few examples is neither learnt nor measured."""
    return (schema_entries["uses"] > 0) & (schema_entries["uses"] < limit)
