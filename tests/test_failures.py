"""The gallery of chapter 19: each failure fails as it is told, and holds once it is cured."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Theirs

from gmm_lib import GaussianMixture, combining, datasets, em, selection
from gmm_lib.e_step import responsibilities
from gmm_lib.engine import run_many
from gmm_lib.gaussian import log_densities
from gmm_lib.initialization import distinct_rows
from gmm_lib.likelihood import log_likelihood
from gmm_lib.m_step import m_step
from gmm_lib.models import noise, t_mixture
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior
from gmm_lib.sampling import sample
from gmm_lib.steps import Steps
from gmm_lib.validation import CollapsedComponentError

FIVE = Parameters([0.2] * 5, [[0, 0], [4, 4], [-4, 4], [4, -4], [-4, -4]], [0.6 * np.eye(2)] * 5)
CLOUDS, OF_CLOUD = sample(150, FIVE, np.random.default_rng(3))


def climb(X, start, **options):
    """Plain EM, without a floor."""
    steps = Steps(X)
    return em.run(start, steps.e_step, steps.m_step, steps.objective, tol=1e-9, max_iter=2000).state


def clusters(X, fit):
    return posterior(X, fit).argmax(axis=1)


def test_underflow():
    X = datasets.far_outlier().X
    p = Parameters([0.5, 0.5], [[-2, 0], [2, 0]], [0.64 * np.eye(2)] * 2)
    with np.errstate(all="ignore"):
        joint = p.weights * np.exp(log_densities(X, p.means, p.covariances))
        linear = joint / joint.sum(axis=1, keepdims=True)
    assert np.isnan(linear[-1]).all() and np.isfinite(linear[:-1]).all()
    with pytest.raises(ValueError, match="responsibilities must be finite"):
        m_step(X, linear)
    log_odds = norm.logpdf(X[-1, 0], 2, 0.8) - norm.logpdf(X[-1, 0], -2, 0.8)  # the second columns cancel
    w = responsibilities(X, p)
    assert w[-1] == pytest.approx([1 / (1 + np.exp(log_odds)), 1]) and (w.sum(axis=1) == pytest.approx(1))


def test_collapse():
    rows = distinct_rows(CLOUDS, 7, np.random.RandomState(6))
    with pytest.raises(CollapsedComponentError):
        climb(CLOUDS, rows)
    start = dict(weights_init=rows.weights, means_init=rows.means, precisions_init=np.linalg.inv(rows.covariances))
    options = dict(reg_covar=0, tol=1e-6, max_iter=2000, **start)
    with pytest.raises(ValueError, match="collapsed|ill-defined"):  # no matter of ours alone
        Theirs(7, **options).fit(CLOUDS)
    cured = GaussianMixture(7, prior="mclust", **options).fit(CLOUDS)
    assert np.linalg.eigvalsh(cured.covariances_).min() > 0.1 and (150 * cured.weights_).min() > 5


def test_twins():
    X = datasets.same_row_twice()
    stay = climb(X.X, Parameters([0.5] * 2, [X.X[0]] * 2, [np.cov(X.X.T)] * 2))
    np.testing.assert_array_equal(stay.means[0], stay.means[1])
    np.testing.assert_allclose(stay.means[0], X.X.mean(axis=0))
    part = climb(X.X, distinct_rows(X.X, 2, np.random.RandomState(0)))
    assert adjusted_rand_score(X.labels, clusters(X.X, part)) == 1


def test_the_wrong_hill():
    starts = [distinct_rows(CLOUDS, 5, np.random.RandomState(seed)) for seed in range(9)]
    runs = run_many(CLOUDS, starts, 0.0, total_tol=1e-7, max_iter=2000)
    wrong, best = runs.parameters(5), runs.parameters(runs.best)
    assert adjusted_rand_score(OF_CLOUD, clusters(CLOUDS, wrong)) < 0.85
    assert adjusted_rand_score(OF_CLOUD, clusters(CLOUDS, best)) == 1
    assert runs.log_likelihood[5] < log_likelihood(CLOUDS, best) - 20  # and that is how one knows, without labels


def test_too_many_components():
    scan = selection.scan(CLOUDS, (4, 5, 6, 8), n_init=5, reg_covar=0.02)
    assert scan.log_likelihood.argmax() == 3
    assert adjusted_rand_score(OF_CLOUD, clusters(CLOUDS, scan.fits[3])) < 0.95
    assert scan.best("bic") == 5 and adjusted_rand_score(OF_CLOUD, clusters(CLOUDS, scan.fits[1])) == 1


@pytest.fixture(scope="module")
def strangers():
    two = Parameters([0.5, 0.5], [[-3, 0], [3, 0]], [[[0.95, 0.59], [0.59, 0.74]], [[0.81, -0.32], [-0.32, 0.44]]])
    inside, kinds = sample(180, two, np.random.default_rng(11))
    return np.vstack([inside, np.random.default_rng(1).uniform(-10, 10, (20, 2))]), kinds, two


def test_outliers(strangers):
    X, kinds, two = strangers
    plain = selection.best_fit(X, 2, n_init=10)
    assert abs(adjusted_rand_score(kinds, clusters(X, plain)[:180])) < 0.1
    theirs = Theirs(2, n_init=5, random_state=0).fit(X)  # from k-means: better clusters, and yet a worse search
    assert adjusted_rand_score(kinds, theirs.predict(X[:180])) == 1
    assert log_likelihood(X, plain) > 200 * theirs.score(X) + 20
    starts = [distinct_rows(X, 2, seed) for seed in range(3)]
    cured = max((noise.fit(X, start, reg_covar=1e-3) for start in starts), key=lambda run: run.objective).state
    named = noise.e_step(X, cured).argmax(axis=1)
    assert adjusted_rand_score(kinds, named[:180]) > 0.95 and (named[180:] == 2).sum() >= 16
    order = np.argsort(cured.parameters.means[:, 0])
    np.testing.assert_allclose(cured.parameters.means[order], two.means, atol=0.2)
    runs = [t_mixture.fit(X, start, reg_covar=1e-3, tol=1e-3) for start in starts]
    tails = max(runs, key=lambda run: run.objective).state
    latent = t_mixture.e_step(X, tails)
    assert adjusted_rand_score(kinds, latent.responsibilities[:180].argmax(axis=1)) > 0.95
    order = np.argsort(tails.parameters.means[:, 0])
    np.testing.assert_allclose(tails.parameters.means[order], two.means, atol=0.2)
    trust = (latent.responsibilities * latent.scales).sum(axis=1)
    assert np.median(trust[180:]) < 0.1 < 0.9 < np.median(trust[:180])


def test_clusters_that_are_no_ellipses():
    X, halves = make_moons(300, noise=0.1, random_state=0)
    scan = selection.scan(X, (2, 5, 6, 7), n_init=4)
    assert scan.best("bic") == scan.best("icl") == 6
    w = posterior(X, scan.fits[2])
    assert adjusted_rand_score(halves, w.argmax(axis=1)) < 0.5
    assert adjusted_rand_score(halves, clusters(X, scan.fits[0])) < 0.5  # nor do two Gaussians find them
    cured = combining.joined(w, combining.combine(w, 2))
    assert adjusted_rand_score(halves, cured.argmax(axis=1)) > 0.95


def test_structure_where_there_is_none():
    rng = np.random.default_rng(5)
    normal = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 2000, method="cholesky")[:1000]
    heavy = normal / np.sqrt(rng.gamma(2, 1 / 2, (1000, 1)))

    def chosen(points):
        return selection.scan(points, (1, 2), n_init=2, total_tol=1e-3).best("bic")

    three = np.bincount(clusters(normal[:200], selection.best_fit(normal[:200], 3, n_init=3)))
    assert len(three) == 3 and three.min() > 0  # asked for three, it gives three
    assert chosen(normal[:200]) == chosen(normal) == 1
    skewed = np.exp(0.15 * normal)
    assert chosen(skewed[:200]) == 1 and chosen(skewed) == 2 and chosen(np.log(skewed)) == 1
    one_t = t_mixture.fit(heavy, selection.best_fit(heavy, 1), tol=1e-3).objective
    one, two = (selection.bic(heavy, selection.best_fit(heavy, k, n_init=2, total_tol=1e-3)) for k in (1, 2))
    assert 6 * np.log(1000) - 2 * one_t < two < one
