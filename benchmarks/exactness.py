"""How exact is a fit? Ours and scikit-learn's against 60-digit arithmetic, on problems chosen to cost digits.

    .venv/bin/python -m benchmarks.exactness

writes ``benchmarks/results/exactness.csv``. All three start from the same responsibilities (a start that has no
rounding of its own), do the same few iterations, and are compared at the end: the log-likelihood relative to its
size, weights as they are, means in standard deviations of their component, covariances after whitening by the exact
one.
"""

import csv
from pathlib import Path

import numpy as np
from mpmath import mp, mpf
from sklearn.mixture import GaussianMixture as TheirMixture

from gmm_lib.engine import Engine

DIGITS = 60
ITERATIONS = 10
RESULTS = Path(__file__).parent / "results" / "exactness.csv"
ROUNDING = 32 * np.finfo(float).eps  # errors below are those of writing a result down, and of luck
ERRORS = ("log-likelihood", "weights", "means", "covariances")


def problems(n=60):
    """Name -> (X, responsibilities): two overlapping components in the plane, bent in ten ways."""
    rng = np.random.default_rng(0)
    side = rng.integers(2, size=n)
    z = rng.standard_normal((n, 2))
    plain = z + 2.5 * side[:, np.newaxis]
    w = np.where(side[:, np.newaxis] == [0, 1], 1.0, 0.0)

    def correlated(rho, signs):
        slope = np.where(side == 0, *signs)
        x = plain[:, 0]
        return np.column_stack([x, slope * rho * x + np.sqrt(1 - rho**2) * z[:, 1]])

    def scaled(ratio):
        return np.where(side[:, np.newaxis] == 0, z, 2.5 + ratio * z)

    bent = {
        "well-conditioned": plain,
        "offset 1e6": plain + 1e6,
        "offset 1e8": plain + 1e8,
        "scale ratio 1e-4": scaled(1e-4),
        "scale ratio 1e-7": scaled(1e-7),
        "correlation 1-1e-8, same": correlated(1 - 1e-8, (1, 1)),
        "correlation 1-1e-8, opposite": correlated(1 - 1e-8, (1, -1)),
        "correlation 1-1e-13": correlated(1 - 1e-13, (1, 1)),
        "units 1e-6": plain * 1e-6,
        "units 1e6": plain * 1e6,
        "units 1e-6 and 1e6": plain * [1e-6, 1e6],
    }
    return {name: (np.ascontiguousarray(X), w) for name, X in bent.items()}


def exact_fit(X, w, iterations):
    """The same EM in 60 digits: log-likelihood, weights, means, covariances (in two dimensions: inverses by hand)."""
    with mp.workdps(DIGITS):
        points = [[mpf(float(a)) for a in x] for x in X]
        r = [[mpf(float(a)) for a in row] for row in w]
        parameters = _exact_m_step(points, r)
        for _ in range(iterations):
            _, r = _exact_e_step(points, parameters)
            parameters = _exact_m_step(points, r)
        return _exact_e_step(points, parameters)[0], *zip(*parameters)


def _exact_m_step(points, r):
    parameters = []
    for w in zip(*r):
        N = mp.fsum(w)
        mu = [mp.fsum(w_i * x[a] for w_i, x in zip(w, points)) / N for a in (0, 1)]
        parameters.append(
            (N / len(points), mu, [[_covariance(points, w, mu, N, a, b) for b in (0, 1)] for a in (0, 1)])
        )
    return parameters


def _covariance(points, w, mu, N, a, b):
    return mp.fsum(w_i * (x[a] - mu[a]) * (x[b] - mu[b]) for w_i, x in zip(w, points)) / N


def _exact_e_step(points, parameters):
    log_likelihood, r = mpf(0), []
    for x in points:
        terms = []
        for phi, mu, ((a, b), (_, c)) in parameters:
            d, e = x[0] - mu[0], x[1] - mu[1]
            determinant = a * c - b * b
            quadratic = (c * d * d - 2 * b * d * e + a * e * e) / determinant
            terms.append(phi * mp.exp(-quadratic / 2) / (2 * mp.pi * mp.sqrt(determinant)))
        total = mp.fsum(terms)
        log_likelihood += mp.log(total)
        r.append([t / total for t in terms])
    return log_likelihood, r


def our_fit(X, w, iterations, formulation="auto"):
    """Log-likelihood, weights, means and triangular P with P^T P the precision, all of the last state."""
    engine = Engine(X, formulation=formulation)
    state = engine.m_step(w)
    run = engine.run(state, tol=0, max_iter=iterations + 1)  # its last E-step judges the state before it
    last = engine.run(state, tol=0, max_iter=iterations).state
    means = engine.coordinates.centre + last.means @ engine.coordinates.inverse.T
    return run.bounds[-1] * len(X), last.weights, means, last.inverse_factors @ engine.coordinates.matrix


class FromResponsibilities(TheirMixture):
    """scikit-learn's mixture, started by one of its own M-steps from given responsibilities."""

    def _initialize_parameters(self, X, random_state, **_):
        self._initialize(X, self.start)


def their_fit(X, w, iterations):
    """The same four from scikit-learn, without its variance floor; None if it fails."""
    import warnings

    results = []
    for steps in (iterations, iterations + 1):
        fit = FromResponsibilities(w.shape[1], tol=0, max_iter=steps, reg_covar=0)
        fit.start = w
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit.fit(X)
        except ValueError:
            return None
        results.append(fit)
    fit, more = results
    return more.lower_bound_ * len(X), fit.weights_, fit.means_, fit.precisions_cholesky_.transpose(0, 2, 1)


def errors(fit, exact):
    """The four errors of a fit, against the exact one."""
    if fit is None:
        return [np.inf] * 4
    log_likelihood, weights, means, halves = fit
    true_value, true_weights, true_means, true_covariances = exact
    mean_error = covariance_error = 0.0
    with mp.workdps(DIGITS):
        for mean, half, mu, sigma in zip(means, halves, true_means, true_covariances):
            half = mp.matrix(half.tolist())
            sigma = mp.matrix(sigma)
            whitened = mp.cholesky(sigma) ** -1 * mp.matrix([mpf(float(a)) - b for a, b in zip(mean, mu)])
            mean_error = max(mean_error, float(mp.norm(whitened)))
            covariance_error = max(covariance_error, float(mp.norm(half * sigma * half.T - mp.eye(2))))
        value_error = float(abs((mpf(float(log_likelihood)) - true_value) / true_value))
        weight_error = max(float(abs(mpf(float(a)) - b)) for a, b in zip(weights, true_weights))
    return [value_error, weight_error, mean_error, covariance_error]


def table():
    """One row per problem: its name, the formulation taken, then our four errors and scikit-learn's four."""
    rows = []
    for name, (X, w) in problems().items():
        exact = exact_fit(X, w, ITERATIONS)
        engine = Engine(X)
        taken = engine.run(engine.m_step(w), tol=0, max_iter=ITERATIONS).formulations[-1]
        ours, theirs = our_fit(X, w, ITERATIONS), their_fit(X, w, ITERATIONS)
        rows.append([name, taken, *errors(ours, exact), *errors(theirs, exact)])
    return rows


def main():
    rows = table()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.writer(file)
        columns = [f"{who} {error}" for who in ("ours", "scikit-learn") for error in ERRORS]
        writer.writerow(["problem", "formulation", *columns])
        writer.writerows([row[:2] + [f"{value:.1e}" for value in row[2:]] for row in rows])
    for name, taken, *values in rows:
        print(f"{name:30s} {taken:10s}" + "".join(f"{value:9.0e}" for value in values))


if __name__ == "__main__":
    main()
