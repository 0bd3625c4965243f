"""What a new workspace starts with, for any language, labels and models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from curate import schema, templates
from curate.errors import ConfigError
from curate.preannotate.models import PipelineMeta, is_path, read_meta
from curate.preannotate.official_pipelines import how_to_install, looks_official
from curate.preannotate.rules import RuleFile
from curate.preannotate.rules import load as load_rules
from curate.templates import CorpusFiles
from curate.templates.schema_text import mappings_text, match_labels, schema_text

PLAIN_LABELS = ("PER", "ORG", "LOC", "MISC")
"""The labels of a corpus in a language without a template, unless others are given."""

_LANGUAGE = re.compile(r"[a-z]{2,3}")
# What spaCy's pipelines find, by the first part of their names; they need not be installed.
_ONTONOTES = (
    *("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW"),
    *("LANGUAGE", "DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"),
)
_WIKINER = ("LOC", "MISC", "ORG", "PER")
_LABELS = {"en": _ONTONOTES, **dict.fromkeys(("de", "es", "fr", "it", "pt", "xx"), _WIKINER)}


def corpus_files(
    root: Path,
    language: str = "fr",
    labels: Sequence[str] = (),
    models: Sequence[str] | None = None,
    schema_file: Path | None = None,
) -> CorpusFiles:
    """The files and settings of a new workspace.

    French and English have labels, guidelines and rules of their own. With other labels, or for
    another language, the schema has what is needed to begin, and the rules of the language are
    used as far as the labels agree.

    Args:
        root: the workspace.
        language: ISO 639-1 code of the articles.
        labels: names of the labels; by default those of the template.
        models: spaCy pipelines, by package or folder (relative to the current one); by default
            those of the template.
        schema_file: a schema to copy; its language counts.

    Raises:
        ConfigError: the language is no code, the labels contradict one another, a model is neither
            installed nor one of spaCy's, or the schema is missing or wrong.
    """
    if schema_file and not schema_file.is_file():
        raise ConfigError(f"no such file: {schema_file}", "name the file of a label schema")
    own = schema.load(schema_file) if schema_file else None
    language = own.language if own else language
    if not _LANGUAGE.fullmatch(language):
        raise ConfigError(
            f"{language!r} is no code of a language", "write one such as en, de or es"
        )
    template = templates.TEMPLATES.get(language)
    named = tuple(_model_name(root, name) for name in models or ())
    if own and schema_file:
        return _with_schema(own, schema_file, template, named)
    if template and not labels:
        return _from_template(root, template, template.models if models is None else named)
    return _plain(root, language, tuple(labels) or PLAIN_LABELS, named)


def language_of(root: Path, models: Sequence[str]) -> str:
    """The language of the first of these pipelines; empty if there is none.

    Args:
        root: the workspace.
        models: spaCy pipelines, as for :func:`corpus_files`. One of spaCy's need not be installed:
            its name begins with its language.

    Raises:
        ConfigError: a pipeline is neither installed nor one of spaCy's.
    """
    if not models:
        return ""
    name = _model_name(root, models[0])
    meta = _meta(root, name)
    return meta.lang if meta else name.partition("_")[0]


def missing_models(root: Path, start: CorpusFiles) -> list[str]:
    """A sentence about each model that is still to be installed."""
    return [
        f"{name} is not installed yet; {how_to_install(name)}"
        for name in start.models
        if _meta(root, name) is None
    ]


def _model_name(root: Path, name: str) -> str:
    """A pipeline as ``curate.toml`` is to name it: its package, or its folder."""
    if not is_path(name) and (looks_official(name) or not Path(name).is_dir()):
        if not looks_official(name):
            read_meta(name)
        return name
    folder = Path(name).expanduser().resolve()
    read_meta(str(folder))
    if folder.is_relative_to(root.resolve()):
        return f"./{folder.relative_to(root.resolve()).as_posix()}"
    return str(folder)


def _meta(root: Path, name: str) -> PipelineMeta | None:
    """What a pipeline says of itself; None if it is not installed."""
    try:
        return read_meta(str(root / name) if is_path(name) else name)
    except ConfigError:
        return None


def _model_mappings(
    root: Path, models: Sequence[str], labels: Sequence[str]
) -> dict[str, dict[str, str]]:
    """The labels of pipelines mapped to those of a schema, by the names of their packages."""
    mappings = {}
    for name in models:
        meta = _meta(root, name)
        theirs = meta.entity_labels if meta else _LABELS.get(name.partition("_")[0], ())
        if mapping := match_labels(theirs, labels):
            mappings[meta.package if meta else name] = mapping
    return mappings


def _rules_mappings(language: str, labels: Sequence[str]) -> dict[str, dict[str, str]]:
    """The labels of the rules of a language mapped to those of a schema, by rules file."""
    template = templates.TEMPLATES.get(language)
    mappings = {}
    for name in template.rules if template else ():
        file = msgspec.yaml.decode(templates.shipped(name), type=RuleFile)
        labelled = [rule.label for rule in file.rules] + [each.label for each in file.gazetteers]
        theirs = dict.fromkeys(filter(None, labelled))
        if mapping := match_labels(theirs, labels):
            mappings[name] = mapping
    return mappings


def _from_template(root: Path, template: CorpusFiles, models: tuple[str, ...]) -> CorpusFiles:
    """A template, with the labels of other models mapped to its own."""
    text = templates.shipped(template.schema)
    own = msgspec.yaml.decode(text, type=schema.Schema)
    mappings = _model_mappings(root, models, own.names)
    others = {name: mapping for name, mapping in mappings.items() if name not in own.models}
    text += mappings_text(others).removeprefix("\nmodels:\n")  # which is the last part of it
    weighed = bool(models) and models == template.models  # weights were learned for these alone
    votes = template.votes if weighed else ""
    texts = {template.schema: text}
    return msgspec.structs.replace(template, models=models, votes=votes, texts=texts)


def _plain(
    root: Path, language: str, labels: tuple[str, ...], models: tuple[str, ...]
) -> CorpusFiles:
    """A schema with nothing but labels, and the rules of the language that find them."""
    rules = _rules_mappings(language, labels)
    mappings = {Path(file).stem: mapping for file, mapping in rules.items()}
    mappings |= _model_mappings(root, models, labels)
    file = f"labels-{language}.yaml"
    text = schema_text(Path(file).stem, language, labels, mappings)
    schema.parse(text.encode("utf-8"), "the labels")
    return CorpusFiles(
        language=language, schema=file, rules=tuple(rules), models=models, texts={file: text}
    )


def _with_schema(
    own: schema.Schema, path: Path, template: CorpusFiles | None, models: tuple[str, ...]
) -> CorpusFiles:
    """A copy of a schema, and those rules of its language which give its labels."""
    usable = []
    for name in template.rules if template else ():
        with as_file(files(templates) / name) as rules_file, suppress(ConfigError):
            load_rules(rules_file, own)
            usable.append(name)
    return CorpusFiles(
        language=own.language,
        schema=path.name,
        rules=tuple(usable),
        models=models,
        texts={path.name: path.read_text("utf-8")},
    )
