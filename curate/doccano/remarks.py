"""Small things done to single examples: their text put back, comments written to them."""

from __future__ import annotations

from curate.doccano.session import Session


def rewrite(session: Session, project: int, example: int, text: str) -> None:
    """Put the text of an example back; what is marked in it stays where it was."""
    session.patch(f"projects/{project}/examples/{example}", json={"text": text})


def remark(session: Session, project: int, example: int, texts: tuple[str, ...]) -> None:
    """Put comments to an example; one whose text stands there already is not put again."""
    rows = session.pages(f"projects/{project}/comments", example=example)
    have = {str(row["text"]).strip() for row in rows}
    for text in texts:
        if text.strip() not in have:
            session.post(
                f"projects/{project}/comments", params={"example": example}, json={"text": text}
            )
