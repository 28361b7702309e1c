"""Every page, opened from disk in a real browser, as a reader would."""

import base64
import io
import json
import re
from urllib.parse import urlsplit

import pytest
from axe_core_python.sync_playwright import Axe
from chromium import PATIENCE
from fontTools.ttLib import TTFont

PHONE = {"width": 320, "height": 780}  # and a desk whose reader needs all four times as large
DESK = {"width": 1280, "height": 900}
LAPTOP = {"width": 1440, "height": 900}
PAPER = {"width": 642, "height": 971}  # A4 between the margins of the book (publishing/pdf.css)

WIDER_THAN_THE_SCREEN = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return null;
  const wide = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > width + 1);
  return wide.slice(0, 5).map((e) => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`);
}"""


# With all unfolded: code that is wider than its box, and of what fills the column what does not end at its right edge.
OFF_THE_EDGE = """() => {
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
  for (const one of document.querySelectorAll("section")) one.style.contentVisibility = "visible";
  const article = document.querySelector(".bd-article");
  const style = getComputedStyle(article);
  const edge = article.getBoundingClientRect().right - parseFloat(style.paddingRight);
  const all = (selector) => [...article.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const told = (one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`;
  const boxes = "p, div.math, div.admonition, details.sd-dropdown, .pst-scrollable-table-container";
  const filling = `:is(section, article) > :is(${boxes})`
    + ", section > .cell .cell_input, section > .cell .cell_output, section > .cell figcaption";
  const found = {
    cut: all("div.highlight pre").filter((one) => one.scrollWidth > one.clientWidth + 1).map(told),
    edges: all(filling).filter((one) => Math.abs(one.getBoundingClientRect().right - edge) > 1.5).map(told),
  };
  for (const one of folded) one.open = false;
  for (const one of document.querySelectorAll("section")) one.style.contentVisibility = "";
  return found;
}"""


# What lies left of a box's left edge cannot be scrolled to; and a formula's number stands beside it, not on it.
CUT_OFF = """() => [...document.querySelectorAll("div.math")].filter((box) => {
  if (!box.clientWidth) return false;
  const [formula, number] = [[...box.querySelectorAll(".katex-base")].at(-1), box.querySelector(".katex-tag")];
  const left = box.querySelector(".katex-html").getBoundingClientRect().left;
  return left < box.getBoundingClientRect().left - 1
    || number && number.getBoundingClientRect().left < formula.getBoundingClientRect().right;
}).map((box) => box.querySelector("annotation").textContent.slice(0, 60))"""


# A figure is never narrower than its letters can be read in (extensions/figures.py).
TOO_SMALL = """() => [...document.querySelectorAll(".gmm-drawn > img")].filter((image) => {
  const least = parseFloat(getComputedStyle(image.parentElement).getPropertyValue("--gmm-least"));
  return image.offsetWidth && !(image.offsetWidth >= least - 1);
}).map((image) => image.src.slice(-30))"""


# The letters that formulas show, and the face that the browser looks for each in: family, weight, style, letter.
LETTERS = """() => {
  const found = new Set();
  for (const one of document.querySelectorAll(".katex-html, .katex-html *")) {
    const text = [...one.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data).join("");
    if (!text) continue;
    const { fontFamily, fontWeight, fontStyle } = getComputedStyle(one);
    for (const letter of text) found.add([fontFamily.split(",")[0], fontWeight, fontStyle, letter].join(" "));
  }
  return [...found];
}"""
FACE = re.compile(r"font-family:(\w+);font-style:(\w+);font-weight:(\d+);src:url\(data:font/woff2;base64,([\w+/=]+)\)")


# What can be reached by keyboard, one of each kind, and looks with the focus as it looks without. (Links to equations
# would load the formulas that they show.)
UNSEEN_FOCUS = """() => {
  const STOPS = "a[href]:not([href*='#eq-']), button, input, select, summary, [tabindex='0']";
  const kinds = new Set(), unseen = [];
  document.activeElement.blur();
  // A toggle is drawn by what it holds, and the link that skips comes down from above the page.
  const looks = (one) => [one, one.firstElementChild ?? one].map((part) => {
    const { outlineStyle, outlineWidth, boxShadow, backgroundColor, textDecorationLine } = getComputedStyle(part);
    const { top } = part.getBoundingClientRect();
    return [outlineStyle, outlineWidth, boxShadow, backgroundColor, textDecorationLine, top];
  }).join();
  for (const one of document.querySelectorAll(STOPS)) {
    const kind = [one.parentElement, one].map((part) => `${part.tagName} ${part.getAttribute("class")}`).join();
    if (kinds.has(kind)) continue;
    const before = looks(one);
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) continue;
    kinds.add(kind);
    if (looks(one) === before) unseen.push(one.outerHTML.slice(0, 160));
  }
  document.activeElement.blur();
  return unseen;
}"""


# Rules of axe that are tried apart: on the whole page those of how its parts belong together; contrast in both themes.
OF_THE_WHOLE = ["definition-list", "dlitem", "duplicate-id-aria", "heading-order", "list", "listitem", "region"]
OF_THE_WHOLE += ["empty-table-header", "td-has-header"]
OF_COLOURS = ["color-contrast"]
# And what is not asked: more contrast than the level (AA) that this book keeps; and that only a widget takes the focus,
# which forbids what another rule commands, that whoever has no mouse can scroll a box.
NOT_OURS = ["color-contrast-enhanced", "focus-order-semantics"]
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# axe would walk through the thousands of pieces of drawn formulas, which are hidden from screen readers, and through
# every word of the code: it sees a word in place of a formula, and most blocks of code as one text.
FLATTEN = """() => {
  for (const pre of [...document.querySelectorAll("div.highlight pre")].slice(6)) pre.textContent = pre.textContent;
  for (const formula of document.querySelectorAll(".katex")) formula.textContent = "formula";
}"""
# A few paragraphs, rows and entries stand for all of their kind: in boxes of the same kind, and holding
# nothing that those do not hold; and a few functions of the library reference for the hundreds that there are.
FEW = """() => {
  const kindOf = (one) => `${one.tagName} ${one.getAttribute("class")} ${one.getAttribute("style")}`;
  const counts = new Map();
  for (const one of document.querySelectorAll("p, li, tbody > tr, dt, dd, dl.py")) {
    const held = new Set(one.matches("dl.py") ? [] : [...one.querySelectorAll("*")].map(kindOf));
    const kind = [one.parentElement && kindOf(one.parentElement), kindOf(one), ...[...held].sort()].join();
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (counts.get(kind) > 4) one.remove();
  }
}"""


@pytest.fixture(scope="module")
def visits(browser, site, names):
    """What happened on each page, gathered in one tour: a page is loaded once, measured on a phone and on a desk."""
    context = browser.new_context(viewport=PHONE, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    now = {}
    page.on("console", lambda message: message.type == "error" and now["errors"].append(message.text))
    page.on("pageerror", lambda error: now["errors"].append(str(error)))
    page.on("request", lambda request: now["requests"].append(request.url))
    page.on("requestfailed", lambda request: now["errors"].append(f"failed: {request.url}"))
    seen = {}
    for name in names:
        now = seen[name] = {"errors": [], "requests": []}
        page.set_viewport_size(PHONE)
        page.goto((site / name).as_uri())
        page.keyboard.press("Tab")  # which marks at once what scrolls, as book.js does else when there is time
        now["wide"] = page.evaluate(WIDER_THAN_THE_SCREEN)
        now["cut off"] = page.evaluate(CUT_OFF)
        now["too small"] = page.evaluate(TOO_SMALL)
        now["letters"] = page.evaluate(LETTERS)
        page.set_viewport_size(PAPER)
        page.emulate_media(media="print")
        now["wide on paper"] = page.evaluate(WIDER_THAN_THE_SCREEN)
        page.emulate_media(media="screen")
        page.set_viewport_size(LAPTOP)
        now |= page.evaluate(OFF_THE_EDGE)
        page.set_viewport_size(DESK)
        now["edges"] += page.evaluate(OFF_THE_EDGE)["edges"]
        page.evaluate(FLATTEN)
        page.evaluate(SETTLED)
        page.keyboard.press("Tab")
        now["unseen focus"] = page.evaluate(UNSEEN_FOCUS)
        now["axe"] = violations(page, OF_THE_WHOLE)
        page.evaluate(FEW)
        now["axe"] += violations(page, without=OF_THE_WHOLE + NOT_OURS)
        page.evaluate("document.documentElement.dataset.theme = document.documentElement.dataset.mode = 'dark'")
        now["axe dark"] = violations(page, OF_COLOURS)
    context.close()
    return seen


def rules(page):
    """All rules of axe, the experimental ones and those that are no more than good practice too."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate("axe.getRules().map((rule) => rule.ruleId)")


