"""Rows with gaps, and what one M-step makes of them when the gaps are filled in one way or another."""

import numpy as np

from . import draws


def rows_with_gaps(rng: np.random.Generator, size: draws.Size) -> tuple[np.ndarray, ...]:
    """Points (n, m) with NaN where a value is missing, responsibilities (n, k), means (k, m), covariances (k, m, m).

    In each row something was seen, and in most rows something was not.
    """
    X, mixture = draws.problem(rng, size)
    while True:
        lost = rng.random(X.shape) < 0.45
        gaps = lost.any(axis=1)
        if (
            not lost.all(axis=1).any()
            and gaps.sum() >= size.n / 2
            and lost.any(axis=0).all()
            and not lost.all(axis=0).any()
        ):
            break
    X[lost] = np.nan
    return X, draws.shares(rng, size), mixture.means, mixture.covariances


def filled(
    X: np.ndarray,
    responsibilities: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    fill: str = "",
    left: str = "",
) -> tuple[np.ndarray, np.ndarray]:
    """Each row as each component fills it, (n, k, m), and what is left open of it, (n, k, m, m): by (17.3), or with the
    mistake that ``fill`` or ``left`` names."""
    (n, m), k = X.shape, len(means)
    points, open_ = np.repeat(X[:, np.newaxis], k, axis=1), np.zeros((n, k, m, m))
    for i, u in enumerate(np.isnan(X)):
        common = covariances[:, ~u][:, :, u]  # of seen and unseen, for all components
        slopes = np.linalg.solve(covariances[:, ~u][:, :, ~u], common).transpose(0, 2, 1)
        points[i, :, u] = _gap(fill, X, i, u, means, covariances, slopes).T
        all_, explained = covariances[:, u][:, :, u], slopes @ common
        kept = {"all": all_, "explained": explained}.get(left, all_ - explained)
        kept = np.eye(u.sum()) * kept if left == "variances" else kept
        open_[np.ix_([i], range(k), np.flatnonzero(u), np.flatnonzero(u))] = kept
    if fill == "once":
        points[:] = np.einsum("ij,ija->ia", responsibilities, points)[:, np.newaxis]
    return points, open_


def _gap(fill, X, i, u, means, covariances, slopes):
    """What each component expects in the gaps u of row i, (k, number of gaps)."""
    seen = X[i, ~u] - (means[:, ~u] if fill != "not centred" else 0 * means[:, ~u])
    if fill == "zero":
        return 0 * means[:, u]
    if fill == "column":
        return 0 * means[:, u] + np.nanmean(X[:, u], axis=0)
    if fill == "mean":
        return means[:, u]
    if fill == "no inverse":
        slopes = covariances[:, u][:, :, ~u]
    if fill == "entries inverted":
        slopes = covariances[:, u][:, :, ~u] @ (1 / covariances[:, ~u][:, :, ~u])
    if fill == "each column alone":
        slopes = covariances[:, u][:, :, ~u] / np.diagonal(covariances, axis1=1, axis2=2)[:, np.newaxis, ~u]
    if fill == "other way":
        slopes = -slopes
    return means[:, u] + np.einsum("juo,jo->ju", slopes, seen)


def fitted(
    responsibilities: np.ndarray,
    points: np.ndarray,
    left_open: np.ndarray | None = None,
    divide: str = "",
    divide_squares: str = "",
    open_share: str = "",
    centres: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Means and covariances of rows (n, k, m), each filled by each component, with what they leave open, (n, k, m, m):
    by (17.4), or with the mistake that one of the other arguments names."""
    w, n = responsibilities, len(responsibilities)
    counts = w.sum(axis=0)
    means = np.einsum("ij,ija->ja", w, points) / (n if divide == "n" else counts[:, np.newaxis])
    r = points - (means if centres is None else centres)
    scatters = np.einsum("ij,ija,ijb->jab", w, r, r)
    by = counts[:, np.newaxis, np.newaxis]
    if left_open is None:
        left_open = np.zeros((*points.shape, points.shape[-1]))
    shared = np.einsum("ij,ijab->jab", w, left_open)
    if open_share == "sum":
        return {"means": means, "covariances": scatters / by + shared}
    if open_share == "full":
        shared = left_open.sum(axis=0)
    by = n if "n" in (divide, divide_squares) else by
    return {"means": means, "covariances": (scatters + shared) / by}
