"""The label schema of a corpus, and the migrations from one version of it to the next."""

from curate.schema.schema import (
    COLOUR,
    NAME,
    WORDS,
    Label,
    RelationType,
    Schema,
    Words,
    bare,
    guidelines,
    load,
    text_colour,
)

__all__ = [
    "COLOUR",
    "NAME",
    "WORDS",
    "Label",
    "RelationType",
    "Schema",
    "Words",
    "bare",
    "guidelines",
    "load",
    "text_colour",
]
