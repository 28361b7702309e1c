"""What the stepper is before any script runs: its first frame as SVG, its data, and its settings.

Everything here returns text that depends on its arguments alone, so that a notebook stores the same from run to run.
"""

import base64
import html
import itertools
import json
import numbers
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from .. import datasets
from ..em import Frame
from ..m_step import m_step
from ..parameters import Parameters
from ..validation import CollapsedComponentError, as_non_negative, shown
from . import _links
from ._looks import COLOURS, GLYPHS, GREY, MARGINS, PALETTE
from ._script import markup
from ._settings import ALLOWED, DEFAULTS, SETTINGS
from .trace import PARTS, Trace, UncheckedParameters, drawn_start

SENTENCE = "Where scripts are allowed, this figure steps through EM; here it stands still."

# What a data set is best opened with; the settings of a figure or a link overrule it.
TITLES: dict[str, tuple[str, dict]] = {
    "iris": ("iris, all four columns", {"k": 3, "seed": 42, "start": "rows_with_replacement"}),
    "iris_petal": ("iris, petals", {"k": 3}),
    "iris_sepal": ("iris, sepals", {"k": 3}),
    "old_faithful": ("Old Faithful", {"k": 2}),
    "waiting": ("Old Faithful, waiting times alone", {"k": 2}),
    "well_separated": ("well separated", {"k": 3}),
    "overlapping": ("overlapping", {"k": 3}),
    "elongated": ("elongated", {"k": 3}),
    "ring": ("ring", {"k": 6}),
    "unequal_sizes": ("unequal sizes", {"k": 3}),
    "far_outlier": ("one far outlier", {"k": 2}),
    "same_row_twice": ("two means on the same row", {"k": 2, "seed": 30, "start": "rows_with_replacement"}),
}


@cache
def book_data() -> dict[str, dict]:
    """The data sets of every stepper: name -> what ``makeData`` of the script reads. The numbers are not changed."""
    sets = {"iris": datasets.iris(), "old_faithful": datasets.old_faithful()}
    sets |= {name: make() for name, make in datasets.MADE.items()}
    result = {name: _entry(sets[name]) for name in TITLES if name in sets}
    parts = (("iris_petal", "iris", [2, 3]), ("iris_sepal", "iris", [0, 1]), ("waiting", "old_faithful", [1]))
    for name, of, columns in parts:
        whole = sets[of]
        features = tuple(whole.feature_names[c] for c in columns)
        result[name] = _entry(replace(whole, X=whole.X[:, columns], feature_names=features))
    return {name: result[name] | {"title": title} | advice for name, (title, advice) in TITLES.items()}


def _entry(dataset):
    truth = dataset.parameters or class_shapes(dataset.X, dataset.labels)
    return {
        "X": dataset.X.tolist(),
        "features": list(dataset.feature_names),
        "labels": None if dataset.labels is None else dataset.labels.tolist(),
        "truth": truth and {name: np.asarray(getattr(truth, name)).round(6).tolist() for name in PARTS},
    }


def class_shapes(X: np.ndarray, labels: np.ndarray | None) -> Parameters | None:
    """Where no mixture is known, the true ellipses are those of the classes: one M-step on the labels (or None).

    X has shape (n, m); labels (n,) count the classes from 0.
    """
    if labels is None:
        return None
    try:
        return m_step(X, np.eye(labels.max() + 1)[labels])
    except CollapsedComponentError:
        return None  # a class too small or too flat to have an ellipse


def data_script() -> str:
    """The book's data sets and the stepper's markup as a classic script, loaded before the stepper's own."""
    return f"globalThis.gmmStepper = {_json({'datasets': book_data(), 'markup': markup()})};\n"


