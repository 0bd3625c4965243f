"""Gamma: the values that pygamma-agreement published for its fixtures."""

from __future__ import annotations

import csv
import json
import logging

import numpy as np
import pytest

from curate.agreement.bootstrap import Resampler
from curate.agreement.gamma import Gamma, _quiet, mean_gamma
from curate.agreement.values import Estimate
from curate.model import Annotation, Span

FIXTURES = (
    "01_two_annotators_simple",
    "02_unequal_counts",
    "03_identical_perfect",
    "04_three_annotators",
    "05_larger_two_annotators",
    "06_weighted_alpha3_beta2",
)

pytestmark = pytest.mark.slow  # the library takes ten seconds to import


def units(rows):
    found: dict[str, list[tuple[float, float, str]]] = {}
    for row in rows:
        found.setdefault(row["annotator"], []).append((row["start"], row["end"], row["category"]))
    return found


@pytest.fixture(scope="module", params=FIXTURES)
def fixture(request, shared_data):
    path = shared_data / "agreement-fixtures" / "dkpro" / f"fixture_{request.param}.json"
    return json.loads(path.read_text("utf-8"))


def measure(fixture) -> Gamma:
    """Gamma with the fixture's parameters; its samples were drawn with 1,000 added to the seed."""
    given = fixture["params"]
    seed = 1000 + fixture["metadata"]["seed"]
    return Gamma(
        given["alpha"], given["beta"], given["deltaEmpty"], fixture["tier3"]["nSamples"], seed
    )


def test_pairs_of_units_differ_as_published(fixture):
    from pyannote.core import Segment
    from pygamma_agreement import Unit

    own, dissimilarity = units(fixture["continuum"]), measure(fixture).dissimilarity

    def unit(name, index):
        begin, end, label = own[name][index]
        return Unit(Segment(begin, end), label)

    for pair in fixture["tier1"]["pairDissimilarities"]:
        one = unit(pair["annotatorA"], pair["unitIndexA"])
        two = unit(pair["annotatorB"], pair["unitIndexB"])
        assert dissimilarity.d(one, two) == pytest.approx(pair["combined"], abs=1e-6)


def test_the_best_alignments_cost_what_is_published(fixture):
    gamma = measure(fixture)
    best = fixture["tier1"]["bestAlignmentDisorder"]
    assert gamma.observed(units(fixture["continuum"])) == pytest.approx(best, abs=1e-6)
    for sample in fixture["tier2"]["sampledContinua"]:
        found = gamma.observed(units(sample["units"]))
        assert found == pytest.approx(sample["bestAlignmentDisorder"], abs=1e-6)
        scaled = sample["scaled"]
        found = gamma.observed(units(scaled["units"]))
        assert found == pytest.approx(scaled["bestAlignmentDisorder"], abs=1e-6)


def test_gamma_is_the_published_one(fixture):
    own, gamma = units(fixture["continuum"]), measure(fixture)
    assert gamma.values(own).gamma.value == pytest.approx(fixture["tier3"]["gamma"], abs=1e-6)
    expected = fixture["tier3"]["expectedDisorder"]
    assert gamma.disorders(own)[1] == pytest.approx(expected, abs=1e-6)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return units(
            {"annotator": name, "category": label, "start": float(begin), "end": float(end)}
            for name, label, begin, end in csv.reader(file)
        )


def test_the_csv_files_have_the_values_of_the_library_s_own_tests(shared_data):
    folder = shared_data / "agreement-fixtures" / "pygamma"
    gamma = Gamma(alpha=3, beta=1, seed=4772)
    assert gamma.observed(read(folder / "AlexPaulSuzan.csv")) == pytest.approx(0.96, abs=0.01)


def within(estimates, ranges):
    for label, (low, high) in ranges.items():
        assert low <= estimates[label].value <= high, label


