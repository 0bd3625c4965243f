"""The templates of the pages: text stays text, names must exist, charts stay in their cells."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from curate.errors import InputError
from curate.html import filters
from curate.html.page import environment, render, write_page


def rendered(source: str, **values: object) -> str:
    return environment().from_string(source).render(values)


def test_text_is_escaped_once_and_what_a_template_writes_is_not():
    source = '{% from "components.html.j2" import commands %}{{ commands(text) }}'
    assert " ".join(rendered(source, text="a < b: `x & y` runs").split()) == (
        "a &lt; b: <code>x &amp; y</code> runs"
    )
    assert rendered('<a href="{{ x }}">', x='"<') == '<a href="&#34;&lt;">'


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(UndefinedError):
        rendered("{{ absent }}")
    with pytest.raises(UndefinedError):
        rendered("{{ row.absent }}", row=())


def test_the_same_values_give_the_same_page():
    pages = {render("curate.html", "page.html.j2") for _ in range(2)}
    assert len(pages) == 1
    assert "url(" not in pages.pop()


@pytest.mark.parametrize(
    "package",
    ["curate.agreement", "curate.history", "curate.html", "curate.quality", "curate.report"],
)
def test_every_template_compiles(package):
    names = environment(package).list_templates(extensions=["j2"])
    assert names
    for name in names:
        environment(package).get_template(name)


def test_a_table_has_a_caption_and_headings_of_columns():
    made = rendered(
        """{% from "components.html.j2" import heads, table %}
        {% call table("A <b> caption", fit=true) %}
        {{ heads(["Name", ("Many", "n")]) }}
        {% endcall %}"""
    )
    assert "<caption><span>A &lt;b&gt; caption</span></caption>" in made
    assert 'role="group" aria-label="A &lt;b&gt; caption"' in made
    assert '<th scope="col">Name</th>\n<th scope="col" class="n">Many</th>' in made
    assert '<table class="fit">' in made


def test_the_rest_of_a_list_is_named_only_where_there_is_one():
    source = '{% from "components.html.j2" import rest %}{{ rest(count, "curate log") }}'
    assert "1,200" in rendered(source, count=1200)
    assert "<code>curate log</code>" in rendered(source, count=1)
    assert not rendered(source, count=0).strip()


def test_a_page_that_cannot_be_written_is_a_refusal(tmp_path):
    write_page(tmp_path / "new" / "page.html", "x")
    assert (tmp_path / "new" / "page.html").read_text("utf-8") == "x"
    with pytest.raises(InputError, match="cannot be written"):
        write_page(tmp_path, "x")


def test_charts_stay_within_their_cell():
    charts = environment().get_template("charts.html.j2").module
    assert 'width="100.00%"' in charts.bar(1.7)
    assert 'x1="20.00%" x2="20.00%"' in charts.bar(0.5, 0.2)
    assert 'cx="0.00%"' in charts.interval(-0.2, None, None)
    assert "circle" not in charts.interval(None, None, None)
    parts = charts.stack([("solid", 0.25), ("hollow", 0.0), ("dotted", 0.75)])
    assert 'class="dotted" x="25.00%"' in parts
    assert "hollow" not in parts
    assert "rect" not in charts.stack([("solid", 0)])
    assert charts.columns([], 0).count("rect") == 0
    assert 'height="50.00%"' in charts.columns([1, 2], 2)


def test_an_undefined_number_is_a_dash_and_not_a_zero():
    for write in (filters.number, filters.decimal, filters.percent):
        assert write(None) == filters.NONE
    assert filters.interval(None, 0.5) == filters.NONE
    assert [filters.number(1234), filters.decimal(0), filters.percent(0.1234)] == [
        "1,234",
        "0.000",
        "12.3%",
    ]
    assert [filters.signed(number) for number in (12, -3, 0)] == ["+12", "−3", "0"]


def test_counts_times_and_clauses_in_words():
    assert filters.counted(1, "document") == "1 document"
    assert filters.counted(1200, "entry", "entries") == "1,200 entries"
    assert filters.day("2026-01-05T09:07:00Z") == "2026-01-05"
    assert filters.minute("2026-01-05T09:07:00Z") == "2026-01-05 09:07 UTC"
    assert filters.sentence("`curate` runs") == "`curate` runs."
    assert filters.sentence("there is none") == "There is none."
