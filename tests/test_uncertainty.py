"""How sure the parameters are: by hand where components are known, in 50 digits where they overlap, and by counting."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from mpmath import mp, mpf
from oracles import mp_joint
from scipy.stats import norm

from gmm_lib import uncertainty
from gmm_lib.engine import run_many
from gmm_lib.likelihood import log_likelihood
from gmm_lib.m_step import covariances as weighted_covariances
from gmm_lib.parameters import Parameters
from gmm_lib.sampling import sample
from gmm_lib.steps import Steps
from gmm_lib.uncertainty import bootstrap, standard_errors

pytestmark = pytest.mark.filterwarnings("error")
KINDS = ("nonparametric", "parametric", "weighted")
APART = Parameters([0.3, 0.5, 0.2], [[0, 0], [40, 0], [0, 40]], [np.eye(2), [[2, 0.9], [0.9, 1]], [[1, -1], [-1, 4]]])
OVERLAPPING = Parameters([0.4, 0.6], [[0.0, 0.0], [2.0, 1.0]], [np.eye(2), [[1.5, 0.5], [0.5, 1.0]]])


def maximum(X, start):
    """Where EM stands still. (It is not asked to gain less than the last digits of a log-likelihood: on one processor
    they come to rest, on another they do not.)"""
    for _ in range(100):
        before, start = start, run_many(X, [start], 0.0, total_tol=0, max_iter=50).parameters(0)
        if entries(start) == pytest.approx(entries(before), rel=1e-9, abs=1e-9):
            return start
    raise AssertionError("it still moves")


def one_gaussian(X):
    X = np.asarray(X, dtype=float)
    return Parameters([1.0], [X.mean(axis=0)], [np.cov(X, rowvar=False, bias=True).reshape(X.shape[1], X.shape[1])])


def entries(of):
    """All the parameters, or what is said of each, in one row."""
    return np.concatenate([np.ravel(of.weights), np.ravel(of.means), np.ravel(of.covariances)])


# -- standard errors


@pytest.mark.parametrize(
    "X", [[[1.0], [3.0]], np.random.default_rng(1).normal(5, 2, (30, 3)) @ [[1, 2, 0], [0, 1, 3], [0, 0, 1]]]
)
def test_the_errors_of_one_gaussian_are_those_of_the_textbook(X):
    fit = one_gaussian(X)
    n, (S,) = len(X), fit.covariances
    errors, variances = standard_errors(X, fit), np.diag(S)
    assert errors.weights.tolist() == [0.0]
    assert errors.means[0] == pytest.approx(np.sqrt(variances / n), rel=1e-10)
    assert np.diag(errors.covariances[0]) == pytest.approx(np.sqrt(2 / n) * variances, rel=1e-10)
    assert errors.covariances[0] == pytest.approx(np.sqrt((np.outer(variances, variances) + S**2) / n), rel=1e-10)
    m = len(S)
    assert errors.covariance[:m, :m] == pytest.approx(S / n, rel=1e-10)
    assert errors.covariance[:m, m:] == pytest.approx(0, abs=1e-10)


def test_components_far_apart_have_the_errors_of_known_ones():
    X, components = sample(500, APART, 3)
    fit = maximum(X, APART)
    errors, counts = standard_errors(X, fit), np.bincount(components)
    share = counts / 500
    assert errors.weights == pytest.approx(np.sqrt(share * (1 - share) / 500), rel=1e-10)
    assert errors.covariance[:2, :2] == pytest.approx(
        ((np.diag(share) - np.outer(share, share)) / 500)[:2, :2], rel=1e-10
    )
    for j in range(3):
        alone = standard_errors(X[components == j], one_gaussian(X[components == j]))
        assert errors.means[j] == pytest.approx(alone.means[0], rel=1e-9)
        assert errors.covariances[j] == pytest.approx(alone.covariances[0], rel=1e-9)


def test_the_free_parameters_are_named_in_the_order_of_their_covariance():
    X, _ = sample(300, APART, 5)
    errors = standard_errors(X, maximum(X, APART))
    assert len(set(errors.free_parameters)) == len(errors.free_parameters) == APART.n_free_parameters
    for name, variance in zip(errors.free_parameters, errors.covariance.diagonal()):
        assert eval(f"errors.{name}", {"errors": errors}) ** 2 == pytest.approx(variance, rel=1e-12)


def mp_log_likelihood(X, k, m, free):
    """In 50 digits, as a function of the free parameters, each read where its definition says that it stands."""
    weights = [*free[: k - 1], 1 - mp.fsum(free[: k - 1])]
    rest = iter(free[k - 1 :])
    means = [[next(rest) for _ in range(m)] for _ in range(k)]
    factors = []
    for _ in range(k):
        sigma = mp.matrix(m)
        for a in range(m):
            for b in range(a + 1):
                sigma[a, b] = sigma[b, a] = next(rest)
        factors.append((mp.inverse(sigma), mp.log(mp.det(sigma))))

    def joint(x, weight, mean, inverse, log_determinant):
        d = mp.matrix([one - mu for one, mu in zip(x, mean)])
        return weight * mp.exp(-((d.T * inverse * d)[0] + log_determinant + m * mp.log(2 * mp.pi)) / 2)

    components = [(w, mu, *factor) for w, mu, factor in zip(weights, means, factors)]
    return mp.fsum(mp.log(mp.fsum(joint(x, *one) for one in components)) for x in X)


def second_differences(function, at, h):
    """The Hessian by central differences; with 50 digits and this h its error is of the order of h squared."""

    def moved(*steps):
        point = list(at)
        for i, step in steps:
            point[i] += step
        return function(point)

    H = np.zeros((len(at), len(at)))
    for i, j in combinations_with_replacement(range(len(at)), 2):
        signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        H[i, j] = H[j, i] = sum(a * b * moved((i, a * h), (j, b * h)) for a, b in signs) / (4 * h * h)
    return H


def test_the_curvature_is_that_of_the_log_likelihood():
    """Beside the maximum, where no term vanishes by luck, against differences of the log-likelihood in 50 digits."""
    X, _ = sample(25, OVERLAPPING, 7)
    best = maximum(X, OVERLAPPING)
    near = Parameters(best.weights + np.array([0.02, -0.02]), best.means + 0.03, best.covariances * 1.04)
    lower = np.tril_indices(2)
    free = [near.weights[0], *near.means.ravel(), *near.covariances[0][lower], *near.covariances[1][lower]]
    at, points = [mpf(float(one)) for one in free], [[mpf(float(one)) for one in x] for x in X]
    ours = mp_log_likelihood(points, 2, 2, at)
    assert abs(ours - mp.fsum(mp.log(mp.fsum(mp_joint(x, near))) for x in X)) < 1e-12  # weights that sum to 1 + eps
    H = second_differences(lambda free: mp_log_likelihood(points, 2, 2, free), at, mpf(10) ** -12)
    assert np.linalg.eigvalsh(-H)[0] > 0
    assert standard_errors(X, near).covariance == pytest.approx(np.linalg.inv(-H), rel=1e-7, abs=1e-9)


def test_what_is_missing_makes_less_sure():
    X, components = sample(4000, OVERLAPPING, 8)
    errors = standard_errors(X, maximum(X, OVERLAPPING))
    counts = np.bincount(components)
    assert (errors.weights > 1.5 * np.sqrt(0.24 / 4000)).all()
    known = np.sqrt(np.diagonal(OVERLAPPING.covariances, axis1=1, axis2=2) / counts[:, np.newaxis])
    assert (errors.means > 1.1 * known).all()


def test_units_and_the_order_of_components_change_nothing_else():
    X, _ = sample(400, OVERLAPPING, 9)
    fit = maximum(X, OVERLAPPING)
    errors, turned = standard_errors(X, fit), standard_errors(X, fit.permuted([1, 0]))
    assert turned.weights == pytest.approx(errors.weights[::-1], rel=1e-9)
    assert turned.means == pytest.approx(errors.means[::-1], rel=1e-9)
    assert turned.covariances == pytest.approx(errors.covariances[::-1], rel=1e-9)
    units = np.array([1e9, 1e-9])
    squares = np.outer(units, units)
    other = standard_errors(X * units, Parameters(fit.weights, fit.means * units, fit.covariances * squares))
    assert other.weights == pytest.approx(errors.weights, rel=1e-9)
    assert other.means == pytest.approx(errors.means * units, rel=1e-9)
    assert other.covariances == pytest.approx(errors.covariances * squares, rel=1e-9)


def test_blocks_add_up(monkeypatch):
    X, _ = sample(101, OVERLAPPING, 10)
    fit = maximum(X, OVERLAPPING)
    whole = uncertainty._curvature(X, fit)
    monkeypatch.setattr(uncertainty, "NUMBERS", 200)
    for part, expected in zip(uncertainty._curvature(X, fit), whole, strict=True):
        assert part == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_is_no_maximum_is_refused():
    X, _ = sample(400, OVERLAPPING, 11)
    fit, alone = maximum(X, OVERLAPPING), one_gaussian(X)
    twice = Parameters([0.5, 0.5], [*alone.means] * 2, [*alone.covariances] * 2)  # EM stays there: it is stationary
    with pytest.raises(ValueError, match="parameters must be a maximum.*positive definite.*least eigenvalue.*the same"):
        standard_errors(X, twice)
    wide = Parameters(fit.weights, fit.means, 4 * fit.covariances)  # Newton would lead further away
    with pytest.raises(ValueError, match="parameters must be a maximum.*positive definite"):
        standard_errors(X, wide)
    with pytest.raises(ValueError, match=r"weights must be positive.*; weights\[1\] is 0"):
        standard_errors(X, Parameters([1, 0], fit.means, fit.covariances))
    with pytest.raises(ValueError, match="parameters must be a maximum"):
        standard_errors([[1e100, 0.0], [0.0, 1.0]], OVERLAPPING)


def test_so_is_a_place_beside_the_maximum_and_the_parameter_that_is_furthest_off_named():
    X, _ = sample(500, APART, 12)
    fit = maximum(X, APART)
    errors = standard_errors(X, fit)
    for by, refused in ((0.9, False), (1.3, True)):
        moved = Parameters(fit.weights, fit.means + by * errors.means * np.eye(3)[:, :2], fit.covariances)
        if refused:
            with pytest.raises(ValueError, match=r"must be a maximum.*; got .* moves means\[\d, \d\] by 1\.3 standard"):
                standard_errors(X, moved)
        else:
            standard_errors(X, moved)


def covered(estimates, errors, truth):
    half = norm.ppf(0.975) * errors
    return (estimates - half <= truth) & (truth <= estimates + half)


TRUTH = Parameters([0.4, 0.6], [[0.0], [5.0]], [[[1.0]], [[2.0]]])


def test_intervals_from_standard_errors_cover_the_truth_at_their_rate():
    rng, found = np.random.default_rng(13), []
    for _ in range(100):
        X, _ = sample(400, TRUTH, rng)
        fit = maximum(X, TRUTH)
        found.append(covered(entries(fit), entries(standard_errors(X, fit)), entries(TRUTH)))
    assert 0.91 < np.mean(found) < 0.98  # 600 intervals at 95%


# -- the bootstrap


@pytest.mark.parametrize("kind", KINDS)
def test_on_many_points_refits_agree_with_the_curvature(kind):
    X, _ = sample(1500, APART, 14)
    fit = maximum(X, APART)
    errors, refits = standard_errors(X, fit), bootstrap(X, fit, kind=kind, draws=200)
    assert refits.converged.all() and not refits.collapsed.any()
    ratio = entries(refits.standard_errors) / entries(errors)
    assert 0.8 < ratio.min() and ratio.max() < 1.25  # one standard deviation of 200 draws is 5%
    assert np.mean(ratio) == pytest.approx(1, abs=0.06)
    interval = refits.interval()
    low, high = np.array([entries(refits.parameters) + sign * 1.96 * entries(errors) for sign in (-1, 1)])
    ends = np.stack([interval.weights, interval.weights])[0], interval.means, interval.covariances
    ours = np.concatenate([end.reshape(2, -1) for end in ends], axis=1)
    assert (np.abs(ours - [low, high]) < 0.7 * entries(errors)).all()


@pytest.mark.parametrize("kind, n_minus", [("nonparametric", 0), ("weighted", -1)])
def test_the_error_of_a_mean_is_the_one_that_can_be_computed(kind, n_minus):
    """Of a mean of n numbers, exactly S / n over resamples, and S / (n + 1) over exponential weights."""
    X = np.array([[1.0], [2.0], [4.0], [7.0], [12.0]])
    refits = bootstrap(X, one_gaussian(X), kind=kind, draws=2000)
    assert refits.standard_errors.means[0, 0] == pytest.approx(np.sqrt(X.var() / (5 - n_minus)), rel=0.04)
    assert refits.means.mean() == pytest.approx(X.mean(), abs=4 * np.sqrt(X.var() / 5 / 2000))


def test_a_draw_is_the_fit_to_the_rows_drawn():
    X = np.random.default_rng(15).normal(size=(40, 2))
    fit = one_gaussian(X)
    refits = bootstrap(X, fit, draws=5, reg_covar=0, random_state=1)
    rng = np.random.default_rng(1)
    for mean, covariance in zip(refits.means[:, 0], refits.covariances[:, 0]):
        rows = np.repeat(X, rng.multinomial(40, np.full(40, 1 / 40)), axis=0)
        assert len(rows) == 40
        assert mean == pytest.approx(rows.mean(axis=0), abs=1e-12)
        shares = np.ones((40, 1))
        assert covariance == pytest.approx(weighted_covariances(rows, shares, [rows.mean(axis=0)])[0], abs=1e-12)


@pytest.mark.parametrize("total_tol", [0.1, 1e-5])
def test_a_refit_stops_where_the_whole_log_likelihood_hardly_changes(total_tol):
    X, _ = sample(100, OVERLAPPING, 23)
    fit = maximum(X, OVERLAPPING)
    refits = bootstrap(X, fit, kind="parametric", draws=10, reg_covar=0, total_tol=total_tol, random_state=2)
    rng, gains = np.random.default_rng(2), []
    for draw in zip(refits.weights, refits.means, refits.covariances):
        points, _ = sample(100, fit, rng)
        steps, end = Steps(points), Parameters(*draw)
        next_one = steps.m_step(steps.e_step(end))
        gains.append(log_likelihood(points, next_one) - log_likelihood(points, end))
    assert refits.converged.all() and total_tol / 20 < max(gains) < total_tol


def test_percentile_intervals_cover_the_truth_at_about_their_rate():
    rng, found = np.random.default_rng(16), []
    for _ in range(30):
        X, _ = sample(200, TRUTH, rng)
        interval = bootstrap(X, maximum(X, TRUTH), draws=80, total_tol=1e-4, random_state=rng).interval()
        ends = (interval.weights, interval.means, interval.covariances)
        low, high = np.concatenate([end.reshape(2, -1) for end in ends], axis=1)
        found.append((low <= entries(TRUTH)) & (entries(TRUTH) <= high))
    assert 0.86 < np.mean(found) < 0.995  # 180 intervals at 95%, six at a time from the same points


def test_an_interval_is_made_of_the_quantiles_of_the_draws():
    X, _ = sample(100, TRUTH, 17)
    refits = bootstrap(X, maximum(X, TRUTH), draws=21)
    interval = refits.interval(0.8)  # the ends lie on the third draw from below and from above
    for name in ("weights", "means", "covariances"):
        ordered = np.sort(getattr(refits, name), axis=0)
        assert getattr(interval, name) == pytest.approx(ordered[[2, 18]], rel=1e-12)
    wide = refits.interval(0.95)
    assert (wide.means[0] < interval.means[0]).all() and (interval.means[1] < wide.means[1]).all()
    free = np.column_stack([refits.weights[:, 0], refits.means[..., 0], refits.covariances[..., 0, 0]])
    assert refits.standard_errors.covariance == pytest.approx(np.cov(free, rowvar=False), rel=1e-12)
    assert refits.standard_errors.weights == pytest.approx(refits.weights.std(axis=0, ddof=1), rel=1e-12)
    assert refits.standard_errors.free_parameters == standard_errors(X, refits.parameters).free_parameters


# On one centre: told apart by shape alone, which a distance between means could not.
ONE_CENTRE = Parameters(
    [0.3, 0.4, 0.3], np.zeros((3, 2)), [np.diag([16.0, 0.1]), 0.3 * np.eye(2), np.diag([0.1, 16.0])]
)


def test_components_keep_their_names_however_a_refit_numbers_them(monkeypatch):
    X, _ = sample(300, ONE_CENTRE, 18)
    fit = maximum(X, ONE_CENTRE)
    expected = bootstrap(X, fit, draws=12)
    refit, rng = uncertainty._refit, np.random.default_rng(19)
    orders = []

    def renumbered(*arguments, **settings):
        parameters, converged = refit(*arguments, **settings)
        orders.append(rng.permutation(3).tolist())
        return parameters.permuted(orders[-1]), converged

    monkeypatch.setattr(uncertainty, "_refit", renumbered)
    found = bootstrap(X, fit, draws=12)
    assert len(set(map(tuple, orders))) > 3
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


def test_components_are_in_the_order_of_the_fit_that_was_given():
    X, _ = sample(300, ONE_CENTRE, 18)
    fit, order = maximum(X, ONE_CENTRE), [2, 0, 1]
    one, other = bootstrap(X, fit, draws=3, total_tol=1e-9), bootstrap(X, fit.permuted(order), draws=3, total_tol=1e-9)
    assert other.weights == pytest.approx(one.weights[:, order], abs=1e-4)
    assert other.covariances == pytest.approx(one.covariances[:, order], abs=1e-3)


TWO_FAR = np.concatenate([np.random.default_rng(20).normal(size=30), [100.0, 101.0]])[:, np.newaxis]


def test_draws_that_collapse_are_counted_and_said():
    """A component of two points collapses exactly where one of them has not been drawn."""
    fit = maximum(TWO_FAR, Parameters([0.9, 0.1], [[0.0], [100.5]], [[[1.0]], [[0.3]]]))
    rng = np.random.default_rng(21)
    absent = np.array([(rng.multinomial(32, np.full(32, 1 / 32))[-2:] == 0).any() for _ in range(30)])
    with pytest.warns(RuntimeWarning, match=f"collapsed in {absent.sum()} of 30 draws") as caught:
        refits = bootstrap(TWO_FAR, fit, draws=30, reg_covar=0, random_state=21)
    assert caught[0].filename == __file__
    assert 5 < absent.sum() < 25 and np.array_equal(refits.collapsed, absent)
    assert repr(refits) == f"Bootstrap(30 nonparametric draws, {30 - absent.sum()} converged, {absent.sum()} collapsed)"
    for name in ("weights", "means", "covariances"):
        array = getattr(refits, name)
        assert len(array) == len(refits) == 30
        assert np.array_equal(np.isnan(array).all(axis=tuple(range(1, array.ndim))), absent)
        assert np.isfinite(array[~absent]).all()
    assert np.isfinite(entries(refits.standard_errors)).all() and np.isfinite(refits.interval(0.5).means).all()
    assert not bootstrap(TWO_FAR, fit, draws=30, kind="weighted", reg_covar=0).collapsed.any()  # no point is absent


def test_too_few_draws_that_end_are_an_error():
    fit = maximum(TWO_FAR, Parameters([0.9, 0.1], [[0.0], [100.5]], [[[1.0]], [[0.3]]]))
    nobody = Parameters([1.0, 0.0], fit.means, fit.covariances)
    with pytest.raises(ValueError, match="collapsed in 4 of 4 draws, .* reg_covar be larger"):
        bootstrap(TWO_FAR, nobody, draws=4, reg_covar=0)


def test_a_seed_repeats_the_draws_and_limits_are_kept():
    X, _ = sample(100, OVERLAPPING, 22)
    fit = maximum(X, OVERLAPPING)
    for kind in KINDS:
        one, same, other = (bootstrap(X, fit, draws=3, kind=kind, random_state=seed) for seed in (1, 1, 2))
        assert np.array_equal(one.means, same.means) and not (one.means == other.means).any()
        theirs = bootstrap(X, fit, draws=3, kind=kind, random_state=np.random.RandomState(3))
        assert np.isfinite(theirs.means).all() and theirs.kind == kind
    assert not bootstrap(X, fit, draws=3, max_iter=2).converged.any()
    assert (bootstrap(X, fit, draws=3, reg_covar=50.0).covariances[..., [0, 1], [0, 1]] > 50).all()


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(draws=1), "draws must be at least 2.*got 1"),
        (dict(kind="jackknife"), "kind must be one of 'nonparametric', 'parametric', 'weighted'; got 'jackknife'"),
        (dict(reg_covar="none"), "reg_covar must be 'relative' or"),
        (dict(random_state=-1), "random_state must be"),
        (dict(total_tol=-1.0), "total_tol must be a finite number"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        bootstrap(TWO_FAR, one_gaussian(TWO_FAR), **wrong)


@pytest.mark.parametrize("level", [0, 1, 95, "95%"])
def test_a_level_is_a_share(level):
    refits = bootstrap(TWO_FAR, one_gaussian(TWO_FAR), draws=2)
    with pytest.raises(ValueError, match="level must"):
        refits.interval(level)
