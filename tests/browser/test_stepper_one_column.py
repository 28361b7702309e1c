"""One column alone: the picture is the density over the line, with SciPy's numbers and as a person uses it."""

import re

import numpy as np
import pytest
import stepper_page
from axe_core_python.sync_playwright import Axe
from scipy.stats import norm
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets
from gmm_lib.stepper import static
from gmm_lib.stepper.trace import Trace, first_parameters

X = datasets.old_faithful().X[:, 1:]


def show(page, settings, theme="light"):
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings, theme=theme))
    return Stepper(page)


def frame(step):
    return Trace(X, first_parameters(X, 2, seed=42)).extend_to(step).frames[step]


def places(path):
    return np.array([pair.split(",") for pair in re.findall(r"[-\d.e]+,[-\d.e]+", path)], dtype=float)


def heights(values, state):
    return state.weights * norm.pdf(values[:, None], state.means[:, 0], np.sqrt(state.covariances[:, 0, 0]))


def scale_of(stepper):
    """From pixels to data and densities, read off the labels of the axes."""
    read = "es => es.map((e) => [e.textContent, +e.getAttribute('x'), +e.getAttribute('y')])"
    labels = stepper.part(".gmm-stage > .gmm-picture .gmm-axes text")
    labels.first.wait_for(state="attached")
    labels = labels.evaluate_all(read)
    across = [(float(text), x) for text, x, y in labels if re.fullmatch(r"\d+", text) and x > 49]
    up = [(float(text), y - 4) for text, x, y in labels if re.fullmatch(r"[\d.]+", text) and x < 49]
    return [np.polyfit(*np.transpose([(pixel, value) for value, pixel in ends]), 1) for ends in (across, up)]


@pytest.mark.parametrize("step", [1, 4, 7])
def test_the_curves_are_the_density_and_its_parts(page, step):
    stepper = show(page, {"data": "waiting", "step": step})
    assert stepper.part(".gmm-axes text").last.text_content() == "density"
    across, up = scale_of(stepper)
    whole = places(stepper.part(".gmm-whole").get_attribute("d"))
    values = np.polyval(across, whole[:, 0])
    expected = heights(values, frame(step).state)
    np.testing.assert_allclose(np.polyval(up, whole[:, 1]), expected.sum(axis=1), atol=2e-6)
    for j, part in enumerate(stepper.part(".gmm-part").all()):
        drawn = places(part.get_attribute("d"))
        np.testing.assert_allclose(np.polyval(up, drawn[:, 1]), expected[:, j], atol=2e-6)


def test_after_an_e_step_the_area_is_parted_by_the_responsibilities(page):
    """At each place the parts of the height are what (11) gives there; at other half-steps nothing is parted."""
    stepper = show(page, {"data": "waiting"})
    assert stepper.part(".gmm-share").count() == 0
    stepper.press("e")
    across, _ = scale_of(stepper)
    lower, upper = (places(one.get_attribute("d")) for one in stepper.part(".gmm-share").all())
    n = len(lower) // 2
    x, base, edge, top = lower[:n, 0], lower[::-1][:n, 1], lower[:n, 1], upper[:n, 1]
    parts = heights(np.polyval(across, x), frame(1).state)
    np.testing.assert_allclose((base - edge) / (base - top), parts[:, 0] / parts.sum(axis=1), atol=1e-6)
    assert stepper.press("m").part(".gmm-share").count() == 0


def share_of_the_first(stepper, within=""):
    """Its share of the area over each pixel, and the pixels' places."""
    lower, upper = (places(one.get_attribute("d")) for one in stepper.part(f"{within} .gmm-share").all())
    n = len(lower) // 2
    return (lower[::-1][:n, 1] - lower[:n, 1]) / (lower[::-1][:n, 1] - upper[:n, 1]), lower[:n, 0]


def test_as_printed_the_shares_leave_the_weights_out(page):
    stepper = show(page, {"data": "waiting", "step": 5, "printed": "11"})
    shares, pixels = share_of_the_first(stepper)
    state = Trace(X, first_parameters(X, 2, seed=42), printed=("11",)).extend_to(5).frames[5].state
    without = heights(np.polyval(scale_of(stepper)[0], pixels), state) / state.weights
    np.testing.assert_allclose(shares, without[:, 0] / without.sum(axis=1), atol=1e-6)
    both = show(page, {"data": "waiting", "step": 5, "beside": "printed:11"})
    beside, _ = share_of_the_first(both, ".gmm-second")
    np.testing.assert_allclose(beside, shares, atol=1e-6, err_msg="the second run is drawn by its own settings")


def test_points_hang_below_the_line_and_hide_no_other(page):
    stepper = show(page, {"data": "waiting", "step": 1})
    _, up = scale_of(stepper)
    line = -up[1] / up[0]
    cursor, seen = stepper.part(".gmm-cursor"), []
    for _ in range(39):
        cursor.focus()
        seen.append([float(cursor.get_attribute(name)) for name in ("cx", "cy")])
        for _ in range(7):
            page.keyboard.press("ArrowRight")
    seen = np.array(seen)
    assert (seen[:, 1] > line).all()
    apart = np.hypot(*(seen[:, None] - seen).transpose(2, 0, 1)) + 99 * np.eye(len(seen))
    assert apart.min() > 4, "no point stands on another"


def test_words_do_not_speak_of_ellipses_and_a_mean_is_dragged_along_the_line(page):
    stepper = show(page, {"data": "waiting", "step": 1, "mode": "edit", "open": "inside,compare"}).press("m")
    assert "means and curves follow" in stepper.words
    assert stepper.part(".gmm-components ellipse:visible").count() == 0
    stepper.part(".gmm-cursor").focus()
    for panel in ("inside", "compare"):
        assert "llipse" not in stepper.part(f"[data-panel={panel}]").inner_text()
    for word in ("contours", "shades"):
        assert stepper.part(f"[name=view][value={word}]").is_disabled()
    x, y = stepper.mean(1)
    stepper.drag((x, y), (x - 60, y - 50))
    assert stepper.words.startswith("Mean 1 moved to (") and "," not in stepper.words.partition(")")[0]
    assert stepper.mean(1) == pytest.approx((x - 60, y), abs=1.5), "it stays on the line"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_k_means_has_no_density(page, theme):
    settings = {"data": "waiting", "step": 3, "beside": "kmeans", "open": "inside,along,starts,compare"}
    stepper = show(page, settings, theme)
    assert stepper.part(".gmm-second .gmm-whole").count() == 0 and stepper.part(".gmm-second .gmm-mean").count() == 2
    found = Axe().run(page)["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


def test_a_column_of_one_s_own_has_the_same_picture_before_and_after_the_script(page):
    x = np.r_[np.linspace(-1, 1, 40), np.linspace(4, 7, 60)]
    widget = EMStepper(x, k=2, feature_names=["height"])
    widget.step = 3
    still = static.svg(x[:, None], widget.frames[3], (0, 1), ["height"])
    before = re.findall(r"M([-\d. L]+)", still)[-1]
    before = np.array([pair.split() for pair in before.split("L")], dtype=float)
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto("about:blank")
    page.set_content(stepper_page.html(widget._html()).replace("max-width:820px", "width:720px"))
    stepper = Stepper(page)
    after = places(stepper.part(".gmm-whole").get_attribute("d"))
    page.set_viewport_size({"width": 900, "height": 900})
    np.testing.assert_allclose(after, before, atol=0.11)
