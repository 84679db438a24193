# Two commands do everything: `make demo` runs the main job on an example, `make test` runs every check there is.

.PHONY: demo node test setup bench fuzz fixtures clean

demo: setup
	@.venv/bin/python -m examples.demo

node: setup
	@.venv/bin/python -m examples.demo.node

test: setup
	@bash scripts/test.sh

setup:
	@bash scripts/setup.sh

bench: setup
	@for file in benchmarks/*.py; do .venv/bin/python $$file || exit 1; done

# FUZZ_SECONDS for each target; some seconds of it are part of `make test`.
fuzz: setup
	@bash scripts/fuzz.sh $(or $(FUZZ_SECONDS),300)

fixtures: setup
	@.venv/bin/python fixtures/generate.py

clean:
	rm -rf .venv .make node_modules target demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
