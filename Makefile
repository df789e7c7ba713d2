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

# The studio's pages, built from TypeScript; a wheel carries them, so that its users need no Node.
STUDIO := src/telltale/studio/web/index.html
STUDIO_SOURCES := $(shell find studio-web -name node_modules -prune -o -name dist -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint pages docs bench studio clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(DEV_READY) ## Install all that the other commands need into .venv
	@:

demo: $(RUN_READY) $(STUDIO) ## Simulate a small study, judge on it who is about to buy, open report and studio
	@$(BIN)/telltale demo

test: $(DEV_READY) $(STUDIO) ## Run every test, those in the docs and docstrings too
	@tools/test_servers.sh
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist loadfile

quick: $(DEV_READY) $(STUDIO) ## Run the tests that take less than a minute together
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist loadfile -m "not slow"

lint: $(DEV_READY) ## Check style, format and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy src tests tools

pages: $(DEV_READY) ## Rewrite the tables in docs/ that are made from the code
	@$(BIN)/python tools/pages.py

docs: $(DEV_READY) ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "docs: open site/index.html"

bench: $(DEV_READY) ## Run every script in benchmarks/
	@for script in benchmarks/*.py; do $(BIN)/python "$$script" || exit 1; done

studio: $(STUDIO) ## Build the studio's pages (Node 20 or newer)
	@:

clean: ## Remove what these commands made, .venv too
	@rm -rf $(VENV) site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf studio-web/node_modules studio-web/dist src/telltale/studio/web
	@find src tests tools benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(STUDIO): $(STUDIO_SOURCES)
	@command -v npm >/dev/null || { echo "the studio needs Node 20 or newer with npm" >&2; exit 1; }
	@cd studio-web && npm ci --no-audit --no-fund --loglevel=error && npm run build --silent
	@rm -rf $(@D) && cp -R studio-web/dist $(@D) && touch $@

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
