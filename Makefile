# Two commands do everything: `make demo` runs the main job on an example, `make test` runs every check there is.

.PHONY: demo node test setup bench fuzz fixtures pictures clean

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

# Every page of the demonstration's site as people see it; docs/pages.md says what to look for.
pictures: setup
	@[ -d demo/site ] || $(MAKE) demo
	@.venv/bin/python -m scripts.pictures demo pictures

clean:
	rm -rf .venv .make node_modules target demo pictures dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
