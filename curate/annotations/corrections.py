"""Corrections of a proposal, counted in total, by label and by proposer. Pure.

A proposed span was accepted, corrected (relabelled, moved, or replaced, which is both) or rejected;
a span that people added was missed. These kinds are those of ``curate.annotations.diff.compare``,
from the proposal to what people made of it.
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
    """Numbers of proposed spans by what people did with them, under the proposed label.

    ``missed`` spans were not proposed, and count under their label in the gold.
    """

    accepted: int
    relabelled: int
    moved: int
    replaced: int
    rejected: int
    missed: int

    @property
    def edited(self) -> int:
        """Spans that people corrected."""
        return self.relabelled + self.moved + self.replaced

    @property
    def proposed(self) -> int:
        """Spans that were proposed."""
        return self.accepted + self.edited + self.rejected


class Correction(NamedTuple):
    """One span before and after correction: before is None if it was missed, after if rejected."""

    kind: Kind
    before: Span | None
    after: Span | None

    @property
    def label(self) -> str:
        """The label under which it counts."""
        span = self.before or self.after
        return span.label if span else ""


def corrections(changes: Changes, proposed: Iterable[Span]) -> Iterator[Correction]:
    """The correction of each span, in no particular order.

    Args:
        changes: from the proposal to what people made of it.
        proposed: the spans of the proposal, which say who proposed them.
    """
    by_key = {span.key: span for span in proposed}
    yield from (Correction("accepted", by_key[span.key], span) for span in changes.kept)
    yield from (Correction("relabelled", before, after) for before, after in changes.relabelled)
    yield from (Correction("moved", before, after) for before, after in changes.moved)
    yield from (Correction("replaced", before, after) for before, after in changes.replaced)
    yield from (Correction("rejected", span, None) for span in changes.removed)
    yield from (Correction("missed", None, span) for span in changes.added)


def count_outcomes(kinds: Iterable[str]) -> ProposalOutcome:
    """Count kinds of corrections."""
    counts = Counter(kinds)
    return ProposalOutcome(**{name: counts[name] for name in ProposalOutcome.__struct_fields__})


def by_label(corrections: Iterable[Correction]) -> dict[str, ProposalOutcome]:
    """Outcomes by label, sorted."""
    return _grouped((correction.label, correction.kind) for correction in corrections)


def by_proposer(corrections: Iterable[Correction]) -> dict[str, ProposalOutcome]:
    """Outcomes by proposer, sorted; a span with several proposers counts for each of them."""
    return _grouped(
        (name, correction.kind)
        for correction in corrections
        if correction.before is not None
        for name in proposers(correction.before.by)
    )


def proposers(by: str) -> tuple[str, ...]:
    """The proposers of a span: its ``by`` names them, joined by ``+``.

    >>> proposers("model:m@1+rules:r@2/cities+article:surnames")
    ('model:m@1', 'rules:r@2/cities', 'article:surnames')
    """
    return tuple(dict.fromkeys(_JOINED.split(by))) if by else ()


def _grouped(pairs: Iterable[tuple[str, Kind]]) -> dict[str, ProposalOutcome]:
    groups: dict[str, list[Kind]] = defaultdict(list)
    for name, kind in pairs:
        groups[name].append(kind)
    return {name: count_outcomes(groups[name]) for name in sorted(groups)}
