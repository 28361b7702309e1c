import inspect
import pickle
import warnings

import numpy as np
import pytest
from oracles import random_parameters
from scipy.special import logsumexp
from scipy.stats import kstest, multivariate_normal, norm
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as TheirMixture
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from gmm_lib import em, fitting
from gmm_lib.datasets import (
    elongated,
    far_outlier,
    iris,
    old_faithful,
    overlapping,
    ring,
    unequal_sizes,
    well_separated,
)
from gmm_lib.initialization import distinct_rows, rows_with_replacement
from gmm_lib.likelihood import log_likelihood
from gmm_lib.model import GaussianMixture
from gmm_lib.priors import ARGUMENTS as PRIOR_ARGUMENTS
from gmm_lib.steps import Steps
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
X = iris().X
DATA = [iris, old_faithful, overlapping, elongated, ring, unequal_sizes, well_separated]


def explicit_start(points, k, seed=0):
    start = distinct_rows(points, k, np.random.RandomState(seed))
    precisions = np.linalg.inv(start.covariances)
    return dict(weights_init=start.weights, means_init=start.means, precisions_init=precisions)


def both(points, **arguments):
    arguments.setdefault("reg_covar", 1e-6)  # scikit-learn's default; ours is relative to the data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(**arguments).fit(points), TheirMixture(**arguments).fit(points)


