// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A real control plane, started once for the test process and shared by its suites; each works in a namespace of its own.
package actor ControlPlane {
    private static let shared = ControlPlane()

    package nonisolated let folder = "/tmp/taffrail-test-cluster-\(ProcessInfo.processInfo.processIdentifier)"
    private var isStarted = false

    /// The path of an administrator's kubeconfig. Skips the test where there is no control plane.
    package static func kubeconfig() async throws -> String {
        try await shared.start()
    }

    /// The API server's own audit log: a JSON event a line.
    package static var auditLog: String { shared.folder + "/audit.log" }

    private func start() throws -> String {
        let kubeconfig = folder + "/kubeconfig"
        guard !isStarted else { return kubeconfig }
        let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        let built = FileManager.default.fileExists(atPath: cache + "/taffrail/kubernetes/1.20.2/kube-apiserver")
        let named = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] != nil
        try Parts.require("a Kubernetes control plane", built || named || Parts.has("kube-apiserver"))
        try Parts.require("kubectl", Parts.has("kubectl"))
        let result = try run(
            Parts.root.appending(path: "scripts/control-plane").path,
            [
                "start", folder, "--controllers", "--kubelet", "--while",
                String(ProcessInfo.processInfo.processIdentifier),
            ]
        )
        guard result.status == 0 else { throw MissingPart(part: "a control plane that starts: \(result.errors)") }
        let crds = try kubectl(
            kubeconfig,
            "apply",
            "--server-side",
            "--validate=false",
            "-f",
            Parts.root.appending(path: "crds").path
        )
        guard crds.status == 0 else { throw MissingPart(part: "a server that takes crds/: \(crds.errors)") }
        _ = try kubectl(kubeconfig, "wait", "--for", "condition=established", "--timeout", "30s", "crd", "--all")
        isStarted = true
        return kubeconfig
    }
}

/// Runs kubectl: the oracle, and the stranger who edits things.
package func kubectl(_ kubeconfig: String, _ arguments: String..., input: String = "") throws -> ProgramResult {
    try run("kubectl", ["--kubeconfig", kubeconfig] + arguments, input: input)
}

/// A namespace of its own for a test.
package func makeNamespace(_ kubeconfig: String) throws -> String {
    let name = "test-" + UUID().uuidString.prefix(8).lowercased()
    let result = try kubectl(kubeconfig, "create", "namespace", name)
    guard result.status == 0 else { throw MissingPart(part: "a namespace: \(result.errors)") }
    return name
}
