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

if TYPE_CHECKING:
    from curate.loading import Corpus
    from curate.workspace import Workspace

__version__ = "0.1.0"

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


def load(workspace: Workspace | Path | str, version: str = "") -> Corpus:
    """Open a release of a corpus, verified; see ``curate.loading``.

    Args:
        workspace: a workspace, or its folder.
        version: the release; the newest where it is empty.

    Raises:
        ConfigError: the folder is no workspace.
        ReleaseError: there is no such release, or it does not match its digest.
    """
    from curate import loading

    return loading.load(workspace, version)
