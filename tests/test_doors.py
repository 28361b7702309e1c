"""Every door of the library, found by its signature: a wrong argument is refused by name, one at a time.

A *door* is a public function, class or method that takes arguments. Each parameter has, by its name, a value that is
right and a set of values that are wrong; where a name means different things, the door has an entry of its own. A door
or a parameter that is in no table fails: whoever adds one says here what it may be given.
"""

import atexit
import importlib
import inspect
import pkgutil
import re
from datetime import datetime
from functools import cache
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
import pandas
import pytest
from dask.array import from_array
from scipy.sparse import csr_array

import gmm_lib
from gmm_lib import (
    datasets,
    e_step,
    em,
    engine,
    evaluation,
    initialization,
    likelihood,
    missing,
    selection,
    uncertainty,
)
from gmm_lib.engine import incomplete, predictions, restarts, streaming
from gmm_lib.engine.sources import Blocks
from gmm_lib.model import GaussianMixture
from gmm_lib.models import factor_analysis, item_response, noise, record_linkage, t_mixture, topics
from gmm_lib.parameters import Parameters
from gmm_lib.priors import Prior
from gmm_lib.stepper.trace import Trace
from gmm_lib.stepper.widget import EMStepper
from gmm_lib.steps import Steps

matplotlib.use("Agg")
from matplotlib import pyplot as plt

# (The far point below may well be a component by itself: selection warns of it.)
pytestmark = pytest.mark.filterwarnings("error", "ignore:the likeliest of n_init:RuntimeWarning")

# -- what is right ----------------------------------------------------------------------------------------------------

