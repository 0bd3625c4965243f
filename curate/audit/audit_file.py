"""The last audit of a workspace (``.curate/audit.json``), and which of its suspects are open.

A suspect that a person reviewed or dismissed moves from ``suspects`` to ``settled``, and does not
return as long as the gold there is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from curate.audit.suspects import Method, Suspect, suspect_id
from curate.errors import InputError
from curate.model import Record, Revision, SpanKey
from curate.util import jsonl

FILE = "audit.json"
MAX_SUSPECTS = 1000
"""Number of suspects that are saved, the likeliest ones."""

Resolution = Literal["reviewed", "dismissed"]


class ResolvedSuspect(Record, frozen=True, kw_only=True):
    """A suspect that a person reviewed or dismissed.

    Args:
        id: id of the suspect.
        document: id of the document.
        span: the gold span in question; None if it was about unannotated text.
        place: start and end of the place in question.
        how: ``reviewed``: the document was confirmed later; ``dismissed``: by ``--dismiss``.
        by: who resolved it.
        at: when, ISO 8601 in UTC.
        reason: why it was dismissed.
    """

    id: str
    document: str
    span: SpanKey | None
    place: tuple[int, int]
    how: Resolution
    by: str
    at: str
    reason: str = ""

    def covers(self, suspect: Suspect) -> bool:
        """Whether a suspect in the same document is this one again, whatever it suggests."""
        if self.span is not None or suspect.span is not None:
            return self.span == suspect.span
        return self.place[0] < suspect.place[1] and suspect.place[0] < self.place[1]


class DocumentReview(Record, frozen=True, kw_only=True):
    """A document that is in review, and the suspects that reviewers are asked about."""

    document: str
    at: str
    suspects: tuple[Suspect, ...]


class AuditFile(Record, frozen=True, kw_only=True):
    """The last audit of a workspace.

    Args:
        at: time of the audit, ISO 8601 in UTC.
        content: digest of the audited gold and layers.
        version: version of curate.
        seed: random seed of the cross-validation.
        methods: the requested methods; empty for all.
        documents: number of audited documents.
        spans: number of their spans.
        found: number of suspects, whatever their score.
        revisions: number of the audited revision, by document.
        suspects: the open suspects, the likeliest errors first; ``MAX_SUSPECTS`` at most.
        settled: the suspects that people reviewed or dismissed, sorted by document and id.
        requests: the documents in review, sorted by document.
    """

    at: str
    content: str
    version: str
    revisions: dict[str, int]
    suspects: tuple[Suspect, ...]
    seed: int = 0
    methods: tuple[Method, ...] = ()
    documents: int = 0
    spans: int = 0
    found: int = 0
    settled: tuple[ResolvedSuspect, ...] = ()
    requests: tuple[DocumentReview, ...] = ()


class OpenSuspects(Record, frozen=True, kw_only=True):
    """The open suspects of the last audit, counted for the gate.

    Args:
        open: number of suspects with this score or more whose gold has not changed since.
        score: the minimum score.
        at: time of the audit.
        newer: number of documents whose gold the audit has not seen.
    """

    open: int
    score: float
    at: str
    newer: int = 0


def load_audit(state: Path) -> AuditFile | None:
    """The last audit; None if there was none.

    Args:
        state: the folder of the file.

    Raises:
        InputError: the file is damaged.
    """
    hint = "delete it and run `curate audit` again; what was dismissed is then forgotten"
    return jsonl.load(state / FILE, AuditFile, hint)


def require_audit(state: Path) -> AuditFile:
    """The last audit.

    Raises:
        InputError: there was none, or the file is damaged.
    """
    audit = load_audit(state)
    if audit is None:
        raise InputError("the corpus was never audited", "run `curate audit`")
    return audit


def save_audit(state: Path, audit: AuditFile) -> None:
    """Write the audit atomically."""
    jsonl.write(state / FILE, jsonl.canonical(audit) + b"\n")


def unchanged_suspects(audit: AuditFile, heads: Iterable[Revision]) -> tuple[list[Suspect], int]:
    """The open suspects in documents whose gold has not changed since the audit.

    Args:
        audit: the audit.
        heads: the newest revision of each document.

    Returns:
        The suspects, the likeliest error first, and the number of documents whose gold is newer
        than the audit.
    """
    same, newer = set(), 0
    for head in heads:
        if audit.revisions.get(head.document) == head.number:
            same.add(head.document)
        elif not head.deleted:
            newer += 1
    suspects = [suspect for suspect in audit.suspects if suspect.document in same]
    return sorted(suspects, key=lambda suspect: (-suspect.score, suspect.document)), newer


def count_open_suspects(
    state: Path, heads: Iterable[Revision], score: float
) -> OpenSuspects | None:
    """Count the open suspects of the last audit for the gate; None if there was no audit.

    Args:
        state: the folder of the file.
        heads: the newest revision of each document.
        score: minimum score of a suspect that counts.

    Raises:
        InputError: the file is damaged.
    """
    audit = load_audit(state)
    if audit is None:
        return None
    suspects, newer = unchanged_suspects(audit, heads)
    open_suspects = sum(suspect.score >= score for suspect in suspects)
    return OpenSuspects(open=open_suspects, score=score, at=audit.at, newer=newer)


def resolve_dismissed(
    audit: AuditFile, ids: Iterable[str], by: str, at: str, reason: str
) -> AuditFile:
    """Resolve suspects because they are not errors.

    Args:
        audit: the audit.
        ids: beginnings of the ids of open suspects.
        by: who dismisses them.
        at: when, ISO 8601 in UTC.
        reason: why they are not errors.

    Raises:
        InputError: no open suspect has such an id, or several have.
    """
    dismissed = {_find(audit, prefix) for prefix in ids}
    resolved = [
        _resolve(suspect, "dismissed", by, at, reason)
        for suspect in audit.suspects
        if suspect in dismissed
    ]
    return _without(audit, dismissed, resolved)


def resolve_reviewed(audit: AuditFile, heads: Mapping[str, Revision]) -> AuditFile:
    """Resolve the suspects in documents that were confirmed in a new revision since the audit."""
    reviewed = {
        suspect: head
        for suspect in audit.suspects
        if (head := heads.get(suspect.document)) is not None
        and head.number > audit.revisions.get(suspect.document, head.number)
        and head.confirmed_by
        and head.confirmed_at > audit.at
    }
    resolved = [
        _resolve(suspect, "reviewed", head.confirmed_by, head.confirmed_at)
        for suspect, head in reviewed.items()
    ]
    return _without(audit, reviewed, resolved)


def _without(
    audit: AuditFile, suspects: Iterable[Suspect], resolved: Iterable[ResolvedSuspect]
) -> AuditFile:
    removed = set(suspects)
    settled = sorted([*audit.settled, *resolved], key=lambda it: (it.document, it.id, it.at))
    return msgspec.structs.replace(
        audit,
        suspects=tuple(suspect for suspect in audit.suspects if suspect not in removed),
        settled=tuple(settled),
    )


def _find(audit: AuditFile, prefix: str) -> Suspect:
    matches = [it for it in audit.suspects if prefix and suspect_id(it).startswith(prefix)]
    if len(matches) != 1:
        count = "no open suspect" if not matches else f"{len(matches)} suspects"
        raise InputError(f"{count} with an id that begins with {prefix!r}", "see `curate audit`")
    return matches[0]


def _resolve(
    suspect: Suspect, how: Resolution, by: str, at: str, reason: str = ""
) -> ResolvedSuspect:
    return ResolvedSuspect(
        id=suspect_id(suspect),
        document=suspect.document,
        span=suspect.span,
        place=suspect.place,
        how=how,
        by=by,
        at=at,
        reason=reason,
    )
