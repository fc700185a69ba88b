# Every target sets up what it lacks first (ci/setup: system packages and .venv), asking nothing.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BOARD ?= corstone300
INPUT ?=
BACKEND ?= local
# Settings instead of emojicam.toml.
CONFIG ?=
# Without BOARD, a benchmark runs on both cores.
BENCH_BOARDS := $(if $(filter file default,$(origin BOARD)),corstone300 mps2_an500,$(BOARD))
# Tests that neither compile nor emulate.
QUICK := not slow and not emulator and not virtual_board and not web and not train and not host
# More for pytest: make test PYTEST='-k link'
PYTEST ?=

# Reach the recipes through the environment, so that any file name survives the shell.
export BOARD INPUT BACKEND CONFIG

EMOJICAM := .venv/bin/emojicam
SETTINGS = $${CONFIG:+--config "$$CONFIG"}

.PHONY: help run live test test-all check firmware model bench flash avh avh-models avh-aws lint coverage stack firmware-report \
    pictures page-picture docs docs-serve tutorials fuzz faults sbom release publish reproducible lock setup doctor clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Build, and run on an emulated board what INPUT shows (BOARD=corstone300|mps2_an500|openmv_h7|nucleo_h743zi|host INPUT=image|folder|video CONFIG=toml)
	@ci/setup run
	@$(EMOJICAM) run --board "$$BOARD" $${INPUT:+--input "$$INPUT"} $(SETTINGS)

live: ## Look, teach, type in the browser: the camera that is plugged in, this computer's own, or an emulated BOARD= (INPUT=)
	@ci/setup run
	@$(EMOJICAM) live $(if $(filter file default,$(origin BOARD)),,--board "$$BOARD") $${INPUT:+--input "$$INPUT"} $(SETTINGS)

test: ## Run every test but those marked slow (PYTEST='more arguments')
	@ci/setup test
	@.venv/bin/python -m pytest -n 2 --dist worksteal -m "not slow" --durations=20 $(PYTEST) tests

test-all: ## Run every test, slow ones too
	@ci/setup all
	@.venv/bin/python -m pytest -n 2 --dist worksteal $(PYTEST) tests

firmware: ## Build the firmware of all boards
	@ci/setup run
	@$(EMOJICAM) build --board all $(SETTINGS)

model: ## Train and quantise the shipped model again (with photographs: emojicam data photographs)
	@ci/setup all
	@$(EMOJICAM) train --rebuild

bench: ## Count instructions per layer into results/ (BOARD=; both cores by default)
	@ci/setup run
	@mkdir -p results
	@set -e; for board in $(BENCH_BOARDS); do \
	    $(EMOJICAM) bench --board "$$board" --json "results/bench-$$board.json" $(SETTINGS); done

flash: ## Build, and write the OpenMV Cam H7 (BOARD=nucleo_h743zi: that one)
	@ci/setup run
	@$(EMOJICAM) flash $(if $(filter file default,$(origin BOARD)),,--board "$$BOARD") $(SETTINGS)

avh: ## Run on Arm Virtual Hardware (BACKEND=local|aws)
	@ci/setup all
	@$(EMOJICAM) avh --backend "$$BACKEND" $(SETTINGS)

avh-models: ## What installs Arm's models on GitHub, where ARM_TOOLS_REGISTRY says from where
	@ci/avh/vcpkg-configuration

avh-aws: ## make avh BACKEND=aws where there are credentials; elsewhere a notice
	@ci/avh/aws

check: ## Before every commit: style, types, and the tests that need no emulator (PYTEST=)
	@ci/setup lint
	@ci/lint python format
	@.venv/bin/python -m pytest -n 2 --dist worksteal -q -m "$(QUICK)" $(PYTEST) tests

lint: ## Check style and types, and look for bugs: ruff, mypy, clang-format, cppcheck, clang-tidy
	@ci/setup lint
	@ci/lint

coverage: ## Run every test but the slow ones, and show what of C++ and Python they miss (PYTEST=)
	@ci/setup all
	@ci/coverage $(PYTEST) tests

stack: ## The deepest way through the calls of each firmware, against its stack
	@ci/setup run
	@$(EMOJICAM) stack $(SETTINGS)

firmware-report: ## All boards' firmware, its sizes against the base branch and its stacks, into build/firmware
	@ci/firmware

pictures: ## What a run looks like, into build/pictures
	@ci/pictures

docs: ## The site of docs/ and of what the code says about itself, into build/site
	@ci/setup docs
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

docs-serve: ## The same on http://127.0.0.1:8000, built anew at each change
	@ci/setup docs
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs serve

tutorials: ## Run every tutorial from its page, and write anew what it shows (minutes)
	@ci/setup test
	@.venv/bin/python -m emojicam.docs.tutorial

page-picture: ## README's picture of the live page, into docs/pictures
	@ci/setup test
	@ci/page-picture

fuzz: ## Search for inputs that break the firmware (FUZZ_SECONDS=60 a fuzzer, SEED=)
	@ci/fuzz

faults: ## Disturb the virtual board while it types (FAULTS=1000, SEED=)
	@ci/faults

sbom: ## The firmware's bill of materials (CycloneDX) and licences into dist/
	@ci/setup all
	@$(EMOJICAM) release --bill-only

release: ## The files of a release into dist/: firmware, model, wheel, bill of materials, checksums
	@ci/release

publish: ## Put dist/ on GitHub as a tag's release; only in its workflow
	@ci/publish

reproducible: ## Build the camera's firmware twice in different folders, and compare the bytes
	@ci/reproducible

lock: ## Pin every Python package again, with hashes
	@ci/setup all
	@ci/lock

setup: ## Set up everything: system packages and .venv
	@ci/setup all

doctor: ## Say what of all that emojicam needs is here, and what to do about the rest
	@ci/setup run
	@$(EMOJICAM) doctor

clean: ## Remove what was built; fetched sources, .venv and results stay
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
