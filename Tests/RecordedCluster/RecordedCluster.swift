// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
internal import Concurrency
internal import Keys
package import Kubernetes
package import TestSupport

/// A namespace of its own on a real API server, and a log of what is done there.
package struct RecordedCluster: Sendable {
    package let kubeconfig: String
    package let namespace: String
    package let client: KubernetesClient
    package let recorder: Recorder
    package let folder: TemporaryDirectory

    package var log: AuditLog { AuditLog(directory: folder.path + "/log") }

    /// - Parameter origin: the name of the log.
    package init(origin: String) async throws {
        folder = try TemporaryDirectory()
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        client = KubernetesClient(configuration: configuration, userAgent: "test")
        recorder = try await Recorder.open(
            RecorderConfiguration(
                directory: folder.path + "/log",
                origin: origin,
                signer: try Ed25519PrivateKey.generate(),
                secretKey: [UInt8](repeating: 7, count: 32),
                controllerID: "taffrail",
                version: "test",
                clock: .system,
                create: true
            ),
            cluster: ClusterIdentity(uid: "cluster", apiServerVersion: "test")
        )
    }
}
