"""The search, from disk: what it finds first, what it shows, and how one gets there with the keyboard alone."""

import json
import re

import pytest
from axe_core_python.sync_playwright import Axe
from chromium import PATIENCE

PHONE = {"width": 390, "height": 780}
RESULT = ".gmm-search-results a"

# What a reader types, and the page that must come first: chosen by hand, from what each chapter is about.
FIRST = {
    "(7)": "chapters/05_gaussian.html#eq-7",
    "equation 14": "chapters/09_m_step.html#eq-14",
    "eq. 9.1": "chapters/09_m_step.html#eq-9-1",
    "mixture.log_density": "appendix/library/mathematics.html#gmm_lib.mixture.log_density",
    "log_density": "appendix/library/mathematics.html",
    "responsibility": "chapters/08_e_step.html",
    "responsibilities": "chapters/08_e_step.html",
    "log-sum-exp": "chapters/08_e_step.html",
    "logsumexp": "chapters/08_e_step.html",
    "BIC": "chapters/12_selection.html",
    "Mahalanobis": "chapters/05_gaussian.html",
    "Cholesky factor": "chapters/03_sampling.html",
    "lower bound": "chapters/07_em.html",
    "k-means": "chapters/01_datasets.html",
    "missing at random": "beyond/17_missing.html",
    "bootstrap": "beyond/16_uncertainty.html",
    "standard errors": "beyond/16_uncertainty.html",
    "item response": "beyond/22_item_response.html",
    "record linkage": "beyond/21_record_linkage.html",
    "factor analysis": "beyond/20_factor_analysis.html",
    "adjusted Rand index": "chapters/11_evaluation.html",
    "prediction strength": "beyond/23_stability.html",
    "slip 4": "chapters/05_gaussian.html#erratum-4",
    "Parquet": "scale/25_blocks.html",
    "M-step": "chapters/09_m_step.html",
    "bayes theorem": "chapters/06_posterior.html",
    "responsibilty": "chapters/08_e_step.html",
}
HOSTILE = '<script>alert(1)</script> <img src=x onerror="window.broken = 1"> \\ [ ( * " __proto__ constructor'


