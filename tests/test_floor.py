"""The relative variance floor: free of units, blind to far values, and never the worse for it."""

import warnings

import numpy as np
import pytest
from oracles import random_responsibilities
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as TheirMixture

from gmm_lib import m_step
from gmm_lib.datasets import MADE, iris, old_faithful
from gmm_lib.engine import Engine, sources
from gmm_lib.floor import column_scales, deviation_floor, different, is_relative, places, relative_floor, variance_floor
from gmm_lib.initialization import RULES, distinct_rows, in_equal_units, kmeans, lloyd
from gmm_lib.mixture import log_density
from gmm_lib.model import GaussianMixture
from gmm_lib.selection import best_fit
from gmm_lib.short_runs import rows_seen

pytestmark = pytest.mark.filterwarnings("error")


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


# -- the scale of a column -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values, scale",
    [
        ([0, 1, 2, 4, 1000], 2),  # three of five: 0, 1, 2
        ([0, 1, 2, 4, 1000, 2000], 4),  # four of six: 0, 1, 2, 4
        ([0, 1, 2, 4, 1000, 1000, 1000, 1000, 1000, 1000, 1000], 2),  # a value counts once
        ([-999, -999, 5, 6, 8, 99999, 99999], 3),  # three of five: 5, 6, 8
        ([0, 1, 99999], 1),
        ([3, 3, 3], 1),
        ([0, 0, 0, 0], 1),
        ([0.1 + 0.2, 0.3, 0.3, 0.3], 1),  # constant, up to rounding
        ([0, 1], 0.5),  # the gap is 1, the standard deviation less
        ([0.3, 0.1 + 0.2, 0.3, 0.3, 0.9, 0.9, 0.9, 0.9], 0.3),  # two different values, not three
    ],
    ids=str,
)
def test_scales_by_hand(values, scale):
    assert column_scales(column(*values))[0] == pytest.approx(scale, rel=1e-12)


@pytest.mark.parametrize("data", [iris, old_faithful, *(MADE[name] for name in ("elongated", "overlapping", "ring"))])
def test_where_nothing_is_far_off_the_scale_is_the_standard_deviation(data):
    X = data().X
    np.testing.assert_allclose(column_scales(X), X.std(axis=0), rtol=1e-13)
    np.testing.assert_allclose(variance_floor(X), 1e-6 * X.std(axis=0) ** 2, rtol=1e-13)


def test_of_a_gaussian_the_shortest_half_is_1_35_deviations():
    x = np.random.default_rng(0).normal(size=(100_000, 1))
    x[:1000] = 1e12  # inflates the deviation
    assert column_scales(x)[0] == pytest.approx(2 * 0.67449, rel=0.03)  # between the quartiles, by a table


AWKWARD = {
    "one": lambda r, x: np.where(np.arange(len(x)) == 7, 99999.0, x),
    "a tenth": lambda r, x: np.where(r.random(len(x)) < 0.1, -999.0, x),
    "several": lambda r, x: np.concatenate([[99999, -999, 1e9, -1e9], x[4:]]),
    "binary": lambda r, x: (x > 0).astype(float),
    "rare": lambda r, x: (np.arange(len(x)) == 3).astype(float),
    "mostly zero": lambda r, x: np.where(r.random(len(x)) < 0.9, 0.0, np.abs(x)),
    "integers": lambda r, x: np.rint(3 * x),
    "constant": lambda r, x: np.full(len(x), 0.1),
    "noise": lambda r, x: 0.1 * (1 + 2**-52 * r.integers(-3, 4, len(x))),
    "plain": lambda r, x: x,
}


def awkward(seed=0, n=400):
    r = np.random.default_rng(seed)
    return np.column_stack([make(r, r.normal(size=n)) for make in AWKWARD.values()])


