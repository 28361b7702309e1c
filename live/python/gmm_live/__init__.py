"""Runs the cells of a page: what a notebook's kernel is to a notebook, in a few hundred lines.

:mod:`gmm_live.kernel` runs a cell, :mod:`gmm_live.showing` makes of a value what a page can show,
:mod:`gmm_live.figures` is Matplotlib's backend, :mod:`gmm_live.widgets` knows what is live in the page,
:mod:`gmm_live.cells` reads a cell, :mod:`gmm_live.needs` what it imports, and :mod:`gmm_live.advice` says what to do
about errors that only a page has.
:mod:`gmm_live.pretty` is IPython's own printer, put here when the site is built, so that a page prints a long list as a
notebook does.
"""
