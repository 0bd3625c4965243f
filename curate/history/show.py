"""``curate show``: the documents of the corpus, and the annotations of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import InputError
from curate.history.names import named_revision
from curate.layers import GOLD, PROPOSAL
from curate.model import Annotation, Comment, Document, Record, Revision

if TYPE_CHECKING:
    from curate.workspace import Workspace


class DocumentView(Record, frozen=True, kw_only=True):
    """A document with one of its layers.

    Args:
        layers: names of all its layers.
        revision: the revision of the gold, where the layer is gold.
        comments: what people wrote about the document in Doccano.
    """

    document: Document
    annotation: Annotation
    layers: tuple[str, ...]
    revision: Revision | None = None
    comments: tuple[Comment, ...] = ()


class DocumentSummary(Record, frozen=True, kw_only=True):
    """A document in a list; ``revision`` is 0 where it has no gold."""

    id: str
    title: str
    revision: int = 0
    spans: int = 0


def list_documents(workspace: Workspace) -> list[DocumentSummary]:
    """Every document with the size of its gold, sorted by id."""
    with workspace.store.begin() as tx:
        heads = {revision.document: revision for _, revision in tx.heads()}
        return [
            DocumentSummary(
                id=document.id,
                title=document.title,
                revision=heads[document.id].number if document.id in heads else 0,
                spans=len(heads[document.id].spans) if document.id in heads else 0,
            )
            for document in tx.documents()
        ]


def show(workspace: Workspace, document: str, layer: str = "") -> DocumentView:
    """A document with one layer: the one named, else its gold, else its pre-annotation.

    Args:
        document: the beginning of its id; ``1a2e@3`` for its third revision.
        layer: name of a layer.

    Raises:
        InputError: there is no such document, revision or layer.
    """
    with workspace.store.begin() as tx:
        if "@" in document:
            text, revision = named_revision(tx, document)
            return DocumentView(
                document=text, annotation=revision.annotation, layers=(), revision=revision
            )
        key = tx.identify(document)
        head = tx.head(key)
        layers = (*([GOLD] if head else []), *tx.layers(key))
        wanted = layer or (GOLD if head else PROPOSAL)
        is_gold = head is not None and wanted == GOLD
        annotation = head.annotation if head and is_gold else tx.annotation(key, wanted)
        source = tx.document(key)
        comments = tx.comments(key)
    if (layer and annotation is None) or source is None:
        raise InputError(f"{key} has no layer {wanted}", f"choose one of {', '.join(layers)}")
    return DocumentView(
        document=source,
        annotation=annotation or Annotation(document=key, layer=wanted),
        layers=layers,
        revision=head if is_gold else None,
        comments=comments,
    )