def test_scales_know_no_units_no_order_and_no_repetition():
    X = awkward()
    scales, varying = column_scales(X), np.ptp(X, axis=0) > 1e-12
    for units in (2.0**40, 2.0**-40, 2.0 ** np.arange(-5, 5)):
        np.testing.assert_array_equal(column_scales(X * units)[varying], (scales * units)[varying])
        np.testing.assert_array_equal(column_scales(X * units)[~varying], 1)
    np.testing.assert_allclose(column_scales(X * 1e-6)[varying], scales[varying] * 1e-6, rtol=1e-9)
    np.testing.assert_allclose(column_scales(np.repeat(X, 3, axis=0)), scales, rtol=1e-12)
    np.testing.assert_allclose(column_scales(np.random.default_rng(0).permutation(X)), scales, rtol=1e-12)
    assert (scales[varying] < 3.5).all()  # sentinels of 1e9 or not
    assert (column_scales(X) <= X.std(axis=0) * (1 + 1e-12))[varying].all()


def test_values_that_differ_by_rounding_count_once_but_a_fine_grid_stays():
    eps = 2**-52
    rows = np.array([[1, 1 + eps, 1 + 3 * eps, 2, 2, 5], [1, 1, 1, 1, 1, 7]])
    assert [values.tolist() for values in different(rows)] == [[1, 2, 5], [1, 7]]
    grid = 1e15 + np.arange(800) / 8  # steps of one unit in the last place
    assert 10 < len(different(grid[np.newaxis])[0]) < 400
    assert column_scales(grid[:, np.newaxis])[0] == pytest.approx(np.sqrt((800**2 - 1) / 12) / 8)  # of equal steps


@pytest.mark.parametrize("big", [1e6, 1e9, 1e12, 1e15])
def test_no_component_with_the_floor_collapses(big):
    X = awkward()
    X[:, 0] = np.where(X[:, 0] > 9999, big, X[:, 0])
    with warnings.catch_warnings():
        if big == 1e15:  # beside it nothing of size 1 can be seen: the least scale is larger, and that is said
            warnings.filterwarnings("ignore", "component . is smaller than the variance floor in column 0")
        fit = GaussianMixture(3, random_state=0, max_iter=300, tol=1e-2).fit(X)
    assert (np.diagonal(fit.covariances_, axis1=1, axis2=2) >= relative_floor(X) * (1 - 1e-9)).all()


