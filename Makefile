# `make help` lists the targets. Python comes from .python-version, packages from requirements*.txt.
.DEFAULT_GOAL := help
.PHONY: help serve site live test slow audit benchmark pictures lock clean
PORT ?= 8000
RUNS ?= 1
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PYTHON ?= $(shell for p in python3.12 python3.13 python3.14 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)
export NO_MKDOCS_2_WARNING := 1
# The environment is our own: its modules are compiled once, whatever the machine prefers.
export PYTHONDONTWRITEBYTECODE :=

help: ## Say what each target does
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: $(VENV)/ready ## Build the site and serve it on 127.0.0.1, port 8000 or PORT=
	@$(BIN)/python docs/serve.py $(PORT)

site: $(VENV)/ready ## Build the site into site/
	@$(BIN)/python docs/build.py

live: $(VENV)/ready ## Rebuild one language while you write: make live LANG=zh
	@$(BIN)/mkdocs serve -a 127.0.0.1:$(PORT) $(if $(filter zh,$(LANG)),-f mkdocs.zh.yml)

test: $(VENV)/ready ## Lint, check types, run every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -n auto --dist loadgroup

slow: $(VENV)/ready ## Fuzz the package, try it with the oldest and newest torch, run each lesson and download again
	@$(BIN)/pytest -n auto --dist loadgroup -m slow

audit: $(VENV)/ready ## Ask Lighthouse and axe about the built site: make audit PAGES=en/labs/ RUNS=5
	@RUNS=$(RUNS) $(BIN)/python docs/audit.py $(PAGES)

benchmark: $(VENV)/ready ## Time the package and the build: make benchmark TABLES="fft build" WRITE=--write
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python docs/benchmark.py $(WRITE) $(TABLES)

pictures: $(VENV)/ready ## Draw the pictures in pic/ again, as SVG and with Chromium as PNG
	@$(BIN)/python pic/draw.py
	@$(BIN)/python pic/bitmap.py

lock: ## Pin the newest versions of all packages, with hashes
	@$(COMPILE) --group dev pyproject.toml -o requirements.txt
	@echo torch | $(COMPILE) - -c requirements.txt -o requirements-torch.txt

clean: ## Remove what was built, cached or installed
	rm -rf $(VENV) .cache site .site-new .site-old dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

# No index is named in the files: everybody's own applies.
COMPILE = $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.12 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

# On Linux, the default index serves torch with CUDA, several GB. TORCH_BACKEND=cpu asks uv for the
# build without; its files have other hashes, so there the version alone is pinned.
$(VENV)/ready: requirements.txt requirements-torch.txt pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	  || { echo "Python 3.12 or newer is needed$(if $(PYTHON), and $(PYTHON) is not): install it, or name it with PYTHON=" >&2; exit 1; }
	@echo "installing into $(VENV)$(if $(TORCH_BACKEND),, (torch with CUDA is several GB; make clean serve TORCH_BACKEND=cpu takes less))"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv 2>$(VENV)/log \
	  || { echo "uv could not be installed: the first install needs the network (details in $(VENV)/log)" >&2; exit 1; }
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.txt \
	  $(if $(TORCH_BACKEND),,-r requirements-torch.txt) 2>$(VENV)/log \
	  || { echo "packages could not be installed: the first install needs the network (details in $(VENV)/log)" >&2; exit 1; }
	@$(if $(TORCH_BACKEND),$(BIN)/uv pip install -q --python $(BIN)/python --torch-backend=$(TORCH_BACKEND) \
	  $$(grep -o '^torch==[^ ]*' requirements-torch.txt))
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
