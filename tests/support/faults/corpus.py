"""The corpora of the fault suite, and the work that people and the curator do on them.

Each document has a role, which says what happens to it between the first sync and the second. A
shape is a corpus: a list of roles. Everything is the same in every run of a shape.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from curate.annotations.merge_relations import Links
from curate.doccano.push import push
from curate.doccano.session import Session
from curate.model import Annotation, Category, Document, Relation, Revision, Span
from curate.sync.conflicts import withdraw
from curate.text.offsets import to_utf16
from curate.util import jsonl
from curate.workspace import Workspace
from support.faults.truth import Server

# Roles, and whether there is gold before the first sync.
ROLES = {
    "worked": False,  # relabelled, moved, deleted, added, confirmed
    "merge": True,  # changed on both sides in different places
    "conflict": True,  # changed on both sides in one place
    "unconfirmed": False,  # changed by a person, and not confirmed
    "untouched": False,  # not changed by anybody
    "empty": False,  # nothing was proposed; a span is added
    "ahead": True,  # only the gold changes, and is updated on the server
    "agreed": False,  # confirmed as it was proposed
    "copy": False,  # imported once more by hand; one copy is worked on
    "copies": True,  # imported once more by hand; both copies are worked on
    "doubled": False,  # it has a duplicate span
    "gone": True,  # deleted on the server
    "anew": False,  # not changed, and the models propose something else meanwhile
    "withdrawn": True,  # taken out of the corpus
    "new": False,  # comes only after the first sync
    "new-gold": True,
}
LATER = ("new", "new-gold", "late")
# With independent annotators: what becomes of a document that each of them has.
TOGETHER = {
    "alike": False,  # both confirm the same
    "differ": False,  # they annotate it differently, and an adjudicator is asked
    "half": False,  # one of them has not annotated it yet
}
# Where spans are joined by relations.
JOINED = {
    "linked": False,  # one is drawn, one relabelled, one taken away
    "cut": False,  # a span is deleted, and Doccano takes its relation with it
    "here": True,  # only gold changes: one comes, one goes
    "both": True,  # one comes on either side
    "crossed": True,  # the same one changed on both sides
    "late": False,  # comes only after the first sync
}
# Where a document has a category beside its spans.
FILED = {
    "filed": False,  # another category, and a span relabelled
    "bare": False,  # its category is taken away
    "here": True,
    "crossed": True,
    "late": False,
}
SHAPES: dict[str, tuple[str, ...]] = {
    "one": ("worked",),
    "gold": ("merge",),
    "three": ("worked", "ahead", "new"),
    "mixed": ("conflict", "unconfirmed", "empty"),
    "copies": ("copy", "copies", "doubled"),
    "all": tuple(ROLES),
    "apart": tuple(TOGETHER),
    "joined": tuple(JOINED),
    "filed": tuple(FILED),
}

_OPENINGS = (
    "👩\u200d🚀 e\u0301crit : ",
    "ligne\r\nligne\rfin ",
    "\u05d0\u05d1 \u202f! ",
    "a\u2028b\u2029c\x0b ",
    "\u200f«\u00a0»\u200e ",
    '"\\n <b>&amp;</b> \t ',
    "𝒦𝒾ℯ𝓋 ",
)
_SENTENCE = "Anna Ek a vu Kiev et Paris avec l’ONU, puis Berne et Oslo. \n"
Mark = tuple[str, str]
PROPOSED: tuple[Mark, ...] = (("Anna", "PER"), ("Kiev", "LOC"), ("Paris", "ORG"), ("puis", "ORG"))
_EDITED: dict[str, tuple[Mark, ...]] = {
    "merge": (("Anna", "PER"), ("Kiev", "LOC"), ("Paris", "LOC")),
    "conflict": (("Anna", "PER"), ("Kiev", "LOC"), ("Paris", "PER"), ("puis", "ORG")),
    "ahead": (("Anna Ek", "PER"), ("Kiev", "LOC"), ("Paris", "LOC"), ("Oslo", "LOC")),
    "copies": (("Anna", "PER"), ("Kiev", "LOC"), ("Paris", "ORG"), ("Oslo", "LOC")),
}

# What a shape has beside spans: as it is proposed, and as gold is edited here.
Arrow = tuple[str, str, str]
ARROWS: tuple[Arrow, ...] = (("Anna", "Kiev", "visits"), ("Anna", "Paris", "visits"))
TOPIC = "monde"
_EDITED_ARROWS: dict[str, tuple[Arrow, ...]] = {
    "here": (("Anna", "Kiev", "visits"), ("puis", "Paris", "seats")),
    "both": (*ARROWS, ("puis", "Kiev", "seats")),
    "crossed": (("Anna", "Kiev", "seats"), ("Anna", "Paris", "visits")),
}
_EDITED_TOPIC = {"here": "sport", "crossed": "sport"}

SCHEMA = """\
name: small
version: 1.0.0
language: fr
title: Trois étiquettes
introduction: Pour les essais.
labels:
  - {name: PER, title: Personne, description: Personne., colour: "#0072B2", key: p}
  - {name: LOC, title: Lieu, description: Lieu., colour: "#009E73", key: l}
  - {name: ORG, title: Organisation, description: Organisation., colour: "#D55E00", key: o}
