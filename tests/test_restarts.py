import threading

import numpy as np
import pytest
from oracles import random_parameters
from sklearn.mixture import GaussianMixture

from gmm_lib import em
from gmm_lib.datasets import iris, old_faithful, overlapping
from gmm_lib.engine import Engine, features
from gmm_lib.engine.restarts import BLOCK, _Batch, run_many
from gmm_lib.initialization import distinct_rows, kmeans, rows_with_replacement
from gmm_lib.parameters import Parameters
from gmm_lib.steps import Steps
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
    runs = run_many(X, starts, reg_covar, total_tol=tol, max_iter=max_iter)
    for i, start in enumerate(starts):
        try:
            expected = one_by_one(X, start, reg_covar, tol, max_iter)
        except CollapsedComponentError:
            assert runs.collapsed[i] and np.isnan(runs.log_likelihood[i]) and (runs.clusters[i] == -1).all()
            continue
        assert (runs.n_iter[i], runs.converged[i], runs.collapsed[i]) == (expected.n_iter, expected.converged, False)
        assert runs.log_likelihood[i] == pytest.approx(expected.objective, abs=1e-6)
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
        alone[1].best  # noqa: B018


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
    means = run_many(X, [start], total_tol=0, max_iter=300).means[0]
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
    runs = run_many(X, starts, 1e-6, total_tol=0.15, last_m_step=True)
    shorter = run_many(X, starts, 1e-6, total_tol=0.15)
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
        assert runs.log_likelihood[i] == pytest.approx(expected.objective, abs=1e-5)


def test_equal_components_stay_equal_however_each_is_rounded(monkeypatch):
    """Nothing makes BLAS round two equal rows alike. Here they are not, in the last digit, in every M-step."""
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(9))  # draws one row twice
    unpack = features.unpack

    def rounded(z):
        return unpack(z) * (1 + np.finfo(float).eps * np.arange(z.shape[1]))[:, np.newaxis]

    monkeypatch.setattr(features, "unpack", rounded)
    end = run_many(X, [start], total_tol=0, max_iter=300)
    for array in (end.weights, end.means, end.covariances):
        np.testing.assert_array_equal(array[0, 0], array[0, 2])
    unequal = Parameters([0.2, 0.4, 0.4], start.means, start.covariances)
    weights = run_many(X, [unequal], total_tol=0, max_iter=20).weights[0]
    assert weights[2] == pytest.approx(2 * weights[0], rel=1e-12)


