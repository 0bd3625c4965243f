"""Comparing releases, revisions, layers and files; and the page of a comparison."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import history_corpus as h
from support.workspaces import save

from curate.annotations.diff import compare as compare_annotations
from curate.errors import InputError, ReleaseError
from curate.formats.export import write
from curate.history.diff import CorpusDiff, compare, diff
from curate.history.diff_page import render_diff
from curate.model import Annotation, Category, Relation, Span

WHEN = "2026-02-02T07:00:00Z"


@pytest.fixture
def corpus(tmp_path):
    """Release 0.1.0 holds Anna and Kiev; since then Anna changed, Kiev is out, Berne is new."""
    made = h.workspace(tmp_path / "c")
    weiss, paris = h.span(h.ANNA, "Weiss", "PER"), h.span(h.ANNA, "Paris", "ORG")
    otto = h.span(h.ANNA, "Otto", "PER")
    h.add(made, h.ANNA, h.revision(h.ANNA, 1, weiss, paris, otto))
    h.add(made, h.KIEV, h.revision(h.KIEV, 1, h.span(h.KIEV, "Kiev", "LOC")))
    h.cut(made, "0.1.0")
    h.add(made, h.BERNE, h.revision(h.BERNE, 1, h.span(h.BERNE, "Vienne", "LOC")))
    name = h.span(h.ANNA, "Anna Weiss", "PER", by="annotator:bela", at=WHEN)
    with made.store.begin() as tx:
        tx.add_revision(h.revision(h.ANNA, 2, name, paris, otto))
        tx.add_revision(
            h.revision(h.ANNA, 3, name, h.span(h.ANNA, "Paris", "LOC"), author="curator:eva")
        )
        tx.add_revision(h.revision(h.KIEV, 2, author="curator:eva", deleted=True))
    return made


def ids(*texts):
    return sorted(h.document(text).id for text in texts)


def kinds(found: CorpusDiff, text: str):
    (each,) = [d for d in found.documents if d.id == h.document(text).id]
    return [(c.kind, c.old, c.new, c.by) for c in each.changes]


def test_a_release_against_the_gold(corpus):
    found = diff(corpus, "0.1.0")
    assert [each.id for each in found.documents] == ids(h.ANNA, h.KIEV, h.BERNE)
    assert {each.id: each.state for each in found.documents} == {
        h.document(h.ANNA).id: "changed",
        h.document(h.KIEV).id: "removed",
        h.document(h.BERNE).id: "added",
    }
    assert kinds(found, h.ANNA) == [
        ("moved", "Weiss", "Anna Weiss", "annotator:bela"),
        ("relabelled", "Paris", "Paris", "curator:eva"),
        ("removed", "Otto", "", "curator:eva"),
    ]
    assert kinds(found, h.KIEV) == [("removed", "Kiev", "", "curator:eva")]
    assert kinds(found, h.BERNE) == [("added", "", "Vienne", "annotator:anna")]


def test_it_is_summed_by_kind_label_and_author(corpus):
    found = diff(corpus)
    assert (found.first, found.second, found.same) == ("0.1.0", "gold", 0)
    assert found.counts == {
        "documents_added": 1,
        "documents_changed": 1,
        "documents_removed": 1,
        "spans_added": 1,
        "spans_moved": 1,
        "spans_relabelled": 1,
        "spans_removed": 2,
    }
    assert found.labels == {
        "LOC": {"relabelled": 1, "added": 1, "removed": 1},
        "ORG": {"relabelled": 1},
        "PER": {"moved": 1, "removed": 1},
    }
    assert found.relabelled == {"ORG → LOC": 1}
    assert found.authors["curator:eva"] == {"relabelled": 1, "removed": 2}


def test_the_text_around_a_change_is_told(corpus):
    (change, *_) = (
        diff(corpus, f"{h.document(h.ANNA).id}@1", f"{h.document(h.ANNA).id}@2")
        .documents[0]
        .changes
    )
    assert (change.left, change.right) == ("", h.ANNA[len("Anna Weiss") :][:40])


def test_one_revision_restricts_the_other_side_to_its_document(corpus):
    found = diff(corpus, f"{h.document(h.ANNA).id[:6]}@2")
    assert [each.id for each in found.documents] == ids(h.ANNA)
    assert found.same == 0
    with pytest.raises(InputError):
        diff(corpus, f"{ids(h.ANNA)[0]}@1", f"{ids(h.KIEV)[0]}@1")


def test_a_layer_is_compared_where_it_has_looked(corpus):
    key = h.document(h.ANNA).id
    with corpus.store.begin() as tx:
        tx.put_annotation(
            Annotation(document=key, layer=h.MODEL, spans=(h.span(h.ANNA, "Otto", "PER"),))
        )
    found = diff(corpus, h.MODEL, "gold")
    assert [each.id for each in found.documents] == [key]
    assert found.skipped == 1
    assert found.counts["spans_removed"] == 1


def test_files_are_sides_too(corpus, tmp_path):
    save(corpus)
    assert diff(corpus, "gold", "annotations").counts == {}
    assert diff(corpus, "annotations", "0.1.0").counts == {
        "documents_added": 1,
        "documents_changed": 1,
        "documents_removed": 1,
        "spans_added": 2,
        "spans_moved": 1,
        "spans_relabelled": 1,
        "spans_removed": 1,
    }

    with corpus.store.begin() as tx:
        pairs = list(tx.heads())
    write("jsonl", pairs, corpus.root / "gold.jsonl", corpus.schema)
    assert diff(corpus, "gold", "gold.jsonl").counts == {}


def test_relations_and_categories_count(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    one, two = h.span(h.KIEV, "Kiev", "LOC"), h.span(h.KIEV, "Paris", "LOC")
    arrow = Relation(one.key, two.key, "twin", by="annotator:anna")
    key = h.add(
        corpus,
        h.KIEV,
        h.revision(h.KIEV, 1, one, two, categories=(Category("sport"),)),
        h.revision(h.KIEV, 2, one, two, relations=(arrow,)),
    )
    found = diff(corpus, f"{key}@1", f"{key}@2")
    assert found.counts == {
        "categories_removed": 1,
        "documents_changed": 1,
        "relations_added": 1,
    }
    (first, second) = found.documents[0].changes
    assert (first.kind, first.new) == ("relation-added", "Kiev → Paris twin")
    assert (second.kind, second.old) == ("category-removed", "sport")


@pytest.mark.parametrize(
    ("name", "error", "choice"),
    [
        ("9.9.9", ReleaseError, "0.1.0"),
        ("nothing", InputError, "gold, 0.1.0"),
        ("ffff@1", InputError, "curate show"),
    ],
)
def test_a_side_that_is_not_there_is_refused_with_a_choice(corpus, name, error, choice):
    with pytest.raises(error, match=name.partition("@")[0]) as caught:
        diff(corpus, name)
    assert choice in caught.value.hint


class Reader(HTMLParser):
    """Collects what a page says and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag, attrs):
        addresses = [value for name, value in attrs if name in ("src", "href")]
        self.loads += [value for value in addresses if not value.startswith("#")]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_loads_nothing_and_says_it_in_light_and_dark(corpus):
    page = render_diff(diff(corpus))
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.loads == []
    assert "prefers-color-scheme: dark" in page
    told = "".join(reader.text)
    assert "relabelled ORG → LOC" in told
    assert "curator:eva" in told


