"""Line charts: well-formed SVG, labels that do not overlap, and ticks."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from curate.html import line_chart


def test_a_chart_is_well_formed_and_names_everything():
    lines = (
        line_chart.Series("next <1>", ((0, 0.1), (10, 0.5)), band=((0, 0.0, 0.2), (10, 0.4, 0.6))),
        line_chart.Series("chance", ((0, 0.1), (10, 0.49)), dashed=True, colour=1),
    )
    drawing = line_chart.render_line_chart(
        line_chart.LineChart(
            "F & more", "documents", "F1", lines, rules=(line_chart.ReferenceLine("all", 0.5),)
        )
    )
    texts = [e for e in ElementTree.fromstring(drawing).iter() if e.tag.endswith("text")]
    names = {"F & more", "next <1>", "chance", "documents", "F1", "all"}
    assert names <= {text.text for text in texts}
    ends = [text for text in texts if text.text in ("next <1>", "chance")]
    assert abs(float(ends[0].get("y")) - float(ends[1].get("y"))) >= 15.9


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_span_the_range(low, size):
    ticks = line_chart.ticks(low, low + size)
    assert ticks[0] <= low + size * 1e-6 and ticks[-1] >= low + size * (1 - 1e-6)
    assert 2 <= len(ticks) <= 10 and ticks == sorted(ticks)


def test_a_single_point_can_be_drawn():
    alone = line_chart.Series("", ((3, 0.5),))
    assert "svg" in line_chart.render_line_chart(line_chart.LineChart("t", "x", "y", (alone,)))
