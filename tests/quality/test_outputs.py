"""What becomes of findings: levels, waivers, JUnit XML, comments, links, checked files."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from support.checked_corpus import LOC, PER, SCHEMA, TEXT, clean, found, pair
from typer.testing import CliRunner

from curate import config
from curate.cli.commands import app
from curate.config import CheckSetting, CheckWaiver
from curate.doccano import comment_marker
from curate.errors import ConfigError, InputError
from curate.model import Annotation, RemoteComment, Span
from curate.quality import CHECKS, check_documents, corpus, files
from curate.quality.comments import CommentChanges, comments_by_document, plan_changes
from curate.quality.junit import junit
from curate.quality.registry import mask
from curate.workspace import Workspace

BAD = pair(Span(11, 17, "PER"), Span(18, 25, "LOC"), Span(29, 42, "MISC"))
EDGES = ("span.edges", BAD[0].id, (11, 17, "PER"))
LABEL = ("span.label", BAD[0].id, (29, 42, "MISC"))


def setting(text: str) -> config.Config:
    return msgspec.toml.decode(f'[corpus]\nname = "x"\n{text}', type=config.Config)


# -- the catalogue


def test_every_check_says_why_and_how_and_has_a_mask():
    for code, check in CHECKS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", code) and check.code == code
        assert check.why.endswith(".") and check.hint and check.message
        assert (check.limit is None) == (not check.bound)
        assert callable(mask(check, SCHEMA))


def test_the_page_of_the_documentation_lists_every_check(request):
    page = (request.config.rootpath / "docs" / "reference" / "checks.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (\w+) \|", page, flags=re.M))
    assert rows == {code: check.severity for code, check in CHECKS.items()}


# -- settings


def test_a_level_is_set_with_a_reason_that_shows():
    found_ = setting('[checks."span.edges"]\nlevel = "info"\nreason = "the old desk did so"')
    report = check_documents([BAD], SCHEMA, settings=found_.checks)
    assert {(p.code, p.severity) for p in report.problems} == {
        ("span.edges", "info"),
        ("span.label", "error"),
    }
    (outcome,) = [each for each in report.checks if each.code == "span.edges"]
    assert (outcome.severity, outcome.reason) == ("info", "the old desk did so")


def test_a_check_that_is_off_is_not_made_and_says_so():
    settings = {"span.edges": CheckSetting(level="off", reason="not here")}
    report = check_documents([BAD], SCHEMA, settings=settings)
    assert found(report) == [LABEL]
    (outcome,) = [each for each in report.checks if each.code == "span.edges"]
    assert (outcome.skipped, outcome.reason) == ("curate.toml leaves it out", "not here")


def test_a_limit_is_set():
    text = TEXT + " mot" * 20
    settings = {"document.stretch": CheckSetting(limit=50, reason="short notices")}
    report = check_documents([pair(PER, LOC, text=text)], SCHEMA, settings=settings)
    assert found(report) == [("document.stretch", pair(text=text)[0].id, None)]


def test_the_labels_of_dates_can_be_named():
    text = "Marco Rubio parle le 3 mars 2016."
    settings = {"text.date": CheckSetting(labels=("LOC",), reason="dates are places here")}
    report = check_documents([pair(PER, text=text)], SCHEMA, settings=settings)
    assert [p.code for p in report.problems] == ["text.date"]


@pytest.mark.parametrize(
    ("waiver", "left"),
    [
        (CheckWaiver(id="span.edges", reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", document=BAD[0].id[:6], reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", document="ffff", reason="r"), [EDGES, LABEL]),
        (CheckWaiver(id="span.edges", text=" parle", reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", text="parle", reason="r"), [EDGES, LABEL]),
    ],
)
def test_a_waived_finding_stands_with_its_reason_and_stops_nothing(waiver, left):
    report = check_documents([BAD], SCHEMA, settings={"waive": (waiver,)})
    assert found(report) == left
    assert [each.reason for each in report.waived] == ["r"] * (2 - len(left))
    assert bool(report.unused_waivers) == (len(left) == 2)
    assert report.errors == len(left)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[checks."span.edge"]\nreason = "r"', "no check 'span.edge'; use span.edges"),
        ('[[checks.waive]]\nid = "nothing"\nreason = "r"', "no check 'nothing'"),
        ('[[checks.waive]]\nid = "span.edges"\nreason = " "', "has no reason"),
        ('[checks."span.edges"]\nlevel = "info"\nreason = ""', "has no reason"),
        ('[checks."span.edges"]\nlimit = 3\nreason = "r"', "has no limit"),
        ('[checks."span.edges"]\nlabels = ["PER"]\nreason = "r"', "not about labels"),
        ('[[checks."span.edges"]]\nid = "x"\nreason = "r"', "is a list"),
    ],
)
def test_settings_that_make_no_sense_are_refused(text, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        check_documents([BAD], SCHEMA, settings=setting(text).checks)


@pytest.mark.parametrize(
    "text",
    [
        '[checks."span.edges"]\nlevel = "info"',  # no reason
        '[[checks.waive]]\nid = "span.edges"',
        '[checks."span.edges"]\nlevel = "fatal"\nreason = "r"',
        '[checks.span.edges]\nlevel = "info"\nreason = "r"',  # the id is not quoted
    ],
)
def test_the_file_is_refused_where_it_is_wrong(text):
    with pytest.raises(msgspec.ValidationError):
        setting(text)


# -- JUnit

CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "properties": ["property"],
    "testcase": ["skipped", "failure"],
}
REQUIRED = {
    "testsuite": "name package id timestamp hostname tests failures errors time",
    "property": "name value",
    "testcase": "name classname time",
    "failure": "type message",
}


def held_against_the_schema(element: ET.Element) -> None:
    """The rules of Windy Road's JUnit.xsd, as far as we write what it speaks of."""
    order = CHILDREN.get(element.tag, [])
    places = [order.index(child.tag) for child in element]
    assert places == sorted(places), f"children of {element.tag}"
    assert set(REQUIRED.get(element.tag, "").split()) <= set(element.attrib)
    if element.tag == "testsuite":
        assert [child.tag for child in element].count("system-out") == 1
        assert [child.tag for child in element].count("system-err") == 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
    for child in element:
        held_against_the_schema(child)


