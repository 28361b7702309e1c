import numpy as np
import pytest
from oracles import random_problem
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as TheirMixture

from gmm_lib.covariance_types import TYPES, constrained
from gmm_lib.datasets import iris, old_faithful, overlapping, well_separated
from gmm_lib.initialization import distinct_rows, rows_with_replacement
from gmm_lib.likelihood import log_likelihood
from gmm_lib.parameters import Parameters
from gmm_lib.sampling import sample
from gmm_lib.selection import (
    against_reference,
    aic,
    best_fit,
    bic,
    held_out_log_likelihood,
    icl,
    n_free_parameters,
    optima,
    scan,
    scan_types,
    spurious_components,
    stability,
)

pytestmark = pytest.mark.filterwarnings("error")
GEYSER = old_faithful().X


def theirs(parameters):
    mixture = TheirMixture(parameters.k)
    mixture.weights_, mixture.means_ = parameters.weights, parameters.means
    mixture.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(parameters.covariances))
    return mixture


@pytest.mark.parametrize("k, m", [(1, 1), (2, 3), (4, 2)])
def test_aic_and_bic_are_scikit_learns(k, m):
    X, parameters = random_problem(k, m=m, k=k)
    assert aic(X, parameters) == pytest.approx(theirs(parameters).aic(X), rel=1e-9)
    assert bic(X, parameters) == pytest.approx(theirs(parameters).bic(X), rel=1e-9)
    assert n_free_parameters(k, m) == parameters.n_free_parameters == theirs(parameters)._n_parameters()


def test_free_parameters_by_hand():
    assert n_free_parameters(1, 1) == 2
    assert n_free_parameters(3, 4) == 2 + 12 + 30
    with pytest.raises(ValueError, match="k must be a positive integer"):
        n_free_parameters(0, 2)


def test_icl_adds_a_price_for_overlap():
    X, parameters = random_problem(0)
    components = zip(parameters.weights, parameters.means, parameters.covariances)
    terms = np.column_stack([w * multivariate_normal(mu, s).pdf(X) for w, mu, s in components])
    surest = (terms / terms.sum(axis=1, keepdims=True)).max(axis=1)
    assert icl(X, parameters) == pytest.approx(bic(X, parameters) - 2 * np.log(surest).sum(), rel=1e-10)
    apart = Parameters([0.5, 0.5], [[0.0], [1000.0]], [[[1.0]], [[1.0]]])
    assert icl([[0.0], [1000.0]], apart) == bic([[0.0], [1000.0]], apart)


@pytest.mark.parametrize("data, k, expected", [(iris, 2, -214.3547043705), (old_faithful, 2, -1130.2639601847)])
def test_the_best_fit_is_mclusts(data, k, expected):
    X = data().X
    assert log_likelihood(X, best_fit(X, k, reg_covar=0, total_tol=1e-10)) == pytest.approx(expected, abs=1e-7)


def test_the_best_fit_of_three_components_to_iris_needs_a_floor():
    X = iris().X
    fit = best_fit(X, 3, n_init=100, reg_covar=0.1**2 / 12)
    assert log_likelihood(X, fit) == pytest.approx(-180.4612, abs=1e-3)


def test_one_component_held_out_is_scipys():
    X = GEYSER[:20]
    rng = np.random.default_rng(5)
    total = 0.0
    for part in np.array_split(rng.permutation(20), 4):
        seen = np.delete(X, part, axis=0)
        total += multivariate_normal(seen.mean(axis=0), np.cov(seen.T, bias=True)).logpdf(X[part]).sum()
    got = held_out_log_likelihood(X, 1, folds=4, random_state=5, reg_covar=0, n_init=1, rule=rows_with_replacement)
    assert got == pytest.approx(total / 20, rel=1e-9)


