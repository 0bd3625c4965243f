"""Changes on the server that no person made: what they are, and how they are reported. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from curate.model import Problem, Record


class ServerChange(Record, frozen=True, kw_only=True):
    """A change of what Doccano holds that is no act of a person, so that it never enters the gold.

    Args:
        code: the problem as which it is reported, such as ``remote.went-back``.
        message: what happened, in one sentence.
        hint: what the sync does about it, or the command that helps.
        documents: ids of the documents that it concerns, sorted.
        spans: how many of their spans, relations and categories.
        since: the time on the server's clock since which it can have happened, empty if unknown.
        error: whether somebody has to do something.
    """

    code: str
    message: str
    hint: str = ""
    documents: tuple[str, ...] = ()
    spans: int = 0
    since: str = ""
    error: bool = False

    @property
    def problem(self) -> Problem:
        """The change as a problem, with its numbers."""
        numbers = _numbers(self)
        return Problem(
            code=self.code,
            severity="error" if self.error else "warning",
            document=self.documents[0] if len(self.documents) == 1 else "",
            message=f"{self.message} ({numbers})" if numbers else self.message,
            hint=self.hint,
        )


def _numbers(change: ServerChange) -> str:
    """How many documents and spans a change concerns, in words."""
    counts = ((len(change.documents), "document"), (change.spans, "span"))
    return ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for n, word in counts if n)


def total_server_changes(changes: Iterable[ServerChange]) -> tuple[ServerChange, ...]:
    """Changes of the same kind as one, sorted by code."""
    totals: dict[tuple[str, str], ServerChange] = {}
    for change in changes:
        key = (change.code, change.message)
        before = totals.get(key)
        totals[key] = _together(before, change) if before else change
    return tuple(totals[key] for key in sorted(totals))


def _together(first: ServerChange, second: ServerChange) -> ServerChange:
    return msgspec.structs.replace(
        first,
        documents=tuple(sorted({*first.documents, *second.documents})),
        spans=first.spans + second.spans,
        since=min(filter(None, (first.since, second.since)), default=""),
        error=first.error or second.error,
    )
