"""The engine against layer 1 on every half-step, against 60 digits, and against itself however it is run."""

import sys
import threading
from functools import reduce
from operator import add

import numpy as np
import pytest
from mpmath import mp
from oracles import mp_joint, mp_responsibilities, random_problem, random_responsibilities

import gmm_lib.engine
from benchmarks import exactness
from gmm_lib import e_step, em, likelihood, m_step, mixture
from gmm_lib.datasets import elongated, iris, old_faithful, overlapping, unequal_sizes
from gmm_lib.engine import Engine, passes, sources
from gmm_lib.engine import state as state_module
from gmm_lib.engine.coordinates import Coordinates, Moments
from gmm_lib.engine.passes import Scratch
from gmm_lib.engine.sources import InMemory
from gmm_lib.engine.state import State, standard_state
from gmm_lib.initialization import distinct_rows, rows_with_replacement
from gmm_lib.parameters import Parameters
from gmm_lib.steps import Steps
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
DATA = [(iris, 3), (old_faithful, 2), (overlapping, 4), (elongated, 2), (unequal_sizes, 3)]
FORMULATIONS = ["features", "stacked", "residuals", "auto"]


def assert_same_parameters(got, expected, rtol=1e-9):
    np.testing.assert_allclose(got.weights, expected.weights, rtol=rtol, atol=1e-12)
    scale = np.sqrt(np.diagonal(expected.covariances, axis1=1, axis2=2))
    np.testing.assert_array_less(np.abs(got.means - expected.means) / scale, rtol)
    outer = scale[:, :, np.newaxis] * scale[:, np.newaxis]
    np.testing.assert_array_less(np.abs(got.covariances - expected.covariances) / outer, rtol)


def large_problem(n, m, k, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 2, (k, m))[rng.integers(k, size=n)] + rng.normal(size=(n, m))
    return X, Parameters(np.full(k, 1 / k), X[:k], np.tile(np.cov(X.T).reshape(m, m), (k, 1, 1)))


# -- the half-steps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("data, k", DATA)
def test_every_half_step_is_layer_1s(data, k, formulation):
    X = data().X
    parameters = distinct_rows(X, k, np.random.RandomState(0))
    engine = Engine(X, formulation=formulation)
    for _ in range(6):
        state = engine.state(parameters)
        w = e_step.responsibilities(X, parameters)
        np.testing.assert_allclose(engine.responsibilities(state, X), w, atol=1e-11)
        log_joint = mixture.log_joint(X, parameters)
        np.testing.assert_allclose(engine.log_joint(state, X), log_joint, rtol=1e-10, atol=1e-9)
        log_likelihood, new = engine.step(state)
        assert log_likelihood == pytest.approx(likelihood.log_likelihood(X, parameters), rel=1e-12)
        expected = m_step.m_step(X, w)
        assert_same_parameters(engine.parameters(new), expected)
        assert_same_parameters(engine.parameters(engine.m_step(w)), expected, rtol=1e-12)
        parameters = expected


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("k, m", [(1, 1), (3, 1), (2, 5), (4, 2), (3, 40)])
def test_any_shape_any_parameters_any_responsibilities(k, m, formulation):
    X, parameters = random_problem(k + m, n=200, m=m, k=k)
    engine = Engine(X, reg_covar=0.01, formulation=formulation)
    log_likelihood, new = engine.step(engine.state(parameters))
    assert log_likelihood == pytest.approx(likelihood.log_likelihood(X, parameters), rel=1e-11)
    assert_same_parameters(
        engine.parameters(new), m_step.m_step(X, e_step.responsibilities(X, parameters), reg_covar=0.01), rtol=1e-8
    )
    w = random_responsibilities(0, n=200, k=k)
    assert_same_parameters(engine.parameters(engine.m_step(w)), m_step.m_step(X, w, reg_covar=0.01))


def test_a_run_is_the_drivers():
    X = iris().X
    start = distinct_rows(X, 3, np.random.RandomState(1))
    steps = Steps(X)
    expected = em.run(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=40)
    engine = Engine(X)
    run = engine.run(engine.state(start), tol=0, max_iter=40)
    np.testing.assert_allclose(run.bounds, expected.history[:-1], rtol=1e-11)
    assert_same_parameters(engine.parameters(run.state), expected.state, rtol=1e-6)


