"""An annotation campaign as each tool exports it: three texts and the people who annotated them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from curate.formats.cas import CAS_METADATA
from curate.formats.webanno import ENTITY

TEXTS = (
    "Marie Dupont arrive à Rabat.",
    "Le port d'Oran ouvre lundi.",
    "Ali rentre de Tunis.",
)
# (start, end, label) by person, for each text; None where a person has not judged it.
WORK: dict[str, tuple[list[tuple[int, int, str]] | None, ...]] = {
    "anna": ([(0, 12, "person"), (22, 27, "place")], [(10, 14, "place")], [(0, 3, "person")]),
    "bela": ([(0, 12, "person"), (22, 27, "place")], [(10, 14, "place")], []),
    "carl": ([(6, 12, "person"), (22, 27, "place")], [(10, 14, "place")], None),
}
LABELS = ["--label", "person=PER", "--label", "place=LOC"]


def span_key(text: str, span: tuple[int, int, str]) -> tuple[str, str]:
    """A span by what it marks."""
    return text[span[0] : span[1]], span[2]


def write_json(path: Path, value: Any) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def write_lines(path: Path, rows: list[Any]) -> Path:
    """A file of JSON Lines."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def region(text: str, span: tuple[int, int, str], **more: Any) -> dict[str, Any]:
    """A labelled region of Label Studio."""
    start, end, label = span
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": f"r{start}", "type": "labels", "value": value, **more}


