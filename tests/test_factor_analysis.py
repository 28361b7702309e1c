"""Factor analysis and probabilistic PCA by EM: against scikit-learn, a closed form, and a known truth."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA, FactorAnalysis

from gmm_lib.models import factor_analysis, probabilistic_pca
from gmm_lib.models.factor_analysis import Factors

pytestmark = pytest.mark.filterwarnings("error")
WINE = load_wine().data


@pytest.fixture(scope="module")
def fitted():
    return factor_analysis.fit(WINE, 2, tol=1e-9)


def test_scikit_learn_finds_the_same_factors(fitted):
    """By another algorithm, of singular value decompositions. Loadings are compared as what they say of the points."""
    theirs = FactorAnalysis(2, tol=1e-10, max_iter=20_000, svd_method="lapack").fit(WINE / WINE.std(axis=0))
    in_units = fitted.state.covariance / np.outer(WINE.std(axis=0), WINE.std(axis=0))
    np.testing.assert_allclose(in_units, theirs.get_covariance(), atol=2e-4)
    value = theirs.score(WINE / WINE.std(axis=0)) * len(WINE) - len(WINE) * np.log(WINE.std(axis=0)).sum()
    assert fitted.objective == pytest.approx(value, abs=1e-3)


def test_the_log_likelihood_never_falls(fitted):
    assert fitted.converged and (np.diff(fitted.history) > -1e-8).all()
    other = probabilistic_pca.fit(WINE / WINE.std(axis=0), 3)
    assert other.converged and (np.diff(other.history) > -1e-8).all()


def test_the_log_likelihood_is_that_of_one_gaussian(fitted):
    by_scipy = multivariate_normal(WINE.mean(axis=0), fitted.state.covariance).logpdf(WINE).sum()
    assert fitted.objective == pytest.approx(by_scipy, rel=1e-10)


def test_other_units_change_nothing_but_the_units(fitted):
    units = np.geomspace(0.01, 100, WINE.shape[1])
    again = factor_analysis.fit(WINE * units, 2, tol=1e-9)
    np.testing.assert_allclose(again.state.loadings, fitted.state.loadings * units[:, None], rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(again.state.noise, fitted.state.noise * units**2, rtol=1e-4)


def test_scores_are_the_conditional_gaussian_of_the_joint_one(fitted):
    """From the joint covariance of factors and points, by Schur's complement: without the formula of the E-step."""
    factors = fitted.state
    scores = factor_analysis.e_step(WINE, factors)
    solved = np.linalg.solve(factors.covariance, factors.loadings)
    np.testing.assert_allclose(scores.means, (WINE - factors.mean) @ solved, atol=1e-8)
    np.testing.assert_allclose(scores.covariance, np.eye(2) - factors.loadings.T @ solved, atol=1e-8)


def test_known_factors_are_found_again():
    rng = np.random.default_rng(2)
    truth = Factors(np.arange(9.0), rng.normal(size=(9, 2)) * 2, rng.uniform(0.5, 3, 9))
    X = truth.mean + rng.normal(size=(5000, 2)) @ truth.loadings.T + rng.normal(size=(5000, 9)) * truth.noise**0.5
    found = factor_analysis.fit(X, 2, tol=1e-3).state
    np.testing.assert_allclose(found.covariance, truth.covariance, atol=0.6)  # of up to 15, three standard errors
    assert found.noise == pytest.approx(truth.noise, rel=0.15)


@pytest.mark.parametrize("q", [1, 3])
def test_em_ends_where_tipping_and_bishops_formula_is(q):
    X = WINE / WINE.std(axis=0)
    by_em, formula = probabilistic_pca.fit(X, q, tol=1e-10), probabilistic_pca.closed_form(X, q)
    np.testing.assert_allclose(by_em.state.covariance, formula.covariance, atol=1e-4)
    assert by_em.objective == pytest.approx(factor_analysis.log_likelihood(X, formula), abs=1e-6)


def test_scikit_learn_has_the_same_likelihood_of_probabilistic_pca():
    """Its noise is divided by n - 1, so the two agree on points repeated often."""
    X = np.tile(WINE / WINE.std(axis=0), (200, 1))
    formula = probabilistic_pca.closed_form(X, 2)
    assert factor_analysis.log_likelihood(X, formula) / len(X) == pytest.approx(PCA(2).fit(X).score(X), abs=1e-4)


def test_a_column_that_is_a_factor_is_refused():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(500, 1))
    X = z @ [[1.0, 1.0, 1.0]] + rng.normal(size=(500, 3)) * [1e-9, 1.0, 1.0]
    scores = factor_analysis.Scores(X[:, :1] - X[:, :1].mean(), np.full((1, 1), 1e-20))
    with pytest.raises(ValueError, match="X must have noise of its own in each column; got none left in column 0"):
        factor_analysis.m_step(X, scores)


def test_points_in_too_few_dimensions_have_no_noise_to_learn():
    with pytest.raises(ValueError, match="n_factors must be less than the dimensions that X fills"):
        probabilistic_pca.closed_form(np.outer(np.arange(9.0), [1, 2, 3]), 1)


def test_what_cannot_be_learnt_is_refused():
    line = np.outer(np.arange(6.0), [1, 2, 3])
    for learn in (probabilistic_pca.fit, probabilistic_pca.closed_form):
        with pytest.raises(ValueError, match="n_factors must be less than the dimensions that X fills"):
            learn(line, 1)
    with pytest.raises(ValueError, match="n_factors must be at most 2, the number of rows; got 4"):
        factor_analysis.start(np.random.default_rng(0).normal(size=(2, 6)), 4)
    with pytest.raises(ValueError, match=r"covariance must have shape \(2, 2\), as means has 2 columns"):
        factor_analysis.Scores(np.zeros((5, 2)), np.eye(3))
