// SPDX-License-Identifier: Apache-2.0

import Concurrency
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
        let disk = try await SmallDisk(at: site.path("small"), size: "64k")
        try await site.commitSettings()
        let log = ["--log", disk.path + "/log", "--begin-log"] + site.key
        let result = try await site.taffrail(["apply"] + site.delivery + log)
        #expect(result.status == 1 && result.errors.contains("full"), "\(result.errors)")
        #expect(try await !site.hasSettings)
        withExtendedLifetime(disk) {}
    }

    /// What somebody does to a log that has three records, and what is said then.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        /// The words of `apply`.
        let refused: String
        /// Those of `audit verify`.
        let found: String
    }

    @Test(arguments: [
        Damage(
            testDescription: "an older checkpoint",
            script: "cp checkpoints/1 checkpoint",
            refused: "was rolled back: its checkpoint has size 1",
            found: "checkpoints/2: it was published, but the log's checkpoint has size 1"
        ),
        Damage(
            testDescription: "a bundle cut in half",
            script: "truncate -s 1000 tile/entries/000.p/3",
            refused: "tile/entries/000.p/3 is damaged: it does not divide into 3 entries",
            found: "tile/entries/000.p/3: entry 0: it does not have the hash in tile/0/000.p/3"
        ),
        Damage(
            testDescription: "a bundle without its last entry",
            script: "cp tile/entries/000.p/2 tile/entries/000.p/3",
            refused: "tile/entries/000.p/3 is damaged: it does not divide into 3 entries",
            found: "tile/entries/000.p/3: entry 2: it does not have the hash"
        ),
        Damage(
            testDescription: "no bundle",
            script: "rm tile/entries/000.p/3",
            refused: "tile/entries/000.p/3 is missing",
            found: "tile/entries/000.p/3 is missing"
        ),
        Damage(
            testDescription: "a checkpoint cut in half",
            script: "truncate -s 40 checkpoint",
            refused: "checkpoint cannot be believed",
            found: "checkpoint cannot be believed"
        ),
        Damage(
            testDescription: "an empty checkpoint",
            script: "truncate -s 0 checkpoint",
            refused: "checkpoint cannot be believed",
            found: "checkpoint cannot be believed"
        ),
        Damage(
            testDescription: "no checkpoint",
            script: "rm checkpoint",
            refused: "is missing, but the log is not empty",
            found: "it has no checkpoint"
        ),
        Damage(
            testDescription: "everything but the private files gone",
            script: "rm -r *",
            refused: ".state/announced says that it was to have 3 entries",
            found: "it has no checkpoint"
        ),
    ])
    func `a log that was rolled back or cut is refused`(_ damage: Damage) async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        let applied = try await site.apply()
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        let script = "set -e; cd '\(site.path("log"))'; \(damage.script)"
        let done = try await run("bash", ["-c", script])
        #expect(done.status == 0, "\(done.errors)")
        try await site.commit("more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n")
        let refused = try await site.apply()
        #expect(refused.status == 1 && refused.errors.contains(damage.refused), "\(refused.errors)")
        #expect(try await site.kubectl("get", "configmap", "more").status != 0)
        let verified = try await site.verify()
        #expect(verified.status == 1 && verified.errors.contains(damage.found), "\(verified.errors)")
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

    @Test func `a disk that fills up while objects are applied has room for the outcome, and for nothing after it`()
        async throws
    {
        let site = try await ControllerSite()
        let disk = try await SmallDisk(at: site.log, size: "8m")
        func push(_ round: Int) async throws {
            try await site.push(
                """
                for i in $(seq 1 150); do
                  printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c%s}\\ndata: {round: "\(round)"}\\n' $i > c$i.yaml
                done
                """
            )
        }
        func applied(_ round: Int) async throws -> Int {
            let values = try await site.get("configmaps", "-o", "jsonpath={range .items[*]}{.data.round}{' '}{end}")
            return values.split(separator: " ").count { $0 == String(round) }
        }
        // The outcome waits for a pod that becomes ready once the disk is full.
        try await site.patch("environment", "e", #"{"spec":{"timeout":"10m"}}"#)
        let late = Manifests.workload("late", template: Manifests.neverReady)
        try await site.bash("cat > work/late.yaml <<'END'\n\(late)\nEND")
        try await push(1)
        let (controller, records) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let log = site.log
        let atFilling = Locked(0)
        try await site.soonAfterIntent(beyond: records, of: controller) {
            try disk.fill()
            atFilling.withLock { $0 = ControllerSite.size(of: log) }
        }
        #expect(atFilling.withLock { $0 } == records + 1, "the disk was to be full before the outcome")
        var pod = ""
        try await eventually("the pod is there") {
            pod = try await site.get("pods", "-o", "name").trimmingCharacters(in: .whitespacesAndNewlines)
            return !pod.isEmpty
        }
        let ready = ["annotate", pod, "taffrail.dev/test-never-ready-"]
        try check(await run("kubectl", ["--kubeconfig", site.kubeconfig, "-n", site.namespace] + ready))
        try await eventually("the outcome is on record") { ControllerSite.size(of: log) > records + 1 }
        #expect(try await applied(1) == 150)

        try await push(2)
        try await eventually("the Environment says why nothing is applied") {
            let said = try await site.condition("environment", "e")
            return said.status == "False"
                && said.message.contains("the log cannot be written, so nothing will be applied")
                && said.message.contains("No space left on device")
        }
        #expect(try await applied(1) == 150)
        try disk.empty()
        try await eventually("all are applied, now that there is room") { try await applied(2) == 150 }
        try await eventually("it is ready") { try await site.condition("environment", "e").status == "True" }
        controller.end(SIGTERM)
        let verified = try await site.verify()
        #expect(verified.status == 0 && !verified.output.contains("warning"), "\(verified.output)\(verified.errors)")
        withExtendedLifetime(disk) {}
    }
}

/// A file system of its own in memory, which can be full.
final class SmallDisk: Sendable {
    let path: String
    private static let asRoot = getuid() == 0 ? [] : ["sudo", "-n"]

    init(at path: String, size: String) async throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let options = "size=\(size),uid=\(getuid()),gid=\(getgid()),mode=0700"
        let mounted = try await run("env", Self.asRoot + ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path])
        try Parts.require("the right to mount a small file system", mounted.status == 0)
    }

    deinit {
        _ = try? runBlocking("env", Self.asRoot + ["umount", path])
    }

    private var ballast: String { path + "/.ballast" }

    /// Takes all the room that there is, down to the last block.
    func fill() throws {
        try Data().write(to: URL(filePath: ballast))
        let file = try #require(FileHandle(forWritingAtPath: ballast))
        defer { try? file.close() }
        for size in [64 << 10, 4 << 10] {
            while (try? file.write(contentsOf: Data(count: size))) != nil {}
        }
    }

    func empty() throws { try FileManager.default.removeItem(atPath: ballast) }
}
