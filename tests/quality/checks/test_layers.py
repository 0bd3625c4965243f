"""Checks of layers."""

from __future__ import annotations

import msgspec
import pytest
from support.checked_corpus import LOC, PER, SCHEMA, codes, pair

from curate.model import Annotation, Span
from curate.quality import CheckContext, check_documents


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (Annotation(document="?", layer="model:fr@3.8", spans=(PER,)), set()),
        (Annotation(document="?", layer="somebody"), {"layer.name"}),
        (Annotation(document="?", layer="adjudicated", spans=(PER,)), set()),
        (Annotation(document="?", layer="rebased:gold", spans=(PER,)), set()),
        (Annotation(document="?", layer="rebased:anna"), set()),
        (Annotation(document="?", layer="import:anna", spans=(PER,)), set()),
        (Annotation(document="?", layer="column:ner-2", spans=(PER,)), set()),
        (Annotation(document="0" * 16, layer="proposal"), {"layer.document"}),
        (
            Annotation(document="?", layer="proposal", spans=(Span(50, 80, "PER"),)),
            {"layer.offsets"},
        ),
        (Annotation(document="?", layer="proposal", spans=(Span(0, 5, "X"),)), {"layer.label"}),
    ],
)
def test_layers(layer, wanted):
    good = pair(PER, LOC)
    if layer.document == "?":
        layer = msgspec.structs.replace(layer, document=good[0].id)
    assert codes(check_documents([good], SCHEMA, context=CheckContext(layers=[layer]))) == wanted
