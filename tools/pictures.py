"""Whether two pictures of notebooks are the same: what the tests of the notebooks say of figures (see `conftest.py`).

A figure is SVG, and is compared part by part, in order: shapes, marks and letters, each by its kind, its colours, and
where it stands. Another machine draws a curve with its last digit different, or a corner more: so of a curve its box,
its length and its middle are compared, with a little room (`ROOM`). What a
figure holds as pixels, and every other picture, is compared pixel by pixel.
"""

import base64
import io
import re
from functools import cache
from itertools import zip_longest
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

ROOM = 0.005  # of the picture's width: how far a part may have moved
TINT = 3  # of 255: how far a colour may be another
# Of pixels, this share may differ visibly.
TOLERATED_SHARE = 0.005
VISIBLE = 48

HREF = "{http://www.w3.org/1999/xlink}href"
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
COMMAND = re.compile(r"([A-Z])([^A-Za-z]*)")
LETTER = re.compile(r"[A-Z].*-[0-9a-f]+$")  # the names of the letters' shapes
TRANSFORM = re.compile(r"(translate|scale|rotate|matrix)\(([^)]*)\)")
COLOUR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")
KINDS = ("image/svg+xml", "image/png")


def difference(stored, drawn, of_this_machine=False):
    """Why two pictures are not the same, in words; None when they are, or need not be.

    A picture is the text of an SVG, or a PNG in base64, or None.
    """
    if stored is None or drawn is None:
        return "a picture was stored and none drawn" if drawn is None else "a picture was drawn and none stored"
    kinds = [text.lstrip().startswith("<") for text in (stored, drawn)]
    if stored == drawn and not of_this_machine:
        return None  # as it comes out on the machine that stored it: nothing is to be read
    if kinds[0] != kinds[1]:
        return "one picture is SVG and the other PNG: run tools/notebooks.py"
    return (_of_parts if kinds[0] else _of_pixels)(stored, drawn, of_this_machine)


def of_outputs(outputs):
    """The pictures that outputs of a cell hold, in order."""
    data = [output.get("data", {}) for output in outputs]
    return [one[kind] for one in data for kind in KINDS if kind in one]


# -- pixels


def _of_pixels(stored, drawn, of_this_machine=False):
    stored, drawn = _pixels(stored), _pixels(drawn)
    if drawn.std() < 1:
        return "the picture is blank"
    if of_this_machine:
        return None
    if stored.shape != drawn.shape:
        return f"the picture is {drawn.shape[1]}x{drawn.shape[0]}, stored is {stored.shape[1]}x{stored.shape[0]}"
    share = (np.abs(stored - drawn).max(axis=2) > VISIBLE).mean()
    if share > TOLERATED_SHARE:
        return f"{share:.2%} of the picture's pixels differ from the stored one"
    return None


def _pixels(png):
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(paper, image).convert("RGB"), dtype=np.int16)


# -- parts


def _of_parts(stored, drawn, of_this_machine):
    stored, drawn = ElementTree.fromstring(stored), ElementTree.fromstring(drawn)
    parts = list(_parts(drawn))
    if len(parts) < 2:  # the paper alone
        return "the picture is blank"
    if of_this_machine:
        return None
    sizes = [[float(one.get(side)) for side in ("width", "height")] for one in (stored, drawn)]
    room = ROOM * sizes[0][0]
    if np.abs(np.subtract(*sizes)).max() > room:
        return f"the picture is {sizes[1][0]:g}x{sizes[1][1]:g}, stored is {sizes[0][0]:g}x{sizes[0][1]:g}"
    for number, (one, other) in enumerate(zip_longest(_parts(stored), parts), start=1):
        if why := _apart(one, other, room):
            return f"part {number}, {(other or one).kind}: {why}"
    return None


def _apart(stored, drawn, room):
    """Why two parts are not the same."""
    if stored is None or drawn is None:
        return "it is stored and not drawn" if drawn is None else "it is drawn and not stored"
    if stored.kind != drawn.kind:
        return f"stored is {stored.kind}"
    if len(stored.look) != len(drawn.look) or not all(map(_alike, stored.look, drawn.look)):
        return f"it looks like {' '.join(drawn.look)}, stored is {' '.join(stored.look)}"
    if stored.box.shape != drawn.box.shape:
        return "one of the two is cut to a box"
    if (moved := np.abs(stored.box - drawn.box).max()) > room:
        return f"it has moved or grown by {moved:.1f} points"
    if abs(stored.length - drawn.length) > max(room, ROOM * stored.length):
        return f"its outline is {drawn.length:.1f} points long, stored is {stored.length:.1f}"
    return _of_pixels(stored.pixels, drawn.pixels) if stored.pixels else None


