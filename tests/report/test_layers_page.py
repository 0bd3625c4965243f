"""The page that shows all layers of a document."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from curate.errors import InputError
from curate.model import Annotation, Category, Document, Relation, Revision, Span
from curate.report.layers_page import marked_regions, render_layers, sort_layers, write_layers_page
from curate.schema import load
from curate.util import jsonl
from curate.workspace import Workspace

TEXT = "Le maire <Paul Roy> est à Lyon\nlundi & mardi.\n\nLyon dort."
ID = jsonl.document_id(TEXT)
DOCUMENT = Document(id=ID, text=TEXT, lang="fr", meta={"title": "A <b> title"})
ROY, LYON, NIGHT = Span(10, 18, "PER"), Span(26, 30, "LOC"), Span(47, 51, "LOC")
MONDAY = Span(31, 36, "DATE", by="rules:r@1/day", score=0.9)


def layer(name: str, *spans: Span, **more: tuple) -> Annotation:
    return Annotation(document=ID, layer=name, spans=spans, **more)


GOLD = layer("gold", ROY, LYON, MONDAY, NIGHT)
LAYERS = [
    GOLD,
    layer("proposal", Span(3, 18, "PER"), LYON, MONDAY),
    layer("rules:r@1", MONDAY),
    layer("model:m@1", Span(3, 18, "PER"), LYON),
]


class Tags(HTMLParser):
    """Tags that are open, and everything that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        addresses = [value for key, value in attrs if key in ("src", "href")]
        self.fetched += [value for value in addresses if not value.startswith("#")]
        if tag == "script":
            self.fetched.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


@pytest.fixture
def schema(tmp_path):
    Workspace.init(tmp_path / "corpus")
    return load(tmp_path / "corpus" / "schemas" / "news-fr.yaml")


def test_layers_stand_in_the_order_in_which_they_come_about():
    more = [layer("annotator:anna"), layer("rebased:gold"), layer("other")]
    names = [each.layer for each in sort_layers([*LAYERS, *more])]
    assert names == [
        "model:m@1",
        "rules:r@1",
        "annotator:anna",
        "rebased:gold",
        "other",
        "proposal",
        "gold",
    ]


def test_a_layer_without_spans_does_not_differ_and_other_edges_do():
    regions = marked_regions(sort_layers(LAYERS))
    assert [(TEXT[region.start : region.end], region.differs) for region in regions] == [
        ("maire <Paul Roy", True),
        ("Lyon", False),
        ("lundi", False),
        ("Lyon", True),
    ]
    assert not marked_regions([GOLD])[0].differs
    assert marked_regions([]) == []


def test_spans_that_overlap_are_one_region_and_a_shorter_one_does_not_end_it():
    long, inner, late = Span(0, 20, "ORG"), Span(2, 4, "PER"), Span(10, 25, "LOC")
    (region,) = marked_regions([layer("model:m@1", long, inner), layer("gold", late)])
    assert (region.start, region.end, region.spans) == (0, 25, ((long, inner), (late,)))


def test_the_page_is_well_formed_loads_nothing_and_writes_differences_in_words(schema):
    page = render_layers(DOCUMENT, sort_layers(LAYERS), schema)
    tags = parsed(page)
    assert tags.fetched == []
    assert not re.search(r"url\(|@import|http", page)
    shown = " ".join(" ".join(tags.texts).split())
    assert "A <b> title" in shown
    assert "≠ maire <Paul Roy PER" in shown
    headings = [re.findall(r"\d+", text) for text in re.findall(r"(?s)<h2>(.*?)</h2>", page)]
    assert headings[0] == ["2", "4"]  # regions that differ, of all
    # Spans, those that are not in the gold, and those of the gold that are missing.
    numbers = {"model:m@1": "2 1 3", "rules:r@1": "1 0 3", "proposal": "3 1 2", "gold": "4"}
    for (layer, counts), heading in zip(numbers.items(), headings[1:], strict=True):
        assert heading[-len(counts.split()) :] == counts.split(), layer
    assert page.count('<mark class="other"') == 2
    assert page.count('<mark class="same"') == 1 + 1 + 2 + 4
    assert f"background: {schema.labels[0].colour}" in page
    assert "rules:r@1/day 0.90" in page


def test_nested_spans_are_drawn_in_rows(schema):
    nested = layer("gold", Span(0, 19, "ORG"), ROY, LYON)
    page = render_layers(DOCUMENT, [nested], schema)
    assert page.count('<div class="text"') == 2
    assert page.count("dort.") == 2
    parsed(page)


def test_a_label_that_the_schema_lost_relations_and_categories_are_shown(schema):
    gold = layer(
        "gold",
        Span(10, 18, "GO<NE"),
        relations=(Relation(ROY.key, LYON.key, "lives_in"),),
        categories=(Category("politics"),),
    )
    tags = parsed(render_layers(DOCUMENT, [gold], schema))
    assert "GO<NE" in tags.texts
    assert "lives_in: Paul Roy → Lyon" in tags.texts
    assert "category politics" in tags.texts


def test_a_document_without_layers_is_shown_as_text(schema):
    page = render_layers(DOCUMENT, [], schema)
    assert DOCUMENT.text in parsed(page).texts
    assert "<section" not in page and "<table" not in page


@pytest.fixture
def workspace(tmp_path, schema) -> Workspace:
    made = Workspace(tmp_path / "corpus")
    with made.store.begin() as tx:
        tx.add_document(DOCUMENT)
        for each in LAYERS[1:]:
            tx.put_annotation(each)
    return made


def revise(workspace: Workspace, *spans: Span, number: int = 1, deleted: bool = False) -> None:
    revision = Revision(
        document=ID,
        number=number,
        author="annotator:anna",
        at="2026-01-01T00:00:00Z",
        reason="r",
        schema=workspace.schema.id,
        spans=spans,
        deleted=deleted,
    )
    with workspace.store.begin() as tx:
        tx.add_revision(revision)


def test_without_gold_the_proposal_wins(workspace, tmp_path):
    page = write_layers_page(workspace, ID[:6], tmp_path / "new" / "page.html")
    assert page.layers == ("model:m@1", "rules:r@1", "proposal")
    assert (page.won, page.places, page.differing) == ("proposal", 3, 0)
    assert "≠" not in (tmp_path / "new" / "page.html").read_text("utf-8")


def test_the_gold_wins_and_may_be_that_of_an_older_revision(workspace, tmp_path):
    revise(workspace, *GOLD.spans)
    revise(workspace, ROY, number=2)
    path = tmp_path / "page.html"
    assert (
        write_layers_page(workspace, ID, path).won,
        write_layers_page(workspace, ID, path).places,
    ) == (
        "gold",
        3,
    )
    assert write_layers_page(workspace, f"{ID}@1", path).places == 4


def test_deleted_gold_does_not_win(workspace, tmp_path):
    revise(workspace, *GOLD.spans)
    revise(workspace, number=2, deleted=True)
    assert write_layers_page(workspace, ID, tmp_path / "page.html").won == "proposal"


def test_a_file_that_cannot_be_written_is_a_refusal(workspace, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_layers_page(workspace, ID, tmp_path / "file" / "page.html")
