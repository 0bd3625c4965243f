"""Models that are trained on gold: how, what is kept of them, and which one proposes next."""

from curate.preannotate.registry import (
    FOLDER,
    RECORD,
    Current,
    Figure,
    Trained,
    TrainingSettings,
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
from curate.train.loop import Fitted, fit

__all__ = [
    "FOLDER",
    "RECORD",
    "Current",
    "Figure",
    "Fitted",
    "Trained",
    "TrainingSettings",
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
