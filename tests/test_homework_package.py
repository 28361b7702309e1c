"""The homework's package: apart from the library, answers apart from exercises, and everything in it explained."""

import ast
import inspect
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest

import gmm_course
from gmm_course import homework, homeworks
from gmm_course.checker import catalogue
from gmm_course.checker.exercise import Exercise, Homework
from gmm_course.checker.function import Function
from gmm_course.checker.value import Value

COURSE = Path(gmm_course.__file__).parent
ROOT = COURSE.parent
MODULES = sorted(COURSE.rglob("*.py"))
EXERCISES = sorted(path.stem for path in (COURSE / "exercises").glob("hw*.py"))


def configuration(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


# What is installed


def test_whoever_installs_the_library_gets_nothing_of_the_homework():
    finder = configuration(ROOT)["tool"]["setuptools"]["packages"]["find"]
    assert set(finder) == {"include"}  # so that names alone decide, as they do here
    every = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("g*/**/__init__.py")}
    installed = {name for name in every if any(fnmatchcase(name, pattern) for pattern in finder["include"])}
    assert {"gmm_lib", "gmm_lib.engine"} <= installed and {"gmm_course", "gmm_course.answers"} <= every - installed
    assert [name for name in installed if not f"{name}.".startswith("gmm_lib.")] == []
    files = [path for name in installed for path in (ROOT / name.replace(".", "/")).glob("*.py")]
    assert [path for path in files if path.stem.lstrip("_").startswith(("hw", "homework"))] == []


def test_the_library_knows_nothing_of_the_homework():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "gmm_lib").rglob("*.py")]
    assert not any("gmm_course" in text for text in texts)


def test_every_folder_of_the_homework_is_installed():
    declared = configuration(COURSE)["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(ROOT) for path in MODULES}
    assert sorted(declared) == sorted(".".join(folder.parts) for folder in folders)
    assert all((ROOT / folder / "__init__.py").exists() for folder in folders)


def test_a_change_of_either_package_sets_the_environment_up_again():
    stamp = next(
        line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line.startswith("SUM ")
    )
    assert " pyproject.toml gmm_course/pyproject.toml" in stamp
    assert "-e ./gmm_course" in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


# What may import what

ARROWS = {"checker": set(), "answers": set(), "exercises": {"checker"}, "grading": {"checker"}, "bundles": {"grading"}}


def imported_by(path):
    """The parts of the course that a module imports, but for its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            yield from [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from [name.removeprefix("gmm_course").lstrip(".") or "root" for name in names if "gmm_course" in name]


@pytest.mark.parametrize("part", ARROWS)
def test_parts_import_each_other_in_one_direction(part):
    paths = sorted((COURSE / part).glob("*.py"))
    assert len(paths) > 3
    assert {path.name: set(imported_by(path)) - ARROWS[part] for path in paths} == {path.name: set() for path in paths}


# The answers


def test_every_exercise_can_be_declared_where_the_answers_are_not_at_hand():
    modules = [f"gmm_course.exercises.{name}" for name in EXERCISES]
    code = f"""
import sys
sys.modules["gmm_course.answers"] = None
from importlib import import_module
for name in {modules!r}:
    for exercise in import_module(name).HOMEWORK.exercises:
        if exercise.answer_field is None or getattr(exercise, exercise.answer_field) is None:
            print(exercise.id)
"""
    assert run(code) == [exercise.id for name in homeworks() for exercise in homework(name).exercises]


def test_importing_the_judge_loads_no_answer():
    loaded = run("import gmm_course, sys; print(*sys.modules)")
    assert "gmm_course.checker.session" in loaded and not [
        name for name in loaded if name.startswith("gmm_course.answers")
    ]


def test_the_judge_needs_every_answer_and_no_other():
    value = Value(id="hw5.q1", title="", points=1, link="08_e_step")
    drawn = Function(id="hw5.q2", title="", points=1, link="08_e_step", inputs=lambda rng, n: (n, rng), random=True)
    asked = Homework("hw5", "", 30, (value, drawn))
    assert asked.with_answers({"hw5.q1": 3}).exercises[0].expected == 3
    with pytest.raises(ValueError, match="hold one for hw5.q1"):
        asked.with_answers({})
    with pytest.raises(ValueError, match="must belong to the exercises of hw5; got hw6.q1"):
        asked.with_answers({"hw5.q1": 3, "hw6.q1": 3})
    with pytest.raises(ValueError, match="hw5.q3 must have no answer"):
        Exercise(id="hw5.q3", title="", points=1, link="08_e_step").with_answer(3)


def test_a_name_of_the_answers_is_looked_up_when_it_is_asked_for():
    answers = catalogue.AnswersOf("hw05_e_step")
    assert answers.gap is import_module("gmm_course.answers.hw05_e_step").gap
    with pytest.raises(AttributeError, match="__wrapped__"):
        answers.__wrapped__  # noqa: B018 (what inspect asks of everything must not import anything)


# What is explained


def public():
    """(module, name, thing) for every public function and class, and for public methods and properties."""
    for path in MODULES:
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for name, thing in vars(module).items():
            if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__ and callable(thing):
                yield module.__name__, name, thing
                for inner, method in vars(thing).items() if isinstance(thing, type) else ():
                    method = getattr(method, "fget", method)
                    if not inner.startswith("_") and inspect.isfunction(method) and method.__name__ != "<lambda>":
                        yield module.__name__, f"{name}.{inner}", method


def test_everything_public_has_a_docstring_and_type_hints():
    pytest.importorskip("nbgrader", reason="pip install -r requirements-grading.txt")
    silent, unhinted = [], []
    for module, name, thing in public():
        if not inspect.getdoc(thing):
            silent.append(f"{module}.{name}")
        if inspect.isfunction(thing):
            hints = {*thing.__annotations__}
            wanted = {parameter for parameter in inspect.signature(thing).parameters if parameter != "self"} | {
                "return"
            }
            unhinted += [f"{module}.{name}: {missing}" for missing in sorted(wanted - hints)]
    assert (silent, unhinted) == ([], [])
