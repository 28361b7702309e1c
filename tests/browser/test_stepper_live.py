"""The stepper with a kernel: the real widget in Python behind a small shim of anywidget's model in the browser."""

import json

import numpy as np
import pytest
import stepper_page
from chromium import PATIENCE
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets, e_step, m_step
from gmm_lib.parameters import Parameters
from gmm_lib.stepper import _script

SYNCED = ("markup", "datasets", "data", "settings", "trace", "request", "step")

# Only what anywidget promises: get, set, save_changes, on, off.
SHIM = """(state) => {
  const listeners = {}, dirty = new Set();
  globalThis.model = {
    get: (name) => state[name],
    set(name, value) { state[name] = value; dirty.add(name); fire(name); },
    save_changes() { for (const name of [...dirty]) { dirty.delete(name); saved(name, JSON.stringify(state[name])); } },
    on: (name, work) => (listeners[name] ??= []).push(work),
    off: (name, work) => (listeners[name] = (listeners[name] ?? []).filter((one) => one !== work)),
    count: () => Object.values(listeners).flat().length,
  };
  const fire = (name) => (listeners["change:" + name] ?? []).forEach((work) => work());
  globalThis.arrive = (fresh) => { Object.assign(state, fresh); Object.keys(fresh).forEach(fire); };
}"""


class Live:
    """A widget and a page that hold each other's traits equal, as a kernel does."""

    def __init__(self, page, widget):
        self.page, self.widget = page, widget
        self.asked = []
        page.expose_function("saved", lambda name, value: self.asked.append((name, json.loads(value))))
        page.evaluate(SHIM, self.state(SYNCED))
        source = _script.script()
        page.evaluate(
            """async (source) => {
              const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
              const el = document.querySelector("main").appendChild(document.createElement("div"));
              globalThis.cleanUp = (await import(url)).default.render({ model, el });
            }""",
            source,
        )
        self.stepper = Stepper(page)

    def state(self, names):
        return json.loads(json.dumps({name: getattr(self.widget, name) for name in names}))

    def settle(self):
        """Carry messages to and fro until nobody has anything to say."""
        for _ in range(20):
            self.page.evaluate("() => new Promise((done) => setTimeout(done))")
            if not self.asked:
                return self
            before = self.state(SYNCED)
            for name, value in self.asked:
                setattr(self.widget, name, value)
            self.asked.clear()
            after = self.state(SYNCED)
            self.tell(*(name for name in SYNCED if after[name] != before[name]))
        raise AssertionError("the two never agree")

    def tell(self, *names):
        self.page.evaluate("(fresh) => arrive(fresh)", self.state(names))
        return self


@pytest.fixture
def live(browser):
    pages = []

    def start(widget):
        context = browser.new_context(viewport={"width": 900, "height": 800}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        pages.append((context, page, errors := []))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_content(stepper_page.html("", scripts=False))
        return Live(page, widget).settle()

    yield start
    for context, _, errors in pages:
        context.close()
        assert errors == []


def test_stepping_in_the_picture_moves_the_traits(live):
    widget = EMStepper(datasets.iris().X, k=3)
    one = live(widget)
    one.stepper.press("e", "m")
    one.settle()
    assert widget.step == 2 and widget.parameters is widget.frames[2].state


def test_setting_a_trait_moves_the_picture(live):
    widget = EMStepper(datasets.iris().X, k=3)
    one = live(widget)
    widget.step = 5
    assert one.tell("step").stepper.words.startswith("E-step 3")
    widget.responsibilities = np.eye(3)[datasets.iris().labels]
    one.tell("settings", "data", "step", "trace").settle()
    assert one.stepper.press("m").words.startswith("M-step 0")


def test_a_step_beyond_the_end_is_refused_and_moves_nothing(live):
    widget = EMStepper(datasets.well_separated().X, k=3)
    one = live(widget)
    with pytest.raises(ValueError, match="step must lie in"):
        widget.step = 10**6
    one.tell("trace", "step").settle()
    assert widget.step == 0 and one.stepper.words.startswith("Start")


def test_the_panels_asked_for_are_open_and_stay_closed_once_closed(live):
    one = live(EMStepper(datasets.well_separated().X, k=3, panels=["ratchet"]))
    chart = one.stepper.part(".gmm-chart")
    assert chart.is_visible()
    one.stepper.click("The ratchet").press("n")
    assert one.settle().stepper.words.startswith("Start") and not chart.is_visible()


def test_reveal_asks_python_for_the_whole_run_and_stays_where_it_is(live):
    widget = EMStepper(datasets.overlapping().X, k=3, panels=["ratchet"])
    one = live(widget)
    assert one.stepper.field("history").get_attribute("max") == "0"
    one.stepper.press("e", "r")
    one.settle()
    assert widget.trace["ended"] == {"why": "converged"} and widget.step == 1
    assert one.stepper.field("history").get_attribute("max") == str(len(widget.frames) - 1)
    one.stepper.field("guess").fill("7")
    one.stepper.field("guess").press("Tab")
    one.stepper.press("m")
    assert one.settle().stepper.field("guess").input_value() == "7" and widget.step == 2


def test_a_drag_asks_python(live):
    widget = EMStepper(datasets.iris().X, k=3, mode="edit")
    one = live(widget)
    number = widget.trace["number"]
    x, y = one.stepper.mean(1)
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x - 50, y, steps=3)
    one.page.mouse.up()
    one.settle()
    assert widget.trace["number"] == number + 1
    assert one.stepper.words.startswith("Mean 1 moved to")
    assert np.allclose(one.stepper.mean(1), (x - 50, y), atol=1.5)


