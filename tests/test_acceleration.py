"""Accelerated EM: it ends where EM ends, never falls, counts what it costs, and costs less."""

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.datasets import load_breast_cancer, load_diabetes

from gmm_lib import GaussianMixture
from gmm_lib.acceleration import KINDS, REACH, Evaluation, Memory, climb
from gmm_lib.covariance_types import TYPES, constrained, of_type
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.engine import Engine
from gmm_lib.engine.tangent import away, information, moved
from gmm_lib.initialization import distinct_rows, kmeans
from gmm_lib.likelihood import log_likelihood
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

QUASI_NEWTON = KINDS[0]
LINE = dict(away=lambda a, b: b - a, moved=lambda a, v: a + v, information=np.ones_like)


def overlapping(n=400, seed=3):
    """Three groups in the plane that nothing keeps apart: EM creeps."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [2.6, 0.5], [0.4, 2.8]])
    return centres[rng.integers(3, size=n)] + rng.normal(size=(n, 2))


SETS = {
    "iris": lambda: iris().X,
    "old faithful": lambda: old_faithful().X,
    "overlapping": overlapping,
    "cancer": lambda: load_breast_cancer().data[:, [1, 4, 8, 9]],
    "diabetes": lambda: 100 * load_diabetes().data[:, [2, 3, 4, 5, 8]],
}


def problem(name, k=3, kind="full"):
    """An engine without a floor, and the state where k-means ends."""
    X = SETS[name]()
    engine = Engine(X, covariance_type=kind, threads=1)
    spread = X.std(axis=0)
    start = kmeans(X / spread, k, np.random.default_rng(1), 1e-3, "diag" if kind == "spherical" else kind)
    scaled = Parameters(start.weights, start.means * spread, start.covariances * np.outer(spread, spread))
    covariances = constrained(scaled.covariances, scaled.weights, kind)
    return engine, engine.state(Parameters(scaled.weights, scaled.means, covariances))


# -- the method, on problems that are solved by hand


def test_on_a_quadratic_it_finds_in_a_few_steps_what_em_would_find_in_thousands():
    """An EM map near its end is linear: the step is a part of the way, between 1/1000 and all of it."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    solution = rng.normal(size=5)
    A = turn @ np.diag([1.0, 0.5, 0.1, 0.01, 0.001]) @ turn.T  # of the complete information, the part observed

    def step(x):
        return -0.5 * (x - solution) @ A @ (x - solution), x - A @ (x - solution)

    run = list(itertools.islice(climb(solution + 0.1 * rng.normal(size=5), step, **LINE), 60))
    np.testing.assert_allclose(run[-1].image, solution, atol=1e-9)
    assert all(b.value >= a.value for a, b in itertools.pairwise(run))


def test_the_linkage_data_of_dempster_laird_and_rubin():
    """Their example, whose maximum is the root of 197 p^2 - 15 p - 68 = 0."""
    counts = np.array([125.0, 18.0, 20.0, 34.0])

    def step(p):
        if not 0 < p[0] < 1:
            raise ValueError("p must be a probability.")
        shares = np.array([(2 + p[0]) / 4, (1 - p[0]) / 4, (1 - p[0]) / 4, p[0] / 4])
        hidden = counts[0] * p[0] / (2 + p[0]) + counts[3]
        return counts @ np.log(shares) / counts.sum(), np.array([hidden / (hidden + counts[1] + counts[2])])

    start = np.array([0.01])
    ends = [one.image[0] for one in itertools.islice(climb(start, step, **LINE), 8)]
    root = (15 + np.sqrt(15**2 + 4 * 197 * 68)) / (2 * 197)
    assert ends[-1] == pytest.approx(root, rel=1e-14)
    p = start
    for _ in range(8):
        p = step(p)[1]
    assert abs(p[0] - root) > 1e-8  # EM itself has yet some way to go


