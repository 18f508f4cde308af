// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A second cluster, of one's own: to be delivered to from the first, or to be taken away.
package final class OtherControlPlane: Sendable {
    private static let script = Parts.root.appending(path: "scripts/control-plane").path

    /// An administrator's.
    package var kubeconfig: String { folder.path + "/plane/kubeconfig" }
    private let folder: TemporaryDirectory

    /// - Parameters:
    ///   - definitions: whether it knows our own kinds.
    ///   - kubelet: whether somebody marks pods as ready.
    package init(definitions: Bool = false, kubelet: Bool = false) async throws {
        // That the shared one can be started says that another one can.
        _ = try await ControlPlane.kubeconfig()
        folder = try TemporaryDirectory()
        let owner = String(ProcessInfo.processInfo.processIdentifier)
        let words = ["start", folder.path + "/plane", "--controllers", "--while", owner]
        try check(await run(Self.script, words + (kubelet ? ["--kubelet"] : [])))
        guard definitions else { return }
        let crds = Parts.root.appending(path: "crds").path
        try check(await kubectl(kubeconfig, "apply", "--server-side", "--validate=false", "-f", crds))
        try check(
            await kubectl(kubeconfig, "wait", "--for", "condition=established", "--timeout", "60s", "crd", "--all")
        )
    }

    /// What its audit log has of the requests that it has answered, one a line and in that order.
    package func answeredRequests() throws -> [Substring] {
        try ControlPlane.answeredRequests(in: folder.path + "/plane/audit.log")
    }

    deinit { try? stop() }

    package func stop() throws {
        try check(runBlocking(Self.script, ["stop", folder.path + "/plane"]))
    }
}
