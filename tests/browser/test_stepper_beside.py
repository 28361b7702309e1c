"""A second run beside the first: k-means and EM against gmm_lib, together with the first, and as a person uses it."""

import json
import re

import numpy as np
import pytest
import stepper_page
from sklearn.cluster import KMeans
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets
from gmm_lib.initialization import lloyd
from gmm_lib.stepper._looks import COLOURS
from gmm_lib.stepper.trace import Trace, first_parameters

LLOYD = """(text) => {
  const { X, means, sampleWeight } = JSON.parse(text);
  const run = new gmmStepper.KMeans(X, means, sampleWeight);
  run.extendTo(Infinity);
  return JSON.stringify(run);
}"""


def show(page, settings):
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings))
    return Stepper(page)


def second(stepper):
    """What is said of the second run, and the places of its means."""
    stepper.part("[data-part=besideWords]").wait_for()
    words = stepper.part("[data-part=besideWords]").inner_text()
    return words, [mean.get_attribute("aria-label") for mean in stepper.part(".gmm-second .gmm-mean").all()]


def value(words):
    return float(re.search(r"−?\d+\.\d+", words)[0].replace("−", "-"))


def test_k_means_is_that_of_gmm_lib_half_step_by_half_step(page):
    show(page, {})
    generator = np.random.default_rng(5)
    problems = [
        (X, X[generator.choice(len(X), k, replace=False)])
        for X in (datasets.iris().X, datasets.ring().X)
        for k in (1, 3, 8)
    ]
    far = np.array([[0.0, 0], [90, 90], [91, 90], [92, 93]])
    problems.append((datasets.overlapping().X, far))  # means that stay without points
    for X, means in problems:
        run = json.loads(page.evaluate(LLOYD, json.dumps({"X": X.tolist(), "means": means.tolist()})))
        assert run["ended"] == {"why": "converged"}
        expected = lloyd(X, means)
        ends = [frame for frame in run["frames"] if frame["phase"] != "E"]
        np.testing.assert_allclose([end["logLikelihood"] for end in ends], expected.history, rtol=1e-9)
        np.testing.assert_allclose(ends[-1]["means"], expected.state, rtol=1e-9, atol=1e-9)
        for iteration in (1, 2):
            if iteration < len(ends):
                np.testing.assert_allclose(
                    ends[iteration]["means"], lloyd(X, means, iteration).state, rtol=1e-9, atol=1e-9
                )


def test_k_means_counts_each_point_by_its_sample_weight_as_scikit_learn(page):
    show(page, {})
    generator = np.random.default_rng(6)
    for X in (datasets.iris().X, datasets.old_faithful().X):
        for k in (2, 4):
            counts = generator.integers(0, 4, len(X)) * 0.75  # some are 0
            means = X[generator.choice(len(X), k, replace=False)]
            problem = {"X": X.tolist(), "means": means.tolist(), "sampleWeight": counts.tolist()}
            run = json.loads(page.evaluate(LLOYD, json.dumps(problem)))
            ends = [frame for frame in run["frames"] if frame["phase"] != "E"]
            ours = lloyd(X, means, sample_weight=counts)
            np.testing.assert_allclose([end["logLikelihood"] for end in ends], ours.history, rtol=1e-9)
            theirs = KMeans(k, init=means, n_init=1, tol=0, algorithm="lloyd").fit(X, sample_weight=counts)
            np.testing.assert_allclose(ends[-1]["means"], theirs.cluster_centers_, rtol=1e-9)
            shares = np.bincount(theirs.labels_, counts, minlength=k) / counts.sum()
            np.testing.assert_allclose(ends[-1]["weights"], shares, rtol=1e-9)


