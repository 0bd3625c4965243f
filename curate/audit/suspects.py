"""Likely label errors, and the evidence for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from curate.audit.tokens import TokenSpan
from curate.model import Record, SpanKey
from curate.util import digests

ErrorType = Literal["label", "boundary", "missing", "spurious"]
Method = Literal["model", "layers", "surfaces", "edges"]
METHODS: tuple[Method, ...] = ("model", "layers", "surfaces", "edges")


class MethodEvidence(Record, frozen=True, kw_only=True):
    """What one method says against a span, or for a missing one.

    Args:
        method: name of the method.
        score: strength of the evidence, 0 to 1.
        words: the reason, as a sentence.
    """

    method: Method
    score: float
    words: str


class Suspect(Record, frozen=True, kw_only=True):
    """A likely label error.

    Args:
        document: id of the document.
        kind: ``label``: another label is right; ``boundary``: it starts or ends elsewhere;
            ``missing``: something is not annotated; ``spurious``: nothing should be annotated.
        span: the gold span in question; None if one is missing.
        suggestion: the span that should be there; None if there should be none.
        score: probability of an error, 0 to 1, by all methods together.
        evidence: what the methods say, the strongest evidence first.
    """

    document: str
    kind: ErrorType
    span: SpanKey | None
    suggestion: SpanKey | None
    score: float
    evidence: tuple[MethodEvidence, ...]

    @property
    def place(self) -> tuple[int, int]:
        """Start and end of span and suggestion together."""
        keys = [key for key in (self.span, self.suggestion) if key is not None]
        return min(key[0] for key in keys), max(key[1] for key in keys)


def suspect_id(suspect: Suspect) -> str:
    """Id of a suspect: 8 hex digits from its document and the gold in question.

    Another suggestion for the same span, or for the same unannotated text, does not change it.
    """
    questioned = suspect.span or (suspect.suggestion or (0, 0, ""))[:2]
    return digests.of_text(f"{suspect.document}/{questioned}")[:8]


@dataclass(frozen=True)
class Signal:
    """What one method says about a place, in tokens; see ``Suspect`` and ``MethodEvidence``.

    Args:
        document: number of the document in the corpus.
        kind: type of the error.
        span: the gold span; None if one is missing.
        suggestion: the span that should be there; None if there should be none.
        score: strength, 0 to 1.
        reason: a sentence for people.
        confident: whether confident learning takes one of the tokens for a label error.
    """

    document: int
    kind: ErrorType
    span: TokenSpan | None
    suggestion: TokenSpan | None
    score: float
    reason: str
    confident: bool = False
