"""``display`` and the things that cells hand to it, as IPython has them; nothing is fetched from anywhere."""

from pathlib import Path

from gmm_live import kernel
from gmm_live.kernel import display

__all__ = ["HTML", "SVG", "Code", "Image", "Latex", "Markdown", "Math", "Pretty", "clear_output", "display"]


def clear_output(wait=False):
    """Take away what the cell has shown so far; with ``wait`` only when it shows something new."""
    kernel.running.clear(bool(wait))


class Pretty:
    """A text, or the text of a file beside the page's Python, that is shown in one way."""

    kind = "text/plain"

    def __init__(self, data=None, filename=None, **_):
        if (data is None) == (filename is None):
            raise ValueError(f"{type(self).__name__} takes data or filename, one of them; addresses cannot be loaded.")
        self.data = self._read(filename) if data is None else data

    def _read(self, filename):
        return Path(filename).read_text(encoding="utf-8")

    def _repr_mimebundle_(self, **_):
        return {self.kind: self.data, "text/plain": repr(self)}

    def __repr__(self):
        return self.data if type(self) is Pretty else f"<IPython.core.display.{type(self).__name__} object>"


class HTML(Pretty):
    """HTML, which is shown as it is; scripts in it do not run."""

    kind = "text/html"


class Markdown(Pretty):
    """Markdown."""

    kind = "text/markdown"


class Latex(Pretty):
    """TeX, which a page shows as it is written: its formulas are drawn when the book is built."""

    kind = "text/latex"


class Math(Latex):
    """A formula in TeX."""


class SVG(Pretty):
    """A drawing."""

    kind = "image/svg+xml"


class Code(Pretty):
    """A program's text."""

    kind = "text/markdown"

    def _repr_mimebundle_(self, **_):
        return {self.kind: f"```python\n{self.data}\n```", "text/plain": self.data}


class Image(Pretty):
    """A picture, PNG."""

    kind = "image/png"

    def _read(self, filename):
        return Path(filename).read_bytes()
