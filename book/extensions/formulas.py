r"""Formulas typeset when the book is built, so that a page needs no script for them.

KaTeX (``book/katex``, from npm by ``make katex``) runs in the V8 engine of the package ``mini-racer``: no Node.js is
needed. What comes out is drawn as HTML and spoken as MathML, which holds the TeX for whoever copies. A formula that
KaTeX refuses is a warning with its place, and so the end of a build. What has been typeset is kept in
``_build/formulas.json`` under a checksum of KaTeX. There are no macros of our own: the notebooks' formulas are also
typeset by JupyterLab, which would not know them.
"""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from formula_fonts import write_style
from py_mini_racer import MiniRacer
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset_file

KATEX = Path(__file__).resolve().parents[1] / "katex"
TYPESET = r"""(tex, displayMode) => {
  try {
    const html = katex.renderToString(tex, {displayMode, strict: "error", throwOnError: true});
    // KaTeX gives an index that is an operator, as the max of a^\max, a child more than MathML allows.
    return [html.replace(/<mo>\u2061<\/mo>(?=<\/m(?:sub|sup|subsup|over|under|underover)>)/g, ""), null];
  }
  catch (error) { return [null, error.message]; }
}"""
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
TAG = re.compile(r"\s*\\tag\*?\{[^{}]*\}")
USED = 'class="katex'

logger = logging.getLogger(__name__)


class Typesetter:
    """KaTeX, woken at the first formula that the file ``kept`` does not hold."""

    def __init__(self, kept):
        self.file, self.engine = kept, None
        self.source = (KATEX / "katex.min.js").read_text(encoding="utf-8")
        self.version = hashlib.sha256((self.source + TYPESET).encode()).hexdigest()
        stored = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        self.kept = stored.get(self.version, {})

    def __call__(self, tex, display):
        """The formula as HTML with MathML in it; ``ValueError`` with KaTeX's words if it cannot be typeset."""
        key = f"{'block' if display else 'inline'}: {tex}"
        if key not in self.kept:
            self.kept[key] = self.typeset(tex, display)
        return self.kept[key]

    def typeset(self, tex, display):
        if self.engine is None:
            self.engine = MiniRacer()
            self.engine.eval(self.source)
        html, complaint = json.loads(
            self.engine.eval(f"JSON.stringify(({TYPESET})({json.dumps(tex)}, {json.dumps(display)}))")
        )
        if html is None:
            raise ValueError(complaint)
        return html

    def keep(self):
        """Remember for the next build what has been typeset, and nothing of another KaTeX."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps({self.version: self.kept}), encoding="utf-8")


def lines_of(tex):
    r"""A displayed formula as KaTeX wants it: bare lines below each other in an environment, the ``\tag`` after it."""
    tag = TAG.search(tex)
    body = (tex.replace(tag[0], "") if tag else tex).strip()
    if r"\\" in ENVIRONMENT.sub("", body):
        body = rf"\begin{{split}}{body}\end{{split}}"
    return body + (tag[0] if tag else "")


def typeset(translator, node, tex, display):
    try:
        return translator.builder.app.gmm_typeset(tex, display)
    except ValueError as error:
        logger.warning("a formula cannot be typeset: %s", error, location=node)
        return translator.encode(tex)


def visit_math(translator, node):
    opening = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{opening}{typeset(translator, node, node.astext(), False)}</span>")
    raise nodes.SkipNode


def visit_math_block(translator, node):
    opening = translator.starttag(node, "div", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{opening}{typeset(translator, node, lines_of(node.astext()), True)}</div>\n")
    raise nodes.SkipNode


def start(app):
    app.gmm_typeset = Typesetter(Path(app.outdir).parent / "formulas.json")


def load_where_needed(app, pagename, templatename, context, doctree):
    if USED in context.get("body", ""):
        app.add_css_file("katex.css", priority=400)  # before the book's own style
        app.add_js_file("copy-tex.min.js", loading_method="defer")


def keep(app, exception):
    app.gmm_typeset.keep()


def write_files(app, site, pages):
    copy_asset_file(str(KATEX / "copy-tex.min.js"), str(site / "_static"))
    write_style(KATEX, pages.values(), site / "_static")


def setup(app):
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("config-inited", lambda app, config: setattr(config, "html_math_renderer", "katex"))
    app.connect("builder-inited", start)
    app.connect("html-page-context", load_where_needed)
    app.connect("build-finished", keep)
    app.setup_extension("whole_pages")
    app.connect("pages-written", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