def check_settings(settings: dict) -> dict:
    """Return settings with their defaults, or raise a ValueError that names the one which cannot be used."""
    if not isinstance(settings, dict):
        raise ValueError(f"settings must be a dictionary; got {shown(settings)}.")
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise ValueError(f"unknown setting {min(unknown, key=str)!r}; there are {', '.join(SETTINGS)}.")
    name = settings.get("data", DEFAULTS["data"])
    if not isinstance(name, str) or (name != "own" and name not in TITLES):
        raise ValueError(f"data must be one of {', '.join(TITLES)}; got {shown(name)}.")
    full: dict = DEFAULTS | (TITLES[name][1] if name in TITLES else {}) | settings
    full = {name: READ[SETTINGS[name]["kind"]](value, name) for name, value in full.items()}
    if full["parameters"] and len(full["parameters"]["weights"]) != full["k"]:
        raise ValueError(f"parameters must have k = {full['k']} components; got {len(full['parameters']['weights'])}.")
    return full


def own_data(
    X: list,
    features: list,
    labels: list | None = None,
    classes: list | None = None,
    sample_weight: list | None = None,
) -> dict:
    """Data of one's own as ``makeData`` of the script reads them: X of shape (n, m), None where a value is missing, in
    ``features`` the names of its columns, ``labels`` that count the ``classes`` from 0 (-1: none), and in
    ``sample_weight`` how often each point counts."""
    points = np.array(X, dtype=float)
    seen = (np.array(labels or [-1]) >= 0) & ~np.isnan(points).any(axis=1)
    shapes = class_shapes(points[seen], np.array(labels)[seen]) if seen.any() else None
    truth = shapes and {name: _links.digits(getattr(shapes, name), 6) for name in PARTS}
    parts = {"X": X, "features": features, "labels": labels, "classes": classes, "truth": truth}
    weighted = {} if sample_weight is None else {"sampleWeight": sample_weight}
    return {"name": "own", "title": "your data", "typed": True} | parts | weighted


def unpacked(settings: dict) -> tuple[dict, Parameters | UncheckedParameters | None]:
    """The data that checked ``settings`` ask for, and the start if they carry one; a ValueError if data are missing
    or the start has other dimensions."""
    if settings["data"] != "own":
        entry = book_data()[settings["data"]]
    elif settings["points"]:
        points = dict(settings["points"])
        entry = own_data(sample_weight=points.pop("sampleWeight", None), **points)
    else:
        raise ValueError("points must hold the data that are your own; the link has none.")
    data = _links.edited(entry, settings["edits"] or [])
    m, parameters = len(data["features"]), settings["parameters"]
    if parameters and len(parameters["means"][0]) != m:
        raise ValueError(f"parameters must have {m} dimensions, as the data; got {len(parameters['means'][0])}.")
    return data, parameters and _links.as_start(parameters)


def choices(chosen: str | Sequence[str], name: str, allowed: Sequence[str]) -> list[str]:
    """Return ``chosen``, some of the allowed words, as a list: from a list or, as a link writes it, from "one,two". The
    ValueError for anything else calls it ``name``."""
    words = chosen.replace(" ", "").split(",") if isinstance(chosen, str) else chosen
    if not isinstance(words, (list, tuple, set, frozenset)):
        raise ValueError(f"{name} must be a list of {', '.join(allowed)}; got {shown(chosen)}.")
    words = [str(word) for word in words if word != ""]
    wrong = [word for word in words if word not in allowed]
    if wrong:
        raise ValueError(f"{name} must be of {', '.join(allowed)}; got {wrong[0]!r}.")
    return words


def _word(value, name):
    if name == "data":
        return value  # checked before all others, because it brings their defaults
    value = value.strip() if isinstance(value, str) else value
    if not isinstance(value, str) or value not in ALLOWED[name]:
        raise ValueError(f"{name} must be one of {', '.join(ALLOWED[name])}; got {shown(value)}.")
    return value


def _words(value, name):
    return choices(() if value is None else value, name, ALLOWED[name])


def _whole(value, name):
    """An int of an int, or of the text of one; what else ``int`` takes would be cut off in silence."""
    text = isinstance(value, str) and re.fullmatch(r"\s*([0-9]+|-0*[1-9][0-9]*)\s*", value)
    if not text and (isinstance(value, bool) or not isinstance(value, numbers.Integral)):
        raise ValueError(f"{name} must be a whole number; got {shown(value)}.")
    low, high = SETTINGS[name]["low"], SETTINGS[name]["high"]
    if not low <= int(value) <= high:
        raise ValueError(f"{name} must lie in {low}..{high}; got {int(value)}.")
    return int(value)


