"""The ledger of pre-annotation: what people made of it, and the actions it saved them. Pure."""

from curate.ledger.accounts import Ledger, Row, Work, ledger
from curate.ledger.actions import ACTIONS, SECONDS, Cost, Step, steps

__all__ = [
    "ACTIONS",
    "SECONDS",
    "Cost",
    "Ledger",
    "Row",
    "Step",
    "Work",
    "ledger",
    "steps",
]
