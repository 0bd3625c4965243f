"""Who is behind a span, since when, and in which release."""

from __future__ import annotations

import msgspec
import pytest
from support import history_corpus as h

from curate.annotations.decisions import FILE, PERSON, Decision
from curate.errors import InputError
from curate.history.blame import blame, blame_span
from curate.history.restore import restore
from curate.model import Annotation
from curate.store import fork, gold
from curate.util import jsonl

PARIS = h.ANNA.index("Paris")


WHEN = "2026-02-03T07:30:00Z"


def paris(label="LOC", **more):
    return h.span(h.ANNA, "Paris", label, **more)


@pytest.fixture
def corpus(tmp_path):
    return h.traced(tmp_path / "c")


def test_since_when_is_this_span_loc(corpus):
    (found, before) = blame_span(corpus, h.document(h.ANNA).id, PARIS, PARIS + 5)
    assert (found.span.label, found.since.revision, found.since.who, found.since.when) == (
        "LOC",
        3,
        "annotator:bela",
        WHEN,
    )
    assert [(e.revision, e.kind) for e in found.events] == [(3, "relabelled"), (1, "added")]
    assert found.gone is None
    assert (before.span.label, before.last, before.since.revision) == ("ORG", 2, 1)
    assert (before.gone.revision, before.gone.after.label) == (3, "LOC")


def test_a_place_that_never_was_a_span_is_refused(corpus):
    with pytest.raises(InputError, match="LOC at 0:4"):
        blame_span(corpus, h.document(h.ANNA).id, 0, 4, "LOC")


def test_a_span_that_moved_keeps_the_time_of_its_label(corpus):
    start = h.ANNA.index("Anna Weiss")
    (found,) = blame_span(corpus, h.document(h.ANNA).id, start, start + 10)
    assert [(e.revision, e.kind) for e in found.events] == [(2, "moved"), (1, "added")]
    assert found.since.revision == 1


def test_blame_names_proposer_changer_decider_and_release(corpus):
    with corpus.store.begin() as tx:  # a release that holds revision 3
        head = tx.head(h.document(h.ANNA).id)
        assert head.number == 4
    h.cut(corpus, "0.1.0")
    found = {each.text: each for each in blame(corpus, h.document(h.ANNA).id[:4]).spans}
    assert set(found) == {"Anna Weiss", "Paris"}
    name = found["Anna Weiss"]
    assert name.proposed == (h.MODEL,)
    assert (name.changed_by, name.changed_at) == ("annotator:anna", "2026-02-02T07:00:00Z")
    assert (name.since, name.confirmed_by, name.release) == (2, "anna", "0.1.0")
    town = found["Paris"]
    assert (town.changed_by, town.since, town.confirmed_by) == ("annotator:bela", 3, "bela")
    assert town.adjudicated_by == ""


def test_the_release_is_the_first_of_the_unbroken_run(corpus):
    h.cut(corpus, "0.1.0")
    key = h.document(h.ANNA).id
    with corpus.store.begin() as tx:
        spans = tx.head(key).spans
        tx.add_revision(h.revision(h.ANNA, 5, *spans, h.span(h.ANNA, "Otto", "PER")))
    h.cut(corpus, "0.2.0")
    found = {each.text: each for each in blame(corpus, key).spans}
    assert {text: each.release for text, each in found.items()} == {
        "Anna Weiss": "0.1.0",
        "Paris": "0.1.0",
        "Otto": "0.2.0",
    }
    assert found["Otto"].since == 5
    assert {each.release for each in blame(corpus, f"{key}@3").spans} == {""}


@pytest.mark.parametrize(
    ("more", "who"),
    [
        ({"author": "curator:eva", "reason": "conflict settled: took theirs"}, "curator:eva"),
        (
            {"reason": "adjudicated in Doccano: 1 added", "confirmed_by": "carla"},
            "annotator:carla",
        ),
        ({"author": "annotator:bela", "reason": "anna, bela agree"}, ""),
    ],
)
def test_who_decided_is_named(tmp_path, more, who):
    corpus = h.workspace(tmp_path / "c")
    key = h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, h.span(h.KIEV, "Kiev", "LOC"), **more))
    (found,) = blame(corpus, key).spans
    when = "2026-02-01T08:00:00Z" if who else ""
    assert (found.adjudicated_by, found.adjudicated_at) == (who, when)


def test_an_edge_moved_before_there_was_gold_is_one_act_on_the_proposal(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    moved = h.span(h.ANNA, "Anna Weiss", "PER", by="annotator:anna", at="2026-02-02T07:00:00Z")
    added = h.span(h.ANNA, "Otto", "PER", by="annotator:anna", at="2026-02-02T07:00:00Z")
    key = h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, moved, added))
    proposal = Annotation(document=key, layer=h.MODEL, spans=(h.span(h.ANNA, "Weiss", "PER"),))
    with corpus.store.begin() as tx:
        tx.put_annotation(proposal)
    found = {each.text: each for each in blame(corpus, key).spans}
    name = found["Anna Weiss"]
    assert (name.proposed, name.changed_by) == ((h.MODEL,), "annotator:anna")
    assert [(event.kind, event.before) for event in name.events] == [("moved", proposal.spans[0])]
    assert (found["Otto"].proposed, found["Otto"].events[0].kind) == ((), "added")
    (history,) = blame_span(corpus, key, moved.start, moved.end)
    assert history.events[0].kind == "moved"


