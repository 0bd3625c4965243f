"""What an annotator sees and does on Doccano's page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from support.annotator_page import AnnotatorPage, Mark

from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.server]

Propose = Callable[..., tuple[Workspace, str]]
ASTRONAUT = "👩\u200d🚀"
HEBREW = "\u05d1\u05e0\u05d9\u05de\u05d9\u05df \u05e0\u05ea\u05e0\u05d9\u05d4\u05d5"
ARABIC = "\u0641\u0644\u0633\u0637\u064a\u0646"
JOSE, ORLEANS, DAY = "Jose\u0301 Pe\u0301rez", "Orle\u0301ans", "2\u00a0juin\u202f2025"
TRICKY = (
    f"Le drapeau 🇺🇦 flotte à Kiev {ASTRONAUT}👨\u200d👩\u200d👧\u200d👦\u00a0: {JOSE} "
    f"({HEBREW}) a dit «\u00a0Vive l’Ukraine\u00a0!\u00a0» à 𝒦𝒾ℯ𝓋 le {DAY}, puis {ARABIC} et l’ONU "
    f"❤\ufe0f\u200d🔥 dans {ORLEANS}."
)


class Work(NamedTuple):
    """A document, what is proposed for it, and what anna makes of it (surfaces and labels)."""

    text: str
    proposal: dict[str, str]
    relabel: tuple[str, str]
    remove: str
    by_menu: tuple[str, str]
    by_key: tuple[str, str]
    by_typing: tuple[str, str]


@pytest.fixture(params=["seed", "tricky"])
def work(request: pytest.FixtureRequest, seed_file) -> Work:
    if request.param == "tricky":
        proposal = {
            "Kiev": "LOC",
            JOSE: "PER",
            HEBREW: "PER",
            "Ukraine": "ORG",
            "𝒦𝒾ℯ𝓋": "ORG",
            DAY: "DATE",
            "ONU": "ORG",
        }
        return Work(
            TRICKY,
            proposal,
            relabel=("Ukraine", "LOC"),
            remove=HEBREW,
            by_menu=(ORLEANS, "LOC"),
            by_key=(ARABIC, "LOC"),
            by_typing=(ASTRONAUT, "MISC"),
        )
    proposal = {
        "Marco Rubio": "PER",
        "Ukraine": "LOC",
        "Russie": "LOC",
        "Jean-Noël Barrot": "PER",
        "Département d'État": "ORG",
        "Hamas": "LOC",
        "armes nucléaires": "MISC",
        "Istanbul": "LOC",
        "2 juin": "DATE",
    }
    return Work(
        seed_file.read_text("utf-8").rstrip("\n"),
        proposal,
        relabel=("Hamas", "ORG"),
        remove="armes nucléaires",
        by_menu=("Temmie Bruce", "PER"),
        by_key=("russe", "NORP"),
        by_typing=("ministre des Affaires étrangères", "ROLE"),
    )


def wanted(work: Work) -> dict[tuple[int, int, str], str]:
    """The gold that has to come of anna's work: who each span is by."""
    text, theirs = work.text, dict(work.proposal)
    ours = [work.relabel, work.by_menu, work.by_key, work.by_typing]
    for surface in (work.relabel[0], work.remove):
        del theirs[surface]
    rows = [(*pair, "model:test@1") for pair in theirs.items()]
    rows += [(*pair, "annotator:anna") for pair in ours]
    return {(text.index(s), text.index(s) + len(s), label): by for s, label, by in rows}


def test_the_annotator_sees_the_schema(
    propose: Propose, anna: AnnotatorPage, picture: Callable[..., None]
):
    workspace, _ = propose("Kiev.", {"Kiev": "LOC"})
    anna.open(workspace.config.project)
    labels = workspace.schema.labels
    assert [(one.name, one.key, one.colour) for one in anna.labels()] == [
        (label.name, label.key, label.colour) for label in labels
    ]
    shown = anna.guideline()
    picture(anna, "guideline")
    assert shown.locator("h1").inner_text() == workspace.schema.title
    text = " ".join(shown.inner_text().split())
    for label in labels:
        assert label.title in text
        assert all(rule in text for rule in label.rules)
    assert "**" not in text
    assert "##" not in text


def sees(anna: AnnotatorPage, work: Work, colour: dict[str, str]) -> None:
    """Every mark has its label's name and colour, and is drawn under its letters."""
    assert anna.text() == work.text.replace("\n\n", "⮐")
    in_order = sorted(work.proposal.items(), key=lambda pair: work.text.index(pair[0]))
    assert anna.marks() == [Mark(label, surface, colour[label]) for surface, label in in_order]


def corrects(anna: AnnotatorPage, work: Work, keys: dict[str, str]) -> None:
    """Each of the ways to change, delete and add a mark."""
    anna.click_mark(work.relabel[0])
    anna.choose(work.relabel[1])
    anna.remove_mark(work.remove)
    anna.select(work.by_menu[0])
    anna.choose(work.by_menu[1])
    anna.select(work.by_typing[0])
    anna.type_and_take(work.by_typing[1][:2].lower())
    anna.put_on(keys[work.by_key[1]])
    anna.select_with_label_on(work.by_key[0])


def test_what_the_annotator_sees_and_does_becomes_gold(
    work: Work, propose: Propose, anna: AnnotatorPage, picture: Callable[..., None]
):
    workspace, key = propose(work.text, work.proposal)
    labels = workspace.schema.labels
    anna.open(workspace.config.project)
    sees(anna, work, {label.name: label.colour for label in labels})
    corrects(anna, work, {label.name: label.key for label in labels})
    anna.sees_confirmed(False)
    anna.confirm()
    anna.sees_confirmed(True)
    if work.text != TRICKY:
        picture(anna, "annotation")

    outcome = sync(workspace).outcome
    assert outcome.problems == ()
    assert {what: count for what, count in outcome.spans.items() if count} == {
        "kept": len(work.proposal) - 2,
        "relabelled": 1,
        "removed": 1,
        "added": 3,
    }
    with workspace.store.begin() as tx:
        head = tx.head(key)
    assert head is not None
    assert {span.key: span.by for span in head.spans} == wanted(work)
    assert all((span.by == "annotator:anna") == span.at.endswith("Z") for span in head.spans)
    assert (head.author, head.confirmed_by) == ("annotator:anna", "anna")
