"""The label schema of a corpus, and the migrations from one version of it to the next."""

from curate.schema.schema import (
    COLOUR,
    GUIDELINE_WORDS,
    MAX_NAME,
    GuidelineWords,
    Label,
    RelationType,
    Schema,
    guidelines,
    load,
    schema_of_labels,
    text_colour,
)

__all__ = [
    "COLOUR",
    "MAX_NAME",
    "GUIDELINE_WORDS",
    "Label",
    "RelationType",
    "Schema",
    "GuidelineWords",
    "schema_of_labels",
    "guidelines",
    "load",
    "text_colour",
]
