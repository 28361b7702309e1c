"""Tied, diagonal and spherical covariances: each M-step against scikit-learn's and against every neighbour; the engine
against layer 1 on every half-step; whole fits against scikit-learn, and against the figures that mclust prints."""

import copy
import warnings

import numpy as np
import pytest
from oracles import exact, mp_responsibilities, random_covariance, random_problem, random_responsibilities, scipy_joint
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as TheirMixture
from sklearn.utils.estimator_checks import check_estimator

from gmm_lib import e_step, em, likelihood, mixture
from gmm_lib.covariance_types import TYPES, constrained, full_matrices, of_type, short_form, short_shape
from gmm_lib.datasets import elongated, iris, old_faithful, overlapping, ring, unequal_sizes, well_separated
from gmm_lib.engine import Engine, Stepwise, run_many
from gmm_lib.engine.passes import EXACT, WAYS
from gmm_lib.engine.sources import Blocks, InMemory
from gmm_lib.floor import relative_floor
from gmm_lib.initialization import RULES, distinct_rows, from_parameters, kmeans
from gmm_lib.m_step import m_step
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters
from gmm_lib.selection import n_free_parameters
from gmm_lib.steps import Steps
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
OTHERS = TYPES[1:]  # the others than "full", which has all the other tests
DATA = [iris, old_faithful, overlapping, elongated, ring, unequal_sizes, well_separated]
BY_EACH_WAY = [(kind, way) for kind in OTHERS for way in (*WAYS[kind], "auto")]


def of(parameters, kind):
    """The mixture with its covariances made ones of the type."""
    covariances = constrained(parameters.covariances, parameters.weights, kind)
    return Parameters(parameters.weights, parameters.means, covariances)


def problem(kind, *arguments, **sizes):
    X, parameters = random_problem(*arguments, **sizes)
    return X, of(parameters, kind)


def assert_same(got, expected, rtol=1e-9):
    np.testing.assert_allclose(got.weights, expected.weights, rtol=rtol, atol=1e-12)
    scale = np.sqrt(np.diagonal(expected.covariances, axis1=1, axis2=2))
    np.testing.assert_array_less(np.abs(got.means - expected.means) / scale, rtol)
    outer = scale[:, :, np.newaxis] * scale[:, np.newaxis]
    np.testing.assert_array_less(np.abs(got.covariances - expected.covariances) / outer, rtol)


def start_of(points, k, kind, seed=0):
    start = distinct_rows(points, k, np.random.RandomState(seed), 0.0, kind)
    precisions = short_form(np.linalg.inv(start.covariances), kind)
    return dict(weights_init=start.weights, means_init=start.means, precisions_init=precisions)


def both(points, **arguments):
    arguments.setdefault("reg_covar", 1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(**arguments).fit(points), TheirMixture(**arguments).fit(points)


FITTED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_", "lower_bound_", "lower_bounds_")


def assert_same_fit(ours, theirs):
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)
    for name in FITTED:
        one, other = getattr(ours, name), getattr(theirs, name)
        assert np.shape(one) == np.shape(other), name
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-8 * np.abs(other).max(), err_msg=name)


