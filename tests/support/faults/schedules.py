"""Random schedules of people's acts and changes of the server, and a model of who did what.

A schedule is a corpus of some documents and three rounds. In a round people act, the server
changes, and a sync takes what is there. The model remembers every act and what became of it; after
each sync the gold is compared with it:

- *unexplained*: the gold changed, and nobody did that, or nobody confirmed it;
- *lost*: somebody did something that the sync was to take, and it is neither in the gold nor in its
  history nor in a conflict nor still on the server;
- *duplicated*: something is there twice;
- *misattributed*: ``blame`` names somebody else than the person who did it.

Schedule number ``n`` of a seed is always the same.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from curate.doccano.credentials import PASSWORD, USER
from curate.doccano.session import Refused, Session, connect
from curate.errors import CurateError
from curate.layers import UNKNOWN
from curate.model import Annotation, Document, Span, SpanKey
from curate.sync.run import SyncReport, sync
from curate.util import jsonl
from curate.workspace import Workspace
from support.admin_pages import AdminPages
from support.faults.corpus import CONFIG, PROPOSED, SCHEMA
from support.faults.truth import Server

DOCUMENTS = 30
ROUNDS = 3
PEOPLE = 3
WORDS = ("Anna", "Kiev", "Paris", "puis", "Berne", "Oslo")
LABELS = ("PER", "LOC", "ORG")
_SENTENCE = "Anna Ek a vu Kiev et Paris avec l'ONU, puis Berne et Oslo."
_KIND = {"resourcetype": "SequenceLabelingProject"}


@dataclass
class Person:
    """Somebody who annotates; ``gone`` is whether the account was deleted or deactivated."""

    name: str
    number: int
    session: Session
    gone: bool = False


@dataclass(frozen=True)
class Act:
    """What somebody did in a document: a span as it was before, and as it was after."""

    order: int
    who: str
    before: SpanKey | None = None
    after: SpanKey | None = None
    known: frozenset[str] = frozenset()
    """Who can be its author as far as Doccano knows, which names who made a span and not more."""


@dataclass
class Findings:
    """What is wrong after a schedule, one sentence each."""

    unexplained: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    misattributed: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    acts: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, float]:
        """What the table of a run adds up."""
        kinds = ("unexplained", "lost", "duplicated", "misattributed")
        counts = {kind: len(getattr(self, kind)) for kind in kinds}
        return {"acts": self.acts, "server changes": self.changes.total(), **counts}

    def lines(self) -> list[str]:
        """What is wrong, and how it came about."""
        kinds = ("unexplained", "lost", "duplicated", "misattributed")
        wrong = [f"{kind}: {each}" for kind in kinds for each in getattr(self, kind)]
        return [*wrong, *(f"  {line}" for line in self.log)] if wrong else []


@dataclass
class Article:
    """A document of a schedule, and what is going on in it."""

    key: str
    text: str
    pending: list[Act] = field(default_factory=list)
    confirmed: dict[str, int] = field(default_factory=dict)
    """Who confirmed it since it was last taken, and when in the order of the acts."""


@dataclass
class Snapshot:
    """A backup of the server: its file, and how far the acts were."""

    path: Path
    order: int
    people: frozenset[str]


class Schedule:
    """One schedule, played on a real server.

    Args:
        number: of the schedule.
        seed: of the run.
        folder: where workspace and backups go.
        server: the server's database.
        admin: session of the superuser with whose account curate works.
        pages: that superuser on the administration pages.
        password: of the accounts that are made.
    """

    def __init__(
        self,
        number: int,
        seed: int,
        folder: Path,
        server: Server,
        admin: Session,
        pages: AdminPages,
    ) -> None:
        self._rng = random.Random(f"{seed} {number}")
        self._server = server
        self._admin = admin
        self._pages = pages
        self._order = 0
        self.name = f"s{number}-{secrets.token_hex(3)}"
        self.root = folder / self.name
        self.findings = Findings()
        self._backups: list[Snapshot] = []
        self._passwords: dict[str, str] = {}
        self._standing: set[str] = set()
        self._labels: dict[int, str] = {}
        self._articles = [
            Article(jsonl.document_id(text), text)
            for text in (f"Dépêche {place}. {_SENTENCE}" for place in range(DOCUMENTS))
        ]
        self._people = [self._hire() for _ in range(PEOPLE)]
        self._curators = [self._hire(superuser=True) for _ in range(2)]
        self._make()

    # -- the corpus and its people

    def _make(self) -> None:
        (self.root / "schemas").mkdir(parents=True)
        (self.root / "schemas" / "small.yaml").write_text(SCHEMA, encoding="utf-8")
        settings = CONFIG.format(name=self.name).split("[doccano.members]")[0]
        members = "".join(f'"{person.name}" = "annotator"\n' for person in self._people)
        members += "".join(f'"{each.name}" = "project_admin"\n' for each in self._curators)
        text = f"{settings}[doccano.members]\n{members}"
        (self.root / "curate.toml").write_text(text, encoding="utf-8")
        with self._workspace() as workspace, workspace.store.begin() as tx:
            for article in self._articles:
                tx.add_document(Document(id=article.key, text=article.text, lang="fr"))
                marks = self._rng.sample(PROPOSED, self._rng.randrange(1, 4))
                spans = tuple(self._span(article, word, label) for word, label in marks)
                layer = Annotation(document=article.key, layer="proposal", spans=spans)
                tx.put_annotation(layer.sorted())

    def _span(self, article: Article, word: str, label: str) -> Span:
        at = article.text.index(word)
        return Span(at, at + len(word), label, by="model:test@1")

    def _hire(self, superuser: bool = False) -> Person:
        name, password = f"p{secrets.token_hex(4)}", secrets.token_urlsafe(12)
        body = {"username": name, "password1": password, "password2": password}
        number = int(self._admin.post("users/create", json=body).json()["id"])
        if superuser:
            self._server.write("update auth_user set is_superuser=1, is_staff=1 where id=?", number)
        person = Person(name, number, connect(self._admin.url, name, password))
        self._passwords[name] = password
        return person

    @contextmanager
    def _workspace(self) -> Iterator[Workspace]:
        workspace = Workspace(self.root)
        try:
            yield workspace
        finally:
            workspace.store.close()

    # -- playing

    def play(self) -> Findings:
        """The whole schedule; what is wrong is in the findings."""
        self._sync("first push")
        for number in range(1, ROUNDS):
            steps = self._steps()
            for step in steps:
                step()
            self._sync(f"round {number}")
        gold, there = self._gold(), self._there()
        report = self._sync("quiet")
        if report is not None and (now := self._gold()) != gold:
            changed = sorted(key[:6] for key in gold | now if gold.get(key) != now.get(key))
            self.findings.unexplained.append(
                f"a sync changed the gold of {changed}, and nobody had done anything"
            )
        self._check_twice()
        if report is not None and self._there().keys() != there.keys():
            self.findings.lost.append("a sync without anything to do added or removed documents")
        return self.findings

    def _steps(self) -> list[Callable[[], None]]:
        rng = self._rng
        acts = [self._act] * rng.randrange(8, 20)
        changes = rng.choices(self._changes(), k=rng.choice((0, 1, 1, 2)))
        steps = [*acts, *changes, *([self._back_up] * rng.randrange(2))]
        rng.shuffle(steps)
        return [*steps, *([self._confirm_some] if rng.random() < 0.8 else [])]

    # -- what people do

    def _act(self) -> None:
        living = [person for person in self._people if not person.gone]
        if not living:
            return
        person, article = self._rng.choice(living), self._rng.choice(self._articles[:12])
        example = self._example(article)
        if example is None:
            return
        kinds = (self._mark, self._relabel, self._move, self._delete, self._comment)
        kind = self._rng.choices((*kinds, self._confirm, self._unconfirm), (4, 3, 3, 3, 1, 3, 1))[0]
        try:
            kind(person, article, example)
        except Refused as error:
            self.findings.log.append(f"refused: {error}")
            return
        self.findings.acts += 1

    def _mark(self, person: Person, article: Article, example: int) -> None:
        word, label = self._rng.choice(WORDS), self._rng.choice(LABELS)
        span = self._span(article, word, label)
        types = self._types()
        if label not in types or any(
            start < span.end and span.start < end for start, end, _ in self._keys(example)
        ):
            return
        body = {"start_offset": span.start, "end_offset": span.end, "label": types[label]}
        person.session.post(self._path(example, "spans"), json=body)
        self._did(person, article, None, span.key, frozenset({person.name}))

    def _relabel(self, person: Person, article: Article, example: int) -> None:
        row = self._pick(example)
        types = self._types()
        label = self._rng.choice(LABELS)
        if row is None or label not in types or label == row["label"]:
            return
        person.session.patch(self._path(example, "spans", row["id"]), json={"label": types[label]})
        after = (row["start"], row["end"], label)
        self._did(person, article, _key(row), after, frozenset({person.name, row["owner"]}))

    def _move(self, person: Person, article: Article, example: int) -> None:
        row = self._pick(example)
        if row is None:
            return
        start, end = row["start"], row["end"] - 1
        if start >= end:
            return
        values = {"start_offset": start, "end_offset": end}
        person.session.patch(self._path(example, "spans", row["id"]), json=values)
        after = (start, end, row["label"])
        self._did(person, article, _key(row), after, frozenset({person.name, row["owner"]}))

    def _delete(self, person: Person, article: Article, example: int) -> None:
        row = self._pick(example)
        if row is None:
            return
        person.session.delete(self._path(example, "spans", row["id"]))
        self._did(person, article, _key(row), None, frozenset())

    def _comment(self, person: Person, article: Article, example: int) -> None:
        where = f"projects/{self._project}/comments"
        person.session.post(where, params={"example": example}, json={"text": "Pourquoi ?"})

    def _confirm(self, person: Person, article: Article, example: int) -> None:
        """Press the button; in a shared project it takes anybody's confirmation back."""
        person.session.post(self._path(example, "states"))
        self._order += 1
        standing = self._confirmations(example)
        earlier = {who: order for who, order in article.confirmed.items() if who in standing}
        pressed = {person.name: self._order} if person.name in standing else {}
        article.confirmed = {**earlier, **pressed}
        self._log(f"{person.name} confirmed {article.key[:6]}: {standing}")

    def _unconfirm(self, person: Person, article: Article, example: int) -> None:
        if self._confirmations(example):
            self._confirm(person, article, example)

    def _confirm_some(self) -> None:
        living = [person for person in self._people if not person.gone]
        for article in self._articles[:16]:
            example = self._example(article)
            if living and example is not None and self._rng.random() < 0.6:
                person = self._rng.choice(living)
                try:
                    if self._confirmations(example):
                        self._confirm(person, article, example)
                    self._confirm(person, article, example)
                except Refused as error:
                    self.findings.log.append(f"refused: {error}")

    def _did(
        self,
        person: Person,
        article: Article,
        before: SpanKey | None,
        after: SpanKey | None,
        known: frozenset[str],
    ) -> None:
        self._order += 1
        article.pending.append(Act(self._order, person.name, before, after, known))
        self._log(f"{person.name} in {article.key[:6]}: {before} -> {after}")

    # -- what the server does

    def _changes(self) -> list[Callable[[], None]]:
        return [
            self._restore,
            self._delete_account,
            self._deactivate_account,
            self._rename_account,
            self._delete_label_type,
            self._rename_label_type,
            self._swap_label_types,
            self._recolour_label_type,
            self._wipe_metadata,
            self._change_text,
            self._delete_example,
            self._clone_project,
            self._switch_sharing,
        ]

    def _back_up(self) -> None:
        path = self.root / f"backup-{len(self._backups)}.sqlite3"
        self._server.back_up(path)
        people = frozenset(person.name for person in self._people if not person.gone)
        self._backups.append(Snapshot(path, self._order, people))
        self._log("backup")

    def _restore(self) -> None:
        if not self._backups:
            return
        backup = self._backups[-1]
        if backup.people != {person.name for person in self._people if not person.gone}:
            return  # an account that comes back is a story of its own
        self._server.restore(backup.path)
        for article in self._articles:
            article.pending = [act for act in article.pending if act.order <= backup.order]
            article.confirmed = {
                who: order for who, order in article.confirmed.items() if order <= backup.order
            }
        self._changed("backup restored")

    def _leaver(self) -> Person | None:
        living = [person for person in self._people if not person.gone]
        return self._rng.choice(living) if len(living) > 1 else None

    def _delete_account(self) -> None:
        if (person := self._leaver()) is not None:
            self._pages.delete_account(person.number)
            person.gone = True
            for article in self._articles:
                article.confirmed.pop(person.name, None)
            self._changed(f"account {person.name} deleted")

    def _deactivate_account(self) -> None:
        if (person := self._leaver()) is not None:
            self._pages.deactivate_account(person.number, person.name)
            person.gone = True
            self._changed(f"account {person.name} deactivated")

    def _rename_account(self) -> None:
        if (person := self._leaver()) is not None:
            self._order += 1  # a name of its own: a backup can bring back one that was renamed
            name = f"{person.name}x{self._order}"
            person.session.patch("auth/user/", json={"username": name})
            self._changed(f"account {person.name} renamed")

    def _delete_label_type(self) -> None:
        types = self._types()
        label = self._rng.choice(LABELS)
        if label in types:
            self._admin.delete(f"projects/{self._project}/span-types/{types[label]}")
            self._changed(f"label type {label} deleted")

    def _rename_label_type(self) -> None:
        types = self._types()
        label = self._rng.choice(LABELS)
        if label in types:
            self._edit_type(types[label], text=f"{label}-{self._order}")
            self._changed(f"label type {label} renamed")

    def _swap_label_types(self) -> None:
        types = self._types()
        if {"PER", "LOC"} <= types.keys():
            self._edit_type(types["PER"], text="PER-LOC")
            self._edit_type(types["LOC"], text="PER")
            self._edit_type(types["PER"], text="LOC")
            self._changed("label types PER and LOC swapped")

    def _recolour_label_type(self) -> None:
        types = self._types()
        if "ORG" in types:
            self._edit_type(types["ORG"], background_color="#123456", suffix_key="z")
            self._changed("label type ORG recoloured")

    def _edit_type(self, number: int, **values: str) -> None:
        self._admin.patch(f"projects/{self._project}/span-types/{number}", json=values)

    def _wipe_metadata(self) -> None:
        article = self._rng.choice(self._articles)
        if (example := self._example(article)) is not None:
            self._admin.patch(f"projects/{self._project}/examples/{example}", json={"meta": {}})
            self._changed(f"metadata of {article.key[:6]} wiped")

    def _change_text(self) -> None:
        article = self._rng.choice(self._articles[12:])
        if (example := self._example(article)) is not None:
            body = {"text": article.text.replace("Oslo", "Rome")}
            self._admin.patch(f"projects/{self._project}/examples/{example}", json=body)
            self._changed(f"text of {article.key[:6]} changed")

    def _delete_example(self) -> None:
        article = self._rng.choice(self._articles[12:])
        if (example := self._example(article)) is not None:
            self._admin.delete(f"projects/{self._project}/examples/{example}")
            article.pending, article.confirmed = [], {}
            self._changed(f"example of {article.key[:6]} deleted")

    def _clone_project(self) -> None:
        self._admin.post(f"projects/{self._project}/clone")
        self._changed("project cloned by hand")

    def _switch_sharing(self) -> None:
        shared = self._rng.random() < 0.5
        body = {**_KIND, "collaborative_annotation": shared}
        self._admin.patch(f"projects/{self._project}", json=body)
        self._changed(f"sharing set to {shared}")

    def _changed(self, what: str) -> None:
        self._order += 1
        self.findings.changes[what.split()[0]] += 1
        self._log(f"SERVER: {what}")

    # -- a sync, and what it was to do

    def _sync(self, name: str) -> SyncReport | None:
        curator = self._rng.choice(self._curators)
        before, there = self._gold(), self._there()
        self._standing = {
            article.key
            for article in self._articles
            if (example := self._example(article)) is not None and self._confirmations(example)
        }
        self._log(f"sync ({name}) by {curator.name}")
        with pytest.MonkeyPatch.context() as context, self._workspace() as workspace:
            context.setenv(USER, curator.name)
            context.setenv(PASSWORD, self._passwords[curator.name])
            try:
                report = sync(workspace)
            except CurateError as error:
                self.findings.lost.append(f"the sync ended with {error}")
                return None
        codes = sorted({problem.code for problem in report.outcome.problems})
        self._log(f"  pulled {report.outcome.pulled}, {codes}")
        self._check(report, before, there)
        return report

    def _check(
        self,
        report: SyncReport,
        before: dict[str, dict[SpanKey, str]],
        there: dict[str, set[SpanKey]],
    ) -> None:
        after, now = self._gold(), self._there()
        named = {problem.document for problem in report.outcome.problems}
        for change in report.outcome.server_changes:
            named |= {*change.documents}
        with self._workspace() as workspace, workspace.store.read() as tx:
            conflicts = tx.conflicts()
            histories = {
                article.key: {span.key for each in tx.revisions(article.key) for span in each.spans}
                for article in self._articles
            }
            proposals = {
                article.key: {span.key for span in layer.spans}
                for article in self._articles
                if (layer := tx.annotation(article.key, "proposal")) is not None
            }
        for article in self._articles:
            key = article.key
            held = {
                span.key
                for conflict in conflicts.get(key, ())
                for side in ("ours", "theirs")
                for span in conflict.version(side)
            }
            old, new = before.get(key), after.get(key)
            if new is not None and new != old:
                self._explain(article, old, new, proposals.get(key, set()))
            self._find_lost(
                article,
                new,
                there.get(key, set()),
                now.get(key, set()),
                histories[key] | held,
                reported=key in named or key in conflicts,
            )
            reported = key in named or key in conflicts
            if new is not None and not reported and (new != old or article.confirmed):
                article.pending, article.confirmed = [], {}

    def _explain(
        self,
        article: Article,
        old: dict[SpanKey, str] | None,
        new: dict[SpanKey, str],
        proposed: set[SpanKey],
    ) -> None:
        """Whether somebody did, and somebody confirmed, what changed in the gold."""
        name = article.key[:6]
        if not article.confirmed and article.key not in self._standing:
            self.findings.unexplained.append(f"{name} changed and nobody confirmed it")
        shown = proposed if old is None else {*old}
        made = {act.after for act in article.pending}
        taken_away = {act.before for act in article.pending}
        for key in sorted(new.keys() - shown - made):
            self.findings.unexplained.append(f"{name} has {key}, which nobody marked")
        decided = made & new.keys()  # spans do not overlap here: a mark decides about its place
        for key in sorted(shown - new.keys() - taken_away):
            if any(key[0] < end and start < key[1] for start, end, _ in decided):
                continue
            self.findings.unexplained.append(f"{name} lacks {key}, which nobody took away")
        authors: dict[SpanKey, frozenset[str]] = {}
        for act in article.pending:
            if act.after is not None:
                later = {who for who, order in article.confirmed.items() if order > act.order}
                authors[act.after] = act.known
                if act.before is not None:  # Doccano does not tell who changed a span
                    authors[act.after] |= later or {UNKNOWN}
        for key in sorted(new.keys() - shown & authors.keys()):
            by = _first_name(new[key].removeprefix("annotator:"))
            if by not in authors[key]:
                self.findings.misattributed.append(
                    f"{name} {key} is by {by} and not {sorted(authors[key])}"
                )

    def _find_lost(
        self,
        article: Article,
        gold: dict[SpanKey, str] | None,
        there: set[SpanKey],
        now: set[SpanKey],
        kept: set[SpanKey],
        reported: bool,
    ) -> None:
        """Whether what people did is in the gold, or is kept, or still waits on the server."""
        touched = {key for act in article.pending for key in (act.before, act.after) if key}
        for key in sorted(touched):
            marked = key in there
            taken = gold is not None and (key in gold) == marked
            waits = (key in now) == marked and (reported or not article.confirmed)
            is_kept = reported and (not marked or key in kept)
            if not (taken or waits or is_kept):
                verb = "marked" if marked else "taken away"
                self.findings.lost.append(f"{article.key[:6]} {key} was {verb}, and is lost")

    def _check_twice(self) -> None:
        query = (
            "select json_extract(meta, '$.curate_id'), count(*) from examples_example "
            "where project_id=? group by 1 having count(*) > 1"
        )
        for document, count in self._server.rows(query, self._project):
            self.findings.duplicated.append(f"{document} is there {count} times")
        query = (
            "select example_id, start_offset, end_offset, count(*) from labels_span s "
            "join examples_example e on e.id=s.example_id where e.project_id=? "
            "group by 1, 2, 3 having count(*) > 1"
        )
        for row in self._server.rows(query, self._project):
            self.findings.duplicated.append(f"span {row}")

    # -- reading

    def _gold(self) -> dict[str, dict[SpanKey, str]]:
        """The gold's spans and who made them, by document."""
        with self._workspace() as workspace, workspace.store.read() as tx:
            return {
                head.document: {span.key: span.by for span in head.spans} for _, head in tx.heads()
            }

    def _there(self) -> dict[str, set[SpanKey]]:
        """The spans on the server, by document."""
        query = (
            "select e.text, s.start_offset, s.end_offset, s.label_id from examples_example e "
            "left join labels_span s on s.example_id=e.id where e.project_id=?"
        )
        self._types()
        by_text = {article.text: article.key for article in self._articles}
        spans: dict[str, set[SpanKey]] = defaultdict(set)
        for text, start, end, label in self._server.rows(query, self._project):
            if (key := by_text.get(text)) is not None:
                spans[key] |= set() if start is None else {(start, end, self._labels[label])}
        return spans

    @property
    def _project(self) -> int:
        query = "select coalesce(min(id), 0) from projects_project where name=?"
        ((number,),) = self._server.rows(query, self.name)
        return int(number)

    def _example(self, article: Article) -> int | None:
        query = "select id from examples_example where project_id=? and text=? order by id"
        rows = self._server.rows(query, self._project, article.text)
        return int(rows[0][0]) if rows else None

    def _types(self) -> dict[str, int]:
        """Ids of the label types, by the names that they were made with."""
        query = "select id, text from label_types_spantype where project_id=?"
        for number, text in self._server.rows(query, self._project):
            self._labels.setdefault(int(number), str(text))
        rows = self._server.rows(query, self._project)
        return {self._labels[int(number)]: int(number) for number, _ in rows}

    def _rows(self, example: int) -> list[dict[str, Any]]:
        query = (
            "select s.id, s.start_offset, s.end_offset, s.label_id, u.username from labels_span s "
            "join auth_user u on u.id=s.user_id "
            "where s.example_id=? order by s.id"
        )
        self._types()
        return [
            {
                "id": number,
                "start": start,
                "end": end,
                "label": self._labels[label],
                "owner": _first_name(owner),
            }
            for number, start, end, label, owner in self._server.rows(query, example)
        ]

    def _keys(self, example: int) -> list[SpanKey]:
        return [_key(row) for row in self._rows(example)]

    def _pick(self, example: int) -> dict[str, Any] | None:
        rows = self._rows(example)
        return self._rng.choice(rows) if rows else None

    def _confirmations(self, example: int) -> list[str]:
        """Who confirmed an example, by their first names."""
        query = (
            "select u.username from examples_examplestate s "
            "join auth_user u on u.id=s.confirmed_by_id where s.example_id=?"
        )
        return [_first_name(name) for (name,) in self._server.rows(query, example)]

    def _path(self, example: int, *rest: Any) -> str:
        return "/".join(map(str, (f"projects/{self._project}/examples/{example}", *rest)))

    def _log(self, line: str) -> None:
        self.findings.log.append(line)


def _first_name(account: str) -> str:
    """The name of an account before it was renamed."""
    return account.partition("x")[0]


def _key(row: dict[str, Any]) -> SpanKey:
    return (int(row["start"]), int(row["end"]), str(row["label"]))
