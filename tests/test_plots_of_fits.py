"""The pictures of a fit show what the fit says: lengths, levels, sizes and words, read back from what was drawn."""

import matplotlib

matplotlib.use("Agg")

import subprocess
import sys

import numpy as np
import pandas
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.patches import Ellipse
from sklearn.mixture import GaussianMixture as ScikitLearnMixture

from gmm_lib import GaussianMixture, plots, plots_of_fits, selection
from gmm_lib.mixture import log_joint
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior
from gmm_lib.sampling import sample

TRUE = Parameters(
    [0.5, 0.3, 0.2],
    [[0.0, 0.0, 1.0], [4.0, 1.0, 0.0], [1.0, 3.0, -2.0]],
    [
        [[1.0, 0.6, 0.0], [0.6, 2.0, 0.3], [0.0, 0.3, 0.5]],
        [[0.5, 0.0, 0.1], [0.0, 0.4, 0.0], [0.1, 0.0, 1.0]],
        [[0.8, -0.3, 0.0], [-0.3, 0.6, 0.0], [0.0, 0.0, 0.7]],
    ],
)
X = sample(300, TRUE, 1)[0]
FLAT = Parameters(TRUE.weights, TRUE.means[:, :2], TRUE.covariances[:, :2, :2])
LINE = Parameters(TRUE.weights, TRUE.means[:, :1], TRUE.covariances[:, :1, :1])
FRAME = pandas.DataFrame(X, columns=["height", "width", "depth"])
NAMED = GaussianMixture(3, random_state=0).fit(FRAME)
SCAN = selection.scan(X, range(1, 5), n_init=3)
PICTURES = {
    "ellipses": lambda ax: plots_of_fits.ellipses(TRUE, ax),
    "density": lambda ax: plots_of_fits.density(TRUE, X, ax),
    "density in one column": lambda ax: plots_of_fits.density(TRUE, X, ax, columns=1),
    "classification_uncertainty": lambda ax: plots_of_fits.classification_uncertainty(TRUE, X, ax),
    "criteria": lambda ax: plots_of_fits.criteria(SCAN, ax),
}


@pytest.fixture(autouse=True)
def nothing_is_shown_and_no_figures_are_left(monkeypatch):
    plt.close("all")  # those of other tests
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a picture showed itself"))
    yield
    plt.close("all")


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def drawn_ellipses(ax):
    return [patch for patch in ax.patches if isinstance(patch, Ellipse)]


def drawn_points(ax):
    """Of all that is scattered: places, areas, colours and opacities, a row for each point."""
    rows = []
    for marks in ax.collections:
        places = np.reshape(marks.get_offsets(), (-1, 2))
        if hasattr(marks, "get_sizes") and len(places):
            n = len(places)
            colours = np.broadcast_to(marks.get_facecolor(), (n, 4))
            rows.append(np.column_stack([places, np.broadcast_to(marks.get_sizes(), n), colours]))
    return np.vstack(rows)


# -- every picture


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_on_the_axes_given_or_on_its_own(name):
    before = dict(plt.rcParams)
    fig, (left, right) = plt.subplots(1, 2)
    assert PICTURES[name](right) is right
    assert plt.get_fignums() == [fig.number] and not left.has_data()
    own = PICTURES[name](None)
    assert own.figure is not fig and len(plt.get_fignums()) == 2
    assert own.get_legend() is not None
    assert own.get_xlabel() and own.get_ylabel()
    assert (own.get_xlabel(), own.get_ylabel()) == (right.get_xlabel(), right.get_ylabel())
    own.figure.canvas.draw()
    assert dict(plt.rcParams) == before  # the style of our own figure is nobody else's


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_mixture_of_scikit_learn_is_drawn_whatever_its_covariances(kind):
    theirs = ScikitLearnMixture(3, covariance_type=kind, random_state=0).fit(X)
    full = {
        "full": lambda kept, j: kept[j],
        "tied": lambda kept, j: kept,
        "diag": lambda kept, j: np.diag(kept[j]),
        "spherical": lambda kept, j: kept[j] * np.eye(3),
    }[kind]
    ax = plots_of_fits.ellipses(theirs, columns=(0, 2), levels=[1])
    for j, ellipse in enumerate(drawn_ellipses(ax)):
        covariance = full(theirs.covariances_, j)[np.ix_([0, 2], [0, 2])]
        axes = np.sort([ellipse.width, ellipse.height]) / 2
        np.testing.assert_allclose(axes**2, np.linalg.eigvalsh(covariance), rtol=1e-9)
    points = drawn_points(plots_of_fits.classification_uncertainty(theirs, X))
    expected = 1 - theirs.predict_proba(X).max(axis=1)
    np.testing.assert_array_equal(np.argsort(points[:, 2])[-5:], np.argsort(expected[order_of(points)])[-5:])


