"""What a page shows of a value: by the same rules as a notebook, so that both show the same."""

import base64

from . import pretty

MOST = 400_000  # signs that a cell may print, or a value have: nothing may fill the page
METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "text/latex": "_repr_latex_",
}


def bundle(value):
    """The value in each form that it has: ``{"text/plain": ..., "text/html": ...}``."""
    data = {}
    if (make := method(value, "_repr_mimebundle_")) is not None:
        made = make(include=None, exclude=None)
        data |= (made[0] if isinstance(made, tuple) else made) or {}
    for kind, name in METHODS.items():
        if kind not in data and (make := method(value, name)) is not None and (made := make()) is not None:
            data[kind] = made[0] if isinstance(made, tuple) else made
    if is_figure(value) and (value.axes or value.lines):  # of an empty one a notebook shows its name
        data |= drawn(value)
    if "text/plain" not in data:
        data["text/plain"] = cut(pretty.pretty(value))
    return {kind: base64.b64encode(one).decode() if isinstance(one, bytes) else one for kind, one in data.items()}


def cut(text):
    """The text, or as much of it as a page can show."""
    return text if len(text) <= MOST else f"{text[:MOST]}\n... (no more is shown: this value has {len(text):,} signs)"


def method(value, name):
    """A method of an object's class; a class itself has none, nor has what invents an attribute for every name."""
    if isinstance(value, type) or not callable(getattr(type(value), name, None)):
        return None
    return getattr(value, name)


def is_figure(value):
    """Whether it is a figure of Matplotlib, which this module does not load."""
    return any(one.__module__ == "matplotlib.figure" and one.__name__ == "Figure" for one in type(value).__mro__)


def drawn(figure):
    """The figure as the book's are: for light paper, and for dark paper with the sizes that it has on a page."""
    from gmm_lib import _dark, _svg

    svg = _svg.drawn(figure)
    width, height, least = _svg.on_a_page(svg)
    more = {"dark": _dark.twin(svg), "width": width, "height": height, "least": least}
    return {"image/svg+xml": svg, "application/vnd.gmm-figure+json": more}
