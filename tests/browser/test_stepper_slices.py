"""Long work in the stepper: in slices, with progress, and stopped when somebody wishes."""

import pytest
import stepper_page
from chromium import PATIENCE
from stepper_page import Stepper

# A clock that a look at it moves on, and timers that run when they are told to.
SLOW = """() => {
  let now = 0, id = 0;
  const due = new Map();
  performance.now = () => (now += 20);
  globalThis.setTimeout = (work) => due.set(++id, work) && id;
  globalThis.clearTimeout = (id) => due.delete(id);
  globalThis.later = () => { const all = [...due.values()]; due.clear(); all.forEach((work) => work()); };
}"""


@pytest.fixture
def stepper(browser):
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.set_content(stepper_page.html({"data": "overlapping"}))
    page.evaluate(SLOW)
    yield Stepper(page)
    context.close()


def end(stepper):
    stepper.root.focus()
    stepper.page.keyboard.press("End")


def test_converging_comes_in_slices_with_progress_and_can_be_stopped(stepper):
    progress = stepper.part("progress")
    assert not progress.is_visible()
    end(stepper)
    assert progress.is_visible()
    before = progress.evaluate("e => e.value")
    stepper.page.evaluate("for (let i = 0; i < 40; i++) later()")
    after = progress.evaluate("e => e.value")
    assert 0 < before < after < 1 and stepper.root.get_attribute("aria-busy") == "true"
    words = stepper.part(".gmm-words").inner_text()
    assert stepper.click("Stop").words != words and "Converged" not in stepper.words
    assert not progress.is_visible() and stepper.page.evaluate("later()") is None and not progress.is_visible()
    assert stepper.root.evaluate("e => e === document.activeElement"), "the keys still lead it"
    end(stepper)
    stepper.page.evaluate("for (let i = 0; i < 900; i++) later()")
    assert stepper.words.startswith("Converged in iteration") and not progress.is_visible()


def test_whoever_goes_elsewhere_is_not_called_back(stepper):
    end(stepper)
    stepper.page.evaluate("later()")
    assert stepper.press("Home").words.startswith("Start")
    stepper.page.evaluate("for (let i = 0; i < 900; i++) later()")
    assert stepper.words.startswith("Start")
    end(stepper)
    stepper.press("n")  # another seed, while the old run is computed
    stepper.page.evaluate("for (let i = 0; i < 900; i++) later()")
    assert stepper.words.startswith("Start") and "seed 43" in stepper.words


def test_a_link_beyond_the_end_is_told_when_the_end_is_known(stepper):
    stepper.page.evaluate("location.hash = 'stepper?data=well_separated&step=600'")
    stepper.part("progress").wait_for()
    stepper.page.evaluate("for (let i = 0; i < 900; i++) later()")
    assert "step 600 cannot be shown, the run ends after" in stepper.alert
    end(stepper)
    stepper.press("4")  # undone, it is computed anew
    end(stepper)
    stepper.page.evaluate("for (let i = 0; i < 900; i++) later()")
    stepper.press("Home", "u")
    assert stepper.words.startswith("Undone. M-step")