def order_of(points, columns=(0, 1)):
    """Which row of X each drawn point is."""
    return np.array([np.abs(X[:, list(columns)] - place).sum(axis=1).argmin() for place in points[:, :2]])


def test_axes_are_named_after_the_columns_that_were_fitted_or_given():
    ax = plots_of_fits.ellipses(NAMED, columns=(2, 0))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("depth", "height")
    ax = plots_of_fits.density(TRUE, FRAME, columns=1)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width", "density")
    ax = plots_of_fits.classification_uncertainty(TRUE, X, columns=(0, 2))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column 0", "column 2")


def test_columns_in_another_order_than_they_were_fitted_in_are_refused():
    with pytest.raises(ValueError, match="X must .*feature names"):
        plots_of_fits.classification_uncertainty(NAMED, FRAME[["depth", "height", "width"]])


def test_pictures_one_over_the_other_name_each_component_once():
    _, ax = plt.subplots()
    plots_of_fits.classification_uncertainty(NAMED, FRAME, ax)
    plots_of_fits.ellipses(NAMED, ax)
    ax.legend()
    assert [word for word in words(ax) if word.startswith("component")] == [f"component {j}" for j in range(3)]


def test_drawing_a_fit_does_not_load_what_makes_fits():
    code = "import gmm_lib.plots_of_fits, sys; print('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


# -- ellipses


def test_an_ellipse_has_the_axes_of_its_covariance_in_these_two_columns():
    ax = plots_of_fits.ellipses(TRUE, columns=(2, 1), levels=(1, 2, 3))
    drawn = drawn_ellipses(ax)
    assert len(drawn) == 9
    for i, ellipse in enumerate(drawn):
        j, level = i // 3, 1 + i % 3
        values, vectors = np.linalg.eigh(TRUE.covariances[j][np.ix_([2, 1], [2, 1])])
        np.testing.assert_allclose([ellipse.height, ellipse.width], 2 * level * np.sqrt(values))
        long_axis = [np.cos(np.radians(ellipse.angle)), np.sin(np.radians(ellipse.angle))]
        assert abs(long_axis @ vectors[:, 1]) == pytest.approx(1)
        np.testing.assert_allclose(ellipse.center, TRUE.means[j, [2, 1]])
        assert to_rgb(ellipse.get_edgecolor()) == to_rgb(plots.COLOURS[j])
    assert words(ax) == ["component 0", "component 1", "component 2"]


def test_a_whole_ellipse_is_in_the_picture():
    ax = plots_of_fits.ellipses(FLAT, levels=(3,))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    reach = 3 * np.sqrt(FLAT.covariances.diagonal(axis1=1, axis2=2))
    assert left <= (FLAT.means - reach)[:, 0].min() and (FLAT.means + reach)[:, 0].max() <= right
    assert low <= (FLAT.means - reach)[:, 1].min() and (FLAT.means + reach)[:, 1].max() <= high


# -- density


def outlines(ax):
    """The contour lines, lowest level first: of each the polygons that it is made of."""
    lines = [one for one in ax.collections if hasattr(one, "levels") and not one.filled]
    (lines,) = lines
    return lines.levels, [path.to_polygons() for path in lines.get_paths()]


