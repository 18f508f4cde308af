// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

@Suite(.serialized) struct ControllerTests {
    /// The moments are told by the log itself: a record after the start, and then a little more from round to round, so that kills also land
    /// between two writes of an intent.
    @Test func `a controller that is killed leaves a log that verifies, and says after a restart what landed`()
        async throws
    {
        let site = try await ControllerSite()
        for round in 0..<8 {
            try site.push(
                """
                for i in $(seq 1 150); do
                  printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c%s}\\ndata: {round: "\(round)"}\\n' $i > c$i.yaml
                done
                """
            )
            let (controller, records) = try await site.launch()
            try await kill(controller, of: site, after: records + 1, and: .milliseconds(round * 40))
            let verified = try site.verify()
            #expect(verified.status == 0, "round \(round): \(verified.errors)")
        }

        let (controller, _) = try await site.launch()
        try await eventually("the Environment is ready and whole") {
            try site.get("configmaps", "-l", Self.label, "-o", "name").split(separator: "\n").count == 150
                && site.get("environment", "e", "-o", Self.readiness) == "True"
        }
        controller.end(SIGTERM)
        let verified = try site.verify()
        #expect(verified.status == 0 && !verified.output.contains("warning"), "\(verified.output)\(verified.errors)")
        try checkAgainstTheServersWord(AuditLog(directory: site.log))
    }

    @Test func `a workload that does not become healthy keeps its Environment unready`() async throws {
        let site = try await ControllerSite()
        let manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: stuck}
            spec:
              selector: {matchLabels: {app: stuck}}
              template:
                metadata: {labels: {app: stuck}, annotations: {taffrail.dev/test-never-ready: "true"}}
                spec: {containers: [{name: stuck, image: "stuck:1"}]}
            """
        try site.push("cat > stuck.yaml <<'YAML'\n\(manifest)\nYAML")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let reason = "jsonpath={.status.conditions[?(@.type=='Ready')].reason}"
        try await eventually("the health check fails") {
            try site.get("environment", "e", "-o", reason) == "HealthCheckFailed"
        }
        // Another look, which finds nothing to write, must not forget it.
        for token in ["first", "second"] {
            let request = "taffrail.dev/requestedAt=\(token)"
            _ = try kubectl(
                site.kubeconfig,
                "-n",
                site.namespace,
                "annotate",
                "--overwrite",
                "environment",
                "e",
                request
            )
            try await eventually("the request is handled") {
                try site.get("environment", "e", "-o", "jsonpath={.status.lastHandledReconcileAt}") == token
            }
            #expect(try site.get("environment", "e", "-o", reason) == "HealthCheckFailed")
        }
    }

    @Test func `a label lends nobody another team's account`() async throws {
        let site = try await ControllerSite()
        try site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: ours}\\n' > ours.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let label = #"jsonpath={.metadata.labels.taffrail\.dev/environment}"#
        try await eventually("the Environment applies") {
            try !site.get("configmap", "ours", "-o", label).isEmpty
        }
        let environment = try site.get("configmap", "ours", "-o", label)
        try site.apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: ModelDeployment
            metadata: {name: stranger, labels: {taffrail.dev/environment: "\(environment)"}}
            spec: {owner: nobody, model: {uri: "models:/x/1"}, serving: {image: "x:1"}}
            """
        )
        try await eventually("the ModelDeployment is refused") {
            try site.get("modeldeployment", "stranger", "-o", "jsonpath={.status.conditions[*].message}")
                .contains("system:serviceaccount:\(site.namespace):default")
        }
        #expect(try site.get("deployments", "-o", "name").isEmpty)
        _ = try kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "patch",
            "modeldeployment",
            "stranger",
            "--type=merge",
            "-p",
            #"{"metadata":{"finalizers":null}}"#
        )
    }

    /// Whether every intent was closed, and whether what is on record as landed is what the API server's own audit log has under the ids
    /// that are derived from the intents.
    private func checkAgainstTheServersWord(_ log: AuditLog) throws {
        let answers = try serverAnswers()
        let records = try log.records()
        let closing = records.filter { $0.kind == .outcome || $0.kind == .gap }
        let intents = records.filter { $0.kind == .intent }.map { Int64($0.index) }
        #expect(closing.compactMap { $0.predicate["intentIndex"]?.intValue }.sorted() == intents)
        let gaps = closing.filter { $0.kind == .gap }
        #expect(!gaps.isEmpty, "no kill hit an open intent")
        let words = try gaps.flatMap { try log.list("changes", of: $0) }.compactMap { $0["landed"]?.stringValue }
        print(
            "after kills: \(gaps.count) intents closed, \(words.count { $0 == "landed" }) of \(words.count) writes had landed"
        )
        for gap in gaps {
            let intent = UInt64(try #require(gap.predicate["intentIndex"]?.intValue))
            for change in try log.list("changes", of: gap) {
                let key = ObjectKey(
                    group: change["group"]?.stringValue ?? "",
                    kind: change["kind"]?.stringValue ?? "",
                    namespace: change["namespace"]?.stringValue,
                    name: change["name"]?.stringValue ?? ""
                )
                let code = answers[Recorder.auditID(intent: intent, key: key, attempt: 1)]
                let message: Comment =
                    "\(key) of intent \(intent): \(change), answered \(code.map(String.init) ?? "never")"
                // Of a write that was under way when its client died, the server's log has a failure even if it was carried out.
                switch change["landed"] {
                case "landed": #expect(code != nil, message)
                case "not-landed": #expect(!(200..<300).contains(code ?? 0), message)
                default: Issue.record(message)
                }
            }
        }
    }

    /// What the API server answered to each write, by the id that its client gave it.
    private func serverAnswers() throws -> [String: Int64] {
        let text = try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8)
        var answers: [String: Int64] = [:]
        for line in text.split(separator: "\n") {
            let event = try JSONValue(parsing: String(line))
            guard let id = event["auditID"]?.stringValue else { continue }
            answers[id] = event["responseStatus"]?["code"]?.intValue ?? 0
        }
        return answers
    }

    /// Kills it a moment after the log has so many records; on a thread of its own, since the other suites keep those of tasks busy.
    private func kill(
        _ controller: BackgroundProgram,
        of site: ControllerSite,
        after records: Int,
        and moment: Duration
    ) async throws {
        let log = site.log
        try await WorkerThread(name: "killer").run {
            let limit = ContinuousClock.now + .seconds(60)
            while ControllerSite.size(of: log) < records {
                guard .now < limit, controller.isRunning else { throw NeverHappened(what: "record \(records)") }
                sched_yield()
            }
            let end = ContinuousClock.now + moment
            while .now < end { sched_yield() }
            controller.end(SIGKILL)
        }
    }

    private static let label = "taffrail.dev/environment"
    private static let readiness = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
}
