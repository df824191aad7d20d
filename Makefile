# Short names for what xtask, Cargo and the binary do; nothing is done here that cannot be done without make.
# Every target can be run again at any time. `make help` lists them.

DATA ?= tocsin-data
SECONDS ?= 10

.DEFAULT_GOAL := develop
.PHONY: help setup develop build run test test-store test-cli test-e2e snapshots screenshots \
	fmt lint tidy deny ci fuzz db-reset clean

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs the Cargo tools that checks need, when they are missing
	@cargo deny --version || cargo install --locked cargo-deny
	@cargo fuzz --version || cargo install --locked cargo-fuzz

develop: setup ## Prepares a working tree: the tools, the dependencies, a first build (the default)
	cargo fetch --locked
	cargo build --workspace --all-targets --locked

build: ## Builds the release binary
	cargo build --release --locked

run: ## Runs the server with its data in $(DATA)
	TOCSIN_DATA_DIR=$(DATA) cargo run --release

test: ## Runs the tests of the workspace
	cargo test --workspace

test-store: ## Runs the store's tests on SQLite and on PostgreSQL, which must be installed
	TOCSIN_REQUIRE_POSTGRES=1 cargo test --package tocsin-store

test-cli: ## Runs the tests of the command line against the release binary
	cargo xtask e2e -- -k 'setup or first_start'

test-e2e: ## Runs real clients and a browser against the release binary
	cargo xtask e2e

snapshots: ## Accepts what the tests render now as the stored snapshots: look at the difference before committing
	INSTA_UPDATE=always cargo test --workspace

screenshots: ## Takes the pictures in docs/img anew
	TOCSIN_UPDATE_SCREENSHOTS=1 cargo xtask e2e -- -k "browser or pictures or look_right"

fmt: ## Formats the source
	cargo fmt --all

lint: ## Runs clippy as CI does
	cargo xtask ci --only clippy

tidy: ## Checks the rules of the house
	cargo xtask tidy

deny: ## Checks licences, bans, sources and advisories of dependencies
	cargo xtask ci --only deny,advisories

ci: ## Runs everything that CI runs
	cargo xtask ci

fuzz: ## Fuzzes each target for SECONDS=10
	cargo xtask fuzz --seconds $(SECONDS)

db-reset: ## Deletes the data in $(DATA): events, issues, users, everything
	rm -rf -- $(DATA)

clean: ## Deletes what was built
	cargo clean