def test_a_weight_of_two_is_the_same_row_twice():
    X = old_faithful().X
    s = np.random.default_rng(0).integers(0, 4, len(X)).astype(float)
    start = distinct_rows(X, 2, np.random.RandomState(0))
    for formulation in FORMULATIONS:
        weighted = Engine(X, s, formulation=formulation)
        repeated = Engine(np.repeat(X, s.astype(int), axis=0), formulation=formulation)
        one, other = (e.run(e.state(start), tol=0, max_iter=10) for e in (weighted, repeated))
        np.testing.assert_allclose(one.bounds, other.bounds, rtol=1e-12)
        assert_same_parameters(weighted.parameters(one.state), repeated.parameters(other.state))


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("each", [1, 1.0, 3.7])
def test_equal_sample_weights_do_not_show(each, formulation):
    X = iris().X
    start = distinct_rows(X, 3, np.random.RandomState(0))
    plain, weighted = Engine(X, formulation=formulation), Engine(X, np.full(150, each), formulation=formulation)
    one, other = (e.run(e.state(start), tol=0, max_iter=20) for e in (plain, weighted))
    assert one.bounds == other.bounds
    for name in ("weights", "means", "inverse_factors"):
        np.testing.assert_array_equal(getattr(one.state, name), getattr(other.state, name))
    assert weighted.step(weighted.state(start))[0] == each * plain.step(plain.state(start))[0]


def test_a_floor_may_differ_by_column():
    X = old_faithful().X
    w = random_responsibilities(0, n=len(X), k=2)
    floor = np.array([0.5, 2.0])
    expected = m_step.covariances(X, w, m_step.means(X, w)) + np.diag(floor)
    got = Engine(X, reg_covar=floor)
    np.testing.assert_allclose(got.parameters(got.m_step(w)).covariances, expected, rtol=1e-12)


# -- the choice of a formulation -----------------------------------------------------------------------------------


def scaled_problem(ratio):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(300, 2)), 4 + ratio * rng.normal(size=(300, 2))])
    return X, np.repeat(np.eye(2), 300, axis=0)


@pytest.mark.parametrize("ratio", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6])
def test_the_bound_is_a_bound_and_decides(ratio):
    X, w = scaled_problem(ratio)
    engine = Engine(X)
    state = engine.m_step(w)
    run = engine.run(state, tol=0, max_iter=1)
    assert run.formulations == ["features" if state.rounding <= 1e-9 else "residuals"]
    exact = engine.parameters(Engine(X, formulation="residuals").step(state)[1])
    assert_same_parameters(engine.parameters(run.state), exact, rtol=1e-9)
    quick = Engine(X, formulation="features").step
    if state.rounding < 1e-3:  # beyond, the features find no positive definite covariance at all
        got, L = engine.parameters(quick(state)[1]), np.linalg.inv(exact.factors[1])
        error = np.linalg.norm(L @ got.covariances[1] @ L.T - np.eye(2))
        assert error <= state.rounding


def test_the_bound_knows_how_long_a_rare_component_is():
    """Few points, far longer than the whole and thin: what is summed for it is larger than for a cloud of its mean."""
    rng = np.random.default_rng(0)
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    X = rng.normal(size=(20_000, 2))
    X[:200] = rng.normal(size=(200, 2)) * [10, 0.002] @ turn
    state = Engine(X).m_step(np.repeat(np.eye(2), [200, 19_800], axis=0))
    exact = Engine(X, formulation="residuals").step(state)[1].factors[0]
    half = Engine(X, formulation="features").step(state)[1].inverse_factors[0] @ exact
    error = np.linalg.norm(half @ half.T - np.eye(2))
    assert error <= state.rounding


@pytest.mark.parametrize("seed", range(60))
def test_the_bound_holds_for_a_rare_component_of_any_shape(seed):
    rng = np.random.default_rng(seed)
    m, rare = int(rng.integers(2, 5)), int(10 ** rng.uniform(1.5, 3.5))
    turn = np.linalg.qr(rng.normal(size=(m, m)))[0]
    X = rng.normal(size=(20_000, m))
    X[:rare] = (
        rng.normal(size=m) * 10 ** rng.uniform(-5, 1)
        + rng.normal(size=(rare, m)) * 10 ** rng.uniform(-3, 1.5, size=m) @ turn
    )
    state = Engine(X).m_step(np.repeat(np.eye(2), [rare, 20_000 - rare], axis=0))
    exact = Engine(X, formulation="residuals").step(state)[1]
    new = Engine(X, formulation="features").step(state)[1]
    for half in new.inverse_factors @ exact.factors:
        # What the E-step rounds is no part of the bound; 1e-12 is far below any accuracy that one asks for.
        assert np.linalg.norm(half @ half.T - np.eye(m)) <= max(state.rounding, new.rounding, 1e-12)


def test_many_dimensions_are_for_the_stacked_residuals():
    X, start = large_problem(400, 70, 2)
    engine, exact = (Engine(X, reg_covar=0.1, formulation=how) for how in ("auto", "residuals"))
    run, expected = (e.run(e.state(start), tol=0, max_iter=2) for e in (engine, exact))
    assert run.formulations == ["stacked"] * 2
    assert_same_parameters(engine.parameters(run.state), exact.parameters(expected.state), rtol=1e-10)


