import numpy as np
import pytest
from oracles import random_parameters
from sklearn.mixture import GaussianMixture

from gmm_lib import em
from gmm_lib.datasets import iris, old_faithful, overlapping
from gmm_lib.initialization import distinct_rows, rows_with_replacement
from gmm_lib.model import Steps
from gmm_lib.restarts import BLOCK, run_many
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")


def one_by_one(X, start, reg_covar, tol, max_iter):
    steps = Steps(X, reg_covar)
    return em.run(start, steps.e_step, steps.m_step, lambda p: steps.objective(p) * len(X), tol=tol, max_iter=max_iter)


@pytest.mark.parametrize("data, k", [(iris, 3), (old_faithful, 2), (overlapping, 4)])
@pytest.mark.parametrize("reg_covar, tol, max_iter", [(0, 1e-3, 1000), (1e-3, 1e-6, 1000), (0, 0, 7)])
def test_every_run_is_the_drivers(data, k, reg_covar, tol, max_iter):
    X = data().X
    starts = [rows_with_replacement(X, k, np.random.RandomState(seed)) for seed in range(12)]
    runs = run_many(X, starts, reg_covar, tol=tol, max_iter=max_iter)
    for i, start in enumerate(starts):
        try:
            expected = one_by_one(X, start, reg_covar, tol, max_iter)
        except CollapsedComponentError:
            assert runs.collapsed[i] and np.isnan(runs.log_likelihood[i]) and (runs.clusters[i] == -1).all()
            continue
        assert (runs.n_iter[i], runs.converged[i], runs.collapsed[i]) == (expected.n_iter, expected.converged, False)
        assert runs.log_likelihood[i] == pytest.approx(expected.log_likelihood, abs=1e-6)
        got = runs.parameters(i)
        for name in ("weights", "means", "covariances"):
            np.testing.assert_allclose(getattr(got, name), getattr(expected.state, name), rtol=1e-6, atol=1e-7)
        steps = Steps(X)
        np.testing.assert_array_equal(runs.clusters[i], steps.log_joint(got).argmax(axis=1))


def test_a_collapse_stops_one_run_and_no_other():
    X = iris().X
    starts = [rows_with_replacement(X, 3, np.random.RandomState(seed)) for seed in (0, 2, 1)]  # 2 collapses
    together = run_many(X, starts, max_iter=300)
    alone = [run_many(X, [start], max_iter=300) for start in starts]
    assert together.collapsed.tolist() == [False, True, False]
    one_by_one = np.concatenate([run.log_likelihood for run in alone])  # BLAS may round in another order
    np.testing.assert_allclose(together.log_likelihood, one_by_one, rtol=1e-12)
    np.testing.assert_array_equal(together.n_iter, np.concatenate([run.n_iter for run in alone]))
    assert together.best == np.nanargmax(together.log_likelihood)
    with pytest.raises(ValueError, match="all 1 runs have collapsed"):
        alone[1].best


def test_blocks_do_not_show():
    X = old_faithful().X
    starts = [distinct_rows(X, 2, np.random.RandomState(seed)) for seed in range(BLOCK + 5)]
    runs, last = run_many(X, starts, max_iter=3), run_many(X, starts[-3:], max_iter=3)
    assert len(runs) == BLOCK + 5
    np.testing.assert_allclose(runs.log_likelihood[-3:], last.log_likelihood, rtol=1e-12)


def test_equal_components_stay_equal_for_ever():
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(9))  # draws one row twice
    assert (start.means[0] == start.means[2]).all()
    means = run_many(X, [start], tol=0, max_iter=300).means[0]
    np.testing.assert_array_equal(means[0], means[2])


def test_starts_may_be_arrays():
    X = old_faithful().X
    starts = [distinct_rows(X, 2, np.random.RandomState(seed)) for seed in range(5)]
    means = np.stack([start.means for start in starts])
    arrays = run_many(X, (starts[0].weights, means, starts[0].covariances))
    np.testing.assert_array_equal(arrays.log_likelihood, run_many(X, starts).log_likelihood)
    with pytest.raises(ValueError, match="must be positive definite"):
        run_many(X, (starts[0].weights, means, -starts[0].covariances))


def test_one_more_m_step_is_scikit_learns_rule():
    X = iris().X
    starts = [distinct_rows(X, 3, np.random.RandomState(seed)) for seed in range(4)]
    runs = run_many(X, starts, 1e-6, tol=0.15, last_m_step=True)
    shorter = run_many(X, starts, 1e-6, tol=0.15)
    np.testing.assert_array_equal(runs.n_iter, shorter.n_iter + 1)
    np.testing.assert_allclose(runs.log_likelihood, shorter.log_likelihood, rtol=1e-12)
    for i, start in enumerate(starts):
        theirs = GaussianMixture(
            3, weights_init=start.weights, means_init=start.means, precisions_init=np.linalg.inv(start.covariances)
        ).fit(X)
        assert theirs.n_iter_ == runs.n_iter[i]
        np.testing.assert_allclose(runs.covariances[i], theirs.covariances_, rtol=1e-7, atol=1e-9)


def test_badly_scaled_data_are_run_one_by_one_and_agree():
    X = iris().X * [1, 1e-6, 1e6, 1] + [0, 0, 0, 1e6]
    starts = [distinct_rows(X, 3, np.random.RandomState(seed)) for seed in range(3)]
    runs = run_many(X, starts, max_iter=30)
    for i, start in enumerate(starts):
        expected = one_by_one(X, start, 0, 1e-3, 30)
        assert runs.n_iter[i] == expected.n_iter
        assert runs.log_likelihood[i] == pytest.approx(expected.log_likelihood, abs=1e-5)


def test_bad_input_is_named():
    X = iris().X
    start = distinct_rows(X, 3, np.random.RandomState(0))
    with pytest.raises(ValueError, match="starts must hold at least one"):
        run_many(X, [])
    with pytest.raises(ValueError, match="starts must all have the same number"):
        run_many(X, [start, distinct_rows(X, 2, np.random.RandomState(0))])
    with pytest.raises(ValueError, match="X must have 2 columns"):
        run_many(X, [random_parameters(np.random.default_rng(0), 3, 2)])
    for arguments in (dict(reg_covar=-1), dict(tol=-1), dict(max_iter=0)):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            run_many(X, [start], **arguments)
