"""What an adjudicator sees: what is agreed stands in the text, who said what is beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.annotator_page import AnnotatorPage

from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.server]

TEXT = "Marco Rubio a rencontré le ministre à Kiev, puis l’ONU à Genève."
APART = """
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
adjudicators = ["carla"]
overlap = 1.0
"""


def test_the_adjudicator_sees_who_said_what_and_decides(
    propose: Callable[..., tuple[Workspace, str]],
    log_in: Callable[[str], AnnotatorPage],
    picture: Callable[..., None],
):
    proposal = {"Marco Rubio": "PER", "Kiev": "ORG", "ONU": "ORG"}
    workspace, key = propose(TEXT, proposal, APART)
    name = workspace.config.project

    anna, bela = log_in("anna"), log_in("bela")
    anna.open(f"{name}-anna")
    anna.click_mark("Kiev")
    anna.choose("LOC")
    anna.confirm()
    anna.sees_confirmed(True)
    bela.open(f"{name}-bela")
    bela.remove_mark("Kiev")
    bela.confirm()
    bela.sees_confirmed(True)
    assert sync(workspace).differing == 1

    carla = log_in("carla")
    carla.open(f"{name}-adjudication")
    assert [(mark.label, mark.surface) for mark in carla.marks()] == [
        ("PER", "Marco Rubio"),
        ("ORG", "ONU"),
    ]
    assert carla.metadata()["annotators"] == "anna, bela"
    assert carla.metadata()["versions"] == "anna: « Kiev » LOC (38–42) | bela: —"
    picture(carla, "adjudication")
    carla.select("Kiev")
    carla.choose("LOC")
    carla.confirm()
    carla.sees_confirmed(True)
    done = sync(workspace)
    assert (done.differing, done.outcome.problems) == (0, ())
    with workspace.store.begin() as tx:
        head = tx.head(key)
    assert head is not None
    assert {TEXT[s.start : s.end]: (s.label, s.by) for s in head.spans} == {
        "Marco Rubio": ("PER", "model:test@1"),
        "Kiev": ("LOC", "annotator:carla"),
        "ONU": ("ORG", "model:test@1"),
    }
