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

// Measurements live beside the product, so that building it never pays for them.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "holdfast", path: "..")],
    targets: [
        .executableTarget(
            name: "filter-speed",
            dependencies: [
                .product(name: "BPF", package: "holdfast"),
                .product(name: "CPcap", package: "holdfast"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "classify-speed",
            dependencies: [
                .product(name: "BPF", package: "holdfast"),
                .product(name: "CPcap", package: "holdfast"),
            ],
            swiftSettings: strict),
    ]
)
