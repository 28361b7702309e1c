"""The figures of notebooks in a page: each as it is stored and, for readers in the dark, as its dark twin.

One of the two is seen, and only that one is loaded. Where a screen is too narrow for a figure, it shrinks as far as its
smallest letters can be read, and then scrolls sideways in its box.
"""

import re
from pathlib import Path

from gmm_lib import _dark, _svg
from gmm_lib.stepper import _looks

STORED = re.compile(r'<img (?P<alt>alt="[^"]*" )?src="(?P<address>[^"]*_images/(?P<name>[0-9a-f]{64})\.svg)" />')


def in_both(body, sizes):
    """The HTML of a page, with its figures in light and in dark; ``sizes``: their sizes, by their names."""

    def boxed(found):
        width, height, least = sizes[found["name"]]
        images = (
            f'<img class="only-{theme}" {found["alt"] or ""}src="{address}" width="{width}" height="{height}" '
            'loading="lazy" />'
            for theme, address in (("light", found["address"]), ("dark", dark_name(found["address"])))
        )
        return f'<div class="gmm-drawn" style="--gmm-least: {least}px">{"".join(images)}</div>'

    return STORED.sub(boxed, body)


def dark_name(address):
    return address.removesuffix(".svg") + "-dark.svg"


def place(app, pagename, templatename, context, doctree):
    body = context.get("body", "")
    if STORED.search(body):
        stored = {Path(name).stem: source for source, name in app.builder.images.items() if name.endswith(".svg")}
        names = {found["name"] for found in STORED.finditer(body)}
        sizes = {name: _svg.on_a_page((Path(app.srcdir) / stored[name]).read_text(encoding="utf-8")) for name in names}
        context["body"] = in_both(body, sizes)


def draw(app, exception):
    """Write the dark twins of all figures."""
    if exception is None and app.builder.format == "html":
        draw_twins(Path(app.outdir) / "_images")


def draw_twins(folder):
    """Put beside each figure of a folder its dark twin, where it is missing, or older than the code that makes it.

    A figure itself cannot change: its name is the sum of what it holds.
    """
    code = max(Path(module.__file__).stat().st_mtime for module in (_dark, _looks))
    for path in folder.glob("*.svg"):
        twin = path.with_name(dark_name(path.name))
        if re.fullmatch("[0-9a-f]{64}", path.stem) and not (twin.exists() and twin.stat().st_mtime > code):
            twin.write_text(_dark.twin(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    app.connect("html-page-context", place)
    app.connect("build-finished", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
