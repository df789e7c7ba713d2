# One command for everything; each sets itself up. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop

# One constraints file holds both what is installed and what builds it (old and new pip read different names).
PIP := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

# MediaPipe's face models, fetched once into the user's cache folder; what fails is told on stderr.
MODELS := $(BIN)/telltale models install >/dev/null

# The studio's pages and the viewer's device, built from TypeScript; a wheel carries them, so its users need no Node.
STUDIO := src/telltale/studio/web/index.html
DEVICE := src/telltale/live/edge/index.html
PAGES := $(STUDIO) $(DEVICE)
BUILT := node_modules dist build models
NODE_IS_THERE := command -v npm >/dev/null || \
	{ echo "studio and device are built by Node 20 or newer with npm: install it" >&2; exit 1; }
sources = $(shell find $(1) $(foreach name,$(BUILT),-path $(1)/$(name) -prune -o) -type f -print)
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

# A file's tests stay together, for they share what is set up.
TESTS := $(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick load lint pages docs bench studio edge clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(DEV_READY) ## Install all that the other commands need into .venv
	@:

demo: $(RUN_READY) $(PAGES) ## Simulate a small study, judge on it who is about to buy, open report and studio
	@$(BIN)/telltale demo

test: $(DEV_READY) $(PAGES) ## Run every test, those in the docs and docstrings too
	@tools/test_servers.sh
	@$(TESTS)

load: $(DEV_READY) $(PAGES) ## Run the tests that want minutes and all cores: load, long fuzzing
	@tools/test_servers.sh
	@$(BIN)/python -m pytest -q -m load

quick: $(DEV_READY) $(PAGES) ## Run the tests that take less than a minute together
	@$(TESTS) -m "not slow"

lint: $(DEV_READY) $(PAGES) ## Check style, format and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy src tests tools
	@cd studio-web && npm run --silent check
	@cd edge && npm run --silent check

pages: $(DEV_READY) ## Rewrite the tables in docs/ that are made from the code
	@$(BIN)/python tools/pages.py

docs: $(DEV_READY) ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "docs: open site/index.html"

bench: $(DEV_READY) ## Run every script in benchmarks/
	@for script in benchmarks/*.py; do $(BIN)/python "$$script" || exit 1; done

studio: $(STUDIO) ## Build the studio's pages (Node 20 or newer)
	@:

edge: $(DEVICE) ## Build what runs on the viewer's device (Node 20 or newer)
	@:

clean: ## Remove what these commands made, .venv too
	@rm -rf $(VENV) site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf $(foreach name,$(BUILT),studio-web/$(name) edge/$(name)) $(dir $(PAGES))
	@find src tests tools benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(STUDIO): $(call sources,studio-web)
	@$(NODE_IS_THERE)
	@cd studio-web && $(NPM_CI) && npm run --silent build
	@rm -rf $(@D) && cp -R studio-web/dist $(@D) && touch $@

$(DEVICE): $(call sources,edge) $(wildcard spec/*.json)
	@$(NODE_IS_THERE)
	@cd edge && $(NPM_CI) && npm run --silent build
	@rm -rf $(@D) && cp -R edge/dist $(@D) && rm -f $(@D)/*.map && touch $@

$(BIN)/python:
	@python=; for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "Telltale needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)" >&2; \
		exit 1; fi; \
	echo "setting up in $(VENV), once"; \
	$$python -m venv --clear $(VENV)

$(RUN_READY): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) -e '.[live]'
	@$(MODELS)
	@touch $@

$(DEV_READY): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) -e '.[dev]'
	@$(MODELS)
	@touch $@ $(RUN_READY)
