"""A stand-in for anywidget in the page, where no Jupyter talks to a widget: traits, and nothing that sends them."""

from contextlib import contextmanager

from traitlets import HasTraits


class AnyWidget(HasTraits):
    """A widget's traits; what a page shows of it is its ``text/html``."""

    @contextmanager
    def hold_sync(self):
        """Nothing is sent, so nothing is held."""
        yield

    def _repr_mimebundle_(self, **_):
        return {}, {}