def label_studio(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """An export of Label Studio in which carl skipped the last task and left a draft."""
    tasks: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        annotations: list[dict[str, Any]] = []
        for user, (name, work) in enumerate(WORK.items(), 1):
            spans = work[number]
            annotation = {
                "id": 10 * number + user,
                "completed_by": {"id": user, "email": f"{name}@example.org"},
                "result": [region(text, span) for span in spans or ()],
                "was_cancelled": spans is None,
                "ground_truth": number == 1 and name == "bela",
                "created_at": f"2026-03-0{number + 1}T08:0{user}:00Z",
            }
            annotations.append(annotation)
        tasks.append(
            {
                "id": 100 + number,
                "data": {"text": text, "source": "wire"},
                "annotations": annotations,
                "predictions": [
                    {"model_version": "tagger@1", "result": [region(text, (0, 3, "person"))]}
                ],
                "drafts": [],
            }
        )
    first = tasks[0]["annotations"][0]["result"][0]
    first["meta"] = {"text": ["is this one name?"]}
    comment = {"text": "ask the desk", "created_by": 3, "created_at": "2026-03-02T09:00:00Z"}
    tasks[1]["comments"] = [comment]
    tasks[2]["drafts"] = [{"user": 3, "result": [region(texts[2], (0, 3, "person"))]}]
    return write_json(path, tasks)


def prodigy(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """A dataset of Prodigy with a session for each person, and the second text reviewed by dora."""
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        for name, work in WORK.items():
            spans = work[number]
            task = {"text": text, "_task_hash": number, "_session_id": name}
            task["_timestamp"] = 1772352000 + 60 * number
            marks = [_offsets(span) for span in spans or ()]
            rows.append({**task, "spans": marks, "answer": "ignore" if spans is None else "accept"})
    versions = [
        {"text": texts[1], "spans": [(_offsets((10, 14, "place")))], "sessions": [name]}
        for name in WORK
    ]
    review = {"text": texts[1], "_task_hash": 9, "_session_id": "dora", "answer": "accept"}
    review["_timestamp"] = 1772355600
    rows.append({**review, "spans": [_offsets((10, 14, "place"))], "versions": versions})
    return write_lines(path, rows)


def _offsets(span: tuple[int, int, str]) -> dict[str, Any]:
    return dict(zip(("start", "end", "label"), span, strict=True))


def argilla(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """Records of Argilla 2 as its server gives them; carl discarded the last one."""
    records: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        responses = [
            {
                "user_id": f"{name}-id",
                "values": {"spans": {"value": [_offsets(it) for it in work[number] or ()]}},
                "status": "discarded" if work[number] is None else "submitted",
            }
            for name, work in WORK.items()
        ]
        draft = {"spans": {"value": [_offsets((0, 3, "person"))]}}
        responses.append({"user_id": "dora-id", "values": draft, "status": "draft"})
        suggestion = {
            "question_name": "spans",
            "agent": "tagger@1",
            "value": [_offsets((0, 3, "person"))],
            "score": [0.75],
        }
        record = {"fields": {"text": text}, "responses": responses, "suggestions": [suggestion]}
        records.append({"id": f"r{number}", "metadata": {"source": "wire"}, **record})
    return write_json(path, records)


def argilla_1(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """Records of token classification of Argilla 1: a record for each person and text."""
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        for name, work in WORK.items():
            spans = work[number]
            rows.append(
                {
                    "text": text,
                    "tokens": text.split(),
                    "prediction": [["person", 0, 3, 0.75]],
                    "prediction_agent": "tagger@1",
                    "annotation": None if spans is None else [[s[2], s[0], s[1]] for s in spans],
                    "annotation_agent": name,
                    "status": "Discarded" if spans is None else "Validated",
                    "metadata": {},
                    "id": f"{number}-{name}",
                }
            )
    return write_lines(path, rows)


def brat(folder: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """A folder of brat for each person, with the texts that the person has judged."""
    for name, work in WORK.items():
        (folder / name / "march").mkdir(parents=True)
        (folder / name / "annotation.conf").write_text("[entities]\nperson\nplace\n")
        for number, text in enumerate(texts):
            spans = work[number]
            if spans is None:
                continue
            lines = [
                f"T{place}\t{label} {start} {end}\t{text[start:end]}\n"
                for place, (start, end, label) in enumerate(spans, 1)
            ]
            if name == "anna" and number == 0:
                lines += ["A1\tSure T1\n", "#1\tAnnotatorNotes T1\tis this one name?\n"]
            stem = folder / name / "march" / f"text{number}"
            stem.with_suffix(".txt").write_text(text, encoding="utf-8")
            stem.with_suffix(".ann").write_text("".join(lines), encoding="utf-8")
    return folder


def doccano_zip(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """Doccano's export of a project in which each member works alone: a file for each of them."""
    with ZipFile(path, "w") as archive:
        for name, work in WORK.items():
            rows = [
                {
                    "id": number,
                    "text": text,
                    "label": [list(span) for span in work[number] or ()],
                    "Comments": ["ask the desk"] if (name, number) == ("carl", 1) else [],
                }
                for number, text in enumerate(texts)
            ]
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            archive.writestr(f"{name}.jsonl", lines)
    return path


def inception(path: Path, texts: tuple[str, ...] = TEXTS, format: str = "json") -> Path:
    """A project export of INCEpTION: the second text is curated, carl has not finished the last.

    Args:
        path: the archive.
        texts: the texts.
        format: the secondary format: ``json``, or ``xmi``, of which INCEpTION makes a ZIP archive
            with the type system.
    """
    versions: list[dict[str, Any]] = []
    with ZipFile(path, "w") as archive:
        for number, text in enumerate(texts):
            document = f"text {number}.txt"
            archive.writestr(f"source/{document}", text)
            _add_cas(archive, f"annotation/{document}/INITIAL_CAS", text, [], format)
            for user, (name, work) in enumerate(WORK.items()):
                spans = work[number]
                is_finished = spans is not None
                draft = [(0, 3, "person")]
                marks = draft if spans is None else spans
                _add_cas(archive, f"annotation/{document}/{name}", text, marks, format)
                archive.writestr(f"annotation_ser/{document}/{name}.ser", b"\xac\xed\x00\x05")
                version = {
                    "name": document,
                    "user": name,
                    "state": "FINISHED" if is_finished else "IN_PROGRESS",
                    "updated": 1772352000000 + 60_000 * (user + 1),
                }
                if (name, number) == ("carl", 1):
                    version["annotatorComment"] = "ask the desk"
                versions.append(version)
        place = [(10, 14, "place")]
        _add_cas(archive, "curation/text 1.txt/CURATION_USER", texts[1], place, format)
        states = ["ANNOTATION_FINISHED", "CURATION_FINISHED", "ANNOTATION_IN_PROGRESS"]
        project = {
            "name": "names",
            "mode": "annotation",
            "source_documents": [
                {"name": f"text {number}.txt", "format": "text", "state": state}
                for number, state in enumerate(states)
            ],
            "annotation_documents": versions,
            "project_permissions": [
                *({"level": "ANNOTATOR", "user": name} for name in WORK),
                *({"level": level, "user": "chief"} for level in ("CURATOR", "MANAGER")),
            ],
            "version": 1,
        }
        archive.writestr("exportedproject.json", json.dumps(project))
        events = [
            {"event": "SpanCreatedEvent", "user": "anna", "annotator": "anna"},
            {"event": "SpanCreatedEvent", "user": "dora", "annotator": "CURATION_USER"},
        ]
        more = {"document_name": "text 1.txt", "created": 1772355600000, "details": {"begin": 10}}
        archive.writestr("event.log", "".join(json.dumps(it | more) + "\n" for it in events))
    return path


def _add_cas(
    archive: ZipFile, name: str, text: str, spans: list[tuple[int, int, str]], format: str
) -> None:
    """Add a CAS to an archive, with the metadata that INCEpTION writes into it."""
    import cassis

    types = cassis.TypeSystem()
    metadata = types.create_type(CAS_METADATA, "uima.cas.AnnotationBase")
    for feature in ("username", "sourceDocumentName"):
        types.create_feature(metadata, feature, "uima.cas.String")
    entity = types.create_type(ENTITY, "uima.tcas.Annotation")
    types.create_feature(entity, "value", "uima.cas.String")
    cas = cassis.Cas(types, sofa_string=text, sofa_mime="text")
    _, document, user = name.split("/")
    cas.add(metadata(username=user, sourceDocumentName=document))
    cas.add_all(entity(begin=start, end=end, value=label) for start, end, label in spans)
    if format == "json":
        archive.writestr(f"{name}.json", cas.to_json())
        return
    with BytesIO() as file:
        with ZipFile(file, "w") as inner:
            inner.writestr(f"{user}.xmi", cas.to_xmi())
            inner.writestr("TypeSystem.xml", types.to_xml())
        archive.writestr(f"{name}.zip", file.getvalue())
