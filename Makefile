# make run      build, and capture on the interfaces of this machine into ./captures
# make test     run all tests, in a private network namespace; then make test-service
# make test-service
#               install the Debian package in a systemd booted for the purpose, and test it
# make test-container
#               run the daemon in containers of podman, with little memory and few processes
# make lint     check the formatting
# make install  install programs, unit, configuration, manual pages, alerts (DESTDIR, PREFIX=/usr/local)
# make deb      build a Debian package of the same files
# make container
#               build an image of the daemon with CONTAINER (podman, or docker) on BASE (Debian 12)
# make dist     make a source tarball with all dependencies, which builds without a network
# make fuzz     run libFuzzer on every reader of untrusted bytes, SECONDS each; then PROGRAMS random filters (minutes)
#
# make soak     run the daemon under load for SOAK seconds, with thousands of rotations; then for as long again with
#               reloads, changing interfaces, a freezing disk and hostile clients at once
# make crash    kill the daemon CRASHES times under traffic
# make flood    1,000 silent clients and 10,000 malformed requests while 200,000 frames arrive per second
# make clock    set the clock of the machine an hour forwards and back, for some seconds, while the daemon captures
#
# Measurements; the results are in Benchmarks/README.md:
# make peers    Holdfast beside the programs that it replaces, if installed (ROUNDS, FRAMES, SIZES='64 1500@full')
# make many-captures
#               32 captures beside 32 tcpdumps, and the cost of 1 to 256 captures (ROUNDS, FRAMES)
# make formats  the cost of pcap, pcapng and compression (ROUNDS, FRAMES, SIZES)
# make write-ways
#               the cost of each way to write a full buffer, in this directory
# make filter-tables
#               the filter machine on CAPTURES (Ethernet); fails if it misses its goals
# make agreement
#               which programs and packets of other projects (HOLDFAST_VECTORS) were compared; others with reasons

SWIFT = swift
BUILD = .build/release
CONFIG = Config/holdfast.yaml
PREFIX = /usr/local
PACKAGE = .build/holdfast_$(VERSION)_$(shell dpkg --print-architecture).deb
# Installed programs have no symbols.
STRIP = -s
VERSION = $(shell sed -n 's/.*text = "\(.*\)"/\1/p' Sources/Linux/Version.swift)
# Below PREFIX/share.
COMPLETIONS = bash-completion/completions zsh/vendor-completions fish/vendor_completions.d
# Tests use internal declarations of modules.
TESTING = --scratch-path .build-test -Xswiftc -enable-testing
# For make fuzz.
FUZZERS = assembler decimal machine capture repair
SECONDS = 60
PROGRAMS = 100000
# For make soak and make crash.
SOAK = 600
CRASHES = 200
# Steps that need root use sudo, unless root runs them.
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

# For make container.
CONTAINER = podman
BASE =
ROOT = .build/container

.PHONY: build run test test-service test-container lint install deb container container-root dist fuzz soak crash \
    clock flood peers copy-loop many-captures formats write-ways filter-tables agreement dependencies \
    test-dependencies clean

# Links Swift's library statically: the programs need no toolchain to run.
build: dependencies
	$(SWIFT) build -c release --static-swift-stdlib --product holdfast
	$(SWIFT) build -c release --static-swift-stdlib --product holdfastd

run: build
	@echo "Capturing into ./captures; Ctrl-C stops. The newest packets, from another terminal:"
	@echo '    tshark -r "$$($(BUILD)/holdfast files --paths --open | tail -n 1)"'
	@test "$$(id -u)" = 0 || sudo setcap cap_net_raw+ep $(BUILD)/holdfastd
	@exec $(BUILD)/holdfastd --config $(CONFIG)

# At the end it prints how long each part took.
test: test-dependencies
	rm -f .build-test/times
	Tests/timed "compile the tests" $(SWIFT) build -c release --build-tests $(TESTING)
	Tests/timed "tests" Tests/in-private-network $(SWIFT) test -c release --skip-build --no-parallel $(TESTING)
	$(MAKE) --no-print-directory test-service
	@cat .build-test/times

# Installs the package in a systemd booted for the purpose; needs root.
test-service: PACKAGE = .build/test.deb
test-service: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	Tests/timed "compile and package the program" $(MAKE) deb PACKAGE=$(PACKAGE) COMPRESSION="-Zgzip -z1"
	Tests/timed "tests of the package in a booted systemd" Tests/in-booted-systemd env HOLDFAST_PACKAGE=$(CURDIR)/$(PACKAGE) \
	    $(SWIFT) test -c release --skip-build --no-parallel $(TESTING) --filter LiveTests.Live/Service/

# Runs containers of podman, in a storage of their own and without a registry; needs root.
test-container: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	$(MAKE) container-root
	Tests/in-private-network Tests/with-image $(ROOT) \
	    $(SWIFT) test -c release --skip-build --no-parallel $(TESTING) --filter LiveTests.Live/Containers/

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests \
	    Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

