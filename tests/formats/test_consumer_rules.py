"""The rules by which exports are checked find what breaks them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import consumer_rules as rules
from support.golden_corpus import export_corpus, json_lines


def test_the_rules_find_what_breaks_them(tmp_path: Path) -> None:
    task = next(row for row in json_lines(export_corpus("prodigy", tmp_path)) if row["relations"])
    span, (first, second, *_), relation = task["spans"][0], task["tokens"], task["relations"][0]
    for it, change in (
        (span, {"end": 9999}),
        (first, {"ws": not first["ws"]}),
        (second, {"id": 7}),
        (relation, {"head_span": {"start": 0, "end": 1, "label": "X"}}),
    ):
        before = dict(it)
        it |= change
        assert list(rules.prodigy(task)), change
        it |= before
    assert list(rules.prodigy(task)) == []
    config = {"entities": {"PER"}, "relations": {"in"}, "events": set(), "attributes": set()}
    good = "T1\tPER 0 1;2 3\ta c\nT2\tPER 0 1\ta\nR1\tin Arg1:T1 Arg2:T2\n"
    assert list(rules.brat("a\nc", good, config)) == []
    for bad in (
        "T1\tPER 0 3\ta\nc\n",
        "T1\tLOC 0 1\ta\n",
        "T1\tPER 0 1;1 2\ta \n",
        "T1\tPER 0 9\ta\n",
        "T1\tPER 0 1\ta\nT1\tPER 0 1\ta\n",
        "R1\tin Arg1:T1 Arg2:T2\n",
        "T1\tPER 0 1\ta",
    ):
        assert list(rules.brat("a\nc", bad, config)), bad
    assert list(rules.conllu("# sent_id = 1\n# text = a b\n1\ta" + "\t_" * 8 + "\n\n"))
    where = {"source": "urn:x:y", "selector": []}
    note = {"@context": "http://www.w3.org/ns/anno.jsonld", "id": "no iri", "target": where}
    with pytest.raises(KeyError):
        list(rules.web_annotation(note, "a"))
    assert len(list(rules.web_annotation(note | {"target": "x y"}, "a"))) == 4
