"""The data sets are what their descriptions say, and the same on every machine."""

import numpy as np
import pytest

from gmm_lib import datasets


def test_iris_is_fishers():
    """The averages are those of Fisher's paper; the flowers, those that scikit-learn ships."""
    from sklearn.datasets import load_iris

    iris, theirs = datasets.iris(), load_iris()
    assert np.array_equal(iris.X, theirs.data) and iris.X.dtype == theirs.data.dtype
    assert np.array_equal(iris.labels, theirs.target) and iris.labels.dtype == theirs.target.dtype
    assert iris.feature_names == tuple(theirs.feature_names)
    assert iris.X.shape == (150, 4)
    assert np.bincount(iris.labels).tolist() == [50, 50, 50]
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    # Fisher (1936), table 2: the observed means of sepal length, sepal width, petal length, petal width.
    assert iris.X[iris.labels == 0].mean(axis=0) == pytest.approx([5.006, 3.428, 1.462, 0.246], abs=5e-4)
    assert iris.X[iris.labels == 1].mean(axis=0) == pytest.approx([5.936, 2.770, 4.260, 1.326], abs=5e-4)


def test_old_faithful_is_the_272_row_set():
    faithful = datasets.old_faithful()
    assert faithful.X.shape == (272, 2)
    # The summary that R prints of its own copy: mean eruption 3.488, mean waiting 70.9, ranges 1.6-5.1 and 43-96.
    assert faithful.X.mean(axis=0) == pytest.approx([3.488, 70.9], abs=5e-3)
    assert faithful.X.min(axis=0).tolist() == [1.6, 43]
    assert faithful.X.max(axis=0).tolist() == [5.1, 96]


def test_lsat_6_is_bock_and_liebermans():
    answers = datasets.lsat6().X
    # Shares of right answers, and how many have 0 to 5 of them right, as published again and again.
    assert answers.shape == (1000, 5)
    assert answers.mean(axis=0) == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870])
    assert np.bincount(answers.sum(axis=1).astype(int)).tolist() == [3, 20, 85, 237, 357, 298]


def test_febrl_1_has_each_person_twice():
    """As its makers say: 500 records and a duplicate of each. The number of social security is seldom mistyped."""
    data = datasets.febrl1()
    assert data.first.shape == data.second.shape == (500, 10) and len(data.fields) == 10
    assert sorted(data.partners) == list(range(500))
    number = data.fields.index("soc_sec_id")
    assert (data.first[:, number] == data.second[data.partners, number]).mean() == pytest.approx(0.9, abs=0.001)


@pytest.mark.parametrize("name", datasets.MADE)
def test_a_made_set_is_the_same_every_time(name):
    once, again = datasets.MADE[name](), datasets.MADE[name]()
    assert once.name == name
    np.testing.assert_array_equal(once.X, again.X)
    assert once.X.shape[1] == 2 and np.isfinite(once.X).all()


@pytest.mark.parametrize("name", ["well_separated", "overlapping", "elongated", "unequal_sizes"])
def test_a_set_drawn_from_a_mixture_has_the_mixtures_moments(name):
    data = datasets.MADE[name](n=20_000)
    p = data.parameters
    mean = p.weights @ p.means
    spread = np.einsum("j,jab->ab", p.weights, p.covariances) + (p.means - mean).T @ np.diag(p.weights) @ (
        p.means - mean
    )
    assert data.X.mean(axis=0) == pytest.approx(mean, abs=4 * np.sqrt(spread.max() / 20_000))
    np.testing.assert_allclose(np.cov(data.X.T), spread, atol=0.05 * spread.max())


def test_the_ring_is_a_ring():
    radius = np.linalg.norm(datasets.ring(n=5_000).X, axis=1)
    assert radius.mean() == pytest.approx(3, abs=0.02)
    assert radius.std() == pytest.approx(0.25, abs=0.02)


def test_the_outlier_is_far_from_all_others():
    X = datasets.far_outlier().X
    assert np.linalg.norm(X[-1] - X[:-1].mean(axis=0)) > 10 * np.linalg.norm(X[:-1] - X[:-1].mean(axis=0), axis=1).max()
