"""The stepper's Python side: traces, the widget's traits, what is stored in a notebook, and the directive."""

import base64
import inspect
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.mixture import GaussianMixture
from stepper import StepperDirective

from gmm_lib import EMStepper, datasets, e_step, em, likelihood, m_step, missing
from gmm_lib.covariance_types import short_form
from gmm_lib.initialization import lloyd
from gmm_lib.parameters import Parameters
from gmm_lib.stepper import _script, static
from gmm_lib.stepper._looks import COLOURS, PALETTE
from gmm_lib.stepper._settings import ALLOWED, DEFAULTS, SETTINGS
from gmm_lib.stepper.trace import RULES, Trace, first_parameters, held_m_step, printed_e_step, printed_m_step

ROOT = Path(__file__).resolve().parents[1]
PETALS = datasets.iris().X[:, 2:]
TILTED = Parameters([1], [PETALS.mean(axis=0)], [np.cov(PETALS.T)])


@pytest.fixture
def stepper():
    return EMStepper(PETALS, k=3)


# Traces


def test_a_trace_is_what_the_driver_yields():
    start = first_parameters(PETALS, 3, seed=1)
    trace = Trace(PETALS, start).extend_to(6)
    frames = em.frames(
        start,
        lambda state: e_step.responsibilities(PETALS, state),
        lambda w: m_step.m_step(PETALS, w),
        lambda state: likelihood.log_likelihood(PETALS, state),
        tol=0,
    )
    for ours, theirs in zip(trace.frames, frames):
        assert (ours.phase, ours.iteration, ours.log_likelihood) == (
            theirs.phase,
            theirs.iteration,
            theirs.log_likelihood,
        )


def test_a_trace_ends_when_it_converges():
    X = datasets.well_separated().X
    trace = Trace(X, first_parameters(X, 3, "kmeans")).extend_to(10**6)
    assert trace.ended == {"why": "converged"} and trace.frames[-1].phase == "M"


def test_a_collapse_is_named_from_one():
    X = datasets.far_outlier().X
    trace = Trace(X, first_parameters(X, 2, seed=459302)).extend_to(100)
    assert trace.ended["why"] == "collapse" and trace.ended["component"] == 1
    assert trace.ended["text"].startswith("Component 2 has collapsed: its covariance")


def test_the_article_s_run_starts_where_numpy_says():
    X = datasets.iris().X
    rows = np.random.RandomState(42).randint(0, 150, 3)
    assert_array_equal(first_parameters(X, 3, "rows_with_replacement", 42).means, X[rows])


def test_formulas_as_printed_by_hand():
    """Three points on a line and equal responsibilities: every number can be checked with a pencil."""
    X = np.array([[0.0, 0], [2, 0], [4, 6]])
    w = np.full((3, 2), 0.5)
    state = printed_m_step(X, w)
    assert_allclose(state.weights, [1.5, 1.5])  # (12) without 1/n: they sum to n = 3
    assert_allclose(state.means, [[1, 1], [1, 1]])  # half of the mean (2, 2): pulled to the origin
    first = (
        0.5 * np.array([[1, 1], [1, 1]]) + 0.5 * np.array([[1, -1], [-1, 1]]) + 0.5 * np.array([[9, 15], [15, 25]])
    ) / 3
    assert_allclose(state.covariances[0], first)


def test_11_as_printed_forgets_the_weights():
    X = np.array([[0.0, 0], [1, 0]])
    cov = [np.eye(2)] * 2
    lopsided, even = (Parameters(weights, [[0, 0], [1, 0]], cov) for weights in ([0.9, 0.1], [0.5, 0.5]))
    assert_array_equal(printed_e_step(X, lopsided), e_step.responsibilities(X, even))


@pytest.mark.parametrize("kind", ALLOWED["type"])
@pytest.mark.parametrize("start", ["distinct_rows", "kmeans"])
def test_covariances_of_each_type_are_those_of_scikit_learn(kind, start):
    """Two iterations from the same start: the start's precisions are handed over, so only EM is compared."""
    model = GaussianMixture(3, covariance_type=kind, reg_covar=0, tol=0, max_iter=2)
    begin = first_parameters(PETALS, 3, start, seed=4, covariance_type=kind)
    inverse = short_form(np.linalg.inv(begin.covariances), kind)
    model.set_params(weights_init=begin.weights, means_init=begin.means, precisions_init=inverse)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is not to converge
        model.fit(PETALS)
    state = Trace(PETALS, begin, covariance_type=kind).extend_to(4).frames[4].state
    assert_allclose(state.means, model.means_, rtol=1e-8)
    assert_allclose(short_form(state.covariances, kind), model.covariances_, rtol=1e-8)


