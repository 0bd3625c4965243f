"""A small corpus that fills every section of the report, built without a server.

Two people annotate independently, starting from a pre-annotation; a third decides; there is a
release, an open conflict and an audit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from curate.annotations.merge import merge
from curate.audit.audit_file import AuditFile, save_audit
from curate.audit.suspects import MethodEvidence, Suspect
from curate.gate.release import release
from curate.model import Annotation, Assignment, Document, Revision, Span
from curate.splits.split import split
from curate.util import jsonl
from curate.workspace import Workspace

CITIES = ("Rabat", "Oran", "Tunis", "Paris", "Lyon", "Berne", "Vienne", "Quito")
MODEL, RULES = "model:m@1", "rules:r@2"
BEGIN = datetime(2026, 1, 5, 9)


class Clock:
    """A time that moves only when it is set."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> str:
        return self.at.isoformat() + "Z"


def text(number: int) -> str:
    """An article with a person, a place and a day; each is different."""
    city = CITIES[number % len(CITIES)]
    return f"Dépêche {number} & suite. Marie Dupont arrive à {city} lundi avec Ali <3."


def span(of: str, surface: str, label: str, by: str = "", at: str = "") -> Span:
    """The first span of a surface."""
    start = of.index(surface)
    return Span(start, start + len(surface), label, by=by, at=at)


def build(root: Path, documents: int = 8) -> Workspace:
    """Build the corpus.

    The last two documents have no gold, and the one before them is a control. One span ends with a
    blank, which is a finding of the checks.
    """
    clock = Clock()
    Workspace.init(root, "dépêches", now=clock)
    workspace = Workspace(root, clock)
    keys = [_document(workspace, number) for number in range(documents)]
    for number, key in enumerate(keys[:-2]):
        _annotate(workspace, clock, number, key, control=number == documents - 3)
        if number == 3:
            split(workspace)
            release(workspace, "0.1.0", "The first articles.")
    split(workspace)
    _add_conflict(workspace, keys[0])
    _add_audit(workspace, keys[1], keys[2])
    return workspace


def _document(workspace: Workspace, number: int) -> str:
    of = text(number)
    key = jsonl.document_id(of)
    proposed = (
        span(of, "Marie Dupont", "PER", by=f"{MODEL}+{RULES}/names"),
        span(of, CITIES[number % len(CITIES)], "ORG", by=MODEL),
        span(of, "suite", "MISC", by=f"{RULES}/words"),
    )
    with workspace.store.begin() as tx:
        meta = {"source": "fil", "published": "2026-01-01"}
        tx.add_document(Document(id=key, text=of, lang="fr", meta=meta))
        tx.put_annotation(Annotation(document=key, layer="proposal", spans=proposed))
        scored = tuple(
            replace(it, score=score) for it, score in zip(proposed, (0.95, 0.55, 0.52), strict=True)
        )
        tx.put_annotation(Annotation(document=key, layer=MODEL, spans=scored))
    return key


def _annotate(workspace: Workspace, clock: Clock, number: int, key: str, control: bool) -> None:
    of = text(number)
    done = {}
    with workspace.store.begin() as tx:
        for name in ("anna", "bela"):
            clock.at += timedelta(days=2, hours=1)
            who, at = f"annotator:{name}", clock()
            kept = span(of, "Marie Dupont", "PER", by=f"{MODEL}+{RULES}/names")
            made = [
                kept if not control else replace(kept, by=who, at=at),
                span(of, CITIES[number % len(CITIES)], "LOC", by=who, at=at),
                span(of, "lundi ", "DATE", by=who, at=at)
                if number == 4
                else span(of, "lundi", "DATE", by=who, at=at),
            ]
            if name == "anna" or number % 2:
                made.append(span(of, "Ali", "PER", by=who, at=at))
            layer = Annotation(document=key, layer=who, spans=tuple(made)).sorted()
            tx.put_annotation(layer)
            done[name] = at
        tx.put_assignment(
            Assignment(document=key, annotators=("anna", "bela"), control=control, done=done)
        )
        tx.add_revision(
            Revision(
                document=key,
                number=1,
                author="annotator:carla",
                at=clock(),
                reason="adjudicated in Doccano",
                schema=workspace.schema.id,
                spans=layer.spans,
                confirmed_by="carla",
                confirmed_at=clock(),
            )
        )


def _add_conflict(workspace: Workspace, key: str) -> None:
    """Add a conflict: gold and Doccano changed one span differently."""
    with workspace.store.begin() as tx:
        head = tx.head(key)
        assert head is not None
        place = next(each for each in head.spans if each.label == "LOC")
        sides = []
        for label, by in (("ORG", "curator:c"), ("MISC", "annotator:anna")):
            changed = replace(place, label=label, by=by, at="2026-02-01T00:00:00Z")
            spans = tuple(changed if each is place else each for each in head.spans)
            sides.append(replace(head.annotation, spans=spans))
        found = merge(head.annotation, *sides).conflicts
        signed = (replace(c, ours_by="curator:c", theirs_by="annotator:anna") for c in found)
        tx.put_conflicts(key, "sync", tuple(signed))


def _add_audit(workspace: Workspace, key: str, changed: str) -> None:
    """Write an audit; the gold of one of its suspects has changed since."""
    place = span(text(1), CITIES[1], "LOC")
    suspects = tuple(
        Suspect(
            document=document,
            kind="label",
            span=place.key,
            suggestion=(place.start, place.end, "ORG"),
            score=score,
            evidence=(MethodEvidence(method="model", score=score, words="the model says ORG"),),
        )
        for document, score in ((changed, 0.9), (key, 0.75))
    )
    audit = AuditFile(
        at="2026-01-30T12:00:00Z",
        content="",
        version="",
        suspects=suspects,
        revisions={key: 1, changed: 0},
    )
    save_audit(workspace.state, audit)
