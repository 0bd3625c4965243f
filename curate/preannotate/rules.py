"""The rule layer: patterns kept as data in a YAML file, with the examples that prove them.

The conveniences of a pattern are described at the head of ``schemas/rules-fr.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from curate.errors import ConfigError
from curate.layers import rules_layer
from curate.model import Annotation, Document, Record, Span
from curate.preannotate import gazetteer as _gazetteer
from curate.preannotate.combine import choose
from curate.preannotate.gazetteer import Gazetteer, Names, fold
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
WHOLE = r"(?<!\w)(?:{})(?!\w)"  # a match is a whole word

Fragments = dict[str, str | tuple[str, ...]]


class Rule(Record, frozen=True, kw_only=True):
    """One rule.

    Args:
        name: how errors and people call it.
        label: label of the schema; empty if what is found must not be marked.
        pattern: regular expression; the groups named ``span…`` are labelled, or else the match.
        examples: text with exactly what the rule finds in brackets.
        score: how sure it is, 0 to 1; see :func:`curate.preannotate.combine.rank`.
        case: whether case matters.
        needs: the rule is tried only in a text that has one of these strings, in whatever case; it
            saves time, and must not change what the rule finds.
        optional: where the schema has no such label, what is found is not marked at all.
    """

    name: str
    label: str
    pattern: str
    examples: tuple[str, ...]
    score: float = 0.5
    case: bool = False
    needs: tuple[str, ...] = ()
    optional: bool = False


class RuleFile(Record, frozen=True, kw_only=True):
    """What a rules file holds; ``fragments`` are patterns, or lists of alternatives, by name."""

    name: str
    version: str
    language: str
    rules: tuple[Rule, ...] = ()
    gazetteers: tuple[Gazetteer, ...] = ()
    fragments: Fragments = {}

    @property
    def layer(self) -> str:
        """Name of the layer these rules make."""
        return rules_layer(f"{self.name}@{self.version}")


@dataclass(frozen=True)
class Finder:
    """A compiled rule: where it matches a text, and what that gets."""

    rule: Rule
    label: str
    pattern: re.Pattern[str]
    groups: tuple[int, ...]
    needs: tuple[str, ...]

    def find(self, text: str, low: str) -> Iterator[tuple[int, int]]:
        """The matches in a text, of which the lower case is ``low``."""
        if self.needs and not any(need in low for need in self.needs):
            return
        for match in self.pattern.finditer(text):
            for group in self.groups:
                start, end = match.span(group)
                if 0 <= start < end:
                    yield start, end


@dataclass(frozen=True)
class Rules:
    """A rules file whose patterns are compiled and whose examples hold."""

    layer: str
    finders: tuple[Finder, ...]
    names: _gazetteer.Index
    labels: dict[str, str]
    overlap: bool

    def spans(self, text: str) -> list[Span]:
        """The spans that the rules find, in order; the better of two that overlap.

        Each is ``by`` the layer and the rule: ``rules:rules-fr@1.1.0/weekday``. One without a label
        says that what it covers must not be marked.
        """
        return choose(self._found(text), overlap=self.overlap)

    def annotate(self, document: Document) -> Annotation:
        """The layer of a document."""
        return self.layered(document, self.spans(document.text))

    def layered(self, document: Document, spans: Iterable[Span]) -> Annotation:
        """The layer of a document of which the spans are known: those that have a label."""
        labelled = tuple(span for span in spans if span.label)
        return Annotation(document=document.id, layer=self.layer, spans=labelled)

    def _found(self, text: str) -> Iterator[Span]:
        low = fold(text).lower()
        for finder in self.finders:
            for start, end in finder.find(text, low):
                yield self._span(finder.rule, start, end)
        for gazetteer, start, end in self.names.find(text):
            yield self._span(gazetteer, start, end)

    def _span(self, rule: Rule | Gazetteer, start: int, end: int) -> Span:
        by = f"{self.layer}/{rule.name}"
        return Span(start, end, self.labels[rule.name], by=by, score=rule.score)


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
    everything: list[Rule | Gazetteer] = [*file.rules, *file.gazetteers]
    labels = {rule.name: _label(rule, file.name, schema, path) for rule in everything}
    if len(labels) < len(everything):
        raise ConfigError(f"{path} has two rules of one name", "give each a name of its own")
    finders = tuple(_finder(rule, labels[rule.name], file.fragments, path) for rule in file.rules)
    names = tuple(_names(found, file.fragments, path) for found in file.gazetteers)
    made = Rules(file.layer, finders, _gazetteer.index(names), labels, schema.overlap)
    for rule in file.rules:
        one = tuple(finder for finder in finders if finder.rule is rule)
        _prove(replace(made, finders=one, names=_gazetteer.index(())), rule, path)
    for found in names:
        alone = replace(made, finders=(), names=_gazetteer.index([found]))
        _prove(alone, found.gazetteer, path)
    return made


def _label(rule: Rule | Gazetteer, file: str, schema: Schema, path: Path) -> str:
    """The label that a rule gives under a schema; none if it only keeps others from marking."""
    mapping = schema.models.get(file)
    label = mapping.get(rule.label, "") if mapping else rule.label
    if not label or label in schema.names:
        return label
    if rule.optional:
        return ""
    raise ConfigError(
        f"{_where(path, rule)} gives {label}",
        f"use one of {', '.join(schema.names)}, or map its labels under models: {file}: in the "
        "schema",
    )


def _finder(rule: Rule, label: str, fragments: Fragments, path: Path) -> Finder:
    pattern = _compile(rule.pattern, rule.case, fragments, _where(path, rule))
    groups = [number for name, number in pattern.groupindex.items() if name.startswith("span")]
    needs = tuple(need.lower() for need in rule.needs)
    return Finder(rule, label, pattern, tuple(groups) or (0,), needs)


def _names(found: Gazetteer, fragments: Fragments, path: Path) -> Names:
    where = _where(path, found)
    entries = list(found.entries)
    for name, endings in found.endings.items():
        stems = fragments.get(name, "")
        if isinstance(stems, str):
            raise ConfigError(f"{where} has endings for {name}", "name a fragment that is a list")
        entries += [stem + ending for stem in stems for ending in endings]
    after = never_after = None
    if found.after:
        after = _compile(found.after, found.case, fragments, where, whole=r"(?:{})(?!\w)")
    if found.never_after:
        never_after = _compile(found.never_after, False, fragments, where, whole=r"(?<!\w)(?:{})$")
    return Names(found, tuple(entries), after, never_after)


def _where(path: Path, rule: Rule | Gazetteer) -> str:
    return f"{path}: rule {rule.name!r}"


def _compile(
    pattern: str, case: bool, fragments: Fragments, where: str, whole: str = WHOLE
) -> re.Pattern[str]:
    source = _expand(pattern, fragments, where)
    if _nested(source):
        raise ConfigError(
            f"{where} repeats a repetition, which can take for ever", "bound one with {0,3}"
        )
    try:
        return re.compile(whole.format(_kin(source)), 0 if case else re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"{where}: {error}", "correct its pattern") from error


def _expand(pattern: str, fragments: Fragments, where: str) -> str:
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


def _prove(alone: Rules, rule: Rule | Gazetteer, path: Path) -> None:
    """Check the examples of a rule, where ``alone`` has no other."""
    for example in rule.examples:
        expected = sorted(_BRACKETS.findall(example))
        text = _BRACKETS.sub(r"\1", example)
        found = sorted(text[span.start : span.end] for span in alone.spans(text))
        if found != expected:
            raise ConfigError(
                f"{_where(path, rule)} finds {found} in the example {example!r}",
                "correct the rule or the example",
            )
