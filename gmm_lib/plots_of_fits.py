"""What a fitted mixture looks like, one call a picture: ellipses, density, uncertainty, all pairs of columns, criteria.

``model`` is a fitted estimator, :class:`gmm_lib.model.GaussianMixture` or scikit-learn's, or a
:class:`gmm_lib.parameters.Parameters`. ``X`` are points of shape (n, m), those of the fit or others. ``columns``,
counted from 0, are what is shown; their names come from the model's ``feature_names_in_``, or else from a data frame X.
Components are counted from 0 too.

A function that takes ``ax``, Matplotlib's Axes, draws there and returns them; without, it makes a figure with axes of
its own and a legend beside them. What it draws carries labels, so that ``ax.legend()`` explains several pictures that
were drawn one over the other. Nothing is shown before the caller asks for it. A wrong argument is a ValueError.
"""

import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import mixture, plots
from ._extras import extra
from .parameters import Parameters
from .plots import COLOURS, GREY
from .posterior import posterior
from .sampling import sample
from .stepper._looks import PALETTE
from .validation import as_array, as_columns, as_index, as_list, as_points, shown

with extra("plots", "gmm_lib.plots_of_fits"):
    from matplotlib import colormaps
    from matplotlib import pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from .selection import Scan

CRITERIA = {"bic": "BIC", "aic": "AIC", "icl": "ICL"}
SMALLEST, LARGEST = 16, 400  # areas of marks: of a point without any uncertainty, and of one with all of it
INK = PALETTE["light"]["ink"]
DRAWS, LINES = 20_000, 160  # points drawn to measure a mass; lines of a grid, of either kind, along each side
MOST_COLUMNS = 10  # with more, a matrix of pairs takes minutes and its panels cannot be read


def ellipses(
    model: Any, ax: Axes | None = None, *, columns: Sequence[int] = (0, 1), levels: ArrayLike = (1, 2)
) -> Axes:
    """The components' means, and their ellipses at so many standard deviations (``levels``), in a pair of columns.

    In two columns the ellipse at 1 holds 39 % of its component, that at 2 holds 86 %.
    """
    parameters = _mixture(model)
    columns, levels = as_columns(columns, "columns", parameters.m), _levels(levels)
    target = _axes(ax)
    names = _unless_labelled(target, _components(parameters))
    plots.ellipses(target, parameters, axes=columns, radii=levels, names=names)
    _name_axes(target, _names(model, None, parameters.m), columns)
    return _with_legend(target, beside=ax is None)


def density(
    model: Any,
    X: ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    columns: Sequence[int] | int | None = None,
    masses: ArrayLike = (0.5, 0.8, 0.95),
) -> Axes:
    """The density of the mixture in one column or a pair of them: by default the first two, or the only one.

    In a pair, shading marks the smallest regions that hold these ``masses``, shares of all that the mixture would
    generate (Hyndman, 1996); in one column stand the curve, its components, and the histogram of X. With X the picture
    spans the points, without it what the mixture generates.
    """
    parameters = _mixture(model)
    chosen, shares = _one_or_two_columns(columns, parameters.m), _masses(masses)
    points = None if X is None else as_points(X, parameters.m)[:, chosen]
    target = _axes(ax)
    shown_part = _marginal(parameters, chosen)
    if len(chosen) == 1:
        _curve(target, shown_part, points)
    else:
        _regions(target, shown_part, points, shares)
    _name_axes(target, _names(model, X, parameters.m), chosen, "density")
    return _with_legend(target, beside=ax is None)


def classification_uncertainty(
    model: Any, X: ArrayLike, ax: Axes | None = None, *, columns: Sequence[int] | None = None
) -> Axes:
    """The points by component, each the larger and the less pale the less certain it is which component is its own.

    The uncertainty of a point is 1 minus its largest responsibility: 0 if it is certain, (k - 1) / k if nothing is
    known. A pair of columns is shown, the first two by default; if there is but one, uncertainty is the height.
    A legend is drawn on given axes too: sizes would say nothing without it.
    """
    parameters = _mixture(model)
    points = as_points(X, parameters.m)
    alone = parameters.m == 1 and columns is None
    chosen = (0,) if alone else as_columns((0, 1) if columns is None else columns, "columns", parameters.m)
    w = _responsibilities(model, X, points)
    labels, unsure = w.argmax(axis=1), np.clip(1 - w.max(axis=1), 0, 1)
    places = np.column_stack([points[:, 0], unsure]) if alone else points[:, chosen]
    target = _axes(ax)
    names = _unless_labelled(target, _components(parameters))
    for j, name in enumerate(names):
        rows = np.flatnonzero(labels == j)
        rows = rows[np.argsort(unsure[rows], kind="stable")]  # what is unsure is drawn over what is sure
        look = {"color": COLOURS[j % len(COLOURS)], "marker": plots.marker_of(j)}
        target.scatter(*places[rows].T, **look, **_strength(unsure[rows]))
        target.scatter([], [], s=70, label=name, **look)
    for amount in (0, 0.25, 0.5) if parameters.k > 1 else ():
        target.scatter([], [], color=GREY, label=f"uncertainty {amount:g}", **_strength(amount))
    _name_axes(target, _names(model, X, parameters.m), chosen, "uncertainty")
    return _with_legend(target, beside=ax is None, inside=True)


