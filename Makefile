# make demo | make test: the two commands of README. Each works in a fresh clone on Debian 12 with
# the Swift toolchain, installs the Debian packages it misses, and says what it does.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
BUILD := swift build -c release --explicit-target-dependency-import-check error
PLEURA := .build/release/pleura
DEMO := demo-output

.PHONY: demo test build lint bench bench-chain bench-crf bench-engine packages

packages:
	@.ci/packages build

build: packages
	$(BUILD) --product pleura

demo: build
	@.ci/demo $(PLEURA) $(DEMO)

lint:
	swift format lint --strict --recursive Sources Tests Package.swift
	.ci/floors
	.ci/unchecked
	.ci/size

test: packages
	@.ci/packages checks
	$(MAKE) --no-print-directory lint
	$(BUILD) --build-tests
	swift test -c release --skip-build

bench: build
	Benchmarks/run

bench-chain: build
	Benchmarks/chain

bench-crf: build
	Benchmarks/crf

bench-engine: build
	Benchmarks/run-engine
