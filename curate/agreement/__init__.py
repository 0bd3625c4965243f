"""How well annotators agree with each other or with a model, and how their versions become one.

The core is pure: annotations in, values out. The modules give the definition of each measure with
its source; ``docs/explanation/agreement.md`` explains them.
"""

from curate.agreement.annotation_sets import (
    AnnotationSets,
    Versions,
    confirmed_versions,
    read_annotation_sets,
    stored_annotation_sets,
)
from curate.agreement.bootstrap import Resampler
from curate.agreement.dawid_skene import Reliability, dawid_skene, reliability
from curate.agreement.evaluation import Evaluation, evaluate
from curate.agreement.heat_map import render_heat_map
from curate.agreement.inter_annotator import AgreementOptions, inter_annotator_agreement
from curate.agreement.proposal import Anchoring, ProposalEvaluation, evaluate_proposal
from curate.agreement.regions import (
    DECIDED,
    AdjudicatedDocument,
    Region,
    adjudicate_document,
    new_decisions,
    settled_by_gold,
)
from curate.agreement.strategies import (
    Strategy,
    by_role,
    consensus,
    majority,
    unanimous,
    weighted,
)
from curate.agreement.values import (
    Agreement,
    ConfusionCell,
    Disagreement,
    Drift,
    DriftPeriod,
    Estimate,
    HeatMap,
    PairAgreement,
    PairSummary,
    Score,
    SpanScores,
    coefficient_title,
)
from curate.annotations.decisions import Decision

__all__ = [
    "DECIDED",
    "AdjudicatedDocument",
    "Agreement",
    "AgreementOptions",
    "Anchoring",
    "AnnotationSets",
    "ConfusionCell",
    "Decision",
    "Disagreement",
    "Drift",
    "DriftPeriod",
    "Estimate",
    "Evaluation",
    "HeatMap",
    "PairAgreement",
    "PairSummary",
    "ProposalEvaluation",
    "Region",
    "Reliability",
    "Resampler",
    "Score",
    "SpanScores",
    "Strategy",
    "Versions",
    "adjudicate_document",
    "by_role",
    "coefficient_title",
    "confirmed_versions",
    "consensus",
    "dawid_skene",
    "evaluate",
    "evaluate_proposal",
    "inter_annotator_agreement",
    "majority",
    "new_decisions",
    "read_annotation_sets",
    "reliability",
    "render_heat_map",
    "settled_by_gold",
    "stored_annotation_sets",
    "unanimous",
    "weighted",
]
