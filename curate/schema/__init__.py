"""The label schema of a corpus, its guidelines, and the migrations between its versions."""

from curate.schema.guidelines import guidelines
from curate.schema.schema import (
    COLOUR,
    MAX_NAME,
    Label,
    LabelTexts,
    RelationType,
    Schema,
    Translation,
    load,
    parse,
    schema_of_labels,
    text_colour,
)

__all__ = [
    "COLOUR",
    "MAX_NAME",
    "Label",
    "LabelTexts",
    "RelationType",
    "Schema",
    "Translation",
    "guidelines",
    "load",
    "parse",
    "schema_of_labels",
    "text_colour",
]
