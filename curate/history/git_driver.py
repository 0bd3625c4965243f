"""``curate git-setup``: git's merge driver and readable diffs for ``annotations/``.

Git calls the merge driver for each file that both branches changed, one file at a time, so that
each is merged without the others. Lines are matched by their keys and not by their places: lines of
different documents never conflict. Where both branches changed one document, its two chains of
revisions are merged into one (``curate.store.fork``).

The driver always writes valid files, even in a conflict: the gold keeps our side, theirs stays as a
revision, and the exit code 1 makes git stop the merge. The next curate command imports both and
opens the conflict, which ``curate resolve`` settles.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.diff import common_part
from curate.annotations.merge import Conflict, merge
from curate.errors import CurateError, InputError
from curate.history.git_sides import Leader, leaders
from curate.model import Annotation, Assignment, Document, Problem, Record, Revision
from curate.store import fork
from curate.store.scan import HINT, KINDS, Key, Row, key_of
from curate.util import jsonl

if TYPE_CHECKING:
    from curate.workspace import Workspace

NAME = "curate"
ATTRIBUTES = (
    "annotations/** -text",
    *(f"annotations/{kind}/*.jsonl merge={NAME} diff={NAME}" for kind in KINDS),
    "annotations/CHANGELOG.md merge=union",
)
"""Lines of ``.gitattributes``: no conversion of line ends, our drivers, and a changelog that never
conflicts (the next save writes it again)."""

Rows = dict[Key, Row]
MergedRows = tuple[list[Row], list[Problem]]
Leaders = Mapping[str, Leader]
Chain = Sequence[Revision]
ChainMerger = Callable[[Chain, Chain, Chain], tuple[list[Revision], list[Problem]]]


class GitSetup(Record, frozen=True, kw_only=True):
    """What ``git-setup`` changed: files and settings of git; none if everything was set up."""

    repository: str
    changed: tuple[str, ...] = ()


def git_setup(workspace: Workspace) -> GitSetup:
    """Let git merge branches of the corpus and show readable diffs of it.

    This writes ``.gitattributes``, which is shared with everybody who clones, and names the
    commands to git in the settings of this clone. Each clone has to run it once, because git takes
    no commands from a repository.

    Raises:
        CurateError: the workspace is not in a git repository, or git is not installed.
    """
    root = workspace.root
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    command = f"{shlex.quote(sys.executable)} -m curate"
    settings = {
        f"merge.{NAME}.name": "three-way merge of a gold corpus",
        f"merge.{NAME}.driver": f"{command} git-merge %O %A %B %P",
        f"diff.{NAME}.textconv": f"{command} git-diff -C {shlex.quote(str(root))}",
    }
    changed = [".gitattributes"] if _write_attributes(root / ".gitattributes") else []
    for name, value in settings.items():
        if git(root, "config", "--local", "--default", "", "--get", name) != value:
            git(root, "config", "--local", name, value)
            changed.append(name)
    return GitSetup(repository=str(top), changed=tuple(changed))


def merge_files(base: Path, ours: Path, theirs: Path, name: str) -> list[Problem]:
    """Merge three versions of one file of ``annotations/``; the result replaces our version.

    Args:
        base: the common ancestor; an empty file if there is none.
        ours: our version.
        theirs: the other branch's version.
        name: path of the file in the repository; its folder gives the kind of its lines.

    Returns:
        The conflicts; git has to stop the merge if there are any.

    Raises:
        InputError: it is not a file of a corpus, or a line cannot be read. The file then has both
            versions between git's conflict markers, so that neither is lost.
    """
    kind = Path(name).parent.name
    try:
        if kind not in KINDS:
            raise InputError(f"{name} is not a file of a corpus", "see `curate git-setup`")
        before, mine, others = (_rows(path, kind, name) for path in (base, ours, theirs))
    except InputError:
        both = ours.read_bytes(), theirs.read_bytes()
        jsonl.write(ours, b"<<<<<<< ours\n%b=======\n%b>>>>>>> theirs\n" % both)
        raise
    rows, problems = _MERGERS[kind](before, mine, others, leaders(ours, theirs, name))
    jsonl.write(ours, b"".join(jsonl.lines(sorted(rows, key=key_of))))
    return problems


def text_lines(path: Path, annotations: Path) -> Iterator[str]:
    """A file as lines for people: one per span, with the text that it marks.

    Args:
        path: any version of a file of ``annotations/``.
        annotations: the folder with the texts; any version will do, since the text of a document
            never changes.
    """
    kind = _detect_kind(path)
    if kind is None:
        yield from path.read_text("utf-8", errors="replace").splitlines()
        return
    texts: dict[str, Document] = {}
    for key, row in sorted(_rows(path, kind, path.name).items()):
        if isinstance(row, Document):
            yield from _document_lines(row)
        elif isinstance(row, Revision | Annotation):
            shard = f"{key[0][:2]}.jsonl"
            if key[0] not in texts and (annotations / "documents" / shard).exists():
                documents = jsonl.read(annotations / "documents" / shard, Document)
                texts = {document.id: document for document in documents}
            yield from _annotation_lines(row, texts.get(key[0]))
        else:
            yield f"{key[0]} {jsonl.canonical(row).decode()}"


# -- merging


def _unversioned(base: Rows, ours: Rows, theirs: Rows, _leading: Leaders) -> MergedRows:
    """Lines without a history: each from the side that changed it, or merged if both did."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for key in ours.keys() | theirs.keys():  # nothing is ever deleted from these files
        a, b, before = ours.get(key), theirs.get(key), base.get(key)
        if a is None or b is None:
            rows += [row for row in (a, b) if row is not None]
        elif a == b or b == before:
            rows.append(a)
        elif a == before:
            rows.append(b)
        else:
            row, clean = _both(before, a, b)
            rows.append(row)
            if not clean:
                problems.append(_problem(key[0], "both branches changed it; ours was kept"))
    return rows, problems