def _number(value, name):
    text = value.strip() if isinstance(value, str) else ""
    decimal = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
    try:
        number = as_non_negative(float(text) if decimal else value, name)
    except ValueError:
        raise ValueError(f"{name} must be a finite number, zero or more; got {shown(value)}.") from None
    if number >= SETTINGS[name]["below"]:
        raise ValueError(f"{name} must be less than {SETTINGS[name]['below']:g}; got {shown(value)}.")
    return number


def _columns(value, name):
    """A pair as it was given: whether the data have such columns is seen when they are known."""
    if isinstance(value, str) and not re.fullmatch(r"\s*([1-9][0-9]*),(?!\1\s*$)[1-9][0-9]*\s*", value):
        raise ValueError(f"{name} must be two different columns, such as 1,2; got {shown(value)}.")
    return value


def _patterned(value, name):
    text = value.strip() if isinstance(value, str) else value
    if not isinstance(text, str) or not re.fullmatch(SETTINGS[name]["pattern"], text):
        raise ValueError(f"{name} must be {SETTINGS[name]['must']}; got {shown(value)}.")
    return text


def _run(value, name):
    """The text of a second run: whatever its settings are read as, it stays what a link holds."""
    text = str(value).strip()
    pairs = [] if text == "kmeans" else [pair.partition(":") for pair in text.split(",") if text]
    names = [one for one, _, _ in pairs]
    try:
        if re.search(r"\s", text) or len(set(names)) < len(names) or not set(names) <= set(SETTINGS[name]["of"]):
            raise ValueError  # also of what is no text at all: nothing else reads like a list of settings
        for one, _, part in pairs:
            READ[SETTINGS[one]["kind"]](re.sub(r"\+(?=\d)", ",", part), one)  # the plus of k-means++ stays
    except ValueError:
        raise ValueError(f"{name} must be {SETTINGS[name]['must']}; got {shown(value)}.") from None
    return text


# How each kind of setting is read, as KINDS in js/settings/settings.js; a test holds the two equal.
READ = {
    "word": _word,
    "words": _words,
    "whole": _whole,
    "number": _number,
    "columns": _columns,
    "text": _patterned,
    "run": _run,
}
READ |= dict.fromkeys(_links.CHECKS, _links.read_carried)


def figure(settings: dict) -> str:
    """The HTML of a stepper on one of the book's data sets, in the state that ``settings`` name.

    Raises ValueError if a setting cannot be used, or if the run does not go so far.
    """
    full = check_settings(settings)
    if full["data"] not in TITLES:
        raise ValueError(f"data must be one of {', '.join(TITLES)}; got {shown(full['data'])}.")
    entry, given = unpacked(full)
    X = np.array(entry["X"])
    trace = Trace(
        X,
        given or drawn_start(X, full),
        full["floor"],
        full["printed"],
        covariance_type=full["type"],
        held=full["held"],
    )
    frames = trace.extend_to(full["step"]).frames
    if len(frames) <= full["step"]:
        raise ValueError(f"step must lie in 0..{len(frames) - 1}, the half-steps of this run; got {full['step']}.")
    pair = columns_of(full.get("pair"), X.shape[1])
    config = {"settings": as_strings(full)}
    shaped = given is not None or full["held"] > 0
    return element(svg(X, frames[full["step"]], pair, entry["features"], shaped), config)


def element(picture: str, config: dict, kind: str = "gmm-stepper", sentence: str = SENTENCE) -> str:
    """The element of class ``kind`` that its script brings to life: the picture, a ``sentence``, and ``config`` as
    JSON."""
    return (
        f'<div class="{kind}"><div class="gmm-first">{picture}<p>{sentence}</p></div>'
        f'<script type="application/json">{_json(config)}</script></div>'
    )


def as_strings(settings: dict) -> dict[str, str]:
    """Settings as a link writes them."""
    lists = {name: ",".join(map(str, value)) for name, value in settings.items() if isinstance(value, list)}
    lists |= {name: _links.as_text(settings[name]) for name in _links.CHECKS if settings.get(name)}
    written = {name: str(value) for name, value in (settings | lists).items() if value is not None}
    return {name: value for name, value in written.items() if value not in ("", "0.0")}