# -- the M-step ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("reg_covar", [0.0, 0.5])
def test_one_step_is_one_step_of_scikit_learn(kind, reg_covar):
    X, start = problem(kind, 2, n=60, k=2, m=3)
    theirs = TheirMixture(
        2, covariance_type=kind, reg_covar=reg_covar, max_iter=1, weights_init=start.weights, means_init=start.means,
        precisions_init=short_form(np.linalg.inv(start.covariances), kind),
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        theirs.fit(X)
    ours = m_step(X, e_step.responsibilities(X, start), reg_covar, kind)
    np.testing.assert_allclose(ours.weights, theirs.weights_, rtol=1e-10)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-10)
    np.testing.assert_allclose(short_form(ours.covariances, kind), theirs.covariances_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", OTHERS)
def test_no_other_covariances_of_the_type_give_a_higher_bound(kind):
    X, _ = random_problem(3, n=40)
    w = random_responsibilities(3, n=40)
    best = m_step(X, w, covariance_type=kind)
    top, rng = likelihood.lower_bound(X, w, best), np.random.default_rng(0)
    for _ in range(60):
        other = random_covariance(rng, 2), random_covariance(rng, 2), random_covariance(rng, 2)
        step = constrained(np.stack(other), np.ones(3), kind)
        sign = rng.choice([-0.05, 0.05])
        nudged = Parameters(best.weights, best.means, best.covariances + sign * step)
        assert likelihood.lower_bound(X, w, nudged) < top


def test_tied_diag_and_spherical_by_hand():
    X = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [10.0, 11.0], [12.0, 13.0]])
    w = np.eye(2)[[0, 0, 0, 0, 1, 1]]  # covariances I and [[1, 1], [1, 1]]
    third = 1 / 3
    expected = {
        "tied": [[[1, third], [third, 1]]] * 2,
        "diag": [np.eye(2), np.eye(2)],
        "spherical": [np.eye(2), np.eye(2)],
    }
    for kind, covariances in expected.items():
        np.testing.assert_allclose(m_step(X, w, 0, kind).covariances, covariances, rtol=1e-15)
    wide = X * [1, 3]
    np.testing.assert_allclose(m_step(wide, w, 0, "diag").covariances, [np.diag([1, 9])] * 2)
    np.testing.assert_allclose(m_step(wide, w, 0, "spherical").covariances, [np.diag([5, 5])] * 2)
    floored = m_step(wide, w, [1.0, 3.0], "spherical").covariances
    np.testing.assert_allclose(floored, [np.diag([7, 7])] * 2)  # the mean of the floors


@pytest.mark.parametrize("kind", TYPES)
def test_covariances_are_symmetric_to_the_last_bit(kind):
    for seed in range(20):
        X, w = random_problem(seed, n=30, m=1 + seed % 7)[0], random_responsibilities(seed, n=30)
        sigma = m_step(X, w, 0.1, kind).covariances
        np.testing.assert_array_equal(sigma, sigma.transpose(0, 2, 1))


def test_what_is_pooled_or_uncorrelated_needs_fewer_points():
    X, w = np.random.default_rng(7).normal(size=(20, 30)), random_responsibilities(7, n=20, k=2)
    with pytest.raises(CollapsedComponentError):
        m_step(X, w)
    for kind in ("diag", "spherical"):
        assert np.isfinite(m_step(X, w, 0, kind).factors).all()
    X, alone = X[:, :3], np.eye(2)[[0] * 19 + [1]]
    with pytest.raises(CollapsedComponentError, match="component 1"):
        m_step(X, alone)
    assert np.isfinite(m_step(X, alone, 0, "tied").factors).all()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("k, m", [(1, 1), (2, 3), (5, 4)])
def test_free_parameters_are_scikit_learns(kind, k, m):
    X = np.random.default_rng(0).normal(size=(50, m))
    assert n_free_parameters(k, m, kind) == TheirMixture(k, covariance_type=kind).fit(X)._n_parameters()


@pytest.mark.parametrize("kind", TYPES)
def test_the_short_form_says_it_all(kind):
    parameters = of(random_problem(0, k=2, m=2)[1], kind)  # k = m: the shapes alone would not tell
    short = short_form(parameters.covariances, kind)
    assert short.shape == short_shape(2, 2, kind)
    np.testing.assert_array_equal(full_matrices(short, 2, 2, kind), parameters.covariances)
    short[0] = 0  # a copy
    assert (parameters.covariances[0, 0, 0]) > 0


def test_covariances_of_another_type_are_refused():
    covariances = random_problem(0)[1].covariances
    for kind, what in (("tied", "all the same"), ("diag", "diagonal"), ("spherical", "multiples of the identity")):
        with pytest.raises(ValueError, match=rf"starts must have covariances that are {what}, .*'{kind}'; got some"):
            of_type(covariances, kind, "starts")
        rounded = constrained(covariances, np.ones(3), kind) * (1 + 1e-12 * np.arange(12).reshape(3, 2, 2))
        exactly = of_type(rounded, kind, "starts")
        np.testing.assert_array_equal(constrained(exactly, np.ones(3), kind), exactly)


