"""What importing loads; that every equation is one function and one test; that everything public is explained."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gmm_lib

LIBRARY = Path(gmm_lib.__file__).parent
MATHEMATICS = (
    "validation", "parameters", "gaussian", "mixture", "sampling", "likelihood", "posterior", "e_step", "m_step",
    "em", "missing", "source", "table",
)  # fmt: skip
EQUATIONS = {
    1: "mixture.log_density",
    2: "mixture.check_weights",
    3: "sampling.draw_components",
    4: "sampling.draw_points",
    5: "parameters.Parameters",
    6: "likelihood.log_likelihood",
    7: "gaussian.log_density",
    8: "posterior.prior",
    9: "posterior.posterior",
    10: "e_step.normalize",
    11: "e_step.responsibilities",
    12: "e_step.mixing_weights",
    13: "m_step.means",
    14: "m_step.covariances",
}
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def loaded_by(statement):
    code = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_not_even_numpy():
    assert not loaded_by("import gmm_lib") & {"numpy", "scipy", "sklearn", "matplotlib", "ipywidgets", "anywidget"}


def test_the_mathematics_loads_numpy_and_scipy_alone():
    loaded = loaded_by("import gmm_lib\n" + "\n".join(f"import gmm_lib.{name}" for name in MATHEMATICS))
    assert {"numpy", "scipy"} <= loaded
    assert not loaded & {"sklearn", "matplotlib", "ipywidgets", "anywidget", "IPython", "pandas"}


WITHOUT_AN_EXTRA = [
    ("plots", "matplotlib", "gmm_lib.plots", "import gmm_lib.plots"),
    ("plots", "matplotlib", "gmm_lib.plots", "import gmm_lib; gmm_lib.plots"),
    ("plots", "matplotlib", "gmm_lib.plots", "from gmm_lib import plots_of_fits"),
    ("stepper", "anywidget", "EMStepper", "import gmm_lib; gmm_lib.EMStepper"),
    ("stepper", "anywidget", "EMStepper", "from gmm_lib.stepper import EMStepper"),
    ("stepper", "anywidget", "EMStepper", "import gmm_lib.stepper; gmm_lib.stepper.EMStepper"),
    ("stepper", "anywidget", "EMStepper", "from gmm_lib import *"),
    ("stepper", "traitlets", "EMStepper", "from gmm_lib.stepper.widget import EMStepper"),
    ("blocks", "pyarrow", "parquet", "from gmm_lib.engine import sources; sources.parquet({folder!r})"),
    (
        "blocks",
        "distributed",
        "Distributed",
        (
            "import dask.array, numpy; from gmm_lib.engine.sources import Distributed\n"
            "with Distributed(dask.array.from_array(numpy.eye(2))).open(): pass"
        ),
    ),
]


@pytest.mark.parametrize("name, package, part, statement", WITHOUT_AN_EXTRA)
def test_a_missing_package_is_named_with_the_extra_that_brings_it(name, package, part, statement, tmp_path):
    """A fresh interpreter in which the package cannot be imported: None in sys.modules makes it so."""
    (tmp_path / "part.parquet").touch()
    code = f"import sys; sys.modules[{package!r}] = None\n{statement.format(folder=str(tmp_path))}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ") and f'{part} needs {package}: pip install "gmm_lib[{name}]"' in last
    extras = tomllib.loads((LIBRARY.parent / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought = {"traitlets": "anywidget"}.get(package, package)  # anywidget depends on it
    assert any(brought in requirement for requirement in extras[name])


def test_public_names_are_found_and_others_are_not():
    assert gmm_lib.Parameters is gmm_lib.parameters.Parameters
    assert set(gmm_lib.__all__) == set(dir(gmm_lib))
    with pytest.raises(AttributeError, match="module 'gmm_lib' has no attribute 'nonsense'"):
        gmm_lib.nonsense  # noqa: B018


def public_definitions():
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, DEFINITIONS) and not node.name.startswith("_"):
                yield f"{path.relative_to(LIBRARY).with_suffix('').as_posix().replace('/', '.')}.{node.name}", node


def test_everything_public_has_a_docstring():
    assert [name for name, node in public_definitions() if not ast.get_docstring(node)] == []


# -- hints and docstrings: what a function takes, returns and raises

CALLED = ("__init__", "__call__", "__iter__")  # a public class's own, which callers use without naming them
LINK = re.compile(r":(?:func|meth|class):`~?(?:gmm_lib\.)?([\w.]+)`")
SHAPE = re.compile(r"\bshapes?\b|\(\w+( \+ 1)?, ?(\w+( \+ 1)?(, \w+( \+ 1)?)*)?\)")  # (n,) or (k, m + 1, m + 1)


def public_functions():
    """Every public function and method of the library, by its dotted name."""
    for name, node in public_definitions():
        if isinstance(node, ast.FunctionDef):
            yield name, node
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and (not method.name.startswith("_") or method.name in CALLED):
                yield f"{name}.{method.name}", method


def docstrings():
    """Name -> docstring of every module, public class, function and method."""
    found = {}
    for path in LIBRARY.rglob("*.py"):
        module = path.relative_to(LIBRARY).with_suffix("").as_posix().replace("/", ".")
        found[module] = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return found | {name: ast.get_docstring(node) or "" for name, node in (*public_definitions(), *public_functions())}


DOCSTRINGS = docstrings()
FUNCTIONS = dict(public_functions())


def explanation(name):
    """A function's docstring, with what its class and its module say, and whatever these refer to, link by link."""
    found, ahead = {}, [name.rsplit(".", dots)[0] for dots in range(3)]
    while ahead:
        one = ahead.pop()
        if one in DOCSTRINGS and one not in found:
            found[one] = DOCSTRINGS[one]
            endings = tuple(f".{link}" for link in LINK.findall(found[one]))
            ahead += [other for other in DOCSTRINGS if f".{other}".endswith(endings)]
    return "\n".join(found.values())


