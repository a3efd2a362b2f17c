# make run    build, and capture on this machine's interfaces into ./captures
# make test   every test, in a network namespace of its own; then make test-service
# make test-service
#             the Debian package, installed in a systemd booted for it
# make lint   the formatting rules
# make install  programs, unit, configuration, manual, alerts; DESTDIR in front of every path, PREFIX (/usr/local) of most
# make deb    a Debian package of the same
# make fuzz   libFuzzer on all that reads strangers' bytes, SECONDS for each; then PROGRAMS random filters (also a few minutes)
#
# make soak   the daemon under load for SOAK seconds, with thousands of rotations; then as long with everything at once:
#             reloads, interfaces that come and go, a disk that freezes, hostile clients
# make crash  the daemon killed CRASHES times under traffic
# make flood  1,000 silent clients and 10,000 malformed requests at the control socket while 200,000 frames come in a second
# make clock  the machine's clock set an hour forwards and back, for some seconds, while the daemon captures
#
# Measurements, which Benchmarks/README.md shows:
# make peers  Holdfast beside the programs it replaces, those that are installed (ROUNDS, FRAMES, SIZES, such as '64 1500@full')
# make many-captures
#             32 captures beside 32 tcpdumps, and what 1 to 256 captures cost (ROUNDS, FRAMES)
# make formats
#             what pcap, pcapng and compression cost (ROUNDS, FRAMES, SIZES)
# make write-ways
#             what each way to write a full buffer costs, in this folder
# make filter-tables
#             the filter machine on CAPTURES, which are Ethernet; fails where it misses its goals
# make agreement
#             what was tried of other projects' programs and packets (HOLDFAST_VECTORS), and what was not and why

SWIFT = swift
BUILD = .build/release
CONFIG = Config/holdfast.yaml
PREFIX = /usr/local
PACKAGE = .build/holdfast_$(VERSION)_$(shell dpkg --print-architecture).deb
VERSION = $(shell sed -n 's/.*text = "\(.*\)"/\1/p' Sources/Capture/Version.swift)
# Below share/.
COMPLETIONS = bash-completion/completions zsh/vendor-completions fish/vendor_completions.d
# Tests see what is internal to a module.
TESTING = --scratch-path .build-test -Xswiftc -enable-testing
# What make fuzz does.
FUZZERS = assembler decimal machine capture repair
SECONDS = 60
PROGRAMS = 100000
# What make soak and make crash do.
SOAK = 600
CRASHES = 200
# Root works as it is; anybody else needs sudo for the few steps that say so.
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: build run test test-service lint install deb fuzz soak crash clock flood peers copy-loop many-captures formats write-ways filter-tables agreement dependencies test-dependencies clean

# Whoever runs the programs needs no toolchain: Swift's library is in them.
build: dependencies
	$(SWIFT) build -c release --static-swift-stdlib

run: build
	@echo "Capturing into ./captures; Ctrl-C stops. The newest packets, from another terminal:"
	@echo '    tshark -r "$$($(BUILD)/holdfast files --paths --open | tail -n 1)"'
	@test "$$(id -u)" = 0 || sudo setcap cap_net_raw+ep $(BUILD)/holdfastd
	@exec $(BUILD)/holdfastd --config $(CONFIG)

test: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	Tests/in-private-network $(SWIFT) test -c release --skip-build --no-parallel $(TESTING)
	$(MAKE) --no-print-directory test-service

# The package, installed in a systemd booted for the purpose; needs root.
test-service: PACKAGE = .build/test.deb
test-service: test-dependencies
	$(SWIFT) build -c release --build-tests $(TESTING)
	$(MAKE) deb PACKAGE=$(PACKAGE) COMPRESSION="-Zgzip -z1"
	Tests/in-booted-systemd env HOLDFAST_PACKAGE=$(CURDIR)/$(PACKAGE) \
	    $(SWIFT) test -c release --skip-build --no-parallel $(TESTING) --filter LiveTests.Live/Service/

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests \
	    Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

# An existing configuration stays as it is. The unit names the daemon's real place.
install: $(BUILD)/holdfastd
	install -D -s -m 755 $(BUILD)/holdfastd $(DESTDIR)$(PREFIX)/sbin/holdfastd
	install -D -s -m 755 $(BUILD)/holdfast $(DESTDIR)$(PREFIX)/bin/holdfast
	install -d $(DESTDIR)/etc/holdfast $(DESTDIR)$(PREFIX)/lib/systemd/system
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
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/holdfast Config/alerts.yaml Config/grafana-dashboard.json
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETIONS))
	set -e; for program in holdfast holdfastd; do \
	    $(BUILD)/$$program --generate-completion-script bash \
	        > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$program; \
	    $(BUILD)/$$program --generate-completion-script zsh \
	        > $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_$$program; \
	    $(BUILD)/$$program --generate-completion-script fish \
	        > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$program.fish; done

$(BUILD)/holdfastd:
	$(MAKE) build

# What the programs are linked with is asked of them.
deb: DEB = .build/deb
deb: build dependencies
	rm -rf $(DEB)
	$(MAKE) --no-print-directory install DESTDIR=$(DEB) PREFIX=/usr
	install -d $(DEB)/DEBIAN
	gzip -9n $(DEB)/usr/share/man/man?/*
	install -m 755 debian/postinst debian/prerm debian/postrm $(DEB)/DEBIAN
	echo /etc/holdfast/holdfast.yaml > $(DEB)/DEBIAN/conffiles
	{ sed -n '/^Package:/,$$p' debian/control; \
	    echo "Version: $(VERSION)"; grep -E '^(Section|Priority|Maintainer):' debian/control; \
	    echo "Installed-Size: $$(du -sk --exclude=DEBIAN $(DEB) | cut -f 1)"; \
	    dpkg-shlibdeps -O $(DEB)/usr/sbin/holdfastd $(DEB)/usr/bin/holdfast | \
	        sed -n 's/^shlibs:Depends=/Depends: systemd, init-system-helpers, /p'; } | \
	    sed "s/^Architecture: any/Architecture: $$(dpkg --print-architecture)/" > $(DEB)/DEBIAN/control
	cd $(DEB) && find usr -type f -exec md5sum {} + > DEBIAN/md5sums
	dpkg-deb --root-owner-group $(COMPRESSION) --build $(DEB) $(PACKAGE)

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

# What the build needs, and what the tests check the files with; apt is asked only for what is missing.
dependencies: PACKAGES = libpcap-dev libcap-dev libzstd-dev libcap2-bin dpkg-dev
test-dependencies: PACKAGES = libpcap-dev libcap-dev libzstd-dev libcap2-bin iproute2 util-linux e2fsprogs tcpdump tshark \
    zstd systemd procps strace xfsprogs
dependencies test-dependencies:
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; fi

clean:
	rm -rf .build .build-test