# -- the starts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("short_runs", "hierarchical")])  # of the type
def test_every_rule_starts_with_the_best_of_the_type(rule, kind):
    X = iris().X
    free = RULES[rule](X, 3, np.random.RandomState(0))
    start = RULES[rule](X, 3, np.random.RandomState(0), 0.0, covariance_type=kind)
    assert_same(start, of(free, kind), rtol=1e-12)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_rule_needs_no_more_points_than_its_type(kind):
    X = np.random.default_rng(0).normal(size=(12, 30 if kind != "tied" else 3))
    if kind == "tied":
        X[0] = 9.0  # a cluster of its own, whose covariance is that of the others
    for rule in (kmeans, distinct_rows):
        assert rule(X, 2, np.random.RandomState(0), 0.0, kind).k == 2
    with pytest.raises(ValueError, match=r"singular|collapsed"):
        kmeans(X, 2, np.random.RandomState(0))


def test_given_precisions_have_the_shape_of_the_type():
    X = iris().X
    given = {"full": [np.eye(4) * 4] * 2, "tied": np.eye(4) * 4, "diag": np.full((2, 4), 4.0), "spherical": [4.0, 4.0]}
    for kind, precisions in given.items():
        start = from_parameters(X, 2, 0, precisions=precisions, covariance_type=kind)
        np.testing.assert_allclose(start.covariances, [np.eye(4) / 4] * 2)
        for other in given.keys() - {kind}:
            with pytest.raises(ValueError, match=r"precisions_init must have (shape|\d dimension)"):
                from_parameters(X, 2, 0, precisions=given[other], covariance_type=kind)
    with pytest.raises(ValueError, match="precisions_init must be positive for covariance_type 'diag'; got -1"):
        from_parameters(X, 2, 0, precisions=-np.ones((2, 4)), covariance_type="diag")
    with pytest.raises(ValueError, match="precisions_init must be positive definite; its least eigenvalue is -1"):
        from_parameters(X, 2, 0, precisions=-np.eye(4), covariance_type="tied")


# -- the engine ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, way", BY_EACH_WAY)
@pytest.mark.parametrize("data, k", [(iris, 3), (old_faithful, 2), (overlapping, 4), (elongated, 2)])
def test_every_half_step_is_layer_1s(data, k, kind, way):
    X = data().X
    parameters = distinct_rows(X, k, np.random.RandomState(0), 0.0, kind)
    engine = Engine(X, formulation=way, covariance_type=kind)
    for _ in range(6):
        state = engine.state(parameters)
        w = e_step.responsibilities(X, parameters)
        np.testing.assert_allclose(engine.responsibilities(state, X), w, atol=1e-11)
        np.testing.assert_allclose(engine.log_joint(state, X), mixture.log_joint(X, parameters), rtol=1e-10, atol=1e-9)
        log_likelihood, new = engine.step(state)
        assert log_likelihood == pytest.approx(likelihood.log_likelihood(X, parameters), rel=1e-12)
        expected = m_step(X, w, 0, kind)
        assert_same(engine.parameters(new), expected)
        assert_same(engine.parameters(engine.m_step(w)), expected, rtol=1e-12)
        parameters = expected


@pytest.mark.parametrize("kind, way", BY_EACH_WAY)
@pytest.mark.parametrize("k, m", [(1, 1), (3, 1), (2, 5), (4, 2), (3, 40)])
def test_any_shape_any_parameters_any_responsibilities_any_floor(k, m, kind, way):
    X, parameters = problem(kind, k + m, n=200, m=m, k=k)
    floor = 0.01 * np.arange(1, m + 1)
    engine = Engine(X, reg_covar=floor, formulation=way, covariance_type=kind)
    log_likelihood, new = engine.step(engine.state(parameters))
    assert log_likelihood == pytest.approx(likelihood.log_likelihood(X, parameters), rel=1e-11)
    assert_same(engine.parameters(new), m_step(X, e_step.responsibilities(X, parameters), floor, kind), rtol=1e-8)
    w = random_responsibilities(0, n=200, k=k)
    assert_same(engine.parameters(engine.m_step(w)), m_step(X, w, floor, kind))


@pytest.mark.parametrize("kind", OTHERS)
def test_a_run_is_the_drivers(kind):
    X = iris().X
    start = distinct_rows(X, 3, np.random.RandomState(1), 0.0, kind)
    steps = Steps(X, covariance_type=kind)
    expected = em.run(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=40)
    engine = Engine(X, covariance_type=kind)
    run = engine.run(engine.state(start), tol=0, max_iter=40)
    np.testing.assert_allclose(run.bounds, expected.history[:-1], rtol=1e-11)
    assert_same(engine.parameters(run.state), expected.state, rtol=1e-6)
    assert set(run.formulations) == {WAYS[kind][0]}


