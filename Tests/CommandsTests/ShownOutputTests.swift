// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Output that the documents show is what the commands print, but for names that are made up, times, digests, the width of columns and the branches of a
/// tree: a newer server has more children in it.
@Suite struct ShownOutputTests {
    private let page = ExamplePage(path: "docs/command-line.md")

    /// The lines of the block that begins so.
    private func shown(_ beginning: String) throws -> [String] {
        try #require(try page.blocks().first { $0.kind == .text && $0.text.hasPrefix(beginning) }).lines
    }

    /// - Parameter namespace: the reader's `models`.
    private func plain(_ line: some StringProtocol, namespace: String) -> String {
        String(line).trimmingPrefix { "├└│─ ".contains($0) }.replacing(namespace, with: "models")
            .replacing(#/(ml-model-service)(-[a-z0-9]+)+/#) { "\($0.output.1)-HASH" }
            .replacing(#/\b[0-9a-f]{8}\b/#, with: "HASH")
            .split(separator: " ").joined(separator: " ")
    }

    private func compare(_ shown: [String], with result: ProgramResult, namespace: String) {
        let printed = result.output.split(separator: "\n").map { plain($0, namespace: namespace) }
        for line in shown {
            #expect(
                printed.contains(plain(line, namespace: namespace)),
                "\(line) is not in \(result.output)\(result.errors)"
            )
        }
    }

    @Test func `the tree of a model`() async throws {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        try await site.patch("environment", "e", #"{"spec":{"suspend":true}}"#)
        let example = Parts.root.appending(path: "examples/ml-model-service").path
        try await site.push("cp -r '\(example)' production")
        try await site.apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: production}
            spec:
              repositoryRef: {name: m}
              path: production
              targetNamespace: \(site.namespace)
              serviceAccountName: deployer
              interval: 1s
            """
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("the model serves") {
            let isServing = try await site.condition("modeldeployment", "ml-model-service").reason == "Serving"
            return try await site.condition("environment", "production").status == "True" && isServing
        }
        let words = ["tree", "production", "-n", site.namespace, "--kubeconfig", site.kubeconfig]
        let tree = try await run(Parts.product("taffrail"), words)
        let shown = try shown("OBJECT")
        compare(shown, with: tree, namespace: site.namespace)
        #expect(tree.output.split(separator: "\n").count >= shown.count)
    }

    @Test func `what the doctor says of missing rights`() async throws {
        let site = try await ClusterSite()
        let environment = """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: e}
            spec: {repositoryRef: {name: m}, targetNamespace: \(site.namespace), serviceAccountName: deployer}
            """
        try check(await site.kubectl(["apply", "-f", "-"], input: environment))
        compare(
            try shown("problem"),
            with: try await site.taffrail("doctor", "-n", site.namespace),
            namespace: site.namespace
        )
    }
}