def share_inside(polygons, points):
    inside = np.zeros(len(points), dtype=bool)
    for polygon in polygons:
        inside |= matplotlib.path.Path(polygon).contains_points(points)
    return inside.mean()


NARROW = Parameters([0.5, 0.5], [[0.0, 0.0], [3.0, 0.0]], [np.eye(2), np.eye(2) * 4e-6])


@pytest.mark.parametrize("parameters", [FLAT, NARROW], ids=["alike in size", "one a five-hundredth of the other"])
def test_each_outline_encloses_the_mass_that_the_legend_says(parameters):
    ax = plots_of_fits.density(parameters, masses=[0.9, 0.4])
    _, regions = outlines(ax)
    fresh = sample(40_000, parameters, 99)[0]
    assert share_inside(regions[0], fresh) == pytest.approx(0.9, abs=0.012)
    assert share_inside(regions[1], fresh) == pytest.approx(0.4, abs=0.012)
    assert words(ax) == ["90 % of the mass", "40 % of the mass"]


def test_of_one_gaussian_the_levels_are_known():
    """A share p lies where the density is above (1 - p) times its peak, in two dimensions."""
    ax = plots_of_fits.density(Parameters([1.0], [[1.0, 2.0]], [[[2.0, 0.5], [0.5, 1.0]]]))
    levels, _ = outlines(ax)
    peak = 1 / (2 * np.pi * np.sqrt(1.75))
    np.testing.assert_allclose(levels / peak, [0.05, 0.2, 0.5], atol=0.01)


def test_the_density_of_two_columns_is_the_marginal_one():
    ax = plots_of_fits.density(TRUE, columns=(2, 0), masses=[0.9, 0.6, 0.3])
    fresh = sample(40_000, TRUE, 99)[0][:, [2, 0]]
    for region, mass in zip(outlines(ax)[1], (0.9, 0.6, 0.3), strict=True):
        assert share_inside(region, fresh) == pytest.approx(mass, abs=0.012)


def test_with_points_the_picture_spans_them_and_shows_each():
    ax = plots_of_fits.density(TRUE, X, columns=(2, 0))
    np.testing.assert_allclose(np.sort(drawn_points(ax)[:, 0]), np.sort(X[:, 2]))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < X[:, 2].min() and X[:, 2].max() < right and low < X[:, 0].min() and X[:, 0].max() < high
    assert right - left < 1.3 * np.ptp(X[:, 2])


@pytest.mark.filterwarnings("error")
def test_points_far_from_the_mixture_are_shown_without_an_outline():
    ax = plots_of_fits.density(FLAT, FLAT.means + 500.0)
    assert [one for one in ax.collections if hasattr(one, "levels") and not one.filled] == []
    assert len(drawn_points(ax)) == 3


def test_in_one_column_the_curve_is_the_sum_of_its_components():
    ax = plots_of_fits.density(TRUE, X, columns=2)
    whole, *parts = ax.lines
    alone = Parameters(TRUE.weights, TRUE.means[:, 2:], TRUE.covariances[:, 2:, 2:])
    expected = np.exp(log_joint(whole.get_xdata()[:, np.newaxis], alone))
    for j, part in enumerate(parts):
        np.testing.assert_allclose(part.get_ydata(), expected[:, j], rtol=1e-9)
    np.testing.assert_allclose(whole.get_ydata(), expected.sum(axis=1), rtol=1e-9)
    assert sum(bar.get_width() * bar.get_height() for bar in ax.patches) == pytest.approx(1)
    assert words(ax) == ["points", "mixture", "component 0", "component 1", "component 2"]
    assert len({part.get_linestyle() for part in parts}) == 3  # who sees no colour sees the dashes


def test_a_mixture_of_one_column_needs_no_columns_named():
    ax = plots_of_fits.density(LINE)
    x, y = ax.lines[0].get_data()
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column 0", "density")


# -- uncertainty


