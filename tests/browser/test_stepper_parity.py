"""The JavaScript engine of the stepper equals gmm_lib on every frame, in a real browser, over 250 problems."""

import itertools
import json

import numpy as np
import pytest

from gmm_lib import datasets
from gmm_lib.covariance_types import TYPES
from gmm_lib.likelihood import log_likelihood, lower_bound
from gmm_lib.parameters import Parameters
from gmm_lib.stepper import _script, static
from gmm_lib.stepper.trace import RULES, Trace, drawn_start, first_parameters

FRAMES = 31
ALLOWED = 1e-9
# A component narrower than this, relative to the numbers themselves, is a collapse that has begun: its variance is made
# of rounding, and two engines can agree no more than two compilers would. Such a run is compared up to there.
NARROW = 1e-7
RUN = """text => {
  const problem = JSON.parse(text);
  const trace = new gmmStepper.Trace(problem.X, problem);
  trace.extendTo(problem.frames - 1);
  const frames = trace.frames.map((f) => ({ ...f, responsibilities: f.phase === "E" ? f.responsibilities : null }));
  return JSON.stringify({ ended: trace.ended, frames });
}"""


def point_sets():
    """The book's data, and data that are hard on the arithmetic."""
    iris = datasets.iris().X
    sets = {"iris": iris, "petals": iris[:, 2:], "old_faithful": datasets.old_faithful().X}
    sets |= {name: make().X for name, make in datasets.MADE.items()}
    x, noise = np.random.default_rng(0).standard_normal((2, 120))
    return sets | {
        "offset": sets["overlapping"] + 1e6,
        "correlated": np.column_stack([x, x + 0.01 * noise]),
        "scales": sets["well_separated"] * [1e6, 1e-6],
        "doubled": np.repeat(sets["elongated"], 2, axis=0),
    }


def problems():
    sets = point_sets()
    result = []
    for s, (name, X) in enumerate(sets.items()):
        for k in (1, 2, 3, 5, 8):
            for q in range(3):
                floor = float(1e-3 * X.var(axis=0).min()) if q == 2 else 0.0
                start, seed = RULES[(s + k + q) % 5], (7 * s + k + 1009 * q) * 7919 % 2**32
                kind = TYPES[(3 * s + k + q) % 4] if q else "full"
                result.append(dict(name=name, X=X, k=k, seed=seed, start=start, type=kind, floor=floor, printed=[]))
    for name in ("iris", "petals", "overlapping", "unequal_sizes", "old_faithful"):
        more = dict(name=name, X=sets[name], k=3, seed=5, start="distinct_rows", type="full", floor=0.0)
        result += [more | {"printed": ["12", "13"], "type": kind} for kind in TYPES[1:]]
        result += [more | {"printed": some} for some in (["11"], ["12"], ["13"], ["11", "12"], ["11", "12", "13"])]
        spread = float(sets[name].var(axis=0).mean())
        result += [
            more | {"printed": some, "held": share * spread, "start": start}
            for share, start in ((1.0, "kmeans"), (1e-2, "random"), (1e-4, "distinct_rows"))
            for some in ([], ["12"], ["11", "13"])
        ]
    line = sets["old_faithful"][:, 1:]
    for k in (1, 2, 4):
        for start in RULES:
            result.append(
                dict(name="waiting", X=line, k=k, seed=k, start=start, type=TYPES[k % 4], floor=0.0, printed=[])
            )
    return [{"held": 0.0} | problem for problem in result]


def by_gmm_lib(p):
    try:
        start = drawn_start(p["X"], p)
    except ValueError as error:
        component = getattr(error, "component", None)
        return [], ("refused" if component is None else "collapse", component)
    kinds = {"covariance_type": p["type"], "held": p["held"]}
    trace = Trace(p["X"], start, p["floor"], p["printed"], **kinds).extend_to(FRAMES - 1)
    return trace.frames, trace.ended and (trace.ended["why"], trace.ended.get("component"))


def narrow(frame, X):
    pivots = np.diagonal(frame.state.factors, axis1=1, axis2=2)
    return bool((pivots < NARROW * np.abs(X).max(axis=0)).any())