def test_a_scan_tabulates_what_its_parts_compute():
    table = scan(GEYSER, [1, 3, 2], n_init=5, folds=3)
    assert table.ks.tolist() == [1, 3, 2]
    for i, (k, fit) in enumerate(zip(table.ks, table.fits)):
        assert fit.k == k
        assert table.n_free_parameters[i] == fit.n_free_parameters
        assert table.log_likelihood[i] == log_likelihood(GEYSER, fit)
        assert (table.aic[i], table.bic[i], table.icl[i]) == (aic(GEYSER, fit), bic(GEYSER, fit), icl(GEYSER, fit))
        assert table.held_out[i] == held_out_log_likelihood(GEYSER, k, folds=3, n_init=5)
    alone = scan(GEYSER, [2], n_init=5)
    assert alone.bic[0] == table.bic[2]
    assert np.isnan(alone.held_out).all()


def test_a_scan_chooses_and_prints():
    table = scan(GEYSER, range(1, 5), n_init=10, folds=5)
    assert table.best("bic") == table.best("icl") == table.best("held_out") == 2
    assert (np.diff(table.log_likelihood) > 0).all()  # so it cannot choose
    lines = repr(table).splitlines()
    assert len(lines) == 5
    assert lines[0].split() == ["k", "free", "log-likelihood", "AIC", "BIC", "ICL", "held", "out"]
    assert lines[2].split()[:3] == ["2", "11", "-1130.26"]
    with pytest.raises(ValueError, match="criterion must be"):
        table.best("luck")
    with pytest.raises(ValueError, match="held_out was not computed"):
        scan(GEYSER, [1], n_init=1).best("held_out")


@pytest.mark.parametrize("unit", [1 / 60, 1 / 1440, 1e-6, 1e6])
def test_units_do_not_choose(unit):
    minutes, moved = (scan(X, [1, 2, 3], n_init=4, folds=3, total_tol=1e-4) for X in (GEYSER, GEYSER * unit))
    shift = 2 * np.log(unit)
    np.testing.assert_allclose(moved.log_likelihood + len(GEYSER) * shift, minutes.log_likelihood, atol=1e-4)
    np.testing.assert_allclose(moved.held_out + shift, minutes.held_out, atol=1e-6)
    assert [moved.best(c) for c in ("bic", "icl")] == [2, 2] and moved.best("held_out") == minutes.best("held_out")
    assert minutes.log_likelihood[1] == pytest.approx(-1130.2639601847, abs=0.01)
    mixed = GEYSER * [1, unit]
    for rule in ("kmeans", "k-means++"):  # distances of columns in unlike units
        fits = [best_fit(X, 2, rule=rule, n_init=2, total_tol=1e-4) for X in (GEYSER, mixed)]
        np.testing.assert_allclose(fits[1].means, fits[0].means * [1, unit], rtol=1e-5)
    options = dict(n_init=2, total_tol=1e-2)
    for judge in (
        lambda X: stability(X, 2, samples=2, **options),
        lambda X: [optimum.count for optimum in optima(X, 2, n_starts=5, total_tol=1e-3)],
        lambda X: against_reference(X, 1, 2, draws=2, **options).gain,
    ):
        np.testing.assert_allclose(judge(GEYSER * unit), judge(GEYSER), rtol=1e-5)


def test_a_rule_by_its_name_and_a_number_as_a_floor():
    by_name, itself = (best_fit(GEYSER, 2, rule=rule, n_init=2) for rule in ("distinct_rows", distinct_rows))
    np.testing.assert_array_equal(by_name.means, itself.means)
    got = []
    best_fit(
        GEYSER, 2, reg_covar=0.5, n_init=1, rule=lambda X, k, rng, floor: got.append(floor) or distinct_rows(X, k, rng)
    )
    np.testing.assert_array_equal(got, [[0.5, 0.5]])
    one = best_fit(GEYSER, 1, reg_covar=[0.5, 2], n_init=1)
    np.testing.assert_allclose(one.covariances[0], np.cov(GEYSER.T, bias=True) + np.diag([0.5, 2]))
    for wrong in ("luck", None, 3):
        with pytest.raises(ValueError, match="rule must be one of 'short_runs', .* or a function .*; got"):
            best_fit(GEYSER, 2, rule=wrong)


