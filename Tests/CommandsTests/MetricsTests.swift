// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

@testable import Commands

/// What the controller shows of itself while it works.
@Suite(.serialized) struct MetricsTests {
    @Test func `metrics and record agree, and Prometheus takes them`() async throws {
        try Parts.require("curl", Parts.has("curl"))
        let site = try await ControllerSite()
        try await site.push(
            """
            for n in one two; do printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: '$n'}\\ndata: {a: b}\\n' > $n.yaml; done
            printf 'a:\\n\\tb: c\\n' > broken.yaml
            """
        )
        let (controller, _) = try await site.launch("--listen", "127.0.0.1:0")
        defer { controller.end(SIGTERM) }
        let place = try await ControllerPlace(of: site)
        try await eventually("it is applied") {
            try await site.condition("environment", "e").reason == "PartiallyRefused"
        }
        try await site.patch("configmap", "one", #"{"data":{"a":"c"}}"#)
        try await eventually("the drift is healed") { try site.changes(in: .healed).count == 1 }

        // Between the two looks something may be written.
        try await eventually("what is shown is what is on record") {
            let scrape = try await place.scrape()
            let log = AuditLog(directory: site.log)
            let records = try log.records()
            for kind in RecordKind.allCases {
                let shown = scrape.values["taffrail_log_records_total{kind=\"\(kind.rawValue)\"}"]
                guard shown == Double(records.count { $0.kind == kind }) else { return false }
            }
            let (drifted, denied) = (try site.changes(in: .drift).count, try site.findings("syntax").count)
            return scrape.values["taffrail_log_entries"] == Double(records.count)
                && scrape.sum("taffrail_drift_found_total") == Double(drifted)
                && scrape.sum("taffrail_denied_total") == Double(denied)
        }
        let scrape = try await place.scrape()
        for (series, value) in [
            (#"taffrail_changes_total{operation="create",result="succeeded"}"#, 2),
            (#"taffrail_changes_total{operation="heal",result="succeeded"}"#, 1),
            (#"taffrail_changes_total{operation="prune",result="succeeded"}"#, 0),
            ("taffrail_drift_healed_total", 1), ("taffrail_log_unwritable", 0),
            (#"taffrail_live_objects{group="",kind="ConfigMap"}"#, 2),
            (#"taffrail_environments{ready="False",reason="PartiallyRefused"}"#, 1),
            (#"taffrail_config_repositories{ready="True",reason="Succeeded"}"#, 1),
            ("taffrail_environment_ready{namespace=\"\(site.namespace)\",name=\"e\"}", 0),
            ("taffrail_environment_objects{namespace=\"\(site.namespace)\",name=\"e\"}", 2),
            ("taffrail_build_info{version=\"\(Version.text)\"}", 1),
        ] as [(String, Double)] { #expect(scrape.values[series] == value, "\(series): \(scrape.values[series] ?? -1)") }
        for name in [
            "controller_runtime_reconcile_total", "workqueue_adds_total", "rest_client_requests_total",
            "taffrail_git_fetch_duration_seconds_count", "taffrail_watch_streams_total", "process_cpu_seconds_total",
        ] { #expect(scrape.sum(name) > 0, "\(name)") }
        #expect(
            scrape.sum("controller_runtime_reconcile_total") == scrape.sum("taffrail_reconcile_duration_seconds_count")
        )
        // No label holds the name of an object.
        #expect(!scrape.text.contains("\"one\"") && !scrape.text.contains("\"two\""))
        try await Promtool.check("metrics", input: scrape.text)
        try Self.compareWithDocumentation(scrape)

        try await site.call("delete", "environment", "e")
        try await eventually("what is gone is not shown any more") {
            try await place.scrape().sum("taffrail_environments") == 0
        }
        #expect(try await place.scrape().values.keys.allSatisfy { !$0.hasPrefix("taffrail_environment_ready") })
        controller.end(SIGTERM)
        #expect(try site.notes.contains("controller: ended"))
    }

    /// The page and what is shown name the same metrics, of the same kinds.
    private static func compareWithDocumentation(_ scrape: Scrape) throws {
        let page = try String(contentsOf: Parts.root.appending(path: "docs/operations.md"), encoding: .utf8)
        var documented: [String: String] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count > 2, ["counter", "gauge", "histogram"].contains(cells[1]) else { continue }
            documented[String(cells[0].dropFirst().prefix { $0 != "`" && $0 != "{" })] = cells[1]
        }
        #expect(documented == scrape.kinds)
    }

    @Test func `every flag of the controller is on the page for those who run it`() throws {
        let page = try String(contentsOf: Parts.root.appending(path: "docs/operations.md"), encoding: .utf8)
        let reference = try CommandReference.page()
        let section = try #require(reference.components(separatedBy: "\n## taffrail controller\n").last)
        let rows = section.prefix(upTo: section.range(of: "\n## ")?.lowerBound ?? section.endIndex)
            .split(separator: "\n").filter { $0.hasPrefix("| `-") }
        #expect(rows.count > 10)
        for row in rows {
            let flag = try #require(
                row.split(separator: "`").dropFirst().first?.split(separator: " ").last { $0.hasPrefix("--") }
            )
            #expect(page.contains("`\(flag)"), "\(flag)")
        }
    }

    @Test func `alerts are rules that Prometheus takes, about metrics that there are`() async throws {
        let file = Parts.root.appending(path: "docs/alerts.yaml")
        try await Promtool.check("rules", [file.path])
        let page = try String(contentsOf: Parts.root.appending(path: "docs/operations.md"), encoding: .utf8)
        let rules = try String(contentsOf: file, encoding: .utf8)
        let names = rules.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.filter { name in
            ["taffrail_", "workqueue_", "rest_client_", "controller_runtime_", "process_"].contains(
                where: name.hasPrefix
            )
        }
        #expect(names.count > 5)
        for name in names {
            let metric = ["_bucket", "_count", "_sum"].reduce(String(name)) {
                $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0
            }
            #expect(page.contains("| `\(metric)"), "\(name)")
        }
    }
}
