import inspect
from fractions import Fraction

import numpy as np
import pytest
from oracles import random_problem
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture as TheirMixture

from gmm_lib import e_step, likelihood, m_step
from gmm_lib.datasets import iris, old_faithful, well_separated
from gmm_lib.em import frames, run
from gmm_lib.parameters import Parameters

pytestmark = pytest.mark.filterwarnings("error")

# Two coins of unknown bias; five times one of them was taken unseen and tossed ten times (Do and Batzoglou 2008).
HEADS = np.array([5, 9, 8, 4, 7])
COINS = (0.6, 0.5)


def coin_joint(biases):
    return np.column_stack([0.5 * p**HEADS * (1 - p) ** (10 - HEADS) for p in biases])


def coin_e_step(biases):
    joint = coin_joint(biases)
    return joint / joint.sum(axis=1, keepdims=True)


def coin_m_step(w):
    return tuple(float(share) for share in (w.T @ HEADS) / (10 * w.sum(axis=0)))


def coin_objective(biases):
    return float(np.log(coin_joint(biases).sum(axis=1)).sum())


def coin_bound(w, biases):
    return float((w * (np.log(coin_joint(biases)) - np.log(w))).sum())


TWO_COINS = (COINS, coin_e_step, coin_m_step, coin_objective)


def one_exact_iteration(a, b):
    """The same in fractions, one set of tosses after the other: nothing is rounded, nothing is an array."""
    heads_a = tosses_a = heads_b = tosses_b = Fraction(0)
    for h in (5, 9, 8, 4, 7):
        like_a, like_b = a**h * (1 - a) ** (10 - h), b**h * (1 - b) ** (10 - h)
        share = like_a / (like_a + like_b)
        heads_a, tosses_a = heads_a + share * h, tosses_a + share * 10
        heads_b, tosses_b = heads_b + (1 - share) * h, tosses_b + (1 - share) * 10
    return heads_a / tosses_a, heads_b / tosses_b


def test_the_first_iteration_on_two_coins_in_exact_fractions():
    a, b = one_exact_iteration(Fraction(6, 10), Fraction(1, 2))
    result = run(*TWO_COINS, tol=0, max_iter=1)
    assert result.state == pytest.approx((float(a), float(b)), rel=1e-14)
    assert [round(bias, 2) for bias in result.state] == [0.71, 0.58]  # as the paper prints it


def test_ten_iterations_on_two_coins_end_where_the_paper_ends():
    a, b = 0.6, 0.5
    for _ in range(10):
        a, b = one_exact_iteration(a, b)
    result = run(*TWO_COINS, tol=0, max_iter=10)
    assert result.state == pytest.approx((a, b), rel=1e-12)
    assert [round(bias, 2) for bias in result.state] == [0.80, 0.52]


def test_frames_alternate_and_an_e_and_its_m_share_a_number():
    trace = list(frames(*TWO_COINS, tol=0, max_iter=3))
    assert [(f.phase, f.iteration) for f in trace] == [
        ("start", 0), ("E", 1), ("M", 1), ("E", 2), ("M", 2), ("E", 3), ("M", 3),
    ]  # fmt: skip


def test_an_e_step_leaves_the_state_and_an_m_step_the_latent_variables():
    start, *rest = frames(*TWO_COINS, tol=0, max_iter=4)
    assert start.state == COINS and start.latent is None
    for before, after in zip([start, *rest], rest):
        if after.phase == "E":
            assert after.state is before.state
        else:
            assert after.latent is before.latent


def test_each_frame_carries_the_objective_at_its_own_state():
    for frame in frames(*TWO_COINS, tol=0, max_iter=4):
        assert frame.log_likelihood == coin_objective(frame.state)


def test_the_bound_touches_after_an_e_and_lies_below_after_an_m():
    trace = list(frames(*TWO_COINS, coin_bound, tol=0, max_iter=5))
    assert trace[0].lower_bound is None
    for frame in trace[1:]:
        if frame.phase == "E":
            assert frame.lower_bound == pytest.approx(frame.log_likelihood, rel=1e-14)
        else:
            assert frame.lower_bound < frame.log_likelihood
    bounds = [frame.lower_bound for frame in trace[1:]]
    assert bounds == sorted(bounds)


