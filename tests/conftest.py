"""What the checks of the built site share: its pages, parsed once, and a browser."""

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from chromium import ADVICE, PATIENCE, SITE, find, launched

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    if not (SITE / "index.html").exists():
        pytest.fail("the site is not built: make book (or: jupyter-book build book)", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def pages(site):
    """Every page of the site, parsed: ``{path relative to the site: soup}``."""
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


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