# Keeps an existing configuration, and puts the installed path of the daemon into the unit.
install: $(BUILD)/holdfast
	install -D $(STRIP) -m 755 $(BUILD)/holdfast $(DESTDIR)$(PREFIX)/bin/holdfast
	install -d $(DESTDIR)/etc/holdfast $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/sbin
	ln -sf ../bin/holdfast $(DESTDIR)$(PREFIX)/sbin/holdfastd
	test -e $(DESTDIR)/etc/holdfast/holdfast.yaml || \
	    sed 's|^directory: captures|directory: /var/lib/holdfast|' Config/holdfast.yaml \
	        > $(DESTDIR)/etc/holdfast/holdfast.yaml
	sed 's|^\(Exec[A-Za-z]*\)=/usr|\1=$(PREFIX)|' systemd/holdfastd.service \
	    > $(DESTDIR)$(PREFIX)/lib/systemd/system/holdfastd.service
	install -D -m 644 systemd/holdfast.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/holdfast.conf
	install -D -m 644 systemd/holdfast.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/holdfast.conf
	for page in $(notdir $(wildcard man/*)); do \
	    install -D -m 644 man/$$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page || exit; done
	install -D -m 644 Config/holdfast.yaml $(DESTDIR)$(PREFIX)/share/doc/holdfast/holdfast.yaml
	for page in $(wildcard docs/*.md); do \
	    install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/holdfast $$page || exit; done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/holdfast Config/alerts.yaml Config/grafana-dashboard.json
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETIONS))
	set -e; for program in holdfast holdfastd; do \
	    $(BUILD)/$$program --generate-completion-script bash | sed '1{/^#!/d}' \
	        > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$program; \
	    $(BUILD)/$$program --generate-completion-script zsh \
	        > $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_$$program; \
	    $(BUILD)/$$program --generate-completion-script fish \
	        > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$program.fish; done

$(BUILD)/holdfast:
	$(MAKE) build

# debhelper makes the package from debian/. The newest entry of debian/changelog must have the program's version.
deb: build package-dependencies
	@test "$$(dpkg-parsechangelog -S Version)" = $(VERSION) || \
	    { echo "cannot build the package: debian/changelog does not begin with version $(VERSION)" >&2; exit 1; }
	rm -rf .build/deb && mkdir .build/deb
	debian/rules clean binary DESTINATION=.build/deb COMPRESSION="$(COMPRESSION)"
	mv .build/deb/holdfast_*.deb $(PACKAGE)
	debian/rules clean

container: container-root
	$(CONTAINER) build $(if $(BASE),--build-arg BASE=$(BASE)) --tag holdfast:$(VERSION) --file Containerfile $(ROOT)

# What the image adds to its base: the programs, their pages, and a configuration that logs JSON.
container-root: build
	rm -rf $(ROOT)
	$(MAKE) install DESTDIR=$(ROOT) PREFIX=/usr
	rm -r $(addprefix $(ROOT)/usr/lib/,systemd sysusers.d tmpfiles.d)
	sed -i 's|^# log: auto|log: json|' $(ROOT)/etc/holdfast/holdfast.yaml

# A source tarball with all dependencies, which builds without a network.
dist: dependencies
	$(SWIFT) package resolve
	Distribution/source-tarball $(VERSION) .build/holdfast-$(VERSION).tar.xz

# The corpus stays in Fuzz/.build/corpus, and the next run continues from it. Swift's crash handler is off, so that
# libFuzzer's handler can save the input.
fuzz: dependencies
	$(SWIFT) build -c release --package-path Fuzz --sanitize fuzzer
	@for target in $(FUZZERS); do \
	    corpus=Fuzz/.build/corpus/$$target; mkdir -p $$corpus; echo "$$target, $(SECONDS) seconds:"; \
	    HOLDFAST_FUZZ=$$target SWIFT_BACKTRACE=enable=no Fuzz/$(BUILD)/Fuzz -max_total_time=$(SECONDS) \
	        -print_final_stats=1 -artifact_prefix=$$corpus- $$corpus > $$corpus.log 2>&1 || \
	        { tail -n 30 $$corpus.log; exit 1; }; \
	    grep executed_units $$corpus.log; done
	$(SWIFT) build -c release --build-tests $(TESTING)
	HOLDFAST_PROGRAMS=$(PROGRAMS) $(SWIFT) test -c release --skip-build $(TESTING) --filter BPFTests

soak-tests = (Soak|frozen|Everything|DiskErrorTable)
crash-tests = Crash
flood-tests = Flood
clock-tests = ClockSteps
soak crash clock flood: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	HOLDFAST_SOAK=$(if $(filter soak,$@),$(SOAK)) HOLDFAST_CRASHES=$(CRASHES) HOLDFAST_FLOOD=$(filter flood,$@) \
	    HOLDFAST_CLOCK=$(if $(filter clock,$@),1) Tests/in-private-network \
	    $(SWIFT) test -c release --skip-build --no-parallel $(TESTING) --filter 'LiveTests.*$($@-tests)'

peers: copy-loop
peers many-captures formats: build
	$(SWIFT) build -c release --package-path Benchmarks --product $@
	Tests/in-private-network Benchmarks/$(BUILD)/$@ $(CURDIR)/$(BUILD)/holdfastd $(ROUNDS) $(FRAMES) $(SIZES)

copy-loop: dependencies
	$(SWIFT) build -c release --package-path Benchmarks --product $@

write-ways: dependencies
	$(SWIFT) build -c release --package-path Benchmarks --product $@
	Benchmarks/$(BUILD)/$@ write-ways.tmp

filter-tables: dependencies
	$(SWIFT) build -c release --package-path Benchmarks --product $@
	Benchmarks/$(BUILD)/$@ $(CAPTURES)

agreement: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	$(SWIFT) test -c release --skip-build --no-parallel $(TESTING) --filter BPFTests | grep '^BPFTests'

# Packages that the build and the tests need. apt installs only the missing ones.
LIBRARIES = libpcap-dev libcap-dev libzstd-dev libyaml-dev
dependencies: PACKAGES = $(LIBRARIES) libcap2-bin
package-dependencies: PACKAGES = debhelper
test-dependencies: PACKAGES = $(LIBRARIES) libcap2-bin iproute2 util-linux e2fsprogs tcpdump tshark zstd systemd \
    procps strace xfsprogs debhelper
dependencies package-dependencies test-dependencies:
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; fi

clean:
	rm -rf .build .build-test
