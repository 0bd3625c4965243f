"""What the last audit left open, with its text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curate.audit.last_audit import Audit, Suspect
from curate.model import Document, Record, SpanKey

SHOWN_SUSPECTS = 20


class OpenSuspect(Record, frozen=True, kw_only=True):
    """A likely error.

    Args:
        document: id of the document.
        kind: what is likely wrong.
        gold: what the gold has, as « text » LABEL; empty if nothing.
        suggestion: what should be there; empty if nothing.
        score: how likely, 0 to 1.
        why: what speaks for it.
    """

    document: str
    kind: str
    gold: str
    suggestion: str
    score: float
    why: str


class AuditSummary(Record, frozen=True, kw_only=True):
    """The last audit.

    Args:
        at: when it was made.
        documents: how many documents it looked at.
        suspects: how many it found.
        open: how many of them nobody looked at since.
        newer: documents whose gold is newer, or was not in it.
        doubts: the likeliest of the open ones.
    """

    at: str
    documents: int
    suspects: int
    open: int
    newer: int
    doubts: tuple[OpenSuspect, ...]


def summarise_audit(
    audit: Audit, suspects: Sequence[Suspect], newer: int, documents: Mapping[str, Document]
) -> AuditSummary:
    """What the last audit left open.

    Args:
        audit: the audit.
        suspects: what is open of it, the likeliest first.
        newer: documents whose gold is newer than it.
        documents: those of the first suspects, by id.
    """
    shown = [each for each in suspects[:SHOWN_SUSPECTS] if each.document in documents]
    return AuditSummary(
        at=audit.at,
        documents=len(audit.revisions),
        suspects=len(audit.suspects),
        open=len(suspects),
        newer=newer,
        doubts=tuple(_doubt(each, documents[each.document].text) for each in shown),
    )


def _doubt(suspect: Suspect, text: str) -> OpenSuspect:
    return OpenSuspect(
        document=suspect.document,
        kind=suspect.kind,
        gold=_said(suspect.span, text),
        suggestion=_said(suspect.suggestion, text),
        score=suspect.score,
        why="; ".join(each.words for each in suspect.evidence),
    )


def _said(key: SpanKey | None, text: str) -> str:
    return f"« {text[key[0] : key[1]]} » {key[2]}" if key else ""
