"""Several annotators' versions of a document made into one, and what is left for a person.

Pure: versions in, one annotation out, with what was settled, how, and what stays open.
"""

from curate.adjudicate.decide import Adjudicated, Decision, Region, adjudicate, decided
from curate.adjudicate.reliability import Reliability, dawid_skene, reliability
from curate.adjudicate.strategies import (
    Strategy,
    by_role,
    majority,
    unanimous,
    weighted,
)

__all__ = [
    "Adjudicated",
    "Decision",
    "Region",
    "Reliability",
    "Strategy",
    "adjudicate",
    "by_role",
    "dawid_skene",
    "decided",
    "majority",
    "reliability",
    "unanimous",
    "weighted",
]
