"""How a person makes a project on Doccano's pages, by the links, menus and forms that they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from support.annotator_page import AnnotatorPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator


class ProjectPages:
    """The pages on which the owner of a project makes it.

    Args:
        person: the owner, logged in; the account has to be one that may make projects.
    """

    def __init__(self, person: AnnotatorPage) -> None:
        self._page = person.page

    def create(self, name: str, description: str) -> str:
        """Make a project for spans whose members see each other's marks; returns its address."""
        page = self._page
        page.get_by_role("button", name="Create").click()
        kind = page.locator(".v-card .v-card", has_text="Sequence Labeling")
        kind.locator(".v-image").last.click()
        page.get_by_label("Project name").fill(name)
        page.get_by_label("Description").fill(description)
        page.get_by_text("Share annotations across all users").click()
        page.get_by_role("button", name="Create").click()
        page.locator("header").get_by_text(name).wait_for()
        return page.url

    def add_label(self, name: str, key: str) -> None:
        """Add a label of spans with a key; its colour is the one that the page proposes."""
        page = self._page
        self._section("Labels")
        self._action("Create Label")
        page.get_by_label("Label name").fill(name)
        page.get_by_label("Key").focus()
        page.keyboard.press(key)
        page.get_by_role("button", name="Save", exact=True).click()
        page.locator("tbody").get_by_text(name, exact=True).wait_for()

    def write_guideline(self, text: str) -> None:
        """Write into the empty editor of the guideline, which saves by itself."""
        page = self._page
        self._section("Guideline")
        page.locator(".te-md-container .CodeMirror").first.click()
        with page.expect_response(lambda response: response.request.method == "PATCH"):
            page.keyboard.insert_text(text)

    def import_file(self, path: Path, file_format: str, examples: int) -> None:
        """Import a file, and wait for its examples in the list."""
        page = self._page
        self._section("Dataset")
        self._action("Import Dataset")
        page.get_by_label("File format").click()
        self._menu().get_by_text(file_format, exact=True).click()
        with page.expect_response(lambda response: "/fp/process" in response.url):
            page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name="Import", exact=True).click()
        page.get_by_text(f"of {examples}").wait_for(timeout=30_000)

    def add_member(self, account: str, role: str) -> None:
        """Make an account a member."""
        page = self._page
        self._section("Members")
        page.get_by_role("button", name="Add").click()
        form = page.locator(".v-dialog--active")
        form.get_by_label("User Search APIs").fill(account)
        self._menu().get_by_text(account, exact=True).click()
        form.locator(".v-select", has_text="Role").click()
        self._menu().get_by_text(role, exact=True).click()
        form.get_by_role("button", name="Save").click()
        page.locator("tbody").get_by_text(account, exact=True).wait_for()

    def _section(self, name: str) -> None:
        self._page.locator("nav").get_by_text(name, exact=True).click()

    def _action(self, name: str) -> None:
        self._page.get_by_role("button", name="Actions").click()
        self._menu().get_by_text(name, exact=True).click()

    def _menu(self) -> Locator:
        return self._page.locator(".v-menu__content.menuable__content__active").last
