"""curate: keep a gold corpus of annotated news articles, with Doccano as its remote."""

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
]
