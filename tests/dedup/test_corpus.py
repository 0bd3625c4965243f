"""``curate dedup`` over files and over the corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.source_documents import read
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.dedup import clusters
from curate.dedup.clusters import DedupOptions, Source, dedup, stored_clusters
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


def rows(path: Path, *texts: str) -> Path:
    lines = (json.dumps({"text": text, "title": f"T{n}"}) for n, text in enumerate(texts))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "pool"
    folder.mkdir()
    rows(folder / "a.jsonl", LONG, OTHER, NEAR + " Il en coûtera 3 millions.")
    (folder / "b.txt").write_text(LONG + "\r\n", encoding="utf-8")  # the same once normalised
    return folder


def test_files_are_searched_together(pool):
    done = clusters.in_files(Source(paths=(pool,)), DedupOptions(threshold=0.5))
    assert (done.documents, done.exact, done.near, done.dropped) == (4, 1, 1, 2)
    (cluster,) = done.clusters
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
def test_what_is_kept_is_written_and_can_be_read(pool, tmp_path, keep, kept):
    target = tmp_path / "out.jsonl"
    asked = DedupOptions(threshold=0.5, keep=keep)
    done = clusters.in_files(Source(paths=(pool,)), asked, target)
    assert done.written == str(target)
    found = list(read(target, "fr"))
    assert [document.text[: len(LONG)] for document in found] == kept
    cluster = done.clusters[0]
    marked = [document.meta.get("cluster") for document in found]
    assert marked == [None if text == OTHER else cluster.id for text in kept]
    later = [document.meta.get("duplicate_of") for document in found]
    first = cluster.members[0].document
    assert later == ([None, None, first, first] if keep == "all" else [None, None])
    assert found[kept.index(OTHER)].meta["title"] == "T1"


def test_a_line_that_is_refused_is_told_and_the_rest_goes_on(pool):
    with (pool / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    done = clusters.in_files(Source(paths=(pool,)), DedupOptions())
    assert done.documents == 4
    assert [problem.where for problem in done.problems] == [f"{pool / 'a.jsonl'}:4"]


def test_annotations_that_are_not_written_are_told(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps({"text": LONG, "spans": [{"start": 3, "end": 10, "label": "ORG"}]}), "utf-8"
    )
    source = Source(paths=(path,))
    assert clusters.in_files(source, DedupOptions()).problems == ()
    done = clusters.in_files(source, DedupOptions(), tmp_path / "out.jsonl")
    assert [problem.code for problem in done.problems] == ["dedup.annotations"]


def test_standard_input_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="only once"):
        clusters.in_files(Source(paths=(Path("-"),)), DedupOptions(), tmp_path / "out.jsonl")


def test_the_corpus_keeps_its_clusters(tmp_path):
    Workspace.init(tmp_path / "corpus")
    times = iter(f"2026-01-02T03:04:{second:02}Z" for second in range(60))
    workspace = Workspace(tmp_path / "corpus", now=lambda: next(times))
    assert stored_clusters(workspace) == {}
    (near,) = ingest(workspace, [rows(tmp_path / "a.jsonl", NEAR)]).added
    long, other = ingest(workspace, [rows(tmp_path / "b.jsonl", LONG, OTHER)]).added
    done = dedup(workspace, DedupOptions(threshold=0.5))
    (cluster,) = done.clusters
    assert [member.document for member in cluster.members] == [near, long]  # the older first
    assert [member.kept for member in cluster.members] == [True, False]
    assert stored_clusters(workspace) == {near: cluster.id, long: cluster.id}
    assert other not in stored_clusters(workspace)
    stored = tmp_path / "corpus" / ".curate" / "duplicates.json"
    assert clusters.load(stored.parent) == done
    dedup(workspace, DedupOptions(threshold=1.0))
    assert stored_clusters(workspace) == {}
    stored.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        stored_clusters(workspace)


def test_the_command_over_files(pool, tmp_path):
    command = ["dedup", str(pool), "--threshold", "0.5"]
    shown = CliRunner().invoke(app, [*command, "--to", str(tmp_path / "out.jsonl")])
    assert shown.exit_code == 0
    assert "4 documents: 1 copy and 1 near copy in 1 cluster" in shown.stdout
    assert "wrote 2 documents" in shown.stdout
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert (told["documents"], told["exact"], told["near"]) == (4, 1, 1)
    assert len(told["clusters"][0]["members"]) == 3


def test_the_command_over_the_corpus(tmp_path):
    Workspace.init(tmp_path)
    ingest(Workspace(tmp_path), [rows(tmp_path / "a.jsonl", LONG, NEAR, OTHER)])
    run = CliRunner().invoke(app, ["dedup", "-C", str(tmp_path), "--threshold", "0.5"])
    assert run.exit_code == 0
    assert "3 documents: 0 copies and 1 near copy in 1 cluster" in run.stdout
    refused = CliRunner().invoke(app, ["dedup", "-C", str(tmp_path), "--to", "x.jsonl"])
    assert refused.exit_code == 2
