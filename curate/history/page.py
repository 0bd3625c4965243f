"""A comparison as one HTML file: it loads nothing, and is readable in light, dark and print.

Every change is told in words as well as in colour, in a list that a screen reader reads in order.
"""

from __future__ import annotations

from collections.abc import Mapping

from curate import page
from curate.history.delta import Change, Delta, Differing
from curate.page import Column, Html

_STYLE = "section.part ul { list-style: none; padding: 0; } h2 .state { color: var(--soft); }"


def html(found: Delta) -> str:
    """The page."""
    title = f"{found.first} → {found.second}"
    told = page.paragraph(f"{summary(found)}.", class_="soft")
    sums = (
        _by("Changes by label", "Label", found.labels),
        _pairs(found.relabelled),
        _by("Changes by author", "Author", found.authors),
    )
    return page.document(
        title,
        page.joined((*sums, *(_document(each) for each in found.documents))),
        head=page.joined(
            (page.tag("p", "Differences", class_="kicker"), page.tag("h1", title), told)
        ),
        style=_STYLE,
    )


def summary(found: Delta) -> str:
    """The counts in a line."""
    told = ", ".join(f"{_words(name)} {n}" for name, n in found.counts.items())
    skipped = f"; on one side only, not compared {found.skipped}" if found.skipped else ""
    return f"{told or 'no difference'}; documents that are the same {found.same}{skipped}"


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


def _document(found: Differing) -> Html:
    numbers = [f"revision {found.before}" if found.before else ""]
    numbers.append(f"revision {found.after}" if found.after else "")
    state = page.tag("span", f"{found.state}:", class_="state")
    name = page.tag("code", found.id)
    which = page.paragraph(name, " → ".join(filter(None, numbers)), class_="soft")
    items = [page.tag("li", _change(change)) for change in found.changes]
    changes = page.joined(items) or page.tag("li", "nothing marked")
    head = page.joined((state, found.title), " ")
    return page.section(f"d{found.id}", head, which, page.tag("ul", changes))


def _change(change: Change) -> Html:
    who = " ".join(filter(None, (change.by, change.at[:16].replace("T", " "))))
    told = page.tag("span", f"({who})", class_="soft") if who else ""
    kind = page.joined((_words(change.kind), page.joined((_labels(change), ":"), "")), " ")
    return page.joined((kind, _marked(change), told), " ")


def _labels(change: Change) -> Html:
    names = [span.label for span in (change.before, change.after) if span is not None]
    return page.tag("strong", " → ".join(dict.fromkeys(names)))


def _marked(change: Change) -> Html:
    left, right = (page.tag("span", _flat(t), class_="soft") for t in (change.left, change.right))
    old, new = _flat(change.old), _flat(change.new)
    if change.before and change.after and old == new:
        old = ""
    middle = (page.tag("del", old) if old else "", page.tag("ins", new) if new else "")
    return page.joined((left, *middle, right), "")


def _flat(text: str) -> str:
    return text.replace("\n", " ")
