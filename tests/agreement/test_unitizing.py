"""Alpha-unitizing: the worked example of its paper, and the definition written out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.agreement import unitizing
from curate.agreement.bootstrap import Resampler
from curate.agreement.unitizing import Continuum
from curate.model import Annotation, Span

PLAIN = Resampler(resamples=0)

# Krippendorff 2004, figure 1: the continuum goes from 150 to 450.
EXAMPLE = Continuum(
    "example",
    300,
    (
        [Span(75, 145, "c"), Span(220, 250, "c"), Span(30, 90, "k"), Span(150, 200, "k")],
        [
            Span(70, 150, "c"),
            Span(205, 225, "c"),
            Span(250, 270, "c"),
            Span(30, 90, "k"),
            Span(150, 200, "k"),
        ],
    ),
)


def test_the_example_of_the_paper():
    together, by_label = unitizing.alpha([EXAMPLE], PLAIN)
    # The paper rounds on the way: it has .7292 for c.
    assert by_label["c"].value == pytest.approx(0.7286, abs=5e-5)
    assert by_label["k"].value == pytest.approx(1.0)
    assert together.value == pytest.approx(0.8587, abs=5e-5)


@pytest.mark.parametrize(
    ("label", "observed", "expected"), [("c", 0.0144, 0.0532), ("k", 0, 0.049)]
)
def test_its_disagreements_are_those_of_the_paper(label, observed, expected):
    figures, lengths = unitizing._figures([EXAMPLE], label)
    one, two = unitizing._disagreement(figures, lengths, 2)
    assert one[0] == pytest.approx(observed, abs=5e-5)
    assert two[0] == pytest.approx(expected, abs=5e-5)


FIVE = [Span(start, start + 2, "X") for start in range(0, 30, 6)]


@pytest.mark.parametrize(
    ("second", "observed", "expected"),
    [
        # The other four words lie in gaps: 4 · 2 · 2². Of the six units of length 2, each has
        # (6 - 1) / 3 · 6 and 2² · (4 · 3 + 11 + 35) places in the gaps 4, 4, 4, 4, 12 and 36.
        (Span(0, 2, "X"), 32, 6 * (10 + 4 * (4 * 3 + 11 + 35)) / (76 * 75 - 6 * 2)),
        # The ends are 3 apart: 2 · 3² more. The unit of length 5 has 5/3 · 180 and 25 · (8 + 29).
        (
            Span(0, 5, "X"),
            32 + 18,
            (5 * (10 + 4 * (4 * 3 + 11 + 32)) + 300 + 25 * (8 + 29)) / (76 * 75 - 5 * 2 - 20),
        ),
    ],
)
def test_disagreements_worked_out_by_hand(second, observed, expected):
    continuum = Continuum("d", 38, (FIVE, [second]))
    figures, lengths = unitizing._figures([continuum], "X")
    one, two = unitizing._disagreement(figures, lengths, 2)
    assert one[0] == pytest.approx(observed / (2 * 38**2))
    assert two[0] == pytest.approx(2 / 38 * expected)


def test_an_overlap_can_score_higher_than_an_exact_match():
    exact, overlap = (
        unitizing.alpha([Continuum("d", 38, (FIVE, [Span(0, end, "X")]))], PLAIN)[0].value
        for end in (2, 5)
    )
    assert (exact, overlap) == (pytest.approx(0.1753, abs=5e-5), pytest.approx(0.2147, abs=5e-5))


def gaps(length, units):
    edges = [0, *(edge for unit in sorted(units) for edge in unit), length]
    return [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]


def written_out(documents):
    """The definition, loop by loop, of one label."""
    observers = len(documents[0][1])
    total = sum(length for length, _ in documents)
    observed = 0.0
    for length, sides in documents:
        for i, mine in enumerate(sides):
            for j, theirs in enumerate(sides):
                if i == j:
                    continue
                for b, e in mine:
                    met = [(x, y) for x, y in theirs if x < e and b < y]
                    observed += sum((b - x) ** 2 + (e - y) ** 2 for x, y in met)
                    if any(x <= b and e <= y for x, y in gaps(length, theirs)):
                        observed += 2 * (e - b) ** 2  # for (i, j), and as a gap against it (j, i)
    units = [e - b for _, sides in documents for side in sides for b, e in side]
    spaces = [y - x for length, sides in documents for side in sides for x, y in gaps(length, side)]
    within = sum(
        (len(units) - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        + size**2 * sum(space - size + 1 for space in spaces if space >= size)
        for size in units
    )
    places = observers * total * (observers * total - 1) - sum(size * (size - 1) for size in units)
    expected = 2 / total * within / places
    return 1 - observed / (observers * (observers - 1) * total**2) / expected


@st.composite
def continua(draw):
    observers = draw(st.integers(2, 3))
    documents = []
    for _ in range(draw(st.integers(1, 3))):
        length = draw(st.integers(4, 30))
        sides = []
        for _ in range(observers):
            edges = sorted(draw(st.sets(st.integers(0, length), max_size=6)))
            sides.append([(b, e) for b, e in zip(edges[::2], edges[1::2], strict=False)])
        documents.append((length, sides))
    return documents


@settings(max_examples=200)
@given(continua())
def test_it_is_the_definition_written_out(documents):
    found, _ = unitizing.alpha(
        [
            Continuum(str(n), length, tuple([Span(b, e, "x") for b, e in side] for side in sides))
            for n, (length, sides) in enumerate(documents)
        ],
        PLAIN,
    )
    if not any(side for _, sides in documents for side in sides):
        assert found.value is None
        assert found.reason == "nobody marked anything"
    else:
        assert found.value == pytest.approx(written_out(documents))


def test_resampled_documents_count_as_often_as_they_are_drawn():
    other = Continuum("other", 80, ([Span(5, 20, "c")], [Span(8, 20, "c"), Span(40, 44, "c")]))
    figures, lengths = unitizing._figures([EXAMPLE, other], "c")
    measure = unitizing._measure(2, [lengths])
    twice, _ = unitizing.alpha([EXAMPLE, EXAMPLE, other], PLAIN)
    assert measure((2 * figures[0] + figures[1])[None])[0] == pytest.approx(
        unitizing.alpha([EXAMPLE, EXAMPLE, other], PLAIN)[1]["c"].value
    )
    assert twice.value is not None


def test_nested_spans_of_one_label_are_named_and_the_longer_one_stays():
    versions = {
        "anna": {
            "d": Annotation(
                document="d",
                layer="annotator:anna",
                spans=(Span(0, 9, "ORG"), Span(2, 5, "ORG"), Span(2, 5, "LOC")),
            )
        },
        "bela": {"d": Annotation(document="d", layer="annotator:bela", spans=(Span(0, 9, "ORG"),))},
    }
    found, problems = unitizing.continua({"d": 20}, versions)
    assert found[0].units == ([Span(0, 9, "ORG"), Span(2, 5, "LOC")], [Span(0, 9, "ORG")])
    assert [(p.document, p.span) for p in problems] == [("d", (2, 5, "ORG"))]
    assert "anna" in problems[0].message


def test_a_document_that_one_observer_lacks_does_not_count():
    versions = {
        "anna": {"d": Annotation(document="d", layer="annotator:anna")},
        "bela": {},
    }
    assert unitizing.continua({"d": 20}, versions) == ([], [])
    assert unitizing.alpha([], PLAIN)[0].value is None


# Krippendorff 1995, p. 57, as DKPro Statistics has it in its tests: two observers for each label.
OF_1995 = {
    "A": ([(2, 10), (14, 20)], [(4, 8), (15, 17)]),
    "B": ([(0, 18)], [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 9), (9, 10)]),
    "C": (
        [(2, 8), (10, 12), (14, 18), (20, 22)],
        [(0, 2), (4, 8), (10, 14), (16, 18), (20, 22)],
    ),
    "D": (
        [(0, 2), (2, 10), (10, 14), (14, 20), (20, 24)],
        [(0, 4), (4, 8), (8, 15), (15, 17), (17, 24)],
    ),
}
FINEST = 50_000  # 1,200,000 positions instead of 24, where nothing changes any more


def of_1995(label, times):
    """Observed and expected disagreement, and alpha, with each position cut into so many."""
    sides = tuple(
        [Span(round(b * times), round(e * times), label) for b, e in side]
        for side in OF_1995[label]
    )
    continuum = Continuum("1995", round(24 * times), sides)
    figures, lengths = unitizing._figures([continuum], label)
    observed, expected = (float(it[0]) for it in unitizing._disagreement(figures, lengths, 2))
    return observed, expected, unitizing.alpha([continuum], PLAIN)[0].value


@pytest.mark.parametrize(
    ("label", "printed"), [("A", 0.03125), ("B", 2.26736), ("C", 0.02778), ("D", 0.38715)]
)
@pytest.mark.parametrize("times", [1, FINEST])
def test_observed_disagreements_of_1995_have_all_printed_digits(label, printed, times):
    assert of_1995(label, times)[0] == pytest.approx(printed, abs=5.1e-6)


@pytest.mark.parametrize(
    ("label", "times", "expected", "alpha"),
    [("A", FINEST, 0.06990, 0.553), ("D", FINEST, 0.41445, 0.066), ("C", 0.5, 0.05494, 0.494)],
)
def test_three_of_the_five_coefficients_of_1995_have_all_printed_digits(
    label, times, expected, alpha
):
    found = of_1995(label, times)
    assert found[1] == pytest.approx(expected, abs=5.1e-6)
    assert found[2] == pytest.approx(alpha, abs=5.1e-4)


@pytest.mark.parametrize(
    ("positions", "expected", "alpha"),
    [(1200, 0.08600, 0.677), (12_000, 0.08638, 0.678), (1_200_000, 0.08642, 0.679)],
)
def test_what_1995_prints_for_c_lacks_the_places_that_a_unit_cannot_have(
    positions, expected, alpha
):
    """The printed values divide by ``m L (m L - 1)`` without ``Σ l (l - 1)``.

    The same paper subtracts the sum for A and D, and for C in the shortest continuum, so no single
    formula has all its values; 2004 prints the formula with the sum.
    """
    times = positions / 24
    observed, ours, _ = of_1995("C", times)
    lengths = [(e - b) * times for side in OF_1995["C"] for b, e in side]
    places = 2 * positions * (2 * positions - 1)
    without = ours * (places - sum(size * (size - 1) for size in lengths)) / places
    assert without == pytest.approx(expected, abs=5.1e-6)
    assert 1 - observed / without == pytest.approx(alpha, abs=5.1e-4)


def test_c_of_1995_by_the_formula_of_2004():
    assert of_1995("C", FINEST)[2] == pytest.approx(0.693, abs=5e-4)


def test_what_1995_prints_for_b_counts_the_places_of_one_unit_as_if_it_were_shorter():
    """1.17731 and -0.926 come out if the unit of length 3 has the places of one of length 1.

    In the gaps of 6 and 14 that is 5 + 13 places instead of 3 + 11, times the square of 3.
    """
    observed, ours, alpha = of_1995("B", FINEST)
    units = [e - b for side in OF_1995["B"] for b, e in side]
    places = 48**2 - sum(size**2 for size in units)  # as for ever finer positions
    printed = ours + 2 / 24 * 3**2 * ((5 + 13) - (3 + 11)) / places
    assert printed == pytest.approx(1.17731, abs=1e-4)
    assert 1 - observed / printed == pytest.approx(-0.926, abs=5.1e-4)
    assert alpha == pytest.approx(-0.928, abs=5e-4)
