"""Branches of a corpus merged by real git, and what the store makes of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support import history_corpus as h
from support.git_clones import OTTO, WEISS, Clone, paris, pulled
from support.workspaces import save

from curate.errors import CurateError, InputError
from curate.history import git_driver
from curate.history.blame import blame
from curate.history.git_driver import git_setup
from curate.history.reconcile import reconcile
from curate.history.verify import verify
from curate.ingest.languages import set_language
from curate.store.fork import contains_all, fork_of
from curate.sync.conflicts import list_conflicts, resolve
from curate.util import jsonl

ANNA, KIEV = h.document(h.ANNA).id, h.document(h.KIEV).id


@pytest.fixture
def clones(tmp_path) -> tuple[Clone, Clone]:
    """Two curators, each with a store of their own, who share a bare repository."""
    first = h.workspace(tmp_path / "anna")
    h.add(first, h.ANNA, h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "LOC")))
    h.add(first, h.KIEV, h.revision(h.KIEV, 1))
    subprocess.run(["git", "init", "-q", "-b", "main", str(first.root)], check=True)
    anna = Clone(first.root, "2026-03-02")
    anna.save()
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(first.root), str(tmp_path / "bare")], check=True
    )
    anna.git("remote", "add", "origin", str(tmp_path / "bare"))
    anna.git("fetch", "-q")
    anna.git("branch", "-q", "--set-upstream-to=origin/main")
    subprocess.run(
        ["git", "clone", "-q", str(tmp_path / "bare"), str(tmp_path / "bela")], check=True
    )
    return anna, Clone(tmp_path / "bela", "2026-03-03")


def test_different_documents_merge_and_both_stores_follow(clones):
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    anna.git("push", "-q")
    bela.change(h.KIEV, h.span(h.KIEV, "Kiev", "LOC"))
    pulled(bela)
    taken = reconcile(bela.corpus)
    assert (taken.revisions, taken.renumbered) == (1, ())
    assert bela.said() == {("Paris", "LOC"), ("Anna Weiss", "PER")}
    assert verify(bela.corpus).problems == ()
    bela.git("push", "-q")
    pulled(anna)
    assert reconcile(anna.corpus).revisions == 1
    assert anna.said(h.KIEV) == {("Kiev", "LOC")}
    assert h.tree(anna.corpus.annotations) == h.tree(bela.corpus.annotations)
    assert anna.git("status", "--porcelain") == ""


def test_documents_that_share_a_file_do_not_conflict(clones):
    """Without the driver git would: new lines stand side by side."""
    anna, bela = clones
    texts: dict[str, list[str]] = {}
    for number in range(400):
        text = f"Berne annonce la mesure {number}."
        texts.setdefault(jsonl.document_id(text)[:2], []).append(text)
    mine, yours = next(found for found in texts.values() if len(found) > 1)[:2]
    for clone, text in ((anna, mine), (bela, yours)):
        h.add(clone.corpus, text)
        clone.change(text, h.span(text, "Berne", "LOC"))
    anna.git("push", "-q")
    pulled(bela)
    reconcile(bela.corpus)
    assert bela.said(mine) == {("Berne", "LOC")}
    assert verify(bela.corpus).problems == ()


def test_different_spans_of_one_document_merge_and_nobody_s_work_is_lost(clones):
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("LOC"), OTTO)
    own = bela.chain()[-1]
    pulled(bela)
    assert reconcile(bela.corpus).conflicts == ()
    both = {("Paris", "LOC"), ("Anna Weiss", "PER"), ("Otto", "PER")}
    assert bela.said() == both
    chain = bela.chain()
    assert [r.number for r in chain] == [1, 2, 3, 4]
    assert chain[1] == own
    assert (chain[2].author, chain[3].author) == ("annotator:anna", "merge:git")
    bela.save()
    assert verify(bela.corpus).problems == ()
    bela.git("push", "-q")
    pulled(anna)
    taken = reconcile(anna.corpus)
    assert taken.renumbered == (ANNA,)  # hers was revision 2 and is 3 in what they share
    assert anna.said() == both
    assert anna.chain() == chain
    assert anna.git("status", "--porcelain") == ""
    blamed = {each.text: each for each in blame(anna.corpus, ANNA).spans}
    assert blamed["Anna Weiss"].changed_by == "annotator:anna"
    assert blamed["Otto"].changed_by == "annotator:bela"
    assert (blamed["Otto"].since, blamed["Anna Weiss"].since, blamed["Paris"].since) == (2, 3, 1)


def test_the_same_span_changed_differently_is_a_conflict_that_git_holds(clones):
    anna, bela = clones
    anna.change(h.ANNA, paris("ORG"))
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("MISC"), OTTO)
    told = pulled(bela, code=1)
    assert f"conflict in {ANNA}: relabel" in told
    assert "CONFLICT" in told
    assert bela.git("diff", "--name-only", "--diff-filter=U").strip().startswith("annotations/gold")
    for path in bela.corpus.annotations.rglob("*.jsonl"):
        assert b"<<<<" not in path.read_bytes()
    assert reconcile(bela.corpus).conflicts == (ANNA,)
    ((conflicts,)) = list_conflicts(bela.corpus)
    (conflict,) = conflicts.conflicts
    assert (conflict.kind, conflict.ours[0].label, conflict.theirs[0].label) == (
        "relabel",
        "MISC",
        "ORG",
    )
    assert bela.said() == {("Paris", "MISC"), ("Otto", "PER")}
    resolve(bela.corpus, ANNA, None, "theirs")
    assert bela.said() == {("Paris", "ORG"), ("Otto", "PER")}
    assert list_conflicts(bela.corpus) == []
    bela.save()
    bela.git("push", "-q")
    pulled(anna)
    reconcile(anna.corpus)
    assert anna.said() == {("Paris", "ORG"), ("Otto", "PER")}
    assert list_conflicts(anna.corpus) == []
    assert verify(bela.corpus).problems == () == verify(anna.corpus).problems


def test_chains_of_several_revisions_are_joined_in_full(clones):
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    anna.change(h.ANNA, WEISS)
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("LOC"), OTTO)
    bela.change(h.ANNA, paris("LOC"), OTTO, reason="looked again")
    bela.change(h.ANNA, paris("LOC"), OTTO, h.span(h.ANNA, "visite", "MISC"))
    pulled(bela)
    reconcile(bela.corpus)
    chain = bela.chain()
    authors = [r.author.partition(":")[2] for r in chain]
    assert authors == ["anna", "bela", "bela", "bela", "anna", "anna", "git"]
    assert fork_of(chain[-1]).base == 1
    assert bela.said() == {("Anna Weiss", "PER"), ("Otto", "PER"), ("visite", "MISC")}
    bela.save()
    assert verify(bela.corpus).problems == ()


def test_a_merge_that_nobody_took_up_yet_can_be_merged_again(clones):
    """Files between merge and save have more than one line of a document, on either side."""
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("LOC"), OTTO)
    pulled(bela)
    bela.git("push", "-q")
    anna.change(h.ANNA, WEISS)
    pulled(anna)  # theirs has the lines of a merge
    everything = {("Anna Weiss", "PER"), ("Otto", "PER")}
    reconcile(anna.corpus)
    assert anna.said() == everything
    reconcile(bela.corpus)
    bela.change(h.ANNA, paris("LOC"), OTTO, WEISS, h.span(h.ANNA, "visite", "MISC"))
    bela.git("pull", "-q", "--no-rebase", str(anna.root), "main")  # and so has theirs again
    reconcile(bela.corpus)
    assert bela.said() == {*everything, ("visite", "MISC")}
    anna.save()
    anna.git("pull", "-q", "--no-rebase", str(bela.root), "main")
    reconcile(anna.corpus)
    for clone in clones:
        assert nothing_is_lost(clone, *clones)
        save(clone.corpus)
        assert verify(clone.corpus).problems == ()


def nothing_is_lost(clone, *clones) -> bool:
    """Whether a clone has every revision that anybody made, once, under numbers without a hole."""
    chain = clone.chain()
    made = [revision for each in clones for revision in each.made[h.ANNA]]
    assert [r.number for r in chain] == list(range(1, len(chain) + 1))
    by_hand = [r for r in chain if fork_of(r) is None]
    assert len(by_hand) == 1 + len(made)  # the first one was there before
    return contains_all(chain, made)


def test_two_who_merge_each_other_s_branches_crosswise_lose_nothing(clones):
    """Criss-cross: each merges what the other had before the other's own merge."""
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    bela.change(h.ANNA, paris("LOC"), OTTO)
    for clone in clones:
        clone.git("branch", "before")
    anna.git("pull", "-q", "--no-rebase", str(bela.root), "before")
    bela.git("pull", "-q", "--no-rebase", str(anna.root), "before")
    for clone in clones:
        reconcile(clone.corpus)
    assert anna.said() == bela.said()
    anna.change(h.ANNA, paris("LOC"), WEISS, OTTO, h.span(h.ANNA, "visite", "MISC"))
    bela.save()
    bela.git("pull", "-q", "--no-rebase", str(anna.root), "main")
    reconcile(bela.corpus, merge=True)
    assert nothing_is_lost(bela, *clones)
    assert bela.said() == anna.said()
    save(bela.corpus)
    assert verify(bela.corpus).problems == ()


