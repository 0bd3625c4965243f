"""Headless Chromium from the system's packages, and a workspace whose documents are in Doccano."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.absent import absent
from support.annotator_page import AnnotatorPage

from curate.doccano.embedded.server import EmbeddedServer
from curate.ingest.importer import ingest
from curate.model import Annotation, Document, Span
from curate.sync.run import sync
from curate.util import jsonl
from curate.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
_LAYERS = ("model:test@1", "proposal")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; nothing is downloaded."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        absent(f"none of {', '.join(_NAMES)} is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def log_in(
    browser: Browser, doccano: EmbeddedServer, people: object, run_folder: Path
) -> Iterator[Callable[[str], AnnotatorPage]]:
    """Opens a page of a person who logged in through the login page."""
    account = doccano.credentials()
    assert account is not None
    contexts = []

    def open_page(name: str) -> AnnotatorPage:
        size = {"width": 1280, "height": 2600}
        context = browser.new_context(viewport=size, locale="en")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        person = AnnotatorPage(page, account.url)
        person.log_in(name, (run_folder / f"{name}-password").read_text("ascii"))
        return person

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def anna(log_in: Callable[[str], AnnotatorPage]) -> AnnotatorPage:
    """anna, logged in."""
    return log_in("anna")


@pytest.fixture
def propose(new_workspace: Callable[..., Workspace]) -> Callable[..., tuple[Workspace, str]]:
    """Makes a workspace with one pre-annotated document, and pushes it."""

    def make(text: str, proposal: dict[str, str], settings: str = "") -> tuple[Workspace, str]:
        workspace, key = new_workspace(settings=settings), jsonl.document_id(text)
        spans = tuple(
            Span(text.index(surface), text.index(surface) + len(surface), label, by="model:test@1")
            for surface, label in proposal.items()
        )
        if "\n" in text:  # comes in as such files come from Windows
            source = workspace.root / "seeds" / "windows.txt"
            source.write_bytes(text.replace("\n", "\r\n").encode("utf-8"))
            assert ingest(workspace, [source]).added == (key,)
        with workspace.store.begin() as tx:
            tx.add_document(Document(id=key, text=text, lang="fr"))
            for layer in _LAYERS:
                tx.put_annotation(Annotation(document=key, layer=layer, spans=spans))
        assert sync(workspace).outcome.problems == ()
        return workspace, key

    return make


@pytest.fixture
def picture() -> Callable[[AnnotatorPage, str], None]:
    """Takes pictures for the documentation, if ``CURATE_PICTURES`` names a folder."""
    folder = os.environ.get("CURATE_PICTURES")

    def take(person: AnnotatorPage, name: str) -> None:
        if folder:
            path = Path(folder) / f"{name}.png"
            person.page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1280, "height": 720})

    return take
