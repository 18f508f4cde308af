// SPDX-License-Identifier: Apache-2.0

/// A context of a kubeconfig: which cluster, as whom, and in which namespace. What is empty is not said.
struct KubeconfigContext: Sendable {
    let cluster: String
    let user: String
    let namespace: String
    let entry: FieldReader

    init(_ entry: FieldReader) throws(KubernetesError) {
        self.entry = entry
        cluster = try entry.string("cluster")
        user = try entry.string("user")
        namespace = try entry.string("namespace")
    }
}
