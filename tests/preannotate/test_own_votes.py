"""The weights of a corpus follow its gold: when, how far, and what they never see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.cli import run_command

from curate.cli.preannotate import render_preannotated
from curate.config import FILE
from curate.layers import PROPOSAL
from curate.ledger.works import ledger
from curate.model import Document, Revision, Span
from curate.preannotate import own_votes
from curate.preannotate.evidence import LEAST
from curate.preannotate.own_votes import recorded
from curate.preannotate.preannotation import preannotate
from curate.util.jsonl import document_id
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
AT = "2026-03-02T09:00:00Z"
SETTINGS = """
[corpus]
name = "corpus"
[preannotate]
models = []
rules = ["schemas/names-fr.yaml"]
votes = "schemas/votes-fr.yaml"
"""


def article(number: int) -> Document:
    text = f"Article {number} : à Lyon, un lecteur de Libération a écrit à Paris."
    return Document(id=document_id(text), text=text, lang="fr")


def place(document: Document, name: str, label: str) -> Span:
    start = document.text.index(name)
    return Span(start, start + len(name), label)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    for name in ("names-fr", "votes-fr"):
        shutil.copy(ROOT / "schemas" / f"{name}.yaml", tmp_path / "schemas")
    (tmp_path / FILE).write_text(SETTINGS)
    return Workspace(tmp_path, now=lambda: AT)


def add(workspace: Workspace, *documents: Document) -> None:
    with workspace.store.begin() as tx:
        for document in documents:
            tx.add_document(document)


def confirm(workspace: Workspace, *documents: Document) -> None:
    """People keep the cities, and never the newspaper."""
    with workspace.store.begin() as tx:
        for document in documents:
            spans = (place(document, "Lyon", "LOC"), place(document, "Paris", "LOC"))
            tx.add_revision(
                Revision(
                    document=document.id,
                    number=1,
                    author="annotator:anna",
                    at=AT,
                    reason="",
                    schema=workspace.schema.id,
                    spans=spans,
                    confirmed_by="anna",
                )
            )


def proposal(workspace: Workspace, document: Document) -> tuple[Span, ...]:
    with workspace.store.begin() as tx:
        layer = tx.annotation(document.id, PROPOSAL)
    assert layer is not None
    return layer.spans


def surfaces(workspace: Workspace, document: Document) -> list[str]:
    return [document.text[s.start : s.end] for s in proposal(workspace, document)]


def test_proposals_follow_what_people_refuse(workspace: Workspace) -> None:
    annotated = [article(number) for number in range(LEAST + 10)]
    waiting, late = article(1000), article(2000)
    add(workspace, *annotated, waiting)
    first = preannotate(workspace)
    assert (first.renewed, first.votes[""].used) == (0, False)
    assert surfaces(workspace, waiting) == ["Lyon", "Libération", "Paris"]
    shown = proposal(workspace, annotated[0])
    confirm(workspace, *annotated)
    add(workspace, late)
    second = preannotate(workspace)
    adaptation = second.votes[""]
    assert (second.documents, second.renewed, adaptation.used) == (1, 1, True)
    assert adaptation.documents == len(annotated)
    assert (adaptation.candidates, adaptation.accepted) == (3 * len(annotated), 2 * len(annotated))
    assert adaptation.shared_f1 == pytest.approx(0.8) and adaptation.own_f1 == 1.0
    for document in (waiting, late):
        assert surfaces(workspace, document) == ["Lyon", "Paris"]
        assert all("+votes:votes-fr@2.0.0+" in span.by for span in proposal(workspace, document))
    # What people were shown stays, and their gold has no part in it.
    assert proposal(workspace, annotated[0]) == shown
    render_preannotated(second)


def test_the_same_gold_gives_the_same_weights_and_they_are_on_record(workspace: Workspace) -> None:
    annotated = [article(number) for number in range(LEAST)]
    add(workspace, *annotated)
    preannotate(workspace)
    confirm(workspace, *annotated)
    made = []
    for number in (1000, 1001):
        add(workspace, article(number))
        preannotate(workspace)
        with workspace.store.begin() as tx:
            made.append(recorded(tx)[""])
    assert made[0] == made[1]
    assert made[0].votes is not None and made[0].votes.version == f"2.0.0+{made[0].gold[:8]}"
    fact = "rules:names-fr/companies-and-media agrees on ORG"
    assert made[0].facts[fact] == (LEAST, 0)
    assert made[0].facts["rules:names-fr/cities agrees on LOC"] == (2 * LEAST, 2 * LEAST)
    (path,) = (workspace.root / ".curate" / "votes").iterdir()
    assert path.name == f"votes-fr@{made[0].votes.version}.yaml"


def test_weights_whose_proposals_were_interrupted_are_not_on_record(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotated = [article(number) for number in range(LEAST)]
    waiting = article(1000)
    add(workspace, *annotated, waiting)
    preannotate(workspace)
    confirm(workspace, *annotated)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(own_votes, "propose", interrupted)
        preannotate(workspace)
    with workspace.store.begin() as tx:
        assert recorded(tx)[""].votes is None
    assert surfaces(workspace, waiting) == ["Lyon", "Libération", "Paris"]
    assert preannotate(workspace).renewed == 1
    assert surfaces(workspace, waiting) == ["Lyon", "Paris"]


def test_it_can_be_switched_off_and_few_documents_change_nothing(workspace: Workspace) -> None:
    annotated = [article(number) for number in range(LEAST + 10)]
    late = article(2000)
    add(workspace, *annotated)
    preannotate(workspace)
    confirm(workspace, *annotated[: LEAST - 1])
    add(workspace, late)
    result = preannotate(workspace)
    assert result.votes[""].own_f1 is None and not result.votes[""].used
    confirm(workspace, *annotated[LEAST - 1 :])
    path = workspace.root / FILE
    path.write_text(SETTINGS + "adapt = false\n")
    off = Workspace(workspace.root, now=lambda: AT)
    assert preannotate(off).votes == {}
    assert surfaces(off, late) == ["Lyon", "Libération", "Paris"]
    path.write_text(SETTINGS)
    assert preannotate(Workspace(workspace.root, now=lambda: AT)).renewed == 1
    assert surfaces(workspace, late) == ["Lyon", "Paris"]
    path.write_text(SETTINGS + "adapt = false\n")
    assert preannotate(off).renewed == 1
    assert surfaces(off, late) == ["Lyon", "Libération", "Paris"]


def test_the_ledger_says_what_the_weights_follow(workspace: Workspace) -> None:
    annotated = [article(number) for number in range(LEAST)]
    add(workspace, *annotated)
    preannotate(workspace)
    confirm(workspace, *annotated)
    add(workspace, article(1000))
    preannotate(workspace)
    result = ledger(workspace)
    followed = result.votes[""]
    assert (followed.shared, followed.adaptation.documents) == ("votes-fr@2.0.0", LEAST)
    assert followed.facts["rules:names-fr/companies-and-media agrees on ORG"] == (LEAST, 0)
    assert ledger(workspace, "en").votes == {}


def test_the_ledger_prints_how_often_each_proposer_was_right(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    annotated = [article(number) for number in range(LEAST)]
    add(workspace, *annotated)
    preannotate(workspace)
    confirm(workspace, *annotated)
    add(workspace, article(1000))
    preannotate(workspace)
    shown = run_command("ledger", "--rules", root=workspace.root)
    rows = [line.split() for line in shown.stdout.splitlines()]
    row = next(row for row in rows if "/companies-and-media agrees on ORG" in " ".join(row))
    assert row[-4:-1] == [str(LEAST), "0", "0.000"]
    assert float(row[-1]) < 0.5
