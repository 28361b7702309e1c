"""MathJax from a local copy, so that the formulas need no network.

The package ``sphinx-mathjax-offline`` carries MathJax 3, but as an extension it copies all 15 MB of it. A page
needs the TeX input with CHTML output, its fonts and the optional TeX extensions: under 3 MB.
"""

from importlib.util import find_spec
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util.fileutil import copy_asset

PACKAGE = "sphinx-mathjax-offline"
NEEDED = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")


def use_local_mathjax(app, config):
    """Point Sphinx at the copy that `copy_mathjax` puts into the site."""
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.mathjax3_config = {
        "tex": {"macros": {"E": r"\mathbb{E}", "R": r"\mathbb{R}", "given": r"\mid"}},
        # Without the menu a page with two hundred formulas has not two hundred stops for the Tab key; the hidden
        # MathML that screen readers read stays on.
        "options": {"enableMenu": False, "enableAssistiveMml": True},
        "chtml": {"matchFontHeight": False},
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


def setup(app):
    app.connect("config-inited", use_local_mathjax)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
