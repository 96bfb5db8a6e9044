# Two commands set everything up from a clean checkout (Python >= 3.11, make and package registries are enough):
#   make up     ends with environment "staging" provisioned in the sandbox
#   make test   runs the whole suite
# The virtual environment is made once and again only when requirements.lock or pyproject.toml change.

PYTHON ?= python3
VENV   ?= .venv
ENV    ?= staging
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# How requirements.lock is made: every dependency with its hashes, and no address in it.
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv setup up check test coverage test-deep mutate bench lock shell clean

help: ## Show this help
	@echo "usage: make TARGET [PYTHON=python3.12] [ENV=staging]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1:\2/p' Makefile | while IFS=: read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

venv: $(STAMP) ## Make the virtual environment
	@:

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "mlops-infra needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "==> Python packages into $(VENV) (about 1 min the first time)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## Install the external programs that are missing
	@$(BIN)/mlops-infra setup

up: setup ## Provision ENV (default: staging) in the sandbox
	@$(BIN)/mlops-infra up --env $(ENV) --yes

check: $(STAMP) ## Lint, types and the rules of the rooms
	@echo "==> ruff" >&2
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@echo "==> mypy" >&2
	@$(BIN)/mypy --no-error-summary
	@echo "==> import-linter" >&2
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }

# Three workers, each with an embedded cloud of its own (tests/conftest.py): where two of them wait for it, the third one works.
SUITE := $(BIN)/python -m pytest --quiet -n 3 -m "not deep"

test: setup check ## Everything: check, then the whole suite
	@echo "==> pytest" >&2
	@$(SUITE)

coverage: setup ## The suite again, and which lines it runs (tracing them takes as long as running them; HTML in build/coverage)
	@$(SUITE) --cov --cov-report=term:skip-covered --cov-report=html:build/coverage

test-deep: setup ## The long tests too
	@$(BIN)/python -m pytest --quiet -n 2 -m deep

mutate: setup ## Change every rule in every small way: do the tests beside it notice? (JSON in build/mutation.json)
	@$(BIN)/python tests/mutation --json build/mutation.json

bench: setup ## Measure what the speed claims rest on (tables; JSON in build/bench)
	@mkdir -p build/bench
	@for script in $(filter-out benchmarks/measure.py,$(wildcard benchmarks/*.py)); do \
		echo "==> $$script" >&2; \
		$(BIN)/python $$script --json build/bench/$$(basename $$script .py).json || exit 1; \
	done

lock: $(STAMP) ## Resolve requirements.lock and tools/go/requirements.txt anew
	@$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml
	@$(COMPILE) --output-file tools/go/requirements.txt tools/go/requirements.in

shell: setup ## A shell in which mlops-infra is on PATH
	@VIRTUAL_ENV="$(abspath $(VENV))" PATH="$(abspath $(BIN)):$$PATH" exec "$${SHELL:-/bin/sh}"

clean: ## Remove the virtual environment and caches; keeps .mlops-infra/ (state) and the installed programs
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
