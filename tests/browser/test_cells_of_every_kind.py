"""Cells as people write them for notebooks, in the page: done as a notebook does it, or refused with the reason."""

import pytest
from live_page import Cell, code_cells, first_cell, layer, on_a_phone, opened  # noqa: F401 (layer: the site has Python in its pages)

PAGE = "chapters/02_mixture"
JUPYTERS = "is a command of Jupyter’s, and a page runs Python alone."
LAB = "“make lab” opens the notebook on your own machine, where it works."


@pytest.fixture(scope="module")
def page(browser):
    """One page, with one Python, on which the tests below follow one another."""
    yield from on_a_phone(browser, PAGE)


@pytest.fixture(scope="module")
def cell(page):
    return first_cell(page)


def shown(cell):
    """The outputs of a cell in a notebook's own form."""
    return cell.page.evaluate("() => gmmLive.page.cells[0].outputs")


WORKS = {
    "a figure without show": ("%matplotlib inline\nfrom matplotlib import pyplot as plt\nplt.plot([1, 2]);", [1]),
    "two figures": ("for _ in range(2):\n    plt.figure(figsize=(2, 1))\n    plt.plot([1, 2])", [1, 1]),
    "a figure before a text": ("plt.plot([1, 2])\nplt.show()\nprint('after')", [1, "after\n"]),
    "await": ("import asyncio\nawait asyncio.sleep(0.01)\n'slept'", ["'slept'"]),
    "await in the midst": ("[await asyncio.sleep(0, n) for n in range(3)]", ["[0, 1, 2]"]),
    "a warning": (
        "import warnings\nwarnings.warn('careful')",
        ["<cell 1>:2: UserWarning: careful\n  warnings.warn('careful')\n"],
    ),
    "the same warning again": (
        "import warnings\nwarnings.warn('careful')",
        ["<cell 1>:2: UserWarning: careful\n  warnings.warn('careful')\n"],
    ),
    "a line that is drawn again": ("for i in range(3):\n    print(f'\\r{i + 1}/3', end='')", ["\r1/3\r2/3\r3/3"]),
    "outputs that are cleared": (
        "from IPython.display import clear_output\nprint(1)\nclear_output(wait=True)\nprint(2)",
        ["2\n"],
    ),
    "a lone surrogate": ("'\\ud800'", ["'\\ud800'"]),
    "nothing": ("# nothing", []),
    "a file": ("open('x.txt', 'w').write('hello')\nopen('x.txt').read()", ["'hello'"]),
    "a text with signs of commands": ("'''\n!ls\n%time\nx?\n'''", ["'\\n!ls\\n%time\\nx?\\n'"]),
}


@pytest.mark.parametrize("kind", WORKS)
def test_what_a_notebook_does_the_page_does(cell, kind):
    """Pictures are counted as 1, texts compared as they were printed."""
    code, expected = WORKS[kind]
    cell.run(code)
    found = [
        one.get("text") or (1 if "image/svg+xml" in one["data"] else one["data"]["text/plain"]) for one in shown(cell)
    ]
    assert found == expected


