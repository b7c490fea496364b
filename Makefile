# Bobbin: demo · test · bench · docs · format · lint.  `make` alone says what there is.
SHELL := /bin/bash
.DELETE_ON_ERROR:

# What `swift format` reads
CODE := Package.swift Sources Tests Benchmarks

# `make test WARNINGS=error` lets no warning pass, in Swift, C and C++.
WARNINGS ?=
STRICT := $(if $(filter error,$(WARNINGS)),-Xswiftc -warnings-as-errors -Xcc -Werror -Xcxx -Werror)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: demo
demo: ## reproduce the first report in its quick form: a page with every figure, in a few minutes
	@scripts/demo

# In release: debug compiles the kernels without optimisation. Without testable imports, what is tested are the very
# modules that `swift build -c release` makes, and neither command compiles them again after the other.
.PHONY: test
test: setup ## build and run all tests
	swift test -c release --disable-xctest --disable-testable-imports $(STRICT)

.PHONY: bench
bench: setup ## time everything that Bobbin does here; ONLY=name,… and ROUNDS=n choose
	swift build -c release --product bobbin
	@Benchmarks/bench

.PHONY: bench-search
bench-search: setup ## how good proposals are: 200 searches of four functions beside what Optuna found; fails where that was better
	swift build -c release --product SearchBenchmark
	.build/release/SearchBenchmark Benchmarks/search/baseline.json

.PHONY: bench-peers
bench-peers: setup ## the same beside PyTorch, Optuna, JAX, oneDNN and t-SNEs: a download of 3 GB, after asking
	swift build -c release --product bobbin
	swift build -c release --product MapBench
	@Benchmarks/bench-peers

# Python and the packages that the comparison needs; installed anew when their list changes.
INTEROP := .build/interop

.PHONY: test-interop
test-interop: setup $(INTEROP)/installed ## open our files with Optuna, TensorBoard and Pillow from PyPI (needs python3-venv, and once the network)
	swift build -c release --product SearchProbe $(STRICT)
	swift build -c release --product bobbin $(STRICT)
	$(INTEROP)/bin/python Tests/Interop/search/test_interop.py .build/release/SearchProbe
	$(INTEROP)/bin/python Tests/Interop/training/test_training.py .build/release/bobbin

$(INTEROP)/installed: Tests/Interop/requirements.txt
	python3 -m venv $(INTEROP)
	$(INTEROP)/bin/pip install --quiet --requirement $<
	touch $@

# Through a file beside it, so that a failure leaves the old page.
.PHONY: docs
docs: setup ## write docs/recipes.md anew from the program
	swift build -c release --product bobbin
	.build/release/bobbin recipe > docs/recipes.md.new
	mv docs/recipes.md.new docs/recipes.md

.PHONY: docs-check
docs-check: setup ## make the libraries' pages with DocC into .build/docs; no warning passes
	swift build -c release $(STRICT)
	@scripts/check-docs

.PHONY: format
format: setup ## put the Swift code into its form
	swift format format --in-place --parallel --recursive $(CODE)

.PHONY: lint
lint: setup ## check the form of the Swift code
	swift format lint --strict --parallel --recursive $(CODE)

.PHONY: setup
setup: ## install what is missing from Debian (nothing else is touched)
	@scripts/setup
