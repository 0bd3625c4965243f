"""Patterns of a model's spans that are not proposed: whole kinds of names may go unseen. Pure.

A rule or a vote that is right about some spans can be wrong about all spans of one shape: weights
from articles without motorways dropped every « A9 ». So spans are counted by their shape and label,
and a pattern that goes as a whole is reported.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

from curate.annotations.corrections import proposers
from curate.layers import is_model
from curate.model import Annotation, Record, Span, SpanKey

LEAST = 5
"""Spans that a pattern needs to be reported."""
SHARE = 0.9
"""Share of its spans that are dropped."""
VOTES = "votes"
RULES = "rules"
_WORDS = 4
_EXAMPLES = 3


class DroppedPattern(Record, frozen=True, kw_only=True):
    """A pattern of a model's spans of which nearly none is proposed.

    Args:
        layer: the model.
        shape: what the spans look like: ``X`` for capitals, ``x`` for small letters, ``0`` for
            digits.
        label: their label.
        spans: how many the model found.
        dropped: how many of them are not proposed.
        reasons: how many of these each rule replaced by a span of its own; under ``rules`` or
            ``votes``, how many the rules, or the votes, left without any.
        restored: how many of the dropped ones people annotated; None if nobody has yet.
        examples: some of them.
    """

    layer: str
    shape: str
    label: str
    spans: int
    dropped: int
    reasons: dict[str, int]
    restored: int | None = None
    examples: tuple[str, ...]


class DroppedSpans:
    """Counts of the spans of models by pattern.

    Args:
        voted: labels that are voted on.
    """

    def __init__(self, voted: Iterable[str] = ()) -> None:
        self._voted = frozenset(voted)
        self._found: Counter[tuple[str, str, str]] = Counter()
        self._dropped: Counter[tuple[str, str, str]] = Counter()
        self._restored: Counter[tuple[str, str, str]] = Counter()
        self._reasons: dict[tuple[str, str, str], Counter[str]] = {}
        self._examples: dict[tuple[str, str, str], dict[str, None]] = {}
        self._annotated = False

    def add(
        self,
        text: str,
        layers: Iterable[Annotation],
        proposal: Annotation,
        gold: Annotation | None = None,
    ) -> None:
        """Count the spans of a document.

        Args:
            text: its text.
            layers: its layers, of which the models' count.
            proposal: what is proposed for it.
            gold: what people made of it, if they did.
        """
        proposed = {span.key: span for span in proposal.spans}
        accepted: set[SpanKey] = {span.key for span in gold.spans} if gold else set()
        self._annotated |= gold is not None
        for layer in layers:
            for span in layer.spans if is_model(layer.layer) else ():
                surface = text[span.start : span.end]
                pattern = layer.layer, shape(surface), span.label
                self._found[pattern] += 1
                if span.key in proposed:
                    continue
                self._dropped[pattern] += 1
                self._restored[pattern] += span.key in accepted
                reasons = self._reasons.setdefault(pattern, Counter())
                reasons[self._reason(span, proposal.spans)] += 1
                self._examples.setdefault(pattern, {})[surface] = None

    def patterns(self) -> tuple[DroppedPattern, ...]:
        """The patterns that go as a whole, the most frequent first."""
        return tuple(
            DroppedPattern(
                layer=pattern[0],
                shape=pattern[1],
                label=pattern[2],
                spans=self._found[pattern],
                dropped=dropped,
                reasons=dict(sorted(self._reasons[pattern].items())),
                restored=self._restored[pattern] if self._annotated else None,
                examples=tuple(itertools.islice(self._examples[pattern], _EXAMPLES)),
            )
            for pattern, dropped in sorted(self._dropped.items(), key=lambda p: (-p[1], p[0]))
            if dropped >= LEAST and dropped >= SHARE * self._found[pattern]
        )

    def _reason(self, span: Span, proposed: Iterable[Span]) -> str:
        for other in proposed:
            if span.overlaps(other):
                # Whoever proposed the other span and not this one; a rule, if there is one.
                names = [name for name in proposers(other.by) if not is_model(name)]
                return (names or [other.by])[0]
        return VOTES if span.label in self._voted else RULES


def shape(surface: str) -> str:
    """What a name looks like, its first four words.

    >>> shape("A9"), shape("Marie de Laval"), shape("Saint-Denis")
    ('X0', 'Xx x Xx', 'Xx-Xx')
    """
    kinds = (_kind(char) for word in surface.split()[:_WORDS] for char in (*word, " "))
    return "".join(kind for kind, _ in itertools.groupby(kinds)).strip()


def _kind(char: str) -> str:
    if char.isdigit():
        return "0"
    return ("X" if char.isupper() else "x") if char.isalpha() else char
