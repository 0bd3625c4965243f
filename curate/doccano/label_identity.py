"""Label types that somebody renamed in Doccano: known by their ids, and renamed back.

A label type keeps its id when it is renamed, and everything that has it takes the new name. So the
names are compared with those that the store has recorded for the ids, before anything is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import msgspec

from curate.doccano.changes import ProjectChange
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Annotation, Record, SpanKey

LabelNames = Mapping[str, Mapping[int, str]]
"""Names of label types by their ids, for each kind: ``span``, ``relation``, ``category``."""

NO_NAMES: LabelNames = MappingProxyType({})


class RenamedLabelType(Record, frozen=True, kw_only=True):
    """A label type that has another name than it had.

    Args:
        kind: ``span``, ``relation`` or ``category``.
        id: the server's id of it.
        name: the name that it had, and is given again.
        current: the name that it has.
        ambiguous: whether another label type had that name before, so that it is not known what
            people meant who chose it meanwhile.
        taken_by: id of another label type that has its name now, so that it cannot be given again;
            None if there is none.
    """

    kind: str
    id: int
    name: str
    current: str
    ambiguous: bool = False
    taken_by: int | None = None


def renamed_label_types(
    earlier: LabelNames,
    current: LabelNames,
    managed: Collection[str],
    migrated: Mapping[str, str],
) -> tuple[RenamedLabelType, ...]:
    """The label types that somebody renamed.

    Args:
        earlier: the names when the last sync ended.
        current: the names now.
        managed: names of the label schema and of its earlier versions; a type is left alone if
            neither its old nor its new name is one of them.
        migrated: new names of labels that the schema itself renamed, by their old names.
    """
    renamed: list[RenamedLabelType] = []
    for kind, names in earlier.items():
        now = current.get(kind, {})
        changed = {
            number: name
            for number, name in names.items()
            if number in now
            and now[number] not in (name, migrated.get(name))
            and {name, now[number]} & {*managed}
        }
        others = {text: number for number, text in now.items() if number not in changed}
        renamed += [
            RenamedLabelType(
                kind=kind,
                id=number,
                name=name,
                current=now[number],
                ambiguous=now[number] in names.values(),
                taken_by=others.get(name),
            )
            for number, name in sorted(changed.items())
        ]
    return tuple(renamed)


def check_names_are_free(renamed: Iterable[RenamedLabelType]) -> None:
    """Check that every renamed label type can have its name again.

    Raises:
        RemoteError: somebody has made another label type of that name.
    """
    for each in renamed:
        if each.taken_by is not None:
            raise RemoteError(
                f"label type {each.name} (number {each.id}) was renamed to {each.current} in "
                f"Doccano, and another one (number {each.taken_by}) has its name now",
                f"on the project's page, give what has number {each.taken_by} the label "
                f"{each.current}, and delete number {each.taken_by}, or only rename it; then sync",
            )


def rename_changes(
    session: Session, project: int, renamed: tuple[RenamedLabelType, ...]
) -> Iterator[ProjectChange]:
    """The changes that give label types their names again; types that have exchanged their names
    get other ones first."""
    steps = rename_steps(renamed)
    for each in renamed:
        wanted = [text for changed, text in steps if changed == each]
        target = f"{each.kind} label type {each.current} back to {each.name}"
        names = steps if each == renamed[0] else []  # all at once, in an order that works
        apply = partial(_rename, session, project, names)
        if wanted:
            yield ProjectChange(f"rename {target}", f"renamed {target}", apply)


def rename_steps(
    renamed: Iterable[RenamedLabelType],
) -> list[tuple[RenamedLabelType, str]]:
    """Label types with the names that they are to be given, in an order that works.

    Doccano refuses a name that another label type of the kind has.
    """
    renamed = tuple(renamed)
    wanted = {(each.kind, each.name) for each in renamed}
    in_the_way = [each for each in renamed if (each.kind, each.current) in wanted]
    return [
        *((each, f"{each.name[:80]} (number {each.id})") for each in in_the_way),
        *((each, each.name) for each in renamed),
    ]


def _rename(session: Session, project: int, steps: Iterable[tuple[RenamedLabelType, str]]) -> None:
    for each, text in steps:
        resource = f"projects/{project}/{each.kind}-types/{each.id}"
        session.patch(resource, json={"text": text})


def earlier_names(renamed: Iterable[RenamedLabelType]) -> dict[str, dict[int, str]]:
    """The names that renamed label types are to be read by, by kind and id."""
    names: dict[str, dict[int, str]] = {}
    for each in renamed:
        names.setdefault(each.kind, {})[each.id] = each.name
    return names


def read_as_before(annotation: Annotation, renamed: Iterable[RenamedLabelType]) -> Annotation:
    """An annotation from an export, with the labels by the names that their types had."""
    names = {(each.kind, each.current): each.name for each in renamed}
    if not names:
        return annotation

    def label(kind: str, name: str) -> str:
        return names.get((kind, name), name)

    def key(span: SpanKey) -> SpanKey:
        return (span[0], span[1], label("span", span[2]))

    replace = msgspec.structs.replace
    return replace(
        annotation,
        spans=tuple(replace(s, label=label("span", s.label)) for s in annotation.spans),
        relations=tuple(
            replace(r, head=key(r.head), tail=key(r.tail), label=label("relation", r.label))
            for r in annotation.relations
        ),
        categories=tuple(
            replace(c, label=label("category", c.label)) for c in annotation.categories
        ),
    ).sorted()
