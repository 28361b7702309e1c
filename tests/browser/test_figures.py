"""The figures that move under a hand, in a browser: what they say against NumPy, SciPy and scikit-learn."""

import re

import numpy as np
import pytest
import stepper_page
from scipy.stats import binom, multivariate_normal, norm
from sklearn.cluster import KMeans

from gmm_lib import datasets, em
from gmm_lib.parameters import Parameters
from gmm_lib.stepper import _script
from gmm_lib.stepper._settings import TOLERANCE
from gmm_lib.stepper.figures import CoinsFigure, GaussianFigure, KMeansFigure, LikelihoodFigure

CLOUDS = datasets.elongated()
WAITS = datasets.old_faithful().X[:, 1:]
SETOSA = datasets.iris().X[:50, :2]
CENTRES = [[-4.0, 0.5], [0.0, 0.0], [4.0, -0.5]]
HEADS, TOSSES = np.array([5, 9, 8, 4, 7]), 10
WEIGHTS, WIDTH = [0.36, 0.64], 5.87
FIGURES = {
    "k-means": lambda: KMeansFigure(CLOUDS.X, CENTRES, labels=CLOUDS.labels),
    "likelihood": lambda: LikelihoodFigure(
        WAITS, Parameters(WEIGHTS, [[55.0], [80.0]], [[[WIDTH**2]]] * 2), feature_names=["wait"]
    ),
    "one mean": lambda: LikelihoodFigure([[1.0], [2.0], [6.0]], Parameters([1.0], [[3.0]], [[[1.0]]])),
    "gaussian": lambda: GaussianFigure(
        SETOSA, SETOSA.mean(axis=0), np.cov(SETOSA.T, bias=True), points={"A": [5.5, 3.9], "B": [5.5, 2.9]}
    ),
    "coins": lambda: CoinsFigure(HEADS, TOSSES, [0.6, 0.5]),
}


