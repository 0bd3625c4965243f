"""Migrations of a label schema: what becomes of each label in a new version of the schema.

A migration is a file in ``schemas/migrations/``. Its steps are applied in order to everything that
was annotated under the old version: gold, layers, what was last seen in Doccano, and what Doccano
has now. Pure except for reading the files.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import reduce
from pathlib import Path

import msgspec

from curate.errors import ConfigError
from curate.model import Annotation, Record, Span, SpanKey
from curate.schema import Schema


class SplitPart(Record, frozen=True, kw_only=True):
    """One part of a split label: the spans whose text matches.

    Args:
        label: the new label.
        match: regular expression, searched in the text of the span.
    """

    label: str
    match: str


class MigrationStep(Record, frozen=True, kw_only=True):
    """One change of a schema; exactly one of the first five fields is set.

    Args:
        rename: a label that gets the name ``to``.
        merge: labels that become the one label ``to``.
        split: a label whose spans get a label of ``into``, or ``rest`` if none matches.
        retire: a label that is removed; its spans get the label ``to``, or are removed if ``to`` is
            empty.
        add: a new label; nothing changes, but the step is recorded.
    """

    rename: str = ""
    merge: tuple[str, ...] = ()
    split: str = ""
    retire: str = ""
    add: str = ""
    to: str = ""
    into: tuple[SplitPart, ...] = ()
    rest: str = ""

    @property
    def description(self) -> str:
        """The step in words."""
        if self.rename:
            return f"renamed {self.rename} to {self.to}"
        if self.merge:
            return f"merged {', '.join(self.merge)} into {self.to}"
        if self.split:
            parts = dict.fromkeys([*(part.label for part in self.into), self.rest])
            return f"split {self.split} into {', '.join(parts)}"
        if self.retire:
            return f"retired {self.retire}" + (f", now {self.to}" if self.to else "")
        return f"added {self.add}"

    def label(self, label: str, surface: str) -> str:
        """The new label of a span with this text; empty if the span is removed."""
        if label == self.rename or label in self.merge or (label == self.retire and self.retire):
            return self.to
        if label == self.split and self.split:
            labels = (part.label for part in self.into if re.search(part.match, surface))
            return next(labels, self.rest)
        return label


class Migration(Record, frozen=True, kw_only=True):
    """The way from one version of a schema to the next."""

    schema: str
    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    steps: tuple[MigrationStep, ...]


Migrations = tuple[Migration, ...]


def load(folder: Path, schema: Schema) -> Migrations:
    """The migrations of a schema, in the order of their versions.

    Raises:
        ConfigError: a file is invalid or contradicts itself, or two start from the same version.
    """
    migrations: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            migration = msgspec.yaml.decode(path.read_bytes(), type=Migration)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}", "see docs/schema.md") from error
        if migration.schema != schema.name:
            continue
        _check(migration, path)
        if migration.before in migrations:
            raise ConfigError(f"{path}: a second migration from {migration.before}", "remove one")
        migrations[migration.before] = migration
    return tuple(migrations[version] for version in sorted(migrations, key=_version_key))


def pending_migrations(migrations: Migrations, before: str, schema: Schema) -> Migrations:
    """The migrations from a version to that of the schema; none if there is nothing to do.

    A change of version without a migration changes only the guidelines, and is skipped.

    Raises:
        ConfigError: the schema is older than ``before``.
    """
    if _version_key(before) > _version_key(schema.version):
        raise ConfigError(
            f"the corpus is annotated under {schema.name}@{before}, and the schema is "
            f"{schema.version}",
            "restore the newer schema, or give this one a higher version",
        )
    low, high = _version_key(before), _version_key(schema.version)
    return tuple(
        m for m in migrations if low <= _version_key(m.before) and _version_key(m.after) <= high
    )


def to_current(
    migrations: Migrations, annotation: Annotation, text: str, made_under: str, schema: Schema
) -> Annotation:
    """An annotation that was made under an older version of the schema, in its current labels.

    Args:
        migrations: all migrations of the schema.
        annotation: on any layer.
        text: the document's text.
        made_under: ``<name>@<version>``; an annotation under another schema is returned unchanged.
        schema: the current schema.

    Raises:
        ConfigError: it was made under a newer version.
    """
    name, _, version = made_under.rpartition("@")
    if name != schema.name or version == schema.version:
        return annotation
    return migrate_annotation(pending_migrations(migrations, version, schema), annotation, text)


def renamed_labels(migrations: Migrations) -> dict[str, str]:
    """Labels that were only renamed, as old name to current name."""
    names: dict[str, str] = {}
    for step in (step for migration in migrations for step in migration.steps):
        if step.rename:
            names = {old: step.to if new == step.rename else new for old, new in names.items()}
            names.setdefault(step.rename, step.to)
    return names


def migrate_annotation(
    migrations: Migrations, annotation: Annotation, text: str, only: Collection[str] | None = None
) -> Annotation:
    """Apply migrations to an annotation.

    Args:
        annotation: on any layer; relations follow their spans, and are removed with them.
        text: the document's text.
        only: the labels to change; by default all that the migrations name.
    """
    steps = [step for migration in migrations for step in migration.steps]

    def migrated(label: str, surface: str = "") -> str:
        if only is not None and label not in only:
            return label
        return reduce(lambda name, step: name and step.label(name, surface), steps, label)

    moved: dict[SpanKey, SpanKey] = {}
    spans: list[Span] = []
    for span in annotation.spans:
        label = migrated(span.label, text[max(span.start, 0) : max(span.end, 0)])
        if label:
            spans.append(msgspec.structs.replace(span, label=label))
            moved[span.key] = spans[-1].key
    relations = [
        msgspec.structs.replace(each, head=moved[each.head], tail=moved[each.tail], label=label)
        for each in annotation.relations
        if each.head in moved and each.tail in moved and (label := migrated(each.label))
    ]
    categories = [
        msgspec.structs.replace(each, label=label)
        for each in annotation.categories
        if (label := migrated(each.label))
    ]
    return msgspec.structs.replace(
        annotation,
        spans=tuple(spans),
        relations=tuple(relations),
        categories=tuple(categories),
    ).sorted()


class MigrationReader:
    """Reads annotations from a place that may still use older labels.

    Args:
        schema: the current schema.
        migrations: all migrations of the schema.
        version: version of the schema in the other place; empty if unknown.
    """

    def __init__(self, schema: Schema, migrations: Migrations, version: str = "") -> None:
        self.pending: Migrations = (
            pending_migrations(migrations, version, schema) if version else ()
        )
        self._migrations = migrations
        labels = (*schema.labels, *schema.categories)
        current = {label.name for label in labels} | {each.name for each in schema.relations}
        self.old = changed_labels(migrations) - current

    @property
    def renames(self) -> dict[str, str]:
        """Labels that were only renamed, as old name to current name."""
        return renamed_labels(self._migrations)

    @property
    def plain(self) -> bool:
        """Whether no label needs to be changed."""
        return not self.pending and not self.old

    def read(self, annotation: Annotation, text: str) -> Annotation:
        """An annotation in the labels of the current schema.

        A label that the schema no longer has goes through all migrations, even if the place is up
        to date: somebody may still use it.
        """
        if self.pending:
            annotation = migrate_annotation(self.pending, annotation, text)
        labels = {span.label for span in annotation.spans}
        labels |= {relation.label for relation in annotation.relations}
        labels |= {category.label for category in annotation.categories}
        late = labels & self.old
        if late:
            annotation = migrate_annotation(self._migrations, annotation, text, only=late)
        return annotation


def changed_labels(migrations: Migrations) -> set[str]:
    """The labels that some migration changes."""
    steps = [step for migration in migrations for step in migration.steps]
    names = {name for s in steps for name in (s.rename, s.split, s.retire, *s.merge)}
    return names - {""}


def _check(migration: Migration, path: Path) -> None:
    if _version_key(migration.before) >= _version_key(migration.after):
        raise ConfigError(f"{path}: leads from {migration.before} to {migration.after}", "go up")
    for number, step in enumerate(migration.steps, 1):
        given = [bool(x) for x in (step.rename, step.merge, step.split, step.retire, step.add)]
        where = f"{path}: step {number}"
        if sum(given) != 1:
            raise ConfigError(f"{where} has {sum(given)} changes", "give exactly one of the five")
        if (step.rename or step.merge) and not step.to:
            raise ConfigError(f"{where} does not say what becomes of the label", "give `to`")
        if step.split and not step.rest:
            raise ConfigError(f"{where} does not say what the rest becomes", "give `rest`")
        for part in step.into:
            _compiled(part.match, where)


def _compiled(pattern: str, where: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"{where}: {pattern!r} is not a pattern ({error})", "correct it"
        ) from error


def _version_key(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError as error:
        raise ConfigError(f"{version!r} is not a version", "write it as in 1.0.0") from error
