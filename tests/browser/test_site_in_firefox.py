"""Every kind of page in Firefox, from disk: nothing goes wrong, formulas have their letters, and what moves does."""

import firefox
import pytest
from firefox import SOON

KINDS = (
    "index",
    "chapters/05_gaussian",
    "chapters/07_em",
    "stepper",
    "homework/index",
    "homework/student/hw02_sampling/hw02_sampling",
    "appendix/errata",
    "appendix/glossary",
    "appendix/equation_map",
    "appendix/library/mathematics",
    "search",
)
# The faces that the page has asked for when its first formula is on the screen, each with what became of it.
FACES = f"""async () => {{
  {SOON}
  document.querySelector(".katex")?.scrollIntoView();
  for (let frame = 0; frame < 3; frame++) await soon();
  await document.fonts.ready;
  return [...document.fonts].map((one) => [one.family, one.status]);
}}"""
# Bring a figure to the screen, press keys in it, and return what it says when that has changed.
MOVED = f"""async (box, target, keys) => {{
  {SOON}
  const figure = document.querySelector(box);
  figure.scrollIntoView();
  while (!figure.querySelector(".gmm-words")?.textContent) await soon();
  const words = figure.querySelector(".gmm-words"), before = words.textContent;
  const part = figure.querySelector(target);
  for (const key of keys) part.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true, cancelable: true }}));
  while (words.textContent === before) await soon();
  return words.textContent;
}}"""
FOUND = f"""async (sought) => {{
  {SOON}
  let field;
  while (!(field = document.querySelector("#gmm-search-page input"))) await soon();
  field.value = sought;
  field.dispatchEvent(new Event("input", {{ bubbles: true }}));
  let result;
  while (!(result = document.querySelector(".gmm-search-results a"))) await soon();
  return result.href;
}}"""


@pytest.fixture(scope="module")
def tab(site):
    with firefox.asked_for(site) as opened:
        yield opened


@pytest.fixture
def goto(tab, site):
    """Open a page; afterwards nothing has gone wrong on it, and nothing was asked of anybody else."""

    def opened(name):
        tab.goto((site / f"{name}.html").as_uri())
        return tab

    tab.errors.clear()
    tab.asked.clear()
    yield opened
    tab.evaluate("() => 0")  # what has happened by now is told before the answer
    home = site.as_uri() + "/"
    assert tab.errors == []
    assert [one for one in tab.asked if not one.startswith((home, "blob:", "data:", "about:"))] == []


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_page_opens_with_the_letters_of_its_formulas(goto, site, name):
    faces = goto(name).evaluate(FACES)
    assert [face for face in faces if face[1] == "error"] == []
    formulas = 'class="katex-html"' in (site / f"{name}.html").read_text(encoding="utf-8")
    assert formulas == any("KaTeX" in family and status == "loaded" for family, status in faces)


def test_the_stepper_steps(goto):
    assert goto("stepper").evaluate(MOVED, ".gmm-stepper", ".gmm-root", ["e"]).startswith("E-step 1")


def test_a_figure_follows_the_keyboard(goto):
    assert goto("chapters/05_gaussian").evaluate(MOVED, ".gmm-interactive", "[data-handle]", ["ArrowRight"])


def test_the_search_finds(goto):
    assert goto("search").evaluate(FOUND, "(7)").partition("?")[0].endswith("chapters/05_gaussian.html")
