"""The store takes up what the files have: ahead, behind, apart, damaged."""

from __future__ import annotations

import os
import shutil

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import history_corpus as h
from support.workspaces import save

from curate.errors import InputError, ReleaseError, StoreError
from curate.history import git_driver
from curate.history.reconcile import reconcile
from curate.history.verify import verify
from curate.model import Revision
from curate.store import files, fork, open_store
from curate.store import reconcile as stored
from curate.store.fork import fork_of
from curate.sync.conflicts import list_conflicts, resolve
from curate.util import jsonl
from curate.workspace import Workspace

ANNA, KIEV = h.document(h.ANNA).id, h.document(h.KIEV).id
PARIS = h.span(h.ANNA, "Paris", "LOC")
OTTO = h.span(h.ANNA, "Otto", "PER")
WEISS = h.span(h.ANNA, "Anna Weiss", "PER")


@pytest.fixture
def corpus(tmp_path) -> Workspace:
    made = h.workspace(tmp_path / "here")
    h.add(made, h.ANNA, h.revision(h.ANNA, 1, PARIS))
    reconcile(made)
    return made


@pytest.fixture
def other(corpus, tmp_path) -> Workspace:
    """Another machine that had the same corpus."""
    h.workspace(tmp_path / "there")
    shutil.copytree(corpus.annotations, tmp_path / "there" / "annotations", dirs_exist_ok=True)
    there = Workspace(tmp_path / "there", h.Clock("2026-04-01"))
    reconcile(there)
    return there


def add(corpus, *revisions):
    with corpus.store.begin() as tx:
        for each in revisions:
            tx.add_revision(each)
    save(corpus)


def chain(corpus, key=ANNA):
    with corpus.store.begin() as tx:
        return tx.revisions(key)[::-1]


def bring(source, target):
    """Files of one machine on another, as a checkout puts them there."""
    shutil.rmtree(target.annotations)
    shutil.copytree(source.annotations, target.annotations, copy_function=shutil.copyfile)


def test_files_that_are_ahead_are_followed(corpus, other):
    add(other, h.revision(h.ANNA, 2, PARIS, OTTO))
    h.add(other, h.KIEV, h.revision(h.KIEV, 1))
    made = h.cut(other, "0.1.0")
    bring(other, corpus)
    taken = reconcile(corpus)
    assert taken == stored.ReconcileResult(documents=1, revisions=2, releases=("0.1.0",))
    assert chain(corpus) == chain(other)
    with corpus.store.begin() as tx:
        assert tx.release("0.1.0") == made
    assert verify(corpus).problems == ()


def test_a_store_that_is_ahead_stays(corpus, other):
    old = h.tree(corpus.annotations)
    add(corpus, h.revision(h.ANNA, 2, OTTO))
    bring(other, corpus)
    assert h.tree(corpus.annotations) == old
    taken = reconcile(corpus)
    assert (taken.behind, taken.nothing) == (1, True)
    assert len(chain(corpus)) == 2
    assert verify(corpus).problems == ()


def apart(corpus, other):
    add(corpus, h.revision(h.ANNA, 2, PARIS, OTTO))
    add(other, h.revision(h.ANNA, 2, PARIS, WEISS, author="annotator:bela"))
    bring(other, corpus)


def test_what_went_apart_is_refused_and_nothing_is_written(corpus, other):
    apart(corpus, other)
    h.add(other, h.KIEV, h.revision(h.KIEV, 1))
    bring(other, corpus)
    before, files_before = chain(corpus), h.tree(corpus.annotations)
    with pytest.raises(
        StoreError,
        match=rf"\({ANNA}\).*`curate reconcile --merge`",
    ):
        reconcile(corpus)
    assert chain(corpus) == before
    assert chain(corpus, KIEV) == []
    assert h.tree(corpus.annotations) == files_before