def test_the_page_shows_texts_as_texts(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    text = "<script>alert(1)</script> & Kiev"
    key = h.add(corpus, text, h.revision(text, 1), h.revision(text, 2, h.span(text, "Kiev", "LOC")))
    page = render_diff(diff(corpus, f"{key}@1", f"{key}@2"))
    assert "<script" not in page
    assert "&lt;/script&gt; &amp; " in page


def test_the_page_tells_what_part_of_a_span_is_new(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    text = "Le comte Otto de Berne dort."
    key = h.add(
        corpus,
        text,
        h.revision(text, 1, h.span(text, "comte Otto", "PER"), h.span(text, "Berne", "LOC")),
        h.revision(text, 2, h.span(text, "Otto de Berne", "PER"), h.span(text, "Berne", "ORG")),
    )
    page = render_diff(diff(corpus, f"{key}@1", f"{key}@2"))
    assert "<del>comte </del><mark>Otto</mark><ins> de Berne</ins>" in page
    assert "<mark>Berne</mark>" in page
    assert "relabelled <strong>LOC → ORG</strong>" in page


def test_a_comparison_is_told_document_by_document_and_summed_at_last(corpus):
    whole = diff(corpus, "0.1.0")
    told = []
    sums = compare(corpus, "0.1.0", "gold", told.append)
    assert CorpusDiff.of(sums, told) == whole
    assert len(told) == len(whole.documents) > 1


spans = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 20),
    st.integers(1, 6),
    st.sampled_from(["PER", "LOC", "ORG"]),
)
sets = st.lists(spans, max_size=8).map(
    lambda found: Annotation(document="d", layer="gold", spans=tuple(found)).sorted()
)


@given(sets, sets)
def test_a_comparison_counts_every_span_once(before, after):
    found = compare_annotations(before, after).counts
    paired = found["kept"] + found["relabelled"] + found["moved"] + found["replaced"]
    assert paired + found["removed"] == len(before.spans)
    assert paired + found["added"] == len(after.spans)