def differences(frame, other, X):
    """The largest differences, relative to the size that each quantity has by its nature."""
    state = frame.state
    deviations = np.sqrt(np.diagonal(state.covariances, axis1=1, axis2=2))
    yield "weights", state.weights, other["weights"], state.weights
    yield "means", state.means, other["means"], np.maximum(np.abs(state.means), X.std(axis=0))
    yield "covariances", state.covariances, other["covariances"], deviations[:, :, None] * deviations[:, None, :]
    yield "log-likelihood", frame.log_likelihood, other["logLikelihood"], abs(frame.log_likelihood)
    if frame.phase == "E":
        yield "responsibilities", frame.latent, other["responsibilities"], 1
    if frame.lower_bound is not None:
        yield "lower bound", frame.lower_bound, other["lowerBound"], abs(frame.lower_bound)


@pytest.fixture(scope="module")
def compared(browser):
    page = browser.new_page()
    page.add_script_tag(content=static.data_script())
    page.add_script_tag(content=_script.page_script())
    result = []
    for p in problems():
        sent = json.dumps(p | {"X": p["X"].tolist(), "frames": FRAMES})
        result.append((p, *by_gmm_lib(p), json.loads(page.evaluate(RUN, sent))))
    page.close()
    return result


def test_there_are_enough_problems(compared):
    assert len(compared) >= 200
    assert sum(len(frames) for _, frames, _, _ in compared) > 5000
    drawn = {(p["type"], p["start"]) for p, _, _, _ in compared}
    assert len(drawn) == len(TYPES) * len(RULES), "each type from each rule"


def test_every_frame_is_equal(compared):
    cut_short = 0
    for p, frames, _, other in compared:
        where = {name: value for name, value in p.items() if name != "X"}
        assert [(f.phase, f.iteration) for f in frames] == [(f["phase"], f["iteration"]) for f in other["frames"]], (
            where
        )
        for i, (frame, its) in enumerate(zip(frames, other["frames"])):
            if narrow(frame, p["X"]):
                cut_short += 1
                break
            for name, a, b, scale in differences(frame, its, p["X"]):
                worst = float(np.max(np.abs(np.asarray(a) - np.asarray(b)) / scale))
                assert worst <= ALLOWED, f"{name} of frame {i} differ by {worst:.1e}: {where}"
    assert cut_short < 12


def test_both_engines_end_alike(compared):
    ends = set()
    for p, _, ended, other in compared:
        theirs = other["ended"] and (other["ended"]["why"], other["ended"].get("component"))
        assert ended == theirs, {name: value for name, value in p.items() if name != "X"}
        ends.add(ended and ended[0])
    assert {"converged", "collapse"} <= ends


def test_a_seed_means_what_it_means_in_numpy(browser):
    """The article's run: RandomState(42) on iris draws rows 102, 92 and 14."""
    page = browser.new_page()
    page.add_script_tag(content=static.data_script())
    page.add_script_tag(content=_script.page_script())
    X = datasets.iris().X
    sent = json.dumps(dict(X=X.tolist(), k=3, seed=42, start="rows_with_replacement", frames=1))
    means = json.loads(page.evaluate(RUN, sent))["frames"][0]["means"]
    page.close()
    np.testing.assert_array_equal(means, X[np.random.RandomState(42).randint(0, 150, 3)])


PROFILE = """text => {
  const { X, frame, along, at } = JSON.parse(text);
  return JSON.stringify(gmmStepper.likelihood.profile(X, frame, along, at));
}"""


PROFILE_ROW = """text => {
  const { X, frame, alongs, value, at } = JSON.parse(text);
  return JSON.stringify(gmmStepper.likelihood.profileRow(X, frame, alongs, value, at));
}"""


def with_one_other(state, along, value):
    """The parameters with one of them changed, by hand."""
    kind, j, *rest = along
    weights, means, covariances = (np.array(part) for part in (state.weights, state.means, state.covariances))
    if kind == "mean":
        means[j, rest[0]] = value
    elif kind == "spread":
        covariances[j] *= value**2
    else:
        weights *= (1 - value) / (1 - weights[j])
        weights[j] = value
    return Parameters(weights, means, covariances)