def test_a_document_that_both_took_in_is_one_document(clones):
    anna, bela = clones
    for clone, spans in ((anna, ["Berne"]), (bela, ["Vienne"])):
        h.add(clone.corpus, h.BERNE)
        clone.change(h.BERNE)
        clone.change(h.BERNE, *(h.span(h.BERNE, part, "LOC") for part in spans))
    anna.git("push", "-q")
    pulled(bela)
    reconcile(bela.corpus)
    assert bela.said(h.BERNE) == {("Berne", "LOC"), ("Vienne", "LOC")}
    assert [r.number for r in bela.chain(h.BERNE)] == [1, 2, 3, 4, 5]
    bela.save()
    assert verify(bela.corpus).problems == ()


def test_a_commit_that_was_picked_before_is_told_apart(clones):
    """Both branches have the revision in which the document became gold, and no common base."""
    anna, bela = clones
    h.add(anna.corpus, h.BERNE)
    anna.change(h.BERNE)
    anna.git("push", "-q", "origin", "main:picked")
    bela.git("fetch", "-q")
    bela.change(h.KIEV, h.span(h.KIEV, "Kiev", "LOC"))
    bela.git("cherry-pick", "origin/picked")
    reconcile(bela.corpus)
    anna.change(h.BERNE, h.span(h.BERNE, "Berne", "LOC"))
    anna.git("push", "-q")
    bela.change(h.BERNE, h.span(h.BERNE, "Vienne", "LOC"))
    pulled(bela)
    reconcile(bela.corpus)
    assert bela.said(h.BERNE) == {("Berne", "LOC"), ("Vienne", "LOC")}
    numbers = [r.number for r in bela.chain(h.BERNE)]
    assert numbers == list(range(1, len(numbers) + 1))
    bela.save()
    assert verify(bela.corpus).problems == ()


