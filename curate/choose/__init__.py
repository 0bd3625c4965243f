"""What to annotate next: where proposers may be wrong, and what a look at it is worth."""

from curate.choose.places import Place, entropy, places
from curate.choose.rank import By, Candidate, Chosen, Known, Ranking, Settings, draw, rank, worth

__all__ = [
    "By",
    "Candidate",
    "Chosen",
    "Known",
    "Place",
    "Ranking",
    "Settings",
    "draw",
    "entropy",
    "places",
    "rank",
    "worth",
]
