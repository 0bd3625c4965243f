"""What is on Doccano's annotation page, read from its drawing, and what a hand does there.

Doccano draws a document line by line: an SVG ``text`` element whose id is ``start:end``, and under
it a coloured ``line`` and a caption per mark. Which letters a mark lies under is told by where both
are drawn, and not by the numbers Doccano computed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Response

# Doccano's buttons have no names; these are their places in the tool bar.
_CONFIRM, _GUIDELINE, _COMMENTS = 0, 3, 4
_NEXT = 2  # among the buttons beside it, which turn the pages

# For 0.2 s after a document was fetched, as after its confirmation, the page fetches no other one.
_FETCH_MS = 500

# Doccano keeps the line elements that went out of view far above the page, to use them again.
_LINES = """[...document.querySelectorAll('#container svg text[id]')]
  .filter(text => text.getBoundingClientRect().top > -5000)
  .sort((a, b) => parseInt(a.id) - parseInt(b.id))"""

_TEXT = f"() => {_LINES}.map(line => line.textContent).join('')"

_MARKS = f"""() => {_LINES}.map(text => {{
  const centre = i => (text.getStartPositionOfChar(i).x + text.getEndPositionOfChar(i).x) / 2;
  const all = [...Array(text.getNumberOfChars()).keys()];
  const ends = line => ['x1', 'x2'].map(x => +line.getAttribute(x)).sort((a, b) => a - b);
  const under = line => {{
    const [left, right] = ends(line), cap = +line.getAttribute('stroke-width') / 2;
    return all.filter(i => left - cap <= centre(i) && centre(i) <= right + cap);
  }};
  return {{
    text: text.textContent,
    marks: [...text.parentNode.querySelectorAll(':scope > g')].map(g => ({{
      label: g.querySelector('text')?.textContent ?? '',
      caption: g.querySelector('text')?.getBoundingClientRect() ?? null,
      colour: g.querySelector('line').getAttribute('stroke'),
      under: [...g.querySelectorAll(':scope > line')].flatMap(under).sort((a, b) => a - b),
    }})),
  }};
}})"""

# Where the mouse has to go for a surface: from the first part of its first letter to the last part
# of its last, in the direction in which it is read, at half the height of the letters. Not to the
# very edges, as there the text before and after it is as near.
_EDGES = f"""surface => {{
  const lines = {_LINES};
  const at = lines.map(line => line.textContent).join('').indexOf(surface);
  const edge = (unit, part) => {{
    for (const line of lines) {{
      const length = line.textContent.length;
      if (unit < length) {{
        const point = line.getStartPositionOfChar(unit);
        point.x += part * (line.getEndPositionOfChar(unit).x - point.x);
        point.y -= 5;
        const there = point.matrixTransform(line.getScreenCTM());
        return [there.x, there.y];
      }}
      unit -= length;
    }}
  }};
  return at < 0 ? [] : [edge(at, 0.2), edge(at + surface.length - 1, 0.8)];
}}"""

Caption = dict[str, float]


@dataclass(frozen=True)
class Label:
    """A label as the panel of the page shows it; the colour is ``#RRGGBB``."""

    name: str
    key: str
    colour: str


@dataclass(frozen=True)
class Mark:
    """A mark: its caption, its colour as ``#RRGGBB`` and the letters above its line."""

    label: str
    surface: str
    colour: str


