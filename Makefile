# The two commands are `make serve` (read the site) and `make test` (prove it). Each sets up what it needs, once.

PORT ?= 8000
BIN := .venv/bin

# Material says at each build, in red, that its support ends in May 2027; the versions are pinned, the generator can be replaced
export NO_MKDOCS_2_WARNING := 1
# TensorFlow's variables are not here: mnist_lab sets its own, as for a reader, and the tests must notice if it does not
# What steers the user's own Python and Node is not for ours
unexport $(filter PYTHON% VIRTUAL_ENV CONDA_% NODE_OPTIONS NODE_PATH,$(.VARIABLES))

# The site's only date is that of the last commit, so two builds of one commit are the same, byte for byte
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
# Strict build, then the gate: nothing is published without `check`
BUILD = $(if $(SOURCE_DATE_EPOCH),SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) )$(BIN)/mkdocs build --strict && \
	$(BIN)/python -m verbatim check site
WRITTEN = $(if $(WRITE),--write)

.PHONY: help serve site pdf check test coverage verify record record-long run figures mutants processors bench audit lock clean ready-site ready-test
.NOTPARALLEL:

help:
	@echo "make serve             read the site on http://127.0.0.1:$(PORT)/ (PORT=… for another)"
	@echo "make test              prove it: ledger, strict build and check, all other tests (records among them)"
	@echo "make check             the quick part of it, half a minute: lint, types, state of the ledger, strict build and check, unit tests"
	@echo "make coverage          run the unit tests again and tell which lines and branches of the instrument and of the first labs none reaches"
	@echo "make site              build the site into site/ and check it; needs no TensorFlow"
	@echo "make pdf               print the article and the labs into pdf/ (PAGE=labs/… for one)"
	@echo "make verify            run the labs' tests and compare with the ledger (WRITE=1 replaces it)"
	@echo "make record            run the labs and compare with the records (LAB=… for one, WRITE=1 replaces)"
	@echo "make record-long       run what takes a quarter of an hour and compare with its record, made apart (WRITE=1 replaces)"
	@echo "make run               run the pages' programs as readers do and compare (PAGE=… for one, WRITE=1 keeps it)"
	@echo "make figures           draw the figures from the records and compare (WRITE=1 replaces)"
	@echo "make mutants           change the published code in small ways and see the tests notice (REGION=… for one, JOBS=2, WRITE=1 replaces)"
	@echo "make processors        play other kinds of processors and compare with the records (LAB=… for one, TESTS=1 for the tests)"
	@echo "make bench             measure what verification adds to a build, and how fast the labs' network trains beside its peers (BENCH=build, faster or generators for one, WRITE=1 replaces the results)"
	@echo "make audit             build the site and measure what each page costs a phone, and what Lighthouse says of it (PAGE=labs/draw/ for one, RUNS=1 of Lighthouse in place of 5, 0 for none, WRITE=1 replaces the results), then what the article costs on other generators' sites"
	@echo "make lock              compile requirements*.txt and package-lock.json from what is edited by hand"
	@echo "make clean             remove all that make has made"

