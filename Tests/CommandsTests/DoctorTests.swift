// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import TaffrailAPI
import TestSupport
import Testing

@testable import Commands
@testable import Kubernetes

/// `taffrail doctor`: what it finds, and that what it advises mends it.
@Suite struct DoctorTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    private func doctor(_ kubeconfig: String, _ arguments: String...) async throws -> [JSONValue] {
        let result = try await run(
            Parts.product("taffrail"),
            ["doctor", "-o", "json"] + arguments,
            environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache"]
        )
        let report = try JSONValue(parsing: result.output)
        let checks = try #require(report["checks"]?.arrayValue, "\(result.errors)")
        let hasProblem = checks.contains { $0["status"] == "problem" }
        #expect(result.status == (hasProblem ? 1 : 0))
        return checks
    }

    private func only(_ checks: [JSONValue], _ check: String, _ subject: String) throws -> JSONValue {
        try #require(checks.first { $0["check"]?.stringValue == check && $0["subject"]?.stringValue == subject })
    }

    // MARK: - The cluster

    @Test func `the rules that it prints grant exactly what was missing`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        let environment = """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: e}
            spec: {repositoryRef: {name: m}, targetNamespace: \(namespace), serviceAccountName: deployer}
            """
        #expect(try await kubectl(kubeconfig, "-n", namespace, "apply", "-f", "-", input: environment).status == 0)
        let arguments = ["-n", namespace, "--controller", "\(namespace)/controller"]
        let before = try await doctor(kubeconfig, arguments[0], arguments[1], arguments[2], arguments[3])
        let controller = try only(before, "permissions", "controller \(namespace)/controller")
        #expect(controller["status"] == "problem")
        #expect(controller["message"]?.stringValue?.contains("environments.taffrail.dev/status") == true)
        let account = try only(before, "permissions", "Environment \(namespace)/e")
        #expect(account["status"] == "problem")
        let verbs = "list, get, create, patch and delete modeldeployments.taffrail.dev"
        #expect(account["message"]?.stringValue?.contains(verbs) == true, "\(account)")

        for (name, diagnosis) in [("controller", controller), ("deployer", account)] {
            try await grant(diagnosis, to: name, in: namespace, kubeconfig)
        }
        try await eventually("the rights are there") {
            let after = try await doctor(kubeconfig, arguments[0], arguments[1], arguments[2], arguments[3])
            return try only(after, "permissions", "Environment \(namespace)/e")["status"] == "ok"
                && only(after, "permissions", "controller \(namespace)/controller")["status"] == "ok"
        }
        _ = try await kubectl(kubeconfig, "delete", "clusterrole,clusterrolebinding", "-l", "test=\(namespace)")
    }

    /// Does what the remedy says, literally.
    private func grant(
        _ diagnosis: JSONValue,
        to account: String,
        in namespace: String,
        _ kubeconfig: String
    )
        async throws
    {
        var rules: [String: [String]] = [:]
        var kind = ""
        for line in (diagnosis["remedy"]?.arrayValue ?? []).compactMap(\.stringValue) {
            if line.hasPrefix("- ") {
                rules[kind, default: []].append(line)
            } else {
                #expect(line.hasSuffix("that is bound to service account \(namespace)/\(account):"))
                kind = line.contains("a ClusterRole") ? "ClusterRole" : "Role"
            }
        }
        for (kind, rules) in rules {
            let manifest = """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: \(kind)
                metadata: {name: \(namespace)-\(account), labels: {test: \(namespace)}}
                rules:
                \(rules.joined(separator: "\n"))
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: \(kind)Binding
                metadata: {name: \(namespace)-\(account), labels: {test: \(namespace)}}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: \(kind), name: \(namespace)-\(account)}
                subjects: [{kind: ServiceAccount, name: \(account), namespace: \(namespace)}]
                """
            let result = try await kubectl(kubeconfig, "-n", namespace, "apply", "-f", "-", input: manifest)
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func `it writes nothing to a cluster`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        let binding = ["create", "clusterrolebinding", namespace, "--clusterrole=cluster-admin", "--user=\(namespace)"]
        #expect(try await run("kubectl", ["--kubeconfig", kubeconfig] + binding).status == 0)
        // A user of its own, by whom its requests are told from those of other tests. New rights take a moment.
        try await eventually("the doctor may look") {
            let checks = try await doctor(kubeconfig, "--as", namespace, "-n", namespace)
            return try only(checks, "permissions", "controller (you)")["status"] == "ok"
        }
        let events = try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8).split(separator: "\n")
            .map { try JSONValue(parsing: String($0)) }
            .filter { $0["impersonatedUser"]?["username"]?.stringValue == namespace }
        let resources = Set(events.compactMap { $0["objectRef"]?["resource"]?.stringValue })
        #expect(resources == ["selfsubjectaccessreviews"])
        _ = try await kubectl(kubeconfig, "delete", "clusterrolebinding", namespace)
    }

    @Test func `without a cluster it says so, and what was not checked`() async throws {
        let checks = try await doctor("/nowhere")
        #expect(try only(checks, "cluster", "API server")["status"] == "problem")
        for check in ["crds", "permissions", "git", "resources"] {
            let diagnosis = try only(checks, check, "in the cluster")
            #expect(diagnosis["status"] == "not checked" && diagnosis["message"] == "the cluster does not answer")
        }
        #expect(try only(checks, "log", "log")["message"] == "no --log was given")
        let table = try await run(Parts.product("taffrail"), ["doctor"], environment: ["KUBECONFIG": "/nowhere"])
        #expect(table.status == 1 && table.output.hasPrefix("STATUS") && table.output.contains("not checked   crds"))
    }

    @Test(arguments: [
        ("v1.36.0", 0, 3, ["ok", "ok", "ok"]), ("v1.20.2", 0, 3, ["warning", "ok", "ok"]),
        ("v1.19.1", 0, 3, ["problem", "ok", "ok"]), ("v1.36.0", -30, 800, ["ok", "warning", "warning"]),
        ("v2.0.0", 90, 3, ["ok", "ok", "problem"]), ("odd", 0, 3, ["warning", "ok", "ok"]),
    ])
    func `a cluster is judged by version, latency and clock`(
        version: String,
        skew: Int64,
        milliseconds: Int64,
        verdicts: [String]
    ) throws {
        let server = try #require(HTTPDate.timestamp("Wed, 25 Nov 2026 06:00:00 GMT"))
        #expect(server == Timestamp("2026-11-25T06:00:00Z"))
        let sight = ClusterCheck.Sight(
            probe: ServerProbe(version: version, date: server, latency: .milliseconds(milliseconds)),
            now: Timestamp(seconds: server.seconds + skew)
        )
        #expect(ClusterCheck.judge([sight]).map(\.verdict.rawValue) == verdicts)
    }

    @Test func `definitions are told from those of another version`() throws {
        let (_, wanted) = try #require(CustomResources.definitions.first)
        var live = wanted
        #expect(DefinitionsCheck.judge("d", live: nil, wanted: wanted).message == "it is not installed")
        #expect(DefinitionsCheck.judge("d", live: live, wanted: wanted).message.contains("not established yet"))
        live["status"] = ["conditions": [["type": "Established", "status": "True"]]]
        // As the server adds by itself.
        live["spec"]?["conversion"] = ["strategy": "None"]
        #expect(DefinitionsCheck.judge("d", live: live, wanted: wanted).verdict == .ok)
        var leaving = live
        leaving["metadata"]?["deletionTimestamp"] = "2026-11-25T06:00:00Z"
        let gone = DefinitionsCheck.judge("d", live: leaving, wanted: wanted)
        #expect(gone.verdict == .problem && gone.message.contains("it is being deleted"))
        var older = live
        older["spec"]?["names"]?["shortNames"] = ["other"]
        let diagnosis = DefinitionsCheck.judge("d", live: older, wanted: wanted)
        #expect(diagnosis.verdict == .problem && diagnosis.message.contains("spec.names.shortNames[0] differs"))
        #expect(diagnosis.remedy.first?.hasPrefix("kubectl apply --server-side -f crds/") == true)
    }

    @Test func `a resource that is not Ready is told with its reason and message`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        func apply(_ name: String, status: String?) async throws {
            let spec = "{repositoryRef: {name: m}, targetNamespace: \(namespace)}"
            let manifest =
                "apiVersion: taffrail.dev/v1alpha1\nkind: Environment\nmetadata: {name: \(name)}\nspec: \(spec)\n"
            let made = try await kubectl(kubeconfig, "-n", namespace, "apply", "-f", "-", input: manifest)
            try check(made)
            guard let status else { return }
            let time = "2026-11-25T06:00:00Z"
            let condition =
                #"{"type":"Ready","status":"\#(status)","reason":"Because","message":"of \#(name)","lastTransitionTime":"\#(time)"}"#
            let patch = #"{"status":{"conditions":[\#(condition)]}}"#
            let words = ["-n", namespace, "patch", "environment", name, "--subresource=status", "--type=merge", "-p"]
            try check(await run("kubectl", ["--kubeconfig", kubeconfig] + words + [patch]))
        }
        try await apply("good", status: "True")
        let fine = try await doctor(kubeconfig, "-n", namespace)
        #expect(try only(fine, "resources", "in the cluster")["status"] == "ok")
        try await apply("bad", status: "False")
        try await apply("slow", status: "Unknown")
        try await apply("new", status: nil)
        let checks = try await doctor(kubeconfig, "-n", namespace)
        #expect(checks.filter { $0["check"] == "resources" }.count == 3, "\(checks)")
        for (name, status, message) in [
            ("bad", "problem", "it is not Ready: Because: of bad"),
            ("slow", "warning", "it is not Ready yet: Because: of slow"),
            ("new", "warning", "nothing has looked at it yet"),
        ] {
            let found = try only(checks, "resources", "Environment \(namespace)/\(name)")
            #expect(found["status"]?.stringValue == status && found["message"]?.stringValue == message, "\(found)")
        }
    }

    @Test func `what a doctor found is counted as people say it`() {
        let problem = Diagnosis("a", "b", .problem, "c")
        let warning = Diagnosis("a", "b", .warning, "c")
        #expect(DiagnosisPresenter(diagnoses: [problem, problem, warning]).table.last == "1 warning, 2 problems")
    }

    // MARK: - Git

    @Test func `a repository is asked for its branch`() async throws {
        let script = """
            git init -q -b main repo && cd repo && git config user.name Ada && git config user.email a@example.com
            git commit -q --allow-empty -m First
            """
        #expect(try await run("bash", ["-c", script], directory: folder.url).status == 0)
        let repository = folder.path + "/repo"
        let found = try await doctor("/nowhere", "--repo", repository)
        let fine = try only(found, "git", repository)
        #expect(fine["status"] == "ok" && fine["message"]?.stringValue?.contains("branch 'main' is at ") == true)
        let other = try await doctor("/nowhere", "--repo", repository, "--branch", "release")
        let missing = try only(other, "git", repository)
        #expect(missing["status"] == "problem")
        #expect(missing["remedy"]?[0]?.stringValue?.hasPrefix("push the branch or commit") == true, "\(missing)")
        #expect(missing["message"]?.stringValue?.contains("it has main") == true, "\(missing)")
        let nowhere = try await doctor("/nowhere", "--repo", "https://127.0.0.1:1/x.git")
        #expect(try only(nowhere, "git", "https://127.0.0.1:1/x.git")["status"] == "problem")
    }

    @Test func `a ConfigRepository is asked as the controller would ask it`() async throws {
        let site = try await ControllerSite()
        try await site.push("touch a")
        let allowed = try await doctor(site.kubeconfig, "-n", site.namespace, "--allow-local-repositories")
        let subject = "ConfigRepository \(site.namespace)/m"
        #expect(try only(allowed, "git", subject)["status"] == "ok", "\(allowed)")
        let refused = try await doctor(site.kubeconfig, "-n", site.namespace)
        let local = try only(refused, "git", subject)
        #expect(local["status"] == "problem")
        #expect(local["remedy"]?[0]?.stringValue?.contains("--allow-local-repositories") == true, "\(local)")
        _ = try await kubectl(site.kubeconfig, "-n", site.namespace, "delete", "secret", "git")
        let bare = try await doctor(site.kubeconfig, "-n", site.namespace, "--allow-local-repositories")
        let missing = try only(bare, "git", subject)
        #expect(missing["status"] == "problem")
        #expect(missing["remedy"]?[0]?.stringValue?.contains("make the Secret 'git'") == true, "\(missing)")
    }

    // MARK: - Log, clock and disk

    @Test func `a log is looked at whole, and by whom it is held`() async throws {
        let site = try await ControllerSite()
        try await site.push("touch a")
        let (controller, _) = try await site.launch()
        let key = site.log.dropLast(3) + "k"
        func look(_ key: some StringProtocol = key) async throws -> [JSONValue] {
            try await doctor(site.kubeconfig, "-n", site.namespace, "--log", site.log, "--key", String(key))
        }
        let running = try await look()
        #expect(try only(running, "log", "lock")["message"]?.stringValue?.contains("taffrail") == true)
        for subject in ["key", "edge", "writable", "lock", "cluster"] {
            #expect(try only(running, "log", subject)["status"] == "ok", "\(running)")
        }
        #expect(try only(running, "clock", "this machine")["status"] == "ok")
        #expect(try only(running, "disk", "log \(site.log)")["status"] != "not checked")
        controller.end(SIGTERM)
        #expect(try await only(look(), "log", "lock")["message"] == "nobody has it open for writing")

        let other = folder.path + "/other"
        let made = try await run(
            Parts.product("taffrail"),
            ["keys", "generate", "--name", "example.com/test", "--out", other]
        )
        #expect(made.status == 0)
        let foreign = try await only(look(other), "log", "edge")
        #expect(foreign["status"] == "problem", "\(foreign)")

        // A later clock cannot be set here, so the rule is asked alone.
        let check = LogCheck(folder: site.log, keyPath: nil, clusterUID: "another", clock: .init { .init(seconds: 0) })
        let diagnoses = check.run()
        #expect(diagnoses.contains { $0.check == "clock" && $0.verdict == .problem })
        #expect(diagnoses.contains { $0.subject == "cluster" && $0.verdict == .problem })
        #expect(diagnoses.contains { $0.subject == "key" && $0.verdict == .notChecked })

        let tiles = site.log + "/tile/0"
        let tile = try #require(FileManager.default.subpaths(atPath: tiles)?.first { !$0.hasSuffix(".p") })
        try FileManager.default.removeItem(atPath: tiles + "/" + tile)
        #expect(try await only(look(), "log", "edge")["status"] == "problem")
    }

    @Test(arguments: [
        (DiskCheck.Room(bytes: 20 << 30, files: nil, isReadOnly: false), Diagnosis.Verdict.ok),
        (DiskCheck.Room(bytes: 500 << 20, files: 100_000, isReadOnly: false), .warning),
        (DiskCheck.Room(bytes: 20 << 30, files: 5_000, isReadOnly: false), .warning),
        (DiskCheck.Room(bytes: 20 << 20, files: 100_000, isReadOnly: false), .problem),
        (DiskCheck.Room(bytes: 20 << 30, files: 12, isReadOnly: false), .problem),
        (DiskCheck.Room(bytes: 20 << 30, files: nil, isReadOnly: true), .problem),
    ])
    func `room is judged by bytes and by files`(room: DiskCheck.Room, verdict: Diagnosis.Verdict) {
        #expect(DiskCheck.judge("log /x", room).verdict == verdict)
    }
}
