# Each target makes the virtual environment and installs what it needs by itself. `make help` lists them.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
NPM_STAMP := contracts/node_modules/.installed
DEMO_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo up test test-long test-fast lint types contracts forge bench bench-gas bench-accounting snapshots requirements clean

help: ## list what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Python compiles a module when it is first imported, so nothing is compiled that nobody imports.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install --no-compile

$(VENV)/.base $(VENV)/.dev $(VENV)/.engines: $(VENV)/.%: .ci/requirements/%.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r $<
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(NPM_STAMP): contracts/package.json contracts/package-lock.json
	npm ci --prefix contracts --no-audit --no-fund --ignore-scripts
	@touch $@

demo: $(VENV)/.base ## tell the whole story, then serve the API at http://127.0.0.1:8000
	$(BIN)/puhui demo $(DEMO_ARGS)

up: $(VENV)/.base ## serve the API on what the demo or a network left in .puhui/
	$(BIN)/puhui up

# The tests start many processes; what Python compiles for one of them serves the next.
test test-fast test-long: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev ## every test but the long ones (those that need Node or the shared data skip with their reason)
	$(BIN)/pytest -n 2 -m "not long"

test-long: $(VENV)/.engines ## searches with many examples, the real data, killed processes (minutes)
	$(BIN)/pytest -n 2 -m long

test-fast: $(VENV)/.dev ## unit tests only
	$(BIN)/pytest -n 2 -m "not slow and not long and not node and not shared_data"

lint: $(VENV)/.dev ## ruff, import-linter and, where Node is, forge fmt
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory forge-fmt; else echo "forge fmt skipped: no npm"; fi

.PHONY: forge-fmt
forge-fmt: $(NPM_STAMP)
	cd contracts && npx --no-install forge fmt --check

types: $(VENV)/.dev ## mypy, strict for registry/domain and registry/log
	$(BIN)/mypy

contracts: $(VENV)/.dev $(NPM_STAMP) ## compile the contracts and write registry/chain/artifacts
	$(BIN)/python scripts/compile_contracts.py

forge: $(NPM_STAMP) ## forge tests: fuzzing of conservation and serials
	cd contracts && npx --no-install forge test --offline

.PHONY: errors
errors: $(VENV)/.dev $(NPM_STAMP) ## every custom error of the contracts is answered to some test, by the traces of forge
	$(BIN)/python -m scripts.reached_errors

bench-gas: $(VENV)/.dev $(NPM_STAMP) ## gas beside a plain ERC-1155, worst cases too; writes docs/benchmarks.md (minutes)
	$(BIN)/python -m scripts.bench_gas

snapshots: $(VENV)/.dev $(NPM_STAMP) ## write contracts/snapshots: storage layouts, code sizes, gas
	$(BIN)/python -m scripts.snapshots

bench: $(VENV)/.dev ## measure, and print ratios of one run
	$(BIN)/python scripts/bench.py

bench-accounting: $(VENV)/.engines ## from records to tiles at up to 50 million acts; docs/benchmarks.md (minutes, 15 GB)
	$(BIN)/python -m scripts.bench_accounting

PROVE := $(VENV)-prove

$(PROVE)/.installed: .ci/requirements/prove.txt
	@test -x $(PROVE)/bin/python || $(PYTHON) -m venv $(PROVE)
	$(PROVE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements/prove.txt
	@touch $@

.PHONY: prove
prove: $(NPM_STAMP) $(PROVE)/.installed ## halmos proofs and slither, in an environment of their own; see docs/proofs.md (minutes)
	$(PROVE)/bin/python scripts/prove.py

requirements: ## pin again (needs uv)
	uv pip compile -q pyproject.toml --extra build --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -o .ci/requirements/base.txt
	uv pip compile -q pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -c .ci/requirements/base.txt -o .ci/requirements/dev.txt
	uv pip compile -q pyproject.toml --extra engines --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -c .ci/requirements/dev.txt -o .ci/requirements/engines.txt
	uv pip compile -q .ci/requirements/prove.in --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -o .ci/requirements/prove.txt

clean: ## remove the environment and everything derived
	rm -rf $(VENV) $(VENV)-prove .puhui build dist contracts/node_modules contracts/out contracts/cache
