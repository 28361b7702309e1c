"""The zip that a student is given: it works alone, holds what its homework needs, and nothing of another homework."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

import gmm_course
from gmm_course.bundles import needs, zips
from gmm_course.bundles.notebook import bundled, first_cell
from gmm_course.grading import sandbox
from gmm_course.grading.course import GradingError
from gmm_course.grading.flags import flags_of
from gmm_course.grading.links import in_words
from gmm_course.grading.mending import grade_id, mend
from gmm_course.grading.submissions import collect

ROOT = Path(__file__).resolve().parent.parent
COURSE = Path(gmm_course.__file__).parent
SOURCES = {path.stem: path for path in sorted((ROOT / "book" / "homework" / "source").glob("hw*/hw*.ipynb"))}
PINNED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
E_STEP, ALGORITHM = "hw05_e_step", "hw07_algorithm"
# For each of the two, by hand: what its notebook and its checks use of the library, and of others.
USED = {
    E_STEP: ("e_step", {"numpy", "scipy"}),
    ALGORITHM: ("stepper/widget", {"numpy", "scipy", "anywidget"}),
}


def read(path):
    return path.read_text(encoding="utf-8")


def student(name):
    return read(ROOT / "book" / "homework" / "student" / name / f"{name}.ipynb")


def source(name):
    return nbformat.read(SOURCES[name], as_version=4)


@pytest.fixture(scope="module")
def made():
    """The bytes of two zips: a homework of code and pencil, and the one with the stepper."""
    return {name: zips.bundle(SOURCES[name], student(name), ROOT) for name in USED}


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory):
    """The folders that the zips become, each alone."""
    folders = {}
    for name, data in made.items():
        folder = tmp_path_factory.mktemp("student")
        zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
        (folders[name],) = folder.iterdir()
    return folders


# What is in it


@pytest.mark.parametrize("name", USED)
def test_a_zip_holds_one_folder_with_all_of_its_homework(name, unpacked):
    folder = unpacked[name]
    assert folder.name == name
    own = {f"gmm_course/{part}/{name}.py" for part in ("answers", "exercises")}
    wanted = {f"{name}.ipynb", "HOW-TO.md", "requirements.txt", "LICENSE", "LICENSE-CONTENT", *own}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert wanted | {f"gmm_lib/{USED[name][0]}.py"} <= files
    beside = {file for file in files if not file.startswith(("gmm_lib/", "gmm_course/"))}
    assert beside == wanted - own
    assert {file for file in files if re.search(r"/hw\d", file)} == own
    assert not [file for file in files if file.startswith(("gmm_course/grading", "gmm_course/bundles"))]
    assert "gmm_lib/model.py" not in files or name != E_STEP
    for file in files - {f"{name}.ipynb", "HOW-TO.md", "requirements.txt"}:
        assert (folder / file).read_bytes() == (ROOT / file).read_bytes()


def lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 30}


@cache
def text_of(name):
    """All that tells of a homework's answers: them, its exercises with their messages, and what is solved."""
    solved = "\n".join(re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", "\n".join(sources_of(name)), re.DOTALL))
    return "\n".join([solved, *(read(COURSE / part / f"{name}.py") for part in ("answers", "exercises"))])


@cache
def sources_of(name):
    return [cell.source for cell in source(name).cells]


@cache
def public():
    """What no homework has for itself: the library, the checker, and what several exercises or answers share."""
    paths = [*(ROOT / "gmm_lib").rglob("*.py"), *(COURSE / "checker").glob("*.py")]
    paths += [path for part in ("exercises", "answers") for path in (COURSE / part).glob("[!h]*.py")]
    return [read(path) for path in paths]


@pytest.mark.parametrize("name", USED)
def test_no_byte_tells_of_another_homework(name, made):
    """Zips are not compressed: what is in one can be searched for as it stands."""
    assert all(
        member.compress_type == zipfile.ZIP_STORED for member in zipfile.ZipFile(io.BytesIO(made[name])).infolist()
    )
    shared = "\n".join([text_of(name), *sources_of(name), *public()])
    assert len([line for line in lines(text_of(name)) if line.encode() in made[name]]) > 50  # its own are found
    for other in SOURCES:
        told = [line for line in lines(text_of(other)) if line not in shared]
        assert len(told) > 30 or other == name
        assert [line for line in told if line.encode() in made[name]] == [], other
    assert b"BEGIN SOLUTION" not in made[name] and b"HIDDEN TESTS\\n" not in made[name]


@pytest.mark.parametrize("part", ["answers", "exercises"])
def test_no_homework_is_made_of_another(part):
    """So that each can be handed out without the others; what several need has a module of its own."""
    for path in (COURSE / part).glob("*.py"):
        assert re.findall(r"^(?:from|import) .*\bhw\d+.*", read(path), re.MULTILINE) == [], path


def test_the_same_homework_gives_the_same_bytes(made, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert zips.bundle(SOURCES[E_STEP], student(E_STEP), ROOT) == made[E_STEP]
    files = {"b.py": b"b = 1", "a.py": b"a = 1"}
    assert zips.packed("hw", files) == zips.packed("hw", dict(reversed(files.items())))


def test_a_changed_module_has_another_time():
    """Python takes a compiled module for up to date by its source's time and length."""
    old, new = (
        zipfile.ZipFile(io.BytesIO(zips.packed("hw", {"a.py": text}))).infolist()[0] for text in (b"a = 1", b"a = 2")
    )
    assert old.file_size == new.file_size and old.date_time != new.date_time


# What it needs


def installed_with(requirements):
    """The names, as pip spells them, of all that these lines install."""
    waiting, found = [Requirement(line) for line in requirements], set()
    while waiting:
        one = waiting.pop()
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if name not in found and (one.marker is None or one.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += [Requirement(line) for line in metadata.requires(name) or ()]
    return found


def not_installed_with(requirements):
    """What can be imported here and could not be where only these lines were installed."""
    allowed = installed_with(requirements)
    by_import = metadata.packages_distributions()
    return [
        name for name, owners in by_import.items() if not allowed & {re.sub(r"[-_.]+", "-", o).lower() for o in owners}
    ]


def required(folder):
    return [line for line in read(folder / "requirements.txt").splitlines() if not line.startswith("#")]


OUTSIDE = """
import importlib.abc, json, sys

told = json.loads(sys.stdin.read())
sys.path.extend(told["packages"])  # as folders: no .pth in them is read, which would lead to this repository


class Refused(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in told["refused"]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Refused())
space = {"__name__": "__main__"}
for cell in told["cells"]:
    exec(compile(cell, "cell", "exec"), space)
"""


def run_outside(folder, cells, refused=()):
    """Run cells in a fresh Python in this folder, which knows the installed packages and nothing of this repository."""
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GMM_"))}
    return subprocess.run(
        [sys.executable, "-S", "-E", "-c", OUTSIDE],
        input=json.dumps({"packages": packages, "refused": list(refused), "cells": cells}),
        cwd=folder,
        env=environment | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", USED)
def test_the_requirements_are_enough_and_pinned_as_here(name, unpacked):
    """The solved notebook runs in the student's folder where nothing but these can be imported."""
    wanted = required(unpacked[name])
    assert {line.partition("==")[0] for line in wanted} == USED[name][1]
    assert all(re.search(rf"^{re.escape(line)} ", PINNED, re.MULTILINE) for line in wanted)
    refused = not_installed_with(wanted)
    assert "pytest" in refused and "numpy" not in refused
    first = code(nbformat.read(unpacked[name] / f"{name}.ipynb", as_version=4))[0]
    done = run_outside(unpacked[name], [first, *code(source(name))], set(refused) - {"gmm_lib", "gmm_course"})
    assert done.returncode == 0 and "not yet" not in done.stdout and "Not installed" not in done.stdout, done.stderr
    (unpacked[name] / f".progress-{name[:2]}{int(name[2:4])}.json").unlink()


@pytest.mark.parametrize("name, package", [(E_STEP, "numpy"), (E_STEP, "scipy"), (ALGORITHM, "anywidget")])
def test_no_requirement_is_more_than_needed(name, package, unpacked):
    done = run_outside(unpacked[name], code(source(name)), [package])
    assert done.returncode != 0 and f"No module named '{package}'" in done.stderr


def test_a_package_is_pinned_by_the_name_it_is_installed_by_or_comes_with_one_that_is():
    pinned = "numpy==2.0  # arrays\nScikit.Learn==1.6 # iris\nanywidget[dev]==0.9\n"
    found = needs.requirements(("anywidget", "sklearn", "traitlets", "numpy"), pinned)
    assert found == {"numpy": "numpy==2.0", "sklearn": "Scikit.Learn==1.6", "anywidget": "anywidget==0.9"}
    assert list(found) == ["numpy", "sklearn", "anywidget"]
    with pytest.raises(GradingError, match="must pin what a homework imports; it lacks nowhere, pytest$"):
        needs.requirements(("numpy", "pytest", "nowhere"), pinned)


def test_a_notebook_that_does_not_run_is_not_handed_out(tmp_path):
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("half = 1 / 0")])
    nbformat.write(broken, tmp_path / "hw99_broken.ipynb")
    with pytest.raises(GradingError, match=r"hw99_broken.ipynb must run to its end .* ZeroDivisionError"):
        needs.needs_of(tmp_path / "hw99_broken.ipynb")


# At work

RIGHT = {"q1": "point_shares = [0.3, 0.6, 0.1]", "q5": "def mixing_weights(w):\n    return w.mean(axis=0)"}
WRONG = {"q2": "new_weights = [5.5, 7]"}


def answered(text, answers):
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        short = re.fullmatch(r"hw5-(\w+)-answer", grade_id(cell) or "")
        if short and short[1] in answers:
            cell.source = answers[short[1]]
    return notebook


def test_alone_it_checks_and_after_a_restart_it_remembers(unpacked):
    folder = unpacked[E_STEP]
    text = read(folder / f"{E_STEP}.ipynb")
    where = "import gmm_lib, gmm_course\nprint('AT', gmm_lib.__file__, gmm_course.__file__)"
    first = run_outside(folder, [*code(answered(text, RIGHT | WRONG)), where])
    assert first.stdout.count(str(folder)) == 2 and str(ROOT) not in first.stdout, first.stderr
    assert "hw5.q1: correct. [##----------] 1 of 7 done\n" in first.stdout
    assert "hw5.q2: not yet. These are the effective counts" in first.stdout
    assert "hw5.q3: not yet answered." in first.stdout and "done: q1, q5\n" in first.stdout
    cells = [cell for cell in code(answered(text, RIGHT)) if "q5" in cell or "w.mean" in cell or "import" in cell]
    again = run_outside(folder, cells)
    assert re.search(r"^hw5: right at the last check, before this session: q1 \(\d{4}-", again.stdout)
    assert "hw5.q5: correct. [##+---------] 1 of 7 done, 1 right before" in again.stdout


# Uploaded without its folder, as to Colab


def uploaded(tmp_path, **files):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    done = run_outside(
        tmp_path, [first_cell(E_STEP, {}), "import os, gmm_course\nprint(os.getcwd(), gmm_course.__file__)"]
    )
    return done.stdout + done.stderr.strip().splitlines()[-1] if done.returncode else done.stdout


def test_the_first_cell_unpacks_the_zip_once(made, tmp_path):
    said = uploaded(tmp_path, **{f"{E_STEP} (1).zip": made[E_STEP]})
    folder = tmp_path / E_STEP
    assert said == f"{folder} {folder / 'gmm_course' / '__init__.py'}\n"
    (folder / f"{E_STEP}.ipynb").write_text("with answers")
    assert uploaded(tmp_path) == said and read(folder / f"{E_STEP}.ipynb") == "with answers"


@pytest.mark.parametrize("half", [True, False])
def test_the_first_cell_says_what_to_upload(half, made, tmp_path):
    said = uploaded(tmp_path, **({f"{E_STEP}.zip": made[E_STEP][:50_000]} if half else {}))
    assert said.startswith("FileNotFoundError: The folder gmm_course belongs beside this notebook")
    assert f"not in {tmp_path}. Unpack {E_STEP}.zip" in said


def test_the_first_cell_is_silent_at_home_and_names_what_is_not_installed(capsys):
    exec(first_cell(E_STEP, {"numpy": "numpy==2"}), {})
    assert capsys.readouterr().out == ""
    exec(first_cell(E_STEP, {"numpy": "numpy==2", "nowhere": "no.where==3"}), {})
    assert capsys.readouterr().out.endswith("restart the kernel:\n%pip install no.where==3\n")


# Its links


@pytest.mark.parametrize("name", SOURCES)
def test_links_lead_to_the_site_or_are_words(name, monkeypatch):
    monkeypatch.setenv("GMM_BOOK_URL", "")  # so that what the first cell sets is taken back, also where nothing was set
    monkeypatch.delenv("GMM_BOOK_URL")
    given = nbformat.reads(student(name), as_version=4)
    for book in ("", "https://example.org/mixtures/"):
        notebook = nbformat.reads(bundled(student(name), name, {}, book), as_version=4)
        start = notebook.cells.pop(1)
        texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        assert "../" not in "".join(texts) and code(notebook) == code(given)
        assert [in_words(cell.source) for cell in notebook.cells] == [in_words(cell.source) for cell in given.cells]
        led = re.findall(
            r"\]\(https://example.org/mixtures/((?:chapters|beyond)/\w+).html(?:#([\w-]+))?\)", "".join(texts)
        )
        known = re.findall(
            r"\]\(\.\./\.\./\.\./((?:chapters|beyond)/\w+).ipynb(?:#([\w-]+))?\)",
            "".join(c.source for c in given.cells),
        )
        assert known and led == (known if book else [])
        exec(start.source, {})
        assert os.environ.get("GMM_BOOK_URL", "") == book


# Handed in


def test_it_is_graded_like_any_other(made, unpacked, tmp_path):
    from gmm_course.grading.judge import judge

    text = read(unpacked[E_STEP] / f"{E_STEP}.ipynb")
    notes = []
    notebook = mend(answered(text, RIGHT | WRONG), source(E_STEP), notes)
    assert notes == [] and flags_of(notebook, source(E_STEP)) == []
    (tmp_path / "given").mkdir()
    walls, _ = sandbox.build(tmp_path / "library", walls=False)
    judged = judge(notebook, source(E_STEP), tmp_path / "given", walls, 20)
    right = {name for name, verdict in judged.verdicts.items() if verdict["right"]}
    assert right == {"hw5-q1", "hw5-q5"} and len(judged.verdicts) == 7
    assert "effective counts" in judged.verdicts["hw5-q2"]["text"] and judged.flags == judged.notes == []
    assert judged.outputs["1"] == []  # of the first cell


@pytest.mark.parametrize("book", ["", "https://example.org/mixtures"])
def test_a_derivation_is_known_by_its_question_wherever_its_links_lead(book):
    """An editor that drops nbgrader's metadata leaves nothing else to know it by."""
    name, written = "hw06_m_step", "The derivative is zero at the weighted mean."
    notebook = nbformat.reads(bundled(student(name), name, {}, book), as_version=4)
    answer = next(cell for cell in notebook.cells if grade_id(cell) == "hw6-q8-answer")
    answer.source = written
    for cell in notebook.cells:
        cell.metadata.clear()
    mended = mend(notebook, source(name), [])
    assert [cell.source for cell in mended.cells if grade_id(cell) == "hw6-q8-answer"] == [written]


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_folder_may_be_handed_in_with_all_that_is_beside_it(zipped, made, tmp_path):
    """The course in it reaches no cell, and an environment beside the notebook counts for nothing."""
    folder, hand_in = tmp_path / "ann", tmp_path / "class"
    hand_in.mkdir()
    zipfile.ZipFile(io.BytesIO(made[E_STEP])).extractall(folder)
    (folder / E_STEP / "gmm_course" / "__init__.py").write_text("check = print")
    (folder / E_STEP / "mine.csv").write_text("1,2")
    for number in range(600):
        path = folder / E_STEP / ".venv" / f"{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    if zipped:
        with zipfile.ZipFile(hand_in / "ann.zip", "w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
    else:
        folder.rename(hand_in / "ann")
    (submission,) = collect(hand_in, E_STEP)
    assert submission.notebook is not None and submission.notes == []
    assert set(submission.beside) == {"HOW-TO.md", "LICENSE", "LICENSE-CONTENT", "requirements.txt", "mine.csv"}


# The command


def test_the_command_writes_a_zip_a_homework(monkeypatch, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("homework_tool_for_bundles", ROOT / "tools" / "homework.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(tool, "student_versions", lambda paths: {path.stem: "stub" for path in paths})
    monkeypatch.setattr(tool, "bundle", lambda path, text, root, book: f"{path.name} {text} {book}".encode())
    assert tool.main(["bundle", "hw5", "hw10", "--to", str(tmp_path / "out"), "--book", "https://example.org"]) == 0
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "hw05_e_step.zip": "hw05_e_step.ipynb stub https://example.org",
        "hw10_capstone.zip": "hw10_capstone.ipynb stub https://example.org",
    }
    assert capsys.readouterr().out.count("made ") == 2
