"""Merge two chains of revisions of one document that have a common beginning. Pure.

Our revisions keep their numbers, theirs are renumbered to follow ours, and last comes the three-way
merge of both ends, whose reason names them and where the chains parted: ``merged revision 2 with 3,
which parted at 1``. So no revision is lost, a released revision stays what the release says, and
blame can follow both branches. In a conflict our version wins; the conflict can be recomputed from
the three revisions at any time (``merge_conflicts``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from curate.annotations.diff import common_part
from curate.annotations.merge import Conflict, MergeResult, merge
from curate.errors import InputError
from curate.layers import GOLD
from curate.model import Annotation, Record, Revision
from curate.util import jsonl

AUTHOR = "merge:git"
_REASON = re.compile(r"merged revision (\d+) with (\d+), which parted at (\d+)")
_RESTORED = re.compile(r"restored revision (\d+)")


class Fork(Record, frozen=True, kw_only=True):
    """Numbers of the revisions that were merged; ``base`` is 0 if the chains share no revision."""

    ours: int
    theirs: int
    base: int


def fork_of(revision: Revision) -> Fork | None:
    """What a revision merged; None if a person or an import made it."""
    match = _REASON.match(revision.reason) if revision.author == AUTHOR else None
    return Fork(ours=int(match[1]), theirs=int(match[2]), base=int(match[3])) if match else None


def merge_ends(
    base: Revision | None, ours: Revision, theirs: Revision, after: int = 0
) -> tuple[list[Revision], tuple[Conflict, ...]]:
    """Merge the newest revisions of both chains.

    Args:
        base: the last revision that both chains have, None if there is none.
        ours: our newest revision.
        theirs: their newest revision, with its number on their branch.
        after: the highest number that is already used.

    Returns:
        Our revision, theirs with its new number, and the merge; and the conflicts.
    """
    parted = base.number if base else 0
    number = max(ours.number + theirs.number - parted, after + 1)
    follows = msgspec.structs.replace(theirs, number=number)
    result = _merged(base, ours, theirs)
    later = max(ours, theirs, key=lambda revision: (revision.at, revision.number))
    merged = Revision(
        document=ours.document,
        number=follows.number + 1,
        author=AUTHOR,
        at=later.at,
        reason=_reason(
            Fork(ours=ours.number, theirs=follows.number, base=parted), result.conflicts
        ),
        schema=later.schema,
        spans=result.annotation.spans,
        relations=result.annotation.relations,
        categories=result.annotation.categories,
        categories_only=ours.categories_only and theirs.categories_only,
        confirmed_by=later.confirmed_by,
        confirmed_at=later.confirmed_at,
        deleted=_withdrawn(base, ours, theirs),
    )
    return [ours, follows, merged], result.conflicts


def merge_chains(
    ours: Sequence[Revision], theirs: Sequence[Revision]
) -> tuple[list[Revision], tuple[Conflict, ...]]:
    """Our chain, the revisions that only theirs has, and the merge; see ``merge_ends``."""
    parted = common_length(ours, theirs)
    between = renumbered_after(ours, theirs[parted:-1], parted, ours[-1].number)
    taken = between[-1].number if between else 0
    base = ours[parted - 1] if parted else None
    ends, conflicts = merge_ends(base, ours[-1], theirs[-1], taken)
    return [*ours[:-1], ends[0], *between, *ends[1:]], conflicts


def renumbered_after(
    ours: Sequence[Revision], theirs: Iterable[Revision], parted: int, after: int
) -> list[Revision]:
    """The revisions that only theirs has, in their order, with numbers that follow ours.

    Args:
        ours: our revisions, and those of the common beginning.
        theirs: their revisions; an earlier merge may have renumbered some of ours among them.
        parted: number of the last revision that both have.
        after: number of our newest revision.
    """
    have = {_unnumbered(revision) for revision in ours}
    fresh: list[Revision] = []
    for revision in sorted(theirs, key=lambda revision: revision.number):
        if _unnumbered(revision) not in have:
            number = max(revision.number + after - parted, after + 1)
            number = max(number, fresh[-1].number + 1) if fresh else number
            fresh.append(msgspec.structs.replace(revision, number=number))
    return fresh


def common_length(first: Sequence[Revision], second: Sequence[Revision]) -> int:
    """Length of the common beginning of two chains."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def contains_all(chain: Iterable[Revision], others: Iterable[Revision]) -> bool:
    """Whether a chain has all these revisions, whatever their numbers."""
    have = {_unnumbered(revision) for revision in chain}
    return all(_unnumbered(revision) in have for revision in others)


