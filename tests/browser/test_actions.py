"""What the ledger says a correction takes is what a hand does on Doccano's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.annotator_page import AnnotatorPage

from curate.ledger import Effort
from curate.ledger.works import ledger
from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.server]

TEXT = "Marie Dupont arrive à Rabat avec Ali et Omar, puis Lyon dort."
PROPOSAL = {"Marie Dupont": "PER", "arrive": "PER", "Rabat": "ORG", "avec Ali": "PER"}

# A stroke is a press of the mouse that ends elsewhere.
_COUNT = """() => {
  window.hand = {keys: 0, clicks: 0, drags: 0};
  let from = null;
  const on = (kind, work) => window.addEventListener(kind, work, true);
  on('keydown', event => { window.hand.keys += 1; });
  on('mousedown', event => { from = [event.clientX, event.clientY]; });
  on('mouseup', event => {
    const far = Math.hypot(event.clientX - from[0], event.clientY - from[1]) > 3;
    window.hand[far ? 'drags' : 'clicks'] += 1;
  });
}"""


def test_the_ledger_counts_what_a_hand_does(
    propose: Callable[..., tuple[Workspace, str]], anna: AnnotatorPage
):
    workspace, _ = propose(TEXT, PROPOSAL)
    key = {label.name: label.key for label in workspace.schema.labels}
    anna.open(workspace.config.project)
    anna.page.evaluate(_COUNT)
    anna.remove_mark("arrive")
    anna.click_mark("Rabat")
    anna.choose("LOC")
    anna.remove_mark("avec Ali")
    anna.put_on(key["PER"])
    anna.select_with_label_on("Ali")
    anna.select_with_label_on("Omar")
    anna.put_on(key["LOC"])
    anna.select_with_label_on("Lyon")
    anna.page.keyboard.press("Enter")
    anna.sees_confirmed(True)
    anna.page.keyboard.press("ArrowRight")
    done = Effort(**anna.page.evaluate("window.hand"))

    sync(workspace)
    found = ledger(workspace)
    assert (found.works, found.left_out) == (1, ())
    assert found.total.corrected == done == Effort(keys=4, clicks=4, drags=3)
    became = found.total.outcome
    assert (became.accepted, became.relabelled, became.moved) == (1, 1, 1)
    assert (became.rejected, became.missed) == (1, 2)
    # From blank: Marie Dupont and a key, Rabat and a key, Ali and a key, Omar, Lyon and a key.
    assert found.total.blank == Effort(keys=4 + 2, clicks=0, drags=5)
