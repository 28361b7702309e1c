"""The book's figures, drawn alike: one colour and one marker shape per component, safe for colour-blind readers.

What shows a fitted mixture in one call is in :mod:`gmm_lib.plots_of_fits`; here are the parts that it is made of.

A function that takes ``ax``, Matplotlib's Axes, draws there and returns nothing; one that takes ``axes`` shows that
pair of columns of X, shape (n, m). ``size`` is the area of a mark in square points of print, ``names`` is what a legend
or the axes say. A wrong argument is a ValueError. Colours are those of Okabe and Ito (2008).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import mixture
from ._extras import extra
from .em import Frame
from .parameters import Parameters
from .stepper._looks import COLOURS, GREY
from .validation import (
    Rng,
    as_array,
    as_columns,
    as_generator,
    as_integers,
    as_list,
    as_names,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    as_responsibilities,
    shown,
)

with extra("plots", "gmm_lib.plots"):
    from matplotlib import pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.colors import is_color_like, to_rgb
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch
    from matplotlib.rcsetup import cycler

MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")

STYLE: dict[Any, Any] = {  # Matplotlib hints at each key by its name
    "figure.figsize": (5.6, 3.6),  # no wider: on a phone its letters are still nine pixels high
    "figure.dpi": 130,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "font.size": 10.5,
    "font.family": "DejaVu Sans",  # ships with Matplotlib: the same glyphs on every machine
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def use_style() -> None:
    """Set the house style for the figures that follow."""
    plt.rcParams.update(plt.rcParamsDefault | {"backend": plt.rcParams["backend"]} | STYLE)


def marker_of(j: int) -> str:
    """The mark of component j. After eight, when the colours come again, they come with other marks: all differ up to
    64."""
    return MARKERS[(j + j // len(COLOURS)) % len(MARKERS)]


def blend(responsibilities: ArrayLike) -> np.ndarray:
    """The colour of each point: the components' colours mixed in the proportions of its responsibilities; (n, 3)."""
    palette = np.array([to_rgb(colour) for colour in COLOURS])
    w = as_responsibilities(responsibilities)
    return np.clip(w @ palette[np.arange(w.shape[1]) % len(palette)], 0, 1)


def points(
    ax: Axes,
    X: ArrayLike,
    responsibilities: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    axes: Sequence[int] = (0, 1),
    size: float = 26,
    names: Sequence[str] | None = None,
) -> None:
    """Scatter the points: grey, or by label (colour and marker), or by responsibilities (blended colour).

    With ``responsibilities`` of shape (n, k) the marker is that of the most responsible component; with ``labels`` of
    shape (n,) colour and marker are the label's, and ``names`` gives the legend.
    """
    X = as_points(X)
    a, b = _columns(ax, axes, X.shape[1])
    as_non_negative(size, "size")
    if responsibilities is None and labels is None:
        if names is not None:
            raise ValueError(f"names must come with labels or responsibilities; got {shown(names)} alone.")
        ax.scatter(X[:, a], X[:, b], s=size, color=GREY, alpha=0.75, linewidths=0)
        return
    w: Any = None if responsibilities is None else as_responsibilities(responsibilities, len(X))
    colours = None if w is None else blend(w)
    labels = w.argmax(axis=1) if labels is None else as_integers(labels, "labels", n=len(X))
    names = None if names is None else as_names(names, "names", labels.max() + 1, "label", more=True)
    for j in np.unique(labels):
        rows = labels == j
        ax.scatter(
            X[rows, a],
            X[rows, b],
            s=size,
            marker=marker_of(j),
            c=[COLOURS[j % len(COLOURS)]] if colours is None else colours[rows],
            edgecolors="white",
            linewidths=0.4,
            label=names[j] if names is not None else None,
        )


def ellipses(
    ax: Axes,
    parameters: Parameters,
    axes: Sequence[int] = (0, 1),
    radii: ArrayLike = (1, 2),
    colours: Sequence = COLOURS,
    size: float = 110,
    names: Sequence[str] | None = None,
) -> None:
    """Draw each component's mean, and its ellipses at these Mahalanobis ``radii``, in the plane of two columns.

    ``colours`` are taken in turn, and ``size`` is that of the means' marks. The marginal of a Gaussian on two of its
    dimensions is the Gaussian of those rows and columns of its covariance.
    """
    pair = np.array(_columns(ax, axes, as_parameters(parameters).m))
    radii, colours, size = _radii(radii), _colours(colours), as_non_negative(size, "size")
    names = None if names is None else as_names(names, "names", parameters.k, "component")
    for j, (mean, covariance) in enumerate(zip(parameters.means, parameters.covariances)):
        colour = colours[j % len(colours)]
        lengths, directions = np.linalg.eigh(covariance[np.ix_(pair, pair)])
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
        for radius in radii:
            width, height = 2 * radius * np.sqrt(lengths[::-1])
            ax.add_patch(Ellipse(mean[pair], width, height, angle=angle, fill=False, edgecolor=colour, linewidth=1.8))
        look = {"s": size, "marker": marker_of(j), "color": colour, "zorder": 5}
        label = None if names is None else names[j]
        ax.scatter(mean[pair[0]], mean[pair[1]], edgecolors="black", linewidths=1.2, label=label, **look)


