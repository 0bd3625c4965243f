#!/usr/bin/env bash
# spaCy 3.8.11: Doc.to_json and Doc.from_json make "nobody annotated this" into "there is no entity".
#
# A token whose entity annotation is missing has ENT_IOB 0; spaCy neither learns from it nor scores
# it. to_json writes the entities alone, so that from_json sets all other tokens to O (ENT_IOB 2), as
# soon as one token of the Doc is annotated. to_bytes and DocBin keep the difference. A right
# prediction on such a token is then a false positive, and training on the copy teaches that there is
# none. Prints ENT_IOB of the tokens and the precision of one prediction against the Doc, against its
# copy by bytes, and against its copy by JSON: [3, 2, 0] 1.0, [3, 2, 0] 1.0, [3, 2, 2] 0.5. Ends with
# 1 if this is no longer so. (click is imported by spaCy and no longer installed with it.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    spacy==3.8.11 click==8.1.8
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import spacy
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example

nlp = spacy.blank("en")
doc = nlp("Anna saw Rome")
doc.set_ents([Span(doc, 0, 1, "PER")], missing=[doc[2:3]])  # nobody looked at Rome
predicted = nlp("Anna saw Rome")
predicted.set_ents([Span(predicted, 0, 1, "PER"), Span(predicted, 2, 3, "LOC")])


def seen(gold):
    return [token.ent_iob for token in gold], get_ner_prf([Example(predicted, gold)])["ents_p"]


by_bytes = Doc(nlp.vocab).from_bytes(doc.to_bytes())
by_json = Doc(nlp.vocab).from_json(doc.to_json())
results = [seen(gold) for gold in (doc, by_bytes, by_json)]
print("spacy", spacy.__version__)
for name, (tags, precision) in zip(("the Doc", "by bytes", "by JSON"), results, strict=True):
    print(f"{name}: ENT_IOB {tags}, precision {precision}")
expected = [([3, 2, 0], 1.0), ([3, 2, 0], 1.0), ([3, 2, 2], 0.5)]
sys.exit(results != expected)
PYTHON
