// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport

/// kubectl as the oracle of how Kubernetes reads YAML.
struct Kubectl {
    init() throws {
        try Parts.require("kubectl", Parts.has("kubectl"))
    }

    /// A manifest whose `spec` is the text.
    /// - Parameter spec: a block mapping or list without indentation.
    static func manifest(_ spec: String, name: String = "a") -> String {
        let indented = spec.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "\n" : "  \($0)\n"
        }.joined()
        return "apiVersion: example.com/v1\nkind: Example\nmetadata: {name: \(name)}\nspec:\n" + indented
    }

    /// What kubectl reads as the `spec` of a custom resource, without a cluster; `nil` if it refuses the text.
    func spec(_ spec: String) async throws -> JSONValue? {
        try await specs([spec])[0]
    }

    /// The same of many texts, each of which is a file of its own.
    func specs(_ specs: [String]) async throws -> [JSONValue?] {
        let folder = try TemporaryDirectory()
        for (index, spec) in specs.enumerated() {
            let file = folder.url.appending(path: "\(index).yaml")
            try Data(Self.manifest(spec, name: "a\(index)").utf8).write(to: file)
        }
        // It goes on after a file that it refuses, and prints what it took, one object after the other.
        let result = try await run("kubectl", ["label", "--local", "-f", folder.path, "checked=yes", "-o", "json"])
        var found = [JSONValue?](repeating: nil, count: specs.count)
        var lines: [Substring] = []
        for line in result.output.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(line)
            guard line == "}" else { continue }
            let object = try JSONValue(parsing: lines.joined(separator: "\n"))
            lines = []
            guard let name = object["metadata"]?["name"]?.stringValue, let index = Int(name.dropFirst()) else {
                continue
            }
            found[index] = object["spec"]
        }
        return found
    }
}
