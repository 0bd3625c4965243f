"""Licences: as SPDX names them, as the card of a data set does, and their addresses.

References: https://spdx.org/licenses/, https://huggingface.co/docs/hub/repositories-licenses
"""

from __future__ import annotations

import re

_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_CREATIVE_COMMONS = re.compile(r"cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.0")
_OWN_NAMES = {
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
    "gfdl-1.3-or-later": "gfdl",
    "agpl-3.0-only": "agpl-3.0",
    "gpl-3.0-only": "gpl-3.0",
    **{name: name for name in ("apache-2.0", "mit", "etalab-2.0", "unlicense", "wtfpl", "isc")},
    **{name: name for name in ("cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0")},
}
"""Identifiers of SPDX in lower case, with the name on the Hub, which has a list of its own."""


def is_license(name: str) -> bool:
    """Whether this is an identifier of SPDX by its form, or the address of a licence."""
    return bool(_SPDX.fullmatch(name)) or name.startswith(("https://", "http://"))


def address(name: str) -> str:
    """The address of a licence."""
    return name if "://" in name else f"https://spdx.org/licenses/{name}"


def card_fields(name: str) -> dict[str, str]:
    """The fields of a card; a licence that the Hub has no name for is ``other``, with a link."""
    if not name:
        return {}
    known = name.lower()
    if _CREATIVE_COMMONS.fullmatch(known):
        return {"license": known}
    if known in _OWN_NAMES:
        return {"license": _OWN_NAMES[known]}
    return {"license": "other", "license_name": known, "license_link": address(name)}
