"""Token formats: tags, CoNLL and CoNLL-U."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadOptions, Refusal
from curate.formats.sources import read_annotated
from curate.formats.token_tags import Chunk, decode_tags
from curate.model import Problem


def read(path: Path, text: str, **options: object):
    path.write_text(text, encoding="utf-8")
    items = list(read_annotated(path, options=ReadOptions(**options)))
    return [i for i in items if isinstance(i, ReadDocument)], [
        i for i in items if isinstance(i, Problem)
    ]


def surfaces(found: ReadDocument) -> list[tuple[str, str]]:
    text = found.document.text
    return [(text[s.start : s.end], s.label) for s in found.layers[0].spans]


CHUNKS = [Chunk(0, 2, "PER"), Chunk(2, 3, "PER"), Chunk(4, 5, "LOC"), Chunk(5, 7, "ORG")]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-PER I-PER B-PER O I-LOC I-ORG I-ORG"),
        ("iob2", "B-PER I-PER B-PER O B-LOC B-ORG I-ORG"),
        ("biluo", "B-PER L-PER U-PER O U-LOC B-ORG L-ORG"),
        ("biluo", "B-PER E-PER S-PER O S-LOC B-ORG E-ORG"),
    ],
)
def test_every_scheme_is_read_asked_for_or_not(scheme, tags):
    assert decode_tags(tags.split()) == decode_tags(tags.split(), scheme) == (CHUNKS, [])


@pytest.mark.parametrize(
    ("scheme", "tags", "odd"),
    [
        ("iob2", "O I-PER", [1]),
        ("iob2", "B-PER I-LOC", [1]),
        ("iob1", "O B-PER", [1]),
        ("biluo", "B-PER O", [1]),
        ("biluo", "B-PER", [0]),
        ("biluo", "I-PER L-PER", [0]),
    ],
)
def test_a_tag_that_the_scheme_asked_for_does_not_allow_is_named(scheme, tags, odd):
    chunks, found = decode_tags(tags.split(), scheme)
    assert found == odd
    assert chunks == decode_tags(tags.split())[0]  # and read all the same


@st.composite
def chunked(draw: st.DrawFn) -> tuple[int, list[Chunk]]:
    chunks: list[Chunk] = []
    at = 0
    for _ in range(draw(st.integers(0, 5))):
        first = at + draw(st.integers(0, 2))
        at = first + draw(st.integers(1, 3))
        chunks.append(Chunk(first, at, draw(st.sampled_from(["PER", "LOC", "B-X"]))))
    return at + draw(st.integers(0, 2)), chunks


def written(length: int, chunks: list[Chunk], scheme: str) -> list[str]:
    """Tags by the definitions of the schemes."""
    tags = ["O"] * length
    for number, (first, last, label) in enumerate(chunks):
        before = chunks[number - 1] if number else Chunk(-1, -1, "")
        tags[first:last] = [f"I-{label}"] * (last - first)
        if scheme != "iob1" or (before.last == first and before.label == label):
            tags[first] = f"B-{label}"
        if scheme == "biluo":
            tags[last - 1] = f"L-{label}"
            if last - first == 1:
                tags[first] = f"U-{label}"
    return tags


@given(chunked(), st.sampled_from(["iob1", "iob2", "biluo"]))
def test_what_is_written_in_a_scheme_is_read_from_it(made, scheme):
    length, chunks = made
    tags = written(length, chunks, scheme)
    assert decode_tags(tags) == (chunks, [])
    assert decode_tags(tags, scheme) == (chunks, [])


def test_conll_text_is_rebuilt_with_spaces_and_newlines(tmp_path):
    text = (
        "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP B-PER\nElm NNP I-NP I-PER\nsleeps VBZ B-VP O\n\n"
        "Rome NNP B-NP B-LOC\n\n\n-DOCSTART- -X- -X- O\n\nNo x x O\n"
    )
    documents, problems = read(tmp_path / "a.conll", text)
    assert [d.document.text for d in documents] == ["Anna Elm sleeps\nRome", "No"]
    assert surfaces(documents[0]) == [("Anna Elm", "PER"), ("Rome", "LOC")]
    assert documents[1].layers[0].spans == ()
    assert problems == []


def test_a_line_that_is_none_is_refused_by_its_number_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "a.conll"
    lines = [
        "Anna\tB-PER",
        "what is this",
        "alone",
        "Rome\tLOC",
        "x\tB-",
        "x\ty\tO",
        "Paris\tB-LOC",
    ]
    documents, problems = read(path, "\n".join(lines))
    assert [p.where for p in problems] == [f"{path}:{n}" for n in (2, 3, 4, 5, 6)]
    assert {p.code for p in problems} == {"read.malformed"}
    assert isinstance(problems[0], Refusal)
    assert problems[0].row == "what is this"
    assert surfaces(documents[0]) == [("Anna", "PER"), ("Paris", "LOC")]


def test_bytes_of_another_encoding_cost_their_line_alone(tmp_path):
    path = tmp_path / "a.conll"
    path.write_bytes("Zoé B-PER\n".encode() + b"caf\xe9 O\n" + "Là O\n".encode())
    document, problem = read_annotated(path)
    assert document.document.text == "Zoé Là"
    assert (problem.code, problem.where) == ("read.unreadable", f"{path}:2")
    (found,) = read_annotated(path, options=ReadOptions(encoding="latin-1"))
    assert found.document.text == "ZoÃ© café LÃ\xa0"


def test_columns_unit_comments_and_names_are_options(tmp_path):
    text = "# id 1\nB-PER 0 Anna\nO 1 #\n\nB-LOC 2 Rome\n"
    columns = {"token": "2", "tag": "0"}
    documents, problems = read(
        tmp_path / "a.bio", text, columns=columns, unit="sentence", labels={"PER": "PERSON"}
    )
    assert [d.document.text for d in documents] == ["Anna #", "Rome"]
    assert surfaces(documents[0]) == [("Anna", "PERSON")]
    assert problems == []
    with pytest.raises(InputError, match="columns of conll are numbers"):
        read(tmp_path / "a.bio", text, columns={"tag": "ner"})


def test_a_token_keeps_what_is_no_blank_of_the_format(tmp_path):
    documents, problems = read(tmp_path / "a.iob", "10\u00a0000\tO\nNew York\tB-LOC\r\n\u2028\tO\n")
    assert documents[0].document.text == "10\u00a0000 New York \u2028"
    assert surfaces(documents[0]) == [("New York", "LOC")]
    assert problems == []


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
    documents, problems = read(tmp_path / "a.conllu", text)
    assert [d.document.text for d in documents] == ["Elle du Havre.", "Fin"]
    assert [d.document.meta["id"] for d in documents] == ["un", "deux"]
    assert surfaces(documents[0]) == [("Havre", "LOC")]
    assert problems == []


def test_conllu_brackets_are_entities(tmp_path):
    tags = ["Entity=(e1-person-1", "Entity=e1)(place)", "_", "Entity=(org", "Entity=org)"]
    words = ["Anna", "Rome", "und", "Bank", "AG"]
    rows = (ROW.format(n, w, "_", t) for n, (w, t) in enumerate(zip(words, tags, strict=True), 1))
    documents, problems = read(tmp_path / "a.conllu", "".join(rows))
    assert surfaces(documents[0]) == [
        ("Anna Rome", "person"),
        ("Rome", "place"),
        ("Bank AG", "org"),
    ]
    assert problems == []
    documents, problems = read(
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
    documents, problems = read(path, text, columns={"tag": "misc:Name"})
    assert surfaces(documents[0]) == [("Omogolo Matema", "HUMAN")]
    assert [p.where for p in problems] == [f"{path}:3", f"{path}:4"]
    documents, _ = read(path, text, columns={"tag": "4"})
    assert surfaces(documents[0]) == [("Omogolo Matema", "PER"), ("Gaborone", "LOC")]
