"""Models that are trained on gold: how, what is kept of them, and which one proposes next."""

from curate.train.config import Settings
from curate.train.loop import Fitted, fit
from curate.train.models import (
    FOLDER,
    RECORD,
    Current,
    Figure,
    Trained,
    current,
    find,
    following,
    leave,
    place,
    read,
    registered,
    same,
    take_over,
    with_model,
)

__all__ = [
    "FOLDER",
    "RECORD",
    "Current",
    "Figure",
    "Fitted",
    "Settings",
    "Trained",
    "current",
    "find",
    "fit",
    "following",
    "leave",
    "place",
    "read",
    "registered",
    "same",
    "take_over",
    "with_model",
]
