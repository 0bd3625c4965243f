"""Comments on the examples of a project: read, written, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from curate.doccano import comment_marker
from curate.doccano.codec import Row
from curate.doccano.names import ProjectNames
from curate.doccano.session import Session, utc_time
from curate.model import Comment, RemoteComment

CommentReader = Callable[[int], tuple[Comment, ...]]
"""Returns the comments that people wrote about an example, given its id; the oldest first."""


def comments_by_example(session: Session, project: int, names: ProjectNames) -> CommentReader:
    """Read the comments of each example when they are asked for."""
    resource = f"projects/{project}/comments"
    return lambda example: _of_people(session.pages(resource, example=example), names)


def comments_of_project(session: Session, project: int, names: ProjectNames) -> CommentReader:
    """Read the comments of the whole project at once."""
    rows: dict[int, list[Row]] = {}
    for row in session.pages(f"projects/{project}/comments"):
        rows.setdefault(int(row["example"]), []).append(row)
    return lambda example: _of_people(rows.get(example, ()), names)


def _of_people(rows: Iterable[Row], names: ProjectNames) -> tuple[Comment, ...]:
    ordered = sorted(rows, key=lambda row: (str(row["created_at"]), int(row["id"])))
    return tuple(
        Comment(text=str(row["text"]), by=names.user(row["user"]), at=utc_time(row["created_at"]))
        for row in ordered
        # What curate wrote is a finding of a check, unless somebody has edited it.
        if not comment_marker.is_unchanged(str(row["text"]))
    )


def list_comments(session: Session, project: int) -> Iterator[RemoteComment]:
    """All comments of a project, those of curate among them."""
    for row in session.pages(f"projects/{project}/comments"):
        yield RemoteComment(
            number=int(row["id"]),
            example=int(row["example"]),
            text=str(row["text"]),
            own=row["user"] == session.user_id,
        )


def add_comments(session: Session, project: int, example: int, texts: tuple[str, ...]) -> None:
    """Add comments to an example, except those that it has already."""
    rows = session.pages(f"projects/{project}/comments", example=example)
    existing = {str(row["text"]).strip() for row in rows}
    for text in texts:
        if text.strip() not in existing:
            add_comment(session, project, example, text)


def add_comment(session: Session, project: int, example: int, text: str) -> None:
    """Add a comment to an example."""
    session.post(f"projects/{project}/comments", params={"example": example}, json={"text": text})


def edit_comment(session: Session, project: int, comment: int, text: str) -> None:
    """Change the text of a comment of this account."""
    session.patch(f"projects/{project}/comments/{comment}", json={"text": text})


def delete_comments(session: Session, project: int, comments: tuple[int, ...]) -> None:
    """Delete comments of this account; Doccano does not delete those of others."""
    if comments:
        session.delete(f"projects/{project}/comments", json={"ids": list(comments)})
