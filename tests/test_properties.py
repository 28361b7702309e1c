"""What must hold for every problem: tried on hundreds of generated ones, and EM's promise on thousands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import random_covariance, random_parameters, random_responsibilities
from threadpoolctl import threadpool_limits

from gmm_lib.e_step import mixing_weights, normalize, responsibilities
from gmm_lib.likelihood import log_likelihood, lower_bound
from gmm_lib.m_step import m_step
from gmm_lib.mixture import log_density
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """On matrices as small as these the threads of a BLAS only wait for each other."""
    with threadpool_limits(1):
        yield


@st.composite
def problems(draw):
    """Points and a mixture that did not produce them, of any small shape, in any unit, at any distance."""
    n, m, k = draw(st.integers(1, 30)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([0.1, 1.0, 10.0, 1e3]))
    return spread * rng.standard_normal((n, m)), random_parameters(rng, k, m), rng


def mapped(p, A, b):
    """The mixture of A x + b, where x has the mixture p."""
    return Parameters(p.weights, p.means @ A.T + b, A @ p.covariances @ A.T)


@given(problems())
def test_responsibilities_lie_between_zero_and_one_and_each_row_sums_to_one(problem):
    X, p, _ = problem
    w = responsibilities(X, p)
    assert (w >= 0).all() and (w <= 1).all()
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-15)
    assert mixing_weights(w).sum() == pytest.approx(1, rel=1e-14)


@given(st.lists(st.lists(st.floats(-1e308, 1e308), min_size=3, max_size=3), min_size=1))
def test_any_finite_numbers_can_be_normalised(log_joint):
    w = normalize(log_joint)
    assert ((w >= 0) & (w <= 1)).all()
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-15)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), st.floats(1e-100, 1e100))
def test_the_log_density_of_any_finite_point_is_a_number_or_minus_infinity(x, variance):
    p = Parameters([0.5, 0.5], [[0, 0], [1, 1]], [variance * np.eye(2), variance * np.array([[1, 0.5], [0.5, 1]])])
    (value,) = log_density([x], p)
    assert not np.isnan(value) and value < np.inf


@given(problems())
def test_the_numbering_of_components_changes_nothing_but_the_numbering(problem):
    X, p, rng = problem
    order = rng.permutation(p.k)
    assert log_likelihood(X, p.permuted(order)) == pytest.approx(log_likelihood(X, p), rel=1e-13)
    np.testing.assert_allclose(responsibilities(X, p.permuted(order)), responsibilities(X, p)[:, order], rtol=1e-10)


@given(problems())
def test_the_order_of_the_points_changes_nothing_but_the_order(problem):
    X, p, rng = problem
    order = rng.permutation(len(X))
    assert log_likelihood(X[order], p) == pytest.approx(log_likelihood(X, p), rel=1e-13)
    np.testing.assert_allclose(responsibilities(X[order], p), responsibilities(X, p)[order], rtol=1e-10, atol=1e-300)


@given(problems())
def test_the_points_count_one_by_one(problem):
    X, p, _ = problem
    assert sum(log_likelihood(x[np.newaxis], p) for x in X) == pytest.approx(log_likelihood(X, p), rel=1e-12)


@given(problems(), st.sampled_from([1e-6, 1e-3, 1.0, 1e3, 1e6]))
def test_new_axes_and_units_shift_the_log_likelihood_by_the_log_determinant(problem, unit):
    X, p, rng = problem
    A = unit * np.linalg.cholesky(random_covariance(rng, p.m)) @ np.linalg.qr(rng.standard_normal((p.m, p.m)))[0]
    b = unit * rng.normal(0, 3, p.m)
    expected = log_likelihood(X, p) - len(X) * np.linalg.slogdet(A)[1]
    Y, q = X @ A.T + b, mapped(p, A, b)
    assert log_likelihood(Y, q) == pytest.approx(expected, rel=1e-9, abs=1e-8)
    np.testing.assert_allclose(responsibilities(Y, q), responsibilities(X, p), rtol=1e-5, atol=1e-7)


@given(problems(), st.sampled_from([1e-6, 1.0, 1e6]))
def test_the_m_step_moves_with_the_data(problem, unit):
    X, p, rng = problem
    A = unit * np.linalg.cholesky(random_covariance(rng, p.m)) @ np.linalg.qr(rng.standard_normal((p.m, p.m)))[0]
    X = np.vstack([X, rng.standard_normal((5 * p.m, p.m))])  # enough points for a covariance
    w = random_responsibilities(int(rng.integers(1000)), n=len(X), k=p.k)
    b = unit * rng.normal(0, 3, p.m)
    moved, expected = m_step(X @ A.T + b, w), mapped(m_step(X, w), A, b)
    np.testing.assert_array_equal(moved.weights, expected.weights)
    scale = unit * np.abs(X).max()
    np.testing.assert_allclose(moved.means, expected.means, rtol=1e-9, atol=1e-12 * scale)
    np.testing.assert_allclose(moved.covariances, expected.covariances, rtol=1e-8, atol=1e-12 * scale**2)


@given(problems())
def test_the_bound_is_a_bound_and_touches_at_the_posterior(problem):
    X, p, rng = problem
    value = log_likelihood(X, p)
    w = random_responsibilities(int(rng.integers(1000)), n=len(X), k=p.k)
    assert lower_bound(X, w, p) <= value + 1e-12 * abs(value)
    assert lower_bound(X, posterior(X, p), p) == pytest.approx(value, rel=1e-12)


@given(problems())
def test_an_e_step_raises_the_bound_to_the_log_likelihood_from_any_responsibilities(problem):
    X, p, rng = problem
    w = random_responsibilities(int(rng.integers(1000)), n=len(X), k=p.k)
    touching = lower_bound(X, responsibilities(X, p), p)
    assert lower_bound(X, w, p) <= touching + 1e-12 * abs(touching)


def climb(X, p, iterations):
    """Alternate E and M, and check EM's promises at each half-step; the promise is kept to within rounding."""
    value = log_likelihood(X, p)
    for _ in range(iterations):
        slack = 1e-9 * (abs(value) + len(X))
        w = responsibilities(X, p)
        before = lower_bound(X, w, p)
        assert before == pytest.approx(value, abs=slack)
        p = m_step(X, w)
        after, new = lower_bound(X, w, p), log_likelihood(X, p)
        assert after <= new + slack, "the bound passed the log-likelihood"
        if after > -np.inf:  # one step before it vanishes, a component can be so thin that a square overflows
            assert before - slack <= after, "an M-step lowered the bound"
        assert value - slack <= new, "the log-likelihood fell"
        value = new


