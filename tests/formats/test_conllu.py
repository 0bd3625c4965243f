"""CoNLL-U, read and written."""

from __future__ import annotations

from pathlib import Path

from support import consumer_rules as rules
from support.golden_corpus import CORPUS, export_corpus
from support.read_files import read_text, surfaces

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


def test_conllu_takes_another_key_or_column_and_refuses_other_lines(tmp_path):
    path = tmp_path / "a.conllu"
    text = (
        ROW.format("1", "Omogolo", "PER", "Name=B-HUMAN")
        + ROW.format("2", "Matema", "PER", "Name=I-HUMAN")
        + "3\tshort\n"
        + ROW.format("x", "y", "_", "_")
        + ROW.format("4", "Gaborone", "LOC", "_")
    )
    documents, problems = read_text(path, text, columns={"tag": "misc:Name"})
    assert surfaces(documents[0]) == [("Omogolo Matema", "HUMAN")]
    assert [p.where for p in problems] == [f"{path}:3", f"{path}:4"]
    documents, _ = read_text(path, text, columns={"tag": "4"})
    assert surfaces(documents[0]) == [("Omogolo Matema", "PER"), ("Gaborone", "LOC")]


def test_a_conllu_validator_takes_the_file(tmp_path: Path) -> None:
    data = export_corpus("conllu", tmp_path).read_bytes().decode()
    assert data.count("# sent_id") > len(CORPUS)
    assert list(rules.conllu(data)) == []
