"""Packages that only some parts of the library need: an import that fails says which extra to install."""

from contextlib import contextmanager


@contextmanager
def extra(name, what):
    """Import inside; if that fails, the ImportError says what needs it and how to get it."""
    try:
        yield
    except ImportError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise ImportError(f'{what} needs {package}: pip install "gmm_lib[{name}]"', name=error.name) from error
