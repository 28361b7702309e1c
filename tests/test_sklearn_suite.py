"""scikit-learn's own tests of its GaussianMixture, run on ours: each of them that asks by the public interface.

Their functions are collected here under their names. What is not run, or run with an argument of ours, stands in the
tables below with its reason; a test that is no longer there, or passes where it should not, makes the tables wrong and
fails. (They are the tests of the pinned scikit-learn: another version may have others.)
"""

import inspect
from functools import wraps

import numpy as np
import pytest
from sklearn.mixture.tests import test_gaussian_mixture as theirs
from sklearn.mixture.tests import test_mixture as of_any_mixture

import gmm_lib

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # max_iter=1, as asked for

# They call functions of sklearn.mixture._gaussian_mixture and no estimator: there is nothing of ours to run.
OF_THEIR_FUNCTIONS = {
    "test_suffstat_sk_full",
    "test_suffstat_sk_tied",
    "test_suffstat_sk_diag",
    "test_gaussian_suffstat_sk_spherical",
    "test_compute_log_det_cholesky",
    "test_gaussian_mixture_log_probabilities",
}

# They ask for what is private to their class, or for what ours is not: run, and known to fail.
LEFT_OUT = {
    "test_gaussian_mixture_precisions_init": (AttributeError, "calls the private _set_parameters and _initialize"),
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": (
        AssertionError,
        "counts the calls of the private _estimate_gaussian_parameters",
    ),
    "test_gaussian_mixture_raises_where_array_api_not_implemented": (
        pytest.fail.Exception,
        "wants k-means starts refused while array_api_dispatch is on; ours has no such limit for arrays of NumPy",
    ),
}

# They pass with one argument more: what they rely on is a choice that ours makes otherwise.
WITH_ARGUMENTS = {
    "test_regularisation": (
        dict(init_params="random"),
        "ten components for two different points: k-means groups are refused by name, not filled up",
    ),
    "test_gaussian_mixture_setting_best_params": (
        dict(on_collapse="floor"),
        "a component collapses onto one point, with reg_covar=0: an error, unless on_collapse asks for something else",
    ),
    "test_gaussian_mixture_precisions_init_diag": (
        dict(init_params="kmeans"),
        "the precisions given are those of k-means groups, and the rest is to come from the same (GroupsOfOurs)",
    ),
}

# Arrays of other libraries (array_api_strict, CuPy, PyTorch, dpnp) are not taken, nor are these packages pinned.
NUMPY_ALONE = {
    "test_gaussian_mixture_array_api_compliance",
    "test_gaussian_mixture_raises_where_array_api_not_implemented",
}

# What they ask of each of their mixtures, handed in as an argument.
OF_ANY_MIXTURE = ["test_gaussian_mixture_n_iter", "test_mixture_n_components_greater_than_n_samples_error"]

TESTS = {
    name: function
    for name, function in vars(theirs).items()
    if name.startswith("test_") and inspect.isfunction(function) and function.__module__ == theirs.__name__
}


@pytest.fixture
def global_random_seed():
    return 42  # their own default


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def global_dtype(request):
    return request.param


def ours(**defaults):
    """Our class, with other ``defaults`` for some of its arguments. It must have this name: their messages have it."""
    if not defaults:
        return gmm_lib.GaussianMixture

    def __init__(self, n_components=1, **arguments):
        gmm_lib.GaussianMixture.__init__(self, n_components, **defaults | arguments)

    __init__.__signature__ = inspect.signature(gmm_lib.GaussianMixture.__init__)  # where scikit-learn reads arguments
    return type("GaussianMixture", (gmm_lib.GaussianMixture,), {"__init__": __init__})


class GroupsOfOurs:
    """The groups of our k-means start, which numbers them by other random numbers, in the place of their KMeans."""

    def __init__(self, n_clusters, n_init, random_state):
        arguments = dict(init_params="kmeans", max_iter=0, random_state=random_state)
        self.start = gmm_lib.GaussianMixture(n_clusters, **arguments, reg_covar=1e-6)

    def fit(self, X):
        means = self.start.fit(X).means_
        self.labels_ = ((X[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
        return self


@pytest.fixture
def exchanged(request, monkeypatch):
    """Their tests find our class under the name of theirs."""
    arguments, _ = WITH_ARGUMENTS.get(request.function.__name__, ({}, ""))
    monkeypatch.setattr(theirs, "GaussianMixture", ours(**arguments))
    monkeypatch.setattr(theirs, "KMeans", GroupsOfOurs)
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # else they skip what they ask with array_api_dispatch


def with_ours(name, function):
    """Their test, to be collected here."""

    @wraps(function)
    def test(*arguments, **named):
        return function(*arguments, **named)

    marks = getattr(function, "pytestmark", [])
    test.pytestmark = [mark for given in marks if (mark := marks_of_numpy(given) if name in NUMPY_ALONE else given)]
    pytest.mark.usefixtures("exchanged")(test)
    if name in LEFT_OUT:
        error, why = LEFT_OUT[name]
        pytest.mark.xfail(strict=True, raises=error, reason=why)(test)
    return test


def marks_of_numpy(mark):
    """A mark of theirs, of all array libraries for NumPy alone; and skipped for none: here all is set up."""
    if mark.name == "parametrize" and mark.args[0].startswith("array_namespace, device_name, dtype_name"):
        return pytest.mark.parametrize(mark.args[0], [one for one in mark.args[1] if one[0] == "numpy"]).mark
    return None if mark.name == "skipif" else mark


for name, function in TESTS.items():
    if name not in OF_THEIR_FUNCTIONS:
        globals()[name] = with_ours(name, function)


@pytest.mark.parametrize("name", OF_ANY_MIXTURE)
def test_of_any_mixture(name):
    getattr(of_any_mixture, name)(gmm_lib.GaussianMixture())


# -- the tables are true ------------------------------------------------------------------------------------------


def test_what_the_tables_name_is_there():
    assert OF_ANY_MIXTURE == [name for name in vars(of_any_mixture) if name.startswith("test_")]
    named = OF_THEIR_FUNCTIONS | LEFT_OUT.keys() | WITH_ARGUMENTS.keys() | NUMPY_ALONE
    assert named <= TESTS.keys()
    assert len(TESTS) > len(named) + 20  # and the rest is asked of ours as it is
    assert not (LEFT_OUT.keys() & WITH_ARGUMENTS.keys() or OF_THEIR_FUNCTIONS & (LEFT_OUT.keys() | NUMPY_ALONE))


def test_what_is_not_run_asks_no_estimator():
    assert {name for name, test in TESTS.items() if "GaussianMixture" not in test.__code__.co_names} == (
        OF_THEIR_FUNCTIONS
    )


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_an_argument_more_is_needed(name, monkeypatch):
    monkeypatch.setattr(theirs, "GaussianMixture", ours())
    given = {"global_dtype": np.float64}
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        TESTS[name](**{one: given[one] for one in inspect.signature(TESTS[name]).parameters})
