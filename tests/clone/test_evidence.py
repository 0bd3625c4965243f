"""What a clone decides without a server: addresses, imports, units of offsets, files."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import schema as schemas
from curate.clone.address import parse_address
from curate.clone.files import schema_yaml, write_files
from curate.clone.imports import ImportEvidence
from curate.clone.project import read_schema, slug
from curate.clone.reading import ReadExamples
from curate.clone.records import AnnotationRow, SourceExample, SourceProject
from curate.clone.units import UnitEvidence, code_points, faults, first_cluster
from curate.doccano.project_types import SPANS
from curate.model import RemoteRow
from curate.schema import Label, Schema
from curate.text.offsets import Utf16
from curate.workspace import Workspace

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://d.example.org", ("https://d.example.org", "")),
        ("https://d.example.org/", ("https://d.example.org", "")),
        ("https://d.example.org#News", ("https://d.example.org", "News")),
        ("http://localhost:8000/doccano#C# texts", ("http://localhost:8000/doccano", "C# texts")),
        ("https://d.example.org/projects/12", ("https://d.example.org", "12")),
        ("https://d.example.org/projects/12/dataset", ("https://d.example.org", "12")),
    ],
)
def test_addresses(address, expected):
    assert tuple(parse_address(address)) == expected


def row(number: int, user: int, seconds: float, changed: float = 0.0) -> RemoteRow:
    created = BEGIN + timedelta(seconds=seconds)
    updated = created + timedelta(seconds=changed)
    times = (each.isoformat().replace("+00:00", "Z") for each in (created, updated))
    return RemoteRow(number, user, 1, *times)


def example(number: int, *rows: RemoteRow, confirmed=(), file="") -> SourceExample:
    return SourceExample(
        example=number,
        text="Anna",
        file=file,
        rows=tuple(AnnotationRow("span", each, 0, 4) for each in rows),
        confirmed=confirmed,
    )


def test_marks_of_one_batch_are_imported_and_those_of_a_hand_are_not():
    batch = [row(number, 1, number * 0.00003) for number in range(50)]
    tail = row(50, 1, 49 * 0.00003 + 0.015)  # after a pause of the server
    by_hand = [row(60, 1, 30.0), row(61, 1, 30.03), row(62, 2, 0.00001), row(63, 2, 5.0)]
    again = [row(70 + number, 1, 600 + number * 0.00003) for number in range(3)]
    evidence = ImportEvidence([example(1, *batch, tail, *by_hand, *again)])
    assert {evidence.batch(each) for each in (*batch, tail)} == {(1, 1)}
    assert {evidence.batch(each) for each in again} == {(1, 2)}
    assert {evidence.batch(each) for each in by_hand} == {None}
    assert evidence.importers == set()


def test_an_import_on_a_busy_machine_is_told_from_a_script_that_sends_mark_after_mark():
    busy = [row(number, 1, seconds) for number, seconds in enumerate((0.0, 0.003, 0.15, 0.18))]
    script = [row(number, 2, number * 0.012) for number in range(20)]
    evidence = ImportEvidence([example(1, *busy, *script)])
    assert {evidence.batch(each) for each in busy} == {(1, 1)}
    assert {evidence.batch(each) for each in script} == {None}


def test_an_account_that_only_imported_confirmed_nothing():
    rows = [row(number, 1, number * 0.00003) for number in range(3)]
    assert ImportEvidence([example(1, *rows)]).importers == {1}
    assert ImportEvidence([example(1, *rows, confirmed=((1, "x"),))]).importers == set()
    assert ImportEvidence([example(1, *rows, row(9, 1, 60.0))]).importers == set()


def test_a_mark_that_is_alone_counts_by_what_else_is_known():
    alone = row(1, 1, 0.0)
    from_file = example(1, alone, file="a.jsonl")
    assert ImportEvidence([from_file], administrators={1}).batch(alone) == (1, 0)
    assert ImportEvidence([from_file]).batch(alone) is None
    assert ImportEvidence([example(1, alone)], administrators={1}).batch(alone) is None
    confirmed = example(1, alone, file="a.jsonl", confirmed=((1, "x"),))
    assert ImportEvidence([confirmed], administrators={1}).batch(alone) is None
    assert ImportEvidence([example(1, alone)], named={1}).batch(alone) == (1, 0)


@given(st.lists(st.sampled_from(["Anna", "Rome", "😀", "🎉", "é"]), min_size=3, max_size=12))
def test_the_unit_of_words_is_found_whatever_stands_between(words):
    text = " ".join(words)
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word), word))
        at += len(word) + 1
    offsets = Utf16(text)
    for unit in ("codepoints", "utf16"):
        convert = offsets.units if unit == "utf16" else int
        there = [(convert(start), convert(end)) for start, end, _ in spans]
        evidence = UnitEvidence()
        for edges, (_, _, label) in zip(there, spans, strict=True):
            evidence.add("batch", text, *edges, label)
        found = evidence.unit("batch")
        if found is not None:
            meant = [code_points(text, *edges, found) for edges in there]
            assert meant == [span[:2] for span in spans]


def test_faults_of_a_reading():
    text = "🎉 Anna sings"
    assert faults(text, 2, 6, "codepoints") == 0
    assert faults(text, 2, 6, "utf16") == 2  # a blank at the edge, and a cut word
    assert faults(text, 1, 6, "utf16") == 2  # half a character
    assert faults(text, 2, 60, "codepoints") == 2


CLUSTERS = [("Anna", 4), ("Ann\u0301a", 2), ("ab🎉", 1), ("e\r\n", 0)]


@pytest.mark.parametrize(("text", "at"), CLUSTERS)
def test_where_grapheme_clusters_begin_to_differ(text, at):
    assert first_cluster(text) == at


def test_a_schema_survives_its_file(tmp_path):
    item = {"background_color": "#aabbcc", "suffix_key": None}
    types = {"span": [{**item, "text": name} for name in ("PER ", "a: b", "#x", "ünï", "no")]}
    page = "# Title\n\n- *one*: two\n\n| a | b |\n"
    project = {"name": "Élections: 2026 / «été»", "guideline": page}
    schema, problems = read_schema(project, SPANS, types, "http://x#y", "fr")
    assert problems == ()
    path = tmp_path / "schema.yaml"
    path.write_text(schema_yaml(schema), "utf-8")
    assert schemas.load(path) == schema
    assert schema.page == page


@given(st.text(min_size=1, max_size=40), st.text(max_size=20))
def test_settings_survive_any_name(tmp_path_factory, name, account):
    root = tmp_path_factory.mktemp("clone")
    label = Label(name="PER", title="PER", description="", colour="#aabbcc")
    schema = Schema(
        name=slug(name),
        version="1.0.0",
        language="fr",
        title=name,
        introduction="",
        labels=(label,),
    )
    source = SourceProject(
        url="https://d.example.org",
        id=1,
        name=name,
        marker="",
        kind=SPANS,
        schema=schema,
        label_types={},
        members={account: "annotator"},
    )
    write_files(root, source, (account, "b"))
    settings = tomllib.loads((root / "curate.toml").read_text("utf-8"))
    assert settings["doccano"]["project"] == name
    assert settings["doccano"]["members"] == {account: "annotator"}
    workspace = Workspace(root)
    assert workspace.config.project == name
    assert workspace.schema == schema
    assert write_files(root, source) == []


def test_a_line_that_was_half_written_is_read_again(tmp_path):
    path = tmp_path / "read.jsonl"
    kept = ReadExamples(path)
    for number in (1, 2):
        kept.add(example(number))
    path.write_bytes(path.read_bytes() + b'{"example":3,"te')
    again = ReadExamples(path)
    assert again.ids() == {1, 2}
    again.add(example(3))
    assert again.ids() == {1, 2, 3}
