#!/usr/bin/env bash
# datasets 5.2.0 with pyarrow 26.0.1 rewrites a JSON column that is declared as text if every value
# looks like a date. The JSON reader lets pyarrow guess the types of a block first and casts to the
# declared features afterwards, so `Features({"day": Value("string")})` does not protect a date: the
# day gets a time, the T and the Z are gone, and a time with an offset is moved to UTC. One value
# that is no date keeps them all, and the same values in Parquet are left alone. Prints what was
# written and what is loaded: 2025-06-02 becomes "2025-06-02 00:00:00", 2025-06-02T10:00:00Z becomes
# "2025-06-02 10:00:00" and 2025-06-02T10:00:00+02:00 becomes "2025-06-02 08:00:00". Ends with 1 if
# this is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "datasets==5.2.0" "pyarrow==26.0.1"
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" "$folder/venv/bin/python" - <<'PYTHON'
import json

import datasets
import pyarrow
import pyarrow.parquet
from datasets import Features, Value, load_dataset

datasets.disable_progress_bars()
print(f"datasets {datasets.__version__}, pyarrow {pyarrow.__version__}")
DATES = {"day": "2025-06-02", "utc": "2025-06-02T10:00:00Z", "paris": "2025-06-02T10:00:00+02:00"}
features = Features({name: Value("string") for name in DATES})


def loaded(format, name, rows):
    if format == "json":
        with open(name, "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), name)
    return load_dataset(format, data_files=name, split="train", features=features)


first = loaded("json", "dates.jsonl", [DATES])
print("declared as", first.features)
print("written    ", DATES)
print("from JSON  ", first[0])
mixed = loaded("json", "mixed.jsonl", [DATES, dict.fromkeys(DATES, "unknown")])
print("one is none", mixed[0])
parquet = loaded("parquet", "dates.parquet", [DATES])
print("Parquet    ", parquet[0])

assert first.features == features
assert first[0] == {
    "day": "2025-06-02 00:00:00",
    "utc": "2025-06-02 10:00:00",
    "paris": "2025-06-02 08:00:00",
}
assert mixed[0] == DATES
assert parquet[0] == DATES
PYTHON
echo "as described"