def test_junit_has_a_case_for_each_check_and_a_failure_for_each_that_found_errors():
    waive = {"waive": (CheckWaiver(id="span.label", reason="an old label\x01"),)}
    report = check_documents(
        [BAD], SCHEMA, settings=waive, link=lambda key: f"https://x/{key}?a=1&b=2"
    )
    root = ET.fromstring(junit(report, "2026-11-24T10:00:00Z"))
    held_against_the_schema(root)
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert {*cases} == {*CHECKS}
    assert [name for name, case in cases.items() if case.find("failure") is not None] == [
        "span.edges"
    ]
    failure = cases["span.edges"].find("failure")
    assert failure is not None and failure.text
    assert f"{BAD[0].id} 11-17 PER: ' parle'" in failure.text
    assert f"https://x/{BAD[0].id}?a=1&b=2" in failure.text
    skipped = cases["span.label"].find("skipped")
    assert skipped is not None and "waived" in skipped.attrib["message"]
    assert any("an old label" in (out.text or "") for out in root.iter("system-out"))
    for suite in root:
        for what, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[what]) == len(list(suite.iter(tag)))


def test_warnings_do_not_fail_a_case_and_are_told_in_the_suite():
    document, revision = pair(PER, LOC)
    old = msgspec.structs.replace(revision, schema="news@0.1.0")
    root = ET.fromstring(junit(check_documents([(document, old)], SCHEMA), "2026-11-24T10:00:00Z"))
    assert not list(root.iter("failure"))
    told = "".join(out.text or "" for out in root.iter("system-out"))
    assert "warning document.schema" in told


# -- Data Docs


def test_data_docs_link_to_the_example_and_tell_reasons(tmp_path):
    waive = {
        "waive": (CheckWaiver(id="span.label", reason="<old> label"),),
        "span.order": CheckSetting(level="warning", reason="a trial"),
    }
    address = "https://doccano/projects/1/sequence-labeling?page=7&q=%22"
    check_documents([BAD], SCHEMA, tmp_path, settings=waive, link=lambda key: address)
    front = (tmp_path / "index.html").read_text("utf-8")
    assert f'<a href="{address.replace("&", "&amp;")}">{BAD[0].id}</a>' in front
    assert "&lt;old&gt; label" in front
    assert "a trial" in front


# -- comments


def there(*texts: str, own: bool = True) -> list[RemoteComment]:
    return [
        RemoteComment(number=n, example=1, text=text, own=own)
        for n, text in enumerate(texts, start=1)
    ]


def comments(infos: bool = False, **settings: CheckSetting) -> dict[str, str]:
    """What is to be said of the document that has findings, by check and place."""
    codes = {code.replace("_", "."): value for code, value in settings.items()}
    return comments_by_document(check_documents([BAD, clean()], SCHEMA, settings=codes), infos)[
        BAD[0].id
    ]


