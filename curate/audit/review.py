"""Reviews of suspects: which documents reviewers get, and what they are asked."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from curate.audit.audit_file import AuditFile, DocumentReview, load_audit
from curate.audit.suspects import ErrorType, Suspect, suspect_id
from curate.doccano.comment_marker import add_marker

_QUESTIONS: dict[ErrorType, str] = {
    "label": "Is this label right?",
    "boundary": "Are the boundaries right?",
    "missing": "Is something missing here?",
    "spurious": "Should this be annotated?",
}


def request_reviews(
    audit: AuditFile, top: int, reviewed: Collection[str], at: str
) -> tuple[AuditFile, list[str]]:
    """Request reviews of the likeliest errors.

    Args:
        audit: the last audit.
        top: number of suspects; 0 for all.
        reviewed: documents whose review is done; a new review is requested if they have suspects.
        at: time of the request.

    Returns:
        The audit with the requests, and the documents that were not in review before.
    """
    reviews = {it.document: it for it in audit.requests if it.document not in reviewed}
    new: list[str] = []
    for suspect in audit.suspects[: top or None]:
        review = reviews.get(suspect.document)
        if review is None:
            new.append(suspect.document)
            review = DocumentReview(document=suspect.document, at=at, suspects=())
        if suspect_id(suspect) not in map(suspect_id, review.suspects):
            review = msgspec.structs.replace(review, suspects=(*review.suspects, suspect))
        reviews[suspect.document] = review
    requests = tuple(reviews[document] for document in sorted(reviews))
    return msgspec.structs.replace(audit, requests=requests), new


def review_questions(state: Path) -> dict[str, tuple[str, ...]]:
    """The questions to reviewers by document, the most urgent document first.

    Raises:
        InputError: the audit file is damaged.
    """
    audit = load_audit(state)
    return questions_of(audit) if audit else {}


def questions_of(audit: AuditFile) -> dict[str, tuple[str, ...]]:
    """The questions to reviewers of an audit, by document, the most urgent document first."""
    reviews = sorted(audit.requests, key=lambda it: -it.suspects[0].score)
    return {review.document: tuple(map(question, review.suspects)) for review in reviews}


def question(suspect: Suspect) -> str:
    """What a reviewer is asked about a suspect, with the marker of curate's own comments."""
    place = f"{suspect.place[0]}–{suspect.place[1]}"
    text = f"{_QUESTIONS[suspect.kind]} ({place}, {suspect.score:.2f})"
    if suspect.suggestion:
        start, end, label = suspect.suggestion
        text += f", rather {label} {start}–{end}"
    reasons = "; ".join(evidence.words for evidence in suspect.evidence)
    return add_marker(f"{text}: {reasons}", f"audit.{suspect.kind} {suspect_id(suspect)}")
