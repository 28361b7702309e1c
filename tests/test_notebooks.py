"""The stored notebooks carry no noise, and the check of their pictures can fail."""

import base64
import importlib.util
import io
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
pictures = _load("picture_check", ROOT / "conftest.py")


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
    assert pictures.picture_difference(_png(picture), _png(picture)) is None
    assert pictures.picture_difference(_png(picture), _png(nudged)) is None


def test_a_changed_blank_missing_or_resized_picture_is_caught(picture):
    moved = np.roll(picture, 10, axis=0)
    assert "differ" in pictures.picture_difference(_png(picture), _png(moved))
    assert "blank" in pictures.picture_difference(_png(picture), _png(np.full_like(picture, 255)))
    assert "stored is" in pictures.picture_difference(_png(picture), _png(picture[:, :150]))
    assert "none drawn" in pictures.picture_difference(_png(picture), None)
