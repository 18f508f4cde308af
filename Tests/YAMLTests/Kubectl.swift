// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Testing

/// The kubectl on the PATH, as the oracle of how Kubernetes reads YAML.
struct Kubectl {
    private let path: String

    /// Cancels the test where there is no kubectl, unless every part is required.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let found = folders.map { "\($0)/kubectl" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else {
            if environment["TAFFRAIL_REQUIRE"] == "all" { throw Missing() }
            try Test.cancel("kubectl is not installed")
        }
        path = found
    }

    struct Missing: Error, CustomStringConvertible {
        let description = "TAFFRAIL_REQUIRE=all, but kubectl is not installed"
    }

    /// What kubectl reads as the `spec` of a custom resource, without a cluster; `nil` if it refuses the text.
    /// - Parameter spec: a block mapping or list without indentation.
    func spec(_ spec: String) throws -> JSONValue? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("taffrail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let manifest = folder.appendingPathComponent("manifest.yaml")
        let output = folder.appendingPathComponent("output.json")
        let indented = spec.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "\n" : "  \($0)\n"
        }.joined()
        let text = "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: a}\nspec:\n" + indented
        try Data(text.utf8).write(to: manifest)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["label", "--local", "-f", manifest.path, "checked=yes", "-o", "json"]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return try JSONValue(parsing: [UInt8](try Data(contentsOf: output)))["spec"]
    }
}
