"""Two chains of revisions of one document that grew from one: made one chain again. Pure.

Ours keep their numbers. Theirs follow as they were made, counted on from ours. Last comes a
revision that nobody made by hand, the three-way merge of the two ends, whose reason names them and
where they parted: ``merged revision 2 with 3, which parted at 1``. So nothing is lost, a released
revision of ours stays what the release says, and blame can follow both branches. A conflict keeps
ours and can be found again from the three revisions at any time (``rejoined``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from curate.annotations.diff import common
from curate.annotations.merge import Conflict, MergeResult, merge
from curate.errors import InputError
from curate.layers import GOLD
from curate.model import Annotation, Record, Revision
from curate.util import jsonl

AUTHOR = "merge:git"
_REASON = re.compile(r"merged revision (\d+) with (\d+), which parted at (\d+)")


class Fork(Record, frozen=True, kw_only=True):
    """Numbers of the revisions that a merge joined; ``base`` is 0 where they had none in common."""

    ours: int
    theirs: int
    base: int


def fork_of(revision: Revision) -> Fork | None:
    """What a revision joined, None for one that a person or an import made."""
    match = _REASON.match(revision.reason) if revision.author == AUTHOR else None
    return Fork(ours=int(match[1]), theirs=int(match[2]), base=int(match[3])) if match else None


def join(
    base: Revision | None, ours: Revision, theirs: Revision, after: int = 0
) -> tuple[list[Revision], tuple[Conflict, ...]]:
    """The chain from our end to the merged one: ours, theirs with its new number, the merge.

    Args:
        base: the last revision that both have, None if there is none.
        ours: our newest revision.
        theirs: theirs, by its number on their branch.
        after: the highest number that is taken already.

    Returns:
        The three revisions, and what was changed differently in one place.
    """
    parted = base.number if base else 0
    number = max(ours.number + theirs.number - parted, after + 1)
    follows = msgspec.structs.replace(theirs, number=number)
    found = _content(base, ours, theirs)
    later = max(ours, theirs, key=lambda revision: (revision.at, revision.number))
    merged = Revision(
        document=ours.document,
        number=follows.number + 1,
        author=AUTHOR,
        at=later.at,
        reason=_reason(Fork(ours=ours.number, theirs=follows.number, base=parted), found.conflicts),
        schema=later.schema,
        spans=found.annotation.spans,
        relations=found.annotation.relations,
        categories=found.annotation.categories,
        confirmed_by=later.confirmed_by,
        confirmed_at=later.confirmed_at,
        deleted=_withdrawn(base, ours, theirs),
    )
    return [ours, follows, merged], found.conflicts


def graft(
    ours: Sequence[Revision], theirs: Sequence[Revision]
) -> tuple[list[Revision], tuple[Conflict, ...]]:
    """Our chain with what theirs has beyond it, and the merge of both ends; see ``join``."""
    parted = common_length(ours, theirs)
    between = beyond(ours, theirs[parted:-1], parted, ours[-1].number)
    taken = between[-1].number if between else 0
    base = ours[parted - 1] if parted else None
    ends, conflicts = join(base, ours[-1], theirs[-1], taken)
    return [*ours[:-1], ends[0], *between, *ends[1:]], conflicts


def beyond(
    ours: Sequence[Revision], theirs: Iterable[Revision], parted: int, after: int
) -> list[Revision]:
    """What theirs has and ours has not, in their order, with numbers that follow ours.

    Args:
        ours: lines of ours, and those of the version that both grew from.
        theirs: lines of theirs, of which some may have been counted anew by an earlier merge.
        parted: number of the last revision that both have.
        after: number of our newest revision.
    """
    have = {_unnumbered(revision) for revision in ours}
    found: list[Revision] = []
    for each in sorted(theirs, key=lambda revision: revision.number):
        if _unnumbered(each) not in have:
            number = max(each.number + after - parted, after + 1)
            number = max(number, found[-1].number + 1) if found else number
            found.append(msgspec.structs.replace(each, number=number))
    return found


def common_length(first: Sequence[Revision], second: Sequence[Revision]) -> int:
    """How many revisions two chains of one document have in common from the first on."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def holds(chain: Iterable[Revision], others: Iterable[Revision]) -> bool:
    """Whether a chain has all these revisions, whatever their numbers."""
    have = {_unnumbered(revision) for revision in chain}
    return all(_unnumbered(revision) in have for revision in others)


def rejoined(chain: Sequence[Revision]) -> tuple[Conflict, ...]:
    """The conflicts of a chain whose newest revision is a merge, none where it is not."""
    fork = fork_of(chain[-1]) if chain else None
    if fork is None:
        return ()
    numbered = {revision.number: revision for revision in chain}
    base = numbered.get(fork.base)
    return _content(base, numbered[fork.ours], numbered[fork.theirs]).conflicts


