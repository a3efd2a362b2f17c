// swift-tools-version: 6.2
import PackageDescription

// Fuzzers live beside the product. Everything is built with libFuzzer's instrumentation, the product's modules included:
// swift build --sanitize fuzzer (make fuzz does it).
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "holdfast", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [.product(name: "FuzzTargets", package: "holdfast")],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ])
    ]
)