def test_a_larger_floor_stands_in_where_far_values_make_columns_depend_on_each_other():
    r = np.random.default_rng(0)
    X = r.normal(size=(1000, 3))
    X[0, :2] = 1e9  # the whole covariance is now that of this row
    for k in (1, 2):
        with pytest.warns(RuntimeWarning, match="values far from all the others leave the relative floor too small"):
            fit = GaussianMixture(k, random_state=0, init_params="random", max_iter=300).fit(X)
        assert np.isfinite(fit.score(X))
    with pytest.warns(RuntimeWarning, match="values far from all the others"):
        best_fit(X, 1, n_init=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert GaussianMixture(1, on_collapse="floor").fit(X).means_.shape == (1, 3)  # asked for: no warning
    np.testing.assert_allclose(deviation_floor(X), 1e-6 * X.var(axis=0))


# -- never worse than scikit-learn on data with sentinels ----------------------------------------------------------


def clouds(seed, n=300, m=2):
    r = np.random.default_rng(seed)
    side = r.integers(2, size=(n, 1))
    return r.normal(size=(n, m)) * (1 + 0.5 * side) + 6 * side


def one(X, value):
    X[3, 0] = value


def tenth(X, value):
    X[::10, -1] = value


def several(X, value):
    X[0, 0], X[1, 0], X[2, 0] = value, -999, 12345


def in_every_column(X, value):
    for column in range(X.shape[1]):
        X[5 + column :: 60, column] = value


def one_whole_row(X, value):
    X[9] = value


@pytest.mark.parametrize("value", [99999, 1e9, -999])
@pytest.mark.parametrize("sentinels", [one, tenth, several, in_every_column, one_whole_row])
@pytest.mark.parametrize("m", [1, 3])
def test_sentinels_never_make_a_fit_worse_than_scikit_learns(m, sentinels, value):
    clean = clouds(0, m=m)
    X = clean.copy()
    sentinels(X, value)
    good = (X == clean).all(axis=1)
    k = 3 if m == 1 or sentinels in (one, tenth, one_whole_row) else 5
    units = 10.0 ** np.arange(-6, 7, 6)[:m]
    begin = TheirMixture(k, max_iter=0, random_state=0).fit(X)
    start = dict(means_init=begin.means_, weights_init=begin.weights_, precisions_init=begin.precisions_)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = TheirMixture(k, n_init=3, max_iter=200, random_state=0).fit(X)
        best = GaussianMixture(k, n_init=3, max_iter=200, random_state=0).fit(X)
        moved = GaussianMixture(k, n_init=3, max_iter=200, random_state=0).fit(X * units)
        # From the same start nothing but the floor differs.
        same, ours = (mixture(k, max_iter=50, **start).fit(X) for mixture in (TheirMixture, GaussianMixture))
    assert ours.score(X[good]) > same.score(X[good]) - 0.05
    assert best.score(X[good]) > theirs.score(X[good]) - 0.05
    assert moved.score((X * units)[good]) + np.log(units).sum() > theirs.score(X[good]) - 0.05


@pytest.mark.parametrize("sentinels", [one, tenth, one_whole_row])
@pytest.mark.parametrize("m", [1, 2])
def test_nor_do_they_mislead_the_choice_of_a_fit(m, sentinels):
    X = clouds(0, m=m)
    clean = X.copy()
    sentinels(X, 99999)
    good = (X == clean).all(axis=1)
    theirs = TheirMixture(3, n_init=5, max_iter=500, random_state=0).fit(X)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the likeliest of n_init .* too few points")  # of far values
        chosen = best_fit(X, 3, total_tol=1e-3)
    assert log_density(X[good], chosen).mean() > theirs.score(X[good]) - 0.05


@pytest.mark.parametrize("unit", [1e-7, 1e-10, 1e-12, 1e-14, 1e-17])
@pytest.mark.parametrize("k", [1, 3])
def test_a_number_far_above_a_columns_variance_is_scikit_learns(k, unit):
    X = clouds(0)
    X[:, 1] += X[:, 0]  # correlated: what the floor adds to one coordinate reaches the others
    X[:, 0] *= unit
    ours, theirs = (
        mixture(k, reg_covar=1e-6, init_params="random", random_state=0, max_iter=300).fit(X)
        for mixture in (GaussianMixture, TheirMixture)
    )
    assert ours.score(X) == pytest.approx(theirs.score(X), abs=1e-9)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-6, atol=1e-12)


def test_constant_binary_and_mostly_zero_columns_do_not_hide_clusters():
    X = clouds(1)
    wide = np.column_stack([X, awkward(1, len(X))[:, 3:]])
    for units in (1.0, 10.0 ** np.random.default_rng(0).integers(-6, 7, wide.shape[1])):
        fit = GaussianMixture(2, random_state=0, means_init=None, max_iter=500).fit(wide[:, [0, 1, 6, 7]])
        moved = GaussianMixture(2, random_state=0, max_iter=500).fit((wide * units)[:, [0, 1, 6, 7]])
        np.testing.assert_array_equal(
            fit.predict(wide[:, [0, 1, 6, 7]]), moved.predict((wide * units)[:, [0, 1, 6, 7]])
        )
    side = X[:, 0] + X[:, 1] > 6.5
    labels = fit.predict(wide[:, [0, 1, 6, 7]])
    assert max((labels == side).mean(), (labels != side).mean()) > 0.95


