# Everything a developer or CI runs. `make demo` and `make test` install by themselves what is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
RIVALS := build/rivals
SUMMARIZERS := build/summarizers
FUZZERS := build/fuzzers
BUF_VERSION := 1.75.0
ATHERIS_VERSION := 3.0.0
AUDITORS := build/auditors
CYCLONEDX_VERSION := 7.5.0
PIP_AUDIT_VERSION := 2.10.1
# Processes that share the tests. An engine in a test takes a core or two besides.
WORKERS ?= 2
STUBS := service/polygist/v1
# Kept also where the environment forbids it: tests start hundreds of processes, and each would compile the package anew.
export PYTHONDONTWRITEBYTECODE :=
# Besides our own protos those that googleapis-common-protos brings, one of them under another name than it has elsewhere.
SITE = $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
LONGRUNNING = build/protos/google/longrunning
PROTOC = mkdir -p $(LONGRUNNING) && cp $(SITE)/google/longrunning/operations_proto.proto $(LONGRUNNING)/operations.proto \
	&& $(BIN)/python -m grpc_tools.protoc --proto_path=proto --proto_path=build/protos --proto_path=$(SITE)

.PHONY: install image demo test test-unit goldens check format proto docs proto-lint docker-lint lock bench bench-serving bench-shootout chaos eval-translation eval-summary models train-embedded fuzz sbom audit clean

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m supply.install build-system,dependencies,dev,bench
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@

install: $(INSTALLED)

# Builds the embedded model, starts a server, digests the seed article, shows what moved, stops the server.
demo: install
	$(BIN)/polygist models build embedded
	$(BIN)/python demo/demo.py seeds/000_4b4fb2adb7c2316e.txt --targets uk,de

models: install
	$(BIN)/polygist models build embedded

# A file's tests stay in one process, which computes with one thread: with more, processes would wait for each other. Files
# are begun in the order of the folders, the longest first. A process that dies ends the run and is named.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --max-worker-restart 0 --dist loadfile --no-loadscope-reorder

# Where engines are killed or have to keep pace, the installed service is alone: it has the cores to itself where it runs,
# too.
test: models
	$(PYTEST) -m 'not alone' tests/e2e tests/integration tests/unit
	$(BIN)/python -m pytest -m alone tests/e2e

test-unit: install
	$(PYTEST) tests/unit

# Writes the goldens under tests/data anew; read the difference before you commit it.
goldens: install
	$(BIN)/python -m tests.unit.summarize.article_goldens
	$(BIN)/python -m tests.unit.document.block_goldens
	$(BIN)/python -m tests.unit.translate.markup.markup_goldens
	$(BIN)/python -m tests.unit.document.page_goldens

# Style, types, layers, unsafe calls, and generated code that matches the protos.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive service
	$(MAKE) --no-print-directory proto
	test -z "$$(git status --porcelain -- $(STUBS))" || { git diff -- $(STUBS); exit 1; }

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto: install
	$(PROTOC) --python_out=service --mypy_out=service --grpc_python_out=service --mypy_grpc_out=service \
		--plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
		polygist/v1/polygist.proto

# The tables of docs/metrics.md and docs/models.md, from the code and the cards.
docs: install
	$(BIN)/python -m polygist.metrics.page docs/metrics.md
	$(BIN)/python -m polygist.store.page docs/models.md

# Needs Node.js; buf comes from the npm registry in the version pinned above.
proto-lint: install
	mkdir -p build
	$(PROTOC) --include_imports --include_source_info --descriptor_set_out=build/protos.binpb polygist/v1/polygist.proto
	npx --yes @bufbuild/buf@$(BUF_VERSION) lint build/protos.binpb --config proto/buf.yaml --path polygist

# The Dockerfile; needs no Docker.
docker-lint: install
	$(BIN)/hadolint Dockerfile

# Pins every package, and the hashes of its files. The release of torch is pinned in pyproject.toml.
lock: install
	$(BIN)/pip-compile --quiet --all-extras --allow-unsafe --strip-extras --no-header --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --upgrade --output-file constraints.txt pyproject.toml
	sed -i 's/^\(torch==[^+]*\)+.*/\1/' constraints.txt
	PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= $(BIN)/pip install --quiet --dry-run --ignore-installed --report - \
		$$(grep ^torch== constraints.txt) | $(BIN)/python -m supply.lock constraints.txt

