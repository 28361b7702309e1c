"""The stored notebooks carry no noise, and the check of their pictures can fail."""

import ast
import base64
import importlib.util
import io
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


tool = _load("notebooks_tool", ROOT / "tools" / "notebooks.py")
pictures = _load("picture_check", ROOT / "tools" / "pictures.py")
shared = _load("shared", ROOT / "conftest.py")


@pytest.mark.parametrize("path", tool.book_notebooks(), ids=lambda path: path.stem)
def test_a_stored_notebook_carries_no_noise(path):
    notebook = nbformat.read(path, as_version=4)
    assert list(tool.noise(notebook)) == []


@pytest.mark.parametrize("path", tool.book_notebooks(), ids=lambda path: path.stem)
def test_a_stored_notebook_is_normalised(path):
    stored = nbformat.read(path, as_version=4)
    assert tool.normalize(nbformat.read(path, as_version=4)) == stored, "run: make notebooks"


@pytest.mark.parametrize(
    "text, what",
    [
        ("<Thing object at 0x7f3a2b1c9d00>", "a memory address"),
        ("saved to /home/ann/book/x.png", "an absolute path"),
        ("1.23 ms ± 4 µs per loop", "a timing"),
    ],
)
def test_noise_is_found(text, what):
    cell = nbformat.v4.new_code_cell("f()", execution_count=1, outputs=[nbformat.v4.new_output("stream", text=text)])
    assert what in "".join(tool.noise(nbformat.v4.new_notebook(cells=[cell])))


def test_cells_run_out_of_order_are_found():
    cells = [nbformat.v4.new_code_cell("1", execution_count=n) for n in (2, 1)]
    assert "top to bottom" in "".join(tool.noise(nbformat.v4.new_notebook(cells=cells)))


def _png(array):
    buffer = io.BytesIO()
    Image.fromarray(array.astype(np.uint8)).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def picture():
    array = np.full((100, 200, 3), 255)
    array[40:60, 20:180] = (0, 114, 178)
    return array


def test_a_picture_equals_itself_and_forgives_a_last_digit(picture):
    nudged = picture.copy()
    nudged[40, 20:60] = 250
    assert pictures.difference(_png(picture), _png(picture)) is None
    assert pictures.difference(_png(picture), _png(nudged)) is None


def test_a_changed_blank_missing_or_resized_picture_is_caught(picture):
    moved = np.roll(picture, 10, axis=0)
    assert "differ" in pictures.difference(_png(picture), _png(moved))
    assert "blank" in pictures.difference(_png(picture), _png(np.full_like(picture, 255)))
    assert "stored is" in pictures.difference(_png(picture), _png(picture[:, :150]))
    assert "none drawn" in pictures.difference(_png(picture), None)


def test_of_a_picture_of_this_machine_only_its_being_there_is_compared(picture):
    blank = np.full_like(picture, 255)
    assert pictures.difference(_png(picture), _png(np.roll(picture, 10, axis=0)), True) is None
    assert "blank" in pictures.difference(_png(picture), _png(blank), True)
    assert "none drawn" in pictures.difference(_png(picture), None, True)


