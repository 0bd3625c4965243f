"""Checks of structure: what would break programs that read the corpus."""

from __future__ import annotations

from curate.quality.check import Check

_AGAIN = "mark it again in Doccano"

DOCUMENTS = (
    Check(
        code="document.unique",
        table="documents",
        why="A document that is there twice counts twice in training and in every figure.",
        says="the document is there more than once",
        cure="keep one of them in annotations/gold",
    ),
    Check(
        code="document.empty",
        table="documents",
        why="An empty document teaches nothing and breaks programs that expect a sentence.",
        says="the text has no visible character ({length} in all)",
        cure="delete the document, or take the article in again",
    ),
    Check(
        code="document.digest",
        table="documents",
        why="If the text changed under its id, the offsets of its spans no longer mean anything.",
        says="the text does not belong to the id; its own would be {digest}",
        cure="restore the text from version control, or take the article in again",
    ),
)

SPANS = (
    Check(
        code="span.offsets",
        table="spans",
        why="A span outside the text marks nothing.",
        says="runs from {start} to {end}, and the text from 0 to {length}",
        cure=_AGAIN,
    ),
    Check(
        code="span.order",
        table="spans",
        why="A span must hold at least one character.",
        says="starts at {start} and ends at {end}",
        cure=_AGAIN,
    ),
    Check(
        code="span.edges",
        table="spans",
        why="Blank or invisible characters at the edges fit no token and differ between people.",
        says="begins or ends with a blank or invisible character",
        cure="mark it again without the blanks",
    ),
    Check(
        code="span.words",
        table="spans",
        severity="warning",
        why="An edge inside a word fits no token, so that the span is lost in training.",
        says="begins or ends inside a word",
        cure="mark it again up to the edge of the word",
    ),
    Check(
        code="span.duplicate",
        table="spans",
        why="A span that is there twice counts twice in training and in every figure.",
        says="is there more than once, {start} to {end} as {label}",
        cure="delete all but one of them",
    ),
    Check(
        code="span.overlap",
        table="spans",
        why="The schema gives a character one label at most; most formats cannot hold two.",
        says="overlaps a span before it, {start} to {end} as {label}",
        cure="keep one of the two, or set `overlap: true` in the schema",
        needs=("apart",),
    ),
    Check(
        code="span.label",
        table="spans",
        why="A label that the schema does not know has no guideline and no colour.",
        says="has the label {label}, which {schema} does not know",
        cure="use a label of the schema, or add this one to it",
        needs=("schema",),
    ),
)

RELATIONS = (
    Check(
        code="relation.ends",
        table="relations",
        why="A relation whose span is gone points nowhere, and formats refuse it.",
        says="the relation {label} has an end that is not there: {missing}",
        cure="delete the relation, or mark the span again",
    ),
    Check(
        code="relation.label",
        table="relations",
        why="A relation that the schema does not know has no guideline and no colour.",
        says="the relation is a {label}, which {schema} does not know",
        cure="use a relation of the schema, or add this one to it",
        needs=("schema",),
    ),
    Check(
        code="relation.types",
        table="relations",
        why="A relation between labels that the schema does not let it join is a slip of the hand.",
        says="the relation {label} joins {head_label} to {tail_label}",
        cure="turn it round, change a label, or allow these labels in the schema",
        needs=("schema",),
    ),
    Check(
        code="relation.duplicate",
        table="relations",
        why="A relation that is there twice counts twice.",
        says="the relation {label} to {tail_label} is there more than once",
        cure="delete all but one of them",
    ),
    Check(
        code="relation.self",
        table="relations",
        severity="warning",
        why="Nothing stands in a relation to itself; most likely the wrong end was taken.",
        says="the relation {label} leads back to the span it comes from",
        cure="draw it to the span that is meant",
    ),
)

CATEGORIES = (
    Check(
        code="category.label",
        table="categories",
        why="A category that the schema does not know has no guideline.",
        says="the document has the category {label}, which {schema} does not know",
        cure="use a category of the schema, or add this one to it",
        needs=("schema",),
    ),
    Check(
        code="category.duplicate",
        table="categories",
        why="A category that is there twice counts twice.",
        says="the document has the category {label} more than once",
        cure="delete all but one of them",
    ),
    Check(
        code="category.exclusive",
        table="categories",
        why="The schema gives a document one category at most.",
        says="the document has {many} categories, and {label} is one of them",
        cure="keep one of them, or set `exclusive: false` in the schema",
        needs=("schema", "exclusive"),
    ),
)

LAYERS = (
    Check(
        code="layer.name",
        table="layers",
        why="A layer whose name does not say who made it cannot be measured or blamed.",
        says="the layer {layer} is not named like one",
        cure="name it gold, proposal, model:NAME@VERSION, rules:NAME@VERSION or annotator:NAME",
    ),
    Check(
        code="layer.document",
        table="layers",
        severity="warning",
        why="A layer of a document that is not there is dead weight.",
        says="the layer {layer} is of a document that is not there",
        cure="take the document in again, or delete the layer",
    ),
    Check(
        code="layer.offsets",
        table="layers",
        why="A proposal outside the text cannot be sent to people.",
        says="the layer {layer} has spans outside the text ({outside} of {spans})",
        cure="run `curate preannotate` again",
    ),
    Check(
        code="layer.label",
        table="layers",
        severity="warning",
        why="A proposal with a label that the schema does not know cannot be sent to people.",
        says="{unknown} of {spans} spans on {layer} have labels that {schema} does not know",
        cure="map them in the schema under models, and run `curate preannotate` again",
        needs=("schema",),
    ),
)