def test_without_a_bound_there_is_none():
    assert all(frame.lower_bound is None for frame in frames(*TWO_COINS, max_iter=2))


def test_k_means_plugs_in_and_ends_where_scikit_learn_ends():
    X = well_separated().X
    start = X[[0, 1, 2]]

    def assign(means):
        return ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)

    def average(labels):
        return np.stack([X[labels == j].mean(axis=0) for j in range(3)])

    def minus_inertia(means):
        return -((X[:, None] - means) ** 2).sum(axis=2).min(axis=1).sum()

    result = run(start, assign, average, minus_inertia, tol=1e-12)
    theirs = KMeans(3, init=start, n_init=1, algorithm="lloyd", tol=0).fit(X)
    assert result.converged
    assert -result.objective == pytest.approx(theirs.inertia_, rel=1e-12)
    np.testing.assert_allclose(result.state, theirs.cluster_centers_, rtol=1e-10)


def mixture_run(X, start, **options):
    return run(
        start,
        lambda p: e_step.responsibilities(X, p),
        lambda w: m_step.m_step(X, w),
        lambda p: likelihood.log_likelihood(X, p),
        **options,
    )


def test_iris_from_the_species_means_reaches_the_maximum_mclust_found():
    data = iris()
    start = m_step.m_step(data.X, np.eye(3)[data.labels])
    result = mixture_run(data.X, start, tol=1e-10, max_iter=1000)
    assert result.objective == pytest.approx(-180.1854771313, abs=1e-7)
    assert np.bincount(e_step.responsibilities(data.X, result.state).argmax(axis=1)).tolist() == [50, 45, 55]


def test_old_faithful_reaches_the_maximum_mclust_found():
    X = old_faithful().X
    start = m_step.m_step(X, np.eye(2)[(X[:, 0] < 3).astype(int)])
    result = mixture_run(X, start, tol=1e-10, max_iter=1000)
    assert result.objective == pytest.approx(-1130.2639601847, abs=1e-7)
    np.testing.assert_allclose(result.state.weights, [0.6441271, 0.3558729], atol=2e-6)
    np.testing.assert_allclose(result.state.means, [[4.2896620, 79.9681155], [2.0363885, 54.4785166]], rtol=1e-6)


def test_one_component_is_fitted_in_one_iteration():
    X, start = random_problem(0, k=1)
    result = mixture_run(X, start, tol=1e-9)
    assert result.converged and result.n_iter == 2  # the second finds nothing left to do
    np.testing.assert_allclose(result.state.means[0], X.mean(axis=0))
    np.testing.assert_allclose(result.state.covariances[0], np.cov(X.T, bias=True))


def test_two_components_started_alike_stay_alike():
    X, start = random_problem(1, k=1)
    twins = Parameters([0.5, 0.5], np.tile(start.means, (2, 1)), np.tile(start.covariances, (2, 1, 1)))
    state = mixture_run(X, twins, tol=0, max_iter=20).state
    np.testing.assert_array_equal(state.means[0], state.means[1])
    np.testing.assert_array_equal(state.covariances[0], state.covariances[1])


def climbing(values):
    """A model whose objective runs through these values: state i has value i."""
    latent = lambda state: state  # noqa: E731
    return 0, latent, lambda latent: latent + 1, lambda state: values[state]


def test_it_stops_after_the_first_change_below_tol():
    result = run(*climbing([0, 10, 15, 15.5, 15.6, 30]), tol=1.0)
    assert (result.n_iter, result.state, result.converged) == (3, 3, True)
    assert result.history == (0, 10, 15, 15.5)


def test_a_change_of_exactly_tol_goes_on():
    assert run(*climbing([0, 1, 1.5, 2]), tol=0.5, max_iter=3).converged is False


def test_a_fall_larger_than_tol_goes_on_too():
    assert run(*climbing([0, 10, 5, 5]), tol=1, max_iter=5).n_iter == 3


