"""What became of proposed spans, counted: in all, by label, and by who proposed them. Pure.

A proposed span was accepted as it was, mended (relabelled, moved, or replaced, which is both) or
rejected; a span that people added was missed. These are the kinds of
``curate.annotations.diff.compare`` with the proposal before and what people made of it after.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from curate.annotations.diff import Changes
from curate.model import Record, Span

Kind = Literal["accepted", "relabelled", "moved", "replaced", "rejected", "missed"]

_JOINED = re.compile(r"\+(?=[a-z]+:)")


class ProposalOutcome(Record, frozen=True, kw_only=True):
    """What became of proposed spans; every count is of spans, under the proposal's label.

    ``missed`` spans were not proposed, and count under the label that people gave.
    """

    accepted: int
    relabelled: int
    moved: int
    replaced: int
    rejected: int
    missed: int

    @property
    def edited(self) -> int:
        """Spans that people mended."""
        return self.relabelled + self.moved + self.replaced

    @property
    def proposed(self) -> int:
        """Spans that were proposed."""
        return self.accepted + self.edited + self.rejected


class Correction(NamedTuple):
    """What became of one span: before, None if it was missed; after, None if it was rejected."""

    kind: Kind
    before: Span | None
    after: Span | None

    @property
    def label(self) -> str:
        """The label under which it counts."""
        span = self.before or self.after
        return span.label if span else ""


def corrections(changes: Changes, proposed: Iterable[Span]) -> Iterator[Correction]:
    """What became of each span, in no order.

    Args:
        changes: from the proposal to what people made of it.
        proposed: the spans of the proposal, which say who proposed them.
    """
    known = {span.key: span for span in proposed}
    yield from (Correction("accepted", known[span.key], span) for span in changes.kept)
    yield from (Correction("relabelled", before, after) for before, after in changes.relabelled)
    yield from (Correction("moved", before, after) for before, after in changes.moved)
    yield from (Correction("replaced", before, after) for before, after in changes.replaced)
    yield from (Correction("rejected", span, None) for span in changes.removed)
    yield from (Correction("missed", None, span) for span in changes.added)


def count_outcomes(kinds: Iterable[str]) -> ProposalOutcome:
    """How many there are of each kind."""
    found = Counter(kinds)
    return ProposalOutcome(**{name: found[name] for name in ProposalOutcome.__struct_fields__})


def by_label(found: Iterable[Correction]) -> dict[str, ProposalOutcome]:
    """Outcomes by label, sorted."""
    return _grouped((fate.label, fate.kind) for fate in found)


def by_proposer(found: Iterable[Correction]) -> dict[str, ProposalOutcome]:
    """Outcomes by who had a part in proposing the span, sorted; a span counts for each of them."""
    return _grouped(
        (name, fate.kind)
        for fate in found
        if fate.before is not None
        for name in proposers(fate.before.by)
    )


def proposers(by: str) -> tuple[str, ...]:
    """Who had a part in a proposed span: its ``by`` names them, joined by ``+``.

    >>> proposers("model:m@1+rules:r@2/cities+article:surnames")
    ('model:m@1', 'rules:r@2/cities', 'article:surnames')
    """
    return tuple(dict.fromkeys(_JOINED.split(by))) if by else ()


def _grouped(pairs: Iterable[tuple[str, Kind]]) -> dict[str, ProposalOutcome]:
    groups: dict[str, list[Kind]] = defaultdict(list)
    for name, kind in pairs:
        groups[name].append(kind)
    return {name: count_outcomes(groups[name]) for name in sorted(groups)}
