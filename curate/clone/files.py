"""The files of a cloned workspace: settings, and the label schema as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from curate.clone.project import slug
from curate.clone.records import SourceProject
from curate.config import FILE
from curate.schema import Schema
from curate.templates import IGNORE, quoted, write_missing

_CONFIG = """\
# Settings of this corpus, which was cloned from a Doccano project. Passwords do not belong in this
# file: they come from CURATE_DOCCANO_PASSWORD or the keyring.

[corpus]
name = {name}
language = {language}
schema = {schema}

[preannotate]
# Nothing is proposed until models or rules are named here; see docs/preannotation.md.
models = []
rules = []

[doccano]
project = {project}
url = {url}

[doccano.members]
{members}
[merge]
policy = "ask"
"""

_TASKS = """
# People annotated independently; each of them has a layer.
[tasks]
mode = "independent"
annotators = {annotators}
overlap = 1.0
each = 0
"""


def write_files(root: Path, source: SourceProject, annotators: tuple[str, ...] = ()) -> list[str]:
    """Write what is missing of a workspace; returns the names of the files made.

    Args:
        root: the folder.
        source: the project.
        annotators: accounts that annotate independently, if people do.
    """
    name = slug(source.name)
    schema = f"schemas/{name}.yaml"
    members = "".join(
        f"{quoted(account)} = {quoted(role)}\n" for account, role in sorted(source.members.items())
    )
    config = _CONFIG.format(
        name=quoted(name),
        language=quoted(source.schema.language),
        schema=quoted(schema),
        project=quoted(source.name),
        url=quoted(source.url),
        members=members,
    )
    if len(annotators) > 1:
        config += _TASKS.format(annotators=quoted(annotators))
    contents = {
        FILE: config,
        ".gitignore": IGNORE,
        schema: schema_yaml(source.schema),
    }
    return write_missing(root, contents)


def schema_yaml(schema: Schema) -> str:
    """A schema as YAML for people: in the order of its fields, long texts as they are read."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes texts of several lines as blocks."""

    def text(dumper: yaml.SafeDumper, value: str) -> Any:
        block = "|" if "\n" in value else None
        # What YAML takes for the end of a line, or does not show, is written as an escape.
        style = block if all(it.isprintable() or it in "\n\t" for it in value) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    fields = {
        "name": schema.name,
        "version": schema.version,
        "language": schema.language,
        "title": schema.title,
        "introduction": schema.introduction,
        **msgspec.to_builtins(schema),
    }
    return str(yaml.dump(fields, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))
