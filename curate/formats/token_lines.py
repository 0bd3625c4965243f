"""Sentences of formats with one token per line.

A line that cannot be read takes its sentence with it: without the line, the text of the sentence
would be another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from curate.formats.reading import ReadItem, refuse
from curate.formats.source_file import SourceFile
from curate.formats.token_tags import TaggedToken


class TokenLines:
    """The sentences of a document so far, and the refusals of those that cannot be read."""

    def __init__(self) -> None:
        self.sentences: list[list[TaggedToken]] = []
        self.refused: list[ReadItem] = []
        self._tokens: list[TaggedToken] = []
        self._lines: list[str] = []
        self._defect: tuple[str, str, str] | None = None

    def add(self, line: str, *tokens: TaggedToken) -> None:
        """Add a line of the current sentence, with its token if it has one."""
        self._lines.append(line)
        self._tokens += tokens

    @property
    def has_lines(self) -> bool:
        """Whether the current sentence has any line."""
        return bool(self._lines)

    @property
    def last(self) -> TaggedToken:
        """The last token of the current sentence."""
        return self._tokens[-1]

    def merge(self, line: str, token: TaggedToken) -> None:
        """Add a line that changes the last token of the current sentence."""
        self._lines.append(line)
        self._tokens[-1] = token

    def damage(self, line: str, reason: str, message: str, where: str) -> None:
        """Add a line that cannot be read; its whole sentence will be refused."""
        self._lines.append(line)
        self._defect = self._defect or (reason, message, where)

    def end_sentence(self) -> None:
        """Take the current sentence, or refuse it."""
        if self._defect:
            reason, message, where = self._defect
            message = f"{message}; its sentence is left out"
            self.refused.append(refuse(reason, message, where, "\n".join(self._lines)))
        elif self._tokens:
            self.sentences.append(self._tokens)
        self._tokens, self._lines, self._defect = [], [], None

    @property
    def where(self) -> str:
        """File and line of the first token."""
        return self.sentences[0][0].where


def read_twice(source: SourceFile) -> Iterator[Iterator[tuple[int, str]]]:
    """The lines of a source, to be gone through twice; those of the standard input are kept."""
    lines = list(source.lines()) if source.is_stdin else None
    for _ in range(2):
        yield iter(lines) if lines is not None else source.lines()
