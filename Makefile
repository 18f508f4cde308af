# The front door: every job of the project has a target here, and each sets up what it needs.
.PHONY: help setup build release image demo test fuzz soak bench lint format generate check-generated clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the libraries and find or build a control plane
	@scripts/setup

build: setup ## Debug build
	@swift build

release: setup ## The binary, optimised, with the Swift runtime linked in
	@scripts/build-release

image: ## The controller's image, by docker, podman or buildah (IMAGE=name:tag for another name)
	@scripts/build-image $(IMAGE)

demo: ## The main job on real input, from nothing to a verified log (KEEP=1 leaves it running)
	@scripts/demo

test: setup ## Every test and every independent verifier
	@scripts/test

fuzz: setup ## Feed the readers of foreign input until one breaks (FUZZ_SECONDS=600 in all, FUZZ_TARGET=name for one)
	@scripts/fuzz

soak: setup ## Ten minutes of random faults, pushes, edits, deletions and kills (SOAK_SECONDS=60 for one, SOAK_SEED=n to repeat one)
	@swift build -q --product taffrail
	@scripts/soak $(or $(SOAK_SECONDS),600) $(SOAK_SEED)

bench: setup ## Measure against the bars (BENCH=name for one)
	@scripts/bench $(BENCH)

lint: setup ## Format, house rules, import direction
	@scripts/lint

format: ## Format the sources in place
	@swift format --in-place --recursive --parallel Sources Tests Tools Benchmarks Package.swift

generate: ## Write crds/ and the references of custom resources and commands from the Swift types
	@swift run -q generate

check-generated: ## Fail if generate would change anything
	@scripts/check-generated

clean: ## Remove what was built here
	@rm -rf .build .build-fuzz
