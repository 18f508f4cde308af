// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Writes of which nobody says what came of them, in front of a real API server.
@Suite struct LostAnswerTests {
    /// A site whose requests to the API server can be lost.
    private final class Front {
        let site: ClusterSite
        let kubeconfig: String
        private let program: BackgroundProgram

        init() async throws {
            try Parts.require("python3", Parts.has("python3"))
            site = try await ClusterSite()
            let folder = site.path("front")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            program = try BackgroundProgram(
                Parts.root.appending(path: "scripts/faulty-api-server").path,
                [folder, site.kubeconfig],
                errors: folder + "/errors"
            )
            let kubeconfig = folder + "/kubeconfig"
            self.kubeconfig = kubeconfig
            try await eventually("the front") { FileManager.default.fileExists(atPath: kubeconfig) }
        }

        deinit {
            program.end(SIGKILL)
        }

        /// - Parameter faults: each a method, an action, and a name of a ConfigMap, or nothing for all.
        func apply(_ faults: [(method: String, action: String, name: String)]) async throws -> ProgramResult {
            let lines = faults.map { fault in
                "\(fault.method) /api/v1/namespaces/\(site.namespace)/configmaps/\(fault.name) \(fault.action)\n"
            }
            try Data(lines.joined().utf8).write(to: URL(filePath: site.path("front/faults")))
            return try await site.apply("--kubeconfig", kubeconfig)
        }
    }

    @Test(arguments: ["answer-500", "drop"])
    func `a write that landed although its answer was lost is told as one that landed`(action: String) async throws {
        let front = try await Front()
        try await front.site.commitSettings()
        let applied = try await front.apply([("PATCH", action, "")])
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
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
