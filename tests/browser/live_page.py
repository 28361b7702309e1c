"""A page whose cells run in it, as the tests drive it: from disk, with clicks and with what the page then holds."""

import difflib
import os
from types import SimpleNamespace

import nbformat
import pytest
from chromium import PATIENCE, ROOT, SITE
from nbval.plugin import IPyNbCell, nocolors

FOLDERS = ("chapters", "beyond", "scale")
PICTURES = ("image/svg+xml", "image/png")
SKIPPED = (
    "metadata",
    "traceback",
    "prompt_number",
    "output_type",
    "name",
    "execution_count",
    *PICTURES,
    "application/vnd.gmm-figure+json",
    "application/vnd.jupyter.widget-view+json",
)  # fmt: skip -- as nbval does, and the pictures, which another Matplotlib draws otherwise
RUN_EACH = "async () => { for (const cell of gmmLive.page.live) await gmmLive.page.run(cell); }"
OUTPUTS = "() => gmmLive.page.cells.map((cell) => cell.needsMachine ? null : cell.outputs)"


@pytest.fixture(scope="module", autouse=True)
def layer(site):
    """The site was built with Python in its pages; elsewhere than in CI it may be without."""
    if not (site / "_static" / "live" / "page.js").exists():
        lost = "the site was built without Python in its pages"
        pytest.fail(lost, pytrace=False) if os.environ.get("CI") else pytest.skip(lost)


def notebooks():
    """Every notebook of the book that has a page, as "chapters/01_datasets"."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / "book" / folder).glob("*.ipynb")))
    return [path.relative_to(ROOT / "book").with_suffix("").as_posix() for path in found]


def code_cells(name):
    """The code cells of a stored notebook."""
    notebook = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def opened(browser, name, **context):
    """The page of a notebook, in a context of its own; what it loads is in ``page.asked``."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE)
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto((SITE / f"{name}.html").as_uri())
    return page


def on_a_phone(browser, name):
    """For a fixture: one page, on which a module's tests follow one another, and in which no script has failed."""
    page = opened(browser, name, reduced_motion="reduce", viewport={"width": 360, "height": 780})
    yield page
    page.context.close()
    assert page.errors == [], page.errors


class Cell:
    """A cell of the page, counted from 1, worked with the keyboard."""

    def __init__(self, page, number=1):
        self.page, self.box = page, page.locator("div.cell").nth(number - 1)
        self.note = self.box.locator(".gmm-live-cell .gmm-live-note")
        self.output = self.box.locator(".cell_output")

    def write(self, code):
        """Put this code into the editor."""
        if not self.box.locator(".cm-content").count():
            self.box.get_by_role("button", name="Edit").press("Enter")
        self.box.locator(".cm-content").focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def run(self, code, ends="done"):
        """Write the code, press Shift+Enter, and wait for what the cell says at its end."""
        self.write(code)
        self.page.keyboard.press("Shift+Enter")
        self.ends(ends)

    def ends(self, words):
        self.page.wait_for_function(
            "([note, words]) => note.textContent === words", arg=[self.note.element_handle(), words], timeout=PATIENCE
        )


def first_cell(page):
    """The first cell of a page, when its button has been pressed and it has run."""
    page.locator(".gmm-live-run").first.click()
    first = Cell(page)
    first.note.wait_for(state="attached")
    first.ends("done")
    return first


def outputs_of_all(page):
    """Run every cell that can be run here, errors or not, and return the outputs of each; None where it is not run."""
    page.locator(".gmm-live-run").first.click()
    page.wait_for_function("() => globalThis.gmmLive?.page")
    page.evaluate(RUN_EACH)
    return page.evaluate(OUTPUTS)


def differences(outputs, cells):
    """Where the outputs are not the stored ones, by nbval's own comparison, a line for each cell."""
    lines = []
    for number, (shown, cell) in enumerate(zip(outputs, cells, strict=True), start=1):
        if shown is not None and (why := difference(shown, cell.outputs)):
            lines.append(f"cell {number}: {why}")
    return lines


def difference(shown, stored):
    """Why two lists of outputs do not hold the same text and as many pictures; None if they do."""
    errors = [f"{one['ename']}: {one['evalue']}" for one in shown if one["output_type"] == "error"]
    if errors:
        return errors[0]
    judge = SimpleNamespace(parent=SimpleNamespace(skip_compare=SKIPPED), colors=nocolors, sanitize=lambda text: text)
    judge.format_output_compare = lambda key, left, right: judge.comparison_traceback.append(diff(key, left, right))
    compare = getattr(IPyNbCell.compare_outputs, "of_text", IPyNbCell.compare_outputs)  # see conftest.py
    nodes = [nbformat.from_dict(one) for one in shown]
    if not compare(judge, nodes, stored):
        return "".join(judge.comparison_traceback)
    pictures = [sum(any(kind in one.get("data", {}) for kind in PICTURES) for one in some) for some in (shown, stored)]
    return None if pictures[0] == pictures[1] else f"{pictures[0]} pictures, stored are {pictures[1]}"


def diff(key, stored, shown):
    """The lines in which two texts differ."""
    lines = difflib.unified_diff(str(stored).splitlines(), str(shown).splitlines(), "stored", "shown", n=0, lineterm="")
    return f"{key}\n" + "\n".join(lines)
