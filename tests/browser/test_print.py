"""A page of each kind as it goes to paper: with its title, in ink, unfolded, and nothing cut off at the right edge."""

import io

import pypdf
import pytest
from chromium import PATIENCE

PAGES = ["index", "chapters/07_em", "beyond/14_priors", "homework/teaching", "appendix/errata", "stepper"]
A4 = {"width": 680, "height": 1000}  # 180 mm of text between margins of 15
DESK = {"width": 1280, "height": 900}

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


@pytest.fixture(scope="module")
def on_paper(browser, site):
    """The text of chapter 7 as a browser prints it that was set to the dark."""
    context = browser.new_context(viewport=DESK, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto((site / "chapters/07_em.html").as_uri())
    folded = page.locator("details.hide.below-input table.gmm-table")
    assert folded.count() and not folded.first.is_visible()
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    wanted = [" ".join(row.split()) for row in folded.first.locator("tr").all_text_contents()]
    context.close()
    return " ".join(" ".join(one.extract_text() for one in printed.pages).split()), wanted


def test_a_folded_output_is_printed_and_its_handle_is_not(on_paper):
    text, rows = on_paper
    assert len(rows) > 2
    for row in rows:
        assert "".join(row.split()) in "".join(text.split())
    assert "Hide code cell" not in text and "Show code cell" not in text


def test_of_a_stepper_its_picture_and_numbers_are_printed_and_nothing_to_press(on_paper):
    text, _ = on_paper
    assert "petal width" in text and "-482.626" in text.replace("\N{MINUS SIGN}", "-")
    for word in (
        "\N{BLACK LEFT-POINTING TRIANGLE} Back",
        "Reveal it",
        "Converge",
        "Next seed",
        "Many starts",
        "It will take",
    ):
        assert word not in text, word


def test_what_a_student_has_written_is_printed_in_full(dark, site):
    dark.goto((site / "homework/student/hw05_e_step/hw05_e_step.html").as_uri())
    cell = dark.locator("div.cell:has(.gmm-live-cell)").nth(3)
    assert "point_shares = (" in cell.text_content()
    cell.get_by_role("button", name="Write").click()
    cell.locator(".cm-content").fill("point_shares = (0.9, 0.1, 0.0)")
    dark.locator(".gmm-homework-text").get_by_role("button", name="Write").click()
    proof = "\n".join(f"Line {i} of my proof." for i in range(30))
    dark.locator("textarea").fill(proof)
    dark.emulate_media(media="print")
    dark.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert dark.locator(".gmm-on-paper").inner_text() == proof
    assert cell.locator("pre").inner_text().strip() == "point_shares = (0.9, 0.1, 0.0)"
    assert not cell.locator(".gmm-live-editor").is_visible() and not dark.locator("textarea").is_visible()
    dark.evaluate("dispatchEvent(new Event('afterprint'))")
    assert dark.locator(".gmm-on-paper").count() == 0


def test_points_and_ellipses_of_a_stepper_are_fitted_to_the_paper_alike(dark, site):
    dark.goto((site / "stepper.html").as_uri(), wait_until="domcontentloaded")
    dark.locator(".gmm-root canvas").first.wait_for()
    dark.emulate_media(media="print")
    canvas, picture = (dark.locator(f".gmm-stage > {one}").first for one in ("canvas", ".gmm-picture"))
    assert canvas.bounding_box() == picture.bounding_box()
    assert canvas.evaluate("(one) => getComputedStyle(one).objectFit") == "contain"
    assert (
        picture.evaluate("(one) => one.preserveAspectRatio.baseVal.align") == 6
    )  # xMidYMid, which is the same for SVG


# What a box of each kind allows at the foot of a page.
BREAKS = """() => {
  const found = (selector, property) => [...document.querySelectorAll(`article.bd-article ${selector}`)]
    .filter((one) => one.checkVisibility()).map((one) => getComputedStyle(one)[property]);
  const lines = (one) => one.textContent.split("\\n").length;
  const code = [...document.querySelectorAll(".cell_input pre")].filter((one) => one.checkVisibility());
  return {
    answers: found("details.sd-dropdown", "breakInside"),
    code: code.map((one) => [lines(one), getComputedStyle(one.closest(".cell_input")).breakInside]),
    heads: found("table > tbody > tr:first-child:not(:last-child)", "breakAfter"),
    lists: found("dl.field-list", "display"),
  };
}"""


@pytest.mark.parametrize("name", ["chapters/12_selection", "appendix/library/mathematics"])
def test_what_belongs_together_stays_on_one_page(dark, site, name):
    dark.goto((site / f"{name}.html").as_uri(), wait_until="domcontentloaded")
    dark.emulate_media(media="print")
    dark.evaluate("dispatchEvent(new Event('beforeprint'))")
    breaks = dark.evaluate(BREAKS)
    assert set(breaks["answers"] + breaks["heads"]) <= {"avoid"}
    assert set(breaks["lists"]) <= {"block"}  # in a grid no break is avoided
    for lines, inside in breaks["code"]:
        assert inside == ("auto" if lines > 16 else "avoid"), lines
    assert breaks["lists"] or (
        breaks["answers"] and breaks["heads"] and {one for _, one in breaks["code"]} == {"auto", "avoid"}
    )