@pytest.mark.parametrize("kind, way", BY_EACH_WAY)
def test_covariances_are_of_the_type_to_the_last_bit(kind, way):
    X = iris().X
    engine = Engine(X, reg_covar=[0.1, 0.2, 0.3, 0.4], formulation=way, covariance_type=kind)
    start = distinct_rows(X, 3, np.random.RandomState(1), 0.0, kind)
    state = engine.run(engine.state(start), tol=0, max_iter=5).state
    for matrices in (engine.parameters(state).covariances, engine.inverse_factors(state)):
        np.testing.assert_array_equal(full_matrices(short_form(matrices, kind), 3, 4, kind), matrices)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("size", [1e-2, 1e-5, 1e-7])
def test_small_components_are_exact_however_small(kind, size):
    """Two tight groups a unit apart: squares lose their digits, and the engine must see it."""
    rng = np.random.default_rng(0)
    X = size * rng.normal(size=(80, 3)) + np.repeat([[0.0], [1.0]], 40, axis=0)
    w = np.repeat(np.eye(2), 40, axis=0)
    start = m_step(X, w, 0, kind)
    engine = Engine(X, covariance_type=kind)
    run = engine.run(engine.state(start), tol=0, max_iter=3)
    assert (run.formulations[-1] in EXACT) == (size < 1e-4)
    # Nothing is left to be moved, but for the rounding of coordinates about one, in units of so small a spread.
    assert_same(engine.parameters(run.state), start, rtol=max(1e-9, 4 * np.finfo(float).eps / size))
    X50, w50 = exact(X), exact(w)
    means = (w50.T @ X50) / 40
    S = np.array([((X50 - mu).T * w_j) @ (X50 - mu) / 40 for mu, w_j in zip(means, w50.T)]).astype(float)
    expected = constrained(S, np.full(2, 40.0), kind)
    np.testing.assert_allclose(
        engine.parameters(run.state).covariances, expected, rtol=1e-9, atol=1e-9 * expected.max()
    )


@pytest.mark.parametrize("kind", OTHERS)
def test_an_offset_of_1e8_costs_nothing(kind):
    X = 1e8 + np.round(old_faithful().X * 2**10) / 2**10
    engine = Engine(X, covariance_type=kind)
    start = distinct_rows(X, 2, np.random.RandomState(0), 0.0, kind)
    _, new = engine.step(engine.state(start))
    near = m_step(X - 1e8, mp_responsibilities(X, start), 0, kind)
    assert_same(engine.parameters(new), Parameters(near.weights, near.means + 1e8, near.covariances), rtol=1e-7)


@pytest.mark.parametrize("kind", OTHERS)
def test_blocks_weights_and_threads_do_not_show(kind):
    X, start = problem(kind, 5, n=4000, m=6, k=3)
    whole = Engine(X, covariance_type=kind, threads=1)
    expected = whole.run(whole.state(start), tol=0, max_iter=5)
    s = np.random.default_rng(0).integers(1, 4, len(X)).astype(float)
    repeated = np.repeat(X, s.astype(int), axis=0)
    for source, weights, like in (
        (Blocks(np.array_split(X, 7)), None, X),
        (InMemory(np.asfortranarray(X), threads=2), None, X),
        (X, s, repeated),
    ):
        engine, other = Engine(source, weights, covariance_type=kind), Engine(like, covariance_type=kind)
        got = engine.run(engine.state(start), tol=0, max_iter=5)
        wanted = expected if like is X else other.run(other.state(start), tol=0, max_iter=5)
        np.testing.assert_allclose(got.bounds, wanted.bounds, rtol=1e-12)
        assert_same(engine.parameters(got.state), other.parameters(wanted.state))


def test_equal_components_stay_equal_to_the_last_bit():
    X = iris().X
    for kind in OTHERS:
        given = distinct_rows(X, 3, np.random.RandomState(0), 0.0, kind)
        twins = Parameters(given.weights, given.means[[0, 1, 1]], given.covariances)
        engine = Engine(X, covariance_type=kind)
        state = engine.run(engine.state(twins), tol=0, max_iter=30).state
        np.testing.assert_array_equal(state.means[1], state.means[2])
        np.testing.assert_array_equal(state.inverse_factors[1], state.inverse_factors[2])