def test_stacked_residuals_of_nearly_dependent_columns():
    X, _ = large_problem(900, 40, 2)
    X[:, 1] = X[:, 0] + 1e-5 * X[:, 1]
    w = random_responsibilities(0, n=900, k=2)
    engine, exact = (Engine(X, formulation=how) for how in ("stacked", "residuals"))
    assert engine.coordinates.delicate
    state = exact.m_step(w)
    (value, new), (expected_value, expected) = engine.step(state), exact.step(state)
    assert value == pytest.approx(expected_value, rel=1e-12)
    for got, truth in zip(new.inverse_factors, expected.factors):  # judged in each component's own scale
        half = got @ truth
        assert np.linalg.norm(half @ half.T - np.eye(40)) < 1e-11


def test_points_too_faint_to_show_are_left_out_and_do_not_show():
    X, _ = large_problem(600, 40, 3)
    X[200:400] += 30
    X[400:] -= 50
    w = np.repeat(np.eye(3), 200, axis=0)
    s = np.random.default_rng(1).random(600)
    quick, exact = (Engine(X, s, reg_covar=0.1, formulation=how) for how in ("stacked", "residuals"))
    state = exact.m_step(w)
    assert (quick.responsibilities(state, X) < 1e-40).mean() > 0.6
    one, other = quick.step(state), exact.step(state)
    assert one[0] == pytest.approx(other[0], rel=1e-14)
    assert_same_parameters(quick.parameters(one[1]), exact.parameters(other[1]), rtol=1e-12)


def test_points_too_faint_to_show_are_not_multiplied(monkeypatch):
    """Three groups in 40 dimensions: each point's share of the other two components is about 1e-100, and not 0."""
    X = np.random.default_rng(0).normal(size=(600, 40)) + np.repeat(14 * np.eye(3, 40), 200, axis=0)
    quick, exact = (Engine(X, reg_covar=0.1, formulation=how) for how in ("stacked", "residuals"))
    state = exact.m_step(np.repeat(np.eye(3), 200, axis=0))
    faint = quick.responsibilities(state, X)
    assert 0 < faint.min() and (faint < 1e-40).mean() > 0.6
    multiplied, matmul = [], np.matmul

    def counting(a, b, **out):
        if a.shape == b.T.shape == (41, b.shape[0]):
            multiplied.append(len(b))
        return matmul(a, b, **out)

    monkeypatch.setattr(np, "matmul", counting)
    new = quick.step(state)[1]
    monkeypatch.undo()
    assert multiplied == [200, 200, 200]
    assert_same_parameters(quick.parameters(new), exact.parameters(exact.step(state)[1]), rtol=1e-12)


def test_a_component_with_hardly_a_point_is_looked_at_more_closely():
    X, _ = large_problem(600, 40, 1)
    far = Parameters([1 - 1e-15, 1e-15], [X.mean(axis=0), X.mean(axis=0) + 3.2], np.tile(np.cov(X.T), (2, 1, 1)))
    engine, exact = (Engine(X, reg_covar=0.1, formulation=how) for how in ("stacked", "residuals"))
    got, expected = (e.step(e.state(far))[1] for e in (engine, exact))
    assert expected.weights[1] < 1e-20
    assert_same_parameters(engine.parameters(got), exact.parameters(expected), rtol=1e-8)


@pytest.mark.parametrize("ratio", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6])
def test_stacked_residuals_lose_the_square_root_of_what_features_lose(ratio):
    X, w = scaled_problem(ratio)
    state = Engine(X).m_step(w)
    exact, got = (Engine(X, formulation=how).step(state)[1] for how in ("residuals", "stacked"))
    half = got.inverse_factors[1] @ exact.factors[1]
    eps = np.finfo(float).eps
    assert np.linalg.norm(half @ half.T - np.eye(2)) <= 8 * np.sqrt(eps * state.rounding)


def test_a_start_far_too_wide_is_measured_again():
    X, w = scaled_problem(1e-7)
    engine = Engine(X)
    wide = Parameters([0.5, 0.5], X[[0, 300]], np.tile(np.eye(2), (2, 1, 1)))
    expected = m_step.m_step(X, e_step.responsibilities(X, wide))
    assert_same_parameters(engine.parameters(engine.step(engine.state(wide))[1]), expected, rtol=1e-7)
    # From the origin, where an M-step alone begins, nothing is seen of a component so small.
    assert_same_parameters(engine.parameters(engine.m_step(w)), m_step.m_step(X, w), rtol=1e-7)


def test_after_the_last_attempt_the_accuracy_is_checked(monkeypatch):
    """Where one pass is all there is, a component that takes two is refused, not taken on trust."""
    X, w = scaled_problem(1e-7)
    monkeypatch.setattr(gmm_lib.engine.driver, "ATTEMPTS", 1)
    with pytest.raises(CollapsedComponentError, match="component 1 .*1 passes leave a relative error of .* covariance"):
        Engine(X).m_step(w)


