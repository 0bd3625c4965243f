"""Calibration of scores against gold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.agreement.bootstrap import Resampler
from curate.agreement.calibration import calibration, render_reliability
from curate.model import Annotation, Span

PLAIN = Resampler(resamples=0)


def layers(*documents):
    """A layer and gold; a document is a list of scores with whether the span is right."""
    predicted, gold = {}, {}
    for number, scores in enumerate(documents):
        key = str(number)
        spans = [Span(3 * n, 3 * n + 2, "PER", score=score) for n, (score, _) in enumerate(scores)]
        right = [
            Span(*span.key) for span, (_, is_right) in zip(spans, scores, strict=True) if is_right
        ]
        predicted[key] = Annotation(document=key, layer="m", spans=tuple(spans))
        gold[key] = Annotation(document=key, layer="gold", spans=tuple(right))
    return predicted, gold


def test_the_error_is_the_mean_gap_of_the_bins():
    documents = ([(0.91, True), (0.99, False)], [(0.15, True), (0.11, False), (1.0, True)])
    found = calibration("m", *layers(*documents), PLAIN)
    high, low = (0.91 + 0.99 + 1.0) / 3, (0.15 + 0.11) / 2
    assert [(b.low, b.high, b.spans) for b in found.bins] == [(0.1, 0.2, 2), (0.9, 1.0, 3)]
    assert found.bins[0].score == pytest.approx(low)
    assert found.bins[1].precision == pytest.approx(2 / 3)
    expected = 2 / 5 * abs(1 / 2 - low) + 3 / 5 * abs(2 / 3 - high)
    assert found.error.value == pytest.approx(expected)
    assert (found.documents, found.spans, found.precision) == (2, 5, pytest.approx(3 / 5))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_the_error_is_the_definition_written_out(scores):
    found = calibration("m", *layers(scores), PLAIN)
    table = np.array([(score, right) for score, right in scores], dtype=float)
    bins = np.clip((table[:, 0] * 10).astype(int), 0, 9)
    expected = sum(
        (bins == at).mean() * abs(table[bins == at, 1].mean() - table[bins == at, 0].mean())
        for at in set(bins.tolist())
    )
    assert found.error.value == pytest.approx(expected, abs=1e-12)


def test_spans_without_a_score_and_documents_without_gold_do_not_count():
    predicted, gold = layers([(0.5, True), (None, True)], [(0.9, True)])
    found = calibration("m", predicted, {"0": gold["0"]}, PLAIN)
    assert (found.spans, found.without_score, found.documents) == (1, 1, 1)
    none = calibration("m", *layers([(None, True)]), PLAIN)
    assert (none.spans, none.error.value, none.precision, none.bins) == (0, None, None, ())
    assert none.error.reason


def test_the_interval_is_over_documents():
    generator = np.random.default_rng(1)
    scores = generator.random((30, 8))
    documents = [[(float(s), bool(generator.random() < s)) for s in row] for row in scores]
    found = calibration("m", *layers(*documents), Resampler(200))
    assert found.error.low < found.error.high
    assert found.error.value < 0.2


def test_the_diagram_has_a_bar_for_each_bin():
    found = calibration("m<1>", *layers([(0.25, True), (0.75, False)]), PLAIN)
    svg = render_reliability(found)
    assert svg.lstrip().startswith("<svg")
    assert svg.count("<g>") == 2
    assert "m&lt;1&gt;" in svg and "m<1>" not in svg
