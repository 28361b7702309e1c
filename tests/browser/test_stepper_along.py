"""The panel "Likelihood" and a variance that is held: against gmm_lib, and as a person uses them."""

import re

import numpy as np
import pytest
import stepper_page
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets
from gmm_lib.initialization import lloyd
from gmm_lib.likelihood import log_likelihood, lower_bound
from gmm_lib.parameters import Parameters
from gmm_lib.stepper.trace import Trace, first_parameters

X = datasets.overlapping().X


def show(page, settings):
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings))
    return Stepper(page)


def run(step, **more):
    return Trace(X, first_parameters(X, 3, seed=42), **more).extend_to(step).frames


def curve(stepper, kind):
    line = stepper.part(f".gmm-hill .gmm-{kind} polyline").get_attribute("points")
    return np.array([pair.split(",") for pair in line.split()], dtype=float)


def marks(stepper, kind):
    read = "es => es.map((e) => [+e.getAttribute('cx'), +e.getAttribute('cy')])"
    return np.array(stepper.part(f".gmm-hill .gmm-{kind} circle").evaluate_all(read))


@pytest.mark.parametrize("step", [5, 6])
def test_the_bound_touches_after_e_and_has_its_top_where_m_has_gone(page, step):
    """Both curves at gmm_lib's heights, on one scale, which the two marks give."""
    stepper = show(page, {"data": "overlapping", "step": step, "open": "along", "along": "mean:2:1"})
    frame = run(step)[step]
    means = np.tile(frame.state.means, (3, 1, 1))
    low, high = X[:, 0].min(), X[:, 0].max()
    means[:, 1, 0] = low, (low + high) / 2, high
    others = [Parameters(frame.state.weights, mean, frame.state.covariances) for mean in means]
    value, bound = curve(stepper, "value"), curve(stepper, "bound")
    x = np.polyfit([low, high], [value[0, 0], value[-1, 0]], 1)  # but for a thousandth at each end
    heights = np.interp(np.polyval(x, means[:, 1, 0]), *value.T)
    scale = np.polyfit([log_likelihood(X, one) for one in others], heights, 1)
    for one, at in zip(others, np.polyval(x, means[:, 1, 0]), strict=True):
        assert np.interp(at, *value.T) == pytest.approx(np.polyval(scale, log_likelihood(X, one)), abs=0.5)
    middle = np.interp(np.polyval(x, means[1, 1, 0]), *bound.T)
    assert middle == pytest.approx(np.polyval(scale, lower_bound(X, frame.latent, others[1])), abs=0.7)
    (here,), (mark,) = marks(stepper, "value"), marks(stepper, "bound")
    assert here[0] == pytest.approx(np.polyval(x, frame.state.means[1, 0]), abs=0.5)
    assert mark[1] == pytest.approx(np.interp(mark[0], *bound.T), abs=0.1), "the mark is on the curve of the bound"
    top = bound[bound[:, 1].argmin(), 0]
    if step % 2:
        assert here == pytest.approx(mark) and abs(top - mark[0]) > 2, "it touches, and its top lies elsewhere"
    else:
        assert mark[1] > here[1] and top == pytest.approx(mark[0], abs=0.01), "its top, and below"
    assert len(marks(stepper, "way")) == step // 2, "the start and the M-steps before"


def test_the_way_is_that_of_em_and_nothing_of_what_is_to_come(page):
    stepper = show(page, {"data": "overlapping", "open": "along"})
    assert stepper.part(".gmm-hill .gmm-bound").count() == 0, "before the first E-step there is no bound"
    assert len(curve(stepper, "way")) == 1
    stepper.press("i", "i")
    frames = [frame for frame in run(4) if frame.phase != "E"]
    way = curve(stepper, "way")
    ends = [frame.state.means[0, 0] for frame in frames]
    x = np.polyfit(ends[1:], way[1:, 0], 1)
    assert np.polyval(x, ends[0]) == pytest.approx(way[0, 0], abs=0.1)
    y = np.polyfit([frame.log_likelihood for frame in frames], way[:, 1], 1)
    np.testing.assert_allclose(np.polyval(y, [frame.log_likelihood for frame in frames]), way[:, 1], atol=0.05)


def test_another_parameter_is_chosen_comes_in_the_link_and_is_undone(page):
    stepper = show(page, {"data": "overlapping", "step": 4, "open": "along"})
    assert "along" not in stepper.link()
    label = stepper.part(".gmm-hill").get_attribute("aria-label")
    assert re.match(r"Log-likelihood over mean 1, x, from .* lower bound −\d+\.\d{3}", label)
    stepper.field("along").select_option("weight:3")
    weight = run(4)[4].state.weights[2]
    label = stepper.part(".gmm-hill").get_attribute("aria-label")
    assert "over weight 3" in label and f"EM is at {weight:.4g}" in label
    assert "along=weight%3A3" in stepper.link() or "along=weight:3" in stepper.link()
    stepper.field("closer").select_option("16")
    assert stepper.part(".gmm-hill").get_attribute("aria-label") != label
    assert stepper.press("u").field("along").input_value() == "mean:1:1"
    assert stepper.press("1").field("along").evaluate("e => e.options.length") == 3, (
        "one component has no weight to choose"
    )


