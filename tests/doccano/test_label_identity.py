"""Label types that were renamed, known by their ids; pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.doccano.label_identity import (
    RenamedLabelType,
    earlier_names,
    read_as_before,
    rename_steps,
    renamed_label_types,
)
from curate.model import Annotation, Category, Relation, Span

MANAGED = {"PER", "LOC", "ORG", "DATE"}


def renamed(earlier: dict[int, str], current: dict[int, str], migrated=None):
    found = renamed_label_types({"span": earlier}, {"span": current}, MANAGED, migrated or {})
    return {each.id: each for each in found}


def test_a_renamed_type_is_known_by_its_id():
    found = renamed({1: "PER", 2: "LOC"}, {1: "PERSON", 2: "LOC", 3: "NEW"})
    assert found == {1: RenamedLabelType(kind="span", id=1, name="PER", current="PERSON")}


def test_types_that_exchanged_their_names_are_ambiguous():
    found = renamed({1: "PER", 2: "LOC"}, {1: "LOC", 2: "PER"})
    assert [(each.name, each.ambiguous, each.taken_by) for each in found.values()] == [
        ("PER", True, None),
        ("LOC", True, None),
    ]


def test_a_type_that_took_the_name_of_a_deleted_one_is_ambiguous():
    found = renamed({1: "PER", 2: "LOC"}, {1: "LOC"})
    assert [(each.name, each.ambiguous) for each in found.values()] == [("PER", True)]


def test_a_name_that_another_type_has_cannot_be_given_again():
    found = renamed({1: "PER"}, {1: "PERSON", 9: "PER"})
    assert found[1].taken_by == 9


def test_types_of_others_and_renames_of_the_schema_are_left_alone():
    assert renamed({1: "MINE"}, {1: "OTHER"}) == {}
    assert renamed({1: "OLD"}, {1: "PER"}, {"OLD": "PER"}) == {}
    assert [each.name for each in renamed({1: "MINE"}, {1: "PER"}).values()] == ["MINE"]


@given(st.permutations(["PER", "LOC", "ORG", "DATE", "PERSON", "PLACE"]))
def test_the_steps_never_give_a_name_that_another_type_has(names):
    earlier = dict(enumerate(["PER", "LOC", "ORG", "DATE"], 1))
    current = dict(enumerate(names[:4], 1))
    now = dict(current)
    for each, text in rename_steps(renamed(earlier, current).values()):
        assert text not in {name for number, name in now.items() if number != each.id}
        now[each.id] = text
    assert now == earlier


@given(st.permutations(["PER", "LOC", "ORG", "DATE"]))
def test_an_export_is_read_by_the_names_that_the_types_had(names):
    earlier = dict(enumerate(["PER", "LOC", "ORG", "DATE"], 1))
    found = tuple(renamed(earlier, dict(enumerate(names, 1))).values())
    there = Annotation(
        document="d",
        layer="remote",
        spans=tuple(Span(number, number + 1, name) for number, name in enumerate(names, 1)),
        relations=(Relation((1, 2, names[0]), (2, 3, names[1]), "PER"),),
        categories=(Category("LOC"),),
    )
    read = read_as_before(there, found)
    assert {span.start: span.label for span in read.spans} == earlier
    assert [(each.head[2], each.tail[2], each.label) for each in read.relations] == [
        ("PER", "LOC", "PER")
    ]
    assert [category.label for category in read.categories] == ["LOC"]
    assert {**dict(enumerate(names, 1)), **earlier_names(found).get("span", {})} == earlier
