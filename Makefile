# make help    this list; so does make alone
# make run     the application on an embedded local cloud, two tenants seeded, kept in .bulkhead/
# make test    every check and every test; sets up what they need
# make assets  rebuild CSS, scripts and templates (needs Node; the results are committed)
# make bench   the goals of speed and size as one table, each beside its peer; never asserted (QUICK=1: minutes)
# make mutants and make newcomer   defects, and omissions, that must be noticed: a quarter of an hour and more
# make gitleaks   docs/gitleaks.toml in gitleaks' own engine, beside `bulkhead keys scan`; needs sixty modules more
# make calls   20,000 generated requests to the API: none fails, and none is told of another tenant
# make soak    the local cloud: killed 200 times, then ten minutes of load without growth
#
# make conformance   the tests of Google's client libraries, against the local cloud
# make differential  its Firestore against Google's own emulator, where the machine has that

GO      ?= go
ADDR    ?= 127.0.0.1:8080
DATA    ?= .bulkhead

# All checks and tests build in one way, so each package is compiled once: vet, staticcheck and isolint read what the
# compiler made for the tests, and tests that build a program find its packages in the build cache, from a copy of the
# module too (-trimpath). Argon2id shares its memory with nobody, and under the race detector takes most of a sign-in.
CHECKED = GOFLAGS="$$($(GO) env GOFLAGS) -trimpath -race -gcflags=golang.org/x/crypto/argon2=-race=false"

.PHONY: help
help:
	@sed -n '/^$$/q; s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run:
	@mkdir -p bin
	@test -x bin/dev || echo "Building Bulkhead. The first time this takes a minute or two ..."
	@$(GO) build -o bin/dev ./cmd/dev
	@exec ./bin/dev -addr $(ADDR) -data $(DATA)

.PHONY: test
test: chromium generated vet staticcheck isolint
	@$(CHECKED) GO="$(GO)" sh scripts/test.sh -shuffle=on -vet=off -ldflags='-s -w' -timeout 45m

.PHONY: vet
vet:
	$(CHECKED) $(GO) vet ./...

.PHONY: staticcheck
staticcheck:
	staticcheck=$$($(GO) tool -n staticcheck) && $(CHECKED) "$$staticcheck" ./...

# Who may hold Google's credentials and clients: see docs/adr/0010-isolint.md. What is exempt is listed.
.PHONY: isolint
isolint:
	@mkdir -p bin
	@$(GO) build -trimpath -o bin/isolint ./cmd/isolint
	@$(CHECKED) ./bin/isolint ./...

# Templates are compiled into committed Go files; a stale one fails here.
.PHONY: generated
generated:
	@sh scripts/generated.sh

.PHONY: chromium
chromium:
	@sh scripts/chromium.sh

# Seeds one-line defects into what keeps tenants apart and into isolint, one at a time; each must turn a test red.
# RUN=guard/ tries those of which name or file matches.
.PHONY: mutants
mutants:
	$(GO) run ./e2e/mutants -run '$(RUN)'

# Adds a feature by docs/adding-a-feature.md, leaving out one thing at a time: each must be noticed, with the message that
# the page gives.
.PHONY: newcomer
newcomer:
	$(CHECKED) $(GO) test -count=1 -tags newcomer -timeout 30m -v -run '^TestOmissions$$' ./e2e/newcomer

# A module of its own: go.mod stays free of what only this needs. What its programs read, go test does not see.
.PHONY: gitleaks
gitleaks:
	cd e2e/gitleaks && $(GO) vet ./... && $(GO) test -count=1 ./...

.PHONY: bench
bench:
	@$(GO) run ./e2e/bench $(if $(QUICK),-quick)

.PHONY: calls
calls:
	$(GO) test -count=1 -v -timeout 30m -run '^TestAnyRequest$$' ./web -calls 20000

.PHONY: conformance
conformance:
	$(GO) run ./localcloud/conformance

.PHONY: differential
differential:
	$(GO) run ./localcloud/firestore/differential

.PHONY: soak
soak:
	KILLS=200 $(GO) test -run '^TestKill$$' -v -timeout 20m ./localcloud
	$(GO) run ./localcloud/soak -for 10m

# The storage library's unused gRPC parts are left out: that halves the binary.
.PHONY: build
build:
	@mkdir -p bin
	$(GO) build -tags=disable_grpc_modules -trimpath -ldflags='-s -w' -o bin/ ./cmd/server ./cmd/inspection

include web/assets/assets.mk
