"""The dark twin of a figure: the same SVG, in the colours that the stepper has on dark paper.

Each colour of the light palette has its place in the dark one; a mixture of them, as a point's colour is one of
responsibilities, becomes about the same mixture there. The colours of viridis, which say how high and not whose,
stay as they are but for the darkest, which would not be seen.
"""

import base64
import io
import re
from functools import cache
from itertools import combinations, pairwise

import numpy as np

from ._extras import extra
from .stepper._looks import GREY, PALETTE

with extra("plots", "gmm_lib._dark"):
    from matplotlib import colormaps
    from matplotlib.colors import to_hex, to_rgb
    from PIL import Image

LIGHT, DARK = PALETTE["light"], PALETTE["dark"]
NAMES = ("ink", "soft", "paper", "line", "wash", "act", "fall")
TABLE = {LIGHT[name]: DARK[name] for name in NAMES} | dict(zip(LIGHT["components"], DARK["components"]))
TABLE |= {"#000000": DARK["ink"], GREY: DARK["soft"]}
GREYS = ("#000000", LIGHT["soft"], LIGHT["line"], LIGHT["paper"])  # between which other greys lie
# Those corners of the cube of colours that no colour of ours is near: a little lighter, so that they are seen.
CORNERS = {"#ff0000": "#ff8080", "#00ff00": "#80ff80", "#0000ff": "#8080ff"}
CORNERS |= {"#ffff00": "#ffff80", "#ff00ff": "#ff80ff", "#00ffff": "#80ffff"}
POWER = 3  # of how far a line is: what is twice as far counts an eighth
RISE = 0.25  # where of viridis the dark one begins

COLOUR = re.compile(r"(?<=: )#[0-9a-f]{6}\b")
PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=\s]+")
PAPER = re.compile(r'(<g id="patch_1">\s*<path [^>]*style=")fill: #ffffff')  # behind the whole figure


def twin(svg: str) -> str:
    """The dark picture of a light one, ``svg``, on whatever paper it is laid."""
    svg = PAPER.sub(r"\1fill: none", svg, count=1).replace("<svg ", f'<svg fill="{DARK["ink"]}" ', 1)  # of letters
    colours = sorted(set(COLOUR.findall(svg)))
    dark = dict(zip(colours, map(to_hex, of(np.array([to_rgb(one) for one in colours]).reshape(-1, 3)))))
    return PICTURE.sub(_raster, COLOUR.sub(lambda found: dark[found[0]], svg))


def of(colours: np.ndarray) -> np.ndarray:
    """The dark colours of light ``colours``, shape (n, 3), between 0 and 1."""
    light, dark = _viridis()
    distances = np.linalg.norm(colours[:, np.newaxis] - light, axis=2)
    exact = distances.min(axis=1) < 1 / 255  # as it was rounded
    return np.where(exact[:, np.newaxis], dark[distances.argmin(axis=1)], _mixed(colours))


def _mixed(colours):
    """Between the known colours: each line between two of them counts the more the nearer the colour is to it (Shepard,
    1968, for points), and a colour on a line lies as far along in the dark."""
    begins, ends, dark_begins, dark_ends = _lines()
    along = ends - begins
    lengths = np.maximum((along**2).sum(axis=1), 1e-12)
    shares = np.clip(((colours[:, np.newaxis] - begins) * along).sum(axis=2) / lengths, 0, 1)[..., np.newaxis]
    distances = np.linalg.norm(begins + shares * along - colours[:, np.newaxis], axis=2)
    weights = np.maximum(distances, 1e-4) ** -POWER
    dark = dark_begins + shares * (dark_ends - dark_begins)
    return (weights[..., np.newaxis] * dark).sum(axis=1) / weights.sum(axis=1, keepdims=True)


@cache
def _lines():
    """Lines whose dark ones are known: beginnings and ends, and those in the dark; arrays of shape (number, 3)."""
    hues = [*LIGHT["components"], LIGHT["paper"]]
    table = TABLE | CORNERS
    pairs = [*combinations(hues, 2), *pairwise(GREYS), *((one, one) for one in table)]
    light = np.array([[to_rgb(one) for one in pair] for pair in pairs])
    dark = np.array([[to_rgb(table[one]) for one in pair] for pair in pairs])
    return light[:, 0], light[:, 1], dark[:, 0], dark[:, 1]


@cache
def _viridis():
    viridis = colormaps["viridis"]
    places = np.linspace(0, 1, viridis.N)
    return viridis(places)[:, :3], viridis(RISE + (1 - RISE) * places)[:, :3]


def _raster(found):
    """Points or areas that are held as pixels."""
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(found[0]))).convert("RGBA"))
    colours, where = np.unique(pixels[..., :3].reshape(-1, 3), axis=0, return_inverse=True)
    dark = np.concatenate([of(some / 255) for some in np.array_split(colours, len(colours) // 1000 + 1)])
    pixels[..., :3] = np.round(255 * dark)[where.ravel()].reshape(*pixels.shape[:2], 3)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
