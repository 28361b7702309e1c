"""The EM stepper, one widget that steps through EM, and figures that move: in a notebook with a kernel and on a page
without one.

Only :class:`EMStepper` and the figures (:mod:`gmm_lib.stepper.figures`) need anywidget; :mod:`gmm_lib.stepper.static`
and :mod:`gmm_lib.stepper.trace` do without.
"""


def __getattr__(name):
    if name == "EMStepper":
        from .widget import EMStepper

        return EMStepper
    raise AttributeError(f"module 'gmm_lib.stepper' has no attribute {name!r}")


__all__ = ["EMStepper"]
