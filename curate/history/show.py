"""The documents of the corpus, and what one of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import InputError
from curate.history import sides
from curate.layers import GOLD, PROPOSAL
from curate.model import Annotation, Comment, Document, Record, Revision
from curate.store import Store

if TYPE_CHECKING:
    from curate.workspace import Workspace


class DocumentView(Record, frozen=True, kw_only=True):
    """A document with what one layer says about it; ``layers`` names the others.

    ``comments`` are what people wrote about it in Doccano.
    """

    document: Document
    annotation: Annotation
    layers: tuple[str, ...]
    revision: Revision | None = None
    comments: tuple[Comment, ...] = ()


class DocumentSummary(Record, frozen=True, kw_only=True):
    """A document in a line; ``revision`` is 0 where it has no gold."""

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
        layer: a layer's name, to see that one.

    Raises:
        InputError: there is no such document, revision or layer.
    """
    if "@" in document:
        return _revision(workspace, document)
    return _show(workspace.store, workspace.find(document), layer)


def _show(store: Store, document: str, layer: str = "") -> DocumentView:
    """A document with one layer: the one named, else its gold, else its pre-annotation.

    Raises:
        InputError: it has no such layer.
    """
    with store.begin() as tx:
        head = tx.head(document)
        layers = (*([GOLD] if head else []), *tx.layers(document))
        wanted = layer or (GOLD if head else PROPOSAL)
        is_gold = head is not None and wanted == GOLD
        found = head.annotation if head and is_gold else tx.annotation(document, wanted)
        text = tx.document(document)
        comments = tx.comments(document)
    if (layer and found is None) or text is None:
        raise InputError(f"{document} has no layer {wanted}", f"choose of {', '.join(layers)}")
    return DocumentView(
        document=text,
        annotation=found or Annotation(document=document, layer=wanted),
        layers=layers,
        revision=head if is_gold else None,
        comments=comments,
    )


def _revision(workspace: Workspace, name: str) -> DocumentView:
    with workspace.store.begin() as tx:
        document, found = sides.named_revision(tx, name)
    return DocumentView(document=document, annotation=found.annotation, layers=(), revision=found)
