"""Two clones of one repository whose workspaces share one store, merged by real git."""

from __future__ import annotations

import subprocess

import pytest
from support import history_corpus as h
from support.git_clones import OTTO, WEISS, Clone, paris, pulled

from curate.history.reconcile import reconcile
from curate.history.verify import verify
from curate.store import address
from curate.store.address import VARIABLE


@pytest.fixture
def own(tmp_path) -> str:
    """The address of a store that is not the shared one."""
    (tmp_path / "own").mkdir()
    return address.of("", tmp_path / "own")


@pytest.fixture
def clones(own, tmp_path, monkeypatch) -> tuple[Clone, Clone]:
    """Two curators with a folder each, one store and one bare repository."""
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv(VARIABLE, address.of("", tmp_path / "shared"))
    first = h.workspace(tmp_path / "ada")
    h.add(first, h.ANNA, h.revision(h.ANNA, 1, paris("LOC")))
    subprocess.run(["git", "init", "-q", "-b", "main", str(first.root)], check=True)
    ada = Clone(first.root, "2026-03-02")
    ada.save()
    bare = str(tmp_path / "bare")
    subprocess.run(["git", "clone", "-q", "--bare", str(first.root), bare], check=True)
    ada.git("remote", "add", "origin", bare)
    ada.git("fetch", "-q")
    ada.git("branch", "-q", "--set-upstream-to=origin/main")
    subprocess.run(["git", "clone", "-q", bare, str(tmp_path / "ben")], check=True)
    return ada, Clone(tmp_path / "ben", "2026-03-03")


def settled(*clones: Clone) -> None:
    """Nothing is left to take up or to commit, and both folders say what the store says."""
    for clone in clones:
        taken = reconcile(clone.corpus)
        assert (taken.revisions, taken.renumbered, taken.conflicts) == (0, (), ())
        assert verify(clone.corpus).problems == ()
        assert clone.git("status", "--porcelain") == ""
    trees = [h.tree(clone.corpus.annotations) for clone in clones]
    assert all(tree == trees[0] for tree in trees)


def test_a_clone_that_is_behind_follows_one_that_is_ahead(clones):
    """Ben's revision takes back what Ada's did; it came later, and is no rival of hers."""
    ada, ben = clones
    ada.change(h.ANNA, paris("ORG"), WEISS)
    ben.change(h.ANNA, paris("LOC"))
    ben.git("push", "-q")
    pulled(ada)
    assert ada.said() == {("Paris", "LOC")}
    assert [r.number for r in ada.chain()] == [1, 2, 3]
    settled(ada, ben)
    ada.git("push", "-q")
    pulled(ben)
    settled(ada, ben)


def test_also_the_other_way_round_and_over_several_revisions(clones):
    ada, ben = clones
    ada.change(h.ANNA, paris("ORG"))
    ada.change(h.ANNA, paris("ORG"), WEISS)
    ben.change(h.ANNA, paris("LOC"), WEISS)
    ben.change(h.ANNA, paris("LOC"), WEISS, OTTO)
    ada.git("push", "-q")
    pulled(ben)  # here ours is ahead, and theirs behind
    assert [r.number for r in ben.chain()] == [1, 2, 3, 4, 5]
    settled(ben)
    ben.git("push", "-q")
    pulled(ada)
    settled(ada, ben)


def test_a_rebase_of_what_the_other_one_has_already(clones):
    ada, ben = clones
    ada.change(h.ANNA, paris("ORG"))
    ben.change(h.ANNA, paris("LOC"))
    ben.git("push", "-q")
    ada.git("pull", "-q", "--rebase")
    settled(ada, ben)
    ada.change(h.ANNA, paris("PER"))
    ben.change(h.ANNA, paris("LOC"), OTTO)
    ada.git("push", "-q")
    ben.git("pull", "-q", "--rebase")
    settled(ben)
    assert [r.number for r in ben.chain()] == [1, 2, 3, 4, 5]


def test_where_git_does_not_tell_the_other_branch_the_store_knows_better(clones):
    """A single picked commit: the driver joins what never was apart, and nobody takes it up."""
    ada, ben = clones
    ada.change(h.ANNA, paris("ORG"))
    ben.change(h.ANNA, paris("LOC"))
    ben.git("push", "-q")
    ada.git("fetch", "-q")
    ada.git("cherry-pick", "origin/main")
    assert reconcile(ada.corpus).revisions == 0
    assert [r.number for r in ada.chain()] == [1, 2, 3]
    assert ada.said() == {("Paris", "LOC")}
    assert verify(ada.corpus).problems == ()
    assert h.tree(ada.corpus.annotations) == h.tree(ben.corpus.annotations)


def test_one_with_a_store_of_their_own_comes_back(clones, own, monkeypatch):
    """On a train: a clone with a store in a file, whose work goes into the shared one later."""
    ada, ben = clones
    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, own)
        away = Clone(ben.root, "2026-03-04")
        away.change(h.ANNA, paris("LOC"), OTTO)
        away.corpus.store.close()
    ada.change(h.ANNA, paris("LOC"), WEISS)
    ada.git("push", "-q")
    pulled(ben)
    reconcile(ben.corpus)
    assert ben.said() == {("Paris", "LOC"), ("Otto", "PER"), ("Anna Weiss", "PER")}
    ben.save()
    ben.git("push", "-q")
    pulled(ada)
    assert ada.chain() == ben.chain()
    assert verify(ada.corpus).problems == ()
    assert h.tree(ada.corpus.annotations) == h.tree(ben.corpus.annotations)


def test_documents_that_both_wrote_are_the_same(clones):
    ada, ben = clones
    h.add(ada.corpus, h.KIEV, h.revision(h.KIEV, 1))
    ada.save()
    h.add(ben.corpus, h.BERNE, h.revision(h.BERNE, 1))
    ben.save()
    ben.git("push", "-q")
    pulled(ada)
    settled(ada, ben)
