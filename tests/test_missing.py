"""Missing values: layer 1 against brute force, closed forms and numerical optima; the engine against layer 1; and the
estimator, which with nothing missing is what it was."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
from mpmath import mp
from oracles import exact, random_parameters
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from gmm_lib import em, missing
from gmm_lib.covariance_types import TYPES, constrained
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.engine import Engine
from gmm_lib.engine.incomplete import IncompleteEngine, IncompletePoints
from gmm_lib.engine.sources import Blocks
from gmm_lib.floor import column_scales, without_gaps
from gmm_lib.likelihood import log_likelihood
from gmm_lib.m_step import m_step
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior
from gmm_lib.sampling import sample
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
NAN = np.nan


def with_gaps(X, share, seed=0):
    """X with that share of its entries missing, but for the first row, so that nothing is missing of a whole column."""
    gaps = np.random.default_rng(seed).random(X.shape) < share
    gaps[0] = False
    return np.where(gaps, NAN, X)


def of_kind(parameters, kind):
    return Parameters(
        parameters.weights, parameters.means, constrained(parameters.covariances, parameters.weights, kind)
    )


def problem(seed, n=40, m=3, k=2, share=0.3, kind="full"):
    """Points with gaps, and a mixture that did not produce them."""
    rng = np.random.default_rng(seed)
    return with_gaps(rng.normal(0, 2, (n, m)), share, seed), of_kind(random_parameters(rng, k, m), kind)


def assert_equal(ours, theirs, atol=1e-9):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=atol, err_msg=name)


def fitted(X, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(*arguments, missing="em", random_state=0, **options).fit(X)


# -- layer 1, by brute force


@pytest.mark.parametrize("seed", range(5))
def test_a_row_has_the_density_of_what_was_seen(seed):
    X, p = problem(seed, m=4, share=0.4)
    X[3] = NAN
    for row, terms in zip(X, missing.log_joint(X, p), strict=True):
        o = np.flatnonzero(~np.isnan(row))
        marginals = [
            multivariate_normal(mean[o], cov[np.ix_(o, o)]).logpdf(row[o]) if o.size else 0.0
            for mean, cov in zip(p.means, p.covariances, strict=True)
        ]
        np.testing.assert_allclose(terms, np.log(p.weights) + marginals, rtol=1e-12)


def test_complete_rows_are_what_they_always_were():
    X, p = problem(1, share=0)
    assert missing.log_likelihood(X, p) == pytest.approx(log_likelihood(X, p), rel=1e-14)
    np.testing.assert_allclose(missing.responsibilities(X, p), posterior(X, p), rtol=1e-13)
    assert_equal(missing.m_step(missing.e_step(X, p)), m_step(X, posterior(X, p)), atol=1e-13)
    np.testing.assert_array_equal(missing.impute(X, p), X)


@pytest.mark.parametrize("seen", [[True, False, True, True], [False, True, False, False]])
def test_the_conditional_is_that_of_the_precision(seen):
    """By the other formula: with L = Sigma^-1 the regression is -L_uu^-1 L_uo, and what is left L_uu^-1."""
    p, seen = random_parameters(np.random.default_rng(3), 2, 4), np.array(seen)
    regressions, left = missing.conditional(p, seen)
    for j, covariance in enumerate(p.covariances):
        precision = np.linalg.inv(covariance)
        inverse = np.linalg.inv(precision[np.ix_(~seen, ~seen)])
        np.testing.assert_allclose(left[j], inverse, rtol=1e-10)
        np.testing.assert_allclose(regressions[j], -inverse @ precision[np.ix_(~seen, seen)], rtol=1e-10)


def test_an_expectation_is_the_integral():
    """A value of two is missing: its conditional mean and variance under each component, summed over a fine grid."""
    p = random_parameters(np.random.default_rng(8), 2, 2)
    expected = missing.e_step([[0.7, NAN]], p)
    grid = np.linspace(-40, 40, 200_001)
    for j in range(2):
        density = multivariate_normal(p.means[j], p.covariances[j]).pdf(
            np.column_stack([np.full(len(grid), 0.7), grid])
        )
        density /= density.sum()
        mean = density @ grid
        assert expected.points[0, j].tolist() == pytest.approx([0.7, mean], rel=1e-9)
        assert expected.covariances[0, j, 1, 1] == pytest.approx(density @ (grid - mean) ** 2, rel=1e-9)
        assert not expected.covariances[0, j, 0].any()


def test_of_a_row_of_which_nothing_was_seen_nothing_is_learnt_but_what_is_known():
    X, p = problem(2)
    X[5] = NAN
    assert missing.log_density(X, p)[5] == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(missing.responsibilities(X, p)[5], p.weights, rtol=1e-14)
    np.testing.assert_allclose(missing.impute(X, p)[5], p.weights @ p.means, rtol=1e-13)
    expected = missing.e_step(X, p)
    np.testing.assert_array_equal(expected.points[5], p.means)
    np.testing.assert_array_equal(expected.covariances[5], p.covariances)


def test_what_is_imputed_is_the_mean_over_the_components():
    X, p = problem(4)
    expected, filled = missing.e_step(X, p), missing.impute(X, p)
    np.testing.assert_array_equal(filled[~np.isnan(X)], X[~np.isnan(X)])
    for i, c in np.argwhere(np.isnan(X)):
        by_hand = sum(expected.responsibilities[i, j] * expected.points[i, j, c] for j in range(2))
        assert filled[i, c] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("kind", TYPES)
def test_em_climbs_the_likelihood_of_what_was_seen(kind):
    X, p = problem(5, n=60, kind=kind)
    steps = missing.Steps(X, 0.0, kind)
    values = [frame.log_likelihood for frame in em.frames(p, steps.e_step, steps.m_step, steps.objective, max_iter=40)]
    assert np.diff(values).min() > -1e-13 and values[-1] > values[0] + 0.1
    assert values[-1] == pytest.approx(missing.log_density(X, steps.m_step(steps.e_step(p))).mean(), abs=2)


def expected_log_likelihood(theta, expected, m, k):
    """E log p(x, component) of complete points, from the definition, with free numbers for the parameters."""
    size, total = m + m * m, 0.0
    shares = np.exp(theta[:k]) / np.exp(theta[:k]).sum()
    for j in range(k):
        own = theta[k + j * size : k + (j + 1) * size]
        L = np.tril(own[m:].reshape(m, m))
        precision = np.linalg.inv(L @ L.T)
        residuals = expected.points[:, j] - own[:m]
        distances = np.einsum("na,ab,nb->n", residuals, precision, residuals)
        distances += np.einsum("nab,ba->n", expected.covariances[:, j], precision)
        logs = np.log(shares[j]) - 0.5 * distances - np.log(np.abs(np.diag(L))).sum() - 0.5 * m * np.log(2 * np.pi)
        total += expected.responsibilities[:, j] @ logs
    return total


def test_the_m_step_is_the_maximum_of_the_expectation():
    """Against a general optimiser, which knows nothing of (12), (13) and (14)."""
    m, k = 2, 2
    X, p = problem(6, n=15, m=m, k=k)
    expected = missing.e_step(X, p)
    new = missing.m_step(expected)
    start = [0.0, 0.0, *(number for j in range(k) for number in (*p.means[j], 1, 0, 0, 1))]
    best = minimize(lambda theta: -expected_log_likelihood(theta, expected, m, k), start, method="BFGS")
    ours = [*np.log(new.weights)]
    ours += [number for j in range(k) for number in (*new.means[j], *new.factors[j].ravel())]
    assert expected_log_likelihood(np.array(ours), expected, m, k) == pytest.approx(-best.fun, abs=1e-8)
    found = best.x[k:].reshape(k, -1)
    np.testing.assert_allclose(found[:, :m], new.means, atol=1e-4)


def test_a_monotone_pattern_has_the_closed_form_of_anderson():
    """Anderson (1957): the first column as it is, and the regression of the second on it from the complete rows."""
    rng = np.random.default_rng(7)
    x = rng.normal(3, 2, 50)
    X = np.column_stack([x, 1 + 0.8 * x + rng.normal(0, 0.5, 50)])
    X[30:, 1] = NAN
    X[x < 2, 1] = NAN  # whether it is missing may depend on what was seen
    both = X[~np.isnan(X[:, 1])]
    slope, intercept = np.polyfit(*both.T, 1)
    left = np.mean((both[:, 1] - intercept - slope * both[:, 0]) ** 2)
    mean, variance = x.mean(), x.var()
    covariance = [[variance, slope * variance], [slope * variance, left + slope**2 * variance]]
    fit = fitted(X, tol=0, max_iter=400, reg_covar=0)
    np.testing.assert_allclose(fit.means_[0], [mean, intercept + slope * mean], rtol=1e-9)
    np.testing.assert_allclose(fit.covariances_[0], covariance, rtol=1e-9)


def test_what_layer_1_refuses():
    X, p = problem(0)
    with pytest.raises(
        ValueError, match=r"X must be finite, or NaN where a value is missing; got inf at index \(0, 0\)"
    ):
        missing.log_joint(np.where(X == X[0, 0], np.inf, X), p)
    with pytest.raises(ValueError, match="X must have 3 columns, one per dimension of the model; got 2"):
        missing.impute(X[:, :2], p)
    with pytest.raises(ValueError, match="X must have a value in each column; got NaN in every row of column 1"):
        missing.Steps(np.where([False, True, False], NAN, X))
    with pytest.raises(ValueError, match="seen must be 3 truths, one per column and at least one True; got"):
        missing.conditional(p, [False, False, False])
    with pytest.raises(ValueError, match="expectations must be what missing.e_step returns; got 3"):
        missing.m_step(3)


# -- the engine: the same as layer 1


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("m, k, share", [(1, 2, 0.3), (2, 1, 0.2), (3, 3, 0.05), (4, 2, 0.6), (7, 3, 0.3)])
def test_a_step_of_the_engine_is_that_of_layer_1(kind, m, k, share):
    X, p = problem(m + k, n=90, m=m, k=k, share=share, kind=kind)
    X[-2:] = NAN
    steps, floor = missing.Steps(X, 0.05, kind), 0.05
    expected = steps.e_step(p)
    for formulation in ("auto", "residuals"):
        engine = IncompleteEngine(X, reg_covar=floor, covariance_type=kind, formulation=formulation)
        state = engine.state(p)
        value, new = engine.step(state)
        assert value == pytest.approx(missing.log_likelihood(X, p), rel=1e-12)
        assert_equal(engine.parameters(new), steps.m_step(expected))
        np.testing.assert_allclose(engine.responsibilities(state, X), expected.responsibilities, atol=1e-12)
        np.testing.assert_allclose(engine.log_joint(state, X), missing.log_joint(X, p), atol=1e-10)


@pytest.mark.parametrize("kind", TYPES)
def test_a_run_of_the_engine_is_that_of_layer_1(kind):
    X, p = problem(11, n=60, m=3, k=2, kind=kind)
    steps, engine = missing.Steps(X, 0.01, kind), IncompleteEngine(X, reg_covar=0.01, covariance_type=kind)
    run = engine.run(engine.state(p), tol=0, max_iter=9)
    result = em.run(p, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=9)
    assert_equal(engine.parameters(run.state), result.state, atol=1e-8)
    assert run.bounds[0] == pytest.approx(steps.objective(p), rel=1e-12) and len(run.bounds) == 9


@pytest.mark.parametrize("kind", ["full", "tied"])
@pytest.mark.parametrize("complete", [True, False])
def test_patterns_of_many_rows_have_a_pass_of_their_own(kind, complete):
    """With correlations of 0.99, with and without complete rows and rare patterns beside them, and with weights."""
    p = of_kind(random_parameters(np.random.default_rng(3), 2, 3), kind)
    turn = np.array([[1, 0.99, 0], [0, 0.14, 0.5], [0, 0, 1]])
    p = Parameters(p.weights, p.means @ turn, turn.T @ p.covariances @ turn)
    X = sample(3000, p, 3)[0]
    gaps = np.random.default_rng(3).random(X.shape) < 0.2
    X[gaps if complete else np.arange(3) == (np.arange(3000) % 3)[:, np.newaxis]] = NAN
    weights = np.random.default_rng(3).integers(1, 3, len(X)).astype(float)
    engine = IncompleteEngine(X, weights, covariance_type=kind)
    assert engine.source.margins and (engine.source.complete is None) == (engine.source.rare is None) == (not complete)
    X, state = np.repeat(X, weights.astype(int), axis=0), engine.state(p)
    assert engine._by_margins(engine._pass(state))
    value, new = engine.step(state)
    steps = missing.Steps(X, 0.0, kind)
    assert value == pytest.approx(missing.log_likelihood(X, p), rel=1e-11)
    assert_equal(engine.parameters(new), steps.m_step(steps.e_step(p)))
    exactly = IncompleteEngine(X, covariance_type=kind, formulation="residuals")
    assert_equal(engine.parameters(new), exactly.parameters(exactly.step(exactly.state(p))[1]))


def test_many_rows_are_cut_into_blocks_and_shared_among_threads():
    X, p = problem(12, n=40_000, m=4, k=3, share=0.3)
    one, two = (IncompleteEngine(X, threads=threads) for threads in (1, 2))
    assert len(one.source.incomplete.chunks) > 1
    value, new = one.step(one.state(p))
    again, same = two.step(two.state(p))
    assert value == again == pytest.approx(missing.log_likelihood(X, p), rel=1e-11)
    np.testing.assert_array_equal(new.means, same.means)
    few = slice(0, None, 40)  # layer 1 holds a matrix for every point
    engine, steps = IncompleteEngine(X[few]), missing.Steps(X[few])
    assert_equal(engine.parameters(engine.step(engine.state(p))[1]), steps.m_step(steps.e_step(p)))


@pytest.mark.parametrize("kind", TYPES)
def test_a_weight_of_two_is_the_row_twice(kind):
    X, p = problem(13, kind=kind)
    weights = np.random.default_rng(0).integers(0, 4, len(X)).astype(float)
    weights[0] = 1
    weighted = IncompleteEngine(X, weights, covariance_type=kind)
    repeated = IncompleteEngine(np.repeat(X, weights.astype(int), axis=0), covariance_type=kind)
    value, new = weighted.step(weighted.state(p))
    again, same = repeated.step(repeated.state(p))
    assert value == pytest.approx(again, rel=1e-13)
    assert_equal(weighted.parameters(new), repeated.parameters(same), atol=1e-12)
    np.testing.assert_allclose(weighted.moments.variances, repeated.moments.variances, rtol=1e-13)


def test_weights_that_are_equal_within_the_parts_only_still_weigh():
    X, p = problem(14, share=0.1)
    weights = np.where(np.isnan(X).any(axis=1), 3.0, 1.0)
    weighted, repeated = IncompleteEngine(X, weights), IncompleteEngine(np.repeat(X, weights.astype(int), axis=0))
    value, new = weighted.step(weighted.state(p))
    again, same = repeated.step(repeated.state(p))
    assert value == pytest.approx(again, rel=1e-13)
    assert_equal(weighted.parameters(new), repeated.parameters(same), atol=1e-12)


def mp_step(X, p):
    """The covariances after one iteration with a single component, in 50 digits, by the formulas of layer 1."""
    (n, m), mean, sigma = X.shape, exact(p.means[0]), mp.matrix(p.covariances[0].tolist())
    points, left = [], mp.zeros(m)
    for row in X:
        o, u = np.flatnonzero(~np.isnan(row)).tolist(), np.flatnonzero(np.isnan(row)).tolist()
        point = mp.matrix([mp.mpf(float(x)) if x == x else mean[c] for c, x in enumerate(row)])
        if u and o:
            oo, uo = (mp.matrix([[sigma[a, b] for b in o] for a in some]) for some in (o, u))
            K = uo * mp.inverse(oo)
            step = K * mp.matrix([point[a] - mean[a] for a in o])
            uu = mp.matrix([[sigma[a, b] for b in u] for a in u]) - K * uo.T
        else:
            step, uu = mp.zeros(len(u), 1), mp.matrix([[sigma[a, b] for b in u] for a in u]) if u else None
        for i, a in enumerate(u):
            point[a] += step[i]
            for j, b in enumerate(u):
                left[a, b] += uu[i, j]
        points.append(point)
    middle = sum(points[1:], points[0]) / n
    for point in points:
        left += (point - middle) * (point - middle).T
    return np.array([float(x) for x in middle]), np.array([[float(left[a, b] / n) for b in range(m)] for a in range(m)])


@pytest.mark.parametrize("correlation", [0.9, 1 - 1e-6, 1 - 1e-10])
def test_columns_that_are_nearly_one_are_told_apart(correlation):
    """Two columns that differ by a hundred-thousandth of their size; where both are missing, the precision of both is
    nearly singular."""
    rng = np.random.default_rng(15)
    sigma = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    sigma[0, 1] = sigma[1, 0] = correlation
    X = with_gaps(rng.standard_normal((30, 3)) @ np.linalg.cholesky(sigma).T, 0.4, 15)
    p = Parameters([1.0], [[0.1, 0.1, -0.2]], [sigma])
    engine = IncompleteEngine(X)
    new = engine.parameters(engine.step(engine.state(p))[1])
    mean, covariance = mp_step(X, p)
    np.testing.assert_allclose(new.means[0], mean, atol=1e-9)
    narrow = np.array([1, -1, 0]) / np.sqrt(2 * (1 - correlation))  # a direction of variance 1
    turn = np.stack([narrow, [0, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(turn @ new.covariances[0] @ turn.T, turn @ covariance @ turn.T, rtol=0, atol=1e-5)
    np.testing.assert_allclose(new.covariances[0], covariance, atol=1e-9)


@pytest.mark.parametrize("kind", TYPES)
def test_offsets_and_units_do_not_matter(kind):
    X, p = problem(16, kind=kind)
    offset, unit = np.array([1e8, -3e6, 0]), (np.full(3, 8.0) if kind == "spherical" else np.array([1e4, 1.0, 1e-3]))
    moved = X * unit + offset
    X = (moved - offset) / unit  # what is left of the digits
    there = Parameters(p.weights, p.means * unit + offset, p.covariances * np.outer(unit, unit))
    ours, theirs = (IncompleteEngine(points, covariance_type=kind) for points in (X, moved))
    value, new = ours.step(ours.state(p))
    again, same = theirs.step(theirs.state(there))
    new, same = ours.parameters(new), theirs.parameters(same)
    jacobian = np.log(unit) @ (~np.isnan(X)).sum(axis=0)
    assert value == pytest.approx(again + jacobian, abs=1e-5)
    np.testing.assert_allclose(same.covariances / np.outer(unit, unit), new.covariances, rtol=1e-6, atol=1e-7)


def test_a_component_far_smaller_than_the_rest_is_measured_from_nearby():
    """The first M-step leaves a component a hundred-millionth as large: the pass is taken again from where it is."""
    rng = np.random.default_rng(17)
    X = np.concatenate([rng.normal(0, 1, (20, 2)), 7 + 1e-8 * rng.standard_normal((20, 2))])
    gaps = rng.random(X.shape) < 0.2
    X[gaps & ~gaps[:, ::-1]] = NAN
    p = Parameters([0.5, 0.5], [[0, 0], [7, 7]], [np.eye(2)] * 2)
    for kind in ("full", "diag"):
        engine, steps = IncompleteEngine(X, covariance_type=kind), missing.Steps(X, 0.0, kind)
        run = engine.run(engine.state(p), tol=0, max_iter=40)
        result = em.run(p, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=40)
        ours = engine.parameters(run.state)
        np.testing.assert_allclose(ours.covariances[1], result.state.covariances[1], rtol=1e-5, atol=1e-20)
        assert ours.covariances[1].max() < 1e-14


def test_what_the_engine_refuses():
    X, p = problem(0)
    with pytest.raises(ValueError, match="X must have a value that is missing, NaN; got none"):
        IncompleteEngine(np.nan_to_num(X))
    with pytest.raises(ValueError, match="X must have a value in each column; got NaN in every row of column 2"):
        IncompleteEngine(np.where([False, False, True], NAN, X))
    with pytest.raises(
        ValueError, match="X must be finite, or NaN where a value is missing; got inf in row 0, column 0"
    ):
        IncompleteEngine(np.where(X == X[0, 0], np.inf, X))
    engine = IncompleteEngine(X)
    with pytest.raises(ValueError, match="responsibilities must come with a state"):
        engine.m_step(missing.responsibilities(X, p))
    far = X.copy()
    far[7] = [NAN, 1e100, NAN]
    engine = IncompleteEngine(far, covariance_type="diag")
    state = engine.state(Parameters([1.0], [[0, 0, 0]], [np.eye(3) * 1e-120]))
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="no component can have produced row 7 of X"):
        engine.step(state)


# -- the estimator


def test_with_nothing_missing_nothing_is_new():
    X = iris().X
    ours, as_before = fitted(X, 3), GaussianMixture(3, random_state=0).fit(X)
    for name in ("weights_", "means_", "covariances_", "lower_bounds_", "stop_reason_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(as_before, name))
    np.testing.assert_array_equal(ours.predict_proba(X), as_before.predict_proba(X))
    np.testing.assert_array_equal(ours.impute(X), X)


def test_hardly_anything_missing_is_hardly_anything_new():
    """A row more of which nothing was seen: the same maximum, by a start that sees almost the same rows."""
    X = old_faithful().X
    options = dict(tol=1e-12, max_iter=2000, reg_covar=0)
    ours, complete = (fitted(points, 2, **options) for points in (np.vstack([X, [[NAN, NAN]]]), X))
    for name in ("means_", "covariances_", "weights_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(complete, name), rtol=1e-4)


@pytest.mark.parametrize("kind", TYPES)
def test_what_produced_the_points_is_found_again(kind):
    """A fifth of the values is missing; the truth lies within the error of the complete fit, times what is lost."""
    truth = of_kind(
        Parameters(
            [0.3, 0.7], [[0, 0, 0], [3, -2, 4]], [[[1, 0.6, 0], [0.6, 1, 0.3], [0, 0.3, 1]], np.diag([2, 1, 0.5]) + 0.2]
        ),
        kind,
    )
    X, _ = sample(8000, truth, 18)
    options = dict(covariance_type=kind, tol=1e-7, max_iter=500)
    ours, complete = (fitted(points, 2, **options) for points in (with_gaps(X, 0.2, 18), X))
    for fit in (ours, complete):
        order = np.argsort(fit.weights_)
        found = fit.parameters_.permuted(order)
        np.testing.assert_allclose(found.weights, truth.weights, atol=0.025)
        np.testing.assert_allclose(found.means, truth.means, atol=0.1)
        np.testing.assert_allclose(found.covariances, truth.covariances, atol=0.13)


def test_to_fill_and_fit_shrinks_variances_and_em_does_not():
    truth = Parameters([1.0], [[0, 0]], [[[1, 0.8], [0.8, 1]]])
    X = sample(4000, truth, 19)[0]
    X[np.random.default_rng(19).random(4000) < 0.4, 1] = NAN
    fit = fitted(X, tol=1e-9, max_iter=300)
    filled = fit.impute(X)
    again = GaussianMixture().fit(filled)
    assert fit.covariances_[0, 1, 1] == pytest.approx(1, abs=0.07)
    # What is left of the second column, 1 - 0.64 of its variance, is forgotten where it was filled in: of 0.4 it lacks.
    assert again.covariances_[0, 1, 1] == pytest.approx(1 - 0.4 * 0.36, abs=0.05)
    correlation = lambda fit: fit.covariances_[0, 0, 1] / np.sqrt(fit.covariances_[0].diagonal().prod())  # noqa: E731
    assert correlation(fit) == pytest.approx(0.8, abs=0.02) and correlation(again) > 0.84


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_asked_of_a_fit_is_what_layer_1_says(kind):
    X = with_gaps(iris().X, 0.2)
    X[9] = NAN
    fit = fitted(X, 3, covariance_type=kind)
    p = fit.parameters_
    np.testing.assert_allclose(fit.score_samples(X), missing.log_density(X, p), atol=1e-9)
    np.testing.assert_allclose(fit.predict_proba(X), missing.responsibilities(X, p), atol=1e-9)
    np.testing.assert_array_equal(fit.predict(X), missing.responsibilities(X, p).argmax(axis=1))
    np.testing.assert_allclose(fit.impute(X), missing.impute(X, p), atol=1e-9)
    assert fit.score_samples(X)[9] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(fit.predict_proba(X)[9], p.weights, rtol=1e-9)
    total, free = missing.log_likelihood(X, p), {"full": 44, "tied": 24, "diag": 26, "spherical": 17}[kind]
    assert fit.score(X) == pytest.approx(total / 150, rel=1e-10)
    assert fit.bic(X) == pytest.approx(-2 * total + free * np.log(150), rel=1e-10)
    assert fit.aic(X) == pytest.approx(-2 * total + 2 * free, rel=1e-10)
    assert fit.lower_bounds_[-1] == pytest.approx(fit.score(X), abs=1e-2)
    points, components = fit.sample(5)
    assert points.shape == (5, 4) and np.isfinite(points).all() and components.shape == (5,)


def test_what_was_seen_is_imputed_to_the_bit_by_any_model():
    X = with_gaps(iris().X, 0.2).astype(np.float32)
    before = X.copy()
    model = GaussianMixture(3, random_state=0).fit(iris().X)  # missing="raise"
    filled = model.impute(X)
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(filled[~np.isnan(X)], X[~np.isnan(X)])
    assert np.isfinite(filled).all()
    given = GaussianMixture.from_parameters(*(getattr(model, name) for name in ("weights_", "means_", "covariances_")))
    np.testing.assert_allclose(given.impute(X), filled, rtol=1e-9)


def test_by_default_nan_is_refused_and_the_option_named():
    X = with_gaps(iris().X, 0.2)
    model = GaussianMixture(3, random_state=0).fit(iris().X)
    for method in (model.fit, model.predict, model.predict_proba, model.score_samples, model.score, model.partial_fit):
        with pytest.raises(
            ValueError, match=r"X must be finite; X\[\d+, \d+\] is NaN: .*GaussianMixture\(missing='em'\)"
        ):
            method(X)


def test_what_the_estimator_refuses():
    X = with_gaps(iris().X, 0.2)
    fit = fitted(X, 3)
    infinite = np.where(np.arange(4) == 2, np.inf, X)
    for method in (fit.fit, fit.predict, fit.score_samples, fit.impute):
        with pytest.raises(ValueError, match="X must be finite, or NaN where a value is missing; X.0, 2. is infinity"):
            method(infinite)
    with pytest.raises(ValueError, match="X must have a value in each column; got NaN in every row of column 3"):
        fit.fit(np.where(np.arange(4) == 3, NAN, X))
    with pytest.raises(ValueError, match="X must have a value in each column; got NaN in every row of column 3"):
        fit.fit(np.where(np.arange(4) == 3, np.where(np.arange(150) > 3, X[:, 3], NAN)[:, np.newaxis] * NAN, X))
    with pytest.raises(ValueError, match="X must be points in an array for missing='em'; got a source"):
        fit.fit(Blocks([iris().X]))
    with pytest.raises(ValueError, match="X must be points in an array, whose gaps are filled in a copy; got a source"):
        fit.impute(Blocks([iris().X]))
    with pytest.raises(ValueError, match=r"X\[\d+, \d+\] is NaN: missing values are not fitted, unless by .*\.fit"):
        fit.partial_fit(X)
    with pytest.raises(ValueError, match="missing must be 'raise' or 'em'; got 'drop'"):
        GaussianMixture(missing="drop").fit(iris().X)
    with pytest.raises(ValueError, match=r"X\[4, 1\] = 1e\+200 is so far out that row 4 has density 0"):
        fit.predict(np.where(np.arange(150)[:, np.newaxis] == 4, [NAN, 1e200, NAN, 0], X))


def test_columns_that_are_never_seen_together_are_named():
    X = np.random.default_rng(25).normal(size=(60, 3))
    X[:30, 2] = X[30:, 0] = NAN
    with pytest.warns(RuntimeWarning, match="columns 0 and 2 of X are never seen in the same row"):
        fitted(X)
    assert fitted(X, covariance_type="diag").converged_  # which does not ask
    assert IncompletePoints(np.vstack([X, np.zeros(3)])).never_together() is None
    X[0, 2] = 1
    assert fitted(X).n_iter_


def test_a_column_that_only_rows_of_weight_zero_have_is_refused():
    X = with_gaps(iris().X, 0.2)
    X[10:, 3] = NAN
    with pytest.raises(ValueError, match="X must have a value in each column; got NaN in every row of column 3"):
        fitted(X, 3).fit(X, sample_weight=np.arange(150) >= 10)


@pytest.mark.parametrize("kind", ["full", "diag"])
def test_order_repetition_and_weights_of_rows_carry_no_information(kind):
    X = with_gaps(iris().X, 0.15)
    rng = np.random.default_rng(20)
    options = dict(covariance_type=kind, tol=1e-6, max_iter=300)
    fit = fitted(X, 2, **options)
    shuffled = fitted(X[rng.permutation(150)], 2, **options)
    assert_equal(shuffled.parameters_, fit.parameters_, atol=1e-7)
    weighted = GaussianMixture(2, missing="em", random_state=0, **options).fit(X, sample_weight=np.full(150, 2.0))
    assert_equal(weighted.parameters_, fit.parameters_, atol=1e-7)


def test_order_and_units_of_columns_do_not_matter():
    X = with_gaps(old_faithful().X, 0.2)
    options = dict(tol=1e-9, max_iter=1000)
    fit = fitted(X, 2, **options)
    turned = fitted(X[:, ::-1] * [60, 1e-3] + [1e4, 7], 2, **options)  # minutes in seconds
    order = np.argsort(fit.means_[:, 0]), np.argsort(turned.means_[:, 1])
    for j, i in zip(*order, strict=True):
        np.testing.assert_allclose(turned.means_[i], fit.means_[j, ::-1] * [60, 1e-3] + [1e4, 7], rtol=1e-6)
        scaled = fit.covariances_[j, ::-1, ::-1] * np.outer([60, 1e-3], [60, 1e-3])
        np.testing.assert_allclose(turned.covariances_[i], scaled, rtol=1e-4)
    np.testing.assert_allclose(turned.score(X[:, ::-1] * [60, 1e-3] + [1e4, 7]) - fit.score(X), _jacobian(X), rtol=1e-6)


def _jacobian(X):
    return -np.log([1e-3, 60]) @ (~np.isnan(X)).mean(axis=0)


@pytest.mark.parametrize("table", ["nullable", "floats", "objects", "masked"])
def test_tables_with_gaps(table):
    X = with_gaps(iris().X, 0.2)
    gaps, fit = np.isnan(X), fitted(X, 3)
    given = {
        "nullable": lambda: pandas.DataFrame(X, columns=list("abcd")).astype("Float64"),
        "floats": lambda: pandas.DataFrame(X, columns=list("abcd")),
        "objects": lambda: pandas.DataFrame(X, columns=list("abcd")).astype(object).where(~gaps, None),
        "masked": lambda: np.ma.masked_array(iris().X, gaps),
    }[table]()
    same = clone(fit).fit(given)
    np.testing.assert_array_equal(same.means_, fit.means_)
    np.testing.assert_array_equal(same.predict(given), fit.predict(X))
    np.testing.assert_array_equal(same.impute(given), fit.impute(X))


@pytest.mark.parametrize("rule", ["short_runs", "kmeans", "k-means++", "random", "random_from_data"])
def test_every_start_and_several_of_them(rule):
    X = with_gaps(iris().X, 0.2)
    one = fitted(X, 2, init_params=rule, max_iter=500)
    several = fitted(X, 2, init_params=rule, n_init=3, max_iter=500)
    assert several.lower_bound_ >= one.lower_bound_ - 1e-9


def test_a_fit_goes_on_copies_and_is_pickled():
    X = with_gaps(iris().X, 0.2)
    whole = fitted(X, 3, tol=0, max_iter=8, init_params="kmeans")
    fit = fitted(X, 3, tol=0, max_iter=4, init_params="kmeans", warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit.fit(X)
    assert_equal(fit.parameters_, whole.parameters_, atol=1e-8)
    copy = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(copy.impute(X), fit.impute(X))


@pytest.mark.parametrize("kind", TYPES)
def test_an_accelerated_fit_ends_where_em_does(kind):
    X = with_gaps(iris().X, 0.2)
    options = dict(covariance_type=kind, reg_covar=0, init_params="kmeans", max_iter=5000)
    plain, faster = (fitted(X, 2, tol=1e-11, acceleration=how, **options) for how in (None, "quasi-newton"))
    assert faster.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-7)
    assert_equal(faster.parameters_, plain.parameters_, atol=1e-3)
    assert faster.n_iter_ < plain.n_iter_


def test_a_component_that_collapses_is_refused_or_given_a_floor():
    X = np.concatenate([np.random.default_rng(0).normal(size=(40, 2)), np.full((9, 2), 30.0)])
    X[3, 0] = X[-1, 1] = NAN
    with pytest.raises(CollapsedComponentError, match="component . has collapsed"):
        fitted(X, 2, reg_covar=0)
    assert fitted(X, 2, reg_covar=0, on_collapse="floor").weights_.min() == pytest.approx(9 / 49, rel=1e-3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_it_passes_scikit_learns_own_checks_and_says_that_nan_is_welcome():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(GaussianMixture(2, missing="em"), on_fail=None)
    assert len(checks) > 30
    assert [check for check in checks if check["status"] not in ("passed", "skipped")] == []
    assert get_tags(GaussianMixture(missing="em")).input_tags.allow_nan
    assert not get_tags(GaussianMixture()).input_tags.allow_nan


# -- what a start and a floor see


def test_gaps_that_are_filled_for_a_scale_do_not_show_in_it():
    X = with_gaps(np.random.default_rng(21).normal(size=(200, 3)), 0.3)
    deviations = np.nanstd(X, axis=0)
    filled = without_gaps(X, np.nanmean(X, axis=0))
    for c in range(3):
        seen = X[~np.isnan(X[:, c]), c : c + 1]
        seen, share = np.append(seen, seen[:1], axis=0), deviations[[c]]  # each value counts once
        alone = column_scales(seen, share)[0]
        assert column_scales(filled, deviations)[c] == alone
        assert np.isin(filled[:, c], seen).all()
    np.testing.assert_array_equal(filled[~np.isnan(X)], X[~np.isnan(X)])
    assert without_gaps(X[:1], np.zeros(3)).tolist() == X[:1].tolist()
    np.testing.assert_array_equal(without_gaps(np.array([[NAN, 1.0], [NAN, 2.0]]), np.array([5.0, 6.0]))[:, 0], 5)


def like_most(X, i, columns, deviations):
    """The row most like row i among those that have these columns, one after the other by hand; None if none has."""
    best, where = np.inf, None
    for d in sorted(range(len(X)), key=lambda d: tuple(np.nan_to_num(X[d], nan=np.inf))):
        if not np.isnan(X[d][columns]).any():
            far = sum(
                2 if np.isnan(a) or np.isnan(b) else ((a - b) / s) ** 2
                for a, b, s in zip(X[i], X[d], deviations, strict=True)
            )
            if far < best - 1e-9:
                best, where = far, d
    return where


def test_a_start_sees_in_a_gap_what_the_row_most_like_it_has():
    rng = np.random.default_rng(23)
    X = with_gaps(rng.normal(size=(40, 4)).round(1) * [1, 10, 1e-3, 1], 0.4, 23)
    deviations, before = np.nanstd(X, axis=0), X.copy()
    filled, joint = missing.hot_deck(X, np.zeros(4), deviations), 0
    np.testing.assert_array_equal(X, before)
    for i in range(40):
        gaps = np.flatnonzero(np.isnan(X[i]))
        donor = like_most(X, i, gaps, deviations)
        joint += donor is not None and len(gaps) > 1
        expected = [X[like_most(X, i, [c], deviations) if donor is None else donor, c] for c in gaps]
        np.testing.assert_array_equal(filled[i, gaps], expected)
        np.testing.assert_array_equal(filled[i, ~np.isnan(X[i])], X[i, ~np.isnan(X[i])])
    assert joint > 5
    order = rng.permutation(40)
    np.testing.assert_array_equal(missing.hot_deck(X[order], np.zeros(4), deviations), filled[order])


def test_a_start_falls_back_on_each_column_alone_and_on_its_mean():
    X = np.array([[0.0, NAN, 1.0, NAN], [0.1, 5.0, NAN, NAN], [NAN, NAN, NAN, NAN], [7.0, 6.0, NAN, NAN]])
    filled = missing.hot_deck(X, [0, 0, 0, 9.0], np.ones(4))
    np.testing.assert_array_equal(filled[:, 3], 9)
    assert filled[0, 1] == 5 and filled[1, 2] == filled[3, 2] == 1 and np.isfinite(filled).all()
    np.testing.assert_array_equal(missing.hot_deck([[1.0, 2.0]], [0, 0], [1, 1]), [[1, 2]])


def test_groups_are_found_where_a_mean_would_lie_between_them():
    """Two groups that only the first column tells apart: where it is missing, one value between them fits neither."""
    rng = np.random.default_rng(24)
    X = np.concatenate([rng.normal(-9, 1, (100, 2)), rng.normal(9, 1, (100, 2))])
    X[::3, 0] = NAN
    filled = missing.hot_deck(X, np.nanmean(X, axis=0), np.nanstd(X, axis=0))
    assert (np.abs(filled[:, 0]) > 4).all() and (np.sign(filled[:, 0]) == np.sign(X[:, 1])).all()


def test_the_moments_are_those_of_what_was_seen():
    X = with_gaps(np.random.default_rng(22).normal(5, 3, (100, 3)), 0.3)
    weights = np.random.default_rng(22).uniform(0, 2, 100)
    moments = IncompletePoints(X, weights).moments(Engine(np.eye(2)).moments.of)
    for c in range(3):
        seen = ~np.isnan(X[:, c])
        mean = np.average(X[seen, c], weights=weights[seen])
        assert moments.mean[c] == pytest.approx(mean, rel=1e-13)
        assert moments.variances[c] == pytest.approx(
            np.average((X[seen, c] - mean) ** 2, weights=weights[seen]), rel=1e-12
        )
        assert (moments.low[c], moments.high[c]) == (np.nanmin(X[:, c]), np.nanmax(X[:, c]))
    assert moments.weight == pytest.approx(weights.sum()) and moments.rows == 100


@pytest.mark.parametrize("kind", TYPES)
def test_a_prior_is_felt_beside_missing_values_as_beside_complete_ones(kind):
    """A gap at the end of a long file must not change what a prior does; and with it the objective never falls."""
    X = iris().X.copy()
    arguments = dict(covariance_type=kind, prior="mclust", missing="em", random_state=0, tol=1e-10, max_iter=3000)
    complete = GaussianMixture(2, **arguments).fit(X)
    given = dict(weights_init=complete.weights_, means_init=complete.means_, precisions_init=complete.precisions_)
    rows = np.vstack([X, np.full(4, np.nan)])
    with_a_row_of_nothing = GaussianMixture(2, **arguments, **given).fit(rows)
    np.testing.assert_allclose(with_a_row_of_nothing.means_, complete.means_, atol=0.02)
    X[::7, 1] = np.nan
    lacking = GaussianMixture(2, **arguments).fit(X)
    assert np.diff(lacking.lower_bounds_).min() > -1e-12
    plain = GaussianMixture(2, **{**arguments, "prior": None}).fit(X)
    assert lacking.score(X) < plain.score(X)  # the mode of the posterior is not that of the likelihood
    quick = GaussianMixture(2, **arguments, acceleration="quasi-newton").fit(X)
    assert quick.lower_bound_ == pytest.approx(lacking.lower_bound_, abs=1e-8)


def test_known_labels_and_missing_values_together_are_refused():
    X = iris().X.copy()
    X[3, 1] = np.nan
    labels = np.full(150, -1)
    GaussianMixture(2, missing="em", random_state=0).fit(X, labels=labels)
    labels[0] = 1
    with pytest.raises(ValueError, match="labels must be None, or -1 throughout, if values of X are missing"):
        GaussianMixture(2, missing="em", random_state=0).fit(X, labels=labels)


# -- the lower bound, and rows that count more than once


def divergence(expected, old, new, X):
    """Kullback and Leibler's divergence of what the E-step at ``old`` says of component and unseen values from what one
    at ``new`` would say: by the chain rule, and the closed form for two Gaussians."""
    other, total = missing.e_step(X, new), 0.0
    for i, row in enumerate(X):
        u = np.isnan(row)
        for j, w in enumerate(expected.responsibilities[i]):
            C, D = (one.covariances[i, j][np.ix_(u, u)] for one in (expected, other))
            apart = (other.points - expected.points)[i, j, u]
            inverse = np.linalg.inv(D)
            logs = np.linalg.slogdet(D)[1] - np.linalg.slogdet(C)[1]
            gaussians = (np.trace(inverse @ C) + apart @ inverse @ apart - u.sum() + logs) / 2
            total += w * (np.log(w / other.responsibilities[i, j]) + gaussians)
    return total


@pytest.mark.parametrize("kind", TYPES)
def test_the_lower_bound_falls_short_of_the_likelihood_by_a_divergence(kind):
    X, old = problem(11, kind=kind)
    expected = missing.e_step(X, old)
    assert missing.lower_bound(expected, old) == pytest.approx(missing.log_likelihood(X, old), rel=1e-12)
    best = missing.m_step(expected, covariance_type=kind)
    for new in (best, problem(12, kind=kind)[1]):
        short = missing.log_likelihood(X, new) - missing.lower_bound(expected, new)
        assert short == pytest.approx(divergence(expected, old, new, X), rel=1e-9) and short > 0
    top = missing.lower_bound(expected, best)
    for shift in (0.01, -0.01):
        assert missing.lower_bound(expected, Parameters(best.weights, best.means + shift, best.covariances)) < top


@pytest.mark.parametrize("kind", TYPES)
def test_a_row_of_weight_two_is_the_same_row_twice(kind):
    X, parameters = problem(13, kind=kind)
    counts = np.arange(len(X)) % 3
    twice = missing.e_step(np.repeat(X, counts, axis=0), parameters)
    expected = missing.e_step(X, parameters)
    ours = missing.m_step(expected, 0.01, kind, counts)
    assert_equal(ours, missing.m_step(twice, 0.01, kind))
    assert missing.lower_bound(expected, ours, counts) == pytest.approx(missing.lower_bound(twice, ours), rel=1e-12)


def test_a_share_of_a_component_of_weight_zero_makes_the_bound_infinite_without_a_warning():
    X, old = problem(14)
    expected = missing.e_step(X, old)
    gone = Parameters(np.r_[0.0, old.weights[1:] / old.weights[1:].sum()], old.means, old.covariances)
    assert missing.lower_bound(expected, gone) == -np.inf
    own = missing.e_step(X, gone)  # here nobody has a share of it
    assert missing.lower_bound(own, gone) == pytest.approx(missing.log_likelihood(X, gone), rel=1e-12)


def test_a_row_that_does_not_count_has_no_say_in_the_bound():
    """Not even one so far out that its log-density is -inf."""
    X, old = problem(15)
    expected, far = missing.e_step(X, old), np.full((1, old.k, old.m), 1e160)
    shares = np.vstack([expected.responsibilities, np.full((1, old.k), 1 / old.k)])
    covariances = np.concatenate([expected.covariances, np.zeros((1, old.k, old.m, old.m))])
    longer = missing.Expectations(shares, np.concatenate([expected.points, far]), covariances)
    with np.errstate(over="ignore"):
        assert missing.lower_bound(longer, old) == -np.inf
        ours = missing.lower_bound(longer, old, np.r_[np.ones(len(X)), 0.0])
    assert ours == pytest.approx(missing.lower_bound(expected, old), rel=1e-12)