# -- collapse ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 1e3, -1e8])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_collapse_is_refused_and_named(formulation, offset):
    X = np.vstack([overlapping().X, np.tile([[50.3, 50.7]], (3, 1))]) + offset
    w = np.zeros((len(X), 2))
    w[:-3, 0] = w[-3:, 1] = 1
    engine = Engine(X, formulation=formulation)
    with pytest.raises(CollapsedComponentError, match="component 1 has collapsed") as caught:
        engine.m_step(w)
    assert caught.value.component == 1
    with pytest.raises(CollapsedComponentError, match="no point belongs to it"):
        engine.m_step(np.eye(2)[np.zeros(len(X), dtype=int)])


@pytest.mark.parametrize("seed", [2, 19, 22])
def test_it_collapses_where_layer_1_does(seed):
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(seed))
    engine, steps = Engine(X), Steps(X)
    ours = theirs = None
    try:
        engine.run(engine.state(start), tol=0, max_iter=150)
    except CollapsedComponentError as error:
        ours = error.component
    try:
        em.run(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=150)
    except CollapsedComponentError as error:
        theirs = error.component
    assert ours == theirs


def test_a_flat_direction_collapses_unless_there_is_a_floor():
    X = iris().X[:, [0, 1, 0]]
    with pytest.raises(CollapsedComponentError, match="singular to working precision"):
        Engine(X).m_step(random_responsibilities(0, n=150, k=2))
    w = random_responsibilities(0, n=150, k=2)
    floored = Engine(X, reg_covar=1e-6)
    assert_same_parameters(floored.parameters(floored.m_step(w)), m_step.m_step(X, w, 1e-6), rtol=1e-8)


def test_equal_components_stay_equal():
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(9))  # draws one row twice
    engine = Engine(X)
    end = engine.run(engine.state(start), tol=0, max_iter=200).state
    np.testing.assert_array_equal(end.means[0], end.means[2])
    np.testing.assert_array_equal(end.inverse_factors[0], end.inverse_factors[2])


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_equal_components_stay_equal_however_each_is_rounded(formulation, monkeypatch):
    """Nothing makes BLAS round two equal rows alike. Here they are not, in the last digit, after every M-step."""
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(9))
    m_step_of_sums = gmm_lib.engine.driver.m_step

    def rounded(*arguments):
        new, rounding = m_step_of_sums(*arguments)
        off = 1 + np.finfo(float).eps * np.arange(3)
        return State(
            new.weights * off, new.means * off[:, np.newaxis], new.inverse_factors * off[:, None, None]
        ), rounding

    monkeypatch.setattr(gmm_lib.engine.driver, "m_step", rounded)
    engine = Engine(X, formulation=formulation)
    end = engine.run(engine.state(start), tol=0, max_iter=200).state
    for name in ("weights", "means", "inverse_factors"):
        np.testing.assert_array_equal(getattr(end, name)[0], getattr(end, name)[2], err_msg=name)
    assert (end.means[0] != end.means[1]).all()


def test_equal_components_of_unequal_weight_keep_their_ratio():
    X = iris().X
    start = rows_with_replacement(X, 3, np.random.RandomState(9))
    engine = Engine(X)
    unequal = Parameters([0.2, 0.4, 0.4], start.means, start.covariances)
    end = engine.run(engine.state(unequal), tol=0, max_iter=20).state
    np.testing.assert_array_equal(end.means[0], end.means[2])
    assert end.weights[2] == pytest.approx(2 * end.weights[0], rel=1e-12)


# -- however the points are stored, however many threads -----------------------------------------------------------


@pytest.mark.parametrize("formulation", FORMULATIONS[:3])
def test_the_number_of_threads_does_not_show(formulation):
    X, start = large_problem(30_000, 3, 4)
    ends = []
    for threads in (1, 2, 5):
        engine = Engine(X, formulation=formulation, threads=threads)
        ends.append(engine.run(engine.state(start), tol=0, max_iter=4))
    for end in ends[1:]:
        assert end.bounds == ends[0].bounds
        np.testing.assert_array_equal(end.state.means, ends[0].state.means)
        np.testing.assert_array_equal(end.state.inverse_factors, ends[0].state.inverse_factors)


@pytest.mark.parametrize("can_start", [0, 1, 4])
def test_where_threads_cannot_be_started_there_are_none(can_start, monkeypatch):
    X, start = large_problem(150_000, 3, 4)
    engine = Engine(X, threads=5)
    expected = engine.run(engine.state(start), tol=0, max_iter=3)
    begun, begin = [], threading.Thread.start

    def limited(thread):
        if len(begun) == can_start:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    engine = Engine(X, threads=5)
    begun.clear()
    run = engine.run(engine.state(start), tol=0, max_iter=3)
    assert len(begun) == can_start and not any(thread.is_alive() for thread in begun)
    assert run.bounds == expected.bounds


