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
    message="the document occurs more than once",
    hint="keep only one of them in annotations/gold",
)
def unique(documents: pd.DataFrame) -> Mask:
    """A document that occurs twice counts twice in training and in every statistic."""
    return documents["document"].duplicated(keep=False)


@check(
    "document.empty",
    table="documents",
    severity="error",
    message="the text has no visible characters ({length} in all)",
    hint="delete the document, or ingest the article again",
)
def empty(documents: pd.DataFrame) -> Mask:
    """An empty document is useless for training and breaks programs that expect a sentence."""
    return documents["visible"] < 1


@check(
    "document.digest",
    table="documents",
    severity="error",
    message="the text does not match the id; its own id would be {digest}",
    hint="restore the text from version control, or ingest the article again",
)
def digest(documents: pd.DataFrame) -> Mask:
    """If the text changed under its id, the offsets of its spans no longer mean anything."""
    return documents["document"] != documents["digest"]


@check(
    "document.stretch",
    table="documents",
    severity="info",
    message="nothing is annotated from {gap_start} to {gap_end}",
    hint="read this part again",
    limit=1500,
    bound="characters in a row without a span",
)
def stretch(documents: pd.DataFrame, limit: float) -> Mask:
    """A long stretch without spans in an annotated article may not have been read."""
    return documents["gap"] > limit


@check(
    "document.duplicate",
    table="documents",
    severity="warning",
    message="has the same words as {like}",
    hint="withdraw one of the two",
)
def duplicate(documents: pd.DataFrame) -> Mask:
    """Duplicates count twice, and may end up on both sides of a split."""
    return documents["same_words"].duplicated(keep=False)


@check(
    "document.length",
    table="documents",
    severity="info",
    message="is unusually long or short: {length} characters",
    hint="check what was ingested",
    limit=5.0,
    bound="modified z-score of the length among all documents",
    needs=("size",),
)
def length(documents: pd.DataFrame, limit: float) -> Mask:
    """A text much longer or shorter than the others is often a web page and not an article."""
    return unusual(documents["length"].to_numpy(), limit)


@check(
    "document.language",
    table="documents",
    severity="warning",
    message="is in the language {lang}",
    hint="correct it with `curate set-language` if that is wrong; else withdraw the document, or "
    "add the language to `languages` of [corpus] in curate.toml",
    needs=("schema",),
)
def language(documents: pd.DataFrame, languages: tuple[str, ...]) -> Mask:
    """An article in a language that the corpus is not for is annotated by the wrong guidelines."""
    return documents["lang"].notna() & ~documents["lang"].isin(languages)


@check(
    "document.confirmed",
    table="documents",
    severity="error",
    message="nobody has confirmed revision {revision}",
    hint="confirm the document in Doccano and run `curate sync`",
    needs=("revisions",),
)
def confirmed(documents: pd.DataFrame) -> Mask:
    """What no person has confirmed is a program's guess, not gold."""
    return documents["confirmed_by"].isna()


@check(
    "document.schema",
    table="documents",
    severity="warning",
    message="was annotated under {schema}, not under the current guidelines",
    hint="read it again under the current guidelines and confirm it, or run `curate migrate`",
    needs=("revisions", "schema"),
)
def guidelines(documents: pd.DataFrame, schema: Schema) -> Mask:
    """Under other guidelines, the same label may have meant something else."""
    return documents["schema"] != schema.id


@check(
    "document.annotators",
    table="documents",
    severity="warning",
    message="{done} of {asked} assigned annotators have confirmed it",
    hint="remind the others, then run `curate sync`",
    needs=("tasks",),
)
def annotators(documents: pd.DataFrame) -> Mask:
    """Agreement can be measured only where every assigned annotator has confirmed."""
    return documents["done"] < documents["asked"]
