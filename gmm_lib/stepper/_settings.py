"""The table of the stepper's settings: what a link, a directive, the widget and the form in the page share.

Both languages read this one table: Python here, and the script as the constants that :mod:`gmm_lib.stepper._script`
puts before it. A setting's name is its key in a link. The other words of an entry:

- ``kind``: what its text is read as. "word" is one of ``allowed``, "words" a list of them; "whole" a whole number from
  ``low`` to ``high``, "number" one from zero to below ``below``; "columns" two different columns; "text" one that
  follows ``pattern``.
- ``default``: its value where nothing is said; a data set may bring others (``static.TITLES``).
- ``allowed``: the words, each with its ``label`` in the form, and its ``key`` if one switches it.
- ``label``: what the form calls it.
- ``argument``: what :class:`gmm_lib.stepper.EMStepper` calls it, where that is not its name.
- ``picture``: it concerns the picture alone, and no run is computed anew for it.
- ``must``: what it must be, in words, where no other word of the entry says so.
- ``of``: the settings that a second run may have of its own.
- ``rows``: how many rows a table may have, of ``low`` to ``high`` columns.
- ``reset``: a link that does not name it sets it to its default.
"""

from ._looks import COLOURS

TOLERANCE = 1e-6  # a run ends when an iteration changes the log-likelihood by less
MOST_ITERATIONS = 300
LONGEST_LINK = 8000  # signs; programs that pass links on cut longer ones off

# What somebody expects, "12,2:4.5:1.4": EM ends after 12 iterations, and the mean of component 2 at (4.5, 1.4).
_NUMBER = r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?"
_EXPECTED = f"([1-9][0-9]{{0,2}}|[1-8]:{_NUMBER}:{_NUMBER})"
PREDICTION = f"^({_EXPECTED}(,{_EXPECTED})*)?$"
# Over which parameter the log-likelihood is drawn, "mean:2:1": the mean of component 2 in column 1; or over which two.
_ONE = "(mean:[1-8]:[1-9][0-9]?|weight:[1-8]|spread:[1-8])"
PARAMETER = f"^{_ONE}(,{_ONE})?$"

SETTINGS: dict[str, dict] = {
    "data": {"kind": "word", "default": "iris_petal", "label": "Data"},  # allowed are the data sets at hand
    "k": {"kind": "whole", "default": 3, "low": 1, "high": len(COLOURS), "label": "Components k"},
    "seed": {"kind": "whole", "default": 42, "low": 0, "high": 2**32 - 1, "label": "Seed"},
    "start": {
        "kind": "word",
        "default": "distinct_rows",
        "label": "Start",
        "allowed": {
            "distinct_rows": {"label": "means at different points"},
            "rows_with_replacement": {"label": "means at points, with replacement"},
            "k-means++": {"label": "k-means++"},
            "kmeans": {"label": "k-means, then an M-step"},
            "random": {"label": "random responsibilities"},
        },
    },
    "type": {
        "kind": "word",
        "default": "full",
        "label": "Covariances",
        "argument": "covariance_type",
        "allowed": {
            "full": {"label": "full"},
            "tied": {"label": "tied: one for all"},
            "diag": {"label": "diagonal"},
            "spherical": {"label": "spherical: circles"},
        },
        "reset": True,
    },
    "step": {"kind": "whole", "default": 0, "low": 0, "high": 2 * MOST_ITERATIONS, "reset": True},
    "floor": {
        "kind": "number",
        "default": 0,
        "below": 1e9,
        "label": "Variance floor",
        "argument": "reg_covar",
        "reset": True,
    },
    "held": {
        "kind": "number",
        "default": 0,
        "below": 1e300,
        "label": "One variance for all, held",
        "argument": "held_variance",
        "reset": True,
    },
    "pair": {"kind": "columns", "default": None, "picture": True},
    "view": {
        "kind": "words",
        "default": (),
        "allowed": {
            "contours": {"label": "contours of the density", "key": "c"},
            "shades": {"label": "the density in shades", "key": "s"},
            "hard": {"label": "hard colours", "key": "h"},
            "labels": {"label": "true labels", "key": "l"},
            "truth": {"label": "true components", "key": "t"},
            "future": {"label": "the run to its end, in the ratchet", "key": "r"},
        },
        "picture": True,
        "reset": True,
    },
    "printed": {
        "kind": "words",
        "default": (),
        "allowed": {
            "11": {"label": "(11) without φ"},
            "12": {"label": "(12) without 1/n"},
            "13": {"label": "(13) and (14) with 1/n, not 1/N"},  # both are printed with 1/n
        },
        "reset": True,
    },
    "mode": {
        "kind": "word",
        "default": "look",
        "allowed": {"look": {"label": "look"}, "edit": {"label": "edit"}},  # means and points move in "edit" alone
        "picture": True,
        "reset": True,
    },
    "beside": {
        "kind": "run",
        "default": "",
        "of": ("k", "seed", "start", "type", "floor", "printed", "held"),
        "must": "kmeans, or settings of a second run, such as k:4,seed:7,printed:11+12",
        "picture": True,
        "reset": True,
    },
    "predict": {
        "kind": "text",
        "default": "",
        "pattern": PREDICTION,
        "must": "iterations and ends of means, such as 12,2:4.5:1.4",
        "picture": True,
        "reset": True,
    },
    "along": {
        "kind": "text",
        "default": "mean:1:1",
        "pattern": PARAMETER,
        "must": "a parameter of a component, such as mean:1:2 (its second column), weight:1 or spread:1, or two",
        "picture": True,
        "reset": True,
    },
    "open": {
        "kind": "words",
        "picture": True,
        "default": (),
        "argument": "panels",
        "allowed": {
            "data": {"label": "Data and start"},
            "inside": {"label": "Look inside"},
            "ratchet": {"label": "The ratchet"},
            "along": {"label": "Likelihood"},
            "starts": {"label": "Many starts"},
            "compare": {"label": "Compare"},
            "share": {"label": "Share"},
            "keys": {"label": "Keys", "key": "?"},
        },
    },
    # What a link carries besides: a table of one's own, rows that were changed, a start set by hand (``_links.py``).
    "points": {
        "kind": "points",
        "default": None,
        "low": 1,
        "high": 10,
        "rows": 5000,
        "must": "features and X, of 1 to 10 columns and at most 5000 rows",
        "reset": True,
    },
    "edits": {
        "kind": "edits",
        "default": None,
        "must": "pairs of a row, counted from 0, and its new numbers",
        "reset": True,
    },
    "parameters": {
        "kind": "parameters",
        "default": None,
        "must": "weights, means and covariances of at least one component",
        "reset": True,
    },
}
DEFAULTS = {name: entry["default"] for name, entry in SETTINGS.items()}
ALLOWED = {name: tuple(entry["allowed"]) for name, entry in SETTINGS.items() if "allowed" in entry}