def test_the_floor_of_a_column_is_exact_beside_far_values():
    X = clouds(0, m=3)
    X[::10, 2] = 1e9  # what the other columns add to a shared coordinate is 1e14 times larger than this one's floor
    fit = GaussianMixture(3, random_state=0, n_init=3, max_iter=200).fit(X)
    j = fit.means_[:, 2].argmax()
    assert fit.covariances_[j, 2, 2] == pytest.approx(relative_floor(X)[2], rel=1e-5)
    assert fit.covariances_[j, 0, 0] == pytest.approx(X[::10, 0].var() + relative_floor(X)[0])


def test_a_floor_that_is_set_later_is_that_of_the_beginning():
    X = clouds(0)
    X[:, 1] += X[:, 0]
    X[:, 0] *= 1e-14
    start = distinct_rows(X, 2, 0, 1e-6)
    begun, later = Engine(X, reg_covar=1e-6), Engine(X)
    later.run(later.state(distinct_rows(X, 2, 0)), max_iter=2)
    for floor in (1e-6, 0, 1e-6):
        later.set_floor(floor)
    ends = [engine.parameters(engine.run(engine.state(start), max_iter=5).state) for engine in (begun, later)]
    np.testing.assert_array_equal(ends[0].covariances, ends[1].covariances)


# -- a floor that matters ------------------------------------------------------------------------------------------


def test_a_component_smaller_than_the_floor_is_warned_of():
    r = np.random.default_rng(0)
    X = np.concatenate([r.normal(0, 1e-4, 60), r.normal(0.01, 1e-4, 60), r.normal(0, 100, 280)])[:, np.newaxis]
    with pytest.warns(RuntimeWarning, match="component . is smaller than the variance floor in column 0"):
        GaussianMixture(3, means_init=[[0], [0.01], [50]], random_state=0, max_iter=500).fit(X)
    GaussianMixture(3, means_init=[[0], [0.01], [50]], random_state=0, max_iter=500, reg_covar=1e-12).fit(X)


def test_a_component_on_equal_points_is_nothing_to_warn_of():
    r = np.random.default_rng(0)
    X = np.column_stack([r.normal(size=300), np.where(r.random(300) < 0.6, 0, np.rint(5 * r.random(300)))])
    GaussianMixture(2, random_state=0, n_init=3, max_iter=500).fit(X)
    lonely = np.vstack([r.normal(size=(100, 2)), [[40, 40]]])
    fit = GaussianMixture(2, random_state=0, max_iter=500).fit(lonely)
    assert fit.covariances_[:, 0, 0].min() == pytest.approx(relative_floor(lonely)[0])


# -- one rule everywhere -------------------------------------------------------------------------------------------


def test_more_points_than_are_looked_at():
    for n in (1, 9_999, 10_000, 10_001, 123_456, 3 * 10**9):
        at = places(n)
        assert len(at) == min(n, 10_000) and at[0] == 0 and at[-1] < n
        assert (np.diff(at) > 0).all()
    for period in range(2, 60):  # a stride would meet one residue only, or always the same few
        counts = np.bincount(places(100_000) % period, minlength=period)
        assert counts.min() > 0.5 * 10_000 / period and counts.max() < 1.5 * 10_000 / period
    X = np.random.default_rng(0).normal(size=(50_000, 2))
    X[::5, 1] = 99999
    np.testing.assert_allclose(variance_floor(X), 1e-6 * column_scales(X) ** 2, rtol=0.1)


def test_the_floor_draws_no_random_number_and_is_the_same_for_a_source():
    X = np.random.default_rng(0).normal(size=(30_000, 2)) + np.arange(30_000)[:, np.newaxis] % 2 * 6
    X[17, 0] = 1e6
    start = dict(weights_init=[0.5, 0.5], means_init=[[0, 0], [6, 6]], precisions_init=[np.eye(2)] * 2)
    fits = []
    for points in (X, sources.Blocks([X[:9_000], X[9_000:]])):
        drawn, few = np.random.RandomState(0), np.random.RandomState(0)
        fits.append(GaussianMixture(2, random_state=drawn, **start).fit(points))
        few.randint(len(X), size=rows_seen(2, 2), dtype=np.int64)  # the rows that the start sees
        assert drawn.random() == few.random()
    np.testing.assert_allclose(fits[0].covariances_, fits[1].covariances_, rtol=1e-9)


