# `make help` lists what there is. Each target does its own set-up: Python 3.11 or later and make are enough.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MIGRATIONS := reference/backend/migrations
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help backend migrate-up migrate-down migrate-version migrate-create migrate-force test check format lint types layers derived bench clean

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

migrate-up: $(VENV)/.installed  ## apply the reference backend's migrations (DATABASE_URL, .env, or a PostgreSQL of its own)
	@"$(BIN)/whimbrel" up --path "$(MIGRATIONS)"

migrate-down: $(VENV)/.installed  ## undo the last one
	@"$(BIN)/whimbrel" down --path "$(MIGRATIONS)"

migrate-version: $(VENV)/.installed  ## print the database's version
	@"$(BIN)/whimbrel" version --path "$(MIGRATIONS)"

migrate-create: $(VENV)/.installed  ## make an empty pair of files; asks for its name
	@printf 'Migration name: ' && read -r name && "$(BIN)/whimbrel" create --path "$(MIGRATIONS)" "$$name"

migrate-force: $(VENV)/.installed  ## write a version without running anything; asks which
	@printf 'Version: ' && read -r version && "$(BIN)/whimbrel" force --path "$(MIGRATIONS)" "$$version"

backend: $(VENV)/.tested  ## migrate and serve the reference backend on PORT (8000)
	@"$(BIN)/whimbrel" up --path "$(MIGRATIONS)" && PYTHONPATH=reference "$(BIN)/python" -m backend

test: $(VENV)/.tested  ## run all tests on an embedded PostgreSQL, in parallel
	@"$(BIN)/python" -m pytest -n $(WORKERS)

check: lint types layers derived test  ## what CI runs

format: $(VENV)/.developed  ## put the code in form
	@"$(BIN)/ruff" format src tests tools bench reference && "$(BIN)/ruff" check --fix src tests tools bench reference

lint: $(VENV)/.developed  ## style and likely mistakes
	@"$(BIN)/ruff" format --check src tests tools bench reference && "$(BIN)/ruff" check src tests tools bench reference

types: $(VENV)/.developed  ## mypy, strict
	@"$(BIN)/mypy"

layers: $(VENV)/.developed  ## who may import whom (.importlinter)
	@PYTHONPATH=reference "$(BIN)/lint-imports" --no-cache

derived: $(VENV)/.developed  ## generated files are what their generators write
	@"$(BIN)/python" tools/generate_docs.py --check && "$(BIN)/python" tools/generate_sync.py --check && "$(BIN)/python" tools/generate_rules.py --check

bench: $(VENV)/.tested  ## measure; see bench/README.md
	@"$(BIN)/python" bench/run.py

clean:  ## stop the server and remove all that make and whimbrel made here
	@if [ -x "$(BIN)/whimbrel" ]; then "$(BIN)/whimbrel" server stop; fi
	@rm -rf "$(VENV)" .whimbrel .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Whimbrel needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)"

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[embedded,lint]'
	@touch "$@"

$(VENV)/.tested: $(VENV)/.installed
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[embedded,lint,remote,backend,test]'
	@touch "$@"

$(VENV)/.developed: $(VENV)/.tested
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[embedded,lint,remote,backend,test,dev]'
	@touch "$@"