def violations(page, tried=None, without=NOT_OURS):
    """The rules of axe that the page breaks, each with its first element: of those ``tried``, or all
    ``without`` some."""
    known = rules(page)
    assert set(tried or without) <= set(known)
    tried = tried or [rule for rule in known if rule not in without]
    # Nothing is preloaded: from disk no style sheet can be read.
    options = {"resultTypes": ["violations"], "preload": False, "runOnly": tried}
    found = json.loads(page.evaluate("async (options) => JSON.stringify((await axe.run(options)).violations)", options))
    return [f"{rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:160]}" for rule in found]


def on_every_page(visits, key):
    problems = [f"{name}: {problem}" for name, visit in visits.items() for problem in visit[key] or []]
    assert not problems, "\n" + "\n".join(problems)


def test_no_error_in_the_console(visits):
    on_every_page(visits, "errors")


def test_nothing_is_asked_of_the_network(visits, site):
    home = site.as_uri() + "/"
    outside = [
        f"{name}: {url}"
        for name, visit in visits.items()
        for url in visit["requests"]
        if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(home)
    ]
    assert not outside, "\n" + "\n".join(outside)


def test_no_page_is_wider_than_a_phone(visits):
    on_every_page(visits, "wide")


def test_nothing_is_wider_than_the_paper(visits):
    """A browser would print all of the book smaller, for one formula."""
    on_every_page(visits, "wide on paper")


