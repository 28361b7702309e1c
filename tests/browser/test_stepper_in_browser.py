"""The stepper in a page, driven as a person would: mouse, keyboard, touch. One test a promise."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
import stepper_page
from axe_core_python.sync_playwright import Axe
from chromium import PATIENCE
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets, m_step
from gmm_lib.stepper import static
from gmm_lib.stepper.trace import Trace, first_parameters

DESK = {"width": 900, "height": 800}
PHONE = {"width": 375, "height": 740}


@pytest.fixture(scope="module")
def open_page(browser, tmp_path_factory):
    """Open a page with these figures; whatever it logs or throws, or asks of a network, fails the test at its end."""
    folder = tmp_path_factory.mktemp("stepper")
    contexts = {}

    def opened(
        *figures, link="", size=DESK, touch=False, motion="reduce", scripts=True, theme="light", javascript=True
    ):
        options = dict(viewport=size, reduced_motion=motion, has_touch=touch, java_script_enabled=javascript)
        key = json.dumps(options)
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
        page = contexts[key].new_page()
        page.set_default_timeout(PATIENCE)
        opened.pages.append(page)
        page.on("console", lambda message: message.type == "error" and opened.errors.append(message.text))
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:", "blob:")) or opened.errors.append(request.url),
        )
        file = folder / f"{len(opened.pages)}.html"
        file.write_text(stepper_page.html(*figures or [{}], scripts=scripts, theme=theme), encoding="utf-8")
        page.goto(file.as_uri() + link)
        if scripts and javascript:  # on a busy machine the picture comes later
            page.locator(":is(.gmm-words, .gmm-alert):not(:empty)").first.wait_for(state="attached")
        return page

    opened.pages, opened.errors = [], []
    yield opened
    for context in contexts.values():
        context.close()


@pytest.fixture
def show(open_page):
    """As ``open_page``, handing back the first stepper."""
    open_page.errors.clear()
    yield lambda *figures, **options: Stepper(open_page(*figures, **options))
    while open_page.pages:
        open_page.pages.pop().close()
    assert open_page.errors == []


# Step


def test_at_first_sight_it_is_calm(show):
    stepper = show()
    names = [b.inner_text() for b in stepper.part(".gmm-main > .gmm-bar button:visible").all()]
    assert names == ["◀ Back", "E-step", "M-step", "▶ Play"]
    assert stepper.part("section:visible").count() == 0
    assert stepper.words.startswith("Start (") and "Press E-step" in stepper.words
    bar, stage = (stepper.part(name).bounding_box() for name in (".gmm-main > .gmm-bar", ".gmm-stage"))
    assert bar["y"] + bar["height"] <= stage["y"], "what to press stands above the picture"


def test_half_steps_say_what_happened(show):
    stepper = show()
    assert "each point takes the colours" in stepper.click("E-step").words
    assert "the log-likelihood rose by" in stepper.click("M-step").words
    assert re.match(r"E-step 2: \d+ of 150 points changed their most likely component\.", stepper.click("E-step").words)
    assert stepper.click("◀ Back").words.startswith("M-step 1")


def test_the_words_are_true(show):
    """The count in the words is that of gmm_lib's responsibilities."""
    X = datasets.iris().X[:, 2:]
    frames = Trace(X, first_parameters(X, 3, seed=42)).extend_to(3).frames
    changed = (frames[1].latent.argmax(axis=1) != frames[3].latent.argmax(axis=1)).sum()
    words = show().press("e", "m", "e").words
    assert words == f"E-step 2: {changed} of 150 points changed their most likely component."


def test_a_second_half_step_of_a_kind_is_explained(show):
    stepper = show()
    assert "First E" in stepper.click("M-step").words
    assert "changes nothing" in stepper.click("E-step", "E-step").words
    assert "changes nothing" in stepper.click("M-step", "M-step").words


def test_an_e_step_colours_the_points_and_leaves_the_ellipses(show):
    stepper = show()
    ellipse = stepper.part(".gmm-components ellipse").first
    before, shape = stepper.colours(), ellipse.get_attribute("rx")
    stepper.click("E-step")
    assert stepper.colours() != before and ellipse.get_attribute("rx") == shape
    before = stepper.colours()
    stepper.click("M-step")
    assert stepper.colours() == before and ellipse.get_attribute("rx") != shape
    assert stepper.part(".gmm-trails polyline").first.get_attribute("points").count(",") == 2


def test_iteration_converge_start(show):
    stepper = show({"data": "well_separated"}).click("The ratchet", "Iteration")
    assert stepper.words.startswith("M-step 1")
    assert stepper.click("Converge").words.startswith("Converged in iteration")
    assert stepper.click("Start").words.startswith("Start")
    assert stepper.click("Forward").words.startswith("E-step 1")


def test_scrub(show):
    stepper = show({"data": "well_separated", "open": "ratchet"}).click("Reveal")
    slider = stepper.field("history")
    stepper.page.wait_for_function("document.querySelector('[name=history]').max > 3")
    slider.fill("3")
    assert stepper.words.startswith("E-step 2")


def test_play_and_pause(show):
    stepper = show().click("▶ Play")
    stepper.page.wait_for_function("document.querySelector('.gmm-words').textContent.startsWith('E-step 1')")
    assert stepper.part(".gmm-words").get_attribute("aria-live") == "off"
    assert stepper.click("❚❚ Pause").part(".gmm-words").get_attribute("aria-live") == "polite"


def test_play_stops_at_convergence(show):
    stepper = show({"data": "well_separated", "open": "ratchet"})
    stepper.field("speed").fill("4")
    stepper.click("▶ Play")
    stepper.page.wait_for_function("document.querySelector('.gmm-words').textContent.startsWith('Converged')")
    assert stepper.part("[data-do=play]").inner_text() == "▶ Play"


# A clock of the page's own, that goes only when it is told to.
CLOCK = """() => {
  let now = 0, frames = [];
  performance.now = () => now;
  globalThis.requestAnimationFrame = (work) => frames.push(work);
  globalThis.later = (ms) => { now += ms; const due = frames; frames = []; due.forEach((work) => work(now)); };
}"""


