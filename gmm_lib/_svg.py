"""Figures as the book stores them: SVG, which comes out alike on every machine, and short.

As Matplotlib's backend in a notebook (``MPLBACKEND=module://gmm_lib._svg``) it shows each cell's figures in this form;
`tools/notebooks.py` and the tests run the book's notebooks with it. Text is drawn as outlines, because its font is on
no phone. Numbers keep a hundredth of a point; what says nothing of the picture (comments, the date, random names) goes.
"""

import hashlib
import io
import re
import sys
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ._extras import extra

with extra("plots", "gmm_lib._svg"):
    import matplotlib as mpl
    from matplotlib import _pylab_helpers
    from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401 -- of the backend
    from matplotlib.collections import Collection, QuadMesh
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FIXED: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "gmm_lib", "svg.image_inline": True}
SILENT = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # nothing of the program that drew it
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
PLACED = ("d", "x", "y", "width", "height", "viewBox")  # attributes whose numbers are points
MOVED = re.compile(r"translate\([^)]*\)")
USE = f"{{{SVG}}}use"
REFERRED = re.compile(r"(?:^|(?<=url\())#([\w-]+)")
GLYPH = re.compile(r"[A-Z].*-[0-9a-f]+")  # "DejaVuSans-41": a name that says what it names
SIZE = re.compile(r'<svg\b[^>]* width="([\d.]+)"[^>]* height="([\d.]+)"')
LETTERS = re.compile(r"scale\((0\.\d+) -\1\)")  # outlines of letters are a hundred high, and upside down
RANDOM = re.compile(r"[0-9a-f]{10}$")

MANY = 2000  # of so many points a cloud is held as pixels: as shapes it would be slow to draw, and larger
SCALE = 1.5  # pixels of a page for a point of a figure: letters of 10.5 points beside a text of 17 pixels
LEAST = 9  # pixels: the height of the smallest letters that a phone shows, but for indices

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def drawn(figure: Figure) -> str:
    """The figure as SVG, cut to what is on it."""
    file = io.StringIO()
    for artist in figure.findobj(_is_cloud):
        artist.set_rasterized(True)
    with mpl.rc_context(FIXED):
        figure.savefig(file, format="svg", dpi=figure.dpi, bbox_inches="tight", metadata=SILENT)
    return _shortened(file.getvalue())


def _is_cloud(artist):
    if isinstance(artist, QuadMesh):
        return True
    if isinstance(artist, Line2D):
        return artist.get_marker() not in ("", " ", "None", None) and np.size(artist.get_xdata()) > MANY
    return isinstance(artist, Collection) and np.size(artist.get_offsets()) > 2 * MANY


def on_a_page(svg: str) -> tuple[int, int, int]:
    """How wide and how high the figure ``svg`` is on a page with room for it, and how wide at the least, in pixels.

    A figure without letters may be as small as the screen has it.
    """
    width, height = map(float, SIZE.findall(svg)[0])
    letters = [100 * float(scale) for scale in LETTERS.findall(svg)]
    return round(SCALE * width), round(SCALE * height), round(width * LEAST / min(letters)) if letters else 0


def _shortened(svg: str) -> str:
    """The same picture in half the letters."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        _round(element)
    for element in root.iter():
        _join(element)
    for name in ("width", "height"):
        root.set(name, root.get(name, "").removesuffix("pt"))  # the unit of the view box: a point is a pixel
    ElementTree.indent(root, "")
    _name(root)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _round(element):
    for name in PLACED:
        if name in element.attrib:
            short = NUMBER.sub(_hundredths, element.get(name))
            element.set(name, re.sub(r"\s*([MLQCZz])\s*", r"\1", short).strip() if name == "d" else short)
    if "transform" in element.attrib:
        element.set("transform", MOVED.sub(lambda found: NUMBER.sub(_hundredths, found[0]), element.get("transform")))


def _hundredths(number):
    return f"{round(float(number[0]), 2) + 0:g}"  # + 0: of -0.0 the sign goes


def _join(parent):
    """Marks of one cloud stand each in a group of its own: put them into one, and what they share with it."""
    first = None
    for group in list(parent):
        if first is not None and _marks(group) and group.attrib == first.attrib:
            first.extend(group)
            parent.remove(group)
        else:
            first = group if _marks(group) else None
    if len(parent) > 1 and _marks(parent) and len(styles := {mark.get("style") for mark in parent}) == 1:
        parent.set("style", *styles)
        for mark in parent:
            del mark.attrib["style"]


def _marks(group):
    """Whether an element is a group of marks, and of nothing else."""
    return group.tag == f"{{{SVG}}}g" and len(group) > 0 and all("x" in m.attrib and m.tag == USE for m in group)


def _name(root):
    """Names that others refer to are counted, after the picture's own: a page may hold several pictures. Those of
    letters stay, and of other random ones nothing is left."""
    own = hashlib.sha256(ElementTree.tostring(root)).hexdigest()[:6]
    names: dict[str, str] = {}
    for name in (
        name for element in root.iter() for value in element.attrib.values() for name in REFERRED.findall(value)
    ):
        if not GLYPH.fullmatch(name):
            names.setdefault(name, f"s{own}-{len(names) + 1}")
    for element in root.iter():
        for attribute, value in element.attrib.items():
            element.set(attribute, REFERRED.sub(lambda found: f"#{names.get(found[1], found[1])}", value))
        if (name := element.get("id")) is not None:
            if name in names:
                element.set("id", names[name])
            elif RANDOM.search(name):
                del element.attrib["id"]


def show(**options: Any) -> None:
    """Show and close all open figures: what ``plt.show()`` does, whatever its ``options``; the end of every cell."""
    from IPython.display import display

    managers = _pylab_helpers.Gcf.get_all_fig_managers()
    try:
        for manager in managers:
            display(manager.canvas.figure)
    finally:
        _pylab_helpers.Gcf.destroy_all()


def _settle():
    """In a notebook's kernel, once: figures are shown as SVG, at the end of the cell that draws them."""
    if (shell := sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None) is not None:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, drawn)
        shell.events.register("post_execute", show)


_settle()
