# Jisr: everything a developer or a CI job calls. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help
help: ## List what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Start the demo: gateway, engine, an adapter and a small department, all in one process
	$(CARGO) run --locked -p jisr -- demo

.PHONY: test
test: ## Run every test, those against foreign peers and real servers too
	tests/peers/setup.sh
	tests/servers/setup.sh
	$(CARGO) test --workspace --locked

.PHONY: lint
lint: lint-format lint-tidy lint-rust lint-proto ## Check format, architecture, Rust and protobuf

.PHONY: lint-format
lint-format:
	$(CARGO) fmt --all --check

.PHONY: lint-tidy
lint-tidy:
	$(CARGO) run --locked --quiet -p xtask -- tidy

.PHONY: lint-rust
lint-rust:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

.PHONY: lint-proto
lint-proto:
	tests/lint-tools.sh
	target/tools/node_modules/.bin/buf lint --config .config/buf.yaml

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: bench
bench: ## Measure both settings against RabbitMQ and PostgreSQL raw; see tests/bench/README.md
	tests/servers/setup.sh
	$(CARGO) build --release --locked -p jisr
	$(CARGO) bench --locked -p jisr-tests --bench bench

.PHONY: bench-growth
bench-growth: ## Measure with ROWS=10000000 finished transactions of DAYS=100 in the journal
	tests/servers/setup.sh
	$(CARGO) build --release --locked -p jisr
	$(CARGO) build --release --locked -p jisr-journal-sql --example seed
	$(CARGO) bench --locked -p jisr-tests --bench bench -- growth rows=$(or $(ROWS),10000000) days=$(or $(DAYS),100)

# How long the ledger goes on, and what its faults are drawn from; without SEED each run draws others.
MINUTES ?= 30
SEED ?=
LEDGER = $(CARGO) test --locked -p jisr-tests --test chaos -- run --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

.PHONY: chaos
chaos: ## Break everything for MINUTES, drawn from SEED, and count what was lost or done twice
	tests/peers/setup.sh
	tests/servers/setup.sh
	$(LEDGER)

.PHONY: chaos-cluster
chaos-cluster: ## The same over a cluster of three RabbitMQ nodes
	tests/peers/setup.sh
	tests/servers/setup.sh
	$(LEDGER) --cluster

.PHONY: audit
audit: lint-tidy ## Check bans and sources, and advisories where cargo-deny is installed and can reach them
	@if $(CARGO) deny --version >/dev/null 2>&1; \
		then $(CARGO) deny --locked check advisories bans sources; \
		else echo "advisories not checked: cargo install --locked cargo-deny"; fi

.PHONY: clean
clean: ## Remove what was built; data/ stays
	$(CARGO) clean