serve: ready-site
	@$(BIN)/python -c "import socket; socket.create_server(('127.0.0.1', $(PORT)))" 2>/dev/null || \
		{ echo "Port $(PORT) is taken; choose another: make serve PORT=8123" >&2; exit 1; }
	@exec $(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

site: ready-site
	@$(BUILD)

pdf: ready-test
	@$(BUILD) && $(BIN)/python scripts/make_pdf.py $(PAGE)

# Every record is run again, as a reader would run it, by tests/paste; the labs' own tests are those that `verify` runs.
# Lanes: what opens pages in a browser, TensorFlow's work, then all else in parts, each of which waits for a processor that is free
LINT = $(BIN)/python -m ruff check && $(BIN)/python -m ruff format --check && \
	$(BIN)/node node_modules/eslint/bin/eslint.js --max-warnings 0 docs/assets/js docs/assets/site
TYPES = $(BIN)/python -m mypy && $(BIN)/node node_modules/typescript/bin/tsc
PYTEST = $(BIN)/python -m pytest
PROVEN := $(shell sed -n 's/^tests = //p' pyproject.toml | tr -d '][",')
PAGES = tests/site tests/widgets
PASTE = tests/paste
PROOF = tests/verbatim/proof
JUDGE = tests/verbatim
test: ready-test
	@$(BIN)/python scripts/run_all.py "lint=$(LINT)" "types=$(TYPES)" "site=$(BUILD)" \
		"pages=$(PYTEST) $(PAGES)" -- \
		"verify=$(BIN)/python -m verbatim verify" "paste=$(PYTEST) $(PASTE)" -- \
		"judge=$(PYTEST) $(JUDGE) --ignore=$(PROOF)" -- "proof=$(PYTEST) $(PROOF)" -- \
		"tests=$(PYTEST) $(patsubst %,--ignore=%,$(PROVEN) $(PASTE) $(PAGES) $(JUDGE))"

# What trains nothing, proves no sample and builds no site; the rest of the tests is for `make test`. What takes longest is first
QUICK = --quick tests/verbatim --ignore=tests/verbatim/proof --ignore=tests/verbatim/site/test_generators.py \
	--ignore=tests/verbatim/site/test_notebook_html.py --ignore=tests/verbatim/site/test_serving.py
check: ready-test
	@$(BIN)/python scripts/run_all.py "types=$(TYPES)" -- "site=$(BUILD)" -- "tests=$(PYTEST) -q $(QUICK)" -- \
		"lint=$(LINT)" "state=$(BIN)/python -m verbatim status"

# Lines, branches and child processes, each left-out line with its reason; `verify` holds more, of what is shown. Half an hour
COVERAGE = $(BIN)/python -m coverage
coverage: ready-test
	@$(COVERAGE) erase && $(COVERAGE) run -m pytest -q --ignore=tests/paste --ignore=tests/verse_lab && \
		$(COVERAGE) combine -q && $(COVERAGE) report

verify: ready-test
	@$(BIN)/python -m verbatim verify $(WRITTEN)

record: ready-test
	@$(BIN)/python -m verbatim record $(LAB) $(WRITTEN)

record-long: ready-test
	@$(BIN)/python -m verbatim record $(LAB) --long $(WRITTEN)

run: ready-test
	@$(BIN)/python -m verbatim run $(PAGE) $(WRITTEN)

figures: ready-test
	@$(BIN)/python -m figures $(WRITTEN)

mutants: ready-test
	@$(BIN)/python -m verbatim mutants $(REGION) $(WRITTEN) --jobs $(or $(JOBS),1)

processors: ready-test
	@$(BIN)/python benchmarks/processors.py $(LAB) $(if $(TESTS),--tests) $(WRITTEN)

bench: ready-test
	@for bench in $(or $(BENCH),build faster); do $(BIN)/python benchmarks/$$bench.py $(WRITTEN) || exit 1; done

audit: ready-test
	@$(BUILD) && $(BIN)/python benchmarks/site.py $(if $(PAGE),--pages $(PAGE)) $(if $(RUNS),--runs $(RUNS)) $(WRITTEN)$(if $(PAGE),, && $(BIN)/python benchmarks/generators.py $(WRITTEN))

# Any Python 3 can run the set-up, which finds or brings one that suits; PYTHON=/path/to/python3 says which it must be
SETUP = "$(or $(PYTHON),python3)" -Es scripts/setup.py
ready-site ready-test: ready-%:
	@command -v "$(or $(PYTHON),python3)" >/dev/null || { echo "No $(or $(PYTHON),python3) here; install Python 3.11.5 to 3.13 with venv, then say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(SETUP) $* $(if $(PYTHON),"$(PYTHON)")

lock: ready-site
	@$(SETUP) lock
	@$(BIN)/npm install --prefix benchmarks/lighthouse_pinned --package-lock-only --ignore-scripts --no-audit --no-fund

clean:
	@rm -rf .venv .cache node_modules site pdf docs/assets/katex docs/downloads/programs docs/labs/*-notebook.ipynb \
		.pytest_cache .mypy_cache .ruff_cache .coverage* *.egg-info src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