def test_the_type_of_a_widget_is_that_of_its_run_and_of_its_page():
    stepper = EMStepper(PETALS, covariance_type="spherical")
    for state in (stepper.frames[0].state, stepper.frames[6].state):
        assert_array_equal(state.covariances, [S[0, 0] * np.eye(2) for S in state.covariances])
    assert '"type":"spherical"' in stepper._html()
    with pytest.raises(ValueError, match="parameters must have covariances that are multiples of the identity"):
        stepper.parameters = TILTED
    ask(stepper, settings=wanted(type="tied"), parameters=None, X=None, step=2)
    assert_array_equal(stepper.parameters.covariances, stepper.parameters.covariances[[0, 0, 0]])


def test_the_first_frame_of_a_page_has_the_shapes_that_somebody_gave():
    same = {"weights": [0.5, 0.5], "means": [[1, 0.2], [5, 2]], "covariances": [[[0.2, 0], [0, 0.2]]] * 2}
    assert static.figure({"k": 2, "parameters": json.dumps(same)}).count("<ellipse") == 4
    assert static.figure({"k": 2}).count("<ellipse") == 2


def test_the_first_frame_of_a_page_is_of_its_type():
    circles = static.figure({"data": "elongated", "type": "spherical", "step": 2})
    unit = np.array([static.WIDTH - 64, static.HEIGHT - 54]) / (1.16 * np.ptp(datasets.elongated().X, axis=0))
    shapes = re.findall(r'rx="([\d.]+)" ry="([\d.]+)"', circles)
    ratios = [float(long) / float(short) for long, short in shapes]
    assert len(ratios) == 6 and ratios == pytest.approx([max(unit) / min(unit)] * 6, rel=0.01)


def test_an_unknown_rule():
    with pytest.raises(ValueError, match="start must be one of distinct_rows"):
        first_parameters(PETALS, 3, "luck")


# The widget


def test_import_of_the_library_loads_no_widget():
    code = "import sys, gmm_lib, gmm_lib.stepper.static; print({'anywidget', 'ipywidgets'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_setting_the_step_moves_parameters_and_responsibilities(stepper):
    assert stepper.responsibilities is None
    stepper.step = 3
    assert stepper.responsibilities is stepper.frames[3].latent
    assert stepper.parameters is stepper.frames[3].state
    seen = []
    stepper.observe(lambda change: seen.append(change.new), "parameters")
    stepper.step = 6
    assert seen == [stepper.frames[6].state]


def test_a_step_beyond_what_is_computed_is_computed(stepper):
    stepper.step = 60
    assert stepper.step == 60 and len(stepper.trace["frames"]) > 60
    with pytest.raises(ValueError, match=r"step must lie in 0\.\.96, the frames of this run; got 500"):
        stepper.step = 500
    with pytest.raises(ValueError, match="must not be negative"):
        stepper.step = -1


def test_assigning_parameters_restarts_em(stepper):
    stepper.step = 8
    end = stepper.parameters
    stepper.parameters = Parameters(end.weights, end.means + 0.1, end.covariances)
    assert stepper.step == 0 and stepper.frames[0].phase == "start"
    assert_array_equal(stepper.frames[0].state.means, end.means + 0.1)
    stepper.parameters = {"weights": [1.0], "means": [[1, 1]], "covariances": [np.eye(2)]}
    assert stepper.settings["k"] == 1 and len(stepper.trace["frames"][0]["means"]) == 1


def test_assigning_responsibilities_moves_the_means(stepper):
    w = np.eye(3)[datasets.iris().target] if hasattr(datasets.iris(), "target") else np.eye(3)[datasets.iris().labels]
    stepper.responsibilities = w
    stepper.step = 1
    assert [frame.phase for frame in stepper.frames[:3]] == ["E", "M", "E"]
    assert_allclose(stepper.parameters.means[0], PETALS[:50].mean(axis=0))


@pytest.mark.parametrize(
    "value, message",
    [
        (np.ones((3, 3)) / 3, "150 rows"),
        (np.ones((150, 3)), "must sum to one"),
        (np.ones((150, 2)) / 2, "must have 3 columns"),
    ],
)
def test_wrong_responsibilities(stepper, value, message):
    with pytest.raises(ValueError, match=message):
        stepper.responsibilities = value


