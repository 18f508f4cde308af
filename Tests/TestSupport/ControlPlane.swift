// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A real control plane, started once for the test process and shared by its suites; each works in a namespace of its own.
package actor ControlPlane {
    private static let shared = ControlPlane()

    package nonisolated let folder = "/tmp/taffrail-test-cluster-\(ProcessInfo.processInfo.processIdentifier)"
    private var start: Task<String, any Error>?

    /// The path of an administrator's kubeconfig. Skips the test where there is no control plane.
    package static func kubeconfig() async throws -> String {
        try await shared.startOnce()
    }

    /// The API server's own audit log: a JSON event a line.
    package static var auditLog: String { shared.folder + "/audit.log" }

    /// What the API server's own audit log has of the requests that it has answered, one a line and in that order.
    package static func answeredRequests() throws -> [Substring] { try answeredRequests(in: auditLog) }

    static func answeredRequests(in auditLog: String) throws -> [Substring] {
        try String(contentsOfFile: auditLog, encoding: .utf8).split(separator: "\n").filter {
            $0.contains("ResponseComplete")
        }
    }

    private func startOnce() async throws -> String {
        let folder = folder
        let start = self.start ?? Task { try await Self.start(in: folder) }
        self.start = start
        return try await start.value
    }

    private static func start(in folder: String) async throws -> String {
        let kubeconfig = folder + "/kubeconfig"
        let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        let built = FileManager.default.fileExists(atPath: cache + "/taffrail/kubernetes/1.20.2/kube-apiserver")
        let named = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] != nil
        try Parts.require("a Kubernetes control plane", built || named || Parts.has("kube-apiserver"))
        try Parts.require("kubectl", Parts.has("kubectl"))
        let result = try await run(
            Parts.root.appending(path: "scripts/control-plane").path,
            [
                "start", folder, "--controllers", "--kubelet", "--while",
                String(ProcessInfo.processInfo.processIdentifier),
            ]
        )
        guard result.status == 0 else { throw MissingPart(part: "a control plane that starts: \(result.errors)") }
        let crds = try await kubectl(
            kubeconfig,
            "apply",
            "--server-side",
            "--validate=false",
            "-f",
            Parts.root.appending(path: "crds").path
        )
        guard crds.status == 0 else { throw MissingPart(part: "a server that takes crds/: \(crds.errors)") }
        _ = try await kubectl(kubeconfig, "wait", "--for", "condition=established", "--timeout", "30s", "crd", "--all")
        return kubeconfig
    }
}

/// Runs kubectl: the oracle, and the stranger who edits things.
package func kubectl(_ kubeconfig: String, _ arguments: String..., input: String = "") async throws -> ProgramResult {
    try await run("kubectl", ["--kubeconfig", kubeconfig] + arguments, input: input)
}

/// A namespace of its own for a test.
package func makeNamespace(_ kubeconfig: String) async throws -> String {
    let name = "test-" + UUID().uuidString.prefix(8).lowercased()
    let result = try await kubectl(kubeconfig, "create", "namespace", name)
    guard result.status == 0 else { throw MissingPart(part: "a namespace: \(result.errors)") }
    return name
}
