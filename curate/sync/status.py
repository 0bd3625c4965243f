"""Views of the store that change nothing: where the corpus stands, and what a layer says."""

from __future__ import annotations

from curate.errors import InputError
from curate.model import Annotation
from curate.results import Listed, Shown, Status
from curate.store import Store
from curate.sync.plan import Plan


def status(store: Store, plan: Plan | None, server: str = "", unreachable: str = "") -> Status:
    """Where the corpus stands.

    Args:
        plan: both sides compared; None where the server could not be asked.
        server: its address.
        unreachable: why it could not be asked.
    """
    with store.begin() as tx:
        return Status(
            documents=len(tx.document_ids()),
            gold=sum(1 for _, revision in tx.heads() if not revision.deleted),
            states=plan.states if plan else {},
            releases=tuple(release.version for release in tx.releases()),
            conflicts=tuple(tx.conflicts()),
            server=server,
            unreachable=unreachable,
            waiting=plan.waiting if plan else {},
            problems=plan.problems if plan else (),
        )


def listed(store: Store) -> list[Listed]:
    """Every document in a line, sorted by id."""
    with store.begin() as tx:
        heads = {revision.document: revision for _, revision in tx.heads()}
        return [
            Listed(
                id=document.id,
                title=document.title,
                revision=heads[document.id].number if document.id in heads else 0,
                spans=len(heads[document.id].spans) if document.id in heads else 0,
            )
            for document in tx.documents()
        ]


def show(store: Store, document: str, layer: str = "") -> Shown:
    """A document with one layer: the one named, else its gold, else its pre-annotation.

    Raises:
        InputError: it has no such layer.
    """
    with store.begin() as tx:
        head = tx.head(document)
        layers = (*(["gold"] if head else []), *tx.layers(document))
        wanted = layer or ("gold" if head else "proposal")
        is_gold = head is not None and wanted == "gold"
        found = head.annotation if head and is_gold else tx.annotation(document, wanted)
        text = tx.document(document)
        comments = tx.comments(document)
    if (layer and found is None) or text is None:
        raise InputError(f"{document} has no layer {wanted}", f"choose of {', '.join(layers)}")
    return Shown(
        document=text,
        annotation=found or Annotation(document=document, layer=wanted),
        layers=layers,
        revision=head if is_gold else None,
        comments=comments,
    )
