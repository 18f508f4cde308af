// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Foundation
import JSON
import TestSupport
import Testing

/// A cluster of its own in which the chart is installed, and the controller, run with the token, the arguments and the rights that the chart gives it.
///
/// No container runs there: what the pod would start is started here, with its folders in the place of the pod's.
final class ChartSite {
    private static let gitServer = Parts.root.appending(path: "scripts/git-server").path
    /// Where the chart is installed.
    static let home = "taffrail-system"
    static let account = "system:serviceaccount:\(home):taffrail"

    let helm: HelmEngine
    let plane: OtherControlPlane
    /// Of another cluster, and in it.
    let elsewhere: (kubeconfig: String, namespace: String)
    private let folder: TemporaryDirectory
    private let values: String
    private let taffrail = Parts.product("taffrail")
    var log: String { path("lib/log") }
    var notes: String { get throws { try String(contentsOfFile: path("notes"), encoding: .utf8) } }

    /// - Parameter values: a file of values, for Environments in the namespace `models`.
    init(values: String) async throws {
        self.values = values
        helm = try await HelmEngine()
        try Parts.require("nginx with fcgiwrap", Parts.has("nginx") && Parts.has("fcgiwrap"))
        let other = try await ControlPlane.kubeconfig()
        elsewhere = (other, try await makeNamespace(other))
        plane = try await OtherControlPlane(kubelet: true)
        folder = try TemporaryDirectory()
        for name in ["etc", "run", "lib", "cache"] {
            try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        }
        let process = String(ProcessInfo.processInfo.processIdentifier)
        try check(await run(Self.gitServer, ["start", path("git"), process]))
        try await bash(
            """
            taffrail keys generate --name example.com/models --out etc/log.key
            for name in \(Self.home) models; do kubectl create namespace $name; done
            kubectl create secret generic taffrail-log-key -n \(Self.home) \
              --from-file=etc/log.key --from-file=etc/log.key.secret --from-file=etc/log.key.vkey
            # As the files of a Secret's volume are: readable by a group.
            chmod 440 etc/*
            kubectl create secret generic git -n models --from-file=ca.crt=git/ca.pem
            kubectl config view --kubeconfig '\(other)' --raw --flatten > eu.yaml
            kubectl create secret generic eu-cluster -n models --from-file=value=eu.yaml
            git init -q --bare -b main git/repos/m.git && git -C git/repos/m.git config http.receivepack true
            git init -q -b main work && cd work && git config user.name Ada && git config user.email a@example.com
            git remote add origin "$(cat ../git/url)/m.git"
            """
        )
    }

    deinit {
        _ = try? runBlocking(Self.gitServer, ["stop", path("git")])
        let words = ["delete", "namespace", elsewhere.namespace, "--wait=false"]
        _ = try? runBlocking("kubectl", ["--kubeconfig", elsewhere.kubeconfig] + words)
    }

