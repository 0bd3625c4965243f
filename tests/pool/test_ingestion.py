"""Ingesting articles of an annotated pool: their origin, versions, and rows that were changed."""

from __future__ import annotations

import hashlib

from support.annotated_pool import ROWS, ids, write

from curate.history.show import show
from curate.model import Document, Revision, Span
from curate.pool.ingestion import ingest_pool


def test_documents_come_with_where_they_were_and_without_spans(written, workspace):
    report = ingest_pool(workspace, written, 2, "lowest")
    assert (report.added, report.known, report.articles) == (tuple(ids(ROWS[:2])), (), 61)
    document = show(workspace, report.added[0]).document
    partition = written / "p-00000.parquet"
    assert document.meta["url"] == "https://example.org/0"
    assert document.meta["file"] == "out/p-00000.parquet"
    assert document.meta["row"] == "1"
    assert document.meta["sha256"] == hashlib.sha256(partition.read_bytes()).hexdigest()
    assert document.meta["ingested"]
    assert show(workspace, report.added[0]).layers == ()


def test_the_same_selection_again_adds_nothing_and_new_takes_the_next(written, workspace):
    ingest_pool(workspace, written, 10, "lowest")
    again = ingest_pool(workspace, written, 10, "lowest")
    assert (again.added, again.known) == ((), tuple(ids(ROWS[:10])))
    more = ingest_pool(workspace, written, 10, "lowest", new=True)
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
    report = ingest_pool(workspace, write(tmp_path / "out", [[ROWS[7]]]), 1)
    assert show(workspace, report.added[0]).document.meta["supersedes"] == old.id
    assert report.problems  # what of its gold does not hold


def test_a_row_that_was_changed_is_reported_and_the_rest_is_ingested(workspace, tmp_path):
    changed = [{**ROWS[0], "text": "Autre."}, {**ROWS[1], "meta": "[]"}, ROWS[2]]
    folder = write(tmp_path / "out", [changed])
    report = ingest_pool(workspace, folder, 3)
    assert report.added == (str(ROWS[2]["id"]),)
    problems = {problem.where: problem for problem in report.problems}
    assert {problem.code for problem in report.problems} == {"pool.row"}
    assert "text" in problems["p-00000.parquet:1"].message
    assert "JSON" in problems["p-00000.parquet:2"].message


def test_the_command_needs_exactly_one_criterion(written, workspace, cli):
    def run(*options: str):
        return cli("ingest-pool", written, *options, root=workspace.root)

    assert run().exit_code == 2
    assert run("--sample", "1", "--lowest", "1").exit_code == 2
    assert "ingested 3 of 61 articles" in run("--lowest", "3").stdout
    again = run("--lowest", "3", "--json").json
    assert "added" not in again and len(again["known"]) == 3
    assert run("--sample", "2", "--new", "--json").json["articles"] == 58