REFUSED = {
    "!ls": f"SyntaxError in line 1: “!” asks the machine’s shell, and a page has none. {LAB}",
    "files = !ls": f"SyntaxError in line 1: “!” asks the machine’s shell, and a page has none. {LAB}",
    "a = 1\n%timeit a": f"SyntaxError in line 2: “%timeit” {JUPYTERS} {LAB}",
    "%pip install seaborn": f"SyntaxError in line 1: packages cannot be installed in a page. {LAB}",
    "plt.plot?": "SyntaxError in line 1: “?” is a command of Jupyter’s: write help(plt.plot)",
    "for i in range(3)\n    print(i)": "SyntaxError in line 1: expected ':'",
    "input('who? ')": "RuntimeError in line 1: input() cannot ask anybody in this page: write the value into the cell.",
    "'ä'.encode('ascii')": "UnicodeEncodeError in line 1: 'ascii' codec can't encode character '\\xe4' in position 0",
    "next(iter([]))": "StopIteration in line 1\n",
    "raise KeyboardInterrupt": "KeyboardInterrupt in line 1\n",
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_what_the_page_does_not_is_refused_in_words_that_say_why(cell, code):
    cell.run(code, ends="stopped by an error")
    assert cell.output.inner_text().startswith(REFUSED[code])


ADVISED = {
    "import pandas": "it cannot install more. " + LAB,
    "import urllib.request\nurllib.request.urlopen('https://example.org')": "Python in a page has no network. " + LAB,
    "import threading\nthreading.Thread(target=print).start()": "Python in a page has one thread. " + LAB,
    "import subprocess\nsubprocess.run(['ls'])": "A page cannot start programs. " + LAB,
    "exit()": "Nothing ends in a page by this: “Restart Python” starts it anew.",
    "import numpy as np\nnp.ones((200_000, 200_000))": "at most 4 GB of memory, and 2 GB for one array.",
}


@pytest.mark.parametrize("code", ADVISED)
def test_where_a_page_has_less_a_sentence_says_so_below_the_error(cell, code):
    cell.run("kept = 7\n" + code, ends="stopped by an error")
    assert ADVISED[code] in cell.output.locator(".gmm-live-advice").inner_text()
    cell.run("kept")
    assert cell.output.inner_text().strip() == "7", "Python goes on, and knows what it knew"


def test_an_error_of_ones_own_has_no_advice(cell):
    cell.run("import gmm_lib.nothing", ends="stopped by an error")
    assert cell.output.locator(".gmm-live-advice").count() == 0


def test_an_error_in_a_function_of_another_cell_names_both_lines(cell):
    other = Cell(cell.page, 2)
    cell.run("def share(x):\n    whole = 0\n    return x / whole")
    other.run("a = 1\nshare(a)", ends="stopped by an error")
    words = "ZeroDivisionError in line 2, from cell 1, line 3: division by zero"
    assert other.output.locator(".gmm-live-error > p").inner_text() == words
    other.output.locator("summary").click()
    assert "return x / whole" in other.output.locator("pre").inner_text()
    cell.run("share(1)", ends="stopped by an error")
    assert "in line 1, from cell 1, line 3: division" in cell.output.inner_text(), "an earlier text of the same cell"


def test_a_million_lines_are_cut_and_the_page_goes_on(cell):
    cell.run("for i in range(1_000_000):\n    print(i)")
    printed = "".join(f"{i}\n" for i in range(100_000))[:400_000]
    assert shown(cell) == [
        {
            "output_type": "stream",
            "name": "stdout",
            "text": printed + "\n... (no more is shown: this cell has printed 400,000 signs)\n",
        }
    ]
    cell.run("'x' * 500_000")
    assert "no more is shown: this value has 500,002 signs" in cell.output.inner_text()[-100:]
    cell.run("6 * 7")
    assert cell.output.inner_text().strip() == "42"


def test_a_terminals_signs_are_followed_not_shown(cell):
    cell.run("print('\\x1b[31mred\\x1b[0m')\nfor i in range(12):\n    print(f'\\r{i:2d} of 11', end='')")
    assert cell.output.locator("pre").inner_text() == "red\n11 of 11"


def test_html_and_markdown_are_drawn(cell):
    cell.run(
        "from IPython.display import HTML, Markdown, display\n"
        "display(HTML('<b>bold</b>'))\n"
        "Markdown('## A head\\n- one *x*\\n- `two`\\n\\nand **more**')"
    )
    output = cell.output
    assert output.locator(".text_html b").inner_text() == "bold"
    assert output.locator(".text_markdown strong").all_inner_texts() == ["A head", "more"]
    assert output.locator(".text_markdown li").all_inner_texts() == ["one x", "two"]
    assert [output.locator(f".text_markdown {tag}").inner_text() for tag in ("em", "code")] == ["x", "two"]


def test_memory_that_a_list_fills_is_said_to_be_full_and_python_goes_on(cell):
    cell.run("kept = 7\nx = []\nwhile True:\n    x.append('y' * 200_000_000)", ends="stopped by an error")
    assert "MemoryError in line 4" in cell.output.inner_text()
    assert "What it knew is still there" in cell.output.locator(".gmm-live-advice").inner_text()
    cell.run("del x\nkept")
    assert cell.output.inner_text().strip() == "7"


@pytest.mark.parametrize("way", ["repr(a)", "async def deep():\n    repr(a)\nawait deep()"])
def test_python_that_ends_by_itself_says_so_and_starts_anew_at_the_next_run(cell, way):
    cell.run(f"a = []\nfor _ in range(100_000):\n    a = [a]\n{way}", ends="ended")
    said = cell.page.locator(".gmm-live > .gmm-live-note").inner_text()
    assert said.startswith("Python in this page has come to an end (calls went too deep), and what it knew is lost")
    assert "make lab" in said
    assert set(cell.page.errors) <= {"Maximum call stack size exceeded"}, "in the worker, while it waited"
    cell.page.errors.clear()
    cell.run("6 * 7")
    assert cell.output.inner_text().strip() == "42"


def test_run_to_here_runs_what_stands_above_and_an_endless_loop_can_be_stopped_and_run_again(cell):
    other = Cell(cell.page, 2)
    cell.write("kept = [1]")
    other.write("kept.append(2)\nkept")
    other.box.get_by_role("button", name="Run to here").click()
    other.ends("done")
    assert other.output.inner_text().strip() == "[1, 2]"
    for _ in range(2):
        other.write("while True:\n    pass")
        cell.page.keyboard.press("Shift+Enter")
        other.ends("running")
        other.box.get_by_role("button", name="Stop").click()
        other.ends("ended")
    advised = "stopped by an error: cells above have not run yet, “Run to here” runs them first"
    other.run("kept", ends=advised)


FULL = """const set = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, text) {
  if (key.startsWith("gmm-")) throw new DOMException("", "QuotaExceededError");
  set.call(this, key, text);
}"""
NO_PYTHON = "Worker = class { postMessage() {} terminate() {} }"  # it never starts


def test_changed_cells_are_there_again_on_the_next_visit_and_the_stored_ones_can_be_had(browser):
    page = opened(browser, PAGE, reduced_motion="reduce")
    page.add_init_script(NO_PYTHON)
    page.reload()
    kept = page.locator(".gmm-live-kept")
    page.locator(".gmm-live-run").first.click()
    stored = [one.source for one in code_cells(PAGE)]
    Cell(page).write("mine = 1")
    page.wait_for_function("() => gmmLive.page.keeper.unkept === false")
    page.asked.clear()
    page.reload()
    kept.get_by_text("1 cell of this page is as you changed it on ").wait_for()
    code = page.locator("div.cell .cell_input pre")
    assert code.first.text_content().strip() == "mine = 1" and Cell(page).note.inner_text() == "as you changed it"
    assert not any(one.endswith(".part.js") for one in page.asked), "Python is not asked for"
    Cell(page).box.get_by_role("button", name="Reset").click()
    assert code.first.text_content().strip() == stored[0].strip()
    Cell(page).box.get_by_role("button", name="Bring your change back").click()
    assert code.first.text_content().strip() == "mine = 1"
    kept.get_by_role("button", name="Bring back the stored cells").click()
    assert code.first.text_content().strip() == stored[0].strip()
    assert page.evaluate("() => localStorage.getItem('gmm-cells/chapters/02_mixture.html')") is None
    page.evaluate(
        "() => localStorage.setItem('gmm-cells/chapters/02_mixture.html', JSON.stringify("
        "{ saved: '2026-01-02T10:00:00Z', cells: [{ stored: 'of an earlier book', text: 'mine = 2' }] }))"
    )
    page.reload()
    kept.get_by_text("1 cell that you changed on 2 January 2026").wait_for()
    assert kept.locator("pre").inner_text() == "mine = 2", "what has no place any more can still be copied"
    assert page.errors == []
    page.context.close()


def test_where_the_browser_keeps_nothing_that_is_said_when_a_cell_is_changed(browser):
    page = opened(browser, PAGE, reduced_motion="reduce")
    page.add_init_script(f"{NO_PYTHON}; {FULL}")
    page.reload()
    page.locator(".gmm-live-run").first.click()
    Cell(page).write("mine = 1")
    page.locator(".gmm-live-kept", has_text="This browser does not keep the cells that you change").wait_for()
    assert page.errors == []
    page.context.close()
