"""The format of a file, decided by its whole content."""

from __future__ import annotations

import json

import pytest
from support.read_files import keys_by_layer, read, read_all, write_rows

from curate.errors import InputError
from curate.formats.convert import convert
from curate.formats.reading import ReadOptions
from curate.formats.registry import detect_format
from curate.formats.sources import source_files
from curate.model import Problem

LONG = "Anna saw Rome. " * 75_000  # more than a megabyte


def test_the_first_object_may_be_of_any_size(tmp_path):
    labelled = write_rows(tmp_path / "a.jsonl", {"text": LONG, "label": [[0, 4, "PER"]]})
    assert detect_format(labelled).name == "doccano"
    result = {"type": "labels", "id": "a", "value": {"start": 0, "end": 4, "labels": ["PER"]}}
    task = {"id": 1, "data": {"text": LONG}, "annotations": [{"result": [result]}]}
    (tmp_path / "a.json").write_text(json.dumps([task]))
    (document,), _ = read(tmp_path / "a.json")
    assert keys_by_layer(document) == {"gold": [(0, 4, "PER")]}


@pytest.mark.parametrize("size", [1, 150, 2000])
@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_changes_nothing(tmp_path, size, order):
    rows = [{"id": n, "text": "Bela", "label": None} for n in range(size)]
    rows.append({"id": size, "text": "Anna", "label": [[0, 4, "PER"]]})
    documents, problems = read(write_rows(tmp_path / "a.jsonl", *rows[::order]))
    assert problems == []
    spans = [keys_by_layer(item) for item in documents if item.layers]
    assert spans == [{"gold": [(0, 4, "PER")]}]


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.txt", "Anna NNP B-NP B-PER\nsaw VBD B-VP O\n. . O O\n\n", "conll"),
        ("a.tsv", "Anna\tB-PER\nsaw\tO\n", "conll"),
        ("a.txt", "Anna PER\nsaw O\n", "conll"),
        ("a.txt", "TOKEN\tNE-COARSE-LIT\tMISC\nAnna\tB-pers\t_\n", "token-table"),
        ("a.txt", "Sentence #,Word,Tag\nSentence: 1,Anna,B-per\n,saw,O\n", "token-table"),
        ("a.txt", "1\tAnna\tB-PER\tO\n2\tsaw\tO\tO\n", "token-table"),
        ("a.txt", "Anna\tPerson\nsaw\tO\n\nRome\tplace.city\n", "conll"),
        ("a.json", "Anna\tPerson\nsaw\tO\n", "conll"),
        ("a.txt", "Anna\t1\nsaw\tO\n", "txt"),
        ("a.txt", "id,text,label\n1,Anna saw,POL\n", "csv"),
        ("a.txt", "id\ttext\tlabel\n1\tAnna saw\tPOL\n", "csv"),
        ("a.txt", "Text, label and title\nare words.\n", "txt"),
        ("a.csv", '{"text": "Anna", "label": [[0, 4, "PER"]]}\n', "doccano"),
        ("a.tsv", '["Anna", {"entities": [[0, 4, "PER"]]}]\n', "spacy-json"),
        ("a.txt", '{\n "text": "Anna",\n "label": [[0, 4, "PER"]]\n}\n', "doccano"),
        ("a.txt", "See [Anna](https://a.example) and [the LOC].\n", "txt"),
        ("a.txt", '{"text": "Anna", "label": [[0, 4, "PER"]]}\n', "doccano"),
        ("a.txt", '{"text": "Anna"}\n', "jsonl"),
        ("a.txt", "<!DOCTYPE html><html><body><p>Anna</p></body></html>", "html"),
        ("a.txt", "__label__a Anna\n", "fasttext"),
        ("a.txt", "1\tAnna\t_\t_\t_\t_\t_\t_\t_\tNER=B-PER\n", "conllu"),
        ("a.txt", "#FORMAT=WebAnno TSV 3.3\n\n#Text=A\n1-1\t0-1\tA\t\n", "webanno"),
        ("a.json", '{"text": "Anna"}\n{"text": "Bela"}\n', "jsonl"),
        ("a.txt", "Anna saw Rome.\n", "txt"),
        ("a.txt", "The and/or rule: 3/4 of <b>Anna</b>'s votes.\n", "txt"),
        ("a.txt", "[Reuters] Anna saw Rome.\n", "txt"),
        ("a.txt", "{a brace} begins the text\n", "txt"),
        ("a.txt", "Plan B-\nGroup O\n", "txt"),
        ("a.doccano.jsonl", '{"text": "Anna", "labels": []}\n', "doccano"),
        ("a.prodigy.jsonl.gz", '{"text": "Anna"}\n', "prodigy"),
        ("a.label-studio.json", "[]\n", "label-studio"),
    ],
)
def test_content_decides_and_the_name_only_if_it_names_a_format(tmp_path, name, content, format):
    path = tmp_path / name
    path.write_text(content)
    assert detect_format(path).name == format


