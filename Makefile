# SPDX-License-Identifier: Apache-2.0
#
#   make build   the environment in .venv, with the command at .venv/bin/cocket, and the pages' scripts
#   make demo    a synthetic country through the real doors, then the workbench (ARGS=--once ends instead)
#   make test    the whole suite (ARGS=tests/tracking, ARGS="-k alert": a part of it)
#   make test-quick   without houses as processes, browsers and programs of others; make test-slow: only these
#   make lint    ruff, mypy, the import contract
#   make bench   benchmarks (ARGS=NAME)     make soak   what is too long for every change (ARGS=tests/faults/test_fuzz.py)
#   make curve   what instances of growing size cost, drawn as a page (ARGS="--size 2000 --size 50000 --home grown")
#   make messages   the catalogues of every language, renewed from the sentences in the code
#   make mutants ARGS=control   whether the tests of a room notice small changes of its code
#   make clean   remove what was built      make lock   renew the pinned versions
#
# PYTHON=/path/to/python chooses the Python to build with (3.11 or newer).

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: build demo test test-quick test-slow lint bench curve soak messages mutants clean lock

SHELL := /bin/sh
BIN := .venv/bin
HTMX := src/cocket/workbench/static/vendor/htmx.min.js

# Houses of tests are dozens of processes; none of them compiles the whole program again.
unexport PYTHONDONTWRITEBYTECODE

# A run in a folder of its own for temporary files, which stays only if something failed; long files begin first.
define run-tests
@folder=$$(mktemp -d) && TMPDIR=$$folder $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m $(1) $(ARGS) \
    && rm -rf "$$folder" || { status=$$?; echo "What the failed tests left: $$folder" >&2; exit $$status; }
endef

# Each stamp is written last, so that a build that was interrupted is done again.
RUN := .venv/run.built
DEV := .venv/dev.built

ifneq ($(shell PYTHON='$(PYTHON)' sh scripts/is-built && echo yes),yes)
.PHONY: $(RUN)
endif

build: $(RUN) $(HTMX)

demo: build
	$(BIN)/cocket demo $(ARGS)

test: build $(DEV)
	$(call run-tests,'not soak')

test-quick: build $(DEV)
	$(call run-tests,'not soak and not slow')

test-slow: build $(DEV)
	$(call run-tests,'slow and not soak')

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src scripts benchmarks
	$(BIN)/lint-imports

bench: build
	$(BIN)/cocket bench $(ARGS)

curve: build
	$(BIN)/cocket bench curve --page docs/reference/operations $(ARGS)

soak: build $(DEV)
	$(BIN)/python -m pytest -m soak $(ARGS)

messages: build
	$(BIN)/python scripts/messages.py $(ARGS)

mutants: build $(DEV)
	$(BIN)/python scripts/mutants.py $(ARGS)

lock: $(RUN)
	sh scripts/lock

# What the demo and a server keep, under var/, is nobody's to clean.
clean:
	rm -rf .venv node_modules tests/peers/*/node_modules dist build src/cocket/workbench/static/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(RUN): pyproject.toml requirements/run.txt requirements/build.txt scripts/build-environment
	@PYTHON='$(PYTHON)' sh scripts/build-environment run
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	@PYTHON='$(PYTHON)' sh scripts/build-environment dev
	@touch $@

$(HTMX): package.json package-lock.json .npmrc scripts/build_web.py | $(RUN)
	@$(BIN)/python scripts/build_web.py