    /// As whom, and that the servers may be on this machine.
    private var flags: [String] {
        ["--kubeconfig", path("account.kubeconfig"), "--allow-local-clusters", "--allow-local-repositories"]
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    // MARK: - What people do

    /// Runs a script beside the work tree `work`, as an administrator.
    @discardableResult
    func bash(_ script: String) async throws -> String {
        let programs = URL(filePath: taffrail).deletingLastPathComponent().path
        let variables = [
            "PATH": "\(programs):\(ProcessInfo.processInfo.environment["PATH"] ?? "")",
            "KUBECONFIG": plane.kubeconfig, "GIT_SSL_CAINFO": path("git/ca.pem"),
        ]
        let result = try await run(
            "bash",
            ["-euo", "pipefail", "-c", script],
            environment: variables,
            directory: folder.url
        )
        try check(result)
        return result.output
    }

    func push(_ script: String) async throws {
        try await bash("cd work\n\(script)\ngit add -A && git commit -qm Change && git push -q origin main")
    }

    func get(_ arguments: String...) async throws -> String {
        try await run("kubectl", ["--kubeconfig", plane.kubeconfig, "-n", "models", "get"] + arguments).output
    }

    func isReady(_ kind: String, _ name: String) async throws -> Bool {
        try await get(kind, name, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}") == "True"
    }

    /// Installs or upgrades the release; `begin` is the value `log.begin`.
    ///
    /// - Returns: its revision.
    func change(_ verb: String, begin: Bool) async throws -> Int64? {
        let words = [verb, "taffrail", HelmEngine.chart, "-f", values, "--set", "log.begin=\(begin)"]
        return try await call(words)["revision"]?.intValue
    }

    func uninstall() async throws { _ = try await call(["uninstall", "taffrail"]) }

    private func call(_ words: [String]) async throws -> JSONValue {
        let result = try await helm.result(of: words + ["-n", Self.home, "--kubeconfig", plane.kubeconfig])
        try check(result)
        return try JSONValue(parsing: result.output)
    }

    // MARK: - What the pod would do

    /// Does what the pod's first container does, and gets a token of the pod's account.
    func preparePod() async throws {
        let script = try await pod("initContainers", ["command", "args"]).map { "'\($0)'" }.joined(separator: " ")
        try await bash(
            """
            rm -f run/*
            \(script)
            cat > request.json <<'JSON'
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 7200}}
            JSON
            token=$(kubectl create --raw /api/v1/namespaces/\(Self.home)/serviceaccounts/taffrail/token -f request.json |
              python3 -c 'import json, sys; print(json.load(sys.stdin)["status"]["token"])')
            kubectl config view --raw --flatten -o json | TOKEN="$token" python3 -c '
            import json, os, sys
            config = json.load(sys.stdin)
            config["users"][0]["user"] = {"token": os.environ["TOKEN"]}
            print(json.dumps(config))' > account.kubeconfig
            """
        )
    }

    /// Words of a container in the live Deployment, with this machine's folders in the place of the pod's.
    private func pod(_ containers: String, _ fields: [String]) async throws -> [String] {
        let text = try await bash("kubectl get deployment taffrail -n \(Self.home) -o json")
        let container = try JSONValue(parsing: text)["spec"]?["template"]?["spec"]?[containers]?[0]
        return try #require(container).words(fields).map(local)
    }

    private func local(_ word: String) -> String {
        word.replacing("/var/lib/taffrail", with: path("lib")).replacing("/run/taffrail", with: path("run"))
            .replacing("/var/cache/taffrail", with: path("cache")).replacing("/etc/taffrail", with: path("etc"))
            .replacing("0.0.0.0:8080", with: "127.0.0.1:0")
    }

    /// Starts the controller as the pod does, and waits until it has closed what an earlier one left open.
    func launch() async throws -> BackgroundProgram {
        let words = try await pod("containers", ["args"])
        let controller = try BackgroundProgram(
            taffrail,
            words + flags,
            errors: path("notes")
        )
        try await eventually("the controller starts") {
            guard controller.isRunning else { throw NeverHappened(what: try notes) }
            return try notes.contains("started,")
        }
        #expect(try await scrape() == "403", "the controller's own account is no scraper")
        return controller
    }

    /// Asks for metrics with the token of the controller's own account.
    /// - Returns: the status of the answer.
    private func scrape() async throws -> String {
        try await bash(
            """
            url=$(sed -n 's/.*listening on //p' notes | tail -n 1)
            token=$(python3 -c 'import json; print(json.load(open("account.kubeconfig"))["users"][0]["user"]["token"])')
            curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$url/metrics"
            """
        )
    }

    /// Runs the chart's test pod's command.
    func doctor() async throws -> ProgramResult {
        let test = try await helm.objects(values, namespace: Self.home).all("Pod").first
        let words = try #require(test?["spec"]?["containers"]?[0]).words(["args"])
        return try await run(
            taffrail,
            words + flags,
            environment: ["XDG_CACHE_HOME": path("cache/doctor")]
        )
    }

    /// Kills the controller a moment after it has announced the write of an object that is to be made anew, in a record from so many on.
    func killOnIntent(to kind: String, from record: Int, _ controller: BackgroundProgram) async throws {
        let (path, log) = (log, AuditLog(directory: log))
        try await WorkerThread(name: "moment").run {
            let limit = ContinuousClock.now + .seconds(120)
            var next = record
            while true {
                guard .now < limit, controller.isRunning else {
                    throw NeverHappened(what: "an intent to make a \(kind)")
                }
                guard next < ControllerSite.size(of: path) else {
                    sched_yield()
                    continue
                }
                let record = try log.record(at: UInt64(next))
                next += 1
                guard record.kind == .intent else { continue }
                let changes = try log.list("changes", of: record)
                if changes.contains(where: { $0["kind"]?.stringValue == kind }) { break }
            }
            controller.end(SIGKILL)
        }
    }

    // MARK: - Rights

    /// What the chart's roles grant, as the cluster has them.
    func grants() async throws -> [AccountAccess] {
        let label = "app.kubernetes.io/instance=taffrail"
        let text = try await bash("kubectl get clusterroles,roles -A -l \(label) -o json")
        return (try JSONValue(parsing: text)["items"]?.arrayValue ?? []).flatMap(AccountAccess.granted)
    }

    /// The requests of the controller's account that were answered.
    func requests() throws -> [JSONValue] {
        try plane.answeredRequests().map { try JSONValue(parsing: String($0)) }.filter {
            $0["user"]?["username"]?.stringValue == Self.account
        }
    }
}

extension JSONValue {
    fileprivate func words(_ fields: [String]) -> [String] {
        fields.flatMap { self[$0]?.arrayValue ?? [] }.compactMap(\.stringValue)
    }
}
