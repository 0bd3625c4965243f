"""A small store: two documents with gold, one without, and a release."""

from __future__ import annotations

from curate import release
from curate.model import Document, Release, Revision, Span
from curate.schema import Label, Schema
from curate.store import Store
from curate.util import jsonl

SCHEMA = Schema(
    name="s",
    version="1.0.0",
    language="fr",
    title="t",
    introduction="i",
    labels=(Label(name="PER", title="p", description="d", colour="#112233"),),
)


def document(text: str) -> Document:
    """The document with this text."""
    return Document(id=jsonl.document_id(text), text=text, lang="fr")


def revision(of: Document, number: int, *spans: Span, **more: object) -> Revision:
    """A revision of a document, made on the n-th day of the year."""
    values = {"author": "annotator:anna", "at": f"2026-01-0{number}T00:00:00Z", "reason": "r"}
    return Revision(
        document=of.id,
        number=number,
        schema=SCHEMA.id,
        spans=spans,
        **{**values, **more},  # type: ignore[arg-type]
    )


def build(store: Store, version: str) -> Release:
    """The manifest of a release of the gold as it is now; it is not added to the store."""
    with store.begin() as tx:
        return release.build_manifest(
            version,
            tx.heads(),
            schema=SCHEMA,
            created="2026-01-04T00:00:00Z",
            author="c",
            message="",
            earlier=tx.releases(),
            validation={},
            tools={},
        )


def fill(store: Store) -> None:
    """Add three documents, the gold of two of them, and release 0.1.0."""
    one, two = document("Anna rit."), document("Léa dort.")
    with store.begin() as tx:
        for each in (one, two, document("never gold")):
            tx.add_document(each)
        tx.add_revision(revision(one, 1))
        tx.add_revision(revision(one, 2, Span(0, 4, "PER")))
        tx.add_revision(revision(two, 1, Span(0, 3, "PER"), confirmed_by="anna"))
    manifest = build(store, "0.1.0")
    with store.begin() as tx:
        tx.add_release(manifest)