def contours(
    ax: Axes, parameters: Parameters, x_limits: ArrayLike, y_limits: ArrayLike, levels: ArrayLike = 12, steps: int = 160
) -> None:
    """Contours of the density of a two-dimensional mixture on ``steps`` by ``steps`` points between ``x_limits`` and
    ``y_limits``: ``levels`` of them evenly spaced in density, or at the densities that ``levels`` holds."""
    check_axes(ax)
    (x_limits, y_limits), levels = (_range(x_limits, "x_limits"), _range(y_limits, "y_limits")), _levels(levels)
    if as_positive_integer(steps, "steps") < 2:
        raise ValueError(f"steps must be at least 2 points along each side; got {steps}.")
    x, y = np.linspace(x_limits[0], x_limits[1], steps), np.linspace(y_limits[0], y_limits[1], steps)
    ax.contour(x, y, density_on_grid(parameters, x, y), levels=levels, cmap="viridis", linewidths=1.1)


def density_on_grid(parameters: Parameters, x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """The density of a two-dimensional mixture where the lines at ``x``, shape (a,), and ``y``, shape (b,), cross: an
    array of shape (b, a), as Matplotlib's contours take it."""
    if as_parameters(parameters).m != 2:
        raise ValueError(f"parameters must have 2 dimensions, as the picture has; got {parameters.m}.")
    grid = np.stack(np.meshgrid(as_array(x, "x", 1), as_array(y, "y", 1)), axis=-1)
    return mixture.density(grid.reshape(-1, 2), parameters).reshape(grid.shape[:2])


def frame(ax: Axes, X: ArrayLike, frame: Frame, axes: Sequence[int] = (0, 1), size: float = 16) -> None:
    """Draw one frame of EM: points blended by responsibility, means and ellipses, and which half-step it is."""
    X = as_points(X, _frames([frame], "frame")[0].state.m)
    points(ax, X, responsibilities=frame.latent, axes=axes, size=size)
    ellipses(ax, frame.state, axes=axes)
    title = "start" if frame.phase == "start" else f"{frame.phase}-step {frame.iteration}"
    ax.set_title(f"{title}\nlog-likelihood {frame.log_likelihood:.2f}")


def strip(
    X: ArrayLike,
    frames: Sequence[Frame],
    axes: Sequence[int] = (0, 1),
    columns: int = 3,
    height: float = 2.6,
    names: Sequence[str] | None = None,
) -> Figure:
    """A strip of frames on common axes: the animation of EM, held still. Returns the figure, with so many ``columns``,
    of rows with this ``height`` in inches."""
    frames = _frames(frames)
    X = as_points(X, frames[0].state.m)
    as_columns(axes, "axes", X.shape[1])
    rows, height = -(-len(frames) // as_positive_integer(columns, "columns")), as_non_negative(height, "height")
    names = None if names is None else as_names(names, "names", X.shape[1], "column of X")
    fig, grid = plt.subplots(
        rows, columns, figsize=(2.8 * columns, height * rows), sharex=True, sharey=True, squeeze=False
    )
    for ax in grid.flat[len(frames) :]:
        ax.set_visible(False)
    for ax, one in zip(grid.flat, frames):
        frame(ax, X, one, axes=axes)
    limits(grid[0, 0], X, axes)
    if names is not None:
        fig.supxlabel(names[axes[0]], fontsize="medium")
        fig.supylabel(names[axes[1]], fontsize="medium")
    return fig


def limits(ax: Axes, X: ArrayLike, axes: Sequence[int] = (0, 1), margin: float = 0.08) -> None:
    """Set the limits to the range of the data and a margin, so that a large ellipse cannot shrink the picture."""
    X = as_points(X)
    shown_columns = X[:, list(_columns(ax, axes, X.shape[1]))]
    low, high = shown_columns.min(axis=0), shown_columns.max(axis=0)
    pad = as_non_negative(margin, "margin") * (high - low)
    ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
    ax.set_ylim(low[1] - pad[1], high[1] + pad[1])


def jitter(x: ArrayLike, rng: Rng, width: float = 0.05) -> np.ndarray:
    """Add to x, of any shape, uniform noise in (-width, width): iris is measured to a millimetre, so that many flowers
    coincide."""
    x, width = as_array(x, "x"), as_non_negative(width, "width")
    return x + as_generator(rng).uniform(-width, width, size=x.shape)


def axis_pairs(
    X: ArrayLike,
    pairs: Iterable[Sequence[int]],
    feature_names: Sequence[str],
    labels: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    rng: Rng = None,
    size: float = 22,
) -> Figure:
    """Scatter plots of several pairs of columns, jittered if ``rng`` is given: the article's figure, which is returned.

    ``labels`` of shape (n,) give colour and marker, ``feature_names`` the m words at the axes.
    """
    X = as_points(X)
    pairs = [as_columns(pair, "pairs", X.shape[1]) for pair in as_list(pairs, "pairs", "pair of columns")]
    feature_names = as_names(feature_names, "feature_names", X.shape[1], "column of X")
    as_non_negative(size, "size")
    rng = None if rng is None else as_generator(rng)
    rows = -(-len(pairs) // 2)
    fig, grid = plt.subplots(rows, 2, figsize=(5.6, 2.4 * rows), squeeze=False)
    for ax, (a, b) in zip(grid.flat, pairs):
        shown = X if rng is None else jitter(X, rng)
        points(ax, shown, labels=labels, axes=(a, b), size=size, names=names)
        ax.set_xlabel(feature_names[a])
        ax.set_ylabel(feature_names[b])
    if names is not None:
        fig.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(names))
    return fig


def ratchet(ax: Axes, frames: Iterable[Frame]) -> None:
    """The ratchet, half-step by half-step: E lifts the lower bound to the log-likelihood, M lifts both.

    E-steps stand at half iterations. ``frames`` are those of :func:`gmm_lib.em.frames`; those without a bound (the
    start) show the log-likelihood alone.
    """
    check_axes(ax)
    frames = _frames(frames)
    if all(one.lower_bound is None for one in frames):
        raise ValueError("frames must hold a lower bound, as em.frames gives it if it is given one; got None in each.")

    def place(one):
        return one.iteration - (0.5 if one.phase == "E" else 0)

    bounds = [(place(one), one.lower_bound) for one in frames if one.lower_bound is not None]
    values = [(place(one), one.log_likelihood) for one in frames]
    ax.plot(*zip(*values), color=COLOURS[0], marker="o", label="log-likelihood")
    ax.plot(*zip(*bounds), color=COLOURS[1], marker="^", markersize=4, linewidth=1, label="evidence lower bound")
    ax.set_xlabel("iteration")
    ax.legend(loc="lower right")


def check_axes(ax: Axes) -> None:
    """Raise a ValueError unless ``ax`` can be drawn on."""
    if not isinstance(ax, Axes):
        raise ValueError(f"ax must be Matplotlib's Axes, as plt.subplots() makes them; got {shown(ax)}.")


def _columns(ax, axes, m):
    check_axes(ax)
    return as_columns(axes, "axes", m)


def _radii(radii: ArrayLike) -> np.ndarray:
    array = as_array(radii, "radii", 1)
    if (array <= 0).any():
        raise ValueError(f"radii must be positive; got {array.min():g}.")
    return array


def _colours(colours):
    wrong = [one for one in as_list(colours, "colours", "colour") if not is_color_like(one)]
    if wrong:
        raise ValueError(f"colours must hold Matplotlib's colours; got {shown(wrong[0])}.")
    return list(colours)


def _range(limits: ArrayLike, name: str) -> np.ndarray:
    pair = as_array(limits, name, 1)
    if len(pair) != 2 or not pair[0] < pair[1]:
        raise ValueError(f"{name} must be two numbers, the lower first; got {shown(limits)}.")
    return pair


def _levels(levels):
    """How many contours, or at which densities."""
    if np.ndim(levels) == 0:
        return as_positive_integer(levels, "levels")
    array = as_array(levels, "levels", 1)
    if (np.diff(array) <= 0).any():
        raise ValueError(f"levels must be a number of contours, or ascending densities; got {shown(levels)}.")
    return array


def _frames(frames: Iterable[Frame], name: str = "frames") -> list[Frame]:
    frames = as_list(frames, name, "frame of gmm_lib.em")
    for one in frames:
        parts = ("phase", "iteration", "state", "latent", "log_likelihood", "lower_bound")
        if not all(hasattr(one, part) for part in parts) or not hasattr(one.state, "covariances"):
            raise ValueError(f"{name} must be as gmm_lib.em.frames yields them, with Parameters; got {shown(one)}.")
    return frames


VIEWS = ("known", "gone", "responsibilities", "model")


def three_views(
    X: ArrayLike,
    labels: ArrayLike,
    responsibilities: ArrayLike,
    axes: Sequence[int] = (0, 1),
    emphasis: str | None = None,
    names: Sequence[str] | None = None,
    observed: Sequence[str] = ("X",),
    size: float = 18,
) -> Figure:
    """The same points three times, labels known, gone, and as responsibilities, with the graphical model as fourth.

    The panels are the article's story of a mixture: (3) and (4) make the first, the data are the second, (9) gives the
    third. ``X`` is (n, m), ``labels`` (n,), ``responsibilities`` (n, k); ``axes`` is the pair of columns that is shown,
    and ``names`` their two names. ``emphasis``, one of ``VIEWS``, frames one panel; ``observed`` goes to
    :func:`graphical_model`. Two by two, so that it can be read on a phone. Returns the figure.
    """
    if emphasis is not None and (not isinstance(emphasis, str) or emphasis not in VIEWS):
        raise ValueError(f"emphasis must be None or one of {', '.join(VIEWS)}; got {shown(emphasis)}.")
    X = as_points(X)
    axes = as_columns(axes, "axes", X.shape[1])
    as_non_negative(size, "size")
    labels, responsibilities = as_integers(labels, "labels", n=len(X)), as_responsibilities(responsibilities, len(X))
    names = None if names is None else as_names(names, "names", 2, "axis")
    fig, grid = plt.subplots(2, 2, figsize=(5.6, 5.4))
    panels = dict(zip(VIEWS, grid.flat))
    points(panels["known"], X, labels=labels, axes=axes, size=size)
    points(panels["gone"], X, axes=axes, size=size)
    points(panels["responsibilities"], X, responsibilities=responsibilities, axes=axes, size=size)
    graphical_model(panels["model"], observed=observed)
    titles = ("labels known", "labels gone", "responsibilities", "the model")
    for (view, ax), title in zip(panels.items(), titles):
        strong = view == emphasis
        ax.set_title(title, fontweight="bold" if strong else "normal")
        if view != "model":
            limits(ax, X, axes)
            ax.set(xticks=[], yticks=[])
            if names is not None:
                ax.set_xlabel(names[0])
                ax.set_ylabel(names[1])
        for spine in ax.spines.values():
            spine.set(visible=strong or view != "model", linewidth=2.4 if strong else 0.6)
            spine.set_color("black" if strong else GREY)
    return fig


def graphical_model(ax: Axes, observed: Sequence[str] = ("X",)) -> None:
    """The mixture as a graph: C_i draws the component (3), X_i the point given it (4), for each i on the plate.

    Circles are random variables, shaded where ``observed`` (of "C" and "X") says that their values were seen, hollow
    where they are latent; the parameters stand outside the plate as dots, because they are the same for every point.
    """
    check_axes(ax)
    if not isinstance(observed, (tuple, list)) or any(one not in ("C", "X") for one in observed):
        raise ValueError(f'observed must be a tuple of "C" and "X", or empty; got {shown(observed)}.')
    ax.set(xlim=(0, 10), ylim=(0, 10), aspect="equal", xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
    rounded = "round,pad=0,rounding_size=0.4"
    ax.add_patch(FancyBboxPatch((2.9, 0.5), 6.9, 8.6, boxstyle=rounded, fill=False, edgecolor=GREY))
    ax.text(9.5, 0.85, r"$i = 1, \dots, n$", ha="right", color=GREY)
    places = {"C": (4.9, 7.2), "X": (4.9, 3.3)}
    for name, place in places.items():
        seen = name in observed
        colour = "#c9d6e3" if seen else "white"
        ax.add_patch(Circle(place, 1.15, facecolor=colour, edgecolor="black", linewidth=1.4, zorder=2))
        symbol = {"C": "$C_i$", "X": r"$\mathbf{X}_i$"}[name]
        ax.text(*place, symbol, ha="center", va="center", fontsize="large")
        ax.text(place[0] + 1.5, place[1], "observed" if seen else "latent", va="center")
    parameters = {r"$\mathbf{\phi}$": (7.2, "C"), r"$\mathbf{\mu}_j$": (4.4, "X"), r"$\Sigma_j$": (2.2, "X")}
    for symbol, (height, child) in parameters.items():
        ax.plot(1.2, height, marker="o", color="black", markersize=6)
        ax.text(0.7, height, symbol, ha="right", va="center", fontsize="large")
        _arrow(ax, (1.2, height), places[child])
    ax.text(2.6, 0.85, r"$j = 1, \dots, k$", ha="right", color=GREY)
    _arrow(ax, places["C"], places["X"])


def _arrow(ax, start, end, radius=1.15):
    """An arrow from one place to the rim of the circle at another."""
    start, end = np.array(start), np.array(end)
    tip = end - radius * (end - start) / np.linalg.norm(end - start)
    look: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 12, "color": "black"}
    ax.add_patch(FancyArrowPatch(start, tip, shrinkA=0, shrinkB=0, zorder=1, **look))