def test_a_withdrawal_stands_unless_the_other_branch_changed_the_document(clones):
    anna, bela = clones
    anna.change(h.ANNA, deleted=True, reason="withdrawn: twice")
    anna.change(h.KIEV, deleted=True, reason="withdrawn: twice")
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("LOC"), OTTO)
    bela.change(h.KIEV, reason="confirmed again")
    told = pulled(bela, code=1)
    assert f"conflict in {ANNA}" in told
    assert KIEV not in told
    reconcile(bela.corpus)
    assert bela.said() == {("Paris", "LOC"), ("Otto", "PER")}
    assert not bela.chain()[-1].deleted
    assert bela.chain(h.KIEV)[-1].deleted


def test_a_rebase_keeps_what_was_published(clones):
    anna, bela = clones
    anna.change(h.ANNA, paris("LOC"), WEISS)
    anna.git("push", "-q")
    bela.change(h.ANNA, paris("LOC"), OTTO)
    bela.git("pull", "-q", "--rebase")
    reconcile(bela.corpus)
    assert [r.author.partition(":")[2] for r in bela.chain()] == ["anna", "anna", "bela", "git"]
    assert bela.chain()[1] == anna.chain()[1]
    bela.save()
    bela.git("push", "-q")
    pulled(anna)
    assert reconcile(anna.corpus).renumbered == ()
    assert anna.chain() == bela.chain()


def test_releases_and_changelog_of_two_branches_stand_side_by_side(clones):
    anna, bela = clones
    h.cut(anna.corpus, "0.1.0", "From Anna.")
    anna.save()
    anna.git("push", "-q")
    bela.change(h.KIEV, h.span(h.KIEV, "Kiev", "LOC"))
    h.cut(bela.corpus, "0.2.0", "From Bela.")
    bela.save()
    pulled(bela)
    assert reconcile(bela.corpus).releases == ("0.1.0",)
    log = (bela.corpus.annotations / "CHANGELOG.md").read_text("utf-8")
    assert log.index("From Bela.") < log.index("From Anna.")
    assert log.count("\n## ") == 2
    codes = {p.code for p in verify(bela.corpus).problems}
    assert codes == {"verify.parent"}  # 0.2.0 did not know of 0.1.0, and a release never changes


def test_a_diff_is_readable(clones):
    anna, _ = clones
    anna.change(h.ANNA, paris("ORG"), WEISS)
    told = anna.git("diff", "HEAD~1", "--", "annotations/gold")
    lines = [line[1:].split() for line in told.splitlines() if line[:1] in "+-"]
    spans = [line for line in lines if line[:1] == [ANNA]]
    assert [line[2] for line in spans] == ["LOC", "PER", "ORG"]
    assert any("« Anna Weiss »" in line for line in told.splitlines())
    assert '{"at"' not in told
    texts = anna.git("show", "HEAD~1", "--", "annotations/documents")
    assert f"| {h.KIEV}" in texts


def test_setting_up_twice_changes_nothing(clones):
    anna, _ = clones
    assert git_setup(anna.corpus).changed == ()
    attributes = (anna.root / ".gitattributes").read_text("utf-8").splitlines()
    assert attributes == list(git_driver.ATTRIBUTES)


