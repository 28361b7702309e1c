"""The cell, its wire, and the judge outside: what a submission gives is judged as it is at home."""

import importlib.util
import json
import os
import shutil
import struct
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import homework_gallery
import nbformat
import numpy as np
import pytest

from gmm_course import exercise
from gmm_course.checker.calling import TIME_LIMIT, call
from gmm_course.checker.session import GRADING_SEEDS
from gmm_course.grading import sandbox as walls
from gmm_course.grading.flags import flags_of
from gmm_course.grading.remote import error_of
from gmm_course.grading.submissions import Submission
from gmm_course.grading.wire import LONGEST, WireError, decode, encode, frame, read_frame

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="cells need a POSIX system")


def refuse(value):
    raise WireError("other")


# The wire

VALUES = [
    None,
    ...,
    True,
    -3,
    2**80,
    0.1,
    float("inf"),
    1 + 2j,
    "naïve",
    [1, (2.5, "x"), {"a": [None]}],
    {1, 2},
    Fraction(1, 3),
    Decimal("0.1"),
    np.float32(0.1),
    np.bool_(True),
    np.array(3.5),
    np.zeros((0, 3)),
    np.arange(6, dtype=">i2").reshape(2, 3)[:, ::2],
    np.array([True, False]),
    np.longdouble(1) / 3,
    np.array([1j]),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_data_arrive_as_they_were(value):
    data = json.loads(json.dumps(encode(value, refuse)))
    back = decode(data, refuse)
    assert type(back) is type(value) and getattr(back, "shape", None) == getattr(value, "shape", None)
    assert np.array_equal(back, value) if isinstance(value, np.ndarray) else back == value
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


def test_what_is_no_plain_data_is_never_sent_nor_read():
    for value in (object(), lambda: 1, np.random.default_rng(1), b"bytes", np.array([object()])):
        with pytest.raises(WireError):
            encode(value, refuse)
    deep = [1]
    for _ in range(100):
        deep = [deep]
    with pytest.raises(WireError):
        encode(deep, refuse)


ARRAY = {"dtype": "<f8", "shape": [1], "data": "AAAAAAAA8D8="}


@pytest.mark.parametrize(
    "data",
    [
        [1],
        {"list": 3},
        {"pickle": "gASVBQAA"},
        {"__class__": 1},
        {"int": "f" * 5000},
        {"array": ARRAY | {"dtype": "O"}},
        {"array": ARRAY | {"dtype": "V8"}},
        {"array": ARRAY | {"shape": [2]}},
        {"array": ARRAY | {"shape": [-1]}},
        {"array": ARRAY | {"data": "not base64"}},
        {"decimal": "x"},
        {"fraction": ["0x1", "0x0"]},
        {"dict": [[{"list": []}, 1]]},
        {"list": [1], "tuple": [1]},
    ],
    ids=lambda data: json.dumps(data)[:40],
)
def test_what_does_not_fit_is_refused(data):
    with pytest.raises(WireError):
        decode(data, refuse)
    assert decode({"array": ARRAY}, refuse).tolist() == [1.0]


def reader(data):
    def read(size):
        nonlocal data
        part, data = data[:size], data[size:]
        return part

    return read


def test_a_frame_is_read_and_what_is_none_is_refused():
    assert read_frame(reader(frame({"do": [1, 2]}))) == {"do": [1, 2]}
    for body in (b"\xff\xff", b"[1]", b"[" * 100_000):
        with pytest.raises(WireError):
            read_frame(reader(struct.pack(">I", len(body)) + body))
    with pytest.raises(WireError, match="allowed"):
        read_frame(reader(struct.pack(">I", LONGEST + 1)))
    with pytest.raises(WireError, match="MB"):
        frame({"text": "x" * (LONGEST + 1)})


def test_an_error_comes_back_as_one_of_its_kind_that_cannot_end_the_judge():
    lost = error_of({"kinds": ["Lost", "KeyError", "LookupError"], "message": "m", "line": "line 2 of f: g()"})
    assert isinstance(lost, KeyError) and str(lost) == "m" and type(lost).__name__ == "Lost"
    assert isinstance(error_of({"kinds": ["LinAlgError", "ValueError"]}), np.linalg.LinAlgError)
    for name in ("KeyboardInterrupt", "GeneratorExit", "open", "no name at all", "UnicodeDecodeError"):
        assert isinstance(error_of({"kinds": [name, "BaseException"]}), Exception)

    def fails(x):
        raise lost

    assert call(fails, (1,), ("x",), TIME_LIMIT).line == "line 2 of f: g()"


# A cell


@pytest.fixture(scope="module", params=["behind walls", "with limits alone"])
def kernel(request, tmp_path_factory):
    """A cell that holds the gallery of answers."""
    from gmm_course.grading.cell import Cell

    folder = tmp_path_factory.mktemp("cell")
    given = folder / "given"
    shutil.copytree(ROOT / "tests" / "homework_gallery", given / "homework_gallery")
    made, warning = walls.build(folder / "library", walls=request.param == "behind walls")
    if warning:
        missing = shutil.which("bwrap") is None and "CI" in os.environ and sys.platform == "linux"
        pytest.fail(warning) if missing else pytest.skip(warning)
    with Cell(made, given, 10) as cell:
        yield cell


def run(cell, source, seconds=10):
    return cell.ask({"do": "run", "source": source, "seconds": seconds}, seconds)


# Each kind of thing that is handed over: numbers, functions, those that draw, a class, one that calls one of ours.
KINDS = {
    "hw05": ("hw5.q1", "hw5.q2", "hw5.q3", "hw5.q4", "hw5.q6"),
    "hw06": ("hw6.q5",),
    "hw02": ("hw2.q5",),
    "hw09": ("hw9.q6b", "hw9.q10"),
}
MOST = 3  # answers to an exercise, right ones and wrong ones each
ENTRIES = [
    (module.__name__.rpartition(".")[2], kind, i)
    for module in homework_gallery.modules()
    for kind in ("RIGHT", "WRONG")
    for exercise_id in KINDS.get(module.__name__.rpartition(".")[2], ())
    for i in [i for i, entry in enumerate(getattr(module, kind)) if entry.exercise == exercise_id][:MOST]
]


@posix
def test_an_answer_in_a_cell_is_judged_as_it_is_at_home(kernel):
    from gmm_course.grading.judge import examine
    from gmm_course.grading.remote import Remote

    modules = {module.__name__.rpartition(".")[2]: module for module in homework_gallery.modules()}
    assert run(kernel, f"from homework_gallery import {', '.join(KINDS)}")["outputs"] == []
    entries = ENTRIES if kernel._walls else ENTRIES[::5]
    assert len(entries) > 6
    in_part = 0
    for name, kind, i in entries:
        entry = getattr(modules[name], kind)[i]
        asked = exercise(entry.exercise)
        if getattr(entry, "named", "") == "endless loop":
            continue
        remote = Remote(kernel, getattr(asked, "parts", ()), 60.0)
        verdict, trouble = examine(asked, remote, f"{name}.{kind}[{i}].answer")
        verdicts = [asked.examine(entry.answer, np.random.default_rng(seed)) for seed in GRADING_SEEDS]
        at_home = next((one for one in verdicts if not one.right), verdicts[-1])
        assert (verdict, trouble) == (at_home, ""), entry
        in_part += 0 < verdict.share < 1
    assert in_part or not kernel._walls


@posix
def test_what_a_cell_shows_is_text_and_pictures(kernel):
    source = "from IPython.display import HTML\nprint('a' * 10**6)\nprint('b')\nHTML('<b>c</b>')"
    printed, shown = run(kernel, source)["outputs"]
    assert 30_000 <= len(printed["text"]) < 31_000 and "dropped" in printed["text"]
    assert set(shown["data"]) == {"text/plain"}
    (error,) = run(kernel, "def f():\n    return 1 / 0\nf()")["outputs"]
    assert error["traceback"] == ["line 3: f()", "line 2 of f: return 1 / 0", "ZeroDivisionError: division by zero"]


@posix
def test_a_cell_holds_none_of_what_it_must_not_see(kernel):
    folder = "os.path.dirname(gmm_course.__file__)"
    source = f"import gmm_course, os\nprint(sorted(os.listdir({folder})))\nprint(sorted(os.environ))"
    (printed,) = run(kernel, source)["outputs"]
    folders, variables = printed["text"].splitlines()
    assert "answers" not in folders and "exercises" not in folders and "checker" in folders
    assert "LOGNAME" not in variables and "HOME" in variables


@posix
def test_a_cell_that_does_not_stop_is_ended(kernel, tmp_path):
    from gmm_course.grading.cell import Cell, CellEnded

    library = walls.furnish(tmp_path / "library")
    (tmp_path / "given").mkdir()
    with Cell(walls.Sandbox(library, kernel._walls, True), tmp_path / "given", 1) as cell:
        with pytest.raises(CellEnded, match="could not be interrupted"):
            run(cell, "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True:\n    pass", 0.1)
        with pytest.raises(CellEnded):
            run(cell, "1 + 1")
        assert cell.process.poll() is not None


def test_without_bubblewrap_there_is_a_plain_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    made, warning = walls.build(tmp_path / "library")
    assert not made.walls and warning.startswith("WARNING: bubblewrap is not installed")


# Flags


@pytest.mark.parametrize(
    "path", sorted((ROOT / "book" / "homework" / "source").glob("*/*.ipynb")), ids=lambda p: p.stem
)
def test_neither_the_stub_nor_the_solution_is_flagged(path):
    source = nbformat.read(path, as_version=4)
    student = nbformat.read(ROOT / "book" / "homework" / "student" / path.parent.name / path.name, as_version=4)
    assert flags_of(source, source) == flags_of(student, source) == []


FLAGGED = {
    "from sklearn.mixture import GaussianMixture": "uses the library",
    "import gmm_lib.m_step as m": "uses the library",
    "def f(X):\n    from gmm_course.checker.catalogue import exercise": "reaches into the course",
    "__import__('gmm_course.answers.hw05_e_step')": "reaches into the course",
    "check.__globals__['find'].reference": "names reference",
    "from gmm_lib.engine import _tables": "private",
}


@pytest.mark.parametrize("code", FLAGGED)
def test_a_line_that_takes_the_answer_is_flagged(code):
    path = ROOT / "book" / "homework" / "source" / "hw05_e_step" / "hw05_e_step.ipynb"
    source, notebook = nbformat.read(path, as_version=4), nbformat.read(path, as_version=4)
    notebook.cells.insert(3, nbformat.v4.new_code_cell(f"%matplotlib inline\n{code}"))
    (flag,) = flags_of(notebook, source)
    assert FLAGGED[code] in flag and f"line {2 + code.count(chr(10))}" in flag and code.splitlines()[-1].strip() in flag


def test_the_kernel_is_all_of_the_course_that_a_cell_gets():
    assert set(walls.COPIED) == {
        "checker/stubs.py",
        "checker/calling.py",
        "grading/wire.py",
        "grading/inside/kernel.py",
    }
    assert importlib.util.find_spec(walls.KERNEL)


def test_a_data_file_that_changed_is_another_submission():
    one, same, other = (Submission("ann", Path("ann"), beside={"d.csv": data}) for data in (b"1", b"1", b"2"))
    assert one.digests == same.digests != other.digests


@posix
def test_a_cell_that_cannot_start_leaves_nothing_running(tmp_path, monkeypatch):
    from gmm_course.grading.cell import Cell, CellEnded

    made = walls.Sandbox(walls.furnish(tmp_path / "library"), False)
    monkeypatch.setattr(walls.Sandbox, "command", lambda *_: ["/bin/true"])
    (tmp_path / "given").mkdir()
    before = set(threading.enumerate())
    with pytest.raises(CellEnded):
        Cell(made, tmp_path / "given", 1)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
    assert set(threading.enumerate()) <= before
