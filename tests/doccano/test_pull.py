"""The snapshot of projects that hold real data, imported without curate.

The server's own import keeps the rows as they are: spans with blank edges, overlaps, offsets beyond
the text, one span three times, rows without a text.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from curate.doccano.client import DataUploadRepository
from curate.doccano.project_types import RELATIONS, SPANS, SPANS_AND_CATEGORIES, ProjectKind
from curate.doccano.pull import snapshot
from curate.doccano.session import Session
from curate.model import Annotation, Document, Example, Span
from curate.quality import check_documents
from curate.schema import Label, Schema
from curate.sync.run import sync
from curate.text.offsets import is_blank
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]
Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def imported(
    admin: Session, kind: ProjectKind, rows: list[Row], folder: Path
) -> tuple[int, set[int]]:
    """A project that allows everything with these rows; its number, and the lines refused."""
    body = {
        "name": f"wild-{secrets.token_hex(4)}",
        "description": "wild",
        "project_type": kind.type,
        "resourcetype": f"{kind.type}Project",
        "collaborative_annotation": True,
    }
    if kind.type == "SequenceLabeling":
        body |= {"allow_overlapping": True, "use_relation": bool(kind.relations)}
    project = int(admin.post("projects", json=body).json()["id"])
    path = folder / "wild.jsonl"
    path.write_bytes(b"".join(jsonl.lines(rows)))
    uploads = DataUploadRepository(admin)
    columns = {"column_data": "text", "column_label": "label", "encoding": "utf_8"}
    upload = uploads.upload(str(path))
    task = uploads.ingest(project, [upload], kind.task, "JSONL", **columns)
    errors = (admin.wait(task, "import") or {}).get("error", [])
    return project, {int(error["line"]) for error in errors}


def examples(
    admin: Session, project: int, kind: ProjectKind = SPANS
) -> Iterator[tuple[Example, str]]:
    """What curate reads, with the text."""
    listed = admin.pages(f"projects/{project}/examples")
    texts = {row["id"]: row["text"] for row in listed}
    for example in snapshot(admin, project, kind=kind):
        yield example, texts[example.example]


def key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def faults(spans: Iterable[tuple[int, int, str]], text: str) -> Counter[str]:
    """How many spans have blank edges, end beyond the text, or overlap the one before."""
    counts: Counter[str] = Counter()
    last_end = 0
    for start, end, _ in sorted(set(spans)):
        if end > len(text):
            counts["offsets"] += 1
        elif is_blank(text[start]) or is_blank(text[end - 1]):
            counts["edges"] += 1
        counts["overlap"] += start < last_end
        last_end = max(last_end, end)
    return counts


def total(counts: Iterable[Counter[str]]) -> dict[str, int]:
    return {k: n for k, n in sum(counts, Counter()).items() if n}


def test_a_news_export_with_blank_edges(admin, shared_data, tmp_path):
    rows = rows_of(shared_data / "doccano-export-setswana" / "admin.jsonl")
    assert len(rows) == 454
    bare = [{"text": row["text"], "label": row["label"]} for row in rows]
    project, refused = imported(admin, SPANS, bare, tmp_path)
    read = list(examples(admin, project))
    admin.delete(f"projects/{project}")
    assert refused == set()
    assert len(read) == 454
    wanted = Counter((row["text"], tuple(sorted(map(tuple, row["label"])))) for row in bare)
    assert wanted == Counter(
        (text, tuple(map(key, example.annotation.spans))) for example, text in read
    )
    counts = total(faults(map(key, example.annotation.spans), text) for example, text in read)
    assert counts == total(faults(map(tuple, row["label"]), row["text"]) for row in bare)
    assert counts["edges"] == 98
    assert {example.document for example, _ in read} == {""}


def test_novels_that_three_people_annotated(admin, shared_data, tmp_path):
    """The spans of all people together: the same span is then there up to three times."""
    books = sorted((shared_data / "doccano-multiuser-novels").glob("*.jsonl"))
    rows = [row for book in books for row in rows_of(book)]
    assert (len(books), len(rows)) == (12, 124)
    spans_by_row = [
        [(a["start_offset"], a["end_offset"], str(a["label"])) for a in row["annotations"]]
        for row in rows
    ]
    bare = [
        {"text": row["text"], "label": spans} for row, spans in zip(rows, spans_by_row, strict=True)
    ]
    project, refused = imported(admin, SPANS, bare, tmp_path)
    by_text = {text: example for example, text in examples(admin, project)}
    admin.delete(f"projects/{project}")
    assert refused == set()
    assert len(by_text) == len({row["text"] for row in rows}) == 124
    for row, spans in zip(rows, spans_by_row, strict=True):
        example = by_text[row["text"]]
        assert [key(span) for span in example.annotation.spans] == sorted(set(spans))
        assert example.doubled == (len(set(spans)) < len(spans))
    assert sum(example.doubled for example in by_text.values()) > 100
    counts = total(faults(map(key, e.annotation.spans), text) for text, e in by_text.items())
    assert counts == total(
        faults(spans, row["text"]) for spans, row in zip(spans_by_row, rows, strict=True)
    )
    assert counts["overlap"] > 0


@pytest.mark.parametrize(
    ("name", "kind", "lines"),
    [
        ("sequence_labeling/example.jsonl", SPANS, {3}),
        ("sequence_labeling/example_overlapping.jsonl", SPANS, set()),
        ("relation_extraction/example.jsonl", RELATIONS, set()),
        ("intent/example.jsonl", SPANS_AND_CATEGORIES, {5}),
    ],
)
def test_the_files_of_doccanos_own_tests(admin, shared_data, tmp_path, name, kind, lines):
    """Each row is read, or the server refused it and named its line."""
    rows = rows_of(shared_data / "doccano-import-examples" / name)
    project, refused = imported(admin, kind, rows, tmp_path)
    by_text = {text: example.annotation for example, text in examples(admin, project, kind)}
    admin.delete(f"projects/{project}")
    assert refused == lines
    assert len(by_text) + len(refused) == len(rows)
    for number, row in enumerate(rows, 1):
        if number not in refused:
            annotation = by_text[row["text"]]
            assert {s.key for s in annotation.spans} == set(_spans(row))
            assert len(annotation.relations) == len(row.get("relations", ()))
            assert [c.label for c in annotation.categories] == sorted(row.get("cats", ()))


def _spans(row: Row) -> Iterator[tuple[int, int, str]]:
    for span in row.get("entities") or row.get("label") or ():
        if isinstance(span, dict):
            yield span["start_offset"], span["end_offset"], span["label"]
        else:
            yield tuple(span)


def test_offsets_beyond_the_text_are_read_as_they_are(admin, tmp_path):
    """The server keeps spans that end or lie beyond the text."""
    rows = [
        {"text": "Ein Satz über Wien.", "label": [[14, 99, "LOC"], [0, 3, "PER"]]},
        {"text": "Noch ein Satz.", "label": [[50, 60, "LOC"], [4, 9, "PER"], [8, 12, "ORG"]]},
        {"text": "🚀 in Wien.", "label": [[6, 10, "LOC"]]},
    ]
    project, refused = imported(admin, SPANS, rows, tmp_path)
    by_text = {text: example for example, text in examples(admin, project)}
    admin.delete(f"projects/{project}")
    assert refused == set()
    assert {text: [key(s) for s in e.annotation.spans] for text, e in by_text.items()} == {
        rows[0]["text"]: [(0, 3, "PER"), (14, 99, "LOC")],
        rows[1]["text"]: [(4, 9, "PER"), (8, 12, "ORG"), (50, 60, "LOC")],
        rows[2]["text"]: [(5, 9, "LOC")],  # the pages count UTF-16 units, curate code points
    }


def _with_schema(workspace: Workspace, names: list[str]) -> Workspace:
    """The same workspace under a schema with these labels, in which spans may overlap."""
    labels = [
        Label(name=name, title=name, description=name, colour=f"#0072{number:02x}")
        for number, name in enumerate(names)
    ]
    schema = Schema(
        name="wild",
        version="1.0.0",
        language="tn",
        title="Wild",
        introduction="As found.",
        labels=tuple(labels),
        overlap=True,
    )
    (workspace.root / "schemas" / "wild.yaml").write_bytes(msgspec.yaml.encode(schema))
    config = workspace.root / "curate.toml"
    config.write_text(config.read_text("utf-8").replace("news-fr.yaml", "wild.yaml"), "utf-8")
    return Workspace(workspace.root)


def test_gold_has_the_invalid_spans_of_real_data_and_the_checks_count_them(
    new_workspace, people, admin, shared_data
):
    """Spans are pushed, confirmed and pulled; then each invalid one is a finding, none is lost."""
    rows = rows_of(shared_data / "doccano-export-setswana" / "admin.jsonl")[:150]
    rows[0]["label"] = [[0, 4, "ORG"], [2, 9, "LOC"], [100, 9999, "ORG"]]
    names = sorted({label for row in rows for _, _, label in row["label"]})
    workspace = _with_schema(new_workspace(), names)
    wanted: dict[str, list[tuple[int, int, str]]] = {}
    with workspace.store.begin() as tx:
        for row in rows:
            document = Document(id=jsonl.document_id(row["text"]), text=row["text"], lang="tn")
            spans = tuple(Span(*span) for span in sorted(map(tuple, row["label"])))
            if tx.add_document(document):
                tx.put_annotation(Annotation(document=document.id, layer="proposal", spans=spans))
                wanted[document.id] = [key(span) for span in spans]
    assert sync(workspace).outcome.problems == ()
    (project,) = (p for p in admin.pages("projects") if p["name"] == workspace.config.project)
    where = f"projects/{project['id']}/examples"
    for row in list(admin.pages(where)):
        people["anna"].post(f"{where}/{row['id']}/states")
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.conflicts, outcome.problems) == (len(wanted), 0, ())
    with workspace.store.begin() as tx:
        gold = list(tx.heads())
    assert {head.document: [key(s) for s in head.spans] for _, head in gold} == wanted
    without_overlap = msgspec.structs.replace(workspace.schema, overlap=False)
    report = check_documents(gold, without_overlap)
    findings = Counter(problem.code for problem in report.problems)
    counts = total(faults(wanted[document.id], document.text) for document, _ in gold)
    assert {name: findings[f"span.{name}"] for name in counts} == counts
    assert set(counts) == {"offsets", "edges", "overlap"}
