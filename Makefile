# Needs make, git and Python 3.11 or later with pip. The interpreter is chosen by scripts/venv.sh; name another one
# with `make key PYTHON=...`, and another number of processes with `make test CORES=...`. All paths are relative, so the checkout may lie in a folder with spaces in its name.
PYTHON ?=
ARGS ?=
CORES ?= 2

setup = @PYTHON="$(PYTHON)" sh scripts/venv.sh
python = @.venv/bin/python -m
pytest = $(python) pytest -q -n $(CORES) --dist worksteal

.NOTPARALLEL:
.PHONY: help key test check test-all clean

help:
	@echo "make key        set up .venv and write every answer key of derivations/ under out/"
	@echo "make test       run the tests                      (ARGS=... goes to pytest)"
	@echo "make check      formatter, linter, types"
	@echo "make test-all   the tests, and fuzz, browser, LaTeX, wheel and oracle runs"
	@echo "make clean      remove .venv, out/ and every cache"

key:
	$(setup)
	@.venv/bin/symgrad key -o out

test:
	$(setup) test
	$(pytest) $(ARGS)

check:
	$(setup) check
	$(python) ruff format --check .
	$(python) ruff check .
	$(python) mypy

test-all:
	$(setup) test oracles plot
	$(pytest) -m "" $(ARGS)

clean:
	@rm -rf .venv out dist build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find symgrad tests derivations benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
