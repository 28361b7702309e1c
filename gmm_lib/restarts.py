"""Many runs of EM at once: the same E-step and M-step as everywhere, on arrays that hold all the runs.

On small data a run costs little arithmetic and much interpreter. Here each operation serves a block of runs, and a
thousand runs on iris take seconds; a test holds every run equal to :func:`gmm_lib.em.run`.
"""

from dataclasses import dataclass

import numpy as np

from .gaussian import LOG_2PI
from .parameters import Parameters
from .validation import as_non_negative, as_points, as_positive_integer

BLOCK = 128  # runs in one array: enough to hide the interpreter, few enough to stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Restarts:
    """How S runs ended. A collapsed run keeps its last parameters, has log-likelihood NaN and no n_iter of its own.

    Attributes
    ----------
    weights, means, covariances : ndarray, shapes (S, k), (S, k, m), (S, k, m, m)
    log_likelihood : ndarray, shape (S,)
    n_iter : ndarray of int, shape (S,)
        Iterations done; of a collapsed run those before the collapse.
    converged, collapsed : ndarray of bool, shape (S,)
    clusters : ndarray of int, shape (S, n)
        The most probable component of each point; -1 in a collapsed run.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray
    collapsed: np.ndarray
    clusters: np.ndarray

    def __len__(self):
        return len(self.log_likelihood)

    def __repr__(self):
        return f"Restarts({len(self)} runs, {self.converged.sum()} converged, {self.collapsed.sum()} collapsed)"

    def parameters(self, run):
        """The parameters at the end of one run, as :class:`~gmm_lib.parameters.Parameters`."""
        return Parameters(self.weights[run], self.means[run], self.covariances[run])

    @property
    def best(self):
        """Index of the run with the highest log-likelihood."""
        if self.collapsed.all():
            raise ValueError(f"all {len(self)} runs have collapsed: there is no best one.")
        return int(np.nanargmax(self.log_likelihood))


def run_many(X, starts, reg_covar=0.0, *, tol=1e-3, max_iter=100):
    """Run EM from many starts.

    Parameters
    ----------
    X : array_like, shape (n, m)
    starts : sequence of Parameters, length S
        All with the same k and m.
    reg_covar : float
        Variance floor, in squared units of the data.
    tol : float
        A run stops when its log-likelihood (the sum over all points) changes by less. 0 runs all the iterations.
    max_iter : int

    Returns
    -------
    Restarts

    Raises
    ------
    ValueError
        If an argument is not valid. A component that collapses raises nothing: its run is marked.
    """
    starts = list(starts)
    if not starts:
        raise ValueError("starts must hold at least one set of parameters; got none.")
    if len({start.means.shape for start in starts}) > 1:
        raise ValueError("starts must all have the same number of components and dimensions.")
    X = as_points(X, starts[0].m)
    as_non_negative(reg_covar, "reg_covar")
    as_non_negative(tol, "tol")
    as_positive_integer(max_iter, "max_iter")
    blocks = [starts[first : first + BLOCK] for first in range(0, len(starts), BLOCK)]
    results = [_run_block(X, block, reg_covar, tol, max_iter) for block in blocks]
    return Restarts(*(np.concatenate(arrays) for arrays in zip(*results)))


def _run_block(X, starts, reg_covar, tol, max_iter):
    """EM on a block of runs: those that have stopped are set aside, the others go on."""
    n, runs = len(X), len(starts)
    weights, means, covariances = (
        np.stack([getattr(start, name) for start in starts]) for name in ("weights", "means", "covariances")
    )
    value = np.full(runs, np.nan)
    n_iter = np.zeros(runs, dtype=int)
    converged, collapsed = np.zeros((2, runs), dtype=bool)
    clusters = np.full((runs, n), -1)

    active = np.arange(runs)  # indices of the runs still going; w holds their responsibilities
    value[active], w = _normalize(_log_joint(X, weights, means, covariances))
    for iteration in range(1, max_iter + 1):
        new, fine = _m_step(X, w, reg_covar)
        collapsed[active[~fine]] = True
        active = active[fine]
        weights[active], means[active], covariances[active] = (array[fine] for array in new)
        log_joint = _log_joint(X, weights[active], means[active], covariances[active])
        previous = value[active]
        value[active], w = _normalize(log_joint)
        n_iter[active] = iteration
        stop = np.abs(value[active] - previous) < tol
        converged[active[stop]] = True
        clusters[active] = log_joint.argmax(axis=1)
        active, w = active[~stop], w[~stop]
        if not active.size:
            break
    value[collapsed] = np.nan
    clusters[collapsed] = -1
    return weights, means, covariances, value, n_iter, converged, collapsed, clusters


def _log_joint(X, weights, means, covariances):
    """``log phi_j + log f_j(x_i)`` in every run, shape (S, k, n), by forward substitution, one dimension at a time."""
    L = np.linalg.cholesky(covariances)[..., np.newaxis]
    z = []
    for a, residual in enumerate(_residuals(X, means)):
        for b in range(a):
            residual -= L[:, :, a, b] * z[b]
        z.append(residual / L[:, :, a, a])
    half_log_determinant = sum(np.log(L[:, :, a, a]) for a in range(len(z)))
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)[..., np.newaxis]
    return log_weights - half_log_determinant - 0.5 * (len(z) * LOG_2PI + sum(z_a * z_a for z_a in z))


def _residuals(X, means):
    """``x_a - mu_a`` for one dimension a after the other, each of shape (S, k, n)."""
    return [x_a - mean_a[..., np.newaxis] for x_a, mean_a in zip(X.T, np.moveaxis(means, -1, 0))]


def _normalize(log_joint):
    """The log-likelihood of every run, shape (S,), and its responsibilities, shape (S, k, n)."""
    top = log_joint.max(axis=1, keepdims=True)
    w = np.exp(log_joint - top)
    total = w.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0].sum(axis=-1), w / total


def _m_step(X, w, reg_covar):
    """Equations (12), (13) and (14) in every run, and which runs have come through without a collapse."""
    counts = w.sum(axis=-1)
    fine = (counts > 0).all(axis=1)
    counts = np.where(counts > 0, counts, 1)
    means = np.stack([(w * x_a).sum(axis=-1) / counts for x_a in X.T], axis=-1)
    means += np.stack([(w * r_a).sum(axis=-1) / counts for r_a in _residuals(X, means)], axis=-1)
    root = np.sqrt(w)
    residuals = [root * r_a for r_a in _residuals(X, means)]
    covariances = np.empty((*means.shape, len(residuals)))
    for a, r_a in enumerate(residuals):
        for b in range(a + 1):
            covariances[..., a, b] = covariances[..., b, a] = (r_a * residuals[b]).sum(axis=-1) / counts
        covariances[..., a, a] += reg_covar
    return (w.mean(axis=-1), means, covariances), fine & _positive_definite(covariances)


def _positive_definite(covariances):
    """Which runs have only positive definite covariances, judged as :func:`gmm_lib.gaussian.cholesky_factors` does."""
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    fine = ((variances > 0) & np.isfinite(variances)).all(axis=(1, 2))
    scale = np.sqrt(variances[fine])
    correlations = covariances[fine] / scale[..., np.newaxis] / scale[..., np.newaxis, :]
    smallest = np.linalg.eigvalsh(correlations)[..., 0]
    fine[fine] = (smallest > 8 * scale.shape[-1] * np.finfo(np.float64).eps).all(axis=1)
    return fine
