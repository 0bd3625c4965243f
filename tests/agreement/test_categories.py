"""Agreement on the categories of documents."""

from __future__ import annotations

import krippendorff
import pytest
from sklearn.metrics import cohen_kappa_score

from curate.agreement.bootstrap import Resampler
from curate.agreement.categories import categories_given, category_agreement
from curate.errors import InputError
from curate.model import Annotation, Category

PLAIN = Resampler(resamples=0)


def said(**columns):
    """Categories by annotator; documents are numbered, and None is one that was not looked at."""
    return {
        name: {
            str(n): frozenset(value.split("+") if value else ())
            for n, value in enumerate(column)
            if value is not None
        }
        for name, column in columns.items()
    }


STARS = {"anna": list("1122334455"), "bela": list("1123344554"), "carl": list("2122334555")}


def test_numbers_are_a_scale_with_ordinal_interval_and_ratio_alpha():
    found, problems = category_agreement(said(**STARS), PLAIN)
    assert (found.documents, found.values, found.ordered) == (10, tuple("12345"), True)
    data = [[int(it) for it in column] for column in STARS.values()]
    for level in ("nominal", "ordinal", "interval", "ratio"):
        expected = krippendorff.alpha(data, level_of_measurement=level)
        name = "krippendorff" if level == "nominal" else f"krippendorff_{level}"
        assert found.coefficients[name].value == pytest.approx(expected), level
    for pair, (first, second) in zip(found.pairs, ((0, 1), (0, 2), (1, 2)), strict=True):
        for weights in ("linear", "quadratic"):
            expected = cohen_kappa_score(data[first], data[second], weights=weights)
            assert pair.coefficients[f"weighted_{weights}"].value == pytest.approx(expected)
    assert found.across["cohen"].pairs == 3
    assert problems == []


def test_numbers_are_sorted_as_numbers():
    found, _ = category_agreement(said(anna=["10", "9", "2.5"], bela=["10", "2.5", "9"]), PLAIN)
    assert found.values == ("2.5", "9", "10")


def test_names_have_an_order_if_it_is_given_and_no_interval():
    mood = said(anna=["bad", "fair", "good", "good"], bela=["fair", "fair", "good", "bad"])
    without, _ = category_agreement(mood, PLAIN)
    assert not without.ordered
    assert not {"krippendorff_ordinal", "gwet_ac2"} & without.coefficients.keys()
    found, _ = category_agreement(mood, PLAIN, ("bad", "fair", "good"))
    expected = krippendorff.alpha([[0, 1, 2, 2], [1, 1, 2, 0]], level_of_measurement="ordinal")
    assert found.coefficients["krippendorff_ordinal"].value == pytest.approx(expected)
    assert "krippendorff_interval" not in found.coefficients
    assert found.coefficients["krippendorff"] == without.coefficients["krippendorff"]


def test_a_scale_that_lacks_a_category_is_refused_with_one_that_works():
    mood = said(anna=["bad", "good"], bela=["good", "good"])
    with pytest.raises(InputError) as refusal:
        category_agreement(mood, PLAIN, ("good",))
    scale = refusal.value.hint.rpartition("--scale ")[2].split(",")
    assert category_agreement(mood, PLAIN, scale)[0].ordered


def test_several_categories_and_none_are_values_unless_there_is_an_order():
    topics = said(anna=["sport", "sport+money", ""], bela=["sport", "money+sport", "money"])
    found, problems = category_agreement(topics, PLAIN)
    assert found.values == ("", "money", "money+sport", "sport")
    assert found.coefficients["percentage"].value == pytest.approx(2 / 3)
    assert problems == []
    stars = said(anna=["1", "1+2", "2", ""], bela=["1", "1", "2", "2"])
    found, problems = category_agreement(stars, PLAIN)
    assert found.documents == 2
    assert [problem.document for problem in problems] == ["1", "3"]


def test_q_counts_categories_of_a_scale_that_nobody_gave():
    two = said(anna=["1", "2", "2"], bela=["1", "2", "1"])
    small, _ = category_agreement(two, PLAIN)
    large, _ = category_agreement(two, PLAIN, ("1", "2", "3", "4"))
    assert small.coefficients["randolph"].value == pytest.approx((2 / 3 - 1 / 2) / (1 / 2))
    assert large.coefficients["randolph"].value == pytest.approx((2 / 3 - 1 / 4) / (3 / 4))
    assert small.coefficients["fleiss"] == large.coefficients["fleiss"]


def test_an_annotator_who_gave_no_category_anywhere_was_not_asked():
    def version(name, *labels):
        categories = tuple(Category(label) for label in labels)
        return Annotation(document="d", layer=name, categories=categories)

    versions = {"anna": [version("anna", "a")], "bela": [version("bela", "a")]}
    given = categories_given({**versions, "carl": [version("carl")]})
    assert list(given) == ["anna", "bela"]
    assert category_agreement(given, PLAIN)[0].coefficients["percentage"].value == 1
    assert category_agreement(categories_given({"anna": versions["anna"]}), PLAIN) == (None, [])
