"""Span scores, strict and by overlap."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from curate.agreement import AgreementOptions, AnnotationSets, inter_annotator_agreement, spans
from curate.agreement.bootstrap import Resampler
from curate.model import Annotation, Document, Span
from curate.util import jsonl

PLAIN = Resampler(resamples=0)


def said(*marks, document="d"):
    return Annotation(document=document, layer="x", spans=tuple(Span(*m) for m in marks))


def novel(*paths):
    """Doccano exports of several users, read without our own reader."""
    documents, users = [], {}
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        row = json.loads(line)
        key = jsonl.document_id(row["text"])
        documents.append(Document(id=key, text=row["text"]))
        marks: dict[int, list[Span]] = {}
        for mark in row["annotations"]:
            span = Span(
                mark["start_offset"], mark["end_offset"], str(mark["label"]), at=mark["updated_at"]
            )
            marks.setdefault(mark["user"], []).append(span)
        for user, own in marks.items():
            annotation = Annotation(document=key, layer=f"annotator:{user}", spans=tuple(own))
            users.setdefault(str(user), []).append(annotation)
    return AnnotationSets(
        documents=tuple(documents),
        annotations={user: tuple(annotations) for user, annotations in users.items()},
    )


def test_alice_in_wonderland_has_its_known_scores(shared_data):
    path = shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    agreement = inter_annotator_agreement(novel(path), AgreementOptions(resamples=0))
    scores = {(p.first, p.second): round(p.strict.micro.f1, 3) for p in agreement.pairs}
    assert scores == {("1", "2"): 0.945, ("1", "3"): 0.961, ("2", "3"): 0.909}
    assert agreement.documents == agreement.complete == 16
    assert agreement.left_out == ()


def test_all_novels_are_measured(shared_data):
    folder = shared_data / "doccano-multiuser-novels"
    sets = novel(*sorted(folder.glob("*.jsonl")))
    agreement = inter_annotator_agreement(sets, AgreementOptions(resamples=200))
    assert agreement.documents == agreement.complete == 124
    for pair in agreement.pairs:
        whole = pair.strict.micro
        assert sum(s.matched for s in pair.strict.labels.values()) == whole.matched
        assert sum(s.matched for s in pair.strict.documents.values()) == whole.matched
        assert whole.low < whole.f1 < whole.high
        assert pair.overlap.micro.matched >= whole.matched
    assert all(
        v.value is not None and v.low < v.value < v.high for v in agreement.coefficients.values()
    )


def test_strict_requires_boundaries_and_label():
    one = said((0, 5, "PER"), (10, 15, "LOC"), (20, 25, "ORG"))
    two = said((0, 5, "PER"), (10, 15, "ORG"), (20, 26, "ORG"))
    found = spans.scores({"d": spans.counts(one, two, spans.strict)}, PLAIN)
    assert (found.micro.matched, found.micro.first, found.micro.second) == (1, 3, 3)
    assert found.micro.f1 == found.micro.precision == found.micro.recall == pytest.approx(1 / 3)
    assert found.labels["LOC"].precision is None
    assert found.labels["LOC"].reason == "the second version marks nothing"
    assert found.macro.value == pytest.approx((1 + 0 + 0) / 3)


def test_overlap_requires_a_shared_code_point_and_the_label():
    one = said((0, 5, "PER"), (10, 15, "LOC"), (20, 25, "ORG"))
    two = said((4, 9, "PER"), (15, 18, "LOC"), (20, 25, "LOC"))
    found = spans.scores({"d": spans.counts(one, two, spans.overlapping)}, PLAIN)
    assert found.micro.matched == 1


def test_one_span_matches_one_span():
    assert spans.overlapping([Span(0, 20, "x")], [Span(0, 5, "x"), Span(6, 9, "x")]) == 1


marks = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda m: Span(m[0], m[0] + m[1], "x")),
    max_size=8,
    unique_by=lambda span: span.key,
)


@given(marks, marks)
def test_overlap_matches_as_many_as_possible(one, two):
    most = 0
    if one and two:
        graph = csr_array(np.array([[a.overlaps(b) for b in two] for a in one]))
        most = int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())
    assert spans.overlapping(one, two) == spans.overlapping(two, one) == most


def test_nothing_against_nothing_is_undefined_and_nothing_against_something_is_zero():
    nothing = spans.scores({"d": spans.counts(said(), said(), spans.strict)}, PLAIN)
    assert nothing.micro.f1 is None
    assert nothing.micro.reason == "neither version marks anything"
    assert nothing.macro.value is None
    something = spans.scores({"d": spans.counts(said((0, 2, "x")), said(), spans.strict)}, PLAIN)
    assert (something.micro.f1, something.micro.recall) == (0, 0)
    assert something.micro.precision is None


def test_intervals_are_those_of_documents_drawn_again():
    documents = {
        str(n): spans.counts(
            said(*((5 * k, 5 * k + 3, "x") for k in range(n + 1))),
            said(*((5 * k, 5 * k + 3, "x") for k in range(0, n + 1, 2))),
            spans.strict,
        )
        for n in range(12)
    }
    found = spans.scores(documents, Resampler(400, seed=3)).micro
    generator = np.random.default_rng(3)
    values = []
    for drawn in generator.integers(0, 12, (400, 12)):
        sample = [list(documents.values())[n] for n in drawn]
        matched, first, second = spans.pooled(sample)
        values.append(2 * matched / (first + second))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(values, (2.5, 97.5))))


def test_one_document_has_no_interval_and_says_so():
    found = spans.scores(
        {"d": spans.counts(said((0, 2, "x")), said((0, 2, "x")), spans.strict)}, Resampler()
    )
    assert (found.micro.f1, found.micro.low) == (1, None)
    assert found.micro.reason == "no interval: one document"
