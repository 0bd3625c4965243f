"""The JSON Schemas in schemas/ are those of the types, and the repository's files fit them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from curate import json_schemas

ROOT = Path(__file__).resolve().parents[1]


def test_the_schemas_are_not_stale():
    found = {p.name: p.read_bytes() for p in (ROOT / "schemas").glob("*.schema.json")}
    assert found == json_schemas.schemas(), "run `make schemas`"


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ("config", [msgspec.toml.decode((ROOT / "curate.toml").read_bytes())]),
        ("labels", [msgspec.yaml.decode((ROOT / "schemas/news-fr.yaml").read_bytes())]),
        ("rules", [msgspec.yaml.decode((ROOT / "schemas/rules-fr.yaml").read_bytes())]),
        ("document", (ROOT / "annotations/documents").glob("*.jsonl")),
        ("revision", (ROOT / "annotations/gold").glob("*.jsonl")),
        ("release", (ROOT / "annotations/releases").glob("*.json")),
    ],
)
def test_the_files_of_this_repository_fit_them(schema, values):
    validator = jsonschema.Draft202012Validator(
        json.loads((ROOT / "schemas" / f"{schema}.schema.json").read_text("utf-8"))
    )
    checked = 0
    for value in values:
        if isinstance(value, Path):
            text = value.read_text("utf-8")
            rows = map(json.loads, text.splitlines() if value.suffix == ".jsonl" else [text])
        else:
            rows = iter([value])
        for row in rows:
            validator.validate(row)
            checked += 1
    assert checked