def test_findings_are_put_once_however_often_they_are_pushed():
    asked = comments()
    assert len(asked) == 2 and {*comments_by_document(check_documents([BAD, clean()], SCHEMA))} == {
        BAD[0].id
    }
    first = plan_changes(asked, ())
    assert first == CommentChanges(add=tuple(asked.values()))
    assert "' parle'" in first.add[0] and first.add[0].endswith("]")
    assert plan_changes(asked, there(*first.add)) == CommentChanges(unchanged=2)
    # also after somebody wrote into them, or where another account put them
    touched = ["Vu. " + first.add[0], first.add[1] + " Merci"]
    assert plan_changes(asked, there(*touched)) == CommentChanges(unchanged=2)
    assert plan_changes(asked, there(*first.add, own=False)) == CommentChanges(unchanged=2)


def test_a_comment_goes_with_its_finding_and_follows_its_words():
    texts = tuple(comments().values())
    assert plan_changes({}, there(*texts)) == CommentChanges(delete=(1, 2))
    assert plan_changes(comments(), there(*texts, texts[0])) == CommentChanges(
        delete=(3,), unchanged=2
    )
    (key, text), *_ = comments().items()
    older = comment_marker.add_marker("As it was told before.", key)
    assert plan_changes({key: text}, there(older)) == CommentChanges(change={1: text})


def test_what_people_wrote_is_left_alone():
    text = next(iter(comments().values()))
    people = ["Marco Rubio ?", f"Non : {text}", text.replace("parle", "dit"), "[curate check]"]
    assert plan_changes({}, there(*people)) == CommentChanges()
    assert plan_changes({}, there(text, own=False)) == CommentChanges()
    assert not any(map(comment_marker.is_unchanged, people)) and comment_marker.is_unchanged(
        f" {text}\n"
    )


def test_infos_are_told_on_demand():
    mild = CheckSetting(level="info", reason="r")
    assert len(comments(span_label=mild)) == 1
    assert len(comments(infos=True, span_label=mild)) == 2


def test_marks_tell_places_apart_and_outlive_a_new_revision():
    several = pair(Span(11, 17, "PER"), Span(17, 19, "PER"))
    assert len(comments_by_document(check_documents([several], SCHEMA))[several[0].id]) >= 2
    document, revision = pair(PER, by="")
    later = msgspec.structs.replace(revision, number=2)
    marks = [
        [*comments_by_document(check_documents([(document, r)], SCHEMA))[document.id]]
        for r in (revision, later)
    ]
    assert marks[0] == marks[1]


# -- a workspace


def test_a_workspace_checks_its_gold_by_its_own_settings(tmp_path):
    Workspace.init(tmp_path / "w")
    path = tmp_path / "w" / "curate.toml"
    waive = '\n[[checks.waive]]\nid = "span.edges"\nreason = "typewriter"\n'
    path.write_text(path.read_text("utf-8") + waive, encoding="utf-8")
    workspace = Workspace(tmp_path / "w")
    text = "Hier à Marseille  un ministre"
    document, revision = pair(Span(7, 17, "ORG"), Span(7, 16, "LOC"), text=text)
    with workspace.store.begin() as tx:
        tx.add_document(document)
        tx.add_revision(revision)
        odd = Span(90, 99, "LOC")
        tx.put_annotation(Annotation(document=document.id, layer="proposal", spans=(odd,)))
    report = corpus.validate(workspace)
    errors = {problem.code for problem in report.problems if problem.severity == "error"}
    assert errors == {"span.overlap", "layer.offsets"}
    assert [each.reason for each in report.waived] == ["typewriter"]
    assert (workspace.state / "docs" / "index.html").exists()


def test_layers_of_documents_without_gold_are_checked_and_not_taken_for_stray(tmp_path):
    Workspace.init(tmp_path)
    workspace = Workspace(tmp_path)
    (document, revision), (waiting, _) = clean(), pair(text="Personne ne l’a lu.")
    inside, outside = Span(0, 8, "PER"), Span(0, 80, "PER")
    with workspace.store.begin() as tx:
        tx.add_document(document)
        tx.add_revision(revision)
        tx.add_document(waiting)
        for layer, span in (("proposal", inside), ("adjudicated", inside), ("model:m@1", outside)):
            tx.put_annotation(Annotation(document=waiting.id, layer=layer, spans=(span,)))
    report = corpus.validate(workspace, docs=False)
    assert [(p.code, p.document) for p in report.problems if p.code.startswith("layer.")] == [
        ("layer.offsets", waiting.id)
    ]


