# CO-AliZIONE. `make` or `make help` says what there is. GNU make and a POSIX shell are all that it needs.

BODIES ?= 60
MANY ?= 10000
MODE ?= embedded
CLIENTS ?= 20
EXAMPLES ?= 20
PORT ?= 8000
MAILBOX_PORT ?= 8025
STATE ?= var
# A day on which the first programme's adhesions are open. Nothing here: the machine's own date.
TODAY ?= 2017-05-16

NODE_TOOLS := vnu-jar@26.9.27 lighthouse@12.8.2
DEPLOYABLES := services.enrollment services.scheduling services.certificates services.notifications gateway

PY := .venv/bin/python
READY := .venv/.ready
PLANNER := services/scheduling/planner
COMPILED := $(PLANNER)/__pycache__/.compiled
PYTHON ?= $(shell for version in 3.14 3.13 3.12 3.11 3; do \
	for python in python$$version /opt/homebrew/bin/python$$version /usr/local/bin/python$$version; do \
	command -v $$python >/dev/null 2>&1 && $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$python && exit; done; done)

.DEFAULT_GOAL := help
.PHONY: help run test check compiled rehearsal bench-adhesions bench-exports bench-events bench-gateway bench-latency bench-progress bench-planner bench-planning-service bench-plan-pages bench-calendar services up down migrate contracts lock clean api-check html-check lighthouse

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(COMPILED) ## everything in one process at http://127.0.0.1:8000 (PORT, MAILBOX_PORT, STATE, TODAY)
	@exec $(PY) -m embedded run --port $(PORT) --mailbox-port $(MAILBOX_PORT) --state $(STATE) $(if $(TODAY),--today $(TODAY))

test: $(COMPILED) ## all tests; finds or starts RabbitMQ and PostgreSQL, and Chromium
	$(PY) -m tests.backing run --chromium -- $(PY) -m pytest tests -n auto --maxprocesses 4 --dist loadfile

check: $(READY) ## style, types, walls, migrations, contracts, translations, API description
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m chassis.migrations check $(DEPLOYABLES)
	$(PY) -m contracts.freeze --check
	$(PY) -m gateway.i18n check
	@$(PY) -m gateway openapi | cmp -s - docs/openapi.json || { echo "docs/openapi.json is not current: make contracts" >&2; exit 1; }

api-check: $(COMPILED) ## schemathesis on a real platform, as everybody who may come (EXAMPLES=20)
	@$(PY) -m tests.api_check --examples $(EXAMPLES)

html-check: $(COMPILED) .tools/node_modules/vnu-jar ## the source of every page against the W3C's validator (needs node and Java)
	VNU_JAR=$$(find $(CURDIR)/.tools/node_modules/vnu-jar/build -name vnu.jar) \
	$(PY) -m tests.backing run --chromium -- $(PY) -m pytest tests/browser/test_html.py

lighthouse: $(COMPILED) .tools/node_modules/lighthouse ## Lighthouse's marks for the public pages on a telephone (needs node)
	@PATH="$(CURDIR)/.tools/node_modules/.bin:$$PATH" $(PY) -m tests.backing run --chromium -- $(PY) -m tests.lighthouse

rehearsal: $(COMPILED) ## play a whole programme through the API (BODIES=60, MODE=embedded or distributed)
	@$(if $(filter distributed,$(MODE)),$(PY) -m tests.backing run -- )$(PY) -m rehearsal --bodies $(BODIES) --mode $(MODE)

bench-adhesions: $(COMPILED) ## the secretariat's list and dashboard over 100,000 adhesions, against reading a page by its keys
	@$(PY) -m tests.backing run -- $(PY) -W ignore -m benchmarks.adhesions

bench-exports: $(COMPILED) ## 100,000 adhesions as CSV and XLSX: seconds and memory, against COPY
	@$(PY) -m tests.backing run -- $(PY) -W ignore -m benchmarks.exports

