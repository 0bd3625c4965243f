"""The learning curve: nested shares, the law, when nothing is foretold, the drawing."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import trained_corpus as t
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.html import line_chart
from curate.train import learning_curve
from curate.train.corpus import trained_models
from curate.train.curve import SHARES, Law, fit, foretell, subset

SIZES = [60, 120, 180, 240]


@given(a=st.floats(0.6, 0.99), b=st.floats(0.2, 2.0), c=st.floats(0.2, 1.5))
def test_a_law_is_found_again_from_its_own_points(a, b, c):
    law = Law(a, b, c)
    found = fit(SIZES, [law.at(n) for n in SIZES])
    assert isinstance(found, Law)
    assert found.at(480) == pytest.approx(law.at(480), abs=0.002)


def test_a_score_never_tends_to_more_than_one():
    found = fit(SIZES, [0.5, 0.7, 0.85, 0.99])
    assert not isinstance(found, Law) or found.a <= 1.0


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ([0.8, 0.7, 0.6, 0.5], "does not rise"),
        ([0.8, 0.8, 0.8, 0.8], "does not rise|bends"),
        ([0.5, 0.5, 0.5, 0.8], "bends|misses"),
        ([0.5, 0.6, 0.7], "four points"),
    ],
)
def test_what_follows_no_law_is_not_foretold(scores, why):
    sizes = SIZES[: len(scores)]
    samples = np.array(scores) + np.random.default_rng(0).normal(0, 0.001, (200, len(scores)))
    found = foretell(sizes, scores, samples)
    assert not found.ahead and found.a is None
    assert re.search(why, found.reason), found.reason


def test_a_law_that_misses_a_point_is_not_believed():
    scores = [0.70, 0.82, 0.80, 0.84]
    samples = np.array(scores) + np.random.default_rng(0).normal(0, 0.0005, (200, 4))
    assert "misses a point" in foretell(SIZES, scores, samples).reason


def test_curves_that_could_be_anything_are_not_believed():
    law = Law(0.9, 1.0, 0.5)
    scores = [law.at(n) for n in SIZES]
    samples = np.array(scores) + np.random.default_rng(0).normal(0, 0.05, (300, 4))
    assert "of the resampled curves" in foretell(SIZES, scores, samples).reason


def test_what_is_foretold_has_an_interval_that_holds_the_truth():
    law = Law(0.9, 2.0, 0.6)
    scores = [law.at(n) for n in SIZES]
    shift = np.random.default_rng(0).normal(0, 0.01, (300, 1))  # a document moves all points alike
    found = foretell(SIZES, scores, np.array(scores) + shift)
    assert [each.documents for each in found.ahead] == [300, 360, 480]
    for each in found.ahead:
        assert each.low < law.at(each.documents) < each.high
        assert each.score == pytest.approx(law.at(each.documents), abs=0.002)


@given(st.sets(st.text("abcdef0123456789", min_size=3), min_size=1), st.integers(0, 9))
def test_a_smaller_share_is_part_of_a_larger_one(documents, seed):
    found = [subset(sorted(documents), share, seed) for share in SHARES]
    for smaller, larger in zip(found, found[1:], strict=False):
        assert {*smaller} <= {*larger}
    assert found[-1] == tuple(sorted(documents))


@pytest.mark.slow
def test_the_curve_is_drawn_kept_and_goes_on_where_it_ended(tmp_path, monkeypatch):
    corpus = t.workspace(tmp_path / "gazette")
    t.fill(corpus, range(48))
    t.released(corpus)
    quick = ("--blank", "--max-steps", "40", "--eval-frequency", "20")
    words = ["train", "--curve", *quick, "-C", str(corpus.root)]
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    stops = told["curve"]["stops"]
    assert [stop["share"] for stop in stops] == [*SHARES]
    assert stops[-1]["documents"] == len(told["trained"]["model"]["train"])
    assert stops[-1]["f1"] == told["trained"]["model"]["scores"]["all"]["f1"]
    drawing = (corpus.models / "gazette-0.1.0" / learning_curve.DRAWING).read_text("utf-8")
    ElementTree.fromstring(drawing)
    assert "http://www.w3.org/2000/svg" in drawing and "href" not in drawing
    assert [m.id for m in trained_models(corpus)[0]] == [
        "gazette-0.1.0"
    ]  # the smaller ones are gone

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(learning_curve, "learn", never)
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 0, again.output
    assert "drawn in" in again.stdout
    assert "nothing is foretold" in again.stdout or "F1 = " in again.stdout


def test_a_chart_is_well_formed_and_names_everything():
    lines = (
        line_chart.Series("next <1>", ((0, 0.1), (10, 0.5)), band=((0, 0.0, 0.2), (10, 0.4, 0.6))),
        line_chart.Series("chance", ((0, 0.1), (10, 0.49)), dashed=True, colour=1),
    )
    drawn = line_chart.render_line_chart(
        line_chart.LineChart(
            "F & more", "documents", "F1", lines, rules=(line_chart.ReferenceLine("all", 0.5),)
        )
    )
    root = ElementTree.fromstring(drawn)
    told = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert {"F & more", "next <1>", "chance", "documents", "F1", "all"} <= {*told}
    ends = [
        each
        for each in root.iter()
        if each.tag.endswith("text") and each.text in ("next <1>", "chance")
    ]
    assert abs(float(ends[0].get("y")) - float(ends[1].get("y"))) >= 15.9


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_span_the_range(low, size):
    found = line_chart.ticks(low, low + size)
    assert found[0] <= low + size * 1e-6 and found[-1] >= low + size * (1 - 1e-6)
    assert 2 <= len(found) <= 10 and found == sorted(found)


def test_one_value_alone_can_be_drawn():
    alone = line_chart.Series("", ((3, 0.5),))
    assert "svg" in line_chart.render_line_chart(line_chart.LineChart("t", "x", "y", (alone,)))
