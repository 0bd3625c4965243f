"""Columns of a table: their types, and how Arrow, datasets and Croissant write them.

A type is the name of a primitive type, a tuple of the names of a class label, a list of one type,
or a dictionary of fields. References: https://huggingface.co/docs/datasets/about_dataset_features,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html#fields
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import quote

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Union[str, tuple[str, ...], list["ColumnType"], "Columns"]
Columns = dict[str, ColumnType]

_PROVENANCE = {"by": "prov:wasAttributedTo", "at": "prov:generatedAtTime"}
"""What fields of an annotation mean in PROV-O."""
_CROISSANT = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float"}


def arrow(columns: Columns) -> pa.Schema:
    """The columns of a Parquet file, with the features that ``datasets`` reads there."""
    import pyarrow as pa

    fields = [(name, _arrow(kind)) for name, kind in columns.items()]
    info = json.dumps({"info": {"features": _feature(columns)}}, ensure_ascii=False)
    return pa.schema(fields, metadata={"huggingface": info})


def features(columns: Columns) -> list[dict[str, Any]]:
    """The columns in the form of the card of a data set."""
    return [{"name": name, **_listed(kind)} for name, kind in columns.items()]


def fields(columns: Columns, table: str) -> list[dict[str, Any]]:
    """The columns as fields of a Croissant record set over the files ``files(table)``."""
    return [
        _field(f"{table}/{quote(name)}", kind, table, name, []) for name, kind in columns.items()
    ]


def files(table: str) -> str:
    """The id of the files of a table in Croissant."""
    return f"{table}-files"


def _arrow(kind: ColumnType) -> Any:
    import pyarrow as pa

    if isinstance(kind, tuple):
        return pa.int64()
    if isinstance(kind, list):
        return pa.list_(_arrow(kind[0]))
    if isinstance(kind, dict):
        return pa.struct([(name, _arrow(inner)) for name, inner in kind.items()])
    return {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}[kind]


def _feature(kind: ColumnType) -> Any:
    if isinstance(kind, tuple):
        return {"names": list(kind), "_type": "ClassLabel"}
    if isinstance(kind, list):
        return {"feature": _feature(kind[0]), "_type": "List"}
    if isinstance(kind, dict):
        return {name: _feature(inner) for name, inner in kind.items()}
    return {"dtype": kind, "_type": "Value"}


def _listed(kind: ColumnType) -> dict[str, Any]:
    if isinstance(kind, tuple):
        names = {str(number): name for number, name in enumerate(kind)}
        return {"dtype": {"class_label": {"names": names}}}
    if isinstance(kind, list):
        inner = _listed(kind[0])
        return {"list": inner.get("dtype", inner.get("struct"))}
    if isinstance(kind, dict):
        return {"struct": features(kind)}
    return {"dtype": kind}


def _field(
    name: str, kind: ColumnType, table: str, column: str, path: list[str], repeated: bool = False
) -> dict[str, Any]:
    """A field of a record set; ``path`` leads to a field inside a column."""
    if isinstance(kind, list):
        return _field(name, kind[0], table, column, path, repeated=True)
    field: dict[str, Any] = {"@type": "cr:Field", "@id": name}
    if repeated:
        field["repeated"] = True
    if isinstance(kind, dict):
        inner = [
            _field(f"{name}/{quote('-'.join(at))}", leaf, table, column, [*path, *at], repeated)
            for at, leaf in _leaves(kind)
        ]
        return field | {"subField": inner}
    source: dict[str, Any] = {"fileSet": {"@id": files(table)}, "extract": {"column": column}}
    if path:
        source["transform"] = {"jsonPath": ".".join(map(_step, path))}
    if repeated and path and path[-1] in _PROVENANCE:
        field["equivalentProperty"] = _PROVENANCE[path[-1]]
    if isinstance(kind, tuple):
        numbers = ", ".join(f"{number} {label}" for number, label in enumerate(kind))
        return field | {"dataType": "sc:Integer", "description": numbers, "source": source}
    return field | {"dataType": _CROISSANT[kind], "source": source}


def _step(name: str) -> str:
    """A name in a JSONPath."""
    return name if name.isidentifier() else f"'{name}'"


def _leaves(columns: Columns) -> Iterator[tuple[list[str], ColumnType]]:
    """The fields of a struct and of the structs in it, since readers support one level only."""
    for name, kind in columns.items():
        if isinstance(kind, dict):
            for at, leaf in _leaves(kind):
                yield [name, *at], leaf
        else:
            yield [name], kind