def test_wrong_parameters(stepper):
    with pytest.raises(ValueError, match="must have 2 dimensions"):
        stepper.parameters = Parameters([1], [[0, 0, 0]], [np.eye(3)])
    with pytest.raises(ValueError, match="must be Parameters"):
        stepper.parameters = 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(X=[[1.0, 2], [3, np.nan]]), "X must be finite.*missing='em'"),
        (dict(X=[[1.0, 2], [3, np.inf]], missing="em"), "X must be finite, or NaN"),
        (dict(X=[[1.0, np.nan], [3, np.nan]], missing="em"), "a value in each column"),
        (dict(X=PETALS, missing="fill"), "missing must be 'raise' or 'em'"),
        (dict(X=PETALS, sample_weight=[1.0]), "sample_weight must have shape"),
        (dict(X=PETALS, sample_weight=np.ones(150), e_step=lambda X, parameters: None), "points have weights"),
        (dict(X=[[1.0], [2.0]], k=2, pair=(0, 1)), "pair must be left out where X has one column; got"),
        (dict(X=PETALS, k=9), r"k must lie in 1\.\.8"),
        (dict(X=PETALS[:2], k=3), r"k must lie in 1\.\.2"),
        (dict(X=PETALS, e_step=3), "e_step must be a function"),
        (dict(X=PETALS, start="luck"), "start must be one of"),
        (dict(X=PETALS, covariance_type="round"), "covariance_type must be one of 'full', 'tied', 'diag', 'spherical'"),
        (
            dict(X=PETALS, parameters=TILTED, covariance_type="diag"),
            "parameters must have covariances that are diagonal",
        ),
        (dict(X=PETALS, pair=(0, 2)), "pair must be two different columns"),
        (dict(X=PETALS, pair="ab"), r"pair must be two different columns of X, counted from 0, of 0\.\.1; got 'ab'"),
        (
            dict(X=PETALS, panels="ab"),
            "panels must be of data, inside, ratchet, along, starts, compare, share, keys; got 'ab'",
        ),
        (dict(X=PETALS, panels=3), "panels must be a list of data, .*; got 3"),
        (dict(X=PETALS, view=None), "view must be a list of contours, .*; got None"),
        (dict(X=PETALS, seed="42"), "seed must be a whole number in .*; got '42'"),
        (dict(X=PETALS, seed=2.7), "seed must be a whole number in .*; got 2.7"),
        (dict(X=PETALS, feature_names="ab"), "feature_names must hold at least one name, .*; got 'ab'"),
        (dict(X=PETALS, labels=[0.5] * 150), "labels must be integers or strings"),
        (dict(X=PETALS, feature_names=["a"]), "feature_names must hold 2"),
        (dict(X=PETALS, labels=[1]), r"labels must have shape \(150,\)"),
        (dict(X=PETALS, parameters=Parameters([1], [[0, 0, 0]], [np.eye(3)])), "must have the 2 dimensions"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        EMStepper(**arguments)


# What the points may be


def test_a_data_frame_names_its_columns():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"petal length": PETALS[:, 0], 2: PETALS[:, 1]})
    assert EMStepper(table).data["features"] == ["petal length", "2"]
    assert EMStepper(table, feature_names=["a", "b"]).data["features"] == ["a", "b"]
    with pytest.raises(ValueError, match="X must hold real numbers; got 'x' at index"):
        EMStepper(table.assign(kind="x"))


def test_points_on_a_line():
    """A list of numbers is one column; its log-likelihood is that of SciPy's normal distributions."""
    x = np.r_[np.linspace(-1, 1, 40), np.linspace(4, 7, 60)]
    stepper = EMStepper(x, k=2, feature_names=["height"])
    stepper.step = 7
    state = stepper.parameters
    densities = norm.pdf(x[:, None], state.means[:, 0], np.sqrt(state.covariances[:, 0, 0]))
    assert stepper.frames[7].log_likelihood == pytest.approx(np.log(densities @ state.weights).sum())
    assert_array_equal(EMStepper(x[:, None], k=2).data["X"], x[:, None])
    again = EMStepper.from_link(stepper.to_link(limit=None))
    assert_array_equal(again.parameters.means, state.means)
    picture = static.svg(x[:, None], stepper.frames[7], (0, 1), ["height"])
    assert picture.count("<ellipse") == 0 and picture.count(">height<") == picture.count(">density<") == 1
    assert picture.count("M") > 100 and "nan" not in picture


