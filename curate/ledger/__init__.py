"""The ledger of pre-annotation: what people made of it, and the actions it saved them. Pure."""

from curate.ledger.accounts import Ledger, LedgerRow, Work, compile_ledger
from curate.ledger.actions import ACTIONS, SECONDS, Effort, SpanEffort, span_efforts

__all__ = [
    "ACTIONS",
    "SECONDS",
    "Effort",
    "Ledger",
    "LedgerRow",
    "SpanEffort",
    "Work",
    "compile_ledger",
    "span_efforts",
]