def test_a_point_is_larger_and_stronger_the_less_certain_it_is():
    ax = plots_of_fits.classification_uncertainty(TRUE, X)
    points = drawn_points(ax)
    assert len(points) == len(X)
    rows = order_of(points)
    assert sorted(rows) == list(range(len(X)))
    w = posterior(X, TRUE)[rows]
    unsure = 1 - w.max(axis=1)
    order = np.argsort(unsure)
    apart = np.diff(unsure[order]) > 1e-9
    assert apart.sum() > 100
    assert (np.diff(points[order, 2])[apart] > 0).all()
    assert (np.diff(points[order, 6])[apart] > 0).all()
    colours = np.array([to_rgb(plots.COLOURS[j]) for j in w.argmax(axis=1)])
    np.testing.assert_allclose(points[:, 3:6], colours, atol=1e-9)


def test_the_legend_of_uncertainty_shows_components_and_the_sizes_of_the_points():
    ax = plots_of_fits.classification_uncertainty(TRUE, X)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == [*(f"component {j}" for j in range(3)), *(f"uncertainty {u:g}" for u in (0, 0.25, 0.5))]
    assert words(ax) == labels
    points = drawn_points(ax)
    unsure = 1 - posterior(X, TRUE)[order_of(points)].max(axis=1)
    sizes = [handle.get_sizes()[0] for handle in handles[3:]]
    np.testing.assert_allclose(np.interp([0, 0.25, 0.5], *line_through(unsure, points[:, 2])), sizes, rtol=1e-6)
    _, given = plt.subplots()
    assert words(plots_of_fits.classification_uncertainty(TRUE, X, given)) == labels


def line_through(x, y):
    slope, height = np.polyfit(x, y, 1)
    ends = np.array([0.0, 1.0])
    return ends, height + slope * ends


def test_of_one_component_every_point_is_certain():
    ax = plots_of_fits.classification_uncertainty(Parameters([1.0], [[0.0, 0.0]], [np.eye(2)]), X[:, :2])
    assert len(set(drawn_points(ax)[:, 2])) == 1
    assert words(ax) == ["component 0"]


def test_in_one_column_uncertainty_is_the_height():
    ax = plots_of_fits.classification_uncertainty(LINE, X[:, :1])
    points = drawn_points(ax)
    rows = np.array([np.abs(X[:, 0] - place).argmin() for place in points[:, 0]])
    np.testing.assert_allclose(points[:, 1], 1 - posterior(X[:, :1], LINE)[rows].max(axis=1), atol=1e-12)
    assert ax.get_ylabel() == "uncertainty"


# -- pairs


def test_the_matrix_has_a_panel_for_each_pair_and_each_column():
    fig = plots_of_fits.pairs(NAMED, FRAME, levels=(2,))
    panels = {ax.get_subplotspec().num1: ax for ax in fig.axes}
    assert sorted(panels) == [0, 3, 4, 6, 7, 8]
    for number, (a, b) in {3: (0, 1), 6: (0, 2), 7: (1, 2)}.items():
        ax = panels[number]
        drawn = np.unique(drawn_points(ax)[:, :2], axis=0)
        shown = np.unique(np.vstack([X[:, [a, b]], NAMED.means_[:, [a, b]]]), axis=0)
        np.testing.assert_allclose(drawn, shown)
        for j, ellipse in enumerate(drawn_ellipses(ax)):
            covariance = NAMED.covariances_[j][np.ix_([a, b], [a, b])]
            assert ellipse.width * ellipse.height == pytest.approx(16 * np.sqrt(np.linalg.det(covariance)))
        assert len(drawn_ellipses(ax)) == 3
        assert ax.get_xlim() == pytest.approx(panels[4 * a].get_xlim())  # below its own curve
    for number, column in {0: 0, 4: 1, 8: 2}.items():
        curve = panels[number].lines[0]
        assert np.trapezoid(*curve.get_data()[::-1]) == pytest.approx(1, abs=0.02)
        assert curve.get_xdata().min() < X[:, column].min() and X[:, column].max() < curve.get_xdata().max()
    assert [panels[n].get_xlabel() for n in (6, 7, 8)] == ["height", "width", "depth"]
    assert [panels[n].get_ylabel() for n in (3, 6)] == ["width", "depth"]
    assert [panels[n].get_xlabel() + panels[n].get_ylabel() for n in (0, 4)] == ["", ""]
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == [f"component {j}" for j in range(3)]


