"""The right answers to homework 7, the whole algorithm. The start of q2 is judged by its properties and has none."""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from gmm_lib import e_step as library
from gmm_lib import mixture
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

from .whole_m_step import whole_step


def e_step(X: np.ndarray, parameters: Parameters) -> dict[str, Any]:
    """The responsibilities (n, k) of the points (n, m), and their log-likelihood."""
    log_joint = mixture.log_joint(X, parameters)
    return {"responsibilities": library.normalize(log_joint), "log_likelihood": logsumexp(log_joint, axis=1).sum()}


def m_step(X: np.ndarray, responsibilities: np.ndarray) -> dict[str, np.ndarray]:
    """Weights (k,), means (k, m) and covariances (k, m, m) from points (n, m) and responsibilities (n, k)."""
    return whole_step(X, responsibilities)


# The loop: it ends at some iteration of a path that is the same for every loop, the wrong ones too.


class Path:
    """The parameters and log-likelihoods of EM from one start, computed as far as they are asked for.

    ``path[t]`` is the pair of both after t iterations; a component that loses its volume on the way there raises a
    :class:`~gmm_lib.validation.CollapsedComponentError`.
    """

    def __init__(self, X: np.ndarray, start: Parameters):
        self.X = X
        self.steps = []
        self._add(start)

    def __getitem__(self, t: int) -> tuple[Any, float]:
        while len(self.steps) <= t:
            self._add(self._m_step())
        return self.steps[t]

    # Bare NumPy: the library's checked functions would take most of a check's second, for paths that are thrown away.

    def _m_step(self):
        counts = self.responsibilities.sum(axis=0)
        means = self.responsibilities.T @ self.X / counts[:, None]
        residuals = self.X - means[:, None]
        weighted = np.swapaxes(residuals * self.responsibilities.T[:, :, None], 1, 2)
        return SimpleNamespace(
            weights=counts / len(self.X), means=means, covariances=weighted @ residuals / counts[:, None, None]
        )

    def _add(self, state):
        determinants = np.linalg.det(state.covariances)
        if not determinants.min() > 1e-6:
            raise CollapsedComponentError(int(np.argmin(determinants)), "its covariance is flat")
        residuals = self.X - state.means[:, None]
        squares = (residuals @ np.linalg.inv(state.covariances) * residuals).sum(axis=2).T
        joint = state.weights * np.exp(-squares / 2) / np.sqrt(determinants)  # no point lies far out here
        density = joint.sum(axis=1)
        self.responsibilities = joint / density[:, None]
        n, m = self.X.shape
        self.steps.append((state, float(np.log(density).sum() - n * m / 2 * np.log(2 * np.pi))))

    def stop(self, max_iter: int, small: Callable[[int], bool]) -> int:
        """The first iteration t >= 1 for which small(t), at most max_iter."""
        return next((t for t in range(1, max_iter) if small(t)), max_iter)

    def gain(self, t: int) -> float:
        """By how much iteration t changes the log-likelihood."""
        return abs(self[t][1] - self[t - 1][1])


@lru_cache(maxsize=32)
def _path_of(data, shape, weights, means, covariances):
    k, m = len(weights) // 8, shape[1]
    read = lambda buffer, *shape: np.frombuffer(buffer).reshape(shape)  # noqa: E731
    return Path(read(data, *shape), Parameters(read(weights, k), read(means, k, m), read(covariances, k, m, m)))


def path(X: np.ndarray, start: Parameters) -> Path:
    """The path from a start, shared: a check runs a dozen wrong loops on the same input, all read off one path."""
    parts = (np.ascontiguousarray(getattr(start, part)).tobytes() for part in ("weights", "means", "covariances"))
    return _path_of(X.tobytes(), X.shape, *parts)


def report(
    path: Path, t: int, parameters: int | None = None, value: float | None = None, count: int | None = None
) -> dict[str, Any]:
    """What a loop returns that ends at iteration t, or one that takes the parameters of another iteration, returns
    another value, or counts otherwise."""
    state = path[t if parameters is None else parameters][0]
    return {
        "weights": state.weights,
        "means": state.means,
        "covariances": state.covariances,
        "log_likelihood": path[t][1] if value is None else value,
        "n_iter": t if count is None else count,
    }


def stop(X: np.ndarray, start: Parameters, tol: float, max_iter: int) -> tuple[Path, int]:
    """The path from a start, and the iteration at which the loop ends."""
    whole = path(X, start)
    return whole, whole.stop(max_iter, lambda t: whole.gain(t) / len(X) < tol)


def fit(X: np.ndarray, start: Parameters, tol: float, max_iter: int) -> dict[str, Any]:
    """EM from a start until the log-likelihood per point changes by less than tol, at most max_iter iterations."""
    return report(*stop(X, start, tol, max_iter))


def stopped(n: int, history: tuple) -> list[float]:
    """The first iteration that gains less than 0.001 a point, of n points, and the log-likelihood it leads to."""
    t = next(t for t in range(1, len(history)) if (history[t] - history[t - 1]) / n < 0.001)
    return [t, history[t]]


def aitken(history: np.ndarray) -> float:
    """Where a sequence of log-likelihoods is going, if its gains shrink at a fixed rate: Aitken's extrapolation."""
    before, gain = history[-2] - history[-3], history[-1] - history[-2]
    rate = gain / before
    return history[-1] + gain * rate / (1 - rate)


ANSWERS = {
    "hw7.q1": stopped,
    "hw7.q3": e_step,
    "hw7.q4": m_step,
    "hw7.q5": fit,
    "hw7.q6": "bdf",
    "hw7.q7": aitken,
}
