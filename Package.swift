// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The language settings of every target: Swift 6 mode, the upcoming features, no warnings.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A target of the house. `uses` is its line in the table of imports: `scripts/check-imports` holds the direction.
func module(_ name: String, uses: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: uses, exclude: ["README.md"], swiftSettings: settings)
}

func tests(_ name: String, uses: [Target.Dependency], linked: [LinkerSetting] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.byName(name: name)] + uses,
        swiftSettings: settings,
        linkerSettings: linked
    )
}

let package = Package(
    name: "taffrail",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "taffrail", targets: ["taffrail"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

        // RE2 is C++: a target of its own gives it a C face.
        .target(
            name: "CRE2",
            exclude: ["README.md"],
            cxxSettings: [.unsafeFlags(["-Wall", "-Werror"])],
            linkerSettings: [.linkedLibrary("re2")]
        ),

        // General parts, which know nothing of Taffrail.
        module("Concurrency"),
        module("Instruments", uses: ["Concurrency"]),
        module("JSON"),
        module("YAML", uses: ["CYAML", "JSON"]),
        module("Transport", uses: ["CCurl", "Concurrency"]),
        module("Keys", uses: ["COpenSSL", "JSON"]),
        module("Git", uses: ["CLibgit2", "CZlib", "Concurrency", "Keys", "Transport"]),
        module("TransparencyLog", uses: ["Concurrency", "Keys"]),
        module("Kustomize", uses: ["CRE2", "JSON", "Keys", "YAML"]),
        module(
            "Kubernetes",
            uses: [
                "Concurrency", "JSON", "Keys", "Transport", "YAML",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),

        // Taffrail.
        module("TaffrailAPI", uses: ["JSON"]),
        module("Change", uses: ["Git", "JSON", "Keys", "Kubernetes"]),
        module("Serving", uses: ["JSON", "Keys", "TaffrailAPI"]),
        module(
            "Audit",
            uses: ["CSQLite", "Change", "Concurrency", "Git", "JSON", "Keys", "Kubernetes", "TransparencyLog"]
        ),
        module(
            "Delivery",
            uses: [
                "Audit", "Change", "Concurrency", "Git", "JSON", "Keys", "Kubernetes", "Kustomize", "TaffrailAPI",
                "Transport", "YAML",
            ]
        ),
        module(
            "Rollouts",
            uses: ["Audit", "Change", "Concurrency", "Delivery", "JSON", "Kubernetes", "Serving", "TaffrailAPI"]
        ),
        module(
            "Web",
            uses: [
                "Concurrency", "Instruments", "Keys", "Kubernetes",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        module(
            "Commands",
            uses: [
                "Audit", "Change", "Concurrency", "Delivery", "Git", "Instruments", "JSON", "Keys", "Kubernetes",
                "Kustomize", "Rollouts", "TaffrailAPI", "TransparencyLog", "Transport", "Web", "YAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(
            name: "taffrail",
            dependencies: ["Commands"],
            exclude: ["README.md"],
            swiftSettings: settings
        ),

        // Tools.
        .executableTarget(
            name: "generate",
            dependencies: ["Commands", "TaffrailAPI", "YAML"],
            path: "Tools/generate",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ApplyLoop",
            dependencies: ["Concurrency", "JSON", "Kubernetes", "YAML"],
            path: "Benchmarks/ApplyLoop",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "JSONBench",
            dependencies: ["JSON"],
            path: "Benchmarks/JSONBench",
            swiftSettings: settings
        ),

        // Tests.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "RecordedCluster",
            dependencies: ["Audit", "Change", "Concurrency", "Keys", "Kubernetes", "TestSupport"],
            path: "Tests/RecordedCluster",
            swiftSettings: settings
        ),
        tests(
            "Audit",
            uses: ["Change", "Concurrency", "Git", "JSON", "Keys", "Kubernetes", "TestSupport", "TransparencyLog"]
        ),
        tests(
            "Commands",
            uses: [
                "Audit", "Change", "Concurrency", "Delivery", "JSON", "Kubernetes", "TaffrailAPI", "TestSupport",
                "YAML",
                "taffrail", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        tests("Concurrency", uses: []),
        tests(
            "Delivery",
            uses: [
                "Audit", "Change", "Concurrency", "Git", "JSON", "Keys", "Kubernetes", "Kustomize",
                "RecordedCluster", "TestSupport", "Transport", "YAML",
            ]
        ),
        tests("Git", uses: ["Concurrency", "TestSupport", "Transport"]),
        tests("Instruments", uses: ["TestSupport"]),
        tests("JSON", uses: ["TestSupport"]),
        tests("Keys", uses: ["JSON", "TestSupport"]),
        tests("Kubernetes", uses: ["Concurrency", "JSON", "TestSupport", "Transport"]),
        tests("Kustomize", uses: ["JSON", "TestSupport", "YAML"]),
        tests(
            "Rollouts",
            uses: [
                "Audit", "Change", "Concurrency", "Delivery", "JSON", "Keys", "Kubernetes", "RecordedCluster",
                "TestSupport",
            ]
        ),
        tests("Serving", uses: ["JSON", "TaffrailAPI"]),
        tests("TaffrailAPI", uses: ["JSON", "TestSupport", "YAML"]),
        tests("TransparencyLog", uses: ["Concurrency", "JSON", "Keys", "TestSupport"]),
        tests(
            "Transport",
            uses: ["Concurrency", "TestSupport"],
            // So that libcurl finds the name lookup that hangs when a test wants it to.
            linked: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"], .when(platforms: [.linux]))]
        ),
        tests("Web", uses: ["Concurrency", "Instruments", "JSON", "Kubernetes", "TestSupport", "Transport"]),
        tests("YAML", uses: ["JSON", "TestSupport"]),
    ]
)

// What is fuzzed is compiled with libFuzzer, which brings a `main` of its own: scripts/fuzz builds that apart, and says so.
if Context.environment["TAFFRAIL_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: ["Change", "Delivery", "Git", "JSON", "Kubernetes", "Kustomize", "Transport", "YAML"],
            path: "Tools/fuzz",
            swiftSettings: settings,
            // So that what opens a file for Swift finds the guard.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=open"])]
        )
    )
}