def test_converge_seed_data_and_points(live):
    widget = EMStepper(datasets.well_separated().X, k=3)
    one = live(widget)
    one.stepper.press("End")
    one.settle()
    assert widget.trace["ended"] == {"why": "converged"} and widget.step == len(widget.frames) - 1
    assert one.stepper.words.startswith("Converged in iteration")
    one.stepper.press("n")
    assert one.settle().stepper.words.startswith("Start") and widget.settings["seed"] == 43
    one.stepper.press("d")
    one.page.mouse.click(*one.stepper.place(0.5, 0.5))
    assert one.settle().stepper.points() == 151 and len(widget.data["X"]) == 151
    one.stepper.press("u")
    assert one.settle().stepper.points() == 150
    one.stepper.click("Data and start").field("data").select_option("ring")
    assert one.settle().stepper.points() == 150 and widget.data["name"] == "ring"


def test_an_exception_of_the_student_is_shown(live):
    def broken(X, parameters):
        return X[0] / None

    one = live(EMStepper(datasets.ring().X, k=2, e_step=broken))
    assert "e_step raised TypeError" in one.stepper.alert and "line" in one.stepper.alert
    one.stepper.press("e")
    assert "e_step raised TypeError" in one.settle().stepper.alert


def test_a_student_s_fall_is_named(live):
    def worse(X, parameters):
        return np.roll(e_step.responsibilities(X, parameters), 1, axis=0)

    one = live(EMStepper(datasets.well_separated().X, k=3, e_step=worse))
    one.stepper.press("e", "m", "e", "m")
    one.stepper.click("The ratchet")
    assert "the steps are your own" in one.settle().stepper.part(".gmm-fallen").inner_text()


def adopt(one, text):
    one.stepper.field("data").select_option("own")
    one.settle().stepper.field("own").fill(text)
    one.stepper.click("Use these points")
    return one.settle()


def test_a_table_of_one_s_own_stays_through_other_settings_and_undo_finds_each_again(live):
    X = datasets.well_separated().X
    widget = EMStepper(X, k=2, panels=["data"])
    one = live(widget)
    table = "a,b\n" + "".join(f"{i},{i * i % 7}\n" for i in range(12))
    one.stepper.press("d")
    adopt(one, table)
    rows = np.array([[i, i * i % 7] for i in range(12)], dtype=float)
    for key in ("n", "3", "e", "2"):
        one.stepper.press(key)
        np.testing.assert_array_equal(one.settle().widget._X, rows)
    one.stepper.press("a")
    assert one.settle().stepper.points() == len(widget._X) == 13
    one.stepper.press("n", "u", "u")
    np.testing.assert_array_equal(one.settle().widget._X, rows)
    one.stepper.field("data").select_option("ring")
    assert one.settle().stepper.points() == 150 and widget.data["name"] == "ring"
    one.stepper.field("data").select_option("own")
    np.testing.assert_array_equal(one.settle().widget._X, rows)
    for _ in range(7):
        one.stepper.press("u")
        one.settle()
    np.testing.assert_array_equal(widget._X, X, "what the constructor was given")


