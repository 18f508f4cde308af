// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes
internal import Transport

/// Whether the cluster that an Environment delivers to elsewhere can be reached by its kubeconfig.
struct RemoteClusterCheck {
    private static let name = "cluster"

    let client: KubernetesClient
    let reach: AddressReach

    func run(_ environment: JSONValue) async -> Diagnosis {
        let subject = "Environment \(NamespacedName(environment))"
        let clusters = TargetClusters(
            home: client,
            homeUID: "",
            reach: reach,
            userAgent: "taffrail/\(Version.text)"
        )
        do {
            let (uid, version) = try await clusters.probe(environment, deadline: .after(.seconds(30)))
            return Diagnosis(Self.name, subject, .ok, "its kubeconfig leads to the cluster \(uid), \(version)")
        } catch {
            let cause = (error as? DeliveryError)?.cause as? KubernetesError
            guard cause?.code != .forbidden else {
                return Diagnosis(Self.name, subject, .notChecked, "its Secret cannot be read from here: \(error)")
            }
            let remedy = [NextStep.after(error)].compactMap(\.self)
            return Diagnosis(Self.name, subject, .problem, String(describing: error), remedy: remedy)
        }
    }
}
