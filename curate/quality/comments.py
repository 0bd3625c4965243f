"""Findings as comments to documents in Doccano, so that annotators see them. Pure.

Each comment ends with a mark (``curate.doccano.comment_marker``) of the check and the place. By it
a finding knows its comment again, whatever the words around it, so that a second run adds nothing.
Only comments that stand as curate wrote them are ever changed or taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curate.doccano import comment_marker
from curate.model import Problem, Record, RemoteComment
from curate.quality.report import QualityReport

_NOTED = ("error", "warning")


class CommentChanges(Record, frozen=True, kw_only=True):
    """What is to be done to the comments of one document.

    Args:
        put: texts of new comments.
        change: new texts of comments that stand there, by their numbers.
        erase: numbers of comments whose finding is gone, or that stand there twice.
        known: how many findings have their comment already.
    """

    put: tuple[str, ...] = ()
    change: dict[int, str] = {}
    erase: tuple[int, ...] = ()
    known: int = 0


def wanted(report: QualityReport, infos: bool = False) -> dict[str, dict[str, str]]:
    """The comments that a report asks for: by document, and by check and place.

    Args:
        report: what the checks say; what is waived is not told.
        infos: whether also findings of the level ``info``.
    """
    found: dict[str, dict[str, str]] = {}
    for problem in report.problems:
        if problem.document and (infos or problem.severity in _NOTED):
            key = _key(problem)
            found.setdefault(problem.document, {}).setdefault(key, _text(problem, key))
    return found


def plan(asked: Mapping[str, str], there: Iterable[RemoteComment]) -> CommentChanges:
    """What is to be done so that the comments of a document are those that are asked for.

    Args:
        asked: the comments that it is to have, by check and place.
        there: the comments that stand there.
    """
    seen: set[str] = set()
    change: dict[int, str] = {}
    erase: list[int] = []
    for comment in sorted(there, key=lambda each: each.number):
        found = comment_marker.read(comment.text)
        if found is None:
            continue
        key, ours = found.key, comment.own and found.untouched
        if ours and (key in seen or key not in asked):
            erase.append(comment.number)
        elif ours and comment.text != asked[key]:
            change[comment.number] = asked[key]
        seen.add(key)
    put = tuple(text for key, text in asked.items() if key not in seen)
    known = len(asked) - len(put) - len(change)
    return CommentChanges(put=put, change=change, erase=tuple(erase), known=known)


def _key(problem: Problem) -> str:
    """Equal for the same check at the same place.

    What can be said several times of one place (relations, categories) differs in its message.
    """
    several = problem.code.startswith(("relation.", "category."))
    place = (*(problem.span or ()), problem.message if several else "")
    return f"{problem.code} {comment_marker.digest(repr((problem.document, *place)))}"


def _text(problem: Problem, key: str) -> str:
    told = f"{problem.message[:1].upper()}{problem.message[1:]}."
    hint = f" {problem.hint[:1].upper()}{problem.hint[1:]}." if problem.hint else ""
    place = f" ({problem.span[0]}–{problem.span[1]})" if problem.span else ""
    return comment_marker.sign(f"{told}{hint}{place}", key)
