"""What the stepper is before any script runs: its first frame as SVG, its data, and the script as a page needs it.

Everything here returns text that depends on its arguments alone, so that a notebook stores the same from run to run.
"""

import base64
import html
import itertools
import json
import numbers
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from .. import datasets
from ..m_step import m_step
from ..validation import CollapsedComponentError, as_non_negative, shown
from .trace import PRINTED, RULES, Trace, first_parameters

HERE = Path(__file__).parent
VIEWS = ("contours", "hard", "labels", "truth")
PANELS = ("data", "inside", "ratchet", "compare", "share", "keys")
DEFAULTS = {"data": "iris_petal", "k": 3, "seed": 42, "start": "distinct_rows", "step": 0, "floor": 0}
SENTENCE = "Where scripts are allowed, this figure steps through EM; here it stands still."

# What a data set is best opened with; the settings of a figure or a link overrule it.
TITLES = {
    "iris": ("iris, all four columns", {"k": 3, "seed": 42, "start": "rows_with_replacement"}),
    "iris_petal": ("iris, petals", {"k": 3}),
    "iris_sepal": ("iris, sepals", {"k": 3}),
    "old_faithful": ("Old Faithful", {"k": 2}),
    "well_separated": ("well separated", {"k": 3}),
    "overlapping": ("overlapping", {"k": 3}),
    "elongated": ("elongated", {"k": 3}),
    "ring": ("ring", {"k": 6}),
    "unequal_sizes": ("unequal sizes", {"k": 3}),
    "far_outlier": ("one far outlier", {"k": 2}),
    "same_row_twice": ("two means on the same row", {"k": 2, "seed": 30, "start": "rows_with_replacement"}),
}


@cache
def book_data():
    """The data sets of every stepper: name -> what ``makeData`` of stepper.js reads. The numbers are not changed."""
    iris = datasets.iris()
    sets = {"iris": iris, "old_faithful": datasets.old_faithful(), **{name: make() for name, make in datasets.MADE.items()}}
    result = {name: _entry(sets[name]) for name in TITLES if name in sets}
    for name, columns in (("iris_petal", [2, 3]), ("iris_sepal", [0, 1])):
        features = [iris.feature_names[c] for c in columns]
        result[name] = _entry(replace(iris, X=iris.X[:, columns], feature_names=features))
    return {name: result[name] | {"title": title} | advice for name, (title, advice) in TITLES.items()}


def _entry(dataset):
    truth = dataset.parameters or class_shapes(dataset.X, dataset.labels)
    return {
        "X": dataset.X.tolist(),
        "features": list(dataset.feature_names),
        "labels": None if dataset.labels is None else dataset.labels.tolist(),
        "truth": truth and {name: np.asarray(getattr(truth, name)).round(6).tolist() for name in ("weights", "means", "covariances")},
    }


def class_shapes(X, labels):
    """Where no mixture is known, the true ellipses are those of the classes: one M-step on the labels (or None)."""
    if labels is None:
        return None
    try:
        return m_step(X, np.eye(labels.max() + 1)[labels])
    except CollapsedComponentError:
        return None  # a class too small or too flat to have an ellipse


def page_script():
    """``stepper.js`` as a classic script: pages opened from a disk may not load modules."""
    source = (HERE / "stepper.js").read_text(encoding="utf-8")
    head, export, names = source.rpartition("export default ")
    if not export:
        raise ValueError("stepper.js must end in an `export default { ... };`.")
    return (
        f"(() => {{\n'use strict';\n{head}const stepper = Object.assign(globalThis.gmmStepper, {names.rstrip().rstrip(';')});\n"
        "if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', stepper.start);\n"
        "else stepper.start();\n})();\n"
    )


def data_script():
    """The book's data sets and the stepper's markup as a classic script, loaded before :func:`page_script`."""
    return f"globalThis.gmmStepper = {_json({'sets': book_data(), 'markup': markup()})};\n"


def markup():
    """The buttons and panels of a stepper, which its script fills."""
    return (HERE / "stepper.html").read_text(encoding="utf-8")