def test_one_share_needs_no_thread_and_many_do_without(monkeypatch):
    X = old_faithful().X
    starts = [distinct_rows(X, 2, np.random.RandomState(seed)) for seed in range(2 * BLOCK + 5)]
    expected = run_many(X, starts, max_iter=3)
    begun = []

    def refuse(thread):
        begun.append(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    alone = run_many(X, starts[:BLOCK], max_iter=3)
    assert not begun
    monkeypatch.setattr("gmm_lib.engine.restarts.available_processors", lambda: 3)
    together = run_many(X, starts, max_iter=3)
    assert begun
    for got in (alone, together):
        n = len(got)
        np.testing.assert_allclose(got.log_likelihood, expected.log_likelihood[:n], rtol=1e-12)


def test_it_works_where_every_floating_point_error_raises():
    X = iris().X
    far = np.vstack([X, 60 + X[:20]])  # shares of what lies here vanish there
    starts = [rows_with_replacement(X, 3, np.random.RandomState(seed)) for seed in (0, 2, 1)]  # 2 collapses
    nowhere = Parameters([0.2, 0.3, 0.5], [*X[[0, 100]], [500.0] * 4], np.tile(np.eye(4), (3, 1, 1)))
    starts.append(nowhere)  # no point belongs to its third component
    expected = [run_many(points, starts, total_tol=0, max_iter=150) for points in (X, far)]
    with np.errstate(all="raise"):
        got = [run_many(points, starts, total_tol=0, max_iter=150) for points in (X, far)]
    assert expected[0].collapsed.tolist() == [False, True, False, True]
    for one, other in zip(got, expected):
        np.testing.assert_array_equal(one.log_likelihood, other.log_likelihood)


WEIGHTS = np.array([0.2, 0.3, 0.5])
MEANS = iris().X[[[0, 50, 100], [1, 60, 110]]]
COVARIANCES = np.tile(np.eye(4), (2, 3, 1, 1))


def spoilt(array, value, *index):
    array = np.array(array)
    array[index] = value
    return array


LOPSIDED, FLAT, NEGATIVE = (spoilt(COVARIANCES, value, 1, 2) for value in (np.eye(4), np.ones((4, 4)), -np.eye(4)))
LOPSIDED[1, 2, 0, 1] = 0.3
DOORS = {
    "none": ([], "starts must hold at least one Parameters.*got none"),
    "one": (Parameters(WEIGHTS, MEANS[0], COVARIANCES[0]), "starts must be a list of Parameters; got a single one"),
    "a number": (3, "starts must hold at least one Parameters, as a list does; got 3"),
    "other things": ([WEIGHTS], r"starts must hold Parameters, .* starts\[0\] is an array of shape \(3,\)"),
    "sum": (
        (WEIGHTS + np.array([0.4, 0, 0]), MEANS, COVARIANCES),
        "in starts, run 0: weights must sum to one; they sum to 1.4",
    ),
    "sums": (([WEIGHTS, 2 * WEIGHTS], MEANS, COVARIANCES), "in starts, run 1: weights must sum to one; they sum to 2"),
    "negative weight": (([-0.5, 1, 0.5], MEANS, COVARIANCES), r"run 0: weights must not be negative; weights\[0\]"),
    "weight NaN": (([np.nan, 1, 0], MEANS, COVARIANCES), "weights must be finite; got nan"),
    "weights short": (([0.5, 0.5], MEANS, COVARIANCES), r"weights must have shape \(2, 3\), or \(3,\).*got \(2,\)"),
    "one weight": ((1 / 3, MEANS, COVARIANCES), r"weights must have shape .*got \(\)"),
    "means": ((WEIGHTS, MEANS[0], COVARIANCES), "means must have 3 dimension"),
    "mean NaN": ((WEIGHTS, spoilt(MEANS, np.nan, 0, 0, 0), COVARIANCES), "means must be finite"),
    "no runs": ((WEIGHTS, MEANS[:0], COVARIANCES[:0]), "must not be empty"),
    "covariances": ((WEIGHTS, MEANS, np.eye(4)), r"covariances must have shape \(2, 3, 4, 4\), or \(3, 4, 4\)"),
    "asymmetric": ((WEIGHTS, MEANS, LOPSIDED), r"in starts, run 1: covariances\[2\] must be symmetric"),
    "singular": ((WEIGHTS, MEANS, FLAT), "run 1: covariances must be positive definite, but of component 2"),
    "negative": ((WEIGHTS, MEANS, NEGATIVE), "run 1: covariances must be positive definite, but of component 2"),
    "zero": ((WEIGHTS, MEANS, 0 * COVARIANCES), "run 0: covariances must be positive definite, but of component 0"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_bad_start_is_named(door):
    starts, message = DOORS[door]
    with pytest.raises(ValueError, match=message):
        run_many(iris().X, starts)


def test_good_arrays_pass_whatever_is_given_once():
    alike = run_many(iris().X, (WEIGHTS, MEANS, COVARIANCES[0]))
    each = run_many(iris().X, (np.tile(WEIGHTS, (2, 1)), MEANS, COVARIANCES))
    np.testing.assert_array_equal(alike.log_likelihood, each.log_likelihood)


def test_bad_input_is_named():
    X = iris().X
    start = distinct_rows(X, 3, np.random.RandomState(0))
    with pytest.raises(ValueError, match=r"starts must all have the same number.*\(2, 4\) and \(3, 4\)"):
        run_many(X, [start, distinct_rows(X, 2, np.random.RandomState(0))])
    with pytest.raises(ValueError, match="X must have 2 columns"):
        run_many(X, [random_parameters(np.random.default_rng(0), 3, 2)])
    bad = dict(
        reg_covar=[-1, np.nan, [0, 0, -1e-3, 0], [1.0], "relative"],
        total_tol=[-1, np.nan, None],
        max_iter=[0, 1.5, True],
        last_m_step=[1, None],
    )
    for name, values in bad.items():
        for value in values:
            with pytest.raises(ValueError, match=f"{name} must"):
                run_many(X, [start], **{name: value})


def test_components_may_start_with_covariances_of_their_own():
    X = iris().X
    starts = [kmeans(X, 3, np.random.RandomState(seed)) for seed in range(4)]
    same_mean = Parameters([0.5, 0.3, 0.2], X[[0, 0, 99]], [np.eye(4), 2 * np.eye(4), np.eye(4)])  # and yet no twins
    starts.append(same_mean)
    runs = run_many(X, starts, total_tol=1e-6, max_iter=1000)
    for i, start in enumerate(starts):
        expected = one_by_one(X, start, 0, 1e-6, 1000)
        assert runs.n_iter[i] == expected.n_iter
        np.testing.assert_allclose(runs.means[i], expected.state.means, rtol=1e-5)


def test_the_bound_on_rounding_is_the_engines_from_the_start():
    X = iris().X
    starts = [kmeans(X, 3, np.random.RandomState(seed)) for seed in range(3)]
    batch = _Batch(X, 0.0, 1e-3, 10, False)
    arrays = (np.stack([getattr(one, name) for one in starts]) for name in ("weights", "means", "covariances"))
    engine = Engine(X)
    expected = [engine.state(start).roundings.max() for start in starts]
    np.testing.assert_allclose(batch._start(*arrays).rounding, expected, rtol=1e-9)
