"""The frame of every HTML page that curate writes: one look, and nothing that is loaded or run.

A page is one file that works offline, in light and dark, on paper and on a narrow screen. It is
made for keyboard and screen reader, too: landmarks, one heading above the other, a link past the
navigation, tables with captions and headed rows, and regions that scroll can be reached by Tab. The
colours have a contrast of at least 4.5 to their ground (WCAG 2.2, 1.4.3); nothing is told by colour
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple

from curate.errors import InputError

Cell = object  # text of any kind, or Html


class Html(str):
    """Text that is HTML already; everything else is escaped."""


class Column(NamedTuple):
    """A column of a table: its heading, and what it holds: numbers, charts, what won, or words."""

    name: str
    kind: Literal["", "n", "chart", "won"] = ""


def numbers(*names: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(name, "n") for name in names]


def chart(name: str) -> Column:
    """A column of charts."""
    return Column(name, "chart")


def text(value: Cell) -> Html:
    """A value as HTML."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def joined(parts: Iterable[Cell], between: str = "\n") -> Html:
    """Values as HTML, one after the other; what is empty is left out."""
    return Html(between.join(text(part) for part in parts if part))


def tag(name: str, content: Cell = "", **attributes: str) -> Html:
    """An element; ``class_`` is the attribute ``class``, and ``aria_label`` ``aria-label``."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{given}>{text(content)}</{name}>")


def link(address: str, content: Cell) -> Html:
    """A link."""
    return tag("a", content, href=address)


def paragraph(*parts: Cell, class_: str = "") -> Html:
    """A paragraph of parts that follow one another."""
    return tag("p", joined(parts, " "), **({"class_": class_} if class_ else {}))


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], last: str = ""
) -> Html:
    """A table, in a region that scrolls where the screen is narrow.

    Args:
        caption: what it shows.
        columns: the first names the rows.
        rows: a cell for each column.
        last: ``total`` where the last row is the sum of the others.
    """
    heads = joined((_head(column) for column in columns), "")
    made = [_row(columns, row) for row in rows]
    if last and made:
        made[-1] = Html(made[-1].replace("<tr", f'<tr class="{last}"', 1))
    body = joined(made)
    fit = ' class="fit"' if all(column.kind == "n" for column in columns[1:]) else ""
    return Html(
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f"<table{fit}>\n<caption><span>{escape(caption)}</span></caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _head(column: Column) -> Html:
    return Html(f'<th scope="col"{_kind(column)}>{escape(column.name)}</th>')


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> Html:
    cells = [f'<th scope="row">{text(row[0])}</th>']
    for column, cell in zip(columns[1:], row[1:], strict=True):
        cells.append(f"<td{_kind(column)}>{text(cell)}</td>")
    return Html(f"<tr>{''.join(cells)}</tr>")


def _kind(column: Column) -> str:
    return f' class="{column.kind}"' if column.kind else ""


def section(name: str, title: Cell, *parts: Cell, class_: str = "part") -> Html:
    """A section of a page; ``name`` is its address within it."""
    head = tag("h2", title, id=name)
    return tag("section", joined((head, *parts)), class_=class_, aria_labelledby=name)


def tiles(values: Iterable[tuple[str, Cell, Cell]]) -> Html:
    """The figures at the head of a page: what, how much, and a remark."""
    items = [
        f"<div><dt>{escape(what)}</dt><dd>{text(value)}</dd>"
        f'<dd class="soft">{text(remark)}</dd></div>'
        for what, value, remark in values
    ]
    return tag("dl", Html("\n".join(items)), class_="tiles")


def document(
    title: str,
    body: Cell,
    *,
    head: Cell = "",
    sections: Sequence[tuple[str, str]] = (),
    style: str = "",
    foot: Cell = "",
) -> str:
    """The whole file.

    Args:
        title: of the window.
        body: what stands in ``main``.
        head: what stands above it, with the one ``h1``.
        sections: name and title of each section that the navigation leads to.
        style: rules of this page alone.
        foot: what stands below.
    """
    links = joined((tag("li", link(f"#{name}", told)) for name, told in sections), "")
    nav = tag("nav", tag("ul", links), aria_label="Sections") if sections else ""
    banner = tag("header", joined((head, nav))) if head or nav else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n{banner}\n'
        f'<main id="content" tabindex="-1">\n{text(body)}\n</main>\n'
        + (tag("footer", foot) + "\n" if foot else "")
        + "</body>\n</html>\n"
    )


def write(path: Path, page: str) -> None:
    """Write a page; its folder is made.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", "name another file", where=str(path)
        ) from error


STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #ffffff; --ink: #1f1e1c;
  --soft: #605b54; --line: #e5e1da; --accent: #1c5a85; --tint: #dfeaf2; --good: #256b45;
  --warn: #855000; --bad: #a2322b; --new: #dcf1e0; --newink: #0d4a1b; --old: #fadedd;
  --oldink: #7a1414; --won: #eef4fb; }
@media (prefers-color-scheme: dark) { :root { --paper: #151617; --card: #1c1e20; --ink: #e8e6e2;
  --soft: #aaa69f; --line: #313437; --accent: #86bbdf; --tint: #22364a; --good: #7fc49c;
  --warn: #e2b35c; --bad: #f19c93; --new: #143d21; --newink: #c9f1d2; --old: #4b1a1a;
  --oldink: #ffd9d6; --won: #1b2636; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; } main { padding-bottom: 2rem; } main:focus { outline: none; }
footer { padding: 1.25rem 1.25rem 3rem; color: var(--soft); font-size: .875rem;
  border-top: 1px solid var(--line); }
h1 { font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; margin: 0; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em;
  margin: 0 0 .5rem; }
main > h2 { margin-top: 2rem; } h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 .25rem; }
p { margin: .5rem 0; max-width: 44rem; } ul { padding-left: 1.2rem; } li { margin: .3rem 0; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: .15rem; }
a.skip { position: absolute; left: -99rem; } a.skip:focus { left: 1rem; top: 1rem; z-index: 1;
  background: var(--card); padding: .5rem .75rem; }
section.part { border-top: 1px solid var(--line); padding: 1.5rem 0 1rem; margin-top: 1.5rem; }
nav ul { list-style: none; padding: 0; margin: 1.25rem 0 0; display: flex; flex-wrap: wrap;
  gap: .25rem 1.25rem; font-size: .9375rem; } nav li { margin: 0; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
.soft { color: var(--soft); } .good { color: var(--good); } .warn { color: var(--warn); }
.bad { color: var(--bad); } .kicker { color: var(--soft); font-size: .8125rem; margin: 0 0 .35rem;
  letter-spacing: .06em; text-transform: uppercase; }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
div.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding: 0 0 .5rem; }
caption span { display: block; position: sticky; left: 0; max-width: calc(100vw - 2.5rem); }
table.fit { width: auto; min-width: 24rem; } table.fit .n { padding-left: 1.25rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .75rem .4rem 0; text-align: left;
  vertical-align: top; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: .8125rem; vertical-align: bottom; white-space: nowrap; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.total th, tr.total td { border-top: 1px solid var(--soft); font-weight: 650; }
tbody th { overflow-wrap: anywhere; min-width: 7rem; } th.chart, td.chart { width: 30%; }
td.n + td:not(.n), thead th.n + th:not(.n) { padding-left: .75rem; }
th code, td code { white-space: nowrap; }
dl.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr));
  gap: .75rem; margin: 1.5rem 0 0; }
dl.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .8rem 1rem; } dl.tiles dt { color: var(--soft); font-size: .8125rem; }
dl.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 650;
  line-height: 1.35; font-variant-numeric: tabular-nums; }
dl.tiles dd.soft { font-size: .8125rem; font-weight: 400; line-height: 1.4; }
ins, del { padding: .05em .2em; border-radius: .2em; }
ins { background: var(--new); color: var(--newink); text-decoration: none; }
del { background: var(--old); color: var(--oldink); }
summary { cursor: pointer; color: var(--accent); } details { margin: .75rem 0; }
svg text { fill: var(--ink); }
@media (max-width: 30rem) { body { font-size: 15px; } header { padding-top: 1.5rem; }
  h1 { font-size: 1.6rem; } dl.tiles { grid-template-columns: 1fr 1fr; } }
@media print { nav, a.skip { display: none; } section.part { break-inside: avoid-page; }
  div.wide { overflow: visible; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
"""
