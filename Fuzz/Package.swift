// swift-tools-version: 6.2
import PackageDescription

// The fuzzers, in a package beside the product. libFuzzer instruments every module, including those of the product:
// `swift build --sanitize fuzzer` (`make fuzz`).
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
