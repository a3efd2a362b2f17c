// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let machine: Target.Dependency = .product(name: "BPF", package: "holdfast")
let files: Target.Dependency = .product(name: "Pcap", package: "holdfast")
let libpcap: Target.Dependency = .product(name: "CPcap", package: "holdfast")
let traffic: Target.Dependency = .product(name: "Traffic", package: "holdfast")
let containers: Target.Dependency = .product(name: "BasicContainers", package: "swift-collections")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

// Measurements live beside the product, so that building it never pays for them.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "holdfast", path: ".."),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // What measurements share.
        .target(name: "Measuring", dependencies: [files, libpcap, traffic, system], swiftSettings: strict),
        // The machine that BPF replaced.
        .target(name: "CSPF", swiftSettings: strict),

        .executableTarget(
            name: "filter-tables", dependencies: ["CSPF", "Measuring", machine, files, libpcap, containers],
            swiftSettings: strict),
        .executableTarget(name: "write-ways"),

        // Capture programs at work.
        .target(name: "Capturing", dependencies: [traffic], swiftSettings: strict),
        .executableTarget(
            name: "peers", dependencies: ["Capturing", "Measuring", traffic, system], swiftSettings: strict),
        .executableTarget(name: "copy-loop"),
        .executableTarget(
            name: "formats", dependencies: ["Capturing", "Measuring", traffic], swiftSettings: strict),
        .executableTarget(
            name: "many-captures", dependencies: ["Capturing", "Measuring", traffic], swiftSettings: strict),
    ]
)