def test_the_still_picture_of_a_line_has_the_density_and_its_shares():
    """Read off the picture, in pixels: the curve over SciPy's densities, and after an E-step the areas below it."""
    x = np.r_[np.linspace(-1, 1, 40), np.linspace(4, 7, 60)]
    stepper = EMStepper(x, k=2)
    stepper.step = 7
    root = ElementTree.fromstring(static.svg(x[:, None], stepper.frames[7], (0, 1), ["height"]))
    share, part, _, _, whole = root.find("svg").findall("path")
    places = np.array([pair.split() for pair in whole.get("d")[1:].split("L")], dtype=float)
    values = np.linspace(x.min() - 0.64, x.max() + 0.64, len(places))
    state = stepper.frames[7].state
    heights = state.weights * norm.pdf(values[:, None], state.means[:, 0], np.sqrt(state.covariances[:, 0, 0]))
    scale, shift = np.polyfit(heights.sum(axis=1), places[:, 1], 1)
    assert scale < 0
    assert_allclose(places[:, 1], scale * heights.sum(axis=1) + shift, atol=0.06)
    of_part = np.array([pair.split() for pair in part.get("d")[1:].split("L")], dtype=float)
    assert_allclose(of_part[:, 1], scale * heights[:, 0] + shift, atol=0.06)
    edge = np.array([pair.split() for pair in share.get("d")[1:-1].split("L")], dtype=float)[: len(values)]
    assert_allclose(edge[:, 1], scale * heights[:, 0] + shift, atol=0.06)
    lines = [static.svg(x[:, None], stepper.frames[step], (0, 1), ["height"]).count('opacity="0.4"') for step in (0, 6)]
    assert lines == [0, 0], "only an E-step gives shares"


def test_in_the_still_picture_of_a_line_a_missing_value_is_nowhere():
    x = np.r_[np.linspace(-1, 1, 40), np.nan, np.linspace(4, 7, 60)]
    stepper = EMStepper(x, k=2, missing="em")
    frame = stepper.frames[0]
    of_all = static.svg(x[:, None], frame, (0, 1), ["height"])
    of_the_others = static.svg(np.delete(x, 40)[:, None], frame, (0, 1), ["height"])
    assert of_all.replace("101 points", "100 points") == of_the_others and of_all.count("h0") == 100


# One variance that is held


def test_a_held_variance_gives_the_shares_and_means_of_a_softmax_of_distances():
    """Nothing but NumPy: shares fall with the squared distance, and means are weighted averages."""
    X = datasets.overlapping().X
    start = first_parameters(X, 3, seed=42)
    trace = Trace(X, start, held=0.5).extend_to(2)
    w = np.exp(-((X[:, None] - start.means) ** 2).sum(axis=2) / (2 * 0.5))
    w /= w.sum(axis=1, keepdims=True)
    assert_allclose(trace.frames[1].latent, w, atol=1e-12)
    assert_allclose(trace.frames[2].state.means, w.T @ X / w.sum(axis=0)[:, None])
    assert_allclose(trace.frames[2].state.weights, w.mean(axis=0))
    for frame in trace.frames:
        assert_array_equal(frame.state.covariances, np.tile(0.5 * np.eye(2), (3, 1, 1)))


def test_as_the_held_variance_shrinks_em_becomes_k_means():
    X = datasets.elongated().X
    start = first_parameters(X, 3, seed=7)
    centres, apart = lloyd(X, start.means), []
    for held in (1.0, 1e-1, 1e-4):
        frames = Trace(X, start, held=held).extend_to(10**4).frames
        apart.append(np.abs(frames[-1].state.means - centres.state).max())
    assert apart[0] > apart[1] > apart[2] and apart[2] < 1e-9


def test_a_held_variance_goes_through_widget_page_and_link():
    stepper = EMStepper(PETALS, k=3, held_variance=0.02, covariance_type="tied")
    assert "held=0.02" in stepper.to_link(limit=None)
    again = EMStepper.from_link(stepper.to_link(limit=None))
    again.step = stepper.step = 4
    assert_array_equal(again.parameters.means, stepper.parameters.means)
    assert_array_equal(again.parameters.covariances, np.tile(0.02 * np.eye(2), (3, 1, 1)))
    stepper.parameters = Parameters([0.5, 0.5], PETALS[[0, 99]], [np.eye(2), 2 * np.eye(2)])
    assert_array_equal(stepper.frames[0].state.covariances, np.tile(0.02 * np.eye(2), (2, 1, 1)))
    salaries = EMStepper(1e6 * PETALS, k=2, held_variance=1e12)
    assert EMStepper.from_link(salaries.to_link(limit=None)).settings["held"] == 1e12
    with pytest.raises(ValueError, match="held_variance must be 0 with an M-step of your own; got 1"):
        EMStepper(PETALS, m_step=m_step.m_step, held_variance=1)
    with pytest.raises(ValueError, match="held must be positive; got 0"):
        held_m_step(PETALS, np.full((150, 1), 1.0), 0)


