// SPDX-License-Identifier: Apache-2.0

import Delivery
import Foundation
import Kubernetes
import TestSupport
import Testing

/// Environments whose end comes after that of what they stand on.
@Suite struct LostFoundationTests {
    private static let configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    @Test func `a server of the objects that is gone is waited for until the time is up`() async throws {
        let front = try await FaultyServer(before: ControlPlane.kubeconfig())
        let site = try await EnvironmentSite(through: front.kubeconfig)
        let target = "deletionPolicy: prune, targetNamespace: \(site.namespace)"
        try await site.environment(target)
        try await site.deliver(Self.configMap)
        let objects = "/api/v1/namespaces/\(site.namespace)"
        try front.lose(["GET", "PATCH", "DELETE"].map { (method: $0, path: objects, action: "drop") })
        try await site.delete()
        do { try await site.look() } catch let error as DeliveryError {
            #expect("\(error)".contains("could not be asked"))
        }
        let told = try await site.ready()
        #expect(told.reason == "DeletionFailed", "\(told)")
        site.wait(61)
        let words = try #require(try await site.letGo())
        #expect(words.contains("could not be asked"), "\(words)")
        #expect(try site.findings("left-behind") == ["ConfigMap/\(site.namespace)/a"])
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
    }

    /// Definitions belong to the whole cluster, so that each case has one of its own.
    @Test(arguments: ["inventories.taffrail.dev", "environments.taffrail.dev"])
    func `definitions of ours that went first hold nothing, and nothing is forgotten`(definition: String) async throws {
        let plane = try await OtherControlPlane(definitions: true)
        let site = try await EnvironmentSite(kubeconfig: plane.kubeconfig)
        try await site.environment("deletionPolicy: prune, targetNamespace: \(site.namespace)")
        try await site.deliver(Self.configMap)
        try await site.call("delete", "crd", definition, "--wait=false")
        if definition.hasPrefix("inventories") {
            try await eventually("the definition is gone") {
                try await site.read("crd", definition, "-o", "name").isEmpty
            }
            try await site.delete()
        }
        try await eventually("the Environment is gone, and what it has applied") {
            _ = try? await site.look()
            let isThere = try await !site.read("environment", "e", "-o", "name").isEmpty
            let isLeft = try await !site.read("configmap", "a", "-o", "name").isEmpty
            return !isThere && !isLeft
        }
        #expect(try site.pruned() == ["ConfigMap/a"] && site.findings("left-behind").isEmpty)
        try plane.stop()
    }
}
