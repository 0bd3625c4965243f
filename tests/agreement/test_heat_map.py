"""The heat map of annotators."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from support.annotated_texts import ORAN, RABAT, annotation, annotation_sets

from curate.agreement import AgreementOptions, inter_annotator_agreement, render_heat_map


def test_the_heat_map_draws_every_cell_with_its_number():
    versions = {
        "anna": [annotation("anna", RABAT, ("Rabat", "LOC"))],
        "b<c": [annotation("b<c", RABAT, ("Rabat", "LOC"))],
        "dora": [annotation("dora", ORAN)],
    }
    sets = annotation_sets((RABAT, ORAN), versions)
    heat = inter_annotator_agreement(sets, AgreementOptions(resamples=0)).heat
    image = ElementTree.fromstring(render_heat_map(heat))
    texts = [node.text for node in image.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("1.000") == 5
    assert texts.count("–") == 4
    assert texts.count("b<c") == 2
