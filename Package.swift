// swift-tools-version: 6.2
import PackageDescription

/// Whether warnings are errors: in CI alone, since the next compiler may have new ones.
let warningsAreErrors = Context.environment["HOLDFAST_WARNINGS"] == "error"

/// One set of rules for every Swift target: the Swift 6 language mode, unsafe code marked.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),  // functions and getters that return a span
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let containers = Target.Dependency.product(name: "BasicContainers", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "holdfast",
    products: [
        // One program under its two names: a package installs one of the files, and a link.
        .executable(name: "holdfastd", targets: ["Program"]),
        .executable(name: "holdfast", targets: ["Program"]),
        // For Benchmarks and Fuzz, packages of their own.
        .library(name: "BPF", targets: ["BPF"]),
        .library(name: "CPcap", targets: ["CPcap"]),
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
        .library(name: "Pcap", targets: ["Pcap"]),
        .library(name: "Traffic", targets: ["Traffic"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // HummingbirdCore alone: its application wakes up every second, for a date that no client needs.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // The border to C: headers, a handful of one-line shims, four system libraries.
        .target(name: "CLinux"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // The foundation: what is counted, the kernel's objects, filters, file formats, compression. None of these
        // knows another.
        .target(name: "Counters", swiftSettings: strict),
        .target(name: "Linux", dependencies: ["CLinux", "CCap", systemPackage], swiftSettings: strict),
        .target(
            name: "BPF", dependencies: ["CLinux", "CPcap", systemPackage, containers], swiftSettings: strict),
        .target(name: "Pcap", swiftSettings: strict),
        .target(name: "Zstd", dependencies: ["CZstd"], swiftSettings: strict),

        // Capture files on disk: what the data plane writes, and what every tool reads without it.
        .target(
            name: "Segments", dependencies: ["Linux", "Pcap", "Zstd", systemPackage, deque], swiftSettings: strict),

        // What the control plane asks of the data plane, as values.
        .target(name: "Rules", dependencies: ["Linux", "BPF", "Pcap", "Segments", "CLinux"], swiftSettings: strict),

        // The data plane: from the kernel's ring to a segment.
        .target(
            name: "Capture",
            dependencies: [
                "Rules", "Counters", "Linux", "BPF", "Pcap", "Zstd", "Segments", "CLinux", systemPackage, containers,
                deque,
            ],
            swiftSettings: strict),

        // The control plane. Control is its interface and knows no capture; Daemon puts everything together.
        .target(
            name: "Control", dependencies: ["Counters", "Linux", "CLinux", nio, nioPosix, nioHTTP],
            swiftSettings: strict),
        // What was not captured, in a file beside the segments: written by the daemon, read by anybody.
        .target(name: "Ledger", dependencies: ["Control", "Linux", systemPackage], swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: ["Rules", "Segments", "BPF", "Linux", "Pcap", "CLibYAML", systemPackage],
            swiftSettings: strict),
        .target(
            name: "Daemon",
            dependencies: [
                "Settings", "Rules", "Capture", "Segments", "Control", "Ledger", "Counters", "BPF", "Linux", "Pcap",
                systemPackage, containers, deque, logging, nio, nioPosix, nioHTTP,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            swiftSettings: strict),
        .target(
            name: "DaemonCommand", dependencies: ["Daemon", "Settings", "Linux", arguments],
            swiftSettings: strict),

        // What operators type. The tools read segments and ask the daemon; neither imports the data plane.
        .target(
            name: "FilterTool", dependencies: ["BPF", "CPcap", "Linux", "Pcap", "Segments", "Settings", systemPackage],
            swiftSettings: strict),
        .target(
            name: "StatusTool",
            dependencies: ["Control", "Ledger", "Counters", "Linux", "CLinux", "Pcap", "Segments", systemPackage],
            swiftSettings: strict),
        .target(
            name: "OperatorCommand",
            dependencies: [
                "FilterTool", "StatusTool", "Control", "Ledger", "BPF", "Rules", "Settings", "Linux", arguments,
            ],
            swiftSettings: strict),
        // lld, which every toolchain has, is faster than the system's linker. Nothing loads symbols of the program,
        // and what it does not export the linker can leave out.
        .executableTarget(
            name: "Program", dependencies: ["DaemonCommand", "OperatorCommand"], swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "--no-export-dynamic"])]),

        .testTarget(name: "CountersTests", dependencies: ["Counters"], swiftSettings: strict),
        // What every test may use: temporary folders, seeded random numbers, waiting with a limit.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        // The kernel's side of a tap, without a kernel and without root.
        .target(
            name: "Synthetic", dependencies: ["Capture", "Rules", "BPF", "Linux", systemPackage],
            path: "Tests/Synthetic", swiftSettings: strict),

        .testTarget(
            name: "LinuxTests", dependencies: ["Linux", "TestSupport", systemPackage], swiftSettings: strict),
        .testTarget(name: "BPFTests", dependencies: ["BPF", "CPcap", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CaptureTests",
            dependencies: [
                "Capture", "Rules", "Counters", "Segments", "BPF", "Linux", "Pcap", "Zstd", "Traffic", "TestSupport",
                "Synthetic", systemPackage, containers,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SegmentsTests", dependencies: ["Segments", "CaptureFiles", "Linux", "Pcap", "Zstd", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "PcapTests", dependencies: ["Pcap", "CPcap", "CaptureFiles", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "Rules", "Segments", "Linux", "Pcap", systemPackage],
            swiftSettings: strict),

        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Capture", "Rules", "Counters", "Segments", "Settings", "Ledger", "Linux", "BPF", "Pcap",
                "Control", "Traffic", "StatusTool", "TestSupport", "Synthetic", logging, systemPackage, containers,
            ],
            swiftSettings: strict),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "Control", "Linux"], swiftSettings: strict),

        // Capture files for tests: real ones, hand-made ones, and what libpcap reads in them.
        .target(
            name: "CaptureFiles", dependencies: ["Pcap", "CPcap"], path: "Tests/CaptureFiles", swiftSettings: strict),

        // What is tried on any bytes: a few thousand by the tests, as many as time allows by the package Fuzz.
        .target(
            name: "FuzzTargets", dependencies: ["BPF", "Linux", "Pcap", "Segments", "Zstd"], path: "Tests/FuzzTargets",
            swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"], swiftSettings: strict),

        // The commands, as they are typed.
        .testTarget(
            name: "HoldfastTests",
            dependencies: [
                "FilterTool", "StatusTool", "Control", "Counters", "CaptureFiles", "Linux", "Segments", "BPF", "CPcap",
                "Pcap", "Traffic",
            ],
            swiftSettings: strict),

        // Live: the daemon on real interfaces, with packets of which every byte is known.
        .target(name: "CTraffic", path: "Tests/CTraffic"),
        .target(
            name: "Traffic", dependencies: ["CTraffic", "CLinux", "Linux", systemPackage], path: "Tests/Traffic",
            swiftSettings: strict),
        .testTarget(
            name: "LiveTests",
            dependencies: [
                "Traffic", "Control", "Counters", "Settings", "Linux", "CLinux", "CPcap", "TestSupport", systemPackage,
                containers,
            ],
            swiftSettings: strict),
    ]
)
