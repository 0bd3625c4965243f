"""Round trips on made-up documents: what is read back is what was not lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from curate.formats import export
from curate.formats.jsonl import JsonlRow
from curate.model import Category, Document, Relation, Revision, Span, SpanKey
from curate.schema import Label, Schema
from curate.util import jsonl

Pair = tuple[Document, Revision]
LABELS = ("PER", "LOC", "B-LOC")
SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=tuple(
        Label(name=name, title=name, description=name, colour="#336699") for name in LABELS
    ),
)
PIECES = [*"aÉ9.!?-’'«»()\n\t\r\x85\x1f\u00a0\u200b\u2028\u202e", " ", " ", "l’", "Inc.", "👩🏽‍⚕️"]
PIECES += ["\u0301", "مرحبا", "東京", "M.", "aujourd’hui", "O", "-DOC", "e\u0301"]
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.text(max_size=30))
NAMES = st.text(max_size=5)


@st.composite
def pairs(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXTS) -> Pair:
    words = draw(text)
    offset = st.integers(0, len(words) + 1)
    span = st.builds(
        Span, offset, offset, st.sampled_from(LABELS), NAMES, NAMES, st.none() | st.floats(0, 1)
    )
    spans = draw(st.lists(span, max_size=6, unique_by=lambda it: it.key))
    ends = st.sampled_from([it.key for it in spans]) if spans else st.just((0, 1, "PER"))
    document = Document(
        id=jsonl.document_id(words),
        text=words,
        lang="fr",
        meta=draw(st.dictionaries(NAMES, NAMES, max_size=2)),
    )
    return document, Revision(
        document=document.id,
        number=draw(st.integers(1, 99)),
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="made up",
        schema=SCHEMA.id,
        spans=tuple(sorted(spans, key=lambda it: it.key)),
        relations=tuple(draw(st.lists(st.builds(Relation, ends, ends, NAMES, NAMES), max_size=2))),
        categories=tuple(draw(st.lists(st.builds(Category, NAMES, NAMES), max_size=2))),
        confirmed_by=draw(NAMES),
    )


@given(st.lists(pairs(), max_size=3))
def test_jsonl_gives_everything_back(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "corpus.jsonl"
        exported = export.write("jsonl", made, target, SCHEMA)
        rows = list(jsonl.read(target, JsonlRow))
    assert (exported.documents, exported.lost) == (len(made), {})
    for (document, revision), row in zip(made, rows, strict=True):
        assert Document(id=row.id, text=row.text, lang=row.lang, meta=row.meta) == document
        assert (row.spans, row.categories) == (revision.spans, revision.categories)
        assert (row.revision, row.confirmed_by) == (revision.number, revision.confirmed_by)
        arrows = (Relation(a.head.key, a.tail.key, a.label, a.by, a.at) for a in row.relations)
        assert tuple(arrows) == revision.relations


@settings(max_examples=30)  # each builds four tokenizers
@given(st.lists(pairs(), min_size=1, max_size=3))
def test_token_formats_give_back_what_they_did_not_lose(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        conll, docbin = Path(folder) / "corpus.conll", Path(folder) / "corpus.spacy"
        exported = export.write("conll", made, conll, SCHEMA)
        packed = export.write("spacy", made, docbin, SCHEMA)
        from_conll = [entities(lines, it) for lines, it in zip(blocks(conll), made, strict=True)]
        from_docbin = list(packed_entities(docbin))
    spans_lost = [problem for problem in exported.problems if problem.span]
    assert spans_lost == [problem for problem in packed.problems if problem.span]
    assert exported.spans == packed.spans == sum(map(len, from_conll))
    assert from_conll == from_docbin
    everything = sorted((d.id, span.key) for d, r in made for span in r.spans)
    kept = [(d.id, key) for (d, _), keys in zip(made, from_conll, strict=True) for key in keys]
    assert sorted(kept + [(p.document, p.span) for p in spans_lost if p.span]) == everything


def blocks(path: Path) -> list[str]:
    """The text of a CoNLL file after each opening line, one a document."""
    first, *documents = path.read_bytes().decode().split("-DOCSTART- -X- -X- O\n\n")
    assert first == ""
    return documents


def entities(lines: str, made: Pair) -> list[SpanKey]:
    """Entities of one document as strict IOB2 reads them, placed in the text again.

    An entity opens with B- and goes on with I- of the same label; anything else is refused, as is
    an entity that runs over the end of a sentence.
    """
    found: list[SpanKey] = []
    position, before = 0, "O"
    for line in lines.split("\n"):
        if not line:
            before = "O"
            continue
        token, *middle, tag = line.split(" ")
        assert middle == ["-X-", "-X-"]
        position = made[0].text.index(token, position)
        end = position + len(token)
        if tag.startswith("B-"):
            found.append((position, end, tag[2:]))
        elif tag.startswith("I-"):
            assert before[2:] == tag[2:]
            found[-1] = (found[-1][0], end, tag[2:])
        position, before = end, tag
    return found


def packed_entities(path: Path) -> Iterator[list[SpanKey]]:
    """Entities of each document of a DocBin."""
    import spacy
    from spacy.tokens import DocBin

    for doc in DocBin().from_disk(path).get_docs(spacy.blank("fr").vocab):
        yield [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