@pytest.mark.parametrize("kind", OTHERS)
def test_a_floor_much_larger_than_the_data_is_only_a_floor(kind):
    X, parameters = problem(kind, 1, n=50)
    X[:, 1] *= 1e-7
    engine = Engine(X, reg_covar=1.0, covariance_type=kind)
    _, new = engine.step(engine.state(parameters))
    assert_same(engine.parameters(new), m_step(X, e_step.responsibilities(X, parameters), 1.0, kind))


def test_the_engine_refuses_what_is_not_of_its_type():
    X, parameters = random_problem(0, n=50)
    for kind in OTHERS:
        with pytest.raises(ValueError, match=rf"parameters must have covariances that are .*'{kind}'"):
            Engine(X, covariance_type=kind).state(parameters)
        with pytest.raises(ValueError, match=r"starts must have covariances that are"):
            run_many(X, [parameters], covariance_type=kind)
        with pytest.raises(ValueError, match=r"parameters must have covariances that are"):
            Stepwise(None, parameters, covariance_type=kind)
    with pytest.raises(ValueError, match="formulation must be one of 'auto', 'linear', .*; got 'squares'"):
        Engine(X, formulation="squares", covariance_type="tied")
    with pytest.raises(ValueError, match="covariance_type must be one of 'full', 'tied', .*; got 'round'"):
        Engine(X, covariance_type="round")
    with pytest.raises(ValueError, match="covariance_type must be the engine's, 'full'; got 'diag'"):
        Stepwise(Engine(X), parameters, covariance_type="diag")


@pytest.mark.parametrize("kind", OTHERS)
def test_a_component_without_points_or_volume_has_collapsed(kind):
    X = np.vstack([well_separated().X, [[500.0, 500.0]]])
    lonely = Parameters([0.5, 0.5], [[0, 0], [500, 500]], [np.eye(2)] * 2)
    engine = Engine(X, covariance_type=kind)
    run = engine.state(lonely)
    if kind == "tied":  # its covariance is that of the others
        assert np.isfinite(engine.run(run, tol=0, max_iter=20).bounds).all()
    else:
        with pytest.raises(CollapsedComponentError, match="component 1 has collapsed"):
            engine.run(run, tol=0, max_iter=20)
    gone = Parameters([0.5, 0.5], [[0, 0], [5e4, 5e4]], [np.eye(2)] * 2)
    with pytest.raises(CollapsedComponentError, match="component 1 has collapsed: no point belongs to it"):
        Engine(X, covariance_type=kind).step(engine.state(gone))


# -- many runs at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("data, k", [(iris, 3), (old_faithful, 2), (overlapping, 4)])
@pytest.mark.parametrize("reg_covar, tol, max_iter", [(0, 1e-3, 1000), (1e-3, 1e-6, 1000), (0, 0, 7)])
def test_runs_together_are_the_drivers(data, k, kind, reg_covar, tol, max_iter):
    X = data().X
    starts = [RULES["rows_with_replacement"](X, k, np.random.RandomState(seed), 0, kind) for seed in range(12)]
    runs = run_many(X, starts, reg_covar, total_tol=tol, max_iter=max_iter, covariance_type=kind)
    steps = Steps(X, reg_covar, kind)
    for i, start in enumerate(starts):
        total = lambda p: steps.objective(p) * len(X)  # noqa: E731
        try:
            expected = em.run(start, steps.e_step, steps.m_step, total, tol=tol, max_iter=max_iter)
        except CollapsedComponentError:
            assert runs.collapsed[i]
            continue
        assert (runs.n_iter[i], runs.converged[i], runs.collapsed[i]) == (expected.n_iter, expected.converged, False)
        assert runs.log_likelihood[i] == pytest.approx(expected.objective, abs=1e-6)
        assert_same(runs.parameters(i), expected.state, rtol=1e-6)
        np.testing.assert_array_equal(runs.clusters[i], steps.log_joint(runs.parameters(i)).argmax(axis=1))


