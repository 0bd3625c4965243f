"""The suspects of the last audit that are still open, with their texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curate.audit.audit_file import AuditFile
from curate.audit.suspects import Suspect
from curate.model import Document, Record, SpanKey

SHOWN_SUSPECTS = 20


class OpenSuspect(Record, frozen=True, kw_only=True):
    """A likely error that nobody has looked at.

    Args:
        document: id of the document.
        kind: type of the error.
        gold: the current annotation as « text » LABEL; empty if there is none.
        suggestion: the suggested annotation in the same form; empty if there should be none.
        score: how likely the error is, 0 to 1.
        why: the evidence.
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
        at: when it was made, as an ISO 8601 time in UTC.
        documents: number of documents that it covered.
        suspects: number of likely errors that it found.
        open: number of them in gold that has not changed since.
        newer: number of documents with gold that the audit has not seen.
        shown: the most likely of the open ones.
    """

    at: str
    documents: int
    suspects: int
    open: int
    newer: int
    shown: tuple[OpenSuspect, ...]


def summarise_audit(
    audit: AuditFile, suspects: Sequence[Suspect], newer: int, documents: Mapping[str, Document]
) -> AuditSummary:
    """Count the suspects of an audit and describe those that are most likely.

    Args:
        audit: the audit.
        suspects: its open suspects, the most likely first.
        newer: number of documents with gold that the audit has not seen.
        documents: the documents of the first suspects, by id.
    """
    shown = [suspect for suspect in suspects[:SHOWN_SUSPECTS] if suspect.document in documents]
    return AuditSummary(
        at=audit.at,
        documents=len(audit.revisions),
        suspects=len(audit.suspects),
        open=len(suspects),
        newer=newer,
        shown=tuple(_open_suspect(each, documents[each.document].text) for each in shown),
    )


def _open_suspect(suspect: Suspect, text: str) -> OpenSuspect:
    return OpenSuspect(
        document=suspect.document,
        kind=suspect.kind,
        gold=_marked_text(suspect.span, text),
        suggestion=_marked_text(suspect.suggestion, text),
        score=suspect.score,
        why="; ".join(evidence.words for evidence in suspect.evidence),
    )


def _marked_text(key: SpanKey | None, text: str) -> str:
    return f"« {text[key[0] : key[1]]} » {key[2]}" if key else ""