def merge_conflicts(chain: Sequence[Revision]) -> tuple[Conflict, ...]:
    """The conflicts of the merge at the end of a chain; none if the chain does not end in one."""
    fork = fork_of(chain[-1]) if chain else None
    if fork is None:
        return ()
    numbered = {revision.number: revision for revision in chain}
    base = numbered.get(fork.base)
    return _merged(base, numbered[fork.ours], numbered[fork.theirs]).conflicts


def chain_of_lines(
    older: Iterable[Revision], newest: Sequence[Revision], where: str
) -> list[Revision]:
    """The revisions of one document from its lines in the files, in order.

    A merge in version control may leave more than one line in ``gold/``. Numbers may then have gaps
    or occur twice, since git merges each file separately, and are counted again from the first of
    those lines. In all other cases a gap is damage.

    Args:
        older: the lines of ``history/``.
        newest: the lines of ``gold/``.
        where: the file to name in a message.

    Raises:
        InputError: a revision is missing, or two different ones have the same number.
    """
    ends = {revision.number for revision in newest}
    first = min(ends, default=0) if len(ends) > 1 else None
    lines = [(r.number, False, r) for r in newest] + [(r.number, True, r) for r in older]
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
            what = f"{revision.document}: revision {number} instead of {expected}"
            raise InputError(what, "restore the files from version control", where=where)
        renamed.setdefault(number, expected)
        seen.setdefault(_unnumbered(revision), expected)
        result.append(_renumbered(revision, expected, renamed))
    return result


def without_needless_merge(
    chain: Sequence[Revision], stored: Sequence[Revision]
) -> Sequence[Revision]:
    """A chain from files, without a merge at its end of two revisions that never diverged.

    Git's files alone may not show that one of the two followed the other; a store that has both in
    one chain, without a merge, does.
    """
    merged = bool(chain) and fork_of(chain[-1]) is not None
    return stored if merged and list(chain[:-1]) == list(stored) else chain


def parents(chain: Iterable[Revision]) -> dict[int, tuple[int, ...]]:
    """The numbers of the revisions that each revision came from, nearest first."""
    numbers: dict[int, tuple[int, ...]] = {}
    for revision in chain:
        numbers[revision.number] = (revision.number - 1,)
        fork = fork_of(revision)
        if fork is not None:
            numbers[revision.number] = (fork.theirs, fork.ours)
            if fork.ours + 1 < revision.number:  # the first revision that only theirs has
                numbers[fork.ours + 1] = (fork.base,)
        elif match := _RESTORED.match(revision.reason):
            numbers[revision.number] = (revision.number - 1, int(match[1]))
    return numbers


def _merged(base: Revision | None, ours: Revision, theirs: Revision) -> MergeResult:
    if _withdrawn(base, ours, theirs):
        return MergeResult(annotation=Annotation(document=ours.document, layer=GOLD))
    if ours.deleted != theirs.deleted:  # a change is kept rather than a withdrawal
        return MergeResult(annotation=(theirs if ours.deleted else ours).annotation)
    both = ours.annotation, theirs.annotation
    return merge(base.annotation if base else common_part(*both), *both)


def _reason(fork: Fork, conflicts: Sequence[Conflict]) -> str:
    reason = f"merged revision {fork.ours} with {fork.theirs}, which parted at {fork.base}"
    if conflicts:
        reason += f"; {len(conflicts)} conflict{'s' * (len(conflicts) > 1)}, ours kept"
    return reason


def _withdrawn(base: Revision | None, ours: Revision, theirs: Revision) -> bool:
    """Whether the merged document is withdrawn: a withdrawal only yields to a change."""
    if ours.deleted == theirs.deleted:
        return ours.deleted
    living = theirs if ours.deleted else ours
    if base is None or base.deleted:
        return False
    return base.annotation.content == living.annotation.content


def differ_on_withdrawal(base: Revision | None, ours: Revision, theirs: Revision) -> bool:
    """Whether one side withdrew the document and the other changed it; the change wins."""
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
