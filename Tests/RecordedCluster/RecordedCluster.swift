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
    private let configuration: RecorderConfiguration

    package var log: AuditLog { AuditLog(directory: folder.path + "/log") }

    /// - Parameter origin: the name of the log.
    package init(origin: String) async throws {
        folder = try TemporaryDirectory()
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        let server = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        client = KubernetesClient(configuration: server, userAgent: "test")
        configuration = RecorderConfiguration(
            directory: folder.path + "/log",
            origin: origin,
            signer: try Ed25519PrivateKey.generate(),
            secretKey: [UInt8](repeating: 7, count: 32),
            controllerID: "taffrail",
            version: "test",
            clock: .system,
            create: true
        )
        recorder = try await Self.open(configuration)
    }

    private static func open(_ configuration: RecorderConfiguration) async throws -> Recorder {
        try await Recorder.open(configuration, cluster: ClusterIdentity(uid: "cluster", apiServerVersion: "test"))
    }

    /// The log as the next process opens it: what was under way is nobody's any more.
    package func reopened() async throws -> Recorder {
        await recorder.close()
        return try await Self.open(configuration)
    }
}
