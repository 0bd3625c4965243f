"""How far people agree, with each other and with the models, and one version out of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.agreement import Agreement, Assistance, Decision, Options
    from curate.agreement.adjudication import Outcome, Plan
    from curate.ledger import Ledger


class Measures(Core):
    """Verbs that measure agreement, and settle what annotators say differently."""

    def agreement(self, options: Options) -> Agreement:
        """How far the annotators of this corpus agree on what two or more of them annotated.

        Raises:
            InputError: fewer than two annotators have confirmed anything.
        """
        from curate.agreement import sources

        return sources.agreement(sources.stored(self.store), options)

    def assistance(self, layer: str, people: str, options: Options) -> Assistance:
        """What a layer proposed against what people made of it, and whether it pulled them along.

        Args:
            layer: the layer, such as ``proposal``.
            people: ``gold``, or the name of an annotator.
            options: intervals, and how much to list.

        Raises:
            InputError: there is no such layer, or nothing of these people.
        """
        from curate.agreement import sources

        return sources.assistance(self.store, layer, people, options)

    def ledger(self) -> Ledger:
        """What people made of the pre-annotation, per model, rule and label, and what it saved.

        Raises:
            ConfigError: the corpus is annotated under a newer version than the schema's.
        """
        from curate.ledger import corpus
        from curate.sync import migrate

        with self.store.begin() as tx:
            kept = migrate.version(tx, self.schema)
            return corpus.account(tx, corpus.Reading(self.schema, self.migrations, kept))

    def adjudicate(self, plan: Plan) -> Outcome:
        """Make one version of what the annotators say, and keep the decisions.

        The result is the layer ``adjudicated`` of each document, and gold where the plan says so.
        Roles are those of ``[doccano.members]`` and ``[tasks] adjudicators``, in the order of
        ``[merge] roles``, unless the plan has its own.
        """
        from curate.agreement import adjudication

        if plan.strategy == "role" and not plan.roles:
            plan = msgspec.structs.replace(plan, roles=self._roles(), order=self.config.merge.roles)
        with self._locked("adjudicate"):
            decisions = adjudication.Decisions(self._decisions)
            done = adjudication.in_store(
                self.store,
                plan,
                decisions,
                by=self.config.corpus.curator,
                at=self._now(),
                schema=self.schema.id,
            )
            decisions.save()
        self._save()
        return done

    def decide(self, document: str, start: int, end: int, take: str) -> Decision:
        """Settle a region of a document by hand, by what one annotator has there, or ``none``.

        Raises:
            InputError: there is no such document, or version of it.
        """
        from curate.agreement import adjudication, sources

        with self._locked("adjudicate"):
            decisions = adjudication.Decisions(self._decisions)
            made = adjudication.decide(
                sources.stored(self.store),
                self._find(document),
                (start, end),
                take,
                by=self.config.corpus.curator,
                at=self._now(),
            )
            decisions.add([made])
            decisions.save()
        return made

    def _roles(self) -> dict[str, str]:
        """The members' roles; who is named to decide where annotators differ has the highest."""
        first = self.config.merge.roles[0] if self.config.merge.roles else "curator"
        decide = dict.fromkeys(self.config.tasks.adjudicators, first)
        known = set(self.config.merge.roles)
        members = {n: r for n, r in self.config.doccano.members.items() if r in known}
        return {**members, **decide}

    @property
    def _decisions(self) -> Path:
        from curate.agreement.adjudication import FILE

        return self.annotations / FILE