def test_half_steps_glide_unless_motion_is_unwelcome(show):
    rx = "Number(document.querySelector('.gmm-components ellipse').getAttribute('rx'))"
    stepper = show({"step": 1}, motion="no-preference")
    stepper.page.evaluate(CLOCK)
    widths = [stepper.page.evaluate(rx)]
    stepper.click("M-step")
    for _ in range(4):
        widths.append(stepper.page.evaluate(rx))
        stepper.page.evaluate("later(150)")
    widths.append(stepper.page.evaluate(rx))
    begin, *between, end = widths
    assert between[0] == begin and between[-1] == end and begin != end
    assert len({begin, end, *between}) == 4 and all((b - a) * (end - begin) >= 0 for a, b in pairwise(widths)), (
        "a smooth way"
    )
    still = show({"step": 1}, motion="reduce").click("M-step")
    assert still.page.evaluate(rx) == end


# Disturb


def test_dragging_a_mean_restarts_em(show):
    stepper = show({"step": 4, "mode": "edit"})
    x, y = stepper.mean(1)
    stepper.drag((x, y), (x - 60, y - 40))
    assert stepper.words.startswith("Mean 1 moved to") and "as you have set it" in stepper.words
    assert np.allclose(stepper.mean(1), (x - 60, y - 40), atol=1.5)
    assert stepper.press("u").words.startswith("Undone. M-step 2")


def test_points_can_be_added_removed_and_moved(show):
    stepper = show().click("Edit")
    mouse = stepper.page.mouse
    spot = stepper.place(0.2, 0.9)
    mouse.click(*spot)
    assert stepper.points() == 151 and "Point 151 added" in stepper.words
    stepper.drag(spot, (spot[0] + 50, spot[1]))
    assert "Point 151 moved" in stepper.words
    stepper.page.keyboard.down("Shift")
    mouse.click(spot[0] + 50, spot[1])
    stepper.page.keyboard.up("Shift")
    assert stepper.points() == 150 and "removed" in stepper.words
    stepper.press("u", "u", "u")
    assert stepper.points() == 150


def run_of(stepper):
    """What a stray click must not change: the points, where the means are, and which frame is shown."""
    stepper.settled()
    means = [mean.get_attribute("transform") for mean in stepper.part(".gmm-mean").all()]
    link = re.sub("&(mode|predict)=[^&]*", "", stepper.link())
    return stepper.points(), means, link


def test_who_looks_changes_nothing_by_a_stray_click_drag_or_key(show):
    stepper = show({"step": 3})
    before = run_of(stepper)
    mouse, (x, y) = stepper.page.mouse, stepper.mean(2)
    first = stepper.part(".gmm-cursor").bounding_box()
    point = first["x"] + first["width"] / 2, first["y"] + first["height"] / 2
    mouse.click(*stepper.place(0.2, 0.9))
    stepper.drag((x, y), (x + 60, y + 40))
    stepper.drag(point, (point[0] + 50, point[1] - 50))
    stepper.page.keyboard.down("Shift")
    mouse.click(*point)
    stepper.page.keyboard.up("Shift")
    stepper.press("a")
    stepper.part(".gmm-cursor").focus()
    for key in ("Shift+ArrowUp", "Delete"):
        stepper.page.keyboard.press(key)
        assert "nothing has moved" in stepper.words
    assert run_of(stepper) == before


def test_a_tap_on_a_mean_leaves_the_arrows_to_the_steps(show):
    stepper = show({"step": 3})
    stepper.page.mouse.click(*stepper.mean(2))
    stepper.page.keyboard.press("ArrowRight")
    assert stepper.words.startswith("M-step 2")


def test_undo_takes_back_each_change_in_its_turn(show):
    """Every kind of change, and after each undo what there was before it."""
    stepper = show({"step": 2, "mode": "edit", "open": "data,compare"})
    undo = stepper.part("[data-do=undo]")
    assert not undo.is_visible()

    def tick(name, value):
        stepper.part(f"[name={name}][value='{value}']").click()

    changes = [
        lambda: stepper.press("c"),
        lambda: tick("printed", "12"),
        lambda: stepper.press("a"),
        lambda: stepper.press("d"),
        lambda: stepper.field("start").select_option("kmeans"),
        lambda: stepper.field("data").select_option("ring"),
        lambda: stepper.part("[name=floored]").check(),
        lambda: stepper.press("End"),
        lambda: stepper.press("4"),
    ]
    states = []
    for change in changes:
        states.append(
            (run_of(stepper), stepper.colours(), stepper.part("[data-do=edit]").get_attribute("aria-pressed"))
        )
        change()
    for state in states[::-1]:
        undo.click()
        stepper.settled()
        now = run_of(stepper), stepper.colours(), stepper.part("[data-do=edit]").get_attribute("aria-pressed")
        assert now == state
    assert stepper.words.startswith("Undone.") and not undo.is_visible()


def test_undo_brings_a_student_s_own_run_back(show):
    """The engine of the page cannot compute it again."""

    def lazy(X, parameters):
        return np.full((len(X), 3), 1 / 3)

    stepper = show(EMStepper(datasets.well_separated().X, k=3, e_step=lazy)._html())
    stepper.press("e", "m")
    before = run_of(stepper)
    stepper.press("5", "e", "m", "u")
    assert run_of(stepper) == before


def test_a_start_without_shapes_of_its_own_is_drawn_lightly(show):
    """One dashed ellipse a mean until the first M-step; the page before the script draws the same."""
    for step, count in ((0, 3), (1, 3), (2, 6)):
        stepper = show({"step": step})
        ellipses = stepper.part(".gmm-components ellipse:visible").all()
        dashes = {e.evaluate("e => getComputedStyle(e).strokeDasharray") for e in ellipses}
        assert len(ellipses) == count and dashes == ({"3px, 6px"} if step < 2 else {"none"})
        still = static.figure({"step": step})
        assert still.count("<ellipse") == count and still.count("stroke-dasharray") == (3 if step < 2 else 0)
    X = datasets.overlapping()
    stepper = show(EMStepper(X.X, X.parameters)._html())
    assert stepper.part(".gmm-components ellipse:visible").count() == 6, "shapes that somebody gave are shapes"


@pytest.mark.parametrize("name", [*static.TITLES])
def test_every_data_set_runs(show, name):
    stepper = show().click("Data and start")
    stepper.field("data").select_option(name)
    assert stepper.points() == len(static.book_data()[name]["X"])
    assert stepper.press("e", "m").words.startswith("M-step 1") and not stepper.alert


def test_two_means_on_one_row_never_part(show):
    stepper = show({"data": "same_row_twice"})
    assert "can never part" in stepper.words
    assert "can never part" in stepper.press("End").words


