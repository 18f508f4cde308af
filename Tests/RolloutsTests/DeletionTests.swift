// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import JSON
import Kubernetes
import Rollouts
import TestSupport
import Testing

/// Every way in which a ModelDeployment can be deleted, on a real API server with its garbage collector.
@Suite(.serialized) struct DeletionTests {
    private let site: ModelSite
    /// Which kinds a model has children of is told by discovery; each of them once.
    private let childKinds: [String]

    init() async throws {
        site = try await ModelSite()
        childKinds =
            ["deployment.apps", "service", "serviceaccount"]
            + (try await site.servesBudgets ? ["poddisruptionbudget.policy"] : [])
    }

    /// The kinds of the children, in a list as kubectl takes it.
    private var kinds: String { childKinds.joined(separator: ",") }

    private func serve() async throws {
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        try await site.reconcile(until: "Complete")
        let kinds = try await children().map { $0.split(separator: "/")[0] }
        #expect(Set(kinds) == Set(childKinds.map { $0[...] }) && kinds.count == childKinds.count)
    }

    private func children() async throws -> [Substring] {
        try await site.read(kinds, "-l", "taffrail.dev/model-deployment=scorer", "-o", "name").split(separator: "\n")
    }

    /// Steps until it is gone.
    /// - Returns: what it said to leave behind.
    private func letGo(_ reconciler: ModelDeploymentReconciler) async throws -> String? {
        var words: String?
        try await eventually("the ModelDeployment is gone") {
            guard let attempt = try await site.step(reconciler) else { return true }
            if case .gone(let left) = attempt { words = left }
            return false
        }
        return words
    }

    /// The objects that are on record as left behind.
    private func left() throws -> [String] {
        let denied = try site.log.records().filter { $0.kind == .denied }
        let findings = try denied.flatMap { try site.log.list("findings", of: $0) }
        return findings.filter { $0["rule"] == "left-behind" }.compactMap { $0["object"]?.stringValue }.sorted()
    }

    /// The children whose end is on record, whoever deleted them.
    private func pruned() throws -> Int {
        let outcomes = try site.log.records().filter { $0.kind == .outcome }
        let changes = try outcomes.flatMap { try site.log.list("changes", of: $0) }
        return Set(changes.filter { $0["operation"] == "prune" }.map { [$0["kind"], $0["name"]] }).count
    }

    private func reason() async throws -> (reason: String, message: String) {
        let ready = try await ModelSite.condition("Ready", of: site.model()["status"])
        return (ready?["reason"]?.stringValue ?? "", ready?["message"]?.stringValue ?? "")
    }

    @Test(arguments: ["background", "foreground"])
    func `the children go on record, whoever deletes them first`(cascade: String) async throws {
        try await serve()
        try await site.call("delete", "modeldeployment", "scorer", "--cascade=\(cascade)", "--wait=false")
        #expect(try await letGo(site.reconciler()) == nil)
        #expect(try await children().isEmpty)
        #expect(try pruned() == childKinds.count)
        #expect(try left().isEmpty)
        #expect(try await site.recorder.openIntents().isEmpty)
    }

    @Test(arguments: [true, false])
    func `orphans stay, also if the garbage collector was there first`(waitsForCollector: Bool) async throws {
        try await serve()
        try await site.call("delete", "modeldeployment", "scorer", "--cascade=orphan", "--wait=false")
        if waitsForCollector {
            try await eventually("the garbage collector is done") {
                try await site.model()["metadata"]?["finalizers"] == [.string(ModelDeploymentReconciler.finalizer)]
            }
        }
        let words = try #require(try await letGo(site.reconciler()))
        #expect(words.contains("scorer") && words.contains("left-behind"), "\(words)")
        #expect(try await children().count == childKinds.count)
        #expect(try left().count == childKinds.count)
        #expect(try pruned() == 0)
        try await eventually("they belong to nobody") {
            try await site.read(kinds, "-o", "jsonpath={.items[*].metadata.ownerReferences}").isEmpty
        }
        // Made again, it takes them over.
        try await serve()
    }

    @Test func `an account without rights is waited for, and then the children are named and left to the cluster`()
        async throws
    {
        try await serve()
        let nobody = site.client.impersonating(serviceAccount: "nobody", namespace: site.namespace)
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await site.step(site.reconciler(applier: nobody)) == .failed)
        let told = try await reason()
        #expect(told.reason == "DeletionFailed" && told.message.contains("forbidden"), "\(told)")
        #expect(try left().isEmpty)
        let words = try #require(try await letGo(site.reconciler(applier: nobody, lateness: 301)))
        #expect(words.contains("left to the cluster's garbage collector") && words.contains("forbidden"), "\(words)")
        #expect(try left().count == childKinds.count)
        #expect(try pruned() == 0)
        // They name an owner that is gone.
        try await eventually("the garbage collector takes them") { try await children().isEmpty }
    }

    @Test(arguments: [true, false])
    func `a child that somebody holds is waited for, and named when the time is up`(letsGo: Bool) async throws {
        try await serve()
        let deployment = try #require(try await site.read("deployments", "-o", "name").split(separator: "\n").first)
        let held = #"{"metadata":{"finalizers":["example.com/held"]}}"#
        try await site.call("patch", String(deployment), "--type=merge", "-p", held)
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        let reconciler = site.reconciler()
        try await eventually("only what is held is there") {
            _ = try await site.step(reconciler)
            return try await reason().reason == "Deleting"
        }
        let told = try await reason()
        #expect(told.message.contains("waits for its finalizers: example.com/held"), "\(told)")
        if letsGo { try await release(deployment) }
        let words = try await letGo(site.reconciler(lateness: letsGo ? 0 : 301))
        #expect(try left() == (letsGo ? [] : ["Deployment/\(site.namespace)/\(deployment.split(separator: "/")[1])"]))
        #expect((words == nil) == letsGo, "\(words ?? "")")
        if !letsGo { try await release(deployment) }
    }

    private func release(_ deployment: Substring) async throws {
        try await site.call("patch", String(deployment), "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
    }

    @Test func `without a log nothing is deleted, however late it is`() async throws {
        try await serve()
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        await site.recorder.close()
        #expect(try await site.step(site.reconciler()) == .failed)
        #expect(try await reason().reason == "DeletionFailed")
        await #expect(throws: (any Error).self) { _ = try await site.step(site.reconciler(lateness: 301)) }
        #expect(try await site.model()["metadata"]?["finalizers"] != nil)
        #expect(try await children().count == childKinds.count)
        try await site.call(
            "patch",
            "modeldeployment",
            "scorer",
            "--type=merge",
            "-p",
            #"{"metadata":{"finalizers":null}}"#
        )
    }

    @Test func `with its namespace it goes at once, and the record says so`() async throws {
        try await serve()
        // A finalizer keeps the namespace long enough to look at it.
        let held = #"{"metadata":{"finalizers":["example.com/held"]}}"#
        try await site.call("create", "configmap", "held")
        try await site.call("patch", "configmap", "held", "--type=merge", "-p", held)
        try await site.call("delete", "namespace", site.namespace, "--wait=false")
        let nobody = site.client.impersonating(serviceAccount: "nobody", namespace: site.namespace)
        try await eventually("it is being deleted") {
            try await site.model()["metadata"]?["deletionTimestamp"] != nil
        }
        let words = try #require(try await letGo(site.reconciler(applier: nobody)))
        #expect(words.contains("takes along"), "\(words)")
        try await site.call("patch", "configmap", "held", "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
        try await eventually("the namespace is gone") {
            try await kubectl(site.kubeconfig, "get", "namespace", site.namespace).status != 0
        }
    }
}
