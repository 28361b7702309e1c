"""A page of each kind as it goes to paper: with its title, in ink, unfolded, and nothing cut off at the right edge."""

import pytest
from chromium import PATIENCE

PAGES = ["index", "chapters/07_em", "beyond/14_priors", "homework/teaching", "appendix/errata", "stepper"]
A4 = {"width": 680, "height": 1000}  # 180 mm of text between margins of 15

SEEN = """() => {
  const seen = (e) => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true});
  const article = document.querySelector("article.bd-article");
  const wide = [...article.querySelectorAll("pre")].filter((e) => seen(e) && e.scrollWidth > e.clientWidth + 1);
  return {
    title: seen(article.querySelector("h1")),
    theme: document.documentElement.dataset.theme,
    ink: getComputedStyle(article.querySelector("p")).color.match(/\\d+/g).map(Number),
    folded: [...article.querySelectorAll("details:not([open])")].filter(seen).map((e) => e.className),
    figures: [...article.querySelectorAll(".gmm-drawn > img")].filter(seen).map((e) => e.className),
    cut: wide.map((e) => e.textContent.slice(0, 50)),
    shut: [...article.querySelectorAll("details:not([open])")].length,
  };
}"""


@pytest.fixture
def dark(browser):
    context = browser.new_context(viewport=A4, color_scheme="dark", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_what_is_printed(dark, site, name):
    dark.goto((site / f"{name}.html").as_uri(), wait_until="domcontentloaded")
    before = dark.evaluate(SEEN)
    assert before["theme"] == "dark" and min(before["ink"]) > 128
    dark.emulate_media(media="print", color_scheme="dark")
    dark.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = dark.evaluate(SEEN)
    assert printed["title"]
    assert set(before["figures"]) <= {"only-dark"} and set(printed["figures"]) <= {"only-light"}
    assert len(printed["figures"]) >= len(before["figures"])
    assert printed["theme"] == "light" and max(printed["ink"]) < 128
    assert not printed["folded"]
    assert not printed["cut"]
    dark.emulate_media(media="screen", color_scheme="dark")
    dark.evaluate("dispatchEvent(new Event('afterprint'))")
    after = dark.evaluate(SEEN)
    assert (after["theme"], after["shut"]) == ("dark", before["shut"])