def test_over_two_parameters_the_map_has_em_s_way_and_is_highest_where_gmm_lib_is(page):
    stepper = show(page, {"data": "overlapping", "step": 6, "open": "along"})
    stepper.field("second").select_option("mean:2:2")
    assert re.search("along=mean(:|%3A)1(:|%3A)1(,|%2C)mean(:|%3A)2(:|%3A)2", stepper.link())
    stepper.part(".gmm-hill image").wait_for(state="attached")
    frames = run(6)
    ends = [(frame.state.means[0, 0], frame.state.means[1, 1]) for frame in frames if frame.phase != "E"]
    low, high = X.min(axis=0), X.max(axis=0)
    margin = (high - low) / 1000  # left free at each edge
    left, top, width, height = map(float, stepper.part(".gmm-hill > svg").get_attribute("viewBox").split())
    share = (np.array(ends) - low - margin) / (high - low - 2 * margin)
    expected = [left, top + height] + share * [width, -height]
    np.testing.assert_allclose(curve(stepper, "way"), expected, atol=0.5)
    np.testing.assert_allclose(marks(stepper, "value"), expected[-1:], atol=0.5)
    at = np.array(np.meshgrid(np.linspace(low[0], high[0], 25), np.linspace(low[1], high[1], 25)))
    state = frames[6].state
    heights = np.zeros((25, 25))
    for r, c in np.ndindex(25, 25):
        means = state.means.copy()
        means[0, 0], means[1, 1] = at[:, r, c]
        heights[r, c] = log_likelihood(X, Parameters(state.weights, means, state.covariances))
    best = at[:, *np.unravel_index(heights.argmax(), heights.shape)]
    lines = re.findall(r"[ML]([\d.]+),([\d.]+)", stepper.part(".gmm-contour").get_attribute("d"))
    inner = low + (np.array(lines[:6], dtype=float) - [left, top + height]) / [width, -height] * (high - low)
    assert np.abs(inner - best).max() < 0.1 * (high - low).max()
    label = stepper.part(".gmm-hill").get_attribute("aria-label")
    assert label.startswith("Map of the log-likelihood over mean 1, x, from") and "mean 2, y" in label


def test_a_second_parameter_is_undone_and_goes_where_it_makes_no_sense(page):
    stepper = show(page, {"data": "overlapping", "step": 4, "open": "along", "along": "weight:1,spread:2"})
    assert stepper.field("second").input_value() == "spread:2"
    offered = stepper.field("second").evaluate("e => [...e.options].map((o) => o.value)")
    assert "mean:1:1" in offered and not [one for one in offered if one.startswith("weight")]
    stepper.field("second").select_option("")
    assert stepper.part(".gmm-hill .gmm-bound").count() == 2 and stepper.part(".gmm-hill image").count() == 0
    stepper.press("u")
    assert stepper.field("second").input_value() == "spread:2"
    stepper.field("along").select_option("spread:2")
    assert stepper.field("second").input_value() == "", "the same parameter twice is one"
    stepper.press("i")
    assert stepper.alert == ""


def test_the_parameter_goes_through_widget_and_link(page):
    points = np.random.default_rng(0).standard_normal((30, 2))
    widget = EMStepper(points, k=2, panels=["along"], along="spread:2")
    assert EMStepper.from_link(widget.to_link(limit=None)).settings["along"] == "spread:2"
    stepper = show(page, widget._html())
    assert stepper.field("along").input_value() == "spread:2"
    assert EMStepper(points, k=2, along="mean:1:1,mean:2:2").settings["along"] == "mean:1:1,mean:2:2"
    for bad in ("mean:0:1", "size:1", "mean:1:1,", "mean:1:1,mean:1:2,mean:2:1"):
        with pytest.raises(ValueError, match="along must be a parameter of a component, .*; got"):
            EMStepper(points, along=bad)


def test_a_mean_outside_its_points_is_drawn_from_near(page):
    """As the article prints (13) means leave their points."""
    settings = {"data": "iris", "k": 3, "seed": 1, "start": "distinct_rows", "printed": "13", "step": 6}
    stepper = show(page, settings | {"open": "along"})
    for value in stepper.field("along").evaluate("e => [...e.options].map((o) => o.value)"):
        stepper.field("along").select_option(value)
        stepper.field("closer").select_option("16")
        assert len(marks(stepper, "value")) >= 1 and stepper.alert == "", value


def test_a_constant_column_is_drawn(page):
    points = np.column_stack([np.random.default_rng(0).standard_normal(30), np.ones(30)])
    widget = EMStepper(points, k=2, panels=["along"], along="mean:1:2", reg_covar=0.1)
    stepper = show(page, widget._html())
    assert len(marks(stepper, "value")) >= 1 and stepper.alert == ""