def _json(value):
    # "<" could end the script element early; a browser reads \u003c in a JSON string as the same sign.
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def columns_of(pair: str | Sequence[int] | None, m: int) -> tuple[int, ...]:
    """Column indices from a ``pair`` "1,2" as a reader counts them; without one the petals of iris, else the first two.
    A ValueError if they are not two different ones of m."""
    if not pair:
        return (2, 3) if m > 3 else (0, 1)
    try:
        columns = tuple(int(one) - 1 for one in (pair.split(",") if isinstance(pair, str) else pair))
    except (TypeError, ValueError):
        columns = ()
    if len(set(columns)) != 2 or not all(0 <= c < m for c in columns):
        raise ValueError(f"pair must be two different columns of 1..{m}, such as 1,2; got {shown(pair)}.")
    return columns


# The picture, as the script draws it on a column of 720 pixels.
WIDTH, HEIGHT = 720, 432
LEFT, RIGHT, TOP, BOTTOM = (MARGINS[side] for side in ("left", "right", "top", "bottom"))
RADIUS = 4.3  # of a point


# An inner svg cuts off what leaves the axes.
_BOX = f"{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}"
_CLIP = '<svg x="{}" y="{}" width="{}" height="{}" viewBox="{}">'.format(*_BOX.split(), _BOX)


def svg(
    X: np.ndarray,
    frame: Frame | None,
    pair: Sequence[int],
    features: Sequence[str],
    given: bool = False,
    label: str | None = None,
    sample_weight: Sequence[float] | None = None,
) -> str:
    """One frame as SVG: axes, points, and each component's mean with its ellipses at one and two deviations.

    X has shape (n, m), with NaN where a value is missing: a point that lacks one of the two values shown is a line. The
    area of a point shows its weight, if ``sample_weight`` of shape (n,) is given. ``pair`` are two columns counted
    from 0, ``features`` the names of all m. Without a frame there are points alone. Unless the shapes of a start
    were ``given``, a dashed ellipse stands for the spread of all points.
    ``label`` says what is seen, where that is no frame of EM.
    """
    names = " and ".join(features[c] for c in pair[: X.shape[1]])
    if X.shape[1] == 1:
        place = _Scale(*np.column_stack([_range(X), _heights(X)]))
        curves, floor = _curves(frame, place), 0.0
        X, frame = on_a_line(X, frame, place)
        features = [*features, "density"]
    else:
        place, curves, floor = _Scale(*_range(X[:, list(pair)])), [], -np.inf
    beneath = [
        *_axes(place, [features[c] for c in pair], floor),
        *_points(X[:, list(pair)], frame, place, sample_weight),
    ]
    parts = [*beneath, _CLIP, *curves, *_components(frame, pair, place, given), "</svg>"]
    what = "the start" if frame is None or frame.phase == "start" else f"{frame.phase}-step {frame.iteration}"
    k = 0 if frame is None else len(frame.state.weights)
    label = html.escape(label or f"{len(X)} points by {names}, and {k} components at {what} of EM.")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def on_a_line(X: np.ndarray, frame: Frame | None, place: "_Scale") -> tuple[np.ndarray, Frame | None]:
    """Points of one column and a frame of them as a picture has them: points that would hide each other hang below one
    another, one that lacks its value is nowhere, and means stand on the line.

    Parameters
    ----------
    X : ndarray, shape (n, 1)
    frame : em.Frame or None
    place : callable
        From points, shape (n, 2), to the pixels of the picture.

    Returns
    -------
    points : ndarray, shape (n, 2)
    frame : em.Frame or None
    """
    line = place([0, 0])[1]
    across = place(np.column_stack([X, X]))[:, 0]
    ends: list[float] = []  # how far each row is taken
    rows = np.zeros(len(X))
    for i in (i for i in np.argsort(across, kind="stable") if np.isfinite(across[i])):
        free = (row for row, end in enumerate(ends) if end <= across[i] - 2 * RADIUS)
        rows[i] = row = next(free, len(ends))
        ends[row : row + 1] = [across[i]]
    step = min(2 * RADIUS, (HEIGHT - BOTTOM - line - 5 * RADIUS) / max(1, len(ends)))
    heights = np.where(np.isnan(X[:, 0]), np.nan, (3 * RADIUS + step * rows) / place.unit[1])
    points = np.column_stack([X[:, 0], heights])
    if frame is None:
        return points, None
    state = frame.state
    flat = np.zeros((len(state.weights), 2, 2))
    flat[:, 0, 0] = state.covariances[:, 0, 0]
    means = np.column_stack([state.means[:, 0], np.zeros(len(flat))])
    return points, replace(frame, state=UncheckedParameters(state.weights, means, flat, np.sqrt(flat)))


