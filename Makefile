# make demo    render the demo recipe (the first time: makes .venv and installs Composer into it)
# make test    everything that CI runs
# make bench   measurements beside peers and against ground truth (../shared/data), written to benchmarks/results
# make docs    the pictures and the generated reference of the documentation
# make assets  the media under assets/, from nothing
#
# EXTRAS names the extras that `make test` installs: EXTRAS=dev,sam runs the segment-anything tests too.

PYTHON ?= python3
VENV   ?= .venv
EXTRAS ?= dev
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test bench docs assets clean

demo: $(STAMP)
	@mkdir -p out
	$(BIN)/composer render assets/demo/demo.yaml --output out/demo.mp4
	@echo "The demo film is $(CURDIR)/out/demo.mp4"

test: $(STAMP)-$(EXTRAS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

bench: $(STAMP)-$(EXTRAS)
	$(BIN)/python benchmarks/passthrough.py assets/demo/street.mp4
	$(BIN)/python benchmarks/compositing/compare.py
	$(BIN)/python benchmarks/effects.py
	$(BIN)/python benchmarks/insert_cost.py
	$(BIN)/python benchmarks/clean_plate.py
	$(BIN)/python benchmarks/framing.py
	$(BIN)/python benchmarks/davis.py
	$(BIN)/python benchmarks/static_gt.py
	$(BIN)/python benchmarks/ablation.py
	$(BIN)/python benchmarks/moving_cost.py
	$(BIN)/python benchmarks/edges.py --without-pymatting --no-write

docs: $(STAMP)
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_timeline.py
	$(BIN)/python docs/tracking_picture.py

assets: $(STAMP)
	$(BIN)/python assets/make.py

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(STAMP)-$(EXTRAS): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(EXTRAS)]"
	@touch $@ $(STAMP)
