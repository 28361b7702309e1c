"""A homework worked in its page in Firefox, from disk: checked, kept until the next visit, saved as its notebook."""

import firefox
import nbformat
import pytest
from chromium import ROOT, SITE
from firefox import SOON

NAME = "hw05_e_step"
PAGE = f"homework/student/{NAME}/{NAME}"
STUDENTS = ROOT / "book" / f"{PAGE}.ipynb"
ANSWER = "new_weights = (0.9, 0.1)"
READY = f"async () => {{ {SOON} document.querySelector('[data-do=write]').click(); "
READY += "while (!globalThis.gmmLive?.page?.homework) await soon(); await gmmLive.page.homework.ready; }"
# Write into the cell with this name, and wait until that is kept; how many homeworks are.
WRITE = f"""async (key, text) => {{
  {SOON}
  const {{ homework }} = gmmLive.page;
  const cell = homework.boxes.get(key);
  cell.set(text);
  await cell.open();
  homework.edited(cell);
  while (homework.unkept) await soon();
  return Object.keys(localStorage).filter((one) => one.startsWith("gmm-homework/")).length;
}}"""
RUN = """async (keys) => {
  const { page } = gmmLive;
  await page.run(...keys.map((key) => page.homework.boxes.get(key)));
  return keys.map((key) => page.homework.boxes.get(key).box.querySelector(".cell_output")?.textContent ?? "");
}"""
# What *Save as notebook* hands to the browser: the file's name and its text.
SAVE = """async () => {
  let made;
  const [create, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click];
  URL.createObjectURL = (blob) => ((made = { blob }), create.call(URL, blob));
  HTMLAnchorElement.prototype.click = function () { made.name = this.download; };
  document.querySelector("[data-do=save]").click();
  while (!made?.name) await new Promise((go) => setTimeout(go, 50));
  Object.assign(URL, { createObjectURL: create });
  HTMLAnchorElement.prototype.click = click;
  return [made.name, await made.blob.text()];
}"""


@pytest.fixture(scope="module")
def tab(site):
    with firefox.asked_for(site, live=True) as opened:
        yield opened


def visited(tab):
    tab.goto((SITE / f"{PAGE}.html").as_uri())
    tab.evaluate(READY)


def name_of(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)


def texts(notebook):
    """The text of each cell, by its name."""
    return {name_of(cell): cell.source for cell in notebook.cells}


def test_an_answer_is_checked_kept_and_saved(tab):
    visited(tab)
    assert tab.evaluate(WRITE, "hw5-q2-answer", ANSWER) == 1
    given = nbformat.read(STUDENTS, as_version=4)
    *_, said = tab.evaluate(
        RUN, [next(name_of(cell) for cell in given.cells if cell.cell_type == "code"), "hw5-q2-answer", "hw5-q2"]
    )
    assert "hw5.q2:" in said and "not yet answered" not in said
    visited(tab)
    name, text = tab.evaluate(SAVE)
    assert name == f"{NAME}.ipynb"
    assert texts(nbformat.reads(text, as_version=4)) == texts(given) | {"hw5-q2-answer": ANSWER}
    assert tab.errors == []
    home = SITE.as_uri() + "/"
    assert [one for one in tab.asked if not one.startswith((home, "blob:", "data:", "about:"))] == []
