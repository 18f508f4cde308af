// SPDX-License-Identifier: Apache-2.0

/// Who writes to objects, by the names that `managedFields` has for them.
package enum FieldManagers {
    /// Tools that deliver manifests, whose place an adoption takes: what they left in an object and Git does not say goes.
    ///
    /// The names stand in the tools' sources: kubectl's commands, Helm, Flux's kustomize- and helm-controller, Argo CD. The API server itself writes
    /// `before-first-apply` for all that was there before an object's first server-side apply.
    package static let former: Set<String> = [
        "kubectl-client-side-apply", "kubectl", "kubectl-create", "kubectl-replace", "before-first-apply",
        "helm", "Helm", "helm-controller", "kustomize-controller", "flux",
        "argocd-controller", "argocd-application-controller", "argocd",
    ]

    /// Parts of a cluster, which fill in what they are there for.
    package static let builtIn: Set<String> = [
        "kube-apiserver", "kube-controller-manager", "cloud-controller-manager", "kube-scheduler", "kubelet",
        Ownership.fieldManager, "taffrail-rollouts",
    ]
}
