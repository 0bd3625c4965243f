"""Real corpora, as far as they lie beside the checkout."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadItem, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.to_document import NormalisedDocument, to_document
from curate.model import Problem
from curate.text.normalise import normalise


def everything(path: Path, format: str = "", **options: object) -> list[ReadItem]:
    found = source_files([path], format)
    return [item for file in found for item in read_annotated(file, format, ReadOptions(**options))]


def documents(items: list[ReadItem]) -> list[ReadDocument]:
    return [item for item in items if isinstance(item, ReadDocument)]


def reasons(items: list[ReadItem]) -> Counter[str]:
    return Counter(i.code.removeprefix("read.") for i in items if isinstance(i, Problem))


def spans(items: list[ReadItem]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for item in documents(items):
        for layer in item.layers:
            counts[layer.layer] += len(layer.spans)
    return counts


def test_all_spans_of_winer_are_read(shared_data):
    items = everything(shared_data / "winer-fr-2016", "brat")
    assert len(documents(items)) == 571
    assert spans(items) == {"gold": 9442}
    assert reasons(items) == {}


def test_no_span_of_winer_is_lost_or_changed_by_normalising(shared_data):
    for item in everything(shared_data / "winer-fr-2016", "brat"):
        taken = to_document(item)
        assert isinstance(taken, NormalisedDocument)
        assert taken.problems == ()
        (before,), (after,) = item.layers, taken.item.layers
        assert len(before.spans) == len(after.spans)
        for old, new in zip(before.spans, after.spans, strict=True):
            was = item.document.text[old.start : old.end]
            now = taken.item.document.text[new.start : new.end]
            assert normalise(was).text == now.strip()


def test_entities_of_europeana_come_out_of_iob1(shared_data):
    path = shared_data / "europeana-fr" / "enp_FR.bnf.bio"
    items = everything(path)
    assert spans(items) == {"gold": 9836}
    assert reasons(items) == {}
    (found,) = documents(items)
    assert found.document.text.count(" ") + 1 == path.read_bytes().count(b"\n")  # a token a line
    assert spans(everything(path, scheme="iob1")) == {"gold": 9836}
    told = reasons(everything(path, scheme="iob2"))
    assert set(told) == {"scheme"}  # only I- tags, so every entity begins in a way IOB2 forbids


@pytest.mark.parametrize(
    ("name", "read", "refused"),
    [
        ("example.txt", 1, 0),
        ("example.utf16.csv", 3, 0),
        ("intent/example.jsonl", 4, 1),
        ("relation_extraction/example.jsonl", 1, 0),
        ("seq2seq/example.csv", 2, 2),
        ("seq2seq/example.json", 2, 2),
        ("seq2seq/example.jsonl", 2, 2),
        ("sequence_labeling/example.conll", 1, 0),
        ("sequence_labeling/example.jsonl", 2, 1),
        ("sequence_labeling/example_overlapping.jsonl", 1, 0),
        ("sequence_labeling/labeling.invalid.conll", 1, 1),
        ("sequence_labeling/labeling.trailing.conll", 1, 0),
        ("text_classification/example.csv", 2, 2),
        ("text_classification/example.invalid.2.csv", 2, 1),
        ("text_classification/example.json", 3, 1),
        ("text_classification/example.jsonl", 3, 0),
        ("text_classification/example_fasttext.txt", 3, 1),
        ("text_classification/example_out_of_order_columns.csv", 2, 1),
    ],
)
def test_the_import_examples_of_doccano_are_read_or_refused_by_line(
    shared_data, name, read, refused
):
    items = everything(shared_data / "doccano-import-examples" / name)
    wrong = [i for i in items if isinstance(i, Problem) and i.severity == "error"]
    assert (len(documents(items)), len(wrong)) == (read, refused)
    assert all(problem.where.rpartition(":")[2].isdecimal() for problem in wrong)


def test_what_the_examples_hold_comes_out(shared_data):
    folder = shared_data / "doccano-import-examples"
    invalid = everything(folder / "sequence_labeling" / "labeling.invalid.conll")
    (problem,) = (item for item in invalid if isinstance(item, Problem))
    assert problem.where.endswith("labeling.invalid.conll:1")
    assert spans(invalid) == {"gold": 5}
    doubled = everything(folder / "sequence_labeling" / "example_overlapping.jsonl")
    assert (spans(doubled), reasons(doubled)) == ({"gold": 1}, {"doubled": 1})
    (found,) = documents(everything(folder / "relation_extraction" / "example.jsonl"))
    assert [r.label for r in found.layers[0].relations] == ["foundedAt", "foundedBy", "foundedBy"]


def test_spreadsheets_are_refused_with_what_could_be_given(shared_data):
    with pytest.raises(InputError, match=r"no format is known .*; use one of .*\.csv"):
        everything(shared_data / "doccano-import-examples/text_classification/example.xlsx")


def test_the_novels_have_three_annotators_each(shared_data):
    paths = sorted((shared_data / "doccano-multiuser-novels").glob("*.jsonl"))
    assert len(paths) == 12
    items = [item for path in paths for item in everything(path)]
    assert len(documents(items)) == 124
    users = [f"annotator:{number}" for number in (1, 2, 3)]
    assert all([layer.layer for layer in d.layers] == users for d in documents(items))
    assert spans(items).total() == 8123
    assert all(span.at for d in documents(items) for layer in d.layers for span in layer.spans)
    assert reasons(items) == {"blank-edge": 17}


def test_the_setswana_export_keeps_its_blank_edges_and_counts_them(shared_data):
    items = everything(shared_data / "doccano-export-setswana" / "admin.jsonl")
    found = documents(items)
    assert len(found) == 454
    assert spans(items) == {"gold": 444}
    assert sum(not item.layers for item in found) == 223
    assert reasons(items) == {"blank-edge": 98}
    edged = 0
    for item in found:
        for layer in item.layers:
            marked = [item.document.text[s.start : s.end] for s in layer.spans]
            edged += sum(text != text.strip() for text in marked)
    assert edged == 98
