"""The ledger: what people made of the pre-annotation, and the actions that it saved."""

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
