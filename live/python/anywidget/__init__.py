"""A stand-in for anywidget in the page, where no Jupyter carries messages: the page does, and draws the widget."""

from contextlib import contextmanager

from gmm_live import kernel, widgets
from traitlets import HasTraits


class AnyWidget(HasTraits):
    """A widget's traits. Those that are marked to be synced are held equal here and in the page, once it is shown."""

    def __init__(self, **traits):
        super().__init__(**traits)
        self._held_back = None  # the names of what changed, while nothing is sent
        self._received = {}
        self.observe(self._tell, list(self.traits(sync=True)))

    @contextmanager
    def hold_sync(self):
        """Send what changes meanwhile at once, at the end: the picture must not see half of it."""
        if self._held_back is not None:
            yield
            return
        self._held_back = []
        try:
            yield
        finally:
            names, self._held_back = self._held_back, None
            self._send(names)

    def receive(self, changes):
        """Take what the page has changed; it is told only of what becomes of that, or its next step would be undone."""
        self._received = changes
        try:
            for name, value in changes.items():
                setattr(self, name, value)
        finally:
            self._received = {}

    def _tell(self, change):
        if change.name in self._received and self._received[change.name] == change.new:
            return
        if self._held_back is None:
            self._send([change.name])
        else:
            self._held_back.append(change.name)

    def _send(self, names):
        if names and (number := widgets.number_of(self)) is not None:
            kernel.running.tell("widget", number=number, changes={name: getattr(self, name) for name in names})

    def _repr_mimebundle_(self, **_):
        number = widgets.show(self)
        self._send(list(self.traits(sync=True)))
        return {widgets.VIEW: {"version_major": 2, "version_minor": 0, "model_id": str(number)}}, {}