def test_what_went_apart_is_joined_if_asked_for_and_the_published_side_keeps_its_numbers(
    corpus, other
):
    apart(corpus, other)
    own = chain(corpus)[1]
    taken = reconcile(corpus, merge=True)
    assert (taken.renumbered, taken.conflicts, taken.revisions) == ((ANNA,), (), 2)
    found = chain(corpus)
    assert found[:2] == chain(other)
    assert found[2] == msgspec.structs.replace(own, number=3)
    assert {s.key for s in found[3].spans} == {PARIS.key, OTTO.key, WEISS.key}
    bring(corpus, other)
    assert reconcile(other).revisions == 2
    assert chain(other) == found


def test_all_of_several_revisions_are_joined(corpus, other):
    add(corpus, h.revision(h.ANNA, 2, PARIS, OTTO), h.revision(h.ANNA, 3, OTTO))
    add(other, *(h.revision(h.ANNA, n, PARIS, WEISS, reason=f"{n}") for n in (2, 3)))
    own = chain(corpus)
    bring(other, corpus)
    assert reconcile(corpus, merge=True).revisions == 3
    found = chain(corpus)
    assert [r.number for r in found] == [1, 2, 3, 4, 5, 6]
    assert fork.contains_all(found, own)
    assert fork.contains_all(found, chain(other))
    assert {s.key for s in found[-1].spans} == {OTTO.key, WEISS.key}


def test_a_conflict_is_opened_once_and_settled_like_any_other(corpus, other):
    add(corpus, h.revision(h.ANNA, 2, h.span(h.ANNA, "Paris", "MISC")))
    add(other, h.revision(h.ANNA, 2, h.span(h.ANNA, "Paris", "ORG")))
    bring(other, corpus)
    assert reconcile(corpus, merge=True).conflicts == (ANNA,)
    assert reconcile(corpus).nothing
    (found,) = list_conflicts(corpus)
    assert [c.kind for c in found.conflicts] == ["relabel"]
    done = resolve(corpus, ANNA, 1, "theirs")
    assert (done.open, {s.label for s in done.revision.spans}) == (0, {"MISC"})


def test_a_released_revision_is_never_counted_anew(corpus, other):
    add(corpus, h.revision(h.ANNA, 2, PARIS, OTTO))
    h.cut(corpus, "0.1.0")
    add(other, h.revision(h.ANNA, 2, PARIS, WEISS))
    bring(other, corpus)
    for merge in (False, True):
        with pytest.raises(StoreError, match=rf"{ANNA}.* 0\.1\.0"):
            reconcile(corpus, merge)
    assert len(chain(corpus)) == 2


def test_files_that_did_not_change_are_not_read(corpus):
    (path,) = (corpus.annotations / "gold").glob("*.jsonl")
    status, data = path.stat(), path.read_bytes()
    path.write_bytes(b"x" * len(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with corpus.store.begin() as tx:
        assert stored.take_up(tx, corpus.annotations).nothing
    path.write_bytes(b"x" * len(data))
    with pytest.raises(InputError, match=rf"gold/{path.name}:1: "):
        reconcile(corpus)


def test_a_missing_revision_is_named_unless_the_store_has_it(corpus, other):
    add(corpus, h.revision(h.ANNA, 2), h.revision(h.ANNA, 3, OTTO))
    (path,) = (corpus.annotations / "history").glob("*.jsonl")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    bring(corpus, other)
    with pytest.raises(InputError, match=f"{ANNA}: revision 3 "):
        reconcile(other)
    assert reconcile(corpus).behind == 1
    assert verify(corpus).problems == ()


def test_a_tampered_text_and_a_tampered_release_are_refused(corpus, other):
    h.cut(other, "0.1.0")
    bring(other, corpus)
    manifest = corpus.annotations / "releases" / "0.1.0.json"
    good = manifest.read_bytes()
    manifest.write_bytes(good.replace(b'"revision": 1', b'"revision": 2'))
    with pytest.raises(ReleaseError, match=r"0\.1\.0\.json "):
        reconcile(corpus)
    manifest.write_bytes(b"<<<<<<< HEAD\n" + good)
    with pytest.raises(InputError, match=r"0\.1\.0\.json: "):
        reconcile(corpus)
    manifest.write_bytes(good)
    (path,) = (corpus.annotations / "documents").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"Otto", b"Olga"))
    with pytest.raises(InputError, match=rf"documents/{path.name}:1: "):
        reconcile(corpus)


