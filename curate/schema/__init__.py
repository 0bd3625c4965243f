"""The label schema of a corpus, its guidelines, and the migrations between its versions."""

from curate.schema.guidelines import guidelines
from curate.schema.schema import (
    COLOUR,
    MAX_NAME,
    Label,
    RelationType,
    Schema,
    load,
    parse,
    schema_of_labels,
    text_colour,
)

__all__ = [
    "COLOUR",
    "MAX_NAME",
    "Label",
    "RelationType",
    "Schema",
    "guidelines",
    "load",
    "parse",
    "schema_of_labels",
    "text_colour",
]
