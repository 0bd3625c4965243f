#!/usr/bin/env bash
# dkpro-cassis 0.12.0 reads XMI whose offsets count UTF-16 units and converts them to code points, but
# only for annotations that are members of a view. One that is only referred to, such as what fills a
# slot and was removed from the index, keeps its UTF-16 offsets: behind an emoji it covers other
# letters, without an error or a warning, and each time the file is loaded and saved it moves on. The
# same CAS as JSON is read right. Prints the covered texts; ends with 1 if this is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check dkpro-cassis==0.12.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import cassis

types = cassis.TypeSystem()
link = types.create_type("my.Link", "uima.tcas.Annotation")
types.create_feature(link, "target", "uima.tcas.Annotation")
cas = cassis.Cas(types, sofa_string="🚀 Anna, Rome, too")
annotation = types.get_type("uima.tcas.Annotation")
rome = annotation(begin=8, end=12, sofa=cas.get_sofa())  # it is not added to the view
cas.add(link(begin=2, end=6, target=rome))


def target(again):
    (link,) = again.select("my.Link")
    return link.target.get_covered_text()


once = cassis.load_cas_from_xmi(cas.to_xmi(), types)
twice = cassis.load_cas_from_xmi(once.to_xmi(), types)
from_json = cassis.load_cas_from_json(cas.to_json())
texts = [target(it) for it in (cas, from_json, once, twice)]
print("dkpro-cassis", version("dkpro-cassis"))
print("written, read as JSON, read as XMI, read as XMI again:", texts)
sys.exit(texts != ["Rome", "Rome", "ome,", "me, "])
PYTHON
