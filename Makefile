# make run    build, and capture on this machine's interfaces into ./captures
# make test   everything, in a network namespace of its own
# make lint   the formatting rules

SWIFT = swift
BUILD = .build/release
CONFIG = Config/holdfast.yaml
# Root works as it is; anybody else needs sudo for the few steps that say so.
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: build run test lint dependencies test-dependencies clean

build: dependencies
	$(SWIFT) build -c release

run: build
	@echo "Capturing into ./captures. To look at them: tshark -r captures/essentials/NAME.pcap, or open one in Wireshark; Ctrl-C stops."
	@test "$$(id -u)" = 0 || sudo setcap cap_net_raw+ep $(BUILD)/holdfastd
	@exec $(BUILD)/holdfastd --config $(CONFIG)

test: test-dependencies
	$(SWIFT) build -c release --build-tests
	Tests/in-private-network $(SWIFT) test -c release --skip-build --no-parallel

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

# What the build needs, and what the tests check the files with; apt is asked only for what is missing.
dependencies: PACKAGES = libpcap-dev libcap-dev libcap2-bin
test-dependencies: PACKAGES = libpcap-dev libcap-dev libcap2-bin iproute2 util-linux tcpdump tshark
dependencies test-dependencies:
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; fi

clean:
	rm -rf .build
