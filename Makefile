# Needs make and any Python 3.11 to 3.14; PYTHON=... chooses one, as in: make test PYTHON=python3.12

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check audit bench score fuzz faults hostile lock clean

sources := $(wildcard dropbox storage cli config bench score fuzz faults)
# Tests at once; 0: one after the other, in one process.
JOBS ?= 3
# Bad inputs of `make hostile`.
HOSTILE ?= 100000
export PYTHON
# Whatever else the caller's shell has active must not lead Python anywhere else.
export PYTHONNOUSERSITE := 1
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: ## serve mail on 127.0.0.1:2525 with a Postgres of its own; Ctrl-C stops it, the data stays
	@sh .ci/venv runtime
	@exec .venv/bin/bcc-dropbox run

test: ## all tests; TESTS="-k sender tests/unit" narrows them
	@sh .ci/venv dev
	@exec .venv/bin/python -m pytest -n $(JOBS) --dist worksteal $(TESTS)

check: ## formatting, lint, types and import directions
	@sh .ci/venv dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy $(sources)
	.venv/bin/lint-imports --no-logo

audit: ## look for known vulnerabilities in what is locked, where the advisories can be reached
	@sh .ci/venv dev
	@exec .venv/bin/python .ci/audit.py $(AUDIT)

bench: ## speed and memory beside other servers; BENCH=--all for every load, BENCH=--help for more
	@sh .ci/venv dev
	@exec .venv/bin/python -m bench $(BENCH)

score: ## how well real mail is read; SCORE="/folder --details" reads another and tells more
	@sh .ci/venv dev
	@exec .venv/bin/python -m score $(SCORE)

fuzz: ## mutate real mail for ten minutes; FUZZ="--minutes 60 /folder" says otherwise
	@sh .ci/venv dev
	@exec .venv/bin/python -m fuzz $(FUZZ)

faults: ## kill, cut, fill and slow everything, then count the mail; FAULTS="--short Postgres" narrows it
	@sh .ci/venv dev
	@exec .venv/bin/python -m faults $(FAULTS)

hostile: ## bad input against one daemon, a hundred thousand times; HOSTILE=1000000 says otherwise
	@sh .ci/venv dev
	@BAD_INPUTS=$(HOSTILE) exec .venv/bin/python -m pytest $(TESTS) tests/bad_input

lock: ## resolve the dependencies anew; UPGRADE=--upgrade takes the newest versions. Needs uv
	@sh .ci/lock $(UPGRADE)

clean: ## remove .venv and caches; data and locks stay
	rm -rf .venv .venv.lock .fuzz .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
