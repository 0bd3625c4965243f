"""Gold documents that the tests of the checks spoil one thing at a time."""

from __future__ import annotations

from curate.model import Document, Revision, Span, SpanKey
from curate.quality import QualityReport
from curate.schema import Label, Schema
from curate.util import jsonl

Pair = tuple[Document, Revision]


TEXT = "Marco Rubio parle à Paris, « ville-lumière », avec l’OTAN."


PER, LOC = Span(0, 11, "PER"), Span(20, 25, "LOC")


SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=tuple(
        Label(name=name, title=name, description=name, colour=colour, rules=("All of the name.",))
        for name, colour in (("PER", "#336699"), ("LOC", "#669933"))
    ),
)


def pair(*spans: Span, text: str = TEXT, id: str = "", by: str = "annotator:ada") -> Pair:
    document = Document(id=id or jsonl.document_id(text), text=text, lang="fr")
    revision = Revision(
        document=document.id,
        number=1,
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="first pass",
        schema=SCHEMA.id,
        spans=spans,
        confirmed_by=by,
    )
    return document, revision


def clean(number: int = 0) -> Pair:
    return pair(PER, LOC, text=f"{TEXT}{number}")


def found(report: QualityReport) -> list[tuple[str, str, SpanKey | None]]:
    return [(problem.code, problem.document, problem.span) for problem in report.problems]
