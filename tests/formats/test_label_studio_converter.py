"""Label Studio's own converter on what curate writes, and curate on what it writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from support import foreign_tools
from support.golden_corpus import CORPUS, SCHEMA
from support.read_files import keys_by_layer, read

from curate.formats import label_studio
from curate.formats.reading import ReadDocument
from curate.formats.writing import ExportJob
from curate.model import unjudged

pytestmark = pytest.mark.slow

# The package itself imports a client that the converter does not need.
CONVERT = """
import sys, types
package = types.ModuleType("label_studio_sdk")
package.__path__ = [f"{path}/label_studio_sdk" for path in sys.path]
sys.modules["label_studio_sdk"] = package
from label_studio_sdk.converter.converter import Converter
config, tasks, target, format = sys.argv[1:]
Converter(config, ".", download_resources=False).convert(tasks, target, format, is_dir=False)
"""
CONFIG = """<View>
<Labels name="label" toName="text">
<Label value="PER"/><Label value="LOC"/><Label value="ORG"/></Labels>
<Choices name="category" toName="text" choice="multiple"><Choice value="culture"/></Choices>
<Text name="text" value="$text"/></View>"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("label-studio")
    return foreign_tools.install(folder, *foreign_tools.LABEL_STUDIO)


def converted(packages: Path, tasks: Path, format: str) -> Path:
    target = tasks.parent / format
    foreign_tools.run(packages, CONVERT, CONFIG, tasks, target, format)
    (path,) = target.iterdir()
    return path


def content(item: ReadDocument) -> list[tuple[list[tuple[int, int, str]], set[str]]]:
    categories = [{category.label for category in layer.categories} for layer in item.layers]
    return list(zip(keys_by_layer(item).values(), categories, strict=True))


@pytest.mark.parametrize("format", ["JSON_MIN", "CSV", "TSV"])
def test_what_is_written_comes_back_through_the_converter(packages, tmp_path, format):
    tasks = tmp_path / "tasks.json"
    corpus = [*CORPUS[:-1], (CORPUS[-1][0], unjudged(CORPUS[-1][0].id))]
    label_studio.write(corpus, tasks, ExportJob(SCHEMA))
    found, problems = read(converted(packages, tasks, format))
    assert problems == []
    assert [item.document.text for item in found] == [document.text for document, _ in corpus]
    assert [content(item) for item in found] == [
        [([s.key for s in revision.spans], {c.label for c in revision.categories})]
        for _, revision in corpus[:-1]
    ] + [[]]


def test_the_converters_rows_have_the_people_of_the_tasks(packages, tmp_path):
    value = {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
    anna = [{"type": "labels", "from_name": "label", "to_name": "text", "value": value}]
    tasks = [
        {"id": 1, "data": {"text": "Anna dort"}, "annotations": [
            {"id": 1, "completed_by": 7, "result": anna, "created_at": "2026-01-01T00:00:00Z"},
            {"id": 2, "completed_by": 8, "result": [], "created_at": "2026-01-02T00:00:00Z"},
            {"id": 3, "completed_by": 9, "result": anna, "was_cancelled": True},
        ]},
        {"id": 2, "data": {"text": "Rien"}, "annotations": []},
        {"id": 3, "data": {"text": "Otto"}, "annotations": [{"id": 4, "completed_by": None}]},
    ]  # fmt: skip
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    found, problems = read(path)
    assert [problem.code for problem in problems] == ["read.not-accepted"]
    layers = {layer: keys for item in found for layer, keys in keys_by_layer(item).items()}
    assert layers == {"annotator:7": [(0, 4, "PER")], "annotator:8": [], "annotator:unsigned-1": []}
    for format in ("JSON_MIN", "CSV"):
        rows, problems = read(converted(packages, path, format))
        assert (len(rows), problems) == (4, [])
        assert {n: keys for item in rows for n, keys in keys_by_layer(item).items()} == layers


def test_its_conll_has_one_document_for_all_tasks(packages, tmp_path):
    tasks = tmp_path / "tasks.json"
    texts = [{"id": n, "data": {"text": text}, "annotations": []} for n, text in enumerate("ABC")]
    tasks.write_text(json.dumps(texts), encoding="utf-8")
    path = converted(packages, tasks, "CONLL2003")
    assert path.read_text("utf-8").count("-DOCSTART- -X- O\n") == 1
    found, problems = read(path)
    assert [problem.code for problem in problems] == ["read.one-document"]
    assert [len(found), len(read(path, unit="sentence")[0])] == [1, len(texts)]


def test_a_column_of_the_data_gives_way_to_a_control_of_its_name(packages, tmp_path):
    value = {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
    result = [{"type": "labels", "from_name": "text", "to_name": "t", "value": value}]
    annotations = [{"id": 1, "completed_by": 7, "result": result}]
    tasks = [{"id": 1, "data": {"text": "Anna dort"}, "annotations": annotations}]
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    config = CONFIG.replace('name="text"', 'name="t"').replace('toName="text"', 'toName="t"')
    target = tmp_path / "out.csv"
    config = config.replace('name="label"', 'name="text"')
    foreign_tools.run(packages, CONVERT, config, path, target, "CSV")
    with target.open(encoding="utf-8", newline="") as file:
        assert "_data_text" in next(csv.reader(file))
    (found,), problems = read(target)
    assert (keys_by_layer(found), problems) == ({"annotator:7": [(0, 4, "PER")]}, [])
