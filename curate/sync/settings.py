"""What a sync is asked to do, from the workspace's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from curate.model import Record
from curate.ranking.push_order import PushOrder, push_order

if TYPE_CHECKING:
    from curate.workspace import Workspace

MergePolicy = Literal["ask", "prefer-doccano", "prefer-gold", "prefer-newest", "by-role"]


class SyncSettings(Record, frozen=True, kw_only=True):
    """What a sync is to do.

    Args:
        schema: ``<name>@<version>`` of the label schema, recorded in revisions.
        push: push missing documents to Doccano, and updates to those that are there.
        pull: pull confirmed documents.
        include_unconfirmed: also pull documents that were changed and not confirmed.
        policy: whose version wins where both sides changed the same place; ``ask`` leaves a
            conflict.
        ranks: rank of each account for the policy ``by-role``; the lowest wins.
        order: sorts new documents into the order in which annotators are to find them.
        open: how many documents may wait for an annotator in the project; 0 for no limit.
        exclusive: whether a document has at most one category.
        brake: share of the gold's spans that may be removed or relabelled; 1 for any.
        accept: pull even if it is more.
        labels: the labels of the schema, each with its kind; None if any label will do.
    """

    schema: str
    push: bool = True
    pull: bool = True
    include_unconfirmed: bool = False
    policy: MergePolicy = "ask"
    ranks: dict[str, int] = {}
    order: PushOrder = push_order("id")
    open: int = 0
    exclusive: bool = False
    brake: float = 1.0
    accept: bool = False
    labels: frozenset[tuple[str, str]] | None = None


def sync_settings(
    workspace: Workspace,
    push: bool,
    pull: bool,
    include_unconfirmed: bool,
    accept: bool = False,
) -> SyncSettings:
    """The settings of a sync of this workspace."""
    config = workspace.config
    rank_of_role = {role: rank for rank, role in enumerate(config.merge.roles)}
    ranks = {
        account: rank_of_role[role]
        for account, role in config.doccano.members.items()
        if role in rank_of_role
    }
    ranks["curator"] = rank_of_role.get("curator", len(rank_of_role))
    return SyncSettings(
        schema=workspace.schema.id,
        push=push,
        pull=pull,
        include_unconfirmed=include_unconfirmed,
        policy=config.merge.policy,
        ranks=ranks,
        order=push_order(config.tasks.order),
        open=config.tasks.open,
        exclusive=workspace.schema.exclusive,
        brake=config.merge.brake,
        accept=accept,
        labels=frozenset(
            ("span" if kind == "label" else kind, definition.name)
            for kind, definitions in workspace.schema.definitions.items()
            for definition in definitions
        ),
    )