def test_names_of_rules_files_are_taken_where_they_agree(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "name: names\nversion: 1.0.0\nlanguage: fr\nrules: []\ngazetteers:\n"
        "  - {name: a, label: LOC, entries: [Rome, Orange], examples: ['à [Rome]']}\n"
        "  - {name: b, label: PER, entries: [Orange], examples: ['[Orange]']}\n"
        "  - {name: c, label: ORG, entries: [Nato], examples: ['[Nato]'], optional: true}\n",
        encoding="utf-8",
    )
    assert corpus.label_of_names([path], SCHEMA) == {"Rome": "LOC"}


# -- files


def test_files_are_checked_without_a_workspace(tmp_path):
    source = tmp_path / "a.jsonl"
    rows = [
        {"id": 1, "text": TEXT, "label": [[0, 11, "PER"], [11, 17, "LOC"], [50, 99, "LOC"]]},
        {"id": 2, "text": f"{TEXT} Encore.", "label": [[0, 5, "PER"], [0, 11, "PER"]]},
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    report = files.validate_files([source], read_as="doccano")
    assert [problem.code for problem in report.problems] == ["read.out-of-range", "span.edges"]
    assert all(str(source) in problem.where for problem in report.problems)
    assert not report.passed
    assert {c.code for c in report.checks if c.skipped == "there is no label schema"} >= {
        "span.label"
    }
    strict = msgspec.structs.replace(SCHEMA, labels=SCHEMA.labels[:1])
    codes = {
        p.code for p in files.validate_files([source], read_as="doccano", schema=strict).problems
    }
    assert codes == {"read.out-of-range", "span.edges", "span.label", "span.overlap"}


def test_files_are_held_against_the_settings_that_are_named(tmp_path):
    source, settings = tmp_path / "a.jsonl", tmp_path / "curate.toml"
    source.write_text(json.dumps({"text": TEXT, "label": [[11, 17, "PER"]]}), encoding="utf-8")
    waive = '[corpus]\nname = "x"\n[[checks.waive]]\nid = "span.edges"\nreason = "typewriter"\n'
    settings.write_text(waive, encoding="utf-8")
    words = ("validate", source, "--from", "doccano", "--settings", settings)
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == 0 and "(typewriter)" in done.output and "1 waived" in done.output
    assert CliRunner().invoke(app, [*map(str, words[:4])]).exit_code == 1


def test_files_of_several_layers_ask_for_one(tmp_path):
    source = tmp_path / "a.jsonl"
    rows = [
        {
            "text": TEXT,
            "annotations": [{"label": 1, "start_offset": 0, "end_offset": 11, "user": user}],
        }
        for user in (1, 2)
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="several layers"):
        files.validate_files([source], read_as="doccano")


def test_the_command_checks_a_file_and_writes_junit(tmp_path):
    source, xml = tmp_path / "a.conll", tmp_path / "report.xml"
    source.write_text("Anna B-PER\nva O\nà O\nRome B-LOC\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["validate", str(source), "--junit", str(xml), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["counts"] == {"documents": 1, "spans": 2}
    held_against_the_schema(ET.fromstring(xml.read_bytes()))


@pytest.mark.parametrize(
    "option",
    [
        ("--from", "brat"),
        ("--layer", "gold"),
        ("--schema", "s.yaml"),
        ("--settings", "c.toml"),
        ("--docs", "d"),
    ],
)
def test_how_files_are_read_is_not_said_where_there_are_none(option):
    done = CliRunner().invoke(app, ["validate", *option])
    assert done.exit_code == 2
    assert option[0] in done.output and "files" in done.output


def test_the_command_lists_the_checks():
    done = CliRunner().invoke(app, ["validate", "--list", "--json"])
    assert {row["code"] for row in json.loads(done.output)} == {*CHECKS}


def test_real_brat_files_are_checked(shared_data):
    report = files.validate_files([shared_data / "winer-fr-2016"], read_as="brat")
    assert report.counts["documents"] == 571
    assert report.counts["spans"] == 9442
    (cut,) = [problem for problem in report.problems if problem.code == "span.words"]
    assert cut.where.endswith("2016_03_26-002.txt")


def test_blank_edges_of_a_real_export_are_all_found(shared_data):
    (source,) = (shared_data / "doccano-export-setswana").glob("*.jsonl")
    report = files.validate_files([source])
    edges = [problem for problem in report.problems if problem.code == "span.edges"]
    assert len(edges) == 98
