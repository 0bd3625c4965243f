"""Checks of the layers beside gold: proposals of programs, and versions of single people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask

_NAME = (
    r"^(?:gold|proposal|remote|adjudicated|(?:annotator|import|column|rebased):.+"
    r"|(?:model|rules):[^@]+@.+)$"
)


@check(
    "layer.name",
    table="layers",
    severity="error",
    message="{layer} is not a valid name of a layer",
    hint="name it gold, proposal, model:NAME@VERSION, rules:NAME@VERSION, annotator:NAME or "
    "import:NAME",
)
def name(layers: pd.DataFrame) -> Mask:
    """A layer whose name does not say where it comes from cannot be evaluated."""
    return ~layers["layer"].str.contains(_NAME)


@check(
    "layer.document",
    table="layers",
    severity="warning",
    message="the layer {layer} belongs to a document that does not exist",
    hint="ingest the document again, or delete the layer",
)
def document(layers: pd.DataFrame) -> Mask:
    """A layer of a document that does not exist is useless."""
    return ~layers["there"]


@check(
    "layer.offsets",
    table="layers",
    severity="error",
    message="{outside} of {spans} spans on {layer} lie outside the text",
    hint="run `curate preannotate` again",
)
def offsets(layers: pd.DataFrame) -> Mask:
    """A proposal outside the text cannot be pushed to Doccano."""
    return layers["outside"] > 0


@check(
    "layer.label",
    table="layers",
    severity="warning",
    message="{unknown} of {spans} spans on {layer} have labels that are not in {schema}",
    hint="map them in the schema under models, and run `curate preannotate` again",
    needs=("schema",),
)
def label(layers: pd.DataFrame) -> Mask:
    """A proposal with a label outside the schema cannot be pushed to Doccano."""
    return layers["unknown"] > 0