def test_no_line_of_code_is_wider_than_its_box_on_a_laptop(visits):
    on_every_page(visits, "cut")


def test_text_boxes_formulas_tables_and_captions_end_at_one_right_edge(visits):
    on_every_page(visits, "edges")


def test_no_formula_is_cut_off_on_a_phone(visits):
    on_every_page(visits, "cut off")


def test_the_letters_of_every_figure_can_be_read_on_a_phone(visits):
    on_every_page(visits, "too small")


def test_every_letter_of_a_formula_is_in_the_face_that_it_is_looked_for_in(visits, site):
    style = (site / "_static" / "katex.css").read_text(encoding="utf-8")
    held = {
        f"{family} {weight} {slant} {chr(code)}"
        for family, slant, weight, data in FACE.findall(style)
        for code in TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()
    }
    shown = {letter for visit in visits.values() for letter in visit["letters"] if letter[-1] != "\u200b"}
    assert len(shown) > 100 and shown - held == set()


def test_the_focus_is_seen_wherever_the_keyboard_leads(visits):
    on_every_page(visits, "unseen focus")


def test_axe_finds_nothing(visits):
    on_every_page(visits, "axe")


def test_enough_contrast_in_the_dark(visits):
    on_every_page(visits, "axe dark")


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=DESK, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_the_theme_switch_reaches_the_dark(page, site):
    page.goto((site / "index.html").as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    for _ in range(3):  # automatic, light, dark
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
        page.locator("button.theme-switch-button:visible").first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(background) != light
    page.goto((site / "search.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "the choice holds on the next page"


def test_the_skip_link_leads_to_the_text(page, site):
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


# Where the keyboard is: the element's place among all, and whether a part of it is on the screen.
STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const seen = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  const all = [...document.querySelectorAll("*")];
  return { place: all.indexOf(one), seen, folded: one.matches("article summary"), name: one.outerHTML.slice(0, 80) };
}"""


@pytest.mark.parametrize("screen", [DESK, {"width": 640, "height": 450}])  # the second is the first, twice as large
@pytest.mark.parametrize("name", ["chapters/09_m_step", "appendix/equation_map", "appendix/library/engine"])
def test_the_tab_key_walks_through_a_page_in_its_order_and_out_of_it(page, site, name, screen):
    page.set_viewport_size(screen)
    page.goto((site / f"{name}.html").as_uri())
    before, opened = -1, 0
    for number in range(1_500):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        assert stop["place"] > before, f"{stop['name']} comes after what follows it"
        assert stop["seen"] or not number, f"{stop['name']} has the focus and is not on the screen"  # 0 slides in
        before = stop["place"]
        if stop["folded"] and not opened:
            page.keyboard.press("Enter")
            opened = page.evaluate("document.activeElement.parentElement.open")
            assert opened
    assert stop is None, "the keyboard never leaves the page"
    assert number > 50 and (opened or not name.startswith("chapters"))
