"""What the audit is given, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from curate.audit.tokens import Stretch, Text, tokenise
from curate.model import Document, Record, Span, SpanKey
from curate.text.offsets import outermost

Kind = Literal["label", "boundary", "missing", "spurious"]
Method = Literal["model", "layers", "surfaces", "edges"]
METHODS: tuple[Method, ...] = ("model", "layers", "surfaces", "edges")


class Evidence(Record, frozen=True, kw_only=True):
    """What one method says against a span, or for one that is not there.

    Args:
        method: its name.
        score: how strongly, 0 to 1.
        words: why, in a sentence for people.
    """

    method: Method
    score: float
    words: str


class Suspect(Record, frozen=True, kw_only=True):
    """A likely label error.

    Args:
        document: id of the document.
        kind: ``label``: it is something else; ``boundary``: it begins or ends elsewhere;
            ``missing``: something is not marked; ``spurious``: nothing should be marked.
        span: the gold span it concerns; None if one is missing.
        suggestion: what should stand there; None if nothing.
        score: how likely it is an error, 0 to 1, by the combined ranking.
        evidence: what the methods say, the strongest first.
    """

    document: str
    kind: Kind
    span: SpanKey | None
    suggestion: SpanKey | None
    score: float
    evidence: tuple[Evidence, ...]

    @property
    def place(self) -> tuple[int, int]:
        """First code point and one past the last of what it concerns."""
        keys = [key for key in (self.span, self.suggestion) if key is not None]
        return min(key[0] for key in keys), max(key[1] for key in keys)


class Item(Record, frozen=True, kw_only=True):
    """A document with its gold, as the audit is given it.

    Args:
        document: the document.
        spans: its gold.
        layers: what models and rules say of it, by the name of the layer.
        group: what it is alike; the model judges documents of one group together, unseen.
    """

    document: Document
    spans: tuple[Span, ...]
    layers: dict[str, tuple[Span, ...]] = {}
    group: str = ""


@dataclass(frozen=True)
class Sign:
    """What one method says of a place, in tokens; see ``Suspect`` and ``Evidence``.

    ``sure`` is set where confident learning takes a token of it for an error.
    """

    item: int
    kind: Kind
    span: Stretch | None
    suggestion: Stretch | None
    score: float
    words: str
    sure: bool = False


@dataclass(frozen=True)
class Read:
    """A document in tokens.

    Args:
        item: the document as it was given.
        text: its tokens.
    """

    item: Item
    text: Text = field(repr=False)

    @cached_property
    def gold(self) -> dict[Stretch, SpanKey]:
        """The gold in tokens; spans of blanks alone, which are another check's, are not in it."""
        pairs = ((self.text.stretch(span), span.key) for span in self.item.spans)
        return {stretch: key for stretch, key in sorted(pairs) if stretch[0] < stretch[1]}

    @cached_property
    def outer(self) -> list[Stretch]:
        """The outermost spans of the gold, which do not overlap, in order of position."""
        kept, _, _ = outermost([Span(*stretch) for stretch in self.gold])
        return [span.key for span in kept]

    def key(self, stretch: Stretch) -> SpanKey:
        """Code points of a stretch; those of a gold span where it has just these tokens."""
        start, end = self._edges.get(stretch[:2]) or self.text.key(stretch)[:2]
        return start, end, stretch[2]

    @cached_property
    def _edges(self) -> dict[tuple[int, int], tuple[int, int]]:
        return {stretch[:2]: key[:2] for stretch, key in self.gold.items()}

    def quote(self, stretch: Stretch) -> str:
        """The text of a stretch."""
        start, end, _ = self.key(stretch)
        return " ".join(self.item.document.text[start:end].split())


def read(item: Item) -> Read:
    """A document in tokens."""
    return Read(item, tokenise(item.document.text))
