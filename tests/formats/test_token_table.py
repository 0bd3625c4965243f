"""Tables of tokens with several columns of tags."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.read_files import keys_by_layer, read, read_text, surfaces, texts

from curate.errors import InputError
from curate.formats.registry import detect_format

HIPE = """\
TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-NESTED\tNEL-LIT\tMISC
# hipe2022:document_id = a
# hipe2022:date = 1923-01-15
# hipe2022:language = fr
Anna\tB-pers\t_\tO\tQ1\t_
Elm\tI-pers\t_\tB-loc\tQ1\tNoSpaceAfter
,\tO\t_\tO\tO\tEndOfSentence
#\tO\t_\tO\tO\t_
Rome\tB-loc\tB-org\tO\t_\tNoSpaceAfter|EndOfLine

# hipe2022:document_id = b
# hipe2022:date = NA
Rien\t_\t_\t_\t_\t_
"""


def test_each_column_of_hipe_is_a_layer_and_comments_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    (first, second), problems = read_text(path, HIPE)
    assert detect_format(path).name == "token-table"
    assert first.document.text == "Anna Elm,\n# Rome"
    assert first.document.meta == {"id": "a", "published": "1923-01-15"}
    assert first.document.lang == "fr"
    assert keys_by_layer(first) == {
        "gold": [(0, 8, "pers"), (12, 16, "loc")],
        "column:NE-COARSE-METO": [(12, 16, "org")],
        "column:NE-NESTED": [(5, 8, "loc")],
    }
    assert (second.document.text, second.layers) == ("Rien", ())
    assert [(p.code, p.where) for p in problems] == [
        ("read.not-annotated", f"{path}:5"),
        ("read.unsupported", f"{path}:5"),
    ]
    (first, _), _ = read(path, columns={"tag": "NE-NESTED"})
    assert keys_by_layer(first)["gold"] == [(5, 8, "loc")]
    with pytest.raises(InputError, match="no column NE"):
        read(path, columns={"tag": "NE"})


GERMEVAL = """\
#\tn-tv.de vom 26.02.2005 [2005-02-26]
1\tUni\tB-ORG\tO
2\tBonn\tI-ORG\tB-LOC
3\tund\tO\tO

#\tanderswo
1\t#\tO\tO
2\tRomer\tB-LOCderiv\tO
"""


def test_nested_columns_without_a_header_are_one_layer(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    (item,), problems = read_text(path, GERMEVAL)
    assert item.document.text == "Uni Bonn und\n# Romer"
    assert surfaces(item) == [("Uni Bonn", "ORG"), ("Bonn", "LOC"), ("Romer", "LOCderiv")]
    assert problems == []
    items, _ = read(path, unit="sentence")
    assert texts(items) == ["Uni Bonn und", "# Romer"]


def test_chunks_beside_entities_do_not_nest(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("Anna\tNNP\tB-NP\tB-PER\nsaw\tVBD\tB-VP\tO\nRome\tNNP\tB-NP\tB-LOC\n")
    assert detect_format(path).name == "conll"


NER_DATASET = """\
Sentence #,Word,POS,Tag
Sentence: 1,Anna,NNP,B-per
,saw,VBD,O
,",",",",O
Sentence: 2,Rome,NNP,B-geo
"""


def test_the_column_sentence_says_where_sentences_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    (item,), problems = read_text(path, NER_DATASET)
    assert item.document.text == "Anna saw ,\nRome"
    assert surfaces(item) == [("Anna", "per"), ("Rome", "geo")]
    assert [p.code for p in problems] == ["read.one-document"]
    items, problems = read(path, unit="sentence")
    assert (texts(items), problems) == (["Anna saw ,", "Rome"], [])


def test_a_damaged_row_costs_its_sentence_and_an_unknown_tag_no_token(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    text = "TOKEN\tNER\nAnna\tB-PER\nsaw\tQ\n\nRome\n\nÀ\tO\nBern\tB-LOC\n"
    (item,), problems = read_text(path, text)
    assert item.document.text == "Anna saw\nÀ Bern"
    assert surfaces(item) == [("Anna", "PER"), ("Bern", "LOC")]
    assert [(p.code, p.where) for p in problems] == [
        ("read.unknown-tag", f"{path}:3"),
        ("read.malformed", f"{path}:5"),
    ]
    path.write_text("a\tb\nc\td\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column of tokens"):
        read(path, "token-table")


def test_newseye_has_as_many_entities_as_its_authors_count(shared_data: Path) -> None:
    path = shared_data / "newseye-fr" / "HIPE-2022-v1.0-newseye-dev2-fr.tsv"
    documents, problems = read(path)
    layers = [keys_by_layer(item) for item in documents]
    assert len(documents) == 35
    assert sum(len(spans["gold"]) for spans in layers) == 1298
    assert {p.code for p in problems} == {"read.unsupported"}  # links to Wikidata
    rows = path.read_text("utf-8").splitlines()[1:]
    tokens = [row.split("\t")[0] for row in rows if row.count("\t") == 9]
    text = "".join(item.document.text for item in documents)
    assert "".join(text.split()) == "".join("".join(tokens).split())


@pytest.mark.parametrize(
    "name",
    ["105_persuasion", "1342_pride_and_prejudice", "76_adventures_of_huckleberry_finn"],
)
def test_the_table_of_litbank_says_what_its_brat_files_say(shared_data: Path, name: str) -> None:
    folder = shared_data / "litbank-3" / "entities"
    (table,), problems = read(folder / "tsv" / f"{name}_brat.tsv")
    assert problems == []
    (standoff,), _ = read(folder / "brat" / f"{name}_brat.txt")
    assert table.document.text.split() == standoff.document.text.split()
    assert sorted(surfaces(table)) == sorted(
        (" ".join(surface.split()), label) for surface, label in surfaces(standoff)
    )


def test_nested_columns_need_no_label_in_common(tmp_path):
    text = "Anna\tB-PER\tO\tO\t\nof\tI-PER\tO\tO\t\nRome\tI-PER\tB-GPE\tO\t\n"
    (document,), problems = read_text(tmp_path / "a.tsv", text)
    assert surfaces(document) == [("Anna of Rome", "PER"), ("Rome", "GPE")]
    assert problems == []
    chunks = "Anna\tB-NP\tB-PER\nsaw\tB-VP\tO\n"
    (document,), _ = read_text(tmp_path / "b.tsv", chunks)
    assert surfaces(document) == [("Anna", "PER")]