CURVE = "M10 90L30 50L60 30L90 70"
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200" height="100">
<path d="M0 0L200 0L200 100L0 100z" style="fill: #ffffff"/>
<path d="{curve}" style="fill: none; stroke: {colour}; stroke-width: 1.8"/>
<defs><clipPath id="cut"><path d="M0 0L100 0L100 100L0 100z"/></clipPath>
<path id="dot" d="M-2 -2L2 -2L2 2L-2 2z"/><path id="Font-41" d="M0 0L50 99"/>
<path id="Font-42" d="M9 0L0 99"/></defs>
<g style="fill: #d55e00"><use xlink:href="#dot" x="40" y="20"/>{dots}</g>
<g transform="translate({left} 95) scale(0.1 -0.1)"><use xlink:href="#Font-{letter}"/></g></svg>"""
DOT = '<use xlink:href="#dot" x="{x}" y="{y}"/>'
AT_80 = DOT.format(x=80, y=25)


def _figure(curve=CURVE, colour="#0072b2", dots=AT_80, letter=41, left=100):
    return FIGURE.format(curve=curve, colour=colour, dots=dots, letter=letter, left=left)


@pytest.mark.parametrize(
    "drawn",
    [
        _figure(),
        _figure().replace("dot", "mark7"),  # names may be others
        _figure(curve="M10 90L30.2 50L60 30.1L90 70", dots=DOT.format(x=80.3, y=25)),
        _figure(curve="M10 90L20 70L30 50L60 30L90 70"),  # a corner more, on the same line
        _figure(colour="#0172b1"),
    ],
)
def test_a_figure_forgives_rounding(drawn):
    assert pictures.difference(_figure(), drawn) is None
    assert pictures.difference(drawn, _figure()) is None


@pytest.mark.parametrize(
    "drawn, why",
    [
        (_figure(dots=""), "a mark"),
        (_figure(dots=DOT.format(x=80, y=27)), "moved"),
        (_figure(dots=2 * AT_80), "a mark"),
        (_figure(curve="M10 90L30 50L60 36L90 70"), "moved"),
        (_figure(curve="M10 90L30 50M60 30L90 70"), "moved"),  # a gap
        (_figure(curve="M10 90L30 90L60 30L90 70"), "moved"),
        (_figure(colour="#d55e00"), "looks"),
        (_figure(letter=42), "Font-42"),
        (_figure(left=103), "moved"),
        (_figure().replace("stroke-width: 1.8", "stroke-width: 1.2"), "looks"),
        (_figure().replace('<path d="M10', '<path clip-path="url(#cut)" d="M10'), "cut"),
        (_figure().replace('height="100"', 'height="130"'), "stored is"),
        (_figure().partition('<path d="M10')[0] + "</svg>", "blank"),
    ],
)
def test_a_figure_that_lost_a_part_or_has_another_is_caught(drawn, why):
    assert why in pictures.difference(_figure(), drawn)


def test_pixels_inside_a_figure_are_compared_and_one_format_is_not_another(picture):
    def with_pixels(array):
        image = f'<image xlink:href="data:image/png;base64,{_png(array)}" width="50" height="30"/>'
        return _figure().replace("</svg>", f"{image}</svg>")

    assert pictures.difference(with_pixels(picture), with_pixels(picture)) is None
    assert "pixels differ" in pictures.difference(with_pixels(picture), with_pixels(np.roll(picture, 10, axis=0)))
    assert "run tools/notebooks.py" in pictures.difference(_png(picture), _figure())
    assert pictures.difference(_figure(), _figure(dots=""), of_this_machine=True) is None


def test_the_files_that_are_run_first_are_there():
    assert [path for path in shared.LONG if not (ROOT / path).exists()] == []


# What is folded

CHAPTERS = [path for path in tool.book_notebooks() if path.parent.name in ("chapters", "beyond", "scale")]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_opens_with_its_imports_folded_and_folds_no_other_cell_as_such(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    importing = [ast.parse(cell.source).body[0].__class__ in (ast.Import, ast.ImportFrom) for cell in cells]
    assert importing[0] and {"imports", "hide-input"} <= set(cells[0].metadata.tags), "its first cell"
    assert not any("imports" in cell.metadata.get("tags", ()) for cell in cells[1:])
    only = [{type(part) for part in ast.parse(cell.source).body} <= {ast.Import, ast.ImportFrom} for cell in cells[1:]]
    assert not any(only), "imports alone: they belong in the first cell"


# Pictures that a processor decides


OF_THIS_MACHINE = shared.OF_THIS_MACHINE
MEASURING = {"perf_counter", "monotonic", "process_time", "time_ns", "timeit", "tracemalloc", "getrusage", "psutil"}


def _cells():
    return [
        pytest.param(path, number, id=f"{path.stem}-{number}")
        for path in tool.book_notebooks()
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells)
        if OF_THIS_MACHINE in cell.metadata.get("tags", ())
    ]


def _names(source, *contexts):
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, contexts)}


@pytest.mark.parametrize("path, number", _cells())
def test_what_a_picture_of_this_machine_shows_is_asserted_or_printed_beside_it(path, number):
    cells = nbformat.read(path, as_version=4).cells
    cell = cells[number]
    assert pictures.of_outputs(cell.outputs), "the tag is for pictures"
    claim = next(other for other in cells[number + 1 :] if other.cell_type == "code")
    assert _names(cell.source, ast.Store) & _names(claim.source, ast.Load), "the next cell says nothing of it"
    asserted = any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(claim.source)))
    assert asserted or any(output.output_type == "stream" for output in claim.outputs)


@pytest.mark.parametrize("path", tool.book_notebooks(), ids=lambda path: path.stem)
def test_a_picture_of_measured_times_or_memory_is_marked(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and pictures.of_outputs(cell.outputs):
            words = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(ast.parse(cell.source))}
            assert not words & MEASURING or OF_THIS_MACHINE in cell.metadata.get("tags", ()), cell.source[:80]


def test_nbval_compares_pictures_and_knows_which_to_leave(tmp_path, picture):
    """The whole way: a notebook whose pictures all come out otherwise than stored, run by nbval."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "tools").mkdir()
    for name in ("notebooks", "pictures"):
        shutil.copy(ROOT / "tools" / f"{name}.py", tmp_path / "tools")
    blank = np.full_like(picture, 255)

    def cell(stored, drawn, *tags):
        show = "import base64\nfrom IPython.display import Image, display\n"
        show += f"display(Image(base64.b64decode({_png(drawn)!r})))"
        data = {"image/png": _png(stored), "text/plain": "<IPython.core.display.Image object>"}
        outputs = [nbformat.v4.new_output("display_data", data=data)]
        return nbformat.v4.new_code_cell(show, outputs=outputs, execution_count=1, metadata={"tags": list(tags)})

    other = np.roll(picture, 10, axis=0)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": tool.KERNEL})
    notebook.cells = [
        cell(picture, picture),
        cell(picture, other),
        cell(picture, other, OF_THIS_MACHINE),
        cell(picture, blank, OF_THIS_MACHINE),
    ]
    nbformat.write(notebook, tmp_path / "drawn.ipynb")
    options = ("-q", "-rA", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env")
    command = [sys.executable, "-m", "pytest", *options, "."]
    report = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    for number, verdict in enumerate(("PASSED", "FAILED", "PASSED", "FAILED")):
        assert f"{verdict} drawn.ipynb::Cell {number}" in report, report
    assert "pixels differ" in report and "the picture is blank" in report
