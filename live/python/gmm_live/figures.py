"""Matplotlib's backend in the page: figures are drawn in memory, and shown below their cell."""

from matplotlib import _pylab_helpers
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401 -- Matplotlib looks for it

from . import kernel


def show(*_, **__):
    """Show and close all open figures: ``plt.show()``, and the end of every cell."""
    managers = _pylab_helpers.Gcf.get_all_fig_managers()
    try:
        for manager in managers:
            kernel.display(manager.canvas.figure)
    finally:
        _pylab_helpers.Gcf.destroy_all()