def test_a_decision_by_hand_names_who_decided_and_not_who_ran_the_strategy(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    kiev = h.span(h.KIEV, "Kiev", "LOC", by="annotator:anna", at="2026-01-20T00:00:00Z")
    reason = {"author": "curator:eva", "reason": "adjudicated by majority"}
    key = h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, kiev, **reason))
    decision = Decision(
        document=key,
        start=kiev.start,
        end=kiev.end,
        how=PERSON,
        by="curator:ada",
        at="2026-01-30T00:00:00Z",
        spans=(kiev,),
    )
    (corpus.annotations / FILE).write_bytes(jsonl.canonical(decision) + b"\n")
    (found,) = blame(corpus, key).spans
    assert (found.adjudicated_by, found.adjudicated_at) == ("curator:ada", decision.at)


def test_a_document_without_gold_has_nobody_to_blame(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    key = h.add(corpus, h.KIEV)
    with pytest.raises(InputError):
        blame(corpus, key)


def test_a_span_that_was_restored_is_traced_through_the_gap(corpus):
    key = h.document(h.ANNA).id
    eva = gold.Provenance(author="curator:eva", at="2026-02-05T00:00:00Z", schema="news-fr@1.0.0")
    with corpus.store.begin() as tx:
        gold.withdraw(tx, key, eva, "wrong article")
    restore(corpus, f"{key}@4")
    (found, _) = blame_span(corpus, key, PARIS, PARIS + 5)
    assert [(e.revision, e.kind) for e in found.events] == [
        (6, "restored"),
        (3, "relabelled"),
        (1, "added"),
    ]
    assert found.since.revision == 3


def test_a_span_is_followed_along_the_branch_it_came_on(tmp_path):
    """Ours dropped Otto, theirs kept him and relabelled Paris; both branches are in the chain."""
    otto, weiss = h.span(h.ANNA, "Otto", "PER"), h.span(h.ANNA, "Weiss", "PER")
    base = h.revision(h.ANNA, 1, otto, paris("ORG"))
    ours = h.revision(h.ANNA, 2, paris("ORG"), weiss)
    theirs = h.revision(h.ANNA, 2, otto, paris("LOC"), author="annotator:bela")
    chain, conflicts = fork.merge_chains([base, ours], [base, theirs])
    assert conflicts == ()
    corpus = h.workspace(tmp_path / "c")
    key = h.add(corpus, h.ANNA, *chain)
    now = {each.text: each.since for each in blame(corpus, key).spans}
    assert now == {"Weiss": 2, "Paris": 3}
    then = {each.text: each.since for each in blame(corpus, f"{key}@3").spans}
    assert then == {"Otto": 1, "Paris": 3}


def test_a_confirmed_span_of_a_rule_for_whole_articles_is_nobodys_change(tmp_path):
    corpus = h.workspace(tmp_path / "articles")
    together = "model:m@1+article:surnames"
    h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, paris(by="article:copies")))
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, h.span(h.KIEV, "Kiev", "LOC", by=together)))
    found = {text: blame(corpus, h.document(text).id).spans[0] for text in (h.ANNA, h.KIEV)}
    assert [it.changed_by for it in found.values()] == ["", ""]
    assert [it.proposed for it in found.values()] == [("article:copies",), (together,)]


def test_each_act_names_who_did_it(tmp_path):
    """Otto was added by anna, widened by bela, taken out by bela, and brought back by a curator."""
    corpus = h.workspace(tmp_path / "c", day="2026-02-09")
    times = [f"2026-02-0{day}T07:00:00Z" for day in (1, 2, 3)]
    added = h.span(h.ANNA, "Otto", "PER", by="annotator:anna", at=times[0])
    moved = msgspec.structs.replace(added, start=added.start - 4, by="annotator:bela", at=times[1])
    named = {"author": "annotator:bela", "confirmed_by": "bela"}
    key = h.add(
        corpus,
        h.ANNA,
        h.revision(h.ANNA, 1, added, author="annotator:anna"),
        h.revision(h.ANNA, 2, moved, **named),
        h.revision(h.ANNA, 3, **named),
    )
    (made,) = restore(corpus, f"{key}@2").revisions
    (found,) = blame(corpus, key).spans
    assert [(act.kind, act.who, act.when) for act in found.acts] == [
        ("added", "annotator:anna", times[0]),
        ("moved", "annotator:bela", times[1]),
        ("restored", "curator:curator", made.at),
    ]
    assert (found.changed_by, found.changed_at) == ("annotator:bela", times[1])
    assert (found.proposed, found.proposal) == ((), moved)


def test_a_proposal_that_a_curator_brought_back_was_changed_by_nobody(corpus):
    key = h.document(h.ANNA).id
    restore(corpus, f"{key}@3")
    otto = next(span for span in blame(corpus, key).spans if span.text == "Otto")
    assert [(act.kind, act.who) for act in otto.acts] == [("restored", "curator:curator")]
    assert (otto.proposed, otto.changed_by) == ((h.MODEL,), "")
