"""The checks, by subject; importing this package registers all of them."""

from curate.quality.checks import (  # isort: skip  # the order in which ``--list`` names them
    documents,
    spans,
    relations,
    layers,
    schema,
    corpus,
)

__all__ = ["corpus", "documents", "layers", "relations", "schema", "spans"]
