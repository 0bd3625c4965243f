"""Gold documents that the tests of the checks spoil one thing at a time."""

from __future__ import annotations

import msgspec

from curate.model import Document, Revision, Span, SpanKey
from curate.quality import QualityReport
from curate.schema import Label, RelationType, Schema
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


def labelled(*names: str) -> tuple[Label, ...]:
    return tuple(
        Label(name=name, title=name, description=name, colour=f"#0000{at:02x}", rules=("All.",))
        for at, name in enumerate(names)
    )


RICH = msgspec.structs.replace(
    SCHEMA,
    labels=labelled("PER", "LOC", "DATE", "MONEY"),
    relations=(
        RelationType(
            name="lives_in",
            title="lives in",
            description="lives in",
            colour="#aa0000",
            heads=("PER",),
            tails=("LOC",),
            rules=("From the person.",),
        ),
    ),
    categories=labelled("politics", "sport"),
    exclusive=True,
)


def codes(report: QualityReport) -> set[str]:
    return {problem.code for problem in report.problems}


def result_of(report: QualityReport, code: str):
    return next(each for each in report.checks if each.code == code)


def mentions(*labels: str, before: str = "à") -> list[Pair]:
    text = f"On va {before} Washington demain"
    start = text.index("Washington")
    return [
        pair(Span(start, start + 10, label), text=f"{text} {'x' * number}{label.lower()}")
        for number, label in enumerate(labels, 1)
    ]


def crowd(count: int, lang: str = "fr", long: int = 0) -> list[Pair]:
    made = []
    for number in range(count):
        document, revision = pair(PER, LOC, text=f"{TEXT} {'ab' * number} {'mot ' * long}.")
        made.append((msgspec.structs.replace(document, lang=lang), revision))
    return made


BAD = pair(Span(11, 17, "PER"), Span(18, 25, "LOC"), Span(29, 42, "MISC"))


EDGES = ("span.edges", BAD[0].id, (11, 17, "PER"))


LABEL = ("span.label", BAD[0].id, (29, 42, "MISC"))
