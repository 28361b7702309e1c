"""Item response by EM: against published estimates, another package, direct maximisation, and a known truth."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from gmm_lib import datasets
from gmm_lib.models import item_response
from gmm_lib.models.item_response import Items

pytestmark = pytest.mark.filterwarnings("error")
X = datasets.lsat6().X


@pytest.fixture(scope="module")
def fitted():
    return item_response.fit(X, 21, tol=1e-9)


def test_the_published_estimates_are_found(fitted):
    """What R's ltm prints for the same answers: difficulties, discriminations, log-likelihood. (It stops early, where a
    derivative is still 0.024; hence the tolerances.)"""
    assert fitted.converged
    assert fitted.state.difficulties == pytest.approx([-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], abs=4e-3)
    assert fitted.state.slopes == pytest.approx([0.8254, 0.7229, 0.8905, 0.6886, 0.6575], abs=1e-3)
    assert fitted.objective == pytest.approx(-2466.653, abs=5e-4)


def test_another_package_finds_the_same_items(fitted):
    """What ``girth.twopl_mml`` of girth 0.8.0 (Sanchez, on PyPI) returns for the same answers, stored here: options
    ``quadrature_bounds=(-6, 6), quadrature_n=81, max_iteration=2000``. It knows another quadrature, and other steps."""
    assert fitted.state.slopes == pytest.approx([0.82562, 0.72280, 0.89083, 0.68837, 0.65687], abs=2e-4)
    assert fitted.state.difficulties == pytest.approx([-3.35900, -1.37007, -0.27971, -1.86646, -3.12604], abs=4e-4)


def test_the_log_likelihood_never_falls(fitted):
    assert (np.diff(fitted.history) > -1e-9).all() and fitted.history[-1] > fitted.history[0] + 1


def direct_minus_log_likelihood(parameters, patterns, people):
    """The integral over the ability by the trapezoidal rule on a fine grid: no quadrature of ours, no E-step."""
    abilities = np.linspace(-9, 9, 721)
    p = expit(np.outer(parameters[:5], abilities) + parameters[5:, np.newaxis])
    given = np.prod(np.where(patterns[:, :, np.newaxis] == 1, p, 1 - p), axis=1)
    return -people @ np.log(np.trapezoid(given * norm.pdf(abilities), abilities, axis=1))


def test_direct_maximisation_ends_at_the_same_items(fitted):
    patterns, people = np.unique(X, axis=0, return_counts=True)
    end = minimize(
        direct_minus_log_likelihood, np.r_[np.ones(5), np.zeros(5)], (patterns, people), options={"gtol": 1e-3}
    )
    assert -end.fun == pytest.approx(fitted.objective, abs=1e-5)
    assert end.x[:5] == pytest.approx(fitted.state.slopes, abs=2e-3)
    assert end.x[5:] == pytest.approx(fitted.state.intercepts, abs=2e-3)


def test_the_m_step_is_each_items_best_logistic_regression():
    """Against the bound itself, climbed by SciPy for one item alone."""
    start = Items([1.0, 0.5, 2.0, 1.0, 0.2], [2.0, 1.0, 0.0, 1.5, 2.0])
    w = item_response.e_step(X, start, 15)
    new = item_response.m_step(X, w)
    places, _ = item_response.quadrature(15)
    for j in range(5):

        def minus_bound(b, j=j):
            odds = b[0] * places + b[1]
            return (w * np.logaddexp(0, np.where(X[:, j, np.newaxis] == 1, -odds, odds))).sum()

        best = minimize(minus_bound, [0.5, 0.5], options={"gtol": 1e-6})
        assert (new.slopes[j], new.intercepts[j]) == pytest.approx(best.x, abs=1e-4)
        assert minus_bound((new.slopes[j], new.intercepts[j])) <= best.fun + 1e-9


def test_known_items_are_found_again():
    rng = np.random.default_rng(5)
    truth = Items([0.6, 1.0, 1.4, 2.0, 0.8, 1.2], [1.5, -1.0, 0.0, 0.5, -0.5, 1.0])
    abilities = rng.normal(size=10_000)
    answers = (rng.random((10_000, 6)) < truth.probabilities(abilities).T).astype(float)
    found = item_response.fit(answers, 21, tol=1e-3).state
    assert found.slopes == pytest.approx(truth.slopes, abs=0.2)  # three standard errors of the steepest
    assert found.intercepts == pytest.approx(truth.intercepts, abs=0.15)
    means, deviations = item_response.expected_abilities(answers, found)
    within = np.abs(abilities - means) < norm.ppf(0.9) * deviations  # 80 in 100, where a posterior is about normal
    assert within.mean() == pytest.approx(0.8, abs=0.02)


def test_an_expected_ability_is_an_integral(fitted):
    items, answers = fitted.state, np.array([1.0, 0, 1, 1, 0])
    like = lambda t: np.prod(np.where(answers == 1, p := expit(items.slopes * t + items.intercepts), 1 - p))  # noqa: E731
    moments = [quad(lambda t, r=r: t**r * like(t) * norm.pdf(t), -10, 10)[0] for r in range(3)]
    mean, second = moments[1] / moments[0], moments[2] / moments[0]
    means, deviations = item_response.expected_abilities(answers[np.newaxis], items)
    assert means[0] == pytest.approx(mean, abs=1e-6)
    assert deviations[0] == pytest.approx(np.sqrt(second - mean**2), abs=1e-6)


def test_quadrature_has_the_moments_of_a_standard_normal():
    places, weights = item_response.quadrature(5)
    assert [weights @ places**r for r in range(10)] == pytest.approx([1, 0, 1, 0, 3, 0, 15, 0, 105, 0], abs=1e-9)


def test_information_is_the_squared_slope_of_a_curve_over_its_variance():
    items, t, h = Items([0.5, 1.5], [1.0, -2.0]), np.array([-1.0, 0.3, 2.0]), 1e-5
    p = items.probabilities(t)
    rise = (items.probabilities(t + h) - items.probabilities(t - h)) / (2 * h)
    np.testing.assert_allclose(items.information(t), rise**2 / (p * (1 - p)), rtol=1e-8)


def test_an_m_step_comes_down_from_a_newton_step_that_leads_too_far():
    """Few people at far places, where the curve is nearly flat and its parabola is not."""
    places = np.array([-8.0, -7.0, 7.0, 8.0])
    people, solvers = np.array([1.0, 30.0, 2.0, 1.0]), np.array([[0.99, 0.01, 1.99, 0.01]])
    slope, intercept = item_response._regressions(places, people, solvers)

    def minus_bound(b):
        odds = b[0] * places + b[1]
        return (solvers * np.logaddexp(0, -odds) + (people - solvers) * np.logaddexp(0, odds)).sum()

    best = minimize(minus_bound, [0.1, -1.0], options={"gtol": 1e-7})
    assert minus_bound((slope[0], intercept[0])) <= best.fun + 1e-7


def test_people_who_all_stand_at_one_place_tell_no_slope():
    w = np.zeros((2, 5))
    w[:, 2] = 1
    with pytest.raises(ValueError, match="responsibilities must put people at two places or more; got all"):
        item_response.m_step([[1, 0], [0, 1]], w)


@pytest.mark.parametrize(
    "answers, message",
    [
        (np.eye(4) * 2, r"X must hold 1 for a right answer and 0 for a wrong one; got 2 at index \(0, 0\)"),
        (np.c_[np.eye(4), np.ones(4)], "X must have right and wrong answers in each column; got 1 in all of column 4"),
        (np.eye(2), "X must have at least 3 columns, one per item; got 2"),
    ],
)
def test_answers_that_cannot_be_learnt_from_are_refused(answers, message):
    with pytest.raises(ValueError, match=message):
        item_response.fit(answers)
