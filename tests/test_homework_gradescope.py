"""The autograder for Gradescope, run as its container runs it: the marks of a whole class's judge, and a wall."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import gradescope_tree
import nbformat
import pytest
from test_homework_grading import ANSWERS, FULL, MISCONCEPTIONS, SOURCE, filled, marks

from gmm_course.grading.autograder import _whose, results
from gmm_course.grading.course import GradingError
from gmm_course.grading.gradescope import NEEDED, write_autograder
from gmm_course.grading.submissions import Submission
from gmm_course.grading.whose import Whose

ROOT = Path(__file__).resolve().parent.parent
WRONG = {short: source for short, (source, _) in MISCONCEPTIONS["as_printed"].items()}


@pytest.fixture(scope="module")
def autograder(tmp_path_factory):
    return write_autograder(SOURCE, tmp_path_factory.mktemp("autograder"))


def nobody_runs_python():
    """Whether root may run this Python as another user, as in Gradescope's container."""
    if os.name != "posix" or os.getuid() != 0:
        return False
    try:
        return subprocess.run([sys.executable, "-c", ""], user="nobody", check=False, cwd="/").returncode == 0
    except (OSError, LookupError):
        return False


@pytest.fixture(params=["bubblewrap", "another user"])
def wall(request, tmp_path):
    """The variables under which one of the two walls holds."""
    if request.param == "bubblewrap":
        if shutil.which("bwrap") is None:
            pytest.skip("apt-get install bubblewrap")
        return {}
    if not nobody_runs_python():
        pytest.skip("only root can let another user run the submission, and that user must be able to run this Python")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash"))
    return {"PATH": str(tmp_path / "bin")}  # where no bubblewrap is found


def judged(folder, autograder, answers, wall):
    done, told = gradescope_tree.run(gradescope_tree.lay_out(folder, autograder, filled(answers)), **wall)
    if "bubblewrap does not work here" in done.stdout + done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return told, {test["name"].split()[0]: test["score"] for test in told["tests"] if test["max_score"]}


def test_marks_and_messages_are_those_of_a_class(tmp_path, autograder, wall):
    mixed = {**ANSWERS, "q2": WRONG["q2"], "q3": WRONG["q3"]}
    told, points = judged(tmp_path / "wrong", autograder, mixed, wall)
    assert points == marks(q2=0, q3=0) and told["output"] == "Read and marked by your teacher: q8."
    assert (told["stdout_visibility"], {test["visibility"] for test in told["tests"]}) == ("hidden", {"visible"})
    assert {test["name"].split()[0]: test["max_score"] for test in told["tests"]} == FULL | {"q7": 0}
    assert [test["status"] for test in told["tests"]] == ["passed", "failed", "failed", *["passed"] * 4]
    assert MISCONCEPTIONS["as_printed"]["q2"][1] in told["tests"][1]["output"]


def test_a_submission_reads_no_solution_and_writes_no_result(tmp_path, autograder, wall):
    folder = tmp_path / "autograder"
    attack = gradescope_tree.ATTACK.format(folder=folder)
    _, points = judged(folder, autograder, {**ANSWERS, "q1": attack}, wall)
    assert points == marks()  # all is right, the answer under which the attack stands as well
    space: dict = {}
    exec(attack, space)  # the same attack without a wall finds what there is to find
    assert f"{folder}/source/homework/hw05_e_step.ipynb" in space["could"]
    assert f"{folder}/results/results.json" in space["could"]


def test_without_a_wall_nothing_is_judged(tmp_path, autograder):
    folder = gradescope_tree.lay_out(tmp_path / "autograder", autograder, filled(ANSWERS))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash"))
    done, told = gradescope_tree.run(folder, user="no such user", PATH=str(tmp_path / "bin"))
    assert done.returncode != 0 and told == {} and "not judged, as the submission could read" in done.stderr


def test_what_cannot_be_read_gets_no_points_and_the_reason_and_notes_are_the_teachers():
    nothing = results("hw05_e_step", ["no notebook (.ipynb) was handed in"], {"verdicts": {}, "notes": [], "flags": []})
    assert (
        sum(test["score"] for test in nothing["tests"]) == 0
        and "Nothing could be judged: no notebook" in nothing["output"]
    )
    hidden = [test for test in nothing["tests"] if test["visibility"] == "hidden"]
    assert [(test["score"], test["max_score"]) for test in hidden] == [(0, 0)]


def test_the_numbers_are_those_of_the_name_in_the_notebook_and_the_teacher_is_told():
    source, notebook = nbformat.read(SOURCE, as_version=4), filled(ANSWERS)
    assert _whose(Submission("student", SOURCE, notebook=notebook), source) == Whose()
    for cell in notebook.cells:
        cell.source = cell.source.replace('begin("hw5", student="")', 'begin("hw5", student="ann")')
    whose = _whose(Submission("student", SOURCE, notebook=notebook), source)
    assert (whose.student, whose.note) == ("ann", "judged on the numbers of 'ann'")
    assert _whose(Submission("student", SOURCE), source) == Whose()


def test_the_zip_is_as_gradescope_asks_and_always_the_same(tmp_path, autograder):
    with zipfile.ZipFile(autograder) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "requirements.txt", "homework/hw05_e_step.ipynb"} <= set(names)
        for script in ("setup.sh", "run_autograder"):
            assert archive.getinfo(script).external_attr >> 16 & stat.S_IXUSR
            subprocess.run(["bash", "-n"], input=archive.read(script), check=True)
        pinned = dict(line.split("==") for line in archive.read("requirements.txt").decode().split())
    ours = dict(
        line.split()[0].split("==")
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    assert set(pinned) == set(NEEDED) and all(ours.get(name, pin) == pin for name, pin in pinned.items())
    assert not [
        name for name in names if "__pycache__" in name or "homework_gallery" in name or "hw06_m_step.ipynb" in name
    ]
    assert write_autograder(SOURCE, tmp_path).read_bytes() == autograder.read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(GradingError, match="must go into a folder"):
        write_autograder(SOURCE, tmp_path / "file")


def test_the_judge_needs_no_nbgrader(tmp_path):
    code = "import sys; sys.modules['nbgrader'] = None; import gmm_course.grading.autograder"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
