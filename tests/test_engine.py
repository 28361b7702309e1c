"""The engine against layer 1 on every half-step, against 60 digits, and against itself however it is run."""

import numpy as np
import pytest
from oracles import random_problem, random_responsibilities

from benchmarks import exactness
from gmm_lib import e_step, em, likelihood, m_step, mixture
from gmm_lib.datasets import elongated, iris, old_faithful, overlapping, unequal_sizes
from gmm_lib.engine import Coordinates, Engine, Moments, State
from gmm_lib.engine.passes import Scratch
from gmm_lib.engine.sources import InMemory
from gmm_lib.initialization import distinct_rows, rows_with_replacement
from gmm_lib.model import Steps
from gmm_lib.parameters import Parameters
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
        np.testing.assert_allclose(engine.log_joint(state, X).T, log_joint, rtol=1e-10, atol=1e-9)
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


def test_many_dimensions_are_for_the_stacked_residuals():
    X, start = large_problem(400, 70, 2)
    engine, exact = (Engine(X, reg_covar=0.1, formulation=how) for how in ("auto", "residuals"))
    run, expected = (e.run(e.state(start), tol=0, max_iter=2) for e in (engine, exact))
    assert run.formulations == ["stacked"] * 2
    assert_same_parameters(engine.parameters(run.state), exact.parameters(expected.state), rtol=1e-10)


def test_stacked_residuals_of_nearly_dependent_columns():
    X, start = large_problem(900, 40, 2)
    X[:, 1] = X[:, 0] + 1e-5 * X[:, 1]
    w = random_responsibilities(0, n=900, k=2)
    engine, exact = (Engine(X, formulation=how) for how in ("stacked", "residuals"))
    assert engine.coordinates.delicate
    state = exact.m_step(w)
    (value, new), (expected_value, expected) = engine.step(state), exact.step(state)
    assert value == pytest.approx(expected_value, rel=1e-12)
    for got, truth in zip(new.inverses, expected.factors):  # judged in each component's own scale
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
    half = got.inverses[1] @ exact.factors[1]
    eps = np.finfo(float).eps
    assert np.linalg.norm(half @ half.T - np.eye(2)) <= 8 * np.sqrt(eps * state.rounding)


def test_a_start_far_too_wide_is_measured_again():
    X, w = scaled_problem(1e-7)
    engine = Engine(X)
    wide = Parameters([0.5, 0.5], X[[0, 300]], np.tile(np.eye(2), (2, 1, 1)))
    narrow = engine.parameters(engine.step(engine.state(wide))[1])  # the second covariance shrinks by a factor 1e14
    expected = m_step.m_step(X, e_step.responsibilities(X, wide))
    assert_same_parameters(narrow, expected, rtol=1e-7)
    assert_same_parameters(engine.parameters(engine.m_step(w)), m_step.m_step(X, w), rtol=1e-7)


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
    with pytest.raises(CollapsedComponentError, match="no point leans on it"):
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
    np.testing.assert_array_equal(end.inverses[0], end.inverses[2])


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
        np.testing.assert_array_equal(end.state.inverses, ends[0].state.inverses)


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


def test_bad_input_is_named():
    X = iris().X
    with pytest.raises(ValueError, match="X must be finite"):
        Engine(np.where(X > 7, np.nan, X))
    with pytest.raises(ValueError, match="formulation must be"):
        Engine(X, formulation="luck")
    with pytest.raises(ValueError, match="sample_weight must have a positive sum"):
        Engine(X, np.zeros(150))
    with pytest.raises(ValueError, match=r"X must have m columns of numbers; got shape \(150,\) of float64"):
        Engine(X[:, 0])
    with pytest.raises(ValueError, match=r"sample_weight must have shape \(150,\); got \(3,\)"):
        Engine(X, np.ones(3))
    lost = State(np.array([1.0]), np.full((1, 4), 1e200), np.eye(4)[np.newaxis])
    with pytest.raises(ValueError, match="no component can have produced"):
        Engine(X, formulation="residuals").step(lost)


def test_a_source_is_cut_the_same_way_however_many_threads():
    X = np.zeros((10_000, 2))
    assert InMemory(X, threads=1).chunks == InMemory(X, threads=3).chunks