def test_numbers_without_a_square_are_refused():
    X = iris().X * 1e200
    for take in (
        variance_floor,
        column_scales,
        lambda X: best_fit(X, 2),
        lambda X: GaussianMixture(2).fit(X),
        lambda X: lloyd(X, X[:2]),
        *(lambda X, rule=rule: rule(X, 2, 0, "relative") for rule in RULES.values()),
    ):
        with pytest.raises(ValueError, match=r"X must have a sum of squares below 1e308; got entries up to 7.9e\+200"):
            take(X)


def test_words_and_numbers():
    X = iris().X
    np.testing.assert_array_equal(variance_floor(X, 0.5), [0.5] * 4)
    np.testing.assert_array_equal(variance_floor(X, [0, 1, 2, 3]), [0, 1, 2, 3])
    assert is_relative("relative") and not is_relative(0)
    for wrong, message in [
        ("small", "reg_covar must be 'relative' or a finite number, zero or more; got 'small'"),
        (-1, "reg_covar must be a finite number, zero or more; got -1"),
        (None, "reg_covar must be a finite number, zero or more; got None"),
        ([1, 2], "reg_covar must be a number, or have one entry for each of the 4 columns; got 2"),
        ([1, 2, -3, 4], "reg_covar must not be negative; got -3 for column 2"),
    ]:
        for take in (
            lambda floor: variance_floor(X, floor),
            lambda floor: GaussianMixture(2, reg_covar=floor).fit(X),
            lambda floor: GaussianMixture(2, reg_covar=floor).partial_fit(X),
            lambda floor: best_fit(X, 2, reg_covar=floor),
            *(lambda floor, rule=rule: rule(X, 2, 0, floor) for rule in RULES.values()),
        ):
            with pytest.raises(ValueError, match=message):
                take(wrong)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_and_the_m_step_take_a_floor_for_each_column(name):
    X, floor = iris().X, np.array([0.1, 0, 0.2, 0.3])
    bare, floored = RULES[name](X, 3, 0, 0), RULES[name](X, 3, 0, floor)
    np.testing.assert_allclose(floored.covariances - bare.covariances, [np.diag(floor)] * 3, atol=1e-12)
    relative = RULES[name](X, 3, 0, "relative")
    np.testing.assert_allclose(relative.covariances - bare.covariances, [np.diag(relative_floor(X))] * 3, atol=1e-12)
    w = random_responsibilities(0, len(X), 3)
    np.testing.assert_allclose(
        m_step.m_step(X, w, floor).covariances - m_step.m_step(X, w).covariances, [np.diag(floor)] * 3, atol=1e-12
    )


def test_a_start_among_far_values_is_not_wider_than_the_scale():
    X = clouds(0)
    X[0, 0] = 1e9
    start = in_equal_units(distinct_rows)(X, 3, np.random.default_rng(0))
    widths = np.sqrt(np.diagonal(start.covariances, axis1=1, axis2=2))
    np.testing.assert_allclose(widths[:, 0], column_scales(X)[0])
    np.testing.assert_allclose(widths[:, 1], np.sqrt(np.cov(X.T)[1, 1]), rtol=1e-5)
    plain = clouds(0)
    for rule in (distinct_rows, kmeans):
        ours, theirs = (make(plain, 3, np.random.default_rng(0), "relative") for make in (in_equal_units(rule), rule))
        if rule is distinct_rows:  # k-means counts its distances in the units that it is given
            np.testing.assert_allclose(ours.covariances, theirs.covariances, rtol=1e-9)
            np.testing.assert_allclose(ours.means, theirs.means, rtol=1e-12)
