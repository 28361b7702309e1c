"""The figures' building blocks draw what they are asked for: read back from the axes, not from the picture."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot as plt

from gmm_lib import e_step, em, gaussian, likelihood, m_step, plots
from gmm_lib.parameters import Parameters


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def test_an_ellipse_is_the_set_of_points_at_its_mahalanobis_radius(ax):
    covariance = np.array([[[2.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.1, 0.2, 3.0]]])
    plots.ellipses(ax, Parameters([1.0], [[1.0, -2.0, 5.0]], covariance), axes=(2, 0), radii=(1.5,))
    (patch,) = ax.patches
    outline = patch.get_patch_transform().transform(patch.get_path().vertices[:-1])
    distances = gaussian.mahalanobis(outline, [5.0, 1.0], covariance[0][np.ix_([2, 0], [2, 0])])
    # Matplotlib's ellipse is a spline whose control points lie on or outside the curve: its knots lie on it.
    assert distances.min() == pytest.approx(1.5, rel=1e-6)
    assert distances[::6] == pytest.approx(1.5, rel=1e-3)


def test_a_blend_of_one_component_is_its_own_colour_and_of_two_lies_between():
    from matplotlib.colors import to_rgb

    pure = plots.blend(np.eye(3))
    np.testing.assert_allclose(pure, [to_rgb(c) for c in plots.COLOURS[:3]])
    np.testing.assert_allclose(plots.blend([[0.25, 0.75, 0.0]])[0], 0.25 * pure[0] + 0.75 * pure[1])


def test_labels_differ_by_marker_as_well_as_by_colour():
    assert len(set(plots.COLOURS)) == len(set(plots.MARKERS)) == len(plots.COLOURS) == len(plots.MARKERS)


def test_points_draws_every_point_once(ax):
    X = np.random.default_rng(0).normal(size=(40, 3))
    plots.points(ax, X, labels=np.arange(40) % 3, axes=(2, 1))
    drawn = np.vstack([c.get_offsets() for c in ax.collections])
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(X[:, [2, 1]], axis=0))


def test_jitter_stays_within_its_width():
    x = np.zeros(1000)
    moved = plots.jitter(x, np.random.default_rng(0), width=0.05)
    assert 0.045 < np.abs(moved).max() < 0.05
    assert not x.any()


def test_the_strip_and_the_ratchet_draw_each_frame():
    X = np.random.default_rng(3).normal(size=(30, 2))
    start = Parameters([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [np.eye(2)] * 2)
    trace = list(
        em.frames(
            start,
            lambda p: e_step.responsibilities(X, p),
            lambda w: m_step.m_step(X, w),
            lambda p: likelihood.log_likelihood(X, p),
            lambda w, p: likelihood.lower_bound(X, w, p),
            max_iter=2,
        )
    )
    fig = plots.strip(X, trace)
    assert [ax.get_title().split("   ")[0] for ax in fig.axes[:5]] == ["start", "E-step 1", "M-step 1", "E-step 2", "M-step 2"]
    assert not fig.axes[5].get_visible()
    plt.close(fig)
    fig, ax = plt.subplots()
    plots.ratchet(ax, trace)
    curve, bound = ax.lines
    assert curve.get_xdata().tolist() == [0, 0.5, 1, 1.5, 2]
    assert curve.get_ydata()[[1, 3]] == pytest.approx(bound.get_ydata()[[0, 2]])  # after an E-step the two touch
    assert (curve.get_ydata()[[2, 4]] > bound.get_ydata()[[1, 3]]).all()  # after an M-step the bound lies below
    assert bound.get_xdata().tolist() == [0.5, 1, 1.5, 2]
    plt.close(fig)


def test_contours_follow_the_density(ax):
    p = Parameters([1.0], [[0.0, 0.0]], [np.eye(2)])
    plots.contours(ax, p, (-3, 3), (-3, 3), levels=[0.05])
    (path,) = ax.collections[0].get_paths()
    radius = np.linalg.norm(path.vertices, axis=1)
    assert radius == pytest.approx(np.sqrt(-2 * np.log(0.05 * 2 * np.pi)), abs=2e-3)
