"""Findings as comments to documents in Doccano, so that annotators see them. Pure.

Each comment ends with a mark made of the check and the place. Where a comment with that mark
stands already, whatever else was written into it, none is put: a second run adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from curate.model import Problem, Record
from curate.quality.report import Report

_SIGN = "curate check"
_NOTED = ("error", "warning")


class Remarks(Protocol):
    """A server whose documents take comments; ``document`` is curate's id."""

    def comments(self, document: str) -> Iterable[str]:
        """The texts of the comments that stand there."""

    def comment(self, document: str, texts: tuple[str, ...]) -> None:
        """Put comments to a document."""


class Noted(Record, frozen=True, kw_only=True):
    """What was told to annotators.

    Args:
        documents: documents that got comments.
        comments: comments that were put.
        known: findings whose comment stood there already.
    """

    documents: int = 0
    comments: int = 0
    known: int = 0


def mark(problem: Problem) -> str:
    """What a comment on this finding ends with; equal for the same check at the same place.

    What can be said several times of one place (relations, categories) differs in its message.
    """
    several = problem.code.startswith(("relation.", "category."))
    key = (*(problem.span or ()), problem.message if several else "")
    digest = hashlib.sha256(repr((problem.document, *key)).encode("utf-8")).hexdigest()[:8]
    return f"[{_SIGN} {problem.code} {digest}]"


def wanted(report: Report, infos: bool = False) -> dict[str, dict[str, str]]:
    """The comments that a report asks for: by document, and by mark.

    Args:
        report: what the checks say; what is waived is not told.
        infos: whether also findings of the level ``info``.
    """
    found: dict[str, dict[str, str]] = {}
    for problem in report.problems:
        if problem.document and (infos or problem.severity in _NOTED):
            sign = mark(problem)
            told = f"{problem.message[:1].upper()}{problem.message[1:]}."
            cure = f" {problem.cure[:1].upper()}{problem.cure[1:]}." if problem.cure else ""
            place = f" ({problem.span[0]}–{problem.span[1]})" if problem.span else ""
            found.setdefault(problem.document, {}).setdefault(sign, f"{told}{cure}{place} {sign}")
    return found


def plan(
    report: Report, there: Mapping[str, Iterable[str]], infos: bool = False
) -> dict[str, tuple[str, ...]]:
    """The comments that are not there yet, by document.

    Args:
        report: what the checks say.
        there: texts of the comments of each document; documents that are not in it get none.
        infos: whether also findings of the level ``info``.
    """
    asked = wanted(report, infos)
    found = {key: _fresh(texts, there[key]) for key, texts in asked.items() if key in there}
    return {document: fresh for document, fresh in found.items() if fresh}


def push(report: Report, server: Remarks, documents: Iterable[str], infos: bool = False) -> Noted:
    """Put the comments that are not there yet, document by document.

    Args:
        report: what the checks say.
        server: where the comments go.
        documents: ids of the documents that are there.
        infos: whether also findings of the level ``info``.
    """
    asked = wanted(report, infos)
    made = reached = known = 0
    for document in documents:
        if document in asked:
            fresh = _fresh(asked[document], server.comments(document))
            if fresh:
                server.comment(document, fresh)
            made += len(fresh)
            reached += bool(fresh)
            known += len(asked[document]) - len(fresh)
    return Noted(documents=reached, comments=made, known=known)


def _fresh(texts: Mapping[str, str], there: Iterable[str]) -> tuple[str, ...]:
    have = "\n".join(there)
    return tuple(text for sign, text in texts.items() if sign not in have)
