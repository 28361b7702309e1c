# `make` alone lists what there is to make.

PYTHON ?= python3
PORT   ?= 8000

BIN := .venv/bin
# One thread for the linear algebra: the same numbers everywhere, and no fight over the processor.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS = 1

# The stamp's name holds a checksum of what the environment is made from (and of the folder, which is written into
# it), so that a changed file sets up again, and a fresh clone or a mere `touch` does not.
SUM   := $(shell (pwd; cat requirements.txt pyproject.toml gmm_course/pyproject.toml) | cksum | cut -d ' ' -f 1)
STAMP := .venv/set-up-$(SUM)
GRADING := .venv/set-up-grading-$(shell cksum < requirements-grading.txt | cut -d ' ' -f 1)

# Where the book is published; what is empty stands in _config.yml.
ADDRESSES = BOOK_SITE="$(SITE)" BOOK_REPOSITORY="$(REPOSITORY)" BOOK_BRANCH="$(BRANCH)" BOOK_PAGES="$(PAGES)"

# One process of tests more than processors: there is always one that waits for a browser.
TESTERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: help book serve lab test test-pages test-firefox test-elsewhere valid lint format coverage notebooks stepper picture publish pdf epub homework course editor search katex clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1	/' | while IFS='	' read -r name text; do \
	    printf '  make %-15s %s\n' "$$name" "$$text"; done

book: $(STAMP)  ## Build the site afresh into _build/html (PYODIDE=folder that has Pyodide's files)
	@rm -rf _build/html _build/.doctrees
	cd book && ../$(BIN)/jupyter-book build . --toc ../_toc.yml --config ../_config.yml --path-output .. -W -n --keep-going -q
	@echo "The book is built: open _build/html/index.html"

serve: book  ## Build the site and serve it on this machine only (PORT=8000)
	@echo "The book is at http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(STAMP)  ## Open the chapters and the homework as notebooks in JupyterLab
	@# Trusted, the stored figures show before anything is run; the question about news would need a network.
	@$(BIN)/jupyter trust book/chapters/*.ipynb book/beyond/*.ipynb book/scale/*.ipynb book/homework/student/*/*.ipynb > /dev/null
	@$(BIN)/jupyter labextension disable @jupyterlab/apputils-extension:announcements 2> /dev/null
	$(BIN)/jupyter lab --ip 127.0.0.1 --notebook-dir book

test: $(GRADING) book  ## Build the site, then run every test: library, notebooks, site, browser
	$(BIN)/python -m pytest --nbval --nbval-current-env -n $(TESTERS) --dist loadfile --no-loadscope-reorder

test-pages: $(STAMP) book  ## Run every cell of every page, and judge the homework's gallery, in Chromium from disk (half an hour)
	LIVE=all $(BIN)/python -m pytest tests/browser/test_live_in_browser.py tests/browser/test_gallery_in_page.py -n 2

test-firefox: $(STAMP) book  ## Try every kind of page, cells, a stepper and a homework in Firefox, from disk (Debian: apt-get install firefox-esr)
	LIVE=firefox $(BIN)/python -m pytest tests/browser/test_site_in_firefox.py tests/browser/test_live_in_firefox.py tests/browser/test_homework_in_firefox.py

test-elsewhere: $(GRADING) book  ## Run notebooks and tests as other processors and a busy machine would, hours (PLACES="Nehalem-1 busy")
	$(BIN)/python tools/elsewhere.py $(if $(PLACES),--only $(PLACES))

valid: $(STAMP) book  ## Have html-validate judge the markup of every page (needs Node.js)
	npx --yes html-validate@10.9.0 $$(find _build/html -name '*.html' -not -path '*/_static/*')

lint: $(STAMP)  ## Look for mistakes, other formats and wrong type hints, without running anything
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(STAMP)  ## Put the code into its one format, and mend what can be mended by machine
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

coverage: $(GRADING) book  ## Run the tests, and list the lines of gmm_lib that none of them runs
	$(BIN)/python -m pytest tests -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term-missing:skip-covered --cov-report=xml

notebooks: $(STAMP)  ## Run every notebook again and store its outputs without noise
	$(BIN)/python tools/notebooks.py

stepper: $(STAMP)  ## Make the scripts of stepper and figures short again, after a change in gmm_lib/stepper/js (needs Node.js)
	$(BIN)/python tools/stepper.py

picture: $(STAMP)  ## Draw the animation of the README from the built site (needs Chromium)
	$(BIN)/python tools/picture.py

publish: $(STAMP)  ## Make a folder for any static host, _build/site (SITE=its address, REPOSITORY=that of the sources)
	@$(ADDRESSES) $(BIN)/python -m publishing.host
	@rm -rf _build/site _build/published
	cd book && $(ADDRESSES) ../$(BIN)/jupyter-book build . --toc ../_toc.yml --config ../_config.yml \
	    --path-output ../_build/published -W -n --keep-going -q
	@mv _build/published/_build/html _build/site && rm -rf _build/published
	@$(ADDRESSES) $(BIN)/python -m publishing.host _build/site

pdf: $(STAMP) book  ## Print the whole book into _build/book.pdf (SITE= as above; needs Chromium)
	@$(ADDRESSES) $(BIN)/python -m publishing pdf _build/book.pdf

epub: $(STAMP) book  ## Make the whole book an EPUB, _build/book.epub, and check it where Java is (SITE= as above)
	@$(ADDRESSES) $(BIN)/python -m publishing epub _build/book.epub

homework: $(GRADING)  ## Make the students' homework from the solved notebooks (SOLUTIONS=folder copies those too)
	$(BIN)/python tools/homework.py make $(if $(SOLUTIONS),--solutions "$(SOLUTIONS)")

course: $(GRADING)  ## Make a zip a homework for students in _build/course (COURSE=folder, BOOK=address of your site)
	$(BIN)/python tools/homework.py bundle $(if $(COURSE),--to "$(COURSE)") $(if $(BOOK),--book "$(BOOK)")

editor:  ## Bundle the editor of the pages anew (needs npm)
	cd live/editor && npm ci --silent && \
	    BANNER="/* CodeMirror 6 (MIT), bundled by make editor from $$(cat editor.js package-lock.json | sha256sum | cut -d ' ' -f 1) */" \
	    npm run --silent bundle

search:  ## Bundle the engine of the book's search anew (needs npm)
	cd book/search && npm ci --silent && cp node_modules/minisearch/LICENSE.txt minisearch-licence.txt && \
	    BANNER="/* MiniSearch (MIT), bundled by make search from $$(cat engine.js package-lock.json | sha256sum | cut -d ' ' -f 1) */" \
	    npm run --silent bundle

katex:  ## Bring KaTeX, which typesets the formulas, anew from npm (needs npm)
	cd book/katex && npm ci --silent && cd node_modules/katex && \
	    cp LICENSE dist/katex.min.js dist/katex.min.css dist/contrib/copy-tex.min.js ../.. && cp dist/fonts/*.woff2 ../../fonts

clean:  ## Remove the built site and the environment
	rm -rf _build .venv live/editor/node_modules book/katex/node_modules book/search/node_modules .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage coverage.xml *.egg-info gmm_course/*.egg-info

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The book needs Python 3.11 or newer; " \
	    "$(PYTHON) is " + sys.version.split()[0] + ". If another is installed, say: make book PYTHON=python3.12")'
	@# An environment holds its own path: one that came with a copied or renamed folder is of no use.
	@grep -qsF "$(CURDIR)/.venv" .venv/pyvenv.cfg || rm -rf .venv
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@rm -f .venv/set-up-* && touch $@

$(GRADING): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-grading.txt
	@touch $@
