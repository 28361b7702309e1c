"""Python in the page, from disk: what a reader who never had Python sees and does."""

import os
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chromium import PATIENCE, SITE
from live_page import (
    Cell,
    code_cells,
    differences,
    first_cell,
    layer,  # noqa: F401 (the site has Python in its pages)
    notebooks,
    on_a_phone,
    opened,
    outputs_of_all,
)
from stepper_page import Stepper
from test_site_in_browser import NOT_OURS, WIDER_THAN_THE_SCREEN, violations

PAGE = "chapters/02_mixture"
# Pages that take little and use much: steppers, what collapses (chapter 8), source code, tables, pictures.
SPREAD = ("chapters/08_e_step",)
# What another version or another processor rightly prints otherwise.
KNOWN = {  # by the page, and by words of the cell
    ("chapters/01_datasets", "scores.argmax()"): "which of sixteen equally good fits is the best by a last digit",
    ("beyond/18_labels", "QuadraticDiscriminantAnalysis()"): "scikit-learn 1.6, that of the page, divides by n - 1",
    ("beyond/20_factor_analysis", 'svd_method="lapack"'): "the sign of a factor, which is free, is another library's",
    ("chapters/11_evaluation", "cm.get_cmap"): "the page's Matplotlib, 3.8, still has what the cell asks for",
}


@pytest.mark.parametrize("name", notebooks() if os.environ.get("LIVE") == "all" else SPREAD)
def test_every_cell_of_a_page_shows_what_is_stored(browser, name):
    page = opened(browser, name)
    outputs, cells = outputs_of_all(page), code_cells(name)
    words = [words for chapter, words in KNOWN if chapter == name]
    known = {number for number, cell in enumerate(cells, 1) if any(one in cell.source for one in words)}
    differing = differences(outputs, cells)
    assert [line for line in differing if int(re.match(r"cell (\d+)", line)[1]) not in known] == []
    assert len(differing) == len(known), "an exception that is none any more"
    assert page.errors == []
    page.context.close()


@pytest.fixture(scope="module")
def page(browser):
    """One page, on which the tests below follow one another as a reader's doings would."""
    yield from on_a_phone(browser, PAGE)


def test_before_the_click_nothing_is_loaded(page):
    page.wait_for_load_state("load")
    assert page.locator(".gmm-live-start").is_visible()
    assert page.locator(".gmm-live-run").count() == len(code_cells(PAGE))
    assert [address for address in page.asked if "/live/" in address] == []


@pytest.fixture(scope="module")
def cell(page):
    return first_cell(page)


def test_a_click_loads_what_the_cell_needs_and_nothing_from_outside(cell):
    parts = {re.search(r"/live/(\w+)\.part\.js$", one)[1] for one in cell.page.asked if one.endswith(".part.js")}
    assert {"core", "own", "numpy"} <= parts
    memory = cell.page.evaluate("() => navigator.deviceMemory ?? 8")
    assert cell.page.locator(".gmm-live-memory").count() == (memory <= 4), "where memory is scarce, a sentence says so"
    home = SITE.as_uri() + "/"
    assert [one for one in cell.page.asked if not one.startswith((home, "blob:", "data:"))] == []


def test_a_changed_cell_runs_with_the_keyboard_and_shows_text_and_values(cell):
    cell.run("import numpy as np\nprint('one'); print('two')\nnp.arange(3) / 2")
    assert cell.output.locator("pre").all_inner_texts() == ["one\ntwo\n", "array([0. , 0.5, 1. ])"]


def test_what_is_loaded_was_compiled_ahead_where_the_site_was_built_with_node(cell):
    cell.run("print(np.__file__.rpartition('.')[2])")
    assert cell.output.inner_text().strip() == ("pyc" if shutil.which("node") else "py")


def test_names_last_from_one_run_to_the_next_and_a_semicolon_keeps_a_value_back(cell):
    cell.run("kept = [n for n in range(3)]\nkept;  # not shown")
    assert not cell.output.count() or not cell.output.inner_text()
    cell.run("def twice(x):\n    return 2 * x\n\nprint(twice(len(kept)))")
    assert cell.output.inner_text().strip() == "6"