# The image, and the demo in it, as deployments run it; FLAVOUR=full for the one with torch. Needs Docker or Podman.
image:
	deploy/image/prove $(or $(FLAVOUR),slim)

bench: install
	$(BIN)/python bench/sentences.py
	$(BIN)/python bench/languages.py

# The service under load: throughput, latency, memory, start; writes bench/results and the plots in docs/images.
bench-serving: models
	$(BIN)/python bench/serving

# A server to which everything happens, and what its callers get; needs root and a C compiler.
chaos: models
	$(BIN)/python bench/chaos.py

# The engines of others beside those of polygist, about an hour; one that is cut short goes on where it stopped.
# QUICK=1 takes minutes and only prints.
bench-shootout: models $(RIVALS)/.installed
	$(BIN)/python bench/shootout --rivals $(RIVALS)/bin/python $(if $(QUICK),--quick)

# Needs a C++ compiler: llama.cpp is built without its tools.
$(RIVALS)/.installed: bench/shootout/requirements.txt
	test -x $(RIVALS)/bin/python || $(PYTHON) -m venv $(RIVALS)
	CMAKE_ARGS="$(foreach part,LLAVA_BUILD LLAMA_BUILD_TOOLS LLAMA_BUILD_EXAMPLES LLAMA_BUILD_SERVER,-D$(part)=OFF)" \
		$(RIVALS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Translation with and without the guard, and noisy texts; writes bench/results and the plot in docs/images.
eval-translation: models
	$(BIN)/python bench/evaluation
	$(BIN)/python bench/evaluation --noisy

# Extractive summaries beside those of other libraries, about five minutes; writes bench/results and the plot in docs/images.
eval-summary: install $(SUMMARIZERS)/.installed
	$(BIN)/python bench/summaries --rivals $(SUMMARIZERS)/bin/python

$(SUMMARIZERS)/.installed: bench/summaries/requirements.txt
	test -x $(SUMMARIZERS)/bin/python || $(PYTHON) -m venv $(SUMMARIZERS)
	$(SUMMARIZERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# The targets of tests/fuzz one after the other, SECONDS each; TARGETS="pages guard" for some. Ends with the first that
# finds something, which then lies in build/fuzz/found.
SECONDS ?= 60
fuzz: install $(FUZZERS)/.installed
	for target in $(or $(TARGETS),$$($(BIN)/python -c 'from tests.fuzz import TARGETS; print(*TARGETS)')); do \
		echo "$$target" && PYTHONPATH=$(FUZZERS) $(BIN)/python -m tests.fuzz $$target $(SECONDS) || exit 1; \
	done

$(FUZZERS)/.installed: Makefile
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(FUZZERS) atheris==$(ATHERIS_VERSION)
	touch $@

# What is installed here, as a CycloneDX list of components with their versions and licences, in dist/sbom.json.
sbom: install $(AUDITORS)/.installed
	mkdir -p dist
	$(AUDITORS)/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
		--output-format JSON --output-file dist/sbom.json $(BIN)/python

# Which of the pinned versions have known faults: asks the advisory database of the package index, so it needs the
# internet, and fails where one version is not answered for.
audit: $(AUDITORS)/.installed
	$(AUDITORS)/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

$(AUDITORS)/.installed: Makefile
	test -x $(AUDITORS)/bin/python || $(PYTHON) -m venv $(AUDITORS)
	$(AUDITORS)/bin/python -m pip install --quiet --disable-pip-version-check \
		cyclonedx-bom==$(CYCLONEDX_VERSION) pip-audit==$(PIP_AUDIT_VERSION)
	touch $@

# Goes on with the training of the embedded model where it was left; see docs/embedded-model.md.
train-embedded: $(INSTALLED)
	$(BIN)/python -m training.train training/configs/cpu.toml --state $${XDG_CACHE_HOME:-$$HOME/.cache}/polygist/training/cpu

clean:
	rm -rf $(VENV) build dist
