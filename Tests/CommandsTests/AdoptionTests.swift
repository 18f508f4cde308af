// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What becomes of objects that others made, and of fields that are left to them.
@Suite struct AdoptionTests {
    /// How each tool leaves its mark: the arguments of kubectl that write as it does.
    private static let tools: [(tool: String, arguments: [String])] = [
        ("kubectl apply", ["apply", "-f", "-"]),
        ("kubectl create", ["create", "-f", "-"]),
        ("kubectl apply --server-side", ["apply", "--server-side", "-f", "-"]),
        ("helm", ["apply", "--server-side", "--field-manager=helm", "-f", "-"]),
        ("Flux", ["apply", "--server-side", "--field-manager=kustomize-controller", "-f", "-"]),
        ("Argo CD", ["apply", "--server-side", "--field-manager=argocd-controller", "-f", "-"]),
    ]

    @Test(arguments: tools)
    func `what a former tool left and Git does not have goes with the adoption, and is shown before`(
        tool: String,
        arguments: [String]
    ) async throws {
        let site = try await ClusterSite()
        try check(await site.kubectl(arguments, input: Manifests.settings("kept: a, old: b", annotations: "former: x")))
        try await site.commit("settings.yaml", Manifests.settings("kept: c"))
        let diff = try await site.taffrail(["diff"] + site.delivery)
        #expect(diff.output.contains("@@ /data/old @@"), "\(tool): \(diff.output)\(diff.errors)")
        #expect(diff.output.contains("@@ /data/kept @@"), "\(tool): \(diff.output)\(diff.errors)")
        let applied = try await site.apply()
        #expect(applied.status == 0 && applied.output.contains("adopt"), "\(tool): \(applied.output)\(applied.errors)")
        #expect(try await site.live("configmap/settings", ".data") == #"{"kept":"c"}"#, "\(tool)")
        #expect(try await site.live("configmap/settings", ".metadata.annotations.former").isEmpty, "\(tool)")
        let managers = try await site.live("configmap/settings", ".metadata.managedFields[*].manager")
        #expect(managers == "taffrail", "\(tool): \(managers)")
        let adopted = try #require(try await site.records("adopted").first)
        #expect(adopted["predicate"]?["changes"]?[0]?["foreignManagers"] != nil, "\(tool): \(adopted)")
        #expect(try await site.plan().status == 0)
        #expect(try await site.verify().status == 0)
    }

    @Test func `what a former tool applied at another version of the API goes, too`() async throws {
        let site = try await ClusterSite()
        func scaler(_ version: String, _ spec: String) -> String {
            "apiVersion: autoscaling/\(version)\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
                + "spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}, \(spec)}\n"
        }
        let served = try await site.kubectl("api-versions").output.split(separator: "\n")
        let newer = served.contains("autoscaling/v2") ? "v2" : "v2beta2"
        for (manager, version, spec) in [
            ("helm", newer, "behavior: {scaleDown: {stabilizationWindowSeconds: 60}}"),
            ("argocd-controller", "v1", "minReplicas: 3"),
        ] {
            let arguments = ["apply", "--server-side", "--force-conflicts", "--field-manager=\(manager)", "-f", "-"]
            try check(await site.kubectl(arguments, input: scaler(version, spec)))
        }
        try await site.commit("web.yaml", scaler("v1", "targetCPUUtilizationPercentage: 50"))
        let applied = try await site.apply()
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        let hpa = "hpa.\(newer).autoscaling/web"
        #expect(try await !site.live(hpa, ".spec.behavior.scaleDown.stabilizationWindowSeconds").contains("60"))
        #expect(try await site.live(hpa, ".spec.minReplicas") != "3")
        #expect(try await site.live(hpa, ".metadata.managedFields[?(@.operation=='Apply')].manager") == "taffrail")
        let plan = try await site.plan()
        #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
    }

    /// What a workload looks like to people, without what changes by itself.
    private func state(_ site: ClusterSite, _ object: String) async throws -> JSONValue {
        var value = try JSONValue(parsing: await site.kubectl("get", object, "-o", "json").output)
        value["status"] = nil
        for field in ["managedFields", "resourceVersion", "generation"] { value["metadata"]?[field] = nil }
        for annotation in ["revision", "source-path", "audit-index"] {
            value["metadata"]?["annotations"]?["taffrail.dev/" + annotation] = nil
        }
        // A Deployment's controller counts the revisions of its template.
        value["metadata"]?["annotations"]?["deployment.kubernetes.io/revision"] = nil
        if value["metadata"]?["annotations"] == [:] { value["metadata"]?["annotations"] = nil }
        return value
    }