class Figure:
    """One figure on a page of its own, as a person sees it."""

    def __init__(self, page, name, scripts=True, width=900):
        self.page = page
        html = FIGURES[name]()._repr_mimebundle_()[0]["text/html"]
        both = (_script.FIGURES, _script.COINS)
        code = "".join(f"<script>{_script.page_script(one)}</script>" for one in both if scripts)
        style = stepper_page.STYLE + _script.style(_script.FIGURES)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("about:blank")
        page.set_content(
            f'<!doctype html><html lang="en" data-theme="light"><meta name="viewport" content="width=device-width">'
            f"<style>{style}</style><body><main><h1>A figure</h1>{html}</main>{code}"
        )
        self.root = page.locator(".gmm-root")
        if scripts:
            self.part(".gmm-words:not(:empty)").wait_for()  # it is drawn when the browser has measured it

    def part(self, selector):
        return self.root.locator(selector)

    @property
    def words(self):
        return self.part(".gmm-words").inner_text().replace("−", "-")

    @property
    def sums(self):
        return self.part(".gmm-sums").inner_text().replace("−", "-")

    def number(self, before):
        return float(re.search(re.escape(before) + r"\s*(-?[\d.]+\d)", f"{self.words} {self.sums}")[1])

    def handle(self, name):
        return self.root.get_by_role("slider", name=name, exact=True)

    def at(self, name):
        """Where a handle is, in the units of the data."""
        said = self.handle(name).get_attribute("aria-valuetext").replace("−", "-")
        return np.array([float(v) for v in said.strip("()").split(", ")])

    def drag(self, name, dx, dy):
        box = self.handle(name).locator("circle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=3)
        self.page.mouse.up()

    def click(self, name):
        self.root.get_by_role("button", name=name, exact=True).click()


# k-means


def squares(centres):
    return ((CLOUDS.X[:, None] - np.array(centres)) ** 2).sum(axis=2)


def test_a_centre_that_is_dragged_takes_the_points_that_are_nearest_to_it(page):
    figure = Figure(page, "k-means")
    assert figure.number("Cost") == pytest.approx(squares(CENTRES).min(axis=1).sum(), abs=0.06)
    figure.drag("Centre 2", 60, -70)
    centres = [figure.at(f"Centre {j}") for j in (1, 2, 3)]
    assert np.abs(centres[1]).min() > 0.5 and centres[0] == pytest.approx(CENTRES[0])
    assert figure.number("Cost") == pytest.approx(squares(centres).min(axis=1).sum(), rel=1e-3)
    sizes = np.bincount(squares(centres).argmin(axis=1), minlength=3)
    assert f"clusters of {', '.join(map(str, sizes))} points" in figure.words
    true = sum(((cloud - cloud.mean(axis=0)) ** 2).sum() for cloud in (CLOUDS.X[CLOUDS.labels == j] for j in range(3)))
    assert figure.number("true clouds:") == pytest.approx(true, abs=0.06)


def test_rounds_go_to_where_scikit_learn_ends(page):
    figure = Figure(page, "k-means")
    figure.click("One round")
    own = squares(CENTRES).argmin(axis=1)
    for j in range(3):
        assert figure.at(f"Centre {j + 1}") == pytest.approx(CLOUDS.X[own == j].mean(axis=0), abs=2e-3)
    figure.click("Until nothing changes")
    expected = KMeans(3, init=np.array(CENTRES), n_init=1, tol=0, algorithm="lloyd").fit(CLOUDS.X)
    assert figure.number("Cost") == pytest.approx(expected.inertia_, abs=0.06)


def test_centres_put_on_the_clouds_do_not_stay_there(page):
    figure = Figure(page, "k-means")
    figure.click("A centre on each cloud")
    means = [CLOUDS.X[CLOUDS.labels == j].mean(axis=0) for j in range(3)]
    assert figure.at("Centre 3") == pytest.approx(means[2], abs=1e-3)
    costs = [figure.number("Cost")]
    for _ in range(3):
        figure.click("One round")
        costs.append(figure.number("Cost"))
    assert costs == sorted(costs, reverse=True) and costs[-1] < costs[0]
    assert np.linalg.norm(figure.at("Centre 3") - means[2]) > 0.1
    figure.click("Back to the start")
    assert figure.at("Centre 3") == pytest.approx(CENTRES[2])


def test_each_change_is_undone_and_a_drag_is_one(page):
    figure = Figure(page, "k-means")
    undo = figure.root.get_by_role("button", name="Undo", exact=True)
    assert not undo.is_visible()
    figure.drag("Centre 2", 60, -70)
    dragged = figure.at("Centre 2")
    figure.handle("Centre 2").focus()
    page.keyboard.press("ArrowRight")
    figure.click("One round")
    page.keyboard.press("Control+z")
    assert figure.at("Centre 2")[0] > dragged[0] and figure.at("Centre 2")[1] == pytest.approx(dragged[1])
    undo.click()
    assert figure.at("Centre 2") == pytest.approx(dragged)
    figure.click("Back to the start")
    page.keyboard.press("u")
    assert figure.at("Centre 2") == pytest.approx(dragged), "also the way back is undone"
    undo.click()
    assert figure.at("Centre 2") == pytest.approx(CENTRES[1]) and not undo.is_visible()
    page.keyboard.press("f")
    assert figure.root.evaluate("e => e.matches('.gmm-presenter')"), "the keys are still heard"
    page.keyboard.press("Escape")


def test_the_areas_are_bounded_halfway_between_the_centres(page):
    """Any place of the plot lies in the area of its nearest centre."""
    figure = Figure(page, "k-means")
    centres = [
        (c["x"] + c["width"] / 2, c["y"] + c["height"] / 2)
        for c in (figure.handle(f"Centre {j}").locator("circle").bounding_box() for j in (1, 2, 3))
    ]
    inside = """(es, [x, y]) => es.map((e) => {
      const at = new DOMPoint(x, y).matrixTransform(e.getScreenCTM().inverse());
      return e.isPointInFill(at);
    })"""
    box = figure.part(".gmm-plot").bounding_box()
    for across, up in np.random.default_rng(0).uniform(0.02, 0.98, (20, 2)):
        place = [box["x"] + across * box["width"], box["y"] + up * box["height"]]
        nearest = np.argmin([np.hypot(place[0] - x, place[1] - y) for x, y in centres])
        assert figure.part(".gmm-area").evaluate_all(inside, place) == [j == nearest for j in range(3)]


# The likelihood


def log_density(means):
    return np.log(sum(w * norm.pdf(WAITS[:, 0], m, WIDTH) for w, m in zip(WEIGHTS, means)))


def test_the_log_likelihood_follows_a_mean_and_both_on_the_map(page):
    figure = Figure(page, "likelihood")
    assert figure.number("Log-likelihood") == pytest.approx(log_density([55, 80]).sum(), abs=6e-4)
    for handle, dx, dy in (("Mean 1", 40, 0), ("Mean 2", -90, 30), ("Both means", 25, 35)):
        figure.drag(handle, dx, dy)
        means = figure.at("Both means")
        assert figure.at("Mean 1") == pytest.approx(means[0]) and figure.at("Mean 2") == pytest.approx(means[1])
        logs = log_density(means)
        assert figure.number("Log-likelihood") == pytest.approx(logs.sum(), abs=6e-4), handle
        assert figure.number("The longest bar: log f(") == WAITS[logs.argmin(), 0]
    assert figure.number("Highest seen here:") == pytest.approx(log_density([55, 80]).sum(), abs=6e-4)


def test_a_bar_is_as_deep_as_log_f_and_as_wide_as_it_has_points(page):
    figure = Figure(page, "likelihood")
    read = "es => es.map((e) => ['x', 'width', 'height'].map((name) => +e.getAttribute(name)))"
    left, width, depth = np.array(figure.part(".gmm-log").evaluate_all(read)).T
    _, first, counts = np.unique(WAITS[:, 0], return_index=True, return_counts=True)
    order = np.argsort(left + width / 2)
    np.testing.assert_allclose(width[order] / width.sum(), counts / counts.sum(), atol=1e-9)
    logs = -log_density([55, 80])[first]
    np.testing.assert_allclose(depth[order] / depth.sum(), logs / logs.sum(), atol=1e-9)


def test_the_map_is_highest_where_the_log_likelihood_is(page):
    """The innermost line, around the top, encloses the best of a grid of means, and not the other top."""
    figure = Figure(page, "likelihood")
    grid = np.linspace(45, 90, 91)
    bells = norm.pdf(WAITS, grid, WIDTH)
    heights = np.log(WEIGHTS[0] * bells[:, :, None] + WEIGHTS[1] * bells[:, None]).sum(axis=0)
    best = grid[list(np.unravel_index(heights.argmax(), heights.shape))]
    line = re.findall(r"[ML]([\d.]+),([\d.]+)", figure.part(".gmm-contour").get_attribute("d"))
    innermost = np.array(line[:8], dtype=float)
    box = figure.part(".gmm-plots > div:last-child .gmm-plot").get_attribute("viewBox")
    left, top, width, height = map(float, box.split())
    low, high = WAITS.min() - 0.08 * np.ptp(WAITS), WAITS.max() + 0.08 * np.ptp(WAITS)
    places = low + (innermost - [left, top + height]) / [width, -height] * (high - low)
    assert np.abs(places - best).max() < 4


def test_one_mean_goes_along_the_curve_of_its_likelihood(page):
    figure = Figure(page, "one mean")
    figure.handle("Mean").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    mean = figure.at("Mean")[0]
    assert 1.5 < mean < 2.8
    assert figure.number("Log-likelihood") == pytest.approx(norm.logpdf([1, 2, 6], mean).sum(), abs=2e-3)
    assert figure.number("Highest seen here:") == pytest.approx(norm.logpdf([1, 2, 6], 3).sum(), abs=6e-4)
    page.keyboard.press("Home")
    assert figure.at("Mean") == pytest.approx(3)


# The Gaussian


def test_density_and_distance_are_scipy_s_wherever_the_handles_go(page):
    figure = Figure(page, "gaussian")
    for handle, dx, dy in (
        ("Point x", -40, 60), ("Mean", 30, 20), ("End of the first half-axis", -80, -10),
        ("End of the second half-axis", -20, -60),
    ):  # fmt: skip
        figure.drag(handle, dx, dy)
        mean, x = figure.at("Mean"), figure.at("Point x")
        arms = np.array([figure.at(f"End of the {which} half-axis") - mean for which in ("first", "second")])
        assert arms[0] @ arms[1] == pytest.approx(0, abs=2e-3 * np.linalg.norm(arms[0]))
        model = multivariate_normal(mean, arms.T @ arms)
        assert figure.number("√((2π)²·") == pytest.approx(np.linalg.det(arms.T @ arms), rel=0.02), handle
        distance = np.sqrt((x - mean) @ np.linalg.solve(arms.T @ arms, x - mean))
        assert figure.number("ruler (grey circle), and") == pytest.approx(distance, rel=0.02), handle
        said = float(re.search(r"log f\(x\) = .* = (-?[\d.]+)", figure.sums)[1])
        assert said == pytest.approx(model.logpdf(x), rel=0.02, abs=0.02), handle


def test_the_ellipse_through_x_passes_through_x(page):
    figure = Figure(page, "gaussian")
    figure.click("x at B")
    assert figure.at("Point x") == pytest.approx([5.5, 2.9])
    read = """(e) => {
      const { x, y, width, height } = document.querySelector("[aria-label='Point x'] circle").getBoundingClientRect();
      const at = (dx) => new DOMPoint(x + width / 2 + dx, y + height / 2).matrixTransform(e.getScreenCTM().inverse());
      return [-4, 4].map((dx) => e.isPointInFill(at(dx)));
    }"""
    assert figure.part(".gmm-through").evaluate(read) == [True, False]


# Two coins


def coins_run(theta, heads=HEADS, tosses=TOSSES, tol=TOLERANCE):
    """EM by SciPy's binomial distribution."""

    def e_step(theta):
        both = binom.pmf(heads[:, None], tosses, theta)
        return both / both.sum(axis=1, keepdims=True)

    def m_step(w):
        return (w.T @ heads) / (w.sum(axis=0) * tosses)

    def value(theta):
        return np.log(binom.pmf(heads[:, None], tosses, theta).mean(axis=1)).sum()

    return list(em.frames(np.array(theta), e_step, m_step, value, tol=tol, max_iter=300))


def test_each_half_step_of_the_coins_is_python_s(page):
    figure = Figure(page, "coins")
    rng = np.random.default_rng(7)
    for _ in range(40):
        tosses = int(rng.integers(1, 21))
        heads, theta = rng.integers(0, tosses + 1, rng.integers(1, 11)), rng.uniform(0.001, 0.999, 2)
        ours = figure.page.evaluate(
            """(config) => {
              const frames = gmmCoins.coinsFrom(config, config.biases).frames;
              while (frames.length < 13) frames.push(gmmCoins.tossedOn(config, frames.at(-1)));
              return frames;
            }""",
            {"heads": heads.tolist(), "tosses": tosses, "biases": theta.tolist()},
        )
        for frame, expected in zip(ours, coins_run(theta, heads, tosses, tol=0)):
            assert (frame["phase"], frame["iteration"]) == (expected.phase, expected.iteration)
            np.testing.assert_allclose(frame["biases"], expected.state, rtol=1e-9)
            assert frame["logLikelihood"] == pytest.approx(expected.log_likelihood, rel=1e-9)
            if expected.latent is not None:
                np.testing.assert_allclose(frame["shares"], expected.latent, rtol=1e-9, atol=1e-12)


def coins_at(figure):
    return [figure.at(f"Coin {name}")[0] for name in "AB"]


def test_a_set_is_cut_in_the_shares_and_each_coin_goes_to_the_top_of_its_curve(page):
    figure = Figure(page, "coins")
    assert figure.part(".gmm-coin").count() == 0, "no answer before the question"
    figure.click("E-step")
    _, first, last = coins_run([0.6, 0.5])[:3]
    assert coins_at(figure) == [0.6, 0.5]
    assert all(f"{w:.3f}" in figure.words for w in first.latent[:, 0])
    read = "es => es.map((e) => ['width', 'height'].map((name) => +e.getAttribute(name)))"
    for kind, counts in (("heads", HEADS), ("tails", TOSSES - HEADS)):
        width, height = np.array(figure.part(f".gmm-{kind}").evaluate_all(read)).reshape(5, 2, 2).transpose(2, 0, 1)
        np.testing.assert_allclose(height / height.sum(axis=1, keepdims=True), first.latent, atol=1e-9)
        np.testing.assert_allclose(width[:, 0] / width[:, 0].sum(), counts / counts.sum(), atol=1e-9)
    assert f"{first.latent[:, 0] @ HEADS:.2f} heads" in figure.sums
    figure.click("M-step")
    assert coins_at(figure) == pytest.approx(last.state, abs=1e-4)
    assert figure.number("Log-likelihood") == pytest.approx(last.log_likelihood, abs=6e-4)
    for j in range(2):
        curve, drop = (re.findall(r"[\d.]+", d) for d in figure.part(".gmm-coin").evaluate_all(
            "(es, j) => es.slice(2 * j, 2 * j + 2).map((e) => e.getAttribute('d'))", j))  # fmt: skip
        across, down = np.array(curve, dtype=float).reshape(-1, 2).T
        assert abs(float(drop[0]) - across[down.argmin()]) < 1.01 * np.diff(across)[0]


@pytest.mark.parametrize("theta", [(0.6, 0.5), (0.5, 0.6), (0.1, 0.2)])
def test_the_keyboard_takes_the_coins_to_where_python_ends(page, theta):
    """The third start is beyond what an arrow reaches in a hurry: Shift goes by tenths."""
    figure = Figure(page, "coins")
    for name, begin, end in zip("AB", (0.6, 0.5), theta):
        figure.handle(f"Coin {name}").focus()
        for _ in range(round(abs(end - begin) * 10)):
            page.keyboard.press("Shift+ArrowRight" if end > begin else "Shift+ArrowLeft")
    assert coins_at(figure) == pytest.approx(theta, abs=1e-9) and figure.words.startswith("Start")
    figure.root.focus()
    expected = coins_run(theta)
    for key, step in (("ArrowRight", 1), ("m", 2), ("m", 2), ("e", 3), ("ArrowLeft", 2), ("End", len(expected) - 1)):
        page.keyboard.press(key)
        frame = expected[step]
        assert figure.words.startswith(f"{frame.phase}-step {frame.iteration}:"), key
        assert coins_at(figure) == pytest.approx(frame.state, abs=1e-4)
    assert "That is the end." in figure.words
    assert figure.number("Log-likelihood") == pytest.approx(expected[-1].log_likelihood, abs=6e-4)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    assert figure.words.startswith("M-step 1:"), "what changed nothing is not undone: it was the way to the end"
    page.keyboard.press("Home")
    assert coins_at(figure) == [0.6, 0.5] and figure.words.startswith("Start")


def test_a_coin_that_is_dragged_begins_anew_and_stays_between_0_and_1(page):
    figure = Figure(page, "coins")
    figure.click("To the end")
    figure.drag("Coin A", -2000, 0)
    assert figure.words.startswith("Start: A 0.001") and figure.part(".gmm-coin").count() == 0
    figure.click("To the end")
    low, high = coins_at(figure)
    assert (low, high) == pytest.approx(coins_run([0.6, 0.5])[-1].state[::-1], abs=2e-3), "A began with fewer heads"
    figure.click("Undo")
    figure.click("Undo")
    assert "M-step" in figure.words and coins_at(figure)[0] > 0.79


def test_the_half_step_that_is_not_due_says_so_and_keeps_the_focus(page):
    figure = Figure(page, "coins")
    e, m, back = (figure.root.get_by_role("button", name=name, exact=True) for name in ("E-step", "M-step", "◀ Back"))
    resting = lambda: [one.get_attribute("aria-disabled") for one in (back, e, m)]  # noqa: E731
    assert resting() == ["true", "false", "true"]
    e.focus()
    page.keyboard.press("Enter")
    assert resting() == ["false", "true", "false"]
    before = figure.words
    page.keyboard.press("Enter")
    assert figure.words == before and e.evaluate("e => e === document.activeElement")


def test_a_finger_steps_and_drags_the_coins(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        figure = Figure(context.new_page(), "coins", width=390)
        figure.root.get_by_role("button", name="E-step", exact=True).tap()
        assert figure.words.startswith("E-step 1")
        figure.handle("Coin B").scroll_into_view_if_needed()
        box = figure.handle("Coin B").locator("circle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = context.new_cdp_session(figure.page)
        for kind, dx in (("touchStart", 0), ("touchMove", -40), ("touchMove", -80), ("touchEnd", None)):
            points = [] if dx is None else [{"x": x + dx, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert figure.words.startswith("Start") and coins_at(figure)[1] < 0.4
    finally:
        context.close()


# All of them


@pytest.mark.parametrize("name", FIGURES)
def test_it_fits_a_phone_and_its_targets_are_large(page, name):
    figure = Figure(page, name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in figure.root.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 44
    for handle in figure.root.get_by_role("slider").all():
        box = handle.locator("circle").bounding_box()
        assert min(box["width"], box["height"]) > 43.9


def test_full_screen_shows_all_larger_and_escape_leaves_it(page):
    figure = Figure(page, "likelihood")
    page.set_viewport_size({"width": 1920, "height": 1080})
    before = figure.at("Both means")
    page.keyboard.press("Tab")
    page.keyboard.press("f")
    size = figure.part(".gmm-axes text").first.evaluate("e => e.getBoundingClientRect().height")
    assert size >= 24
    bottom = figure.part(".gmm-sums").bounding_box()
    assert 900 < bottom["y"] + bottom["height"] <= 1080, "all of it, and the height is used"
    figure.drag("Mean 1", 100, 0)
    assert figure.at("Both means")[0] > before[0], "a hand hits the same places"
    page.keyboard.press("Escape")
    assert figure.part(".gmm-presenter").count() == 0 and "gmm-presenter" not in figure.root.get_attribute("class")


@pytest.mark.parametrize("name", FIGURES)
def test_without_scripts_it_stands_still_and_says_so(page, name):
    Figure(page, name, scripts=False)
    image = page.locator(".gmm-interactive img")
    assert image.bounding_box()["height"] > 200
    assert ("tosses" if name == "coins" else "points") in image.get_attribute("alt")
    assert page.get_by_text("here it stands still").is_visible()


def test_in_a_notebook_it_needs_nothing_but_its_config(page):
    page.goto("about:blank")
    page.set_content('<div id="cell"></div>')
    page.add_script_tag(
        type="module",
        content=_script.script(_script.FIGURES).replace("export default", "globalThis.made =", 1),
    )
    config = FIGURES["k-means"]().config
    page.wait_for_function("globalThis.made")
    page.evaluate("(config) => { globalThis.end = made.render({ model: { get: () => config }, el: cell }); }", config)
    assert "Cost" in page.locator(".gmm-words").inner_text()
    page.evaluate("end()")
