"""Tables."""

from __future__ import annotations

import pytest
from support.read_files import read, texts, write_rows

from curate.errors import InputError
from curate.formats.convert import convert
from curate.formats.reading import ReadDocument


def test_a_table_has_a_header_and_bad_rows_are_named_by_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'title;body;label\nT;"Deux\nlignes; et ""plus""";a\nU;;b\nV;trop;x;y\n\nW;Fin;\n', "utf-8"
    )
    found, problems = read(path)
    assert texts(found) == ['Deux\nlignes; et "plus"', "Fin"]
    assert found[0].document.meta == {"title": "T"}
    assert [c.label for c in found[0].layers[0].categories] == ["a"]
    assert found[1].layers == ()
    assert [f.where for f in found] == [f"{path}:2", f"{path}:7"]
    codes = [(p.code, p.where) for p in problems]
    assert codes == [("read.no-text", f"{path}:4"), ("read.malformed", f"{path}:5")]


def test_tables_in_other_encodings_and_with_tabs(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes("texte\turl\nCafé, thé\thttp://x\n".encode("utf-16"))
    found, problems = read(path)
    assert (texts(found), found[0].document.meta, problems) == (
        ["Café, thé"],
        {"url": "http://x"},
        [],
    )
    path.write_bytes("text\nCafé\nok\n".encode("latin-1"))
    found, problems = read(path)
    assert (texts(found), [p.where for p in problems]) == (["ok"], [f"{path}:2"])
    assert texts(read(path, encoding="latin-1")[0]) == ["Café", "ok"]


def test_a_table_without_the_column_says_how_to_name_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,Un texte\n")
    with pytest.raises(InputError, match=r"no column text or body .* --column text=NAME"):
        read(path)
    found, _ = read(path, columns={"text": "b"})
    assert (texts(found), found[0].document.meta) == (["Un texte"], {"a": "1"})


def categories(item: ReadDocument) -> list[str]:
    return [c.label for layer in item.layers for c in layer.categories]


def test_categories_that_doccano_joined_are_several(tmp_path):
    path = tmp_path / "all.csv"
    rows = ["POL#SPORT", "POL", "C#", "b#a", "", "a#a"]
    lines = [f"{n},Anna saw Rome {n},{label},Sure?" for n, label in enumerate(rows)]
    path.write_text("\n".join(["id,text,label,Comments", *lines, ""]), "utf-8")
    found, problems = read(path)
    labels = [categories(item) for item in found]
    assert labels == [["POL", "SPORT"], ["POL"], ["C#"], ["b#a"], [], ["a#a"]]
    assert found[0].document.meta == {"id": "0", "comments": "Sure?"}
    noted = [(it.code, it.severity, it.where) for it in problems]
    assert noted == [("read.joined", "info", f"{path}:{n}") for n in (2, 4, 5, 7)]
    found, problems = read(path, labels={"POL#SPORT": "POL#SPORT"})
    assert (categories(found[0]), len(problems)) == (["POL#SPORT"], 3)


def test_a_label_of_another_table_is_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nUn texte,POL#SPORT\n", "utf-8")
    found, problems = read(path)
    assert (categories(found[0]), problems) == (["POL#SPORT"], [])


def test_what_is_written_is_read_back_but_for_spans_and_joints(tmp_path):
    source = write_rows(
        tmp_path / "in.jsonl",
        {
            "text": 'Un "texte",\r\ndeux\nlignes',
            "lang": "fr",
            "title": "T",
            "meta": {"label": "l", "meta.x": "m", "category": "c", "id": "7", "Titre": "V"},
            "spans": [{"start": 0, "end": 2, "label": "X"}],
            "categories": [{"label": "b"}, {"label": "a"}, {"label": "c#"}],
        },
        {"text": "Trois"},
    )
    target = tmp_path / "out.csv"
    result = convert([source], target)
    assert result.lost == {"categories": 1, "no-spans": 1}
    found, problems = read(target)
    assert texts(found) == ['Un "texte",\r\ndeux\nlignes', "Trois"]
    assert (categories(found[0]), found[0].document.lang) == (["a", "b"], "fr")
    assert found[0].document.meta == {
        "title": "T",
        "label": "l",
        "meta.x": "m",
        "category": "c",
        "id": "7",
        "Titre": "V",
    }
    assert found[1].document.meta == {}
    assert [it.code for it in problems] == ["read.joined"]


def test_cells_that_hold_annotations_as_json_are_read_or_lost_with_a_count(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "text,entities,label\n"
        'Anna saw,"[[0, 4, ""PER""]]",\n'
        "Bela saw,,sport\n"
        "Cem saw,\"[(0, 3, 'PER')]\",\n"
        'Dora saw,,"[{""start"": 0, ""end"": 4, ""labels"": [""PER""]}]"\n',
        encoding="utf-8",
    )
    documents, problems = read(path)
    spans = [[s.key for layer in item.layers for s in layer.spans] for item in documents]
    assert spans == [[(0, 4, "PER")], [], [], [(0, 4, "PER")]]
    assert [item.document.meta for item in documents] == [{}] * 4
    assert [(it.code, it.where) for it in problems] == [("read.not-understood", f"{path}:4")]


def test_rows_with_a_span_each_are_one_document_for_each_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "id,Text,Start,End,Label,desk,by\n"
        "a,Anna saw Rome,0,4,PER,news,ada\n"
        "a,Anna saw Rome,9.0,13.0,LOC,news,bea\n"
        "b,Bela slept,,,,news,ada\n"
        "c,Bela slept,0,99,PER,news,ada\n"
        "d,From Monday on,2026-01-01,2026-01-05,sport,news,ada\n",
        encoding="utf-8",
    )
    documents, problems = read(path, columns={"text": "Text"})
    assert texts(documents) == ["Anna saw Rome", "Bela slept", "Bela slept", "From Monday on"]
    spans = [[s.key for layer in item.layers for s in layer.spans] for item in documents]
    assert spans == [[(0, 4, "PER"), (9, 13, "LOC")], [], [], []]
    assert [len(item.layers) for item in documents[:3]] == [1, 1, 1]
    assert documents[0].document.meta == {"id": "a", "desk": "news"}
    assert documents[3].document.meta["Start"] == "2026-01-01"
    assert [it.code for it in problems] == ["read.unsupported", "read.out-of-range"]


def test_the_texts_of_spans_are_not_taken_for_documents(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("doc\tstart\tend\tlabel\ttext\na\t0\t4\tPER\tAnna\na\t9\t13\tLOC\tRome\n")
    with pytest.raises(InputError, match="texts of spans"):
        read(path)
