"""Small things done to single examples: their text put back, comments written to them."""

from __future__ import annotations

from collections.abc import Iterator

from curate.doccano.session import Session
from curate.model import RemoteComment


def restore_text(session: Session, project: int, example: int, text: str) -> None:
    """Put the text of an example back; what is marked in it stays where it was."""
    session.patch(f"projects/{project}/examples/{example}", json={"text": text})


def add_comments(session: Session, project: int, example: int, texts: tuple[str, ...]) -> None:
    """Put comments to an example; one whose text stands there already is not put again."""
    rows = session.pages(f"projects/{project}/comments", example=example)
    have = {str(row["text"]).strip() for row in rows}
    for text in texts:
        if text.strip() not in have:
            add_comment(session, project, example, text)


def list_comments(session: Session, project: int) -> Iterator[RemoteComment]:
    """All comments of a project, in pages."""
    for row in session.pages(f"projects/{project}/comments"):
        yield RemoteComment(
            number=int(row["id"]),
            example=int(row["example"]),
            text=str(row["text"]),
            own=row["user"] == session.user_id,
        )


def add_comment(session: Session, project: int, example: int, text: str) -> None:
    """Put a comment to an example."""
    session.post(f"projects/{project}/comments", params={"example": example}, json={"text": text})


def edit_comment(session: Session, project: int, comment: int, text: str) -> None:
    """Change the text of a comment of this account."""
    session.patch(f"projects/{project}/comments/{comment}", json={"text": text})


def delete_comments(session: Session, project: int, comments: tuple[int, ...]) -> None:
    """Delete comments of this account; Doccano leaves those of others alone."""
    if comments:  # without one, nothing would be deleted either
        session.delete(f"projects/{project}/comments", json={"ids": list(comments)})