def test_other_points_of_python_s_are_shown_on_a_scale_of_their_own(live):
    one = live(EMStepper(1000 + datasets.well_separated().X, k=3, panels=["data"]))
    one.stepper.field("data").select_option("ring")
    ticks = one.settle().stepper.part(".gmm-axes text").all_text_contents()
    numbers = [float(tick.replace("−", "-")) for tick in ticks if tick not in ("x", "y")]
    low, high = datasets.ring().X.min(), datasets.ring().X.max()
    assert low - 2 < min(numbers) < 0 < max(numbers) < high + 2


def test_a_start_that_python_was_given_is_known_to_the_picture(live):
    iris = datasets.iris()
    given = m_step.m_step(iris.X, np.eye(3)[iris.labels])
    same = Parameters(given.weights, given.means, [np.eye(4)] * 3)
    widget = EMStepper(iris.X, same, panels=["data"])
    one = live(widget)
    ellipses = one.stepper.part(".gmm-components ellipse:visible")
    assert "as you have set it" in one.stepper.words and ellipses.count() == 6, "shapes that somebody gave are shapes"
    one.stepper.part("[name=printed][value='12']").evaluate("e => e.click()")
    np.testing.assert_array_equal(one.settle().widget.parameters.means, same.means)
    one.stepper.press("n")
    assert "seed 43" in one.settle().stepper.words and ellipses.count() == 3
    widget.parameters = given
    assert "as you have set it" in one.tell("settings", "data", "step", "trace").stepper.words


def drop(one, text, number):
    """Drop a file on the stepper, and wait until Python has been asked as often as ``number``."""
    one.stepper.drop("state.txt", text.encode())
    one.page.wait_for_function(f"model.get('request').number >= {number}")
    return one.settle().stepper


def test_a_dropped_state_sets_run_and_picture_and_is_undone(live):
    widget = EMStepper(datasets.well_separated().X, k=3, panels=["compare", "ratchet"])
    one = live(widget)
    before = one.stepper.press("e").words
    one.settle()
    state = "data=ring&k=4&seed=7&step=4&view=contours,hard&mode=edit&predict=9&edits=[[0,[0.5,0.25]],[150,[1,2]]]"
    stepper = drop(one, f"stepper?{state}", 1)
    X = np.vstack([datasets.ring().X, [1, 2]])
    X[0] = 0.5, 0.25
    np.testing.assert_array_equal(widget._X, X)
    assert (widget.step, stepper.points()) == (4, 151) and stepper.words.startswith("M-step 2") and not stepper.alert
    ticked = "es => es.filter((e) => e.checked).map((e) => e.value)"
    assert stepper.field("view").evaluate_all(ticked) == ["contours", "hard"]
    assert stepper.field("guess").input_value() == "9"
    assert stepper.part("[data-do=edit]").get_attribute("aria-pressed") == "true"
    assert "predict=9" in widget.to_link()
    stepper.press("u")
    assert one.settle().stepper.words == f"Undone. {before}" and stepper.points() == 150
    np.testing.assert_array_equal(widget._X, datasets.well_separated().X)


def test_a_state_that_python_refuses_says_so_and_the_view_lives(live):
    one = live(EMStepper(datasets.well_separated().X, k=3))
    start = one.stepper.words
    for number, (state, says) in enumerate(
        [
            ("k=1&parameters=" + json.dumps(as_one([0, 0, 0])), "must have the 2 dimensions of X; got 3"),
            ("edits=[[900,[1,2]]]", "row 900 cannot become [1, 2] in 150 rows"),
        ]
    ):
        assert says in drop(one, f"stepper?data=ring&{state}", 2 * number + 1).alert
        assert one.stepper.press("u") and one.settle().stepper.words == f"Undone. {start}"
    one.stepper.press("e")
    assert one.settle().stepper.words.startswith("E-step 1")


def test_of_a_sample_no_curve_is_drawn(live):
    one = live(EMStepper(np.random.default_rng(1).standard_normal((6000, 2)), k=2, panels=["along"]))
    assert "more points than are shown" in one.stepper.part("[data-panel=along]").inner_text()
    assert one.stepper.part(".gmm-hill *").count() == 0


