"""A comparison as one HTML file: it loads nothing, and is readable in light, dark and print.

Every change is told in words as well as in colour, in a list that a screen reader reads in order. A
list of the documents leads to each of them, and boxes to tick, which need no script, narrow it all
down by kind of change and label. What differs goes through a temporary file, so that a comparison
of any size can be written.
"""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import TextIO

from curate.history.delta import Change, Delta, Differing, Sums, labels_of
from curate.html import page
from curate.html.page import Column, Html

_STYLE = """
section.part ul, details.list ul { list-style: none; padding: 0; margin: .75rem 0 0; }
h2 .state { color: var(--soft); font-weight: 400; }
section.part li { display: grid; grid-template-columns: minmax(9rem, 13rem) 1fr; gap: 0 1rem;
  padding: .35rem 0; margin: 0; border-top: 1px solid var(--line); }
section.part li:first-child { border-top: 0; }
.who { grid-column: 2; font-size: .8125rem; } q { quotes: none; overflow-wrap: anywhere; }
mark { background: var(--tint); color: var(--ink); padding: .05em .2em; border-radius: .2em; }
details.list li { display: grid; grid-template-columns: 1fr auto; gap: 1rem; margin: 0;
  padding: .2rem 0; border-bottom: 1px solid var(--line); }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0;
  padding: .5rem 1rem; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
legend { color: var(--soft); font-size: .8125rem; padding: 0 .35rem; }
form { display: none; } @supports selector(:has(*)) { form { display: block; } }
@media (max-width: 30rem) { section.part li { grid-template-columns: 1fr; }
  .who { grid-column: 1; } }
@media print { form, details.list { display: none; } }
"""
_HERE = "<!-- what differs -->"
_FEW = 20  # documents up to which their list is open from the beginning
_UNLABELLED = "relations and categories"


class DiffPageWriter:
    """Takes documents that differ, one after the other, and writes the page at last.

    Args:
        spool: an empty file where they wait, to be read and written.
    """

    def __init__(self, spool: TextIO) -> None:
        self._sections = spool
        self._index: list[Html] = []
        self._kinds: dict[str, int] = {}
        self._labels: dict[str, int] = {}

    def add(self, found: Differing) -> None:
        """Take a document."""
        self._index.append(self._entry(found))
        self._sections.write(self._document(found) + "\n")

    def write(self, sums: Sums, out: TextIO) -> None:
        """Write the page."""
        before, after = self._frame(sums).split(_HERE)
        out.write(before)
        self._sections.seek(0)
        shutil.copyfileobj(self._sections, out)
        out.write(after)

    def _frame(self, sums: Sums) -> str:
        title = f"{sums.first} → {sums.second}"
        parts = (
            _by("Changes by label", "Label", sums.labels),
            _pairs(sums.relabelled),
            _by("Changes by author", "Author", sums.authors),
            self._boxes(),
            self._list(),
            Html(_HERE),
        )
        told = page.paragraph(f"{summarise_diff(sums)}.", class_="soft")
        kicker = page.tag("p", "Differences", class_="kicker")
        head = page.joined((kicker, page.tag("h1", title), told))
        return page.document(
            title, page.joined(parts), head=head, style=_STYLE + "\n".join(self._rules())
        )

    def _document(self, found: Differing) -> Html:
        numbers = [f"revision {found.before}" if found.before else ""]
        numbers.append(f"revision {found.after}" if found.after else "")
        name = page.tag("code", found.id)
        which = page.paragraph(name, " → ".join(filter(None, numbers)), class_="soft")
        items = [_change(change, self._classes([change])) for change in found.changes]
        changes = page.joined(items) or page.tag("li", "nothing marked")
        head = page.joined((page.tag("span", f"{found.state}:", class_="state"), found.title), " ")
        classes = f"part {self._classes(found.changes)}".strip()
        return page.section(f"d{found.id}", head, which, page.tag("ul", changes), class_=classes)

    def _entry(self, found: Differing) -> Html:
        counts = Counter(change.kind for change in found.changes)
        kinds = ", ".join(f"{_words(kind)} {n}" for kind, n in sorted(counts.items()))
        link = page.link(f"#d{found.id}", found.title or found.id)
        state = "" if found.state == "changed" and kinds else found.state
        told = page.tag("span", "; ".join(filter(None, (state, kinds))), class_="soft")
        return page.tag("li", page.joined((link, told)), class_=self._classes(found.changes))

    def _classes(self, changes: Iterable[Change]) -> str:
        """A class for each kind and label of these changes, which the boxes act upon."""
        found: dict[str, None] = {}
        for change in changes:
            kind = self._kinds.setdefault(change.kind, len(self._kinds))
            for label in labels_of(change) or [_UNLABELLED]:
                number = self._labels.setdefault(label, len(self._labels))
                found[f"c{kind}-{number}"] = None
        return " ".join(["f", *found] if found else [])

    def _rules(self) -> Iterator[str]:
        """What is seen: changes whose kind and label are both ticked, and documents with one."""
        if not self._kinds:
            return
        yield "@supports selector(:has(*)) {"
        yield "section.f, section.part li.f, details.list li.f { display: none; }"
        for kind, label in product(self._kinds.values(), self._labels.values()):
            ticked = f"body:has(#k{kind}:checked):has(#l{label}:checked)"
            yield f"{ticked} section.c{kind}-{label} {{ display: block; }}"
            yield f"{ticked} li.c{kind}-{label} {{ display: grid; }}"
        yield "}"

    def _boxes(self) -> Html | str:
        """What to tick, in two groups."""
        groups = (
            ("Kinds of change", "k", {_words(kind): n for kind, n in self._kinds.items()}),
            ("Labels", "l", self._labels),
        )
        sets = []
        for title, letter, names in groups:
            boxes = [_box(f"{letter}{number}", name) for name, number in sorted(names.items())]
            sets.append(page.tag("fieldset", page.joined((page.tag("legend", title), *boxes))))
        shown = self._kinds and len(self._index) > 1
        return page.tag("form", page.joined(sets), aria_label="Show only") if shown else ""

    def _list(self) -> Html | str:
        if len(self._index) < 2:
            return ""
        told = f"{len(self._index):,} documents that differ"
        body = page.joined((page.tag("summary", told), page.tag("ul", page.joined(self._index))))
        opened = {"open": ""} if len(self._index) <= _FEW else {}
        return page.tag("details", body, class_="list", **opened)


