"""Points that lack values or weigh more than others: the page's engine against the library's EM, and as one uses it."""

import csv
import io
import json
import re

import numpy as np
import pytest
import stepper_page
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets, em, missing
from gmm_lib.covariance_types import TYPES
from gmm_lib.initialization import lloyd
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters
from gmm_lib.stepper.trace import drawn_start

FRAMES = 13
PARTS = ("weights", "means", "covariances")
X = datasets.old_faithful().X
GAPS = np.where((np.arange(X.size).reshape(X.shape) % 9 == 4) & (np.arange(len(X)) > 3)[:, None], np.nan, X)
COUNTS = np.arange(len(X)) % 4 * 1.0  # some are 0
RUN = """text => {
  const problem = JSON.parse(text);
  problem.X = problem.X.map((row) => row.map((v) => v ?? NaN));
  const trace = new gmmStepper.Trace(problem.X, problem);
  trace.extendTo(problem.frames - 1);
  return JSON.stringify(trace.frames);
}"""
PROFILE = """text => {
  const { frame, along, at, source, sampleWeight, X } = JSON.parse(text);
  const points = X.map((row) => row.map((v) => v ?? NaN));
  return JSON.stringify(gmmStepper.likelihood.profile(points, frame, along, at, { source, sampleWeight }));
}"""


def with_null(points):
    return [[None if np.isnan(v) else v for v in row] for row in points.tolist()]


def numbers(state):
    return {name: np.asarray(getattr(state, name)).tolist() for name in PARTS}


def start_of(points, kind):
    settings = dict(k=2, start="kmeans", seed=4, type=kind, floor=0.0, held=0.0)
    return settings, drawn_start(points, settings)