def test_k_means_goes_with_em_from_the_same_start(page):
    stepper = show(page, {"data": "elongated", "seed": 7}).press("k", "e", "m")
    X = datasets.elongated().X
    start = first_parameters(X, 3, seed=7)
    result = lloyd(X, start.means, 1)
    words, labels = second(stepper)
    assert words.startswith("Beside it: k-means from the same start; M-step 1; ")
    assert value(words) == pytest.approx(-result.objective, rel=1e-5)
    for mean, label in zip(result.state, labels, strict=True):
        assert f"({mean[0]:.4g}, {mean[1]:.4g})".replace("-", "−") in label
    stepper.press("End").part("[data-part=besideWords]").get_by_text("at its end").wait_for()
    words, _ = second(stepper)
    assert value(words) == pytest.approx(-lloyd(X, start.means).objective, rel=1e-5)
    assert not stepper.press("k").part("[data-part=besideWords]").is_visible()
    assert stepper.part(".gmm-second canvas").count() == 0


def test_a_run_is_pinned_while_others_are_tried(page):
    stepper = show(page, {"data": "overlapping", "type": "tied", "open": "compare"}).press("b", "n", "2", "e", "m")
    X = datasets.overlapping().X
    words, labels = second(stepper)
    assert words.startswith("Beside it: Components k: 3, Seed: 42; M-step 1; ") and len(labels) == 3
    start = first_parameters(X, 3, seed=42, covariance_type="tied")
    frame = Trace(X, start, covariance_type="tied").extend_to(2).frames[2]
    assert value(words.partition("log")[2]) == pytest.approx(frame.log_likelihood, abs=1e-3)
    for mean, label in zip(frame.state.means, labels, strict=True):
        assert f"({mean[0]:.4g}, {mean[1]:.4g})".replace("-", "−") in label
    assert "beside=k:3,seed:42,start:distinct_rows,type:tied,floor:0,printed:" in stepper.link()
    stepper.click("◀ Back")
    assert "; E-step 1; " in second(stepper)[0]
    stepper.press("b")
    assert stepper.part(".gmm-second canvas").count() == 0 and stepper.part(".gmm-mean").count() == 2
    assert "Seed: 42" in second(stepper.press("u"))[0]
    before = value(second(stepper)[0].partition("log")[2])
    after = value(second(stepper.press("d", "a"))[0].partition("log")[2])
    assert after != before, "other points are those of both"


def test_any_start_is_pinned(page):
    """Also one whose name has the sign in it that parts the words of a list."""
    stepper = show(page, {"data": "overlapping", "start": "k-means++", "printed": "11,12"}).press("b")
    assert stepper.alert == "" and "Beside it: EM with the same settings; at its start" in second(stepper)[0]
    assert EMStepper.from_link(stepper.link()).settings["start"] == "k-means++"
    assert "EM with the same settings; M-step 1" in second(stepper.press("e", "m"))[0]
    x, y = stepper.press("Home", "d").mean(1)
    stepper.drag((x, y), (x + 40, y - 30))
    assert "EM with the same settings, from its own start" in second(stepper)[0]


def test_a_collapse_is_told_when_it_is_reached(page):
    stepper = show(page, {"data": "iris", "beside": "k:8,seed:2,start:distinct_rows"}).press("End")
    stepper.part("[data-part=besideWords]").get_by_text("has collapsed").wait_for()
    assert "collapsed" not in second(stepper.press("Home"))[0]


def test_another_type_beside_a_start_by_hand_has_a_start_of_its_own(page):
    stepper = show(page, {"data": "iris_petal", "mode": "edit", "beside": "type:diag"})
    x, y = stepper.mean(1)
    stepper.drag((x, y), (x + 40, y - 30))
    assert "Covariances: diagonal; at its start" in second(stepper)[0] and "not of type" not in second(stepper)[0]


