"""How long until the best optimum that anybody knows is found? Ours and scikit-learn's estimator on public data.

    .venv/bin/python -m benchmarks.to_the_optimum              all ten sets (about fifteen minutes)
    .venv/bin/python -m benchmarks.to_the_optimum iris wine    the sets whose names contain one of these words

Ten sets, all of them in this library or in scikit-learn itself, times the four types of covariance. All columns are
standardised; both contestants have the same floor, ``reg_covar = 0.01`` (a hundredth of a variance: with much less the
best optimum is a spurious one, two or three points in a plane, and whoever looks longest wins), and the same ``tol``,
1e-9 per point, as the optimum is to be found to 1e-6.

A contestant starts with seed 0, 1, 2, ...; a run *succeeds* if it ends within 1e-6 nats per point of the best end that
any run of either has reached, all ends judged by one engine. The expected time to the optimum is the time of all runs
over the number that succeeded. Each contestant has two settings, and the better one counts: scikit-learn its starts
"kmeans" and "k-means++", one run each, with one thread of BLAS (a second brings it nothing on sets of this size, see
``speed.csv``); ours ``acceleration="quasi-newton"`` from ``short_runs``, or ten runs together from "k-means++". If no
run succeeded, the time of all runs stands for it, which is too little, and the row says so by a rate of 0.

The whole table goes to ``benchmarks/results/to_the_optimum.csv``, if no set is named.
"""

import sys
import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np
from sklearn import datasets as public
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture as TheirMixture
from threadpoolctl import threadpool_limits

from benchmarks.whole_fit import write
from gmm_lib import GaussianMixture
from gmm_lib.covariance_types import TYPES, full_matrices
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.engine import Engine
from gmm_lib.parameters import Parameters

SEEDS = 10
WITHIN = 1e-6  # nats per point
TOGETHER = dict(tol=1e-9, reg_covar=0.01, max_iter=5000)
OURS = [
    dict(acceleration="quasi-newton"),
    dict(acceleration="quasi-newton", init_params="k-means++", n_init=10),
]
THEIRS = [dict(), dict(init_params="k-means++")]
HEADER = ("set", "n", "m", "k", "type", "best_known", "rate", "rate_theirs", "ms", "ms_theirs", "ratio")


def main_components(X: np.ndarray, m: int) -> np.ndarray:
    """The first m principal components of points X (n, p)."""
    return PCA(m, svd_solver="full").fit_transform(X)


def colours(name: str) -> np.ndarray:
    """Red, green and blue of every 27th pixel of a photograph that comes with scikit-learn: 10,122 of them."""
    return public.load_sample_image(name).reshape(-1, 3)[::27].astype(float)


SETS: dict[str, tuple[Callable[[], np.ndarray], int]] = {
    "iris": (lambda: iris().X, 3),
    "old faithful": (lambda: old_faithful().X, 2),
    "old faithful, waits": (lambda: old_faithful().X[:, 1:], 2),
    "wine": (lambda: public.load_wine().data[:, [0, 1, 6, 9, 12]], 3),
    "cancer, 4 columns": (lambda: public.load_breast_cancer().data[:, [1, 4, 8, 9]], 3),
    "cancer, 10 columns": (lambda: public.load_breast_cancer().data[:, :10], 2),
    "diabetes": (lambda: public.load_diabetes().data[:, [2, 3, 4, 5, 8]], 4),
    "digits": (lambda: main_components(public.load_digits().data, 6), 10),
    "china": (lambda: colours("china.jpg"), 5),
    "flower": (lambda: colours("flower.jpg"), 4),
}


def runs(fit: Callable, settings: list[dict], engine: Engine, kind: str) -> list[tuple[list[float], list[float]]]:
    """For each of the settings the milliseconds and the ends of all seeds, the ends judged by the engine."""
    found = []
    for one in settings:
        times, ends = [], []
        for seed in range(SEEDS):
            begun = perf_counter()
            fitted = fit(seed, one)
            times.append(1e3 * (perf_counter() - begun))
            k, m = fitted.means_.shape
            covariances = full_matrices(fitted.covariances_, k, m, kind)
            weights = fitted.weights_ / fitted.weights_.sum()
            state = engine.state(Parameters(weights, fitted.means_, covariances))
            ends.append(engine.step(state)[0] / engine.moments.rows)
        found.append((times, ends))
    return found


def compare(X: np.ndarray, k: int, kind: str) -> list:
    """Best known optimum, success rates and expected milliseconds of both, and the ratio."""
    engine = Engine(X, reg_covar=TOGETHER["reg_covar"], covariance_type=kind)

    def ours(seed, more):
        return GaussianMixture(k, covariance_type=kind, random_state=seed, **TOGETHER, **more).fit(X)

    def theirs(seed, more):
        with threadpool_limits(1):
            return TheirMixture(k, covariance_type=kind, random_state=seed, **TOGETHER, **more).fit(X)

    ours(0, OURS[0]), theirs(0, THEIRS[0])  # what is loaded once is loaded
    found = runs(ours, OURS, engine, kind), runs(theirs, THEIRS, engine, kind)
    best = max(max(ends) for one in found for _, ends in one)
    rates, times = [], []
    for one in found:
        successes = [sum(end >= best - WITHIN for end in ends) for _, ends in one]
        expected = [sum(times) / max(count, 1) for (times, _), count in zip(one, successes, strict=True)]
        chosen = min(range(len(one)), key=lambda i: (successes[i] == 0, expected[i]))
        rates.append(successes[chosen] / SEEDS)
        times.append(expected[chosen])
    return [best, *rates, *times, times[1] / times[0]]


def main(words: list[str]) -> None:
    """Compare on the sets whose names contain one of the words; write the table if that is all of them."""
    warnings.simplefilter("ignore")
    rows = []
    for name, (make, k) in SETS.items():
        if words and not any(word in name for word in words):
            continue
        X = make()
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        for kind in TYPES:
            rows.append([name, *X.shape, k, kind, *compare(X, k, kind)])
            _, rate, their_rate, ms, their_ms, ratio = rows[-1][5:]
            print(
                f"{name:20} {kind:10} found by {rate:4.0%} theirs {their_rate:4.0%}   {ms:8.1f} ms theirs"
                f" {their_ms:9.1f}  x {ratio:6.1f}",
                flush=True,
            )
    ratios = [row[-1] for row in rows]
    print(f"geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.1f}; the least: {min(ratios):.1f}")
    if not words:
        write("to_the_optimum.csv", HEADER, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