def test_k_rule_seed_and_floor(show):
    stepper = show().click("Data and start")
    stepper.field("k").fill("5")
    stepper.field("k").press("Tab")
    assert "k = 5" in stepper.words and stepper.part(".gmm-mean").count() == 5
    stepper.field("start").select_option("kmeans")
    assert "k-means" in stepper.words
    assert "seed 43" in stepper.click("Next seed").words
    stepper.part("[name=floored]").check()
    assert "floor=0.01" in stepper.link()


def test_another_type_of_covariance_is_chosen_and_is_in_the_link(show):
    stepper = show({"data": "elongated", "step": 2}).click("Data and start")
    stepper.field("type").select_option("spherical")
    stepper.press("e", "m")
    X = datasets.elongated().X
    start = first_parameters(X, 3, seed=42, covariance_type="spherical")
    value = Trace(X, start, covariance_type="spherical").extend_to(2).frames[2].log_likelihood
    assert float(re.search(r"to (−[\d.]+)\.$", stepper.words)[1].replace("−", "-")) == pytest.approx(value, abs=0.01)
    assert "type=spherical" in stepper.link()
    stepper.press("u")
    assert "type=" not in stepper.link(), "full needs no word"


# Look inside


def numbers(stepper, selector):
    return [
        [cell.strip() for cell in row.split("\t")]
        for row in stepper.part(selector).inner_text().splitlines()
        if row.strip()
    ]


def test_hovering_a_point_fills_formula_11_with_its_numbers(show):
    stepper = show({"step": 1, "open": "inside"})
    X = datasets.iris().X[:, 2:]
    w = Trace(X, first_parameters(X, 3, seed=42)).extend_to(1).frames[1].latent[0]
    stepper.part(".gmm-cursor").focus()
    rows = numbers(stepper, "[data-fill=terms] table")
    shown = [float(row[4]) for row in rows[1:4]]
    np.testing.assert_allclose(shown, w, atol=0.006)
    assert float(rows[-1][4]) == 1
    assert stepper.part("[data-active=E] a").get_attribute("href") == "../chapters/08_e_step.html#eq-11"
    terms = [float(row[3].replace("−", "-").split("·")[0]) for row in rows[1:4] if "·" not in row[3]]
    assert terms
    assert not stepper.part(".gmm-tip").is_visible(), "the panel says it"
    stepper.click("Look inside")
    box = stepper.part(".gmm-cursor").bounding_box()
    stepper.page.mouse.move(5, 5)
    stepper.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert stepper.part(".gmm-tip").is_visible() and numbers(stepper, ".gmm-tip table") == rows


def test_a_point_pulls_each_mean_by_its_weight(show):
    stepper = show({"step": 2})
    stepper.part(".gmm-cursor").focus()
    widths = [
        float(re.search(r"stroke-width: ?([\d.e-]+)", line.get_attribute("style"))[1])
        for line in stepper.part(".gmm-pull path").all()
    ]
    assert len(widths) == 3 and sum(widths) == pytest.approx(9, abs=1e-6)


def test_clicking_a_mean_shows_12_13_14(show):
    stepper = show({"step": 2})
    stepper.page.mouse.click(*stepper.mean(2))
    X = datasets.iris().X[:, 2:]
    state = Trace(X, first_parameters(X, 3, seed=42)).extend_to(2).frames[2].state
    text = stepper.part("[data-panel=inside]").inner_text()
    assert f"{state.weights[1]:.3f}" in text and f"{state.means[1][0]:.4g}" in text
    assert stepper.part("[data-active=M] a").evaluate_all("links => links.map((l) => l.textContent)") == [
        "(12)",
        "(13)",
        "(14)",
    ]


def test_the_table_says_whose_numbers_it_used(show):
    """After an M-step w still is what the E-step made of the parameters before."""
    X = datasets.iris().X[:, 2:]
    before, _, after = Trace(X, first_parameters(X, 3, seed=42)).extend_to(4).frames[2:5]
    for step, says in ((3, "those of the ellipses shown"), (4, "those before this M-step")):
        stepper = show({"step": step, "open": "inside"})
        stepper.part(".gmm-cursor").focus()
        shown = [float(row[1]) for row in numbers(stepper, "[data-fill=terms] table")[1:4]]
        np.testing.assert_allclose(shown, before.state.weights, atol=6e-4)
        assert says in stepper.part("[data-fill=terms]").inner_text()
    assert abs(after.state.weights - before.state.weights).max() > 2e-3


def test_before_the_first_e_step_a_component_has_nothing_to_compute(show):
    stepper = show()
    stepper.page.mouse.click(*stepper.mean(2))
    assert "Weight 0.333" in stepper.part("[data-panel=inside]").inner_text() and not stepper.alert


def matrix(stepper):
    cells = stepper.part("[data-fill=matrix] td").all_inner_texts()
    return np.array([float(cell.replace("−", "-")) for cell in cells]).reshape(2, 2)


@pytest.mark.parametrize("step", [1, 2])
def test_14_shows_the_floor_that_it_adds(show, step):
    """Before and after the M-step the numbers are those that gmm_lib computes, floor and all."""
    stepper = show({"step": step, "open": "inside", "floor": "0.25"})
    stepper.page.mouse.click(*stepper.mean(2))
    X = datasets.iris().X[:, 2:]
    frames = Trace(X, first_parameters(X, 3, seed=42, reg_covar=0.25), 0.25).extend_to(2).frames
    np.testing.assert_allclose(matrix(stepper), frames[2].state.covariances[1], rtol=1e-3)
    assert "+ 0.25·I" in stepper.part("[data-panel=inside]").inner_text()


def test_a_student_s_own_numbers_are_shown_and_called_theirs(show):
    def wide(X, w):
        state = m_step.m_step(X, w)
        return state.weights, state.means, 4 * state.covariances

    widget = EMStepper(datasets.well_separated().X, k=3, m_step=wide, panels=["inside"])
    stepper = show(widget._html()).press("e", "m")
    stepper.page.mouse.click(*stepper.mean(1))
    np.testing.assert_allclose(matrix(stepper), widget.frames[2].state.covariances[0], rtol=2e-3)
    assert "your own M-step" in stepper.part("[data-fill=made]").inner_text()