def test_other_releases_of_one_version_went_apart(corpus, other):
    h.cut(corpus, "0.1.0", "ours")
    h.cut(other, "0.1.0", "theirs")
    bring(other, corpus)
    with pytest.raises(StoreError, match=r"\(release 0\.1\.0\)"):
        reconcile(corpus)


def test_an_empty_store_is_filled_as_by_load(corpus, tmp_path):
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1), h.revision(h.KIEV, 2))
    h.cut(corpus, "0.1.0")
    stores = [open_store(tmp_path / name) for name in ("a", "b")]
    with stores[0].begin() as tx:
        files.load(tx, corpus.annotations)
        first = list(tx.documents()), list(tx.history()), tx.releases()
    with stores[1].begin() as tx:
        stored.take_up(tx, corpus.annotations)
        assert (list(tx.documents()), list(tx.history()), tx.releases()) == first
    for store in stores:
        store.close()


# -- the driver on whole files, as git calls it

TEXTS = {name: h.document(f"Texte {name}.") for name in ("a", "b")}


def made(name, number, mark, branch):
    """The n-th revision of a document on a branch; the mark makes it unlike others."""
    span = h.span(TEXTS[name].text, "Texte", "LOC", at=f"{branch}{mark}")
    return h.revision(TEXTS[name].text, number, span, reason=f"{branch} {mark}")


def grown(start: dict[str, list[Revision]], growth: dict[str, int], branch: str):
    found = {name: [*chain] for name, chain in start.items()}
    for name, many in growth.items():
        for mark in range(many):
            found[name].append(made(name, len(found[name]) + 1, mark, branch))
    return found


def as_files(chains: dict[str, list[Revision]]) -> dict[str, bytes]:
    newest = sorted((c[-1] for c in chains.values() if c), key=lambda r: r.document)
    older = sorted(
        (r for c in chains.values() for r in c[:-1]), key=lambda r: (r.document, r.number)
    )
    return {"gold": b"".join(jsonl.lines(newest)), "history": b"".join(jsonl.lines(older))}


growth = st.fixed_dictionaries({"a": st.integers(0, 3), "b": st.integers(0, 3)})


@settings(max_examples=300)
@given(growth, growth, growth)
def test_whatever_two_branches_did_makes_one_chain_that_has_it_all(
    tmp_path_factory, common, ours, theirs
):
    folder = tmp_path_factory.mktemp("merge", numbered=True)
    start = grown({"a": [], "b": []}, common, "base")
    left, right = grown(start, ours, "ours"), grown(start, theirs, "theirs")
    sides = [as_files(each) for each in (start, left, right)]
    merged: dict[str, list[Revision]] = {}
    for kind in ("gold", "history"):
        base, a, b = (each[kind] for each in sides)
        paths = [folder / name for name in "oab"]
        for path, data in zip(paths, (base, a, b), strict=True):
            path.write_bytes(data)
        if a not in (b, base) and b != base:  # else git itself takes the side that changed
            git_driver.merge_files(*paths, f"annotations/{kind}/xx.jsonl")
        elif a == base:
            paths[1].write_bytes(b)
        merged[kind] = list(jsonl.read(paths[1], Revision))
    shutil.rmtree(folder)
    for name, document in TEXTS.items():
        old, new = (
            [r for r in merged[kind] if r.document == document.id] for kind in ("history", "gold")
        )
        found = fork.chain_of_lines(old, new, "here")
        assert [r.number for r in found] == list(range(1, len(found) + 1))
        assert fork.contains_all(found, left[name])
        assert fork.contains_all(found, right[name])
        assert found[: len(left[name])] == left[name]
        forked = bool(ours[name] and theirs[name])
        assert len(found) == common[name] + ours[name] + theirs[name] + forked
        if forked:
            last = fork_of(found[-1])
            assert last.ours == len(left[name])
            assert last.theirs == len(found) - 1