def test_an_error_is_shown_with_its_line_and_the_way_to_it(cell):
    cell.run("a = 1\nb = a / 0\nprint('never')", ends="stopped by an error")
    assert cell.output.locator(".gmm-live-error > p").inner_text() == "ZeroDivisionError in line 2: division by zero"
    cell.output.locator("summary").click()
    way = cell.output.locator(".gmm-live-error pre").inner_text()
    place = re.search(r'File "<cell 1(, version \d+)?>", line 2', way)  # a function knows in which text it was written
    assert place and "b = a / 0" in way and "gmm_live" not in way
    cell.run("a = (", ends="stopped by an error")
    assert "SyntaxError in line 1" in cell.output.inner_text()


def test_linear_algebra_refuses_here_what_it_refuses_elsewhere(cell):
    """In WebAssembly NumPy itself would return NaN."""
    cell.run("np.linalg.cholesky(np.diag([1.0, -1.0]))", ends="stopped by an error")
    assert "LinAlgError in line 1: Matrix is not positive definite" in cell.output.inner_text()
    cell.run("np.linalg.solve(np.ones((2, 2)), [1, 2])", ends="stopped by an error")
    assert "LinAlgError in line 1: Singular matrix" in cell.output.inner_text()
    cell.run("print(np.linalg.inv(np.diag([2.0, 4.0])).tolist(), np.isnan(np.linalg.svd([[1.0]])[1]).any())")
    assert cell.output.inner_text().strip() == "[[0.5, 0.0], [0.0, 0.25]] False"


def test_a_figure_appears_in_place_with_words_for_who_cannot_see_it(cell):
    cell.run("from matplotlib import pyplot as plt\nplt.figure(figsize=(2, 1)).add_subplot().plot([1, 2]);")
    for kind, seen in (("only-light", True), ("only-dark", False)):
        image = cell.output.locator(f"img.{kind}")
        assert image.get_attribute("src").startswith("data:image/svg+xml") and image.get_attribute("alt")
        assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
        assert image.is_visible() == seen


def test_no_serious_accessibility_violation_and_no_page_wider_than_a_phone_while_a_cell_is_edited(cell):
    assert cell.page.evaluate(WIDER_THAN_THE_SCREEN) is None
    # The editor's box is scrolled by its cursor: what it holds takes the focus, which axe does not see.
    assert violations(cell.page, without=[*NOT_OURS, "scrollable-region-focusable"]) == []


def test_an_endless_loop_is_ended_and_what_is_lost_is_said(cell):
    cell.write("while True:\n    pass")
    cell.page.keyboard.press("Shift+Enter")
    cell.ends("running")
    cell.box.get_by_role("button", name="Stop").click()
    cell.ends("ended")
    said = cell.page.locator(".gmm-live > .gmm-live-note").inner_text()
    assert "what it knew is lost" in said
    cell.run("kept", ends="stopped by an error")
    assert "NameError" in cell.output.inner_text()
    cell.run("6 * 7")
    assert cell.output.inner_text().strip() == "42"


def test_python_can_be_stopped_while_it_starts(cell):
    cell.page.get_by_role("button", name="Restart Python").click()
    cell.write("while True:\n    pass")
    cell.page.keyboard.press("Shift+Enter")
    cell.box.get_by_role("button", name="Stop").click()
    cell.ends("ended")
    cell.run("6 * 7")
    assert cell.output.inner_text().strip() == "42"


def test_a_stepper_comes_to_life_also_where_the_page_holds_one_already(cell):
    assert cell.page.locator(".gmm-stepper").count() > 0
    cell.run("from gmm_lib.stepper import EMStepper\nEMStepper([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]], k=1)")
    assert cell.output.locator(".gmm-mounted button").count() > 0


# The M-step with the article's slips in (13) and (14), 1/n in the place of 1/N, and what tells when it is called.
OWN_M_STEP = """
import numpy as np
from gmm_lib.stepper import EMStepper

def as_printed(X, w):
    print("called")
    means = w.T @ X / len(X)
    away = X[:, None] - means
    return w.mean(axis=0), means, np.einsum("ij,ijr,ijs->jrs", w, away, away) / len(X)

X = np.array([[3.0, 1.0], [3.5, 1.5], [4.0, 1.0], [8.0, 6.0], [9.0, 6.5], [8.5, 7.0], [4.0, 6.0]])
stepper = EMStepper(X, k=2, m_step=as_printed, reg_covar=0.01)
"""