def arguments(node):
    """The arguments of a function, but for the object itself."""
    listed = node.args
    more = [one for one in (listed.vararg, listed.kwarg) if one]
    return [
        one for one in (*listed.posonlyargs, *listed.args, *listed.kwonlyargs, *more) if one.arg not in ("self", "cls")
    ]


def without_a_hint(node):
    missing = [one.arg for one in arguments(node) if one.annotation is None]
    return missing + ["what it returns"] * (node.returns is None)


def unexplained(node, text):
    """Arguments that are not named, but for what the hint says by itself (``state: State``) and for k and m, which mean
    the same everywhere."""
    return [
        one.arg
        for one in arguments(node)
        if not re.search(rf"(?<!\w){one.arg}(?!\w)", text)
        and one.arg not in ("k", "m", ast.unparse(one.annotation).lower())
    ]


def without_a_shape(node, text):
    hints = [one.annotation for one in arguments(node)] + [node.returns]
    arrays = any(re.search(r"ArrayLike|ndarray", ast.unparse(hint)) for hint in hints)
    return ["arrays"] if arrays and not SHAPE.search(text) else []


def unannounced(node, text):
    """Errors that the function itself raises, and that its docstring does not name."""
    raised = {
        ast.unparse(one.exc.func)
        for one in ast.walk(node)
        if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call)
    }
    return sorted(error for error in raised if error[0].isupper() and error not in text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_says_what_it_takes_returns_and_raises(name):
    """Hints for all of it; in words each argument, the shapes of arrays, and the errors that it raises itself."""
    node, text = FUNCTIONS[name], explanation(name)
    assert without_a_hint(node) == []
    assert unexplained(node, text) == []
    assert without_a_shape(node, text) == []
    assert unannounced(node, text) == []


def test_these_rules_find_what_is_missing():
    (bare,) = ast.parse("def half(X, rate: float):\n    raise ValueError('no')").body
    assert without_a_hint(bare) == ["X", "what it returns"]
    (said,) = ast.parse("def half(X: ArrayLike, rate: float) -> np.ndarray:\n    raise ValueError('no')").body
    assert unexplained(said, "Half of X.") == ["rate"]
    assert without_a_shape(said, "Half of X (see there).") == ["arrays"]
    assert unannounced(said, "Half of X at a rate.") == ["ValueError"]
    good = "Half of X, of shape (n, m), at a rate; a ValueError if that is negative."
    assert unexplained(said, good) + without_a_shape(said, good) + unannounced(said, good) == []


@pytest.mark.parametrize("number", EQUATIONS)
def test_each_equation_is_one_function_whose_docstring_begins_with_its_number(number):
    documented = [(name, ast.get_docstring(node) or "") for name, node in public_definitions()]
    assert [name for name, text in documented if text.startswith(f"Equation ({number}):")] == [EQUATIONS[number]]


def equation_marks():
    """(number, test) for each ``@pytest.mark.equation(number)`` in this folder."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.equation":
                    yield [ast.literal_eval(argument) for argument in mark.args], f"{path.stem}.{node.name}"


def test_each_equation_has_its_main_test():
    marks = list(equation_marks())
    assert all(len(numbers) == 1 for numbers, _ in marks)
    assert sorted(number for (number,), _ in marks) == list(EQUATIONS)
