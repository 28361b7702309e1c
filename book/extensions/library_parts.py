"""The library reference in parts: a table of its modules, each with the sentence that opens its docstring.

A link into the one page that the reference once was still arrives: a module's name has its old anchor here, and a
script leads on to the part, function and all.
"""

import ast
import json
import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "book" / "appendix" / "library"
LEAD_ON = """<script>(() => {{
  const parts = {parts};
  let name = location.hash.replace(/^#(module-)?/, "");
  for (; name; name = name.slice(0, Math.max(0, name.lastIndexOf("."))))
    if (name in parts) return location.replace(`library/${{parts[name]}}.html${{location.hash}}`);
}})();</script>"""
SIGNATURE = re.compile(r"<dl>\s*(<dd>.*?)</dl>(?=\s*<span class=\"sig-paren\">)", re.DOTALL)
ARGUMENT, LINE = re.compile("<dd>(.*?)</dd>", re.DOTALL), r"<span>\1</span>"


def modules_of(part):
    """The modules that a part of the reference holds, in its order."""
    return re.findall(r"automodule:: (\S+)", (FOLDER / f"{part}.md").read_text(encoding="utf-8"))


def opening(module):
    """The first sentence of a module's docstring."""
    path = ROOT / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    text = re.split(r"(?<=[.:])\s(?=[A-Z])", text)[0].rstrip(":.")
    # Its roles and double backticks are reStructuredText's; a table of Markdown has single ones.
    return re.sub(r":\w+:`~?([^`<]+)`", r"`\1`", text).replace("``", "`").replace("|", r"\|")


class LibraryParts(SphinxDirective):
    """``mathematics algorithm ...``: the parts, in their order."""

    has_content = True

    def run(self):
        parts = {part: modules_of(part) for part in " ".join(self.content).split()}
        rows = []
        for part, modules in parts.items():
            rows += ["", f"**[](library-{part})**", "", "| Module | What it holds |", "|---|---|"]
            rows += [f'| <span id="module-{name}"></span>{{py:mod}}`{name}` | {opening(name)} |' for name in modules]
        box = nodes.container(classes=["gmm-library-parts"])
        self.state.nested_parse(StringList(rows, source="library parts"), self.content_offset, box)
        place = {module: part for part, modules in parts.items() for module in modules}
        return [nodes.raw("", LEAD_ON.format(parts=json.dumps(place)), format="html"), box]


def lines_of_signatures(app, pagename, templatename, context, doctree):
    """A long signature has a line for each argument, which Sphinx writes as a list of definitions of nothing."""
    if pagename.startswith("appendix/library/"):
        context["body"] = SIGNATURE.sub(
            lambda found: f'<span class="gmm-arguments">{ARGUMENT.sub(LINE, found[1])}</span>', context["body"]
        )


def setup(app):
    app.add_directive("library-parts", LibraryParts)
    app.connect("html-page-context", lines_of_signatures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
