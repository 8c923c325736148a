# What can be done here: make help.
GOFLAGS_BUILD := -trimpath -ldflags "-s -w"
FUZZTIME ?= 30s
# The race detector takes a C compiler; without one the tests run all the same.
RACE := $(if $(shell command -v $$(go env CC) 2>/dev/null),-race)
BIN := $(shell go env GOPATH)/bin

.PHONY: help run build test test-go test-web web lint fuzz bench bench-go k6 golden

help: ## what each target does
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: build ## start Segue on demo music and print the page's address
	@bin/segue

build: ## bin/segue and bin/edge
	@mkdir -p bin
	go build $(GOFLAGS_BUILD) -o bin/ ./cmd/segue ./cmd/edge

test: test-go ## all tests; with CI=true those of the page and the browser too
	@if [ "$$CI" = true ]; then $(MAKE) test-web; fi

test-go:
	go test $(RACE) -shuffle=on ./...
	go test -run Alloc ./...

test-web: build ## the page's own tests, its build compared with web/dist, and a real browser
	cd web && npm ci --no-audit --no-fund && npm run check && npm test && npm run build
	git diff --exit-code --stat -- web/dist
	web/e2e/run.sh

web: ## rebuild web/dist
	cd web && npm ci --no-audit --no-fund && npm run build

lint: ## golangci-lint, and Biome for the page
	$(BIN)/golangci-lint run ./... 
	go vet ./testdata ./testdata/synth
	@if [ -d web/node_modules ]; then cd web && npm run lint; fi

fuzz: ## every fuzz target for FUZZTIME (30s)
	@go list ./... | while read p; do \
	  go test -list '^Fuzz' $$p | grep ^Fuzz | while read f; do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p || exit 1; done || exit 1; done

bench: build ## CPU time per request against nginx; writes bench/RESULTS.md
	go run ./bench/compare

bench-go: ## Go benchmarks of the hot functions
	go test -run '^$$' -bench . -benchmem ./stream/... ./signer ./edge/...

k6: build ## k6 scripts with their thresholds
	bench/k6/run.sh

golden: ## rewrite the golden files that tests compare with
	go test ./edge ./cmd/... -update
