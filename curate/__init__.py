"""curate: keep a gold corpus of annotated news articles, with Doccano as its remote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.errors import CurateError
from curate.model import (
    Annotation,
    Category,
    Document,
    Problem,
    Relation,
    Release,
    Revision,
    Span,
)
from curate.version import __version__

if TYPE_CHECKING:
    from curate.loading import Corpus
    from curate.workspace import Workspace

__all__ = [
    "Annotation",
    "Category",
    "CurateError",
    "Document",
    "Problem",
    "Relation",
    "Release",
    "Revision",
    "Span",
    "__version__",
    "load",
]


def load(source: Workspace | Path | str, version: str = "") -> Corpus:
    """Open a release of a corpus as documents, a pandas frame, spaCy Docs or a ``Dataset``.

    A workspace is read from its ``annotations/``, each line held against the manifest of the
    release while it is read; no store is needed or made. An export is held against the account
    beside it, every byte, before anything of it is given.

    Args:
        source: a workspace, its folder, or a file or folder that ``curate export`` wrote.
        version: the release; the newest where it is empty. Of an export, the one it must be of.

    Raises:
        ConfigError: the settings or the schema of the workspace are wrong.
        InputError: the path is neither, or the export cannot be read back.
        ReleaseError: there is no such release, or something is not as the digest says; the message
            names file and line.
    """
    from curate import loading

    return loading.load(source, version)
