"""The layers of models beside people: may one stand in for a person, and do its scores fit?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from curate.agreement import AnnotationSets, Resampler, stored_annotation_sets
from curate.agreement.calibration import Calibration, calibration
from curate.agreement.stand_in import StandIn, alternative_annotator_test
from curate.errors import InputError
from curate.layers import PROPOSAL, is_proposer
from curate.model import Annotation, Record

if TYPE_CHECKING:
    from curate.workspace import Workspace


class LayerComparison(Record, frozen=True, kw_only=True):
    """A layer beside people.

    Args:
        layer: the layer.
        stand_in: the alternative annotator test, if it can be made.
        refusal: why it cannot.
        calibration: of the layer's scores against gold; None if no span has a score.
    """

    layer: str
    stand_in: StandIn | None
    refusal: str
    calibration: Calibration | None


def compare_layers(workspace: Workspace) -> tuple[LayerComparison, ...]:
    """Compare the layers of models, of rules and the proposal with people, sorted by name."""
    people = stored_annotation_sets(workspace.store)
    annotated = {document.id for document in people.documents}
    with workspace.store.begin() as tx:
        gold = {
            document.id: revision.annotation
            for document, revision in tx.heads()
            if revision.is_judged_for_spans and not revision.deleted
        }
        control = {key for key, assignment in tx.assignments().items() if assignment.control}
        layers: defaultdict[str, dict[str, Annotation]] = defaultdict(dict)
        for annotation in tx.all_annotations():
            is_compared = annotation.document in gold or annotation.document in annotated
            if is_compared and (annotation.layer == PROPOSAL or is_proposer(annotation.layer)):
                layers[annotation.layer][annotation.document] = annotation
    return tuple(
        _compared(layer, own, people, gold, own.keys() - control)
        for layer, own in sorted(layers.items())
    )


def _compared(
    layer: str,
    own: Mapping[str, Annotation],
    people: AnnotationSets,
    gold: Mapping[str, Annotation],
    shown: set[str],
) -> LayerComparison:
    refusal, stand_in = "", None
    try:
        stand_in = alternative_annotator_test(people, own.values(), layer, shown=shown)
    except InputError as error:
        refusal = error.message
    scores = calibration(layer, own, gold, Resampler())
    return LayerComparison(
        layer=layer,
        stand_in=stand_in,
        refusal=refusal,
        calibration=scores if scores.spans else None,
    )
