"""Python in the page: what a built site needs so that its cells run in the reader's browser, from disk or from a host.

- :mod:`live.pins`: which files of the Pyodide release are shipped, in which parts, and their SHA-256.
- :mod:`live.fetching`: gets them from the first place that has them, refuses a wrong byte, keeps a cache.
- :mod:`live.compiling`: compiles Python files ahead, where Node is installed.
- :mod:`live.linking`: makes Pyodide's linker quick where it loads many libraries.
- :mod:`live.parts`: packs them for the browser; :mod:`live.own` packs our own: ``python/``, ``gmm_lib``, and what
  checks of ``gmm_course``.
- `python/gmm_live.needs`: which parts a cell needs, read from its imports.
- :mod:`live.licences`: the licences of what does not bring its own, ``licences/``.
- :mod:`live.folder`: writes the site's folder. ``js/page`` is what a page loads at the first click, ``js/worker.js``
  what runs beside it, ``editor/`` the bundled editor.

The extensions ``book/extensions/live_pages.py`` and ``homework_pages.py`` put the buttons into the pages. Nothing of
this is installed by pip.
"""
