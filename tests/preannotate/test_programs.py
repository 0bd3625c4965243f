"""Programs that propose spans, run as such: those that work, and those that do not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec.structs import replace
from support.brittle_pipeline import documents
from support.proposing_program import command

from curate import preannotate
from curate import schema as schemas
from curate.config import EndpointSettings, ProgramSettings
from curate.errors import ConfigError, ProposerError
from curate.model import Document
from curate.preannotate import programs
from curate.preannotate.programs import Program

SCHEMA = schemas.schema_of_labels("s@1", "fr", ["LOC"])
TEXTS = ["à Paris", "rien", "d’Oslo à Paris", "une panne à Oslo"]
PLACES = ("Oslo", "Paris")
FOUND = [["Paris"], [], ["Oslo", "Paris"], ["Oslo"]]


def program(
    *words: str, environment: dict[str, str] | None = None, root: Path = Path(), **settings: Any
) -> Program:
    own = ProgramSettings(**{"command": command(*words), "version": "1.0", **settings})
    return Program(
        "places", own, root, SCHEMA, **({"environment": environment} if environment else {})
    )


def propose(tool: Program, *texts: str) -> tuple[list[list[str] | None], list[str]]:
    """The surfaces that a program finds in each text, and the messages about them."""
    batch = documents(*texts)
    surfaces: list[list[str] | None] = []
    messages = []
    for document, (annotation, problems) in zip(batch, tool.propose(batch), strict=True):
        messages += [problem.message.removeprefix("model:places@1.0 ") for problem in problems]
        assert {problem.document for problem in problems} <= {document.id}
        if annotation is not None:
            assert (annotation.document, annotation.layer) == (document.id, "model:places@1.0")
            assert {span.by for span in annotation.spans} <= {"model:places@1.0"}
        surfaces.append(
            None
            if annotation is None
            else [document.text[s.start : s.end] for s in annotation.spans]
        )
    return surfaces, messages


@pytest.mark.parametrize("mode", ["right", "backwards"])
def test_answers_may_come_in_any_order(mode: str) -> None:
    assert propose(program(mode), *TEXTS) == (FOUND, [])


def test_a_run_is_given_no_more_than_a_batch(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert propose(program("log", str(log), batch=3), *TEXTS) == (FOUND, [])
    assert log.read_text("utf-8").splitlines() == [" ".join(TEXTS[:3]), TEXTS[3]]


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    strange = str(tmp_path / '$(echo x); `y` " * log')
    propose(program("log", strange), "à Paris")
    assert [path.name for path in tmp_path.iterdir()] == [Path(strange).name]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("dies", "ended with exit code 3 (no luck)"),
        ("half", "ended with exit code 1"),
        ("silent", "gave no answer"),
        ("twice", "answered the document more than once"),
    ],
)
def test_a_document_that_it_fails_on_costs_no_other_its_layer(mode: str, reason: str) -> None:
    found = propose(program(mode), "une panne à Oslo", *TEXTS[:3])
    assert found == ([None, *FOUND[:3]], [reason])


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    began = time.monotonic()
    found = propose(program("hangs", str(pids), timeout=3), *TEXTS)
    assert found == ([*FOUND[:3], None], ["did not end within 3 s"])
    assert time.monotonic() - began < 60
    for pid in map(int, pids.read_text("utf-8").split()):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_program_that_never_ends_writing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MAX_OUTPUT", 2**20)
    assert propose(program("endless"), "à Paris") == ([None], ["wrote more than 1 MB"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("loading …", "wrote a line 4 that is no answer: "),
        ('{"spans": []}', "wrote a line 4 that is no answer: "),
        (
            '{"id": "other"}',
            "wrote a line 4 that is no answer: no document of the batch has the id",
        ),
    ],
)
def test_a_line_that_is_no_answer_is_told(line: str, reason: str) -> None:
    surfaces, (message,) = propose(program("line", line), *TEXTS)
    assert surfaces == [*FOUND[:3], None]
    # The document is tried again by itself, where the line is the first one.
    assert message.startswith(reason.replace("4", "1"))
    surfaces, (message,) = propose(program("also", line), "à Paris")
    assert surfaces == [["Paris"]]
    assert message.startswith(reason.replace("4", "1"))


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ({"start": 12, "end": 900}, "which is not in the text (the text has 16 code points)"),
        ({"start": -4, "end": 3}, "which is not in the text"),
        ({"start": 3, "end": 3}, "which is not in the text"),
        ({"start": 0, "end": 3, "text": "Une"}, "which is 'une' and not 'Une'"),
        ({"start": 0, "end": 3, "score": 1.5}, "gave a score of 1.5"),
        ({"start": "0", "end": 3}, "gave a wrong answer: Expected `int`, got `str`"),
        ({"start": 0.5, "end": 3}, "gave a wrong answer: Expected `int`"),
    ],
)
def test_a_span_that_is_wrong_costs_the_document_its_layer(span: dict, reason: str) -> None:
    text = "une panne a Oslo"
    value = json.dumps({"label": "LOC", **span})
    surfaces, (message,) = propose(program("span", value), *TEXTS[:3], text)
    assert surfaces == [*FOUND[:3], None]
    assert reason in message


@pytest.mark.parametrize(
    ("encoding", "unit", "text"),
    [("utf-8", "bytes", "Été à Paris"), ("utf-16-le", "utf16", "😀 Oslo 😀 Paris")],
)
def test_offsets_that_are_no_code_points_are_named(encoding: str, unit: str, text: str) -> None:
    surfaces, (message,) = propose(program("unit", encoding), text)
    assert surfaces == [None]
    assert f'set offsets = "{unit}"' in message
    surfaces, messages = propose(program("unit", encoding, offsets=unit), text)
    assert (surfaces, messages) == ([[word for word in text.split() if word in PLACES]], [])


def test_labels_are_mapped_and_others_told_once() -> None:
    span = json.dumps({"start": 0, "end": 3, "label": "CITY"})
    text = "une panne"
    surfaces, messages = propose(program("span", span), text, f"{text} !", text + " ?")
    assert surfaces == [[], [], []]
    assert len(messages) == 1 and "'CITY'" in messages[0]
    mapped = replace(SCHEMA, models={"places": {"CITY": "LOC"}})
    own = ProgramSettings(command=command("span", span), version="1.0")
    (answer,) = Program("places", own, Path(), mapped).propose(documents(text))
    assert answer.annotation is not None
    assert [s.key for s in answer.annotation.spans] == [(0, 3, "LOC")]


def test_three_failures_in_a_row_are_the_fault_of_the_program() -> None:
    tool = program("dies")
    bad = [f"panne {number}" for number in range(5)]
    surfaces, messages = propose(tool, *bad[:2], "à Paris", *bad[2:4])
    assert surfaces == [None, None, ["Paris"], None, None]
    tool.check()
    surfaces, messages = propose(tool, *bad)
    assert surfaces == [None] * 5
    with pytest.raises(ProposerError, match="no luck") as caught:
        tool.check()
    assert "[preannotate.programs.places]" in caught.value.hint


def test_a_lone_surrogate_costs_the_document_its_layer() -> None:
    bad = Document(id="0" * 16, text="Oslo \ud800")
    first, second = program("right").propose([bad, *documents("à Paris")])
    assert first.annotation is None and first.problems[0].code == "preannotate.failed"
    assert second.annotation is not None and len(second.annotation.spans) == 1


def test_a_program_sees_no_variable_that_it_is_not_given() -> None:
    secrets = {
        "CURATE_DOCCANO_PASSWORD": "s1",
        "HF_TOKEN": "s2",
        "PGPASSWORD": "s3",
        "MY_MODEL": "m",
        "PATH": "/usr/bin:/bin",
    }
    tool = program("environment", environment=secrets, variables=("MY_MODEL",))
    assert tool._environment.keys() == {"MY_MODEL", "PATH", "PYTHONUTF8", "PYTHONIOENCODING"}
    _, messages = propose(tool, "Oslo")
    seen = {message.split("'")[1] for message in messages}
    assert {"MY_MODEL", "PATH"} <= seen and not seen & secrets.keys() - {"MY_MODEL", "PATH"}
    with pytest.raises(ConfigError, match="CURATE_DOCCANO_PASSWORD"):
        program("right", variables=("CURATE_DOCCANO_PASSWORD",))


@pytest.mark.parametrize(
    "settings",
    [
        {"command": ("no-such-program-anywhere",)},
        {"command": ("tools/absent",)},
        {"command": (str(Path(__file__)),)},
        {"version": "1/2"},
        {"version": ""},
        {"offsets": "words"},
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_first_document(settings: dict) -> None:
    with pytest.raises(ConfigError, match=r"\[preannotate\.programs\.places\]"):
        program("right", **settings)


def test_a_relative_program_is_one_of_the_workspace(tmp_path: Path) -> None:
    tool = tmp_path / "tools" / "places"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexec " + " ".join(command("right")) + "\n", encoding="utf-8")
    tool.chmod(0o755)
    own = program("right", root=tmp_path, command=("tools/places",))
    assert propose(own, *TEXTS) == (FOUND, [])


def test_a_program_that_cannot_be_started_stops_the_run(tmp_path: Path) -> None:
    tool = tmp_path / "places"
    tool.write_text("#!/no/such/interpreter\n", encoding="utf-8")
    tool.chmod(0o755)
    own = program("right", command=(str(tool),))
    with pytest.raises(ProposerError, match="cannot be started"):
        propose(own, *TEXTS)


def test_programs_are_given_the_documents_of_their_languages(tmp_path: Path) -> None:
    logs = {code: tmp_path / code for code in ("any", "en")}
    tools = {
        code: ProgramSettings(command=command("log", str(path)), version="1", batch=100)
        for code, path in logs.items()
    }
    setup = preannotate.Setup(programs={"any": tools["any"]})
    english = preannotate.Setup(programs=tools)
    batch = [
        Document(id=f"{number:016}", text=f"{lang}{number}", lang=lang)
        for number, lang in enumerate(["fr", "en", "fr", "en"])
    ]
    annotator = preannotate.load_annotator(setup, SCHEMA, {"en": english})
    names = [[layer.layer for layer in layers] for _, layers, _ in annotator.annotate(batch)]
    assert names == [["model:any@1", "proposal"], ["model:any@1", "model:en@1", "proposal"]] * 2
    assert logs["en"].read_text("utf-8") == "en1 en3\n"
    assert sorted(logs["any"].read_text("utf-8").splitlines()) == ["en1 en3", "fr0 fr2"]


def test_a_program_may_have_the_name_of_an_endpoint(tmp_path: Path) -> None:
    setup = preannotate.Setup(
        programs={"places": ProgramSettings(command=command("right"), version="1")},
        endpoints={"places": EndpointSettings(url="http://127.0.0.1:9/v1", model="small")},
        root=tmp_path,
    )
    loaded = preannotate.load_annotator(setup, SCHEMA).setups[""]
    layers = tuple(proposer.layer for proposer in loaded.proposers)
    assert (*layers, "proposal") == setup.layers(SCHEMA) and len(set(layers)) == 2