    @Test(arguments: [
        (
            "deployment/web",
            Manifests.web("replicas: 5").replacing(
                "image: web:1",
                with: "image: web:1\n        env: [{name: OLD, value: x}]"
            ),
            Manifests.web("replicas: 5")
        ),
        ("deployment/web", Manifests.web("replicas: 5\n  minReadySeconds: 7"), Manifests.web("paused: true")),
        (
            "service/web",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web, old: x}, type: NodePort, ports: [{port: 80, name: http}, {port: 81, name: old}]}\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, name: http}]}\n"
        ),
    ])
    func `an adoption does what its plan shows, and no more`(object: String, before: String, after: String) async throws
    {
        let site = try await ClusterSite()
        try check(await site.kubectl(["apply", "-f", "-"], input: before))
        try await site.commit("web.yaml", after)
        let old = try await state(site, object)
        let plan = try await JSONValue(parsing: site.bare("plan", "-o", "json").output)
        let shown = Set((plan["changes"]?[0]?["fields"]?.arrayValue ?? []).compactMap { $0["path"]?.stringValue })
        try check(await site.apply())
        let new = try await state(site, object)
        // Of a list that grew or shrank, the plan names the items.
        func isNear(_ left: String, _ right: String) -> Bool { left.hasPrefix(right) || right.hasPrefix(left) }
        let found = Self.differences(old, new)
        let hidden = found.filter { path in !shown.contains { isNear($0, path) } }
        #expect(hidden.isEmpty, "\(object): not shown: \(hidden)")
        let wrong = shown.filter { path in !found.contains { isNear($0, path) } }
        #expect(wrong.isEmpty, "\(object): shown, and not so: \(wrong)")
        #expect(try await site.plan().status == 0)
    }

    /// The paths of leaves that differ.
    private static func differences(_ left: JSONValue?, _ right: JSONValue?, at path: String = "") -> [String] {
        guard left != right else { return [] }
        switch (left, right) {
        case (.object(let left)?, .object(let right)?):
            return Set(left.keys + right.keys).flatMap { key in
                differences(
                    left[key],
                    right[key],
                    at: path + "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
                )
            }
        case (.array(let left)?, .array(let right)?) where left.count == right.count:
            return left.indices.flatMap { differences(left[$0], right[$0], at: path + "/\($0)") }
        default: return [path]
        }
    }

    @Test func `fields that are left to others survive an adoption, also where a list has other items in front`()
        async throws
    {
        let site = try await ClusterSite()
        func manifest(_ replicas: String, _ containers: String, _ annotations: String = "") -> String {
            Manifests.web(replicas, annotations: annotations).components(separatedBy: "      containers:")[0]
                + "      containers: [\(containers)]\n"
        }
        let theirs =
            "{name: mesh, image: 'mesh:1'}, {name: web, image: 'web:1'}, {name: side, image: 'side:1', env: [{name: A, value: theirs}]}"
        try check(await site.kubectl(["apply", "-f", "-"], input: manifest("replicas: 5", theirs)))
        let rule = "taffrail.dev/ignore: '/spec/replicas, /spec/template/spec/containers/1/env'"
        let ours = "{name: web, image: 'web:2'}, {name: side, image: 'side:1'}"
        try await site.commit("web.yaml", manifest("paused: true", ours, rule))
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".spec.replicas") == "5")
        let env = ".spec.template.spec.containers[?(@.name=='side')].env[*].value"
        #expect(try await site.live("deployment/web", env) == "theirs")
        #expect(
            try await site.live("deployment/web", ".spec.template.spec.containers[*].name").contains("mesh") == false
        )
        let plan = try await site.plan()
        #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
    }

    @Test func `finalizers and owners are never taken over, and every write is on record`() async throws {
        let site = try await ClusterSite()
        try check(
            await site.kubectl(
                ["apply", "-f", "-"],
                input: Manifests.settings("owner: x").replacing("settings", with: "owner")
            )
        )
        let uid = try await site.live("configmap/owner", ".metadata.uid")
        let manifest = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: settings
              finalizers: [example.com/held]
              ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: \(uid)}]
            data: {old: a}
            """
        try check(
            await site.kubectl(
                ["apply", "--server-side", "--field-manager=kustomize-controller", "-f", "-"],
                input: manifest
            )
        )
        try await site.commit("settings.yaml", Manifests.settings("new: b"))
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".metadata.finalizers[0]") == "example.com/held")
        #expect(try await site.live("configmap/settings", ".metadata.ownerReferences[0].name") == "owner")
        #expect(try await site.live("configmap/settings", ".data") == #"{"new":"b"}"#)
        let outcome = try #require(try await site.records("outcome").last)["predicate"]?["changes"]?[0]
        #expect(outcome?["ownership"] == ["takeover"])
        let ids = ([outcome?["auditID"]] + (outcome?["otherAuditIDs"]?.arrayValue ?? [])).compactMap { $0?.stringValue }
        let place = "/namespaces/\(site.namespace)/configmaps/settings"
        let events = try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(place) && $0.contains("fieldManager=taffrail") && !$0.contains("dryRun") }
        let written = Set(try events.compactMap { try JSONValue(parsing: String($0))["auditID"]?.stringValue })
        #expect(Set(ids) == written && ids.count >= 2, "\(ids) \(written)")
        try check(
            await site.kubectl(
                "patch",
                "configmap",
                "settings",
                "--type=merge",
                "-p",
                #"{"metadata":{"finalizers":null}}"#
            )
        )
    }

    @Test func `with merge, what others own stays`() async throws {
        let site = try await ClusterSite()
        try check(await site.kubectl(["apply", "-f", "-"], input: Manifests.settings("kept: a, old: b")))
        try await site.commit("settings.yaml", Manifests.settings("kept: c", annotations: "taffrail.dev/apply: merge"))
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data") == #"{"kept":"c","old":"b"}"#)
        #expect(try await site.plan().status == 0)
    }

    @Test func `with ifNotPresent, what is there stays as it is, and what is missing is made`() async throws {
        let site = try await ClusterSite()
        let rule = "taffrail.dev/apply: ifNotPresent"
        try check(await site.kubectl(["create", "-f", "-"], input: Manifests.settings("a: theirs")))
        try site.write("settings.yaml", Manifests.settings("a: ours", annotations: rule))
        try await site.commit(
            "other.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, annotations: {\(rule)}}\ndata: {a: ours}\n"
        )
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data.a") == "theirs")
        #expect(try await site.live("configmap/other", ".data.a") == "ours")
        try check(await site.kubectl("patch", "configmap", "other", "--type=merge", "-p", #"{"data":{"a":"edited"}}"#))
        #expect(try await site.plan().status == 0)
        // What was never ours is not deleted either.
        try await site.git("rm", "-q", "app/settings.yaml", "app/other.yaml")
        try await site.commit("third.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: third}\n")
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data.a") == "theirs")
        #expect(try await site.kubectl("get", "configmap", "other").status != 0)
    }

    @Test(arguments: ["taffrail.dev/apply: ignore", "taffrail.dev/reconcile: disabled"])
    func `what is to be left alone is neither applied nor deleted`(rule: String) async throws {
        let site = try await ClusterSite()
        try await site.commit("settings.yaml", Manifests.settings("a: b"))
        try check(await site.apply())
        try await site.commit("settings.yaml", Manifests.settings("a: c", annotations: rule))
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data.a") == "b")
        #expect(try await site.live("configmap/settings", ".metadata.uid").isEmpty == false)
        // What Git says of its deletion holds, too, although nothing was written since.
        try await site.commit(
            "settings.yaml",
            Manifests.settings("a: c", annotations: rule + ", taffrail.dev/prune: disabled")
        )
        try check(await site.apply())
        let written = try await site.changes(in: "outcome")
        #expect(written == ["create settings succeeded", "none settings succeeded"])
        try check(await site.apply())
        #expect(try await site.changes(in: "outcome") == written, "it is noted once")
        try await site.git("rm", "-q", "app/settings.yaml")
        try await site.commit("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data.a") == "b")
        #expect(try await site.verify().status == 0)
    }

    @Test func `fields that are left to others keep what others say, and what we said before`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", Manifests.web("replicas: 0"))
        try check(await site.apply())
        // Git lets go of the field: it must not fall back to the server's default.
        let rule = "taffrail.dev/ignore: /spec/replicas"
        try await site.commit("web.yaml", Manifests.web("paused: true", annotations: rule))
        let diff = try await site.taffrail(["diff"] + site.delivery + site.log)
        #expect(!diff.output.contains("@@ /spec/replicas"), "\(diff.output)")
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".spec.replicas") == "0")
        try check(await site.kubectl("scale", "deployment", "web", "--replicas=2"))
        #expect(try await site.plan().status == 0)
        // Also while it still stands in the manifest.
        try await site.commit("web.yaml", Manifests.web("replicas: 7", annotations: rule))
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".spec.replicas") == "2")
    }

    @Test func `a list that is left to others is not shown to go`() async throws {
        let site = try await ClusterSite()
        let variables = "image: web:1\n        env: [{name: A, value: x}]"
        try await site.commit("web.yaml", Manifests.web("replicas: 0").replacing("image: web:1", with: variables))
        try check(await site.apply())
        let rule = "taffrail.dev/ignore: /spec/template/spec/containers/0/env"
        try await site.commit("web.yaml", Manifests.web("replicas: 0", annotations: rule))
        let diff = try await site.taffrail(["diff"] + site.delivery + site.log)
        #expect(!diff.output.contains("@@ /spec"), "\(diff.output)")
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".spec.template.spec.containers[0].env[0].value") == "x")
        #expect(try await site.plan().status == 0)
    }

    @Test func `an object that a controller has made is not ours to take`() async throws {
        let site = try await ClusterSite()
        try check(await site.kubectl(["create", "-f", "-"], input: Manifests.web("replicas: 1")))
        var name = ""
        try await eventually("the ReplicaSet is there") {
            name = try await site.kubectl("get", "replicasets", "-o", "jsonpath={.items[*].metadata.name}").output
            return !name.isEmpty
        }
        let manifest = """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: {name: \(name)}
            spec:
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "other:1"}]}}
            """
        try await site.commit("web.yaml", manifest)
        let applied = try await site.apply()
        #expect(applied.status == 3 && applied.output.contains("Deployment/web"), "\(applied.output)\(applied.errors)")
    }
}