def test_random_states_of_every_kind():
    table = scan(GEYSER, [2], n_init=1, random_state=3, total_tol=1e-2)
    np.testing.assert_array_equal(
        scan(GEYSER, [1, 2], n_init=1, random_state=3, total_tol=1e-2).fits[1].means, table.fits[0].means
    )
    for seeded in (np.random.default_rng, np.random.RandomState):
        first, again = (scan(GEYSER, [3, 3], n_init=1, random_state=seeded(5), total_tol=1e-2) for _ in range(2))
        np.testing.assert_array_equal(first.fits[0].means, again.fits[0].means)
        np.testing.assert_array_equal(first.fits[0].means, first.fits[1].means)  # every row from the same seed
    with pytest.raises(ValueError, match="random_state must be a numpy.random.Generator, .*; got 'luck'"):
        best_fit(GEYSER, 2, random_state="luck")


def test_optima_are_sorted_and_counted():
    found = optima(GEYSER, 2, n_starts=60, reg_covar=0)
    assert sum(optimum.count for optimum in found) == 60
    values = [optimum.log_likelihood for optimum in found]
    assert values == sorted(values, reverse=True) and len(found) > 1
    assert values[0] == pytest.approx(-1130.2639601847, abs=1e-5)
    for optimum in found:
        assert log_likelihood(GEYSER, optimum.parameters) == pytest.approx(optimum.log_likelihood, abs=1e-8)
    assert len(optima(overlapping().X, 1, n_starts=20)) == 1


def test_stability_is_that_of_scikit_learns_refits():
    got = stability(GEYSER, 2, samples=6, random_state=3, reg_covar=0)
    rows = np.random.default_rng(3).integers(len(GEYSER), size=(6, len(GEYSER)))
    clusters, *others = (
        TheirMixture(2, n_init=5, tol=1e-8, reg_covar=0, max_iter=500, random_state=0).fit(points).predict(GEYSER)
        for points in (GEYSER, *GEYSER[rows])
    )
    np.testing.assert_allclose(got, [adjusted_rand_score(clusters, other) for other in others], rtol=1e-12)
    assert got.min() > 0.9


def test_clusters_that_are_there_return_and_others_do_not():
    one_cloud = np.random.default_rng(0).normal(size=(100, 2))
    options = dict(samples=5, reg_covar=1e-3, total_tol=1e-2)
    assert stability(well_separated().X, 3, **options).tolist() == [1] * 5
    assert stability(one_cloud, 3, **options).mean() < 0.6
    assert stability(one_cloud, 1, samples=2).tolist() == [1, 1]


def test_the_simulated_gains_are_scikit_learns():
    X = GEYSER[:80]
    options = dict(reg_covar=0, n_init=4, rule=one_start, total_tol=1e-9, max_iter=5000)
    got = against_reference(X, 1, 2, draws=3, random_state=4, **options)

    def gain(points):
        theirs = TheirMixture(2, tol=1e-9, reg_covar=0, max_iter=2000, **their_start(points)).fit(points)
        one = multivariate_normal(points.mean(axis=0), np.cov(points.T, bias=True))
        return 2 * (theirs.score_samples(points).sum() - one.logpdf(points).sum())

    assert got.gain == pytest.approx(gain(X), abs=1e-3)
    rng = np.random.default_rng(4)
    rng.bytes(8)  # the seed of the starts; what follows are the data sets
    reference = Parameters([1.0], [X.mean(axis=0)], [np.cov(X.T, bias=True)])
    expected = [gain(sample(len(X), reference, rng)[0]) for _ in range(3)]
    np.testing.assert_allclose(got.simulated, expected, atol=1e-3)
    assert got.p_value == (1 + np.sum(np.array(expected) >= gain(X))) / 4


