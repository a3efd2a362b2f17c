// swift-tools-version: 6.2
import PackageDescription

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
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ])
    ]
)
