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

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

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
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({function.__name__: function for function in FILTERS})
    environment.globals.update(NONE=NONE, interval=interval)
    return environment


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
