"""The commands of history as people and machines use them."""

from __future__ import annotations

import json

import pytest
from support import history_corpus as h
from support.workspaces import save
from typer.testing import CliRunner

from curate.cli.commands import app

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    first = h.span(h.ANNA, "Paris", "ORG", by=h.MODEL)
    h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, first))
    h.cut(corpus, "0.1.0", "First.")
    second = h.span(h.ANNA, "Paris", "LOC", by="annotator:bela", at="2026-02-02T07:00:00Z")
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(h.ANNA, 2, second, author="annotator:bela"))
    save(corpus)
    corpus.store.close()
    return corpus.root


def run(root, *arguments, code=0):
    result = CliRunner().invoke(app, [*arguments, "-C", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.stdout
    return result.stdout


def test_a_log_answers_since_when_a_span_is_loc(root):
    start = h.ANNA.index("Paris")
    told = run(root, "log", ANNA[:4], "--span", f"{start}:{start + 5}:LOC")
    assert told.splitlines()[:2] == [
        f"« Paris » {start}–{start + 5} LOC",
        "  LOC since revision 2, 2026-02-02T07:00:00Z, by annotator:bela",
    ]
    assert "@2 relabelled from ORG" in told
    (found,) = json.loads(run(root, "log", ANNA, "--span", f"{start}:{start + 5}:LOC", "--json"))
    assert found["since"]["revision"] == 2


@pytest.mark.parametrize("span", ["12", "12:", "a:b", "1:2:"])
def test_a_place_that_is_none_is_refused(root, span):
    from curate.errors import InputError

    with pytest.raises(InputError, match="is no place in a document"):
        run(root, "log", ANNA, "--span", span)


def test_a_log_is_filtered(root):
    told = run(root, "log", "--author", "bela")
    assert told.startswith(f"{ANNA}@2 ")
    assert told.count("\n") == 1
    assert run(root, "log", "--label", "MISC") == "nothing yet\n"


def test_blame_tells_who(root):
    told = " ".join(run(root, "blame", ANNA[:4]).split())
    assert f"proposed by {h.MODEL}, relabelled by annotator:bela 2026-02-02T07:00:00Z" in told
    assert "since revision 2, in no release yet" in told
    assert "in release 0.1.0" in " ".join(run(root, "blame", f"{ANNA}@1").split())


def test_a_diff_is_told_as_text_json_and_page(root, tmp_path):
    told = run(root, "diff")
    assert f"changed {ANNA} {h.ANNA} @1 → @2" in told
    assert "relabelled ORG → LOC" in told
    assert "0.1.0 → gold: documents changed 1, spans relabelled 1; " in told
    found = json.loads(run(root, "diff", "0.1.0", "gold", "--json"))
    assert found["relabelled"] == {"ORG → LOC": 1}
    run(root, "diff", "--html", str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_revision_is_restored_and_shown(root):
    assert "restored revision 1 of release 0.1.0" in run(root, "restore", "0.1.0")
    assert "ORG" in run(root, "show", f"{ANNA}@3")
    assert "0 new revisions, 1 were like that already" in run(root, "restore", "0.1.0")


def test_verify_says_what_differs_by_its_exit_code(root):
    assert run(root, "verify").startswith("passed: releases 0.1.0; 1 document, 2 revisions")
    (path,) = (root / "annotations" / "gold").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"LOC", b"PER"))
    told = run(root, "verify", code=1)
    assert "verify.differs" in told
    assert "spans[0].label: 'LOC' became 'PER'" in told
    assert json.loads(run(root, "verify", "0.1.0", "--json", code=1))["problems"]


def test_a_release_is_proposed_and_not_cut(root):
    told = run(root, "release", "--dry-run")
    assert told.splitlines()[:2] == ["patch: release 0.1.1 after 0.1.0", "  1 document corrected"]
    assert "0.1.1" not in run(root, "log")


def test_reconcile_says_that_there_is_nothing(root):
    run(root, "reconcile")
    assert run(root, "reconcile") == "the store has all that annotations/ has\n"


@pytest.mark.slow
def test_a_release_without_a_version_gets_the_proposed_one(root):
    told = run(root, "release", "-m", "Corrected.")
    assert told.startswith("release 0.1.1: 1 document, 1 span, digest ")
    assert "since 0.1.0: documents changed 1, spans relabelled 1" in told