class AnnotatorPage:
    """A browser page of one person on one Doccano server.

    Args:
        page: an empty page; high enough for a whole document, as Doccano draws what is in view.
        url: the server.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    def log_in(self, username: str, password: str) -> None:
        """Through the login page."""
        self.page.goto(f"{self._url}/auth")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.locator("main").get_by_role("button", name="Login").click()
        self.page.wait_for_url("**/projects*")

    def open(self, project: str) -> None:
        """From the list of projects to the first document, by the two links people follow."""
        self.page.goto(f"{self._url}/projects")
        self.page.get_by_role("link", name=project, exact=True).click()
        # Clicked before the project has loaded, the button leads to a page that does not exist.
        self.page.locator("header").get_by_text(project).wait_for()
        with self._drawn():
            self.page.get_by_role("button", name="Start Annotation").click()

    def visit(self, address: str) -> None:
        """Open a document by its address."""
        with self._drawn():
            self.page.goto(address)

    def go_on(self) -> None:
        """To the next document, which has another text."""
        self.page.wait_for_timeout(_FETCH_MS)
        with self._drawn(self.text()):
            self.page.locator(".v-data-footer button").nth(_NEXT).click()
        self.page.mouse.click(1270, 1000)  # nothing is there; the button would keep the keys

    # -- reading

    def labels(self) -> list[Label]:
        """The labels in the order of the panel."""
        panel = self.page.locator(".v-card", has_text="Label Types")
        return [_label(chip) for chip in panel.locator(".v-chip").all()]

    def text(self) -> str:
        """The document as it is drawn: line ends are arrows, and the first of two is left out."""
        return str(self.page.evaluate(_TEXT))

    def marks(self) -> list[Mark]:
        """All marks in the order of the text; a mark that goes on in the next line is one mark."""
        return [mark for mark, _ in self._marks()]

    def metadata(self) -> dict[str, str]:
        """The table beside the document."""
        table = self.page.locator("table", has_text="Key")
        rows = [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]
        return {row[0]: row[1] for row in rows if len(row) > 1}

    def comments(self) -> list[str]:
        """Open the comments of the document, and read them."""
        self.page.locator(".toolbar-control button").nth(_COMMENTS).click()
        shown = self.page.locator(".v-dialog--active .v-card .v-card .v-card__text")
        shown.first.wait_for()
        return [text.strip() for text in shown.all_inner_texts()]

    def guideline(self) -> Locator:
        """Open the guideline; where it is shown."""
        self.page.locator(".toolbar-control button").nth(_GUIDELINE).click()
        shown = self.page.locator(".v-dialog--active")
        shown.locator("h1").wait_for()
        return shown

    def sees_confirmed(self, confirmed: bool) -> None:
        """Wait until the tip of the confirmation button says so; the page redraws it late."""
        from playwright.sync_api import expect

        self.page.mouse.move(0, 0)  # a tip comes when the mouse does
        self.page.locator(".toolbar-control button").nth(_CONFIRM).hover()
        tip = self.page.locator(".v-tooltip__content.menuable__content__active")
        expect(tip).to_have_text("Checked" if confirmed else "Not Checked", timeout=15_000)

    # -- work

    def select(self, surface: str) -> None:
        """Draw the mouse over the first place of a surface; the menu of labels opens."""
        start, end = self.page.evaluate(_EDGES, surface)
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()

    def choose(self, label: str) -> None:
        """Click a label in the menu that is open."""
        with self._saved():
            self._menu().locator(".v-list-item__title").get_by_text(label, exact=True).click()

    def type_and_take(self, letters: str) -> None:
        """Type into the menu that is open, and take the first label that is left."""
        self._menu().get_by_role("textbox").press_sequentially(letters)
        self.page.locator(".v-autocomplete__content.menuable__content__active").wait_for()
        self.page.keyboard.press("ArrowDown")
        with self._saved():
            self.page.keyboard.press("Enter")

    def select_with_label_on(self, surface: str) -> None:
        """Draw the mouse over a surface while a label is on; it gets that label at once."""
        with self._saved():
            self.select(surface)

    def put_on(self, key: str) -> None:
        """Press the key of a label: it is on, and ticked in the panel, until another one is."""
        # A menu that closes holds the focus a moment longer, and takes every key meanwhile.
        self.page.wait_for_function("() => document.activeElement === document.body")
        self.page.keyboard.press(key)
        self.page.locator(".v-chip--active .v-avatar", has_text=key).wait_for()

    def click_mark(self, surface: str) -> None:
        """Click the caption of a mark; the menu of labels opens."""
        self.page.mouse.click(*self._caption(surface))
        self._menu().wait_for()

    def remove_mark(self, surface: str) -> None:
        """Click the caption of a mark with the right button, which deletes the mark."""
        with self._saved():
            self.page.mouse.click(*self._caption(surface), button="right")

    def confirm(self) -> None:
        """Click the button that confirms the document, or takes the confirmation back."""
        self.page.wait_for_timeout(_FETCH_MS)  # or it would not fetch what is confirmed now
        with self._saved():
            self.page.locator(".toolbar-control button").nth(_CONFIRM).click()

    def comment(self, text: str) -> None:
        """Write a comment on the document."""
        self.page.locator(".toolbar-control button").nth(_COMMENTS).click()
        form = self.page.locator(".v-dialog--active")
        form.get_by_label("Message").fill(text)
        with self.page.expect_response(_written):
            form.get_by_role("button", name="Send").click()
        form.get_by_role("button", name="Close").click()
        form.wait_for(state="hidden")

    def _menu(self) -> Locator:
        return self.page.locator(".menuable__content__active", has_text="Select a label")

    def _marks(self) -> list[tuple[Mark, Caption]]:
        found: list[tuple[Mark, Caption]] = []
        for line in self.page.evaluate(_MARKS):
            for row in line["marks"]:
                label, surface = row["label"], _utf16(line["text"], row["under"])
                caption = row["caption"]
                if not label:
                    before, caption = found.pop()
                    label, surface = before.label, before.surface + surface
                found.append((Mark(label, surface, row["colour"]), caption))
        return found

    def _caption(self, surface: str) -> tuple[float, float]:
        """Where to click for a mark."""
        box = next(caption for mark, caption in self._marks() if mark.surface == surface)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    @contextmanager
    def _saved(self) -> Iterator[None]:
        """Wait until the server has taken what is done, and the page has drawn what it holds."""
        with self.page.expect_response(_spans_listed), self.page.expect_response(_written):
            yield
        self._settle()

    @contextmanager
    def _drawn(self, before: str = "") -> Iterator[None]:
        """Wait until the page has loaded the marks of a document, and drawn it for another one."""
        with self.page.expect_response(_spans_listed) as listed:
            yield
        marks = len(listed.value.json())
        self.page.wait_for_function(
            f"""([before, marks]) => ({_TEXT})() !== before
              && ({_MARKS})().flatMap(line => line.marks).filter(it => it.label).length >= marks""",
            arg=[before, marks],
        )
        self._settle()

    def _settle(self) -> None:
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )


def _written(response: Response) -> bool:
    return response.request.method != "GET" and response.ok


def _spans_listed(response: Response) -> bool:
    return response.request.method == "GET" and response.url.endswith("/spans")


def _label(chip: Locator) -> Label:
    return Label(
        name=chip.inner_text().split()[0],
        key=chip.locator(".v-avatar").inner_text(),
        colour=_hex(chip.evaluate("e => getComputedStyle(e).backgroundColor")),
    )


def _hex(colour: str) -> str:
    """``rgb(0, 114, 178)`` as ``#0072B2``."""
    parts = colour[colour.index("(") + 1 : -1].split(",")[:3]
    return "#" + "".join(f"{int(part):02X}" for part in parts)


def _utf16(text: str, units: list[int]) -> str:
    """The UTF-16 units of a text that have these numbers."""
    data = text.encode("utf-16-le", "surrogatepass")
    taken = b"".join(data[2 * unit : 2 * unit + 2] for unit in units)
    return taken.decode("utf-16-le", "surrogatepass")
