"""Figures that move under a hand: k-means, the likelihood, a Gaussian and two coins, each with what it computes.

They need no kernel: the page's script computes, with the functions of the stepper's engine.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .._extras import extra
from ..em import Frame
from ..parameters import Parameters
from ..validation import (
    as_array,
    as_integers,
    as_labels,
    as_names,
    as_parameters,
    as_points,
    as_positive_integer,
    shown,
)
from . import _coins, _links, _script, static
from ._settings import SETTINGS
from .trace import UncheckedParameters

with extra("stepper", "the figures that move"):
    import anywidget
    import traitlets

SENTENCE = "Where scripts are allowed, this figure moves under a hand; here it stands still."
MOST_POINTS = 1000  # each is drawn anew while a hand moves
MOST_COMPONENTS = SETTINGS["k"]["high"]
MOST_SETS, MOST_TOSSES = 10, 20  # more are too small to be told apart


class _MovingFigure(anywidget.AnyWidget):
    """What the figures have in common: a still picture, and what the script needs to bring it to life."""

    _esm = _script.script(_script.FIGURES)
    _css = _script.style(_script.FIGURES)
    _kind = "gmm-interactive"
    config = traitlets.Dict().tag(sync=True)

    def _begin(self, kind, name, X, frame, features, label, **config):
        features = [f"column {c + 1}" for c in range(X.shape[1])] if features is None else features
        features = as_names(features, "feature_names", X.shape[1], "column of X")
        picture = static.svg(X, frame, (0, 1), features, True, label)
        self._show(picture, kind=kind, name=name, X=X.tolist(), features=features, **config)

    def _show(self, picture, **config):
        self._picture = static.as_image(picture)
        super().__init__(config=config)

    def _repr_mimebundle_(self, **kwargs):
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        html = static.element(self._picture, self.config, self._kind, SENTENCE)
        return {**bundle, "text/plain": repr(self), "text/html": html}, metadata

    def __repr__(self):
        return f"{type(self).__name__}(n={len(self.config['X'])})"


class KMeansFigure(_MovingFigure):
    """k-means by hand: the centres are dragged, and the borders, the clusters and the cost follow.

    Parameters
    ----------
    X : array_like, shape (n, 2)
        At most 1,000 points.
    centres : array_like, shape (k, 2)
        The centres at first, 1 to 8.
    labels : array_like of int, shape (n,), optional
        True labels, for the overlay of true clouds and their cost.
    feature_names : sequence of str, optional
        Names of the columns.

    Raises
    ------
    ValueError
        If an argument is not valid; the message names it.
    """

    def __init__(
        self,
        X: ArrayLike,
        centres: ArrayLike,
        *,
        labels: ArrayLike | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        data = _few(as_points(X), 2)
        means = as_array(centres, "centres", 2)
        if means.shape[1] != 2 or not 1 <= len(means) <= MOST_COMPONENTS:
            raise ValueError(f"centres must have shape (k, 2), k from 1 to {MOST_COMPONENTS}; got {means.shape}.")
        numbers = None if labels is None else np.unique(as_labels(labels, "labels", len(data)), return_inverse=True)[1]
        nearest = ((data[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
        none = np.zeros((len(means), 2, 2))
        state = UncheckedParameters(np.full(len(means), 1 / len(means)), means, none, none)
        frame = Frame("E", 0, state, np.eye(len(means))[nearest], 0.0, None)
        more = {"centres": means.tolist(), "labels": None if numbers is None else numbers.tolist()}
        label = f"{len(data)} points in the colours of their nearest of {len(means)} centres."
        self._begin("k_means", "k-means by hand", data, frame, feature_names, label, **more)


class LikelihoodFigure(_MovingFigure):
    """The log-likelihood of one column under one or two Gaussians whose means are dragged.

    It shows the density, log f at each point, and the log-likelihood over the means, all else held.

    Parameters
    ----------
    X : array_like, shape (n, 1)
        At most 1,000 points.
    parameters : Parameters
        One or two components in one dimension; their weights and variances stay.
    feature_names : sequence of str, optional
        The name of the column.

    Raises
    ------
    ValueError
        If an argument is not valid; the message names it.
    """

    def __init__(self, X: ArrayLike, parameters: Parameters, *, feature_names: Sequence[str] | None = None) -> None:
        data, parameters = _few(as_points(X), 1), as_parameters(parameters)
        if parameters.m != 1 or parameters.k > 2:
            got = f"{parameters.k} in {parameters.m}"
            raise ValueError(f"parameters must have one or two components in 1 dimension; got {got}.")
        frame = Frame("start", 0, parameters, None, 0.0, None)
        more = {name: getattr(parameters, name).tolist() for name in ("weights", "means", "covariances")}
        label = f"{len(data)} points on a line, and over them the density of {parameters.k} components."
        self._begin("likelihood", "The likelihood by hand", data, frame, feature_names, label, **more)


class GaussianFigure(_MovingFigure):
    """A Gaussian in the plane: its mean, its half-axes and a point are dragged; density and distance follow.

    Parameters
    ----------
    X : array_like, shape (n, 2)
        Points drawn beside it, at most 1,000.
    mean : array_like, shape (2,)
    covariance : array_like, shape (2, 2)
        Symmetric and positive definite.
    points : dict, optional
        Points with names of one letter: the point x can be put on them.
    feature_names : sequence of str, optional
        Names of the columns.

    Raises
    ------
    ValueError
        If an argument is not valid; the message names it.
    """

    def __init__(
        self,
        X: ArrayLike,
        mean: ArrayLike,
        covariance: ArrayLike,
        *,
        points: dict | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        data = _few(as_points(X), 2)
        state = Parameters([1.0], [as_array(mean, "mean", 1)], [as_array(covariance, "covariance", 2)])
        if state.m != 2:
            raise ValueError(f"mean must have 2 dimensions, as X; got {state.m}.")
        named = [[name, _point(at, name)] for name, at in _named(points)]
        frame = Frame("start", 0, state, None, 0.0, None)
        more = {"mean": state.means[0], "covariance": state.covariances[0]}
        more = {name: _links.digits(value, 12) for name, value in more.items()} | {"named": named}
        label = f"{len(data)} points, and a Gaussian with its ellipses at Mahalanobis distance 1 and 2."
        self._begin("gaussian", "A Gaussian by hand", data, frame, feature_names, label, **more)


class CoinsFigure(_MovingFigure):
    """EM for two coins: sets of tosses whose coin nobody wrote down, in half-steps, from coins that are dragged.

    Both coins are taken equally often. It shows each set divided by the responsibilities, and the likelihood of each
    coin's probability of heads, whose top is where the M-step goes.

    Parameters
    ----------
    heads : array_like of int, shape (n,)
        How often each set fell heads; 1 to 10 sets.
    tosses : int
        The tosses of a set, 1 to 20.
    theta : array_like, shape (2,)
        The probabilities of heads at first, 0.001 to 0.999.

    Raises
    ------
    ValueError
        If an argument is not valid; the message names it.
    """

    _esm = _script.script(_script.COINS)
    _kind = "gmm-interactive gmm-two-coins"  # a page knows by it which script to load

    def __init__(self, heads: ArrayLike, tosses: int, theta: ArrayLike) -> None:
        tosses = as_positive_integer(tosses, "tosses")
        if tosses > MOST_TOSSES:
            raise ValueError(f"tosses must lie in 1..{MOST_TOSSES}; got {tosses}.")
        counts = as_integers(heads, "heads", tosses + 1)
        if len(counts) > MOST_SETS:
            raise ValueError(f"heads must hold 1 to {MOST_SETS} sets; got {len(counts)}.")
        biases = as_array(theta, "theta", 1)
        if len(biases) != 2 or not (0.001 <= biases.min() <= biases.max() <= 0.999):
            raise ValueError(f"theta must be two probabilities in 0.001..0.999; got {shown(theta)}.")
        more = {"heads": counts.tolist(), "tosses": tosses, "biases": biases.tolist()}
        self._show(_coins.svg(counts, tosses, biases), kind="coins", name="Two coins by hand", **more)

    def __repr__(self) -> str:
        return f"CoinsFigure(sets={len(self.config['heads'])}, tosses={self.config['tosses']})"


def _few(X: np.ndarray, m: int) -> np.ndarray:
    if X.shape[1] != m or len(X) > MOST_POINTS:
        raise ValueError(f"X must have shape (n, {m}), n at most {MOST_POINTS}; got {X.shape}.")
    return X


def _named(points):
    points = {} if points is None else points
    if not isinstance(points, dict) or not all(isinstance(name, str) and len(name) == 1 for name in points):
        raise ValueError(f"points must be a dictionary from names of one letter to points; got {shown(points)}.")
    return points.items()


def _point(at, name):
    point = as_array(at, f"points[{name!r}]", 1)
    if len(point) != 2:
        raise ValueError(f"points[{name!r}] must have 2 numbers, as X has columns; got {len(point)}.")
    return point.tolist()
