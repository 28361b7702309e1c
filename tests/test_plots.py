"""The figures' building blocks draw what they are asked for: read back from the axes, not from the picture."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot as plt

from gmm_lib import e_step, em, gaussian, likelihood, m_step, mixture, plots
from gmm_lib.parameters import Parameters

FRAME = em.Frame("start", 0, Parameters([1.0], [[0.0, 0.0]], [np.eye(2)]), None, -1.0, None)


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


def test_up_to_64_components_look_different():
    looks = {(plots.COLOURS[j % len(plots.COLOURS)], plots.marker_of(j)) for j in range(64)}
    assert len(looks) == 64
    assert [plots.marker_of(j) for j in range(8)] == list(plots.MARKERS)


def test_the_means_have_the_size_and_the_names_that_are_given(ax):
    p = Parameters([0.5, 0.5], [[0.0, 0.0], [1.0, 2.0]], [np.eye(2)] * 2)
    plots.ellipses(ax, p, size=40, names=["left", "right"])
    assert [float(marks.get_sizes()[0]) for marks in ax.collections] == [40, 40]
    handles, names = ax.get_legend_handles_labels()
    assert names == ["left", "right"]
    np.testing.assert_array_equal([marks.get_offsets()[0] for marks in handles], p.means)


def test_the_density_on_a_grid_has_a_row_for_each_y():
    p = Parameters([0.3, 0.7], [[0.0, 0.0], [1.0, 2.0]], [np.eye(2), [[2.0, 0.5], [0.5, 1.0]]])
    x, y = [0.0, 1.0, 5.0], [-1.0, 2.0]
    expected = [[float(np.exp(mixture.log_density([[a, b]], p))[0]) for a in x] for b in y]
    np.testing.assert_allclose(plots.density_on_grid(p, x, y), expected)


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
    assert [ax.get_title().split("\n")[0] for ax in fig.axes[:5]] == [
        "start",
        "E-step 1",
        "M-step 1",
        "E-step 2",
        "M-step 2",
    ]
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


def drawn_points(ax):
    """What a panel shows, in the order of its columns: every point with its colour, sorted by place."""
    rows = [
        (*place, *colour[:3])
        for collection in ax.collections
        for place, colour in zip(
            collection.get_offsets(),
            np.broadcast_to(collection.get_facecolor(), (len(collection.get_offsets()), 4)),
        )
    ]
    return np.array(sorted(rows))


def test_the_three_views_are_the_same_points_with_labels_without_and_with_responsibilities():
    from matplotlib.colors import to_rgb

    rng = np.random.default_rng(4)
    X, labels, w = rng.normal(size=(30, 3)), rng.integers(0, 3, 30), rng.dirichlet([1, 1, 1], 30)
    fig = plots.three_views(X, labels, w, axes=(2, 0), emphasis="gone", names=("u", "v"))
    known, gone, soft, model = fig.axes
    order = np.argsort(X[:, 2])
    for ax, colours in (
        (known, np.array([to_rgb(plots.COLOURS[j]) for j in labels])),
        (gone, np.tile(to_rgb(plots.GREY), (30, 1))),
        (soft, w @ np.array([to_rgb(c) for c in plots.COLOURS[:3]])),
    ):
        np.testing.assert_allclose(drawn_points(ax), np.column_stack([X[:, 2], X[:, 0], colours])[order], atol=1e-12)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("u", "v")
        assert ax.get_xlim() == known.get_xlim() and ax.get_ylim() == known.get_ylim()
    assert [ax.title.get_weight() for ax in fig.axes] == ["normal", "bold", "normal", "normal"]
    assert not model.collections
    plt.close(fig)


@pytest.mark.parametrize("observed", [("X",), ("C", "X"), ()])
def test_the_graph_has_the_arrows_of_3_and_4_and_shades_what_was_observed(ax, observed):
    plots.graphical_model(ax, observed=observed)
    text = {label.get_text(): np.array(label.get_position()) for label in ax.texts}
    circles = [patch for patch in ax.patches if type(patch).__name__ == "Circle"]
    node = {
        name: min(circles, key=lambda c: np.hypot(*(c.center - text[symbol])))
        for name, symbol in (("C", "$C_i$"), ("X", r"$\mathbf{X}_i$"))
    }
    for name, circle in node.items():
        assert (circle.get_facecolor()[:3] != (1, 1, 1)) == (name in observed)
    assert [t.get_text() for t in ax.texts].count("observed") == len(observed)
    dots = {
        name: text[symbol]
        for name, symbol in (("phi", r"$\mathbf{\phi}$"), ("mu", r"$\mathbf{\mu}_j$"), ("Sigma", r"$\Sigma_j$"))
    }
    (plate,) = [patch for patch in ax.patches if type(patch).__name__ == "FancyBboxPatch"]
    inside = plate.get_bbox()
    assert all(inside.contains(*circle.center) for circle in node.values())
    assert not any(inside.contains(*place) for place in dots.values())

    places = dots | {name: np.array(circle.center) for name, circle in node.items()}
    found = set()
    for patch in ax.patches:
        if type(patch).__name__ == "FancyArrowPatch":
            start, end = map(np.array, patch._posA_posB)
            found.add(tuple(min(places, key=lambda name: np.hypot(*(places[name] - tip))) for tip in (start, end)))
            assert np.hypot(*(end - node[min(node, key=lambda n: np.hypot(*(node[n].center - end)))].center)) == (
                pytest.approx(node["C"].radius)
            )  # it ends on the rim of its circle
    assert found == {("phi", "C"), ("mu", "X"), ("Sigma", "X"), ("C", "X")}


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda ax: plots.points(ax, np.eye(3)[:, :1]),
            "X must have at least two columns, to be shown in a plane; got 1",
        ),
        (
            lambda ax: plots.points(ax, np.eye(3), names=["a"]),
            r"names must come with labels or responsibilities; got \['a'\]",
        ),
        (
            lambda ax: plots.points(ax, np.eye(3), labels=[0, 1, 1], names=["a"]),
            "names must hold 2 names, one per label",
        ),
        (
            lambda ax: plots.points(ax, np.eye(3), axes=(0, 3)),
            r"axes must be two different columns .* of 0\.\.2; got \(0, 3\)",
        ),
        (lambda ax: plots.limits(ax, np.eye(3), axes=(1, 1)), r"axes must be two different columns .*; got \(1, 1\)"),
        (lambda ax: plots.ratchet(ax, [FRAME]), "frames must hold a lower bound, .*; got None in each"),
    ],
)
def test_what_cannot_be_drawn_is_named(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)


def test_a_column_may_be_any_whole_number_of_numpy(ax):
    plots.points(ax, np.eye(3), axes=np.array([2, 1]))
    (drawn,) = ax.collections
    np.testing.assert_array_equal(drawn.get_offsets(), np.eye(3)[:, [2, 1]])