def test_ellipses_and_colours_are_named(show):
    stepper = show({"step": 1, "open": "inside"})
    text = stepper.part("[data-panel=inside]").inner_text()
    assert all(word in text for word in ("1\u03c3", "2\u03c3", "colour mixes", "shape is that of the likeliest"))


def test_the_caption_follows_the_data(show):
    figure = static.figure({}) + "<figcaption>Iris.</figcaption>"
    stepper = show(figure).click("Data and start")
    said = "e => getComputedStyle(e, '::before').content"
    caption = stepper.page.locator("figcaption")
    assert caption.evaluate(said) in ("none", '""')
    stepper.field("data").select_option("ring")
    assert caption.evaluate(said) == '"Now: ring, 150 points. At first: "'
    stepper.press("u")
    assert caption.evaluate(said) in ("none", '""')


def test_log_likelihoods_and_shares_have_the_same_decimals_everywhere(show):
    stepper = show({"step": 4, "open": "inside,ratchet"})
    stepper.page.mouse.click(*stepper.mean(2))
    value = stepper.part("[data-fill=value]").inner_text()
    assert re.fullmatch(r"−\d+\.\d{3}", value) and stepper.words.endswith(f"to {value}.")
    phi = stepper.part("b[data-fill=phi]").inner_text()
    assert re.fullmatch(r"0\.\d{3}", phi) and phi in stepper.part("[data-fill=weights]").inner_text()


@pytest.mark.parametrize("kind", ["tied", "diag", "spherical"])
def test_formula_14_says_what_the_type_makes_of_it(show, kind):
    stepper = show({"step": 2, "type": kind})
    stepper.page.mouse.click(*stepper.mean(2))
    X = datasets.iris().X[:, 2:]
    frame = Trace(X, first_parameters(X, 3, seed=42, covariance_type=kind), covariance_type=kind).extend_to(2).frames[2]
    matrices = stepper.part("[data-active=M] .gmm-matrix").evaluate_all(
        "ms => ms.map((m) => [...m.querySelectorAll('td')].map((td) => +td.textContent.replace('−', '-')))"
    )
    expected = [np.cov(X.T, aweights=frame.latent[:, 1], bias=True).ravel(), frame.state.covariances[1].ravel()]
    np.testing.assert_allclose(matrices, expected, rtol=0.006)


# The ratchet


def test_the_curve_is_clickable(show):
    stepper = show({"data": "well_separated", "open": "ratchet", "step": 6})
    for curve, i, words in ((0, 2, "M-step 1"), (1, 1, "E-step 1"), (0, 6, "M-step 3")):
        stepper.part(".gmm-chart .gmm-value").nth(curve).locator("circle").nth(i).click(force=True)
        assert stepper.words.startswith(words)
    assert stepper.part("[data-fill=iteration]").inner_text() == "3"


def marks(stepper, kind, curve):
    """The marks of a curve of the ratchet: pixels, from the left."""
    read = "es => es.map((e) => [+e.getAttribute('cx'), +e.getAttribute('cy')])"
    return np.array(stepper.settled().part(f".gmm-chart .gmm-{kind}").nth(curve).locator("circle").evaluate_all(read))


def test_the_bound_is_seen_to_touch_after_e_and_to_lie_below_after_m(show):
    """On both curves, and at the height that gmm_lib's numbers say: one scale for value and bound."""
    stepper = show({"data": "overlapping", "open": "ratchet", "step": 8})
    X = datasets.overlapping().X
    frames = Trace(X, first_parameters(X, 3, seed=42)).extend_to(8).frames
    values = np.array([frame.log_likelihood for frame in frames])
    for curve in (0, 1):
        value, bound = marks(stepper, "value", curve), marks(stepper, "bound", curve)
        assert len(value) == 9 and len(bound) == 8, "a staircase over all half-steps; at the start there is no bound"
        scale, shift = np.polyfit(values, value[:, 1], 1)
        np.testing.assert_allclose(scale * values + shift, value[:, 1], atol=0.01)
        bounds = np.array([frame.lower_bound for frame in frames[1:]])
        np.testing.assert_allclose(scale * bounds + shift, bound[:, 1], atol=0.01)
        below = bound[:, 1] - value[1:, 1]  # pixels go down
        assert np.all(abs(below[::2]) < 0.01) and np.all(below[1::2] > 0.01)


def test_the_zoom_shows_the_ratchet_where_the_whole_curve_is_flat(show):
    stepper = show({"data": "overlapping", "open": "ratchet", "step": 100})
    below = marks(stepper, "bound", 1)[:, 1] - marks(stepper, "value", 1)[:, 1]
    assert len(below) == 9 and np.all(below[::2] > 3) and np.all(abs(below[1::2]) < 0.01), "even ones follow an M-step"
    stepper.field("near").select_option("40")
    assert marks(stepper, "value", 1).shape == (41, 2)


def test_the_curves_have_a_scale_in_nats(show):
    stepper = show({"data": "overlapping", "open": "ratchet", "step": 8})
    X = datasets.overlapping().X
    frames = Trace(X, first_parameters(X, 3, seed=42)).extend_to(8).frames
    texts = stepper.settled().part(".gmm-chart text").all_text_contents()
    assert "Log-likelihood in nats" in texts
    assert f"Zoom: nats above −{-frames[8].log_likelihood:.3f}" in texts
    rules = stepper.part(".gmm-chart text[style='text-anchor:end']").all()
    places = {rule.text_content(): float(rule.get_attribute("y")) for rule in rules}
    per_nat = (places["−560"] - places["−550"]) / 10
    value = marks(stepper, "value", 0)[:, 1]
    assert value[0] - value[8] == pytest.approx(per_nat * (frames[8].log_likelihood - frames[0].log_likelihood))


def test_legend_and_curve_have_one_colour(show):
    stepper = show({"data": "overlapping", "open": "ratchet", "step": 8})
    for kind in ("value", "bound"):
        ink = stepper.part(f"[data-panel=ratchet] span.gmm-{kind}").evaluate("e => getComputedStyle(e).color")
        lines = stepper.part(f".gmm-chart .gmm-{kind} polyline").evaluate_all(
            "es => es.map((e) => getComputedStyle(e).stroke)"
        )
        assert set(lines) == {ink}


# No answer before the question


