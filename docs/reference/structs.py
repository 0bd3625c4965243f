"""Signatures of msgspec structs for the site: their fields are the arguments of ``__init__``.

griffe, which reads the source, only knows dataclasses.
"""

from __future__ import annotations

from typing import Any

import griffe


class Structs(griffe.Extension):
    """Gives structs the signature that they have at run time."""

    def on_class_members(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Create ``__init__`` from the annotated fields of a struct."""
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
            function = griffe.Function(
                "__init__", parameters=griffe.Parameters(*fields), parent=cls
            )
            cls.set_member("__init__", function)
