"""The members of a Doccano project: existing accounts get their roles, others are reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from curate.doccano.changes import ProjectChange
from curate.doccano.client import Member, MemberRepository, RoleRepository
from curate.doccano.session import Session
from curate.model import Problem, Record

ROLES = ("annotator", "annotation_approver", "project_admin")
MEMBERS = "[doccano.members]"
"""The setting that gives accounts their roles."""


class WantedMember(Record, frozen=True):
    """The role that an account is to have in a project.

    Args:
        role: its name.
        settings: the settings of ``curate.toml`` in which the account stands.
    """

    role: str
    settings: tuple[str, ...] = (MEMBERS,)


def member_changes(
    session: Session,
    project: int | None,
    wanted: Mapping[str, WantedMember],
    accounts: Mapping[int, str],
) -> tuple[list[ProjectChange], list[Problem]]:
    """The changes that give accounts their roles, and a problem for each that cannot have its role.

    Args:
        session: a logged-in session.
        project: id of the project, None if it is still to be made; whoever makes a project is an
            administrator of it.
        wanted: the members by account name.
        accounts: the accounts of the server, by id.
    """
    users = {name: number for number, name in accounts.items()}
    if project is not None:
        members = {str(row.username): row for row in MemberRepository(session).list(project)}
    else:
        members = {
            name: Member(user=user, role=0, rolename="project_admin")
            for name, user in users.items()
            if user == session.user_id
        }
    changes: list[ProjectChange] = []
    problems: list[Problem] = []
    for name, member in sorted(wanted.items()):
        role, settings = member.role, " and ".join(member.settings)
        if role not in ROLES:
            hint = f"use one of {', '.join(ROLES)}"
            problem = f"member {name} of {MEMBERS} has the unknown role {role!r}"
            problems.append(_member_problem(problem, hint))
        elif name not in users:
            same_role = (row for row in members.values() if row.rolename == role)
            others = sorted({str(row.username) for row in same_role} - set(wanted))
            problem = f"{name}, whom {settings} names, has no account on the server"
            problems.append(_member_problem(problem, _account_hint(settings, others)))
        elif name not in members or members[name].rolename != role:
            apply = partial(_set_role, session, project, members.get(name), users[name], role)
            target = f"{name} {role} of the project"
            changes.append(ProjectChange(f"make {target}", f"made {target}", apply))
    return changes, problems


def _set_role(
    session: Session, project: int | None, member: Member | None, user: int, role: str
) -> None:
    role_ids = {row.name: row.id for row in RoleRepository(session).list()}
    repository = MemberRepository(session)
    if member is None:
        repository.create(project, Member(user=user, role=role_ids[role]))
    else:
        repository.update(project, member.copy(update={"role": role_ids[role]}))


def _account_hint(settings: str, others: Sequence[str]) -> str:
    """What to do about a member without an account.

    Args:
        settings: what names the member.
        others: members of the project with that role whom no setting names.
    """
    hint = f"create one on Doccano's admin page, or replace or remove the name in {settings}"
    if not others:
        return hint
    names = " or ".join(others)
    return (
        f"if the account was renamed to {names}, rename it back, because another name is another "
        f"person here; if not, {hint}"
    )


def _member_problem(message: str, hint: str) -> Problem:
    return Problem(code="remote.member", severity="warning", message=message, hint=hint)
