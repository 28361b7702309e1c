"""Every formula of a notebook is also typeset by JupyterLab, whose MyST extension uses KaTeX: by that very copy."""

import json
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path for path in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
LAB = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "jupyterlab-myst" / "static"
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)

# The extension is a bundle whose pieces are functions by number. The piece that is KaTeX needs no other, so that the
# two helpers of the bundle's loader are enough to wake it.
WAKE = """() => {
  const [, modules] = self.webpackChunkjupyterlab_myst[0];
  const [wake] = Object.values(modules), katex = {};
  wake({}, katex, {r: () => {}, d: (to, from) => {
    for (const name in from) Object.defineProperty(to, name, {get: from[name], enumerable: true});
  }});
  self.katex = katex;
  return katex.version;
}"""
TYPESET = """(formulas) => formulas.map(([tex, displayMode]) => {
  try { katex.renderToString(tex, {displayMode, throwOnError: true, strict: "ignore"}); return null; }
  catch (error) { return `${error.message}`; }
})"""


def formulas(text):
    """``[TeX, whether it is displayed]`` for every formula in a piece of Markdown, boxes and lists included."""
    found = []
    for token in MARKDOWN.parse(text):
        if token.type in ("math_block", "amsmath"):
            found.append([token.content.strip(), True])
        elif token.type == "fence" and token.info.startswith("{"):
            found += formulas(token.content)
        elif token.type == "inline":
            found += [[t.content, t.type == "math_inline_double"] for t in token.children if t.type.startswith("math")]
    return found


def markdown_of(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        yield cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "")


@pytest.fixture(scope="module")
def typeset(browser):
    """A function that gives KaTeX's complaint about each formula, None if it has none."""
    (katex,) = [path for path in LAB.glob("*.js") if "__defineFunction:()=>" in path.read_text(encoding="utf-8")]
    page = browser.new_page()
    page.add_script_tag(path=katex)
    assert page.evaluate(WAKE)
    yield lambda found: page.evaluate(TYPESET, found)
    page.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_formula_is_typeset(path, typeset):
    found = [formula for text in markdown_of(path) for formula in formulas(text)]
    wrong = [f"{complaint}: {tex}" for (tex, _), complaint in zip(found, typeset(found)) if complaint]
    assert not wrong, "\n".join(wrong)


def test_the_check_can_fail(typeset):
    text = (
        "$P(x \\given y)$ and\n\n```{admonition} Box\n$$ \\E[x] \\tag{1} $$\n```\n\n- $\\frac12$\n\n$$ x \\tag{7} $$\n"
    )
    complaints = typeset(formulas(text))
    assert [bool(complaint) for complaint in complaints] == [True, True, False, False], complaints