def test_a_component_that_collapses_is_drawn_without_complaint(page):
    """Its spread before was 10¹⁵ times that of now."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    stepper = show(page, {"data": "far_outlier", "seed": 459302, "k": 2, "open": "along", "along": "spread:2"})
    stepper.press("End", "ArrowLeft", "ArrowRight")
    assert said == [] and stepper.part(".gmm-hill .gmm-value circle").count() == 1


# A variance that is held


def held(page, **settings):
    return show(page, {"data": "elongated", "seed": 7, "open": "data,ratchet"} | settings)


def slide(stepper, value):
    stepper.field("held").fill(str(value))
    stepper.field("held").dispatch_event("change")
    return stepper.settled()


def test_the_slider_leads_from_em_to_k_means(page):
    """Half-step for half-step: with a small variance the means are those of Lloyd's iteration from the same start."""
    data = datasets.elongated().X
    stepper = held(page, step=4)
    assert stepper.field("held").is_disabled()
    stepper.field("holding").check()
    assert stepper.words.startswith("M-step 2"), "it stays at its half-step"
    assert not stepper.field("type").is_enabled()
    slide(stepper, -5)
    variance = float(re.search("held=([^&]*)", stepper.link())[1])
    spread = data.var(axis=0).mean()
    assert variance == pytest.approx(spread * 1e-5, rel=0.01)
    start = first_parameters(data, 3, seed=7)
    for mean, where in enumerate(lloyd(data, start.means, 2).state, 1):
        label = stepper.part(f"[data-j='{mean - 1}']").first.get_attribute("aria-label")
        assert f"({where[0]:.4g}, {where[1]:.4g})".replace("-", "−") in label
    expected = Trace(data, start, held=variance).extend_to(4).frames[4]
    shown = float(stepper.part("[data-fill=value]").inner_text().replace("−", "-"))
    assert shown == pytest.approx(expected.log_likelihood, abs=6e-4 + 1e-9 * abs(expected.log_likelihood))
    free = 3 * (1 + 2) - 1
    aic = float(stepper.part("[data-fill=AIC]").inner_text().replace("−", "-"))
    assert aic == pytest.approx(2 * free - 2 * expected.log_likelihood, rel=1e-6)


def test_a_way_of_the_slider_is_one_change_to_be_undone_and_keeps_a_start_by_hand(page):
    stepper = held(page, mode="edit")
    x, y = stepper.mean(1)
    stepper.drag((x, y), (x + 60, y - 30))
    mean = stepper.part("[data-j='0']").first
    place = mean.get_attribute("transform")
    stepper.field("holding").check()
    assert mean.get_attribute("transform") == place, "the start by hand stays"
    widths = []
    for value in (-0.5, -1, -1.5):
        send = "(e, value) => { e.value = value; e.dispatchEvent(new Event('input', { bubbles: true })); }"
        stepper.field("held").evaluate(send, str(value))
        widths.append(float(stepper.part(".gmm-components ellipse").first.get_attribute("rx")))
    stepper.field("held").dispatch_event("change")
    assert widths[0] > widths[1] > widths[2] and mean.get_attribute("transform") == place
    np.testing.assert_allclose(np.divide(widths[1:], widths[:-1]), 10**-0.25, rtol=0.01)
    stepper.press("u")
    assert float(stepper.part(".gmm-components ellipse").first.get_attribute("rx")) > widths[0]
    stepper.press("u")
    assert not stepper.field("holding").is_checked()


def test_at_the_end_the_slider_stays_at_the_end(page):
    stepper = held(page).press("End")
    stepper.field("holding").check()
    slide(stepper, -3)
    assert stepper.words.startswith("Converged in iteration") and not stepper.alert


def test_look_inside_says_that_14_is_not_learned(page):
    stepper = held(page, step=2, held="0.25", open="inside")
    page.mouse.click(*stepper.mean(2))
    matrices = stepper.part("[data-active=M] .gmm-matrix").all()
    assert [cell.inner_text() for cell in matrices[1].locator("td").all()] == ["0.25", "0", "0", "0.25"]
    assert "not learned" in stepper.part("[data-panel=inside]").inner_text()


def test_on_the_site_its_script_comes_when_the_panel_is_opened_and_one_that_is_lost_is_named(page, site):
    asked = "() => [...document.scripts].some((script) => script.src.includes('likelihood.js'))"
    page.goto((site / "stepper.html").as_uri())
    stepper = Stepper(page)
    stepper.root.wait_for()
    assert not page.evaluate(asked)
    stepper.click("Likelihood").part(".gmm-hill .gmm-value polyline").wait_for(state="attached")
    assert page.evaluate(asked)
    page.route("**/likelihood.js*", lambda route: route.abort())
    page.reload()
    stepper.click("Likelihood").part(".gmm-alert").get_by_text("likelihood.js, is not beside").wait_for()
    page.unroute("**/likelihood.js*")