def test_what_stands_in_the_attributes_stays(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    subprocess.run(["git", "init", "-q", str(corpus.root)], check=True)
    (corpus.root / ".gitattributes").write_text("*.png binary\n", encoding="utf-8")
    assert ".gitattributes" in git_setup(corpus).changed
    assert (corpus.root / ".gitattributes").read_text("utf-8").startswith("*.png binary\n")


def test_outside_of_a_repository_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(CurateError):
        git_setup(h.workspace(tmp_path / "c"))


def test_a_file_that_cannot_be_read_is_refused_with_both_versions_in_it(tmp_path):
    sides = [tmp_path / name for name in "oab"]

    def write():
        for path, data in zip(sides, (b"", b"{}\n", b"broken\n"), strict=True):
            path.write_bytes(data)

    for name, told in (
        ("annotations/gold/1a.jsonl", r"annotations/gold/1a\.jsonl:1: "),
        ("README.md", "README.md"),
    ):
        write()
        with pytest.raises(InputError, match=told):
            git_driver.merge_files(*sides, name)
        marked = b"<<<<<<< ours\n{}\n=======\nbroken\n>>>>>>> theirs\n"
        assert sides[1].read_bytes() == marked


def lines(path: Path, *rows) -> Path:
    path.write_bytes(b"".join(jsonl.lines(rows)))
    return path


def test_tasks_and_layers_merge_by_field_and_by_span(tmp_path):
    from curate.model import Annotation, Assignment

    def task(**done):
        return Assignment(document="ab", annotators=("anna", "bela"), done=done)

    def layer(*spans):
        return Annotation(document="ab", layer="annotator:anna", spans=spans)

    files = [tmp_path / name for name in ("o", "a", "b")]
    for path, row in zip(files, (task(), task(anna="1"), task(bela="2")), strict=True):
        lines(path, row)
    assert git_driver.merge_files(*files, "annotations/tasks/ab.jsonl") == []
    assert list(jsonl.read(files[1], Assignment)) == [task(anna="1", bela="2")]
    for path, row in zip(files, (layer(), layer(WEISS), layer(OTTO)), strict=True):
        lines(path, row)
    assert git_driver.merge_files(*files, "annotations/layers/ab.jsonl") == []
    assert list(jsonl.read(files[1], Annotation)) == [layer(WEISS, OTTO)]
    for path, row in zip(files, (task(), task(anna="1"), task(anna="2")), strict=True):
        lines(path, row)
    (problem,) = git_driver.merge_files(*files, "annotations/tasks/ab.jsonl")
    assert (problem.code, problem.document) == ("git.conflict", "ab")
    assert list(jsonl.read(files[1], Assignment)) == [task(anna="1")]


def test_metadata_of_a_document_merges_by_field(tmp_path):
    from curate.model import Document

    def row(**meta):
        return h.document(h.ANNA, **meta)

    files = [tmp_path / name for name in ("o", "a", "b")]
    versions = (row(title="t"), row(title="T"), row(title="t", url="u"))
    for path, version in zip(files, versions, strict=True):
        lines(path, version)
    assert git_driver.merge_files(*files, "x/documents/ab.jsonl") == []
    assert list(jsonl.read(files[1], Document)) == [row(title="T", url="u")]


def test_what_a_fast_forward_brought_is_taken_up_once(clones):
    anna, bela = clones
    assert len(bela.chain()) == 1
    anna.change(h.ANNA, paris("LOC"), WEISS)
    bela.git("pull", "-q", str(anna.root), "main")
    assert reconcile(bela.corpus).revisions == 1
    assert reconcile(bela.corpus).nothing


def test_corrected_languages_travel_and_two_different_ones_conflict(clones):
    anna, bela = clones
    set_language(anna.corpus, [ANNA], "de")
    anna.save()
    anna.git("push", "-q")
    pulled(bela)
    with bela.corpus.store.read() as tx:
        assert tx.document(ANNA).lang == "de"
    assert verify(bela.corpus).problems == ()
    set_language(bela.corpus, [ANNA], "it")
    bela.save()
    set_language(anna.corpus, [ANNA, KIEV], "en")
    anna.save()
    anna.git("push", "-q")
    assert ANNA in pulled(bela, code=1)
    with (bela.root / f"annotations/documents/{ANNA[:2]}.jsonl").open("rb") as file:
        (line,) = [json.loads(line) for line in file if json.loads(line)["id"] == ANNA]
    assert line["lang"] == "it"
    with (bela.root / f"annotations/documents/{KIEV[:2]}.jsonl").open("rb") as file:
        assert {json.loads(line)["lang"] for line in file if ANNA.encode() not in line} == {"en"}
