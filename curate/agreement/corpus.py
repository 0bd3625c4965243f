"""Agreement between the annotators of a workspace, and the adjudication of what they differ in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from curate.agreement import Agreement, AgreementOptions, Decision, ProposalEvaluation
    from curate.agreement.adjudication import AdjudicationOptions, AdjudicationReport
    from curate.workspace import Workspace


def agreement(workspace: Workspace, options: AgreementOptions) -> Agreement:
    """How far the annotators of this corpus agree on what two or more of them annotated.

    Raises:
        InputError: fewer than two annotators have confirmed anything.
    """
    from curate.agreement import sources

    return sources.agreement(sources.stored_annotation_sets(workspace.store), options)


def assistance(
    workspace: Workspace, layer: str, people: str, options: AgreementOptions
) -> ProposalEvaluation:
    """What a layer proposed against what people made of it, and whether it pulled them along.

    Args:
        layer: the layer, such as ``proposal``.
        people: ``gold``, or the name of an annotator.
        options: intervals, and how much to list.

    Raises:
        InputError: there is no such layer, or nothing of these people.
    """
    from curate.agreement import sources

    return sources.assistance(workspace.store, layer, people, options)


def adjudicate(workspace: Workspace, plan: AdjudicationOptions) -> AdjudicationReport:
    """Make one version of what the annotators say, and keep the decisions.

    The result is the layer ``adjudicated`` of each document, and gold where the plan says so.
    Roles are those of ``[doccano.members]`` and ``[tasks] adjudicators``, in the order of
    ``[merge] roles``, unless the plan has its own.
    """
    from curate.agreement import adjudication

    if plan.strategy == "role" and not plan.roles:
        plan = msgspec.structs.replace(
            plan, roles=_roles(workspace), order=workspace.config.merge.roles
        )
    with workspace.writing("adjudicate"):
        decisions = adjudication.DecisionFile(_decisions(workspace))
        done = adjudication.in_store(
            workspace.store,
            plan,
            decisions,
            by=workspace.config.corpus.curator,
            at=workspace.now(),
            schema=workspace.schema.id,
        )
        decisions.save()
    return done


def decide(workspace: Workspace, document: str, start: int, end: int, take: str) -> Decision:
    """Settle a region of a document by hand, by what one annotator has there, or ``none``.

    Raises:
        InputError: there is no such document, or version of it.
    """
    from curate.agreement import adjudication, sources

    with workspace.locked("adjudicate"):
        decisions = adjudication.DecisionFile(_decisions(workspace))
        made = adjudication.decide(
            sources.stored_annotation_sets(workspace.store),
            workspace.find(document),
            (start, end),
            take,
            by=workspace.config.corpus.curator,
            at=workspace.now(),
        )
        decisions.add([made])
        decisions.save()
    return made


def _roles(workspace: Workspace) -> dict[str, str]:
    """The members' roles; who is named to decide where annotators differ has the highest."""
    first = workspace.config.merge.roles[0] if workspace.config.merge.roles else "curator"
    decide = dict.fromkeys(workspace.config.tasks.adjudicators, first)
    known = set(workspace.config.merge.roles)
    members = {n: r for n, r in workspace.config.doccano.members.items() if r in known}
    return {**members, **decide}


def _decisions(workspace: Workspace) -> Path:
    from curate.agreement.adjudication import FILE

    return workspace.annotations / FILE