def test_before_it_is_asked_for_nothing_tells_where_the_run_goes(show):
    """Two starts of which one takes 12 times as many iterations: at step 0 the panel has the same to say of both."""
    quick, slow = ({"data": "overlapping", "seed": seed, "open": "ratchet"} for seed in (3, 42))
    seen = []
    for settings in (quick, slow):
        stepper = show(settings)
        stepper.page.evaluate("new Promise((done) => setTimeout(done, 300))")  # nor a while later
        assert stepper.part(".gmm-value circle").count() == 2, "the start, on either curve"
        assert stepper.part(".gmm-chart").get_attribute("aria-label").startswith("Log-likelihood over 0 half-steps")
        iterations = stepper.part(".gmm-chart text[style='text-anchor:middle']").all_text_contents()
        seen.append((stepper.field("history").get_attribute("max"), iterations))
    assert seen[0] == seen[1] and seen[0][0] == "0"
    stepper.press("e", "m", "Home")
    assert stepper.field("history").get_attribute("max") == "2", "what has been seen stays"
    stepper.press("n")
    assert stepper.field("history").get_attribute("max") == "0", "another start, another question"


def test_reveal_shows_the_run_to_its_end_and_another_start_hides_it(show):
    X = datasets.overlapping().X
    last = len(Trace(X, first_parameters(X, 3, seed=42)).extend_to(10**4).frames) - 1
    stepper = show({"data": "overlapping", "open": "ratchet"}).click("Reveal")
    reveal = stepper.part("[data-do=reveal]")
    stepper.page.wait_for_function(f"document.querySelector('[name=history]').max === '{last}'")
    assert stepper.field("history").input_value() == "0" and reveal.get_attribute("aria-pressed") == "true"
    assert "view=future" in stepper.link()
    assert stepper.press("n").field("history").get_attribute("max") == "0"
    assert reveal.get_attribute("aria-pressed") == "false"
    stepper.press("u")  # brings back what was shown
    stepper.page.wait_for_function(f"document.querySelector('[name=history]').max === '{last}'")


def test_a_prediction_is_written_and_drawn_and_stays_and_travels(show):
    stepper = show({"data": "well_separated", "open": "ratchet"})
    stepper.field("guess").fill("4")
    stepper.field("guess").press("Tab")
    (x, y), before = stepper.mean(2), stepper.mean(2)
    stepper.drag((x, y), (x + 90, y - 60))
    assert stepper.mean(2) == before and "Your prediction stays" in stepper.words

    def drawn(stepper):
        ways = [path.get_attribute("d") for path in stepper.part(".gmm-ends path").all()[::2]]
        return [float(number) for way in ways for number in re.findall(r"[-\d.]+", way)]

    expected = drawn(stepper)
    assert np.allclose(np.subtract(expected[2:], expected[:2]), (90, -60), atol=4)
    ends = Trace(datasets.well_separated().X, first_parameters(datasets.well_separated().X, 3, seed=42)).extend_to(999)
    words = stepper.press("End").words
    assert words.endswith(
        f"iteration {ends.frames[-1].iteration}: it changed the log-likelihood by less than 10⁻⁶. You expected 4."
    )
    assert np.allclose(drawn(stepper), expected)
    said = float(re.findall(r"[\d.]+", stepper.part(".gmm-guess").get_attribute("d"))[0])
    assert said == pytest.approx(marks(stepper, "value", 0)[8, 0]), "at iteration 4, on the new scale too"
    again = show(link="#" + stepper.link().partition("#")[2])
    assert (
        np.allclose(drawn(again), expected, atol=0.5) and again.click("The ratchet").field("guess").input_value() == "4"
    )
    stepper.press("u", "u")
    assert drawn(stepper) == [] and stepper.field("guess").input_value() == "4"
    stepper.press("u")
    assert stepper.field("guess").input_value() == ""


def test_a_prediction_is_drawn_by_keys_and_withdrawn(show):
    stepper = show({"data": "well_separated"})
    place = stepper.mean(1)
    stepper.part("[data-j='0']").focus()
    stepper.page.keyboard.press("Shift+ArrowUp")
    stepper.page.keyboard.press("Shift+ArrowUp")
    assert stepper.part(".gmm-ends path").count() == 2 and stepper.mean(1) == place
    stepper.page.keyboard.press("Shift+ArrowDown")
    stepper.page.keyboard.press("Shift+ArrowDown")
    assert stepper.part(".gmm-ends path").count() == 0, "put back on the mean"
    assert stepper.words == "That prediction is withdrawn."


def test_other_axes_show_the_same_run(show):
    stepper = show({"data": "iris", "step": 3, "open": "data,ratchet", "predict": "12,2:4.5:1.4"})
    mean = stepper.part("[data-j='0']")
    before, place = stepper.words, mean.get_attribute("transform")
    stepper.field("across").select_option("1")
    assert stepper.words == "That prediction is withdrawn." and stepper.field("guess").input_value() == "12"
    assert stepper.field("history").get_attribute("max") == "3" and mean.get_attribute("transform") != place
    stepper.field("up").select_option("2")
    assert "the run has not" in stepper.words
    X = datasets.iris().X
    x, y, *_ = Trace(X, first_parameters(X, 3, "rows_with_replacement", 42)).extend_to(3).frames[3].state.means[0]
    assert f"({x:.4g}, {y:.4g})" in mean.get_attribute("aria-label")
    assert stepper.press("u", "u").words == f"Undone. {before}" and mean.get_attribute("transform") == place


def test_the_link_is_written_only_while_somebody_looks(show):
    """It is long work where the points are somebody's own."""
    stepper = show({"step": 1})
    seen = stepper.field("link").input_value()
    stepper.press("m", "e")
    assert stepper.field("link").input_value() == seen
    assert "step=3" in stepper.link()
    stepper.click("Share").press("m")
    assert "step=4" in stepper.field("link").input_value()


def test_an_alert_is_said_once(show):
    stepper = show({"open": "data"})
    for k in ("99", "98"):
        stepper.field("k").fill(k)
        stepper.field("k").press("Tab")
        assert f"“{k}”" in stepper.alert
    assert "“99”" not in stepper.alert