def assert_same_fit(ours, theirs, atol=1e-8):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    for name in ("weights_", "means_", "covariances_", "lower_bound_", "lower_bounds_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=atol, err_msg=name)


# -- against scikit-learn ------------------------------------------------------------------------------------------


DRAWS_ROWS = {
    "check_sample_weight_equivalence_on_dense_data": "a rule that draws rows draws differently from repeated rows"
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "estimator, expected",
    [
        (GaussianMixture(), {}),
        (GaussianMixture(2), {}),  # one component alone cannot tell starts apart
        (GaussianMixture(3, n_init=3, init_params="k-means++"), {}),
        (GaussianMixture(2, init_params="distinct_rows"), DRAWS_ROWS),
    ],
    ids=["default", "two", "three", "distinct_rows"],
)
def test_it_passes_scikit_learns_own_checks(estimator, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(estimator, on_fail=None, expected_failed_checks=expected)
    assert len(checks) > 30
    assert [check for check in checks if check["status"] not in ("passed", "skipped", "xfail")] == []
    assert sum(check["status"] == "xfail" for check in checks) == len(expected)


def test_the_constructor_is_scikit_learns_but_for_the_floor_and_the_start():
    ours = inspect.signature(GaussianMixture.__init__).parameters
    theirs = inspect.signature(TheirMixture.__init__).parameters
    assert list(ours) == [*theirs, "on_collapse", "acceleration", "missing", "prior", *PRIOR_ARGUMENTS]
    assert set(PRIOR_ARGUMENTS) <= set(inspect.signature(BayesianGaussianMixture).parameters)
    different = [name for name in theirs if ours[name].default != theirs[name].default]
    assert different == ["reg_covar", "init_params"]
    assert [p.kind for p in ours.values()][: len(theirs)] == [p.kind for p in theirs.values()]


def test_the_fitted_attributes_are_scikit_learns():
    ours, theirs = both(X, n_components=2, random_state=0)
    mine, others = ({name for name in vars(fit) if name.endswith("_")} for fit in (ours, theirs))
    assert mine == others | {"stop_reason_"}


@pytest.mark.parametrize(
    "k, options",
    [(1, {}), (2, dict(tol=1e-6, reg_covar=1e-3)), (3, {}), (3, dict(tol=0.1)), (3, dict(max_iter=4))],
    ids=str,
)
@pytest.mark.parametrize("data", DATA)
def test_the_same_start_gives_scikit_learns_fit(data, k, options):
    points = data().X
    assert_same_fit(*both(points, n_components=k, **explicit_start(points, k), **options))


@pytest.mark.parametrize("data", [iris, old_faithful])
def test_predictions_scores_and_criteria_are_scikit_learns(data):
    points = data().X
    ours, theirs = both(points, n_components=2, **explicit_start(points, 2))
    new = points[::3] + 0.05
    np.testing.assert_allclose(ours.score_samples(new), theirs.score_samples(new), rtol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-8)
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
    assert ours.score(new) == pytest.approx(theirs.score(new), rel=1e-10)
    assert ours.aic(new) == pytest.approx(theirs.aic(new), rel=1e-10)
    assert ours.bic(new) == pytest.approx(theirs.bic(new), rel=1e-10)
    np.testing.assert_allclose(ours.precisions_, theirs.precisions_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ours.precisions_cholesky_, theirs.precisions_cholesky_, rtol=1e-6, atol=1e-8)


def test_random_restarts_are_scikit_learns_to_the_last_seed():
    assert_same_fit(*both(X, n_components=3, init_params="random", n_init=3, random_state=3, tol=1e-5, max_iter=300))


def test_warm_start_continues_as_scikit_learn_does():
    arguments = dict(n_components=3, warm_start=True, max_iter=5, reg_covar=1e-6, **explicit_start(X, 3))
    ours, theirs = GaussianMixture(**arguments), TheirMixture(**arguments)
    for _ in range(6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            assert_same_fit(ours.fit(X), theirs.fit(X))
    assert ours.converged_


@pytest.mark.parametrize("init_params", ["kmeans", "random"])
def test_no_iteration_gives_the_start_as_a_model_as_in_scikit_learn(init_params):
    arguments = dict(n_components=3, max_iter=0, init_params=init_params, random_state=0, reg_covar=1e-6)
    ours, theirs = GaussianMixture(**arguments).fit(X), TheirMixture(**arguments).fit(X)
    for name in ("n_iter_", "converged_", "lower_bound_", "lower_bounds_"):
        assert getattr(ours, name) == getattr(theirs, name)
    if init_params == "random":  # the two draw other k-means++ seeds
        np.testing.assert_allclose(ours.means_, theirs.means_, rtol=1e-10)
        np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-8)
    start = explicit_start(X, 3)
    fit = GaussianMixture(3, max_iter=0, n_init=4, verbose=0, **start).fit(X)
    np.testing.assert_allclose(fit.means_, start["means_init"], rtol=1e-12)
    assert fit.stop_reason_ == "max_iter: 0 iterations were done"
    further = fit.set_params(warm_start=True, max_iter=500, tol=1e-6).fit(X)
    assert further.converged_


def test_without_warm_start_a_second_fit_begins_afresh():
    estimator = GaussianMixture(3, random_state=0)
    np.testing.assert_array_equal(estimator.fit(X).means_, estimator.fit(X[::-1]).fit(X).means_)


# -- against published figures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data, k, expected",
    [(iris, 2, -214.3547043705), (iris, 3, -180.1854771313), (old_faithful, 2, -1130.2639601847)],
)
def test_the_maximum_is_mclusts(data, k, expected):
    points = data().X
    estimator = GaussianMixture(k, reg_covar=0, tol=1e-12, max_iter=2000, random_state=0)
    assert estimator.fit(points).score(points) * len(points) == pytest.approx(expected, abs=1e-8)


def test_old_faithful_is_mclusts():
    estimator = GaussianMixture(2, reg_covar=0, tol=1e-12, max_iter=2000, random_state=0).fit(old_faithful().X)
    order = np.argsort(-estimator.weights_)
    np.testing.assert_allclose(estimator.weights_[order], [0.6441271, 0.3558729], atol=1e-7)
    np.testing.assert_allclose(estimator.means_[order], [[4.2896620, 79.9681155], [2.0363885, 54.4785166]], atol=1e-6)


def test_the_waiting_times_alone_are_mixtools():
    waiting = old_faithful().X[:, 1:]
    estimator = GaussianMixture(2, reg_covar=0, tol=1e-13, max_iter=5000, random_state=0).fit(waiting)
    order = np.argsort(estimator.weights_)
    np.testing.assert_allclose(estimator.weights_[order], [0.360886, 0.639114], atol=1e-6)
    np.testing.assert_allclose(estimator.means_[order, 0], [54.614856, 80.091070], atol=1e-5)
    np.testing.assert_allclose(np.sqrt(estimator.covariances_[order, 0, 0]), [5.871220, 5.867734], atol=1e-5)
    assert estimator.score(waiting) * 272 == pytest.approx(-1034.00174983, abs=1e-7)


def test_densities_and_posteriors_are_scipys():
    fit = GaussianMixture(3, random_state=0).fit(X)
    components = zip(fit.weights_, fit.means_, fit.covariances_)
    terms = np.column_stack([np.log(w) + multivariate_normal(mu, s).logpdf(X) for w, mu, s in components])
    total = logsumexp(terms, axis=1, keepdims=True)
    np.testing.assert_allclose(fit.score_samples(X), total[:, 0], rtol=1e-10)
    np.testing.assert_allclose(fit.predict_proba(X), np.exp(terms - total), atol=1e-10)
    np.testing.assert_array_equal(fit.predict(X), terms.argmax(axis=1))


def test_one_component_is_the_sample_mean_and_covariance():
    fit = GaussianMixture(1, reg_covar=0).fit(X)
    np.testing.assert_allclose(fit.means_[0], X.mean(axis=0))
    np.testing.assert_allclose(fit.covariances_[0], np.cov(X.T, bias=True))
    np.testing.assert_array_equal(fit.weights_, [1])


def test_samples_come_from_the_fitted_mixture():
    fit = GaussianMixture(2, random_state=0).fit(old_faithful().X)
    points, components = fit.sample(4000)
    assert points.shape == (4000, 2)
    assert np.bincount(components) / 4000 == pytest.approx(fit.weights_, abs=0.03)
    for j in range(2):
        mean, sd = fit.means_[j, 1], np.sqrt(fit.covariances_[j, 1, 1])
        assert kstest(points[components == j, 1], norm(mean, sd).cdf).pvalue > 1e-3
    np.testing.assert_array_equal(points, fit.sample(4000)[0])  # an integer random_state repeats itself


# -- what EM promises ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", DATA)
def test_without_a_floor_the_bounds_never_fall(data):
    fit = GaussianMixture(3, reg_covar=0, tol=0, max_iter=60, random_state=1).fit(data().X)
    assert len(fit.lower_bounds_) == fit.n_iter_ == 60
    assert np.diff(fit.lower_bounds_).min() > -1e-12
    assert fit.lower_bound_ == fit.lower_bounds_[-1] <= fit.score(data().X) + 1e-12


def test_the_steps_are_those_of_the_driver():
    start = distinct_rows(X, 3, np.random.RandomState(0))
    steps = Steps(X)
    result = em.run(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=30)
    assert result.objective == pytest.approx(log_likelihood(X, result.state) / 150, rel=1e-14)
    fit = GaussianMixture(3, reg_covar=0, tol=0, max_iter=30, **explicit_start(X, 3)).fit(X)
    np.testing.assert_allclose(fit.means_, result.state.means, rtol=1e-8)


def test_two_components_on_one_row_stay_equal_to_the_last_bit():
    start = rows_with_replacement(X, 3, np.random.RandomState(9))  # draws one row twice
    assert (start.means[0] == start.means[2]).all()
    steps = Steps(X)
    state = em.run(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=100).state
    np.testing.assert_array_equal(state.means[0], state.means[2])
    np.testing.assert_array_equal(state.covariances[0], state.covariances[2])


def test_labels_of_fit_predict_are_those_of_predict():
    estimator = GaussianMixture(3, random_state=0)
    np.testing.assert_array_equal(estimator.fit_predict(X), estimator.predict(X))


def test_the_best_of_several_runs_is_kept():
    arguments = dict(n_components=3, init_params="rows_with_replacement", tol=0, max_iter=20)
    rng = np.random.RandomState(4)
    single = [GaussianMixture(**arguments, random_state=rng).fit(X).lower_bound_ for _ in range(6)]
    best = GaussianMixture(**arguments, random_state=np.random.RandomState(4), n_init=6).fit(X)
    assert best.lower_bound_ == max(single) > min(single)


def test_of_runs_that_only_rounding_tells_apart_the_first_is_kept():
    points = well_separated().X
    for seed in range(6):
        arguments = dict(n_components=3, tol=1e-12, max_iter=500, random_state=seed)
        first, best = GaussianMixture(**arguments).fit(points), GaussianMixture(n_init=6, **arguments).fit(points)
        if best.lower_bound_ == pytest.approx(first.lower_bound_, abs=1e-12):  # all but always
            np.testing.assert_array_equal(best.predict(points), first.predict(points))
    for bounds, best in [
        ([-3.0, -1.2, -1.2 + 1e-14, -1.2 - 1e-14], 1),
        ([-1.2e6 - 1e-8, -1.2e6], 0),
        ([-1.2 - 1e-9, -1.2], 1),
        ([-np.inf, -np.inf], 0),
    ]:
        assert fitting.first_of_the_best(bounds) == best


def test_every_start_in_many_points_sees_others():
    points = np.random.default_rng(0).normal(size=(12_000, 2))
    rng, arguments = np.random.RandomState(4), dict(n_components=2, tol=0, max_iter=2)
    single = [GaussianMixture(**arguments, random_state=rng).fit(points).lower_bound_ for _ in range(3)]
    best = GaussianMixture(**arguments, random_state=np.random.RandomState(4), n_init=3).fit(points)
    assert best.lower_bound_ == max(single)


def test_units_do_not_matter_without_a_floor():
    arguments = dict(n_components=2, reg_covar=0, init_params="distinct_rows", random_state=0)
    small = GaussianMixture(**arguments).fit_predict(X * 1e-6 + 3)
    np.testing.assert_array_equal(small, GaussianMixture(**arguments).fit_predict(X))


def test_a_point_far_away_still_has_posteriors():
    fit = GaussianMixture(2, random_state=0).fit(X)
    far = fit.predict_proba([[1e5, 1e5, 1e5, 1e5]])
    assert np.isfinite(far).all() and far.sum() == pytest.approx(1)
    assert GaussianMixture(2, random_state=0).fit(far_outlier().X).score_samples(far_outlier().X).min() > -50


# -- collapse ------------------------------------------------------------------------------------------------------


def test_a_collapse_names_the_component_and_what_to_do():
    with pytest.raises(CollapsedComponentError, match=r"component 1 has collapsed: .*reg_covar > 0") as caught:
        GaussianMixture(2, reg_covar=0, means_init=[[0, 0], [50, 50]], max_iter=50, random_state=0).fit(
            np.vstack([well_separated().X, [[50, 50]]])
        )
    assert caught.value.component == 1
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.component, str(again)) == (1, str(caught.value))


