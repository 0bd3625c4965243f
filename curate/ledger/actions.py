"""The mouse and keyboard actions that an annotation takes in Doccano, with and without a proposal.

The model is one table, ``ACTIONS``: what each operation takes, the shortest way, on the annotation
page of Doccano 1.8.4. A label stays selected until another one is, so its key is pressed only where
the label changes; a person works through the text from beginning to end. Effort is counted in
actions and not in time, as in Baldridge and Osborne 2004, "Active Learning and the Total Cost of
Annotation" (EMNLP): times differ between people, and most of the time goes into reading.

Seconds are given for mouse and keyboard alone, by the Keystroke-Level Model without its mental
operators (Card, Moran and Newell 1980, "The Keystroke-Level Model for User Performance Time with
Interactive Systems", CACM 23): a key takes 0.28 s (an average typist), pointing 1.1 s, a mouse
button 0.2 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curate.annotations.corrections import Correction
from curate.model import Record

_KEY, _POINT, _BUTTON = 0.28, 1.1, 0.2
SECONDS = {
    "keys": _KEY,
    "clicks": _POINT + _BUTTON,
    "drags": 2 * _POINT + _BUTTON,  # to the first letter, and with the button down to the last
}


class Effort(Record, frozen=True, kw_only=True):
    """Numbers of actions with mouse and keyboard.

    Args:
        keys: key presses.
        clicks: mouse clicks, with either button.
        drags: selections of text with the mouse.
    """

    keys: int
    clicks: int
    drags: int

    @property
    def actions(self) -> int:
        """Number of all actions."""
        return self.keys + self.clicks + self.drags

    @property
    def seconds(self) -> float:
        """How long they take, by the Keystroke-Level Model."""
        return (
            SECONDS["keys"] * self.keys
            + SECONDS["clicks"] * self.clicks
            + SECONDS["drags"] * self.drags
        )

    def __add__(self, other: Effort) -> Effort:
        """Both, one after the other."""
        return Effort(
            keys=self.keys + other.keys,
            clicks=self.clicks + other.clicks,
            drags=self.drags + other.drags,
        )


NOTHING = Effort(keys=0, clicks=0, drags=0)
ACTIONS: dict[str, Effort] = {
    "tick": Effort(keys=1, clicks=0, drags=0),  # press the label's key
    "mark": Effort(keys=0, clicks=0, drags=1),  # draw the mouse over the text
    "relabel": Effort(keys=0, clicks=2, drags=0),  # click its caption, and the label in the menu
    "delete": Effort(keys=0, clicks=1, drags=0),  # right-click its caption
    "finish": Effort(keys=2, clicks=0, drags=0),  # Enter confirms the article, → turns the page
}
"""What each operation takes. Boundaries are changed by deleting a span and marking it again, since
Doccano has no other way."""


class SpanEffort(NamedTuple):
    """What it takes to get from the proposal to the result for one span.

    Args:
        correction: what became of the span.
        blank: actions from a blank text.
        corrected: actions from the proposal.
    """

    correction: Correction
    blank: Effort
    corrected: Effort


def span_efforts(corrections: Iterable[Correction]) -> Iterator[SpanEffort]:
    """What each span of a document takes, from the beginning of the text to its end."""
    blank, corrected = _Page(), _Page()
    for correction in sorted(corrections, key=_position):
        yield SpanEffort(correction, blank.mark(correction), corrected.correct(correction))


class _Page:
    """The annotation page, of which the selected label matters."""

    def __init__(self) -> None:
        self._selected = ""

    def mark(self, correction: Correction) -> Effort:
        """Mark the span of the result where nothing is marked."""
        if correction.after is None:
            return NOTHING
        if correction.after.label == self._selected:
            return ACTIONS["mark"]
        self._selected = correction.after.label
        return ACTIONS["tick"] + ACTIONS["mark"]

    def correct(self, correction: Correction) -> Effort:
        """Make the proposed span that of the result."""
        if correction.kind == "accepted":
            return NOTHING
        if correction.kind == "relabelled":
            return ACTIONS["relabel"]
        delete = NOTHING if correction.kind == "missed" else ACTIONS["delete"]
        return delete + self.mark(correction)


def _position(correction: Correction) -> tuple[int, int, str]:
    span = correction.after or correction.before
    assert span is not None
    return span.key
