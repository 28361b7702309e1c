"""Our own Python for the page: the library, the kernel, tables that chapters read, the course; and what they need."""

import ast
import json
import re
from importlib.util import find_spec
from pathlib import Path

from .parts import PACKAGES
from .python.gmm_live.needs import ORDER, PARTS, imported

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent / "python"
HOME = "/book"  # where the project's folder is in the page
TABLES = "benchmarks/results"
OF_THE_COURSE = ("checker", "exercises", "answers")  # what a check runs; grading and bundles stay at home
CARRIED = {".py", ".csv", ".txt", ".js", ".css", ".html"}


def library(root: Path = ROOT) -> dict[str, list[str]]:
    """The parts that each module of ``gmm_lib`` and the course needs, its own imports followed to their ends; public
    names as well, and each homework: "gmm_course.hw5", whose modules are imported when it is asked for."""
    direct = {}
    for path in (*sorted((root / "gmm_lib").rglob("*.py")), *_course(root)):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        package = module.removesuffix(".__init__") if module.endswith("__init__") else module.rpartition(".")[0]
        direct[module.removesuffix(".__init__")] = set(imported(ast.parse(path.read_text(encoding="utf-8")), package))
    needs = {module: _followed([module], direct) for module in direct if module != "gmm_lib"}
    for name, module in _public(root).items():
        needs.setdefault(f"gmm_lib.{name}", _followed([f"gmm_lib.{module}"], direct))
    return needs | _homeworks(direct)


def _homeworks(direct):
    """What the exercises and the answers of each homework need."""
    found = {}
    for module in direct:
        if of_one := re.fullmatch(r"gmm_course\.exercises\.(hw(\d+)_\w+)", module):
            both = f"gmm_course.exercises.{of_one[1]}", f"gmm_course.answers.{of_one[1]}"
            found[f"gmm_course.hw{int(of_one[2])}"] = _followed(both, direct)
    return found


def _followed(modules, direct):
    seen, waiting, needed = set(), list(modules), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        needed |= set(PARTS.get(name.partition(".")[0], ()))
        waiting += direct.get(name, ()) if name != "gmm_lib" else ()
    return [part for part in ORDER if part in needed]


def _public(root):
    """The names that ``gmm_lib`` resolves on first use, and the module of each; the stepper's package does so again."""
    tree = ast.parse((root / "gmm_lib" / "__init__.py").read_text(encoding="utf-8"))
    tables = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    public = ast.literal_eval(tables["_PUBLIC"])
    return {name: "stepper.widget" if module == "stepper" else module for name, module in public.items()}


def _course(root):
    folders = (root / "gmm_course" / name for name in OF_THE_COURSE)
    return [root / "gmm_course" / "__init__.py", *(path for one in folders for path in sorted(one.rglob("*.py")))]


def course(root: Path = ROOT) -> dict[str, bytes]:
    """The files of the part "course", by their paths in the page."""
    return {f"{PACKAGES}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in _course(root)}


def own(root: Path = ROOT) -> dict[str, bytes]:
    """The files of the part "own", by their paths in the page."""
    files = {}
    for base in (root / "gmm_lib", *sorted(one for one in HERE.iterdir() if one.is_dir())):
        for path in sorted(base.rglob("*")):
            if path.suffix in CARRIED and "__pycache__" not in path.parts:
                files[f"{PACKAGES}/{path.relative_to(base.parent).as_posix()}"] = path.read_bytes()
    printer = Path(find_spec("IPython").origin).parent / "lib" / "pretty.py"
    files[f"{PACKAGES}/gmm_live/pretty.py"] = printer.read_bytes()
    files[f"{PACKAGES}/gmm_live/library.json"] = json.dumps(library(root)).encode()
    for path in sorted((root / TABLES).glob("*.csv")):
        files[f"{HOME}/{TABLES}/{path.name}"] = path.read_bytes()
    return files
