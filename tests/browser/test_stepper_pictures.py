"""Each state of the stepper looks as its reference does. UPDATE_PICTURES=1 draws the references afresh: look at them."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import stepper_page
from PIL import Image
from stepper_page import Stepper

REFERENCE = Path(__file__).parent / "stepper_reference"
VISIBLE = 60  # of 255; smaller differences are the edges of glyphs and lines
TOLERATED = 0.03  # of the pixels: other fonts differ in their letters, not in points, ellipses and buttons
DESK, PHONE = {"width": 640, "height": 640}, {"width": 360, "height": 640}
STATES = {
    "start": ({"data": "overlapping"}, "", DESK, "light"),
    "after-e": ({"data": "overlapping", "step": 1}, "", DESK, "light"),
    "after-m": ({"data": "overlapping", "step": 6}, "", DESK, "light"),
    "eight": ({"data": "ring", "k": 8, "step": 5}, "", DESK, "light"),
    "overlays": ({"data": "overlapping", "step": 9, "view": "contours,labels,truth"}, "", DESK, "light"),
    "hard": ({"data": "iris", "step": 9, "view": "hard"}, "", DESK, "dark"),
    "point": ({"data": "iris_petal", "step": 2, "open": "inside"}, "point", DESK, "light"),
    "component": ({"data": "iris_petal", "step": 2, "open": "inside"}, "component", DESK, "dark"),
    "fall": ({"data": "iris", "seed": 1, "start": "distinct_rows", "printed": "13", "step": 4, "open": "ratchet"}, "", DESK, "light"),
    "panels": ({"data": "iris", "step": 4, "open": "data,compare,share,keys"}, "", DESK, "light"),
    "collapse": ({"data": "far_outlier", "seed": 459302, "k": 2}, "End", DESK, "light"),
    "presenter": ({"data": "old_faithful", "step": 6}, "f", DESK, "light"),
    "phone": ({"data": "unequal_sizes", "step": 4, "open": "ratchet"}, "", PHONE, "dark"),
}


def prepare(stepper, action):
    if action == "point":
        stepper.part(".gmm-cursor").focus()
    elif action == "component":
        stepper.page.mouse.click(*stepper.mean(2))
    elif action:
        stepper.press(action)
    if stepper.part("[data-panel=ratchet]").is_visible():
        stepper.page.wait_for_function("document.querySelector('.gmm-chart circle')")
        stepper.page.wait_for_timeout(150)  # the curve grows while the run is computed ahead
    stepper.page.wait_for_timeout(30)


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", STATES)
def test_state(page, name):
    settings, action, size, theme = STATES[name]
    page.set_viewport_size(size)
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings, theme=theme))
    prepare(Stepper(page), action)
    drawn = Image.open(io.BytesIO(page.locator(".gmm-root").screenshot())).convert("RGB")
    file = REFERENCE / f"{name}.png"
    if os.environ.get("UPDATE_PICTURES"):
        drawn.quantize(48).save(file, optimize=True)
    stored = Image.open(file).convert("RGB")
    assert abs(stored.height - drawn.height) <= 60, "another height: other text, or a panel is missing"
    height = min(stored.height, drawn.height, 380)  # below the buttons a line of text more or less moves all the rest
    pixels = [np.asarray(image, dtype=np.int16)[:height] for image in (stored, drawn)]
    share = (np.abs(pixels[0] - pixels[1]).max(axis=2) > VISIBLE).mean()
    assert share <= TOLERATED, f"{share:.1%} of the pixels differ"
    assert pixels[1].std() > 5, "the picture is blank"
