"""A Doccano project that curate manages: made and mended to match the label schema."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from doccano_client.models.label_type import LabelType
from doccano_client.models.member import Member
from doccano_client.models.project import Project as ProjectSettings
from doccano_client.models.project import ProjectType
from doccano_client.repositories.label_type import SpanTypeRepository
from doccano_client.repositories.member import MemberRepository
from doccano_client.repositories.project import ProjectRepository
from doccano_client.repositories.role import RoleRepository
from doccano_client.repositories.user import UserRepository

from curate.doccano import twins
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Problem, Record
from curate.schema import Label, Schema, guidelines, text_colour

ROLES = ("annotator", "annotation_approver", "project_admin")


def describe(marker: str) -> str:
    """The project's description; the marker in it ties the project to its corpus."""
    return f"Managed by curate; please keep this line. curate:{marker}"


class Found(Record, frozen=True, kw_only=True):
    """A project of the server that curate manages, and others that carry the same marker."""

    number: int
    marker: str
    twins: tuple[int, ...] = ()


_MARKER = re.compile(r"curate:([0-9a-f]{32})")


def find(session: Session, name: str, markers: Collection[str]) -> Found | None:
    """The project with one of these markers, or else one with this name that curate made.

    A fresh clone of a corpus finds the project that the first one made by its name, and takes
    over its marker. Of several with one marker, see ``curate.doccano.twins``.

    Raises:
        RemoteError: a project has the name that curate did not make.
    """
    rows = [(row, _MARKER.search(row["description"])) for row in session.pages("projects")]
    named = [(row, match) for row, match in rows if row["name"] == name]
    mine = [match[1] for _, match in rows if match and match[1] in {*markers}]
    mine = mine or [match[1] for _, match in named if match]
    if mine:
        same = [int(row["id"]) for row, match in rows if match and match[1] == mine[0]]
        number, others = twins.first(session, same)
        return Found(number=number, marker=mine[0], twins=others)
    if named:
        raise RemoteError(
            f"Doccano has a project {name!r} (number {named[0][0]['id']}) that curate did not make",
            "rename it there, or set another name in curate.toml under [doccano] project",
        )
    return None


def ensure(
    session: Session, found: Found | None, name: str, marker: str, schema: Schema
) -> tuple[Found, list[str]]:
    """Make the project if it is not there, and mend it where it differs from the schema.

    Returns:
        The project and what was done, one sentence each. Nothing is ever deleted here: deleting a
        label type deletes every span that has it.
    """
    wanted = _settings(name, marker, schema)
    if found is None:
        number = int(ProjectRepository(session).create(wanted).id)
        found = Found(number=number, marker=marker)
        done = [f"made project {name}"]
    else:
        done = _mend_settings(session, found.number, wanted)
    return found, done + _mend_labels(session, found.number, schema)


def changes(
    session: Session, found: Found | None, name: str, marker: str, schema: Schema
) -> list[str]:
    """What ``ensure`` would do, without doing it."""
    if found is None:
        return [f"make project {name} with {len(schema.labels)} labels and the guidelines"]
    current = session.get(f"projects/{found.number}").json()
    wanted = _settings(name, marker, schema)
    settings = [f"set {field} of the project" for field in _differences(current, wanted)]
    have = {row.text: row for row in SpanTypeRepository(session).list(found.number)}
    labels = [f"set label {x.name}" for x in schema.labels if not _alike(have.get(x.name), x)]
    return settings + labels


def _settings(name: str, marker: str, schema: Schema) -> ProjectSettings:
    return ProjectSettings(
        name=name,
        description=describe(marker),
        guideline=guidelines(schema),
        project_type=ProjectType.SEQUENCE_LABELING,
        collaborative_annotation=True,
        allow_overlapping=schema.overlap,
        grapheme_mode=False,
        random_order=False,
    )


