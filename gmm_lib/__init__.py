"""Gaussian mixtures, one equation at a time: the library beside the book.

The modules carry the names of the book's chapters, and every numbered equation of the article is one public
function (see *The equation map* in the book). ``import gmm_lib`` loads nothing but this file: the public names are
resolved on first use, so that a reader of :mod:`gmm_lib.gaussian` never pays for matplotlib or scikit-learn.
"""

from importlib import import_module

__version__ = "1.0.0"

_PUBLIC = {
    "EMStepper": "stepper",
    "GaussianMixture": "model",
    "Parameters": "parameters",
    "CollapsedComponentError": "validation",
}
_MODULES = (
    "acceleration",
    "combining",
    "covariance_types",
    "datasets",
    "e_step",
    "em",
    "engine",
    "evaluation",
    "fitting",
    "floor",
    "gaussian",
    "hierarchical",
    "initialization",
    "labels",
    "likelihood",
    "m_step",
    "missing",
    "mixture",
    "model",
    "models",
    "parameters",
    "plots",
    "plots_of_fits",
    "points",
    "posterior",
    "priors",
    "sampling",
    "selection",
    "short_runs",
    "source",
    "stability",
    "steps",
    "table",
    "uncertainty",
    "validation",
)

__all__ = [*_PUBLIC, *_MODULES]


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(import_module(f"gmm_lib.{_PUBLIC[name]}"), name)
    if name in _MODULES:
        return import_module(f"gmm_lib.{name}")
    raise AttributeError(f"module 'gmm_lib' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
