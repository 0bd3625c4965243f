"""The options of an audit, and its report."""

from __future__ import annotations

from collections.abc import Sequence

from curate.audit.documents import TokenisedDocument
from curate.audit.folds import is_trainable
from curate.audit.suspects import METHODS, Method, Suspect, suspect_id
from curate.model import Problem, Record

TOP = 50
_CONTEXT = 60  # code points on each side


class AuditOptions(Record, frozen=True, kw_only=True):
    """The options of an audit.

    Args:
        methods: the methods to use; all if empty.
        seed: random seed of the cross-validation.
        top: number of suspects to list; 0 for all.
    """

    methods: tuple[Method, ...] = ()
    seed: int = 0
    top: int = TOP


class SuspectLine(Record, frozen=True, kw_only=True):
    """A suspect in its context.

    Args:
        id: id of the suspect; it stays the same as long as the gold there is the same.
        suspect: the suspect.
        where: file and line of the place, as far as the source has lines, or the document's title.
        before: text before the place in question.
        text: text of span and suggestion together.
        after: text after it.
    """

    id: str
    suspect: Suspect
    where: str
    before: str
    text: str
    after: str


class AuditReport(Record, frozen=True, kw_only=True):
    """The result of an audit.

    Args:
        documents: number of audited documents.
        spans: number of their spans.
        found: number of suspects, whatever their score.
        lines: the suspects that are listed, the likeliest errors first.
        methods: the methods that were used.
        problems: sources that could not be read, and methods that could not be used.
        settled: number of suspects that were left out because a person reviewed or dismissed them.
        at: time of the audit of a workspace; empty for files.
        known: whether nothing has changed since the audit at that time, whose list this is.
    """

    documents: int
    spans: int
    found: int
    lines: tuple[SuspectLine, ...]
    methods: tuple[Method, ...]
    problems: tuple[Problem, ...] = ()
    settled: int = 0
    at: str = ""
    known: bool = False


def in_context(suspect: Suspect, text: str, where: str) -> SuspectLine:
    """A suspect with the text around it."""
    start, end = suspect.place
    return SuspectLine(
        id=suspect_id(suspect),
        suspect=suspect,
        where=where,
        before=text[max(0, start - _CONTEXT) : start],
        text=text[start:end],
        after=text[end : end + _CONTEXT],
    )


def usable_methods(
    corpus: Sequence[TokenisedDocument], options: AuditOptions
) -> tuple[tuple[Method, ...], tuple[Problem, ...]]:
    """The methods that can be used on a corpus, and why requested ones cannot.

    That there are no layers is reported only if the method ``layers`` was requested by name.
    """
    methods = options.methods or METHODS
    problems: list[Problem] = []
    if "layers" in methods and not any(document.audited.layers for document in corpus):
        methods = tuple(method for method in methods if method != "layers")
        if "layers" in options.methods:
            problems.append(_left_out("layers", "there are no layers of models or rules"))
    if "model" in methods and not is_trainable(corpus):
        methods = tuple(method for method in methods if method != "model")
        problems.append(_left_out("model", "there is too little gold to train on a part of it"))
    return methods, tuple(problems)


def _left_out(method: str, reason: str) -> Problem:
    return Problem(
        code="audit.method",
        severity="info",
        message=f"the method {method} was left out: {reason}",
    )
