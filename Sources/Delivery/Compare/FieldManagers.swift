// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Kubernetes

/// Who writes to objects, by the names that `managedFields` has for them.
package enum FieldManagers {
    /// Tools that deliver manifests, whose place an adoption takes: what they left in an object and Git does not say goes.
    ///
    /// The names stand in the tools' sources: kubectl's commands, Helm, Flux's kustomize- and helm-controller, Argo CD.
    package static let former: Set<String> = [
        "kubectl-client-side-apply", "kubectl", "kubectl-create", "kubectl-replace",
        "helm", "Helm", "helm-controller", "kustomize-controller", "flux",
        "argocd-controller", "argocd-application-controller", "argocd",
    ]

    /// Owns what we have let go of, so that nobody takes it away together with what it is in.
    package static let keeper = "taffrail-ignored"

    /// What a takeover never takes: it holds objects together, whoever wrote it.
    static let untouchable = [["metadata", "finalizers"], ["metadata", "ownerReferences"], ["status"]].map {
        JSONPointer(tokens: $0)
    }

    /// Parts of a cluster, which fill in what they are there for. The API server writes `before-first-apply` for all that an object had before its first
    /// server-side apply, whoever wrote that: controllers, too.
    package static let builtIn: Set<String> = [
        "kube-apiserver", "kube-controller-manager", "cloud-controller-manager", "kube-scheduler", "kubelet",
        "before-first-apply", keeper, Ownership.fieldManager, ManagedFields.setAside(Ownership.fieldManager),
        "taffrail-rollouts", ManagedFields.setAside("taffrail-rollouts"),
    ]
}