bench-events: $(COMPILED) ## events a second through outbox, broker and inbox, against raw kombu
	@$(PY) -m tests.backing run -- $(PY) -m benchmarks.events

bench-gateway: $(COMPILED) ## adhesions a second through the gateway, against pgbench (CLIENTS=20)
	@$(PY) -m tests.backing run -- $(PY) -m benchmarks.gateway --clients $(CLIENTS)

bench-latency: $(COMPILED) ## from an adhesion's commit to its letter, when idle (MODE)
	@$(PY) -m tests.backing run -- $(PY) -m benchmarks.latency --mode $(MODE)

bench-progress: $(COMPILED) ## what is seen of a planning run of ten seconds while it goes on, against what the planner says (MODE)
	@$(PY) -m tests.backing run -- $(PY) -W ignore -m benchmarks.progress --mode $(MODE)

bench-planner: $(COMPILED) ## the planner's gap on the national plan, against greedy hosts
	@$(PY) -m benchmarks.planner

bench-planning-service: $(COMPILED) ## plans of 10,000 bodies asked, kept and published: seconds, stops of the loop, memory (MANY=10000)
	@$(PY) -m tests.backing run -- $(PY) -W ignore -m benchmarks.planning_service --bodies $(MANY)

bench-plan-pages: $(COMPILED) ## pages and files of a plan of 10,000 bodies over HTTP, and how long others wait meanwhile (MANY=10000)
	@$(PY) -m tests.backing run -- $(PY) -W ignore -m benchmarks.plan_pages --bodies $(MANY)

bench-calendar: $(COMPILED) ## seconds to a proved calendar, against plain CP-SAT without a hint
	@$(PY) -m benchmarks.calendar

services: $(COMPILED) ## separate processes on this machine's RabbitMQ and PostgreSQL, without docker
	@$(PY) -m deploy.prepare
	@PATH="$(CURDIR)/.venv/bin:$$PATH" exec honcho -e /dev/null -f deploy/Procfile -d . start

up: .env ## the same in containers, with docker compose
	docker compose up --build --detach --wait
	@echo "Pages    http://127.0.0.1:8000"
	@echo "Mailbox  http://127.0.0.1:8025"
	@docker compose logs --no-log-prefix setup | grep '^Staff' || true

down: ## stop the containers; what they keep stays in their volumes
	docker compose down

migrate: $(READY) ## bring the database of one service up to date (SERVICE=services.enrollment, DATABASE_URL)
	@test -n "$(SERVICE)" || { echo "say which: make migrate SERVICE=services.enrollment DATABASE_URL=..." >&2; exit 2; }
	DATABASE_URL="$(DATABASE_URL)" $(PY) -m chassis.migrations migrate $(SERVICE)

contracts: $(READY) ## freeze the schemas of new events; write docs/asyncapi.yaml and docs/openapi.json
	$(PY) -m contracts.freeze --write
	$(PY) -m gateway openapi > docs/openapi.json

lock: $(READY) ## pin all dependencies anew, with their hashes
	$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		pyproject.toml --group dev -o requirements-dev.lock

.tools/node_modules/%:
	@mkdir -p .tools && cd .tools && npm install --silent --no-audit --no-fund $(NODE_TOOLS)

clean: ## remove what was built; keeps what the platform keeps in var/
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, with its venv module: apt-get install python3 python3-venv, or brew install python@3.13" >&2; exit 2; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "installing into .venv with $$($(PY) --version) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $(READY)

compiled: $(COMPILED) ## the planner turned into machine code, once for every change of it

$(COMPILED): $(READY) $(wildcard $(PLANNER)/*.py $(PLANNER)/*/*.py)
	@echo "compiling the planner ..."
	@$(PY) -m services.scheduling.planner.worker --warm </dev/null
	@mkdir -p $(@D) && touch $@

.env:
	@sh deploy/secrets.sh > .env.draft && mv .env.draft .env