X = np.random.default_rng(4).normal(size=(24, 2)).round(3)
X[0] = 60.0  # so far out that the smaller share underflows
P = Parameters([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [np.eye(2)] * 2)
OTHER = Parameters([0.5, 0.5], np.eye(2, 3), [np.eye(3)] * 2)  # three dimensions
W = e_step.responsibilities(X, P)
LABELS = np.arange(24) % 2


def mixture_frames():
    steps = Steps(X)
    bound = lambda w, state: likelihood.lower_bound(X, w, state)  # noqa: E731
    return list(em.frames(P, steps.e_step, steps.m_step, steps.objective, bound, max_iter=2))


FITTED_TO_X = Parameters([1.0], [X.mean(axis=0)], [np.cov(X.T, bias=True)])
FRAMES = mixture_frames()
ENGINE = engine.Engine(X)
PRIOR = Prior("full", 1.5, 2.0, [0.0, 0.0], 3.0, np.eye(2))
GAPS = np.where(np.arange(48).reshape(24, 2) % 7 == 5, np.nan, X)

ANSWERS = (np.random.default_rng(3).random((24, 3)) < 0.6) * 1.0
ITEMS = item_response.Items([1.0, 0.5, 2.0], [0.0, 1.0, -1.0])
FACTORS = factor_analysis.Factors([0.0, 0.0], [[1.0], [0.5]], [1.0, 1.0])
COMPARISONS = np.where(np.arange(72).reshape(24, 3) % 11 == 5, np.nan, ANSWERS)
LINKAGE = record_linkage.Linkage(0.1, [0.9, 0.8, 0.9], [0.2, 0.1, 0.1])
NOISY, T_MIXTURE = noise.NoisyMixture(0.1, 5000.0, P), t_mixture.TMixture(P, [3.0, 8.0])
LATENT = t_mixture.e_step(X, T_MIXTURE)
TOPICS = topics.Topics([[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0, 1.0], [3.0, 1.0, 1.0]])
COUNTS, OF_TOPICS = np.array([[2.0, 0.0, 1.0], [1.0, 3.0, 0.0]]), topics.e_step(TOPICS)
RECORDS_OF_TWO = [["ann", "lee"], ["bob", ""]]
SCORES = factor_analysis.e_step(X, FACTORS)

# -- what is wrong: kinds, each right value with the wrong ones -------------------------------------------------------

SPENT = (x for x in ())
FOLDER, WRITTEN = TemporaryDirectory(), TemporaryDirectory()
atexit.register(FOLDER.cleanup)
atexit.register(WRITTEN.cleanup)
pandas.DataFrame(X, columns=["a", "b"]).to_parquet(f"{FOLDER.name}/part.parquet")
NO_DATA = {
    "nothing": None, "text": "text", "thing": object(), "spent generator": SPENT, "complex": [[1j, 0], [0, 1]],
    "strings": [["1", "2"], ["3", "4.5"]], "strings as objects": np.array([["1", 2.0]], dtype=object),
    "ragged": [[1], [2, 3]], "sparse": csr_array(np.eye(2)), "masked": np.ma.masked_equal([[1.0, 0.0]], 0),
    "dates": [[datetime(2024, 1, 1)] * 2], "masked rows": [np.ma.masked_equal([1.0, 0.0], 0)] * 2,
    "datetimes": np.array([["2024-01-01"]], dtype="datetime64[D]"),
}  # fmt: skip
NO_NUMBER = {
    "nothing": None, "text": "text", "digits": "3", "thing": object(), "spent generator": SPENT, "list": [1, 2, 3],
    "NaN": float("nan"), "inf": float("inf"), "negative": -1, "truth": True, "complex": 1j,
}  # fmt: skip
NO_LIST = {"nothing": None, "text": "text", "thing": object(), "number": 3, "spent generator": SPENT, "empty": []}


def array(right, **more):
    right = np.asarray(right, dtype=float)
    spoiled = {name: np.where(np.arange(right.size).reshape(right.shape) == right.size - 1, bad, right)
               for name, bad in (("NaN", np.nan), ("inf", np.inf))}  # fmt: skip
    shapes = {"one axis more": right[np.newaxis], "one axis less": right[0], "empty": right[:0]}
    return right, NO_DATA | spoiled | shapes | more


def integer(right, **more):
    return right, NO_NUMBER | {"zero": 0, "fraction": 1.5, "float": 2.0} | more


def number(right, **more):
    return right, NO_NUMBER | more


def function(right):
    return right, {"nothing": None, "text": "text", "number": 3, "thing": object()}


def choice(right, **more):
    return right, {"nothing": None, "other word": "nonsense", "number": 3, "thing": object(), "list": [right]} | more


def flag(right):
    return right, {"nothing": None, "text": "yes", "number": 3, "list": [True]}


def listing(right, **more):
    return right, NO_LIST | {"things": [object()] * len(right)} | more


def whole_numbers(right):
    right = np.asarray(right)
    return right, {**NO_DATA, "negative": right - 1 - right.max(), "floats": right + 0.5, "two axes": right[np.newaxis],
                   "truths": right > 0, "empty": right[:0]}  # fmt: skip


def object_of_ours(right, other):
    return right, {"nothing": None, "text": "text", "number": 3, "list": [1, 2], "other": other, "class": type(right)}


NO_RNG = {
    "text": "text", "thing": object(), "negative": -1, "float": 1.5, "truth": True, "module": np.random, "list": ["a"],
}  # fmt: skip
NO_SEED = NO_NUMBER | {"float": 1.0, "too large": 2**32}
WEIGHTS = array([0.5, 0.5], negative=[1.5, -0.5], short=[0.5, 0.4])
COVARIANCES = array([np.eye(2)] * 2, asymmetric=[np.eye(2), [[1, 0.5], [0, 1]]], flat=[np.eye(2), np.ones((2, 2))])
POSITIONS = array(P.means, more_columns=np.eye(2, 3))
FRAME = FRAMES[2], {"nothing": None, "text": "text", "number": 3, "of nothing": em.Frame("E", 1, None, None, 0.0, None)}
NAMES = listing(["a", "b"], short=["a"], word="ab")
COLUMNS = (0, 1), {
    "nothing": None, "text": "01", "number": 1, "one": (0,), "three": (0, 1, 2), "twice": (1, 1), "negative": (-1, 0),
    "beyond": (0, 2), "floats": (0.0, 1.0), "thing": object(), "spent generator": SPENT,
}  # fmt: skip
NO_RANGE = {"backwards": [2.0, 1.0], "equal": [1.0, 1.0], "three": [0.0, 1.0, 2.0]}

BY_NAME = {
    "X": array(X),
    "mean": array([0.0, 0.0], longer=[0.0] * 3), "covariance": array(np.eye(2), asymmetric=[[1, 0.5], [0, 1]]),
    "means": POSITIONS, "covariances": COVARIANCES, "factors": array(P.factors, fewer=P.factors[:1]),
    "weights": WEIGHTS, "parameters": object_of_ours(P, (P.weights, P.means)),
    "log_joint": array(np.zeros((2, 2)), hopeless=[[-np.inf, -np.inf]]),
    "responsibilities": array(W, negative=1.5 - 2 * W, unequal=W / 2), "components": whole_numbers(LABELS),
    "clusters": whole_numbers(LABELS), "order": whole_numbers([1, 0]), "labels": (LABELS, {
        "nothing": None, "text": "text", "number": 3, "floats": [0.5] * 24, "missing": [None] * 24,
        "mixed": [object()] * 24, "empty": [], "two axes": LABELS[np.newaxis], "spent generator": SPENT,
        "masked": np.ma.masked_equal(LABELS, 0)}),
    "n": integer(3), "n_samples": integer(3), "n_clusters": integer(2), "n_components": integer(2),
    "k": integer(2, many=25), "m": integer(2), "max_iter": integer(30), "n_init": integer(2), "n_starts": integer(2),
    "samples": integer(2), "splits": integer(2),
    "draws": integer(1), "fewer": integer(1), "more": integer(2, equal=1), "folds": integer(2, one=1, many=25),
    "restarts": integer(1, many=3), "count": integer(2), "steps": integer(9, one=1), "columns": integer(3),
    "verbose_interval": integer(1),
    "reg_covar": number(0.1), "tol": number(0.5), "total_tol": number(0.5), "same": number(0.1), "size": number(9),
    "height": number(2.0),
    "margin": number(0.1), "width": number(0.1), "rng": (np.random.default_rng(0), NO_RNG), "seed": (1, NO_SEED),
    "random_state": (1, NO_RNG), "ks": listing([1, 2], negative=[-1], floats=[1.5]),
    "rule": function(initialization.distinct_rows),
    "seeds": listing([1, 2], negative=[-1], floats=[1.5], text=["a"]), "fit": function(evaluation.article_run),
    "e_step": function(lambda state: W), "m_step": function(lambda w: P), "objective": function(lambda state: 1.0),
    "lower_bound": function(lambda w, state: 1.0), "state": (P, {}), "criterion": choice("bic"),
    "starts": listing([P, P]), "last_m_step": flag(False),
    "run": (0, {"beyond": 2, "text": "text", "nothing": None, "float": 0.5, "list": [0, 1]}),
    "ax": (None, {"nothing": None, "text": "ax", "number": 3}), "axes": COLUMNS, "pair": COLUMNS,
    "names": NAMES, "feature_names": NAMES, "radii": array([1.0, 2.0], zero=[0.0, 1.0]),
    "colours": listing(["red", "blue"], unknown=["no colour"]), "x_limits": array([0.0, 1.0], **NO_RANGE),
    "y_limits": array([0.0, 1.0], **NO_RANGE), "levels": integer(3, backwards=[2.0, 1.0]), "frame": FRAME,
    "frames": listing(FRAMES), "x": (X, NO_DATA), "pairs": listing([(0, 1), (1, 0)], twice=[(1, 1)], beyond=[(0, 2)]),
    "emphasis": choice("known"), "observed": (("C",), {"nothing": None, "word": "C", "other": ("Y",), "number": 3}),
    "objects": (e_step.normalize, {"built-in": len, "number": 3}), "docstring": flag(True),
    "start": choice("distinct_rows"),
    "printed": (["11"], {"word": "11", "other": ["10"], "number": 3, "nothing": None}),
    "settings": ({"k": 2}, {"nothing": None, "text": "k", "unknown": {"settings": 1}}),
    "view": (["hard"], {"nothing": None, "other": ["view"], "number": 3}),
    "panels": (["data"], {"nothing": None, "other": ["panels"], "number": 3}),
    "mode": choice("edit"), "beside": choice("kmeans"), "along": choice("weight:1"),
    "held": number(0.1), "held_variance": number(0.1),
    "precisions": COVARIANCES, "otherwise": function(initialization.distinct_rows),
    "value": object_of_ours(P, [1, 2, 3]),
    "sample_weight": array(np.full(24, 2.0), negative=-np.ones(24), nil=np.zeros(24)), "accuracy": number(1e-9),
    "formulation": choice("auto"), "threads": integer(1), "rows": integer(4),
    "exponent": number(0.7, half=0.5, two=2.0), "seen": number(3.0),
    "previous": (-np.inf, {"text": "text", "nothing": None}),
    "on_iteration": function(lambda *_: None), "source": array(X), "blocks": listing([X]), "workers": integer(2),
    "expectations": object_of_ours(missing.e_step(GAPS, P), (W, X)), "missing": choice("raise"),
    "deviations": array([1.0, 1.0], negative=[-1.0, 1.0]),
    "covariance_type": choice("full"), "init_params": choice("kmeans"), "warm_start": flag(False),
    "uncorrelated": flag(False), "overwrite": flag(True), "ascends": flag(True),
    "verbose": (0, {"text": "yes", "nothing": None, "negative": -1}), "on_collapse": choice("raise"),
    "acceleration": choice("quasi-newton"), "away": function(lambda a, b: b - a), "moved": function(lambda a, v: a + v),
    "information": function(np.ones_like), "step": function(lambda a: (0.0, a)), "memory": integer(3),
    "kind": choice("nonparametric"), "level": number(0.9, zero=0.0, one=1.0, percent=95),
    "prior": object_of_ours(PRIOR, {"covariance_prior": np.eye(2)}),
    "weight_concentration_prior": number(1.5, zero=0.0, half=0.5), "mean_precision_prior": number(2.0),
    "mean_prior": array([0.0, 0.0], longer=[0.0] * 3), "degrees_of_freedom_prior": number(3.0, few=1.0, zero=0.0),
    "covariance_prior": array(np.eye(2), asymmetric=[[1, 0.5], [0, 1]], flat=np.ones((2, 2)), oblong=np.eye(2, 3)),
    "items": object_of_ours(ITEMS, (ITEMS.slopes, ITEMS.intercepts)), "abilities": array([-1.0, 0.0, 2.0]),
    "slopes": array([1.0, 0.5]), "intercepts": array([0.0, 1.0], longer=[0.0] * 3),
    "comparisons": array(COMPARISONS, two=COMPARISONS * 2), "frequencies": array(np.full(24, 2.0), nil=np.zeros(24)),
    "linkage": object_of_ours(LINKAGE, (0.1, LINKAGE.m)), "share": number(0.1, more=1.5),
    "u": array([0.1, 0.2], more=[0.1, 1.5], longer=[0.1] * 3),
    **{name: (RECORDS_OF_TWO, {key: value for key, value in NO_DATA.items() if "strings" not in key} | {
        "numbers": np.eye(2), "one axis": ["ann", "lee"]}) for name in ("first", "second")},
    "n_factors": integer(1, many=2),
    "scores": object_of_ours(SCORES, factor_analysis.e_step(X[:5], FACTORS)),
    "loadings": array([[1.0], [0.5]], longer=np.ones((3, 1))), "noise": array([1.0, 2.0], nil=[1.0, 0.0]),
    "noisy": object_of_ours(NOISY, (0.1, P)), "volume": number(5000.0, zero=0.0),
    "mixture": object_of_ours(T_MIXTURE, P), "degrees_of_freedom": array([3.0, 8.0], nil=[3.0, 0.0], longer=[3.0] * 3),
    "latent": object_of_ours(LATENT, t_mixture.e_step(X[:5], T_MIXTURE)),
    "scales": array(LATENT.scales, nil=LATENT.scales * 0, longer=np.ones((25, 2))),
    "log_scales": array(LATENT.log_scales, longer=np.zeros((25, 2))),
    "groups": (np.array([0, 0]), whole_numbers([0, 1])[1] | {"beyond": [0, 2], "longer": [0, 0, 1]}),
    "n_places": integer(9, one=1, many=101),
    "topics": object_of_ours(TOPICS, (TOPICS.documents, TOPICS.words)), "n_topics": integer(2),
    "counts": array(COUNTS, negative=-COUNTS, fractions=COUNTS / 2), "document_prior": number(0.5, zero=0.0),
    "word_prior": number(0.5, zero=0.0), "documents": array(TOPICS.documents, nil=[[1.0, 0.0]]),
    "words": array(TOPICS.words, nil=[[1.0, 0.0], [1.0, 1.0]], longer=np.ones((3, 3))),
    "y": (None, {}), "weights_init": WEIGHTS, "means_init": POSITIONS, "precisions_init": COVARIANCES,
}  # fmt: skip
KNOWN_LABELS = np.where(np.arange(24) < 9, LABELS, -1), {
    "text": "text", "number": 3, "floats": [0.5] * 24, "missing": [None] * 24, "mixed": [object()] * 24, "empty": [],
    "two axes": LABELS[np.newaxis], "spent generator": SPENT, "masked": np.ma.masked_equal(LABELS, 0),
    "whole floats": LABELS * 1.0, "below -1": LABELS - 2, "nothing": None, "truths": LABELS > 0,
}  # fmt: skip
ENGINE_STATE = ENGINE.state(P), {"nothing": None, "text": "text", "number": 3, "parameters": P}
SEEN = [True, False], {
    "nothing": None, "text": "text", "number": 1, "floats": [1.0, 0.0], "longer": [True] * 3,
    "none of them": [False] * 2,
    "two axes": [[True, False]], "thing": object(), "spent generator": SPENT, "ragged": [[True], [True, False]],
}  # fmt: skip
STEP = (None, {"text": "text", "number": 3, "thing": object()})
NO_MODEL = {"unfitted": GaussianMixture(2), "arrays": (P.weights, P.means, P.covariances)}
SHOWN = {  # the columns that a picture shows
    "ellipses": COLUMNS, "density": (0, {name: wrong for name, wrong in COLUMNS[1].items() if name != "number"}),
    "classification_uncertainty": COLUMNS,
    "pairs": listing([0, 1], twice=[1, 1], negative=[-1], beyond=[0, 2], floats=[0.0]),
}  # fmt: skip
BY_DOOR = {
    **{f"plots_of_fits.{picture}.columns": columns for picture, columns in SHOWN.items()},
    **{f"plots_of_fits.{picture}.levels": array([1.0, 2.0], zero=[0.0, 1.0]) for picture in ("ellipses", "pairs")},
    **{f"plots_of_fits.{picture}.model": (P, object_of_ours(P, P.means)[1] | NO_MODEL) for picture in SHOWN},
    "plots_of_fits.density.masses": array([0.5, 0.9], one=[1.0], nil=[0.0], twice=[0.5, 0.5]),
    "plots_of_fits.criteria.scans": (selection.scan(X[1:], [1, 2], n_init=1), {
        **NO_DATA, "number": 3, "no scans": {}, "points by name": {"a": X}, "one axis": X[0]}),
    "plots_of_fits.criteria.ks": (None, {"of a scan": [1, 2]}),
    "plots_of_fits.criteria.which": (["bic"], {
        "word": "nonsense", "held out": ["held_out"], "twice": ["bic", "bic"], "empty": [], "number": 3}),
    "selection.scan_types.types": listing(["tied", "diag"], unknown=["round"], twice=["diag", "diag"], word="tied"),
    "plots.density_on_grid.x": array([0.0, 1.0]), "plots.density_on_grid.y": array([0.0, 1.0]),
    "acceleration.climb.start": (np.zeros(2), {}),
    "missing.marginal.seen": SEEN, "missing.conditional.seen": SEEN, "missing.hot_deck.means": array([0.0, 0.0]),
    **{f"{door}.X": array(GAPS, complete=X) for door in (
        "engine.incomplete.IncompletePoints", "engine.incomplete.IncompleteEngine")},
    "engine.incomplete.IncompleteEngine.log_joint.X": array(GAPS),
    "engine.incomplete.IncompleteEngine.log_joint.state": (
        incomplete.IncompleteEngine(GAPS).state(P), {"nothing": None, "text": "text", "number": 3, "parameters": P}),
    "em.frames.lower_bound": STEP, "em.frames.state": (P, {}), "em.run.state": (P, {}),
    "stepper.trace.Trace.e_step": STEP, "stepper.trace.Trace.m_step": STEP,
    "stepper.trace.Trace.extend_to.index": (3, {}),
    "stepper.trace.Trace.frame.index": (0, {"nothing": None, "text": "text", "many": 9, "float": 1.0, "list": [0]}),
    "stepper.trace.Trace.rows": whole_numbers([0, 2]),
    # Steps of one's own, which stand beside it, take points of equal weight.
    **{f"stepper.{door}.sample_weight": (None, BY_NAME["sample_weight"][1]) for door in (
        "trace.Trace", "widget.EMStepper")},
    "stepper.widget.EMStepper.parameters": (None, BY_NAME["parameters"][1] | {"other": (P.weights, P.means)}),
    "stepper.figures.KMeansFigure.centres": array(X[:3], more_columns=np.eye(3)),
    "stepper.figures.LikelihoodFigure.X": array(X[:, :1], more_columns=X),
    "stepper.figures.LikelihoodFigure.parameters": object_of_ours(Parameters([1.0], [[0.0]], [[[1.0]]]), P),
    "stepper.figures.LikelihoodFigure.feature_names": listing(["a"], longer=["a", "b"], word="a"),
    "stepper.figures.GaussianFigure.X": array(X, more_columns=np.eye(3)),
    "stepper.figures.GaussianFigure.points": ({"A": [0.0, 1.0]}, {
        "text": "text", "number": 3, "list": [[0.0, 1.0]], "long name": {"AB": [0.0, 1.0]},
        "one number": {"A": [0.0]}}),
    "stepper.figures.CoinsFigure.heads": whole_numbers([2, 0]),
    "stepper.figures.CoinsFigure.tosses": integer(2, many=21),
    "stepper.figures.CoinsFigure.theta": array([0.6, 0.5], one=[0.5], nil=[0.0, 0.5], more=[1.5, 0.5]),
    "evaluation.adjusted_rand_index.clusters": BY_NAME["labels"],
    "evaluation.article_run.max_iter": integer(2),  # more would collapse onto the far point
    **{f"evaluation.{measure}.clusters": BY_NAME["labels"]
       for measure in ("jaccard", "normalized_mutual_information", "variation_of_information")},
    **{f"datasets.{name}.seed": (1, NO_RNG) for name in datasets.MADE},
    "stepper.widget.EMStepper.e_step": STEP, "stepper.widget.EMStepper.m_step": STEP,
    **{f"stepper.widget.EMStepper.from_link.{step}": STEP for step in ("e_step", "m_step")},
    "stepper.widget.EMStepper.from_link.link": (
        "#stepper?data=iris&k=2", {"nothing": None, "number": 3, "no pairs": "a", "list": ["k=2"]}),
    "stepper.widget.EMStepper.to_link.page": ("stepper.html", {"nothing": None, "number": 3, "list": ["a"]}),
    "stepper.widget.EMStepper.to_link.limit": integer(8000, nothing=8),
    **{f"initialization.from_parameters.{name}": (None, BY_NAME[name][1])
       for name in ("weights", "means", "precisions")},
    "stepper.static.figure.settings": BY_NAME["settings"], "engine.streaming.Stepwise.start": BY_NAME["parameters"],
    "engine.streaming.Stepwise.engine": (ENGINE, {"text": "text", "number": 3, "points": X}),
    "engine.sources.parquet.folder": (
        FOLDER.name, {"nothing": None, "number": 3, "no folder": "nowhere", "list": ["a"]}),
    "engine.sources.Distributed.X": (from_array(X), NO_DATA | {"array": X, "one axis": from_array(X[0])}),
    "engine.sources.Distributed.address": ("tcp://127.0.0.1:1", {"number": 3, "thing": object()}),
    "engine.predictions.write_parquet.path": (
        WRITTEN.name + "/said", {"nothing": None, "number": 3, "a folder": FOLDER.name, "nowhere": "nowhere/x"}),
    "engine.predictions.write_parquet.predictions": listing([predictions.Prediction(LABELS, W, W[:, 0])]),
    "model.GaussianMixture.predictions.X": (Blocks([X]), NO_DATA | {"array": X}),
    "model.GaussianMixture.prior": choice("mclust"),
    "table.Table.columns": ({"k": "d", "BIC": ".1f"}, {
        "nothing": None, "text": "text", "number": 3, "list": ["k", "BIC"], "empty": {}, "no name": {"k": "d", "": "d"},
        "a number": {"k": "d", 1: "d"}}),
    "table.Table.rows": ([(1, 2.5), (2, None)], {
        **NO_LIST, "longer": [(1, 2.5, 3)], "shorter": [(1,)], "words": ["ab"], "not to be written": [(1.5, 2.5)]}),
    "table.Table.caption": ("text", {"nothing": None, "number": 3, "list": ["text"]}),
    **{f"{door}.labels": KNOWN_LABELS
       for door in ("labels.restricted", "labels.log_likelihood_with_labels", "labels.renumbered",
                    "model.GaussianMixture.fit", "engine.sources.InMemory")},
    "models.record_linkage.Linkage.m": array([0.9, 0.8], less=[0.9, -0.1]),
    "models.record_linkage.m_step.responsibilities": array(W * 0.9 + 0.05, negative=1.5 - 2 * W, unequal=W / 2),
    **{f"models.factor_analysis.{door}.factors": object_of_ours(FACTORS, (FACTORS.mean, FACTORS.loadings))
       for door in ("e_step", "log_likelihood")},
    **{f"models.item_response.{door}.X": array(ANSWERS, two=ANSWERS * 2, alike=np.ones((24, 3)))
       for door in ("fit", "m_step")},
    **{f"models.item_response.{door}.X": array(ANSWERS, two=ANSWERS * 2, four=np.ones((24, 4)))
       for door in ("e_step", "expected_abilities", "log_joint", "log_likelihood")},
    "models.item_response.m_step.responsibilities": array(W, negative=1.5 - 2 * W, unequal=W / 2, one=W[:, :1] * 0 + 1),
    "models.topics.m_step.responsibilities": array(
        OF_TOPICS, negative=1.5 - 2 * OF_TOPICS, unequal=OF_TOPICS / 2, longer=np.ones((3, 1, 3))),
    "models.topics.lower_bound.counts": array(COUNTS, negative=-COUNTS, longer=np.ones((3, 3))),
    "models.noise.m_step.responsibilities": array(W, negative=1.5 - 2 * W, unequal=W / 2, one=np.ones((24, 1))),
    "models.noise.fit.volume": (None, number(5000.0, zero=0.0)[1]),
    "labels.restricted.labels": (KNOWN_LABELS[0][:2], KNOWN_LABELS[1]),
    "labels.restricted.log_joint": array(np.zeros((2, 2))),  # a hopeless row is for `e_step.normalize` to refuse
    "engine.driver.Engine.set_prior.prior": (None, {
        "text": "mclust", "number": 3, "class": Prior, "other type": Prior("diag"),
        "other columns": Prior("full", 1.0, 1.0, [0.0] * 3)}),
    "engine.sources.is_source.X": (X, {}), "steps.Steps.e_step.parameters": (P, {}),
    **{f"uncertainty.{name}.parameters": (FITTED_TO_X, BY_NAME["parameters"][1])
       for name in ("bootstrap", "standard_errors")},
    "stability.clusterwise.parameters": (FITTED_TO_X, BY_NAME["parameters"][1]),
    "uncertainty.bootstrap.draws": integer(2, one=1),
    "engine.sources.parquet.columns": (["a"], {"text": "text", "number": 3, "empty": [], "spent generator": SPENT}),
    **{f"engine.driver.Engine.{name}.state": ENGINE_STATE
       for name in ("inverse_factors", "log_joint", "parameters", "responsibilities", "run", "step")},
}  # fmt: skip
INSTANCES = {
    "engine.driver.Engine": lambda: ENGINE,
    "engine.incomplete.IncompleteEngine": lambda: incomplete.IncompleteEngine(GAPS),
    "models.item_response.Items": lambda: ITEMS,
    "models.factor_analysis.Factors": lambda: FACTORS,
    "missing.Steps": lambda: missing.Steps(GAPS),
    "evaluation.Study": lambda: evaluation.many_restarts(X, LABELS, [1, 2], 2, reg_covar=0.1),
    "model.GaussianMixture": lambda: GaussianMixture(2, tol=0.5, random_state=0).fit(X),
    "steps.Steps": lambda: Steps(X),
    "parameters.Parameters": lambda: P,
    "engine.restarts.Restarts": lambda: restarts.run_many(X, [P, P]),
    "selection.Scan": lambda: selection.scan(X, [1, 2], n_init=1),
    "selection.TypesScan": lambda: selection.scan_types(X, [1, 2], n_init=1),
    "stepper.trace.Trace": lambda: Trace(X, P),
    "stepper.widget.EMStepper": lambda: EMStepper(X),
    "engine.streaming.Stepwise": lambda: streaming.Stepwise(ENGINE, P),
    "uncertainty.Bootstrap": lambda: uncertainty.bootstrap(X, FITTED_TO_X, draws=2),
}
INSTANCES = {door: cache(make) for door, make in INSTANCES.items()}
CHECKED_BEFORE = "called by the library, with what was checked at a door"
INSIDE = {
    "validation": "the checks themselves: tests/test_validation.py",
    **dict.fromkeys(("covariance_types", "engine.elementwise", "engine.linear", "engine.margins", "engine.omissions",
                     "engine.projections", "engine.radii", "engine.scratch", "engine.squares"), CHECKED_BEFORE),
    **{f"engine.incomplete.{name}": CHECKED_BEFORE
       for name in ("apart", "by_pattern", "expected_points", "lacking_log_joint", "IncompletePoints.moments",
                    "IncompletePoints.margin_sums")},
    "initialization.as_rule": "a check itself", "acceleration.as_acceleration": "a check itself",
    "engine.sources.unequal_weights": "a check itself",
    "acceleration.Memory": CHECKED_BEFORE, "engine.tangent": CHECKED_BEFORE,
    "labels.as_known_labels": "a check itself",
    "priors.as_prior": "a check itself",
    **{f"priors.{name}": CHECKED_BEFORE
       for name in ("asks_for_a_prior", "from_arguments", "keeps_volume", "Prior.added_count", "Prior.added_scatter",
                    "Prior.check_columns", "Prior.log_normaliser", "Prior.scale")},
    "plots.marker_of": "called by the library, with an index that it counts",
    "gaussian.log_densities_from_factors": "its docstring says that it checks nothing",
    **dict.fromkeys(("engine.conjugate", "engine.coordinates", "engine.features", "engine.passes", "engine.residuals",
                     "engine.scratch",
                     "engine.stacked", "engine.state", "engine.tables", "engine.sources.thread_pool", "fitting",
                     "points", "initialization.in_equal_units", "short_runs.rows_seen",
                     "short_runs.groups", "short_runs.in_units_of_the_data",
                     "engine.scoring", "short_runs.points_of_a_start",
                     "short_runs.enough_different_rows"), CHECKED_BEFORE),
    **{f"floor.{name}": CHECKED_BEFORE
       for name in ("column_scales", "deviation_floor", "different", "is_relative", "places", "relative_floor",
                    "without_gaps")},
    **{f"engine.sources.{kind}.{method}": CHECKED_BEFORE for kind in ("InMemory", "Blocks", "Distributed")
       for method in ("moments", "sums", "take", "find")},
    "stepper._coins": CHECKED_BEFORE, "stepper._links": CHECKED_BEFORE, "stepper._script": CHECKED_BEFORE,
    **{f"stepper.static.{name}": CHECKED_BEFORE
       for name in ("as_image", "as_strings", "choices", "class_shapes", "columns_of", "element", "on_a_line",
                    "own_data", "svg", "unpacked")},
    "stepper.trace.checked_e_step": CHECKED_BEFORE, "stepper.trace.checked_m_step": CHECKED_BEFORE,
    "stepper.trace.drawn_start": CHECKED_BEFORE,
}  # fmt: skip
RECORDS = {  # which the library fills in
    "acceleration.Evaluation",
    "datasets.Dataset", "em.Frame", "em.Result", "engine.driver.Run", "evaluation.Agreement", "evaluation.Fit",
    "evaluation.Study", "engine.restarts.Restarts", "missing.Expectations", "selection.Optimum",
    "selection.ReferenceTest", "selection.Scan", "selection.TypesScan",
    "models.factor_analysis.Scores", "datasets.Records", "source.Source",
    "stepper.trace.UncheckedParameters", "uncertainty.Bootstrap", "uncertainty.Intervals",
    "uncertainty.StandardErrors", "engine.predictions.Prediction",
}  # fmt: skip
ALIASES = {
    "value": "parameters|weights", "source": "X", "weights": "weights(_init)?", "means": "means(_init)?",
    "precisions": "precisions_init",
}  # fmt: skip
# They know how many columns there are.
FITTED = (
    "model.GaussianMixture.", "engine.streaming.Stepwise.", "engine.driver.Engine.",
    "engine.incomplete.IncompleteEngine.",
)  # fmt: skip
ANEW = ("fit", "fit_predict")
ESTIMATOR_RAISES = {"model.GaussianMixture": (TypeError,)}  # scikit-learn's checks of every estimator ask for it
READ_LATER = "found out in the first pass, when the points are read"
AS_IN_SCIKIT_LEARN = "scikit-learn takes it"
MISSING = {"NaN": "a missing value"}
ALLOWED = {
    "sampling.draw_points.components": {"empty": "no components, no points"},
    "plots.contours.levels": {"list": "the densities themselves"},
    "selection.n_free_parameters.k": {"many": "there are no points that it could exceed"},
    "engine.driver.Engine.run.max_iter": {"zero": "the state as it is"},
    "model.GaussianMixture.max_iter": {"zero": "the start is the model"},
    "model.GaussianMixture.random_state": {"module": AS_IN_SCIKIT_LEARN},
    **{
        f"model.GaussianMixture.{method}.sample_weight": {"one axis less": AS_IN_SCIKIT_LEARN}
        for method in ("fit", "fit_predict", "partial_fit", "score", "aic", "bic")
    },
    **{
        f"models.record_linkage.{door}.comparisons": MISSING
        for door in ("patterns", "log_joint", "e_step", "m_step", "fit", "match_weights")
    },
    **{
        f"missing.{door}.X": MISSING
        for door in (
            "patterns",
            "log_joint",
            "log_density",
            "log_likelihood",
            "responsibilities",
            "e_step",
            "impute",
            "hot_deck",
            "Steps",
        )
    },
    **{
        f"engine.incomplete.{door}.X": MISSING
        for door in ("IncompletePoints", "IncompleteEngine", "IncompleteEngine.log_joint")
    },
    "stepper.trace.Trace.X": MISSING,
    "model.GaussianMixture.impute.X": MISSING | {"masked": "a missing value"},
    "engine.sources.Blocks.blocks": {"empty": READ_LATER, "things": READ_LATER},
    "engine.sources.InMemory.X": {"NaN": READ_LATER, "inf": READ_LATER},
    "engine.sources.as_source.X": {"NaN": READ_LATER, "inf": READ_LATER},
}

# -- the walk ---------------------------------------------------------------------------------------------------------


def public_modules():
    for info in pkgutil.walk_packages(gmm_lib.__path__, "gmm_lib."):
        name = info.name.removeprefix("gmm_lib.")
        if not name.startswith("_"):
            yield name, importlib.import_module(info.name)


def walk():
    """Every door: its name, how to call it (of a method: on an object made for it), and its parameters."""
    for module_name, module in public_modules():
        for name, thing in vars(module).items():
            door = f"{module_name}.{name}"
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield door, lambda thing=thing: thing, parameters_of(thing)
            elif inspect.isclass(thing) and not issubclass(thing, Exception):
                yield door, lambda thing=thing: thing, parameters_of(thing)
                for method in vars(thing):
                    function = getattr(thing, method)
                    own = callable(function) and getattr(function, "__module__", None) == module.__name__
                    if own and not method.startswith("_"):
                        make = INSTANCES.get(door)
                        bound = make and (lambda make=make, method=method: getattr(make(), method))
                        yield f"{door}.{method}", bound, parameters_of(function)


def parameters_of(thing):
    parameters = inspect.signature(thing).parameters.values()
    return [p for p in parameters if p.kind is not p.VAR_KEYWORD and p.name != "self"]


def inside(door):
    return next((reason for place, reason in INSIDE.items() if door == place or door.startswith(f"{place}.")), None)


DOORS = {
    door: (make, parameters)
    for door, make, parameters in walk()
    if parameters and door not in RECORDS and not inside(door)
}
CASES = [(door, p) for door, (_, parameters) in DOORS.items() for p in parameters]


def entry(door, parameter):
    return BY_DOOR.get(f"{door}.{parameter.name}") or BY_NAME[parameter.name]


def right_values(door):
    values = {p.name: entry(door, p)[0] for p in DOORS[door][1]}
    return values | ({"ax": plt.gca()} if "ax" in values else {})


def wrong_values(door, parameter):
    """The wrong values of the table, those that do not go with the other arguments, and not those that are allowed."""
    wrong = dict(entry(door, parameter)[1])
    others = {p.name for p in DOORS[door][1] if entry(door, p)[0] is not None} - {parameter.name}
    if parameter.name == "X" and (
        others & {"parameters", "mean", "means", "frame", "frames", "state", "model"} or knows(door)
    ):
        wrong["other columns"] = np.eye(24, 5)
    if parameter.name in ("responsibilities", "labels", "sample_weight") and others & {"X", "source"}:
        wrong["other rows"] = BY_NAME[parameter.name][0][:5]
    if parameter.name == "responsibilities" and "parameters" in others:
        wrong["other components"] = np.ones((24, 1))
    if parameter.name == "parameters" and (others & {"x_limits", "x", "X"} or door.startswith("engine")):
        wrong["other dimensions"] = OTHER
    if parameter.default is None:
        wrong.pop("nothing", None)
    return {name: value for name, value in wrong.items() if name not in ALLOWED.get(f"{door}.{parameter.name}", {})}


def knows(door):
    return door.startswith(FITTED) and door.rpartition(".")[2] not in ANEW


def call(door, values):
    function = DOORS[door][0]()
    stars = [values.pop(p.name) for p in DOORS[door][1] if p.kind is p.VAR_POSITIONAL]
    result = function(*stars, **values)
    return result.fit(X) if isinstance(result, GaussianMixture) and door == "model.GaussianMixture" else result


def complaint(door, name, wrong, value):
    """What is wrong with how a door takes a wrong value; None if it is refused as it should be."""
    names = [name, *(p.name for p in DOORS[door][1] if wrong.startswith("other "))]  # of two that disagree, either
    try:
        call(door, right_values(door) | {name: value})
    except (ValueError, *ESTIMATOR_RAISES.get(door.rpartition(".")[0], ())) as error:
        text = str(error)
        named = any(re.search(rf"\b({ALIASES.get(one, one)})s?\b", text) for one in names)
        named = named or ("has collapsed: its covariance" in text and "covariance" in name)
        allowed = re.search(r"\bmust\b|\bthere are\b|\bneeds\b|collapsed", text)
        given = re.search(r"\bgot\b|;|collapsed", text)
        if named and allowed and given and " at 0x" not in text and len(text) < 400:
            return None
        return f"it says {text!r}"
    except Exception as error:
        return f"it raises {type(error).__name__}: {str(error)[:150]!r}"
    return "it is taken without a word"


# -- the tests --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_figures_are_left():
    yield
    plt.close("all")


def test_every_door_and_every_parameter_is_in_a_table():
    missing = [f"{door}.{p.name}" for door, p in CASES if p.name not in BY_NAME and f"{door}.{p.name}" not in BY_DOOR]
    assert missing == []
    assert [door for door, (make, _) in DOORS.items() if make is None] == []  # a method, and no object to call it on


@pytest.mark.parametrize("door", DOORS)
def test_the_right_values_are_taken_in_the_strictest_arithmetic(door):
    values = right_values(door)
    with np.errstate(all="raise"):
        call(door, values)


@pytest.mark.parametrize("door, parameter", CASES, ids=[f"{door}-{p.name}" for door, p in CASES])
def test_a_wrong_value_is_refused_by_name(door, parameter):
    wrong = wrong_values(door, parameter)
    complaints = {what: complaint(door, parameter.name, what, value) for what, value in wrong.items()}
    assert {what: text for what, text in complaints.items() if text} == {}
