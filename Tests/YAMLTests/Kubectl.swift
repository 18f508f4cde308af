// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport

/// kubectl as the oracle of how Kubernetes reads YAML.
struct Kubectl {
    init() throws {
        try Parts.require("kubectl", Parts.has("kubectl"))
    }

    /// What kubectl reads as the `spec` of a custom resource, without a cluster; `nil` if it refuses the text.
    /// - Parameter spec: a block mapping or list without indentation.
    func spec(_ spec: String) async throws -> JSONValue? {
        let folder = try TemporaryDirectory()
        let manifest = folder.path + "/manifest.yaml"
        let indented = spec.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "\n" : "  \($0)\n"
        }.joined()
        let text = "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: a}\nspec:\n" + indented
        try Data(text.utf8).write(to: URL(filePath: manifest))
        let result = try await run("kubectl", ["label", "--local", "-f", manifest, "checked=yes", "-o", "json"])
        guard result.status == 0 else { return nil }
        return try JSONValue(parsing: result.output)["spec"]
    }
}