@pytest.mark.parametrize(
    ("name", "content", "known"),
    [
        ("a.json", '{"annotatable": {}, "anncomplete": false, "entities": []}', "tagtog"),
        ("a.json", '[{"documentName": "a", "document": "Anna", "tokens": []}]', "UBIAI"),
        ("a.json", '{"examples": [{"example_id": "1", "content": "Anna"}]}', "LightTag"),
        ("a.ndjson", '{"data_row": {"id": "1"}, "projects": {}}', "Labelbox"),
        ("a.json", '{"text": "A", "entities": {"P": [{"indices": [0, 1]}]}}', "GATE"),
        ("a.xml", "<?xml version='1.0'?>\n<GateDocument version='3'/>", "GATE"),
        ("a.txt", "T1\tPER 0 4\tAnna\nR1\tat Arg1:T1 Arg2:T1\t\n", "--from brat"),
        ("a.txt", "{\\rtf1 Anna}", "RTF"),
        ("a.txt", "<START:person> Anna <END> saw Rome .", "OpenNLP"),
        ("a.txt", "<PER>Anna</PER> saw <LOC>Rome</LOC>.", "inline tags.*--from txt"),
        ("a.csv", "<PER>Anna</PER> saw <LOC>Rome</LOC>.", "inline tags"),
        ("a.json", "T1\tPER 0 4\tAnna\n", "--from brat"),
        ("a.txt", "[Anna](PER) saw [Rome](LOC).", "brackets.*--from txt"),
        ("a.txt", "[PER Anna] saw [LOC Rome].", "brackets"),
        ("a.txt", "Anna|NNP|I-PER saw|VBD|O", "bar"),
        ("a.txt", "Anna [PER] saw Rome [LOC].", "brackets"),
        (
            "a.tsv",
            "# webanno.custom.NE | value\n#id=1\n#text=Anna\n1-1\tAnna\tB-PER\n",
            "TSV 1 or 2",
        ),
        ("a.txt", "Anna/PERSON saw/O Rome/LOCATION", "slash"),
        ("a.csv", "File,Line,Begin Offset,End Offset,Type\na.txt,0,0,4,PER\n", "Comprehend"),
        ("a.txt", "He met <ENAMEX TYPE='PERSON'>Anna</ENAMEX>.", "ENAMEX"),
    ],
)
def test_formats_that_are_not_read_are_refused_by_name(tmp_path, name, content, known):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputError, match=known):
        read(path)


def test_a_folder_in_which_nothing_is_read_is_an_error(tmp_path):
    (tmp_path / "a.xmi").write_text("x")
    with pytest.raises(InputError, match=r"no file in the folder .*a\.xmi"):
        list(source_files([tmp_path]))


def test_a_stranger_in_a_folder_is_reported_and_stops_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("Anna saw Rome.")
    (tmp_path / "a.ann").write_text("T1\tPER 0 4\tAnna\n")
    (tmp_path / "b.xml").write_text("<a/>")
    (tmp_path / "typesystem.xml").write_text("<a/>")
    (tmp_path / "c.md").write_text("x")
    reported: list[Problem] = []
    assert list(source_files([tmp_path], "", reported.append)) == [tmp_path / "a.txt"]
    assert [(it.where, it.severity) for it in reported] == [
        (str(tmp_path / "b.xml"), "error"),
        (str(tmp_path / "c.md"), "info"),
        (str(tmp_path / "typesystem.xml"), "error"),
    ]


def test_the_encoding_counts_when_a_folder_is_listed(tmp_path):
    rows = '{"text": "L’été", "label": [[0, 5, "DATE"]]}\n'
    (tmp_path / "a.txt").write_bytes(rows.encode("utf-16-le"))  # without a byte order mark
    (tmp_path / "b.conll").write_bytes("Émile\tB-PER\n".encode("utf-16-le"))
    for format, count in (("", 2), ("doccano", 1), ("conll", 1)):
        options = ReadOptions(encoding="utf-16-le")
        result = convert([tmp_path], tmp_path.parent / "o.jsonl", read_as=format, options=options)
        assert (result.read.spans, result.failed) == (count, False)


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path):
    (tmp_path / "a.csv").write_text("name,count\nAnna,1\n")
    (tmp_path / "b.jsonl").write_text('{"text": "Anna"}\n')
    result = convert([tmp_path], tmp_path.parent / "out.jsonl")
    assert (result.read.documents, result.refused, result.failed) == (1, 1, True)
    (problem,) = result.problems
    assert "--column text=NAME" in problem.hint
    with pytest.raises(InputError, match="--column text=NAME"):
        convert([tmp_path / "a.csv"], tmp_path.parent / "out.jsonl")


def test_a_named_format_wins_over_the_endings_of_a_folder(tmp_path):
    for name in ("a.tsv", "b.tsv"):
        (tmp_path / name).write_text("Anna\tB-PER\n")
    assert len(read_all(tmp_path, "conll")) == 2
    assert len(read_all(tmp_path, "lines")) == 2


def test_an_encoding_that_does_not_exist_is_an_error(tmp_path):
    (tmp_path / "a.txt").write_text("Anna")
    for name in ("latin-99", "base64", "a\0b"):
        with pytest.raises(InputError, match="there is no encoding"):
            read(tmp_path / "a.txt", encoding=name)


@pytest.mark.parametrize("format", ["parquet", "spacy", "label-studio"])
def test_files_are_recognised_without_their_ending(tmp_path, format):
    source = write_rows(tmp_path / "a.jsonl", {"text": "Anna", "spans": [[0, 4, "PER"]]})
    convert([source], tmp_path / "b", write_as=format)
    for name in ("b", "b.txt"):
        path = (tmp_path / "b").rename(tmp_path / name)
        assert detect_format(path).name == format
        assert [keys_by_layer(it) for it in read(path)[0]] == [{"gold": [(0, 4, "PER")]}]
        path.rename(tmp_path / "b")


def test_the_table_of_label_studio_is_recognised_by_its_header(tmp_path):
    (tmp_path / "a.txt").write_text(
        "annotation_id,annotator,id,label,lead_time,text\n"
        '1,7,1,"[{""start"":0,""end"":4,""text"":""Anna"",""labels"":[""PER""]}]",1,Anna\n'
    )
    (document,), problems = read(tmp_path / "a.txt")
    assert (keys_by_layer(document), problems) == ({"annotator:7": [(0, 4, "PER")]}, [])