def test_gamma_cat_and_gamma_k_have_the_values_of_the_library_s_own_tests(shared_data):
    folder = shared_data / "agreement-fixtures" / "pygamma"
    found = Gamma(alpha=3, beta=1, seed=4772).values(read(folder / "3by100.csv"))
    assert 0.79 <= found.gamma.value <= 0.81
    assert 0.89 <= found.cat.value <= 0.91
    ranges = {"Adj": (0.81, 0.83), "Noun": (0.88, 0.90), "Verb": (0.69, 0.71), "Prep": (0.96, 1)}
    within(found.labels, ranges)


def test_where_no_two_units_are_aligned_gamma_cat_is_undefined():
    own = {"anna": [(0.0, 4.0, "PER")], "bela": [(900.0, 904.0, "LOC")]}
    found = Gamma().values(own)
    assert found.cat == Estimate(value=None, reason="no two units are aligned")
    assert {label: it.value for label, it in found.labels.items()} == {"PER": None, "LOC": None}


def test_gamma_cat_looks_at_the_labels_alone():
    own = {
        "anna": [(0.0, 4.0, "PER"), (10.0, 16.0, "LOC"), (30.0, 34.0, "ORG")],
        "bela": [(1.0, 4.0, "PER"), (10.0, 15.0, "LOC"), (31.0, 34.0, "LOC")],
    }
    found = Gamma().values(own)
    assert found.labels["PER"].value == 1
    assert found.labels["ORG"].value < found.labels["LOC"].value < 1
    assert found.cat.value < 1


def test_others_who_draw_from_numpy_are_not_disturbed_and_nothing_is_logged(caplog):
    own = {"anna": [(0.0, 4.0, "PER")], "bela": [(1.0, 4.0, "PER")]}
    handlers = list(logging.getLogger().handlers)
    np.random.seed(1)
    expected = np.random.random(2)
    np.random.seed(1)
    first = np.random.random()
    found = Gamma(seed=7).values(own)
    assert [first, np.random.random()] == list(expected)
    assert found == Gamma(seed=7).values(own)
    assert not caplog.records
    assert logging.getLogger().handlers == handlers


def test_threads_of_the_solver_put_back_that_it_is_to_print_nothing():
    from cvxopt import glpk

    own = {"anna": [(0.0, 4.0, "PER")], "bela": [(1.0, 4.0, "PER")]}
    before = dict(glpk.options)
    with _quiet():
        Gamma().values(own)
        assert glpk.options == {**before, "msg_lev": "GLP_MSG_OFF"}
    assert glpk.options == before


def test_each_document_is_a_continuum_and_the_corpus_has_the_mean():
    def said(name, *marks):
        return {
            key: Annotation(document=key, layer=name, spans=tuple(Span(*m) for m in own))
            for key, own in zip(("a", "b", "c"), marks, strict=False)
        }

    versions = {
        "anna": said("anna", [(0, 4, "PER"), (9, 12, "LOC")], [(3, 8, "ORG"), (20, 24, "LOC")], []),
        "bela": said("bela", [(0, 4, "PER"), (9, 12, "LOC")], [(3, 9, "LOC"), (30, 34, "LOC")], []),
    }
    found = Gamma().documents(["a", "b", "c"], versions)
    by_document = {key: values.gamma for key, values in found.items()}
    assert by_document["a"].value == 1
    assert by_document["b"].value < 1
    assert by_document["c"] == Estimate(value=None, reason="nobody marked anything")
    mean = mean_gamma(by_document, Resampler(0))
    assert mean.value == pytest.approx((1 + by_document["b"].value) / 2)


@pytest.mark.parametrize("moved", [1, 1_000, 123_457])
def test_text_before_the_first_unit_changes_nothing(moved):
    marks = {
        "anna": [(3, 8, "ORG"), (20, 24, "LOC"), (40, 52, "PER")],
        "bela": [(3, 9, "ORG"), (30, 34, "LOC"), (41, 52, "PER")],
    }

    def said(by):
        return {
            name: {
                "d": Annotation(
                    document="d",
                    layer=name,
                    spans=tuple(Span(begin + by, end + by, label) for begin, end, label in own),
                )
            }
            for name, own in marks.items()
        }

    gamma = Gamma()
    here, there = (gamma.documents(["d"], said(by))["d"] for by in (0, moved))
    assert 0 < here.gamma.value < 1
    assert there == here
