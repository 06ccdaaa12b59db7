# What one does with this tree. `make demo` and `make test` need Go and git only.

# One binary without a C library, everywhere; `race` alone needs cgo.
export CGO_ENABLED = 0

GO            ?= go
BIN            = bin/galley
LINT_VERSION   = v2.15.0
GOLANGCI_LINT ?= $(shell command -v golangci-lint || echo "$$($(GO) env GOPATH)/bin/golangci-lint")

.PHONY: demo build test race e2e e2e-llama e2e-ollama e2e-promptfoo golden bench lint fmt

demo: build ## the workbench on the sample workspace; no key, no network
	$(BIN) demo

build:
	$(GO) build -trimpath -o $(BIN) ./cmd/galley

test:
	$(GO) test ./...

# The race detector is C: this target, and only this, needs cgo and a C compiler. It
# makes fewer draws than make test, which makes them all.
race:
	CGO_ENABLED=1 $(GO) test -race -short -timeout 18m ./engine/... ./store/... ./tui/... ./session/...

# The real binary in a real terminal: needs tmux.
e2e:
	$(GO) test -tags e2e -count=1 -run TestE2E ./cmd/galley

# The sample suites and hostile ones, checked by Galley and by promptfoo from npm:
# needs Node 20.20 or newer, and the network the first time.
PROMPTFOO = 0.120.27
XMLDOM    = 0.9.8
PROMPTFOO_THERE = bin/_promptfoo/installed-$(PROMPTFOO)-$(XMLDOM)

e2e-promptfoo: $(PROMPTFOO_THERE)
	$(GO) test -tags promptfoo -count=1 -timeout 20m -v -run TestPromptfoo ./cmd/galley

$(PROMPTFOO_THERE):
	rm -rf bin/_promptfoo
	mkdir -p bin/_promptfoo
	echo '{"private": true}' >bin/_promptfoo/package.json
	cd bin/_promptfoo && npm install --no-audit --no-fund --omit=optional --save-exact promptfoo@$(PROMPTFOO) @xmldom/xmldom@$(XMLDOM)
	touch $@

# The same tests against real engines, on the processor, with tiny models of our own
# making: a llama-server that is downloaded, an Ollama that is built (four minutes the
# first time). Linux on x86-64.
ENGINES = $(CURDIR)/bin/_engines
e2e-llama:
	.ci/llama-server $(ENGINES)
	GALLEY_LLAMA_SERVER=$(ENGINES)/llama-server GALLEY_GGUF_DIR=$(ENGINES) \
		$(GO) test -tags llama -count=1 -p 1 -timeout 10m -run TestLive ./engine/... ./cmd/galley

e2e-ollama:
	.ci/ollama $(ENGINES)
	GALLEY_OLLAMA=$(ENGINES)/ollama GALLEY_GGUF_DIR=$(ENGINES) \
		$(GO) test -tags ollama -count=1 -p 1 -timeout 10m -run TestLive ./engine/... ./cmd/galley

# Everything that is generated: golden files, store/schema.sql, the key table and the
# capture of the README. Only packages whose tests have the flag get it.
golden: build
	$(GO) test -count=1 -run 'Golden|Views' \
		$$(grep -rlE 'flag\.Bool\("update"|tuitest\.Golden' --include='*_test.go' . | xargs -n1 dirname | sort -u) -update
	$(BIN) keys --markdown >bin/keys.md
	grep -q '<!-- keys:' README.md && grep -q '<!-- end keys -->' README.md
	awk '/<!-- end keys -->/ {skip = 0} !skip {print} \
		/<!-- keys:/ {skip = 1; while ((getline line <"bin/keys.md") > 0) print line}' README.md >bin/README.md
	awk '/<!-- end capture -->/ {skip = 0} !skip {print} \
		/<!-- capture:/ {skip = 1; print "```text"; \
		while ((getline line <"cmd/galley/testdata/golden/readme-100x30.txt") > 0) print line; print "```"}' bin/README.md >README.md

# One package at a time, so that they do not share the processor.
bench:
	$(GO) test -p 1 -run '^$$' -bench . -benchmem ./...

lint:
	$(GO) vet ./...
	$(GOLANGCI_LINT) run

fmt:
	gofmt -s -w $$(git ls-files '*.go')

# The version that CI installs.
.PHONY: lint-version
lint-version:
	@echo $(LINT_VERSION)
