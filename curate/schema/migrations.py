"""Migrations of a label schema: what becomes of each label when the schema gets a new version.

A migration is a file in ``schemas/migrations/``. Its steps are applied in order to everything that
is annotated under the old version: gold, layers, what was last seen in Doccano, and what stands
there. Pure but for reading the files.
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
    """One outcome of a split: the spans whose text matches get this label.

    Args:
        label: the new label.
        match: regular expression that is searched in the text of the span.
    """

    label: str
    match: str


class MigrationStep(Record, frozen=True, kw_only=True):
    """One change of a schema; exactly one of the first five is given.

    Args:
        rename: a label that is called ``to`` from now on.
        merge: labels that become one, ``to``.
        split: a label whose spans become those of ``into``, or ``rest`` where none matches.
        retire: a label that is given up; its spans become ``to``, or go if ``to`` is empty.
        add: a label that is new; nothing changes, but the step is on record.
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
    def told(self) -> str:
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
        """What becomes of a label on a text; empty if it goes."""
        if label == self.rename or label in self.merge or (label == self.retire and self.retire):
            return self.to
        if label == self.split and self.split:
            found = (part.label for part in self.into if re.search(part.match, surface))
            return next(found, self.rest)
        return label


class Migration(Record, frozen=True, kw_only=True):
    """The way from one version of a schema to the next."""

    schema: str
    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    steps: tuple[MigrationStep, ...]


Migrations = tuple[Migration, ...]


def load(folder: Path, schema: Schema) -> Migrations:
    """The migrations of a schema, in the order of the versions they lead from.

    Raises:
        ConfigError: a file is not valid, contradicts itself or the schema, or two lead from one
            version.
    """
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            migration = msgspec.yaml.decode(path.read_bytes(), type=Migration)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}", "see docs/schema.md") from error
        if migration.schema != schema.name:
            continue
        _check(migration, path)
        if migration.before in found:
            raise ConfigError(f"{path}: a second migration from {migration.before}", "remove one")
        found[migration.before] = migration
    return tuple(found[version] for version in sorted(found, key=_number))


def pending_migrations(migrations: Migrations, before: str, schema: Schema) -> Migrations:
    """The migrations that lead from a version to the schema's own; none if nothing is to be done.

    A step of versions that no file describes changes nothing but guidelines, and is passed over.

    Raises:
        ConfigError: the schema is older than ``before``.
    """
    if _number(before) > _number(schema.version):
        raise ConfigError(
            f"the corpus is annotated under {schema.name}@{before}, and the schema is "
            f"{schema.version}",
            "restore the newer schema, or give this one a higher version",
        )
    low, high = _number(before), _number(schema.version)
    return tuple(m for m in migrations if low <= _number(m.before) and _number(m.after) <= high)


def to_current(
    migrations: Migrations, annotation: Annotation, text: str, made_under: str, schema: Schema
) -> Annotation:
    """An annotation that was made under an older version of a schema, as it reads today.

    Args:
        migrations: all that are known.
        annotation: of any layer.
        text: the document's text.
        made_under: ``<name>@<version>``; what was made under another schema is left as it is.
        schema: the schema of today.

    Raises:
        ConfigError: it was made under a newer version.
    """
    name, _, version = made_under.rpartition("@")
    if name != schema.name or version == schema.version:
        return annotation
    return migrate_annotation(pending_migrations(migrations, version, schema), annotation, text)


def renamed_labels(migrations: Migrations) -> dict[str, str]:
    """Labels that only changed their name, by the old one; chains of renames are followed."""
    names: dict[str, str] = {}
    for step in (step for migration in migrations for step in migration.steps):
        if step.rename:
            names = {old: step.to if new == step.rename else new for old, new in names.items()}
            names.setdefault(step.rename, step.to)
    return names


def migrate_annotation(
    migrations: Migrations, annotation: Annotation, text: str, only: Collection[str] | None = None
) -> Annotation:
    """An annotation as it reads under the new version.

    Args:
        annotation: of any layer; its relations follow their spans, and go where one of them goes.
        text: the document's text.
        only: the labels to change; all that the migrations name if None.
    """
    steps = [step for migration in migrations for step in migration.steps]

    def becomes(label: str, surface: str = "") -> str:
        if only is not None and label not in only:
            return label
        return reduce(lambda found, step: found and step.label(found, surface), steps, label)

    moved: dict[SpanKey, SpanKey] = {}
    spans: list[Span] = []
    for span in annotation.spans:
        label = becomes(span.label, text[max(span.start, 0) : max(span.end, 0)])
        if label:
            spans.append(msgspec.structs.replace(span, label=label))
            moved[span.key] = spans[-1].key
    relations = [
        msgspec.structs.replace(each, head=moved[each.head], tail=moved[each.tail], label=label)
        for each in annotation.relations
        if each.head in moved and each.tail in moved and (label := becomes(each.label))
    ]
    categories = [
        msgspec.structs.replace(each, label=label)
        for each in annotation.categories
        if (label := becomes(each.label))
    ]
    return msgspec.structs.replace(
        annotation,
        spans=tuple(spans),
        relations=tuple(relations),
        categories=tuple(categories),
    ).sorted()


class MigrationReader:
    """How annotations that stand elsewhere under older names are to be read.

    Args:
        schema: the schema as it is now.
        migrations: all migrations that are known.
        version: the version that the other place is at; empty if it is not known.
    """

    def __init__(self, schema: Schema, migrations: Migrations, version: str = "") -> None:
        self.pending: Migrations = (
            pending_migrations(migrations, version, schema) if version else ()
        )
        self._every = migrations
        labels = (*schema.labels, *schema.categories)
        now = {label.name for label in labels} | {each.name for each in schema.relations}
        self.old = {name for name in changed_labels(migrations) if name not in now}

    @property
    def renames(self) -> dict[str, str]:
        """Labels that only changed their name, by the old one."""
        return renamed_labels(self._every)

    @property
    def plain(self) -> bool:
        """Whether everything reads as it is written."""
        return not self.pending and not self.old

    def read(self, annotation: Annotation, text: str) -> Annotation:
        """An annotation in the names of the schema as it is now.

        A label that the schema no longer has is read through all migrations, also in a place that
        is up to date: somebody may use it still.
        """
        found = migrate_annotation(self.pending, annotation, text) if self.pending else annotation
        labels = {span.label for span in found.spans}
        labels |= {each.label for each in found.relations} | {c.label for c in found.categories}
        late = labels & self.old
        return migrate_annotation(self._every, found, text, only=late) if late else found


def changed_labels(migrations: Migrations) -> set[str]:
    """The labels that migrations change."""
    steps = [step for migration in migrations for step in migration.steps]
    names = {name for s in steps for name in (s.rename, s.split, s.retire, *s.merge)}
    return names - {""}


def _check(migration: Migration, path: Path) -> None:
    if _number(migration.before) >= _number(migration.after):
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


def _number(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError as error:
        raise ConfigError(f"{version!r} is not a version", "write it as in 1.0.0") from error