def test_missing_values_and_weights_go_through_widget_page_and_link():
    X = np.where(np.arange(300).reshape(150, 2) % 11 == 5, np.nan, PETALS)
    counts = np.arange(150) % 3 + 1.0
    stepper = EMStepper(X, k=2, missing="em", sample_weight=counts, seed=3, reg_covar=0.01)
    stepper.step = 6
    steps = missing.Steps(np.repeat(X, counts.astype(int), axis=0), 0.01)
    frames = em.frames(stepper.frames[0].state, steps.e_step, steps.m_step, steps.objective, max_iter=3)
    assert stepper.frames[6].log_likelihood == pytest.approx(list(frames)[6].log_likelihood * counts.sum())
    assert stepper.responsibilities.shape == (150, 2)
    html = stepper._html()
    assert "null" in html and "NaN" not in html and "sampleWeight" in html
    picture = base64.b64decode(re.search('base64,([^"]+)', html)[1]).decode()
    assert (
        "nan" not in picture
        and picture.count('opacity="0.7"')
        and len(set(re.findall('width="([0-9.]+)"', picture))) > 3
    )
    again = EMStepper.from_link(stepper.to_link(limit=None))
    assert again.parameters.means == pytest.approx(stepper.parameters.means)
    ask(stepper, settings=wanted(data="own", k=2), parameters=None, X=None, edits=[[0, [None, 2.0]], [150, [1.0, 1.0]]])
    assert stepper.data["sampleWeight"][-1] == 1 and stepper.data["X"][0] == [None, 2.0] and len(stepper._X) == 151


def test_of_many_points_a_sample_is_shown_and_all_are_computed():
    X = np.random.default_rng(1).standard_normal((6000, 2)) + np.arange(6000)[:, None] % 2 * 4
    stepper = EMStepper(X, k=2, labels=np.arange(6000) % 2)
    stepper.step = 4
    assert len(stepper.data["X"]) == len(stepper.data["labels"]) == 2000 and stepper.data["n"] == 6000
    expected = Trace(X, first_parameters(X, 2, seed=42)).extend_to(4).frames
    rows = [int(np.flatnonzero((X == x).all(axis=1))[0]) for x in stepper.data["X"][:20]]
    for ours, theirs, sent in zip(stepper.frames, expected, stepper.trace["frames"]):
        assert ours.log_likelihood == theirs.log_likelihood
        if theirs.latent is not None:
            assert ours.latent.shape == (2000, 2), "the others are not kept"
            assert_array_equal(ours.latent[:20], theirs.latent[rows])
        assert (sent["responsibilities"] is None) == (sent["phase"] != "E")
    assert_array_equal(stepper.responsibilities, expected[4].latent)
    assert rows == sorted(rows) and "script" not in stepper._html() and "2000 of 6000 points" in stepper._html()
    with pytest.raises(ValueError, match="a link holds at most 5000 points; got 6000"):
        stepper.to_link(limit=None)
    ask(stepper, settings=wanted(data="ring"), parameters=None, X=None, step=0)
    ask(stepper, settings=wanted(k=2), parameters=None, X=None, step=2)
    assert stepper.responsibilities.shape == (6000, 2)


# A student's own functions


def test_own_functions_drive_the_picture():
    def hard(X, parameters):
        return np.eye(parameters.k)[e_step.responsibilities(X, parameters).argmax(axis=1)]

    stepper = EMStepper(PETALS, k=3, e_step=hard, m_step=m_step.m_step)
    stepper.step = 1
    assert set(np.unique(stepper.responsibilities)) == {0, 1}


def raises(X, parameters):
    return {}["w"]


