# Bobbin: demo · test · format · lint.  `make` alone says what there is.
SHELL := /bin/bash

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: ## install what is missing from Debian (nothing else is touched)
	@scripts/setup