@pytest.mark.parametrize("kind", OTHERS)
def test_small_components_are_run_one_by_one_and_agree(kind):
    rng = np.random.default_rng(0)
    X = 1e-6 * rng.normal(size=(60, 2)) + np.repeat([[0.0], [1.0], [3.0]], 20, axis=0)
    starts = [distinct_rows(X, 3, np.random.RandomState(seed), 0, kind) for seed in range(6)]
    runs = run_many(X, starts, total_tol=1e-6, max_iter=200, covariance_type=kind)
    best = m_step(X, np.repeat(np.eye(3), 20, axis=0), 0, kind)
    assert runs.log_likelihood[runs.best] == pytest.approx(likelihood.log_likelihood(X, best), rel=1e-9)


# -- streams -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("with_engine", [True, False])
def test_a_stream_is_cappe_and_moulines(kind, with_engine):
    _, p = problem(kind, 5)
    rng = np.random.default_rng(0)
    blocks = [rng.normal(0, 1, (60, 2)) + rng.choice([-2, 0, 3], (60, 1)) for _ in range(4)]
    engine = Engine(blocks[0], covariance_type=kind) if with_engine else None
    stream = Stepwise(engine, p, covariance_type=kind)
    stream.set_floor(0.01)
    w, means, covariances = p.weights, p.means, p.covariances
    T = [w, w[:, np.newaxis] * means]
    T.append(w[:, np.newaxis, np.newaxis] * (covariances + means[:, :, np.newaxis] * means[:, np.newaxis]))
    for t, X in enumerate(blocks, start=1):
        joint = scipy_joint(X, Parameters(w, means, covariances))
        r = joint / joint.sum(axis=1, keepdims=True)
        new = r.mean(axis=0), r.T @ X / 60, np.einsum("ij,ia,ib->jab", r, X, X) / 60
        T = [old + (t + 1) ** -0.7 * (one - old) for old, one in zip(T, new)]
        w, means = T[0] / T[0].sum(), T[1] / T[0][:, np.newaxis]
        free = T[2] / T[0][:, np.newaxis, np.newaxis] - means[:, :, np.newaxis] * means[:, np.newaxis]
        covariances = constrained(free + 0.01 * np.eye(2), w, kind)
        stream.learn(X)
        assert_same(stream.parameters, Parameters(w, means, covariances))


@pytest.mark.parametrize("kind", OTHERS)
def test_the_estimator_learns_from_a_stream(kind):
    rng = np.random.default_rng(1)
    blocks = [rng.normal(0, 1, (500, 2)) + np.array([[0, 0], [5, 5]])[rng.integers(2, size=500)] for _ in range(20)]
    stream = GaussianMixture(2, covariance_type=kind, random_state=0)
    for block in blocks:
        stream.partial_fit(block)
    whole = GaussianMixture(2, covariance_type=kind, random_state=0).fit(np.concatenate(blocks))
    assert stream.covariances_.shape == whole.covariances_.shape
    order = [np.argsort(one.means_[:, 0]) for one in (stream, whole)]
    np.testing.assert_allclose(stream.means_[order[0]], whole.means_[order[1]], atol=0.1)
    np.testing.assert_allclose(stream.covariances_, whole.covariances_, atol=0.15)
    after = copy.deepcopy(whole).partial_fit(blocks[0])
    assert np.abs(after.means_ - whole.means_).max() < 0.05
    with pytest.raises(ValueError, match=f"covariance_type cannot change between two blocks: .* '{kind}'; got 'full'"):
        after.set_params(covariance_type="full").partial_fit(blocks[1])


# -- the estimator -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    "k, options",
    [(1, {}), (2, dict(tol=1e-6, reg_covar=1e-3)), (3, {}), (3, dict(tol=0.1)), (3, dict(max_iter=4))],
    ids=str,
)
@pytest.mark.parametrize("data", DATA)
def test_the_same_start_gives_scikit_learns_fit(data, k, options, kind):
    points = data().X
    arguments = dict(n_components=k, covariance_type=kind, **start_of(points, k, kind), **options)
    assert_same_fit(*both(points, **arguments))


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("data", [iris, old_faithful])
def test_predictions_scores_and_criteria_are_scikit_learns(data, kind):
    points = data().X
    ours, theirs = both(points, n_components=2, covariance_type=kind, **start_of(points, 2, kind))
    new = points[::3] + 0.05
    np.testing.assert_allclose(ours.score_samples(new), theirs.score_samples(new), rtol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-8)
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
    for criterion in ("score", "aic", "bic"):
        assert getattr(ours, criterion)(new) == pytest.approx(getattr(theirs, criterion)(new), rel=1e-10)


