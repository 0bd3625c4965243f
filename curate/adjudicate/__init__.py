"""Several annotators' versions of a document made into one, and what is left for a person.

Pure: versions in, one annotation out, with what was settled, how, and what stays open.
"""

from curate.adjudicate.decide import (
    DECIDED,
    Adjudicated,
    Decision,
    Region,
    adjudicate,
    as_gold,
    decided,
)
from curate.adjudicate.reliability import Reliability, dawid_skene, reliability
from curate.adjudicate.strategies import (
    Strategy,
    by_role,
    majority,
    unanimous,
    weighted,
)

__all__ = [
    "DECIDED",
    "Adjudicated",
    "Decision",
    "Region",
    "Reliability",
    "Strategy",
    "adjudicate",
    "as_gold",
    "by_role",
    "dawid_skene",
    "decided",
    "majority",
    "reliability",
    "unanimous",
    "weighted",
]