def _range(points):
    """The lowest and the highest value of each column, with air around."""
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    margin = np.where(high > low, MARGINS["around"] * (high - low), 1.0)
    return low - margin, high + margin


def _heights(X):
    """The heights of a picture of one column, as the script chooses them: of the highest bar of a histogram, with room
    above, and below the line for the points."""
    (low,), (high,) = _range(X)
    X = X[~np.isnan(X)]
    bars = int(np.ceil(2 * np.sqrt(len(X))))
    highest = np.histogram(X, bars, (low, high))[0].max()
    top = 1.1 * highest * bars / (len(X) * (high - low))
    return [-MARGINS["hanging"] / (1 - MARGINS["hanging"]) * top], [top]


def _curves(frame, place):
    """The density over one column, each component's part of it, and after an E-step whose share of it is how large."""
    if frame is None:
        return
    x = np.linspace(place.low[0], place.high[0], 241)
    state = frame.state
    variances = state.covariances[:, 0, 0]
    with np.errstate(under="ignore"):  # far from a mean its density is 0
        parts = state.weights * np.exp(-((x[:, np.newaxis] - state.means[:, 0]) ** 2) / (2 * variances))
        parts /= np.sqrt(2 * np.pi * variances)
    edges = np.column_stack([np.zeros(len(x)), parts.cumsum(axis=1)])

    def path(heights):
        return "L".join(f"{a:.1f} {b:.1f}" for a, b in place(np.column_stack([x, heights])))

    for j in range(parts.shape[1]):
        colour = f"var(--c{j}, {COLOURS[j]})"
        if frame.phase == "E":
            back = "L".join(path(edges[:, j]).split("L")[::-1])
            yield f'<path d="M{path(edges[:, j + 1])}L{back}Z" style="fill:{colour}" opacity="0.4"/>'
        yield (
            f'<path d="M{path(parts[:, j])}" fill="none" style="stroke:{colour}" stroke-width="2" '
            'stroke-dasharray="6 3"/>'
        )
    yield f'<path d="M{path(edges[:, -1])}" fill="none" stroke="currentColor" stroke-width="2"/>'


def as_image(picture: str) -> str:
    """The same picture as an ``<img>``: viewers that strip scripts strip inline SVG as well, and leave images.

    It stands on white, as a figure does: an image cannot follow the page's colours.
    """
    label = re.findall('aria-label="(.*?)"', picture)[0]
    font = 'font-family="sans-serif" font-size="12"'
    alone = picture.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {font} ', 1)
    source = f"data:image/svg+xml;base64,{base64.b64encode(alone.encode()).decode()}"
    return f'<img src="{source}" alt="{label}" width="{WIDTH}" style="max-width:100%;background:#fff">'


class _Scale:
    def __init__(self, low, high):
        self.low, self.high = low, high
        self.size = np.array([WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM])
        self.unit = self.size / (self.high - self.low) * [1, -1]

    def __call__(self, points):
        return (np.asarray(points) - self.low) * self.unit + [LEFT, HEIGHT - BOTTOM]