@pytest.fixture(scope="module")
def opened(browser, site):
    """The landing page on a phone, the search opened with a key; what was asked of the disk, and before the key."""
    context = browser.new_context(viewport=PHONE, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.before = [url for url in asked if "/search/" in url or "searchindex" in url]
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.type === 'search'")
    page.keyboard.type("density")
    page.locator(RESULT).first.wait_for()
    page.asked, page.errors = asked, errors
    yield page
    context.close()


def find(page, query):
    return page.evaluate("(query) => gmmSearch.finder.find(query)", query)


def test_nothing_of_the_search_is_loaded_before_somebody_searches(opened):
    assert opened.before == []
    assert any(url.endswith("/search/index.js") for url in opened.asked)
    assert all(url.startswith("file:") for url in opened.asked)


@pytest.mark.parametrize("query", FIRST)
def test_the_page_on_a_thing_comes_first(opened, query):
    address, _, anchor = find(opened, query)["shown"][0]["href"].partition("#")
    page, _, wanted = FIRST[query].partition("#")
    assert address.partition("?")[0] == page
    assert anchor == wanted or not wanted


def test_every_place_that_can_be_found_exists(site, pages):
    text = (site / "_static" / "search" / "index.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("gmmSearch.index=").rstrip(";\n"))
    ids = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}
    assert {f"{name}.html" for name, _ in index["pages"]} == set(pages) - {"search.html"}
    missing = [
        (name, anchor)
        for number, anchor, *_ in index["entries"]
        if (name := index["pages"][number][0]) and anchor and anchor not in ids[f"{name}.html"]
    ]
    assert not missing
    kinds = [entry[2] for entry in index["entries"]]
    assert kinds.count("page") == len(index["pages"]) and kinds.count("slip") == 25


def test_a_result_shows_where_it_is_and_the_words_in_their_sentence(opened):
    field = opened.locator("dialog.gmm-search input")
    field.fill("underflow")
    opened.wait_for_function("document.querySelector('.gmm-search-results mark')?.textContent.startsWith('underflow')")
    first = opened.locator(RESULT).first
    assert "underflow" in first.locator(".gmm-search-text").inner_text()
    assert re.search(r"\d+\. \w", first.locator(".gmm-search-where").inner_text()), "the chapter's number and name"
    assert opened.locator(".gmm-search-told").inner_text().endswith("places")


def test_what_is_not_in_the_book_is_said_to_be_not_found(opened):
    opened.locator("dialog.gmm-search input").fill("xylophone zwieback")
    opened.wait_for_function("document.querySelector('.gmm-search-told').textContent.startsWith('Nothing found')")
    assert opened.locator(RESULT).count() == 0


def test_a_hostile_query_is_text_and_nothing_else(opened):
    opened.locator("dialog.gmm-search input").fill(HOSTILE)
    opened.wait_for_function("document.querySelector('.gmm-search-told').textContent !== 'Looking …'")
    opened.locator("dialog.gmm-search input").fill('<img src=x onerror="window.broken = 1">qqqq')
    opened.wait_for_timeout(200)
    assert opened.locator("dialog.gmm-search img").count() == 0
    assert opened.evaluate("window.broken") is None
    assert opened.errors == []


def test_the_dialog_fits_a_phone_and_axe_finds_nothing(opened):
    opened.locator("dialog.gmm-search input").fill("posterior")
    opened.locator(RESULT).first.wait_for()
    width = opened.evaluate("document.querySelector('dialog.gmm-search').getBoundingClientRect().right")
    assert width <= PHONE["width"]
    opened.evaluate(Axe().axe_script)
    for theme in ("light", "dark"):
        opened.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
        found = opened.evaluate("axe.run(document.querySelector('dialog.gmm-search'))")["violations"]
        assert [rule["id"] for rule in found] == []


def test_keys_lead_to_a_result_whose_words_are_marked_and_in_sight(opened, site):
    opened.goto((site / "chapters" / "01_datasets.html").as_uri())
    opened.keyboard.press("Control+k")
    opened.wait_for_function("document.activeElement.type === 'search'")
    opened.keyboard.type("underflow")
    opened.locator(RESULT).first.wait_for()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowUp")
    focused = opened.evaluate("document.activeElement.href")
    assert focused == opened.locator(RESULT).first.evaluate("link => link.href")
    opened.keyboard.press("Enter")
    opened.wait_for_function("CSS.highlights.get('gmm-hit')?.size > 0")
    assert "hit=" not in opened.url and opened.url.startswith(site.as_uri())
    inside = """[...CSS.highlights.get("gmm-hit")].some((range) => {
      const box = range.getBoundingClientRect();
      return box.height && box.top >= 0 && box.bottom <= innerHeight && /^underflow/i.test(range);
    })"""
    opened.wait_for_function(inside)
    opened.keyboard.press("Escape")
    assert opened.evaluate("CSS.highlights.has('gmm-hit')") is False


def test_letters_typed_before_the_search_has_come_are_kept_for_it(opened, site):
    """All within one task of the browser, in which no script can arrive."""
    page = opened.context.new_page()
    page.goto((site / "chapters" / "01_datasets.html").as_uri())
    keys = ["/", *"BICX", "Backspace"]
    typing = "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })"
    page.evaluate(f"(keys) => keys.forEach((key) => document.body.dispatchEvent({typing}))", keys)
    page.locator(RESULT).first.wait_for()
    page.keyboard.type(" or")
    assert page.locator("dialog.gmm-search input").input_value() == "BIC or"
    page.close()


def test_letters_are_kept_for_the_next_time_where_the_search_does_not_come(opened, site):
    page = opened.context.new_page()
    page.route("**/search/dialog.js", lambda route: route.abort())
    page.goto((site / "chapters" / "01_datasets.html").as_uri())
    typing = "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })"
    page.evaluate(f"(keys) => keys.forEach((key) => document.body.dispatchEvent({typing}))", ["/", *"BIC"])
    said = "document.querySelector('.search-button__default-text').textContent"
    page.wait_for_function(f"{said}.includes('not be loaded')")
    page.unroute("**/search/dialog.js")
    page.keyboard.press("/")
    page.locator(RESULT).first.wait_for()
    assert page.locator("dialog.gmm-search input").input_value() == "BIC"
    page.close()


def test_escape_calls_off_a_search_that_has_not_come(opened, site):
    page = opened.context.new_page()
    page.goto((site / "chapters" / "01_datasets.html").as_uri())
    typing = "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })"
    page.evaluate(f"(keys) => keys.forEach((key) => document.body.dispatchEvent({typing}))", ["/", *"BIC", "Escape"])
    page.wait_for_function("globalThis.gmmSearch?.dialog !== undefined")
    assert page.locator("dialog.gmm-search[open]").count() == 0
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.type === 'search'")
    assert page.locator("dialog.gmm-search input").input_value() == ""
    page.close()


def test_the_search_has_a_page_too_and_says_so_where_scripts_are_off(opened, browser, site):
    opened.goto((site / "search.html").as_uri() + "?q=BIC")
    opened.locator(RESULT).first.wait_for()
    assert opened.locator("#gmm-search-page input").input_value() == "BIC"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "search.html").as_uri())
    assert page.locator("article").get_by_text("The search needs JavaScript").is_visible()
    context.close()


# -- what a link to an equation shows, and where old links lead


def test_a_link_to_an_equation_shows_it_to_the_pointer_and_to_the_keyboard(opened, site):
    opened.set_viewport_size({"width": 1280, "height": 800})
    opened.goto((site / "chapters" / "10_model.html").as_uri())
    assert opened.evaluate("typeof gmmEquations") == "undefined"
    link = opened.locator("article a[href$='#eq-11']").first
    link.focus()
    preview = opened.locator(".gmm-preview")
    preview.wait_for(state="visible")
    assert "responsibility, written with the parameters" in preview.inner_text()
    assert preview.locator(".math").count() == 1
    assert link.get_attribute("aria-describedby") == "gmm-preview"
    opened.keyboard.press("Escape")
    preview.wait_for(state="hidden")
    link.hover()
    preview.wait_for(state="visible")
    preview.hover()
    opened.wait_for_timeout(400)
    assert preview.is_visible(), "the pointer may rest on it"


def test_links_into_the_one_page_that_the_library_was_lead_to_its_part(opened, site):
    opened.goto((site / "appendix" / "library.html").as_uri() + "#gmm_lib.mixture.log_density")
    opened.wait_for_url("**/library/mathematics.html#gmm_lib.mixture.log_density")
