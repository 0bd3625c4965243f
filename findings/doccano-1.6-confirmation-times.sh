#!/usr/bin/env bash
# Doccano 1.6 keeps when a document was confirmed and does not tell: its list of confirmations
# (examples/ID/states) has the account alone. 1.7.0 tells the time as well. Without it nobody can
# know whether a mark was changed before or after the confirmation, so curate refuses 1.6. Prints
# the fields of both versions, read from their packages. Ends with 1 if this is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 1.6.2 1.7.0; do
    python3 -m pip download -q --disable-pip-version-check --no-deps "doccano==$version"
done
python3 - <<'PYTHON'
import re
import sys
import zipfile
from pathlib import Path

fields = {}
for wheel in sorted(Path().glob("doccano-*.whl")):
    version = wheel.name.split("-")[1]
    source = zipfile.ZipFile(wheel).read("backend/examples/serializers.py").decode()
    body = source.partition("class ExampleStateSerializer")[2]
    fields[version] = re.findall(r'"(\w+)"', re.search(r"fields = \((.*?)\)", body, re.S)[1])
    print(version, ", ".join(fields[version]))
sys.exit("confirmed_at" in fields["1.6.2"] or "confirmed_at" not in fields["1.7.0"])
PYTHON