def _ticks(low, high):
    power = 10.0 ** np.floor(np.log10((high - low) / 5))
    step = next(s for s in (power, 2 * power, 5 * power, 10 * power) if s >= (high - low) / 5)
    return [round(float(t * step), 12) for t in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _axes(place, names, lowest):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    line = f'stroke="{PALETTE["light"]["line"]}" stroke-width="0.6"'
    for tick in _ticks(place.low[0], place.high[0]):
        x = place([tick, place.low[1]])[0]
        yield f'<path d="M{x:.1f} {TOP}V{bottom}" {line}/>' + _text(f"{x:.1f}", bottom + 16, f"{tick:.4g}")
    for tick in _ticks(max(lowest, place.low[1]), place.high[1]):
        y = place([place.low[0], tick])[1]
        yield f'<path d="M{LEFT} {y:.1f}H{right}" {line}/>' + _text(LEFT - 6, f"{y + 4:.1f}", f"{tick:.4g}", "end")
    across, up = (html.escape(name) for name in names)
    yield _text(f"{(LEFT + right) / 2:.0f}", HEIGHT - 6, across)
    middle = f"{(TOP + bottom) / 2:.0f}"
    yield _text(12, middle, up, turn=f' transform="rotate(-90 12 {middle})"')


def _text(x, y, words, anchor="middle", turn=""):
    return f'<text x="{x}" y="{y}" fill="currentColor" text-anchor="{anchor}"{turn}>{words}</text>'


def _points(points, frame, place, sample_weight=None):
    """Circles, gathered into one path for each colour; components differ by shape at their means."""
    n = len(points)
    if frame is None or frame.latent is None:
        colours = [GREY] * n
    else:
        palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS])
        # Blended colours in steps of eight: nobody sees the difference, and rounding stays the same everywhere.
        mixed = (np.asarray(frame.latent) @ palette[: frame.latent.shape[1]] / 8).round().astype(int).clip(0, 31) * 8
        colours = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed.tolist()]
    counts = np.ones(n) if sample_weight is None else np.asarray(sample_weight) / np.mean(sample_weight)
    widths = np.round(2 * RADIUS * np.sqrt(counts), 1).tolist()
    looks = list(zip(colours, widths))
    order = sorted(range(n), key=lambda i: looks[i])
    for (colour, width), rows in itertools.groupby(order, key=lambda i: looks[i]):
        places = place(points[list(rows)])
        spots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places[~np.isnan(places).any(axis=1)])
        if spots:
            yield f'<path d="{spots}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" fill="none"/>'
        up = "".join(f"M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" for x, y in places if np.isnan(y) and not np.isnan(x))
        across = "".join(f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}" for x, y in places if np.isnan(x) and not np.isnan(y))
        if up or across:
            yield f'<path d="{up}{across}" stroke="{colour}" stroke-width="0.8" opacity="0.7" fill="none"/>'


def _components(frame, pair, place, given):
    if frame is None:
        return
    covariances = frame.state.covariances
    # Unless somebody gave shapes, all have the spread of all points until the first M-step.
    early = not given and frame.iteration < 2 and frame.phase != "M"
    shapeless = early and len({S.tobytes() for S in covariances}) == 1
    look = ' stroke-dasharray="3 6" opacity="0.6"' if shapeless else ""
    for j, (mean, covariance) in enumerate(zip(frame.state.means, covariances)):
        scaled = covariance[np.ix_(pair, pair)] * np.outer(place.unit, place.unit)
        lengths, directions = np.linalg.eigh(scaled)
        x, y = place(mean[list(pair)])
        long, short = np.sqrt(np.maximum(lengths[::-1], 0))
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1])) % 180  # an eigenvector's sign is not fixed
        colour = f"var(--c{j}, {COLOURS[j]})"
        for radius in () if short == 0 else (1,) if shapeless else (1, 2):  # on a line there are curves
            yield (
                f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radius * long:.1f}" ry="{radius * short:.1f}" fill="none" '
                f'style="stroke:{colour}" stroke-width="2"{look} transform="rotate({angle:.1f} {x:.1f} {y:.1f})"/>'
            )
        style = f"font-size:22px;fill:{colour};stroke:#000;stroke-width:.6"
        yield f'<text x="{x:.1f}" y="{y + 7:.1f}" text-anchor="middle" style="{style}">{GLYPHS[j]}</text>'
