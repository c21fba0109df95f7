# Every target installs what is missing first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.10 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.txt)
INSTALLED := .venv/.installed

export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore::DeprecationWarning
# pydantic 1 makes a strategy of every type that a route restricts, each time an application is built: minutes of the tests
export HYPOTHESIS_NO_PLUGINS := 1
# without compiled files each of the many processes would compile Rasa and TensorFlow anew: ten seconds of its start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test shell train evaluate bench lint format lock clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(INSTALLED): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Xiaoer needs Python 3.11 (or 3.10) on the PATH."; exit 1; }
	@echo "Installing into .venv with $$($(PYTHON) --version) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps uv==$(UV_VERSION)
	$(BIN)/uv pip sync --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

run: $(INSTALLED) ## Start desk, rasa and actions with the demo mall, and print the addresses
	@exec $(BIN)/xiaoer run

shell: $(INSTALLED) ## Talk to the assistant in the terminal, as a demo customer
	@exec $(BIN)/xiaoer shell

train: $(INSTALLED) ## Train the model if data or configuration have changed
	@$(BIN)/xiaoer model ensure

test: $(INSTALLED) ## Run every test
	@$(BIN)/xiaoer model ensure
	$(BIN)/pytest --numprocesses 3 --dist loadgroup

evaluate: $(INSTALLED) ## Hold the project's conversations with an assistant started for it
	$(BIN)/pytest -m evaluation -s

bench: $(INSTALLED) ## Compare with the usual Chinese set-up of Rasa; ARGS="--dev FILE.tsv" for labelled turns
	@$(BIN)/python -m benchmarks.usual $(ARGS)

lint: $(INSTALLED) ## Check style, types and the architecture's arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(INSTALLED) ## Put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --quiet -o requirements.txt

clean: ## Remove everything that was made here, the database included
	rm -rf .venv .rasa models var results