def _both(base: Row | None, ours: Row, theirs: Row) -> tuple[Row, bool]:
    """A line that both sides changed: the merged line, and whether there was no conflict."""
    if isinstance(ours, Annotation) and isinstance(theirs, Annotation):
        before = base if isinstance(base, Annotation) else common_part(ours, theirs)
        merged = merge(before, ours, theirs)
        return merged.annotation, not merged.conflicts
    if isinstance(ours, Document) and isinstance(theirs, Document):
        before_meta = base.meta if isinstance(base, Document) else {}
        meta, clean = _fields(before_meta, ours.meta, theirs.meta)
        clean = clean and ours.text == theirs.text
        if theirs.corrected[: len(ours.corrected)] == ours.corrected:
            ours = msgspec.structs.replace(ours, lang=theirs.lang, corrected=theirs.corrected)
        elif ours.corrected[: len(theirs.corrected)] != theirs.corrected:
            clean = False  # both corrected the language
        return msgspec.structs.replace(ours, meta=meta), clean
    if isinstance(ours, Assignment) and isinstance(theirs, Assignment):
        before_done = base.done if isinstance(base, Assignment) else {}
        done, clean = _fields(before_done, ours.done, theirs.done)
        people = tuple(sorted({*ours.annotators, *theirs.annotators}))
        merged_task = msgspec.structs.replace(ours, annotators=people, done=done)
        return merged_task, clean and ours.control == theirs.control
    return ours, False


