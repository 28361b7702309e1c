"""The book's figures, drawn alike: one colour and one marker shape per component, safe for colour-blind readers.

Every function draws on axes that it is given and returns nothing; every one that takes ``axes`` shows that pair of
columns of X. Colours are those of Okabe and Ito (2008).
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import Ellipse

from . import mixture

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7500", "#555555")
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
GREY = "#5f6670"

_STYLE = {
    "figure.figsize": (7.0, 4.2),
    "figure.dpi": 130,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.axisbelow": True,
    "font.size": 10.5,
    "font.family": "DejaVu Sans",  # ships with Matplotlib: the same glyphs on every machine
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def use_style():
    """Set the house style for the figures that follow."""
    plt.rcParams.update(plt.rcParamsDefault | {"backend": plt.rcParams["backend"]} | _STYLE)


def blend(responsibilities):
    """The colour of each point: the components' colours mixed in the proportions of its responsibilities; (n, 3)."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(colour) for colour in COLOURS])
    w = np.asarray(responsibilities)
    return np.clip(w @ palette[np.arange(w.shape[1]) % len(palette)], 0, 1)


def points(ax, X, responsibilities=None, labels=None, axes=(0, 1), size=26, names=None):
    """Scatter the points: grey, or by label (colour and marker), or by responsibilities (blended colour).

    With ``responsibilities`` of shape (n, k) the marker is that of the most responsible component; with ``labels`` of
    shape (n,) colour and marker are the label's, and ``names`` gives the legend.
    """
    a, b = axes
    if responsibilities is None and labels is None:
        ax.scatter(X[:, a], X[:, b], s=size, color=GREY, alpha=0.75, linewidths=0)
        return
    colours = None if responsibilities is None else blend(responsibilities)
    labels = np.argmax(responsibilities, axis=1) if labels is None else np.asarray(labels)
    for j in np.unique(labels):
        rows = labels == j
        ax.scatter(
            X[rows, a],
            X[rows, b],
            s=size,
            marker=MARKERS[j % len(MARKERS)],
            c=[COLOURS[j % len(COLOURS)]] if colours is None else colours[rows],
            edgecolors="white",
            linewidths=0.4,
            label=names[j] if names is not None else None,
        )


def ellipses(ax, parameters, axes=(0, 1), radii=(1, 2), colours=COLOURS):
    """Draw each component's mean, and its ellipses at these Mahalanobis radii, in the plane of two columns.

    The marginal of a Gaussian on two of its dimensions is the Gaussian of those rows and columns of its covariance.
    """
    pair = np.array(axes)
    for j, (mean, covariance) in enumerate(zip(parameters.means, parameters.covariances)):
        colour = colours[j % len(colours)]
        lengths, directions = np.linalg.eigh(covariance[np.ix_(pair, pair)])
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
        for radius in radii:
            width, height = 2 * radius * np.sqrt(lengths[::-1])
            ax.add_patch(Ellipse(mean[pair], width, height, angle=angle, fill=False, edgecolor=colour, linewidth=1.8))
        ax.scatter(*mean[pair], s=110, marker=MARKERS[j % len(MARKERS)], color=colour, edgecolors="black", linewidths=1.2, zorder=5)


def contours(ax, parameters, x_limits, y_limits, levels=12, steps=160):
    """Contours of the density of a two-dimensional mixture, evenly spaced in density."""
    x, y = np.linspace(*x_limits, steps), np.linspace(*y_limits, steps)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    density = mixture.density(grid.reshape(-1, 2), parameters).reshape(steps, steps)
    ax.contour(x, y, density, levels=levels, cmap="viridis", linewidths=1.1)


def frame(ax, X, frame, axes=(0, 1), size=16):
    """Draw one frame of EM: points blended by responsibility, means and ellipses, and which half-step it is."""
    points(ax, X, responsibilities=frame.latent, axes=axes, size=size)
    ellipses(ax, frame.state, axes=axes)
    title = "start" if frame.phase == "start" else f"{frame.phase}-step {frame.iteration}"
    ax.set_title(f"{title}   log-likelihood {frame.log_likelihood:.2f}", fontsize="small")


def strip(X, frames, axes=(0, 1), columns=3, height=2.6, names=None):
    """A strip of frames on common axes: the animation of EM, held still. Returns the figure."""
    rows = -(-len(frames) // columns)
    fig, grid = plt.subplots(rows, columns, figsize=(3.1 * columns, height * rows), sharex=True, sharey=True, squeeze=False)
    for ax in grid.flat[len(frames) :]:
        ax.set_visible(False)
    for ax, one in zip(grid.flat, frames):
        frame(ax, X, one, axes=axes)
    limits(grid[0, 0], X, axes)
    if names is not None:
        fig.supxlabel(names[axes[0]], fontsize="small")
        fig.supylabel(names[axes[1]], fontsize="small")
    return fig


def limits(ax, X, axes=(0, 1), margin=0.08):
    """Set the limits to the range of the data and a margin, so that a large ellipse cannot shrink the picture."""
    low, high = X[:, list(axes)].min(axis=0), X[:, list(axes)].max(axis=0)
    pad = margin * (high - low)
    ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
    ax.set_ylim(low[1] - pad[1], high[1] + pad[1])


def jitter(x, rng, width=0.05):
    """Add uniform noise in (-width, width): iris is measured to a millimetre, so that many flowers coincide."""
    return x + rng.uniform(-width, width, size=np.shape(x))


def axis_pairs(X, pairs, feature_names, labels=None, names=None, rng=None, size=22):
    """Scatter plots of several pairs of columns, jittered if ``rng`` is given: the article's figure. Returns the figure."""
    rows = -(-len(pairs) // 2)
    fig, grid = plt.subplots(rows, 2, figsize=(7.6, 3.0 * rows), squeeze=False)
    for ax, (a, b) in zip(grid.flat, pairs):
        shown = X if rng is None else jitter(X, rng)
        points(ax, shown, labels=labels, axes=(a, b), size=size, names=names)
        ax.set_xlabel(feature_names[a])
        ax.set_ylabel(feature_names[b])
    if names is not None:
        fig.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(names))
    return fig


def ratchet(ax, frames):
    """The ratchet, half-step by half-step: E lifts the lower bound to the log-likelihood, M lifts both.

    E-steps stand at half iterations. Frames without a bound (the start) show the log-likelihood alone.
    """
    def place(one):
        return one.iteration - (0.5 if one.phase == "E" else 0)

    bounds = [(place(one), one.lower_bound) for one in frames if one.lower_bound is not None]
    values = [(place(one), one.log_likelihood) for one in frames]
    ax.plot(*zip(*values), color=COLOURS[0], marker="o", label="log-likelihood")
    ax.plot(*zip(*bounds), color=COLOURS[1], marker="^", markersize=4, linewidth=1, label="evidence lower bound")
    ax.set_xlabel("iteration")
    ax.legend(loc="lower right")
