# dengta 灯塔: few words, each does all it needs from a fresh clone.
#
#   make run     the platform on this machine, with a small synthetic province   HOST= PORT= DATA=
#   make test    every test, on SQLite and, where it is installed, on PostgreSQL
#   make check   what needs no running: style, types, floors, migrations, translations, policy
#   make bench   our path and its peers, measured on the same data
#   make docs    write docs/reference/ from code and policy
#   make lock    resolve requirements/*.in again

HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= ./var
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
NEWEST := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c '$(NEWEST)' 2>/dev/null && { echo $$p; exit; }; done)

.SECONDEXPANSION:
.PRECIOUS: %/bin/python
.PHONY: run test check bench docs lock
.DEFAULT_GOAL := run

run: $(VENV)/run.stamp
	@DENGTA_DATA="$(DATA)" $(BIN)/python -m dengta run --host $(HOST) --port $(PORT)

test: $(VENV)/dev.stamp
	$(BIN)/python -m tests -n $(JOBS)

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -W error -m dengta django check
	$(BIN)/python -W error -m dengta django makemigrations --check --dry-run
	$(BIN)/python -m dengta check
	$(BIN)/python -m dengta situations
	$(BIN)/python -m dengta docs --check

bench: .venv-bench/bench.stamp
	.venv-bench/bin/python -m bench

docs: $(VENV)/dev.stamp
	$(BIN)/python -m dengta docs

# Pinned versions with hashes; where packages come from is the machine's own affair.
LOCK = cd requirements && ../$(BIN)/uv pip compile --generate-hashes --universal \
	--python-version 3.11 --no-emit-index-url --no-emit-find-links --quiet \
	--custom-compile-command "make lock"
lock: $(VENV)/dev.stamp
	$(LOCK) dev.in -o dev.txt
	$(LOCK) run.in -o run.txt -c dev.txt
	$(LOCK) bench.in -o bench.txt

# One set of packages; dev holds run, bench (peers and all) stays in a place of its own.
%.stamp: | $$(@D)/bin/python
	@echo "安装依赖 installing requirements/$(notdir $*).txt …"
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/$(notdir $*).txt
	@touch $@
$(VENV)/run.stamp: requirements/run.txt | $(BIN)/dengta
$(VENV)/dev.stamp: requirements/dev.txt | $(BIN)/dengta
.venv-bench/bench.stamp: requirements/bench.txt

# The command `dengta`, and the package itself, from any folder.
$(BIN)/dengta: | $(BIN)/python
	@$(BIN)/python -c 'import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "dengta.pth").write_text("$(CURDIR)\n")'
	@printf '#!/bin/sh\nexec "%s/python" -m dengta "$$@"\n' "$(CURDIR)/$(BIN)" > $@
	@chmod +x $@

%/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更高版本，请先安装后重试。"; \
		echo "Python 3.11 or newer is needed: install it and try again."; exit 1; }
	@$(PYTHON) -m venv $* || { rm -rf $*; \
		echo "无法建立 $*：请安装 Python 的 venv 组件（如 python3-venv）后重试。"; \
		echo "Cannot create $*: install the venv part of Python (python3-venv), then try again."; \
		exit 1; }
