"""One equation = one function = one test = one anchor, gathered into the table of the appendix.

Nothing is imported or executed: functions and tests are found with :mod:`ast`, anchors in the chapters' Markdown.

- A function belongs to equation 7 when its docstring begins ``Equation (7): ...`` (or
  ``Equations (10) and (11): ...``).
- A test belongs to it when it carries ``@pytest.mark.equation(7)``.
- A chapter belongs to it when one of its Markdown cells holds the target ``(eq-7)=``.

The directive's content says what each equation means, one a line::

    ```{equation-map}
    7: The density of a single Gaussian
    ```
"""

import ast
import json
import re
import textwrap
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

EQUATIONS = range(1, 15)
ANCHOR = re.compile(r"^\(eq-(\d+)\)=\s*$", re.MULTILINE)
OPENING = re.compile(r"\s*Equations? ((?:\(\d+\)(?:, and |, | and | to )?)+)")


@dataclass
class Places:
    """Where one equation lives: chapters (stems), functions (dotted names) and tests (pytest's identifiers)."""

    chapters: list = field(default_factory=list)
    functions: list = field(default_factory=list)
    tests: list = field(default_factory=list)


def numbers_of(docstring):
    """The equations a docstring says it implements: ``"Equations (3) and (4): ..."`` gives [3, 4]."""
    opening = OPENING.match(docstring or "")
    if not opening:
        return []
    numbers = [int(number) for number in re.findall(r"\((\d+)\)", opening[1])]
    if " to " in opening[1]:
        numbers = list(range(numbers[0], numbers[-1] + 1))
    return numbers


def marks_of(node):
    """The equations in the ``pytest.mark.equation(...)`` decorators of a function or class."""
    numbers = []
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("mark.equation"):
            numbers += [argument.value for argument in decorator.args if isinstance(argument, ast.Constant)]
    return numbers


def definitions(tree, prefix=""):
    """Every function and class of a module with its name inside the module, methods included."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, prefix + node.name + ".")


def markdown_of(path):
    """The Markdown of a page: the file itself, or a notebook's Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def collect(root):
    """Find every equation's places under the project's folder `root`; returns ``{number: Places}``.

    The first function is the equation's own, ``Equation (7): ...``; the others are relatives of it.
    """
    places = defaultdict(Places, {number: Places() for number in EQUATIONS})
    for path in sorted((root / "gmm_lib").glob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for name, node in definitions(ast.parse(path.read_text(encoding="utf-8"))):
            if name.rpartition(".")[2].startswith("_"):
                continue
            for number in numbers_of(ast.get_docstring(node)):
                main = (ast.get_docstring(node) or "").startswith(f"Equation ({number}):")
                places[number].functions.insert(0 if main else len(places[number].functions), f"{module}.{name}")
    for path in sorted((root / "tests").rglob("test_*.py")):
        for name, node in definitions(ast.parse(path.read_text(encoding="utf-8"))):
            for number in marks_of(node):
                places[number].tests.append(f"{path.relative_to(root).as_posix()}::{name.replace('.', '::')}")
    for folder in ("chapters", "beyond", "scale"):
        for path in sorted((root / "book" / folder).glob("*.ipynb")):
            for number in ANCHOR.findall(markdown_of(path)):
                places[int(number)].chapters.append(f"{folder}/{path.stem}")
    return dict(places)


def meanings(book):
    """What each equation says, as its page has it: ``{"7": "The density of a single Gaussian"}``."""
    text = (book / "appendix" / "equation_map.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\d+): (.+)$", text, re.MULTILINE))


def source_of(root, test):
    """The source of a test, by pytest's name for it."""
    path, _, name = test.partition("::")
    text = (root / path).read_text(encoding="utf-8")
    node = dict(definitions(ast.parse(text)))[name.replace("::", ".")]
    first = min(one.lineno for one in [*node.decorator_list, node])
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))


class EquationMap(SphinxDirective):
    """Write the table as Markdown and let MyST make links of it."""

    has_content = True

    def run(self):
        said = {}
        for line in self.content:
            number, _, meaning = line.partition(":")
            said[int(number)] = meaning.strip()
        places = collect(Path(self.env.srcdir).parent)
        complete = sum(bool(p.chapters and p.functions and p.tests) for p in places.values())
        rows = ["| Equation | What it says | Chapter | Function | Test |", "|---|---|---|---|---|"]
        rows += [self.row(number, said.get(number, ""), places[number]) for number in sorted(places)]
        text = [f"**{complete} of {len(EQUATIONS)}** equations have an anchor, a function and a test.", ""]
        box = nodes.container(classes=["gmm-equation-map"])
        self.state.nested_parse(StringList(text + rows, source="equation map"), self.content_offset, box)
        return [box]

    def row(self, number, meaning, places):
        def lines(items):
            return "<br>".join(items) if items else "missing"

        anchor = f"[({number})](eq-{number})" if places.chapters else f"({number})"
        chapters = [f"{{doc}}`/{chapter}`" for chapter in places.chapters]
        functions = [f"{{py:obj}}`{name.removeprefix('gmm_lib.')} <{name}>`" for name in places.functions]
        tests = [f"[{self.spoken(name)}](#test-{number})" for name in places.tests]
        first = f'<span id="map-{number}"></span>{anchor}'
        return f"| {first} | {meaning} | {lines(chapters)} | {lines(functions)} | {lines(tests)} |"

    @staticmethod
    def spoken(test):
        """A test's name is a sentence: ``tests/test_em.py::test_it_ends`` gives "`test_em.py`: it ends"."""
        path, _, name = test.partition("::")
        return f"`{path.removeprefix('tests/')}`: {name.rpartition('::')[2].removeprefix('test_').replace('_', ' ')}"


class EquationTests(SphinxDirective):
    """The tests themselves, each below its equation's number."""

    def run(self):
        root = Path(self.env.srcdir).parent
        found = []
        for number, places in sorted(collect_once(self.env.app).items()):
            for position, test in enumerate(places.tests):
                code = nodes.literal_block("", source_of(root, test), language="python")
                caption = nodes.caption("", f"({number}), in {test.partition('::')[0]}")
                box = nodes.container("", caption, code, literal_block=True, classes=["literal-block-wrapper"])
                if position == 0:
                    box["names"] = [f"test-{number}"]
                    self.state.document.note_explicit_target(box, box)
                found.append(box)
        return found


def link_docstring(app, what, name, obj, options, lines):
    """In the library reference, turn ``Equation (7)`` into a link to the formula in its chapter."""
    known = {number for number, p in collect_once(app).items() if p.chapters}

    def link(match):
        number = int(match[2])
        return f"{match[1]}:ref:`({number}) <eq-{number}>`" if number in known else match[0]

    for position, line in enumerate(lines):
        if re.search(r"\b[Ee]quations? \(", line):
            lines[position] = re.sub(r"(?<=[ ,])()\((\d{1,2})\)", link, line)


def collect_once(app):
    """`collect` reads a hundred files: once a build is enough."""
    if not hasattr(app, "gmm_equations"):
        app.gmm_equations = collect(Path(app.srcdir).parent)
    return app.gmm_equations


def setup(app):
    app.add_directive("equation-map", EquationMap)
    app.add_directive("equation-tests", EquationTests)
    app.connect("autodoc-process-docstring", link_docstring)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
