"""The layer of rules: patterns in a YAML file, each with examples that are checked on loading.

The head of ``schemas/rules-fr.yaml`` explains what may be abbreviated in a pattern.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from curate.errors import ConfigError
from curate.layers import rules_layer
from curate.model import Annotation, Document, Record, Span
from curate.preannotate import gazetteer as _gazetteer
from curate.preannotate.gazetteer import CompiledGazetteer, Gazetteer, fold
from curate.preannotate.overlaps import resolve_overlaps
from curate.schema import Schema
from curate.text.language_codes import MULTILINGUAL

# Outside [...], these characters of a pattern match all their typographic variants. Each matches
# exactly one code point, so that they may occur in a lookbehind.
_VARIANTS = {
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
        name: name of the rule in messages and in ``by`` of its spans.
        label: label of the schema; empty if the matches must not be marked.
        pattern: regular expression; its groups named ``span…`` are labelled, or else the match.
        examples: texts in which exactly what the rule finds is in brackets.
        score: how certain it is, 0 to 1; see :func:`curate.preannotate.overlaps.priority`.
        case: whether case matters.
        needs: strings of which a text must contain one, in any case, for the rule to be tried. They
            save time and must not change what the rule finds.
        optional: mark nothing if the schema does not have the label.
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
    """A rules file.

    Args:
        name: name of the rules.
        version: version of the rules.
        language: ISO 639-1 code of the texts that they are for; ``xx`` for all.
        rules: the rules.
        gazetteers: the lists of names.
        fragments: patterns, or lists of alternatives, by the name that stands for them.
    """

    name: str
    version: str
    language: str
    rules: tuple[Rule, ...] = ()
    gazetteers: tuple[Gazetteer, ...] = ()
    fragments: Fragments = {}

    @property
    def layer(self) -> str:
        """Name of the layer that these rules write."""
        return rules_layer(f"{self.name}@{self.version}")


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its label under the schema, its compiled pattern, and the groups to mark."""

    rule: Rule
    label: str
    pattern: re.Pattern[str]
    groups: tuple[int, ...]
    needs: tuple[str, ...]

    def find(self, text: str, low: str) -> Iterator[tuple[int, int]]:
        """Start and end of the matches in a text; ``low`` is the folded text in lower case."""
        if self.needs and not any(need in low for need in self.needs):
            return
        for match in self.pattern.finditer(text):
            for group in self.groups:
                start, end = match.span(group)
                if 0 <= start < end:
                    yield start, end


@dataclass(frozen=True)
class CompiledRules:
    """A rules file with compiled patterns and checked examples.

    Args:
        layer: name of the layer.
        language: the language of the texts that they are for.
        rules: the rules.
        names: the gazetteers.
        labels: label under the schema, by the name of the rule or gazetteer.
        overlap: whether the schema allows overlapping spans.
    """

    layer: str
    language: str
    rules: tuple[CompiledRule, ...]
    names: _gazetteer.GazetteerIndex
    labels: dict[str, str]
    overlap: bool

    def spans(self, text: str) -> list[Span]:
        """The spans that the rules find, in order; of two that overlap, the better one.

        ``by`` names the layer and the rule: ``rules:rules-fr@1.1.0/weekday``. A span without a
        label means that its text must not be marked.
        """
        return resolve_overlaps(self._matches(text), overlap=self.overlap)

    def applied(self, document: Document) -> list[Span]:
        """The spans of a document; none in a document that is known to be in another language."""
        applies = self.language in (document.lang, MULTILINGUAL) or not document.lang
        return self.spans(document.text) if applies else []

    def annotate(self, document: Document) -> Annotation:
        """The layer of a document."""
        return self.layered(document, self.applied(document))

    def layered(self, document: Document, spans: Iterable[Span]) -> Annotation:
        """The layer of a document from its spans: those that have a label."""
        labelled = tuple(span for span in spans if span.label)
        return Annotation(document=document.id, layer=self.layer, spans=labelled)

    def _matches(self, text: str) -> Iterator[Span]:
        low = fold(text).lower()
        for compiled in self.rules:
            for start, end in compiled.find(text, low):
                yield self._span(compiled.rule, start, end)
        for gazetteer, start, end in self.names.find(text):
            yield self._span(gazetteer, start, end)

    def _span(self, rule: Rule | Gazetteer, start: int, end: int) -> Span:
        by = f"{self.layer}/{rule.name}"
        return Span(start, end, self.labels[rule.name], by=by, score=rule.score)