def render_diff(found: Delta) -> str:
    """The page of a comparison that is in memory."""
    writer, out = DiffPageWriter(io.StringIO()), io.StringIO()
    for each in found.documents:
        writer.add(each)
    writer.write(found, out)
    return out.getvalue()


def summarise_diff(found: Sums) -> str:
    """The counts in a line."""
    told = ", ".join(f"{_words(name)} {n}" for name, n in found.counts.items())
    skipped = f"; on one side only, not compared {found.skipped}" if found.skipped else ""
    return f"{told or 'no difference'}; documents that are the same {found.same}{skipped}"


def pieces(change: Change) -> list[tuple[str, str]]:
    """The text that changed hands: what only the old span marks, what only the new one, and both.

    Returns:
        Texts in their order, each with ``del``, ``ins`` or ``mark``.
    """
    old, new = change.before, change.after
    if old is None or new is None:
        return [(name, text) for name, text in (("del", change.old), ("ins", change.new)) if text]
    found: list[tuple[str, str]] = []
    for start, end in pairwise(sorted({old.start, old.end, new.start, new.end})):
        if old.start <= start < old.end:
            name = "mark" if new.start <= start < new.end else "del"
            found.append((name, change.old[start - old.start : end - old.start]))
        else:
            found.append(("ins", change.new[start - new.start : end - new.start]))
    return found


def _box(name: str, told: str) -> Html:
    return Html(f'<label><input type="checkbox" id="{name}" checked> {page.text(told)}</label>')


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _by(caption: str, what: str, table: Mapping[str, Mapping[str, int]]) -> Html | str:
    if not table:
        return ""
    kinds = sorted({kind for row in table.values() for kind in row})
    columns = [Column(what), *page.numbers(*map(_words, kinds))]
    rows = [(name, *(row.get(kind, 0) or "" for kind in kinds)) for name, row in table.items()]
    return page.table(caption, columns, rows)


def _pairs(pairs: Mapping[str, int]) -> Html | str:
    told = ", ".join(f"{name} {number}" for name, number in pairs.items())
    return page.paragraph(f"Relabelled: {told}.") if told else ""


def _change(change: Change, classes: str) -> Html:
    names = [span.label for span in (change.before, change.after) if span is not None]
    label = page.tag("strong", " → ".join(dict.fromkeys(names)))
    what = page.tag("span", page.joined((_words(change.kind), label), " "))
    left, right = (page.tag("span", _flat(t), class_="soft") for t in (change.left, change.right))
    marked = [page.tag(name, _flat(text)) for name, text in pieces(change)]
    who = " ".join(filter(None, (change.by, change.at[:16].replace("T", " "))))
    told = page.tag("span", who, class_="soft who") if who else ""
    text = page.tag("q", page.joined((left, *marked, right), ""))
    return page.tag("li", page.joined((what, text, told)), class_=classes)


def _flat(text: str) -> str:
    return text.replace("\n", " ")
