"""An installed Chromium, which prints, typesets and draws: it opens local files and talks to nobody."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 180_000  # milliseconds: a machine that is busy with something else is slow, not wrong
ADVICE = (
    "no Chromium found: install one (Debian: apt-get install chromium) or give its path in the environment "
    "variable CHROMIUM"
)
SHEET = {"width": 680, "height": 1000}  # A4 between its margins


def find() -> str | None:
    """The path of an installed Chromium or one of its kin, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def launched() -> Iterator:
    """A running headless browser.

    Raises
    ------
    RuntimeError
        If none is installed.
    """
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        raise RuntimeError(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser=None) -> Iterator:
    """An empty page of a light theme, in this browser or in one of its own."""
    with nullcontext(browser) if browser else launched() as running:
        page = running.new_page(viewport=SHEET, color_scheme="light")
        page.set_default_timeout(5 * PATIENCE)  # a whole book is long
        try:
            yield page
        finally:
            page.close()
