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
let libpcap: Target.Dependency = .product(name: "CPcap", package: "holdfast")
let traffic: Target.Dependency = .product(name: "Traffic", package: "holdfast")

// Measurements live beside the product, so that building it never pays for them.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "holdfast", path: "..")],
    targets: [
        .executableTarget(name: "filter-speed", dependencies: [machine, libpcap], swiftSettings: strict),
        .executableTarget(name: "peers", dependencies: [traffic], swiftSettings: strict),
    ]
)
