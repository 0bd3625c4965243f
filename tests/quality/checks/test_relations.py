"""Checks of relations and categories."""

from __future__ import annotations

import msgspec
import pytest
from support.checked_corpus import LOC, PER, RICH, Pair, codes, found, pair

from curate.model import Category, Relation
from curate.quality import check_documents

HEAD, TAIL = PER.key, LOC.key


def with_relations(*relations: Relation) -> Pair:
    document, revision = pair(PER, LOC)
    return document, msgspec.structs.replace(revision, relations=relations)


def with_categories(*names: str) -> Pair:
    document, revision = pair(PER, LOC)
    categories = tuple(Category(name) for name in names)
    return document, msgspec.structs.replace(revision, categories=categories)


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        (Relation(HEAD, (0, 5, "PER"), "lives_in"), "relation.ends"),
        (Relation((0, 5, "PER"), TAIL, "lives_in"), "relation.ends"),
        (Relation(HEAD, TAIL, "born_in"), "relation.label"),
        (Relation(TAIL, HEAD, "lives_in"), "relation.types"),
    ],
)
def test_a_wrong_relation_is_found(relation, code):
    bad = with_relations(relation)
    wanted = {(code, bad[0].id, relation.head)}
    if relation.tail == (0, 5, "PER"):  # it joins a person to a person, too
        wanted.add(("relation.types", bad[0].id, relation.head))
    assert set(found(check_documents([bad], RICH))) == wanted


def test_relations_that_fit_are_no_finding_and_doubled_ones_are_one():
    good = Relation(HEAD, TAIL, "lives_in")
    assert not found(check_documents([with_relations(good)], RICH))
    bad = with_relations(good, good, good)
    assert found(check_documents([bad], RICH)) == [("relation.duplicate", bad[0].id, HEAD)]


def test_a_relation_of_a_span_to_itself_is_found():
    report = check_documents([with_relations(Relation(HEAD, HEAD, "lives_in"))], RICH)
    assert codes(report) == {"relation.types", "relation.self"}


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("politics",), set()),
        (("weather",), {"category.label"}),
        (("politics", "politics"), {"category.duplicate"}),
        (("politics", "sport"), {"category.exclusive"}),
    ],
)
def test_categories(names, wanted):
    assert codes(check_documents([with_categories(*names)], RICH)) == wanted
