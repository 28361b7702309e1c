"""The first screen moves by itself until somebody takes it, and not where motion is unwanted."""

import pytest
from chromium import PATIENCE

NOTE = """() => {
  const words = document.querySelector("#fig-hero [data-part=words]");
  globalThis.told = [];
  globalThis.heard = [];
  const note = () => {
    told.push(words.textContent);
    if (words.getAttribute("aria-live") !== "off") heard.push(words.textContent);
  };
  new MutationObserver(note).observe(words, {childList: true, characterData: true, subtree: true});
}"""

FAST = """() => {
  const speed = document.querySelector("#fig-hero [name=speed]");
  speed.value = speed.max;
  speed.dispatchEvent(new Event("change", {bubbles: true}));
}"""


AFTER_A_REST = 3_200  # milliseconds, each of them long where a browser draws them picture by picture
MOST = 15_000


def begun_anew(told):
    """Whether a first E-step came after a start that was come back to."""
    starts = [i for i, words in enumerate(told) if words.startswith("Start (")]
    return any(words.startswith("E-step 1:") for words in told[starts[0] :]) if starts else False


@pytest.fixture
def landing(browser, site):
    """Open the first page, its clock in our hands."""
    contexts = []

    def opened(**of_context):
        contexts.append(browser.new_context(viewport={"width": 1300, "height": 900}, **of_context))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.clock.install()
        page.goto((site / "index.html").as_uri())
        page.locator("#fig-hero .gmm-mounted").wait_for()
        page.evaluate(NOTE)
        page.evaluate(FAST)
        return page

    yield opened
    for context in contexts:
        context.close()


def test_it_plays_rests_and_begins_anew_until_somebody_takes_it(landing):
    page = landing()
    button = page.locator("#fig-hero [data-do=play]")
    page.locator("#fig-hero [data-do=play]", has_text="Pause").wait_for()
    address = page.url
    told, waited = [], 0
    while waited < MOST and not begun_anew(told):
        page.clock.run_for(1_000)
        told, waited = page.evaluate("told"), waited + 1_000
    start = next(i for i, words in enumerate(told) if words.startswith("Start ("))
    assert any("converged" in words.lower() for words in told[:start])
    assert any(words.startswith("E-step 1:") for words in told[start:])
    assert page.url == address  # nobody has done anything
    assert page.evaluate("heard") == []  # by a screen reader
    button.click()
    assert "Play" in button.text_content()
    assert page.locator("#fig-hero [data-part=words]").get_attribute("aria-live") == "polite"
    page.evaluate("told.length = 0")
    page.clock.fast_forward(AFTER_A_REST)
    assert "Play" in button.text_content() and page.evaluate("told") == []


def test_it_stands_still_where_motion_is_unwanted(landing):
    page = landing(reduced_motion="reduce")
    page.clock.fast_forward(AFTER_A_REST)
    assert page.evaluate("told") == []
    assert "Play" in page.locator("#fig-hero [data-do=play]").text_content()


def test_what_to_press_at_the_three_doors_stands_in_one_line(landing):
    page = landing(reduced_motion="reduce")
    doors = page.locator(".column")
    boxes = [doors.nth(i).locator("a.button").bounding_box() for i in range(doors.count())]
    assert len(boxes) == 3 and len({round(box["y"]) for box in boxes}) == 1
    tops = {round(doors.nth(i).locator("p").first.bounding_box()["y"]) for i in range(3)}
    assert len(tops) == 1


@pytest.mark.parametrize("width", [320, 390, 768, 1300])
def test_the_picture_stays_where_it_is_from_one_half_step_to_the_next(landing, width):
    """Whatever the sentence above it: what lies below would else jump twice a second."""
    page = landing(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    place = "document.querySelector('#fig-hero figcaption').getBoundingClientRect().y + scrollY"
    places = set()
    for step in "EM" * 6:
        page.locator(f"#fig-hero [data-do={step}]").click()
        places.add(page.evaluate(place))
    assert len(places) == 1


def test_a_link_to_a_state_shows_that_state(landing, site):
    page = landing()
    page.goto("about:blank")
    page.goto((site / "index.html").as_uri() + "#fig-hero?step=6")
    page.locator("#fig-hero .gmm-mounted").wait_for()
    page.clock.run_for(AFTER_A_REST)
    assert page.locator("#fig-hero [data-part=words]").text_content().startswith("M-step 3")
