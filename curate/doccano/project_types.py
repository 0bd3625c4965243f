"""The kinds of Doccano project that curate makes, and which one a label schema needs.

=====================  =============================  ================================
the schema has         Doccano's project type         columns of its files
=====================  =============================  ================================
labels                 SequenceLabeling               ``label``
labels and relations   SequenceLabeling, its          ``entities`` with numbers,
                       ``use_relation`` set           ``relations`` between them
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
    """A kind of project.

    Args:
        type: Doccano's project type.
        task: Doccano's name of the import.
        spans: column of the spans in its files, empty if it has none.
        relations: column of the relations, empty if it has none.
        categories: column of the categories, empty if it has none.
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
        """Name of the page on which people annotate, as its address has it."""
        return _PAGES[self.type]

    @property
    def numbered(self) -> bool:
        """Whether spans have numbers in its files, to which relations refer."""
        return bool(self.relations)

    def holds(self, annotation: Annotation) -> bool:
        """Whether a project of this kind can hold all parts of an annotation."""
        pairs = (
            (annotation.spans, self.spans),
            (annotation.relations, self.relations),
            (annotation.categories, self.categories),
        )
        return all(column or not part for part, column in pairs)


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
        ConfigError: Doccano has none, or the schema has nothing to annotate.
    """
    if schema.relations and schema.categories:
        raise ConfigError(
            f"schema {schema.id} has relations and categories, and no project of Doccano "
            "holds both",
            "keep them in two schemas, in a corpus each",
        )
    if schema.overlap and schema.labels and schema.categories:
        raise ConfigError(
            f"schema {schema.id} has overlapping spans and categories, and no project of Doccano "
            "holds both",
            "set overlap: false, or keep them in two schemas, in a corpus each",
        )
    if not schema.labels and not schema.categories:
        raise ConfigError(f"schema {schema.id} has nothing to annotate", "add labels or categories")
    if schema.relations:
        return msgspec.structs.replace(RELATIONS, overlap=schema.overlap)
    if not schema.categories:
        return msgspec.structs.replace(SPANS, overlap=schema.overlap)
    kind = SPANS_AND_CATEGORIES if schema.labels else CATEGORIES
    return msgspec.structs.replace(kind, exclusive=schema.exclusive)