def pairs(model: Any, X: ArrayLike, *, columns: Iterable[int] | None = None, levels: ArrayLike = (1, 2)) -> Figure:
    """Each pair of columns with points and ellipses, and on the diagonal each column's density over its histogram.

    The points have the colours of their likeliest components. All columns are shown if none are named, ten at most.
    ``levels`` are those of :func:`ellipses`. Returns the figure: a triangle, since the other half would repeat it.
    """
    parameters = _mixture(model)
    points = as_points(X, parameters.m)
    chosen, levels = _distinct_columns(columns, parameters.m), _levels(levels)
    labels = _responsibilities(model, X, points).argmax(axis=1)
    names, components, d = _names(model, X, parameters.m), _components(parameters), len(chosen)
    room = parameters.k <= 8 * (d - 1)  # for the legend in the half that is left free, eight words to a panel
    with plt.rc_context(plots.STYLE):
        size = None if d == 1 else (2.2 * d + (0.6 if room else 2.4), 1.9 * d + 0.6)
        fig, grid = plt.subplots(d, d, figsize=size, squeeze=False)
    for (row, column), ax in np.ndenumerate(grid):
        pair = (chosen[column], chosen[row])
        if row < column:
            ax.remove()
        elif row == column:
            density(model, X, ax, columns=chosen[row])
        else:
            plots.points(ax, points, labels=labels, axes=pair, size=18)
            plots.ellipses(ax, parameters, axes=pair, radii=levels, size=60, names=components)
            plots.limits(ax, points, pair)
            _name_axes(ax, names, pair)
    _clear_inside(grid)
    marks = grid[-1, 0].get_legend_handles_labels()  # of a pair, or of the only curve
    fig.legend(*marks, loc="upper right" if room else "outside right upper", frameon=False)
    return fig


def criteria(
    scans: "Scan | Mapping[str, Scan] | ArrayLike",
    ax: Axes | None = None,
    *,
    which: str | Sequence[str] | None = None,
    ks: Iterable[int] | None = None,
    **options: Any,
) -> Axes:
    """Criteria over the number of components, lower is better: the best of each is ringed, and named in the legend.

    ``scans`` is what :func:`gmm_lib.selection.scan` returns; or several of them in a dict, by the names that the legend
    gives them; or points X, for which a scan over ``ks``, by default 1 to 7, is made with its ``options`` (whoever
    wants the fits as well scans first). ``which`` are some of ``CRITERIA``: by default BIC, AIC and ICL, or BIC alone
    where several scans are compared. The best is then the best of all of them.
    """
    named, several = _scans(scans, ks, options), isinstance(scans, Mapping)
    chosen = _which(which, several)
    target = _axes(ax)
    for c, criterion in enumerate(chosen):
        best = min(named, key=lambda name: np.nanmin(getattr(named[name], criterion)))
        for s, (name, one) in enumerate(named.items()):
            values = np.asarray(getattr(one, criterion))
            label = f"{name}, {CRITERIA[criterion]}" if several else CRITERIA[criterion]
            if name == best:
                k, value = one.ks[np.nanargmin(values)], np.nanmin(values)
                label += f": best at k = {k}"
                target.plot(k, value, marker="o", markersize=17, markerfacecolor="none", color=INK, label="_best")
            look = _line(s, c) if several else _line(c, 0)
            target.plot(one.ks, values, label=label, markersize=7, **look)
    only = CRITERIA[chosen[0]] if len(chosen) == 1 else "criterion"
    target.set(xlabel="number of components k", ylabel=f"{only} (lower is better)")
    target.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _with_legend(target, beside=ax is None, inside=True)


# -- the mixture, its columns, its responsibilities