def read(path: Path) -> RuleFile:
    """Read a rules file without compiling it.

    Raises:
        ConfigError: the file is missing or invalid.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=RuleFile)
    except FileNotFoundError as error:
        raise ConfigError(
            f"rules {path} are missing",
            "correct the path in curate.toml under [preannotate] rules",
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {error}", "correct the file; patterns and examples need single quotes"
        ) from error


def load(path: Path, schema: Schema) -> CompiledRules:
    """Read and compile a rules file, and check each rule against the schema and its examples.

    Raises:
        ConfigError: a label is unknown, a pattern is invalid, or the rule does not find what an
            example marks; the message names the rule.
    """
    file = read(path)
    named: list[Rule | Gazetteer] = [*file.rules, *file.gazetteers]
    for name, count in Counter(rule.name for rule in named).items():
        if count > 1:
            raise ConfigError(f"{path} has {count} rules named {name!r}", "rename all but one")
    labels = {rule.name: _label(rule, file.name, schema, path) for rule in named}
    rules = tuple(_compile_rule(rule, labels[rule.name], file, path) for rule in file.rules)
    gazetteers = tuple(_compile_gazetteer(entry, file, path) for entry in file.gazetteers)
    compiled = CompiledRules(
        file.layer, file.language, rules, _gazetteer.build_index(gazetteers), labels, schema.overlap
    )
    for rule in rules:
        alone = replace(compiled, rules=(rule,), names=_gazetteer.build_index(()))
        _check_examples(alone, rule.rule, path)
    for names in gazetteers:
        alone = replace(compiled, rules=(), names=_gazetteer.build_index([names]))
        _check_examples(alone, names.gazetteer, path)
    return compiled


def label_under(schema: Schema, file: str, label: str) -> str:
    """A label of the rules file with this name under a schema; empty if it is not mapped."""
    mapping = schema.models.get(file)
    return mapping.get(label, "") if mapping else label


def _label(rule: Rule | Gazetteer, file: str, schema: Schema, path: Path) -> str:
    """The label of a rule under a schema; empty if it only keeps others from marking."""
    label = label_under(schema, file, rule.label)
    if not label or label in schema.names:
        return label
    if rule.optional:
        return ""
    raise ConfigError(
        f"{_where(path, rule)} gives {label}",
        f"use one of {', '.join(schema.names)}, or map its labels under models: {file}: in the "
        "schema",
    )


def _compile_rule(rule: Rule, label: str, file: RuleFile, path: Path) -> CompiledRule:
    pattern = _compile(rule.pattern, rule.case, file.fragments, _where(path, rule))
    groups = [number for name, number in pattern.groupindex.items() if name.startswith("span")]
    needs = tuple(need.lower() for need in rule.needs)
    return CompiledRule(rule, label, pattern, tuple(groups) or (0,), needs)


def _compile_gazetteer(gazetteer: Gazetteer, file: RuleFile, path: Path) -> CompiledGazetteer:
    where, fragments = _where(path, gazetteer), file.fragments
    entries = list(gazetteer.entries)
    for name, endings in gazetteer.endings.items():
        stems = fragments.get(name, "")
        if isinstance(stems, str):
            raise ConfigError(f"{where} has endings for {name}", "name a fragment that is a list")
        entries += [stem + ending for stem in stems for ending in endings]
    after = never_after = None
    if gazetteer.after:
        after = _compile(gazetteer.after, gazetteer.case, fragments, where, r"(?:{})(?!\w)")
    if gazetteer.never_after:
        never_after = _compile(gazetteer.never_after, False, fragments, where, r"(?<!\w)(?:{})$")
    return CompiledGazetteer(gazetteer, tuple(entries), after, never_after)


def _where(path: Path, rule: Rule | Gazetteer) -> str:
    return f"{path}: rule {rule.name!r}"


def _compile(
    pattern: str, case: bool, fragments: Fragments, where: str, whole: str = WHOLE
) -> re.Pattern[str]:
    source = _expand(pattern, fragments, where)
    if _nested(source):
        raise ConfigError(
            f"{where} repeats a repetition, which can take exponential time",
            "limit one of them, for instance with {0,3}",
        )
    try:
        return re.compile(whole.format(_with_variants(source)), 0 if case else re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"{where}: {error}", "correct its pattern") from error


def _expand(pattern: str, fragments: Fragments, where: str) -> str:
    def fragment(match: re.Match[str]) -> str:
        value = fragments.get(match[1])
        if value is None:
            raise ConfigError(f"{where} uses {{{match[1]}}}", "define it under fragments")
        if isinstance(value, str):
            return value
        return f"(?:{'|'.join(sorted(value, key=len, reverse=True))})"  # the longest is tried first

    for _ in range(_DEPTH):
        if not _FRAGMENT.search(pattern):
            return pattern
        pattern = _FRAGMENT.sub(fragment, pattern)
    raise ConfigError(
        f"{where}: its fragments contain one another in a circle", "remove one of the references"
    )


def _with_variants(pattern: str) -> str:
    return "".join(_VARIANTS.get(piece, piece) for piece in _PIECE.findall(pattern))


def _nested(pattern: str) -> bool:
    """Whether an unbounded repetition is inside another: ``(a+)*``.

    This is the usual form of patterns that take exponential time, though not the only one.
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


def _check_examples(alone: CompiledRules, rule: Rule | Gazetteer, path: Path) -> None:
    """Check the examples of a rule; ``alone`` has no other rule."""
    for example in rule.examples:
        expected = sorted(_BRACKETS.findall(example))
        text = _BRACKETS.sub(r"\1", example)
        surfaces = sorted(text[span.start : span.end] for span in alone.spans(text))
        if surfaces != expected:
            raise ConfigError(
                f"{_where(path, rule)} finds {surfaces} in the example {example!r}",
                "correct the rule or the example",
            )