def test_one_thread_is_the_callers_own(monkeypatch):
    def refuse(*_):
        raise AssertionError("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    X, start = large_problem(60_000, 3, 4)
    for engine in (Engine(X, threads=1), Engine(X[:100]), Engine(sources.Blocks([X], threads=1))):
        engine.run(engine.state(start), tol=0, max_iter=2)


def absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)


def confused(monkeypatch):
    import threadpoolctl

    def fail(*_):
        raise AttributeError("'NoneType' object has no attribute 'split'")

    monkeypatch.setattr(threadpoolctl.ThreadpoolController, "__init__", fail)


@pytest.mark.parametrize("how", [absent, confused])
def test_what_the_system_does_not_tell_is_done_without(how, monkeypatch):
    X, start = large_problem(9_000, 3, 4)
    engine = Engine(X)
    expected = engine.run(engine.state(start), tol=0, max_iter=2).bounds
    sources._blas.cache_clear()
    how(monkeypatch)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert sources.available_processors() >= 1
    engine = Engine(X)
    assert engine.run(engine.state(start), tol=0, max_iter=2).bounds == expected
    monkeypatch.undo()
    sources._blas.cache_clear()


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64, np.longlong, np.float16])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_points_of_any_type_are_numbers(formulation, dtype):
    X = np.round(10 * iris().X)
    start = distinct_rows(X, 3, np.random.RandomState(0))
    engines = [Engine(points, formulation=formulation) for points in (X.astype(dtype), X)]
    one, other = (e.run(e.state(start), tol=0, max_iter=5) for e in engines)
    assert one.bounds == other.bounds


def stored(how, X, folder):
    if how == "memmap":
        mapped = np.memmap(folder / "points", dtype=X.dtype, mode="w+", shape=X.shape)
        mapped[:] = X
        return mapped
    return {
        "Fortran order": np.asfortranarray(X),
        "every second row": np.repeat(X, 2, axis=0)[::2],
        "backwards": X[::-1].copy()[::-1],
        "columns of a wider array": np.hstack([X, X])[:, 3:6],
        "read-only": np.require(X, requirements="W").copy(),
    }[how]


@pytest.mark.parametrize(
    "how", ["Fortran order", "every second row", "backwards", "columns of a wider array", "read-only", "memmap"]
)
def test_any_memory_layout(how, tmp_path):
    X, start = large_problem(9_000, 3, 4)
    points = stored(how, X, tmp_path)
    if how == "read-only":
        points.flags.writeable = False
    plain, other = Engine(X), Engine(points)
    expected, got = (e.run(e.state(start), tol=0, max_iter=3) for e in (plain, other))
    np.testing.assert_allclose(got.bounds, expected.bounds, rtol=1e-13)
    np.testing.assert_allclose(got.state.means, expected.state.means, atol=1e-11)


@pytest.mark.parametrize("formulation", FORMULATIONS[:3])
def test_float32_points_are_summed_in_float64(formulation):
    X, start = large_problem(9_000, 3, 4)
    X = (X + 1000).astype(np.float32)
    start = Parameters(start.weights, start.means + 1000, start.covariances)
    engines = [Engine(points, formulation=formulation) for points in (X, X.astype(np.float64))]
    one, other = (e.run(e.state(start), tol=0, max_iter=3) for e in engines)
    assert one.bounds == other.bounds


