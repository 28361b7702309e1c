"""Packages that only some parts of the library need: an import that fails says which extra to install."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Import inside; if that fails, the ImportError says ``what`` needs it, and that the extra ``name`` brings it."""
    try:
        yield
    except ImportError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise ImportError(f'{what} needs {package}: pip install "gmm_lib[{name}]"', name=error.name) from error
