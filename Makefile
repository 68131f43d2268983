# Every verb sets itself up: it needs git, make, Python 3.11 or newer, and package registries. Nothing else, no C compiler.
# PYTHON names another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest

# `--no-annotate --no-header` keep the lock files free of comments that differ from machine to machine.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo test check bench fmt lock setup tools

help: ## Say what each verb does
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: tools ## Start a whole cloud on this machine and watch the operator work in it
	@$(RUN) -m localcloud.demo $(ARGS)

test: check tools ## Run everything that CI runs: the checks, then all tests
	$(PYTEST) -n 2 --dist worksteal

check: setup ## Lint, formatting, types, layers, generated files; no test is run
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy operator localcloud tests
	.venv/bin/lint-imports
	$(RUN) -m mwaa_operator crds --check

bench: tools ## Measure the operator against its budgets and print the figures
	@$(RUN) -m localcloud.bench $(ARGS)

fmt: setup ## Format the code and repair what the linter can repair
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

lock: ## Lock the dependencies anew (this verb alone needs uv on PATH)
	@command -v uv >/dev/null || { echo "make lock needs uv: python3 -m pip install uv, then run it again"; exit 1; }
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --group dev --output-file requirements/dev.txt
	$(COMPILE) requirements/go.in --output-file requirements/go.txt

setup:
	@$(PYTHON) scripts/setup

tools: setup
	@$(RUN) -m localcloud tools
