"""The stepper as a live widget: Python computes the frames, the script draws them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._extras import extra
from ..covariance_types import as_covariance_type, of_type
from ..em import Frame
from ..parameters import Parameters
from ..validation import (
    as_columns,
    as_function,
    as_incomplete_points,
    as_labels,
    as_names,
    as_non_negative,
    as_points,
    as_positive_integer,
    as_rectangle,
    as_responsibilities,
    as_sample_weight,
    as_seed,
    seen_everywhere,
    shown,
)
from . import _links, _script, static
from ._settings import ALLOWED, DEFAULTS, LONGEST_LINK, SETTINGS
from .trace import Trace, UncheckedParameters, as_state, drawn_start

with extra("stepper", "EMStepper"):
    import anywidget
    import traitlets

FIRST_FRAMES = 41  # computed at once, of many points fewer; the picture asks for more when it comes near the end
MOST_SHOWN, SAMPLE = 5000, 2000  # of more points a sample is shown, and EM runs on all
PICTURE = [name for name, entry in SETTINGS.items() if entry.get("picture")]
OF_A_RUN = [name for name in SETTINGS if name not in ("step", *PICTURE, *_links.CHECKS)]  # what may be asked of Python
HELD = {"held": True}  # points that the picture need not send back: their name and its edits say which they are
PARTS_OF_DATA = (*_links.PARTS_OF_POINTS, "truth")
MOST_COMPONENTS = SETTINGS["k"]["high"]
RECORDED = 41  # frames stored in a notebook for a student's own functions
MOST_NUMBERS = 1_000_000  # responsibilities sent to the picture; beyond that a run is shown up to where it fits


class EMStepper(anywidget.AnyWidget):
    """Step through EM on a picture, half-step by half-step.

    Parameters
    ----------
    X : array_like, shape (n, m) or (n,), or a data frame
        EM runs in all columns, two are shown, and of one column alone the density over it. EM runs on all points; of
        more than 5,000 a sample of 2,000 is shown.
    parameters : Parameters, optional
        The start. Without it a rule chooses one.
    k : int
        Number of components, 1 to 8, when no parameters are given.
    e_step : callable, (X, parameters) -> responsibilities, optional
        Your own E-step, which takes the place of :func:`gmm_lib.e_step.responsibilities`.
    m_step : callable, (X, responsibilities) -> parameters, optional
        Your own M-step: it returns Parameters or a triple (weights, means, covariances). What your functions raise, and
        results of the wrong shape, are shown in the widget.
    seed : int
        Seed of the rule, as in ``numpy.random.RandomState(seed)``.
    start : str
        "distinct_rows", "rows_with_replacement", "k-means++", "kmeans" or "random": a rule of
        :mod:`gmm_lib.initialization`.
    reg_covar : float
        Variance floor.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`; ``parameters`` must be of it, unless you
        bring an M-step.
    held_variance : float
        Above zero, one spherical variance for all components that is not learned: as it shrinks, EM becomes k-means.
        ``reg_covar`` and ``covariance_type`` are then without effect.
    feature_names : sequence of str, optional
        Names of the columns; those of a data frame are its own.
    labels : array_like of int, shape (n,), optional
        True labels, for the overlay.
    pair : tuple of int
        The two columns shown, counted from 0.
    view : sequence of str
        What is shown besides at first: of "contours", "shades" (of the density), "hard", "labels", "truth", and
        "future" (the run to its end, in the ratchet).
    panels : sequence of str
        Which panels are open at first: of "data", "inside", "ratchet", "along", "starts", "compare", "share",
        "keys".
    mode : str
        "look", or "edit", in which means and points can be moved.
    beside : str
        A second run beside this one, of the points shown: "kmeans", or what it has of its own, such as "k:4,seed:7".
    along : str
        The parameter over which *Likelihood* draws the log-likelihood: "mean:2:1" (of component 2, in column 1),
        "weight:2" or "spread:2"; or two, as a map: "mean:1:1,mean:2:1".
    missing : str
        What becomes of NaN in X: with "raise" it is an error, with "em" a value that is missing, of which EM takes the
        expectation (:mod:`gmm_lib.missing`). A point that lacks one of the two values shown is a line.
    sample_weight : array_like, shape (n,), optional
        How often each point counts: with weight 2 like the same row twice. The area of a point shows it. Rules draw a
        start without it.

    Attributes
    ----------
    step : int
        Index of the frame shown. Set it, and the picture moves; step in the picture, and it changes.
    parameters : Parameters
        Those of the frame shown. Assign others, and EM restarts from there.
    responsibilities : ndarray of shape (n, k), or None before the first E-step
        Those of the frame shown. Assign others, and an M-step follows from them.
    frames : list of gmm_lib.em.Frame
        The run, as far as it has been computed. Of more than 5,000 points the frames hold the responsibilities of those
        shown; ``responsibilities`` are computed anew for all.

    Raises
    ------
    ValueError
        If an argument is not valid; the message names it.
    """

    _esm = _script.script()
    _css = _script.style()

    markup = traitlets.Unicode().tag(sync=True)
    datasets = traitlets.Dict().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    trace = traitlets.Dict().tag(sync=True)
    request = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    parameters = traitlets.Any()
    responsibilities = traitlets.Any()
    _run: Any = None  # a trace, once there is one

    def __init__(
        self,
        X: ArrayLike,
        parameters: Parameters | UncheckedParameters | dict | Sequence | None = None,
        k: int = DEFAULTS["k"],
        e_step: Callable | None = None,
        m_step: Callable | None = None,
        *,
        seed: int = DEFAULTS["seed"],
        start: str = DEFAULTS["start"],
        reg_covar: float = float(DEFAULTS["floor"]),
        covariance_type: str = DEFAULTS["type"],
        held_variance: float = float(DEFAULTS["held"]),
        feature_names: Sequence[str] | None = None,
        labels: ArrayLike | None = None,
        pair: Sequence[int] | None = DEFAULTS["pair"],
        view: Sequence[str] = DEFAULTS["view"],
        panels: Sequence[str] = DEFAULTS["open"],
        mode: str = DEFAULTS["mode"],
        beside: str = DEFAULTS["beside"],
        along: str = DEFAULTS["along"],
        missing: str = "raise",
        sample_weight: ArrayLike | None = None,
    ) -> None:
        for name, function in (("e_step", e_step), ("m_step", m_step)):
            as_function(function, name, optional=True)
        names = _names_of(X) if feature_names is None else feature_names
        X = _as_seen(_as_column(X), missing)
        counts = None if sample_weight is None else as_sample_weight(sample_weight, len(X)).tolist()
        if (counts is not None or np.isnan(X).any()) and (e_step is not None or m_step is not None):
            raise ValueError("e_step and m_step must be None where values are missing or points have weights.")
        pair = _pair(pair, X.shape[1])
        state = None if parameters is None else as_state(parameters)
        if state is not None and state.m != X.shape[1]:
            raise ValueError(f"parameters must have the {X.shape[1]} dimensions of X; got {state.m}.")
        k = as_positive_integer(k, "k") if state is None else state.k
        most = min(MOST_COMPONENTS, len(X))
        if k > most:
            raise ValueError(f"k must lie in 1..{most}, with {len(X)} points; got {k}.")
        view = static.choices(view, "view", ALLOWED["view"])
        panels = static.choices(panels, "panels", ALLOWED["open"])
        checked = static.check_settings({"start": start, "mode": mode, "beside": beside, "along": along})
        seed, start, mode = as_seed(seed), checked["start"], checked["mode"]
        floor, held = as_non_negative(reg_covar, "reg_covar"), as_non_negative(held_variance, "held_variance")
        if held and m_step is not None:
            raise ValueError(f"held_variance must be 0 with an M-step of your own; got {shown(held_variance)}.")
        kind = as_covariance_type(covariance_type)
        settings = {"data": "own", "k": k, "seed": seed, "start": start, "type": kind, "floor": floor, "held": held}
        settings |= {"view": view, "open": panels, "mode": mode, "predict": "", "printed": [], "pair": pair}
        settings |= {name: checked[name] for name in ("beside", "along")}
        features, (numbers, classes) = _names(names, X.shape[1]), _counted(labels, len(X))
        own = static.own_data(_links.with_none(X.tolist()), features, numbers, classes, counts)
        self._begin(own, own, settings, state, {"e_step": e_step, "m_step": m_step})

    def _begin(self, own, data, settings, state, functions):
        """Begin a run on ``data``; what the picture calls "own" is ``own``."""
        self._functions = functions
        self._busy = False
        self._own_X, self._X = (np.array(some["X"], dtype=float) for some in (own, data))
        self._own_weight, self._weight = (some.get("sampleWeight") for some in (own, data))
        self._own = _shown(own, _sample(self._own_X)) | HELD
        self._rows = _sample(self._X) if data is own else None
        titles = {name: {"title": title} | advice for name, (title, advice) in static.TITLES.items()}
        super().__init__(
            markup=_script.markup(),
            datasets=titles | {"own": {"title": own["title"]}},
            data=self._own if data is own else data | HELD,
            settings=settings | {"student": any(one is not None for one in functions.values())},
        )
        self._start(state)
        if self._run.ended and self._run.ended["why"] == "refused" and not self._run.frames:
            raise ValueError(self._run.ended["text"])

    # -- Runs

    @property
    def frames(self) -> list[Frame]:
        """The run, as far as it has been computed."""
        return list(self._run.frames)

    def _start(self, parameters=None, responsibilities=None, step=0):
        """Begin a run from these parameters, or from where the settings say, and show its frame ``step``."""
        s = self.settings
        try:
            state = parameters or drawn_start(self._X, s)
            changes = self._functions | {"responsibilities": responsibilities, "rows": self._rows}
            kinds = {"covariance_type": s["type"], "held": s["held"], "sample_weight": self._weight}
            self._run = Trace(self._X, state, s["floor"], s["printed"], **kinds, **changes)
        except ValueError as error:  # no start: the picture shows the points, and says why
            self._run = _Refused(error)
        self._given = parameters  # what the page's engine cannot draw from the seed
        self._assigned = responsibilities is not None
        self._extend(max(FIRST_FRAMES if self._rows is None else 5, step + 1))
        self._publish(step, number=self.trace.get("number", 0) + 1)

    def _extend(self, count):
        most = max(3, MOST_NUMBERS * 2 // (len(self.data["X"]) * self.settings["k"]))
        self._run.extend_to(min(count, most) - 1)
        if self._run.ended is None and len(self._run.frames) >= most:
            text = f"the picture holds no more than {most} half-steps of {len(self.data['X'])} points"
            self._run.ended = {"why": "refused", "text": text}

    def _publish(self, step, number):
        frames = self._run.frames
        self._busy = True
        try:
            with self.hold_sync():
                sent = [*map(_sent, frames, [None, *frames])]
                start = self._given and _parameters(self._given, np.ndarray.tolist)
                about = {"parameters": start, "assigned": self._assigned}
                self.trace = {"number": number, "ended": self._run.ended, "frames": sent} | about
                self.step = max(0, min(step, len(frames) - 1))
                self._reflect()
        finally:
            self._busy = False

    def _reflect(self):
        """Let ``parameters`` and ``responsibilities`` be those of the frame shown."""
        frame = self._run.frame(self.step) if self._run.frames else None
        self.parameters = frame and frame.state
        self.responsibilities = None if frame is None else frame.latent

    # -- What changes from outside

    @traitlets.validate("step")
    def _check_step(self, proposal):
        if proposal.value < 0:
            raise ValueError(f"step must not be negative; got {proposal.value}.")
        if self._run is None or not self._run.frames:
            return 0
        if proposal.value >= len(self._run.frames):
            before = len(self._run.frames)
            self._extend(proposal.value + 1)
            if len(self._run.frames) > before and not self._busy:
                # A step beyond the end is refused below: then the picture stays where it is.
                there = proposal.value < len(self._run.frames)
                self._publish(proposal.value if there else self.step, self.trace["number"])
        last = len(self._run.frames) - 1
        if proposal.value > last:
            raise ValueError(f"step must lie in 0..{last}, the frames of this run; got {proposal.value}.")
        return proposal.value

    @traitlets.observe("step")
    def _stepped(self, change):
        if not self._busy and self._run is not None:
            self._busy = True
            try:
                self._reflect()
            finally:
                self._busy = False

    @traitlets.validate("parameters")
    def _check_parameters(self, proposal):
        if self._busy or self._run is None:
            return proposal.value
        state = as_state(proposal.value)
        if state.m != self._X.shape[1] or state.k > MOST_COMPONENTS:
            allowed = f"{self._X.shape[1]} dimensions and at most {MOST_COMPONENTS} components"
            raise ValueError(f"parameters must have {allowed}; got {state.m} and {state.k}.")
        if self._functions["m_step"] is None and not self.settings["held"]:
            of_type(state.covariances, self.settings["type"], "parameters")
        return state

    @traitlets.observe("parameters")
    def _assigned_parameters(self, change):
        if not self._busy and self._run is not None:
            self.settings = self.settings | {"k": change.new.k}
            self._start(change.new)

    @traitlets.validate("responsibilities")
    def _check_responsibilities(self, proposal):
        if self._busy or self._run is None:
            return proposal.value
        w = as_responsibilities(proposal.value, len(self._X))
        if w.shape[1] != self.settings["k"]:
            k = self.settings["k"]
            raise ValueError(f"responsibilities must have {k} columns, one per component; got {w.shape[1]}.")
        return w

    @traitlets.observe("responsibilities")
    def _assigned_responsibilities(self, change):
        if not self._busy and self._run is not None:
            self._start(self.parameters, responsibilities=change.new, step=0)

    @traitlets.observe("request")
    def _asked(self, change):
        """The picture asks: for more frames, or for a run from other settings, points or parameters."""
        request = change.new
        if "frames" in request:
            step = request.get("step", request["frames"] - 1)
            self._extend(request["frames"])
            return self._publish(step, self.trace["number"])
        if "settings" not in request:
            return None
        parameters = request.get("parameters")
        try:
            self._take_settings(request)
            self._start(parameters and _links.as_start(parameters), step=max(0, request.get("step") or 0))
        except ValueError as error:
            self._run, self._given, self._assigned = _Refused(error), None, False
            self._publish(0, self.trace["number"] + 1)
        return None

    def _take_settings(self, request):
        wanted, edits = request["settings"], request.get("edits")
        name = wanted["data"]
        held = self._own if name == "own" else static.book_data()[name] | {"name": name} | HELD
        if request.get("X") is not None:
            data = {"name": name, "title": held["title"], "typed": name == "own"}
            data |= {part: request.get(part) for part in (*PARTS_OF_DATA, "edits")}
            data["X"] = _links.with_none(data["X"])
        elif edits and "n" in held:
            raise ValueError(f"edits must be none where a sample of {held['n']} points is shown; got {len(edits)}.")
        else:
            data = _links.edited(held, edits) if edits else held
        whole = data is self._own
        self._X = self._own_X if whole else np.array(data["X"], dtype=float)
        self._weight = self._own_weight if whole else data.get("sampleWeight")
        self._rows = _sample(self._X) if whole else None
        self.data = data
        taken = (*OF_A_RUN, *PICTURE)
        self.settings = self.settings | {name: wanted[name] for name in taken if name in wanted}

    # -- Links

    @classmethod
    def from_link(cls, link: str, e_step: Callable | None = None, m_step: Callable | None = None) -> "EMStepper":
        """The stepper in the state of a link.

        ``link`` is one that a page shows under *Share*, or the text of the file that it saves there; ``e_step`` and
        ``m_step`` are as of the class. Raises ValueError if a part of it cannot be used.
        """
        settings = static.check_settings(_links.pairs_of(link))
        data, start = static.unpacked(settings)
        m = len(data["features"])
        pair = None if m == 1 else list(static.columns_of(settings["pair"], m))
        functions = {"e_step": as_function(e_step, "e_step", optional=True)}
        functions["m_step"] = as_function(m_step, "m_step", optional=True)
        asked = {name: settings[name] for name in (*OF_A_RUN, *PICTURE)} | {"pair": pair}
        if settings["data"] == "own":
            own = data = {part: value for part, value in data.items() if part != "edits"}
        else:
            own, data = static.own_data(data["X"], data["features"]), data | {"name": settings["data"]}
        stepper = cls.__new__(cls)
        stepper._begin(own, data, asked, start, functions)
        stepper.step = settings["step"]
        return stepper

    def to_link(self, page: str = "", limit: int | None = LONGEST_LINK) -> str:
        """The state as a link, for the stepper of ``page`` or for :meth:`from_link`.

        Data of your own travel with it, and a start set by hand. Raises ValueError if it has more than ``limit`` signs
        (without one, None, it is the text of a file), or if no link can hold the state: your own functions, or
        responsibilities that you assigned.
        """
        if not isinstance(page, str):
            raise ValueError(f"page must be a text; got {shown(page)}.")
        limit = None if limit is None else as_positive_integer(limit, "limit")
        if self._rows is not None:
            raise ValueError(f"a link holds at most {MOST_SHOWN} points; got {len(self._X)}.")
        if self.settings["student"] or self._assigned:
            what = "responsibilities that were assigned" if self._assigned else "functions of your own"
            raise ValueError(f"a link holds data, settings and parameters; it cannot hold {what}.")
        s, data = self.settings, self.data
        pair = [c + 1 for c in s["pair"]] if s["pair"] else None
        written = {name: s.get(name) for name in OF_A_RUN} | {"pair": pair, "step": self.step}
        if s["type"] == DEFAULTS["type"]:
            written["type"] = None  # as the script writes it
        written |= {name: s[name] for name in PICTURE if name not in ("open", "pair") and s[name] != DEFAULTS[name]}
        if s["data"] == "own":
            points = {part: data.get(part) for part in _links.PARTS_OF_POINTS}
            if points["sampleWeight"] is None:
                del points["sampleWeight"]  # as the script writes it
            written["points"] = _links.read_carried(points, "points")
        else:
            written["edits"] = data.get("edits")
        written["parameters"] = self._given and _parameters(self._given, np.ndarray.tolist)
        return _links.fitting(f"{page}#stepper?{_links.query_of(static.as_strings(written))}", limit)

    # -- Without a kernel

    def _repr_mimebundle_(self, **kwargs):
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**bundle, "text/plain": repr(self), "text/html": self._html()}, metadata

    def __repr__(self):
        n, m = self._X.shape
        return f"EMStepper(n={n}, m={m}, k={self.settings['k']}, step={self.step})"

    def _html(self):
        """The stepper of a page without a kernel: it recomputes gmm_lib's run, and replays a student's. Of a sample it
        stands still, as no page has the other points."""
        s = self.settings
        frames = self._run.frames
        points, features = np.array(self.data["X"], dtype=float), self.data.get("features")
        pair = tuple(s["pair"] or static.columns_of(None, points.shape[1]))
        features = features or _names(None, points.shape[1])
        counts = self.data.get("sampleWeight")
        frame, given = frames[self.step] if frames else None, self._given is not None or s["held"] > 0
        picture = static.as_image(static.svg(points, frame, pair, features, given, sample_weight=counts))
        if self._rows is not None:
            return f'<div class="gmm-stepper">{picture}<p>{len(points)} of {len(self._X)} points.</p></div>'
        written = {name: s[name] for name in (*OF_A_RUN, *PICTURE)}
        if s["data"] != "own":
            written["edits"] = self.data.get("edits")
        written |= {"pair": s["pair"] and [c + 1 for c in pair], "step": self.step}
        config = {"settings": static.as_strings(written)}
        if s["data"] == "own" or self.data.get("name") not in static.TITLES:
            config |= {name: value for name, value in self.data.items() if name in PARTS_OF_DATA}
        if self._given is not None:
            config["parameters"] = _parameters(self._given, _twelve_digits)
        if s["student"] or self._assigned:
            config["trace"] = self._recorded()
            config["settings"]["step"] = str(min(self.step, len(config["trace"]["frames"]) - 1))
        return static.element(picture, config)

    def _recorded(self):
        """Frames rounded for storage; the picture needs no more."""
        frames = self._run.extend_to(RECORDED - 1).frames[:RECORDED]
        ended = self._run.ended if len(self._run.frames) <= RECORDED else {"why": "limit"}
        sent = [_stored(*pair) for pair in zip(frames, [None, *frames])]
        return {"ended": ended or {"why": "limit"}, "frames": sent} | ({"assigned": True} if self._assigned else {})


class _Refused:
    """A run that could not begin."""

    def __init__(self, error):
        component = getattr(error, "component", None)
        self.frames = []
        self.ended = {"why": "refused" if component is None else "collapse", "text": str(error), "component": component}

    def extend_to(self, index):
        return self

    def frame(self, index):
        return self.frames[index]


def _names_of(X):
    """The names of a data frame's columns, or None."""
    columns = getattr(X, "columns", None)
    return None if columns is None else [str(name) for name in columns]


def _as_column(X):
    """One list of numbers is one column."""
    array = as_rectangle(X, "X")
    return array[:, np.newaxis] if array.ndim == 1 else array


def _as_seen(X: np.ndarray, missing: str) -> np.ndarray:
    """Points, in which NaN may stand for a value that is missing if ``missing`` is "em"."""
    if missing not in ("raise", "em"):
        raise ValueError(f"missing must be 'raise' or 'em'; got {shown(missing)}.")
    if missing == "em":
        return seen_everywhere(as_incomplete_points(X))
    points = as_incomplete_points(X)
    if np.isnan(points).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(points))[0])
        raise ValueError(f"X must be finite; got nan at index {where}. With missing='em' NaN is a missing value.")
    return as_points(points)


def _pair(pair, m):
    """The columns shown, as a list; None of one column, whose points stand on a line."""
    if m == 1 and pair is not None:
        raise ValueError(f"pair must be left out where X has one column; got {shown(pair)}.")
    return None if m == 1 else list(as_columns(static.columns_of(None, m) if pair is None else pair, "pair", m))


def _sample(X):
    """The rows that are shown, if they are not all."""
    if len(X) <= MOST_SHOWN:
        return None
    return np.sort(np.random.default_rng(0).choice(len(X), SAMPLE, replace=False))


def _shown(data, rows):
    """The data as the picture gets them: of a sample with the number of all, and what they count together."""
    if rows is None:
        return data
    some = {part: [data[part][i] for i in rows] for part in ("X", "labels", "sampleWeight") if data.get(part)}
    counted = {"counted": math.fsum(data["sampleWeight"])} if data.get("sampleWeight") else {}
    return data | some | {"n": len(data["X"])} | counted


def _sent(frame, before):
    """A frame for the picture; responsibilities only where they are new, as exact as a picture needs."""
    new = frame.latent is not None and (before is None or frame.latent is not before.latent)
    return _numbers(frame, lambda array: array.tolist()) | {
        "responsibilities": np.round(frame.latent, 6).tolist() if new else None,
    }


def _stored(frame, before):
    new = frame.latent is not None and (before is None or frame.latent is not before.latent)
    latent = (np.round(frame.latent, 3) + 0.0).tolist() if new else None
    return _numbers(frame, _six_digits) | {"responsibilities": latent}


def _six_digits(array):
    return _links.digits(array, 6)


def _twelve_digits(array):
    return _links.digits(array, 12)  # as a start needs; the last digits would differ from one processor to another


def _parameters(state, write):
    return {name: write(np.asarray(getattr(state, name))) for name in ("weights", "means", "covariances")}


def _numbers(frame, write):
    bound = None if frame.lower_bound is None else float(f"{frame.lower_bound:.10g}")
    values = {"logLikelihood": float(f"{frame.log_likelihood:.10g}"), "lowerBound": bound}
    return {"phase": frame.phase, "iteration": frame.iteration, **_parameters(frame.state, write), **values}


def _names(names, m):
    if names is None:
        return [f"column {c + 1}" for c in range(m)]
    return as_names(names, "feature_names", m, "column of X")


def _counted(labels, n):
    """Labels counted from 0, and the names of their classes."""
    if labels is None:
        return None, None
    classes, numbers = np.unique(as_labels(labels, "labels", n), return_inverse=True)
    return numbers.tolist(), [str(name) for name in classes]
