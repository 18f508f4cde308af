// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, so that the product's graph never sees Yams, which brings full Foundation. The modules under test are the project's,
// by symbolic links.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "YAMLBench",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .target(name: "JSON", exclude: ["README.md"], swiftSettings: settings),
        .target(name: "YAML", dependencies: ["CYAML", "JSON"], exclude: ["README.md"], swiftSettings: settings),
        .executableTarget(
            name: "YAMLBench",
            dependencies: ["JSON", "YAML", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
    ]
)
