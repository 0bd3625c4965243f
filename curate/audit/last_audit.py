"""The last audit, read from the file that ``curate audit`` writes: what of it is still open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from curate.model import Record, Revision, SpanKey
from curate.util import jsonl

FILE = "audit.json"


class Evidence(msgspec.Struct, frozen=True):
    """What speaks against a span, in words."""

    words: str


class Suspect(msgspec.Struct, frozen=True):
    """A likely error: the span that stands there, and what should; None where there is none."""

    document: str
    score: float
    kind: str = ""
    span: SpanKey | None = None
    suggestion: SpanKey | None = None
    evidence: tuple[Evidence, ...] = ()


class Audit(msgspec.Struct, frozen=True):
    """Of the file, what is asked for; ``revisions`` is what was looked at, by document."""

    at: str
    suspects: tuple[Suspect, ...]
    revisions: dict[str, int]


class OpenSuspects(Record, frozen=True, kw_only=True):
    """What the last audit left open.

    Args:
        open: suspects of the score or above that nobody looked at since.
        score: that score.
        at: when the audit was made.
        newer: documents whose gold is newer than the audit, or was not in it.
    """

    open: int
    score: float
    at: str
    newer: int = 0


def read(state: Path) -> Audit | None:
    """The last audit; None if there was none.

    Args:
        state: the folder that the audit is in.

    Raises:
        InputError: the file is damaged.
    """
    return jsonl.load(state / FILE, Audit, "run `curate audit` again")


def unseen(audit: Audit, heads: Iterable[Revision]) -> tuple[list[Suspect], int]:
    """The suspects that nobody looked at since, the most likely error first.

    A suspect is open as long as its document's gold is what the audit saw.

    Args:
        heads: the newest revision of each document that has gold.

    Returns:
        The suspects, and how many documents have gold that is newer, or was not in the audit.
    """
    same, newer = set(), 0
    for head in heads:
        if audit.revisions.get(head.document) == head.number:
            same.add(head.document)
        elif not head.deleted:
            newer += 1
    found = [each for each in audit.suspects if each.document in same]
    return sorted(found, key=lambda each: (-each.score, each.document)), newer


def load(state: Path, heads: Iterable[Revision], score: float) -> OpenSuspects | None:
    """What is open of the last audit, for the gate; None if there was none.

    Args:
        state: the folder that the audit is in.
        heads: the newest revision of each document that has gold.
        score: only suspects of this score or above count.

    Raises:
        InputError: the file is damaged.
    """
    found = read(state)
    if found is None:
        return None
    suspects, newer = unseen(found, heads)
    open_ = sum(each.score >= score for each in suspects)
    return OpenSuspects(open=open_, score=score, at=found.at, newer=newer)
