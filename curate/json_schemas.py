"""JSON Schemas of the files that curate writes or reads as settings, from the types themselves."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import msgspec

from curate.config import Config
from curate.model import Annotation, Assignment, Document, Release, Revision
from curate.preannotate.rules import RuleFile
from curate.preannotate.votes import Votes
from curate.schema import Schema
from curate.util import jsonl

TYPES: dict[str, tuple[type[Any], str]] = {
    "assignment": (Assignment, "a line of annotations/tasks/*.jsonl"),
    "config": (Config, "curate.toml, the settings of a workspace"),
    "document": (Document, "a line of annotations/documents/*.jsonl"),
    "layer": (Annotation, "a line of annotations/layers/*.jsonl"),
    "labels": (Schema, "a label schema, such as schemas/news-fr.yaml"),
    "release": (Release, "annotations/releases/<version>.json"),
    "revision": (Revision, "a line of annotations/gold/*.jsonl and annotations/history/*.jsonl"),
    "votes": (Votes, "learned weights of layers, such as schemas/votes-fr.yaml"),
    "rules": (RuleFile, "a rules file, such as schemas/rules-fr.yaml"),
}


def schemas() -> dict[str, bytes]:
    """The schemas as files (JSON Schema 2020-12), by file name."""
    files: dict[str, bytes] = {}
    for name, (kind, title) in TYPES.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            **_cleaned(msgspec.json.schema(kind)),
        }
        files[f"{name}.schema.json"] = msgspec.json.format(jsonl.canonical(schema)) + b"\n"
    return files


def _cleaned(schema: Any) -> Any:
    """A schema whose descriptions are not indented; as docstrings they are before Python 3.13."""
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else _cleaned(value)
            for key, value in schema.items()
        }
    return [_cleaned(item) for item in schema] if isinstance(schema, list) else schema


def write(folder: Path) -> list[str]:
    """Write the schemas into a folder; returns the names of those that changed."""
    return [name for name, data in schemas().items() if jsonl.write(folder / name, data)]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
