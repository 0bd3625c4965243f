"""Checks of relations between spans, and of the categories of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask


@check(
    "relation.ends",
    table="relations",
    severity="error",
    message="the relation {label} lacks {missing}",
    hint="delete the relation, or annotate the span again",
)
def ends(relations: pd.DataFrame) -> Mask:
    """A relation that lacks one of its spans points nowhere, and formats reject it."""
    return relations["missing"] != ""


@check(
    "relation.label",
    table="relations",
    severity="error",
    message="the relation {label} is not in {schema}",
    hint="use a relation of the schema, or add this one to the schema",
    needs=("schema",),
)
def relation_label(relations: pd.DataFrame, schema: Schema) -> Mask:
    """A relation type outside the schema has no guideline and no colour."""
    return ~relations["label"].isin([relation.name for relation in schema.relations])


@check(
    "relation.types",
    table="relations",
    severity="error",
    message="the relation {label} leads from {head_label} to {tail_label}",
    hint="reverse it, change a label, or allow these labels in the schema",
    needs=("schema",),
)
def types(relations: pd.DataFrame, schema: Schema) -> Mask:
    """A relation between labels that the schema does not allow for it is usually a mistake."""
    import numpy as np

    misjoined = np.zeros(len(relations), dtype=bool)
    for relation in schema.relations:
        of_type = relations["label"] == relation.name
        for column, labels in (("head_label", relation.heads), ("tail_label", relation.tails)):
            if labels:  # without any, the schema allows all
                misjoined |= of_type & ~relations[column].isin(labels)
    return misjoined


@check(
    "relation.duplicate",
    table="relations",
    severity="error",
    message="the relation {label} to {tail_label} occurs more than once",
    hint="delete all but one of them",
)
def relation_duplicate(relations: pd.DataFrame) -> Mask:
    """A relation that occurs twice counts twice."""
    return relations["repeat"]


@check(
    "relation.self",
    table="relations",
    severity="warning",
    message="the relation {label} leads back to its own head",
    hint="draw it to the span that is meant",
)
def itself(relations: pd.DataFrame) -> Mask:
    """A relation from a span to itself usually has a wrong end."""
    return relations["itself"]


@check(
    "category.label",
    table="categories",
    severity="error",
    message="the document has the category {label}, which is not in {schema}",
    hint="use a category of the schema, or add this one to the schema",
    needs=("schema",),
)
def category_label(categories: pd.DataFrame, schema: Schema) -> Mask:
    """A category outside the schema has no guideline."""
    return ~categories["label"].isin([category.name for category in schema.categories])


@check(
    "category.duplicate",
    table="categories",
    severity="error",
    message="the document has the category {label} more than once",
    hint="delete all but one of them",
)
def category_duplicate(categories: pd.DataFrame) -> Mask:
    """A category that occurs twice counts twice."""
    return categories["repeat"]


@check(
    "category.exclusive",
    table="categories",
    severity="error",
    message="the document has {many} categories, {label} among them",
    hint="keep one of them, or set `exclusive: false` in the schema",
    needs=("schema", "exclusive"),
)
def exclusive(categories: pd.DataFrame) -> Mask:
    """The schema allows only one category per document."""
    return categories["many"] > 1
