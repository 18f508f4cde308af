// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

import struct Change.PlannedChange

/// Bad input that only a server finds: one object is refused, the others are applied, and the record names it.
@Suite(.serialized) struct BadObjectTests {
    private let site: ClusterSite
    /// An API group that no other test has.
    private let group: String
    private let page: BadInputPage

    init() async throws {
        site = try await ClusterSite()
        group = site.namespace + ".example.com"
        page = try BadInputPage()
    }

    @Test(arguments: BadObject.all)
    func `a bad object stops itself alone, and is on record`(_ object: BadObject) async throws {
        try await prepare(object.setting)
        try await commit("\(Self.good)\n\(object.script)")
        let applied = try await site.apply()
        expect(object.title, of: applied)
        #expect(applied.status == (object.isPlanned ? 3 : 1))
        try await expectGood()
        if object.isPlanned {
            try await expectDenied()
        } else {
            #expect(try await site.changes(in: "outcome").contains("create bad failed"))
        }
    }

    @Test func `a webhook that refuses one object does not stop the others`() async throws {
        let webhook = try await RefusingWebhook(for: site)
        try await commit("\(Self.good)\n\(Self.configMap("refused"))\n\(Self.configMap("taken"))")
        let applied = try await site.apply()
        expect(BadScene.webhookRefuses.rawValue, of: applied)
        #expect(applied.status == 1)
        try await expectGood()
        #expect(try await site.kubectl("get", "configmap", "taken").status == 0)
        #expect(
            Set(try await site.changes(in: "outcome")) == [
                "create good succeeded", "create refused failed", "create taken succeeded",
            ]
        )
        withExtendedLifetime(webhook) {}
    }

    @Test func `a webhook that is down stops what it is to judge, and nothing else`() async throws {
        let webhook = try await RefusingWebhook(for: site, judges: "services", isDown: true)
        let service = "printf 'apiVersion: v1\\nkind: Service\\nmetadata: {name: bad}\\nspec: {ports: [{port: 80}]}\\n'"
        try await commit("\(Self.good)\n\(service) > app/bad.yaml")
        // Whether it would be taken, nobody knows: that is no refusal.
        let plan = try await site.bare("plan")
        #expect(plan.status == 0 && plan.complaints.isEmpty, "\(plan.output)\(plan.errors)")
        let applied = try await site.apply()
        expect(BadScene.webhookIsDown.rawValue, of: applied)
        try await expectGood()
        #expect(try await site.changes(in: "outcome").contains("create bad failed"))
        withExtendedLifetime(webhook) {}
    }

    @Test func `a conversion that fails stops the kind that needs it, and nothing else`() async throws {
        try await prepare(BadObject.definition)
        defer { removeDefinition() }
        try await commit(thing("bad"))
        #expect(try await site.apply().status == 0)
        try await breakConversion()
        try await commit("\(Self.good)\n\(thing("bad", version: "v2"))")
        let applied = try await site.apply()
        expect(BadScene.conversionFails.rawValue, of: applied)
        #expect(applied.status == 3)
        try await expectGood()
        try await expectDenied()
    }

    @Test func `what landed of an object that cannot be read is unknown, and nothing else waits for it`() async throws {
        try await prepare(BadObject.definition)
        defer { removeDefinition() }
        try await commit(thing("bad"))
        #expect(try await site.apply().status == 0)
        try await breakConversion()
        let type = GroupVersionKind(group: group, version: "v2", kind: "Thing")
        let key = ObjectKey(group: group, kind: "Thing", namespace: site.namespace, name: "bad")
        try await site.announce(PlannedChange(operation: .update, type: type, key: key))
        try await commit(Self.good)
        let applied = try await site.apply()
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        try await expectGood()
        #expect(try await site.changes(in: "gap") == ["update bad unknown"])
    }

    @Test func `objects whose kind went are gone, and what is still asked for is refused`() async throws {
        try await prepare(BadObject.definition)
        try await commit("\(Self.good)\n\(thing("bad"))\n\(thing("other"))")
        #expect(try await site.apply().status == 0)
        removeDefinition()
        try await eventually("the kind is gone") {
            try await !site.kubectl("api-resources", "--api-group", group).output.contains("Thing")
        }
        try await commit("rm app/other.yaml")
        let applied = try await site.apply()
        expect(BadScene.kindWentAndIsAskedFor.rawValue, of: applied)
        #expect(applied.status == 3)
        try await expectDenied()

        try await commit("rm app/bad.yaml")
        let pruned = try await site.apply()
        expect(BadScene.kindWent.rawValue, of: pruned)
        #expect(pruned.status == 0, "\(pruned.output)\(pruned.errors)")
        #expect(
            Set(try await site.changes(in: "outcome").suffix(2)) == ["prune bad succeeded", "prune other succeeded"]
        )
        #expect(try await site.apply().output.contains("0 applied, 1 unchanged"))
    }

    @Test func `objects whose version went are pruned in the one that there is`() async throws {
        let old = BadObject.version("v1beta1", isStored: false)
        try await prepare(BadObject.definition(versions: old + BadObject.version("v1")))
        defer { removeDefinition() }
        try await commit("\(Self.good)\n\(thing("bad", version: "v1beta1"))")
        #expect(try await site.apply().status == 0)
        try await prepare(
            BadObject.definition(
                versions: BadObject.version("v1beta1", isServed: false, isStored: false) + BadObject.version("v1")
            )
        )
        try await eventually("the old version is gone") {
            try await site.kubectl("get", "--raw", "/apis/\(group)/v1beta1").status != 0
        }
        let asked = try await site.apply()
        expect(BadScene.versionWent.rawValue, of: asked)

        try await commit("rm app/bad.yaml")
        let pruned = try await site.apply()
        #expect(pruned.status == 0, "\(pruned.output)\(pruned.errors)")
        #expect(try await site.kubectl("get", "things.\(group)", "bad").status != 0)
        #expect(try await site.changes(in: "pruned") == ["prune bad succeeded"])
    }

    // MARK: - What is there

    private static let good = configMap("good")

    private static func configMap(_ name: String) -> String {
        "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: \(name)}\\n' > app/\(name).yaml"
    }

    private func thing(_ name: String, version: String = "v1") -> String {
        "printf 'apiVersion: GROUP/\(version)\\nkind: Thing\\nmetadata: {name: \(name)}\\n' > app/\(name).yaml"
    }

    private func commit(_ script: String) async throws {
        try await site.change(script.replacing("GROUP", with: group))
    }

    /// Applies what an administrator has, and waits until the server goes by it.
    private func prepare(_ manifests: String) async throws {
        guard !manifests.isEmpty else { return }
        let manifests = manifests.replacing("GROUP", with: group)
        let applied = try await site.kubectl("apply", "-f", "-", input: manifests)
        #expect(applied.status == 0, "\(applied.errors)")
        if manifests.contains("CustomResourceDefinition") {
            let condition = ["wait", "--for", "condition=established", "--timeout", "60s", "crd/things.\(group)"]
            #expect(try await site.kubectl(condition).status == 0)
        } else {
            try await eventually("the quota counts") {
                try await !site.kubectl("get", "resourcequota", "none", "-o", "jsonpath={.status.hard}").output.isEmpty
            }
        }
    }

    /// Has a version v2 of which no object can be read.
    private func breakConversion() async throws {
        let nowhere =
            "{strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: 'https://127.0.0.1:1/'}}}"
        let versions = BadObject.version("v1", isStored: false) + BadObject.version("v2")
        try await prepare(BadObject.definition(versions: versions, conversion: nowhere))
        try await eventually("the conversion fails") {
            try await site.kubectl("get", "things.v2.\(group)", "bad").status != 0
        }
    }

    /// A failing conversion would hold up its deletion.
    private func removeDefinition() {
        let arguments = ["--kubeconfig", site.kubeconfig]
        let name = "things.\(group)"
        let patch = #"{"spec":{"conversion":{"strategy":"None","webhook":null}}}"#
        for command in [["patch", "crd", name, "--type=merge", "-p", patch], ["delete", "crd", name, "--wait=false"]] {
            _ = try? runBlocking("kubectl", arguments + command)
        }
    }

    // MARK: - What is expected

    private func expect(_ title: String, of result: ProgramResult, sourceLocation: SourceLocation = #_sourceLocation) {
        let row = page[title]
        #expect(row.matches(result.complaints), "\(row.lines) \(result.complaints)", sourceLocation: sourceLocation)
    }

    private func expectGood() async throws {
        #expect(try await site.kubectl("get", "configmap", "good").status == 0)
    }

    private func expectDenied() async throws {
        let denied = try await site.taffrail("audit", "log", site.path("log"), "--kind", "denied", "-o", "json")
        #expect(denied.output.contains("app/bad.yaml"), "\(denied.output)")
    }
}