@pytest.mark.parametrize("scale", [1e-3, 10.0])
def test_the_direction_is_that_of_the_dense_formula_and_no_longer_than_its_reach(scale):
    """The update of Broyden, Fletcher, Goldfarb and Shanno with whole matrices, where the metric is the identity."""
    rng = np.random.default_rng(5)
    B = rng.normal(size=(4, 4))
    B = B @ B.T + np.eye(4)
    information, memory, pairs = rng.uniform(0.2, 2, 4), Memory(3), []
    root = np.sqrt(information)
    for z in rng.normal(size=(5, 4)):  # the first two will be forgotten
        memory.learn(z / root, B @ z / root)
        pairs.append((z, B @ z))
    z, y = pairs[-1]
    H = z @ y / (y @ y) * np.eye(4)
    for z, y in pairs[-3:]:
        V = np.eye(4) - np.outer(y, z) / (z @ y)
        H = V.T @ H @ V + np.outer(z, z) / (z @ y)
    f = scale * rng.normal(size=4)
    expected = H @ f
    expected *= min(1, REACH / np.linalg.norm(expected))
    direction, slope = memory.direction(f / root, information)
    np.testing.assert_allclose(direction * root, expected, rtol=1e-10)
    assert slope == pytest.approx(f @ expected, rel=1e-10)
    assert (np.linalg.norm(expected) == pytest.approx(REACH)) == (scale > 1)


