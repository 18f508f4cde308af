// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Nothing is applied that could not be recorded.
@Suite(.serialized) struct LogRefusalTests {
    @Test func `a log is begun only by who says so`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        let result = try await site.taffrail(["apply"] + site.delivery + ["--log", site.path("lgo")] + site.key)
        #expect(
            result.status == 1 && result.errors.contains("there is no log in \(site.path("lgo"))"),
            "\(result.errors)"
        )
        #expect(!FileManager.default.fileExists(atPath: site.path("lgo")))
        #expect(try await !site.hasSettings)
    }

    @Test func `nothing is applied when the log cannot be written`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        try Data().write(to: URL(filePath: site.path("log")))
        let result = try await site.apply()
        #expect(result.status == 1 && result.errors.contains(site.path("log")), "\(result.errors)")
        #expect(try await !site.hasSettings)
    }

    @Test func `nothing is applied when the disk of the log is full`() async throws {
        let site = try await ClusterSite()
        let mount = site.path("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let asRoot = getuid() == 0 ? [] : ["sudo", "-n"]
        let owner = "size=64k,uid=\(getuid()),gid=\(getgid())"
        let mounted = try await run("env", asRoot + ["mount", "-t", "tmpfs", "-o", owner, "tmpfs", mount])
        try Parts.require("the right to mount a small file system", mounted.status == 0)
        defer { _ = try? runBlocking("env", asRoot + ["umount", mount]) }
        try await site.commitSettings()
        let log = ["--log", mount + "/log", "--begin-log"] + site.key
        let result = try await site.taffrail(["apply"] + site.delivery + log)
        #expect(result.status == 1 && result.errors.contains("full"), "\(result.errors)")
        #expect(try await !site.hasSettings)
    }

    @Test func `a log that was rolled back or cut is refused`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        let applied = try await site.apply()
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        let published = try FileManager.default.contentsOfDirectory(atPath: site.path("log/checkpoints")).compactMap {
            Int($0)
        }.sorted()
        let older = try #require(published.first)
        try Data(contentsOf: URL(filePath: site.path("log/checkpoints/\(older)"))).write(
            to: URL(filePath: site.path("log/checkpoint"))
        )
        let rolledBack = try await site.apply()
        #expect(
            rolledBack.status == 1 && rolledBack.errors.contains("was rolled back: its checkpoint has size"),
            "\(rolledBack.errors)"
        )
        let verified = try await site.verify()
        #expect(verified.status == 1 && verified.errors.contains("checkpoint"), "\(verified.errors)")
    }

    @Test func `a log that cannot be brought to order stops the controller, which says so, until it can`() async throws
    {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\n' > one.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is ready") { try await site.condition("environment", "e").status == "True" }
        // From now on a record comes into the log, and no checkpoint after it.
        try await site.bash("mv log/checkpoints kept && touch log/checkpoints")
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: two}\\n' > two.yaml")
        try await eventually("the Environment says why") {
            try await site.condition("environment", "e").reason == "LogUnusable"
        }
        let message = try await site.condition("environment", "e").message
        #expect(message.contains("\(site.log)/checkpoints/") && message.contains("what to do"), "\(message)")
        #expect(try await site.get("configmap", "two", "-o", "name").isEmpty)
        #expect(try site.notes.contains("the log cannot be brought to order, so nothing is reconciled"))

        try await site.bash("rm log/checkpoints && mv kept log/checkpoints")
        try await eventually("it is applied") { try await !site.get("configmap", "two", "-o", "name").isEmpty }
        try await eventually("it is ready") { try await site.condition("environment", "e").status == "True" }
        controller.end(SIGTERM)
        let verified = try await site.verify()
        #expect(verified.status == 0 && !verified.output.contains("warning"), "\(verified.output)\(verified.errors)")
    }
}
