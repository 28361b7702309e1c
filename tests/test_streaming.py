"""Stepwise EM against its formulas, written out with SciPy in the units of the data; and what a block may not do."""

import pickle

import numpy as np
import pytest
from oracles import random_parameters, scipy_joint

from gmm_lib.engine import Engine
from gmm_lib.engine.streaming import Stepwise
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
START = random_parameters(np.random.default_rng(5), 3, 2)


def blocks(sizes=(60, 60, 60, 60), seed=0):
    rng = np.random.default_rng(seed)
    for size in sizes:
        yield rng.normal(0, 1, (size, 2)) + rng.choice([-2, 0, 3], (size, 1))


def by_hand(given, start, step_of, floor=0):
    """``T <- (1 - g) T + g T_block`` for the averages of r, r x and r x x^T; ``step_of(t, seen, b)`` gives g."""
    w, means, covariances = start.weights, start.means, start.covariances
    second = covariances + means[:, :, np.newaxis] * means[:, np.newaxis]
    T = w, w[:, np.newaxis] * means, w[:, np.newaxis, np.newaxis] * second
    seen, forecasts = 0, []
    for t, X in enumerate(given, start=1):
        joint = scipy_joint(X, Parameters(w, means, covariances))
        forecasts.append(np.log(joint.sum(axis=1)).mean())
        r = joint / joint.sum(axis=1, keepdims=True)
        block = r.mean(axis=0), r.T @ X / len(X), np.einsum("ij,ia,ib->jab", r, X, X) / len(X)
        g = step_of(t, seen, len(X))
        T = [(1 - g) * old + g * new for old, new in zip(T, block)]
        seen += len(X)
        w, means = T[0] / T[0].sum(), T[1] / T[0][:, np.newaxis]
        outer = means[:, :, np.newaxis] * means[:, np.newaxis]
        covariances = T[2] / T[0][:, np.newaxis, np.newaxis] - outer + floor * np.eye(2)
    return Parameters(w, means, covariances), forecasts


def learnt(stream, given):
    for X in given:
        stream.learn(X)
    return stream


def assert_same(got, expected, rtol=1e-10):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(got, name), getattr(expected, name), rtol=rtol, atol=1e-12, err_msg=name)


def assert_identical(one, other):
    for name in ("weights", "means", "inverse_factors"):
        np.testing.assert_array_equal(getattr(one.state, name), getattr(other.state, name), err_msg=name)
    np.testing.assert_array_equal(one.average, other.average)
    assert (one.bounds, one.points, one.seen) == (other.bounds, other.points, other.seen)


# -- the formula ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [0.51, 0.7, 1.0])
def test_blocks_of_one_size_are_cappe_and_moulines(exponent):
    given = list(blocks())
    stream = learnt(Stepwise(Engine(given[0], reg_covar=1e-2), START, exponent), given)
    expected, forecasts = by_hand(given, START, lambda t, seen, b: (t + 1) ** -exponent, floor=1e-2)
    assert_same(stream.parameters, expected)
    np.testing.assert_allclose(stream.bounds, forecasts, rtol=1e-12)
    assert stream.points == 240
    np.testing.assert_allclose(
        stream.inverse_factors.transpose(0, 2, 1) @ stream.inverse_factors,
        np.linalg.inv(expected.covariances),
        rtol=1e-8,
    )


@pytest.mark.parametrize("start_counts_for", [0, 35, 1000.0])
def test_a_step_is_in_proportion_to_the_points(start_counts_for):
    given = list(blocks((90, 20, 250)))
    stream = learnt(Stepwise(None, START, 0.6, seen=start_counts_for), given)
    step = lambda t, seen, b: (1 + (start_counts_for + seen) / b) ** -0.6  # noqa: E731
    assert_same(stream.parameters, by_hand(given, START, step)[0])


