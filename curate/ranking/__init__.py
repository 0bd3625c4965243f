"""What to annotate next: where proposers may be wrong, and what a look at it is worth."""

from curate.ranking.rank import By, Candidate, Chosen, Known, Ranking, Settings, rank, worth
from curate.ranking.uncertainty import Place, entropy, places

__all__ = [
    "By",
    "Candidate",
    "Chosen",
    "Known",
    "Place",
    "Ranking",
    "Settings",
    "entropy",
    "places",
    "rank",
    "worth",
]