def test_runs_that_collapse_are_discarded_and_counted():
    # From RandomState(2) the article's start collapses on iris without a floor; some of the next starts do not.
    arguments = dict(reg_covar=0, init_params="rows_with_replacement", max_iter=300, tol=1e-4)
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(3, random_state=2, **arguments).fit(X)
    with pytest.warns(RuntimeWarning, match=r"1 of n_init = 4 runs were discarded: a component collapsed"):
        fit = GaussianMixture(3, random_state=2, n_init=4, **arguments).fit(X)
    assert np.isfinite(fit.lower_bound_)


def test_if_all_runs_collapse_the_error_is_raised():
    flat = np.column_stack([X[:, 0], np.full(150, 2.0)])
    with pytest.raises(CollapsedComponentError, match="component 0"):
        GaussianMixture(2, reg_covar=0, n_init=3).fit(flat)
    with pytest.raises(ValueError, match="column 1 is constant"):
        GaussianMixture(2, reg_covar=0, n_init=3, init_params="distinct_rows").fit(flat)
    for floor in (1e-6, "relative"):  # a constant column has no scale: there both mean the same
        fit = GaussianMixture(2, n_init=3, reg_covar=floor, random_state=0).fit(flat)
        assert fit.covariances_[:, 1, 1] == pytest.approx(1e-6)