def test_both_trials_take_a_random_state_of_the_older_kind():
    X, options = well_separated().X, dict(n_init=2, total_tol=1e-2)
    assert stability(X, 3, samples=2, random_state=np.random.RandomState(0), **options).tolist() == [1, 1]
    assert against_reference(X, 1, 2, draws=1, random_state=np.random.RandomState(0), **options).p_value == 1 / 2


def test_more_starts_do_not_change_the_simulated_data():
    def rule(X, k, rng, reg_covar):
        rng.random()
        return one_start(X, k, rng, reg_covar)

    X = np.random.default_rng(1).normal(size=(60, 2))
    few, many = (against_reference(X, 1, 2, draws=2, reg_covar=1e-2, n_init=n_init, rule=rule) for n_init in (1, 3))
    np.testing.assert_allclose(few.simulated, many.simulated, rtol=1e-6)


def test_the_order_of_components_does_not_change_the_simulated_data():
    def rule(step):
        def start(X, k, rng, reg_covar):
            means = X[X[:, 0].argsort()[:: len(X) // k][:k][::step]]
            return Parameters(np.full(k, 1 / k), means, np.tile(np.cov(X.T), (k, 1, 1)))

        return start

    options = dict(draws=2, reg_covar=1e-2, n_init=1, total_tol=1e-7)
    one, other = (against_reference(well_separated().X, 2, 3, rule=rule(step), **options) for step in (1, -1))
    np.testing.assert_allclose(one.simulated, other.simulated, rtol=1e-4)


def one_start(X, k, rng, reg_covar):
    """Means at the smallest and the largest first coordinate: a start without chance."""
    means = X[[X[:, 0].argmin(), X[:, 0].argmax()]][:k]
    return Parameters(np.full(k, 1 / k), means, np.tile(np.cov(X.T), (k, 1, 1)))


def their_start(X):
    start = one_start(X, 2, None, 0)
    return dict(weights_init=start.weights, means_init=start.means, precisions_init=np.linalg.inv(start.covariances))


def test_two_clusters_beat_the_reference_and_one_does_not():
    one_cloud = np.random.default_rng(0).normal(size=(100, 2))
    options = dict(reg_covar=1e-3, n_init=5, total_tol=1e-2)
    assert against_reference(GEYSER, 1, 2, **options).p_value == 1 / 20
    assert against_reference(one_cloud, 1, 2, **options).p_value > 0.1


def test_collapsed_runs_are_not_optima():
    X = iris().X

    def rule(X, k, rng, floor):  # seed 2 collapses, seed 0 does not
        return rows_with_replacement(X, k, np.random.RandomState(2 if rng.random() < 0.5 else 0))

    found = optima(X, 3, n_starts=10, reg_covar=0, rule=rule)
    assert 0 < sum(optimum.count for optimum in found) < 10


def test_bad_input_is_named():
    X = well_separated().X
    for arguments, message in [
        (dict(k=0), "k must be a positive integer"),
        (dict(k=2, n_init=0), "n_init must be a positive integer"),
        (dict(k=2, reg_covar=-1), "reg_covar"),
        (dict(k=2, total_tol=-1), "total_tol"),
    ]:
        with pytest.raises(ValueError, match=message):
            best_fit(X, **arguments)
    with pytest.raises(ValueError, match="ks must hold at least one number of components"):
        scan(X, [])
    with pytest.raises(ValueError, match="ks must hold at least one number of components, as a list does; got 3"):
        scan(X, 3)
    with pytest.raises(ValueError, match="same must be a finite number"):
        optima(X, 2, same=-1)
    for folds in (1, 151):
        with pytest.raises(ValueError, match="folds must be from 2 to the number of points, 150"):
            held_out_log_likelihood(X, 2, folds=folds)
    with pytest.raises(ValueError, match="samples must be a positive integer"):
        stability(X, 2, samples=0)
    with pytest.raises(ValueError, match="draws must be a positive integer"):
        against_reference(X, 1, 2, draws=0)
    with pytest.raises(ValueError, match="fewer must be less than more; got fewer = 2 and more = 2"):
        against_reference(X, 2, 2)
    flat = np.vstack([np.tile([50.0, 50.0], (10, 1)), X])
    on_the_stack = Parameters([0.1, 0.9], [[50, 50], [0, 0]], [np.eye(2)] * 2)
    with pytest.raises(ValueError, match="collapsed in each of 1 runs with k = 2: .* larger reg_covar than 0"):
        best_fit(flat, 2, n_init=1, reg_covar=0, rule=lambda *_: on_the_stack)


# -- types of covariance


@pytest.mark.parametrize("kind", TYPES)
def test_the_criteria_of_every_type_are_scikit_learns(kind):
    fit = best_fit(GEYSER, 2, n_init=5, total_tol=1e-7, reg_covar=0, covariance_type=kind)
    theirs = TheirMixture(2, covariance_type=kind, tol=1e-9, reg_covar=0, max_iter=2000, random_state=0).fit(GEYSER)
    assert aic(GEYSER, fit, kind) == pytest.approx(theirs.aic(GEYSER), abs=1e-4)
    assert bic(GEYSER, fit, kind) == pytest.approx(theirs.bic(GEYSER), abs=1e-4)
    surest = theirs.predict_proba(GEYSER).max(axis=1)
    assert icl(GEYSER, fit, kind) == pytest.approx(theirs.bic(GEYSER) - 2 * np.log(surest).sum(), abs=1e-3)
    assert n_free_parameters(2, 2, kind) == theirs._n_parameters()
    top, *_ = optima(GEYSER, 2, n_starts=5, reg_covar=0, covariance_type=kind)
    assert top.log_likelihood == pytest.approx(theirs.score(GEYSER) * len(GEYSER), abs=1e-4)


def test_a_criterion_counts_no_parameters_of_a_type_that_the_mixture_is_not_of():
    full = best_fit(GEYSER, 2, n_init=2)
    for criterion in (aic, bic, icl):
        with pytest.raises(ValueError, match="parameters must have covariances that are diagonal"):
            criterion(GEYSER, full, "diag")


def test_a_scan_over_the_types_chooses_as_mclust_does():
    """Old Faithful, the example of mclust's own documentation: EEE with 3 components, BIC -2314.316 with its sign, then
    (of those here) VVV with 2, -2322.192; its EM ends a little earlier."""
    table = scan_types(GEYSER, [2, 3], n_init=6)
    assert table.best("bic") == ("tied", 3)
    assert table["tied"].bic[1] == pytest.approx(2314.316, abs=0.05)
    assert table["full"].bic[0] == pytest.approx(2322.192, abs=0.05)
    for kind, one in table.items():
        assert one.covariance_type == kind
        assert one.n_free_parameters.tolist() == [n_free_parameters(k, 2, kind) for k in (2, 3)]
        assert one.bic[0] == scan(GEYSER, [2], n_init=6, covariance_type=kind).bic[0]
    lines = repr(table).splitlines()
    assert lines[:2] == ["BIC", "  k        full        tied        diag   spherical"]
    assert lines[3].split() == ["3", *(f"{table[kind].bic[1]:.2f}" for kind in TYPES)]
    with pytest.raises(ValueError, match="criterion must be"):
        table.best("luck")


def test_the_types_of_a_scan_are_drawn_by_their_names():
    from gmm_lib.plots_of_fits import criteria, plt

    table = scan_types(GEYSER, [1, 2], ("tied", "spherical"), n_init=1)
    labels = criteria(table).get_legend_handles_labels()[1]
    plt.close("all")
    assert [label.partition(",")[0] for label in labels] == ["tied", "spherical"]


def test_the_trials_know_the_types():
    X = np.random.default_rng(3).normal(size=(60, 2)) * [1, 2]
    options = dict(n_init=1, total_tol=1e-6, reg_covar=1e-3, rule="kmeans", covariance_type="diag")
    got = against_reference(X, 1, 2, draws=2, **options)
    one, two = (best_fit(X, k, random_state=0, **options) for k in (1, 2))
    assert (one.covariances[:, 0, 1] == 0).all() and (two.covariances[:, 0, 1] == 0).all()
    variances = X.var(axis=0) + 1e-3
    alone = multivariate_normal(X.mean(axis=0), np.diag(variances)).logpdf(X).sum()
    assert got.gain == pytest.approx(2 * (log_likelihood(X, two) - alone), abs=1.0)
    assert stability(well_separated().X, 3, samples=2, n_init=2, covariance_type="spherical").tolist() == [1, 1]
    folds = held_out_log_likelihood(GEYSER, 2, folds=3, n_init=2, covariance_type="tied")
    assert folds == pytest.approx(scan(GEYSER, [2], n_init=2, folds=3, covariance_type="tied").held_out[0])


def test_a_rule_of_ones_own_is_given_the_type():
    given = []

    def rule(X, k, rng, floor, covariance_type="none"):
        given.append(covariance_type)
        start = distinct_rows(X, k, rng, 0.1)
        return Parameters(start.weights, start.means, constrained(start.covariances, start.weights, covariance_type))

    best_fit(GEYSER, 2, n_init=2, rule=rule, covariance_type="spherical")
    assert given == ["spherical"] * 2


def test_components_of_too_few_points_are_named():
    p = Parameters([0.02, 0.03, 0.95], np.zeros((3, 3)), [np.eye(3)] * 3)
    assert spurious_components(p, 100).tolist() == [0, 1]  # 2 and 3 points, where 4 are needed
    assert spurious_components(p, 150).tolist() == [0]  # 3 and 4.5
    assert spurious_components(p, 90, "diag").tolist() == spurious_components(p, 90, "spherical").tolist() == [0]
    assert spurious_components(p, 10, "tied").tolist() == []


def test_a_spurious_best_fit_of_iris_says_so():
    """Two flowers, alike in a direction: with the default floor they beat the fit by species, near -180.19."""
    X = iris().X
    with pytest.warns(RuntimeWarning, match="n_init = 30 runs with k = 3 has a component of too few points"):
        fit = best_fit(X, 3, n_init=30)
    (few,) = spurious_components(fit, len(X))
    assert fit.weights[few] * len(X) == pytest.approx(2, abs=0.1)
    assert log_likelihood(X, fit) > -180.18
    tied = best_fit(X, 3, n_init=30, covariance_type="tied")  # nothing to be warned of: an error here
    assert spurious_components(tied, len(X), "tied").size == 0


@pytest.mark.filterwarnings("error")
def test_fits_on_the_way_to_an_answer_do_not_warn():
    """Parts of the data, and simulated ones, have spurious best fits of their own."""
    X = iris().X[:60, :2]
    few = dict(reg_covar=1e-3, n_init=10, random_state=0)
    with pytest.warns(RuntimeWarning, match="too few points"):
        best_fit(X, 9, **few)
    held_out_log_likelihood(X, 9, folds=3, **few)
    against_reference(X, 8, 9, draws=2, **few)
    stability(X, 9, samples=2, **few)


@pytest.mark.parametrize("chosen", [best_fit, optima])
def test_a_warning_names_the_line_that_asked(chosen):
    """Where far values leave the relative floor too small for every run, and a larger one is taken."""
    X = np.random.default_rng(0).normal(size=(1000, 3))
    X[0, :2] = 1e9
    runs = "n_init" if chosen is best_fit else "n_starts"
    with pytest.warns(RuntimeWarning, match="values far from all the others") as told:
        chosen(X, 1, **{runs: 2})
    assert {warning.filename for warning in told} == {__file__}
