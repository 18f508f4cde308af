// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

/// What a plan says of objects that are there already.
@Suite struct PlanningTests {
    private static let settings =
        "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: settings}\\ndata: {threshold: \"0.8\"}\\n' > app/a.yaml"

    @Test func `what is as Git says is no change, also where no log tells that it was applied`() async throws {
        let site = try await ClusterSite()
        try await site.change(Self.settings)
        #expect(try await site.apply().status == 0)
        let plan = try await site.bare("plan", "--detailed-exitcode")
        #expect(plan.status == 0 && plan.output == "no changes, 1 unchanged\n", "\(plan.output)\(plan.errors)")
        #expect(plan.errors.contains("not checked: prunes, since no --log"), "\(plan.errors)")
        let diff = try await site.bare("diff")
        #expect(diff.status == 0 && diff.output == "\n", "\(diff.output)\(diff.errors)")
        let json = try await JSONValue(parsing: site.bare("plan", "-o", "json").output)
        #expect(json["notChecked"]?[0]?.stringValue?.contains("prunes") == true, "\(json)")
    }

    @Test func `what was refused is counted whole, and an environment is found by its name`() async throws {
        let site = try await ClusterSite()
        try await site.change("for i in 1 2 3 4 5 6 7 8 9; do echo 'kind: [' > app/$i.yaml; done")
        #expect(try await site.apply().status == 3)
        for name in ["workstation", "\(site.namespace)/workstation"] {
            let log = try await site.taffrail("audit", "log", site.path("log"), "--environment", name)
            #expect(log.output.contains("refused app/2.yaml: syntax; and 7 more refused"), "\(log.output)\(log.errors)")
        }
        let none = try await site.taffrail("audit", "log", site.path("log"), "--environment", "x/workstation")
        #expect(!none.output.contains("refused"), "\(none.output)")
    }

    @Test func `where no namespace is named it is said how to`() async throws {
        let site = try await ClusterSite()
        try await site.change(Self.settings)
        let plan = try await site.taffrail("plan", "--repo", site.path("repo"), "--path", "app")
        #expect(plan.status == 3 && plan.output.contains("name one with -n"), "\(plan.output)\(plan.errors)")
        #expect(plan.output.contains("[missing-namespace]"), "\(plan.output)")
    }

    @Test func `a write that changes no field says why it is one`() async throws {
        let site = try await ClusterSite()
        try await site.change(Self.settings)
        #expect(try await site.apply().status == 0)
        // Somebody sets another value and puts ours back: the value is right, and the field is theirs.
        for value in ["0.1", "0.8"] {
            let patch = "{\"data\":{\"threshold\":\"\(value)\"}}"
            #expect(try await site.kubectl("patch", "configmap", "settings", "--type=merge", "-p", patch).status == 0)
        }
        let plan = try await site.bare("plan")
        #expect(plan.output.contains("0 (ownership)"), "\(plan.output)\(plan.errors)")
        let diff = try await site.bare("diff")
        #expect(diff.status == 1 && diff.output.contains("# no field differs; whose fields"), "\(diff.output)")
        let taken = try await site.apply()
        #expect(taken.status == 0 && taken.output.contains("heal"), "\(taken.output)\(taken.errors)")

        // A log that was begun anew, and does not know the object, writes it once.
        let other = site.path("other")
        _ = try await site.taffrail("keys", "generate", "--name", "example.com/test", "--out", other + ".key")
        try await site.change("mkdir none && touch none/x")
        let begun = try await site.taffrail(
            "apply",
            "--repo",
            site.path("repo"),
            "--path",
            "none",
            "-n",
            site.namespace,
            "--log",
            other,
            "--key",
            other + ".key",
            "--begin-log"
        )
        #expect(begun.status == 0, "\(begun.output)\(begun.errors)")
        let known = try await site.bare("plan", "--log", other, "-o", "json")
        let json = try JSONValue(parsing: known.output)
        #expect(json["changes"]?[0]?["silentReason"] == "record", "\(known.output)\(known.errors)")
    }
}
