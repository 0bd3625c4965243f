"""Findings as comments on documents in Doccano, so that annotators see them. Pure.

Each comment ends with a marker (``curate.doccano.comment_marker``) that names the check and the
place. The marker identifies the comment of a finding whatever its wording, so that a second run
adds nothing. Only comments that still read as curate wrote them are ever changed or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curate.doccano import comment_marker
from curate.model import Problem, Record, RemoteComment
from curate.quality.report import QualityReport


class CommentChanges(Record, frozen=True, kw_only=True):
    """What has to be done to the comments of one document.

    Args:
        add: texts of new comments.
        change: new texts of existing comments, by their numbers.
        delete: numbers of comments whose finding is gone, and of duplicates.
        unchanged: number of findings that have their comment already.
    """

    add: tuple[str, ...] = ()
    change: dict[int, str] = {}
    delete: tuple[int, ...] = ()
    unchanged: int = 0


def comments_by_document(
    report: QualityReport, include_infos: bool = False
) -> dict[str, dict[str, str]]:
    """The comments for the findings of a report, by document and by marker key.

    Args:
        report: the report; findings that are waived get no comment.
        include_infos: whether findings of level ``info`` get one.
    """
    levels = ("error", "warning", "info") if include_infos else ("error", "warning")
    comments: dict[str, dict[str, str]] = {}
    for problem in report.problems:
        if problem.document and problem.severity in levels:
            key = _key(problem)
            comments.setdefault(problem.document, {}).setdefault(key, _text(problem, key))
    return comments


def plan_changes(wanted: Mapping[str, str], existing: Iterable[RemoteComment]) -> CommentChanges:
    """The changes after which a document has exactly the comments that it should have.

    Args:
        wanted: the comments that it should have, by marker key.
        existing: the comments that it has on the server, of anybody.
    """
    seen: set[str] = set()
    change: dict[int, str] = {}
    delete: list[int] = []
    for comment in sorted(existing, key=lambda comment: comment.number):
        marker = comment_marker.read_marker(comment.text)
        if marker is None:
            continue
        ours = comment.own and marker.untouched
        if ours and (marker.key in seen or marker.key not in wanted):
            delete.append(comment.number)
        elif ours and comment.text != wanted[marker.key]:
            change[comment.number] = wanted[marker.key]
        seen.add(marker.key)
    add = tuple(text for key, text in wanted.items() if key not in seen)
    unchanged = len(wanted) - len(add) - len(change)
    return CommentChanges(add=add, change=change, delete=tuple(delete), unchanged=unchanged)


def _key(problem: Problem) -> str:
    """Equal for findings of the same check at the same place.

    A place can have several findings about relations and categories; their messages differ.
    """
    message = problem.message if problem.code.startswith(("relation.", "category.")) else ""
    place = (problem.document, *(problem.span or ()), message)
    return f"{problem.code} {comment_marker.digest(repr(place))}"


def _text(problem: Problem, key: str) -> str:
    message = f"{problem.message[:1].upper()}{problem.message[1:]}."
    hint = f" {problem.hint[:1].upper()}{problem.hint[1:]}." if problem.hint else ""
    place = f" ({problem.span[0]}–{problem.span[1]})" if problem.span else ""
    return comment_marker.add_marker(f"{message}{hint}{place}", key)
