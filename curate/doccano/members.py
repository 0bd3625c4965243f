"""The members of a Doccano project: accounts that exist get their role, the others are named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from doccano_client.models.member import Member
from doccano_client.repositories.member import MemberRepository
from doccano_client.repositories.role import RoleRepository
from doccano_client.repositories.user import UserRepository

from curate.doccano.changes import ProjectChange
from curate.doccano.session import Session
from curate.model import Problem

ROLES = ("annotator", "annotation_approver", "project_admin")
_ROLES = "use one of " + ", ".join(ROLES)
_ACCOUNT = "make one in Doccano's admin pages, or take the name out of [doccano.members]"


def member_changes(
    session: Session, project: int | None, members: Mapping[str, str]
) -> tuple[list[ProjectChange], list[Problem]]:
    """What gives members their roles, and who cannot have one and what to do about it.

    Args:
        project: number of the project, None if it is still to be made; whoever makes a project is
            an administrator of it.
        members: role by account name.
    """
    users = {str(user.username): int(user.id or 0) for user in UserRepository(session).list()}
    have = _have(session, project) if project is not None else _maker(session, users)
    steps: list[ProjectChange] = []
    problems: list[Problem] = []
    for name, role in sorted(members.items()):
        if role not in ROLES:
            problems.append(_bad(name, f"has the unknown role {role!r}", _ROLES))
        elif name not in users:
            problems.append(_bad(name, "has no account on the server", _ACCOUNT))
        elif name not in have or have[name].rolename != role:
            make = partial(_give, session, project, have.get(name), users[name], role)
            what = f"{name} {role} of the project"
            steps.append(ProjectChange(f"make {what}", f"made {what}", make))
    return steps, problems


def _have(session: Session, project: int) -> dict[str, Member]:
    return {str(each.username): each for each in MemberRepository(session).list(project)}


def _maker(session: Session, users: Mapping[str, int]) -> dict[str, Member]:
    return {
        name: Member(user=number, role=0, rolename="project_admin")
        for name, number in users.items()
        if number == session.user_id
    }


def _give(
    session: Session, project: int | None, member: Member | None, user: int, role: str
) -> None:
    roles = {found.name: found.id for found in RoleRepository(session).list()}
    repository = MemberRepository(session)
    if member is None:
        repository.create(project, Member(user=user, role=roles[role]))
    else:
        repository.update(project, member.copy(update={"role": roles[role]}))


def _bad(name: str, what: str, hint: str) -> Problem:
    return Problem(
        code="remote.member",
        severity="warning",
        message=f"member {name} of [doccano.members] {what}",
        hint=hint,
    )