def _mixture(model: Any) -> Parameters:
    if hasattr(model, "parameters_") and not isinstance(model, type):
        return model.parameters_
    if all(hasattr(model, part) for part in ("weights_", "means_", "covariances_")):
        return Parameters(model.weights_, model.means_, _full_covariances(model))
    if all(hasattr(model, part) for part in ("weights", "means", "covariances", "factors")):
        return model
    allowed = "a fitted mixture (weights_, means_, covariances_) or a gmm_lib.Parameters"
    raise ValueError(f"model must be {allowed}; got {shown(model)}.")


def _full_covariances(model):
    """One matrix a component, whatever scikit-learn's type of covariance keeps."""
    kept, (k, m) = np.asarray(model.covariances_), np.shape(model.means_)
    kind = getattr(model, "covariance_type", "full")
    if kind == "tied":
        return np.broadcast_to(kept, (k, m, m))
    if kind in ("diag", "spherical"):
        return np.eye(m) * kept.reshape(k, -1, 1)
    return kept


def _marginal(parameters, columns):
    """The mixture in some of its columns: of each Gaussian these rows and columns."""
    chosen = list(columns)
    return Parameters(parameters.weights, parameters.means[:, chosen], parameters.covariances[:, chosen][:, :, chosen])


def _responsibilities(model, X, points):
    """As the estimator predicts them: it knows the names of its columns, and a Bayesian mixture has its own rule."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X))
    return posterior(points, _mixture(model))


def _names(model, X, m):
    for named, attribute in ((model, "feature_names_in_"), (X, "columns")):
        names = getattr(named, attribute, None)
        if names is not None and all(isinstance(name, str) for name in names):
            return list(names)
    return [f"column {c}" for c in range(m)]


def _components(parameters):
    return [f"component {j}" for j in range(parameters.k)]


# -- the two pictures of a density


def _curve(ax, parameters, points):
    """In one column: the curve, its components below it, and the histogram."""
    drawn = sample(DRAWS, parameters, 0)[0]
    low, high = _limits(drawn if points is None else points)[0]
    x = _lines(drawn[:, 0], low, high)
    if points is not None:
        bins = int(np.clip(1.5 * np.sqrt(len(points)), 8, 60))
        ax.hist(points[:, 0], bins=bins, density=True, color=PALETTE["light"]["line"], label="points")
    ax.plot(x, mixture.density(x[:, np.newaxis], parameters), color=INK, linewidth=2.4, label="mixture")
    with np.errstate(under="ignore"):
        parts = np.exp(mixture.log_joint(x[:, np.newaxis], parameters))
    dashes = ("--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 2)), (0, (2, 2)))
    for j, (name, part) in enumerate(zip(_unless_labelled(ax, _components(parameters)), parts.T)):
        look = {"color": COLOURS[j % len(COLOURS)], "linestyle": dashes[j % len(dashes)]}
        ax.plot(x, part, linewidth=1.8, label=name, **look)
    ax.set_xlim(low, high)
    ax.set_ylim(bottom=0)


def _regions(ax, parameters, points, masses):
    """In two columns: the regions of highest density, the darker the denser, and the points over them."""
    drawn = sample(DRAWS, parameters, 0)[0]
    heights = mixture.density(drawn, parameters)
    masses = np.sort(masses)[::-1]
    levels = np.quantile(heights, 1 - masses)  # of all that is drawn, this share lies where the density is higher
    (left, right), (low, high) = _limits(drawn[heights >= levels[0]] if points is None else points)
    x, y = _lines(drawn[:, 0], left, right), _lines(drawn[:, 1], low, high)
    surface = plots.density_on_grid(parameters, x, y)
    colours = colormaps["Blues"](np.linspace(0.22, 0.62, len(masses)))
    ax.contourf(x, y, surface, levels=[*levels, np.inf], colors=colours, zorder=0)
    if ((surface.min() < levels) & (levels < surface.max())).any():  # else no outline crosses the picture
        ax.contour(x, y, surface, levels=levels, colors=INK, linewidths=0.9, zorder=0.5)
    for mass, colour in zip(masses, colours):
        look = {"marker": "s", "color": [colour], "edgecolors": INK, "linewidths": 0.9}
        ax.scatter([], [], s=130, label=f"{100 * mass:.3g} % of the mass", **look)
    if points is not None:
        plots.points(ax, points, size=14)
    ax.set(xlim=(left, right), ylim=(low, high))


def _limits(points):
    """The range of each column with a margin, one row (low, high) a column."""
    low, high = points.min(axis=0), points.max(axis=0)
    pad = np.where(high > low, 0.08 * (high - low), 1.0)
    return np.column_stack([low - pad, high + pad])


def _lines(drawn, low, high):
    """Where to evaluate: evenly, and more closely where the mixture is narrow, or its peak would fall between."""
    narrow = np.quantile(drawn, np.linspace(0, 1, LINES))
    return np.union1d(np.linspace(low, high, LINES), narrow[(low < narrow) & (narrow < high)])


# -- axes, marks, legends


def _axes(ax):
    if ax is None:
        with plt.rc_context(plots.STYLE):
            return plt.subplots()[1]
    plots.check_axes(ax)
    return ax


def _name_axes(ax, names, columns, height=None):
    """Name the axes by a pair of columns, or by one and what its height means."""
    ax.set_xlabel(names[columns[0]])
    ax.set_ylabel(names[columns[1]] if len(columns) == 2 else height)


def _clear_inside(grid):
    """Of a triangle of panels: names and numbers at its edges only, and no heights on the diagonal."""
    last = len(grid) - 1
    for (row, column), ax in np.ndenumerate(grid):
        if row < last:
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)
        if row == column:
            ax.set_yticks([])
        if column > 0 or row == 0:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)


def _unless_labelled(ax, names):
    """Names for the legend; with an underscore, which keeps them out of it, if they are there already."""
    there = ax.get_legend_handles_labels()[1]
    return [f"_{name}" if name in there else name for name in names]


def _with_legend(ax, beside, inside=False):
    """The axes, with a legend beside them if they are our own, or among the points if there is no other place."""
    if beside:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, frameon=False)
    elif inside:
        ax.legend(loc="best", frameon=True, framealpha=0.85)
    return ax


def _strength(unsure):
    """How a point of this uncertainty stands out."""
    return {"s": SMALLEST + (LARGEST - SMALLEST) * unsure, "alpha": 0.5 + 0.4 * unsure, "linewidths": 0}


def _line(j, style):
    look = {"color": COLOURS[j % len(COLOURS)], "marker": plots.marker_of(j)}
    return look | {"linestyle": ("-", "--", ":")[style]}


# -- what may be given


def _levels(levels):
    array = as_array(levels, "levels", 1)
    if (array <= 0).any():
        raise ValueError(f"levels must be positive, in standard deviations; got {array.min():g}.")
    return array


def _masses(masses):
    array = as_array(masses, "masses", 1)
    if not ((0 < array) & (array < 1)).all() or len(np.unique(array)) < len(array):
        raise ValueError(f"masses must be different shares between 0 and 1; got {shown(array.tolist())}.")
    return array


def _one_or_two_columns(columns: Any, m: int) -> tuple[int, ...]:
    if columns is None:
        return (0,) if m == 1 else (0, 1)
    one = isinstance(columns, numbers.Integral)
    return (as_index(columns, "columns", m),) if one else as_columns(columns, "columns", m)


def _distinct_columns(columns, m):
    listed = range(m) if columns is None else as_list(columns, "columns", "column of X, counted from 0,")
    chosen = [as_index(column, "columns", m) for column in listed]
    if len(set(chosen)) < len(chosen) or len(chosen) > MOST_COLUMNS:
        got = shown(columns) if columns is not None else f"None, which means all {m}"
        raise ValueError(f"columns must be at most {MOST_COLUMNS} different columns of X; got {got}.")
    return chosen


def _which(which, several):
    if which is None:
        return ["bic"] if several else list(CRITERIA)
    chosen = [which] if isinstance(which, str) else as_list(which, "which", "criterion")
    if any(not isinstance(one, str) or one not in CRITERIA for one in chosen) or len(set(chosen)) < len(chosen):
        raise ValueError(f"which must be different ones of {', '.join(CRITERIA)}; got {shown(which)}.")
    return chosen


def _scans(scans, ks, options):
    """A dict of scans by name, whatever was given."""
    named = scans if isinstance(scans, Mapping) else {"": scans}
    if named and all(isinstance(name, str) and _is_scan(one) for name, one in named.items()):
        if ks is not None or options:
            given = ", ".join([*(["ks"] if ks is not None else []), *options])
            raise ValueError(
                f"ks and options must come with points, for which a scan is made; got {given} with a scan."
            )
        return named
    allowed = "scans must be what selection.scan returns, a dict of such by name, or points of shape (n, m)"
    if isinstance(scans, Mapping):
        raise ValueError(f"{allowed}; got {shown(scans)}.")
    try:
        X = as_points(scans, name="scans")
    except ValueError as error:
        raise ValueError(f"{allowed}; {error}") from None
    from .selection import scan  # here, so that a picture of a fit does not load what makes fits

    return {"": scan(X, range(1, 8) if ks is None else ks, **options)}


def _is_scan(one):
    return hasattr(one, "ks") and all(hasattr(one, criterion) for criterion in CRITERIA)
