"""Random documents, written in a format and read back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from pathlib import Path

from hypothesis import strategies as st

from curate.formats import export
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated
from curate.formats.writing import ExportedFile
from curate.model import Category, Document, Relation, Revision, Span, SpanKey
from curate.schema import Label, Schema
from curate.text.offsets import trim
from curate.util import jsonl
from support.golden_corpus import Pair

LABELS = ("PER", "LOC", "B-LOC")


RANDOM_SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=tuple(
        Label(name=name, title=name, description=name, colour="#336699") for name in LABELS
    ),
)


PIECES = [*"aÉ9.!?-’'«»()#\n\t\r\x85\u00a0\u200b\u2028\u202e", " ", " ", "l’", "Inc.", "👩🏽‍⚕️"]
PIECES += ["\u0301", "مرحبا", "東京", "M.", "aujourd’hui", "O", "-DOC", "e\u0301", "# ", "\ufeff"]


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5)


key = attrgetter("key")


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    # A text begins and ends with a letter: a source of blanks alone is refused.
    text = f"x{''.join(draw(st.lists(st.sampled_from(PIECES), max_size=25)))}y"
    offset = st.integers(0, len(text))
    span = st.builds(
        Span, offset, offset, st.sampled_from(LABELS), NAMES, NAMES, st.none() | st.floats(0, 1)
    ).filter(lambda it: it.start < it.end)
    spans = draw(st.lists(span, max_size=6, unique_by=key))
    ends = st.sampled_from([it.key for it in spans]) if spans else st.nothing()
    arrow = st.builds(Relation, ends, ends, NAMES, NAMES)
    category = st.builds(Category, NAMES, NAMES)
    document = Document(
        id=jsonl.document_id(text),
        text=text,
        lang="fr",
        meta=draw(st.dictionaries(NAMES, NAMES, max_size=2)),
    )
    revision = Revision(
        document=document.id,
        number=1,
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="made up",
        schema=RANDOM_SCHEMA.id,
        spans=tuple(spans),
        relations=tuple(draw(st.lists(arrow, max_size=2, unique_by=key))) if spans else (),
        categories=tuple(draw(st.lists(category, max_size=2, unique_by=key))),
    )
    return document, revision


ANY_TEXT = st.one_of(
    st.lists(st.sampled_from([*PIECES, "\x1f"]), max_size=25).map("".join),
    st.text(max_size=30),
)
ANY_NAME = st.text(max_size=5)


@st.composite
def unrestricted_pairs(draw: st.DrawFn) -> Pair:
    """Documents that no reader would give: empty texts, spans that are empty or outside, …"""
    text = draw(ANY_TEXT)
    offset = st.integers(0, len(text) + 1)
    labels = st.sampled_from(LABELS)
    score = st.none() | st.floats(0, 1)
    span = st.builds(Span, offset, offset, labels, ANY_NAME, ANY_NAME, score)
    spans = draw(st.lists(span, max_size=6, unique_by=key))
    ends = st.sampled_from([it.key for it in spans]) if spans else st.just((0, 1, "PER"))
    relation = st.builds(Relation, ends, ends, ANY_NAME, ANY_NAME)
    category = st.builds(Category, ANY_NAME, ANY_NAME)
    document = Document(
        id=jsonl.document_id(text),
        text=text,
        lang="fr",
        meta=draw(st.dictionaries(ANY_NAME, ANY_NAME, max_size=2)),
    )
    return document, Revision(
        document=document.id,
        number=draw(st.integers(1, 99)),
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="made up",
        schema=RANDOM_SCHEMA.id,
        spans=tuple(sorted(spans, key=lambda it: it.key)),
        relations=tuple(draw(st.lists(relation, max_size=2))),
        categories=tuple(draw(st.lists(category, max_size=2))),
        confirmed_by=draw(ANY_NAME),
    )


def written_and_read(format: str, made: list[Pair]) -> tuple[ExportedFile, list[ReadDocument]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"corpus.{format}"
        exported = export.write(format, made, path, RANDOM_SCHEMA)
        items = list(read_annotated(path, format, ReadOptions(lang="fr")))
    noted = [item.code for item in items if not isinstance(item, ReadDocument)]
    assert set(noted) <= {"read.blank-edge", "read.ambiguous-offsets", "read.not-annotated"}
    return exported, [item for item in items if isinstance(item, ReadDocument)]


def assert_given_back(format: str, made: list[Pair]) -> None:
    """Write documents and read them again: nothing is lost, and everything is the same."""
    exported, found = written_and_read(format, made)
    assert exported.lost == {}
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document == document
        (layer,) = item.layers
        expected = revision.annotation.sorted()
        assert (layer.spans, layer.relations) == (expected.spans, expected.relations)
        assert layer.categories == expected.categories


def written_keys(exported: ExportedFile, document: Document, revision: Revision) -> list[SpanKey]:
    """The spans of a document that were not lost, as they are written."""
    of_document = [it for it in exported.problems if it.span and it.document == document.id]
    lost = {it.span for it in of_document if it.severity == "warning"}
    trimmed = {it.span for it in of_document if it.code == "export.trimmed"}
    return sorted(
        (*trim(document.text, it.start, it.end), it.label) if it.key in trimmed else it.key
        for it in revision.spans
        if it.key not in lost
    )


def articles(shared_data: Path, many: int) -> list[Pair]:
    """The first documents of WiNER that have annotations."""
    files = sorted((shared_data / "winer-fr-2016").rglob("*.ann"))
    found = (
        item for path in files for item in read_annotated(path, "brat", ReadOptions(lang="fr"))
    )
    return list(islice(_pairs(found), many))


def _pairs(items: Iterator[object]) -> Iterator[Pair]:
    for item in items:
        if isinstance(item, ReadDocument) and item.layers and item.layers[0].spans:
            yield (
                item.document,
                Revision(
                    document=item.document.id,
                    number=1,
                    author="import:winer",
                    at="",
                    reason="read",
                    schema=RANDOM_SCHEMA.id,
                    spans=item.layers[0].spans,
                ),
            )