def test_all_falls_are_counted(show):
    settings = {"data": "iris", "seed": 168, "start": "rows_with_replacement", "printed": "11", "open": "ratchet"}
    stepper = show(settings).press("End")
    X = datasets.iris().X
    frames = Trace(X, first_parameters(X, 3, "rows_with_replacement", 168), printed=("11",)).extend_to(9999).frames
    ends = [frame for frame in frames if frame.phase != "E"]
    falls = [
        b.iteration for a, b in pairwise(ends) if b.log_likelihood < a.log_likelihood - 1e-9 * abs(a.log_likelihood)
    ]
    words = stepper.part(".gmm-fallen").inner_text()
    assert len(falls) > 9 and f"at iteration {', '.join(map(str, falls[:9]))} and {len(falls) - 9} more" in words


@pytest.mark.parametrize("kind, free", [("full", 11), ("tied", 8), ("diag", 9), ("spherical", 7)])  # counted by hand
def test_the_numbers_of_the_ratchet_are_those_of_gmm_lib(show, kind, free):
    stepper = show({"data": "old_faithful", "step": 2, "open": "ratchet", "type": kind})
    X = datasets.old_faithful().X
    start = first_parameters(X, 2, seed=42, covariance_type=kind)
    frame = Trace(X, start, covariance_type=kind).extend_to(2).frames[2]
    shown = {
        name: float(stepper.part(f"[data-fill={name}]").inner_text().replace("−", "-"))
        for name in ("value", "bound", "AIC", "BIC")
    }
    assert shown["value"] == pytest.approx(frame.log_likelihood, abs=0.01)
    assert shown["bound"] == pytest.approx(frame.lower_bound, abs=0.01)
    assert shown["AIC"] == pytest.approx(2 * free - 2 * frame.log_likelihood, abs=0.02)
    assert shown["BIC"] == pytest.approx(free * np.log(len(X)) - 2 * frame.log_likelihood, abs=0.02)


@pytest.mark.parametrize(
    "settings, cause", [({"floor": "0.3"}, "variance floor"), ({"printed": "13"}, "(13), (14) as printed")]
)
def test_a_fall_is_red_and_named(show, settings, cause):
    stepper = show({"data": "iris", "seed": 1, "start": "distinct_rows", "open": "ratchet", **settings}).press("End")
    assert stepper.part(".gmm-chart .gmm-fall polyline").count() > 0
    assert cause in stepper.part(".gmm-fallen").inner_text()


# Compare


@pytest.mark.parametrize("key", ["c", "h", "l"])
def test_overlays_change_the_picture_and_go_again(show, key):
    stepper = show({"step": 1})
    before = stepper.colours()
    assert stepper.press(key).colours() != before
    assert stepper.press(key).colours() == before


def test_true_ellipses(show):
    assert show({"data": "overlapping"}).press("t").part(".gmm-truth ellipse").count() == 3


@pytest.mark.parametrize("formula, says", [("11", "f(x)"), ("12", "The weights sum to 150"), ("13", "No ratchet here")])
def test_formulas_as_printed_go_wrong_before_the_class(show, formula, says):
    stepper = show({"data": "iris", "open": "compare"})
    stepper.part(f"[name=printed][value='{formula}']").check()
    stepper.press("e", "m")
    if formula != "11":
        assert says in stepper.words
    assert f"printed={formula}" in stepper.link()


# Share and present


def test_the_state_is_in_the_address_and_comes_back(show):
    stepper = show().press("4", "n", "c", "e", "m", "e")
    stepper.page.wait_for_function("location.hash.includes('step=3')")
    address = stepper.page.evaluate("location.hash")
    assert {"data=iris_petal", "k=4", "seed=43", "start=distinct_rows", "step=3", "view=contours"} <= set(
        re.split("[?&]", address)
    )
    again = show(link=address)
    assert again.words == stepper.words and again.colours() == stepper.colours()


def test_a_link_in_the_text_sets_the_figure(show):
    link = '<p><a class="gmm-set" href="#fig-1" data-stepper="data=same_row_twice&amp;k=2">watch</a></p>'
    stepper = show({}, link)
    stepper.page.get_by_text("watch").click()
    assert "can never part" in stepper.words
    assert stepper.page.evaluate("document.activeElement.className") == "gmm-root"


def test_presenter_mode(show):
    stepper = show().press("f")
    box = stepper.root.bounding_box()
    assert box["width"] == DESK["width"]
    stepper.press("Escape")
    stepper.page.wait_for_function("!document.querySelector('.gmm-presenter')")


PROJECTOR = {"width": 1920, "height": 1080}
# The size of type as it is seen: a drawing is shown larger than its own pixels.
SMALLEST_TYPE = """(root) => {
  const scale = (e) => (e.ownerSVGElement ? Math.hypot(e.getScreenCTM().c, e.getScreenCTM().d) : 1);
  const says = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const seen = [...root.querySelectorAll("*")].filter((e) => e.checkVisibility() && says(e) && !e.closest("sub, sup"));
  return Math.min(...seen.map((e) => parseFloat(getComputedStyle(e).fontSize) * scale(e)));
}"""


def test_on_a_projector_the_picture_fills_the_screen_and_all_type_is_large(show):
    stepper = show({"step": 4, "mode": "edit"}, size=PROJECTOR).press("f")
    assert not stepper.part("[data-part=editing]").is_visible(), "it opens for looking"
    stepper.page.wait_for_function("document.querySelector('.gmm-stage').clientWidth > 1700")
    stage, root = stepper.part(".gmm-stage").bounding_box(), stepper.root.bounding_box()
    assert stage["width"] * stage["height"] > 0.6 * 1920 * 1080
    assert root["height"] == 1080 and stepper.root.evaluate("e => e.scrollHeight") <= 1080
    stepper.click("The ratchet", "Look inside", "Likelihood", "Many starts", "Compare", "Share", "Data and start", "?")
    stepper.part(".gmm-cursor").focus()
    assert stepper.root.evaluate(SMALLEST_TYPE) >= 24
    place = stepper.mean(2)
    box = stepper.part(".gmm-canvas, canvas").bounding_box()
    stepper.page.mouse.click(*place)
    assert "Component 2" in stepper.part("[data-panel=inside]").inner_text(), "what is pressed is what is seen"
    assert box == stepper.part(".gmm-picture").bounding_box()
    stepper.click("✕ Exit")
    stepper.page.wait_for_function("!document.querySelector('.gmm-presenter')")
    assert not stepper.part("[data-do=exit]").is_visible()


def download(stepper, name):
    with stepper.page.expect_download() as info:
        stepper.click(name)
    return info.value.path().read_text(encoding="utf-8")