@pytest.mark.parametrize("kind", OTHERS)
def test_random_restarts_are_scikit_learns_to_the_last_seed(kind):
    arguments = dict(n_components=3, covariance_type=kind, init_params="random", n_init=3, random_state=3)
    ours, theirs = both(iris().X, **arguments, tol=1e-5, max_iter=300)
    assert_same_fit(ours, theirs)


@pytest.mark.parametrize("kind", OTHERS)
def test_warm_start_continues_as_scikit_learn_does(kind):
    X = iris().X
    arguments = dict(n_components=3, covariance_type=kind, warm_start=True, max_iter=5, reg_covar=1e-6)
    arguments |= start_of(X, 3, kind)
    ours, theirs = GaussianMixture(**arguments), TheirMixture(**arguments)
    for _ in range(6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            assert_same_fit(ours.fit(X), theirs.fit(X))
    with pytest.raises(ValueError, match=f"warm_start continues a fit of covariance_type '{kind}'; .* is 'full'"):
        ours.set_params(covariance_type="full", precisions_init=None).fit(X)


# The tables of mclust's help: its BIC has the other sign. Models EEE, VVI and VII.
@pytest.mark.parametrize(
    "kind, k, bic",
    [
        ("tied", 1, -829.9782), ("tied", 2, -688.0972), ("diag", 1, -1522.1202), ("diag", 2, -857.5515),
        ("spherical", 1, -1804.0854), ("spherical", 2, -1012.2352),
    ],
)  # fmt: skip
def test_the_criterion_is_mclusts_on_iris(kind, k, bic):
    estimator = GaussianMixture(k, covariance_type=kind, reg_covar=0, tol=1e-10, max_iter=2000, random_state=0)
    assert -estimator.fit(iris().X).bic(iris().X) == pytest.approx(bic, abs=6e-5)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("data, k", [(iris, 2), (iris, 3), (old_faithful, 2)])
def test_the_maximum_from_many_starts_is_scikit_learns(data, k, kind):
    points = data().X
    arguments = dict(n_components=k, covariance_type=kind, tol=1e-12, max_iter=3000, random_state=0)
    theirs = TheirMixture(n_init=10, reg_covar=0, **arguments).fit(points).score(points)
    ours = [
        GaussianMixture(n_init=20, reg_covar=0, init_params=rule, **arguments).fit(points).score(points)
        for rule in ("kmeans", "distinct_rows")
    ]
    assert min(abs(one - theirs) for one in ours) < 1e-9
    assert max(ours) > theirs - 1e-9


@pytest.mark.parametrize("kind", OTHERS)
def test_without_a_floor_the_bounds_never_fall(kind):
    for data in DATA:
        fit = GaussianMixture(3, covariance_type=kind, reg_covar=0, tol=0, max_iter=200, random_state=1)
        assert (np.diff(fit.fit(data().X).lower_bounds_) > -1e-11).all()


def test_columns_in_any_units_make_no_difference_but_to_spheres():
    X, units = iris().X, np.array([1e-3, 1.0, 50.0, 1e4])
    for kind in ("tied", "diag"):
        one, other = (GaussianMixture(3, covariance_type=kind, random_state=0).fit(X * u) for u in (1.0, units))
        np.testing.assert_allclose(other.means_, one.means_ * units, rtol=1e-7)
        np.testing.assert_array_equal(one.predict(X), other.predict(X * units))
    one, other = (GaussianMixture(3, covariance_type="spherical", random_state=0).fit(X * u) for u in (1.0, 50.0))
    np.testing.assert_allclose(other.covariances_, one.covariances_ * 2500, rtol=1e-7)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_model_from_given_parameters_is_the_fitted_one(kind):
    X = iris().X
    fit = GaussianMixture(3, covariance_type=kind, random_state=1).fit(X)
    given = GaussianMixture.from_parameters(
        fit.weights_, fit.means_, fit.covariances_, covariance_type=kind, random_state=1
    )
    for name in FITTED[:5]:
        np.testing.assert_allclose(getattr(given, name), getattr(fit, name), rtol=1e-10, err_msg=name)
    np.testing.assert_allclose(given.score_samples(X), fit.score_samples(X))
    assert given.bic(X) == pytest.approx(fit.bic(X))
    for one, other in zip(given.sample(50), fit.sample(50)):
        np.testing.assert_allclose(one, other)
    assert given.parameters_.covariances.shape == (3, 4, 4)
    with pytest.raises(ValueError, match=r"covariances must have (shape|\d dimension)"):
        GaussianMixture.from_parameters(fit.weights_, fit.means_, np.ones((3, 4, 4)), covariance_type=kind)
    with pytest.raises(ValueError, match="covariance_type must be one of"):
        GaussianMixture.from_parameters(fit.weights_, fit.means_, fit.covariances_, covariance_type="round")


@pytest.mark.parametrize("kind", OTHERS)
def test_what_was_fitted_keeps_its_type_whatever_is_set_later(kind):
    X = old_faithful().X  # two columns and two components: shapes alone would not tell
    fit = GaussianMixture(2, covariance_type=kind, random_state=0).fit(X)
    before = fit.score(X), fit.bic(X)
    fit.set_params(covariance_type="full")
    assert (fit.score(X), fit.bic(X)) == before


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("n_init", [1, 3])
def test_a_source_is_fitted_like_the_array_of_its_points(kind, n_init):
    X, _ = random_problem(3, n=2000, m=5)
    arguments = dict(covariance_type=kind, random_state=0, n_init=n_init, tol=1e-6, max_iter=50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole, blocks, narrow = (
            GaussianMixture(3, **arguments).fit(points)
            for points in (X, Blocks(np.array_split(X, 5)), X.astype(np.float32).astype(np.float64))
        )
        single = GaussianMixture(3, **arguments).fit(X.astype(np.float32))
    np.testing.assert_allclose(blocks.covariances_, whole.covariances_, rtol=1e-8)
    np.testing.assert_allclose(single.parameters_.covariances, narrow.parameters_.covariances, rtol=1e-8)


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_a_collapse_is_named_or_floored(kind):
    X = np.vstack([np.random.default_rng(0).normal(size=(200, 2)), np.full((3, 2), 9.0)])
    alone = dict(means_init=[[0, 0], [9, 9]], covariance_type=kind, reg_covar=0, tol=0, max_iter=20, random_state=0)
    with pytest.raises(CollapsedComponentError, match="component 1 has collapsed"):
        GaussianMixture(2, **alone).fit(X)
    floored = GaussianMixture(2, on_collapse="floor", **alone).fit(X)
    np.testing.assert_allclose(floored.weights_, [200 / 203, 3 / 203], atol=1e-6)
    floor = relative_floor(X) if kind == "diag" else relative_floor(X).mean()
    np.testing.assert_allclose(floored.covariances_[1], floor, rtol=1e-6)


@pytest.mark.parametrize("kind", OTHERS)
def test_samples_come_from_the_fitted_mixture(kind):
    fit = GaussianMixture(2, covariance_type=kind, random_state=0).fit(old_faithful().X)
    points, components = fit.sample(40_000)
    for j in range(2):
        own = points[components == j]
        covariance = fit.parameters_.covariances[j]
        scale = np.sqrt(np.diag(covariance))
        np.testing.assert_array_less(np.abs(np.cov(own.T) - covariance) / np.outer(scale, scale), 0.05)


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_a_component_smaller_than_the_floor_of_its_type_is_told_of(kind):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(500, 2)) * [1, 100], rng.normal([5, 500], 0.03, (50, 2))])
    floor = relative_floor(X)  # about 1e-6 and 1e-2
    told = floor[1] if kind == "diag" else floor.mean()
    with pytest.warns(RuntimeWarning, match=rf"component 1 is smaller .* the floor is {told:.3g}\. "):
        GaussianMixture(2, covariance_type=kind, means_init=[[0, 0], [5, 500]], random_state=0).fit(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("kind", OTHERS)
def test_it_passes_scikit_learns_own_checks(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(GaussianMixture(2, covariance_type=kind), on_fail=None)
    assert len(checks) > 30
    assert [check for check in checks if check["status"] not in ("passed", "skipped")] == []
