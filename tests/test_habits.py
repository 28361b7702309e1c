"""The habits of the code: one format, no mistake that can be seen without running, true hints, true instructions."""

import ast
import re
import subprocess
import sys
import textwrap
import tomllib
from itertools import chain
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "ruff check": ["ruff", "check", "--no-cache"],
    "ruff format": ["ruff", "format", "--check", "--no-cache"],
    "mypy": ["mypy", "--no-incremental", "--cache-dir", "{folder}"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_passes(check, tmp_path):
    command = [sys.executable, "-m", *(word.format(folder=tmp_path) for word in CHECKS[check])]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{check}:\n{run.stdout}{run.stderr}"


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_finds_what_is_wrong(check, tmp_path):
    """With the project's own settings, a file that has one fault of each kind."""
    (tmp_path / "faults.py").write_text("import os\ndef half(x: int) -> str:\n    return x/2\n")
    settings = ["--config-file" if check == "mypy" else "--config", str(ROOT / "pyproject.toml")]
    command = [sys.executable, "-m", *(word.format(folder=tmp_path) for word in CHECKS[check]), *settings, "faults.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "faults.py" in run.stdout


# -- what is drawn is the same on every processor

DISCRETE = {"multinomial", "binomial", "poisson", "choice"}


def drawn_by_products(source):
    """Draws of whole numbers whose chances are a matrix product: its last digit, which a processor decides, decides
    whether a chance is 0 and no number is taken from the generator, and then all later draws are others."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    drawn = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in DISCRETE)
    of_products = (call for call in drawn if any(isinstance(node, ast.MatMult) for node in ast.walk(call)))
    return [ast.unparse(call) for call in of_products]


def sources():
    """The sources of all modules and of the notebooks' cells."""
    for folder in ("gmm_lib", "gmm_course", "tests", "benchmarks"):
        yield from (path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py"))
    for path in (ROOT / "book").rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        yield from (re.sub("(?m)^[%!].*", "", cell.source) for cell in cells if cell.cell_type == "code")


def test_no_draw_of_whole_numbers_depends_on_the_order_of_a_sum():
    assert [call for source in sources() for call in drawn_by_products(source)] == []
    assert drawn_by_products("x = rng.multinomial(3, a @ b)\ny = rng.normal(a @ b)") == ["rng.multinomial(3, a @ b)"]


# -- what is pinned in one place is the same in the others

PIN = re.compile(r"^([\w.-]+(?:\[\w+\])?)==(\S+)", re.MULTILINE)


def pins(*files):
    return dict(pin for file in files for pin in PIN.findall((ROOT / file).read_text(encoding="utf-8")))


def test_every_requirement_is_pinned_and_has_its_reason():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-e "))]
    assert [line for line in wanted if not re.match(r"[\w.-]+(\[\w+\])?==\S+ +# \S", line)] == []


def test_the_hooks_before_a_commit_use_the_pinned_tools():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    named = re.findall(r"\[(ruff)==([\d.]+)\]", hooks)
    assert len(named) == 2 and set(named) == {("ruff", pins("requirements.txt")["ruff"])}


def test_what_the_wheel_allows_contains_what_is_pinned():
    """The lower bounds of pyproject.toml lie at or below the versions that everything is tested with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pins("requirements.txt")
    pinned |= {name.partition("[")[0]: version for name, version in pinned.items()}
    listed = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    bounds = [
        re.fullmatch(r"([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)", one).groups() for one in listed if "gmm_lib" not in one
    ]
    assert len(bounds) >= 8
    for name, bound in bounds:
        assert [int(part) for part in pinned[name].split(".")] >= [int(part) for part in bound.split(".")], name


# -- instructions name what there is


def commands_and_paths(text):
    """What a page asks its reader to type: ``make`` targets, and paths of this repository in code."""
    code = "\n".join(
        re.findall(r"`([^`\n]+)`", text) + re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    )
    targets = set(re.findall(r"\bmake ([a-z-]+)", code))
    paths = set(re.findall(r"(?<![\w/.<])((?:book|gmm_lib|gmm_course|tests|tools|benchmarks)/[\w./-]*\w/?)", code))
    return targets, paths


def targets_of_make():
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_and_path_that_a_page_names_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets, paths = commands_and_paths(text)
    made = set(re.findall(r"<!-- made: (\S+) -->", text))  # by the reader, in the course of an example
    assert targets and targets <= targets_of_make()
    assert sorted(path for path in paths - made if not (ROOT / path).exists()) == []
    assert sorted(path for path in made if (ROOT / path).exists()) == []


def python_blocks(text, title):
    """The Python in the section of this title, without the indentation of the list it stands in."""
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    return [
        textwrap.dedent(block) for block in re.findall(r"^ *```python\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    ]


def test_the_model_that_contributors_are_shown_passes_the_test_that_they_are_shown(monkeypatch):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    model, test, *_ = python_blocks(text, "A model for the driver")
    module, space = ModuleType("gmm_lib.poisson"), {}
    module.__package__ = "gmm_lib"
    monkeypatch.setitem(sys.modules, "gmm_lib.poisson", module)
    exec(model, vars(module))
    exec(test, space)
    tests = [function for name, function in space.items() if name.startswith("test_")]
    assert len(tests) == 2
    for function in tests:
        function()


def test_a_command_or_path_that_is_not_there_is_found():
    targets, paths = commands_and_paths(
        "Say `make nonsense`, see `book/nowhere.md`:\n```sh\nmake book tools/lost.py\n```\n"
    )
    assert targets == {"nonsense", "book"} and paths == {"book/nowhere.md", "tools/lost.py"}
