"""Checks of documents: their texts, and what people and programs did with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check
from curate.quality.statistics import unusual
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask


@check(
    "document.unique",
    table="documents",
    severity="error",
    message="the document is there more than once",
    hint="keep one of them in annotations/gold",
)
def unique(documents: pd.DataFrame) -> Mask:
    """A document that is there twice counts twice in training and in every figure."""
    return documents["document"].duplicated(keep=False)


@check(
    "document.empty",
    table="documents",
    severity="error",
    message="the text has no visible character ({length} in all)",
    hint="delete the document, or take the article in again",
)
def empty(documents: pd.DataFrame) -> Mask:
    """An empty document teaches nothing and breaks programs that expect a sentence."""
    return documents["visible"] < 1


@check(
    "document.digest",
    table="documents",
    severity="error",
    message="the text does not belong to the id; its own would be {digest}",
    hint="restore the text from version control, or take the article in again",
)
def digest(documents: pd.DataFrame) -> Mask:
    """If the text changed under its id, the offsets of its spans no longer mean anything."""
    return documents["document"] != documents["digest"]


@check(
    "document.stretch",
    table="documents",
    severity="info",
    message="nothing is marked from {gap_start} to {gap_end}",
    hint="read it again",
    limit=1500,
    bound="characters in a row without a span",
)
def stretch(documents: pd.DataFrame, limit: float) -> Mask:
    """A long stretch with nothing marked in an annotated article was perhaps not read."""
    return documents["gap"] > limit


@check(
    "document.duplicate",
    table="documents",
    severity="warning",
    message="has the same words as {like}",
    hint="withdraw one of them",
)
def duplicate(documents: pd.DataFrame) -> Mask:
    """What is there twice counts twice, and may stand on both sides of a split."""
    return documents["same_words"].duplicated(keep=False)


@check(
    "document.length",
    table="documents",
    severity="info",
    message="is unusually long or short: {length} characters",
    hint="look at what was taken in",
    limit=5.0,
    bound="modified z-score of the length among all documents",
    needs=("size",),
)
def length(documents: pd.DataFrame, limit: float) -> Mask:
    """A text far longer or shorter than the others is often a page and not an article."""
    return unusual(documents["length"].to_numpy(), limit)


@check(
    "document.language",
    table="documents",
    severity="warning",
    message="is in the language {lang}",
    hint="withdraw it, or give it to a corpus of its language",
    needs=("schema",),
)
def language(documents: pd.DataFrame, schema: Schema) -> Mask:
    """An article in another language than the schema's is marked by the wrong guidelines."""
    return documents["lang"].notna() & (documents["lang"] != schema.language)


@check(
    "document.confirmed",
    table="documents",
    severity="error",
    message="nobody confirmed revision {revision}",
    hint="confirm the document in Doccano and run `curate sync`",
    needs=("revisions",),
)
def confirmed(documents: pd.DataFrame) -> Mask:
    """What no person confirmed is a guess of a program, not gold."""
    return documents["confirmed_by"].isna()


@check(
    "document.schema",
    table="documents",
    severity="warning",
    message="was annotated by {schema}, not by the guidelines of today",
    hint="read it again by the guidelines of today and confirm it, or run `curate migrate`",
    needs=("revisions", "schema"),
)
def guidelines(documents: pd.DataFrame, schema: Schema) -> Mask:
    """Who annotated by other guidelines may have meant something else by the same label."""
    return documents["schema"] != schema.id


@check(
    "document.annotators",
    table="documents",
    severity="warning",
    message="was asked of {asked} annotators, and {done} of them confirmed it",
    hint="remind the others, then run `curate sync`",
    needs=("tasks",),
)
def annotators(documents: pd.DataFrame) -> Mask:
    """Agreement is measured where a second person annotates; half of it measures nothing."""
    return documents["done"] < documents["asked"]