def _differences(current: Mapping[str, Any], wanted: ProjectSettings) -> list[str]:
    fields = ("name", "guideline", "allow_overlapping", "grapheme_mode", "collaborative_annotation")
    return [field for field in fields if _clean(current[field]) != _clean(getattr(wanted, field))]


def _clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _mend_settings(session: Session, project: int, wanted: ProjectSettings) -> list[str]:
    current = session.get(f"projects/{project}").json()
    differing = _differences(current, wanted)
    if differing:
        values = {field: getattr(wanted, field) for field in differing}
        session.patch(f"projects/{project}", json={"resourcetype": wanted.resource_type, **values})
    return [f"set {field} of the project" for field in differing]


def _mend_labels(session: Session, project: int, schema: Schema) -> list[str]:
    types = SpanTypeRepository(session)
    have = {row.text: row for row in types.list(project)}
    done: list[str] = []
    for name in _in_the_way(have, schema):
        # Doccano refuses a shortcut that another label still has, so it is given up first.
        have[name] = types.update(project, have[name].copy(update={"suffix_key": None}))
        done.append(f"took the shortcut from label {name}")
    for label in schema.labels:
        current = have.get(label.name)
        if _alike(current, label):
            continue
        wanted = _label_type(label, current.id if current else None)
        types.update(project, wanted) if current else types.create(project, wanted)
        done.append(f"{'set' if current else 'made'} label {label.name}")
    return done


def _in_the_way(have: Mapping[str, LabelType], schema: Schema) -> list[str]:
    keys = {label.key: label.name for label in schema.labels if label.key}
    return [
        name
        for name, row in have.items()
        if row.suffix_key and keys.get(row.suffix_key, name) != name
    ]


def _label_type(label: Label, number: int | None) -> LabelType:
    return LabelType(
        id=number,
        text=label.name,
        suffix_key=label.key or None,
        background_color=label.colour,
        text_color=text_colour(label.colour),
    )


def _alike(current: LabelType | None, label: Label) -> bool:
    return current is not None and current == _label_type(label, current.id)


def ensure_members(
    session: Session, project: int, members: Mapping[str, str]
) -> tuple[list[str], list[Problem]]:
    """Give accounts that exist their role in the project; name those that do not exist."""
    users = {user.username: user.id for user in UserRepository(session).list()}
    roles = {role.name: role.id for role in RoleRepository(session).list()}
    repository = MemberRepository(session)
    have = {member.username: member for member in repository.list(project)}
    done: list[str] = []
    problems: list[Problem] = []
    for name, role in sorted(members.items()):
        if role not in ROLES:
            problems.append(_bad_member(name, f"has the unknown role {role!r}", ROLES_CURE))
        elif name not in users:
            problems.append(_bad_member(name, "has no account on the server", ACCOUNT_CURE))
        elif name not in have:
            repository.create(project, Member(user=users[name], role=roles[role]))
            done.append(f"made {name} {role} of the project")
        elif have[name].rolename != role:
            repository.update(project, have[name].copy(update={"role": roles[role]}))
            done.append(f"made {name} {role} of the project")
    return done, problems


def member_changes(session: Session, project: int | None, members: Mapping[str, str]) -> list[str]:
    """What ``ensure_members`` would do, without doing it."""
    found = MemberRepository(session).list(project) if project is not None else []
    have = {member.username: member.rolename for member in found}
    users = {user.username for user in UserRepository(session).list()}
    return [
        f"make {name} {role} of the project"
        for name, role in sorted(members.items())
        if name in users and role in ROLES and have.get(name) != role
    ]


ROLES_CURE = "use one of " + ", ".join(ROLES)
ACCOUNT_CURE = "make one in Doccano's admin pages, or take the name out of [doccano.members]"


def _bad_member(name: str, what: str, cure: str) -> Problem:
    return Problem(
        code="remote.member",
        severity="warning",
        message=f"member {name} of [doccano.members] {what}",
        cure=cure,
    )
