// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Writes of which nobody says what came of them, in front of a real API server.
@Suite struct LostAnswerTests {
    /// A site whose requests to the API server can be lost.
    private struct Front {
        let site: ClusterSite
        private let server: FaultyServer

        init() async throws {
            site = try await ClusterSite()
            server = try await FaultyServer(before: site.kubeconfig)
        }

        /// - Parameter faults: each a method, an action, and a name of a ConfigMap, or nothing for all.
        func apply(_ faults: [(method: String, action: String, name: String)]) async throws -> ProgramResult {
            let folder = "/api/v1/namespaces/\(site.namespace)/configmaps/"
            try server.lose(faults.map { (method: $0.method, path: folder + $0.name, action: $0.action) })
            return try await site.apply("--kubeconfig", server.kubeconfig)
        }
    }

    @Test(arguments: [
        "answer-500", "answer-502", "answer-503", "answer-504", "answer-503-later", "answer-nonsense", "drop",
    ])
    func `a write that landed although its answer was lost is told as one that landed`(action: String) async throws {
        let front = try await Front()
        try await front.site.commitSettings()
        let applied = try await front.apply([("PATCH", action, "")])
        #expect(applied.status == 0, "\(action): \(applied.output)\(applied.errors)")
        #expect(try await front.site.changes(in: "outcome") == ["create settings succeeded"])
        #expect(try await front.site.plan().status == 0)
    }

    @Test func `a write that was refused is told as one that failed`() async throws {
        let front = try await Front()
        try await front.site.commitSettings()
        let applied = try await front.apply([("PATCH", "refuse-500", "")])
        #expect(applied.status == 1, "\(applied.output)\(applied.errors)")
        #expect(try await front.site.changes(in: "outcome") == ["create settings failed"])
    }

    @Test(arguments: ["answer-500", "refuse-500"])
    func `of what cannot be looked at either, nobody says what came of it, and the next run does`(
        action: String
    ) async throws {
        let front = try await Front()
        try await front.site.commitSettings()
        let applied = try await front.apply([("PATCH", action, ""), ("GET", "refuse-500", "settings")])
        #expect(applied.status == 1 && applied.output.contains("unknown"), "\(applied.output)\(applied.errors)")
        #expect(try await front.site.changes(in: "outcome") == ["create settings unknown"])
        let next = try await front.apply([])
        #expect(next.status == 0, "\(next.output)\(next.errors)")
        let operation = action == "refuse-500" ? "create" : "update"
        #expect(try await front.site.changes(in: "outcome").last == "\(operation) settings succeeded")
        #expect(try await front.site.changes(in: "drift").isEmpty)
        #expect(try await front.site.plan().status == 0)
        #expect(try await front.site.verify().status == 0)
    }

    @Test func `a deletion of which nobody says what came of it is looked for again`() async throws {
        let front = try await Front()
        try await front.site.commitSettings()
        _ = try await front.apply([])
        try await front.site.git("rm", "-q", "app/settings.yaml")
        try await front.site.commit("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
        let lost = try await front.apply([("DELETE", "answer-500", ""), ("GET", "refuse-500", "settings")])
        #expect(lost.status == 1, "\(lost.output)\(lost.errors)")
        #expect(try await front.site.changes(in: "outcome").contains("prune settings unknown"))
        let next = try await front.apply([])
        #expect(next.status == 0, "\(next.output)\(next.errors)")
        #expect(try await front.site.changes(in: "outcome").last == "prune settings succeeded")
        #expect(try await front.site.plan().status == 0)
    }
}
