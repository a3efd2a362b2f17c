// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every Swift target: the Swift 6 language mode, unsafe code marked, warnings fatal.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),  // functions and getters that return a span
]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let containers = Target.Dependency.product(name: "BasicContainers", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "holdfast",
    products: [
        .executable(name: "holdfastd", targets: ["holdfastd"]),
        .executable(name: "holdfast", targets: ["holdfast"]),
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
        // HummingbirdCore alone: its application wakes up every second, for a date that nobody asks for.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The border to C: headers, a handful of one-line shims, three system libraries.
        .target(name: "CLinux"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // The data plane, bottom up.
        .target(name: "Linux", dependencies: ["CLinux", "CCap", systemPackage], swiftSettings: strict),
        .target(
            name: "BPF", dependencies: ["CLinux", "CPcap", systemPackage, containers], swiftSettings: strict),
        .target(name: "Pcap", swiftSettings: strict),
        .target(name: "Zstd", dependencies: ["CZstd"], swiftSettings: strict),
        .target(
            name: "Capture",
            dependencies: ["Linux", "BPF", "Pcap", "Zstd", "CLinux", systemPackage, containers, deque],
            swiftSettings: strict),

        // The control plane.
        .target(name: "Control", dependencies: ["Linux", "CLinux", nio, nioPosix, nioHTTP], swiftSettings: strict),
        // What was not captured, in a file beside the segments: written by the daemon, read by anybody.
        .target(name: "Ledger", dependencies: ["Control", "Linux", systemPackage], swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: ["Capture", "BPF", "Linux", "Pcap", systemPackage, yams],
            swiftSettings: strict),
        .target(
            name: "Daemon",
            dependencies: [
                "Settings", "Capture", "Control", "Ledger", "BPF", "Linux", "Pcap", systemPackage, containers, deque,
                logging, nio, nioPosix, nioHTTP,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "holdfastd", dependencies: ["Daemon", "Settings", "Capture", "Linux", arguments],
            swiftSettings: strict),

        // What operators type.
        .target(
            name: "FilterTool", dependencies: ["BPF", "CPcap", "Pcap", "Settings", "Zstd", systemPackage],
            swiftSettings: strict),
        .target(
            name: "StatusTool",
            dependencies: ["Control", "FilterTool", "Ledger", "Capture", "Linux", "CLinux", "Pcap", systemPackage],
            swiftSettings: strict),
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "FilterTool", "StatusTool", "Control", "Ledger", "Capture", "BPF", "Settings", "Linux", arguments,
            ],
            swiftSettings: strict),

        .testTarget(name: "LinuxTests", dependencies: ["Linux", systemPackage], swiftSettings: strict),
        .testTarget(name: "BPFTests", dependencies: ["BPF", "CPcap"], swiftSettings: strict),
        .testTarget(
            name: "CaptureTests",
            dependencies: ["Capture", "BPF", "Linux", "Pcap", "Zstd", "Traffic", systemPackage, containers],
            swiftSettings: strict),
        .testTarget(name: "PcapTests", dependencies: ["Pcap", "CPcap"], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "Capture", "Linux", "Pcap", systemPackage],
            swiftSettings: strict),

        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Capture", "Settings", "Ledger", "Linux", "BPF", "Pcap", "Control", "Traffic", logging,
                systemPackage,
            ],
            swiftSettings: strict),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "Control", "Linux"], swiftSettings: strict),

        // What is tried on any bytes: a few thousand by the tests, as many as time allows by the package Fuzz.
        .target(
            name: "FuzzTargets", dependencies: ["BPF", "Capture", "Linux", "Pcap", "Zstd"], path: "Tests/FuzzTargets",
            swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),

        // The commands, as they are typed.
        .testTarget(
            name: "HoldfastTests",
            dependencies: ["FilterTool", "StatusTool", "Control", "BPF", "CPcap", "Pcap", "Traffic"],
            swiftSettings: strict),

        // Live: the daemon on real interfaces, with packets of which every byte is known.
        .target(name: "CTraffic", path: "Tests/CTraffic"),
        .target(
            name: "Traffic", dependencies: ["CTraffic", "CLinux", "Linux", systemPackage], path: "Tests/Traffic",
            swiftSettings: strict),
        .testTarget(
            name: "LiveTests",
            dependencies: ["Traffic", "Control", "Linux", "CLinux", "CPcap", systemPackage, containers, yams],
            swiftSettings: strict),
    ]
)
