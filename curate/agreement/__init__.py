"""How far annotators, or people and a model, agree; and how good a prediction is.

Pure: annotations in, values out. The definitions, with their sources, stand in the modules and in
``docs/agreement.md``.
"""

from curate.agreement.bootstrap import Resampler
from curate.agreement.evaluation import Evaluation, evaluate
from curate.agreement.heat import svg
from curate.agreement.proposal import Anchoring, Assistance, assistance
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
    "Agreement",
    "Anchoring",
    "Assistance",
    "Cell",
    "Disagreement",
    "Drift",
    "Evaluation",
    "Heat",
    "Options",
    "Pair",
    "Period",
    "Resampler",
    "Score",
    "SpanScores",
    "Value",
    "agreement",
    "assistance",
    "called",
    "evaluate",
    "svg",
]
