"""The engine: the E-step and the M-step of a mixture fused into one blocked pass, fast and exact.

It computes what :mod:`gmm_lib.e_step`, :mod:`gmm_lib.m_step` and :mod:`gmm_lib.likelihood` compute; tests hold them
equal. Three formulations share one interface: :mod:`~gmm_lib.engine.features` (two matrix products, the fastest in few
dimensions), :mod:`~gmm_lib.engine.stacked` (the fastest in many) and :mod:`~gmm_lib.engine.residuals` (the most
exact). Where covariances have something in common there are others with less work: :mod:`~gmm_lib.engine.linear` for
tied ones, :mod:`~gmm_lib.engine.squares` for diagonal, :mod:`~gmm_lib.engine.radii` for spherical, and for these two
:mod:`~gmm_lib.engine.elementwise`, the most exact. :class:`~gmm_lib.engine.driver.Engine` drives one run over points
that can be read again, :func:`~gmm_lib.engine.restarts.run_many` many runs at once over few points, and
:class:`~gmm_lib.engine.streaming.Stepwise` one run over points that pass once.
"""

from .driver import Engine, Run
from .restarts import Restarts, run_many
from .streaming import Stepwise

__all__ = ["Engine", "Restarts", "Run", "Stepwise", "run_many"]
