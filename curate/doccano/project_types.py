"""The kinds of Doccano project that curate makes, and which one a label schema needs.

=====================  =============================  ================================
the schema has         Doccano's project type         columns of its files
=====================  =============================  ================================
labels                 SequenceLabeling               ``label``
labels and relations   SequenceLabeling with          ``entities`` with ids,
                       ``use_relation``               ``relations`` between them
categories             DocumentClassification         ``label``
labels and categories  IntentDetectionAndSlotFilling  ``entities``, ``cats``
=====================  =============================  ================================

Read in Doccano 1.8.4: ``data_import/datasets.py``, ``data_export/pipeline/factories.py``.
"""

from __future__ import annotations

import msgspec

from curate.errors import ConfigError
from curate.model import Annotation, Record
from curate.schema import Schema

_PAGES = {
    "SequenceLabeling": "sequence-labeling",
    "DocumentClassification": "text-classification",
    "IntentDetectionAndSlotFilling": "intent-detection-and-slot-filling",
}


class ProjectKind(Record, frozen=True, kw_only=True):
    """What a project can hold, and the columns in which its files have it.

    Args:
        type: Doccano's project type.
        task: Doccano's name for the import.
        spans: column of the spans, empty if there are none.
        relations: column of the relations, empty if there are none.
        categories: column of the categories, empty if there are none.
        overlap: whether spans may overlap.
        exclusive: whether a document has one category at most.
    """

    type: str
    task: str
    spans: str = ""
    relations: str = ""
    categories: str = ""
    overlap: bool = False
    exclusive: bool = False

    @property
    def page(self) -> str:
        """Name of the page on which people annotate, as it is in the page's address."""
        return _PAGES[self.type]

    @property
    def numbered(self) -> bool:
        """Whether spans have ids in its files, to which relations refer."""
        return bool(self.relations)

    def holds(self, annotation: Annotation) -> bool:
        """Whether a project of this kind can hold all parts of an annotation."""
        return (
            bool(self.spans or not annotation.spans)
            and bool(self.relations or not annotation.relations)
            and bool(self.categories or not annotation.categories)
        )


SPANS = ProjectKind(type="SequenceLabeling", task="SequenceLabeling", spans="label")
RELATIONS = ProjectKind(
    type="SequenceLabeling", task="RelationExtraction", spans="entities", relations="relations"
)
CATEGORIES = ProjectKind(
    type="DocumentClassification", task="DocumentClassification", categories="label"
)
SPANS_AND_CATEGORIES = ProjectKind(
    type="IntentDetectionAndSlotFilling",
    task="IntentDetectionAndSlotFilling",
    spans="entities",
    categories="cats",
)


def project_kind(schema: Schema) -> ProjectKind:
    """The kind of project that a schema needs.

    Raises:
        ConfigError: Doccano has none, or the schema defines nothing to annotate.
    """
    if schema.relations and schema.categories:
        raise ConfigError(
            f"schema {schema.id} has relations and categories, and no project of Doccano can hold "
            "both",
            "split it into two schemas, each in a corpus of its own",
        )
    if schema.overlap and schema.labels and schema.categories:
        raise ConfigError(
            f"schema {schema.id} has overlapping spans and categories, and no project of Doccano "
            "can hold both",
            "set overlap: false, or split it into two schemas, each in a corpus of its own",
        )
    if not schema.labels and not schema.categories:
        raise ConfigError(f"schema {schema.id} has nothing to annotate", "add labels or categories")
    if schema.relations:
        return msgspec.structs.replace(RELATIONS, overlap=schema.overlap)
    if not schema.categories:
        return msgspec.structs.replace(SPANS, overlap=schema.overlap)
    kind = SPANS_AND_CATEGORIES if schema.labels else CATEGORIES
    return msgspec.structs.replace(kind, exclusive=schema.exclusive)
