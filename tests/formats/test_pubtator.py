"""PubTator, with the library ``bioc`` as the other side."""

from __future__ import annotations

from pathlib import Path

from bioc import pubtator
from hypothesis import given, settings
from hypothesis import strategies as st
from support.golden_corpus import CORPUS, Pair, export_corpus
from support.random_documents import pairs, written_and_read
from support.read_files import read_text, surfaces

from curate.formats.registry import detect_format

TEXT = """1|t|Anna saw Rome
1|a|Nothing. 🚀 Bela.
1\t0\t4\tAnna\tPER\tT1
1\t9\t13\tRome\tLOC
1\t25\t29\tBela\tPER\t
1\tknows\tT1\tT9

2|t|Otto
2|a|
2\t0\t4\tOtto\tPER\tP7
"""


def test_mentions_of_five_and_six_columns_and_relations_of_four(tmp_path: Path) -> None:
    (one, two), problems = read_text(tmp_path / "a.txt", TEXT)
    assert detect_format(tmp_path / "a.txt").name == "pubtator"
    assert one.document.text == "Anna saw Rome\nNothing. 🚀 Bela."
    assert one.document.meta == {"id": "1", "title": "Anna saw Rome"}
    assert surfaces(one) == [("Anna", "PER"), ("Rome", "LOC"), ("Bela", "PER")]
    assert (two.document.text, surfaces(two)) == ("Otto", [("Otto", "PER")])
    assert [(p.code, p.where.rpartition(":")[2]) for p in problems] == [
        ("read.dangling", "6"),
        ("read.unsupported", "8"),
    ]


def test_relations_between_concepts(tmp_path: Path) -> None:
    head = "1|t|Anna and Anna saw Rome\n1|a|\n"
    mentions = "1\t0\t4\tAnna\tPER\tA\n1\t18\t22\tRome\tLOC\tR\n"
    (item,), problems = read_text(tmp_path / "a.txt", f"{head}{mentions}1\tin\tA\tR\n")
    (relation,) = item.layers[0].relations
    assert (relation.head[:2], relation.label, relation.tail[:2]) == ((0, 4), "in", (18, 22))
    assert problems == []
    twice = f"{head}{mentions}1\t9\t13\tAnna\tPER\tA\n1\tin\tA\tR\n"
    (item,), problems = read_text(tmp_path / "a.txt", twice)
    assert item.layers[0].relations == ()
    assert [p.code for p in problems] == ["read.unsupported"]


def test_a_stray_line_is_refused_and_foreign_offsets_are_named(tmp_path: Path) -> None:
    text = "1|t|🚀 Anna\n1|a|Bela\n1\t3\t7\tAnna\tPER\t-\n1\t8\t12\tBela\tPER\t-\nstray\n"
    items, problems = read_text(tmp_path / "a.txt", text)
    assert (items, [(p.code, p.hint) for p in problems]) == (
        [],
        [
            ("read.offset-unit", "read it with --offsets utf16"),
            ("read.malformed", "correct the source and read it again"),
        ],
    )
    (item,), _ = read_text(tmp_path / "a.txt", text, offsets="utf16")
    assert surfaces(item) == [("Anna", "PER"), ("Bela", "PER")]


def test_the_library_reads_every_span_and_relation(tmp_path: Path) -> None:
    documents = pubtator.loads(export_corpus("pubtator", tmp_path).read_text("utf-8"))
    for document, (expected, revision) in zip(documents, CORPUS, strict=True):
        assert document.pmid == expected.id
        assert sorted((it.start, it.end, it.type) for it in document.annotations) == sorted(
            span.key for span in revision.spans
        )
        assert [it.type for it in document.relations] == [it.label for it in revision.relations]
        for it in document.annotations:
            assert it.text.split() == expected.text[it.start : it.end].split()


@settings(max_examples=60)
@given(st.lists(pairs(), max_size=2))
def test_what_is_written_comes_back_but_for_line_breaks(made: list[Pair]) -> None:
    exported, items = written_and_read("pubtator", made)
    names = exported.renamed
    for (document, revision), item in zip(made, items, strict=True):
        assert len(item.document.text) == len(document.text)
        assert item.document.text.split() == document.text.split()
        assert [s.key for s in item.layers[0].spans] == sorted(s.key for s in revision.spans)
        assert {(r.head, r.tail, r.label) for r in item.layers[0].relations} == {
            (r.head, r.tail, names.get(r.label, r.label)) for r in revision.relations
        }
