"""Python in the page in Firefox, from disk: a page is run by its button, and its stepper is driven by Python."""

import firefox
import pytest
from chromium import SITE
from firefox import SOON
from live_page import OUTPUTS, code_cells, differences

from gmm_lib import EMStepper, datasets

PAGE = "chapters/02_mixture"
PRESS = "() => document.querySelector('.gmm-live-start').click()"
HAS_RUN = f"async () => {{ {SOON} while (!globalThis.gmmLive?.page?.cells[%d].ran) await soon(); }}"
# Press these keys in a stepper of Python's, wait for a sentence that holds these words, and return it.
KEYS = f"""async (keys, sought) => {{
  {SOON}
  const [view] = gmmLive.page.widgets.models.values().next().value.views;
  const root = view.box.querySelector(".gmm-root");
  for (const key of keys) root.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
  const words = root.querySelector(".gmm-words");
  while (!words.textContent.includes(sought)) await soon();
  return words.textContent;
}}"""


@pytest.fixture(scope="module")
def tab(site):
    """The page, when it has run by its button."""
    with firefox.asked_for(site, live=True) as opened:
        opened.goto((SITE / f"{PAGE}.html").as_uri())
        opened.evaluate(PRESS)
        for number in range(len(code_cells(PAGE))):  # one after the other: each has its own patience
            opened.evaluate(HAS_RUN % number)
        yield opened


def test_every_cell_shows_what_is_stored_and_nothing_goes_wrong_or_outside(tab):
    assert differences(tab.evaluate(OUTPUTS), code_cells(PAGE)) == []
    assert tab.errors == []
    home = SITE.as_uri() + "/"
    assert [one for one in tab.asked if not one.startswith((home, "blob:", "data:", "about:"))] == []


def test_the_stepper_is_driven_by_python(tab):
    here = EMStepper(datasets.old_faithful().X, k=2, seed=43)
    tab.evaluate(KEYS, ["n"], "seed 43")
    words = tab.evaluate(KEYS, ["e", "m"], "M-step 1")
    assert f"{here.frames[2].log_likelihood:.3f}".replace("-", "\N{MINUS SIGN}") in words
    assert tab.errors == []
