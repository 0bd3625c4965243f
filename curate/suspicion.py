"""What the last audit left open, read from the file that ``curate audit`` writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from curate.errors import InputError
from curate.gate import Suspicion
from curate.model import Revision

FILE = "audit.json"


class _Suspect(msgspec.Struct):
    document: str
    score: float


class _Audit(msgspec.Struct):
    """Of the file, what the gate asks for; ``revisions`` is what was looked at, by document."""

    at: str
    suspects: list[_Suspect]
    revisions: dict[str, int]


def load(state: Path, heads: Iterable[Revision], score: float) -> Suspicion | None:
    """What is open of the last audit; None if there was none.

    A suspect is open as long as its document's gold is what the audit saw.

    Args:
        state: the folder that the audit is in.
        heads: the newest revision of each document that has gold.
        score: only suspects of this score or above count.

    Raises:
        InputError: the file is damaged.
    """
    path = state / FILE
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Audit)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise InputError(str(error), "run `curate audit` again", str(path)) from error
    same, newer = set(), 0
    for head in heads:
        if found.revisions.get(head.document) == head.number:
            same.add(head.document)
        elif not head.deleted:
            newer += 1
    open_ = sum(each.score >= score and each.document in same for each in found.suspects)
    return Suspicion(open=open_, score=score, at=found.at, newer=newer)
