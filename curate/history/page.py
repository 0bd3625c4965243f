"""A comparison as one HTML file: it loads nothing, and is readable in light, dark and print.

Every change is told in words as well as in colour, in a list that a screen reader reads in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from curate.history.delta import Change, Delta, Differing

_STYLE = """
:root { color-scheme: light dark; --text: #1a1a1a; --back: #ffffff; --soft: #595959;
  --line: #d0d0d0; --new: #d9f2dd; --newink: #0b4a17; --old: #fbdcdc; --oldink: #7a1010; }
@media (prefers-color-scheme: dark) { :root { --text: #ececec; --back: #161616; --soft: #b0b0b0;
  --line: #444; --new: #12401d; --newink: #c9f5d1; --old: #501616; --oldink: #ffd7d7; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); } ul { padding-left: 1.2rem; } li { margin: .4rem 0; }
ins, del { padding: 0 .15em; border-radius: .2em; }
ins { background: var(--new); color: var(--newink); text-decoration: none; }
del { background: var(--old); color: var(--oldink); }
code { font-size: .9em; } summary { cursor: pointer; }
"""


def html(found: Delta) -> str:
    """The page."""
    title = f"{found.first} → {found.second}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{_summary(found)}</p>",
        _by("Changes by label", found.labels),
        _pairs(found.relabelled),
        _by("Changes by author", found.authors),
        *(_document(each) for each in found.documents),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def summary(found: Delta) -> str:
    """The counts in a line."""
    told = ", ".join(f"{_words(name)} {n}" for name, n in found.counts.items())
    skipped = f"; on one side only, not compared {found.skipped}" if found.skipped else ""
    return f"{told or 'no difference'}; documents that are the same {found.same}{skipped}"


def _summary(found: Delta) -> str:
    return escape(summary(found)) + "."


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _by(title: str, table: Mapping[str, Mapping[str, int]]) -> str:
    if not table:
        return ""
    kinds = sorted({kind for row in table.values() for kind in row})
    heads = "".join(f'<th class="n" scope="col">{escape(_words(kind))}</th>' for kind in kinds)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="n">{row.get(kind, 0) or ""}</td>' for kind in kinds)
        + "</tr>"
        for name, row in table.items()
    )
    return (
        f'<h2>{title}</h2>\n<table>\n<thead><tr><th scope="col"></th>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _pairs(pairs: Mapping[str, int]) -> str:
    told = ", ".join(f"{escape(name)} {number}" for name, number in pairs.items())
    return f"<p>Relabelled: {told}.</p>" if told else ""


def _document(found: Differing) -> str:
    numbers = [f"revision {found.before}" if found.before else ""]
    numbers.append(f"revision {found.after}" if found.after else "")
    told = " → ".join(filter(None, numbers))
    head = f'{escape(found.title)} <span class="soft"><code>{found.id}</code> {told}</span>'
    items = "\n".join(f"<li>{_change(change)}</li>" for change in found.changes)
    return (
        f"<section>\n<h2>{escape(found.state)}: {head}</h2>\n"
        f"<ul>\n{items or '<li>nothing marked</li>'}\n</ul>\n</section>"
    )


def _change(change: Change) -> str:
    who = " ".join(filter(None, (change.by, change.at)))
    told = f' <span class="soft">({escape(who)})</span>' if who else ""
    return f"{escape(_words(change.kind))} {_labels(change)}: {_marked(change)}{told}"


def _labels(change: Change) -> str:
    names = [span.label for span in (change.before, change.after) if span is not None]
    return "<strong>" + " → ".join(escape(name) for name in dict.fromkeys(names)) + "</strong>"


def _marked(change: Change) -> str:
    left, right = (escape(_flat(text)) for text in (change.left, change.right))
    old, new = (escape(_flat(text)) for text in (change.old, change.new))
    if change.before and change.after and change.old == change.new:
        middle = f"<ins>{new}</ins>"
    else:
        middle = (f"<del>{old}</del>" if old else "") + (f"<ins>{new}</ins>" if new else "")
    return f'<span class="soft">{left}</span>{middle}<span class="soft">{right}</span>'


def _flat(text: str) -> str:
    return text.replace("\n", " ")
