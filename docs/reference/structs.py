"""For the site: what a frozen value takes, read from its fields; msgspec makes arguments of them.

The reader of the source (griffe) knows dataclasses only.
"""

from __future__ import annotations

from typing import Any

import griffe


class Structs(griffe.Extension):
    """Gives classes of values the signature that they have when they are run."""

    def on_class_members(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Make ``__init__`` from the annotated fields of a value."""
        if any(str(base) == "Record" for base in cls.bases) and "__init__" not in cls.members:
            fields = [
                griffe.Parameter(
                    name,
                    annotation=member.annotation,
                    kind=griffe.ParameterKind.keyword_only,
                    default=member.value,
                )
                for name, member in cls.attributes.items()
                if member.annotation is not None and member.is_public
            ]
            made = griffe.Function("__init__", parameters=griffe.Parameters(*fields), parent=cls)
            cls.set_member("__init__", made)
