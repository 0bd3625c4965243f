"""Regions: what a strategy settles, what stays open, and decisions that are kept."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.document_versions import LOC, ORG, PER, careless_corpus, keys, versions

from curate.agreement import (
    adjudicate_document,
    by_role,
    consensus,
    majority,
    new_decisions,
    reliability,
    unanimous,
    weighted,
)
from curate.annotations.diff import common_part
from curate.model import Annotation, Category, Relation, Span


def test_unanimous_takes_what_all_have_and_leaves_the_rest_open():
    result = adjudicate_document(
        versions(anna=[(0, 4, PER), (9, 12, LOC)], bela=[(0, 4, PER), (9, 12, ORG)]),
        unanimous(),
    )
    assert keys(result.annotation.spans) == [(0, 4, PER)]
    assert [(r.start, r.end, r.how) for r in result.settled] == [(0, 4, "unanimous")]
    assert [(r.start, r.end, keys(r.contested)) for r in result.open] == [
        (9, 12, [(9, 12, LOC), (9, 12, ORG)])
    ]
    assert keys(result.open[0].versions["bela"]) == [(9, 12, ORG)]


def test_unanimous_settles_a_span_beside_a_nested_one_that_is_open():
    result = adjudicate_document(
        versions(anna=[(0, 20, ORG), (5, 10, LOC)], bela=[(0, 20, ORG)]), unanimous()
    )
    assert keys(result.annotation.spans) == [(0, 20, ORG)]
    assert result.settled == ()
    assert keys(result.open[0].taken) == [(0, 20, ORG)]
    assert keys(result.open[0].contested) == [(5, 10, LOC)]


def test_majority_takes_drops_and_leaves_ties_open():
    result = adjudicate_document(
        versions(
            anna=[(0, 4, PER), (9, 12, LOC), (20, 25, LOC)],
            bela=[(0, 4, PER), (20, 25, ORG)],
            carl=[(0, 4, ORG), (20, 25, PER)],
        ),
        majority(),
    )
    assert keys(result.annotation.spans) == [(0, 4, PER)]
    first, second = result.settled
    assert (keys(first.taken), keys(first.dropped)) == ([(0, 4, PER)], [(0, 4, ORG)])
    assert first.support == pytest.approx(2 / 3)
    assert (keys(second.taken), keys(second.dropped)) == ([], [(9, 12, LOC)])
    assert [(r.start, r.end) for r in result.open] == [(20, 25)]


def test_three_edges_for_one_name_are_open_and_not_dropped():
    result = adjudicate_document(
        versions(anna=[(0, 9, PER)], bela=[(2, 9, PER)], carl=[(0, 7, PER)]), majority()
    )
    assert result.annotation.spans == ()
    assert len(result.open[0].contested) == 3


def test_two_annotators_who_differ_have_no_majority():
    result = adjudicate_document(versions(anna=[(0, 4, PER)], bela=[]), majority())
    assert (result.settled, len(result.open)) == ((), 1)


def test_one_version_settles_nothing_but_by_role():
    alone = versions(anna=[(0, 4, PER)])
    for strategy in (unanimous(), majority()):
        assert adjudicate_document(alone, strategy).settled == ()
    role = by_role({"anna": "curator"}, ("curator", "annotator"))
    assert keys(adjudicate_document(alone, role).annotation.spans) == [(0, 4, PER)]


def test_the_highest_role_that_is_there_decides():
    roles = {"anna": "annotator", "bela": "annotator", "cleo": "curator", "dora": "curator"}
    strategy = by_role(roles, ("curator", "annotator"))
    marked = versions(
        anna=[(0, 4, PER), (9, 12, LOC)],
        bela=[(0, 4, PER)],
        cleo=[(0, 4, ORG)],
        guest=[(30, 33, PER)],
    )
    result = adjudicate_document(marked, strategy)
    assert keys(result.annotation.spans) == [(0, 4, ORG)]
    assert result.open == ()
    two = adjudicate_document({**marked, **versions(dora=[(0, 4, PER)])}, strategy)
    assert [(r.start, r.end) for r in two.open] == [(0, 4)]
    below = {name: marked[name] for name in ("anna", "bela")}
    assert keys(adjudicate_document(below, strategy).annotation.spans) == [(0, 4, PER)]


def test_relations_and_categories_are_voted_on_too():
    head, tail = (0, 4, PER), (9, 12, LOC)
    arrow = Relation(head, tail, "in")
    base = versions(anna=[head, tail], bela=[head, tail], carl=[head])
    marked = {
        name: Annotation(
            document="d",
            layer=v.layer,
            spans=v.spans,
            relations=(arrow,) if name != "carl" else (),
            categories=(Category("politics"),) if name == "anna" else (),
        )
        for name, v in base.items()
    }
    result = adjudicate_document(marked, majority())
    assert result.annotation.relations == (arrow,)
    assert (result.annotation.categories, result.open_categories) == ((), ())
    strict = adjudicate_document(marked, unanimous())
    assert strict.annotation.relations == ()
    assert strict.open_categories == (Category("politics"),)
    both = {name: marked[name] for name in ("anna", "bela")}
    assert adjudicate_document(both, unanimous()).annotation.relations == (arrow,)


def test_what_was_decided_stays_whatever_the_versions_say():
    before = adjudicate_document(
        versions(anna=[(0, 4, PER)], bela=[(0, 4, PER)], carl=[(0, 4, ORG)]), majority()
    )
    decisions = new_decisions(before, "curator", "2026-03-02T09:00:00Z")
    assert [(d.start, d.end, d.how, keys(d.spans)) for d in decisions] == [
        (0, 4, "majority", [(0, 4, PER)])
    ]
    decided = {(d.start, d.end): d.spans for d in decisions} | {(20, 30): ()}
    after = adjudicate_document(
        versions(anna=[(0, 6, ORG), (22, 24, LOC)], bela=[(0, 6, ORG), (22, 24, LOC)]),
        majority(),
        decided,
    )
    assert keys(after.annotation.spans) == [(0, 4, PER)]
    assert [r.how for r in after.settled] == ["decided", "decided"]
    assert after.open == ()
    assert keys(after.settled[1].versions["anna"]) == [(22, 24, LOC)]
    assert new_decisions(after, "x", "y") == []


marks_of_annotator = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from((PER, LOC))).map(
        lambda m: (m[0], m[0] + m[1], m[2])
    ),
    max_size=5,
    unique=True,
)


def strategies():
    measured = reliability([versions(anna=[(0, 4, PER)], bela=[(0, 4, PER)], carl=[])])
    return (unanimous(), majority(), weighted(measured, 0.8))


@given(st.lists(marks_of_annotator, min_size=2, max_size=4), st.sampled_from((0, 1, 2)))
def test_every_span_is_taken_dropped_or_contested_and_a_second_run_changes_nothing(marks, which):
    marked = versions(**{f"a{n}": own for n, own in enumerate(marks)})
    strategy = strategies()[which]
    result = adjudicate_document(marked, strategy)
    regions = (*result.settled, *result.open)
    ends = [s.key for r in regions for s in (*r.taken, *r.dropped, *r.contested)]
    assert sorted(ends) == sorted({key for own in marks for key in own})
    assert not any(r.contested for r in result.settled)
    assert all(r.contested for r in result.open)
    decided = {(d.start, d.end): d.spans for d in new_decisions(result, "x", "y")}
    again = adjudicate_document(marked, strategy, decided)
    assert again.annotation == result.annotation
    assert [r.contested for r in again.open] == [r.contested for r in result.open]


@given(st.lists(marks_of_annotator, min_size=2, max_size=5))
def test_what_a_majority_takes_overlaps_only_where_somebody_has_both(marks):
    marked = versions(**{f"a{n}": own for n, own in enumerate(marks)})
    taken = adjudicate_document(marked, majority()).annotation.spans
    votes = {key: sum(key in own for own in marks) for own in marks for key in own}
    assert {s.key for s in taken} == {k for k, v in votes.items() if v > len(marks) / 2}
    for one in taken:
        for two in taken:
            assert not one.overlaps(two) or any({one.key, two.key} <= set(own) for own in marks)


def test_weighted_leaves_less_open_and_errs_less_than_the_majority():
    documents, truth = careless_corpus(seed=4)
    measured = reliability(documents)

    def outcome(strategy):
        open_, wrong = 0, 0
        for marked, true in zip(documents, truth, strict=True):
            result = adjudicate_document(marked, strategy)
            open_ += len(result.open)
            for region in result.settled:
                there = {key for key in true if key[0] < region.end and region.start < key[1]}
                wrong += {span.key for span in region.taken} != there
        return open_, wrong

    by_votes = outcome(majority())
    lenient, careful = (outcome(weighted(measured, least)) for least in (0.6, 0.9))
    assert lenient[0] < by_votes[0]
    assert lenient[1] < by_votes[1]
    assert careful[1] < lenient[1]
    against = versions(anna=[(0, 5, PER)], carl=[(0, 5, LOC)])
    assert adjudicate_document(against, majority()).open
    assert keys(adjudicate_document(against, weighted(measured, 0.8)).annotation.spans) == [
        (0, 5, PER)
    ]


def test_weighted_settles_nothing_without_documents_to_measure():
    measured = reliability([versions(anna=[(0, 4, PER)])])
    assert (measured.items, measured.accuracy) == (0, {})
    result = adjudicate_document(versions(anna=[(0, 4, PER)], bela=[]), weighted(measured))
    assert result.settled == ()


def test_consensus_is_unanimity_that_a_single_annotator_can_reach():
    alone = versions(anna=[(0, 4, PER)])
    result = adjudicate_document(alone, consensus())
    assert keys(result.annotation.spans) == [(0, 4, PER)]
    assert not result.is_open
    differing = versions(anna=[(0, 4, PER)], bela=[(0, 4, ORG)])
    assert adjudicate_document(differing, consensus()).is_open


@given(st.lists(marks_of_annotator, min_size=1, max_size=4))
def test_consensus_takes_what_all_versions_say_and_is_open_if_they_differ(marks):
    marked = versions(**{f"a{n}": own for n, own in enumerate(marks)})
    result = adjudicate_document(marked, consensus())
    assert result.annotation.content == reduce(common_part, marked.values()).content
    assert result.is_open == (len({version.content for version in marked.values()}) > 1)


def test_what_several_agree_on_is_attributed_to_the_first_by_name():
    head, tail = (0, 4, PER), (9, 12, LOC)
    marked = {
        name: Annotation(
            document="d",
            layer=f"annotator:{name}",
            spans=(Span(*head, by=name), Span(*tail, by=name)),
            relations=(Relation(head, tail, "in", by=name),),
            categories=(Category("politics", by=name),),
        )
        for name in ("bela", "anna")
    }
    annotation = adjudicate_document(marked, unanimous()).annotation
    items = (*annotation.spans, *annotation.relations, *annotation.categories)
    assert [item.by for item in items] == ["anna"] * 4
