"""What is taken of a written pool into the corpus: by chance or by score, with where it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from curate import pool
from curate.cli.commands import app
from curate.errors import InputError
from curate.history.show import show
from curate.model import Document, Problem, Revision, Span
from curate.pool import corpus
from curate.pool.corpus import Choice, ingest_pool
from curate.util import jsonl
from curate.workspace import Workspace


def row(number: int, **more: object) -> dict[str, object]:
    text = f"La mairie a reçu {number} lettres."
    return {
        "id": jsonl.document_id(text),
        "text": text,
        "lang": "fr",
        "meta": json.dumps({"url": f"https://example.org/{number}"}),
        "spans": "[]",
        "score": number / 100,
        "problem": "",
        **more,
    }


ROWS = [row(number) for number in range(60)]
REFUSED = row(99, id="", score=0.0, problem="empty: no text in it")


def write(folder: Path, parts: list[list[dict[str, object]]]) -> Path:
    folder.mkdir()
    for number, rows in enumerate(parts):
        frame = pd.DataFrame(rows, columns=list(pool.COLUMNS))
        frame.to_parquet(folder / f"p-{number:05}.parquet", index=False)
    return folder


@pytest.fixture
def written(tmp_path) -> Path:
    return write(tmp_path / "out", [ROWS[:25], [], [REFUSED, *ROWS[25:], ROWS[3]]])


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    Workspace.init(tmp_path / "corpus")
    return Workspace(tmp_path / "corpus")


def ids(rows: object) -> list[str]:
    return [one["id"] for one in rows]


def chosen(folder: Path, *how: object) -> list[str]:
    return [document.id for document in corpus.select(folder, *how)]


def test_the_lowest_and_the_highest_scores_come_first_and_each_article_once(written):
    assert chosen(written, 5, "lowest") == ids(ROWS[:5])
    assert chosen(written, 3, "highest") == ids(ROWS[:-4:-1])
    assert sorted(chosen(written, 1000, "lowest")) == sorted(ids(ROWS))


def test_a_row_that_is_no_article_is_never_chosen(written):
    assert "" not in chosen(written, 1000)
    assert pool.choose(written, 1).articles == 61


def test_a_sample_depends_on_its_seed_and_not_on_how_the_pool_is_cut(written, tmp_path):
    first = chosen(written, 10, "sample", 0)
    assert len(set(first)) == 10
    other = write(tmp_path / "other", [ROWS[40:], ROWS[:7], ROWS[7:40]])
    assert chosen(other, 10, "sample", 0) == first
    assert chosen(written, 10, "sample", 1) != first
    assert chosen(written, 4, "sample", 0) == first[:4]


def test_every_article_has_the_same_chance(written):
    drawn = [one for seed in range(200) for one in chosen(written, 6, "sample", seed)]
    counts = [drawn.count(one) for one in ids(ROWS)]
    # 1,200 draws over 60 articles: 20 each; chi-square of 59 degrees, 0.999 quantile 98.3
    assert sum((count - 20) ** 2 / 20 for count in counts) < 98.3


def test_documents_come_with_where_they_were_and_without_spans(written, workspace):
    done = ingest_pool(workspace, written, Choice(count=2, by="lowest"))
    assert (done.added, done.known, done.articles) == (tuple(ids(ROWS[:2])), (), 61)
    found = show(workspace, done.added[0]).document
    partition = written / "p-00000.parquet"
    assert found.meta["url"] == "https://example.org/0"
    assert found.meta["file"] == "out/p-00000.parquet"
    assert found.meta["row"] == "1"
    assert found.meta["sha256"] == hashlib.sha256(partition.read_bytes()).hexdigest()
    assert found.meta["ingested"]
    assert show(workspace, done.added[0]).layers == ()


def test_the_same_choice_again_adds_nothing_and_new_takes_the_next(written, workspace):
    choice = Choice(count=10, by="lowest")
    ingest_pool(workspace, written, choice)
    again = ingest_pool(workspace, written, choice)
    assert (again.added, again.known) == ((), tuple(ids(ROWS[:10])))
    more = ingest_pool(workspace, written, Choice(count=10, by="lowest", new=True))
    assert (more.added, more.known) == (tuple(ids(ROWS[10:20])), ())


def test_a_revised_article_supersedes_the_one_in_the_corpus(workspace, tmp_path):
    old = Document(id="0" * 16, text="Avant.", meta={"url": "https://example.org/7"})
    gold = Revision(
        document=old.id,
        number=1,
        author="a",
        at="2026-01-01T00:00:00Z",
        reason="r",
        schema="s",
        spans=(Span(0, 5, "DATE"),),
    )
    with workspace.store.begin() as tx:
        tx.add_document(old)
        tx.add_revision(gold)
    done = ingest_pool(workspace, write(tmp_path / "out", [[ROWS[7]]]), Choice(count=1))
    assert show(workspace, done.added[0]).document.meta["supersedes"] == old.id
    assert done.problems  # what of its gold does not hold


def test_a_row_that_was_changed_is_told_and_the_rest_goes_on(workspace, tmp_path):
    changed = [{**ROWS[0], "text": "Autre."}, {**ROWS[1], "meta": "[]"}, ROWS[2]]
    folder = write(tmp_path / "out", [changed])
    done = ingest_pool(workspace, folder, Choice(count=3))
    assert done.added == (str(ROWS[2]["id"]),)
    told = " ".join(sorted(problem.message for problem in done.problems))
    assert "not the one that its id was made of" in told
    assert "metadata is not JSON" in told
    assert {p.where for p in done.problems} == {"p-00000.parquet:1", "p-00000.parquet:2"}
    assert sum(isinstance(one, Problem) for one in corpus.select(folder, 3)) == 2


def test_what_is_no_written_pool_is_refused(tmp_path):
    with pytest.raises(InputError, match="no partitions"):
        chosen(tmp_path, 1)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="no partition of a pool"):
        chosen(tmp_path, 1)
    pd.DataFrame({"text": ["a"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="no column id, lang, meta, score"):
        chosen(tmp_path, 1)


def test_the_command_asks_for_one_way(written, workspace):
    def run(*options: str):
        command = ["ingest-pool", str(written), "-C", str(workspace.root), *options]
        return CliRunner().invoke(app, command)

    assert run().exit_code == 2
    assert run("--sample", "1", "--lowest", "1").exit_code == 2
    done = run("--lowest", "3")
    assert done.stdout == "ingested 3 of 61 articles\n"
    assert run("--lowest", "3").stdout == "ingested 0 of 61 articles, 3 known before\n"
    assert json.loads(run("--sample", "2", "--new", "--json").stdout)["articles"] == 58