def start(rng, X, k, scale):
    """k means near rows of X, random weights, round covariances."""
    rows = X[rng.choice(len(X), k, replace=len(X) < k)]
    means = rows + 0.1 * scale * rng.standard_normal(rows.shape)
    spread = (scale * rng.uniform(0.5, 2, (k, 1, 1))) ** 2
    return Parameters(rng.dirichlet(np.full(k, 3.0)), means, spread * np.eye(X.shape[1]))


def test_the_log_likelihood_never_falls_in_a_thousand_ordinary_problems():
    collapsed = 0
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        n, m, k = rng.integers(30, 80), rng.integers(1, 4), rng.integers(1, 4)
        X = rng.standard_normal((n, m)) + rng.normal(0, 3, (k, m))[rng.integers(0, k, n)]
        try:
            climb(X, start(rng, X, k, 1.0), 6)
        except CollapsedComponentError:
            collapsed += 1
    assert collapsed <= 20  # three components on thirty points do collapse now and then


def test_hostile_problems_end_in_a_climb_or_an_honest_collapse():
    """Few points, ties, heavy tails, all units, large offsets: a component may collapse, nothing else may go wrong."""
    collapsed, trials = 0, 1000
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        n, m, k = rng.integers(1, 40), rng.integers(1, 5), rng.integers(1, 5)
        scale = 10.0 ** rng.integers(-6, 7)
        X = rng.standard_normal((n, m))
        X = [X, X.round(), X**3, X.round(1)][seed % 4]
        X = scale * (X + rng.choice([0, 1, 1e3, 1e6]))
        try:
            climb(X, start(rng, X, k, scale), 10)
        except CollapsedComponentError:
            collapsed += 1
    assert collapsed < trials / 2  # the problems are hostile indeed: many have fewer points than a covariance needs
