"""The address of a project: ``URL#PROJECT``, or the address of one of its pages. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_PAGE = re.compile(r"(?P<url>.*)/projects/(?P<number>\d+)(/.*)?")


class ProjectAddress(NamedTuple):
    """Where a project is: the server's address, and the project's name or number, if given."""

    url: str
    project: str = ""


def parse_address(address: str) -> ProjectAddress:
    """Read the address of a project.

    Args:
        address: the server's address, alone, with ``#`` and the project's name or number behind
            it, or that of a page of the project, as the browser shows it.
    """
    url, hash_sign, project = address.strip().partition("#")
    if hash_sign:
        return ProjectAddress(url, project)
    page = _PAGE.fullmatch(url)
    return ProjectAddress(page["url"], page["number"]) if page else ProjectAddress(url.rstrip("/"))
