"""The documents of an audit, and their gold in tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from curate.audit.tokens import TokenisedText, TokenSpan, are_tokens_separated, tokenise_text
from curate.model import Document, Record, Span, SpanKey
from curate.text.offsets import outermost


class AuditedDocument(Record, frozen=True, kw_only=True):
    """A document with its gold, as it is given to an audit.

    Args:
        document: the document.
        spans: the gold spans.
        layers: spans of models and rules, by layer.
        group: near-duplicates have the same; a model never sees a document of the group it judges.
    """

    document: Document
    spans: tuple[Span, ...]
    layers: dict[str, tuple[Span, ...]] = {}
    group: str = ""


@dataclass(frozen=True)
class TokenisedDocument:
    """A document in tokens.

    Args:
        audited: the document as it was given.
        text: its tokens.
    """

    audited: AuditedDocument
    text: TokenisedText = field(repr=False)

    @cached_property
    def gold(self) -> dict[TokenSpan, SpanKey]:
        """The gold in tokens. Spans of white space, which have a check of their own, are left out.

        Two spans with the same tokens and label are one; the last one counts.
        """
        pairs = ((self.text.token_span(span), span.key) for span in self.audited.spans)
        return {tokens: key for tokens, key in sorted(pairs) if tokens[0] < tokens[1]}

    @cached_property
    def outer(self) -> list[TokenSpan]:
        """The outermost gold spans, which do not overlap, in order of position."""
        kept, _, _ = outermost([Span(*tokens) for tokens in self.gold])
        return [span.key for span in kept]

    def key(self, tokens: TokenSpan) -> SpanKey:
        """Code points of a token span: those of the gold span with the same tokens, if any."""
        start, end = self.gold_boundaries.get(tokens[:2]) or self.text.key(tokens)[:2]
        return start, end, tokens[2]

    @cached_property
    def gold_boundaries(self) -> dict[tuple[int, int], tuple[int, int]]:
        """The code points of each gold span, by its tokens."""
        return {tokens[:2]: key[:2] for tokens, key in self.gold.items()}

    def quote(self, tokens: TokenSpan) -> str:
        """Text of a token span on one line."""
        start, end, _ = self.key(tokens)
        return " ".join(self.audited.document.text[start:end].split())


def tokenise_document(audited: AuditedDocument, separated: bool = False) -> TokenisedDocument:
    """A document in tokens; see ``tokenise_text``."""
    return TokenisedDocument(audited, tokenise_text(audited.document.text, separated))


def tokenise_corpus(documents: Iterable[AuditedDocument]) -> list[TokenisedDocument]:
    """Documents in tokens, sorted by id, so that the result does not depend on their order."""
    ordered = sorted(documents, key=lambda audited: audited.document.id)
    separated = are_tokens_separated(audited.document.text for audited in ordered)
    return [tokenise_document(audited, separated) for audited in ordered]