def test_with_exponent_one_a_stream_after_a_fit_gives_every_point_the_same_say():
    """With one component the responsibilities are 1, so the average is that of all the points, whatever the blocks."""
    fitted, *later = blocks((200, 50, 1, 149))
    fit = Parameters([1.0], [fitted.mean(axis=0)], [np.cov(fitted.T, bias=True)])
    got = learnt(Stepwise(None, fit, 1, seen=len(fitted)), later).parameters
    everything = np.vstack([fitted, *later])
    np.testing.assert_allclose(got.means[0], everything.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(got.covariances[0], np.cov(everything.T, bias=True), rtol=1e-12)


def test_with_exponent_one_a_weighted_stream_gives_every_point_the_say_of_its_weight():
    fitted, *later = blocks((200, 50, 1, 149))
    fit = Parameters([1.0], [fitted.mean(axis=0)], [np.cov(fitted.T, bias=True)])
    weights = [np.random.default_rng(2).gamma(1, 2, len(X)) for X in later]
    stream = Stepwise(None, fit, 1, seen=len(fitted))
    for X, s in zip(later, weights):
        stream.learn(X, s)
    everything, say = np.vstack([fitted, *later]), np.concatenate([np.ones(200), *weights])
    np.testing.assert_allclose(stream.parameters.means[0], np.average(everything, axis=0, weights=say), rtol=1e-12)
    covariance = np.cov(everything.T, aweights=say, bias=True)
    np.testing.assert_allclose(stream.parameters.covariances[0], covariance, rtol=1e-12)
    assert stream.points == pytest.approx(say.sum() - 200, rel=1e-12)


@pytest.mark.parametrize("seen", [None, 0, 77])
def test_a_weight_counts_as_so_many_points_of_the_block(seen):
    given, rng = list(blocks((90, 20, 250))), np.random.default_rng(1)
    weighted, repeated = (Stepwise(Engine(given[0], reg_covar=1e-2), START, seen=seen) for _ in range(2))
    for X, weights in zip([*given, given[0]], [*(rng.integers(0, 4, len(X)) for X in given), np.full(90, 2)]):
        weighted.learn(X, weights)
        repeated.learn(np.repeat(X, weights, axis=0))
        assert_same(weighted.parameters, repeated.parameters)
        np.testing.assert_allclose(weighted.bounds, repeated.bounds, rtol=1e-12)
        assert weighted.points == repeated.points
    assert_identical(learnt(Stepwise(None, START), given), learnt_with_ones(Stepwise(None, START), given))


def learnt_with_ones(stream, given):
    for X in given:
        stream.learn(X, np.ones(len(X)))
    return stream


def test_coordinates_do_not_show():
    given = list(blocks())
    one, other = (learnt(Stepwise(engine, START), given) for engine in (None, Engine(given[0] * 7 + 100)))
    assert_same(one.parameters, other.parameters, rtol=1e-8)


def test_the_floor_may_change_between_blocks():
    first, second = blocks((80, 80))
    stream = learnt(Stepwise(Engine(first), START), [first])
    before, plain = stream.parameters, learnt(pickle.loads(pickle.dumps(stream)), [second]).parameters
    stream.set_floor([0.5, 2.0])
    assert_same(stream.parameters, before, rtol=0)
    floored = learnt(stream, [second]).parameters
    np.testing.assert_allclose(floored.covariances, plain.covariances + np.diag([0.5, 2.0]), rtol=1e-10)


# -- what is refused, and what is kept -----------------------------------------------------------------------------

COLLAPSING = np.repeat([[1e9, 1e9]], 50, axis=0)  # beside it nothing is left of the other direction
BAD = {
    "NaN": ([[0.0, 1.0], [np.nan, 2.0]], "X must be finite; got nan at index"),
    "infinity": ([[0.0, np.inf]], "X must be finite"),
    "another width": (np.zeros((5, 3)), "X must have 2 columns.*got 3"),
    "one dimension": (np.zeros(5), "X must have 2 dimension"),
    "nothing": (np.zeros((0, 2)), "X must not be empty"),
    "a number": (3, "X must have 2 dimension"),
    "text": ([["a", "b"]], "X must hold real numbers"),
    "density 0": ([[0.0, 0.0], [1e200, 0.0]], "no component can have produced row 1 of X"),
    "a collapse": (COLLAPSING, "component . has collapsed"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_block_is_refused_whole_and_has_never_been(bad):
    X, message = BAD[bad]
    good = list(blocks())
    stream, undisturbed = (Stepwise(Engine(good[0], reg_covar=1e-6), START) for _ in range(2))
    for block in good:
        with pytest.raises(ValueError, match=message):
            stream.learn(X)
        assert_identical(stream, undisturbed)
        stream.learn(block)
        undisturbed.learn(block)
        assert_identical(stream, undisturbed)


def test_a_first_block_that_replaces_the_start_may_not_be_one_point():
    stream = Stepwise(None, START, seen=0)
    with pytest.raises(CollapsedComponentError):
        stream.learn(np.ones((20, 2)))
    assert_identical(learnt(stream, blocks()), learnt(Stepwise(None, START, seen=0), blocks()))


def test_bad_weights_are_refused_and_the_block_has_never_been():
    X = next(blocks())
    stream, undisturbed = (Stepwise(Engine(X), START) for _ in range(2))
    far = np.vstack([X, [[1e200, 0.0]], X])
    for points, weights, message in [
        (X, np.zeros(60), "sample_weight must have a positive sum"),
        (X, -np.ones(60), "sample_weight must be finite and not negative; got -1.0 at index 0"),
        (X, np.full(60, np.nan), "sample_weight must be finite and not negative; got nan"),
        (X, np.ones((60, 1)), r"sample_weight must have shape \(60,\); got \(60, 1\)"),
        (X, ["a"] * 60, "sample_weight must hold real numbers"),
        (far, np.arange(121) % 3, "no component can have produced row 60 of X"),  # counted with those of weight 0
    ]:
        weights = np.where(np.arange(121) == 60, 1, weights) if points is far else weights
        with pytest.raises(ValueError, match=message):
            stream.learn(points, weights)
        assert_identical(stream, undisturbed)
    stream.learn(far, np.where(np.arange(121) == 60, 0, np.arange(121) % 3))
    assert stream.points == 120


def test_a_list_is_a_block():
    given = list(blocks())
    assert_identical(learnt(Stepwise(None, START), [X.tolist() for X in given]), learnt(Stepwise(None, START), given))


def test_it_keeps_no_points_and_survives_a_pickle_in_mid_stream():
    first = next(blocks((50_000,)))
    stream = Stepwise(Engine(first), START)
    stream.learn(first)
    stored = pickle.dumps(stream)
    assert len(stored) < 6000  # the first block has 800,000 bytes
    again = pickle.loads(stored)
    assert_identical(learnt(again, blocks(seed=1)), learnt(stream, blocks(seed=1)))


def test_bad_arguments_are_named():
    X = next(blocks())
    for exponent in (0.5, 1.01, np.nan, "fast", True):
        with pytest.raises(ValueError, match="exponent must be above 0.5 and at most 1; got"):
            Stepwise(Engine(X), START, exponent)
    for seen in (-1, np.nan, np.inf, "all"):
        with pytest.raises(ValueError, match="seen must be a finite number, zero or more; got"):
            Stepwise(Engine(X), START, seen=seen)
    with pytest.raises(ValueError, match="engine must be a gmm_lib.engine.Engine, or None; got ndarray"):
        Stepwise(X, START)
    with pytest.raises(ValueError, match="start must be a gmm_lib.Parameters; got NoneType"):
        Stepwise(Engine(X), None)
    with pytest.raises(ValueError, match="start must have the engine's 1 dimensions; got 2"):
        Stepwise(Engine(X[:, :1]), START)
    with pytest.raises(ValueError, match="reg_covar must have one entry|reg_covar must be a number, or have one entry"):
        Stepwise(Engine(X), START).set_floor([1.0])


def test_it_works_where_every_floating_point_error_raises():
    far = np.vstack([next(blocks()), [[60.0, 0.0]]])  # its shares of two components underflow
    expected = learnt(Stepwise(Engine(far), START), [far, far]).parameters
    with np.errstate(all="raise"):
        got = learnt(Stepwise(Engine(far), START), [far, far]).parameters
    assert_same(got, expected, rtol=0)
