// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

/// A controller that is killed in the middle of whatever it does.
@Suite(.serialized) struct KillTests {
    /// The moments are told by the log itself: an intent after the start, and then a little more from round to round, so that kills also land
    /// between two writes of an intent. Rounds make and change objects, adopt some, and delete some; all change what a model is served with.
    @Test func `a controller that is killed leaves a log that verifies, and says after a restart what landed`()
        async throws
    {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        for round in 0..<9 {
            switch round % 3 {
            case 0: try await site.push(Self.making + Self.serving(round))
            case 1:
                try await adoptable(round, site)
                try await site.push(Self.adopting(round) + Self.serving(round))
            default: break
            }
            let launched = try await site.launch()
            let controller = launched.controller
            var records = launched.records
            if round % 3 == 2 {
                // What is to be deleted must be there, and nothing else to be done.
                try await isWhole(site, adopted: round / 3 + 1, image: round - 1)
                records = ControllerSite.size(of: site.log)
                try await site.push(Self.deleting + Self.serving(round))
            }
            let moment = Duration.milliseconds([50, 100, 60][round % 3] + round / 3 * 120)
            try await site.soonAfterIntent(beyond: records, of: controller, and: moment) { controller.end(SIGKILL) }
            let verified = try await site.verify()
            #expect(verified.status == 0, "round \(round): \(verified.errors)")
        }

        try await site.push(Self.making + Self.serving(9))
        let (controller, _) = try await site.launch()
        try await isWhole(site, adopted: 3, image: 9)
        controller.end(SIGTERM)
        let verified = try await site.verify()
        #expect(verified.status == 0 && !verified.output.contains("warning"), "\(verified.output)\(verified.errors)")
        let log = AuditLog(directory: site.log)
        try checkAgainstTheServersWord(log)
        let drift = try log.records().filter { $0.kind == .drift }.flatMap { try log.list("changes", of: $0) }
        #expect(drift.isEmpty, "what it did itself before it was killed is nobody's drift: \(drift.first ?? .null)")
        try await site.patch("modeldeployment", "scorer", #"{"metadata":{"finalizers":null}}"#)
    }

    /// Waits until the last commit is in the cluster.
    private func isWhole(_ site: ControllerSite, adopted: Int, image: Int) async throws {
        try await eventually("the Environment is ready and whole") {
            let names = ["configmaps", "-l", "taffrail.dev/environment", "-o", "name"]
            let count = try await site.get(names).split(separator: "\n").count
            let ready = try await site.condition("environment", "e").status
            return count == 150 + 20 * adopted && ready == "True"
        }
        try await eventually("the model is served as the last commit says") {
            let path = "jsonpath={.items[*].spec.template.spec.containers[0].image}"
            let images = try await site.get("deployments", "-l", "taffrail.dev/model-deployment=scorer", "-o", path)
            let ready = try await site.condition("modeldeployment", "scorer").status
            return images == "scorer:\(image)" && ready == "True"
        }
    }

    // MARK: - What is committed

    private static let making = """
        for i in $(seq 1 150); do
          printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c%s}\\ndata: {at: "%s"}\\n' $i $(date +%s%N) > c$i.yaml
        done

        """

    private static func serving(_ round: Int) -> String {
        """
        cat > scorer.yaml <<'YAML'
        apiVersion: taffrail.dev/v1alpha1
        kind: ModelDeployment
        metadata: {name: scorer}
        spec:
          owner: risk
          model: {uri: 'models:/scorer/1'}
          serving: {image: 'scorer:\(round)', ports: [{name: http, containerPort: 8080}]}
        YAML

        """
    }

    private static let deleting = "for i in $(seq 1 60); do rm c$i.yaml; done\n"

    private static func adopting(_ round: Int) -> String {
        """
        for i in $(seq 1 20); do
          printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a\(round)-%s}\\ndata: {ours: "1"}\\n' $i > a\(round)-$i.yaml
        done

        """
    }

    /// Objects that somebody made with kubectl, with a field that no manifest has.
    private func adoptable(_ round: Int, _ site: ControllerSite) async throws {
        let objects = (1...20).map {
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\(round)-\($0)}\ndata: {ours: '0', theirs: '1'}\n"
        }
        try await site.apply(objects.joined(separator: "---\n"))
    }

    // MARK: - What is on record

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
        var counts: [String: Int] = [:]
        for gap in gaps {
            let intent = Intent(
                log: "example.com/test",
                index: UInt64(try #require(gap.predicate["intentIndex"]?.intValue))
            )
            for change in try log.list("changes", of: gap) {
                let key = ObjectKey(
                    group: change["group"]?.stringValue ?? "",
                    kind: change["kind"]?.stringValue ?? "",
                    namespace: change["namespace"]?.stringValue,
                    name: change["name"]?.stringValue ?? ""
                )
                let landed = change["landed"]?.stringValue ?? ""
                counts["\(change["operation"]?.stringValue ?? "") \(landed)", default: 0] += 1
                let codes = (1...20).compactMap { answers[intent.auditID(of: key, attempt: $0)] }
                let message: Comment = "\(key) of intent \(intent.index): \(change), answered \(codes)"
                // Of a write that was under way when its client died, the server's log has a failure even if it was carried out.
                switch landed {
                case "landed": #expect(!codes.isEmpty, message)
                case "not-landed": #expect(!codes.contains { (200..<300).contains($0) }, message)
                default: #expect(landed == "unknown" && change["otherAuditIDs"] != nil, message)
                }
            }
        }
        print("after kills: \(gaps.count) intents closed, with writes:", counts.sorted { $0.key < $1.key })
        for operation in ["create", "update", "adopt", "prune"] {
            #expect(counts.keys.contains { $0.hasPrefix(operation) }, "no kill hit \(operation)")
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
}
