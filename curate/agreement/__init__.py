"""How far annotators, or people and a model, agree; and how good a prediction is.

Pure: annotations in, values out. The definitions, with their sources, stand in the modules and in
``docs/explanation/agreement.md``.
"""

from curate.agreement.bootstrap import Resampler
from curate.agreement.dawid_skene import Reliability, dawid_skene, reliability
from curate.agreement.evaluation import Evaluation, evaluate
from curate.agreement.heat_map import render_heat_map
from curate.agreement.proposal import Anchoring, Assistance, assistance
from curate.agreement.regions import (
    DECIDED,
    Adjudicated,
    Decision,
    Region,
    adjudicate,
    as_gold,
    decided,
)
from curate.agreement.strategies import Strategy, by_role, majority, unanimous, weighted
from curate.agreement.study import Options, agreement
from curate.agreement.values import (
    Across,
    Agreement,
    Cell,
    Disagreement,
    Drift,
    Heat,
    Pair,
    Period,
    Score,
    SpanScores,
    Value,
    called,
)

__all__ = [
    "Across",
    "Adjudicated",
    "Agreement",
    "Anchoring",
    "Assistance",
    "Cell",
    "DECIDED",
    "Decision",
    "Disagreement",
    "Drift",
    "Evaluation",
    "Heat",
    "Options",
    "Pair",
    "Period",
    "Region",
    "Reliability",
    "Resampler",
    "Score",
    "SpanScores",
    "Strategy",
    "Value",
    "adjudicate",
    "agreement",
    "as_gold",
    "assistance",
    "by_role",
    "called",
    "dawid_skene",
    "decided",
    "evaluate",
    "majority",
    "reliability",
    "render_heat_map",
    "unanimous",
    "weighted",
]
