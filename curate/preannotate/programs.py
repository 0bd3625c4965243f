"""Programs that propose spans: they read documents as JSON Lines and write their spans as such.

A run of a program is given a batch: one line ``{"id": …, "text": …, "lang": …}`` per document on
standard input, which then ends. It writes one line per document, in any order, and ends::

    {"id": "…", "spans": [{"start": 0, "end": 5, "label": "PER"}]}

A span may have a ``score`` from 0 to 1, and its ``text``, with which the offsets are compared; a
line may have an ``error`` instead of spans. Other fields are ignored.

If a run fails, each document that it did not answer is given to a run of its own, so that one
document on which the program fails costs no other its layer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from curate.config import ProgramSettings
from curate.errors import ConfigError, InputError, ProposerError
from curate.layers import model_layer
from curate.model import Annotation, Document, Problem, Span
from curate.preannotate.proposers import (
    FailureCount,
    LabelMapping,
    Proposed,
    check_name,
    failure,
)
from curate.schema import Schema
from curate.text.offset_units import CODE_POINTS, OffsetUnit, Quotation, foreign_unit, parse_unit
from curate.util.batches import batched

INHERITED = (
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
    *("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE"),  # without which Windows starts little
)
"""Environment variables that every program sees. Others may hold secrets of curate or its user."""
_OWN = "CURATE_"
MAX_OUTPUT = 256 * 2**20
"""Bytes that a run may write; one that writes more does not end by itself."""
_POLL_SECONDS = 0.2


class _ProgramSpan(msgspec.Struct):
    start: int
    end: int
    label: str
    score: float | None = None
    text: str | None = None


class _ProgramRow(msgspec.Struct):
    id: str
    spans: list[_ProgramSpan] = []
    error: str = ""


class _RowId(msgspec.Struct):
    id: str


class _ProgramRun(NamedTuple):
    """The answers of one run by document, and what was wrong with it."""

    answers: dict[str, Proposed]
    failure: str


def program_layer(name: str, settings: ProgramSettings) -> str:
    """The layer that a program writes.

    Raises:
        ConfigError: its name or version cannot be part of the name of a layer.
    """
    setting = f"[preannotate.programs.{name}]"
    return model_layer(f"{check_name(name, setting)}@{check_name(settings.version, setting)}")


class Program:
    """A program that proposes spans.

    Args:
        name: its name in the settings.
        settings: how it is run.
        root: the workspace, in which it is run.
        schema: the label schema; it maps the program's labels.
        environment: the environment variables of curate.

    Raises:
        ConfigError: the program is not there, or a setting is wrong.
    """

    def __init__(
        self,
        name: str,
        settings: ProgramSettings,
        root: Path,
        schema: Schema,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        setting = f"[preannotate.programs.{name}]"
        self.layer = program_layer(name, settings)
        self.batch = settings.batch
        self._settings, self._root = settings, root
        self._environment = _visible(settings.variables, environment, setting)
        path = self._environment.get("PATH", "")
        self.command = [_executable(settings.command[0], root, path, setting)]
        self.command += settings.command[1:]
        try:
            self._unit = parse_unit(settings.offsets)
        except InputError as error:
            raise ConfigError(f"{setting} offsets: {error.finding}", error.hint) from error
        self._labels = LabelMapping(name, self.layer, schema)
        self._failures = FailureCount(self.layer, setting)

    def propose(self, documents: Sequence[Document]) -> Iterator[Proposed]:
        """What the program says about each document, in order.

        Raises:
            ProposerError: the program cannot be started.
        """
        for batch in batched(documents, self.batch):
            readable = [document for document in batch if _row(document)]
            answers = self._batch(readable) if readable else {}
            for document in batch:
                unreadable = failure(
                    document, self.layer, "cannot read it: it has a lone surrogate"
                )
                yield answers.get(document.id, unreadable)

    def check(self) -> None:
        """Raise a ProposerError if it failed on too many documents in a row."""
        self._failures.check()

    def _batch(self, documents: Sequence[Document]) -> dict[str, Proposed]:
        run = self._run(documents)
        rest = [document for document in documents if document.id not in run.answers]
        reason = run.failure or "gave no answer"
        for document in rest:
            # A run that failed may have done so on one document alone.
            again = len(documents) > 1 and run.failure and not self._failures.reason
            single = self._run([document]) if again else _ProgramRun({}, reason)
            answer = single.answers.get(document.id)
            if answer is None:
                reason = single.failure or "gave no answer"
                answer = failure(document, self.layer, reason)
                self._failures.fail(reason)
            run.answers[document.id] = answer
        return run.answers

    def _run(self, documents: Sequence[Document]) -> _ProgramRun:
        """One run of the program."""
        with (
            tempfile.TemporaryFile() as rows,
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as errors,
        ):
            rows.writelines(map(_row, documents))
            rows.seek(0)
            failed = self._wait(self._start(rows, output, errors), output)
            if failed and (last := _last_line(errors)):
                failed += f" ({last})"
            output.seek(0)
            return self._read(documents, output, failed)

    def _start(
        self, rows: IO[bytes], output: IO[bytes], errors: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.command,
                stdin=rows,
                stdout=output,
                stderr=errors,
                cwd=self._root,
                env=self._environment,
            )
        except OSError as error:
            reason = f"{self.layer} cannot be started ({error.strerror or error})"
            raise ProposerError(reason, f"see whether {self.command[0]} runs by itself") from error

    def _wait(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> str:
        """Wait until a run ends, or end it; returns what is wrong with it."""
        deadline = time.monotonic() + self._settings.timeout
        try:
            while True:
                try:
                    left = deadline - time.monotonic()
                    code = process.wait(max(0.0, min(left, _POLL_SECONDS)))
                    return f"ended with exit code {code}" if code else ""
                except subprocess.TimeoutExpired:
                    if time.monotonic() >= deadline:
                        return f"did not end within {self._settings.timeout:g} s"
                    if os.fstat(output.fileno()).st_size > MAX_OUTPUT:
                        return f"wrote more than {MAX_OUTPUT // 2**20} MB"
        finally:
            if process.poll() is None:  # also where the user interrupts the command
                _end(process)

    def _read(self, documents: Sequence[Document], output: IO[bytes], failed: str) -> _ProgramRun:
        """The answers in the output of a run."""
        given = {document.id: document for document in documents}
        answers: dict[str, Proposed] = {}
        wrong = ""
        for number, line in enumerate(output, 1):
            if not line.strip():
                continue
            if failed and not line.endswith(b"\n"):
                break  # the program ended while it wrote this line
            key, answer = self._answer(line, given)
            if key not in given:
                wrong = wrong or f"wrote a line {number} that is no answer: {answer}"
            elif key in answers:
                answers[key] = self._failed(given[key], "answered the document more than once")
            elif isinstance(answer, str):
                answers[key] = self._failed(given[key], answer)
            else:
                answers[key] = answer
                self._failures.succeed()
        if wrong and answers.keys() == given.keys():
            first = documents[0]
            noted = (*answers[first.id].problems, self._note(first, wrong))
            answers[first.id] = answers[first.id]._replace(problems=noted)
        return _ProgramRun(answers, failed or wrong)

    def _answer(self, line: bytes, given: Mapping[str, Document]) -> tuple[str, Proposed | str]:
        """The document that a line is about and its layer, or what is wrong with the line."""
        try:
            row = msgspec.json.decode(line, type=_ProgramRow)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            try:
                return msgspec.json.decode(line, type=_RowId).id, f"gave a wrong answer: {error}"
            except (msgspec.MsgspecError, UnicodeDecodeError):
                return "", str(error)
        document = given.get(row.id)
        if document is None:
            return "", f"no document of the batch has the id {row.id!r}"
        if row.error:
            return row.id, f"failed: {' '.join(row.error.split())[:200]}"
        return row.id, self._layer(document, row.spans)

    def _layer(self, document: Document, rows: Sequence[_ProgramSpan]) -> Proposed | str:
        index = self._unit.index_for(document.text)
        spans: list[Span] = []
        problems: list[Problem] = []
        for row in rows:
            place = index.span(row.start, row.end) if 0 <= row.start < row.end else None
            if place is None:
                return f"gave a span {row.start}-{row.end} {row.label!r}: " + self._misplaced(
                    document.text, rows, "which is not in the text"
                )
            start, end = place
            if row.text is not None and row.text != document.text[start:end]:
                quoted = f"which is {document.text[start:end]!r} and not {row.text!r}"
                return f"gave a span {row.start}-{row.end} {row.label!r}: " + self._misplaced(
                    document.text, rows, quoted
                )
            if row.score is not None and not 0 <= row.score <= 1:
                return f"gave a score of {row.score:g}, which is not between 0 and 1"
            label = self._labels.get(row.label)
            if label is None:
                problems += self._labels.report(document, row.label)
            else:
                spans.append(Span(start, end, label, by=self.layer, score=row.score))
        annotation = Annotation(document=document.id, layer=self.layer, spans=tuple(spans))
        return Proposed(annotation.sorted(), tuple(problems))

    def _misplaced(self, text: str, rows: Sequence[_ProgramSpan], reason: str) -> str:
        """What is wrong with an offset, and what it counts if the texts of the spans show it."""
        quotations = [
            Quotation(((row.start, row.end),), row.text) for row in rows if row.text is not None
        ]
        unit: OffsetUnit | None = foreign_unit(text, quotations, self._unit)
        if unit is not None:
            counted = f'its offsets count {unit.cause}; set offsets = "{unit}"'
        elif self._unit == CODE_POINTS and not text.isascii():
            counted = "offsets count Unicode code points"
        else:
            counted = f"the text has {len(text)} code points"
        return f"{reason} ({counted})"

    def _failed(self, document: Document, reason: str) -> Proposed:
        self._failures.fail(reason)
        return failure(document, self.layer, reason)

    def _note(self, document: Document, reason: str) -> Problem:
        return Problem(
            code="preannotate.answer",
            severity="warning",
            document=document.id,
            message=f"{self.layer} {reason}",
            hint="the answers to the documents of its batch are kept",
        )


def _row(document: Document) -> bytes:
    """The line of a document; empty if its text is none that UTF-8 can hold."""
    row = {"id": document.id, "text": document.text, "lang": document.lang}
    try:
        return msgspec.json.encode(row) + b"\n"
    except UnicodeEncodeError:
        return b""


def _visible(names: Sequence[str], environment: Mapping[str, str], setting: str) -> dict[str, str]:
    """The environment variables that a program sees."""
    for name in names:
        if name.upper().startswith(_OWN):
            raise ConfigError(
                f"{setting} variables: {name} is a setting of curate, which no program sees",
                "leave it out",
            )
    visible = {name: environment[name] for name in (*INHERITED, *names) if name in environment}
    return {**visible, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}


def _executable(program: str, root: Path, path: str, setting: str) -> str:
    """The file of a program: on the PATH, or where it is named with its folder."""
    named = Path(program).name != program
    executable = shutil.which(root / Path(program).expanduser() if named else program, path=path)
    if executable is None:
        where = f"{root / program} is no program that can be run" if named else "not on the PATH"
        raise ConfigError(
            f"{setting}: there is no program {program} ({where})",
            "correct command, whose first part is the program alone",
        )
    return str(executable)


def _last_line(errors: IO[bytes]) -> str:
    """The last line that a program wrote to standard error."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
    lines = errors.read().decode("utf-8", errors="replace").split("\n")
    return next((line.strip()[-200:] for line in reversed(lines) if line.strip()), "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started."""
    import psutil

    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    process.kill()
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()
    psutil.wait_procs(children, timeout=5)