def test_downloads(show):
    from xml.etree import ElementTree

    stepper = show({"data": "well_separated", "step": 2, "open": "share"})
    picture = ElementTree.fromstring(download(stepper, "Picture (SVG)"))
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}ellipse")) == 6
    rows = download(stepper, "Points (CSV)").splitlines()
    assert rows[0] == '"x","y",label,w_1,w_2,w_3' and len(rows) == 151
    assert sum(float(cell) for cell in rows[1].split(",")[3:]) == pytest.approx(1)
    frames = download(stepper, "Frames (CSV)").splitlines()
    assert frames[0].startswith("phase,iteration,logLikelihood") and frames[2].startswith("E,1,-")


def test_the_two_tables_have_names_of_their_own(show):
    stepper = show({"step": 2, "open": "share"})
    names = []
    for button in ("Points (CSV)", "Frames (CSV)"):
        with stepper.page.expect_download() as info:
            stepper.click(button)
        names.append(info.value.suggested_filename)
    assert names == ["em-iris_petal-2.points.csv", "em-iris_petal-2.frames.csv"]


def test_means_given_by_hand_are_still_there_after_a_reload(show):
    X = datasets.overlapping()
    stepper = show(EMStepper(X.X, X.parameters)._html())
    start = stepper.words
    words = stepper.press("e", "m").words
    # The page's own clock: what was due before has run.
    stepper.page.evaluate("new Promise((done) => setTimeout(done, 300))")
    stepper.page.reload()
    assert stepper.words == words and words.startswith("M-step 1")
    assert stepper.press("Home").words == start and "as you have set it" in start


def test_every_action_has_a_key(show):
    stepper = show()
    for key, words in {
        "e": "E-step 1", "m": "M-step 1", "i": "M-step 2", "ArrowLeft": "E-step 2", "ArrowRight": "M-step 2",
        "Home": "Start", "5": "Start",
    }.items():  # fmt: skip
        assert stepper.press(key).words.startswith(words), key
    assert "k = 5" in stepper.words
    assert stepper.press("d", "a").points() == 151
    assert stepper.press("u").points() == 150
    assert stepper.press("?").part("[data-panel=keys]").is_visible()
    assert stepper.press("3", "End").words.startswith("Converged")


def test_points_and_means_move_without_a_mouse(show):
    stepper = show({"step": 1, "mode": "edit"})
    keys = stepper.page.keyboard
    stepper.part(".gmm-cursor").focus()
    assert "Point 1 " in stepper.part(".gmm-cursor").get_attribute("aria-valuetext")
    keys.press("ArrowRight")
    assert "Point 2 " in stepper.part(".gmm-cursor").get_attribute("aria-valuetext")
    keys.press("Shift+ArrowUp")
    assert "Point 2 moved" in stepper.words
    assert stepper.page.evaluate("document.activeElement.getAttribute('role')") == "slider"
    keys.press("Delete")
    assert stepper.points() == 149
    stepper.part("[data-j='1']").focus()
    keys.press("ArrowUp")
    assert stepper.words.startswith("Mean 2 moved")
    assert stepper.page.evaluate("document.activeElement.dataset.j") == "1", "the mean has lost the focus"
    keys.press("Enter")
    assert "Component 2" in stepper.part("[data-panel=inside]").inner_text()


def test_tab_goes_to_the_steps_first(show):
    stepper = show({"step": 1}).press("Tab")
    seen = []
    for _ in range(5):
        seen.append(stepper.page.evaluate("document.activeElement.dataset.do ?? document.activeElement.dataset.part"))
        stepper.page.keyboard.press("Tab")
    assert seen[:4] == ["back", "E", "M", "play"] and seen[4] not in seen[:4]


def test_switches_are_heard(show):
    stepper = show({"step": 1}).press("c")
    assert stepper.words == "contours of the density: on."
    assert stepper.press("c").words == "contours of the density: off."
    edit = stepper.part("[data-do=edit]")
    assert edit.get_attribute("aria-pressed") == "false"
    assert stepper.press("d").words.startswith("Edit") and edit.get_attribute("aria-pressed") == "true"


def test_forced_colours_keep_what_is_next(show):
    stepper = show({"step": 1})
    stepper.page.emulate_media(forced_colors="active")
    ground = "e => getComputedStyle(e).backgroundColor"
    following, other = (stepper.part(f"[data-do={name}]").evaluate(ground) for name in "ME")
    assert following != other == stepper.part("[data-do=back]").evaluate(ground)
    shut = stepper.part("[data-open=compare]").evaluate(ground)
    assert stepper.press("?").part("[data-open=keys]").evaluate(ground) != shut
    stepper.page.emulate_media(forced_colors="none")


def test_the_focus_is_visible(show):
    stepper = show()
    stepper.press("Tab", "Tab")
    outline = "e => getComputedStyle(e).outlineStyle"
    stepper.part("[data-do=play]").focus()
    stepper.page.keyboard.press("Shift+Tab")
    assert stepper.page.evaluate(f"({outline})(document.activeElement)") == "solid"


def test_keys_in_fields_are_left_alone(show):
    stepper = show().click("Data and start")
    stepper.field("seed").focus()
    stepper.page.keyboard.press("e")
    assert stepper.words.startswith("Start")


def test_components_differ_by_shape(show):
    stepper = show({"k": 8})
    shapes = {path.get_attribute("d") for path in stepper.part(".gmm-mean path").all()}
    assert len(shapes) == 8


def test_touch_on_a_phone(show):
    stepper = show({"step": 1}, size=PHONE, touch=True)
    page = stepper.page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stepper.part("[data-do=M]").tap()
    assert stepper.words.startswith("M-step 1")
    box = stepper.part(".gmm-cursor").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert (
        stepper.part("[data-panel=inside]").is_visible()
        and "w = φf / Σ" in stepper.part("[data-panel=inside]").inner_text()
    )
    drag = """([x, y]) => {
      const at = document.elementFromPoint(x, y);
      const send = (type, dx) => at.dispatchEvent(new PointerEvent(type,
        { bubbles: true, pointerType: 'touch', pointerId: 9, clientX: x + dx, clientY: y }));
      send('pointerdown', 0);
      send('pointermove', 30);
      send('pointerup', 30);
    }"""
    page.evaluate("SVGElement.prototype.setPointerCapture = () => {}")
    stepper.part("[data-do=edit]").tap()
    page.evaluate(drag, [*stepper.mean(1)])
    assert stepper.words.startswith("Mean 1 moved")
    for name in ("Data and start", "The ratchet", "Likelihood", "Compare", "Share", "?"):
        stepper.root.get_by_role("button", name=name, exact=True).tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    targets = "button, select, .gmm-check, input:not([type=checkbox]), textarea"
    heights = stepper.part(targets).evaluate_all("es => es.map((e) => [e.outerHTML, e.getBoundingClientRect().height])")
    assert [(html, height) for html, height in heights if 0 < height < 43.9] == []
    tops = {round(b.bounding_box()["y"]) for b in stepper.part(".gmm-main > .gmm-bar button:visible").all()}
    assert len(tops) == 1, "all steps in one row"
    table = stepper.part("[data-fill=terms]").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert table[0] <= table[1], "the table of (11) is whole"


