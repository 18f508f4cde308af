// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// Objects that the server does not let be changed in place.
@Suite struct RecreationTests {
    private static let force = "taffrail.dev/force: enabled"

    /// A Deployment whose selector, which nobody can change, has this label.
    private func workload(_ label: String, annotation: String = "", image: String = "x:1") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {\(annotation)}}
        spec:
          replicas: 0
          selector: {matchLabels: {app: \(label)}}
          template:
            metadata: {labels: {app: \(label)}}
            spec: {containers: [{name: c, image: "\(image)"}]}
        """
    }

    @Test func `without the annotation the refusal is told and the object stays`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", workload("one"))
        try check(await site.apply())
        let uid = try await site.live("deployment/web", ".metadata.uid")
        try await site.commit("web.yaml", workload("two"))
        let refused = try await site.plan()
        #expect(refused.status == 3 && refused.output.contains("field is immutable"), "\(refused)")
        #expect(try await site.live("deployment/web", ".metadata.uid") == uid)
    }

    @Test func `with it the object is planned to be made anew, is, and the record has both requests`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", workload("one", annotation: Self.force))
        try check(await site.apply())
        let uid = try await site.live("deployment/web", ".metadata.uid")
        // What can be changed in place is.
        try await site.commit("web.yaml", workload("one", annotation: Self.force, image: "x:2"))
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".metadata.uid") == uid)
        try await site.commit("web.yaml", workload("two", annotation: Self.force, image: "x:2"))
        let plan = try await site.plan()
        #expect(plan.status == 2 && plan.output.contains("(recreate)"), "\(plan)")
        #expect(try await site.live("deployment/web", ".metadata.uid") == uid)
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".metadata.uid") != uid)
        #expect(try await site.live("deployment/web", ".spec.selector.matchLabels.app") == "two")
        let change = try #require(try await site.records("outcome").last)["predicate"]?["changes"]?[0]
        #expect(change?["recreate"] == true && change?["operation"] == "update" && change?["status"] == "succeeded")
        let ids = [change?["auditID"]?.stringValue, change?["otherAuditIDs"]?[0]?.stringValue].compactMap(\.self)
        let requests = try ControlPlane.answeredRequests()
        let verbs = ids.map { id in requests.filter { $0.contains(id) }.map { $0.contains(#""verb":"delete""#) } }
        #expect(verbs == [[false], [true]], "\(ids)")
        #expect(try await site.plan().output.contains("no changes"))
        #expect(try await site.verify().status == 0)
    }

    @Test func `what holds data is never made anew`() async throws {
        func claim(_ mode: String) -> String {
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, annotations: {\(Self.force)}}
            spec: {accessModes: [\(mode)], resources: {requests: {storage: 1Gi}}}
            """
        }
        let site = try await ClusterSite()
        try await site.commit("claim.yaml", claim("ReadWriteOnce"))
        try check(await site.apply())
        let uid = try await site.live("pvc/data", ".metadata.uid")
        try await site.commit("claim.yaml", claim("ReadWriteMany"))
        let refused = try await site.apply()
        #expect(
            refused.status != 0 && (refused.output + refused.errors).contains("never deleted to be made anew"),
            "\(refused)"
        )
        #expect(try await site.live("pvc/data", ".metadata.uid") == uid)
    }

    @Test func `an invalid object is no reason to delete the one that is there`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", workload("one", annotation: Self.force))
        try check(await site.apply())
        let uid = try await site.live("deployment/web", ".metadata.uid")
        let broken = workload("two", annotation: Self.force).replacing("name: c, image", with: "name: C_, image")
        try await site.commit("web.yaml", broken)
        let refused = try await site.apply()
        #expect(refused.status != 0, "\(refused)")
        #expect(try await site.live("deployment/web", ".metadata.uid") == uid)
    }
}
