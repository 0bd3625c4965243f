"""Which kind of Doccano project a schema needs."""

from __future__ import annotations

import pytest

from curate.doccano.project_types import (
    CATEGORIES,
    RELATIONS,
    SPANS,
    SPANS_AND_CATEGORIES,
    project_kind,
)
from curate.errors import ConfigError
from curate.schema import Label, RelationType, Schema


def schema(parts: str, **flags: bool) -> Schema:
    about = {"title": "t", "description": "d", "colour": "#000000"}
    parts_by_name = {
        "labels": (Label(name="PER", **about),),
        "relations": (RelationType(name="r", **about),),
        "categories": (Label(name="sport", **about),),
    }
    chosen = {part: parts_by_name[part] for part in parts.split()}
    common = {"name": "s", "version": "1", "language": "en", "title": "t", "introduction": "i"}
    return Schema(**common, **chosen, **flags)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ("labels", SPANS),
        ("labels relations", RELATIONS),
        ("categories", CATEGORIES),
        ("labels categories", SPANS_AND_CATEGORIES),
    ],
)
def test_the_schema_decides_the_kind_of_project(parts, kind):
    assert project_kind(schema(parts)) == kind


def test_the_schema_decides_about_overlaps_and_one_category():
    assert project_kind(schema("labels", overlap=True)).overlap
    assert project_kind(schema("labels relations", overlap=True)).overlap
    assert project_kind(schema("categories", exclusive=True)).exclusive
    assert project_kind(schema("labels categories", exclusive=True)).exclusive


@pytest.mark.parametrize(
    ("parts", "flags"),
    [
        ("labels relations categories", {}),
        ("labels categories", {"overlap": True}),
        ("", {}),
    ],
)
def test_a_schema_that_no_project_can_hold_is_refused_by_name(parts, flags):
    with pytest.raises(ConfigError, match="s@1") as raised:
        project_kind(schema(parts, **flags))
    assert raised.value.hint
