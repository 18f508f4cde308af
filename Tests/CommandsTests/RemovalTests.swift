// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

/// What is said, and recorded, of objects that no file asks for any more.
@Suite struct RemovalTests {
    private static func configMap(_ name: String, _ metadata: String = "") -> String {
        "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: \(name)\(metadata)}\\n' > app/\(name).yaml"
    }

    @Test func `what was never created is not recorded as deleted`() async throws {
        let site = try await ClusterSite()
        let service =
            "printf 'apiVersion: v1\\nkind: Service\\nmetadata: {name: bad}\\nspec: {ports: many}\\n' > app/bad.yaml"
        try await site.change("\(Self.configMap("good"))\n\(service)")
        let first = try await site.apply()
        #expect(first.status == 1 && first.output.contains("failed"), "\(first.output)\(first.errors)")

        try await site.change("rm app/bad.yaml")
        let plan = try await site.plan()
        #expect(plan.status == 0 && plan.output.contains("no changes"), "\(plan.output)\(plan.errors)")
        #expect(try await site.apply().status == 0)
        #expect(try await site.changes(in: "pruned").isEmpty)
        #expect(try await site.changes(in: "outcome") == ["create good succeeded", "create bad failed"])
    }

    @Test func `what somebody else deleted is on record as gone, and not as deleted by us`() async throws {
        let site = try await ClusterSite()
        try await site.change("\(Self.configMap("kept"))\n\(Self.configMap("gone"))")
        #expect(try await site.apply().status == 0)
        #expect(try await site.kubectl("delete", "configmap", "gone").status == 0)
        try await site.change("rm app/gone.yaml")
        let applied = try await site.apply()
        #expect(applied.status == 0 && applied.output.contains("nothing was deleted"), "\(applied.output)")
        #expect(try await site.changes(in: "pruned").isEmpty)
        #expect(try await site.changes(in: "outcome").last == "prune gone succeeded")
    }

    @Test func `what is left in the cluster since nothing is pruned is said`() async throws {
        let site = try await ClusterSite()
        try await site.change("\(Self.configMap("one"))\n\(Self.configMap("two"))")
        #expect(try await site.applyWithoutPruning().status == 0)
        try await site.change("rm app/*.yaml && touch app/none.txt")
        let what = "left, since no file asks for it any more and --prune was not given: ConfigMap/"
        for result in [try await site.applyWithoutPruning(), try await site.bare("plan", "--log", site.path("log"))] {
            #expect(result.status == 0 && result.output.contains(what), "\(result.output)\(result.errors)")
            #expect(result.output.contains("and 1 more"), "\(result.output)")
        }
        let json = try await JSONValue(parsing: site.bare("plan", "--log", site.path("log"), "-o", "json").output)
        #expect(json["left"]?.arrayValue?.count == 2 && json["left"]?[0]?["reason"] == "not-pruned", "\(json)")
    }

    @Test func `what a webhook does not let go is tried again until it does`() async throws {
        let site = try await ClusterSite()
        try await site.change("\(Self.configMap("kept"))\n\(Self.configMap("refused"))")
        #expect(try await site.apply().status == 0)
        var webhook: RefusingWebhook? = try await RefusingWebhook(for: site)
        try await site.change("rm app/refused.yaml")
        for _ in 0..<2 {
            let refused = try await site.apply()
            #expect(refused.status == 1 && refused.output.contains("models need an owner"), "\(refused.output)")
            #expect(try await site.changes(in: "outcome").last == "prune refused failed")
            #expect(try await site.kubectl("get", "configmap", "refused").status == 0)
        }
        #expect(try await site.changes(in: "pruned").isEmpty)
        #expect(webhook != nil)
        webhook = nil
        // The API server takes a moment until it asks nobody any more.
        try await eventually("it goes") { try await site.apply().status == 0 }
        #expect(try await site.kubectl("get", "configmap", "refused").status != 0)
        #expect(try await site.changes(in: "pruned") == ["prune refused succeeded"])
        #expect(try await site.verify().status == 0)
    }

    @Test func `a prune that finalizers hold up is said to be under way until it is through`() async throws {
        let site = try await ClusterSite()
        try await site.change(
            "\(Self.configMap("kept"))\n\(Self.configMap("held", ", finalizers: [example.com/hold]"))"
        )
        #expect(try await site.apply().status == 0)
        try await site.change("rm app/held.yaml")
        let pruned = try await site.apply()
        #expect(pruned.status == 0 && pruned.output.contains("1 still being deleted"), "\(pruned.output)")
        #expect(pruned.output.contains("terminating   prune"), "\(pruned.output)")
        #expect(try await site.changes(in: "pruned") == ["prune held terminating"])

        // As long as it is held there is nothing to do, and nothing new to record.
        let waiting = try await site.apply()
        #expect(waiting.status == 0 && waiting.output.contains("still being deleted: ConfigMap/"), "\(waiting.output)")
        #expect(try await site.changes(in: "intent").count == 3)

        let release = #"[{"op":"remove","path":"/metadata/finalizers"}]"#
        #expect(try await site.kubectl("patch", "configmap", "held", "--type=json", "-p", release).status == 0)
        #expect(try await site.apply().status == 0)
        #expect(try await site.changes(in: "outcome").last == "prune held succeeded")
        #expect(try await site.changes(in: "pruned").count == 1)
        // Made anew it is made, and not healed: it was we who deleted it.
        try await site.change(Self.configMap("held"))
        #expect(try await site.apply().status == 0)
        #expect(try await site.changes(in: "outcome").last == "create held succeeded")
    }
}
