"""What the formats share: their result, how a loss is named, and files written whole or not at all.

Nothing is lost in silence: a span, relation or category that a format has no place for is counted
under its reason and named as a problem of severity ``warning``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from curate.model import Document, Problem, Record, Revision, Span
from curate.schema import Schema

Pair = tuple[Document, Revision]
Writer = Callable[[Iterable[Pair], Path, Schema], "Exported"]

REASONS = {
    "misaligned": "does not begin and end where tokens do",
    "nested": "lies inside another span",
    "enclosing": "holds another span",
    "overlapping": "crosses another span",
}


class Exported(Record, frozen=True, kw_only=True):
    """What was written.

    Args:
        path: the file.
        format: its format.
        documents: number of documents in it.
        spans: number of spans in it.
        lost: how many spans (and relations, categories) it lacks, by reason.
        problems: one for each lost span, one for each document that lost relations or categories.
    """

    path: str
    format: str
    documents: int
    spans: int
    lost: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()


class Tally:
    """Counts what goes into a file and keeps what does not."""

    def __init__(self) -> None:
        self.documents = 0
        self.spans = 0
        self.lost: Counter[str] = Counter()
        self.problems: list[Problem] = []

    def lose(self, document: Document, why: str, spans: Iterable[Span]) -> None:
        """Name spans that the format cannot express; ``why`` is a key of ``REASONS``."""
        for span in spans:
            surface = document.text[max(span.start, 0) : max(span.end, 0)]
            self.lost[why] += 1
            self.problems.append(
                Problem(
                    code=f"export.{why}",
                    message=f"{surface!r} ({span.label}) {REASONS[why]}",
                    severity="warning",
                    document=document.id,
                    span=span.key,
                    cure="export to jsonl, which loses nothing, or mark it differently",
                )
            )

    def lose_kind(self, document: Document, kind: str, many: int) -> None:
        """Count relations or categories, for which the format has no place."""
        if many:
            self.lost[kind] += many
            self.problems.append(
                Problem(
                    code=f"export.{kind}",
                    message=f"the format has no place for {kind} ({many})",
                    severity="warning",
                    document=document.id,
                    cure="export to jsonl, which loses nothing",
                )
            )

    def exported(self, target: Path, format: str) -> Exported:
        """The result, once everything is written."""
        return Exported(
            path=str(target),
            format=format,
            documents=self.documents,
            spans=self.spans,
            lost=dict(sorted(self.lost.items())),
            problems=tuple(self.problems),
        )


def living(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs without tombstones."""
    return (pair for pair in pairs if not pair[1].deleted)


def reason(problem: Problem) -> str:
    """Why something was lost, from the code of its problem."""
    return problem.code.removeprefix("export.")


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """A file to write step by step, which takes the place of ``target`` when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
