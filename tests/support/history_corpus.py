"""A small corpus with a history, made without a server, for the tests of history and releases."""

from __future__ import annotations

import shutil
from pathlib import Path

from curate.gate.release import _changes
from curate.model import Annotation, Document, Release, Revision, Span
from curate.store import tables
from curate.util import jsonl
from curate.workspace import Workspace
from support.workspaces import save

ANNA = "Anna Weiss visite Paris avec Otto."
KIEV = "Kiev accueille le sommet de Paris."
BERNE = "Berne et Vienne signent un accord."
MODEL = "model:m@1"


def document(text: str, **meta: str) -> Document:
    """A document of the corpus."""
    return Document(id=jsonl.document_id(text), text=text, lang="fr", meta=meta)


def span(text: str, part: str, label: str, by: str = "", at: str = "") -> Span:
    """The first place of ``part`` in a text."""
    start = text.index(part)
    return Span(start, start + len(part), label, by=by, at=at)


def revision(text: str, number: int, *spans: Span, **more: object) -> Revision:
    """A revision of the document with this text; the n-th day is its time."""
    values: dict[str, object] = {
        "author": "annotator:anna",
        "at": f"2026-02-{number:02d}T08:00:00Z",
        "reason": "pulled from Doccano",
        "schema": "news-fr@1.0.0",
        "confirmed_by": "anna",
    }
    return Revision(
        document=jsonl.document_id(text),
        number=number,
        spans=tuple(sorted(spans, key=lambda s: s.key)),
        **{**values, **more},  # type: ignore[arg-type]
    )


class Clock:
    """A time that goes on by a minute with every look."""

    def __init__(self, day: str = "2026-03-01") -> None:
        self.day = day
        self.minute = 0

    def __call__(self) -> str:
        self.minute += 1
        return f"{self.day}T{self.minute // 60:02d}:{self.minute % 60:02d}:00Z"


def workspace(root: Path, day: str = "2026-03-01") -> Workspace:
    """An empty workspace."""
    Workspace.init(root, "corpus")
    return Workspace(root, Clock(day))


def add(corpus: Workspace, text: str, *revisions: Revision) -> str:
    """Put a document with revisions into a workspace, and write the files; returns its id."""
    made = document(text, source="wire", published="2026-01-05")
    with corpus.store.begin() as tx:
        tx.add_document(made)
        for each in revisions:
            tx.add_revision(each)
    save(corpus)
    return made.id


def copy_of(corpus: Workspace, root: Path) -> Workspace:
    """The same files and the same store in another folder."""
    shutil.copytree(corpus.root, root, ignore=shutil.ignore_patterns(".curate"))
    copy = Workspace(root, Clock())
    with corpus.opened.read() as there, copy.opened.begin() as here:
        for table in tables.metadata.sorted_tables:
            here._c.execute(table.delete())
            if rows := there._c.execute(table.select()).mappings().all():
                here._c.execute(table.insert(), [dict(row) for row in rows])
    return copy


def cut(corpus: Workspace, version: str = "", message: str = "") -> Release:
    """A release of a small corpus, without Great Expectations, which takes seconds."""
    from curate import release

    changes = _changes(corpus)
    with corpus.store.begin() as tx:
        made = release.build_manifest(
            version,
            tx.heads(),
            schema=corpus.schema,
            created=corpus.now(),
            author="curator",
            message=message,
            earlier=tx.releases(),
            validation={"checks": 3},
            tools={"curate-corpus": "0"},
            changes=changes,
        )
        tx.add_release(made)
    save(corpus)
    return made


def relabelled(root: Path) -> Path:
    """A workspace in which a person relabelled a span after release 0.1.0; returns its root."""
    corpus = workspace(root)
    add(corpus, ANNA, revision(ANNA, 1, span(ANNA, "Paris", "ORG", by=MODEL)))
    cut(corpus, "0.1.0", "First.")
    second = span(ANNA, "Paris", "LOC", by="annotator:bela", at="2026-02-02T07:00:00Z")
    with corpus.store.begin() as tx:
        tx.add_revision(revision(ANNA, 2, second, author="annotator:bela"))
    save(corpus)
    corpus.store.close()
    return root


def traced(root: Path) -> Workspace:
    """Anna's text: Paris proposed as ORG, made LOC in 3; Weiss widened in 2; Otto gone in 4."""
    made = workspace(root)
    weiss = span(ANNA, "Weiss", "PER", by=MODEL)
    name = span(ANNA, "Anna Weiss", "PER", by="annotator:anna", at="2026-02-02T07:00:00Z")
    otto = span(ANNA, "Otto", "PER", by=MODEL)
    org, loc = (
        span(ANNA, "Paris", "ORG", by=MODEL),
        span(ANNA, "Paris", "LOC", by="annotator:bela", at="2026-02-03T07:30:00Z"),
    )
    add(
        made,
        ANNA,
        revision(ANNA, 1, weiss, org, otto, sync="s1"),
        revision(ANNA, 2, name, org, otto, sync="s2"),
        revision(ANNA, 3, name, loc, otto, author="annotator:bela", confirmed_by="bela"),
        revision(ANNA, 4, name, loc, author="curator:eva", reason="conflict settled: took ours"),
    )
    with made.store.begin() as tx:
        layer = Annotation(document=document(ANNA).id, layer=MODEL, spans=(weiss, org, otto))
        tx.put_annotation(layer)
    return made


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