def test_bic_of_points_of_which_a_sample_is_shown_counts_the_weights_of_all(live):
    """By its formula: 11 free parameters, and as many observations as the weights say."""
    X, counts = np.random.default_rng(2).standard_normal((6000, 2)), np.arange(6000) % 3 + 0.5
    for weights, n in ((None, 6000), (counts, counts.sum())):
        one = live(EMStepper(X, k=2, panels=["ratchet"], sample_weight=weights))
        parts = {name: one.stepper.part(f"[data-panel=ratchet] [data-fill={name}]") for name in ("value", "AIC", "BIC")}
        shown = {name: float(part.inner_text().replace("−", "-")) for name, part in parts.items()}
        assert shown["BIC"] == pytest.approx(11 * np.log(n) - 2 * shown["value"], abs=0.02)
        assert shown["AIC"] == pytest.approx(2 * 11 - 2 * shown["value"], abs=0.02)


def as_one(mean):
    return {"weights": [1], "means": [mean], "covariances": [np.eye(len(mean)).tolist()]}


def test_a_film_goes_on_beyond_the_frames_at_hand(live):
    widget = EMStepper(datasets.overlapping().X, k=3, panels=["ratchet", "share"])
    one = live(widget)
    loaded = len(widget.trace["frames"])
    widget.step = loaded - 2
    one.tell("step").stepper.field("speed").fill("4")
    one.stepper.click("Film (WebM)")
    for _ in range(100):
        one.settle()
        if widget.step > loaded + 2:
            break
        one.page.wait_for_timeout(50)
    assert widget.step > loaded + 2 and one.stepper.part("[data-do=film]").inner_text() == "End the film"
    with one.page.expect_download():
        one.stepper.click("End the film")


def test_the_axes_are_chosen_without_another_run(live):
    iris = datasets.iris()
    widget = EMStepper(iris.X, k=3, feature_names=iris.feature_names, panels=["data"])
    one = live(widget)
    one.stepper.press("e", "m")
    one.settle()
    number = widget.trace["number"]
    one.stepper.field("across").select_option("1")
    assert one.settle().widget.trace["number"] == number and widget.step == 2
    assert "sepal length" in one.stepper.part(".gmm-axes").text_content()


def test_a_second_run_goes_on_when_python_prolongs_the_first(live):
    """And is not computed anew: with a clock that gives it few half-steps at a time it is there at once."""
    widget = EMStepper(datasets.overlapping().X, k=3, beside="seed:7")
    one = live(widget)
    loaded = len(widget.trace["frames"])
    widget.step = loaded - 2
    one.tell("step").stepper.part("[data-part=besideWords]").get_by_text(f"step {(loaded - 1) // 2};").wait_for()
    one.page.evaluate("() => { let now = 0; performance.now = () => (now += 20); globalThis.setTimeout = () => 0; }")
    one.stepper.press("e", "m", "e", "m", "e")
    for _ in range(20):
        if not one.asked:
            break
        before = one.state(SYNCED)
        for name, value in one.asked:
            setattr(widget, name, value)
        one.asked.clear()
        after = one.state(SYNCED)
        one.tell(*(name for name in SYNCED if after[name] != before[name]))
    assert len(widget.trace["frames"]) > loaded, "Python has prolonged the run"
    frame = widget.frames[widget.step]
    words = one.stepper.part("[data-part=besideWords]").inner_text()
    assert f"{frame.phase}-step {frame.iteration};" in words


def test_a_held_variance_is_asked_of_python(live):
    widget = EMStepper(datasets.overlapping().X, k=3, panels=["data"])
    one = live(widget)
    one.stepper.press("e", "m")
    one.settle().stepper.field("holding").check()
    one.settle().stepper.field("held").fill("-2")
    one.stepper.field("held").dispatch_event("change")
    held = one.settle().widget.settings["held"]
    assert 0 < held < 0.1 * datasets.overlapping().X.var() and widget.step == 2
    np.testing.assert_array_equal(widget.parameters.covariances, np.tile(held * np.eye(2), (3, 1, 1)))


def test_closing_it_leaves_nothing_behind(live):
    one = live(EMStepper(datasets.ring().X, k=2))
    assert one.page.evaluate("model.count()") == 2
    one.page.evaluate("cleanUp()")
    assert one.page.evaluate("model.count()") == 0
