"""SHA-256 of texts and files, and the random order that a seed gives."""

from __future__ import annotations

import hashlib
from pathlib import Path


def of_text(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 of the bytes of a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def draw(seed: int, name: str) -> str:
    """Sort key that puts names in a random order.

    The place of a name depends on the seed and the name alone, so that adding names does not
    reshuffle the others.
    """
    return of_text(f"{seed}/{name}")
