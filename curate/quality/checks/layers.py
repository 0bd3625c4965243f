"""Checks of the layers beside gold: proposals of programs, and versions of single people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask

_NAME = r"^(?:gold|proposal|remote|adjudicated|(?:annotator|rebased):.+|(?:model|rules):[^@]+@.+)$"


@check(
    "layer.name",
    table="layers",
    severity="error",
    message="the layer {layer} is not named like one",
    hint="name it gold, proposal, model:NAME@VERSION, rules:NAME@VERSION or annotator:NAME",
)
def name(layers: pd.DataFrame) -> Mask:
    """A layer whose name does not say who made it cannot be measured or blamed."""
    return ~layers["layer"].str.contains(_NAME)


@check(
    "layer.document",
    table="layers",
    severity="warning",
    message="the layer {layer} is of a document that is not there",
    hint="take the document in again, or delete the layer",
)
def document(layers: pd.DataFrame) -> Mask:
    """A layer of a document that is not there is dead weight."""
    return ~layers["there"]


@check(
    "layer.offsets",
    table="layers",
    severity="error",
    message="the layer {layer} has spans outside the text ({outside} of {spans})",
    hint="run `curate preannotate` again",
)
def offsets(layers: pd.DataFrame) -> Mask:
    """A proposal outside the text cannot be sent to people."""
    return layers["outside"] > 0


@check(
    "layer.label",
    table="layers",
    severity="warning",
    message="{unknown} of {spans} spans on {layer} have labels that {schema} does not know",
    hint="map them in the schema under models, and run `curate preannotate` again",
    needs=("schema",),
)
def label(layers: pd.DataFrame) -> Mask:
    """A proposal with a label that the schema does not know cannot be sent to people."""
    return layers["unknown"] > 0