@pytest.mark.parametrize(
    "functions, message",
    [
        (dict(e_step=raises), r"e_step raised KeyError: 'w' \(e_step was your function, line \d+ of raises\)"),
        (
            dict(e_step=lambda X, p: np.ones(5)),
            r"e_step must return an array of shape \(150, 3\).*it returned an array of shape \(5,\)",
        ),
        (dict(e_step=lambda X, p: None), "it returned a NoneType"),
        (
            dict(e_step=lambda X, p: np.ones((150, 3))),
            "e_step: each row of responsibilities must sum to one; row 0 sums to 3",
        ),
        (dict(m_step=lambda X, w: 7), "m_step must return Parameters.*it returned int"),
        (dict(m_step=lambda X, w: (np.ones(3), 0, 0)), r"means of shape \(3, 2\)"),
        (
            dict(m_step=lambda X, w: (w.sum(axis=0), w.T @ X, np.stack([np.eye(2)] * 3))),
            "m_step: weights must sum to one; they sum to 150",
        ),
    ],
)
def test_what_goes_wrong_in_them_is_named_and_the_widget_lives(functions, message):
    stepper = EMStepper(PETALS, k=3, **functions)
    assert stepper.trace["ended"]["why"] == "student"
    assert re.search(message, stepper.trace["ended"]["text"])
    assert stepper.trace["frames"][0]["phase"] == "start"
    assert message.split(" ")[0] in stepper._repr_mimebundle_()[0]["text/html"]


def test_they_cannot_spoil_the_data():
    def careless(X, parameters):
        X += 1
        return e_step.responsibilities(X - 1, parameters)

    before = PETALS.copy()
    EMStepper(PETALS, e_step=careless)
    assert_array_equal(PETALS, before)


# What the picture asks of Python


def ask(stepper, **request):
    stepper.request = {"number": stepper.request.get("number", 0) + 1, **request}


def wanted(**changes):
    return dict(data="own", k=3, seed=42, start="distinct_rows", type="full", floor=0, printed=[], pair=None) | changes


def test_a_drag_asks_for_a_new_run(stepper):
    state = stepper.parameters
    moved = {
        "weights": state.weights.tolist(),
        "means": (state.means + 0.5).tolist(),
        "covariances": state.covariances.tolist(),
    }
    number = stepper.trace["number"]
    ask(stepper, settings=wanted(), parameters=moved, X=None, step=0)
    assert stepper.trace["number"] == number + 1
    assert_allclose(stepper.parameters.means, state.means + 0.5)


def test_other_data_settings_and_points(stepper):
    ask(stepper, settings=wanted(data="ring", k=5, printed=["11"]), parameters=None, X=None, step=4)
    assert stepper.data["name"] == "ring" and stepper.step == 4 and stepper.parameters.k == 5
    ask(stepper, settings=wanted(k=2), parameters=None, X=[[0, 0], [1, 1], [2, 0.5], [3, 3]], step=0)
    assert len(stepper.data["X"]) == 4
    ask(stepper, settings=wanted(k=3), parameters=None, X=[[0, 0], [1, 1]], step=0)
    assert stepper.trace["ended"]["why"] == "refused" and "at least k = 3 rows" in stepper.trace["ended"]["text"]
    ask(stepper, settings=wanted(), parameters=None, X=None, step=0)
    assert len(stepper.data["X"]) == 150


def test_more_frames(stepper):
    ask(stepper, frames=601)
    assert stepper.trace["ended"] == {"why": "converged"} and stepper.step == len(stepper.frames) - 1


# What a notebook stores


def test_the_bundle_is_the_same_from_run_to_run(stepper):
    bundle, _ = stepper._repr_mimebundle_()
    again, _ = EMStepper(PETALS, k=3)._repr_mimebundle_()
    assert bundle["text/html"] == again["text/html"] and bundle["text/plain"] == again["text/plain"]
    assert bundle["text/plain"] == "EMStepper(n=150, m=2, k=3, step=0)"
    assert "0x" not in bundle["text/plain"]


def test_the_html_holds_picture_sentence_and_state(stepper):
    stepper.step = 2
    page = stepper._repr_mimebundle_()[0]["text/html"]
    assert page.count("<img") == 1 and static.SENTENCE in page and "<h1" not in page
    config = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    assert config["settings"] | {"k": "3", "step": "2", "data": "own"} == config["settings"]
    assert_array_equal(config["X"], PETALS)


def test_text_cannot_break_out_of_the_html():
    name = '</script><b onload="x">'
    page = EMStepper(PETALS, feature_names=[name, "y"])._repr_mimebundle_()[0]["text/html"]
    assert page.count("</script>") == 1 and "<b " not in page


# The page without a kernel


def test_the_data_of_the_page_are_those_of_the_library():
    book = static.book_data()
    assert set(book) == set(static.TITLES)
    for name in ("iris", "old_faithful", *datasets.MADE):
        make = getattr(datasets, name)
        assert_array_equal(book[name]["X"], make().X)


