// SPDX-License-Identifier: Apache-2.0

import Delivery
import Foundation
import JSON
import TestSupport
import Testing

/// Adoption from each tool under the names and in the ways in which it writes: kubectl stands in for all of them.
@Suite struct FormerManagerTests {
    /// How an object comes to be of a manager's. Only `kubectl apply --server-side` leaves an entry of the operation `Apply`.
    private enum Way: String, CaseIterable {
        case create
        /// As Argo CD does by default: with the annotation that has what was applied last.
        case apply
        case applyOnServer
        /// Somebody else made the object, with a field of his own.
        case patch

        var operation: String { self == .applyOnServer ? "Apply" : "Update" }
        /// What is left in the end.
        var left: JSONValue { self == .patch ? ["kept": "c", "theirs": "x"] : ["kept": "c"] }
    }

    /// As they stand in the sources of kubectl, Helm, Flux and Argo CD.
    private static let managers = [
        "kubectl-client-side-apply", "kubectl-create", "kubectl-replace", "kubectl", "helm", "Helm",
        "kustomize-controller", "helm-controller", "flux", "argocd-controller", "argocd-application-controller",
        "argocd",
    ]

    @Test func `every former manager is tried here, and told to readers`() throws {
        #expect(Set(Self.managers) == FieldManagers.former)
        let page = try String(contentsOf: Parts.root.appending(path: "docs/migration.md"), encoding: .utf8)
        #expect(Self.managers.allSatisfy { page.contains("`\($0)`") })
    }

    private static func configMap(_ name: String, _ data: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {\(data)}\n---\n"
    }

    private func make(_ name: String, as manager: String, _ way: Way, in site: ClusterSite) async throws {
        let old = Self.configMap(name, "kept: a, old: b")
        let file = ["--field-manager", manager, "-f", "-"]
        switch way {
        case .create: try check(await site.kubectl(["create"] + file, input: old))
        case .apply: try check(await site.kubectl(["apply"] + file, input: old))
        case .applyOnServer: try check(await site.kubectl(["apply", "--server-side"] + file, input: old))
        case .patch:
            let other = Self.configMap(name, "theirs: x")
            try check(await site.kubectl(["create", "--field-manager", "stranger", "-f", "-"], input: other))
            let patch = ["patch", "--type=merge", "--patch", #"{"data":{"kept":"a","old":"b"}}"#]
            try check(await site.kubectl(patch + file, input: other))
        }
    }

    @Test(arguments: managers)
    func `what a former manager set and Git does not have goes, however it was set`(manager: String) async throws {
        let site = try await ClusterSite()
        for way in Way.allCases {
            let name = "by-\(way.rawValue.lowercased())"
            try await make(name, as: manager, way, in: site)
            let path = ".metadata.managedFields[?(@.manager==\"\(manager)\")].operation"
            #expect(try await site.live("configmap/" + name, path) == way.operation, "\(way)")
            try site.write(name + ".yaml", Self.configMap(name, "kept: c"))
        }
        try await site.commit("Take over")
        try check(await site.apply())
        for way in Way.allCases {
            let object = "configmap/by-\(way.rawValue.lowercased())"
            let data = try JSONValue(parsing: await site.live(object, ".data"))
            #expect(data == way.left, "\(way): \(data)")
            let managers = try await site.live(object, ".metadata.managedFields[*].manager").split(separator: " ")
            #expect(!managers.contains { $0 == manager }, "\(way): \(managers)")
            #expect(try await !site.live(object, ".metadata.annotations").contains("last-applied"), "\(way)")
        }
        let adopted = try #require(try await site.records("adopted").first)["predicate"]?["changes"]?.arrayValue
        #expect(adopted?.count == Way.allCases.count)
        #expect(adopted?.allSatisfy { $0["foreignManagers"]?.arrayValue?.contains(.string(manager)) == true } == true)
        #expect(try await site.plan().status == 0)
    }

    @Test func `what persons set by hand stays, under the names that kubectl gives them`() async throws {
        let site = try await ClusterSite()
        try check(await site.kubectl(["create", "-f", "-"], input: Self.configMap("settings", "kept: a, old: b")))
        let patch = ["patch", "configmap", "settings", "--type=merge", "-p", #"{"data":{"patched":"x"}}"#]
        try check(await site.kubectl(patch))
        let edit = ["kubectl", "--kubeconfig", site.kubeconfig, "-n", site.namespace, "edit", "configmap", "settings"]
        try check(await run("env", ["KUBE_EDITOR=sed -i 's/^data:/data:\\n  edited: x/'"] + edit))
        let managers = try await site.live("configmap/settings", ".metadata.managedFields[*].manager")
        #expect(managers.split(separator: " ").sorted() == ["kubectl-create", "kubectl-edit", "kubectl-patch"])
        try await site.commit("settings.yaml", Self.configMap("settings", "kept: c"))
        try check(await site.apply())
        let data = try JSONValue(parsing: await site.live("configmap/settings", ".data"))
        #expect(data == ["edited": "x", "kept": "c", "patched": "x"])
    }

    @Test func `what was replaced as a whole goes as a whole`() async throws {
        let site = try await ClusterSite()
        try check(await site.kubectl(["create", "-f", "-"], input: Self.configMap("settings", "older: a")))
        try check(await site.kubectl(["replace", "-f", "-"], input: Self.configMap("settings", "kept: a, old: b")))
        let managers = try await site.live("configmap/settings", ".metadata.managedFields[*].manager")
        #expect(managers.contains("kubectl-replace"), "\(managers)")
        try await site.commit("settings.yaml", Self.configMap("settings", "kept: c"))
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data") == #"{"kept":"c"}"#)
    }
}
