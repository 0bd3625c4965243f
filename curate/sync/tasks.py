"""``curate tasks``: whom the documents of independent annotation wait for, and giving them away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from curate.annotations.assignments import (
    KeptAssignment,
    check_task_settings,
    reassign,
    waiting_documents,
)
from curate.errors import InputError
from curate.model import Assignment, Problem, Record
from curate.text.language_codes import check_code

if TYPE_CHECKING:
    from curate.config import TaskSettings
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


class AnnotatorLoad(Record, frozen=True, kw_only=True):
    """The documents of one independent annotator.

    Args:
        account: the annotator's account name.
        active: whether ``[tasks] annotators`` names the account.
        confirmed: documents that the annotator has confirmed.
        waiting: documents that wait for the annotator.
    """

    account: str
    active: bool
    confirmed: int
    waiting: int


class Reassignment(Record, frozen=True, kw_only=True):
    """Documents that were given to other annotators, or would be.

    Args:
        moves: number of documents by giver and then receiver.
        kept: how many documents still wait for a giver.
        reasons: why each of them was not moved.
        documents: ids of the documents that changed, sorted.
    """

    moves: dict[str, dict[str, int]]
    kept: int
    reasons: tuple[KeptAssignment, ...]
    documents: tuple[str, ...]


def annotator_loads(workspace: Workspace) -> list[AnnotatorLoad]:
    """Everybody whom a document was assigned to, and those of ``[tasks] annotators``, by name."""
    active = workspace.config.tasks.annotators
    with workspace.store.read() as tx:
        assignments = tx.assignments().values()
    waiting = waiting_documents(assignments)
    confirmed = Counter(name for assignment in assignments for name in assignment.done)
    return [
        AnnotatorLoad(
            account=name,
            active=name in active,
            confirmed=confirmed[name],
            waiting=waiting[name],
        )
        for name in sorted({*active, *waiting, *confirmed})
    ]


def reassign_tasks(
    workspace: Workspace,
    leaving: Sequence[str] = (),
    successors: Sequence[str] = (),
    *,
    limit: int = 0,
    language: str = "",
    dry_run: bool = False,
) -> Reassignment:
    """Give the documents that wait for some annotators to others.

    The next sync pushes them to the projects of the others, and deletes them where nobody has
    touched them. What an annotator has begun stays in their project and is pulled once it is
    confirmed, as an additional layer.

    Args:
        workspace: the corpus.
        leaving: accounts whose documents are given away; by default those that
            ``[tasks] annotators`` no longer names.
        successors: accounts that get them, of ``[tasks] annotators``; by default all others there.
        limit: how many documents are given away at most; 0 for all of them.
        language: only documents in this language; all by default. Whatever it is, a document goes
            to somebody who annotates its language.
        dry_run: compute the plan and change nothing.

    Raises:
        InputError: an account is unknown, or nobody is left to receive documents.
        ConfigError: ``[tasks]`` contradicts itself.
    """
    tasks = workspace.config.tasks
    check_task_settings(tasks)
    with workspace.locked("tasks reassign"):
        with workspace.store.read() as tx:
            recorded = tx.assignments()
            languages = languages_of_documents(tx, recorded)
        if language:
            check_code(language, "--language")
            recorded = {key: each for key, each in recorded.items() if languages[key] == language}
        able = {key: tasks.annotators_of(languages[key]) for key in recorded}
        givers = leaving or former_annotators(recorded, tasks)
        receivers = [name for name in successors or tasks.annotators if name not in givers]
        _check_accounts(recorded, givers, receivers, tasks)
        changed, kept = reassign(
            recorded.values(), givers, receivers, seed=tasks.seed, limit=limit, able=able
        )
    if changed and not dry_run:
        with workspace.writing("tasks reassign"), workspace.store.begin() as tx:
            for assignment in changed:
                tx.put_assignment(assignment)
    return Reassignment(
        moves=_moves(recorded, changed),
        kept=len(kept),
        reasons=tuple(kept),
        documents=tuple(assignment.document for assignment in changed),
    )


def former_annotators(recorded: Mapping[str, Assignment], tasks: TaskSettings) -> list[str]:
    """Accounts whom documents were assigned to and ``[tasks] annotators`` no longer names."""
    known = {
        name
        for assignment in recorded.values()
        for name in (*assignment.annotators, *assignment.done)
    }
    return sorted(known - {*tasks.annotators})


def all_task_problems(workspace: Workspace, recorded: Mapping[str, Assignment]) -> list[Problem]:
    """What is wrong with the tasks: of :func:`task_problems` and :func:`language_problems`."""
    tasks = workspace.config.tasks
    with workspace.store.read() as tx:
        return [*task_problems(recorded, tasks), *language_problems(tx, recorded, tasks)]


def languages_of_documents(tx: Transaction, wanted: Collection[str]) -> dict[str, str]:
    """The languages of documents, by their ids."""
    return {document.id: document.lang for document in tx.documents() if document.id in wanted}


def language_problems(
    tx: Transaction, recorded: Mapping[str, Assignment], tasks: TaskSettings
) -> list[Problem]:
    """What the languages of annotators leave open; nothing where they annotate in all of them.

    Args:
        tx: the store.
        recorded: all assignments, those of new documents included.
        tasks: the settings.
    """
    if tasks.mode == "shared" or not any(map(tasks.languages_of, tasks.annotators)):
        return []
    documents = Counter(document.lang for document in tx.documents())
    languages = languages_of_documents(tx, recorded)
    setting = "name the language in [tasks.annotators.NAME] languages in curate.toml"
    problems = [
        _problem("task.language", f"nobody annotates the {count} documents in {lang}", setting)
        for lang, count in sorted(documents.items())
        if not tasks.annotators_of(lang)
    ]
    for lang in sorted(documents):
        able = tasks.annotators_of(lang)
        if len(able) == 1 and tasks.overlap:
            message = f"only {able[0]} annotates documents in {lang}, so none of them overlaps"
            problems.append(_problem("task.alone", message, f"for a second person, {setting}"))
    wrong = Counter(
        (name, languages[key])
        for key, assignment in recorded.items()
        for name in assignment.annotators
        if name in tasks.annotators
        and name not in assignment.done
        and name not in tasks.annotators_of(languages.get(key, ""))
    )
    problems += [
        _problem(
            "task.assigned",
            f"{count} documents in {lang} wait for {name}, who does not annotate in it",
            f"give them to others with `curate tasks reassign {name} --language {lang}`",
        )
        for (name, lang), count in sorted(wrong.items())
    ]
    return problems


def task_problems(recorded: Mapping[str, Assignment], tasks: TaskSettings) -> list[Problem]:
    """Annotators who left and for whom documents still wait, and those who have none.

    Args:
        recorded: all assignments, those of new documents included.
        tasks: the settings.
    """
    if tasks.mode == "shared" or not recorded:
        return []
    waiting = waiting_documents(recorded.values())
    known = {name for assignment in recorded.values() for name in assignment.annotators}
    problems = [
        _problem(
            "task.left",
            f"[tasks] annotators no longer names {name}, for whom {waiting[name]} documents wait",
            f"give them to others with `curate tasks reassign {name}`",
        )
        for name in former_annotators(recorded, tasks)
        if waiting[name]
    ]
    busiest = max(tasks.annotators, key=lambda name: waiting[name])
    problems += [
        _problem(
            "task.none",
            f"no documents are assigned to {name}",
            "ingest more, or give some with "
            f"`curate tasks reassign {busiest} --to {name} --limit {waiting[busiest] // 2}`",
        )
        for name in tasks.annotators
        if name not in known and waiting[busiest] > 1 and not tasks.languages_of(name)
    ]
    return problems


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, severity="warning", message=message, hint=hint)


def _check_accounts(
    recorded: Mapping[str, Assignment],
    givers: Sequence[str],
    receivers: Sequence[str],
    tasks: TaskSettings,
) -> None:
    known = {*former_annotators(recorded, tasks), *tasks.annotators}
    for name in givers:
        if name not in known:
            raise InputError(
                f"no document was ever assigned to {name}", "see `curate tasks list` for the names"
            )
    for name in receivers:
        if name not in tasks.annotators:
            raise InputError(
                f"{name} is not an annotator of this corpus",
                "add the account to [tasks] annotators in curate.toml",
            )
    if not receivers:
        raise InputError(
            "nobody is left to receive documents",
            "add an account to [tasks] annotators in curate.toml",
        )


def _moves(
    recorded: Mapping[str, Assignment], changed: Sequence[Assignment]
) -> dict[str, dict[str, int]]:
    moves: dict[str, dict[str, int]] = {}
    for assignment in changed:
        before, after = {*recorded[assignment.document].annotators}, {*assignment.annotators}
        for giver, receiver in zip(sorted(before - after), sorted(after - before), strict=True):
            row = moves.setdefault(giver, {})
            row[receiver] = row.get(receiver, 0) + 1
    return moves
