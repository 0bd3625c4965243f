"""Clusters of near copies, in files and in the corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.source_documents import read_normalised

from curate.dedup.clusters import (
    DedupOptions,
    dedup,
    dedup_files,
    load_duplicates,
    stored_clusters,
)
from curate.errors import InputError
from curate.ingest.importer import ingest
from curate.util import jsonl
from curate.workspace import Workspace

LONG = (
    "Le conseil municipal de la petite ville a voté lundi soir le budget de la nouvelle école, "
    "que les parents attendent depuis dix ans, malgré les réserves de l’opposition sur son coût."
)
NEAR = LONG.replace("lundi", "mardi")
OTHER = "La pluie a cessé dans la nuit et les secours ont rouvert les trois routes de la vallée."


def json_lines(path: Path, *texts: str) -> Path:
    """A file of these texts."""
    lines = (json.dumps({"text": text, "title": f"T{n}"}) for n, text in enumerate(texts))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "pool"
    folder.mkdir()
    json_lines(folder / "a.jsonl", LONG, OTHER, NEAR + " Il en coûtera 3 millions.")
    (folder / "b.txt").write_text(LONG + "\r\n", encoding="utf-8")  # the same once normalised
    return folder


def test_files_are_searched_together(pool):
    duplicates = dedup_files([pool], DedupOptions(threshold=0.5))
    assert (duplicates.documents, duplicates.exact, duplicates.near, duplicates.dropped) == (
        4,
        1,
        1,
        2,
    )
    (cluster,) = duplicates.clusters
    assert [member.where for member in cluster.members] == [
        f"{pool / 'a.jsonl'}:1",
        f"{pool / 'a.jsonl'}:3",
        f"{pool / 'b.txt'}",
    ]
    assert [member.kept for member in cluster.members] == [True, False, False]
    assert [member.exact for member in cluster.members] == [False, False, True]
    assert cluster.id == min(member.document for member in cluster.members)
    assert cluster.members[0].document == jsonl.document_id(LONG)


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("first", [LONG, OTHER]), ("longest", [OTHER, NEAR]), ("all", [LONG, OTHER, NEAR, LONG])],
)
def test_what_is_kept_is_written_and_can_be_read_normalised(pool, tmp_path, keep, kept):
    target = tmp_path / "out.jsonl"
    options = DedupOptions(threshold=0.5, keep=keep)
    duplicates = dedup_files([pool], options, target=target)
    assert duplicates.written == str(target)
    documents = list(read_normalised(target, "fr"))
    assert [document.text[: len(LONG)] for document in documents] == kept
    cluster = duplicates.clusters[0]
    marked = [document.meta.get("cluster") for document in documents]
    assert marked == [None if text == OTHER else cluster.id for text in kept]
    later = [document.meta.get("duplicate_of") for document in documents]
    first = cluster.members[0].document
    assert later == ([None, None, first, first] if keep == "all" else [None, None])
    assert documents[kept.index(OTHER)].meta["title"] == "T1"


def test_a_line_that_cannot_be_read_is_reported_and_the_rest_is_searched(pool):
    with (pool / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    duplicates = dedup_files([pool], DedupOptions())
    assert duplicates.documents == 4
    assert [problem.where for problem in duplicates.problems] == [f"{pool / 'a.jsonl'}:4"]


def test_annotations_that_are_not_written_are_reported(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps({"text": LONG, "spans": [{"start": 3, "end": 10, "label": "ORG"}]}), "utf-8"
    )
    assert dedup_files([path], DedupOptions()).problems == ()
    duplicates = dedup_files([path], DedupOptions(), target=tmp_path / "out.jsonl")
    assert [problem.code for problem in duplicates.problems] == ["dedup.annotations"]


def test_standard_input_cannot_be_written(tmp_path):
    with pytest.raises(InputError):
        dedup_files([Path("-")], DedupOptions(), target=tmp_path / "out.jsonl")


def test_the_corpus_keeps_its_clusters(tmp_path):
    Workspace.init(tmp_path / "corpus")
    times = iter(f"2026-01-02T03:04:{second:02}Z" for second in range(60))
    workspace = Workspace(tmp_path / "corpus", now=lambda: next(times))
    assert stored_clusters(workspace) == {}
    (near,) = ingest(workspace, [json_lines(tmp_path / "a.jsonl", NEAR)]).added
    long, other = ingest(workspace, [json_lines(tmp_path / "b.jsonl", LONG, OTHER)]).added
    duplicates = dedup(workspace, DedupOptions(threshold=0.5))
    (cluster,) = duplicates.clusters
    assert [member.document for member in cluster.members] == [near, long]  # the older first
    assert [member.kept for member in cluster.members] == [True, False]
    assert stored_clusters(workspace) == {near: cluster.id, long: cluster.id}
    assert other not in stored_clusters(workspace)
    stored = tmp_path / "corpus" / ".curate" / "duplicates.json"
    assert load_duplicates(stored.parent) == duplicates
    dedup(workspace, DedupOptions(threshold=1.0))
    assert stored_clusters(workspace) == {}
    stored.write_text("{", encoding="utf-8")
    with pytest.raises(InputError):
        stored_clusters(workspace)
