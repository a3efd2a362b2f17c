# make run    build, and capture on this machine's interfaces into ./captures
# make test   everything, in a network namespace of its own
# make lint   the formatting rules
# make fuzz   libFuzzer on all that reads strangers' bytes, SECONDS for each; then PROGRAMS random filters (also a few minutes)
#
# Measurements, which Benchmarks/README.md shows:
# make peers  Holdfast beside tcpdump, dumpcap and netsniff-ng, those that are installed (ROUNDS, FRAMES, SIZES)
# make figure-8, filter-speed, classify-speed
#             the filter machine on CAPTURES, which are Ethernet; filter-speed takes one and its HOSTS, two addresses in it

SWIFT = swift
BUILD = .build/release
CONFIG = Config/holdfast.yaml
# Tests see what is internal to a module.
TESTING = --scratch-path .build-test -Xswiftc -enable-testing
# What make fuzz does.
FUZZERS = assembler decimal machine capture
SECONDS = 60
PROGRAMS = 100000
# Root works as it is; anybody else needs sudo for the few steps that say so.
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: build run test lint fuzz peers figure-8 filter-speed classify-speed dependencies test-dependencies clean

build: dependencies
	$(SWIFT) build -c release

run: build
	@echo "Capturing into ./captures. To look at them: tshark -r captures/essentials/NAME.pcap, or open one in Wireshark; Ctrl-C stops."
	@test "$$(id -u)" = 0 || sudo setcap cap_net_raw+ep $(BUILD)/holdfastd
	@exec $(BUILD)/holdfastd --config $(CONFIG)

test: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	Tests/in-private-network $(SWIFT) test -c release --skip-build --no-parallel $(TESTING)

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests \
	    Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

# What libFuzzer learns stays in Fuzz/.build/corpus, and the next run goes on from there. Swift's own handler of crashes is off,
# so that libFuzzer's can keep the input.
fuzz: dependencies
	$(SWIFT) build -c release --package-path Fuzz --sanitize fuzzer
	@for target in $(FUZZERS); do \
	    corpus=Fuzz/.build/corpus/$$target; mkdir -p $$corpus; echo "$$target, $(SECONDS) seconds:"; \
	    HOLDFAST_FUZZ=$$target SWIFT_BACKTRACE=enable=no Fuzz/$(BUILD)/Fuzz -max_total_time=$(SECONDS) -print_final_stats=1 \
	        -artifact_prefix=$$corpus- $$corpus > $$corpus.log 2>&1 || { tail -n 30 $$corpus.log; exit 1; }; \
	    grep executed_units $$corpus.log; done
	$(SWIFT) build -c release --build-tests $(TESTING)
	HOLDFAST_PROGRAMS=$(PROGRAMS) $(SWIFT) test -c release --skip-build $(TESTING) --filter BPFTests

peers: build
	$(SWIFT) build -c release --package-path Benchmarks --product peers
	Tests/in-private-network Benchmarks/$(BUILD)/peers $(CURDIR)/$(BUILD)/holdfastd $(ROUNDS) $(FRAMES) $(SIZES)

figure-8 classify-speed: dependencies
	$(SWIFT) build -c release --package-path Benchmarks --product $@
	Benchmarks/$(BUILD)/$@ $(CAPTURES)

filter-speed: dependencies
	$(SWIFT) build -c release --package-path Benchmarks --product $@
	Benchmarks/$(BUILD)/$@ $(CAPTURES) $(HOSTS)

# What the build needs, and what the tests check the files with; apt is asked only for what is missing.
dependencies: PACKAGES = libpcap-dev libcap-dev libcap2-bin
test-dependencies: PACKAGES = libpcap-dev libcap-dev libcap2-bin iproute2 util-linux tcpdump tshark
dependencies test-dependencies:
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; fi

clean:
	rm -rf .build .build-test