def test_what_tells_of_no_maximum_is_not_asked():
    memory = Memory(2)
    assert memory.direction(np.ones(2), np.ones(2)) is None
    memory.learn(np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
    assert memory.direction(np.ones(2), np.ones(2)) is None


def test_after_a_proposal_that_gains_little_comes_a_plain_step():
    A = np.diag([1.0, 0.3, 0.02])

    def step(x):
        return -0.5 * float(x @ A @ x), x - A @ x

    run = list(itertools.islice(climb(np.full(3, 0.3), step, tol=1e-5, **LINE), 30))
    little = [i for i in range(1, 29) if not run[i].plain and run[i].kept and run[i].value - run[i - 1].value < 1e-5]
    assert little and all(run[i + 1].plain for i in little)


@pytest.mark.parametrize("harm", ["down", "out"])
def test_a_bad_proposal_is_thrown_away_and_counted_and_the_steps_are_then_those_of_em(harm):
    """Where every proposal leads down or to no point at all, each second evaluation is a plain step."""

    def step(x):
        if np.isnan(x).any():
            raise ValueError("x must be a number.")
        return -abs(float(x[0])), 0.9 * x

    spoilt = LINE | {"moved": lambda a, v: a + 50 if harm == "down" else a + np.nan}
    run = list(itertools.islice(climb(np.array([1.0]), step, **spoilt), 20))
    plain = [one for one in run if one.plain]
    assert [one.kept for one in run[2:]] == [False, True] * 9
    np.testing.assert_allclose([-one.value for one in plain], 0.9 ** np.arange(len(plain)))
    for before, after in itertools.pairwise(run):
        if not after.kept:
            assert after.value == before.value and after.image is before.image


def test_what_a_plain_step_cannot_do_is_an_error():
    def step(x):
        raise ValueError("x must be nothing.")

    with pytest.raises(ValueError, match="x must be nothing"):
        next(climb(np.zeros(1), step, **LINE))


# -- between two mixtures


def two_states(kind="full", k=3, m=3):
    rng = np.random.default_rng(7)
    X = rng.normal(size=(60, m))
    engine = Engine(X, covariance_type=kind)
    states = [engine.state(distinct_rows(X, k, rng, 0.1, kind)) for _ in range(2)]
    return X, engine, *(engine.step(state)[1] for state in states)


@pytest.mark.parametrize("kind", TYPES)
def test_there_and_back(kind):
    _, _, a, b = two_states(kind)
    back = moved(a, away(a, b))
    for name in ("weights", "means", "inverse_factors"):
        np.testing.assert_allclose(getattr(back, name), getattr(b, name), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(away(a, a), 0, atol=1e-14)


@pytest.mark.parametrize("kind", TYPES)
def test_any_numbers_between_two_mixtures_are_a_mixture_of_their_type(kind):
    """Combined as an acceleration combines them; the type holds to the last digits, and no less."""
    _, engine, a, b = two_states(kind)
    numbers = away(a, b)
    for factor in (-3.0, 0.7, 5.0):
        new = engine.parameters(moved(a, factor * numbers))
        of_type(new.covariances, kind, "parameters")
        assert new.weights.sum() == pytest.approx(1, rel=1e-14)


def test_numbers_that_lead_beyond_floating_point_are_refused():
    _, _, a, b = two_states()
    with pytest.raises(ValueError, match="numbers must lead to a mixture"):
        moved(a, np.full_like(away(a, b), -1e4))


def test_the_information_is_the_kullback_leibler_divergence_of_a_small_move():
    """Of points and components together: that of the weights, and of each component by its share."""
    _, engine, a, b = two_states()
    numbers = 1e-4 * away(a, b)
    p, q = engine.parameters(a), engine.parameters(moved(a, numbers))
    divergence = p.weights @ np.log(p.weights / q.weights)
    for w, mean, S, other_mean, other in zip(p.weights, p.means, p.covariances, q.means, q.covariances):
        R = np.linalg.solve(other, S)
        d = other_mean - mean
        divergence += 0.5 * w * (np.trace(R) - len(d) - np.linalg.slogdet(R)[1] + d @ np.linalg.solve(other, d))
    assert numbers @ (information(a) * numbers) == pytest.approx(2 * divergence, rel=2e-3)


def test_near_its_end_a_step_of_em_in_this_metric_is_the_gradient():
    """Against finite differences of SciPy's densities."""
    X, engine, state, _ = two_states(k=2, m=2)
    for _ in range(60):
        state = engine.step(state)[1]
    numbers = away(state, engine.step(state)[1])
    expected = information(state) * numbers

    def mean_log_likelihood(change):
        p = engine.parameters(moved(state, change))
        densities = [w * multivariate_normal(mean, S).pdf(X) for w, mean, S in zip(p.weights, p.means, p.covariances)]
        return np.log(np.sum(densities, axis=0)).mean()

    h = 1e-5
    gradient = [(mean_log_likelihood(h * e) - mean_log_likelihood(-h * e)) / (2 * h) for e in np.eye(len(numbers))]
    lower = np.ones((2, 7), dtype=bool)
    lower[:, 4] = False  # above the diagonal of E there is nothing
    size = np.abs(expected).max()
    assert size > 1e-6  # there is still some way to go
    np.testing.assert_allclose(np.array(gradient)[lower.ravel()], expected[lower.ravel()], atol=0.05 * size)


# -- the engine


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", SETS)
def test_it_ends_where_em_ends(name, kind):
    """Plain EM is run for as long as it moves; both ends are one to 1e-9 nats per point, or its end is the higher."""
    engine, start = problem(name, 2 if name == "old faithful" else 3, kind)
    fast = engine.run(start, tol=1e-13, max_iter=300, acceleration=QUASI_NEWTON)
    slow = engine.run(start, tol=1e-14, max_iter=3000)
    assert fast.bounds[-1] == pytest.approx(slow.bounds[-1], abs=1e-9)
    p = engine.parameters(fast.state)
    of_type(p.covariances, kind, "parameters")
    X = SETS[name]()
    assert log_likelihood(X, p) / len(X) == pytest.approx(fast.bounds[-1], abs=1e-9)


@pytest.mark.parametrize("kind", TYPES)
def test_its_end_is_a_fixed_point_of_em(kind):
    engine, start = problem("overlapping", 3, kind)
    end = engine.run(start, tol=1e-15, max_iter=200, acceleration=QUASI_NEWTON).state
    step = away(end, engine.step(end)[1])
    assert np.sqrt(step @ (information(end) * step)) < 1e-6


@pytest.mark.parametrize("kind", TYPES)
def test_under_a_floor_too_it_ends_where_em_ends_in_fewer_passes(kind):
    """A hundredth of each variance is so much that EM's last steps lead down, some nats of all points together."""
    X = SETS["diabetes"]()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    engine = Engine(X, reg_covar=0.01, covariance_type=kind, threads=1)
    start = engine.state(kmeans(X, 4, np.random.default_rng(1), 0.01, kind))
    slow = engine.run(start, tol=1e-14, max_iter=3000)
    fast = engine.run(start, tol=1e-13, max_iter=300, acceleration=QUASI_NEWTON)
    assert max(slow.bounds) > slow.bounds[-1] + 1e-6
    assert fast.bounds[-1] == pytest.approx(slow.bounds[-1], abs=1e-9)
    assert 2 * len(fast.bounds) < len(slow.bounds)
    step = away(fast.state, engine.step(fast.state)[1])
    assert np.sqrt(step @ (information(fast.state) * step)) < 1e-5


def test_where_the_objective_may_fall_a_proposal_must_bring_the_end_nearer():
    """An EM map whose objective has its maximum elsewhere: at 1, and the map ends at 0."""

    def step(x):
        return -0.002 * float(np.square(x - 1).sum()), x * [0.9, 0.99]

    ends = [
        list(itertools.islice(climb(np.array([0.3, 0.2]), step, ascends=ascends, **LINE), 25))[-1].image
        for ascends in (True, False)
    ]
    assert np.abs(ends[0]).max() > 0.1 and np.abs(ends[1]).max() < 1e-6


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 4), st.sampled_from(TYPES))
def test_the_log_likelihood_never_falls(seed, m, k, kind):
    """Whatever the data, the start and the type; a collapse ends EM and may end it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, m)) * 10.0 ** rng.integers(-3, 4, m) + rng.integers(3, size=(40, 1))
    engine = Engine(X, covariance_type=kind, threads=1)
    start = engine.state(distinct_rows(X, k, rng, 0.0, kind))
    bounds = []
    options = dict(acceleration=QUASI_NEWTON, on_iteration=lambda i, bound, change, state: bounds.append(bound))
    with contextlib.suppress(CollapsedComponentError):
        engine.run(start, tol=0, max_iter=40, **options)
    assert (np.diff(bounds) >= -1e-11 * (1 + np.abs(bounds[1:]))).all()


@pytest.mark.parametrize(
    "name, kind", [*itertools.product(["cancer"], TYPES), ("diabetes", "full"), ("diabetes", "diag")]
)
def test_where_em_creeps_it_takes_less_than_half_the_passes(name, kind):
    """To within 1e-6 nats of the optimum, all points together."""
    engine, start = problem(name, 3, kind)
    fast = np.array(engine.run(start, tol=1e-13, max_iter=300, acceleration=QUASI_NEWTON).bounds)
    slow = np.array(engine.run(start, tol=1e-14, max_iter=3000).bounds)
    there = max(fast.max(), slow.max()) - 1e-6 / engine.moments.rows
    assert 10 < 2 * np.argmax(fast >= there) < np.argmax(slow >= there)


def test_the_rule_that_ends_a_run_lets_it_end_no_farther_from_the_optimum():
    """A proposal that gains little is no sign of the end: only a plain step is."""
    for name, kind in itertools.product(("cancer", "diabetes"), ("full", "diag")):
        engine, start = problem(name, 3, kind)
        optimum = engine.run(start, tol=1e-14, max_iter=400, acceleration=QUASI_NEWTON).bounds[-1]
        for tol in (1e-4, 1e-7):
            fast, slow = (
                engine.run(start, tol=tol, max_iter=2000, acceleration=how).bounds for how in (QUASI_NEWTON, None)
            )
            assert optimum - fast[-1] <= max(optimum - slow[-1], tol), (name, kind, tol)
            assert fast[-1] - fast[-2] < tol


def test_only_a_plain_step_ends_a_run(monkeypatch):
    engine, start = problem("old faithful", 2)
    _, image = engine.step(start)
    told = [(-4.0, True), (-3.0, True), (-3.0, False), (-2.99999, False), (-2.9999, True), (-2.0, True)]
    monkeypatch.setattr(
        "gmm_lib.engine.driver.climb", lambda *_, **__: (Evaluation(v, image, plain, True) for v, plain in told)
    )
    run = engine.run(start, tol=1e-3, max_iter=6, acceleration=QUASI_NEWTON)
    assert run.bounds == [-4.0, -3.0, -3.0, -2.99999, -2.9999] and run.converged


def test_every_pass_over_the_points_is_counted():
    """Also one whose proposal is thrown away: three starts, cut off wherever max_iter says."""
    engine, start = problem("cancer")
    calls = []
    sums = engine.source.sums
    engine.source.sums = lambda *arguments: calls.append(1) or sums(*arguments)
    for max_iter in (1, 2, 17, 30):
        calls.clear()
        run = engine.run(start, tol=0, max_iter=max_iter, acceleration=QUASI_NEWTON)
        assert len(run.bounds) == len(run.formulations) == len(calls) == max_iter
        assert not run.converged
    thrown_away = np.flatnonzero(np.diff(run.bounds) == 0)
    assert thrown_away.size  # else nothing was seen
    cut = engine.run(start, tol=0, max_iter=int(thrown_away[0]) + 2, acceleration=QUASI_NEWTON)
    assert engine.step(cut.state)[0] / 569 > cut.bounds[-1]  # what is returned is the plain step from the best


def test_components_that_are_equal_stay_equal():
    X = overlapping()
    engine = Engine(X)
    start = Parameters([0.25, 0.25, 0.5], [[0, 0], [0, 0], [2, 1]], [np.eye(2)] * 3)
    end = engine.run(engine.state(start), tol=0, max_iter=40, acceleration=QUASI_NEWTON).state
    np.testing.assert_array_equal(end.means[0], end.means[1])
    np.testing.assert_array_equal(end.inverse_factors[0], end.inverse_factors[1])


# -- the estimator


@pytest.mark.parametrize("kind", TYPES)
def test_the_estimator_ends_where_it_ends_without(kind):
    X = SETS["cancer"]()
    arguments = dict(covariance_type=kind, tol=1e-11, max_iter=5000, reg_covar=0, random_state=0)
    slow = GaussianMixture(3, **arguments).fit(X)
    fast = GaussianMixture(3, acceleration=QUASI_NEWTON, **arguments).fit(X)
    assert fast.converged_ and 2 * fast.n_iter_ < slow.n_iter_
    assert fast.score(X) == pytest.approx(slow.score(X), abs=1e-7)
    assert len(fast.lower_bounds_) == fast.n_iter_
    assert fast.lower_bound_ == fast.lower_bounds_[-1] == max(fast.lower_bounds_)
    assert "of the one before" in slow.stop_reason_ and "of the one before" not in fast.stop_reason_


def test_the_best_of_several_accelerated_runs_and_one_that_goes_on():
    X = SETS["iris"]()
    fit = GaussianMixture(2, n_init=3, tol=1e-3, random_state=0, acceleration=QUASI_NEWTON, reg_covar=0).fit(X)
    fit.set_params(warm_start=True, tol=1e-12, max_iter=500).fit(X)
    assert fit.score(X) * 150 == pytest.approx(-214.3547043705, abs=1e-8)  # mclust 6.0.0


def test_of_runs_together_those_that_lead_are_carried_on():
    """With these seeds the first run ends far below the best, and does so by itself."""
    X = iris().X
    arguments = dict(init_params="random_from_data", tol=1e-10, max_iter=3000, reg_covar=0.01, covariance_type="diag")
    for seed in (1, 2):
        fast = GaussianMixture(4, n_init=6, acceleration=QUASI_NEWTON, random_state=seed, **arguments).fit(X)
        slow = GaussianMixture(4, n_init=6, random_state=seed, **arguments).fit(X)
        first = GaussianMixture(4, acceleration=QUASI_NEWTON, random_state=seed, **arguments).fit(X)
        assert fast.lower_bound_ == pytest.approx(slow.lower_bound_, abs=1e-8)
        assert first.lower_bound_ < fast.lower_bound_ - 0.1
        assert 2 * fast.n_iter_ < slow.n_iter_


def test_an_unknown_acceleration_is_refused():
    with pytest.raises(ValueError, match="acceleration must be None or 'quasi-newton'; got 'squarem'"):
        GaussianMixture(acceleration="squarem").fit(iris().X)


@pytest.mark.parametrize("kind", TYPES)
def test_with_a_prior_and_some_labels_known_it_ends_where_em_ends_and_never_falls(kind):
    """What climbs is then the penalised log-likelihood, of points whose components are partly known."""
    X = overlapping()
    labels = np.where(np.arange(len(X)) < 9, np.arange(len(X)) % 3, -1)
    arguments = dict(covariance_type=kind, prior="mclust", weight_concentration_prior=2.0, random_state=0, tol=1e-11)
    plain = gmm_fit(X, labels, max_iter=20_000, **arguments)
    quick = gmm_fit(X, labels, max_iter=20_000, acceleration=QUASI_NEWTON, **arguments)
    assert quick.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-9)
    np.testing.assert_allclose(quick.means_, plain.means_, atol=1e-4)
    assert np.diff(quick.lower_bounds_).min() > -1e-12 and quick.n_iter_ < plain.n_iter_


def gmm_fit(X, labels, **arguments):
    return GaussianMixture(3, **arguments).fit(X, labels=labels)