def test_a_formula_as_printed_runs_beside_the_right_one_on_the_same_start_by_hand(page):
    """What the second run does not name it has from the first, also a mean that was dragged."""
    stepper = show(page, {"data": "iris_petal", "mode": "edit", "beside": "printed:11+12"})
    x, y = stepper.mean(1)
    stepper.drag((x, y), (x + 40, y - 30))
    words, labels = second(stepper)
    assert labels == [stepper.part(f"[data-j='{j}']").first.get_attribute("aria-label") for j in range(3)]
    assert "as printed: (11) without φ, (12) without 1/n; at its start" in words
    assert "cannot be pinned" in stepper.press("b", "b").alert
    stepper.press("u", "e", "m")
    assert second(stepper)[1] != [stepper.part(f"[data-j='{j}']").first.get_attribute("aria-label") for j in range(3)]


def test_the_second_picture_has_the_points_in_its_own_colours_and_takes_no_focus(page):
    stepper = show(page, {"data": "overlapping", "step": 9, "beside": "kmeans"})
    first, other = (stepper.part(f"{where} canvas") for where in (".gmm-stage >", ".gmm-second"))
    left, right = first.bounding_box(), other.bounding_box()
    assert left["width"] == right["width"] and right["x"] >= left["x"] + left["width"] - 1 and left["y"] == right["y"]
    X = datasets.overlapping().X
    own = ((X[:, None] - lloyd(X, first_parameters(X, 3, seed=42).means, 4).state) ** 2).sum(axis=2).argmin(axis=1)
    colours = []
    for j in range(3):
        i = int(np.flatnonzero(own == j)[-1])
        share = (X[i] - X.min(axis=0) + 0.08 * np.ptp(X, axis=0)) / (1.16 * np.ptp(X, axis=0))
        place = [50 + share[0] * (right["width"] - 64), right["height"] - 42 - share[1] * (right["height"] - 54)]
        seen = other.evaluate("(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data].join()", place)
        colours.append(seen)
    assert colours == [",".join(map(str, bytes.fromhex(c[1:]))) + ",255" for c in COLOURS[:3]]
    assert (
        stepper.part(".gmm-second").evaluate("e => e.inert")
        and stepper.part(".gmm-second ellipse:visible").count() == 0
    )
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('.gmm-stage').dataset.down === '2'")
    assert other.bounding_box()["y"] >= first.bounding_box()["y"] + first.bounding_box()["height"] - 1
    page.set_viewport_size({"width": 900, "height": 900})


def test_screen_readers_hear_of_it_and_both_runs_stand_in_a_table(page):
    stepper = show(page, {"data": "overlapping", "open": "compare", "beside": "k:2,seed:5"}).press("e", "m")
    words = stepper.part("[data-part=besideWords]")
    assert (words.get_attribute("role"), words.get_attribute("aria-live")) == ("status", "polite")
    watch = "e => { globalThis.heard = 0; new MutationObserver(() => heard++).observe(e, { childList: true }); }"
    words.evaluate(watch)
    stepper.press("c", "c")
    assert page.evaluate("heard") == 0, "what has not changed is not said again"
    stepper.press("e")
    assert page.evaluate("heard") == 1
    table = stepper.part("[data-part=runs] table")
    rows = [line.split("\t") for line in table.inner_text().splitlines()]
    assert rows[0][1:] == ["this run", "beside it"] and rows[1][1:] == ["E-step 2", "E-step 2"]
    X = datasets.overlapping().X
    for column, (k, seed) in enumerate(((3, 42), (2, 5)), 1):
        frame = Trace(X, first_parameters(X, k, seed=seed)).extend_to(3).frames[3]
        assert value(rows[2][column]) == pytest.approx(frame.log_likelihood, abs=1e-3)
        for j, (weight, mean) in enumerate(zip(frame.state.weights, frame.state.means)):
            assert rows[3 + j][column] == f"{weight:.3f} ({mean[0]:.4g}, {mean[1]:.4g})".replace("-", "−")
    assert rows[5][2].strip() == "", "it has two components"
    stepper.click("▶ Play")
    assert words.get_attribute("aria-live") == "off"
    stepper.click("❚❚ Pause")
    assert words.get_attribute("aria-live") == "polite"
    assert stepper.press("b").part("[data-part=runs]").is_hidden()


