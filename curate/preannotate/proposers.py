"""What proposes spans beside spaCy pipelines and rules: its names, its labels, and its failures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from curate.errors import ConfigError, ProposerError
from curate.model import Annotation, Document, Problem
from curate.schema import Schema

IN_A_ROW = 3
"""Documents in a row on which a proposer fails before it is no longer run."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Proposed(NamedTuple):
    """What a proposer says about a document.

    Args:
        annotation: its layer; None if it failed on the document.
        problems: why it failed, and what of its answer was left out.
    """

    annotation: Annotation | None
    problems: tuple[Problem, ...] = ()


class Proposer(Protocol):
    """A program or service that proposes spans."""

    @property
    def layer(self) -> str:
        """The layer that it writes."""
        ...

    @property
    def batch(self) -> int:
        """The number of documents that it takes at once."""
        ...

    def propose(self, documents: Sequence[Document]) -> Iterator[Proposed]:
        """What it says about each document, in order."""
        ...

    def check(self) -> None:
        """Raise a ProposerError if it failed on too many documents in a row."""
        ...


class FailureCount:
    """Counts the documents in a row on which a proposer fails, since then it is broken itself."""

    def __init__(self, layer: str, setting: str) -> None:
        self._layer, self._setting = layer, setting
        self._in_a_row = 0
        self.reason = ""
        """Why it is no longer run; empty if it is."""

    def succeed(self) -> None:
        """Note that it answered."""
        self._in_a_row = 0

    def fail(self, reason: str, *, certain: bool = False) -> None:
        """Note that it failed on a document; ``certain`` if it will fail on the others, too."""
        self._in_a_row += 1
        if not self.reason and (certain or self._in_a_row >= IN_A_ROW):
            self.reason = reason

    def check(self) -> None:
        """Raise a ProposerError if it is no longer run."""
        if self.reason:
            raise ProposerError(
                f"{self._layer} {self.reason}",
                f"correct {self._setting} in curate.toml, and run the command again; what was "
                "proposed before is kept",
            )


def check_name(name: str, setting: str) -> str:
    """A name or version as it can stand in the name of a layer.

    Raises:
        ConfigError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{setting}: {name!r} cannot be part of the name of a layer",
            "use letters, digits, points, hyphens and underscores alone",
        )
    return name


def failure(document: Document, layer: str, reason: str) -> Proposed:
    """A document on which a proposer failed."""
    problem = Problem(
        code="preannotate.failed",
        severity="warning",
        document=document.id,
        message=f"{layer} {reason}",
        hint="its other layers are kept; the next run tries again",
    )
    return Proposed(None, (problem,))


class LabelMapping:
    """The labels of a proposer in the schema; each one that is dropped is told once.

    Args:
        name: name of the proposer, as under ``models:`` in the schema.
        layer: the layer that it writes.
        schema: the label schema.
    """

    def __init__(self, name: str, layer: str, schema: Schema) -> None:
        self._name, self._layer = name, layer
        self._schema = schema
        self._labels = schema.models.get(name) or {label: label for label in schema.names}
        self._told: set[str] = set()

    def get(self, label: str) -> str | None:
        """The label of the schema; None if there is none."""
        return self._labels.get(label)

    def report(self, document: Document, label: str) -> Iterator[Problem]:
        """A problem about a label that the schema has not, where it is the first time."""
        if label not in self._told:
            self._told.add(label)
            yield Problem(
                code="preannotate.label",
                severity="warning",
                document=document.id,
                message=f"{self._layer} uses the label {label!r}, which is not mapped to "
                f"{self._schema.id}; its spans are left out, here and in other documents",
                hint=f"map it under models: {self._name}: in the schema",
            )
