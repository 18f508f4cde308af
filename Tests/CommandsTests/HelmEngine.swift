// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport

/// Helm's own engine, by `scripts/helm`, and the chart.
struct HelmEngine {
    static let chart = Parts.root.appending(path: "charts/taffrail").path
    static let script = Parts.root.appending(path: "scripts/helm").path
    private static let setup = Parts.root.appending(path: "scripts/setup-helm").path

    let python: String

    /// Skips the test where there is none.
    init() async throws {
        try Parts.require("python3", Parts.has("python3"))
        let found = try await run(Self.setup, ["--installed"])
        try Parts.require("Helm's engine (scripts/setup-helm)", found.status == 0)
        python = found.output.trimmingCharacters(in: .newlines)
    }

    /// What it says of its own doing, whatever came of it.
    func result(of words: [String], input: String = "") async throws -> ProgramResult {
        try await run(python, [Self.script] + words, input: input)
    }

    @discardableResult
    func call(_ words: String..., input: String = "") async throws -> JSONValue {
        let result = try await result(of: words, input: input)
        try check(result)
        return try JSONValue(parsing: result.output)
    }

    /// The objects that the chart makes of some values, test pods among them.
    func objects(_ values: String, namespace: String = "taffrail-system") async throws -> [JSONValue] {
        try await call("template", "taffrail", Self.chart, "-n", namespace, "-f", values).arrayValue ?? []
    }

    /// A file of values that comes with the chart.
    static func values(_ name: String) -> String { "\(chart)/ci/\(name)-values.yaml" }
}

extension [JSONValue] {
    /// Those of a kind.
    func all(_ kind: String) -> [JSONValue] { filter { $0["kind"]?.stringValue == kind } }
}