def test_after_assigned_responsibilities_both_runs_are_at_the_same_half_step(page):
    """These have their start a frame later: their first M-step leads to it."""
    X = datasets.ring().X
    widget = EMStepper(X, k=3, beside="kmeans")
    widget.responsibilities = np.random.default_rng(1).dirichlet(np.ones(3), len(X))
    page.goto("about:blank")
    page.set_content(stepper_page.html(widget._html()))
    stepper = Stepper(page)
    seen = []
    for _ in range(6):
        seen.append((stepper.words.split(":")[0], second(stepper)[0].split("; ")[1]))
        stepper.press("ArrowRight")
    assert seen[0] == ("E-step 0", "at its start") and seen[1] == ("M-step 0", "at its start")
    assert seen[2:] == [(f"{phase}-step {i}",) * 2 for i in (1, 2) for phase in "EM"]
    start = [(mean[0], mean[1]) for mean in widget.frames[1].state.means]
    for (x, y), label in zip(start, second(stepper.press("Home"))[1], strict=True):
        assert f"({x:.4g}, {y:.4g})".replace("-", "−") in label, "from the same start"
    page.set_content(stepper_page.html(widget._html().replace('"beside":"kmeans"', '"beside":"type:full"')))
    assert "without the responsibilities that were assigned" in second(Stepper(page))[0]


def test_it_comes_with_a_widget_and_its_page(page):
    widget = EMStepper(datasets.ring().X, k=4, beside="seed:3,type:diag")
    assert "beside=seed%3A3,type%3Adiag" in widget.to_link(limit=None)
    assert EMStepper.from_link(widget.to_link(limit=None)).settings["beside"] == "seed:3,type:diag"
    page.goto("about:blank")
    page.set_content(stepper_page.html(widget._html()))
    assert "Seed: 3, Covariances: diagonal; at its start" in second(Stepper(page))[0]
    with pytest.raises(ValueError, match="beside must be kmeans, or settings of a second run, .*; got 'k:9'"):
        EMStepper(datasets.ring().X, beside="k:9")


@pytest.mark.parametrize("panel", ["ratchet", "data"])
def test_on_a_projector_two_runs_stay_large_beside_a_panel(page, panel):
    before = page.viewport_size
    page.set_viewport_size({"width": 1920, "height": 1080})
    stepper = show(page, {"data": "elongated", "k": 3, "seed": 8, "beside": "kmeans", "step": 3, "open": panel})
    stepper.press("f").part(".gmm-stage[data-across='2']").wait_for(state="attached")
    page.locator(".gmm-presenter").wait_for()
    read = """(root) => {
      const shown = [...root.querySelectorAll(".gmm-plot")].map((plot) => {
        const { x, y, width, height } = plot.viewBox.baseVal;
        const onScreen = (...at) => new DOMPoint(...at).matrixTransform(plot.getScreenCTM());
        const [a, b] = [onScreen(x, y), onScreen(x + width, y + height)];
        return [a.x, a.y, b.x, b.y];
      });
      const panels = root.querySelector(".gmm-panels");
      const wide = [...panels.querySelectorAll("*")].some((e) => e.getBoundingClientRect().right > innerWidth + 1);
      return { shown, panel: panels.getBoundingClientRect().left, wide };
    }"""
    look = stepper.settled().root.evaluate(read)
    (left, top, right, bottom), second = look["shown"]
    assert min(right - left, bottom - top) > 0.22 * 1920, "a fifth of the screen and more for each"
    assert second[2] - second[0] == pytest.approx(right - left, abs=1) and second[1] == pytest.approx(top, abs=1)
    assert left > 0 and right < second[0] and second[2] < look["panel"] and bottom < 1080 and not look["wide"]
    page.set_viewport_size(before)
