"""The stepper with a kernel: the real widget in Python behind a small shim of anywidget's model in the browser."""

import json

import numpy as np
import pytest
import stepper_page
from chromium import PATIENCE
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets, e_step
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


def test_closing_it_leaves_nothing_behind(live):
    one = live(EMStepper(datasets.ring().X, k=2))
    assert one.page.evaluate("model.count()") == 2
    one.page.evaluate("cleanUp()")
    assert one.page.evaluate("model.count()") == 0