def stepper_of(cell):
    stepper = Stepper(cell.page)
    stepper.root = cell.box.locator(".gmm-root")
    return stepper


def wait_for(stepper, start):
    """Wait until the stepper's sentence begins so, and return it."""
    words = stepper.part(".gmm-words").filter(has_text=re.compile(f"^{start}"))
    words.wait_for()
    return words.inner_text()


def test_a_stepper_is_driven_by_python_with_an_m_step_of_ones_own(cell):
    """Against the same code, run here; the page's own engine knows nothing of this M-step."""
    exec(OWN_M_STEP, here := {})
    cell.run(OWN_M_STEP + "stepper")
    stepper = stepper_of(cell)
    for seed in (42, 43):
        here["stepper"] = here["EMStepper"](here["X"], k=2, m_step=here["as_printed"], reg_covar=0.01, seed=seed)
        stepper.press("e", "m")
        reached = f"{here['stepper'].frames[2].log_likelihood:.3f}".replace("-", "−")
        assert reached in wait_for(stepper, "M-step 1")
        printed = cell.output.locator("pre").last.inner_text()
        stepper.press("n")
        assert "seed" in wait_for(stepper, "Start")
    assert printed.strip() and set(printed.split()) == {"called"}, "what it prints comes below it"


def test_python_sees_what_is_done_in_the_picture_and_the_picture_what_python_does(cell):
    other, stepper = Cell(cell.page, 2), stepper_of(cell)
    stepper.press("e", "m", "e")
    wait_for(stepper, "E-step 2")
    other.run("print(stepper.step, stepper.settings['seed'])\nstepper.step = 4")
    assert other.output.inner_text().strip() == "3 44" and wait_for(stepper, "M-step 2")
    other.run("stepper")
    stepper_of(other).press("Home")
    assert wait_for(stepper, "Start"), "both show one widget"
    other.run("from gmm_lib.stepper.figures import KMeansFigure\nKMeansFigure(X, X[:2])")
    other.output.locator(".gmm-interactive.gmm-mounted").wait_for()
    views = "[...gmmLive.page.widgets.models.values()].flatMap((one) => [...one.views])"
    connected = cell.page.evaluate(f"() => {views}.map((view) => view.box.isConnected)")
    assert connected == [True, True], "a figure of another kind is drawn by its own script"
    other.run("print(len(stepper.frames))")
    assert cell.page.evaluate("() => [...gmmLive.page.widgets.models.values()].map((one) => one.views.size)") == [1]


def test_where_python_is_ended_the_picture_goes_on_without(cell):
    cell.page.get_by_role("button", name="Restart Python").click()
    stepper = stepper_of(cell)
    assert wait_for(stepper, "Start")
    stepper.press("e", "m")
    assert wait_for(stepper, "M-step 1") and cell.box.locator(".gmm-root").count() == 1


def test_a_figure_that_moves_comes_to_life_where_the_page_holds_none(cell):
    assert cell.page.locator(".gmm-interactive").count() == 0
    cell.run("from gmm_lib.stepper.figures import KMeansFigure\nKMeansFigure([[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0]])")
    cell.output.get_by_text("Cost 25.0, clusters of 2 points.").wait_for()
    cell.run("from gmm_lib.stepper.figures import CoinsFigure\nCoinsFigure([5, 9], 10, [0.6, 0.5])")
    cell.output.locator(".gmm-interactive .gmm-words:not(:empty)").wait_for()
    views = "[...gmmLive.page.widgets.models.values()].flatMap((one) => [...one.views])"
    connected = cell.page.evaluate(f"() => {views}.filter((view) => view.box.isConnected).length")
    assert connected == 1, "it has a script of its own, and Python drives it"


def test_reset_brings_the_stored_cell_back(cell):
    stored = code_cells(PAGE)[0].source
    cell.box.get_by_role("button", name="Reset").click()
    assert cell.box.locator(".cell_input pre").inner_text().strip() == stored.strip()
    assert cell.box.locator(".cm-content").count() == 0
    assert not cell.output.count() or not cell.output.inner_text()


