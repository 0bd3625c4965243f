"""``curate dedup``."""

from __future__ import annotations

import json

import pytest

from curate.ingest.importer import ingest
from curate.workspace import Workspace

LONG = (
    "Le conseil municipal de la petite ville a voté lundi soir le budget de la nouvelle école, "
    "que les parents attendent depuis dix ans, malgré les réserves de l’opposition sur son coût."
)
NEAR = LONG.replace("lundi", "mardi")
OTHER = "La pluie a cessé dans la nuit et les secours ont rouvert les trois routes de la vallée."


@pytest.fixture
def articles(tmp_path):
    """Two identical texts, a near copy, and another text."""
    path = tmp_path / "articles.jsonl"
    texts = (LONG, OTHER, NEAR + " Il en coûtera 3 millions.", LONG)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    return path


def test_files_are_searched_and_the_kept_documents_written(cli, articles, tmp_path):
    target = tmp_path / "out.jsonl"
    command = ("dedup", articles, "--threshold", 0.5)
    duplicates = cli(*command, "--json").json
    assert (duplicates["documents"], duplicates["exact"], duplicates["near"]) == (4, 1, 1)
    assert duplicates["asked"]["threshold"] == 0.5
    (cluster,) = duplicates["clusters"]
    assert len(cluster["members"]) == 3
    result = cli(*command, "--to", target)
    assert result.exit_code == 0
    assert f"cluster {cluster['id']}" in result.stdout
    assert len(target.read_text("utf-8").splitlines()) == 2


def test_the_corpus_is_searched_without_files(cli, articles, tmp_path):
    Workspace.init(tmp_path / "corpus")
    workspace = Workspace(tmp_path / "corpus")
    ingest(workspace, [articles])
    duplicates = cli("dedup", "--threshold", 0.5, "--json", root=workspace.root).json
    assert (duplicates["documents"], duplicates["near"]) == (3, 1)
    assert (workspace.state / "duplicates.json").exists()


def test_kept_documents_of_the_corpus_cannot_be_written(cli, tmp_path):
    Workspace.init(tmp_path)
    assert cli("dedup", "--to", "x.jsonl", root=tmp_path).exit_code == 2


def test_the_exit_code_is_1_if_a_line_cannot_be_read(cli, articles):
    with articles.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    assert cli("dedup", articles).exit_code == 1