@pytest.mark.parametrize(
    "name, k, step", [("iris", 3, 8), ("old_faithful", 2, 3), ("overlapping", 1, 2), ("line", 3, 5)]
)
def test_likelihood_and_bound_over_one_parameter_are_those_of_gmm_lib(browser, name, k, step):
    """At other values of each parameter: log-likelihood and lower bound of gmm_lib, from the parameters changed."""
    page = browser.new_page()
    page.add_script_tag(content=static.data_script())
    page.add_script_tag(content=_script.page_script())
    page.add_script_tag(content=_script.page_script(_script.LIKELIHOOD))
    sets = point_sets()
    X = sets["old_faithful"][:, 1:] if name == "line" else sets[name]
    frame = Trace(X, first_parameters(X, k, seed=3)).extend_to(step).frames[step]
    sent = {part: getattr(frame.state, part).tolist() for part in ("weights", "means", "covariances")}
    sent |= {"responsibilities": frame.latent.tolist(), "lowerBound": frame.lower_bound}
    columns = range(X.shape[1])
    alongs = [("mean", j, r) for j in range(k) for r in columns] + [("spread", j) for j in range(k)]
    alongs += [("weight", j) for j in range(k) if k > 1]
    for along in alongs:
        low, high = (X[:, along[2]].min(), X[:, along[2]].max()) if along[0] == "mean" else (0.1, 0.95)
        at = np.linspace(low, high, 7).tolist()
        found = json.loads(page.evaluate(PROFILE, json.dumps(dict(X=X.tolist(), frame=sent, along=along, at=at))))
        assert [one["value"] for one in found] == at
        for one in found:
            other = with_one_other(frame.state, along, one["value"])
            value, bound = log_likelihood(X, other), lower_bound(X, frame.latent, other)
            assert one["logLikelihood"] == pytest.approx(value, rel=ALLOWED), along
            assert one["bound"] == pytest.approx(bound, rel=ALLOWED), along
    for pair in itertools.permutations(alongs[:: max(1, len(alongs) // 5)], 2):
        if [one[0] for one in pair] == ["weight"] * 2:
            continue
        at = [[X[:, one[2]].min(), X[:, one[2]].mean()] if one[0] == "mean" else [0.2, 0.7] for one in pair]
        sent_row = dict(X=X.tolist(), frame=sent, alongs=pair, value=at[1][0], at=at[0])
        found = json.loads(page.evaluate(PROFILE_ROW, json.dumps(sent_row)))
        second = with_one_other(frame.state, pair[1], at[1][0])
        expected = [log_likelihood(X, with_one_other(second, pair[0], value)) for value in at[0]]
        assert found == pytest.approx(expected, rel=ALLOWED), pair
    page.close()


def test_both_refuse_a_start_of_another_type_and_take_one_that_is_of_it_up_to_rounding(browser):
    page = browser.new_page()
    page.add_script_tag(content=static.data_script())
    page.add_script_tag(content=_script.page_script())
    X = datasets.elongated().X
    for kind in TYPES[1:]:
        start = first_parameters(X, 2, "kmeans", 1, covariance_type=kind)
        for spoiled in (1e-12, 1e-3):
            S = start.covariances + spoiled * np.diag([1, 0.0]) + spoiled * np.ones((2, 2)) * [[[1]], [[0.5]]]
            sent = dict(X=X.tolist(), k=2, type=kind, frames=1)
            sent["parameters"] = dict(
                weights=start.weights.tolist(), means=start.means.tolist(), covariances=S.tolist()
            )
            ended = json.loads(page.evaluate(RUN, json.dumps(sent)))["ended"]
            if spoiled > 1e-8:
                with pytest.raises(ValueError, match=f"of covariance_type '{kind}'"):
                    Trace(X, Parameters(start.weights, start.means, S), covariance_type=kind)
                assert ended["why"] == "refused" and ended["text"].endswith(f"not of type {kind}")
            else:
                assert Trace(X, Parameters(start.weights, start.means, S), covariance_type=kind).ended is ended is None
    page.close()
