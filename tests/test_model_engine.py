"""What the estimator can do beyond scikit-learn's: sample weights, relative floors, collapses, streams, and more."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from gmm_lib.datasets import elongated, iris, old_faithful, overlapping, well_separated
from gmm_lib.initialization import distinct_rows
from gmm_lib.likelihood import log_likelihood
from gmm_lib.model import GaussianMixture
from gmm_lib.streaming import Stepwise
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
X = iris().X


def explicit_start(points, k, seed=0):
    start = distinct_rows(points, k, np.random.RandomState(seed))
    return dict(weights_init=start.weights, means_init=start.means, precisions_init=np.linalg.inv(start.covariances))


def assert_equal_fits(one, other, rtol=1e-7):
    for name in ("weights_", "means_", "covariances_", "lower_bound_"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, err_msg=name)


# -- sample weights ------------------------------------------------------------------------------------------------


def test_a_weight_counts_as_so_many_rows():
    points = old_faithful().X
    s = np.random.default_rng(0).integers(0, 4, len(points))
    estimator = dict(n_components=2, tol=1e-6, reg_covar=1e-6, **explicit_start(points, 2))
    weighted = GaussianMixture(**estimator).fit(points, sample_weight=s)
    assert_equal_fits(weighted, GaussianMixture(**estimator).fit(np.repeat(points, s, axis=0)))
    doubled = GaussianMixture(**estimator).fit(points, sample_weight=2.0 * s)
    assert_equal_fits(weighted, doubled)


def test_weights_that_are_not_weights_are_refused():
    for wrong in (-np.ones(150), np.ones(149)):
        with pytest.raises(ValueError):
            GaussianMixture(2).fit(X, sample_weight=wrong)
    with pytest.raises(ValueError, match="non-zero"):
        GaussianMixture(2).fit(X, sample_weight=np.zeros(150))


# -- the floor -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["kmeans", "k-means++", "random", "distinct_rows", "rows_with_replacement"])
def test_units_and_offsets_do_not_matter_by_default(rule):
    scale, shift = np.array([1e-6, 1, 1e4, 3e8]), np.array([1, 0, -1e4, 1e8])
    arguments = dict(n_components=3, init_params=rule, random_state=0, max_iter=200)
    plain, bent = GaussianMixture(**arguments).fit(X), GaussianMixture(**arguments).fit(X * scale + shift)
    np.testing.assert_array_equal(plain.predict(X), bent.predict(X * scale + shift))
    np.testing.assert_allclose(bent.weights_, plain.weights_, rtol=1e-6)
    np.testing.assert_allclose(bent.means_ / scale, plain.means_ + shift / scale, rtol=1e-6)


def test_the_relative_floor_is_a_millionth_of_each_columns_variance():
    points = overlapping().X
    arguments = dict(n_components=1, max_iter=2, tol=0)
    floored, bare = GaussianMixture(**arguments).fit(points), GaussianMixture(reg_covar=0, **arguments).fit(points)
    np.testing.assert_allclose(
        floored.covariances_[0] - bare.covariances_[0], np.diag(1e-6 * points.var(axis=0)), rtol=1e-6, atol=1e-14
    )


def test_columns_in_different_units_do_not_mislead_the_start():
    points = elongated().X
    labels = GaussianMixture(2, random_state=0).fit_predict(points)
    np.testing.assert_array_equal(GaussianMixture(2, random_state=0).fit_predict(points * [1, 1e5]), labels)


def test_exact_at_an_offset_of_1e8():
    points = np.round(overlapping().X * 2**20) / 2**20  # so that the offset rounds nothing off
    arguments = dict(n_components=3, tol=1e-6, random_state=0, max_iter=500)
    here, there = GaussianMixture(**arguments).fit(points), GaussianMixture(**arguments).fit(points + 1e8)
    assert there.lower_bound_ == pytest.approx(here.lower_bound_, abs=1e-9)
    np.testing.assert_allclose(there.covariances_, here.covariances_, rtol=1e-6)


# -- why it stopped ------------------------------------------------------------------------------------------------


def test_it_says_why_it_stopped_and_what_is_still_to_come():
    fit = GaussianMixture(3, random_state=0).fit(X)
    assert fit.stop_reason_.startswith("tol: the last change was below 0.001")
    further = GaussianMixture(3, tol=1e-10, max_iter=2000, random_state=0).fit(X)
    to_come = float(fit.stop_reason_.rpartition("gain ")[2])
    assert 0 < to_come < 20 * max(further.lower_bound_ - fit.lower_bound_, 1e-3)
    short = GaussianMixture(3, max_iter=4, tol=0, random_state=0).fit(X)
    assert short.stop_reason_.startswith("max_iter: 4 iterations were done")
    np.testing.assert_allclose(np.diff(fit.lower_bounds_)[-1], 1e-3, atol=1e-3)


# -- many runs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["distinct_rows", "random"])
def test_runs_together_are_runs_one_by_one(rule, capsys):
    arguments = dict(n_components=3, n_init=8, init_params=rule, random_state=5, max_iter=300)
    together = GaussianMixture(**arguments).fit(X)
    one_by_one = GaussianMixture(verbose=1, verbose_interval=1000, **arguments).fit(X)
    assert capsys.readouterr().out.count("Initialization") >= 8
    assert together.lower_bounds_ == one_by_one.lower_bounds_
    np.testing.assert_array_equal(together.means_, one_by_one.means_)


# -- collapse ------------------------------------------------------------------------------------------------------


def with_three_equal_points():
    points = np.vstack([well_separated().X, np.tile([[50.0, 50.0]], (3, 1))])
    return points, dict(n_components=2, means_init=[[0, 0], [50, 50]], max_iter=100, random_state=0, reg_covar=0)


def test_on_collapse_floor_runs_it_again_with_a_floor():
    points, arguments = with_three_equal_points()
    with pytest.raises(CollapsedComponentError, match="component 1"):
        GaussianMixture(**arguments).fit(points)
    fit = GaussianMixture(on_collapse="floor", **arguments).fit(points)
    np.testing.assert_allclose(np.diag(fit.covariances_[1]), 1e-6 * points.var(axis=0), rtol=1e-5)


def test_on_collapse_restart_takes_another_start():
    arguments = dict(n_components=3, reg_covar=0, init_params="rows_with_replacement", max_iter=300, random_state=2)
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(**arguments).fit(X)
    with pytest.warns(RuntimeWarning, match="1 were replaced: a component collapsed"):
        fit = GaussianMixture(on_collapse="restart", **arguments).fit(X)
    assert np.isfinite(fit.lower_bound_)
    flat = np.column_stack([X[:, 0], X[:, 0]])
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(2, reg_covar=0, on_collapse="restart", init_params="random", random_state=0).fit(flat)


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="on_collapse must be 'raise', 'restart' or 'floor'; got 'ignore'"):
        GaussianMixture(on_collapse="ignore").fit(X)
    with pytest.raises(ValueError, match="reg_covar must be 'relative' or a number"):
        GaussianMixture(reg_covar="small").fit(X)


# -- without fitting -----------------------------------------------------------------------------------------------


def test_a_model_from_given_parameters():
    fit = GaussianMixture(3, random_state=0).fit(X)
    given = GaussianMixture.from_parameters(fit.weights_, fit.means_, fit.covariances_, random_state=1)
    np.testing.assert_allclose(given.score_samples(X), fit.score_samples(X))
    np.testing.assert_array_equal(given.predict(X), fit.predict(X))
    np.testing.assert_allclose(given.precisions_cholesky_, fit.precisions_cholesky_, rtol=1e-9, atol=1e-12)
    assert given.sample(5)[0].shape == (5, 4) and given.n_components == 3
    with pytest.raises(ValueError, match="weights must sum to one"):
        GaussianMixture.from_parameters([0.5, 0.4], fit.means_[:2], fit.covariances_[:2])


# -- streams -------------------------------------------------------------------------------------------------------


def stream(blocks, size=500):
    rng = np.random.default_rng(0)
    for _ in range(blocks):
        side = rng.random(size) < 0.3
        yield rng.normal(size=(size, 2)) * [1, 0.5] + np.where(side[:, np.newaxis], [4, 0], [0, 1])


def test_a_stream_is_learnt_block_by_block():
    fit = GaussianMixture(2, random_state=0)
    for block in stream(60):
        assert fit.partial_fit(block) is fit
    order = np.argsort(fit.weights_)
    np.testing.assert_allclose(fit.weights_[order], [0.3, 0.7], atol=0.02)
    np.testing.assert_allclose(fit.means_[order], [[4, 0], [0, 1]], atol=0.05)
    for covariance in fit.covariances_:
        np.testing.assert_allclose(covariance, np.diag([1, 0.25]), atol=0.06)
    assert fit.n_iter_ == 60
    assert "30000 points in 60 blocks" in fit.stop_reason_
    points = np.vstack(list(stream(60)))
    best = GaussianMixture(2, tol=1e-6, random_state=0).fit(points)
    assert fit.score(points) > best.score(points) - 2e-3


def test_a_stream_follows_a_change():
    fit = GaussianMixture(2, random_state=0)
    for block in stream(20):
        fit.partial_fit(block)
    for block in stream(60):
        fit.partial_fit(block + [0, 3])
    np.testing.assert_allclose(fit.means_[np.argsort(fit.weights_)], [[4, 3], [0, 4]], atol=0.4)


def test_a_stream_is_checked():
    with pytest.raises(ValueError, match="at least n_components = 3 rows"):
        GaussianMixture(3).partial_fit(X[:2])
    with pytest.raises(NotFittedError):
        GaussianMixture(3).predict(X)
    fit = GaussianMixture(2, random_state=0).partial_fit(X)
    with pytest.raises(ValueError, match="3 features"):
        fit.partial_fit(X[:, :3])
    with pytest.raises(ValueError, match="exponent must be above 0.5"):
        Stepwise(None, None, exponent=0.5)


# -- float32 and large data ----------------------------------------------------------------------------------------


def test_float32_is_fitted_as_float64():
    arguments = dict(n_components=3, reg_covar=1e-6, **explicit_start(X, 3))
    assert_equal_fits(
        GaussianMixture(**arguments).fit(X.astype(np.float32)),
        GaussianMixture(**arguments).fit(X.astype(np.float32).astype(float)),
        rtol=1e-12,
    )


def test_the_bounds_are_the_log_likelihoods():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        shorter, longer = (
            GaussianMixture(3, reg_covar=0, max_iter=i, tol=1e-9, **explicit_start(X, 3)).fit(X) for i in (5, 6)
        )
    assert longer.lower_bound_ * 150 == pytest.approx(log_likelihood(X, shorter.parameters_), rel=1e-12)