def chain(settled: Iterable[Revision], newest: Sequence[Revision], where: str) -> list[Revision]:
    """The revisions of one document from its lines in the files, in order.

    Where a merge in version control left more than one line among the newest, numbers may have
    holes or fall together, since each file was merged without the others; they are counted anew
    from the first of those lines. In all other cases a hole is damage.

    Args:
        settled: the lines of ``history/``.
        newest: the lines of ``gold/``.
        where: how the files are called in a message.

    Raises:
        InputError: a revision is missing or stands there twice, differently.
    """
    ends = {revision.number for revision in newest}
    first = min(ends, default=0) if len(ends) > 1 else None
    lines = [(r.number, False, r) for r in newest] + [(r.number, True, r) for r in settled]
    result: list[Revision] = []
    renamed: dict[int, int] = {}
    seen: dict[bytes, int] = {}
    for number, _, revision in sorted(lines, key=lambda line: line[:2]):
        same = seen.get(_unnumbered(revision))
        if same is not None and (first is not None or number == same):
            renamed.setdefault(number, same)  # both branches had it, by one number or by two
            continue
        expected = len(result) + 1
        if number != expected and (first is None or number < first):
            what = f"{revision.document}: revision {number} where {expected} is next"
            raise InputError(what, "restore the files from version control", where=where)
        renamed.setdefault(number, expected)
        seen.setdefault(_unnumbered(revision), expected)
        result.append(_renumbered(revision, expected, renamed))
    return result


def unless_known(found: Sequence[Revision], stored: Sequence[Revision]) -> Sequence[Revision]:
    """A chain from files, without a merge at its end of two revisions that never were apart.

    Git's files alone may not tell that one of the two came after the other; a store that has both
    in one chain, and no merge of them, knows it.
    """
    merged = bool(found) and fork_of(found[-1]) is not None
    return stored if merged and list(found[:-1]) == list(stored) else found


def parents(chain: Iterable[Revision]) -> dict[int, tuple[int, ...]]:
    """By the number of each revision, those it came from, the nearest first."""
    found: dict[int, tuple[int, ...]] = {}
    for revision in chain:
        found[revision.number] = (revision.number - 1,)
        fork = fork_of(revision)
        if fork is not None:
            found[revision.number] = (fork.theirs, fork.ours)
            if fork.ours + 1 < revision.number:  # the first that theirs has and ours has not
                found[fork.ours + 1] = (fork.base,)
        elif match := RESTORED.match(revision.reason):
            found[revision.number] = (revision.number - 1, int(match[1]))
    return found


RESTORED = re.compile(r"restored revision (\d+)")


def _content(base: Revision | None, ours: Revision, theirs: Revision) -> MergeResult:
    if _withdrawn(base, ours, theirs):
        return MergeResult(annotation=Annotation(document=ours.document, layer=GOLD))
    if ours.deleted != theirs.deleted:  # nothing a person did is dropped: the living one stays
        return MergeResult(annotation=(theirs if ours.deleted else ours).annotation)
    both = ours.annotation, theirs.annotation
    return merge(base.annotation if base else common(*both), *both)


def _reason(fork: Fork, conflicts: Sequence[Conflict]) -> str:
    told = f"merged revision {fork.ours} with {fork.theirs}, which parted at {fork.base}"
    if conflicts:
        many = f"{len(conflicts)} conflict{'s' * (len(conflicts) > 1)}"
        told += f"; {many}, ours kept"
    return told


def _withdrawn(base: Revision | None, ours: Revision, theirs: Revision) -> bool:
    """Whether the document is out after a merge; a withdrawal yields to changes only."""
    if ours.deleted == theirs.deleted:
        return ours.deleted
    living = theirs if ours.deleted else ours
    if base is None or base.deleted:
        return False
    return base.annotation.content == living.annotation.content


def differ_on_withdrawal(base: Revision | None, ours: Revision, theirs: Revision) -> bool:
    """Whether one side withdrew the document and the other one changed it, which wins."""
    return ours.deleted != theirs.deleted and not _withdrawn(base, ours, theirs)


def _unnumbered(revision: Revision) -> bytes:
    reason = _REASON.sub("merged", revision.reason) if fork_of(revision) else revision.reason
    return jsonl.canonical(msgspec.structs.replace(revision, number=0, reason=reason))


def _renumbered(revision: Revision, number: int, renamed: dict[int, int]) -> Revision:
    fork = fork_of(revision)
    reason = revision.reason
    if fork is not None:
        names = [renamed.get(n, n) for n in (fork.ours, fork.theirs, fork.base)]
        now = "merged revision {} with {}, which parted at {}".format(*names)
        reason = _REASON.sub(now, reason, count=1)
    return msgspec.structs.replace(revision, number=number, reason=reason)
