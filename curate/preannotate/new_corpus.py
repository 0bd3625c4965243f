"""What a new workspace starts with, for any language, labels and models."""

from __future__ import annotations

from collections.abc import Sequence
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
from curate.templates.schema_text import (
    add_mappings,
    add_translation,
    mappings_text,
    match_labels,
    schema_text,
)
from curate.text.language_codes import check_code

PLAIN_LABELS = ("PER", "ORG", "LOC", "MISC")
"""The labels of a corpus in a language without a template, unless others are given."""

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
    others: Sequence[str] = (),
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
        others: codes of further languages. Each has its rules and models, and its guidelines where
            curate comes with labels for it and they are those of the schema.

    Raises:
        ConfigError: a language is no code, the labels contradict one another, a model is neither
            installed nor one of spaCy's, or the schema is missing or wrong.
    """
    if schema_file and not schema_file.is_file():
        raise ConfigError(f"no such file: {schema_file}", "name the file of a label schema")
    own = schema.load(schema_file) if schema_file else None
    language = own.language if own else language
    for code in (language, *others):
        check_code(code, "the language")
    template = templates.TEMPLATES.get(language)
    named = tuple(_model_name(root, name) for name in models or ())
    further = [code for code in dict.fromkeys(others) if code != language]
    by_language = {code: [name for name in named if _speaks(root, name, code)] for code in further}
    elsewhere = {name for names in by_language.values() for name in names}
    own_models = tuple(name for name in named if name not in elsewhere)
    if own and schema_file:
        start = _with_schema(own, schema_file, template, own_models)
    elif template and not labels:
        usual = template.models if models is None else own_models
        start = _from_template(root, template, usual)
    else:
        start = _plain(root, language, tuple(labels) or PLAIN_LABELS, own_models)
    for code in further:
        start = _with_language(root, start, code, None if models is None else by_language[code])
    return start


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


def _speaks(root: Path, name: str, language: str) -> bool:
    meta = _meta(root, name)
    return (meta.lang if meta else name.partition("_")[0]) == language


def _with_language(
    root: Path, start: CorpusFiles, language: str, named: Sequence[str] | None
) -> CorpusFiles:
    """What a workspace starts with, and the rules, models and guidelines of another language."""
    template = templates.TEMPLATES.get(language)
    usual = template.models if template else ()
    models = usual if named is None else tuple(named)
    text = start.texts.get(start.schema) or templates.shipped(start.schema)
    own = schema.parse(text.encode("utf-8"), start.schema)
    mappings = {
        Path(file).stem: mapping
        for file, mapping in _rules_mappings(language, own.names).items()
        if not _usable(file, own)
    }
    mappings |= _model_mappings(root, models, own.names)
    text = add_mappings(text, {name: m for name, m in mappings.items() if name not in own.models})
    if template and start.language in templates.TEMPLATES:
        theirs = schema.parse(templates.shipped(template.schema).encode("utf-8"), template.schema)
        if set(own.names) <= set(theirs.names):
            text = add_translation(text, own, theirs)
    mapped = schema.parse(text.encode("utf-8"), start.schema)
    rules = tuple(file for file in (template.rules if template else ()) if _usable(file, mapped))
    votes = template.votes if template and models and models == usual else ""
    other = CorpusFiles(language=language, schema="", rules=rules, votes=votes, models=models)
    return msgspec.structs.replace(
        start, texts={**start.texts, start.schema: text}, others=(*start.others, other)
    )


def _usable(file: str, own: schema.Schema) -> bool:
    """Whether every rule of a file that is shipped gives a label of a schema."""
    with as_file(files(templates) / file) as path:
        try:
            load_rules(path, own)
        except ConfigError:
            return False
    return True


def missing_models(root: Path, start: CorpusFiles) -> list[str]:
    """A sentence about each model that is still to be installed."""
    return [
        f"{name} is not installed yet; {how_to_install(name)}"
        for name in (*start.models, *(name for each in start.others for name in each.models))
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
    return CorpusFiles(
        language=own.language,
        schema=path.name,
        rules=tuple(name for name in (template.rules if template else ()) if _usable(name, own)),
        models=models,
        texts={path.name: path.read_text("utf-8")},
    )
