"""What the checks of the built site share: its pages, parsed once, and a browser."""

import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from chromium import ADVICE, PATIENCE, SITE, find, launched

from publishing.elements import end_of

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    if not (SITE / "index.html").exists():
        pytest.fail("the site is not built: make book (or: jupyter-book build book)", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def names(site):
    """Every page of the site, as its path relative to the site."""
    paths = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    return [path.as_posix() for path in paths if "_static" not in path.parts]


@pytest.fixture(scope="session")
def written(site, names):
    """Every page as it was written: ``{name: HTML}``."""
    return {name: (site / name).read_text(encoding="utf-8") for name in names}


@pytest.fixture(scope="session")
def undrawn(written):
    """Every page with the TeX of each formula in its place, whose drawing has a hundred tags: ``{name: HTML}``."""
    return {name: without_drawings(text) for name, text in written.items()}


@pytest.fixture(scope="session")
def pages(undrawn):
    """Every page, parsed: ``{name: soup}``; a formula is its TeX there."""
    return {name: BeautifulSoup(text, "html.parser") for name, text in undrawn.items()}


def without_drawings(page):
    """The HTML of a page with the TeX of each formula in its place."""
    kept, at = [], 0
    for formula in re.finditer(r'<span class="katex">', page):
        tex = re.compile(r"<annotation[^>]*>(.*?)</annotation>", re.DOTALL).search(page, formula.end())[1]
        kept += [page[at : formula.start()], tex]
        at = end_of(page, formula.start())
    return "".join([*kept, page[at:]])


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium. Without one the browser tests skip here, and fail where CI is set."""
    if find() is None:
        pytest.fail(ADVICE, pytrace=False) if os.environ.get("CI") else pytest.skip(ADVICE)
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def page(browser):
    """An empty page in which nothing moves by itself, and whose scripts raise no error."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 900, "height": 900})
    context.set_default_timeout(PATIENCE)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