def test_tol_zero_runs_all_iterations_though_nothing_changes():
    result = run(*climbing([1.0] * 8), tol=0, max_iter=7)
    assert (result.n_iter, result.converged, len(result.history)) == (7, False, 8)


def test_the_last_iteration_may_be_the_one_that_converges():
    assert run(*climbing([0, 5, 5]), tol=1e-3, max_iter=2).converged is True


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(tol=-1), "tol must be a finite number, zero or more; got -1"),
        (dict(tol=float("nan")), "tol must be a finite number, zero or more; got nan"),
        (dict(tol="small"), "tol must be a finite number, zero or more; got 'small'"),
        (dict(max_iter=0), "max_iter must be a positive integer; got 0"),
        (dict(max_iter=2.5), "max_iter must be a positive integer; got 2.5"),
        (dict(max_iter=True), "max_iter must be a positive integer; got True"),
        (dict(e_step=None), "e_step must be a function; got None"),
        (dict(m_step=3), "m_step must be a function; got 3"),
        (dict(objective="log"), "objective must be a function; got 'log'"),
    ],
)
@pytest.mark.parametrize("driver", [frames, run])
def test_bad_arguments_are_refused_before_anything_runs(driver, change, message):
    good = dict(zip(("state", "e_step", "m_step", "objective"), TWO_COINS))
    with pytest.raises(ValueError, match=message):
        driver(**{**good, **change})


@pytest.mark.parametrize(
    "returned, shown",
    [
        (None, "None"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (np.zeros(3), r"an array of shape \(3,\)"),
        (np.zeros((1, 1)), r"an array of shape \(1, 1\)"),
        (True, "True"),
        ("-1.5", "'-1.5'"),
        (1j, "1j"),
    ],
)
def test_an_objective_or_a_bound_that_returns_no_number_is_refused_when_it_does(returned, shown):
    allowed = f"must return a real number, neither NaN nor inf; got {shown}"
    with pytest.raises(ValueError, match=f"objective {allowed}"):
        run(COINS, coin_e_step, coin_m_step, lambda biases: returned)
    values = iter([coin_objective(COINS), returned])
    with pytest.raises(ValueError, match=f"objective {allowed}"):  # after a step that went well
        run(COINS, coin_e_step, coin_m_step, lambda biases: next(values))
    with pytest.raises(ValueError, match=f"lower_bound {allowed}"):
        list(frames(*TWO_COINS, lambda w, biases: returned))


@pytest.mark.parametrize("number", [np.float64(-1.5), np.float32(-1.5), Fraction(-3, 2), -np.inf, 2])
def test_any_real_number_and_minus_infinity_is_an_objective(number):
    result = run(COINS, coin_e_step, coin_m_step, lambda biases: number, max_iter=3)
    assert result.history[0] == number and type(result.objective) is float
    assert result.converged == np.isfinite(float(number))  # from -inf to -inf nothing is gained, and nothing is known


def test_a_bound_that_is_no_function_is_refused():
    with pytest.raises(ValueError, match="lower_bound must be a function or None; got 1.5"):
        frames(*TWO_COINS, 1.5)


@pytest.mark.parametrize("culprit", [1, 2, 3])
def test_what_the_callers_functions_raise_comes_through(culprit):
    def broken(_):
        raise KeyError("mine")

    arguments = list(TWO_COINS)
    arguments[culprit] = broken
    with pytest.raises(KeyError, match="mine"):
        run(*arguments)


def test_frames_are_computed_only_when_asked_for():
    calls = []

    def counted(biases):
        calls.append(biases)
        return coin_e_step(biases)

    trace = frames(COINS, counted, coin_m_step, coin_objective)
    next(trace)
    assert calls == []
    next(trace)
    assert calls == [COINS]


def test_without_a_word_it_stops_as_scikit_learn_does():
    theirs = TheirMixture()
    for function in (frames, run):
        defaults = {name: one.default for name, one in inspect.signature(function).parameters.items()}
        assert (defaults["tol"], defaults["max_iter"]) == (theirs.tol, theirs.max_iter)
