"""The panel "Many starts": tiles and counts against gmm_lib, tiles as a person uses them, and work in slices."""

import re

import numpy as np
import stepper_page
from stepper_page import Stepper

from gmm_lib import EMStepper
from gmm_lib.stepper.trace import RULES, Trace, first_parameters
from gmm_lib.validation import CollapsedComponentError

X = np.random.RandomState(2).standard_normal((16, 2)) * [3, 1] + np.resize([[0, 0], [30, 24], [60, 0]], (16, 2))
TYPE = {"covariance_type": "spherical"}
SEEDS = range(24, 48)
DONE = "[...document.querySelectorAll('[data-fill=rules] div')].every((line) => line.textContent.includes('of 24'))"
FILLED = "!document.querySelector('[data-part=tiles]').textContent.includes('…')"


def opened(page, panels=("starts",)):
    page.goto("about:blank")
    page.set_content(stepper_page.html(EMStepper(X, k=3, seed=30, panels=panels, **TYPE)._html()))
    return Stepper(page)


def ends_by_gmm_lib():
    """For each rule and seed the last log-likelihood, or -inf where a component has collapsed."""
    ends = {}
    for rule in RULES:
        for seed in SEEDS:
            ends[rule, seed] = -np.inf
            try:
                start = first_parameters(X, 3, rule, seed, **TYPE)
            except CollapsedComponentError:
                continue
            trace = Trace(X, start, **TYPE).extend_to(10**6)
            if trace.ended["why"] in ("converged", "limit"):
                ends[rule, seed] = trace.frames[-1].log_likelihood
    return ends


def test_tiles_and_counts_are_those_of_gmm_lib(page):
    ends = ends_by_gmm_lib()
    best = max(ends.values())
    assert -np.inf in ends.values() and len({round(value, 2) for value in ends.values()}) > 4, "a hard problem"
    stepper = opened(page)
    page.wait_for_function(DONE)
    tiles = stepper.part("[data-seed]").evaluate_all("tiles => tiles.map((t) => t.textContent)")
    for tile, seed in zip(tiles, SEEDS, strict=True):
        name, mark, said = re.fullmatch(r"(\d+): (✓ )?(collapsed|−[\d.]+)(?: …)?", tile).groups()
        value = ends["distinct_rows", seed]
        assert int(name) == seed and bool(mark) == (value >= best - 0.01)
        assert said == ("collapsed" if value == -np.inf else f"{value:.3f}".replace("-", "−"))
    counts = re.findall(r"(\d+) of 24", stepper.part("[data-fill=rules]").inner_text())
    assert [*map(int, counts)] == [sum(ends[rule, seed] >= best - 0.01 for seed in SEEDS) for rule in RULES]
    ellipses = stepper.part("[data-seed] svg").evaluate_all("ps => ps.map((p) => p.querySelectorAll('ellipse').length)")
    assert ellipses == [3] * 24


def test_a_tile_opens_its_run_at_its_end_with_mouse_and_keyboard(page):
    stepper = opened(page)
    page.wait_for_function(FILLED)
    first, second = (stepper.part(f"[data-seed='{seed}']") for seed in ("26", "41"))
    first.click()
    value = first.inner_text().split()[-1]
    assert "−" in value and value in stepper.words and stepper.part("[name=seed]").input_value() == "26"
    assert first.get_attribute("aria-current") == "true"
    second.focus()
    page.keyboard.press("Enter")
    assert stepper.part("[name=seed]").input_value() == "41" and second.inner_text().split()[-1] in stepper.words
    assert page.evaluate("document.activeElement.dataset.seed") == "41", "the tile has lost the focus"
    stepper.press("u", "u")
    assert stepper.words.startswith("Undone. Start") and stepper.part("[name=seed]").input_value() == "30"


# A clock that goes a millisecond whenever somebody looks at it, and frames that are drawn when they are told to.
CLOCK = """() => {
  let [now, due] = [0, []];
  performance.now = () => now++;
  globalThis.requestAnimationFrame = (work) => due.push(work);
  globalThis.draw = () => { const works = due; due = []; works.forEach((work) => work(now)); };
}"""
STEPS = """() => {
  let n = 0;
  const { extendTo } = gmmStepper.Trace.prototype;
  gmmStepper.Trace.prototype.extendTo = function (i) { n++; extendTo.call(this, i); };
  globalThis.steps = () => n;
}"""


def test_the_work_goes_in_slices_and_only_while_the_panel_is_open(page):
    stepper = opened(page, ())
    page.evaluate(CLOCK)
    page.evaluate(STEPS)
    stepper.click("Many starts")
    counts = [page.evaluate("steps()")]
    for _ in range(3):
        page.evaluate("draw()")
        counts.append(page.evaluate("steps()"))
    slices = np.diff([0, *counts])
    assert (slices > 0).all() and (slices <= 10).all(), "no more half-steps than milliseconds"
    stepper.click("Many starts")
    page.evaluate("draw()")
    page.evaluate("draw()")
    assert page.evaluate("steps()") == counts[-1]
    stepper.click("Many starts")
    assert page.evaluate("steps()") > counts[-1], "and goes on"


def test_other_settings_begin_anew_and_another_rule_does_not(page):
    stepper = opened(page, ("data", "starts"))
    page.wait_for_function(FILLED)
    page.wait_for_function("document.querySelector('[data-fill=rules]').textContent.includes('24: means at points')")
    stepper.field("start").select_option("rows_with_replacement")
    assert "…" not in stepper.part("[data-seed='24']").inner_text()
    page.evaluate(CLOCK)
    stepper.field("type").select_option("tied")
    assert stepper.part("[data-seed='47']").inner_text() == "47: …"
    stepper.field("seed").fill("100")
    stepper.field("seed").press("Tab")
    assert stepper.part("[data-seed]").first.inner_text() == "96: …"
