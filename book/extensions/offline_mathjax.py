"""MathJax from a local copy, so that the formulas need no network; and numbers on formulas of several lines.

The package ``sphinx-mathjax-offline`` carries MathJax 3, but as an extension it copies all 15 MB of it. A page
needs one script with the TeX input and the SVG output, and the optional TeX extensions. SVG, because it needs no
fonts: Firefox refuses to load fonts on pages opened from disk.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.fileutil import copy_asset

PACKAGE = "sphinx-mathjax-offline"
NEEDED = ("tex-svg.js", "input/tex/extensions")


def use_local_mathjax(app, config):
    """Point Sphinx at the copy that `copy_mathjax` puts into the site."""
    config.mathjax_path = "mathjax/tex-svg.js"
    config.mathjax3_config = {
        # No macros of our own: the notebooks' formulas must also be typeset by JupyterLab, which would not know them.
        # Without the menu a page with two hundred formulas has not two hundred stops for the Tab key; the hidden
        # MathML that screen readers read stays on.
        "options": {"enableMenu": False, "enableAssistiveMml": True},
        "svg": {"fontCache": "local", "scale": 0.95},
    }


def copy_mathjax(app, exception):
    """Copy what a page can ask for into ``_static/mathjax``."""
    if exception is not None or app.builder.format != "html":
        return
    spec = find_spec(PACKAGE)
    if spec is None:
        raise ExtensionError(f"the package {PACKAGE} is missing: pip install -r requirements.txt")
    source = Path(spec.origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in NEEDED:
        inside = source / name
        copy_asset(str(inside), str(target / name if inside.is_dir() else (target / name).parent))


class NumberedLines(SphinxPostTransform):
    r"""Let a formula have both several lines and a ``\tag``.

    Sphinx puts a formula that holds ``\\`` into a ``split`` environment, where MathJax allows no tag. Such a formula
    is passed on as it stands, its bare lines set below each other.
    """

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        for block in self.document.findall(nodes.math_block):
            text = block.astext()
            tag = re.search(r"\\tag\*?\{[^{}]*\}", text)
            if not tag or "\\\\" not in text or block.get("nowrap"):
                continue
            body = text.replace(tag[0], "").strip()
            if r"\begin{" not in body:
                body = r"\begin{aligned}" + body + r"\end{aligned}"
            block["nowrap"] = True
            block.children = [nodes.Text(rf"\[{body} {tag[0]}\]")]


def setup(app):
    app.add_post_transform(NumberedLines)
    app.connect("config-inited", use_local_mathjax)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