def test_the_rules_are_those_of_the_library():
    from gmm_lib import initialization

    alone = {"short_runs", "hierarchical"}  # which hide what a stepper shows, or take no chances; and another name:
    assert set(RULES) == set(initialization.RULES) - alone - {"random_from_data"}


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"data": "nope"}, "data must be one of"),
        ({"k": "9"}, r"k must lie in 1\.\.8"),
        ({"k": "x"}, "k must be a whole number"),
        ({"k": 2.7}, "k must be a whole number; got 2.7"),
        ({"k": True}, "k must be a whole number; got True"),
        ({"floor": "x"}, "floor must be a finite number, zero or more; got 'x'"),
        ({"floor": "-1"}, "floor must be a finite number, zero or more; got '-1'"),
        ({"view": "sound"}, "view must be of"),
        ({"colour": "red"}, "unknown setting 'colour'"),
        ({"step": "400", "data": "well_separated"}, r"step must lie in 0\.\.\d+, the half-steps of this run"),
        ({"pair": "1,9"}, r"pair must be two different columns of 1\.\.2"),
        ({"data": "far_outlier", "k": "8", "start": "kmeans"}, "has collapsed"),
    ],
)
def test_a_figure_with_wrong_settings_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        static.figure(settings)


def test_the_script_is_one_classic_script():
    script = _script.page_script()
    assert (
        "export" not in script
        and "import(" not in script
        and "fetch" not in script
        and "http" not in script.replace("http://www.w3.org", "")
    )


def test_what_a_notebook_stores_survives_a_viewer_that_strips_scripts_and_inline_svg():
    stored = EMStepper(datasets.iris().X, k=3)._repr_mimebundle_()[0]["text/html"]
    assert "<svg" not in stored and "onload" not in stored
    kept = re.sub(r"<script.*?</script>", "", stored, flags=re.DOTALL)
    encoded = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="150 points by', kept).group(1)
    picture = ElementTree.fromstring(base64.b64decode(encoded))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}ellipse"))) == 3
    assert static.SENTENCE in kept


# One table of settings; tests/browser/test_stepper_settings.py holds the script to it


def test_what_is_not_said_is_the_default_of_the_table():
    assert static.check_settings({}) == {name: [] if value == () else value for name, value in DEFAULTS.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_widget_s_arguments_have_the_defaults_of_the_table(name):
    arguments = inspect.signature(EMStepper).parameters
    argument = SETTINGS[name].get("argument", name)
    if name in ("points", "edits"):  # of links alone
        assert argument not in arguments and DEFAULTS[name] is None
    # The widget has points of its own, begins at the start, never errs, and foretells nothing.
    elif name in ("data", "step", "printed", "predict"):
        assert argument not in arguments
    else:
        assert arguments[argument].default == DEFAULTS[name]
        assert f"{argument} :" in EMStepper.__doc__


def test_the_directive_takes_the_settings_of_the_table():
    assert set(StepperDirective.option_spec) == {*SETTINGS, "name", "loop"}  # a page may let it show itself


@pytest.mark.parametrize("name", ALLOWED)
def test_a_widget_and_a_figure_take_every_word_of_the_table_and_no_other(name):
    for word in ALLOWED[name]:
        assert static.check_settings({name: word})[name] in (word, [word])
    with pytest.raises(ValueError, match=f"{name} must be (one )?of {re.escape(', '.join(ALLOWED[name]))}; got 'else'"):
        static.check_settings({name: "else"})


def test_the_markup_has_each_panel_and_writes_nothing_that_the_table_says():
    markup = _script.markup()
    assert re.findall(r'data-panel="(\w+)"', markup) == list(ALLOWED["open"])
    labels = [entry["label"] for words in SETTINGS.values() for entry in words.get("allowed", {}).values()]
    labels = [label for label in labels if " " in label]  # a single word may be meant in another sense
    assert len(labels) > 10 and [label for label in labels if f">{label}<" in markup or f'"{label}"' in markup] == []


# One palette


def six_digits(colour):
    """A colour as #rrggbb in small letters; #abc is short for #aabbcc."""
    digits = colour.lower().lstrip("#")
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def colours_in(text):
    return [six_digits(found) for found in re.findall(r"(?<![\w&])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", text)]


def sources(*folders):
    kinds = {".py", ".js", ".css", ".html"}
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in kinds]


def test_no_colour_of_the_palette_is_written_a_second_time():
    palette = ROOT / "gmm_lib" / "stepper" / "_looks.py"
    of_the_palette = set(colours_in(palette.read_text(encoding="utf-8"))) - {"#000000", "#ffffff"}
    assert len(of_the_palette) > 25 and six_digits(COLOURS[0]) in of_the_palette
    files = [path for path in sources("gmm_lib", "book/extensions", "tools", "benchmarks") if path != palette]
    assert any(path.name == "stepper.css" for path in files) and any(path.name == "trace.js" for path in files)
    again = {path.name: of_the_palette & set(colours_in(path.read_text(encoding="utf-8"))) for path in files}
    assert {name: colours for name, colours in again.items() if colours} == {}


