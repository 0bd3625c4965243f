"""CoNLL-U, read and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import consumer_rules as rules
from support import exported_corpus
from support.golden_corpus import CORPUS, account, export_corpus, without_spaces
from support.read_files import read, read_text, surfaces

from curate.errors import CurateError
from curate.formats import export

ROW = "{}\t{}\t_\t_\t{}\t_\t_\t_\t_\t{}\n"


def test_conllu_honours_space_after_and_multiword_tokens_and_documents(tmp_path):
    text = (
        "# newdoc id = un\n# sent_id = 1\n"
        + ROW.format("1", "Elle", "_", "_")
        + ROW.format("2-3", "du", "_", "_")
        + ROW.format("2", "de", "_", "_")
        + ROW.format("3", "le", "_", "_")
        + ROW.format("3.1", "vide", "_", "_")
        + ROW.format("4", "Havre", "_", "NER=B-LOC|SpaceAfter=No")
        + ROW.format("5", ".", "_", "_")
        + "\n# newdoc id = deux\n"
        + ROW.format("1", "Fin", "_", "_")
    )
    documents, problems = read_text(tmp_path / "a.conllu", text)
    assert [d.document.text for d in documents] == ["Elle du Havre.", "Fin"]
    assert [d.document.meta["id"] for d in documents] == ["un", "deux"]
    assert surfaces(documents[0]) == [("Havre", "LOC")]
    assert problems == []


def test_conllu_brackets_are_entities(tmp_path):
    tags = ["Entity=(e1-person-1", "Entity=e1)(place)", "_", "Entity=(org", "Entity=org)"]
    words = ["Anna", "Rome", "und", "Bank", "AG"]
    rows = (ROW.format(n, w, "_", t) for n, (w, t) in enumerate(zip(words, tags, strict=True), 1))
    documents, problems = read_text(tmp_path / "a.conllu", "".join(rows))
    assert surfaces(documents[0]) == [
        ("Anna Rome", "person"),
        ("Rome", "place"),
        ("Bank AG", "org"),
    ]
    assert problems == []
    documents, problems = read_text(
        tmp_path / "b.conllu",
        ROW.format("1", "a", "_", "Entity=(x") + ROW.format("2", "b", "_", "Entity=y)"),
    )
    assert [p.code for p in problems] == ["read.malformed", "read.malformed"]


def test_conllu_takes_another_key_or_column_and_refuses_sentences_with_other_lines(tmp_path):
    path = tmp_path / "a.conllu"
    text = (
        ROW.format("1", "Omogolo", "PER", "Name=B-HUMAN")
        + ROW.format("2", "Matema", "PER", "Name=I-HUMAN")
        + "\n3\tshort\n\n"
        + ROW.format("x", "y", "_", "_")
        + "\n"
        + ROW.format("4", "Gaborone", "LOC", "_")
    )
    documents, problems = read_text(path, text, columns={"tag": "misc:Name"})
    assert documents[0].document.text == "Omogolo Matema\nGaborone"
    assert surfaces(documents[0]) == [("Omogolo Matema", "HUMAN")]
    assert [p.where for p in problems] == [f"{path}:4", f"{path}:6"]
    documents, _ = read_text(path, text, columns={"tag": "4"})
    assert surfaces(documents[0]) == [("Omogolo Matema", "PER"), ("Gaborone", "LOC")]


def test_a_treebank_without_entities_is_not_annotated(tmp_path):
    rows = ROW.format("1", "Anna", "_", "Tag=NNP|name=yes") + ROW.format("2", "dort", "_", "_")
    documents, problems = read_text(tmp_path / "a.conllu", rows)
    assert (documents[0].layers, problems) == ((), [])


@pytest.mark.parametrize("key", ["NER", "NE", "ner", "Tag", "name"])
def test_conllu_finds_tags_under_the_keys_of_several_tools(tmp_path, key):
    rows = [("Anna", f"{key}=B-PER"), ("Elm", f"{key}=I-PER"), ("saw", f"{key}=O"), ("Rome", "_")]
    lines = (ROW.format(n, word, "_", misc) for n, (word, misc) in enumerate(rows, 1))
    documents, problems = read_text(tmp_path / "a.conllu", "".join(lines))
    assert surfaces(documents[0]) == [("Anna Elm", "PER")]
    assert problems == []


def test_tags_under_a_second_key_are_reported_with_what_reads_them(tmp_path):
    rows = ROW.format("1", "Anna", "_", "NER=B-PER|Entity=(e1-person)")
    documents, problems = read_text(tmp_path / "a.conllu", rows)
    assert surfaces(documents[0]) == [("Anna", "PER")]
    assert [p.code for p in problems] == ["read.unsupported"]
    assert "--column tag=misc:Entity" in problems[0].message
    documents, _ = read_text(tmp_path / "a.conllu", rows, columns={"tag": "misc:Entity"})
    assert surfaces(documents[0]) == [("Anna", "person")]


def test_a_multiword_token_has_the_entities_of_all_its_words(tmp_path):
    rows = [
        ("1-2", "Annas", "_"),
        ("1", "Anna", "Entity=(1-person-new-1"),
        ("2", "s", "Entity=1)"),
        ("3-4", "dela", "_"),
        ("3", "de", "Entity=(4-place-new-1)"),
        ("4", "la", "Entity=(5-place-new-1"),
        ("5", "Rome", "Entity=5)"),
    ]
    text = "".join(ROW.format(number, word, "_", misc) for number, word, misc in rows)
    documents, problems = read_text(tmp_path / "a.conllu", text)
    assert documents[0].document.text == "Annas dela Rome"
    spans = [("Annas", "person"), ("dela", "place"), ("dela Rome", "place")]
    assert (surfaces(documents[0]), problems) == (spans, [])
    rows = [("1-2", "Annas", "_"), ("1", "Anna", "NER=B-PER"), ("2", "s", "NER=B-X")]
    text = "".join(ROW.format(number, word, "_", misc) for number, word, misc in rows)
    documents, problems = read_text(tmp_path / "a.conllu", text)
    assert surfaces(documents[0]) == [("Annas", "PER")]
    assert [p.code for p in problems] == ["read.unsupported"]


COREFERENCE = "# global.Entity = eid-etype-head-other\n" + "".join(
    ROW.format(number, word, "_", misc)
    for number, word, misc in [
        ("1", "Anna", "Entity=(e1-person-1-)"),
        ("2", "old", "Entity=(e5[1/2]-place-1-"),
        ("3", "here", "Entity=e5[1/2])"),
        ("4", "and", "_"),
        ("5", "Rome", "Entity=(e5[2/2]-place-1-)"),
        ("6", "it", "Entity=(e7--1-)"),
        ("6.1", "_", "Entity=(e1--1-)"),
        ("7", "go", "Entity=(c9-event-1-)"),
        ("8", "1", "Entity=(LBC_CBS.12--1-)"),
    ]
)


def test_the_comment_global_entity_says_where_the_type_of_a_mention_is(tmp_path):
    path = tmp_path / "a.conllu"
    documents, problems = read_text(path, COREFERENCE)
    assert surfaces(documents[0]) == [("Anna", "person"), ("go", "event")]
    assert [(p.code, p.where) for p in problems] == [
        ("read.discontinuous", f"{path}:6"),
        ("read.unsupported", f"{path}:7"),  # without a type, two of them
        ("read.unsupported", f"{path}:2"),  # on the empty node
    ]
    documents, _ = read_text(path, COREFERENCE, discontinuous="split")
    pieces = [("old here", "place"), ("Rome", "place")]
    assert surfaces(documents[0]) == [("Anna", "person"), *pieces, ("go", "event")]
    other = COREFERENCE.replace("eid-etype-head-other", "eid-head-etype-other")
    documents, _ = read_text(path, other.replace("person-1", "1-person"))
    assert surfaces(documents[0])[0] == ("Anna", "person")


def test_spacy_converts_conllu_once_the_key_is_renamed(tmp_path: Path) -> None:
    from spacy.training.converters import conllu_to_docs

    path = export_corpus("conllu", tmp_path)
    for key, expected in (("NER", 0), ("NE", account(path)["counts"]["spans"])):
        data = path.read_bytes().decode().replace("NER=", f"{key}=")
        blocks = (block for block in data.split("\n\n") if "\n1\t" in block)  # it wants words
        documents = conllu_to_docs("\n\n".join(blocks), n_sents=1, no_print=True)
        assert sum(len(doc.ents) for doc in documents) == expected


def test_a_conllu_validator_takes_the_file(tmp_path: Path) -> None:
    data = export_corpus("conllu", tmp_path).read_bytes().decode()
    assert data.count("# sent_id") > len(CORPUS)
    assert list(rules.conllu(data)) == []


def test_the_library_conllu_finds_the_same_words_and_entities(tmp_path: Path) -> None:
    import conllu

    path = export_corpus("conllu", tmp_path)
    documents, _ = read(path)
    sentences = conllu.parse(path.read_bytes().decode())
    words = [[token["form"] for token in sentence] for sentence in sentences]
    tags = [token["misc"]["NER"] for sentence in sentences for token in sentence]
    found = "".join(word for sentence in words for word in sentence)
    assert found == without_spaces("".join(item.document.text for item in documents))
    assert sum(tag.startswith("B-") for tag in tags) == account(path)["counts"]["spans"]


@pytest.mark.parametrize("label", ["A|B", "A,B"])
def test_a_label_that_readers_would_tear_is_refused(tmp_path: Path, label: str) -> None:
    made = exported_corpus.pair("À Évian.", ("Évian", label))
    with pytest.raises(CurateError, match="cannot hold the label"):
        export.write("conllu", [made], tmp_path / "a", exported_corpus.LOSSY_SCHEMA)


def test_each_sentence_may_be_a_document(tmp_path):
    text = "# newdoc id = a\n" + "\n".join(ROW.format("1", word, "_", "_") for word in "AB")
    documents, _ = read_text(tmp_path / "a.conllu", text, unit="sentence")
    assert [(it.document.text, it.document.meta) for it in documents] == [
        ("A", {"id": "a"}),
        ("B", {"id": "a"}),
    ]
