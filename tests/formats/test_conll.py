"""CoNLL with IOB and BILUO tags, read and written."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_SCHEMA, pair
from support.golden_corpus import Pair, account, export_corpus
from support.random_documents import (
    RANDOM_SCHEMA,
    articles,
    pairs,
    written_and_read,
    written_keys,
)
from support.read_files import documents, read_all, read_text, reasons, span_counts, surfaces, texts

from curate.errors import CurateError, InputError
from curate.formats import export
from curate.formats.reading import ReadOptions, Refusal
from curate.formats.sources import read_annotated


def test_conll_text_is_rebuilt_with_spaces_and_newlines(tmp_path):
    text = (
        "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP B-PER\nElm NNP I-NP I-PER\nsleeps VBZ B-VP O\n\n"
        "Rome NNP B-NP B-LOC\n\n\n-DOCSTART- -X- -X- O\n\nNo x x O\n"
    )
    documents, problems = read_text(tmp_path / "a.conll", text)
    assert [d.document.text for d in documents] == ["Anna Elm sleeps\nRome", "No"]
    assert surfaces(documents[0]) == [("Anna Elm", "PER"), ("Rome", "LOC")]
    assert documents[1].layers[0].spans == ()
    assert problems == []


def test_a_sentence_with_a_line_that_cannot_be_read_is_refused_and_the_rest_is_read(tmp_path):
    path = tmp_path / "a.conll"
    sentences = ["Anna\tB-PER", "Bob O\nwhat is this", "alone", "x\ty\tz", "Rome O\nParis\tB-LOC"]
    documents, problems = read_text(path, "\n\n".join(sentences))
    assert [p.where for p in problems] == [f"{path}:{n}" for n in (4, 6, 8)]
    assert {p.code for p in problems} == {"read.malformed"}
    assert isinstance(problems[0], Refusal)
    assert problems[0].row == "Bob O\nwhat is this"
    assert documents[0].document.text == "Anna\nRome Paris"
    assert surfaces(documents[0]) == [("Anna", "PER"), ("Paris", "LOC")]


def test_bytes_of_another_encoding_cost_their_sentence_alone(tmp_path):
    path = tmp_path / "a.conll"
    path.write_bytes("Zoé B-PER\n\n".encode() + b"caf\xe9 O\n\n" + "Là O\n".encode())
    document, problem = read_annotated(path)
    assert document.document.text == "Zoé\nLà"
    assert (problem.code, problem.where) == ("read.unreadable", f"{path}:3")
    (found,) = read_annotated(path, options=ReadOptions(encoding="latin-1"))
    assert found.document.text == "ZoÃ©\ncafé\nLÃ\xa0"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("PER PER O LOC", [("Anna Elm", "PER"), ("Rome", "LOC")]),
        ("PER-B PER-I O LOC-B", [("Anna Elm", "PER"), ("Rome", "LOC")]),
        ("B_PER I_PER O B_LOC", [("Anna Elm", "PER"), ("Rome", "LOC")]),
        ("PER_B PER_E O LOC_S", [("Anna Elm", "PER"), ("Rome", "LOC")]),
        ("B-per-son I-per-son O B-X-B", [("Anna Elm", "per-son"), ("Rome", "X-B")]),
        ("E-MAIL-B E-MAIL-I O LOC-B", [("Anna Elm", "E-MAIL"), ("Rome", "LOC")]),
        ("B I O B", [("Anna Elm", "entity"), ("Rome", "entity")]),
        ("B-PER I-PER - B-LOC", [("Anna Elm", "PER"), ("Rome", "LOC")]),
    ],
)
def test_a_tag_may_be_a_label_alone_or_have_its_prefix_at_either_end(tmp_path, tags, expected):
    words = "Anna Elm in Rome"
    lines = map("\t".join, zip(words.split(), tags.split(), strict=True))
    documents, problems = read_text(tmp_path / "a.conll", "\n".join(lines))
    assert documents[0].document.text == words
    assert surfaces(documents[0]) == expected
    assert [p.code for p in problems] == ["read.not-annotated"] * tags.count(" - ")


def test_a_tag_that_is_none_changes_no_text_and_is_counted_once(tmp_path):
    path = tmp_path / "a.conll"
    lines = "Anna B-PER\nElm Q-PER\nin O\nRome LOC\n\nx B-\n"
    documents, problems = read_text(path, lines)
    assert documents[0].document.text == "Anna Elm in Rome\nx"
    assert surfaces(documents[0]) == [("Anna", "PER")]
    assert [(p.code, p.severity, p.where) for p in problems] == [
        ("read.unknown-tag", "error", f"{path}:2")
    ]
    assert "3 tokens" in problems[0].message
    parts_of_speech = "Anna NNP\nsaw VBD\nRome NNP\n"
    documents, problems = read_text(path, parts_of_speech)
    assert (documents[0].document.text, documents[0].layers) == ("Anna saw Rome", ())
    assert [p.code for p in problems] == ["read.unknown-tag"]


def test_tokens_that_nobody_annotated_are_not_outside_of_entities(tmp_path):
    documents, problems = read_text(tmp_path / "a.conll", "Anna -\nsaw _\n\nRome -\n")
    assert (documents[0].document.text, documents[0].layers) == ("Anna saw\nRome", ())
    assert problems == []


def test_a_token_may_contain_blanks_where_its_line_has_more_columns(tmp_path):
    lines = "Last Name _ O B-PER\nspeaks _ O O\nto _ O O\nAnna _ O B-PER\n"
    documents, problems = read_text(tmp_path / "a.conll", lines)
    assert documents[0].document.text == "Last Name speaks to Anna"
    assert surfaces(documents[0]) == [("Last Name", "PER"), ("Anna", "PER")]
    assert problems == []


def test_lines_may_lack_columns_between_the_token_and_its_tag(tmp_path):
    lines = "Anna\tNNP\tAnna\tB-PER\nxq\t*\tI-PER\nsaw\tVBD\tsee\tO\nRome\tO\n"
    documents, problems = read_text(tmp_path / "a.conll", lines)
    assert documents[0].document.text == "Anna xq saw Rome"
    assert surfaces(documents[0]) == [("Anna xq", "PER")]
    assert problems == []


def test_tasks_of_label_studio_are_one_document_and_that_is_noted(tmp_path):
    path = tmp_path / "a.conll"
    text = "-DOCSTART- -X- O\nAnna -X- _ B-PER\n\nRome -X- _ B-LOC\n\n"
    documents, problems = read_text(path, text)
    assert texts(documents) == ["Anna\nRome"]
    assert [(p.code, p.severity) for p in problems] == [("read.one-document", "info")]
    documents, problems = read_text(path, text, unit="sentence")
    assert (texts(documents), problems) == (["Anna", "Rome"], [])


def test_columns_unit_comments_and_names_are_options(tmp_path):
    text = "# id 1\nB-PER 0 Anna\nO 1 #\n\nB-LOC 2 Rome\n"
    columns = {"token": "2", "tag": "0"}
    documents, problems = read_text(
        tmp_path / "a.bio", text, columns=columns, unit="sentence", labels={"PER": "PERSON"}
    )
    assert [d.document.text for d in documents] == ["Anna #", "Rome"]
    assert surfaces(documents[0]) == [("Anna", "PERSON")]
    assert problems == []
    with pytest.raises(InputError, match="columns of conll are numbers"):
        read_text(tmp_path / "a.bio", text, columns={"tag": "ner"})


def test_a_token_keeps_what_is_no_blank_of_the_format(tmp_path):
    documents, problems = read_text(
        tmp_path / "a.iob", "10\u00a0000\tO\nNew York\tB-LOC\r\n\u2028\tO\n"
    )
    assert documents[0].document.text == "10\u00a0000 New York \u2028"
    assert surfaces(documents[0]) == [("New York", "LOC")]
    assert problems == []


def test_entities_of_europeana_come_out_of_iob1(shared_data):
    path = shared_data / "europeana-fr" / "enp_FR.bnf.bio"
    items = read_all(path)
    assert span_counts(items) == {"gold": 9836}
    assert reasons(items) == {}
    (found,) = documents(items)
    assert found.document.text.count(" ") + 1 == path.read_bytes().count(b"\n")  # a token a line
    assert span_counts(read_all(path, scheme="iob1")) == {"gold": 9836}
    told = reasons(read_all(path, scheme="iob2"))
    assert set(told) == {"scheme"}  # only I- tags, so every entity begins in a way IOB2 forbids


@settings(max_examples=30)
@given(st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_conll_gives_the_words_and_the_entities_in_them_back(made: list[Pair]) -> None:
    exported, found = written_and_read("conll", made)
    for (document, revision), item in zip(made, found, strict=True):
        assert "".join(item.document.text.split()) == "".join(document.text.split())
        kept = written_keys(exported, document, revision)
        expected = ["".join(document.text[a:b].split()) + f" {label}" for a, b, label in kept]
        text, (layer,) = item.document.text, item.layers
        assert expected == [
            "".join(text[s.start : s.end].split()) + f" {s.label}" for s in layer.spans
        ]


def test_conll_refuses_a_label_that_would_split_its_column(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="'BIG CITY'"):
        export.write(
            "conll", [pair("À Évian.", ("Évian", "BIG CITY"))], tmp_path / "a", LOSSY_SCHEMA
        )
    assert list(tmp_path.iterdir()) == []


def test_seqeval_finds_the_entities_of_iob2_and_of_biluo(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]
        from seqeval.scheme import BILOU, IOB2, Entities  # type: ignore[import-untyped]

    found = {}
    for format, scheme in (("conll", IOB2), ("biluo", BILOU)):
        target = export_corpus(format, tmp_path)
        blocks = target.read_text("utf-8").split("\n\n")
        tags = [[line.rsplit(" ", 1)[1] for line in block.split("\n") if line] for block in blocks]
        strict = Entities([each for each in tags if each], scheme=scheme)
        found[format] = [
            (entity.tag, entity.start, entity.end) for each in strict.entities for entity in each
        ]
        assert len(found[format]) == account(target)["counts"]["spans"]
    assert found["conll"] == found["biluo"]
    flat = [
        line.rsplit(" ", 1)[1]
        for line in "".join((tmp_path / "corpus.conll").read_text("utf-8")).splitlines()
        if line
    ]
    assert len(get_entities(flat)) == len(found["conll"])


def test_seqeval_reads_the_entities_that_conll_holds(shared_data: Path, tmp_path: Path) -> None:
    from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]

    path = tmp_path / "corpus.conll"
    exported = export.write("conll", articles(shared_data, 50), path, RANDOM_SCHEMA)
    lines = path.read_text("utf-8").split("\n")
    tags = [line.rsplit(" ", 1)[1] if line else "O" for line in lines]
    assert len(get_entities(tags)) == exported.spans > 100


@pytest.mark.parametrize("format", ["conll", "biluo"])
def test_spacy_reads_the_file_with_the_same_entities(format: str, tmp_path: Path) -> None:
    """Its own converter of CoNLL-2003 accepts both schemes."""
    from spacy.training.converters import conll_ner_to_docs

    path = export_corpus(format, tmp_path)
    docs = conll_ner_to_docs(path.read_text("utf-8"), no_print=True)
    theirs = [(entity.text, entity.label_) for doc in docs for entity in doc.ents]
    ours = [pair for item in documents(read_all(path, format)) for pair in surfaces(item)]
    assert theirs == [(text.replace("\n", " "), label) for text, label in ours]
    assert len(theirs) == account(path)["counts"]["spans"] > 10


def test_tags_in_a_further_column_are_reported(tmp_path):
    path = tmp_path / "a.conll"
    text = "Anna NNP B-NP B-PER O\nsaw VBD B-VP O O\nRome NNP B-NP B-LOC O\n"
    (document,), (problem,) = read_text(path, text)
    assert (surfaces(document), problem.code) == ([], "read.unsupported")
    (document,), problems = read_text(path, text, columns={"tag": "3"})
    assert (surfaces(document), problems) == ([("Anna", "PER"), ("Rome", "LOC")], [])
    assert (
        read_text(path, text.replace("B-PER O", "O B-PER").replace("B-LOC O", "O B-LOC"))[1] == []
    )


@pytest.mark.parametrize("name", ["a.conll", "a.txt"])
def test_tags_may_stand_before_their_tokens(tmp_path, name):
    (document,), problems = read_text(tmp_path / name, "B-PER\tAnna\nI-PER\tElm\nO\tsaw\n")
    assert (texts([document]), problems) == (["Anna Elm saw"], [])
    assert surfaces(document) == [("Anna Elm", "PER")]


def test_lines_may_end_with_a_carriage_return_alone(tmp_path):
    (document,), problems = read_text(tmp_path / "a.txt", "Anna B-PER\rsaw O\r\rRome B-LOC\r")
    assert (texts([document]), problems) == (["Anna saw\nRome"], [])
    assert surfaces(document) == [("Anna", "PER"), ("Rome", "LOC")]
