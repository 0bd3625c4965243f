"""The pages that curate writes, in Chromium: keyboard, screen reader, light, dark, narrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import report_corpus

from curate.agreement import HeatMap, render_heat_map
from curate.history.diff import diff
from curate.history.diff_page import render_diff
from curate.html import page as frame
from curate.quality.corpus import validate
from curate.report.layers_page import write_layers_page
from curate.report.run import write_report
from curate.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CHECKS = (Path(__file__).parent / "accessible.js").read_text("utf-8")
HEAT = """{% extends "page.html.j2" %}
{% block title %}heat{% endblock %}
{% block header %}<h1>Heat map</h1>{% endblock %}
{% block main %}{{ drawing | safe }}{% endblock %}"""
NAMES = ("report", "diff", "layers", "checks", "empty", "heat")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Paths of a page of each kind, by name."""
    folder = tmp_path_factory.mktemp("pages")
    corpus = report_corpus.build(folder / "corpus")
    paths = {name: folder / f"{name}.html" for name in NAMES}
    write_report(corpus, paths["report"])
    validate(corpus)
    paths["checks"] = corpus.state / "docs" / "index.html"
    frame.write_page(paths["diff"], render_diff(diff(corpus, "0.1.0", "gold")))
    write_layers_page(
        corpus, report_corpus.jsonl.document_id(report_corpus.text(0)), paths["layers"]
    )
    Workspace.init(folder / "none", "none")
    write_report(Workspace(folder / "none"), paths["empty"])
    rows = ((1.0, 0.0, None), (0.0, 1.0, 0.55), (None, 0.55, 1.0))
    heat = HeatMap(measure="strict F1", annotators=("anna", "bela", "carla"), rows=rows)
    page = frame.environment().from_string(HEAT).render(drawing=render_heat_map(heat))
    frame.write_page(paths["heat"], page)
    return paths


@pytest.fixture(params=["light", "dark"])
def opened(request, browser: Browser, written: dict[str, Path]):
    """Opens a page of a name, in one of the two colour schemes."""
    contexts = []

    def open_page(name: str, width: int = 1120) -> Page:
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=request.param)
        contexts.append(context)
        shown = context.new_page()
        shown.goto(written[name].as_uri())
        return shown

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_for_screen_reader_and_eye(opened, name):
    checked = opened(name).evaluate(CHECKS)
    assert checked["wrong"] == []
    assert checked["texts"] > 10


def test_the_checks_find_what_is_wrong(opened):
    shown = opened("report")
    shown.evaluate("""() => {
      document.querySelector('table caption').remove();
      document.querySelector('h1').outerHTML = '<h4>dépêches</h4>';
      document.querySelector('main p').style.color = '#777a';
      document.querySelector('svg').removeAttribute('aria-hidden');
      document.querySelector('th[scope=row]').outerHTML = '<td>x</td>';
    }""")
    wrong = " ".join(shown.evaluate(CHECKS)["wrong"])
    for rule in ("table without caption", "not one h1", "contrast", "drawing without name"):
        assert rule in wrong
    assert "row without heading" in wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_screen_scrolls_in_one_direction_only(opened, name):
    shown = opened(name, 400)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_first_tab_leads_past_the_navigation_and_tab_reaches_every_wide_table(opened):
    shown = opened("report", 400)
    shown.keyboard.press("Tab")
    skip = shown.locator("a.skip")
    assert skip.evaluate("e => e === document.activeElement")
    assert skip.bounding_box()["x"] >= 0  # it is seen when it is reached
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.id") == "content"
    tables = list(range(shown.locator("div.wide").count()))
    reached = []
    while len(reached) < len(tables):
        shown.keyboard.press("Tab")
        reached.append(shown.evaluate(
            "[...document.querySelectorAll('div.wide')].indexOf(document.activeElement)"
        ))  # fmt: skip
    assert reached == tables  # one after the other, and at nothing else


def test_a_diff_is_narrowed_by_the_keyboard_without_a_script(opened, written):
    assert "<script" not in written["diff"].read_text("utf-8")
    shown = opened("diff")
    documents = shown.locator("section.part")
    assert shown.locator("section.part:visible").count() == documents.count() > 1
    shown.locator("fieldset input").first.focus()
    kinds = shown.locator("fieldset").first.locator("input")
    for _ in range(kinds.count()):
        shown.keyboard.press("Space")
        shown.keyboard.press("Tab")
    assert shown.locator("section.part:visible").count() == 0
    box = kinds.first
    box.focus()
    shown.keyboard.press("Space")
    only = box.evaluate("e => e.parentElement.textContent.trim()")
    seen = shown.locator("section.part li:visible")
    assert seen.count() > 0
    assert all(each.startswith(only) for each in seen.all_inner_texts())
    summary = shown.locator("details.list summary")
    if not shown.locator("details.list[open]").count():
        summary.click()
    link = shown.locator("details.list a:visible").first
    link.focus()
    shown.keyboard.press("Enter")
    target = link.get_attribute("href").removeprefix("#")
    assert shown.evaluate("location.hash") == f"#{target}"


def test_the_two_schemes_differ(browser, written):
    colours = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        shown = context.new_page()
        shown.goto(written["report"].as_uri())
        colours.append(shown.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert len(set(colours)) == 2
