# Everything a developer or CI runs. `make demo` and `make test` install by themselves what is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BUF_VERSION := 1.75.0
STUBS := service/polygist/v1

.PHONY: install demo test test-unit goldens check format proto proto-lint docker-lint lock bench models train-embedded clean

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m pip check
	touch $@

install: $(INSTALLED)

# Builds the embedded model, starts a server, digests the seed article, shows what moved, stops the server.
demo: install
	$(BIN)/polygist models build embedded
	$(BIN)/python demo/demo.py seeds/000_4b4fb2adb7c2316e.txt --targets uk,de

models: install
	$(BIN)/polygist models build embedded

test: models
	$(BIN)/python -m pytest

test-unit: install
	$(BIN)/python -m pytest tests/unit

# Writes the goldens under tests/data anew; read the difference before you commit it.
goldens: install
	$(BIN)/python -m tests.unit.summarize.article_goldens

# Style, types, layers, and generated code that matches the protos.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory proto
	test -z "$$(git status --porcelain -- $(STUBS))" || { git diff -- $(STUBS); exit 1; }

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto: install
	$(BIN)/python -m grpc_tools.protoc --proto_path=proto --python_out=service --mypy_out=service \
		--grpc_python_out=service --mypy_grpc_out=service \
		--plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
		polygist/v1/polygist.proto

# Needs Node.js; buf comes from the npm registry in the version pinned above.
proto-lint:
	npx --yes @bufbuild/buf@$(BUF_VERSION) lint proto

# The Dockerfile; needs no Docker.
docker-lint: install
	$(BIN)/hadolint Dockerfile

# Pins every package. The release of torch is pinned in pyproject.toml.
lock: install
	$(BIN)/pip-compile --quiet --all-extras --allow-unsafe --strip-extras --no-header --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --upgrade --output-file constraints.txt pyproject.toml
	sed -i 's/^\(torch==[^+]*\)+.*/\1/' constraints.txt
	PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= $(BIN)/pip install --quiet --dry-run --ignore-installed --report - \
		$$(grep ^torch== constraints.txt) | $(BIN)/python .ci/cuda_pins.py >> constraints.txt

bench: install
	$(BIN)/python bench/sentences.py
	$(BIN)/python bench/languages.py
	$(BIN)/python bench/engines.py

# Goes on with the training of the embedded model where it was left; see training/README.md.
train-embedded: $(INSTALLED)
	$(BIN)/python -m training.train training/configs/cpu.toml --state $${XDG_CACHE_HOME:-$$HOME/.cache}/polygist/training/cpu

clean:
	rm -rf $(VENV) build dist
