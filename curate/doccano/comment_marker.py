"""The marker at the end of a comment that curate writes into Doccano.

It names what the comment is about, and has a digest of the comment. So a comment that somebody has
edited can be told from one that is as curate wrote it, whoever reads it later.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from curate.util import digests

_MARKER = re.compile(r"\[curate check ([\w.]+ [0-9a-f]{8}) ([0-9a-f]{8})\]")


class CommentMarker(NamedTuple):
    """What the marker of a comment says.

    Args:
        key: what the comment is about.
        untouched: whether the comment is as curate wrote it.
    """

    key: str
    untouched: bool


def add_marker(body: str, key: str) -> str:
    """A comment with its marker.

    Args:
        body: the comment.
        key: what it is about: the name of a check, a space, and the ``digest`` of a place.
    """
    body = body.strip()
    return f"{body} [curate check {key} {digest(body)}]"


def read_marker(text: str) -> CommentMarker | None:
    """The marker of a comment, wherever in its text it is; None if it has none."""
    match = _MARKER.search(text)
    if match is None:
        return None
    body, rest = text[: match.start()].strip(), text[match.end() :].strip()
    return CommentMarker(match[1], not rest and digest(body) == match[2])


def is_unchanged(text: str) -> bool:
    """Whether a comment is one of curate's, and as curate wrote it."""
    marker = read_marker(text)
    return marker is not None and marker.untouched


def digest(text: str) -> str:
    """Eight hex digits of the SHA-256 of a text."""
    return digests.of_text(text)[:8]