# -- elsewhere than from disk, and where it cannot be


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it is asked."""

    def log_message(self, *_):
        pass


def test_from_a_host_the_same_files_are_fetched_as_they_are(browser, site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        fetched = []
        page.on("request", lambda request: fetched.append((request.resource_type, request.url)))
        page.goto(f"http://127.0.0.1:{server.server_port}/{PAGE}.html")
        cell = Cell(page)
        page.locator(".gmm-live-run").first.click()
        cell.note.wait_for(state="attached")
        cell.ends("done")
        kinds = {kind for kind, address in fetched if address.endswith(".part.js")}
        assert kinds == {"fetch"}
    finally:
        page.context.close()
        server.shutdown()


@pytest.mark.parametrize(
    "broken, said",
    [
        ("delete globalThis.DecompressionStream", "This browser cannot run Python: it has no DecompressionStream."),
        (
            "globalThis.Worker = class { constructor() { throw new Error('blocked') } }",
            "could not start in this page (blocked).",
        ),
        ("delete globalThis.WebAssembly", "This browser cannot run Python: it has no WebAssembly."),
        (
            "WebAssembly.compile = () => Promise.reject(new RangeError('WebAssembly.compile(): out of memory'))",
            "could not start in this page (its memory is full).",
        ),
    ],
)
def test_where_it_cannot_run_a_sentence_says_so_and_the_way_out(browser, broken, said):
    page = opened(browser, PAGE)
    page.add_init_script(f"{broken}; Object.defineProperty(navigator, 'deviceMemory', {{ value: 4 }})")
    page.reload()
    page.locator(".gmm-live-run").first.click()
    note = page.locator(".gmm-live > .gmm-live-note", has_text="make lab")
    note.wait_for()
    assert said in note.inner_text()
    if "compile" in broken or "Worker" in broken:
        assert "about 1 GB of this device’s 4 GB" in page.locator(".gmm-live-memory").inner_text()
    page.context.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "reduced_motion": "reduce"}
SMALL = """() => [...document.querySelectorAll(":is(.gmm-live, .gmm-live-cell) button")].filter((one) => {
  const { width, height } = one.getBoundingClientRect();
  return width && (width < 44 || height < 44);
}).map((one) => one.textContent)"""


@pytest.mark.parametrize(
    "gigabytes, said",
    [(2, "this device has 2 GB in all: the browser will probably end the page"), (4, "this device’s 4 GB of memory")],
)
def test_on_a_phone_memory_is_told_of_and_a_finger_reaches_all(browser, gigabytes, said):
    page = opened(browser, PAGE, **PHONE)
    memory = f"Object.defineProperty(navigator, 'deviceMemory', {{ value: {gigabytes} }})"
    page.add_init_script(f"{memory}; Worker = class {{ postMessage() {{}} terminate() {{}} }};")  # Python never starts
    page.reload()
    first = Cell(page)
    first.box.locator(".gmm-live-run").tap()
    page.locator(".gmm-live-memory", has_text=said).wait_for()
    first.box.get_by_role("button", name="Edit").tap()
    first.box.locator(".cm-content").tap()
    page.keyboard.insert_text("answer = 6 * 7  # ")
    assert "answer = 6 * 7" in first.box.locator(".cm-content").inner_text()
    page.get_by_role("button", name="Restart Python").wait_for()
    assert page.evaluate(SMALL) == [] and page.evaluate(WIDER_THAN_THE_SCREEN) is None
    page.context.close()


def test_a_script_that_does_not_come_is_told_and_the_next_click_asks_again(browser):
    page = opened(browser, PAGE)
    root = page.evaluate("() => document.documentElement.dataset.content_root")
    lead = "(root) => { document.documentElement.dataset.content_root = root; }"
    page.evaluate(lead, "nowhere/")
    button = page.locator(".gmm-live-start").first
    button.click()
    page.wait_for_function("() => document.querySelector('.gmm-live-note').textContent.includes('could not be loaded')")
    assert "make lab" in page.locator(".gmm-live-note").first.inner_text()
    page.evaluate(lead, root)
    button.click()
    page.wait_for_function("() => globalThis.gmmLive?.page")
    page.context.close()