def _alike(one, other):
    """Two words of a style: the same, or colours or numbers that differ by rounding."""
    if one == other:
        return True
    if (a := COLOUR.fullmatch(one)) and (b := COLOUR.fullmatch(other)):
        return all(abs(int(c, 16) - int(d, 16)) <= TINT for c, d in zip(a.groups(), b.groups()))
    if NUMBER.fullmatch(one) and NUMBER.fullmatch(other):
        return abs(float(one) - float(other)) <= 0.01 * max(1, abs(float(one)))
    return False


class Part(NamedTuple):
    """What a picture draws once: a shape, a mark, a letter, an image."""

    kind: str
    look: tuple[str, ...]  # the words of its style
    box: np.ndarray  # left, top, right, bottom, its middle, and the box that it is cut to
    length: float  # of its outline
    pixels: str = ""  # of an image


def _parts(root):
    """The parts of a picture, in order."""
    shapes = {element.get("id"): element for element in root.iter() if "id" in element.attrib}

    @cache
    def cuts(clip):
        return _box(_outline(shapes[clip[len("url(#") : -1]][0])[0])

    @cache
    def shape(name, linear):
        """What is used again and again: measured once for each size and direction that it is used in."""
        points, ends = _outline(shapes[name])
        return _measured(np.reshape(linear, (2, 2)) @ points, ends)

    def walk(element, matrix, look, cut):
        kind = element.tag.rpartition("}")[2]
        if kind in ("defs", "style", "metadata", "clipPath"):
            return
        look, matrix = look + _words(element), matrix @ _matrix(element.get("transform", ""))
        cut = cuts(clip) if (clip := element.get("clip-path")) else cut
        if kind in ("g", "svg"):
            for child in element:
                yield from walk(child, matrix, look, cut)
            return
        if kind == "use":
            used = shapes[name := element.get(HREF)[1:]]
            kind, look = (name if LETTER.match(name) else "a mark"), look + _words(used)
            matrix = matrix @ _shift(*(float(element.get(side, 0)) for side in "xy"))
            matrix = matrix @ _matrix(used.get("transform", ""))
            box, length = shape(name, tuple(matrix[:2, :2].flat))
        else:
            points, ends = _outline(element)
            box, length = _measured(matrix[:2, :2] @ points, ends)
        pixels = element.get(HREF, "").partition(",")[2] if kind == "image" else ""
        yield Part(kind, look, np.concatenate([box + np.tile(matrix[:2, 2], 3), cut]), length, pixels)

    return walk(root, np.eye(3), (), np.zeros(0))


@cache
def _split(style):
    return tuple(style.replace(";", " ").split())


def _measured(points, ends):
    """Of an outline: left, top, right, bottom and centre of gravity (where it has more corners it weighs no more), and
    its length."""
    steps = np.where(ends, 0, np.hypot(*np.diff(points)))
    length = steps.sum()
    middle = (points[:, 1:] + points[:, :-1]) / 2 @ steps / length if length > 0 else points.mean(axis=1)
    return np.concatenate([_box(points), middle]), length


def _words(element):
    return _split(element.get("style", ""))


def _box(points):
    return np.concatenate([points.min(axis=1), points.max(axis=1)])


def _outline(element):
    """The corners of a shape, (2, number), and whether a new line begins after each but the last."""
    if element.tag.endswith("}path"):
        return _of_path(element.get("d", "M0 0"))  # a blank has no outline
    x, y, width, height = (float(element.get(side, 0)) for side in ("x", "y", "width", "height"))
    return np.array([[x, x + width], [y, y + height]]), np.zeros(1, dtype=bool)


def _of_path(path):
    """A curve counts as the lines through its handles; what it closes with is left away."""
    corners, begins = [], []
    for letter, numbers in COMMAND.findall(path):
        pairs = np.array(NUMBER.findall(numbers), dtype=float).reshape(-1, 2)
        begins += [letter == "M"] * len(pairs)
        corners.extend(pairs)
    return np.array(corners).reshape(-1, 2).T, np.array(begins[1:], dtype=bool)


@cache
def _matrix(transform):
    matrix = np.eye(3)
    for name, numbers in TRANSFORM.findall(transform):
        matrix = matrix @ MATRICES[name](*map(float, NUMBER.findall(numbers)))
    return matrix


def _shift(x, y=0.0):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _turn(angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


MATRICES = {
    "translate": _shift,
    "scale": lambda x, y=None: np.diag([x, x if y is None else y, 1]),
    "rotate": _turn,
    "matrix": lambda a, b, c, d, e, f: np.array([[a, c, e], [b, d, f], [0, 0, 1]]),
}
