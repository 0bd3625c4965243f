"""What a hand has to do on Doccano's page: from blank, and from a pre-annotation.

The model is one table, ``ACTIONS``: what each operation takes on the annotation page of Doccano
1.8.4, the shortest way there is. A label stays ticked until another one is, so that its key is
pressed only where the label changes; a person works through the text from its beginning to its end.
The effort of an annotation is counted in what has to be done, and not in time, as in Baldridge and
Osborne 2004, "Active Learning and the Total Cost of Annotation" (EMNLP): times differ from person
to person, and reading takes most of them.

The seconds are those of the hand alone, by the Keystroke-Level Model without its mental operators
(Card, Moran and Newell 1980, "The Keystroke-Level Model for User Performance Time with Interactive
Systems", CACM 23): a key 0.28 s (an average typist), pointing 1.1 s, a mouse button 0.2 s.
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
    """What a hand does.

    Args:
        keys: keys that are pressed.
        clicks: clicks of the mouse, with either button.
        drags: strokes of the mouse over text.
    """

    keys: int
    clicks: int
    drags: int

    @property
    def actions(self) -> int:
        """All of them, each as one."""
        return self.keys + self.clicks + self.drags

    @property
    def seconds(self) -> float:
        """How long a hand takes for them, by the Keystroke-Level Model."""
        told = (self.keys, self.clicks, self.drags)
        return sum(each * many for each, many in zip(SECONDS.values(), told, strict=True))

    def __add__(self, other: Effort) -> Effort:
        """Both one after the other."""
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
"""What each operation takes; moving edges is to delete and to mark anew, Doccano has no other."""


class SpanEffort(NamedTuple):
    """A span with what it takes to have it as people do: from blank, and from what was proposed."""

    fate: Correction
    blank: Effort
    corrected: Effort


def span_efforts(found: Iterable[Correction]) -> Iterator[SpanEffort]:
    """What each span of a document takes, from the beginning of the text to its end."""
    blank, corrected = _Hand(), _Hand()
    for fate in sorted(found, key=_place):
        yield SpanEffort(fate, blank.mark(fate), corrected.mend(fate))


class _Hand:
    """A person's hand, and the label that is ticked."""

    def __init__(self) -> None:
        self._ticked = ""

    def mark(self, fate: Correction) -> Effort:
        """Mark a span as people have it, on a page without it."""
        if fate.after is None:
            return NOTHING
        if fate.after.label == self._ticked:
            return ACTIONS["mark"]
        self._ticked = fate.after.label
        return ACTIONS["tick"] + ACTIONS["mark"]

    def mend(self, fate: Correction) -> Effort:
        """Make a proposed span what people have."""
        if fate.kind == "accepted":
            return NOTHING
        if fate.kind == "relabelled":
            return ACTIONS["relabel"]
        away = NOTHING if fate.kind == "missed" else ACTIONS["delete"]
        return away + self.mark(fate)


def _place(fate: Correction) -> tuple[int, int, str]:
    spans = [span.key for span in (fate.after, fate.before) if span is not None]
    return spans[0]
