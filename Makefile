# Everything here sets itself up: Python 3.11 or newer, pip and make are enough.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST := $(BIN)/python -m pytest

.PHONY: help demo demo-clean story story-clean test postgres-test slow-test browser-test fault-test check soak bench \
	docs site pictures schemas dist matrix beside clean

help:
	@echo "make demo        the whole loop on one article, in demo/ (make demo-clean removes it)"
	@echo "make story       a campaign on WiNER-fr, in story/ (WINER=folder; make story-clean removes it)"
	@echo "make test        unit tests, French model and real Doccano"
	@echo "make check       ruff and mypy"
	@echo "make docs        write the reference page, run the examples of the docs"
	@echo "make site        the documentation as a site, in site/"
	@echo "make pictures    the pictures of the docs, from the running tool; needs Chromium"
	@echo "make schemas     write the JSON Schemas of the file formats"
	@echo "make postgres-test  the faster tests that use a store, on PostgreSQL"
	@echo "make slow-test   the tests that take longer"
	@echo "make browser-test  what an annotator sees, in Chromium"
	@echo "make dist        wheel and sdist, and a try of the wheel in a new environment"
	@echo "make fault-test  syncs with injected faults, 400 scenarios, and 60 schedules of acts and server changes"
	@echo "make soak        the same with 1,000 scenarios and 500 schedules, and the slower tests on PostgreSQL"
	@echo "make matrix      install and try it on every Python here, newest and pinned packages"
	@echo "make beside      which packages install beside it, for docs/decisions/dependencies.md"
	@echo "make bench       benchmarks"
	@echo "make clean       remove environments and caches"

.venv/.made:
	@echo "making a virtual environment with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.made pyproject.toml constraints.txt
	@echo "installing curate and the French model (the first time takes some minutes)"
	@$(PIP) -e '.[fr]'
	@touch $@

.venv/.dev: .venv/.run
	@echo "installing what the tests need"
	@$(PIP) -e '.[fr,dev]'
	@touch $@

demo: .venv/.run
	@$(BIN)/python docs/demo/demo.py demo

WINER ?= ../shared/data/winer-fr-2016

story: .venv/.run
	@$(BIN)/python docs/demo/story.py $(WINER) story

story-clean:
	@if [ -d story ]; then $(BIN)/curate server stop -C story/corpus; rm -rf story; echo "removed story/"; fi

demo-clean:
	@if [ -d demo ]; then $(BIN)/curate server stop -C demo; rm -rf demo; echo "removed demo/"; fi

test: .venv/.dev
	$(PYTEST) tests -n 2 -m "not browser and not slow and not faults"

# What makes a workspace, opens a store, or runs the command line. What tests the connection with
# Doccano or the formats alone does not depend on the database.
STORE_TESTS = $(shell grep -rlE 'orkspace\b|curate\.store|history_corpus|trained_corpus|"-m", "curate"|cluster' \
	--include='test_*.py' --exclude-dir=browser --exclude-dir=docs --exclude-dir=faults \
	--exclude-dir=doccano --exclude-dir=formats --exclude=test_architecture.py tests)

postgres-test: .venv/.dev
	CURATE_TEST_DATABASE=postgresql $(PYTEST) $(STORE_TESTS) -n 2 -m "not slow"

slow-test: .venv/.dev
	$(PYTEST) tests -n 2 -m "slow and not browser and not faults"

browser-test: .venv/.dev
	$(PYTEST) tests/browser

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.dev
	$(BIN)/python docs/reference/generate.py
	$(PYTEST) tests/docs

site: .venv/.dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --site-dir site
	@echo "site/index.html"

pictures: .venv/.dev
	$(BIN)/python docs/images/make.py $(WINER)
	CURATE_PICTURES=docs/images $(PYTEST) tests/browser

schemas: .venv/.dev
	$(BIN)/python -m curate.json_schemas schemas

# Built in an environment of its own; the wheel is tried in another one, outside of this folder.
build/hatch/.made: constraints.txt
	@rm -rf build/hatch
	@$(PYTHON) -m venv build/hatch
	@build/hatch/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling
	@touch $@

dist: build/hatch/.made
	rm -rf dist
	build/hatch/bin/python -m hatchling build
	$(PYTHON) tests/dist/try_wheel.py dist

fault-test: .venv/.dev
	CURATE_FAULTS=$${CURATE_FAULTS:-400} CURATE_SCHEDULES=$${CURATE_SCHEDULES:-60} $(PYTEST) tests/faults -n 2 -p no:cacheprovider

soak: .venv/.dev
	CURATE_FAULTS=$${CURATE_FAULTS:-1000} CURATE_SCHEDULES=$${CURATE_SCHEDULES:-500} $(PYTEST) tests/faults -n 2 -p no:cacheprovider
	CURATE_TEST_DATABASE=postgresql $(PYTEST) $(STORE_TESTS) -n 2 -m slow

matrix: .venv/.dev
	$(BIN)/python tests/environments/matrix.py $(MATRIX)

beside: .venv/.dev
	$(BIN)/python tests/environments/beside.py

bench: .venv/.dev
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/sync.py --memory 1000 10000
	$(BIN)/python tests/benchmarks/store.py
	$(BIN)/python tests/benchmarks/store.py --memory 1000 10000
	$(BIN)/python tests/benchmarks/preannotate.py 1000 5000 20000 --sample 1000
	$(BIN)/python tests/benchmarks/checks.py
	$(BIN)/python tests/benchmarks/agreement.py
	$(BIN)/python tests/benchmarks/dedup.py
	$(BIN)/python tests/benchmarks/exports.py
	$(BIN)/python tests/benchmarks/exports.py --against
	$(BIN)/python tests/benchmarks/report.py

clean: demo-clean story-clean
	rm -rf .venv build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
