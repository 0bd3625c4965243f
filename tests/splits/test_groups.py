"""Groups of documents that stay together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.split_items import name

from curate.model import Document
from curate.splits import Groups, article_versions, grouping_value


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_groups_are_the_connected_components(pairs):
    groups = Groups()
    component = list(range(21))
    for a, b in pairs:
        groups.join(name(a), name(b))
        component = [component[a] if number == component[b] else number for number in component]
    for a in range(21):
        least = min(n for n in range(21) if component[n] == component[a])
        assert groups.of(name(a)) == name(least)


def test_versions_of_an_article_are_linked_through_all_documents():
    documents = [
        Document(id=name(n), text=str(n), meta={"supersedes": name(n - 1)} if n % 4 else {})
        for n in range(8)
    ]
    articles = article_versions(documents)
    assert {articles[name(n)] for n in range(4)} == {name(0)}
    assert {articles[name(n)] for n in range(4, 8)} == {name(4)}


def test_documents_stay_together_if_all_fields_are_equal():
    meta = {"source": "wire", "published": "2026-01-05T08:00:00Z"}
    document = Document(id=name(1), text="", meta=meta)
    later = Document(id=name(2), text="", meta={**meta, "published": "2026-01-05"})
    other = Document(id=name(3), text="", meta={**meta, "published": "2026-01-06"})
    undated = Document(id=name(4), text="", meta={"source": "wire"})
    fields = ("source", "day")
    value = grouping_value(document, fields)
    assert value == grouping_value(later, fields)
    assert value != grouping_value(other, fields)
    assert grouping_value(undated, fields) == grouping_value(document, ()) == ""
