# Eight verbs. Each sets up what it needs by itself, in .venv, with Python 3.11 or later.
.POSIX:
.PHONY: help run test test-all check fmt bench docs proof

VENV = .venv/bin
# How many test processes: two for each core where tests are to be quick, for they mostly wait; one more
# than there are cores where all of them run, some of which load a core by themselves. `make test WORKERS=0` runs them
# in one, which a debugger likes better.
WORKERS = $$((2 * $$(getconf _NPROCESSORS_ONLN)))
ALL_WORKERS = $$((1 + $$(getconf _NPROCESSORS_ONLN)))
# An idle process takes tests from a busy one. Bytecode is kept even where the environment says otherwise:
# many tests start programs of ours, and each would compile all of them anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(VENV)/python -m pytest --dist worksteal
NAME =

help:
	@echo 'make run       set up, then `bridgewright demo` (BRIDGEWRIGHT_DEMO=once: play it once and end)'
	@echo 'make test      the fast tests (the rules of the house: make check)'
	@echo 'make test-all  every test'
	@echo 'make check     format, lint, types, import floors, the rules of the house'
	@echo 'make fmt       put the code into shape'
	@echo 'make bench     measure, against peers, in one run'
	@echo 'make docs      the documentation, in docs/_build/html'
	@echo 'make proof     a long proof: NAME=… (without a name: the list of them)'

run:
	@sh tools/setup.sh run
	@if [ "$${BRIDGEWRIGHT_DEMO:-}" = once ]; \
	then exec $(VENV)/bridgewright demo --once; \
	else exec $(VENV)/bridgewright demo; fi

test:
	@sh tools/setup.sh dev
	HYPOTHESIS_EXAMPLES=quick $(PYTEST) -n $(WORKERS) -m 'not slow' --ignore=tests/house

test-all:
	@sh tools/setup.sh dev
	$(PYTEST) -n $(ALL_WORKERS)

check:
	@sh tools/setup.sh dev
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	PATH="$$PWD/$(VENV):$$PATH" basedpyright
	$(VENV)/lint-imports
	$(VENV)/python -m pytest -q tests/house

fmt:
	@sh tools/setup.sh dev
	$(VENV)/ruff check --fix-only .
	$(VENV)/ruff format .

bench:
	@sh tools/setup.sh bench
	$(VENV)/python -m benchmarks

docs:
	@sh tools/setup.sh docs
	$(VENV)/sphinx-build -W --keep-going -n -q -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

proof:
	@sh tools/setup.sh dev
	@$(VENV)/python -m proofs $(NAME)