# -- warnings and printing -----------------------------------------------------------------------------------------


def test_it_warns_when_max_iter_comes_first():
    with pytest.warns(ConvergenceWarning, match="did not converge in max_iter = 2"):
        fit = GaussianMixture(3, max_iter=2, random_state=0).fit(X)
    assert not fit.converged_ and fit.n_iter_ == 2
    assert not GaussianMixture(3, max_iter=2, tol=0, random_state=0).fit(X).converged_  # asked for: no warning


def test_it_says_nothing_unless_asked(capsys):
    GaussianMixture(2, random_state=0).fit(X)
    assert capsys.readouterr() == ("", "")


def test_verbose_shows_runs_and_iterations(capsys):
    fit = GaussianMixture(3, n_init=2, verbose=1, verbose_interval=5, tol=0, max_iter=12, random_state=0).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith("of 2")] == ["Initialization 1 of 2", "Initialization 2 of 2"]
    assert sum("Iteration 5:" in line or "Iteration 10:" in line for line in lines) == 4
    assert sum("did not converge after 12 iterations" in line for line in lines) == 2
    assert any(f"lower bound {fit.lower_bound_:.6f}" in line for line in lines)
    assert "Iteration 7" not in "".join(lines)


def test_verbose_2_says_more(capsys):
    GaussianMixture(3, verbose=2, verbose_interval=1, random_state=0).fit(X)
    assert "smallest weight" in capsys.readouterr().out


