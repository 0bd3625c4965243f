"""Files for Doccano, imported into the real server as its page does, and its exports read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.doccano_files import FileProject
from support.read_files import read, write_rows

from curate.doccano.session import Session
from curate.errors import TaskFailed
from curate.formats import export
from curate.formats.convert import convert
from curate.formats.doccano import RESERVED
from curate.formats.reading import ReadDocument
from curate.formats.registry import detect_format
from curate.formats.writing import GoldDocument
from curate.model import Annotation, Category, Document, Relation, Span
from curate.schema import Schema, schema_of_labels
from curate.util import jsonl

pytestmark = [pytest.mark.server, pytest.mark.slow]

PER, LOC = (2, 6, "PER"), (11, 15, "LOC")
TEXT = "🇫🇷Anna vit à Rome."  # the flag is two code points and four UTF-16 units
PLAIN = "Bela est à Oslo."


def pair(
    text: str,
    *spans: tuple[int, int, str],
    relations: tuple[Relation, ...] = (),
    categories: tuple[str, ...] = (),
    meta: dict[str, str] | None = None,
) -> GoldDocument:
    document = Document(id=jsonl.document_id(text), text=text, meta=meta or {})
    annotation = Annotation(
        document=document.id,
        layer="gold",
        spans=tuple(Span(*span) for span in spans),
        relations=relations,
        categories=tuple(map(Category, categories)),
    )
    return document, annotation.revision()


def schema(spans: str = "", relations: str = "", categories: str = "") -> Schema:
    return schema_of_labels("s@1.0.0", "fr", *map(str.split, (spans, relations, categories)))


def keys(item: ReadDocument) -> list[tuple[int, int, str]]:
    return [span.key for layer in item.layers for span in layer.spans]


def meta(item: ReadDocument) -> dict[str, str]:
    """The metadata without the number that the server gave the document."""
    return {name: value for name, value in item.document.meta.items() if name != "id"}


METADATA = (
    {"title": "Un titre", "Titre": "A", "titre": "b", "row": "0012", "share": "0.10"},
    {"source": "AFP", "published": "2026-01-01", "headline": "Une"},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doccano")


def test_spans_arrive_as_they_were_written_with_metadata_that_differs(
    admin: Session, folder: Path
) -> None:
    """Numbers, letters of both cases and missing fields, which Doccano would make NaN of."""
    documents = [pair(TEXT, PER, LOC, meta=METADATA[0]), pair(PLAIN, meta=METADATA[1])]
    path = folder / "spans.jsonl"
    exported = export.write("doccano", documents, path, schema("PER LOC"), offsets="utf16")
    assert exported.problems == ()
    project = FileProject(admin, "SequenceLabeling")
    assert project.import_file(path) == []
    first, second = project.examples()
    assert (first["text"], second["text"]) == (TEXT, PLAIN)
    assert project.spans(first["id"]) == [(4, 8, "PER"), (13, 17, "LOC")]
    assert project.spans(second["id"]) == []
    names = {name for it in METADATA for name in it}
    assert first["meta"].keys() == second["meta"].keys() == {"curate_id", "curate_judged", *names}
    assert {name: first["meta"][name] for name in METADATA[0]} == METADATA[0]
    found, problems = read(project.export_file(folder), offsets="utf16")
    assert problems == []
    assert [keys(item) for item in found] == [[PER, LOC], []]
    assert [len(item.layers) for item in found] == [1, 1]  # the second is judged, and has none
    assert [meta(item) for item in found] == [*METADATA]


def test_the_encoding_that_the_server_guesses_is_right(admin: Session, folder: Path) -> None:
    path = folder / "guessed.jsonl"
    export.write("doccano", [pair("Une page sans œil.")], path, schema("PER"))
    project = FileProject(admin, "SequenceLabeling")
    assert project.import_file(path, encoding="Auto") == []
    assert [row["text"] for row in project.examples()] == ["Une page sans œil."]


def test_relations_arrive_between_their_spans(admin: Session, folder: Path) -> None:
    lives = Relation(PER, LOC, "lives_in")
    documents = [pair(TEXT, PER, LOC, relations=(lives,)), pair(PLAIN, (0, 4, "PER"))]
    path = folder / "relations.jsonl"
    export.write("doccano", documents, path, schema("PER LOC", "lives_in"), offsets="utf16")
    project = FileProject(admin, "SequenceLabeling", use_relation=True)
    assert project.import_file(path) == []
    first, second = project.examples()
    assert project.relations(first["id"]) == [((4, 8), (13, 17), "lives_in")]
    assert project.spans(second["id"]) == [(0, 4, "PER")]
    project.comment(first["id"], "Sûr ?")
    found, problems = read(project.export_file(folder), offsets="utf16")
    assert problems == []
    assert [it.key for it in found[0].layers[0].relations] == [lives.key]
    assert keys(found[1]) == [(0, 4, "PER")]
    assert meta(found[0]) == {"comments": '["Sûr ?"]'}


def test_categories_arrive_numbers_among_them(admin: Session, folder: Path) -> None:
    """Doccano drops a label that is a number in JSON, so numbers are written as text."""
    documents = [pair(TEXT, categories=("7", "sport")), pair(PLAIN)]
    path = folder / "categories.jsonl"
    export.write("doccano", documents, path, schema(categories="7 sport"))
    project = FileProject(admin, "DocumentClassification")
    assert project.import_file(path) == []
    first, second = project.examples()
    assert project.categories(first["id"]) == ["7", "sport"]
    assert project.categories(second["id"]) == []
    found, _ = read(project.export_file(folder))
    assert [it.label for it in found[0].layers[0].categories] == ["7", "sport"]
    assert [len(item.layers) for item in found] == [1, 1]  # the second is judged, and has none


def test_spans_with_categories_arrive(admin: Session, folder: Path) -> None:
    documents = [pair(TEXT, PER, categories=("sport",)), pair(PLAIN, (11, 15, "LOC"))]
    path = folder / "both.jsonl"
    export.write("doccano", documents, path, schema("PER LOC", "", "sport"), offsets="utf16")
    project = FileProject(admin, "IntentDetectionAndSlotFilling")
    assert project.import_file(path) == []
    first, second = project.examples()
    assert project.categories(first["id"]) == ["sport"]
    assert project.spans(first["id"]) == [(4, 8, "PER")]
    found, _ = read(project.export_file(folder), offsets="utf16")
    assert [keys(item) for item in found] == [[PER], [(11, 15, "LOC")]]
    assert [it.label for it in found[0].layers[0].categories] == ["sport"]
    assert project.spans(second["id"]) == [(11, 15, "LOC")]


def test_metadata_with_names_of_doccano_is_kept_apart(admin: Session, folder: Path) -> None:
    """Such a name would replace the text or a label, or fail the import or the export."""
    own = {name: f"value of {name}" for name in sorted(RESERVED)}
    documents = [pair(PLAIN, (0, 4, "PER"), meta=own), pair(TEXT, meta={"title": "T"})]
    path = folder / "reserved.jsonl"
    export.write("doccano", documents, path, schema("PER"))
    for relation in (False, True):
        project = FileProject(admin, "SequenceLabeling", use_relation=relation)
        column = {"column_label": "label"}
        if relation:  # the other shape, by a schema with relations
            export.write("doccano", documents, path, schema("PER", "r"))
        assert project.import_file(path, **column) == []
        first, second = project.examples()
        assert (first["text"], project.spans(first["id"])) == (PLAIN, [(0, 4, "PER")])
        found, problems = read(project.export_file(folder))
        assert problems == []
        assert [item.document.text for item in found] == [PLAIN, TEXT]
        assert [keys(item) for item in found] == [[(0, 4, "PER")], []]
        assert (found[0].document.meta, meta(found[1])) == (own, {"title": "T"})


def test_why_the_names_of_doccano_are_kept_apart(admin: Session, folder: Path) -> None:
    """In files of other tools such metadata replaces, or fails the import or the export."""
    path = folder / "names.jsonl"
    for name, arrives in (("text", True), ("example_uuid", False), ("label", True)):
        row = {"body": PLAIN, "entities": [[0, 4, "PER"]], name: "a value"}
        path.write_text(json.dumps(row) + "\n")
        project = FileProject(admin, "SequenceLabeling")
        errors = project.import_file(path, column_data="body", column_label="entities")
        assert (errors == []) == arrives
        examples = project.examples()
        assert [it["text"] for it in examples] == ([PLAIN] if arrives else [])
        if name == "text":
            assert "text" not in examples[0]["meta"]
    with pytest.raises(TaskFailed):  # the last one has two columns of this name now
        project.export_file(folder)


def test_a_mark_made_by_hand_is_read_in_utf16_and_reported_without(
    admin: Session, folder: Path
) -> None:
    path = folder / "hand.jsonl"
    export.write("doccano", [pair(TEXT, PER), pair(PLAIN)], path, schema("PER"), offsets="utf16")
    project = FileProject(admin, "SequenceLabeling")
    project.import_file(path)
    first, second = project.examples()
    project.mark(first["id"], 13, 17, "PER")  # what the page sends for « Rome »
    project.mark(second["id"], 11, 15, "PER")
    exported = project.export_file(folder)
    found, problems = read(exported, offsets="utf16")
    assert problems == []
    assert keys(found[0]) == [PER, (11, 15, "PER")]
    found, problems = read(exported)
    assert [(it.code, it.severity) for it in problems] == [("read.ambiguous-offsets", "warning")]
    assert problems[0].where == f"{exported}:1"
    assert keys(found[0]) == [(4, 8, "PER"), (13, 17, "PER")]
    assert keys(found[1]) == [(11, 15, "PER")]


COMMA = "Anna, Bela et « Carla »\nvont à Rome."


@pytest.fixture(scope="module")
def classified(admin: Session, folder: Path) -> FileProject:
    """A project whose documents have categories and comments."""
    project = FileProject(admin, "DocumentClassification")
    labels = [("POL",), ("SPORT", "POL"), ()]
    documents = [
        pair(text, categories=names, meta={"title": f"Titre, {n}"})
        for n, (text, names) in enumerate(zip((PLAIN, COMMA, TEXT), labels, strict=True))
    ]
    path = folder / "classified.jsonl"
    export.write("doccano", documents, path, schema(categories="POL SPORT"))
    assert project.import_file(path) == []
    project.comment(project.examples()[1]["id"], "Sûr, vraiment ?")
    return project


def labels_by_text(found: list[ReadDocument]) -> dict[str, list[str]]:
    return {
        item.document.text: [it.label for layer in item.layers for it in layer.categories]
        for item in found
    }


CLASSIFIED = {PLAIN: ["POL"], COMMA: ["POL", "SPORT"], TEXT: []}


@pytest.mark.parametrize(
    ("format", "detected"),
    [("CSV", "csv"), ("fastText", "fasttext"), ("JSON", "doccano"), ("JSONL", "doccano")],
)
def test_every_export_of_categories_is_read(
    format: str, detected: str, classified: FileProject, folder: Path
) -> None:
    exported = classified.export_file(folder, format)
    assert detect_format(exported).name == detected
    found, problems = read(exported)
    assert labels_by_text(found) == CLASSIFIED
    assert "Sûr, vraiment ?" in found[1].document.meta["comments"]
    if format != "fastText":
        assert [item.document.meta["title"] for item in found] == [f"Titre, {n}" for n in range(3)]
    assert [it.code for it in problems] == (["read.joined"] if format == "CSV" else [])


def test_the_server_does_not_read_its_own_fasttext_and_reads_ours(
    classified: FileProject, admin: Session, folder: Path
) -> None:
    theirs = classified.export_file(folder, "fastText")
    ours = folder / "ours.txt"
    convert([theirs], ours, write_as="fasttext")
    found: list[list[tuple[str, list[str]]]] = []
    for path in (theirs, ours):
        project = FileProject(admin, "DocumentClassification")
        assert project.import_file(path, "fastText") == []
        rows = project.examples()
        found.append([(row["text"], project.categories(row["id"])) for row in rows])
    texts = [PLAIN, COMMA.replace("\n", " "), TEXT]
    assert found[1] == list(zip(texts, CLASSIFIED.values(), strict=True))
    assert len(found[0]) == 4  # a line break ends a document, and a quoted label is text
    assert '"__label__POL Anna,' in found[0][1][0]


def test_a_table_that_is_written_is_imported(admin: Session, folder: Path) -> None:
    """Doccano takes a joined label for one category, so several need the format doccano."""
    path = folder / "table.csv"
    documents = [
        pair(PLAIN, categories=("7",), meta={"title": "Un, titre"}),
        pair(COMMA, categories=("a", "b")),
    ]
    export.write("csv", documents, path, schema(categories="7 a b"))
    project = FileProject(admin, "DocumentClassification")
    assert project.import_file(path, "CSV") == []
    first, second = project.examples()
    assert (first["text"], second["text"]) == (PLAIN, COMMA)
    assert first["meta"]["title"] == "Un, titre"
    assert project.categories(first["id"]) == ["7"]
    assert project.categories(second["id"]) == ["a#b"]
    found, _ = read(project.export_file(folder, "CSV"))
    assert labels_by_text(found) == {PLAIN: ["7"], COMMA: ["a", "b"]}


def imported(project: FileProject, path: Path, **columns: str) -> list[tuple[str, list[str]]]:
    """The texts and categories that arrive from a file; empty if the import fails."""
    try:
        project.import_file(path, **columns)
    except TaskFailed:
        return []
    return [(row["text"], project.categories(row["id"])) for row in project.examples()]


FAULTS = {
    "a null beside a number": [
        {"text": "Anna", "label": ["a"], "by": None},
        {"text": "Bela", "label": ["b"], "by": 3},
    ],
    "a missing field": [
        {"text": "Anna", "label": ["a"], "by": "x"},
        {"text": "Bela", "label": ["b"]},
    ],
    "a number as a label": [
        {"text": "Anna", "label": 7},
        {"text": "Bela", "label": ["b"]},
    ],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rows_that_the_server_refuses_or_drops_arrive_after_a_conversion(
    fault: str, admin: Session, tmp_path: Path
) -> None:
    wanted = [(row["text"], [str(it) for it in _listed(row["label"])]) for row in FAULTS[fault]]
    path = write_rows(tmp_path / "theirs.jsonl", *FAULTS[fault])
    assert imported(FileProject(admin, "DocumentClassification"), path) != wanted
    result = convert([path], tmp_path / "ours.jsonl", read_as="doccano", write_as="doccano")
    assert (result.refused, result.lost) == (0, {})
    assert imported(FileProject(admin, "DocumentClassification"), tmp_path / "ours.jsonl") == wanted


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_a_category_that_stands_twice_fails_the_import_and_is_counted(
    admin: Session, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "theirs.jsonl", {"text": "Anna", "label": ["a", "a"]})
    assert imported(FileProject(admin, "DocumentClassification"), path) == []
    result = convert([path], tmp_path / "ours.jsonl", write_as="doccano")
    assert result.lost == {"doubled": 1}
    project = FileProject(admin, "DocumentClassification")
    assert imported(project, tmp_path / "ours.jsonl") == [("Anna", ["a"])]


def test_a_byte_order_mark_costs_the_server_a_document_and_us_none(
    admin: Session, tmp_path: Path
) -> None:
    path = tmp_path / "marked.jsonl"
    rows = [json.dumps({"text": name, "label": ["a"]}) for name in ("Anna", "Bela")]
    path.write_text("\n".join(rows), "utf-8-sig")
    wanted = [("Anna", ["a"]), ("Bela", ["a"])]
    assert imported(FileProject(admin, "DocumentClassification"), path) == wanted[1:]
    convert([path], tmp_path / "ours.jsonl", write_as="doccano")
    project = FileProject(admin, "DocumentClassification")
    assert imported(project, tmp_path / "ours.jsonl") == wanted


def test_white_space_of_texts_and_labels_is_kept(admin: Session, folder: Path) -> None:
    text = "\u00a0 Anna\r\n\tdort\u2028.  "
    documents = [pair(text, (2, 6, " PER "), (2, 6, "PER")), pair("Bela")]
    path = folder / "blanks.jsonl"
    export.write("doccano", documents, path, schema("PER"))
    project = FileProject(admin, "SequenceLabeling")
    assert project.import_file(path) == []
    first, _ = project.examples()
    assert first["text"] == text
    assert project.spans(first["id"]) == [(2, 6, " PER "), (2, 6, "PER")]
    found, _ = read(project.export_file(folder))
    assert found[0].document.text == text
    assert keys(found[0]) == [(2, 6, " PER "), (2, 6, "PER")]


def test_a_span_beyond_the_text_which_the_server_accepts_is_lost(
    admin: Session, folder: Path
) -> None:
    path = write_rows(folder / "beyond.jsonl", {"text": "Anna", "label": [[0, 9, "PER"]]})
    project = FileProject(admin, "SequenceLabeling")
    assert project.import_file(path) == []
    assert project.spans(project.examples()[0]["id"]) == [(0, 9, "PER")]
    found, problems = read(project.export_file(folder))
    assert (keys(found[0]), [it.code for it in problems]) == ([], ["read.out-of-range"])


def test_documents_without_annotations_are_imported_without_an_error(
    admin: Session, folder: Path
) -> None:
    path = folder / "empty.jsonl"
    export.write("doccano", [pair(PLAIN), pair(TEXT)], path, schema("PER"))
    project = FileProject(admin, "SequenceLabeling")
    assert project.import_file(path) == []
    assert [row["text"] for row in project.examples()] == [PLAIN, TEXT]


def test_numbers_in_metadata_change_on_the_server_unless_they_are_text(
    admin: Session, tmp_path: Path
) -> None:
    """An integer beside a fraction becomes one, and fractions are rounded; objects stay."""
    more = {"parts": [1, {"a": None}]}
    rows = [
        {"text": "Anna", "label": ["a"], "row": 3, "share": 0.123456789012, **more},
        {"text": "Bela", "label": ["a"], "row": 2.5, "share": 1.0, **more},
    ]
    theirs = write_rows(tmp_path / "theirs.jsonl", *rows)
    convert([theirs], tmp_path / "ours.jsonl", write_as="doccano")
    arrived: list[list[dict[str, str]]] = []
    for path in (theirs, tmp_path / "ours.jsonl"):
        project = FileProject(admin, "DocumentClassification")
        assert project.import_file(path) == []
        (tmp_path / path.stem).mkdir()
        found, problems = read(project.export_file(tmp_path / path.stem))
        assert problems == []
        arrived.append([meta(item) for item in found])
    parts = '[1,{"a":null}]'
    assert arrived[0] == [
        {"row": "3.0", "share": "0.123456789", "parts": parts},
        {"row": "2.5", "share": "1.0", "parts": parts},
    ]
    assert arrived[1] == [
        {"row": "3", "share": "0.123456789012", "parts": parts},
        {"row": "2.5", "share": "1.0", "parts": parts},
    ]
