"""The whole gallery of answers judged by the Python of the pages, against the verdicts here: ``make test-pages``.

Versions differ (NumPy, SciPy, 32-bit integers), and processors; a verdict must not.
"""

import base64
import io
import json
import os
import zipfile
from pathlib import Path

import homework_gallery
import pytest
from homework_gallery.judging import judged
from live_page import layer, opened  # noqa: F401 (layer: the site has Python in its pages)

from gmm_course import homeworks

PAGE = "homework/student/hw05_e_step/hw05_e_step"
PATIENCE = 1_800_000  # milliseconds, for the verdicts on all answers to one homework
CODE = """
import base64, io, json, sys, zipfile

import matplotlib.pyplot, sklearn.mixture
import gmm_lib
from gmm_course import check

zipfile.ZipFile(io.BytesIO(base64.b64decode("{gallery}"))).extractall("/gallery")
sys.path.insert(0, "/gallery")
from homework_gallery.judging import judged

for line in judged("{name}"):
    print(json.dumps(line))
"""
RUN = "async (code) => { const { page } = gmmLive; page.cells[0].set(code); await page.run(page.cells[0]); }"
OUTPUTS = "() => gmmLive.page.cells[0].outputs"


def gallery():
    """The package as a page can unpack it."""
    with zipfile.ZipFile(zipped := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(Path(homework_gallery.__file__).parent.glob("*.py")):
            archive.write(path, f"homework_gallery/{path.name}")
    return base64.b64encode(zipped.getvalue()).decode()


def judged_in_page(browser, name):
    """The verdicts of a page's Python, and what else it showed."""
    page = opened(browser, PAGE)
    page.set_default_timeout(PATIENCE)
    page.locator(".gmm-live-run").first.click()
    page.wait_for_function("() => globalThis.gmmLive?.page && !gmmLive.page.running")
    page.evaluate(RUN, CODE.format(gallery=gallery(), name=name))
    outputs = page.evaluate(OUTPUTS)
    page.context.close()
    text = "".join(one["text"] for one in outputs if one.get("name") == "stdout")
    others = [one for one in outputs if one.get("name") != "stdout"]
    return [json.loads(line) for line in text.splitlines()], others


@pytest.mark.parametrize("name", homeworks() if os.environ.get("LIVE") == "all" else ())
def test_every_verdict_of_the_gallery_is_the_same_in_a_page(browser, name):
    here = [json.loads(json.dumps(line)) for line in judged(name)]
    there, others = judged_in_page(browser, name)
    assert others == []
    agreeing = sum(one in here for one in there)
    print(f"{name}: {agreeing} of {len(here)} verdicts agree")
    assert there == here
