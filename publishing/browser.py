"""The browser that prints and typesets: an installed Chromium, which opens local files and nothing else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
)
PATIENCE = 900_000  # milliseconds: a thousand formulas on a busy machine


@contextmanager
def opened(page_file: Path | None = None) -> Iterator:
    """A page of a headless browser (Playwright's), showing ``page_file`` with all its formulas set.

    Raises
    ------
    RuntimeError
        If no browser is installed.
    """
    from playwright.sync_api import sync_playwright

    named = os.environ.get("CHROMIUM")
    path = next((found for found in map(shutil.which, [named] if named else NAMES) if found), None)
    if path is None:
        raise RuntimeError(
            "no Chromium found: install one (Debian: apt-get install chromium) or give its path in the environment "
            "variable CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=PATIENCE)
        try:
            page = browser.new_page(viewport={"width": 680, "height": 1000}, color_scheme="light")
            page.set_default_timeout(PATIENCE)
            if page_file is not None:
                page.goto(page_file.as_uri(), wait_until="load")
                page.evaluate("async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }")
            yield page
        finally:
            browser.close()
