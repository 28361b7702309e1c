"""What a user gets from one call: how often a default ``fit`` reaches the best optimum, and how long it takes.

    .venv/bin/python -m benchmarks.whole_fit            every set, 20 seeds (about ten minutes)
    .venv/bin/python -m benchmarks.whole_fit iris long  the sets whose names contain one of these words

Ours and scikit-learn's estimator, each with its own defaults but for the number of components and the seed, take turns.
A fit *succeeds* if, carried on by our engine to convergence under one and the same floor, it ends within 1e-4 nats per
point of the best end that any fit of the set reached. Times are medians over the seeds, scikit-learn's those with one
thread or with all, whichever is the faster; those of ``predict`` are the best of five turns. The table goes to
``benchmarks/results/whole_fit.csv``.
"""

import csv
import statistics
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

import numpy as np
from sklearn.mixture import GaussianMixture as TheirMixture
from threadpoolctl import threadpool_limits

from benchmarks.speed import RESULTS
from gmm_lib import GaussianMixture
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.engine import Engine
from gmm_lib.floor import relative_floor
from gmm_lib.parameters import Parameters

SEEDS = 20
WITHIN = 1e-4  # nats per point
HEADER = (
    "set", "n", "m", "k", "success", "success_theirs", "fit_ms", "fit_ms_theirs", "fit_ratio",
    "predict_ms", "predict_ms_theirs", "predict_ratio",
)  # fmt: skip


def groups(n: int, m: int, k: int, *, spread: float = 10.0, halving: bool = False, long: float = 1.0) -> np.ndarray:
    """n points of k Gaussian groups around centres drawn from a cube of half-width ``spread``; round ones of deviation
    1, or longer and shorter by up to the factor ``long``; equally many points each, or half as many each time."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(-spread, spread, (k, m))
    shares = 0.5 ** np.arange(k) if halving else np.ones(k)
    which = rng.choice(k, n, p=shares / shares.sum())
    X = np.empty((n, m))
    for j in range(k):
        turn = np.linalg.qr(rng.normal(size=(m, m)))[0]
        own = rng.normal(size=((which == j).sum(), m)) * long ** rng.uniform(-1, 1, m)
        X[which == j] = centres[j] + own @ turn.T
    return X


SETS: dict[str, tuple[Callable[[], np.ndarray], int]] = {
    "iris": (lambda: iris().X, 3),
    "old faithful": (lambda: old_faithful().X, 2),
    "small": (lambda: groups(300, 2, 3), 3),
    "separated, 2,000": (lambda: groups(2_000, 2, 5), 5),
    "separated, 5,000": (lambda: groups(5_000, 8, 10), 10),
    "separated, 10,000": (lambda: groups(10_000, 4, 5), 5),
    "separated, 20,000": (lambda: groups(20_000, 8, 20), 20),
    "separated, 100,000": (lambda: groups(100_000, 8, 10), 10),
    "overlapping, 5,000": (lambda: groups(5_000, 2, 4, spread=3), 4),
    "overlapping, 20,000": (lambda: groups(20_000, 5, 8, spread=3), 8),
    "overlapping, 100,000": (lambda: groups(100_000, 3, 6, spread=2.5), 6),
    "unequal, 5,000": (lambda: groups(5_000, 3, 6, halving=True), 6),
    "unequal, 50,000": (lambda: groups(50_000, 4, 7, halving=True, long=2), 7),
    "long, 5,000": (lambda: groups(5_000, 2, 6, long=4), 6),
    "long, 10,000": (lambda: groups(10_000, 6, 8, long=4), 8),
}


def compare(X: np.ndarray, k: int, seeds: int = SEEDS) -> tuple:
    """Success rates (ours, theirs), median milliseconds of a fit, and best milliseconds of ``predict``."""
    engine = Engine(X, reg_covar=relative_floor(X))
    ends: tuple[list, list] = ([], [])
    times: tuple[list, list, list] = ([], [], [])
    estimators = (GaussianMixture, TheirMixture)
    fits = [one(k, random_state=0).fit(X) for one in estimators]  # what is loaded once is loaded
    for seed in range(seeds):
        for who, one in enumerate(estimators):
            begun = perf_counter()
            fit = one(k, random_state=seed).fit(X)
            times[who].append(1e3 * (perf_counter() - begun))
            start = Parameters(fit.weights_ / fit.weights_.sum(), fit.means_, fit.covariances_)
            ends[who].append(engine.run(engine.state(start), tol=1e-8, max_iter=1000).bounds[-1])
        with threadpool_limits(1):
            times[2].append(_milliseconds(lambda: TheirMixture(k, random_state=seed).fit(X)))  # noqa: B023
    best = max(map(max, ends))
    success = [sum(end > best - WITHIN for end in one) / seeds for one in ends]
    predict = [min(_milliseconds(lambda: fit.predict(X)) for _ in range(5)) for fit in fits]  # noqa: B023
    ours, *theirs = map(statistics.median, times)
    return success, [ours, min(theirs)], predict


def _milliseconds(call):
    begun = perf_counter()
    call()
    return 1e3 * (perf_counter() - begun)


def write(name: str, header: Sequence[str], rows: Iterable) -> None:
    """A table among the results, its measured numbers to four digits."""
    with (RESULTS / name).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([f"{value:.4g}" if isinstance(value, float) else value for value in row] for row in rows)


def main(words: list[str]) -> None:
    """Compare on the sets whose names contain one of the words; write the table if that is all of them."""
    warnings.simplefilter("ignore")
    rows = []
    for name, (make, k) in SETS.items():
        if words and not any(word in name for word in words):
            continue
        X = make()
        success, fit, predict = compare(X, k)
        rows.append([name, *X.shape, k, *success, *fit, fit[1] / fit[0], *predict, predict[1] / predict[0]])
        print(
            f"{name:22} success {success[0]:4.0%} theirs {success[1]:4.0%}   fit {fit[0]:7.1f} ms theirs {fit[1]:7.1f}"
            f"  x {fit[1] / fit[0]:5.1f}   predict {predict[0]:6.2f} ms theirs {predict[1]:6.2f}"
            f"  x {predict[1] / predict[0]:5.1f}",
            flush=True,
        )
    for column in ("fit_ratio", "predict_ratio"):
        mean = np.exp(np.mean([np.log(row[HEADER.index(column)]) for row in rows]))
        print(f"geometric mean of the {column.replace('_', ' ')}s: {mean:.1f}")
    if not words:
        write("whole_fit.csv", HEADER, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
