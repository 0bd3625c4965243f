"""How far annotators, or people and a model, agree; and how good a prediction is.

Pure: annotations in, values out. The definitions, with their sources, stand in the modules and in
``docs/explanation/agreement.md``.
"""

from curate.agreement.bootstrap import Resampler
from curate.agreement.dawid_skene import Reliability, dawid_skene, reliability
from curate.agreement.evaluation import Evaluation, evaluate
from curate.agreement.heat_map import render_heat_map
from curate.agreement.proposal import Anchoring, ProposalEvaluation, evaluate_proposal
from curate.agreement.regions import (
    DECIDED,
    AdjudicatedDocument,
    Decision,
    Region,
    adjudicate_document,
    new_decisions,
    settled_by_gold,
)
from curate.agreement.strategies import Strategy, by_role, majority, unanimous, weighted
from curate.agreement.study import AgreementOptions, inter_annotator_agreement
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

__all__ = [
    "PairSummary",
    "AdjudicatedDocument",
    "Agreement",
    "Anchoring",
    "ProposalEvaluation",
    "ConfusionCell",
    "DECIDED",
    "Decision",
    "Disagreement",
    "Drift",
    "Evaluation",
    "HeatMap",
    "AgreementOptions",
    "PairAgreement",
    "DriftPeriod",
    "Region",
    "Reliability",
    "Resampler",
    "Score",
    "SpanScores",
    "Strategy",
    "Estimate",
    "adjudicate_document",
    "inter_annotator_agreement",
    "settled_by_gold",
    "evaluate_proposal",
    "by_role",
    "coefficient_title",
    "dawid_skene",
    "new_decisions",
    "evaluate",
    "majority",
    "reliability",
    "render_heat_map",
    "unanimous",
    "weighted",
]