def test_some_columns_of_many_are_chosen_and_too_many_refused():
    many = Parameters([1.0], np.zeros((1, 11)), [np.eye(11)])
    points = np.random.default_rng(0).normal(size=(30, 11))
    fig = plots_of_fits.pairs(many, points, columns=(7, 2))
    assert [(ax.get_xlabel(), ax.get_ylabel()) for ax in fig.axes] == [
        ("", ""),
        ("column 7", "column 2"),
        ("column 2", ""),
    ]
    with pytest.raises(ValueError, match="columns must be at most 10 .* got None, which means all 11"):
        plots_of_fits.pairs(many, points)


def test_the_matrix_of_one_column_is_its_curve():
    (ax,) = plots_of_fits.pairs(LINE, X[:, :1]).axes
    assert ax.get_xlabel() == "column 0" and len(ax.lines) == 4


# -- criteria


def rings(ax):
    return [tuple(np.ravel(line.get_data())) for line in ax.lines if line.get_label() == "_best"]


def curves(ax):
    return {line.get_label(): line for line in ax.lines if line.get_label() != "_best"}


def test_criteria_are_those_of_the_scan_and_the_lowest_is_ringed():
    ax = plots_of_fits.criteria(SCAN)
    for line, name in zip(curves(ax).values(), ("bic", "aic", "icl"), strict=True):
        np.testing.assert_array_equal(line.get_data(), [SCAN.ks, getattr(SCAN, name)])
    assert rings(ax) == [(SCAN.best(name), getattr(SCAN, name).min()) for name in ("bic", "aic", "icl")]
    assert words(ax) == [f"{name.upper()}: best at k = {SCAN.best(name)}" for name in ("bic", "aic", "icl")]
    assert ax.get_ylabel() == "criterion (lower is better)"
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_of_several_scans_the_best_is_the_best_of_all():
    other = selection.scan(X[:200], range(1, 3), n_init=2)
    assert other.bic.min() < SCAN.bic.min()
    ax = plots_of_fits.criteria({"all points": SCAN, "some": other})
    assert words(ax) == ["all points, BIC", f"some, BIC: best at k = {other.best('bic')}"]
    assert rings(ax) == [(other.best("bic"), other.bic.min())]
    assert ax.get_ylabel() == "BIC (lower is better)"
    both = plots_of_fits.criteria({"all points": SCAN, "some": other}, which=("icl", "aic"))
    assert len(curves(both)) == 4 and len(rings(both)) == 2


def test_no_two_of_many_scans_look_alike():
    ax = plots_of_fits.criteria({f"scan {i}": SCAN for i in range(14)}, which="bic")
    looks = {(line.get_color(), line.get_marker()) for line in curves(ax).values()}
    assert len(looks) == 14


def test_points_are_scanned_as_selection_does():
    ax = plots_of_fits.criteria(X, which="icl", ks=range(1, 5), n_init=3)
    (line,) = curves(ax).values()
    np.testing.assert_array_equal(line.get_data(), [SCAN.ks, SCAN.icl])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plots_of_fits.criteria(SCAN, n_init=3), "options must come with points, .*; got n_init with a scan"),
        (lambda: plots_of_fits.criteria({"a": X}), "scans must be what selection.scan returns, .*; got {'a'"),
        (
            lambda: plots_of_fits.ellipses(GaussianMixture(2)),
            r"model must be a fitted mixture .*; got GaussianMixture\(n_components=2\)",
        ),
        (lambda: plots_of_fits.ellipses(LINE), "X must have at least two columns"),
        (
            lambda: plots_of_fits.density(TRUE, masses=[95]),
            r"masses must be different shares between 0 and 1; got \[95",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert plt.get_fignums() == []  # and no empty figure is left behind
