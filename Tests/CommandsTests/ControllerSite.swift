// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Foundation
import JSON
import TestSupport
import Testing

/// A config repository on a Git server, an Environment in a namespace of its own, and a controller with its log.
final class ControllerSite {
    private static let gitServer = Parts.root.appending(path: "scripts/git-server").path

    let kubeconfig: String
    let namespace: String
    private let folder: TemporaryDirectory
    private let taffrail = Parts.product("taffrail")
    var log: String { path("log") }
    /// What the controller said.
    var notes: String { get throws { try String(contentsOfFile: path("notes"), encoding: .utf8) } }

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        try Parts.require("nginx with fcgiwrap", Parts.has("nginx") && Parts.has("fcgiwrap"))
        namespace = try await makeNamespace(kubeconfig)
        folder = try TemporaryDirectory()
        let process = String(ProcessInfo.processInfo.processIdentifier)
        try check(await run(Self.gitServer, ["start", folder.path + "/git", process]))
        try check(await run(taffrail, ["keys", "generate", "--name", "example.com/test", "--out", folder.path + "/k"]))
        try await bash(
            """
            git init -q --bare -b main git/repos/m.git && git -C git/repos/m.git config http.receivepack true
            git init -q -b main work && cd work && git config user.name Ada && git config user.email a@example.com
            git remote add origin \(url())/m.git
            """
        )
        try await apply(resources(url()))
        let certificate = "--from-file=ca.crt=\(folder.path)/git/ca.pem"
        try check(await kubectl(kubeconfig, "-n", namespace, "create", "secret", "generic", "git", certificate))
    }

    deinit {
        _ = try? runBlocking(Self.gitServer, ["stop", folder.path + "/git"])
        _ = try? runBlocking("kubectl", ["--kubeconfig", kubeconfig, "delete", "namespace", namespace, "--wait=false"])
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    private func url() throws -> String {
        try String(contentsOfFile: folder.path + "/git/url", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    private func resources(_ url: String) -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: deployer}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: deployer}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
        subjects: [{kind: ServiceAccount, name: deployer, namespace: \(namespace)}]
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: ConfigRepository
        metadata: {name: m}
        spec: {url: '\(url)/m.git', ref: {branch: main}, interval: 1s, secretRef: {name: git}}
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: Environment
        metadata: {name: e}
        spec: {repositoryRef: {name: m}, targetNamespace: \(namespace), serviceAccountName: deployer, interval: 1s, timeout: 1s}
        """
    }

    // MARK: - What people do

    /// Runs a script in the work tree's parent, where `work` is the work tree.
    func bash(_ script: String) async throws {
        let certificate = ["GIT_SSL_CAINFO": folder.path + "/git/ca.pem"]
        try check(await run("bash", ["-c", "set -e\n" + script], environment: certificate, directory: folder.url))
    }

    /// Changes the work tree by a script, commits and pushes.
    func push(_ script: String) async throws {
        try await bash("cd work\n\(script)\ngit add -A && git commit -qm Change && git push -q origin main")
    }

    func apply(_ manifests: String) async throws {
        try check(await kubectl(kubeconfig, "-n", namespace, "apply", "-f", "-", input: manifests))
    }

    func patch(_ kind: String, _ name: String, _ change: String) async throws {
        try check(await kubectl(kubeconfig, "-n", namespace, "patch", kind, name, "--type=merge", "-p", change))
    }

    /// Runs kubectl in the site's namespace.
    func call(_ arguments: String...) async throws {
        try check(await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + arguments))
    }

    func get(_ arguments: String...) async throws -> String { try await get(arguments) }

    func get(_ arguments: [String]) async throws -> String {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "get"] + arguments).output
    }

    /// Lets the Environment's account do anything anywhere.
    func makeAccountMighty() async throws {
        try await apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: \(namespace)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
            subjects: [{kind: ServiceAccount, name: deployer, namespace: \(namespace)}]
            """
        )
    }

    /// Runs a command that asks something of what is in the site's namespace.
    func taffrail(_ words: String...) async throws -> ProgramResult {
        let place = ["--kubeconfig", kubeconfig, "--namespace", namespace]
        return try await run(taffrail, words + place, environment: ["NO_COLOR": "1"])
    }

    /// Runs a command that reads the work tree's last commit.
    func plan(_ words: String...) async throws -> ProgramResult {
        let variables = ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache", "NO_COLOR": "1"]
        return try await run(taffrail, ["plan", "--repo", folder.path + "/work"] + words, environment: variables)
    }

    /// A condition of a resource of ours: status, reason and message.
    func condition(_ kind: String, _ name: String, _ type: String = "Ready") async throws -> Condition {
        let path = "jsonpath={range .status.conditions[?(@.type=='\(type)')]}{.status}|{.reason}|{.message}{end}"
        let parts = try await get(kind, name, "-o", path).split(separator: "|", maxSplits: 2).map(String.init)
        guard parts.count == 3 else { return Condition(status: "", reason: "", message: "") }
        return Condition(status: parts[0], reason: parts[1], message: parts[2])
    }

    struct Condition {
        let status: String
        let reason: String
        let message: String
    }

    /// The names in the Inventory.
    func inventory() async throws -> [String] {
        try await get("inventory", "e", "-o", "jsonpath={.spec.entries[*].name}").split(separator: " ").map(String.init)
            .sorted()
    }

    // MARK: - The record

    /// The changes in all records of a kind, each as `operation kind/name status`.
    func changes(in kind: RecordKind) throws -> [String] {
        try list("changes", in: kind).map { change in
            let object = "\(change["kind"]?.stringValue ?? "")/\(change["name"]?.stringValue ?? "")"
            return [change["operation"]?.stringValue, object, change["status"]?.stringValue].compactMap { $0 }
                .joined(separator: " ")
        }
    }

    /// What is on record of a rule.
    func findings(_ rule: String) throws -> [JSONValue] {
        try list("findings", in: .denied).filter { $0["rule"]?.stringValue == rule }
    }

    private func list(_ name: String, in kind: RecordKind) throws -> [JSONValue] {
        let log = AuditLog(directory: log)
        return try log.records().filter { $0.kind == kind }.flatMap { try log.list(name, of: $0) }
    }

    // MARK: - The controller

    /// Starts it, and waits until it has closed what an earlier one left open.
    ///
    /// - Parameter options: beside those that every site needs.
    /// - Returns: also how many records there are before it does anything else.
    func launch(_ options: String...) async throws -> (controller: BackgroundProgram, records: Int) {
        let before = Self.size(of: log)
        let controller = try start(options)
        var closed = 0
        try await eventually("the controller starts") {
            guard controller.isRunning else { throw MissingPart(part: "a controller that runs") }
            let words = try notes.split(separator: " ")
            guard let started = words.firstIndex(of: "started,"), words.count > started + 1 else { return false }
            closed = Int(words[started + 1]) ?? 0
            return true
        }
        return (controller, max(before, 1) + closed)
    }

    /// Starts it, and waits for nothing.
    func start(_ options: [String]) throws -> BackgroundProgram {
        try BackgroundProgram(
            taffrail,
            [
                "controller", "--kubeconfig", kubeconfig, "--log", log, "--key", folder.path + "/k", "--data",
                folder.path + "/data", "--namespace", namespace, "--begin-log",
                "--allow-local-repositories", "--allow-local-clusters",
            ] + options,
            errors: path("notes")
        )
    }

    /// Does something a moment after the Environment has announced writes in the log, in a record beyond so many; on a thread of its own, since
    /// the other suites keep those of tasks busy.
    func soonAfterIntent(
        beyond records: Int,
        of controller: BackgroundProgram,
        and moment: Duration = .zero,
        _ body: @escaping @Sendable () throws -> Void
    ) async throws {
        let (path, log) = (log, AuditLog(directory: log))
        try await WorkerThread(name: "moment").run {
            let limit = ContinuousClock.now + .seconds(60)
            var next = records
            var isAnnounced = false
            while !isAnnounced {
                guard .now < limit, controller.isRunning else { throw NeverHappened(what: "an intent") }
                guard next < Self.size(of: path) else {
                    sched_yield()
                    continue
                }
                let record = try log.record(at: UInt64(next))
                isAnnounced = record.kind == .intent && record.predicate["loop"]?.stringValue == "delivery"
                next += 1
            }
            let end = ContinuousClock.now + moment
            while .now < end { sched_yield() }
            try body()
        }
    }

    /// How many records the published checkpoint of a log covers; 0 before the first.
    static func size(of log: String) -> Int {
        let lines = (try? String(contentsOfFile: log + "/checkpoint", encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.count > 1 ? Int(lines[1]) ?? 0 : 0
    }

    func verify() async throws -> ProgramResult {
        try await run(taffrail, ["audit", "verify", log, "--key", folder.path + "/k.vkey"])
    }
}