def test_verbose_shows_a_collapse(capsys):
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(3, reg_covar=0, init_params="rows_with_replacement", random_state=2, verbose=1).fit(X)
    assert "Initialization discarded: component" in capsys.readouterr().out


# -- company -------------------------------------------------------------------------------------------------------


def test_it_works_in_a_pipeline_and_a_grid_search():
    pipeline = make_pipeline(StandardScaler(), GaussianMixture(random_state=0))
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(pipeline, {"gaussianmixture__n_components": [1, 2]}, cv=folds).fit(X)
    assert search.best_params_ == {"gaussianmixture__n_components": 2}
    assert search.best_estimator_.predict(X).shape == (150,)


def test_clone_and_pickle():
    estimator = GaussianMixture(3, random_state=0, means_init=X[:3]).fit(X)
    assert clone(estimator).get_params()["n_components"] == 3
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))


def test_column_names_are_remembered():
    import pandas

    frame = pandas.DataFrame(X, columns=list("abcd"))
    estimator = GaussianMixture(2, random_state=0).fit(frame)
    assert estimator.feature_names_in_.tolist() == list("abcd")
    assert estimator.bic(frame) == pytest.approx(GaussianMixture(2, random_state=0).fit(X).bic(X))
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[list("dcba")])


def test_the_fitted_parameters_are_one_object():
    fit = GaussianMixture(2, random_state=0).fit(X)
    assert fit.parameters_.k == 2
    np.testing.assert_array_equal(fit.parameters_.means, fit.means_)
    fit.means_[0] = 7.0  # the attributes are the reader's own to change, and what predict uses
    np.testing.assert_array_equal(fit.parameters_.means[0], [7.0] * 4)