def test_a_finger_on_a_mean_drags_it_and_not_the_page(show):
    stepper = show({"step": 0, "open": "ratchet,compare", "mode": "edit"}, size=PHONE, touch=True)
    page = stepper.page
    page.evaluate("scrollTo(0, 60)")
    x, y = stepper.mean(1)
    finger = page.context.new_cdp_session(page)
    for name, dy in [("touchStart", 0), *(("touchMove", 8 * i) for i in range(1, 8)), ("touchEnd", None)]:
        points = [] if dy is None else [{"x": x, "y": y - dy}]
        finger.send("Input.dispatchTouchEvent", {"type": name, "touchPoints": points})
    assert stepper.words.startswith("Mean 1 moved") and page.evaluate("scrollY") == 60


def test_the_theme_switch_recolours_the_picture(show):
    stepper = show({"step": 1})
    before = stepper.colours()
    stepper.page.evaluate("document.documentElement.dataset.theme = 'dark'")  # observers are told before the next call
    assert stepper.colours() != before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(show, theme):
    panels = "data,inside,ratchet,along,starts,compare,share,keys"
    stepper = show({"step": 2, "data": "iris", "open": panels, "beside": "kmeans"}, theme=theme)
    stepper.part(".gmm-cursor").focus()
    found = Axe().run(stepper.page)["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


def test_without_javascript_there_are_a_picture_and_a_sentence(show):
    page = show({"step": 2}, javascript=False).page
    assert page.locator(".gmm-first svg ellipse").count() == 6
    assert page.get_by_text(static.SENTENCE).is_visible()


def test_with_scripts_stripped_it_is_the_same(show):
    page = show({}, scripts=False).page
    assert page.locator(".gmm-first > svg").is_visible() and page.get_by_text(static.SENTENCE).is_visible()


def test_the_first_frame_is_the_picture_that_the_script_draws(show):
    """Same places before and after: nothing jumps when the script takes over."""
    still = (
        show({"step": 4}, javascript=False, size={"width": 770, "height": 900}).page.locator(".gmm-first ellipse").all()
    )
    alive = show({"step": 4}, size={"width": 770, "height": 900}).part(".gmm-components ellipse").all()
    for a, b in zip(still, alive, strict=True):
        first, second = a.bounding_box(), b.bounding_box()
        assert abs(first["width"] - second["width"]) < 12 and abs(first["x"] - second["x"]) < 12


def test_many_on_one_page_are_independent_and_fail_alone(show):
    script = '<script type="application/json">{oops</script>'
    broken = f'<div class="gmm-stepper"><div class="gmm-first"><p>still</p></div>{script}</div>'
    unequal = static.element("<svg></svg>", {"settings": {}, "X": [[1, 2], [3]]})
    page = show({}, broken, {"data": "ring"}, unequal).page
    first, second = Stepper(page, 1), Stepper(page, 2)
    assert first.click("E-step").words.startswith("E-step 1")
    assert second.words.startswith("Start")
    assert second.click("E-step", "M-step").words.startswith("M-step 1") and first.words.startswith("E-step 1")
    assert page.get_by_text("This figure stands still").count() == 2
    assert page.get_by_text("rows that differ in length").is_visible()


@pytest.mark.parametrize(
    "query, says",
    [
        ("data=nope", "data = “nope” cannot be used"),
        ("k=99", "k = “99” cannot be used, it must be a whole number from 1 to 8"),
        ("k=1e3", "must be a whole number"),
        ("seed=-1", "seed = “-1” cannot be used"),
        ("step=99999", "must be a whole number from 0 to 600"),
        ("step=500", "step 500 cannot be shown, the run ends after"),
        ("floor=NaN", "must be a number of zero or more"),
        ("pair=7,9", "have 2"),
        ("view=sound", "must be of contours"),
        ("colour=red", "“colour” is no setting"),
        ("predict=soon", "predict = “soon” cannot be used, it must be iterations and ends of means"),
        ("mode=play", "mode = “play” cannot be used, it must be one of look, edit"),
        ("__proto__=1", "is no setting"),
        ("data=constructor", "cannot be used"),
    ],
)
def test_wild_addresses_get_a_clear_message(show, query, says):
    stepper = show(link=f"#fig-1?{query}")
    assert says in stepper.alert
    assert stepper.part(".gmm-mean").count() == 3 and stepper.words


@pytest.mark.parametrize(
    "rows, k, says",
    [
        ([[1, 2], [3, 1e200], [5, 6]], 2, "data must be finite"),
        ([[1, 2], [3, 4]], 3, "need at least 3 points"),
        ([[1, 1], [2, 2], [3, 3]], 2, "lie on one line"),
    ],
)
def test_bad_data_get_a_clear_message(show, rows, k, says):
    stepper = show(static.element("<svg></svg>", {"settings": {"k": str(k)}, "X": rows}))
    assert says in stepper.alert
    stepper.press("ArrowRight", "End", "c", "Home", " ")
    assert says in stepper.alert


def test_a_collapse_names_its_component(show):
    stepper = show({"data": "far_outlier", "seed": 459302, "k": 2}).press("End")
    assert re.match(r"Component 2 has collapsed: its covariance is singular\. Try another seed", stepper.alert)


def test_log_likelihoods_never_fall_without_a_reason(show):
    stepper = show({"data": "overlapping", "open": "ratchet"}).press("End")
    text = download(stepper.click("Share"), "Frames (CSV)").splitlines()[1:]
    values = [float(row.split(",")[2]) for row in text if row.startswith("M")]
    assert len(values) > 5 and all(b >= a - 1e-9 * abs(a) for a, b in pairwise(values))
