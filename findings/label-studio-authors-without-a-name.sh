#!/usr/bin/env bash
# label-studio-sdk 2.1.2: its converter gives all people whose account is gone one name, "None".
#
# In a JSON export, `completed_by` is null for somebody whose account was deleted, and an object for
# everybody in exports with user details. In JSON-MIN and CSV, which have a row per annotation, the
# converter writes the annotator of all deleted accounts as the text None: two people who disagree
# become one who contradicts himself. An object without an e-mail address becomes null, as in a task
# that nobody annotated. Whoever counts annotators by this column, or measures agreement with it,
# gets other people than in the JSON. Prints the annotators by annotation: {11: "None", 12: "None",
# 13: None, None: None} in JSON-MIN, {"11": "None", "12": "None", "13": "", "": ""} in CSV. Ends with
# 1 if this is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check label-studio-sdk==2.1.2
cat > "$folder/tasks.json" <<'JSON'
[{"id": 1, "data": {"text": "Anna saw Rome."}, "annotations": [
  {"id": 11, "completed_by": null, "created_at": "2026-01-01T00:00:00Z", "result": [
    {"type": "labels", "from_name": "label", "to_name": "text",
     "value": {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}}]},
  {"id": 12, "completed_by": null, "created_at": "2026-01-02T00:00:00Z", "result": []},
  {"id": 13, "completed_by": {"id": 7}, "created_at": "2026-01-03T00:00:00Z", "result": []}]},
 {"id": 2, "data": {"text": "Nobody looked."}, "annotations": []}]
JSON
"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import csv, json, sys
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.converter.converter import Converter

folder = Path(sys.argv[1])
config = """<View><Labels name="label" toName="text"><Label value="PER"/></Labels>
<Text name="text" value="$text"/></View>"""
converter = Converter(config, str(folder), download_resources=False)
converter.convert(str(folder / "tasks.json"), str(folder / "min"), "JSON_MIN", is_dir=False)
converter.convert(str(folder / "tasks.json"), str(folder / "out.csv"), "CSV", is_dir=False)
rows = json.loads((folder / "min" / "result.json").read_text("utf-8"))
with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
    table = list(csv.DictReader(file))
by_id = {row["annotation_id"]: row["annotator"] for row in rows}
in_csv = {row["annotation_id"]: row["annotator"] for row in table}
print("label-studio-sdk", version("label-studio-sdk"))
print("JSON-MIN annotators by annotation:", by_id)
print("CSV annotators by annotation:", in_csv)
assert by_id == {11: "None", 12: "None", 13: None, None: None}, "the behaviour has changed"
assert in_csv == {"11": "None", "12": "None", "13": "", "": ""}, "the behaviour has changed"
PYTHON