def near(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.fixture(scope="module")
def engine(page):
    """EM by the script, its frames."""

    def run(points, settings, counts=None, start=None):
        page.set_content(stepper_page.html({}))
        sent = settings | {"X": with_null(points), "frames": FRAMES, "sampleWeight": counts}
        return json.loads(page.evaluate(RUN, json.dumps(sent | ({"parameters": numbers(start)} if start else {}))))

    return run


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("points", [GAPS, GAPS[:, ::-1], GAPS[:, 1:]], ids=["gaps", "turned", "line"])
def test_with_gaps_each_half_step_is_that_of_the_library(engine, kind, points):
    settings, start = start_of(points, kind)
    steps = missing.Steps(points, covariance_type=kind)
    frames = list(em.frames(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=FRAMES // 2))[:FRAMES]
    found = engine(points, settings)
    assert len(found) == len(frames) == FRAMES
    for frame, other in zip(frames, found):
        for name in PARTS:
            near(other[name], getattr(frame.state, name))
        near(other["logLikelihood"], frame.log_likelihood * len(points))
        if frame.phase == "E":
            near(other["responsibilities"], frame.latent.responsibilities)
            near(other["lowerBound"], other["logLikelihood"])
        if frame.phase == "M":
            near(other["lowerBound"], missing.lower_bound(frame.latent, frame.state))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", TYPES)
def test_weights_are_those_of_the_estimator_and_like_rows_written_more_often(engine, kind):
    settings, start = start_of(X, kind)
    precisions = {
        "full": np.linalg.inv(start.covariances),
        "tied": np.linalg.inv(start.covariances[0]),
        "diag": 1 / np.diagonal(start.covariances, axis1=1, axis2=2),
        "spherical": 1 / start.covariances[:, 0, 0],
    }[kind]
    given = dict(weights_init=start.weights, means_init=start.means, precisions_init=precisions)
    last = engine(X, settings, COUNTS.tolist(), start)[-1]
    model = GaussianMixture(2, covariance_type=kind, reg_covar=0, tol=0, max_iter=last["iteration"], **given)
    model.fit(X, sample_weight=COUNTS)
    near(last["weights"], model.weights_)
    near(last["means"], model.means_)
    near(last["logLikelihood"], model.score(X, sample_weight=COUNTS) * COUNTS.sum())
    again = engine(np.repeat(GAPS, COUNTS.astype(int), axis=0), settings, None, start)
    weighted = engine(GAPS, settings, COUNTS.tolist(), start)
    for one, other in zip(weighted, again, strict=True):
        for name in (*PARTS, "logLikelihood", "lowerBound"):
            assert one[name] is other[name] is None or near(one[name], other[name]) is None


def test_over_one_parameter_likelihood_and_bound_are_those_of_the_library(page, engine):
    settings, start = start_of(GAPS, "full")
    found = engine(GAPS, settings, COUNTS.tolist(), start)
    source, frame = found[5], found[6]
    expected = missing.e_step(GAPS, as_parameters(source))
    for along, at in ((["mean", 0, 1], [70.0, 85.0]), (["weight", 1], [0.2, 0.6]), (["spread", 0], [0.5, 1.5])):
        sent = dict(X=with_null(GAPS), frame=frame, along=along, at=at, source=source, sampleWeight=COUNTS.tolist())
        for one in json.loads(page.evaluate(PROFILE, json.dumps(sent))):
            changed = {name: np.array(frame[name]) for name in PARTS}
            if along[0] == "mean":
                changed["means"][0, 1] = one["value"]
            elif along[0] == "weight":
                changed["weights"] = np.array([1 - one["value"], one["value"]])
            else:
                changed["covariances"][0] *= one["value"] ** 2
            state = as_parameters(changed)
            near(one["logLikelihood"], COUNTS @ missing.log_density(GAPS, state))
            near(one["bound"], missing.lower_bound(expected, state, COUNTS))


def as_parameters(parts):
    return Parameters(*(parts[name] for name in PARTS))


# As a person uses them

TABLE = "height,weight,sample_weight\n" + "".join(
    f"{i % 7 + 0.1 * i},{'' if i == 4 else i % 5 - 0.2 * i},{9 if i == 2 else 1}\n" for i in range(20)
)


def show(page, settings, theme="light", link=""):
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings, theme=theme))
    stepper = Stepper(page)
    if link:
        page.evaluate("(link) => { location.hash = link; }", link.replace("#stepper", "#fig-1"))
        stepper.part(".gmm-cursor[aria-valuemax='20']").wait_for(state="attached")
    return stepper


def taken(page, theme="light"):
    """A stepper that has taken the table, with its gap."""
    stepper = show(page, {"k": 2, "data": "well_separated"}, theme)
    stepper.click("Data and start").field("data").select_option("own")
    stepper.field("own").fill(TABLE)
    assert stepper.field("weights").evaluate("e => e.selectedOptions[0].text") == "sample_weight"
    preview = stepper.part("[data-part=preview]")
    assert "“weight”: row 5 (line 6) is empty" in preview.inner_text()
    assert preview.locator("td :checked").count() == 1, "by default a gap keeps its column out"
    stepper.field("gaps").check()
    assert preview.locator("td :checked").count() == 2
    stepper.click("Use these points")
    return stepper


def picture(stepper):
    with stepper.page.expect_download() as info:
        stepper.click("Picture (SVG)")
    return info.value.path().read_text(encoding="utf-8")


def test_a_gap_is_a_line_and_a_weight_an_area(page):
    stepper = taken(page)
    assert stepper.points() == 20 and "1 of 20 points lack a value" in stepper.words and not stepper.alert
    stepper.press("e").click("Share")
    drawn = picture(stepper)
    ((x, top, bottom),) = re.findall(r'<path d="M([\d.]+) ([\d.]+)V([\d.]+)" stroke="rgb', drawn)
    column = [float(row["height"]) for row in csv.DictReader(io.StringIO(TABLE))]
    labels = stepper.part(".gmm-stage > .gmm-picture .gmm-axes text").evaluate_all(
        "es => es.map((e) => [e.textContent, +e.getAttribute('x'), +e.getAttribute('y')])"
    )
    across = np.array([(float(text), at) for text, at, y in labels if at > 49 and re.fullmatch(r"\d+", text)])
    assert float(x) == pytest.approx(np.polyval(np.polyfit(*across.T, 1), column[4]), abs=0.01)
    assert float(bottom) - float(top) > 200
    circles = re.findall(r"a([\d.]+) [\d.]+ 0 1 0", drawn)
    sizes = sorted({round(float(one), 6) for one in circles})
    assert sizes[-1] / sizes[0] == pytest.approx(3), "nine times the weight is nine times the area"
    stepper.click("Share")
    stepper.part(".gmm-stage").scroll_into_view_if_needed()
    box = stepper.part(".gmm-stage").bounding_box()
    page.mouse.click(box["x"] + float(x), box["y"] + 40)
    inside = stepper.part("[data-panel=inside]")
    assert "Point 5 (4.4, ?), weight 1" in inside.inner_text()
    stepper.press("Escape")
    page.mouse.click(*stepper.mean(1))
    assert "9·" in inside.inner_text() and "Σ w C / N" in inside.inner_text()
    assert "(?" not in inside.inner_text() and "?)" not in inside.inner_text()


def test_they_go_through_link_file_undo_and_python(page):
    stepper = taken(page).press("e", "m", "e")
    link, words = stepper.link(), stepper.words
    widget = EMStepper.from_link(link)
    assert np.isnan(widget._X).sum() == 1 and widget.step == 3
    np.testing.assert_allclose(widget._weight, [9 if i == 2 else 1 for i in range(20)])
    assert show(page, {}, link=widget.to_link()).words == words
    stepper = taken(page)
    with page.expect_download() as info:
        stepper.click("Share", "Points (CSV)")
    table = info.value.path().read_text(encoding="utf-8")
    assert table.splitlines()[0] == '"height","weight",sample_weight' and table.splitlines()[5].startswith("4.4,NaN,1")
    stepper.field("own").fill(table)
    stepper.field("gaps").check()
    assert stepper.click("Use these points").points() == 20 and "1 of 20 points lack" in stepper.words
    stepper.click("Undo", "Undo")
    assert stepper.points() == 150 or "lack" not in stepper.words


def test_moved_a_line_stays_one_and_what_cannot_be_done_is_said(page):
    stepper = taken(page, "dark").press("d")
    stepper.part(".gmm-cursor").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert re.search(r"Point 5 moved to \(\d.*, \?\)", stepper.words)
    stepper.click("Compare")
    assert all(box.is_disabled() for box in stepper.part("[name=printed]").all())
    stepper.click("k-means")
    beside = stepper.part("[data-part=besideWords]").inner_text()
    assert "k-means here takes complete points: to one that lacks a value" in beside
    stepper.click("k-means", "Likelihood").press("e", "m")
    assert stepper.part(".gmm-hill .gmm-bound polyline").count() == 1


def test_k_means_beside_weighted_points_counts_them(page):
    """The table without the column that has the gap: one column, and a point that counts nine times."""
    stepper = show(page, {"k": 2, "data": "well_separated"})
    stepper.click("Data and start").field("data").select_option("own")
    stepper.field("own").fill(TABLE)
    stepper.click("Use these points", "Compare", "k-means").press("End")
    stepper.part("[data-part=besideWords]").get_by_text("at its end").wait_for()
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    heights, counts = (np.array([float(row[name]) for row in rows]) for name in ("height", "sample_weight"))
    points = heights[:, None]
    start = drawn_start(
        points, {"k": 2, "start": "distinct_rows", "seed": 0, "type": "full", "floor": 0.0, "held": 0.0}
    )
    said = stepper.part("[data-part=besideWords]").inner_text()
    expected = -lloyd(points, start.means, sample_weight=counts).objective
    assert float(re.search(r"squared distances ([\d.]+)", said)[1]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [(390, 844), (1920, 1080)])
def test_on_a_phone_and_on_a_projector_nothing_is_cut(page, size):
    before = page.viewport_size
    page.set_viewport_size(dict(zip(("width", "height"), size)))
    stepper = taken(page)
    preview = stepper.part("[data-part=preview]").bounding_box()
    root = stepper.root.bounding_box()
    assert preview["x"] >= root["x"] and preview["x"] + preview["width"] <= root["x"] + root["width"] + 1
    assert stepper.field("gaps").locator("xpath=..").bounding_box()["height"] >= (44 if size[0] < 500 else 20)
    page.set_viewport_size(before)