def check_settings(settings):
    """Return settings with their defaults, or raise a ValueError that names the one which cannot be used."""
    if not isinstance(settings, dict):
        raise ValueError(f"settings must be a dictionary; got {shown(settings)}.")
    unknown = set(settings) - set(DEFAULTS) - {"pair", "view", "printed", "open"}
    if unknown:
        raise ValueError(f"unknown setting {min(unknown, key=str)!r}; there are {', '.join(DEFAULTS)}, pair, view, printed, open.")
    name = settings.get("data", DEFAULTS["data"])
    if not isinstance(name, str) or name != "own" and name not in TITLES:
        raise ValueError(f"data must be one of {', '.join(TITLES)}; got {shown(name)}.")
    full = DEFAULTS | (TITLES[name][1] if name in TITLES else {}) | settings
    for key, (low, high) in {"k": (1, 8), "seed": (0, 2**32 - 1), "step": (0, 600)}.items():
        full[key] = _whole_number(full[key], key)
        if not low <= full[key] <= high:
            raise ValueError(f"{key} must lie in {low}..{high}; got {full[key]}.")
    full["floor"] = _floor(full["floor"])
    for key, allowed in {"view": VIEWS, "printed": PRINTED, "open": PANELS}.items():
        chosen = full.get(key)
        full[key] = choices(() if chosen is None else chosen, key, allowed)
    if not isinstance(full["start"], str) or full["start"] not in RULES:
        raise ValueError(f"start must be one of {', '.join(RULES)}; got {shown(full['start'])}.")
    return full


def choices(chosen, name, allowed):
    """Return some of the allowed words as a list, from a list of them or, as a link writes it, from "one,two"."""
    words = chosen.replace(" ", "").split(",") if isinstance(chosen, str) else chosen
    if not isinstance(words, (list, tuple, set, frozenset)):
        raise ValueError(f"{name} must be a list of {', '.join(allowed)}; got {shown(chosen)}.")
    words = [str(word) for word in words if word != ""]
    wrong = [word for word in words if word not in allowed]
    if wrong:
        raise ValueError(f"{name} must be of {', '.join(allowed)}; got {wrong[0]!r}.")
    return words


def _whole_number(value, name):
    """An int of an int, or of the text of one; what else ``int`` takes would be cut off in silence."""
    if isinstance(value, (str, numbers.Integral)) and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            pass
    raise ValueError(f"{name} must be a whole number; got {shown(value)}.")


def _floor(value):
    try:
        return as_non_negative(float(value) if isinstance(value, str) else value, "floor")
    except ValueError:
        raise ValueError(f"floor must be a finite number, zero or more; got {shown(value)}.") from None


def figure(settings):
    """The HTML of a stepper on one of the book's data sets, in the state that ``settings`` name."""
    full = check_settings(settings)
    entry = book_data()[full["data"]]
    X = np.array(entry["X"])
    trace = Trace(X, first_parameters(X, full["k"], full["start"], full["seed"], full["floor"]), full["floor"], full["printed"])
    frames = trace.extend_to(full["step"]).frames
    if len(frames) <= full["step"]:
        raise ValueError(f"step must lie in 0..{len(frames) - 1}, the half-steps of this run; got {full['step']}.")
    pair = columns_of(full.get("pair"), X.shape[1])
    config = {"settings": as_strings(full)}
    return element(svg(X, frames[full["step"]], pair, entry["features"]), config)


def element(picture, config):
    """The element that ``stepper.js`` brings to life: the picture, a sentence, and the configuration."""
    return (
        f'<div class="gmm-stepper"><div class="gmm-first">{picture}<p>{SENTENCE}</p></div>'
        f'<script type="application/json">{_json(config)}</script></div>'
    )


def as_strings(settings):
    """Settings as a link writes them."""
    written = {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in settings.items() if value is not None}
    return {key: value for key, value in written.items() if value not in ("", "0.0")}


def _json(value):
    # "<" could end the script element early; a browser reads \u003c in a JSON string as the same sign.
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def columns_of(pair, m):
    """Column indices from "1,2" as a reader counts them; the petals of iris, else the first two."""
    if not pair:
        return (2, 3) if m > 3 else (0, 1)
    try:
        columns = tuple(int(one) - 1 for one in (pair.split(",") if isinstance(pair, str) else pair))
    except (TypeError, ValueError):
        columns = ()
    if len(set(columns)) != 2 or not all(0 <= c < m for c in columns):
        raise ValueError(f"pair must be two different columns of 1..{m}, such as 1,2; got {shown(pair)}.")
    return columns


# The picture. Sizes and margins are those of stepper.js on a column of 720 pixels.
WIDTH, HEIGHT = 720, 432
LEFT, RIGHT, TOP, BOTTOM = 50, 14, 12, 42
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7500", "#555555")


# An inner svg cuts off what leaves the axes.
_BOX = f"{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}"
_CLIP = '<svg x="{}" y="{}" width="{}" height="{}" viewBox="{}">'.format(*_BOX.split(), _BOX)


