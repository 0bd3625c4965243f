"""The frame of the pages: what is text stays text, and a table is told as one."""

from __future__ import annotations

import pytest

from curate.errors import InputError
from curate.html import charts, page
from curate.html.page import Column, Html


def test_text_is_escaped_once_and_html_is_not():
    inner = page.tag("b", "<&>")
    assert inner == "<b>&lt;&amp;&gt;</b>"
    assert page.paragraph("a < b", inner) == "<p>a &lt; b <b>&lt;&amp;&gt;</b></p>"
    assert page.tag("a", "x", href='"<', class_="y") == '<a href="&quot;&lt;" class="y">x</a>'


def test_what_is_empty_is_left_out():
    assert page.joined(["", "a", Html(""), "b"], ", ") == "a, b"


def test_a_table_has_a_caption_and_headed_rows_and_columns():
    columns = [Column("Name"), *page.numbers("Many")]
    made = page.table("A <b> caption", columns, [("x", "1"), ("all", "1")], "total")
    assert "<caption><span>A &lt;b&gt; caption</span></caption>" in made
    assert '<th scope="col">Name</th><th scope="col" class="n">Many</th>' in made
    assert '<tr><th scope="row">x</th><td class="n">1</td></tr>' in made
    assert made.count('<tr class="total">') == 1
    assert '<table class="fit">' in made


def test_a_row_that_is_too_short_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        page.table("t", [Column("a"), Column("b")], [("x",)])


def test_a_page_that_cannot_be_written_is_a_refusal(tmp_path):
    page.write(tmp_path / "new" / "page.html", "x")
    assert (tmp_path / "new" / "page.html").read_text("utf-8") == "x"
    with pytest.raises(InputError, match="cannot be written"):
        page.write(tmp_path, "x")


def test_charts_stay_within_their_cell():
    assert 'width="100.00%"' in charts.bar(1.7)
    assert 'cx="0.00%"' in charts.interval(-0.2, None, None)
    assert "circle" not in charts.interval(None, None, None)
    parts = charts.stack([("solid", 0.25), ("hollow", 0.0), ("dotted", 0.75)])
    assert 'class="dotted" x="25.00%"' in parts
    assert "hollow" not in parts
    assert charts.columns([], 0).count("rect") == 0
    assert 'height="50.00%"' in charts.columns([1, 2], 2)
