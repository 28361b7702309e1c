"""What the estimator can do beyond scikit-learn's: sample weights, relative floors, collapses, streams, and more."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from gmm_lib.datasets import elongated, far_outlier, iris, old_faithful, overlapping, well_separated
from gmm_lib.engine.sources import Blocks, InMemory
from gmm_lib.engine.streaming import Stepwise
from gmm_lib.floor import relative_floor
from gmm_lib.initialization import distinct_rows
from gmm_lib.likelihood import log_likelihood
from gmm_lib.mixture import log_density
from gmm_lib.model import GaussianMixture
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


@pytest.mark.parametrize("rule", ["kmeans", "distinct_rows", "random"])
@pytest.mark.parametrize("n_init", [1, 6])
def test_what_carries_no_information_changes_nothing(rule, n_init, capsys):
    points = X.astype(np.float32)
    double = points.astype(np.float64)
    for seed in range(4):  # several runs end in the same place: which is the best then depends on rounding alone
        arguments = dict(n_components=3, n_init=n_init, init_params=rule, random_state=seed)
        plain = GaussianMixture(**arguments).fit(double)
        others = [
            GaussianMixture(verbose=2, verbose_interval=3, **arguments).fit(double),
            GaussianMixture(**arguments).fit(points),
            GaussianMixture(**arguments).fit(np.asfortranarray(double)),
            GaussianMixture(**arguments).fit(np.repeat(double, 2, axis=1)[:, ::2]),
            GaussianMixture(**arguments).fit(np.ma.array(double)),
            GaussianMixture(**arguments).fit(double, sample_weight=np.ones(150)),
            GaussianMixture(**arguments).fit(double, sample_weight=np.full(150, 2.0)),
            GaussianMixture(**arguments).fit(double, sample_weight=np.full(150, 0.1)),
        ]
        for other in others:
            if other.means_.dtype == np.float32:
                assert_same_mixture(plain.parameters_, other.parameters_)
            else:
                assert_equal_fits(plain, other, rtol=1e-12)
            assert other.lower_bounds_ == plain.lower_bounds_
            np.testing.assert_array_equal(other.predict(points), plain.predict(double))
    assert "Initialization 1 of" in capsys.readouterr().out


@pytest.mark.parametrize("rule", ["kmeans", "k-means++"])
def test_order_and_repetition_of_the_rows_change_nothing(rule):
    arguments = dict(n_components=3, init_params=rule, random_state=0, n_init=2, tol=1e-5, max_iter=500)
    plain = GaussianMixture(**arguments).fit(X)
    shuffled = np.random.default_rng(0).permutation(150)
    times = np.random.default_rng(1).integers(1, 4, 150)
    assert_equal_fits(plain, GaussianMixture(**arguments).fit(X[shuffled]))
    assert_equal_fits(plain, GaussianMixture(**arguments).fit(np.repeat(X, 2, axis=0)))
    repeated = GaussianMixture(**arguments).fit(np.repeat(X, times, axis=0)[::-1])
    assert_equal_fits(repeated, GaussianMixture(**arguments).fit(X, sample_weight=times))


def test_weights_that_are_not_weights_are_refused():
    for wrong in (-np.ones(150), np.ones(149)):
        with pytest.raises(ValueError, match="sample_weight must be"):
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
    to_come = float(fit.stop_reason_.rpartition("gain ")[2].split(",")[0])
    assert 0 < to_come < 20 * max(further.lower_bound_ - fit.lower_bound_, 1e-3)
    short = GaussianMixture(3, max_iter=4, tol=0, random_state=0).fit(X)
    assert short.stop_reason_.startswith("max_iter: 4 iterations were done")
    np.testing.assert_allclose(np.diff(fit.lower_bounds_)[-1], 1e-3, atol=1e-3)


@pytest.mark.parametrize("tol, max_iter", [(1e-3, 100), (1e-5, 500), (0, 9)])
def test_what_is_still_to_come_is_the_rest_of_the_geometric_series(tol, max_iter):
    fit = GaussianMixture(3, random_state=0, tol=tol, max_iter=max_iter).fit(X)
    before, last = np.diff(fit.lower_bounds_[-3:])
    rest = sum(last * (last / before) ** i for i in range(1, 5000))
    assert f"likelihood was {last:.1e}, {last / before:.3f} of the one before" in fit.stop_reason_
    assert f"still gain {rest:.1e}, and probably more" in fit.stop_reason_


def test_without_two_shrinking_steps_nothing_is_foretold():
    one = GaussianMixture(1, random_state=0).fit(X)  # the second bound is the last: a single step, of 0
    assert one.stop_reason_ == "tol: the last change was below 0.001"
    with pytest.warns(ConvergenceWarning):
        two = GaussianMixture(3, random_state=0, max_iter=2).fit(X)
    assert two.stop_reason_ == "max_iter: 2 iterations were done"
    growing = GaussianMixture(2, tol=0, max_iter=3, init_params="random", random_state=0, reg_covar=0).fit(X)
    assert np.diff(growing.lower_bounds_)[1] > np.diff(growing.lower_bounds_)[0] > 0
    assert growing.stop_reason_ == "max_iter: 3 iterations were done"


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
    np.testing.assert_allclose(np.diag(fit.covariances_[1]), relative_floor(points), rtol=1e-5)
    assert (np.diag(fit.covariances_[1]) < 1e-6 * points.var(axis=0)).all()  # three points at 50 do not inflate it


def test_on_collapse_restart_takes_another_start():
    arguments = dict(n_components=3, reg_covar=0, init_params="rows_with_replacement", max_iter=300, random_state=2)
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(**arguments).fit(X)
    with pytest.warns(RuntimeWarning, match="1 run was replaced: a component collapsed"):
        fit = GaussianMixture(on_collapse="restart", **arguments).fit(X)
    assert np.isfinite(fit.lower_bound_)
    arguments.update(n_components=5, n_init=8, tol=1e-4)
    with pytest.warns(RuntimeWarning, match="^2 runs were replaced: a component collapsed"):
        GaussianMixture(on_collapse="restart", **arguments).fit(X)
    flat = np.column_stack([X[:, 0], X[:, 0]])
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(2, reg_covar=0, on_collapse="restart", init_params="random", random_state=0).fit(flat)


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="on_collapse must be 'raise', 'restart' or 'floor'; got 'ignore'"):
        GaussianMixture(on_collapse="ignore").fit(X)
    with pytest.raises(ValueError, match="reg_covar must be 'relative' or a finite number, zero or more; got 'small'"):
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
        fit.partial_fit(block + np.array([0, 3]))
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


def test_after_a_fit_the_stream_goes_on_from_it():
    blocks = list(stream(8))
    fitted = GaussianMixture(2, random_state=0, tol=1e-6).fit(np.vstack(blocks[:4]))
    before, new = fitted.parameters_, blocks[4]
    fitted.partial_fit(new)
    # By hand, in the units of the data: 2,000 points stand for four blocks, so that this one moves the average of
    # (1, x)(1, x)^T by 5^-0.7 of the way from what the fitted mixture would produce to its own.
    share, step = GaussianMixture.from_parameters(*parts(before)).predict_proba(new), 5**-0.7
    for j in range(2):
        one = (1 - step) * before.weights[j] + step * share[:, j].mean()
        first = (1 - step) * before.weights[j] * before.means[j] + step * share[:, j] @ new / 500
        second = before.covariances[j] + np.outer(before.means[j], before.means[j])
        second = (1 - step) * before.weights[j] * second + step * (share[:, j] * new.T) @ new / 500
        assert fitted.weights_[j] == pytest.approx(one, rel=1e-10)
        np.testing.assert_allclose(fitted.means_[j], first / one, rtol=1e-9)
        expected = second / one - np.outer(first, first) / one**2 + np.diag(relative_floor(np.vstack(blocks[:4])))
        np.testing.assert_allclose(fitted.covariances_[j], expected, rtol=1e-8, atol=1e-10)
    assert fitted.stop_reason_ == "the stream paused after 500 points in 1 blocks" and not fitted.converged_


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("reg_covar", ["relative", 1e-3])
def test_a_weight_in_a_stream_counts_as_so_many_rows(covariance_type, reg_covar):
    arguments = dict(n_components=2, random_state=0, covariance_type=covariance_type, reg_covar=reg_covar)
    blocks, rng = list(stream(4, size=150)), np.random.default_rng(3)
    weighted, repeated = GaussianMixture(**arguments), GaussianMixture(**arguments)
    for block, weights in zip(blocks, rng.integers(0, 4, (4, 150))):
        far = block.copy()
        far[weights == 0] = 1e6  # whatever is not there, lies where it will
        assert weighted.partial_fit(far, sample_weight=weights) is weighted
        repeated.partial_fit(np.repeat(block, weights, axis=0))
        assert_equal_fits(weighted, repeated, rtol=1e-8)
        assert weighted.stop_reason_ == repeated.stop_reason_
    weighted = GaussianMixture(**arguments).fit(blocks[0], sample_weight=np.full(150, 3.0))
    repeated = GaussianMixture(**arguments).fit(np.repeat(blocks[0], 3, axis=0))
    # The points of a fit count by their weights as well.
    assert_equal_fits(weighted.partial_fit(blocks[1]), repeated.partial_fit(blocks[1]))


def test_weights_in_a_stream_are_checked():
    points, *_ = stream(1)
    fit = GaussianMixture(2, random_state=0).partial_fit(points)
    for weights, message in [
        (np.full(500, -1.0), "sample_weight must be finite and not negative"),
        (np.zeros(500), "sample_weight must be finite and not negative, one per row, with a positive sum"),
        (np.ones(499), "sample_weight must be"),
        (np.full(500, np.nan), "sample_weight must be"),
    ]:
        before = everything(fit)
        with pytest.raises(ValueError, match=message):
            fit.partial_fit(points, sample_weight=weights)
        with pytest.raises(ValueError, match=message):
            GaussianMixture(2).partial_fit(points, sample_weight=weights)
        assert everything(fit) == before
    with pytest.raises(ValueError, match="sample_weight must be None for a source, which has none; got weights"):
        fit.partial_fit(Blocks([points]), sample_weight=np.ones(500))
    with pytest.raises(ValueError, match="X must be an array, or Blocks; got InMemory, which fit learns from"):
        fit.partial_fit(InMemory(points))
    few = np.where(np.arange(500) == 7, 1.0, 0.0)
    with pytest.raises(ValueError, match="at least n_components = 2 rows; got n_samples = 1"):
        GaussianMixture(2).partial_fit(points, sample_weight=few)


def parts(parameters):
    return parameters.weights, parameters.means, parameters.covariances


def test_a_fit_forgets_the_stream_and_a_stream_starts_from_given_parameters():
    first, second, *_ = stream(4)
    once = GaussianMixture(2, random_state=0).fit(first).partial_fit(second)
    again = GaussianMixture(2, random_state=0).partial_fit(first + 1000).partial_fit(second - 50)
    again.fit(first).partial_fit(second)
    assert_equal_fits(once, again, rtol=0)
    assert again.n_iter_ == 1
    given = GaussianMixture.from_parameters([0.3, 0.7], [[4, 0], [0, 1]], [np.eye(2)] * 2, reg_covar=0)
    stepwise = Stepwise(None, given.parameters_)
    stepwise.learn(first)
    np.testing.assert_array_equal(given.partial_fit(first).means_, stepwise.parameters.means)
    warm = GaussianMixture(2, warm_start=True, random_state=0).partial_fit(first).fit(first)
    assert warm.converged_


def test_a_refused_block_has_never_been():
    blocks = list(stream(6))
    bad = [
        np.full((10, 2), 1e200),
        np.where(blocks[0] > 3, np.nan, blocks[0]),
        np.ma.masked_greater(blocks[0], 3),
        blocks[0][:, :1],
        [["a", "b"]],
        blocks[0][:0],
    ]
    never, fit = GaussianMixture(2, random_state=0), GaussianMixture(2, random_state=0)
    for block, wrong in zip(blocks, bad):
        never.partial_fit(block)
        before = everything(fit.partial_fit(block))
        with pytest.raises(ValueError, match=r"\bX\b"):
            fit.partial_fit(wrong)
        assert everything(fit) == before
    assert everything(fit) == everything(never)
    unfitted = GaussianMixture(2)
    for wrong in (*bad[:3], *bad[4:]):
        with pytest.raises(ValueError, match=r"\bX\b"):
            unfitted.partial_fit(wrong)
        assert vars(unfitted) == vars(GaussianMixture(2))


def test_a_block_that_is_interrupted_has_never_been(monkeypatch):
    first, second, third = list(stream(3))
    fit = GaussianMixture(2, random_state=0).partial_fit(first)
    before, learn = everything(fit), Stepwise.learn

    def learn_and_break_off(self, X, sample_weight):
        learn(self, X, sample_weight)
        raise Interrupted

    monkeypatch.setattr(Stepwise, "learn", learn_and_break_off)
    with pytest.raises(Interrupted):
        fit.partial_fit(second)
    monkeypatch.undo()
    assert everything(fit) == before
    straight = GaussianMixture(2, random_state=0).partial_fit(first).partial_fit(third)
    assert everything(fit.partial_fit(third)) == everything(straight)


def everything(estimator):
    """All that there is to know of an estimator: its pickle, with what is equal at equal places."""
    return joblib.hash(vars(estimator))


def test_between_two_blocks_parameters_change_or_are_refused():
    blocks = list(stream(4))
    fit = GaussianMixture(2, random_state=0).partial_fit(blocks[0]).set_params(reg_covar=0.5, verbose=1, tol=1e-9)
    floored = copy.deepcopy(fit).partial_fit(blocks[1])
    bare = fit.set_params(reg_covar=0).partial_fit(blocks[1])
    np.testing.assert_allclose(floored.covariances_ - bare.covariances_, [0.5 * np.eye(2)] * 2, atol=1e-12)
    relative = copy.deepcopy(fit).set_params(reg_covar="relative").partial_fit(blocks[2])
    bare = fit.partial_fit(blocks[2])
    expected = np.diag(relative_floor(blocks[0]))  # what the stream began with
    np.testing.assert_allclose(relative.covariances_ - bare.covariances_, [expected] * 2, rtol=1e-3, atol=1e-12)
    for change in (
        dict(n_components=3),
        dict(covariance_type="diag"),
        dict(init_params="random"),
        dict(means_init=[[0, 0], [4, 4]]),
        dict(weights_init=[0.5, 0.5]),
        dict(precisions_init=[np.eye(2)] * 2),
        dict(reg_covar=-1),
        dict(verbose="loud"),
    ):
        before = everything(fit)
        name, kept = *change, getattr(fit, *change)
        with pytest.raises(ValueError, match=name):
            fit.set_params(**change).partial_fit(blocks[3])
        assert everything(fit.set_params(**{name: kept})) == before
    after_fit = GaussianMixture(2, random_state=0).fit(blocks[0]).set_params(n_components=3)
    with pytest.raises(
        ValueError, match="n_components cannot change between two blocks: the stream began with 2; got 3"
    ):
        after_fit.partial_fit(blocks[1])
    assert clone(fit).partial_fit(blocks[0]).n_iter_ == 1


@pytest.mark.parametrize("begin", ["fit", "partial_fit"])
def test_a_copy_in_mid_stream_goes_on_alike_and_no_point_is_kept(begin, tmp_path):
    first, *blocks = stream(5, size=20_000)
    fit = getattr(GaussianMixture(2, random_state=0), begin)(first).partial_fit(blocks[0])
    assert len(pickle.dumps(fit)) < 10_000
    joblib.dump(fit, tmp_path / "fit")
    copies = [fit, pickle.loads(pickle.dumps(fit)), joblib.load(tmp_path / "fit"), copy.deepcopy(fit)]
    for block in blocks[1:]:
        ends = [everything(one.partial_fit(block)) for one in copies]
        assert ends == ends[:1] * 4


# -- a fit that fails has never been -------------------------------------------------------------------------------


class Interrupted(BaseException):
    """As KeyboardInterrupt is, no Exception."""


def interrupted():
    """Blocks that are whole once, for the moments, and break off in the next pass."""
    passes = []

    def blocks():
        passes.append(1)
        yield X[:80]
        if len(passes) > 1:
            raise Interrupted
        yield X[80:]

    return Blocks(blocks)


def named(columns):
    import pandas

    return pandas.DataFrame(X, columns=list(columns))


FAILURES = {
    "bad argument": (dict(tol=-1), lambda: X, ValueError),
    "bad start": (dict(means_init=np.zeros((2, 3))), lambda: named("efgh"), ValueError),
    "not finite": ({}, lambda: np.where(X > 7, np.nan, X), ValueError),
    "masked": ({}, lambda: np.ma.masked_greater(X, 7), ValueError),
    "other columns": (dict(n_components=200), lambda: X[:, :3], ValueError),
    "too few rows": ({}, lambda: X[:1, :2], ValueError),
    "too few different rows": ({}, lambda: named("efgh").iloc[[0] * 50], ValueError),
    "collapse": (dict(reg_covar=0, init_params="random"), lambda: np.ones((50, 4)), CollapsedComponentError),
    "no numbers": ({}, lambda: [["a", "b"]] * 5, ValueError),
    "too large": ({}, lambda: X * 1e200, ValueError),
    "a warning made an error": (dict(max_iter=1, tol=1e-12), lambda: 2 * X, ConvergenceWarning),
    "interrupted": ({}, interrupted, Interrupted),
    "blocks with a bad one": ({}, lambda: Blocks([X, X[:, :2]]), ValueError),
}


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_fit_that_fails_leaves_everything_as_it_was(failure, warm_start):
    wrong, points, error = FAILURES[failure]
    if warm_start and failure in ("bad start", "too few different rows"):
        pytest.skip("a warm start needs no other")
    fit = GaussianMixture(2, random_state=0, warm_start=warm_start).fit(named("abcd")).partial_fit(named("abcd"))
    never = GaussianMixture(2)
    for estimator in (fit, never):
        right = {name: getattr(estimator, name) for name in wrong}
        before = everything(estimator)
        estimator.set_params(**wrong)
        with pytest.raises(error):
            estimator.fit(points())
        estimator.set_params(**right)
        assert everything(estimator) == before
    assert fit.feature_names_in_.tolist() == list("abcd") and fit.n_features_in_ == 4
    assert vars(never) == vars(GaussianMixture(2))
    with pytest.raises(NotFittedError):
        never.predict(X)


def test_a_refit_remembers_nothing_of_the_names():
    import pandas

    fit = GaussianMixture(2, random_state=0).fit(named("abcd"))
    for points in (X, Blocks([X]), Blocks([named("wxyz")])):
        fit.fit(named("abcd")).fit(points)
        if isinstance(points, Blocks) and points.feature_names:
            assert fit.feature_names_in_.tolist() == list("wxyz")
        else:
            assert not hasattr(fit, "feature_names_in_")
            fit.predict(X)  # without a warning
    fit.fit(X[:, :2])
    assert fit.n_features_in_ == 2
    afresh = GaussianMixture(2, random_state=0).fit(X[:, :2])
    assert everything(fit) == everything(afresh)
    assert isinstance(named("abcd"), pandas.DataFrame)


# -- whatever the caller's floating-point settings -----------------------------------------------------------------


@pytest.mark.parametrize("n_init", [1, 6])
@pytest.mark.parametrize("floor", ["relative", 1e-6, 0])
@pytest.mark.parametrize("rule", ["kmeans", "k-means++", "random", "distinct_rows"])
def test_it_works_where_floating_point_errors_are_raised(rule, floor, n_init):
    arguments = dict(n_components=2, init_params=rule, n_init=n_init, random_state=0, max_iter=300)
    far = np.vstack([X, [[1e5] * 4, [-1e140] * 4]])
    weights = np.r_[np.zeros(20), np.full(30, 1e-300), np.ones(100)]
    expected = GaussianMixture(reg_covar=floor, **arguments).fit(X)
    points = far_outlier().X if floor else old_faithful().X
    with np.errstate(all="raise"):
        fit = GaussianMixture(reg_covar=floor, **arguments).fit(X)
        GaussianMixture(reg_covar=floor, **arguments).fit(points)
        GaussianMixture(reg_covar=floor or 1e-6, **arguments).fit(X, sample_weight=weights)
        assert everything(fit) == everything(expected)
        for method in ("score_samples", "score", "predict", "predict_proba", "bic", "aic"):
            got, should = getattr(fit, method)(far), None
            with np.errstate(all="ignore"):
                should = getattr(expected, method)(far)
            np.testing.assert_array_equal(got, should)
        fit.sample(100)
        for shift in (0, 0.1, 300):
            fit.partial_fit(X + shift)
        GaussianMixture(2, random_state=0, reg_covar=floor).partial_fit(X).partial_fit(X + 50)
        certain = GaussianMixture.from_parameters([1, 0], fit.means_, fit.covariances_)  # a weight of 0
        assert np.isfinite(certain.score(X)) and (certain.predict(X) == 0).all() and certain.sample(9)[1].max() == 0


# -- doors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["fit", "fit_predict", "partial_fit", "predict", "predict_proba", "score_samples", "score", "aic", "bic"]
)
def test_every_door_refuses_what_is_masked_or_missing_and_takes_what_is_not(method):
    fit = GaussianMixture(2, random_state=0).fit(X)
    for where, value, message in [
        ((7, 2), np.ma.masked, "X must have no masked entries; got 1"),
        ((7, 2), np.nan, r"X must be finite; X\[7, 2\] is NaN: missing values are not fitted"),
        ((149, 0), -np.inf, r"X must be finite; X\[149, 0\] is infinity"),
    ]:
        points = np.ma.array(X, copy=True) if value is np.ma.masked else X.copy()
        points[where] = value
        with pytest.raises(ValueError, match=message):
            getattr(copy.deepcopy(fit), method)(points)
        if value is not np.ma.masked:
            with pytest.raises(ValueError, match=message):
                getattr(copy.deepcopy(fit), method)(points.astype(np.float32))
    one, other = copy.deepcopy(fit), copy.deepcopy(fit)
    same = getattr(one, method)(np.ma.array(X)), getattr(other, method)(X)
    assert everything(one) == everything(other)
    if not isinstance(same[0], GaussianMixture):
        np.testing.assert_array_equal(*same)


def test_masked_weights_and_starts_are_refused():
    half = np.ma.masked_greater(np.linspace(0, 1, 150), 0.5)
    with pytest.raises(ValueError, match="sample_weight must have no masked entries; got 75"):
        GaussianMixture(2).fit(X, sample_weight=half)
    for name, value in [("weights_init", [0.5, 0.5]), ("means_init", X[:2]), ("precisions_init", [np.eye(4)] * 2)]:
        masked = np.ma.array(value, copy=True)
        masked[0] = np.ma.masked
        with pytest.raises(ValueError, match=f"{name} must have no masked entries"):
            GaussianMixture(2, **{name: masked}).fit(X)


def test_a_point_beyond_all_components_is_named():
    fit = GaussianMixture(2, random_state=0).fit(X)
    points = np.vstack([X] * 60)
    points[8500, 2] = -1e160
    for method in ("predict", "predict_proba"):
        with pytest.raises(ValueError, match=r"X\[8500, 2\] = -1e\+160 is so far out that row 8500 has density 0"):
            getattr(fit, method)(points)
    assert fit.score_samples(points)[8500] == -np.inf == fit.score(points)
    with pytest.raises(ValueError, match="X must have a sum of squares below 1e308"):
        GaussianMixture(2).fit(points)


def test_a_generator_is_a_random_state():
    def fit(seed):
        rng = np.random.default_rng(seed)
        made = GaussianMixture(2, random_state=rng, init_params="random", n_init=3)
        return made.fit(X).means_, made.fit(X).means_, made.sample(3)[0], made.sample(3)[0]

    first, again, other = fit(0), fit(0), fit(1)
    for one, two in zip(first, again):
        np.testing.assert_array_equal(one, two)
    assert (first[0] != first[1]).any() and (first[2] != first[3]).any() and (first[0] != other[0]).any()
    # Nor must a RandomState be of the usual kind.
    made = [GaussianMixture(2, n_init=4, random_state=np.random.RandomState(np.random.PCG64(3))) for _ in range(2)]
    np.testing.assert_array_equal(made[0].fit(X).means_, made[1].fit(X).means_)


# -- float32 and large data ----------------------------------------------------------------------------------------


FITTED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


def assert_same_mixture(one, other, rtol=1e-12):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, err_msg=name)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_float32_is_fitted_as_float64_and_rounded_at_the_door(covariance_type):
    arguments = dict(n_components=3, reg_covar=1e-6, random_state=0, covariance_type=covariance_type)
    points = X.astype(np.float32)
    double = points.astype(np.float64)
    single, other = (GaussianMixture(**arguments).fit(one) for one in (points, double))
    for fit in (single, copy.deepcopy(single), pickle.loads(pickle.dumps(single))):
        for name in FITTED:
            np.testing.assert_array_equal(getattr(fit, name), getattr(other, name).astype(np.float32), err_msg=name)
            assert getattr(fit, name).dtype == np.float32
        assert_same_mixture(fit.parameters_, other.parameters_, rtol=0)
        for ask in ("predict", "predict_proba", "score_samples"):
            exact = getattr(other, ask)(double)
            np.testing.assert_array_equal(getattr(fit, ask)(double), exact)  # to points in float64 answers in float64
            rounded = exact if ask == "predict" else exact.astype(np.float32)
            np.testing.assert_array_equal(answers := getattr(fit, ask)(points), rounded)
            assert answers.dtype == rounded.dtype and getattr(other, ask)(points).dtype == exact.dtype
        assert fit.score(points) == other.score(double) and fit.bic(points) == other.bic(double)
    assert single.sample(3)[0].dtype == np.float64
    table = pd.DataFrame(points)  # has no dtype of its own
    assert GaussianMixture(**arguments).fit(table).predict_proba(table).dtype == np.float32


def test_what_is_changed_in_a_fit_to_float32_is_obeyed():
    points = X.astype(np.float32)
    fit = GaussianMixture(3, random_state=0).fit(points)
    covariances = fit.parameters_.covariances
    fit.means_ += np.float32(1)
    fit.weights_ = np.array([0.7, 0.2, 0.1], dtype=np.float32)  # which sum to one but for their rounding
    np.testing.assert_array_equal(fit.parameters_.means, fit.means_)
    np.testing.assert_allclose(fit.parameters_.weights, [0.7, 0.2, 0.1], rtol=1e-7)
    np.testing.assert_array_equal(fit.parameters_.covariances, covariances)  # as they were computed, to the last digit
    np.testing.assert_allclose(fit.score_samples(X), log_density(X, fit.parameters_), rtol=1e-10)


def test_what_float32_has_no_numbers_for_stays_in_float64():
    for unit in (1e25, 1e-25):  # their squares, or the inverses of these, are beyond 3e38
        points = (old_faithful().X * unit).astype(np.float32)
        fit, other = (GaussianMixture(2, random_state=0).fit(one) for one in (points, points.astype(np.float64)))
        for name in FITTED:
            assert getattr(fit, name).dtype == np.float64
            np.testing.assert_array_equal(getattr(fit, name), getattr(other, name))
    far = np.array([[0, 0], [3e38, 0]], dtype=np.float32)
    fit = GaussianMixture(2, random_state=0).fit(old_faithful().X.astype(np.float32))
    np.testing.assert_array_equal(np.isneginf(fit.score_samples(far)), [False, True])


def test_a_source_and_a_stream_of_float32():
    points = X.astype(np.float32)
    blocks = Blocks([points[:70], points[70:]])
    assert GaussianMixture(2, random_state=0).fit(blocks).means_.dtype == np.float64  # blocks may be of several types
    stream, other = GaussianMixture(2, random_state=0), GaussianMixture(2, random_state=0)
    for block in (points[::2], points[1::2], points[::3]):
        stream.partial_fit(block)
        other.partial_fit(block.astype(np.float64))
    assert stream.means_.dtype == np.float32 and stream.predict_proba(points).dtype == np.float32
    assert_same_mixture(stream.parameters_, other.parameters_, rtol=0)
    assert stream.fit(X).means_.dtype == np.float64


def test_the_bounds_are_the_log_likelihoods():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        shorter, longer = (
            GaussianMixture(3, reg_covar=0, max_iter=i, tol=1e-9, **explicit_start(X, 3)).fit(X) for i in (5, 6)
        )
    assert longer.lower_bound_ * 150 == pytest.approx(log_likelihood(X, shorter.parameters_), rel=1e-12)