def svg(X, frame, pair, features):
    """One frame as SVG: axes, points, and each component's mean with its ellipses at one and two deviations."""
    place = _Scale(X[:, list(pair)])
    parts = [*_axes(place, [features[c] for c in pair]), *_points(X[:, list(pair)], frame, place), _CLIP, *_components(frame, pair, place), "</svg>"]
    what = "the start" if frame is None or frame.phase == "start" else f"{frame.phase}-step {frame.iteration}"
    k = 0 if frame is None else len(frame.state.weights)
    label = html.escape(f"{len(X)} points by {features[pair[0]]} and {features[pair[1]]}, and {k} components at {what} of EM.")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def as_image(picture):
    """The same picture as an ``<img>``: viewers that strip scripts strip inline SVG as well, and leave images.

    It stands on white, as a figure does: an image cannot follow the page's colours.
    """
    label = re.search('aria-label="(.*?)"', picture).group(1)
    alone = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12" ', 1)
    data = base64.b64encode(alone.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{label}" width="{WIDTH}" style="max-width:100%;background:#fff">'


class _Scale:
    def __init__(self, points):
        low, high = points.min(axis=0), points.max(axis=0)
        margin = np.where(high > low, 0.08 * (high - low), 1.0)
        self.low, self.high = low - margin, high + margin
        self.size = np.array([WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM])
        self.unit = self.size / (self.high - self.low) * [1, -1]

    def __call__(self, points):
        return (np.asarray(points) - self.low) * self.unit + [LEFT, HEIGHT - BOTTOM]


def _ticks(low, high):
    power = 10.0 ** np.floor(np.log10((high - low) / 5))
    step = next(s for s in (power, 2 * power, 5 * power, 10 * power) if s >= (high - low) / 5)
    return [round(float(t * step), 12) for t in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _axes(place, names):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    line = 'stroke="#d5dde4" stroke-width="0.6"'
    for tick in _ticks(place.low[0], place.high[0]):
        x = place([tick, place.low[1]])[0]
        yield f'<path d="M{x:.1f} {TOP}V{bottom}" {line}/><text x="{x:.1f}" y="{bottom + 16}" fill="currentColor" text-anchor="middle">{tick:.4g}</text>'
    for tick in _ticks(place.low[1], place.high[1]):
        y = place([place.low[0], tick])[1]
        yield f'<path d="M{LEFT} {y:.1f}H{right}" {line}/><text x="{LEFT - 6}" y="{y + 4:.1f}" fill="currentColor" text-anchor="end">{tick:.4g}</text>'
    across, up = (html.escape(name) for name in names)
    yield f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 6}" fill="currentColor" text-anchor="middle">{across}</text>'
    middle = f"{(TOP + bottom) / 2:.0f}"
    yield f'<text x="12" y="{middle}" fill="currentColor" text-anchor="middle" transform="rotate(-90 12 {middle})">{up}</text>'


def _points(points, frame, place):
    """Circles, gathered into one path for each colour; components differ by shape at their means."""
    n = len(points)
    if frame is None or frame.latent is None:
        colours = ["#5f6670"] * n
    else:
        palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS])
        # Blended colours in steps of eight: nobody sees the difference, and rounding stays the same everywhere.
        mixed = (np.asarray(frame.latent) @ palette[: frame.latent.shape[1]] / 8).round().astype(int).clip(0, 31) * 8
        colours = ["#%02x%02x%02x" % tuple(row) for row in mixed.tolist()]
    order = sorted(range(n), key=lambda i: colours[i])
    for colour, rows in itertools.groupby(order, key=lambda i: colours[i]):
        spots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in place(points[list(rows)]))
        yield f'<path d="{spots}" stroke="{colour}" stroke-width="8.6" stroke-linecap="round" fill="none"/>'


def _components(frame, pair, place):
    if frame is None:
        return
    glyphs = "●▲■◆▼✚✖★"
    for j, (mean, covariance) in enumerate(zip(frame.state.means, frame.state.covariances)):
        scaled = covariance[np.ix_(pair, pair)] * np.outer(place.unit, place.unit)
        lengths, directions = np.linalg.eigh(scaled)
        x, y = place(mean[list(pair)])
        long, short = np.sqrt(np.maximum(lengths[::-1], 0))
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1])) % 180  # an eigenvector's sign is not fixed
        colour = f"var(--c{j}, {COLOURS[j]})"
        for radius in (1, 2):
            yield (
                f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radius * long:.1f}" ry="{radius * short:.1f}" fill="none" '
                f'style="stroke:{colour}" stroke-width="2" transform="rotate({angle:.1f} {x:.1f} {y:.1f})"/>'
            )
        yield f'<text x="{x:.1f}" y="{y + 7:.1f}" text-anchor="middle" style="font-size:22px;fill:{colour};stroke:#000;stroke-width:.6">{glyphs[j]}</text>'
