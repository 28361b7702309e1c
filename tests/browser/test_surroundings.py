"""What stands around the text does what it says: contents, menus, light and dark, by mouse and by keyboard."""

import pytest
from chromium import PATIENCE

PAGE = "chapters/07_em.html"


@pytest.fixture
def visit(browser, site):
    """Open a page on a screen of some size, with what else a context is told."""
    contexts = []

    def opened(width, name=PAGE, before="", **of_context):
        screen = {"width": width, "height": 800}
        contexts.append(browser.new_context(viewport=screen, reduced_motion="reduce", **of_context))
        contexts[-1].set_default_timeout(PATIENCE)
        contexts[-1].add_init_script(before)
        page = contexts[-1].new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto((site / name).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("which", ["primary", "secondary"])
def test_on_a_phone_contents_come_over_the_page_and_go(visit, which):
    page = visit(390)
    button, dialog = page.locator(f".{which}-toggle"), page.locator(f"#pst-{which}-sidebar-modal")
    button.click()
    assert dialog.get_by_role("link", name="The idea of EM" if which == "primary" else "Try it").is_visible()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert button.evaluate("(button) => button === document.activeElement")
    button.click()
    page.mouse.click(*((385, 400) if which == "primary" else (5, 400)))
    assert dialog.is_hidden()
    assert page.locator(f"#pst-{which}-sidebar a").count() > 5, "they are beside the text again, on a wider screen"
    assert page.errors == []


def test_a_link_of_the_contents_leads_to_its_part_and_away_from_the_contents(visit):
    page = visit(390)
    page.locator(".secondary-toggle").click()
    page.locator("dialog").get_by_role("link", name="Check yourself").click()
    page.wait_for_function("document.querySelector('#check-yourself').getBoundingClientRect().top < innerHeight")
    assert page.locator("#pst-secondary-sidebar-modal").is_hidden()


def test_on_a_desk_the_contents_of_the_book_step_aside_and_the_text_keeps_its_margin(visit):
    page = visit(1440)
    text, contents = page.locator(".bd-article h1"), page.locator("#pst-primary-sidebar")
    before = text.bounding_box()["x"] - contents.bounding_box()["width"]
    page.locator(".primary-toggle").click()
    contents.wait_for(state="hidden")
    at = "x => Math.abs(document.querySelector('.bd-article h1').getBoundingClientRect().x - x) < 2"
    page.wait_for_function(at, arg=before)
    page.locator(".primary-toggle").click()
    contents.wait_for()


def test_the_contents_of_a_page_say_what_is_being_read(visit):
    page = visit(1440)
    read = page.locator("#pst-page-toc-nav [aria-current=true]")
    page.locator("#pst-page-toc-nav").get_by_role("link", name="Try it").click()
    assert read.all_inner_texts() == ["Try it"]
    page.wait_for_timeout(1100)  # so long it holds on to the link that was followed
    page.evaluate("document.querySelector('#one-iteration-by-hand').scrollIntoView()")
    marked = "document.querySelector('#pst-page-toc-nav [aria-current]').hash"
    page.wait_for_function(f"{marked} === '#one-iteration-by-hand'")
    assert read.count() == 1


def test_the_contents_of_the_book_stay_where_they_were(visit):
    page = visit(1440)
    contents = page.locator("#pst-primary-sidebar")
    contents.evaluate("(contents) => (contents.scrollTop = 222)")
    contents.get_by_role("link", name="Bibliography").evaluate("(link) => link.click()")  # a mouse would scroll there
    page.wait_for_url("**/bibliography.html")
    page.wait_for_function("document.querySelector('#pst-primary-sidebar').scrollTop === 222")


def test_the_contents_show_the_line_of_the_page_one_comes_to(visit):
    page = visit(1440, "appendix/licence.html")
    page.wait_for_function("document.querySelector('#pst-primary-sidebar').scrollTop > 0")
    box = page.locator("#pst-primary-sidebar .active > a, #pst-primary-sidebar a.current").last.bounding_box()
    assert 0 < box["y"] < 800


def test_a_menu_by_keyboard(visit):
    page = visit(1440)
    button, menu = page.locator(".dropdown-toggle").first, page.locator(".dropdown-menu").first
    button.focus()
    page.keyboard.press("Enter")
    assert menu.is_visible() and button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.trim()") == ".ipynb"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent.trim()") == ".pdf"
    page.keyboard.press("Escape")
    assert menu.is_hidden() and button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("(button) => button === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    assert menu.is_hidden(), "whoever goes on leaves no menu open"


def test_a_menu_by_mouse(visit):
    page = visit(1440)
    page.locator(".dropdown-toggle").first.click()
    page.mouse.move(700, 700)
    assert page.locator(".dropdown-menu").first.is_visible()
    page.mouse.click(700, 700)
    assert page.locator(".dropdown-menu").first.is_hidden()


def test_the_way_back_to_the_top_is_offered_to_who_scrolls_up(visit):
    page = visit(800)
    button = page.locator("#pst-back-to-top")
    page.mouse.move(400, 400)
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 500 && document.body.classList.contains('scrolled')")
    assert button.is_hidden()
    page.mouse.wheel(0, -200)
    button.click()
    page.wait_for_function("scrollY === 0")
    assert button.is_hidden()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_a_page_has_its_theme_from_the_first_moment_and_follows_the_system(visit, system):
    """Before its scripts at the end have come, which would else have it drawn twice."""
    early = "globalThis.first ??= document.documentElement.dataset.theme"
    page = visit(1000, before=f"addEventListener('readystatechange', () => ({early}), true)", color_scheme=system)
    assert page.evaluate("first") == system
    other = {"light": "dark", "dark": "light"}[system]
    page.emulate_media(color_scheme=other)
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=other)


def test_a_browser_that_keeps_nothing_shows_the_page_and_switches(visit):
    nothing = """for (const store of ["localStorage", "sessionStorage"])
      Object.defineProperty(globalThis, store, { get() { throw new Error("nothing is kept here"); } });"""
    page = visit(1000, before=nothing, color_scheme="light")
    page.locator("button.theme-switch-button:visible").first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.errors == []


def test_a_page_is_not_laid_out_where_nobody_is_yet(browser, site):
    """Of a long page the browser styles what is near the screen, and little of it twice: a script that measures what is
    far would have it style the whole page first."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, reduced_motion="reduce")
    page, session = context.new_page(), browser.new_browser_cdp_session()
    events, ended = [], []
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.append(True))
    session.send("Tracing.start", {"traceConfig": {"includedCategories": ["blink", "devtools.timeline"]}})
    page.goto((site / "chapters" / "05_gaussian.html").as_uri())
    idle = "(done) => requestIdleCallback(() => setTimeout(() => requestIdleCallback(done), 300))"
    page.evaluate(f"() => new Promise({idle})")
    count = page.evaluate("document.querySelectorAll('*').length")
    session.send("Tracing.end")
    for _ in range(200):
        if ended:
            break
        page.wait_for_timeout(100)
    styled = sum(event["args"].get("elementCount", 0) for event in events if event["name"] == "UpdateLayoutTree")
    assert 100 < styled < 0.5 * count
    context.close()