def test_what_cannot_read_the_palette_agrees_with_it():
    """The site's style sheet names the components' colours for its own pages; the drawings are pictures."""
    css = (ROOT / "book" / "assets" / "book.css").read_text(encoding="utf-8")
    in_css = re.findall(r"--gmm-c(\d): (#[0-9a-f]{6});", css)
    expected = [PALETTE[theme]["components"][j].lower() for theme in ("light", "dark") for j in range(8)]
    assert in_css == [(str(i % 8), colour) for i, colour in enumerate(expected)]
    for name in ("logo.svg", "favicon.svg"):
        drawing = (ROOT / "book" / "assets" / name).read_text(encoding="utf-8")
        assert re.findall(r'fill="(#[0-9a-f]{6})"', drawing)[:3] == [colour.lower() for colour in COLOURS[:3]]


def test_the_style_sheet_gives_every_colour_that_it_uses():
    style = _script.style(_script.FIGURES)  # all of the stepper's, and more
    given = set(re.findall(r"--([\w]+):", style.partition(".gmm-mounted")[0]))
    markup_and_script = _script.markup() + _script.script() + _script.script(_script.FIGURES)
    used = set(re.findall(r"var\(--(\w+)\)", style + markup_and_script)) - {
        "c",
        "hook",
        "size",
        "target",
    }  # no colours of the palette
    assert used <= given and {"ink", "act", "fall"} <= used
    assert colours_in(style.partition(".gmm-mounted")[2]) == []


# Small files

SCRIPTS = _script.SCRIPTS


def blocks(text):
    """The first line and the length of each function, class or table that begins at the margin."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if re.match(r"(async |)(function|class|const)\b.*[{\[(]$", line):
            length = next(n for n, later in enumerate(lines[i + 1 :], 2) if re.match(r"[}\])]", later))
            yield line, length


def test_the_script_s_files_are_joined_once_and_say_what_they_are():
    folder = _script.HERE / "js"
    files = {file for which in SCRIPTS for file in which.files}
    assert files == {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    for name in sorted(files):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith("// ") and not re.search(r"^(import|export)\b", text, re.MULTILINE), name
        for which in SCRIPTS:
            assert _script.sources(which).count(text) == which.files.count(name) <= 1, name


@pytest.mark.parametrize("which", SCRIPTS, ids=lambda which: which.name)
def test_what_is_loaded_is_made_of_the_sources_and_is_the_same_for_notebook_and_page(which):
    """Whoever changes the sources is served them, and this test asks for `make stepper`."""
    first, _, made = (_script.HERE / which.made).read_text(encoding="utf-8").partition("\n")
    current = first == _script.mark(_script.sources(which))
    assert current, "run `make stepper`: the script that pages load is an older one"
    assert made.strip() in _script.page_script(which)
    assert made.strip() in _script.script(which.part_of or which), "a notebook has the part as well"


def test_a_change_in_the_sources_is_served_before_anything_is_made(monkeypatch):
    monkeypatch.setattr(_script, "mark", lambda text: "// of other sources")
    monkeypatch.setattr(_script, "_joined", _script._joined.__wrapped__)
    assert _script.sources() in _script.script() and _script.sources() in _script.page_script()


def test_the_stepper_stays_readable_and_light():
    """A file holds at most 200 lines of 120 signs, and a function or class 80 lines: a reader holds no more.

    Script and style, as a page loads them and before compression, have at most 90,000 bytes; with the markup, 120,000.
    A notebook, which has no address to load a part from, loads the part with them.
    """
    seen = []
    for name in sorted({file for which in SCRIPTS for file in which.files}):
        text = (_script.HERE / "js" / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 200, name
        assert all(len(line.expandtabs(2)) <= 120 for line in text.splitlines()), name
        seen += blocks(text)
        assert [line for line, length in blocks(text) if length > 80] == []
    assert len(seen) > 80
    served = len((_script.page_script() + _script.style()).encode())
    part = len(_script.page_script(_script.LIKELIHOOD).encode())
    assert served <= 90_000 and part < 10_000
    assert len((_script.script() + _script.style()).encode()) <= served + part
    assert served + len(_script.markup().encode()) <= 120_000
