// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Kubernetes

/// Holds an Environment to the cluster in which its objects are. One that quietly went to another would forget them, and take those of the same names for
/// its own.
struct ClusterBinding: Sendable {
    let recorder: Recorder
    let context: RunContext

    /// - Parameter allowed: the cluster that the Environment may move to, as somebody wrote on it: that is put on record, and what was applied is
    ///   not its own any more.
    /// - Throws: `clusterChanged` if the Environment leads to another cluster, and may not.
    func hold(
        _ environment: EnvironmentReference,
        to cluster: TargetCluster,
        allowed: String?,
        _ inventory: some InventoryStore,
        deadline: Deadline
    ) async throws {
        guard let former = try await Self.former(environment, cluster, recorder) else { return }
        guard allowed == cluster.uid else { throw Self.refusal(former, cluster) }
        // In this order: until the record has it, all is done again.
        try await inventory.save([:], deadline: deadline)
        try await recorder.rebind(from: former.uid, leaving: former.objects, context: context)
    }

    /// - Throws: `clusterChanged` if its objects are in another cluster.
    static func check(_ environment: EnvironmentReference, in cluster: TargetCluster, _ recorder: Recorder) async throws
    {
        guard let former = try await former(environment, cluster, recorder) else { return }
        throw refusal(former, cluster)
    }

    private struct Former {
        let uid: String
        let objects: [RecordedObject]
    }

    /// The cluster that holds objects of the Environment, if that is another one.
    private static func former(
        _ environment: EnvironmentReference,
        _ cluster: TargetCluster,
        _ recorder: Recorder
    ) async throws -> Former? {
        guard let uid = try await recorder.cluster(of: environment), uid != cluster.uid else { return nil }
        let objects = try await recorder.recorded(in: environment).filter(\.wasThere)
        return objects.isEmpty ? nil : Former(uid: uid, objects: objects)
    }

    private static func refusal(_ former: Former, _ cluster: TargetCluster) -> DeliveryError {
        DeliveryError(
            .clusterChanged,
            "\(former.objects.count.counted("object")) of it are in the cluster \(former.uid), and it leads to \(cluster.uid) now: lead it back, or have it "
                + "forget them by the annotation \(Ownership.allowClusterAnnotation): \(cluster.uid)"
        )
    }
}
