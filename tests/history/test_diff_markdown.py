"""A comparison as Markdown, read by a Markdown parser."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from curate.history.diff import AnnotationChange, DiffTotals, DocumentDiff
from curate.history.diff_markdown import LIMIT, DiffMarkdownWriter
from curate.model import Span

ODD = "a*b_c`d`<i>e</i>|f\n[g](h) @me ~~i~~ \\j"


def written(*documents: DocumentDiff, **totals: object) -> str:
    writer = DiffMarkdownWriter()
    for document in documents:
        writer.add(document)
    return writer.text(DiffTotals(first="0.1.0", second="gold", **totals))


def relabelled(text: str = "Paris", **more: object) -> AnnotationChange:
    sides = {"before": Span(3, 3 + len(text), "ORG"), "after": Span(3, 3 + len(text), "LOC")}
    return AnnotationChange(kind="relabelled", old=text, new=text, **sides, **more)


def document(*changes: AnnotationChange, title: str = "Title") -> DocumentDiff:
    return DocumentDiff(id="1a2e", title=title, state="changed", before=1, after=2, changes=changes)


def text_of(markdown: str) -> str:
    """What a reader sees, without tags."""
    html = MarkdownIt("gfm-like", {"linkify": False}).render(markdown)
    plain = re.sub(r"<[^>]*>", "", html)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    return plain


def test_labels_and_authors_are_tables_and_changes_a_list():
    found = written(
        document(relabelled(left="à ", right=" hier", by="annotator:bela")),
        counts={"documents_changed": 1, "spans_relabelled": 1},
        labels={"LOC": {"relabelled": 1}, "ORG": {"added": 2, "relabelled": 1}},
        authors={"annotator:bela": {"relabelled": 1}},
        relabelled={"ORG → LOC": 1},
    )
    lines = found.splitlines()
    assert lines[0] == "### Corpus: 0.1.0 → gold"
    assert "| ORG | 2 | 1 |" in lines and "| LOC |  | 1 |" in lines
    assert "  - relabelled ORG → LOC: à <b>Paris</b> hier (annotator:bela)" in lines
    html = MarkdownIt("gfm-like", {"linkify": False}).render(found)
    assert (html.count("<table>"), html.count("<li>")) == (2, 2)


def test_texts_mean_nothing_to_markdown():
    found = written(document(relabelled(ODD, left=ODD[:20], by=ODD), title=ODD))
    shown = text_of(found)
    assert shown.count(" ".join(ODD.splitlines())) == 3
    assert "@" not in found.replace("@1 → @2", "")  # nobody is called by name
    assert len(found.splitlines()) == len(written(document(relabelled())).splitlines())


def test_what_is_too_long_is_counted():
    title = "x" * 60
    many = [document(*[relabelled()] * 100, title=title) for _ in range(60)]
    found = written(*many)
    kept = found.count(title)
    assert 0 < kept < 60
    assert len(found) < LIMIT + 2000
    assert f"{60 - kept} more documents" in found


def test_relations_and_categories_have_their_names():
    added = AnnotationChange(kind="category-added", new="sport", by="curator:eva")
    assert "category added: <ins>sport</ins> (curator:eva)" in written(document(added))
