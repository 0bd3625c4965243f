"""HTML pages from Jinja2 templates: one look, and nothing that is loaded or run.

A page is one file that works offline, in light and dark, on paper and on a narrow screen. It is
made for keyboard and screen reader, too: landmarks, headings in order, a link past the navigation,
tables with captions and row headings, and scrolling regions that can be reached by Tab. The colours
have a contrast of at least 4.5 to their ground (WCAG 2.2, 1.4.3), and nothing is said by colour
alone.

Each package keeps its templates in its own folder ``templates/``. They build on those of this
package: ``page.html.j2`` is the frame, ``components.html.j2`` has tables, ``charts.html.j2`` the
small charts of the rows, ``style.css`` the look. In the templates a value that is not text of a
template is escaped, and a name that does not exist is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from curate.errors import InputError
from curate.html.filters import FILTERS, NONE, interval

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment(package: str = "curate.html") -> Environment:
    """The templates of a package, with those of this package to build on.

    Args:
        package: name of the package that has the folder ``templates/``.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    packages = dict.fromkeys((package, __package__))
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({function.__name__: function for function in FILTERS})
    made.globals.update(NONE=NONE, interval=interval)
    return made


def render(package: str, template: str, **values: object) -> str:
    """A template with its values filled in; the same values give the same text.

    Args:
        package: name of the package that has the template.
        template: its path in the folder ``templates/`` of that package.
        values: what the template calls by these names.

    Raises:
        jinja2.TemplateError: there is no such template, or it names a value that is not there.
    """
    return environment(package).get_template(template).render(values)


def write_page(path: Path, page: str) -> None:
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


# What follows builds the front page of the Data Docs, until that is a template as well.

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
        f"<title>{escape(title)}</title>\n<style>{_style()}{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n{banner}\n'
        f'<main id="content" tabindex="-1">\n{text(body)}\n</main>\n'
        + (tag("footer", foot) + "\n" if foot else "")
        + "</body>\n</html>\n"
    )


def _style() -> str:
    return (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")