def _fields(
    base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> tuple[dict[str, str], bool]:
    merged: dict[str, str] = {}
    clean = True
    for name in sorted(ours.keys() | theirs.keys()):
        a, b, before = ours.get(name), theirs.get(name), base.get(name)
        value = b if a == before else a
        clean = clean and (a == b or before in (a, b))
        if value is not None:
            merged[name] = value
    return merged, clean


def _merge_revisions(
    sides: tuple[Rows, Rows, Rows], leading: Leaders, merge_both: ChainMerger
) -> MergedRows:
    """The revisions of each document: of the branch that has new ones, or of both, merged."""
    rows: list[Row] = []
    problems: list[Problem] = []
    base, ours, theirs = map(_by_document, sides)
    for key in sorted(ours.keys() | theirs.keys()):
        before, a, b = (side.get(key, []) for side in (base, ours, theirs))
        if key in leading:  # one branch has all revisions of the other
            rows += a if leading[key] == "ours" else b
        elif not a or not b or a == b or b == before:
            rows += a or b
        elif a == before:
            rows += b
        else:
            chain, conflicts = merge_both(before, a, b)
            rows += chain
            problems += conflicts
    return rows, problems


def _gold(base: Rows, ours: Rows, theirs: Rows, leading: Leaders) -> MergedRows:
    """The newest revisions: where both branches have new ones, both ends are merged."""
    return _merge_revisions((base, ours, theirs), leading, _merge_ends)


def _history(base: Rows, ours: Rows, theirs: Rows, leading: Leaders) -> MergedRows:
    """The older revisions: where both branches have new ones, theirs are renumbered."""
    return _merge_revisions((base, ours, theirs), leading, _append_theirs)


def _merge_ends(before: Chain, ours: Chain, theirs: Chain) -> tuple[list[Revision], list[Problem]]:
    base = before[-1] if before else None
    parted = base.number if base else 0
    between = fork.renumbered_after([*before, *ours], theirs[:-1], parted, ours[-1].number)
    used = between[-1].number if between else 0
    ends, conflicts = fork.merge_ends(base, ours[-1], theirs[-1], used)
    problems = [_conflict_problem(ours[-1].document, conflict) for conflict in conflicts]
    if fork.differ_on_withdrawal(base, ours[-1], theirs[-1]):
        message = "one branch withdrew it and the other one changed it; it was kept"
        problems.append(_problem(ours[-1].document, message))
    return [*ours[:-1], ends[0], *between, *ends[1:]], problems


def _append_theirs(
    before: Chain, ours: Chain, theirs: Chain
) -> tuple[list[Revision], list[Problem]]:
    parted = before[-1].number + 1 if before else int(ours[0] == theirs[0])
    fresh = fork.renumbered_after([*before, *ours], theirs, parted, ours[-1].number + 1)
    return [*ours, *fresh], []


_MERGERS = {
    "documents": _unversioned,
    "gold": _gold,
    "history": _history,
    "tasks": _unversioned,
    "layers": _unversioned,
}


def _by_document(rows: Rows) -> dict[str, list[Revision]]:
    revisions: dict[str, list[Revision]] = defaultdict(list)
    for _, row in sorted(rows.items()):
        if isinstance(row, Revision):
            revisions[row.document].append(row)
    return revisions


def _conflict_problem(document: str, conflict: Conflict) -> Problem:
    ours, theirs = (
        ", ".join(f"{s.label} {s.start}–{s.end}" for s in spans) or "nothing"
        for spans in (conflict.ours, conflict.theirs)
    )
    return _problem(document, f"{conflict.kind}: ours {ours}, theirs {theirs}; ours was kept")


def _problem(document: str, message: str) -> Problem:
    hint = "see `curate conflicts`, settle it with `curate resolve`, then add and commit"
    return Problem(code="git.conflict", message=message, document=document, hint=hint)


# -- reading


def _rows(path: Path, kind: str, name: str) -> Rows:
    decoder = msgspec.json.Decoder(KINDS[kind])
    rows: Rows = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                row = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                message = f"not a valid {KINDS[kind].__name__.lower()} ({error})"
                raise InputError(message, HINT, where=f"{name}:{number}") from error
            rows[key_of(row)] = row
    return rows


def _detect_kind(path: Path) -> str | None:
    """The kind of the lines of a file, by the first one that is not blank."""
    first = next((line for line in path.read_bytes().splitlines() if line.strip()), b"")
    for kind in ("documents", "gold", "tasks", "layers"):
        try:
            msgspec.json.decode(first, type=KINDS[kind])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        return kind
    return None


def _document_lines(row: Document) -> Iterator[str]:
    yield f"{row.id} {row.lang} {row.title}"
    for name, value in sorted(row.meta.items()):
        yield f"{row.id}   {name}: {value}"
    for line in row.text.split("\n"):
        yield f"{row.id}   | {line}"


def _annotation_lines(row: Revision | Annotation, document: Document | None) -> Iterator[str]:
    if isinstance(row, Revision):
        withdrawn = " withdrawn" if row.deleted else ""
        confirmed = f", confirmed by {row.confirmed_by}" if row.confirmed_by else ""
        head = f"{row.document}@{row.number}{withdrawn} {row.at} {row.author}: {row.reason}"
        yield f"{head}{confirmed}"
    else:
        yield f"{row.document} {row.layer}"
    text = document.text if document else ""
    for span in row.spans:
        surface = text[span.start : span.end].replace("\n", "⏎")
        by = " ".join(filter(None, (span.by, span.at)))
        yield f"{row.document}   {span.start}–{span.end} {span.label} « {surface} » {by}".rstrip()
    for relation in row.relations:
        yield f"{row.document}   {relation.label} {relation.head} → {relation.tail}"
    for category in row.categories:
        yield f"{row.document}   {category.label}"


# -- git


def _write_attributes(path: Path) -> bool:
    """Add our lines to ``.gitattributes``; returns whether any was missing."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    missing = [line for line in ATTRIBUTES if line not in lines]
    if missing:
        path.write_text("\n".join([*lines, *missing]) + "\n", encoding="utf-8")
    return bool(missing)


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder.

    Raises:
        CurateError: git is not installed, or it failed.
    """
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CurateError("git is not installed", "install it") from error
    if done.returncode:
        message = done.stderr.strip() or f"git {arguments[0]} failed"
        raise CurateError(message, "run it in a git repository; `git init` creates one")
    return done.stdout.strip()