"""
_BESIDE = {
    "joined": """\
relations:
  - {name: visits, title: visite, description: Qui est là., colour: "#6A1B9A"}
  - {name: seats, title: siège, description: Où est le siège., colour: "#2E7D32"}
""",
    "filed": """\
exclusive: true
categories:
  - {name: monde, title: Monde, description: Ailleurs., colour: "#6A1B9A", key: m}
  - {name: sport, title: Sport, description: Les jeux., colour: "#2E7D32", key: s}
""",
}
_INDEPENDENT = """\
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
adjudicators = ["carla"]
overlap = 1.0
"""
CONFIG = """\
[corpus]
name = "{name}"
schema = "schemas/small.yaml"
[preannotate]
models = []
rules = []
[doccano.members]
anna = "annotator"
bela = "annotator"
"""


@dataclass(frozen=True)
class Role:
    """A document of a shape."""

    shape: str
    name: str
    text: str

    @property
    def key(self) -> str:
        return jsonl.document_id(self.text)

    def spans(self, marks: tuple[Mark, ...], by: str = "") -> tuple[Span, ...]:
        places = ((self.text.index(word), word, label) for word, label in marks)
        return tuple(Span(at, at + len(word), label, by=by) for at, word, label in places)

    def links(self, arrows: tuple[Arrow, ...], topic: str, by: str = "") -> Links:
        """Its relations, or its category, as far as the shape has any."""
        if self.shape == "joined":
            key = {word: self.spans(((word, label),))[0].key for word, label in PROPOSED}
            made = (Relation(key[head], key[tail], label, by=by) for head, tail, label in arrows)
            return Links(relations=tuple(sorted(made, key=lambda each: each.key)))
        return Links(categories=(Category(topic, by=by),)) if self.shape == "filed" else Links()


def roles(shape: str) -> list[Role]:
    return [
        Role(shape, name, f"{_OPENINGS[number % len(_OPENINGS)]}{name}. {_SENTENCE}")
        for number, name in enumerate(SHAPES[shape])
    ]


def make(root: Path, name: str, shape: str) -> None:
    """A workspace with the documents of a shape."""
    (root / "schemas").mkdir(parents=True)
    schema = SCHEMA + _BESIDE.get(shape, "")
    (root / "schemas" / "small.yaml").write_text(schema, encoding="utf-8")
    _configure(root, name, shape)
    workspace = Workspace(root)
    for role in roles(shape):
        if role.name not in LATER:
            _add(workspace, role)
    workspace.store.close()


def copy(template: Path, root: Path, name: str, shape: str) -> None:
    """The same workspace under another name, and so with projects of its own."""
    shutil.copytree(template, root)
    _configure(root, name, shape)


def _configure(root: Path, name: str, shape: str) -> None:
    text = CONFIG.format(name=name) + (_INDEPENDENT if shape == "apart" else "")
    (root / "curate.toml").write_text(text, encoding="utf-8")


def _add(workspace: Workspace, role: Role) -> None:
    marks = () if role.name == "empty" else PROPOSED
    with workspace.store.begin() as tx:
        tx.add_document(Document(id=role.key, text=role.text, lang="fr"))
        if _has_gold(role):
            links = role.links(ARROWS, TOPIC, "import:archive")
            tx.add_revision(_revision(role, 1, marks, links, "import:archive"))
        else:
            tx.put_annotation(_proposal(role, marks, "model:test@1"))


def _has_gold(role: Role) -> bool:
    return {"joined": JOINED, "filed": FILED}.get(role.shape, ROLES).get(role.name, False)


def _proposal(role: Role, marks: tuple[Mark, ...], by: str) -> Annotation:
    return Annotation(
        document=role.key,
        layer="proposal",
        spans=role.spans(marks, by),
        **_parts(role.links(ARROWS, TOPIC, by)),
    )


def _revision(
    role: Role, number: int, marks: tuple[Mark, ...], links: Links, author: str
) -> Revision:
    return Revision(
        document=role.key,
        number=number,
        author=author,
        at="2026-01-01T00:00:00Z",
        reason="made here",
        schema="small@1.0.0",
        spans=role.spans(marks, author),
        **_parts(links),
    )


def _parts(links: Links) -> dict[str, Any]:
    return {"relations": links.relations, "categories": links.categories}


def work_here(root: Path, shape: str) -> None:
    """What the curator does between the syncs: gold is changed, documents come in."""
    workspace = Workspace(root)
    for role in roles(shape):
        if role.name in LATER:
            _add(workspace, role)
        elif role.name == "withdrawn":
            withdraw(workspace, role.key, "an advertisement")
        elif role.name == "anew":
            marks = (*PROPOSED, ("Berne", "LOC"))
            with workspace.store.begin() as tx:
                tx.put_annotation(_proposal(role, marks, "model:test@2"))
        elif role.name in (*_EDITED, *_EDITED_ARROWS):
            _edit(workspace, role)
    workspace.store.close()


def _edit(workspace: Workspace, role: Role) -> None:
    marks = _EDITED.get(role.name, PROPOSED)
    arrows = _EDITED_ARROWS.get(role.name, ARROWS)
    links = role.links(arrows, _EDITED_TOPIC.get(role.name, TOPIC), "curator:c")
    with workspace.store.begin() as tx:
        head = tx.head(role.key)
        assert head is not None
        made = _revision(role, head.number + 1, marks, links, "curator:c")
        tx.add_revision(msgspec.structs.replace(made, confirmed_by=head.confirmed_by))


class Work:
    """What people do on the server between the syncs, by the API that Doccano's pages use.

    Args:
        server: where to look for the numbers of examples and spans.
        name: name of the project.
        admin: session of the administrator.
        people: sessions of the annotators.
    """

    def __init__(
        self, server: Server, name: str, admin: Session, people: dict[str, Session]
    ) -> None:
        self._server = server
        (self._project,) = server.projects(name)
        self._base = f"projects/{self._project}"
        self._admin = admin
        self._people = people
        self._types = {
            row["text"]: row["id"]
            for kind in ("span", "relation", "category")
            for row in admin.get(f"{self._base}/{kind}-types").json()
        }

    def do(self, shape: str) -> None:
        """All that happens on the server."""
        everyone = roles(shape)
        self._import_copies([role for role in everyone if role.name in ("copy", "copies")])
        for role in everyone:
            if role.name not in LATER:
                examples = self._server.examples(self._project, role.key)
                getattr(self, f"_{role.name}", self._nothing)(role, *examples)

    def do_independently(self, shape: str, who: str) -> None:
        """All that happens in the project of one of two independent annotators."""
        for role in roles(shape):
            (example,) = self._server.examples(self._project, role.key)
            if (role.name, who) == ("differ", "anna"):
                self._change(role, example, "Paris", who, label=self._types["LOC"])
                self._mark(role, example, "Berne", "LOC", who)
            if (role.name, who) != ("half", "bela"):
                self._confirm(example, who)

    def _nothing(self, role: Role, *examples: int) -> None:
        pass

    def _worked(self, role: Role, example: int) -> None:
        self._change(role, example, "Anna", end_offset=role.text.index("Anna Ek") + 7)
        self._change(role, example, "Paris", label=self._types["LOC"])
        self._remove(role, example, "puis")
        self._mark(role, example, "Berne", "LOC")
        self._confirm(example)

    def _merge(self, role: Role, example: int) -> None:
        self._mark(role, example, "Berne", "LOC", "bela")
        self._confirm(example)

    def _conflict(self, role: Role, example: int) -> None:
        self._change(role, example, "Paris", label=self._types["LOC"])
        self._confirm(example)

    def _unconfirmed(self, role: Role, example: int) -> None:
        self._change(role, example, "Paris", who="bela", label=self._types["LOC"])

    def _empty(self, role: Role, example: int) -> None:
        self._mark(role, example, "Oslo", "LOC", "bela")
        self._confirm(example, "bela")

    def _agreed(self, role: Role, example: int) -> None:
        self._confirm(example, "bela")

    def _copy(self, role: Role, first: int, second: int) -> None:
        self._mark(role, second, "Berne", "LOC")
        self._confirm(second)

    def _copies(self, role: Role, first: int, second: int) -> None:
        self._mark(role, first, "Berne", "LOC")
        self._remove(role, second, "puis", "bela")
        self._confirm(first)

    def _doubled(self, role: Role, example: int) -> None:
        """The page refuses an overlap; an import, or a setting changed for a while, does not."""
        kind = {"resourcetype": "SequenceLabelingProject"}
        self._admin.patch(self._base, json={**kind, "allow_overlapping": True})
        self._mark(role, example, "Kiev", "LOC")
        self._admin.patch(self._base, json={**kind, "allow_overlapping": False})
        self._confirm(example)

    def _gone(self, role: Role, example: int) -> None:
        self._admin.delete(f"{self._base}/examples/{example}")

    def _linked(self, role: Role, example: int) -> None:
        self._link(role, example, ("puis", "Kiev", "seats"))
        self._turn(role, example, ("Anna", "Kiev"), "seats")
        self._people["anna"].delete(self._arrow(role, example, ("Anna", "Paris")))
        self._confirm(example)

    def _cut(self, role: Role, example: int) -> None:
        self._remove(role, example, "Paris")
        self._confirm(example)

    def _both(self, role: Role, example: int) -> None:
        self._link(role, example, ("puis", "Paris", "seats"))
        self._confirm(example)

    def _crossed(self, role: Role, example: int) -> None:
        if role.shape == "filed":
            self._file(example, "")
        else:
            self._people["anna"].delete(self._arrow(role, example, ("Anna", "Kiev")))
        self._confirm(example)

    def _filed(self, role: Role, example: int) -> None:
        self._file(example, "sport")
        self._change(role, example, "Paris", label=self._types["LOC"])
        self._confirm(example)

    def _bare(self, role: Role, example: int) -> None:
        self._file(example, "")
        self._confirm(example, "bela")

    # -- single acts

    def _import_copies(self, copied: list[Role]) -> None:
        if copied:
            batch = [
                (
                    Document(id=role.key, text=role.text, lang="fr"),
                    Annotation(document=role.key, layer="remote", spans=role.spans(PROPOSED)),
                )
                for role in copied
            ]
            push(self._admin, self._project, f"by hand {self._project}", batch)

    def _mark(self, role: Role, example: int, word: str, label: str, who: str = "anna") -> None:
        at = role.text.index(word)
        body = {
            "start_offset": to_utf16(role.text, at),
            "end_offset": to_utf16(role.text, at + len(word)),
            "label": self._types[label],
        }
        self._people[who].post(f"{self._base}/examples/{example}/spans", json=body)

    def _change(
        self, role: Role, example: int, word: str, who: str = "anna", **values: int
    ) -> None:
        self._people[who].patch(self._span(role, example, word), json=values)

    def _remove(self, role: Role, example: int, word: str, who: str = "anna") -> None:
        self._people[who].delete(self._span(role, example, word))

    def _span(self, role: Role, example: int, word: str) -> str:
        return f"{self._base}/examples/{example}/spans/{self._number(role, example, word)}"

    def _number(self, role: Role, example: int, word: str) -> int:
        return self._server.span_at(example, to_utf16(role.text, role.text.index(word)))

    def _link(self, role: Role, example: int, arrow: Arrow) -> None:
        head, tail, label = arrow
        body = {
            "from_id": self._number(role, example, head),
            "to_id": self._number(role, example, tail),
            "type": self._types[label],
        }
        self._people["anna"].post(f"{self._base}/examples/{example}/relations", json=body)

    def _turn(self, role: Role, example: int, ends: tuple[str, str], label: str) -> None:
        body = {"type": self._types[label]}
        self._people["anna"].patch(self._arrow(role, example, ends), json=body)

    def _arrow(self, role: Role, example: int, ends: tuple[str, str]) -> str:
        numbers = (self._number(role, example, word) for word in ends)
        return f"{self._base}/examples/{example}/relations/{self._server.arrow_between(*numbers)}"

    def _file(self, example: int, label: str) -> None:
        """The page of a project with several categories: one is taken away, another put."""
        where = f"{self._base}/examples/{example}/categories"
        for row in self._people["anna"].get(where).json():
            self._people["anna"].delete(f"{where}/{row['id']}")
        if label:
            self._people["anna"].post(where, json={"label": self._types[label]})

    def _confirm(self, example: int, who: str = "anna") -> None:
        self._people[who].post(f"{self._base}/examples/{example}/states")
