"""The rule layer: patterns kept as data in a YAML file, with the examples that prove them.

The conveniences of a pattern are described at the head of ``schemas/rules-fr.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from curate.errors import ConfigError
from curate.model import Annotation, Document, Record, Span
from curate.preannotate.combine import choose
from curate.schema import Schema

# Outside [...], these characters of a pattern stand for all their kin. Each stands for exactly
# one character of text, so that they may occur in a lookbehind.
KIN = {
    " ": "[ \u00a0\u2009\u202f]",
    "'": "['\u2019\u02bc]",
    "\u2019": "['\u2019\u02bc]",
    "-": "[-\u2010\u2011]",
}
_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?-?[a-z]+:|.", re.DOTALL)
_FRAGMENT = re.compile(r"\{([a-z_]+)\}")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_MANY = re.compile(r"[*+]|\{\d*,\}")
_DEPTH = 8


class Rule(Record, frozen=True, kw_only=True):
    """One rule.

    Args:
        name: how errors and people call it.
        label: label of the schema.
        pattern: regular expression; the groups named ``span…`` are labelled, or else the match.
        examples: text with exactly what the rule finds in brackets.
        score: how sure it is, 0 to 1; see :func:`curate.preannotate.combine.rank`.
        case: whether case matters.
    """

    name: str
    label: str
    pattern: str
    examples: tuple[str, ...]
    score: float = 0.5
    case: bool = False


class RuleFile(Record, frozen=True, kw_only=True):
    """What a rules file holds; ``fragments`` are patterns, or lists of alternatives, by name."""

    name: str
    version: str
    language: str
    rules: tuple[Rule, ...]
    fragments: dict[str, str | tuple[str, ...]] = {}

    @property
    def layer(self) -> str:
        """Name of the layer these rules make."""
        return f"rules:{self.name}@{self.version}"


@dataclass(frozen=True)
class Rules:
    """A rules file whose patterns are compiled and whose examples hold."""

    layer: str
    compiled: tuple[tuple[Rule, re.Pattern[str]], ...]
    overlap: bool

    def spans(self, text: str) -> list[Span]:
        """The spans that the rules find, in order; the better of two that overlap."""
        found = (
            Span(start, end, rule.label, by=self.layer, score=rule.score)
            for rule, pattern in self.compiled
            for start, end in _matches(pattern, text)
        )
        return choose(found, overlap=self.overlap)

    def annotate(self, document: Document) -> Annotation:
        """The layer of a document."""
        spans = tuple(self.spans(document.text))
        return Annotation(document=document.id, layer=self.layer, spans=spans)


def read(path: Path) -> RuleFile:
    """Read a rules file without compiling it.

    Raises:
        ConfigError: the file is missing or is not a rules file.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=RuleFile)
    except FileNotFoundError as error:
        raise ConfigError(
            f"rules {path} are missing",
            "name other ones in curate.toml under [preannotate] rules",
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {error}", "put patterns and examples in single quotes, or mend what it names"
        ) from error


def load(path: Path, schema: Schema) -> Rules:
    """Read and compile a rules file, and check each rule against the schema and its examples.

    Raises:
        ConfigError: a label is unknown, a pattern is wrong, or an example does not hold; the
            message names the rule.
    """
    file = read(path)
    compiled = []
    for rule in file.rules:
        where = f"{path}: rule {rule.name!r}"
        if rule.label not in schema.names:
            raise ConfigError(
                f"{where} gives {rule.label}", f"use one of {', '.join(schema.names)}"
            )
        pattern = _compile(rule, file.fragments, where)
        for example in rule.examples:
            _prove(pattern, example, where)
        compiled.append((rule, pattern))
    return Rules(file.layer, tuple(compiled), schema.overlap)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    groups = [number for name, number in pattern.groupindex.items() if name.startswith("span")]
    for match in pattern.finditer(text):
        for group in groups or [0]:
            start, end = match.span(group)
            if 0 <= start < end:
                yield start, end


def _compile(
    rule: Rule, fragments: dict[str, str | tuple[str, ...]], where: str
) -> re.Pattern[str]:
    source = _expand(rule.pattern, fragments, where)
    if _nested(source):
        raise ConfigError(
            f"{where} repeats a repetition, which can take for ever", "bound one with {0,3}"
        )
    whole = rf"(?<!\w)(?:{_kin(source)})(?!\w)"
    try:
        return re.compile(whole, 0 if rule.case else re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"{where}: {error}", "correct its pattern") from error


def _expand(pattern: str, fragments: dict[str, str | tuple[str, ...]], where: str) -> str:
    def one(match: re.Match[str]) -> str:
        value = fragments.get(match[1])
        if value is None:
            raise ConfigError(f"{where} uses {{{match[1]}}}", "define it under fragments")
        if isinstance(value, str):
            return value
        return f"(?:{'|'.join(sorted(value, key=len, reverse=True))})"  # the longest is tried first

    for _ in range(_DEPTH):
        if not _FRAGMENT.search(pattern):
            return pattern
        pattern = _FRAGMENT.sub(one, pattern)
    raise ConfigError(f"{where}: its fragments go in a circle", "let none contain itself")


def _kin(pattern: str) -> str:
    return "".join(KIN.get(piece, piece) for piece in _PIECE.findall(pattern))


def _nested(pattern: str) -> bool:
    """Whether an unbounded repetition stands inside another: ``(a+)*``.

    That is the usual shape of patterns that take exponential time; it is not the only one.
    """
    pieces = list(_PIECE.finditer(pattern))
    open_groups = [False]
    for piece in pieces:
        many = bool(_MANY.match(pattern, piece.end()))
        if piece[0].startswith("("):
            open_groups.append(False)
        elif piece[0] == ")" and len(open_groups) > 1:
            inner = open_groups.pop()
            if inner and many:
                return True
            open_groups[-1] |= inner or many
        else:
            open_groups[-1] |= many
    return False


def _prove(pattern: re.Pattern[str], example: str, where: str) -> None:
    expected = sorted(_BRACKETS.findall(example))
    text = _BRACKETS.sub(r"\1", example)
    found = sorted(text[start:end] for start, end in _matches(pattern, text))
    if found != expected:
        raise ConfigError(
            f"{where} finds {found} in the example {example!r}", "correct the rule or the example"
        )
