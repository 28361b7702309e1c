"""The directive ``stepper`` and the role ``stepper``: EM in a page, and links that set it.

::

    ```{stepper}
    :name: fig-trap
    :data: same_row_twice
    :k: 2
    :view: contours

    The caption, with $formulas$ and links if need be.
    ```

    {stepper}`watch two means start on the same point <fig-trap?data=same_row_twice&seed=30>`

The directive draws the first frame in Python and writes the settings beside it; the stepper's script does the rest,
and is loaded only by pages that hold a stepper (whether by this directive or in a notebook's output), as that of the
figures that move is by theirs. The role is an
ordinary link to the figure, which the script turns into one that also sets it.
"""

import html
import re
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # a book is built from a checkout, installed or not

from gmm_lib.stepper import _script, static
from gmm_lib.stepper._settings import SETTINGS

logger = logging.getLogger(__name__)
# What a page holds that needs scripts, and the files that it then loads.
MARKS = {
    'class="gmm-stepper"': ("stepper.css", "stepper-data.js", "stepper.js"),
    'class="gmm-interactive"': ("figures.css", "figures.js"),
    'class="gmm-interactive gmm-two-coins"': ("figures.css", "coins.js"),
}


class StepperDirective(SphinxDirective):
    """A figure that steps through EM. Options are the settings; the content is the caption."""

    has_content = True
    option_spec = dict.fromkeys(SETTINGS, directives.unchanged) | {
        "name": directives.unchanged,
        "loop": directives.flag,  # it shows itself until somebody takes it
    }

    def run(self):
        settings = {name: value for name, value in self.options.items() if name in SETTINGS}
        try:
            picture = static.figure(settings)
        except ValueError as error:
            raise self.error(f"stepper: {error}") from None
        figure = nodes.figure(classes=["gmm-figure", "gmm-loop"] if "loop" in self.options else ["gmm-figure"])
        figure += nodes.raw("", picture, format="html")
        if self.content:
            inline, messages = self.state.inline_text(" ".join(self.content), self.lineno)
            figure += nodes.caption("", "", *inline)
            figure += messages
        if "name" in self.options:
            self.add_name(figure)
        else:
            figure["ids"].append(f"stepper-{self.env.new_serialno('stepper') + 1}")
        self.set_source_info(figure)
        return [figure]


class StepperRole(SphinxRole):
    """``text <id?settings>``: a link to a stepper of this page, which sets it."""

    def run(self):
        found = re.fullmatch(r"(.*?)\s*<([\w-]+)\?([^>]*)>", self.text, re.DOTALL)
        if not found:
            message = f"stepper link must read `text <id?data=...&k=...>`; got `{self.text}`"
            return [], [self.inliner.reporter.error(message, line=self.lineno)]
        text, target, query = found.groups()
        pairs = [pair.partition("=")[::2] for pair in html.unescape(query).split("&") if pair]
        try:
            static.check_settings(dict(pairs))
        except ValueError as error:
            return [], [self.inliner.reporter.error(f"stepper link: {error}", line=self.lineno)]
        written = html.escape("&".join(f"{key}={value}" for key, value in pairs))
        link = f'<a class="gmm-set" href="#{target}" data-stepper="{written}">{html.escape(text)}</a>'
        return [nodes.raw("", link, format="html")], []


def write_scripts(app):
    """Put script, style and data into the site as files, so that several pages share them."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stepper-data.js").write_text(static.data_script(), encoding="utf-8")
    for which in _script.SCRIPTS:
        (folder / f"{which.name}.js").write_text(_script.page_script(which), encoding="utf-8")
    for which in (_script.STEPPER, _script.FIGURES):
        (folder / f"{which.name}.css").write_text(_script.style(which), encoding="utf-8")


def load_where_needed(app, pagename, templatename, context, doctree):
    needed = dict.fromkeys(file for mark, files in MARKS.items() if mark in context.get("body", "") for file in files)
    if "figures.css" in needed:
        needed.pop("stepper.css", None)  # the figures' sheet holds all of it
    for file in needed:
        if file.endswith(".css"):
            app.add_css_file(file)
        else:
            app.add_js_file(file, loading_method="defer")


def setup(app):
    app.add_directive("stepper", StepperDirective)
    app.add_role("stepper", StepperRole())
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_where_needed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
