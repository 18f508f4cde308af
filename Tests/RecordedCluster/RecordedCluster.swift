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

    /// - Parameters:
    ///   - origin: the name of the log.
    ///   - kubeconfig: of an API server other than the one that all tests share.
    ///   - front: the kubeconfig of a server before it, by which the client is to go.
    package init(origin: String, kubeconfig other: String? = nil, through front: String? = nil) async throws {
        folder = try TemporaryDirectory()
        if let other { kubeconfig = other } else { kubeconfig = try await ControlPlane.kubeconfig() }
        namespace = try await makeNamespace(kubeconfig)
        let server = try ClusterConfiguration.resolve(
            kubeconfig: front ?? kubeconfig,
            context: nil,
            environment: [:]
        )
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
