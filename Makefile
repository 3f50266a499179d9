# The two commands that matter: `make up` and `make test`. Both get what they need on a fresh machine.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
export UV
RUN := $(UV) run --frozen --quiet

.PHONY: up test check docs bench sync clean

up: sync
	@$(RUN) helpline up

# uv is fetched into .tools where it is missing; Python 3.11 or newer must be there.
.tools/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed: install it (python.org or your system's packages) and run make again."; exit 1; }
	@echo "  fetching uv into .tools"
	@python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv || { rm -rf .tools; echo "uv cannot be fetched: check the network, or install it from https://docs.astral.sh/uv/"; exit 1; }

sync: $(if $(findstring .tools,$(UV)),.tools/bin/uv)
	@$(UV) sync --frozen --quiet || { echo "The application's environment cannot be made: check the network and the free space of this disk, then run make again."; exit 1; }

check: sync
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) helpline content check

test: check
	$(RUN) helpline train
	$(RUN) pytest

# Settings, commands and metrics in the documentation, from the code.
docs: sync
	$(RUN) python -m scripts.docs

bench: sync
	$(RUN) helpline train
	$(RUN) python -m benchmarks

clean:
	rm -rf var .tools .venv bot/.venv
