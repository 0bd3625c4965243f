"""Adjudication: strategies, regions, decisions that are kept, and measured reliability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import agreement as a
from curate.errors import InputError
from curate.model import Annotation, Category, Relation, Span

PER, LOC, ORG = "PER", "LOC", "ORG"


def versions(**said):
    return {
        name: Annotation(
            document="d", layer=f"annotator:{name}", spans=tuple(Span(*mark) for mark in marks)
        )
        for name, marks in said.items()
    }


def keys(spans):
    return [span.key for span in spans]


def test_unanimous_takes_what_all_have_and_leaves_the_rest_open():
    found = a.adjudicate_document(
        versions(anna=[(0, 4, PER), (9, 12, LOC)], bela=[(0, 4, PER), (9, 12, ORG)]),
        a.unanimous(),
    )
    assert keys(found.annotation.spans) == [(0, 4, PER)]
    assert [(r.start, r.end, r.how) for r in found.settled] == [(0, 4, "unanimous")]
    assert [(r.start, r.end, keys(r.contested)) for r in found.open] == [
        (9, 12, [(9, 12, LOC), (9, 12, ORG)])
    ]
    assert keys(found.open[0].versions["bela"]) == [(9, 12, ORG)]


def test_unanimous_settles_a_span_beside_a_nested_one_that_is_open():
    found = a.adjudicate_document(
        versions(anna=[(0, 20, ORG), (5, 10, LOC)], bela=[(0, 20, ORG)]), a.unanimous()
    )
    assert keys(found.annotation.spans) == [(0, 20, ORG)]
    assert found.settled == ()
    assert keys(found.open[0].taken) == [(0, 20, ORG)]
    assert keys(found.open[0].contested) == [(5, 10, LOC)]


def test_majority_takes_drops_and_leaves_ties_open():
    found = a.adjudicate_document(
        versions(
            anna=[(0, 4, PER), (9, 12, LOC), (20, 25, LOC)],
            bela=[(0, 4, PER), (20, 25, ORG)],
            carl=[(0, 4, ORG), (20, 25, PER)],
        ),
        a.majority(),
    )
    assert keys(found.annotation.spans) == [(0, 4, PER)]
    first, second = found.settled
    assert (keys(first.taken), keys(first.dropped)) == ([(0, 4, PER)], [(0, 4, ORG)])
    assert first.support == pytest.approx(2 / 3)
    assert (keys(second.taken), keys(second.dropped)) == ([], [(9, 12, LOC)])
    assert [(r.start, r.end) for r in found.open] == [(20, 25)]


def test_three_edges_for_one_name_are_open_and_not_dropped():
    found = a.adjudicate_document(
        versions(anna=[(0, 9, PER)], bela=[(2, 9, PER)], carl=[(0, 7, PER)]), a.majority()
    )
    assert found.annotation.spans == ()
    assert len(found.open[0].contested) == 3


def test_two_annotators_who_differ_have_no_majority():
    found = a.adjudicate_document(versions(anna=[(0, 4, PER)], bela=[]), a.majority())
    assert (found.settled, len(found.open)) == ((), 1)


def test_one_version_settles_nothing_but_by_role():
    alone = versions(anna=[(0, 4, PER)])
    for strategy in (a.unanimous(), a.majority()):
        assert a.adjudicate_document(alone, strategy).settled == ()
    role = a.by_role({"anna": "curator"}, ("curator", "annotator"))
    assert keys(a.adjudicate_document(alone, role).annotation.spans) == [(0, 4, PER)]


def test_the_highest_role_that_is_there_decides():
    roles = {"anna": "annotator", "bela": "annotator", "cleo": "curator", "dora": "curator"}
    strategy = a.by_role(roles, ("curator", "annotator"))
    said = versions(
        anna=[(0, 4, PER), (9, 12, LOC)],
        bela=[(0, 4, PER)],
        cleo=[(0, 4, ORG)],
        guest=[(30, 33, PER)],
    )
    found = a.adjudicate_document(said, strategy)
    assert keys(found.annotation.spans) == [(0, 4, ORG)]
    assert found.open == ()
    two = a.adjudicate_document({**said, **versions(dora=[(0, 4, PER)])}, strategy)
    assert [(r.start, r.end) for r in two.open] == [(0, 4)]
    below = {name: said[name] for name in ("anna", "bela")}
    assert keys(a.adjudicate_document(below, strategy).annotation.spans) == [(0, 4, PER)]


def test_an_unknown_role_is_refused():
    with pytest.raises(InputError, match="no such role: boss; give one of curator"):
        a.by_role({"anna": "boss"}, ("curator",))


def test_relations_and_categories_are_voted_on_too():
    head, tail = (0, 4, PER), (9, 12, LOC)
    arrow = Relation(head, tail, "in")
    base = versions(anna=[head, tail], bela=[head, tail], carl=[head])
    said = {
        name: Annotation(
            document="d",
            layer=v.layer,
            spans=v.spans,
            relations=(arrow,) if name != "carl" else (),
            categories=(Category("politics"),) if name == "anna" else (),
        )
        for name, v in base.items()
    }
    found = a.adjudicate_document(said, a.majority())
    assert found.annotation.relations == (arrow,)
    assert (found.annotation.categories, found.open_categories) == ((), ())
    strict = a.adjudicate_document(said, a.unanimous())
    assert strict.annotation.relations == ()
    assert strict.open_categories == (Category("politics"),)
    both = {name: said[name] for name in ("anna", "bela")}
    assert a.adjudicate_document(both, a.unanimous()).annotation.relations == (arrow,)


def test_what_was_decided_stays_whatever_the_versions_say():
    before = a.adjudicate_document(
        versions(anna=[(0, 4, PER)], bela=[(0, 4, PER)], carl=[(0, 4, ORG)]), a.majority()
    )
    made = a.new_decisions(before, "curator", "2026-03-02T09:00:00Z")
    assert [(d.start, d.end, d.how, keys(d.spans)) for d in made] == [
        (0, 4, "majority", [(0, 4, PER)])
    ]
    known = {(d.start, d.end): d.spans for d in made} | {(20, 30): ()}
    after = a.adjudicate_document(
        versions(anna=[(0, 6, ORG), (22, 24, LOC)], bela=[(0, 6, ORG), (22, 24, LOC)]),
        a.majority(),
        known,
    )
    assert keys(after.annotation.spans) == [(0, 4, PER)]
    assert [r.how for r in after.settled] == ["decided", "decided"]
    assert after.open == ()
    assert keys(after.settled[1].versions["anna"]) == [(22, 24, LOC)]
    assert a.new_decisions(after, "x", "y") == []


spans = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from((PER, LOC))).map(
        lambda m: (m[0], m[0] + m[1], m[2])
    ),
    max_size=5,
    unique=True,
)


def strategies():
    measured = a.reliability([versions(anna=[(0, 4, PER)], bela=[(0, 4, PER)], carl=[])])
    return (a.unanimous(), a.majority(), a.weighted(measured, 0.8))


@given(st.lists(spans, min_size=2, max_size=4), st.sampled_from((0, 1, 2)))
def test_every_span_ends_in_one_place_and_a_second_run_changes_nothing(marks, which):
    said = versions(**{f"a{n}": own for n, own in enumerate(marks)})
    strategy = strategies()[which]
    found = a.adjudicate_document(said, strategy)
    regions = (*found.settled, *found.open)
    ends = [s.key for r in regions for s in (*r.taken, *r.dropped, *r.contested)]
    assert sorted(ends) == sorted({key for own in marks for key in own})
    assert not any(r.contested for r in found.settled)
    assert all(r.contested for r in found.open)
    known = {(d.start, d.end): d.spans for d in a.new_decisions(found, "x", "y")}
    again = a.adjudicate_document(said, strategy, known)
    assert again.annotation == found.annotation
    assert [r.contested for r in again.open] == [r.contested for r in found.open]


@given(st.lists(spans, min_size=2, max_size=5))
def test_what_a_majority_takes_overlaps_only_where_somebody_has_both(marks):
    said = versions(**{f"a{n}": own for n, own in enumerate(marks)})
    taken = a.adjudicate_document(said, a.majority()).annotation.spans
    votes = {key: sum(key in own for own in marks) for own in marks for key in own}
    assert {s.key for s in taken} == {k for k, v in votes.items() if v > len(marks) / 2}
    for one in taken:
        for two in taken:
            assert not one.overlaps(two) or any({one.key, two.key} <= set(own) for own in marks)


# Dawid and Skene 1979, table 1: the first observer saw every patient three times.
PATIENTS = """
111 1111,333 4334,112 2122,222 3121,222 3222,222 3322,122 2111,333 3433,222 2223,232 2223,
444 4444,222 3343,111 1111,222 3212,121 1111,111 2111,111 1111,111 1111,222 2221,222 1322,
222 2222,222 2221,222 3222,221 2222,111 1111,111 1111,232 2222,111 1111,111 1111,112 1121,
111 1111,333 3233,111 1111,222 2222,222 3232,433 4343,221 2232,232 3233,333 3432,111 1111,
111 1111,121 2111,232 2222,121 1111,222 2222
"""


def test_dawid_and_skene_have_the_values_of_their_paper():
    patients = PATIENTS.replace("\n", "").split(",")
    counts = np.zeros((45, 5, 4))
    for row, patient in enumerate(patients):
        first, others = patient.split()
        for observer, answers in enumerate((first, *others)):
            for answer in answers:
                counts[row, observer, int(answer) - 1] += 1
    truth, prior, tables, _ = a.dawid_skene(counts)
    assert [round(p, 2) for p in prior] == [0.40, 0.42, 0.11, 0.07]
    assert np.round(tables[0], 2).tolist() == [
        [0.89, 0.11, 0, 0],
        [0.07, 0.88, 0.05, 0],
        [0, 0.34, 0.66, 0],
        [0, 0, 0.56, 0.44],
    ]
    assert truth.argmax(axis=1)[1] == 3  # patient 2 is of class 4, against three answers of 3


def corpus(seed=0, count=150):
    """Names that two careful annotators and a careless one mark; truth beside it."""
    generator = np.random.default_rng(seed)
    skill = {"anna": 0.97, "bela": 0.95, "carl": 0.55}
    documents, truth = [], []
    for _ in range(count):
        true = [(10 * n, 10 * n + 5, str(generator.choice([PER, LOC, ORG]))) for n in range(4)]
        marks: dict[str, list[tuple[int, int, str]]] = {name: [] for name in skill}
        for start, end, label in true:
            for name, right in skill.items():
                if generator.random() < right:
                    marks[name].append((start, end, label))
                elif generator.random() < 0.5:
                    others = [x for x in (PER, LOC, ORG) if x != label]
                    marks[name].append((start, end, str(generator.choice(others))))
        documents.append(versions(**marks))
        truth.append(set(true))
    return documents, truth


def test_reliability_finds_who_is_careless():
    documents, _ = corpus()
    measured = a.reliability(documents)
    assert measured.classes == ("", LOC, ORG, PER)
    assert measured.accuracy["carl"] < 0.65 < 0.9 < measured.accuracy["bela"]
    assert measured.accuracy["anna"] > 0.9
    assert sum(measured.prior) == pytest.approx(1)


def test_weighted_leaves_less_open_and_errs_less_than_the_majority():
    documents, truth = corpus(seed=4)
    measured = a.reliability(documents)

    def outcome(strategy):
        open_, wrong = 0, 0
        for said, true in zip(documents, truth, strict=True):
            found = a.adjudicate_document(said, strategy)
            open_ += len(found.open)
            for region in found.settled:
                there = {key for key in true if key[0] < region.end and region.start < key[1]}
                wrong += {span.key for span in region.taken} != there
        return open_, wrong

    by_votes = outcome(a.majority())
    lenient, careful = (outcome(a.weighted(measured, least)) for least in (0.6, 0.9))
    assert lenient[0] < by_votes[0]
    assert lenient[1] < by_votes[1]
    assert careful[1] < lenient[1]
    against = versions(anna=[(0, 5, PER)], carl=[(0, 5, LOC)])
    assert a.adjudicate_document(against, a.majority()).open
    assert keys(a.adjudicate_document(against, a.weighted(measured, 0.8)).annotation.spans) == [
        (0, 5, PER)
    ]


def test_nothing_to_measure_is_told_and_decides_nothing():
    measured = a.reliability([versions(anna=[(0, 4, PER)])])
    assert (measured.items, measured.accuracy) == (0, {})
    found = a.adjudicate_document(versions(anna=[(0, 4, PER)], bela=[]), a.weighted(measured))
    assert found.settled == ()


def test_a_confidence_out_of_range_is_refused():
    with pytest.raises(InputError, match="a confidence of 0.5"):
        a.weighted(a.reliability([]), 0.5)
