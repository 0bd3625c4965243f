"""Bringing an old state back: a new revision, an unbroken history, and the next sync carries it."""

from __future__ import annotations

import re

import pytest
from support import history_corpus as h

from curate.errors import InputError
from curate.history.diff import diff
from curate.history.restore import restore
from curate.model import Annotation
from curate.store.records import RemoteProject, TrackedDocument
from curate.sync.plan import is_ahead
from curate.workspace import Workspace

KIEV = h.document(h.KIEV).id
ANNA = h.document(h.ANNA).id


@pytest.fixture
def corpus(tmp_path):
    """Released with a LOC in each; then Anna lost hers, Kiev was withdrawn, and Berne came."""
    made = h.workspace(tmp_path / "c")
    h.add(made, h.ANNA, h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "LOC", by=h.MODEL)))
    h.add(made, h.KIEV, h.revision(h.KIEV, 1, h.span(h.KIEV, "Kiev", "LOC")))
    h.cut(made, "0.1.0")
    h.add(made, h.BERNE, h.revision(h.BERNE, 1))
    with made.store.begin() as tx:
        tx.add_revision(h.revision(h.ANNA, 2))
        tx.add_revision(h.revision(h.KIEV, 2, deleted=True))
    return made


def heads(corpus):
    with corpus.store.begin() as tx:
        return {revision.document: revision for _, revision in tx.heads()}


def chain(corpus, key):
    with corpus.store.begin() as tx:
        return tx.revisions(key)[::-1]


def test_a_release_comes_back_as_new_revisions(corpus):
    before = {key: chain(corpus, key) for key in (ANNA, KIEV)}
    done = restore(corpus, "0.1.0")
    assert sorted((r.document, r.number) for r in done.revisions) == sorted([(ANNA, 3), (KIEV, 3)])
    assert done.left == (h.document(h.BERNE).id,)
    for key, old in before.items():
        now = chain(corpus, key)
        assert now[:2] == old
        assert now[2].spans == old[0].spans
        assert (now[2].author, now[2].deleted) == ("curator:curator", False)
        assert now[2].reason == "restored revision 1 of release 0.1.0"
    assert diff(corpus, "0.1.0").counts == {"documents_added": 1}


def test_a_second_time_there_is_nothing_to_do(corpus):
    restore(corpus, "0.1.0")
    again = restore(corpus, "0.1.0")
    assert (again.revisions, again.same) == ((), 2)


def test_exactly_means_that_what_came_later_is_withdrawn(corpus):
    done = restore(corpus, "0.1.0", exact=True)
    assert done.withdrawn == (h.document(h.BERNE).id,)
    assert diff(corpus, "0.1.0").counts == {}
    assert heads(corpus)[h.document(h.BERNE).id].deleted


def test_documents_and_revisions_can_be_restored_alone(corpus):
    assert [r.document for r in restore(corpus, "0.1.0", (ANNA[:6],)).revisions] == [ANNA]
    assert heads(corpus)[KIEV].deleted
    (made,) = restore(corpus, f"{KIEV[:6]}@1").revisions
    assert (made.number, made.reason) == (3, "restored revision 1")


@pytest.mark.parametrize(
    ("source", "documents", "message"),
    [
        ("0.1.0", (h.document(h.BERNE).id,), h.document(h.BERNE).id),
        (f"{ANNA}@1", (ANNA,), f"{ANNA}@1"),
        (f"{ANNA}@7", (), f"{ANNA} .* 7"),
        (f"{ANNA}@x", (), f"{ANNA}@x"),
    ],
)
def test_what_cannot_be_restored_is_refused_and_changes_nothing(corpus, source, documents, message):
    before = heads(corpus)
    with pytest.raises(InputError, match=message):
        restore(corpus, source, documents)
    assert heads(corpus) == before


def test_a_label_that_the_schema_lost_stands_in_the_way(corpus):
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(h.ANNA, 3, h.span(h.ANNA, "Otto", "ROBOT")))
        tx.add_revision(h.revision(h.ANNA, 4))
    with pytest.raises(InputError, match=f"{ANNA}@3 uses ROBOT, .*news-fr@"):
        restore(corpus, f"{ANNA}@3")


def track(tx, key, annotation):
    tx.put_remote(RemoteProject(marker="m", url="u", name="n"))
    tx.put_tracked("m", TrackedDocument(document=key, base=annotation, example=7))


def test_the_next_sync_carries_what_was_restored(corpus):
    with corpus.store.begin() as tx:
        track(tx, ANNA, tx.head(ANNA).annotation)
    restore(corpus, f"{ANNA}@1")
    with corpus.store.begin() as tx:
        assert is_ahead(tx.local_states("m")[ANNA])


@pytest.mark.parametrize("taken_out", [True, False])
def test_a_document_that_a_sync_took_out_is_pushed_again(corpus, taken_out):
    with corpus.store.begin() as tx:
        track(tx, KIEV, Annotation(document=KIEV, layer="remote"))
        if taken_out:
            tx.start_step("s", "withdraw", KIEV, "2026-02-10T00:00:00Z")
    restore(corpus, f"{KIEV}@1")
    with corpus.store.begin() as tx:
        assert (tx.tracked("m", KIEV) is None) is taken_out


def test_an_old_label_comes_back_under_the_name_it_has_now(corpus):
    """The schema went on since: LOC is called PLACE in the next version."""
    file = corpus.root / "schemas" / "news-fr.yaml"
    text = file.read_text("utf-8").replace("name: LOC", "name: PLACE").replace(": LOC", ": PLACE")
    file.write_text(re.sub(r"(?m)^version: .*$", 'version: "1.9.0"', text), "utf-8")
    (corpus.root / "schemas" / "migrations").mkdir(exist_ok=True)
    (corpus.root / "schemas" / "migrations" / "2.yaml").write_text(
        'schema: news-fr\nfrom: "1.0.0"\nto: "1.9.0"\nsteps:\n  - {rename: LOC, to: PLACE}\n',
        "utf-8",
    )
    corpus = Workspace(corpus.root, h.Clock())
    restore(corpus, f"{ANNA}@1")
    head = heads(corpus)[ANNA]
    assert [(s.label, s.by) for s in head.spans] == [("PLACE", h.MODEL)]
    assert head.schema == "news-fr@1.9.0"