def test_nothing_as_long_as_the_data_is_ever_stored():
    import tracemalloc

    peaks = []
    for n in (400_000, 1_200_000):
        X, start = large_problem(n, 4, 6)
        engine = Engine(X, threads=2)
        state = engine.state(start)
        tracemalloc.start()
        engine.run(state, tol=0, max_iter=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 12 * 2**20 and peaks[1] < 1.5 * peaks[0]  # one array of n x k would be 55 MiB


# -- coordinates ---------------------------------------------------------------------------------------------------


def test_moments_add_up():
    X = np.random.default_rng(0).normal(3, [1, 10], (500, 2))
    s = np.random.default_rng(1).random(500)
    parts = [Moments.of(X[piece], s[piece]) for piece in (slice(0, 7), slice(7, 300), slice(300, 500))]
    whole = parts[0] + parts[1] + parts[2]
    np.testing.assert_allclose(whole.mean, np.average(X, axis=0, weights=s), rtol=1e-14)
    np.testing.assert_allclose(whole.scatter, np.cov(X.T, aweights=s, bias=True) * s.sum(), rtol=1e-12)
    assert whole.rows == 500 and (whole.high == X.max(axis=0)).all() and (whole.low == X.min(axis=0)).all()


def test_the_leading_part_of_a_coordinate_is_exact():
    from fractions import Fraction

    X = exactness.problems()["correlation 1-1e-13"][0]
    coordinates = Coordinates.of(Moments.of(X))
    assert coordinates.delicate
    leading, rest = coordinates.of_block(X, Scratch(), parts=2)
    for i in range(10):
        for a in range(2):
            residuals = [Fraction(x) - Fraction(c) for x, c in zip(X[i], coordinates.centre)]
            exact = sum(Fraction(w) * r for w, r in zip(coordinates.matrix[a], residuals))
            rounding = np.finfo(float).eps * np.abs(coordinates.matrix[a]) @ coordinates.grid  # of the rest alone
            assert abs(Fraction(leading[a, i]) + Fraction(rest[a, i]) - exact) <= rounding
            assert rounding < 1e-15 < np.finfo(float).eps * np.abs(coordinates.matrix).max()  # as good as 75 bits


def test_parameters_survive_the_journey():
    X, parameters = random_problem(0, n=50, m=3)
    engine = Engine(X * [1, 1e-6, 1e6] + [0, 1, 1e7])
    there = Parameters(
        parameters.weights,
        parameters.means * [1, 1e-6, 1e6] + [0, 1, 1e7],
        parameters.covariances * np.outer([1, 1e-6, 1e6], [1, 1e-6, 1e6]),
    )
    assert_same_parameters(engine.parameters(engine.state(there)), there, rtol=1e-8)


# -- exactness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formulation", ["features", "residuals"])
def test_densities_beyond_the_range_of_numbers(formulation):
    """Far from both components the exponentials underflow, near a tiny one they are huge: the shares are right."""
    X = np.array([[0.0], [1e-200], [50.0], [90.0], [1.0], [-3.0]])
    parameters = Parameters([0.3, 0.7], [[0.0], [2.0]], [[[1e-3]], [[0.8]]])
    engine = Engine(X, formulation=formulation)
    w = engine.responsibilities(engine.state(parameters), X)
    np.testing.assert_allclose(w, e_step.responsibilities(X, parameters), rtol=1e-6, atol=1e-300)


@pytest.mark.parametrize("formulation", ["features", "residuals"])
@pytest.mark.parametrize("digits", [100, 140, 149, 151, 160, 200, 290, 300, 305, 310, 320, 400])
def test_shares_keep_their_digits_on_the_edge_of_the_range(digits, formulation):
    """A density of 1e-310 is a number of few digits, and the shares of what adds up to it would have no more."""
    X = np.array([[np.sqrt(2 * np.log(10) * digits)]])
    parameters = Parameters([0.5, 0.5], [[0.0], [-2.0]], [[[1.0]], [[1.0]]])
    engine = Engine(np.vstack([X, [[0.0], [1.0]]]), formulation=formulation)
    state = engine.state(parameters)
    w = mp_responsibilities(X, parameters)
    assert 0 < w[0, 1] < 1e-18
    np.testing.assert_allclose(engine.responsibilities(state, X), w, rtol=1e-10, atol=0)
    alone = Engine(np.repeat(X, 2, axis=0) + np.array([[0.0], [1e-9]]), formulation=formulation)
    expected = sum(mp.log(mp.fsum(mp_joint(x, parameters))) for x in alone.source.X)
    sums = alone.source.sums(alone._pass(alone.state(parameters)))
    assert sums.log_likelihood == pytest.approx(float(expected), rel=1e-12)


def test_it_works_where_every_floating_point_error_raises():
    X, _ = large_problem(3000, 3, 2)
    X[1000:] += 40  # shares vanish
    start = Parameters([0.5, 0.5], X[[0, -1]], np.tile(np.eye(3), (2, 1, 1)))
    faint = np.where(np.arange(3000) % 2, 1.0, 1e-300)
    ends = []
    for errors in ("warn", "raise"):
        with np.errstate(all=errors, under="ignore" if errors == "warn" else "raise"):
            for formulation in FORMULATIONS:
                engine = Engine(X, faint, reg_covar=1e-300, formulation=formulation, threads=1)
                state = engine.state(start)
                run = engine.run(state, tol=0, max_iter=3)
                w = engine.responsibilities(engine.step(state)[1], X)
                ends.append((run.bounds, engine.parameters(engine.m_step(w)).weights.tolist(), w.min()))
    assert ends[:4] == ends[4:] and min(end[2] for end in ends) < 1e-200


@pytest.mark.filterwarnings("default")
def test_nothing_is_less_exact_than_promised():
    rows = exactness.table()
    assert len(rows) >= 9
    for name, _, *values in rows:
        ours, theirs = values[:4], values[4:]
        assert ours[0] < 1e-11, name
        for kind, our, their in zip(exactness.ERRORS, ours, theirs):
            assert our <= max(2 * their, exactness.ROUNDING), (name, kind, our, their)


# -- bad input -----------------------------------------------------------------------------------------------------


def with_entry(value, row=3, column=1):
    X = iris().X.copy()
    X[row, column] = value
    return X


def weights_with(value):
    s = np.ones(150)
    s[7] = value
    return s


X = iris().X
DOORS = {
    "NaN": (dict(source=with_entry(np.nan)), r"X must be finite; got nan in row 3, column 1"),
    "infinity": (dict(source=with_entry(-np.inf, 140, 3)), r"X must be finite; got -inf in row 140, column 3"),
    "squares overflow": (dict(source=with_entry(1e200)), r"X must have a sum of squares below 1e308; got .* 1e\+200"),
    "one dimension": (dict(source=X[:, 0]), r"X must have m columns of numbers; got shape \(150,\) of float64"),
    "no points": (dict(source=X[:0]), r"X must hold at least one point and one column; got shape \(0, 4\)"),
    "no columns": (dict(source=X[:, :0]), r"X must hold at least one point and one column; got shape \(150, 0\)"),
    "a number": (dict(source=3), r"X must have m columns of numbers; got shape \(\) of int64"),
    "None": (dict(source=None), r"X must have m columns of numbers; got shape \(\) of object"),
    "text": (dict(source=[["a"]]), r"X must have m columns of numbers; got shape \(1, 1\) of <U1"),
    "complex": (dict(source=X + 0j), r"X must have m columns of numbers; got .* of complex128"),
    "truth": (dict(source=X > 3), r"X must have m columns of numbers; got .* of bool"),
    "ragged": (dict(source=[[1.0], [1.0, 2.0]]), r"X must be a rectangular array"),
    "masked": (dict(source=np.ma.masked_less(X, 0.2)), r"X must have no masked entries; got 5"),
    "formulation": (dict(formulation="luck"), r"formulation must be one of 'auto', .*; got 'luck'"),
    "formulations": (dict(formulation=["auto"]), r"formulation must be one of .*; got \['auto'\]"),
    "weights 0": (dict(sample_weight=np.zeros(150)), r"sample_weight must have a positive sum, .*got 0"),
    "weight negative": (dict(sample_weight=weights_with(-1)), r"sample_weight .* not negative; got -1.0 at index 7"),
    "weight NaN": (dict(sample_weight=weights_with(np.nan)), r"sample_weight must be finite.*got nan at index 7"),
    "weight infinite": (dict(sample_weight=weights_with(np.inf)), r"sample_weight must be finite.*got inf at index 7"),
    "weights too large": (dict(sample_weight=np.full(150, 1e307)), r"sample_weight must have .* a finite one; got inf"),
    "weights short": (dict(sample_weight=np.ones(3)), r"sample_weight must have shape \(150,\); got \(3,\)"),
    "weights square": (dict(sample_weight=np.ones((150, 1))), r"sample_weight must have shape .*; got \(150, 1\)"),
    "weights text": (dict(sample_weight=["a"] * 150), r"sample_weight must hold real numbers"),
    "floor negative": (dict(reg_covar=-1), r"reg_covar must be a finite number, zero or more; got -1"),
    "floor NaN": (dict(reg_covar=np.nan), r"reg_covar must be a finite number, zero or more; got nan"),
    "floors negative": (dict(reg_covar=[0, 0, -2, 0]), r"reg_covar must not be negative; got -2 for column 2"),
    "floors NaN": (dict(reg_covar=[0, np.nan, 1, 0]), r"reg_covar must be finite; got nan"),
    "floors short": (dict(reg_covar=[1.0]), r"reg_covar must be a number, or have one entry .* 4 columns; got 1"),
    "floor square": (dict(reg_covar=np.eye(4)), r"reg_covar must have 1 dimension"),
    "floor text": (dict(reg_covar="relative"), r"reg_covar must be a finite number, zero or more; got 'relative'"),
    "threads 0": (dict(threads=0), r"threads must be a positive integer; got 0"),
    "threads -1": (dict(threads=-1), r"threads must be a positive integer; got -1"),
    "threads 1.5": (dict(threads=1.5), r"threads must be a positive integer; got 1.5"),
    "accuracy": (dict(accuracy=-1e-9), r"accuracy must be a finite number, zero or more; got -1e-09"),
    "accuracy NaN": (dict(accuracy=np.nan), r"accuracy must be a finite number"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_bad_argument_is_named(door):
    arguments, message = DOORS[door]
    with pytest.raises(ValueError, match=message):
        Engine(**(dict(source=X) | arguments))


def test_a_bad_argument_of_a_method_is_named():
    engine, start = Engine(X), distinct_rows(X, 3, np.random.RandomState(0))
    state, other = engine.state(start), random_problem(0, m=2)[1]
    for name, value in (("tol", -1), ("tol", np.nan), ("max_iter", -1), ("max_iter", 1.5), ("previous", np.nan)):
        with pytest.raises(ValueError, match=f"{name} must be"):
            engine.run(state, **{name: value})
    with pytest.raises(ValueError, match="on_iteration must be a function or None; got 3"):
        engine.run(state, on_iteration=3)
    for method in (
        engine.run,
        engine.step,
        engine.parameters,
        engine.inverse_factors,
        lambda s: engine.log_joint(s, X),
    ):
        with pytest.raises(ValueError, match=r"state must be what Engine.state\(parameters\) returns"):
            method(start)
        with pytest.raises(ValueError, match="state must have 4 dimensions; got 2"):
            method(Engine(X[:, :2]).state(other))
    with pytest.raises(ValueError, match="parameters must have 4 dimensions, as the points have; got 2"):
        engine.state(other)
    with pytest.raises(ValueError, match="parameters must be a gmm_lib.Parameters; got int"):
        engine.state(3)
    with pytest.raises(ValueError, match="X must have 4 columns.*got 2"):
        engine.responsibilities(state, X[:, :2])
    with pytest.raises(ValueError, match="no component can have produced row 1 of X"):
        engine.responsibilities(state, [[5.0, 3, 1, 1], [1e200, 0, 0, 0]])
    for w, message in ((np.ones((150, 2)), "must sum to one"), (np.eye(3), "must have 150 rows"), (3, "dimension")):
        with pytest.raises(ValueError, match=f"responsibilities.*{message}"):
            engine.m_step(w)
    for rows, rng, message in ((0, np.random.RandomState(0), "rows must be"), (3, 42, "rng must be .*; got 42")):
        with pytest.raises(ValueError, match=message):
            engine.sample(rows, rng)
    lost = State(np.array([1.0]), np.full((1, 4), 1e200), np.eye(4)[np.newaxis])
    with pytest.raises(ValueError, match="no component can have produced row 0 of X"):
        Engine(X, formulation="residuals").step(lost)


def test_no_iteration_leaves_the_state():
    engine = Engine(X)
    state = engine.state(distinct_rows(X, 3, np.random.RandomState(0)))
    run = engine.run(state, max_iter=0)
    assert run.state is state and run.bounds == [] and not run.converged


def test_a_sample_is_drawn_by_either_kind_of_generator():
    for rng in (np.random.RandomState(0), np.random.default_rng(0)):
        rows = Engine(X).sample(20, rng)
        assert rows.shape == (20, 4) and set(map(tuple, rows)) <= set(map(tuple, X))


def test_a_source_is_cut_the_same_way_however_many_threads():
    X = np.zeros((10_000, 2))
    assert InMemory(X, threads=1).chunks == InMemory(X, threads=3).chunks


# -- what a mutation tool found untested ---------------------------------------------------------------------------


@pytest.mark.parametrize("formulation", list(passes.FORMULATIONS))
def test_many_blocks_in_one_pass_add_up(formulation, monkeypatch):
    rng, k, m = np.random.default_rng(3), 2, 3
    X, how = rng.normal(size=(40, m)), passes.FORMULATIONS[formulation]
    one_pass = passes.Pass(Coordinates.identity(m), standard_state(k, m), formulation)
    whole = one_pass(X)
    monkeypatch.setattr(how, "block_rows", lambda m, k: 7)
    assert len(one_pass.blocks(len(X))) == 6
    in_blocks = one_pass(X)
    np.testing.assert_allclose(in_blocks.sums, whole.sums, rtol=1e-12, atol=1e-12)
    assert in_blocks.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)


@pytest.mark.parametrize(
    "pieces", [[(1, 0.5), (1, 0.5)], [(2, 0.5), (1, 0.0)], [(1, 0.0), (2, 0.5)], [(3, 2.0), (2, 0.25)]]
)
def test_moments_of_parts_are_those_of_the_whole(pieces):
    rng = np.random.default_rng(4)
    parts = [(rng.normal(size=(rows, 2)) + 5, np.full(rows, weight)) for rows, weight in pieces]
    X, w = (np.concatenate(arrays) for arrays in zip(*parts))
    found = reduce(add, (Moments.of(*part) for part in parts))
    assert (found.rows, found.weight) == (len(X), w.sum())
    np.testing.assert_allclose(found.mean, np.average(X, axis=0, weights=w), rtol=1e-14)
    np.testing.assert_allclose(found.scatter, np.cov(X.T, aweights=w, bias=True) * w.sum(), rtol=1e-12, atol=1e-14)


def test_a_lost_covariance_is_padded_around_what_is_left():
    """The next pass measures from there: so mean and covariance must be about right, and the volume positive."""
    mean, spread = np.array([0.5, -2.0]), np.array([[4.0, 2.0], [2.0, 1.0]])  # of rank one
    M = np.block([[np.ones((1, 1)), mean[np.newaxis]], [mean[:, np.newaxis], spread + np.outer(mean, mean)]])
    K = state_module._padded(M)
    np.testing.assert_array_equal(K[1:, 0], mean)
    found = K[1:, 1:] @ K[1:, 1:].T
    np.testing.assert_allclose(found, spread, atol=1e-11)
    least, size = np.linalg.eigvalsh(found)[0], 1 + np.trace(M)
    assert 1e-14 * size < least < 1e-12 * size