# -- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(n_components=0), "n_components must be a positive integer; got 0"),
        (dict(n_components=2.0), "n_components must be a positive integer; got 2.0"),
        (dict(n_components=True), "n_components must be a positive integer; got True"),
        (dict(max_iter=-1), "max_iter must be a whole number, zero or more; got -1"),
        (dict(max_iter=1.0), "max_iter must be a whole number, zero or more; got 1.0"),
        (dict(n_init="3"), "n_init must be a positive integer; got '3'"),
        (dict(verbose_interval=0), "verbose_interval must be a positive integer"),
        (dict(tol=-1e-3), "tol must be a finite number, zero or more; got -0.001"),
        (dict(tol=np.nan), "tol must be a finite number"),
        (dict(reg_covar=-1), "reg_covar must be a finite number, zero or more; got -1"),
        (dict(verbose="yes"), "verbose must be a finite number"),
        (dict(warm_start=1), "warm_start must be True or False; got 1"),
        (
            dict(covariance_type="round"),
            "covariance_type must be one of 'full', 'tied', 'diag', 'spherical'; got 'round'",
        ),
        (dict(covariance_type=None), "covariance_type must be one of 'full', .*; got None"),
        (dict(covariance_type=["diag"]), "covariance_type must be one of 'full', .*; got \\['diag'\\]"),
        (dict(init_params="luck"), "init_params must be one of short_runs, kmeans, .*; got 'luck'"),
        (dict(init_params=["kmeans"]), "init_params must be one of"),
        (dict(random_state="x"), r"random_state must be None, .* numpy.random.Generator; got 'x'"),
        (dict(random_state=-1), r"random_state must be None, a whole number in 0..4294967295, .*; got -1"),
        (dict(n_components=2, weights_init=[0.5, 0.6]), "weights_init must sum to one"),
        (dict(n_components=2, means_init=X[:3]), r"means_init must have shape \(2, 4\)"),
        (dict(n_components=2, precisions_init=[np.eye(4), -np.eye(4)]), r"precisions_init\[1\] must be positive"),
    ],
    ids=str,
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**arguments).fit(X)


@pytest.mark.parametrize(
    "points, message",
    [
        (X[:, 0], "Expected 2D array"),
        (X[:0], "0 sample"),
        (X[:1], "1 sample|n_samples = 1"),
        (X[:2], "at least n_components = 3 rows; got n_samples = 2"),
        (np.where(X > 7, np.nan, X), r"X must be finite; X\[102, 0\] is NaN: missing values are not fitted"),
        (np.where(X > 7, np.inf, X), r"X must be finite; X\[102, 0\] is infinity"),
        (np.ma.masked_greater(X, 7), "X must have no masked entries; got 12"),
        (list(np.ma.masked_greater(X, 7)), "X must have no masked entries; got 12"),
        (
            np.repeat([[0.0, 0], [1, 1]], 50, axis=0),
            "at least n_components = 3 different rows, one per component; it has 2",
        ),
        ([["a", "b"]] * 5, "could not convert string"),
        (X + 1j, "Complex data not supported"),
    ],
)
def test_bad_points_are_refused(points, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3).fit(points)


def test_predicting_with_other_columns_or_before_fitting():
    with pytest.raises(NotFittedError):
        GaussianMixture().predict(X)
    with pytest.raises(NotFittedError):
        GaussianMixture().sample()
    fit = GaussianMixture(2, random_state=0).fit(X)
    with pytest.raises(ValueError, match="3 features, but GaussianMixture is expecting 4"):
        fit.predict(X[:, :3])
    with pytest.raises(ValueError, match="n_samples must be a positive integer"):
        fit.sample(0)


def test_warm_start_refuses_another_number_of_components():
    fit = GaussianMixture(2, warm_start=True, random_state=0).fit(X)
    with pytest.raises(ValueError, match="continues a fit of 2 components; n_components is 3"):
        fit.set_params(n_components=3).fit(X)
    with pytest.raises(ValueError, match="continues a fit to 4 columns; X has 3"):
        fit.set_params(n_components=2).fit(X[:, :3])


def test_random_parameters_of_any_size_are_sampled_and_refitted():
    rng = np.random.default_rng(0)
    for k, m in [(1, 1), (2, 3), (4, 2)]:
        truth = random_parameters(rng, k, m)
        precisions = np.linalg.inv(truth.covariances)
        start = dict(weights_init=truth.weights, means_init=truth.means, precisions_init=precisions)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fit = GaussianMixture(k, max_iter=1, **start).fit(rng.normal(size=(50, m)))
            points, _ = fit.sample(300)
            assert GaussianMixture(k, max_iter=200, **start).fit(points).score(points) >= fit.score(points) - 1e-6
