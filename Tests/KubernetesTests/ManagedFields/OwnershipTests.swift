// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

/// What real API servers make of patches that move ownership, and of the applies after them.
@Suite struct OwnershipTests {
    private var soon: Deadline { .after(.seconds(60)) }

    private func managers(_ object: JSONValue) -> Set<String> { Set(ManagedFields(of: object).entries.map(\.manager)) }

    private func names(_ list: JSONValue?) -> [String] {
        (list?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    // MARK: - Takeover

    /// What pods are made from, as in a Deployment, but of a kind that no controller writes to meanwhile.
    private func template(_ metadata: JSONValue, grace: JSONValue? = nil, _ containers: JSONValue) -> JSONValue {
        var object: JSONValue = [
            "apiVersion": "v1", "kind": "PodTemplate", "metadata": metadata,
            "template": ["metadata": ["labels": ["app": "d"]], "spec": ["containers": containers]],
        ]
        object["template"]?["spec"]?["terminationGracePeriodSeconds"] = grace
        return object
    }

    private var before: JSONValue {
        template(
            [
                "name": "d", "labels": ["app": "d", "gone": "1"], "annotations": ["example.com/gone": "1"],
                "finalizers": ["example.com/gone", "example.com/kept"],
            ],
            grace: 2,
            [
                [
                    "name": "web", "image": "web:1", "args": ["gone"],
                    "env": [["name": "KEPT", "value": "1"], ["name": "GONE", "value": "1"]],
                    "ports": [
                        ["containerPort": 80, "protocol": "TCP"], ["containerPort": 90, "protocol": "TCP"],
                    ],
                ],
                ["name": "gone", "image": "gone:1"],
            ]
        )
    }

    private var after: JSONValue {
        template(
            ["name": "d", "labels": ["app": "d"], "finalizers": ["example.com/kept"]],
            [
                [
                    "name": "web", "image": "web:1", "env": [["name": "KEPT", "value": "1"]],
                    "ports": [["containerPort": 80, "protocol": "TCP"]],
                ]
            ]
        )
    }

    private func make(_ object: JSONValue, by way: String, on stage: OwnershipStage) async throws {
        switch way {
        case "kubectl create": try await stage.kubectl("create", object)
        case "kubectl apply": try await stage.kubectl("apply", object)
        case "another apply": try await stage.apply(object, as: "old")
        default:
            var object = object
            object["metadata"]?["namespace"] = .string(stage.namespace)
            _ = try await stage.client.create(object, fieldManager: "old", deadline: soon)
        }
    }

    @Test(arguments: ["kubectl create", "kubectl apply", "another apply", "another update"], [false, true])
    func `what was taken over and is not applied any more is gone`(way: String, hasAppliedBefore: Bool) async throws {
        let stage = try await OwnershipStage()
        try await make(before, by: way, on: stage)
        // The entry is made by the server when it has been written, so it is the only one now.
        let old = managers(try await stage.get(before))
        try #require(old.count == 1)
        // Others, whose fields must stay: one by update, one by apply.
        try await stage.merge(["template": ["spec": ["terminationGracePeriodSeconds": 5]]], into: before, as: "tuner")
        try await stage.apply(
            template(["name": "d"], [["name": "injected", "image": "injected:1"]]),
            as: "injector"
        )
        if hasAppliedBefore {
            let applied = try await stage.apply(after)
            #expect(applied["metadata"]?["labels"]?["gone"] == "1", "an apply alone removes nothing of others")
            #expect(old.isSubset(of: managers(applied)))
        }

        let read = try await stage.get(before)
        let taken = try await stage.takeOver(read, from: old)
        #expect(managers(taken) == ["us", "tuner", "injector"])
        #expect(taken["template"] == read["template"] && taken["metadata"]?["labels"] == read["metadata"]?["labels"])

        let result = try await stage.apply(after)
        #expect(managers(result) == ["us", "tuner", "injector"])
        #expect(result["metadata"]?["labels"] == ["app": "d"])
        #expect(result["metadata"]?["annotations"] == nil)
        #expect(result["metadata"]?["finalizers"] == ["example.com/kept"])
        let pod = try #require(result["template"]?["spec"])
        #expect(pod["terminationGracePeriodSeconds"] == 5)
        #expect(Set(names(pod["containers"])) == ["web", "injected"])
        let web = try #require(pod["containers"]?.arrayValue?.first { $0["name"] == "web" })
        #expect(names(web["env"]) == ["KEPT"] && web["args"] == nil)
        #expect(web["ports"]?.arrayValue?.map { $0["containerPort"] } == [80])
        // The same again changes nothing.
        #expect(try await stage.apply(after)["metadata"]?["resourceVersion"] == result["metadata"]?["resourceVersion"])
    }

    @Test func `a change between the reading and the patch is a conflict, and nothing is taken`() async throws {
        let stage = try await OwnershipStage()
        let map: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["a": "1", "b": "1"],
        ]
        try await stage.kubectl("create", map)
        let read = try await stage.get(map)
        let changed = try await stage.merge(["data": ["b": "2"]], into: map, as: "other")
        let error = await #expect(throws: KubernetesError.self) {
            try await stage.takeOver(read, from: ["kubectl-create"])
        }
        #expect(error?.code == .conflict && error?.isRetryable == false)
        #expect(try await stage.get(map) == changed)
        #expect(try await managers(stage.takeOver(changed, from: ["kubectl-create"])) == ["us", "other"])
    }

    @Test func `custom resources of a schema are taken over like any`() async throws {
        let stage = try await OwnershipStage()
        func model(_ serving: JSONValue) -> JSONValue {
            [
                "apiVersion": "taffrail.dev/v1alpha1", "kind": "ModelDeployment", "metadata": ["name": "m"],
                "spec": ["owner": "team", "model": ["uri": "models:/m/1", "version": "v1"], "serving": serving],
            ]
        }
        let probe: JSONValue = ["readiness": ["httpGet": ["path": "/ready", "port": "http"]]]
        try await stage.kubectl(
            "apply",
            model([
                "image": "m:1", "replicas": 2, "probes": probe,
                "env": [["name": "KEPT", "value": "1"], ["name": "GONE", "value": "1"]],
                "ports": [["name": "http", "containerPort": 8080], ["name": "gone", "containerPort": 9090]],
            ])
        )
        let less = model([
            "image": "m:1", "replicas": 2, "probes": probe, "env": [["name": "KEPT", "value": "1"]],
            "ports": [["name": "http", "containerPort": 8080]],
        ])
        let taken = try await stage.takeOver(try await stage.get(less), from: ["kubectl-client-side-apply"])
        let result = try await stage.apply(less)
        #expect(names(taken["spec"]?["serving"]?["env"]).count == 2)
        #expect(names(result["spec"]?["serving"]?["env"]) == ["KEPT"])
        #expect(names(result["spec"]?["serving"]?["ports"]) == ["http"])
        #expect(!managers(result).contains("kubectl-client-side-apply"))
    }

    /// Autoscalers are served in two versions, of which one has no `behavior`: only the server can tell what a field is in the other.
    @Test func `fields written at another version are gone as well`() async throws {
        let stage = try await OwnershipStage()
        let newer = GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler")
        let other = try await stage.client.resource(for: newer, deadline: soon) == nil ? "v2beta2" : "v2"
        func scaler(_ version: String, _ labels: JSONValue, _ spec: JSONValue) -> JSONValue {
            [
                "apiVersion": .string("autoscaling/" + version), "kind": "HorizontalPodAutoscaler",
                "metadata": ["name": "h", "labels": labels],
                "spec": spec.mergePatched(with: [
                    "maxReplicas": 9, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"],
                ]),
            ]
        }
        func behavior(_ seconds: JSONValue) -> JSONValue {
            ["behavior": ["scaleDown": ["stabilizationWindowSeconds": seconds]]]
        }
        let old = scaler(other, ["old": "1"], behavior(7))
        let ours = scaler("v1", ["ours": "1"], ["targetCPUUtilizationPercentage": 40])

        // Nothing of ours is there: the old entry becomes ours, at its version.
        try await stage.kubectl("create", old)
        #expect(try await takeOverAndApply(ours, from: "kubectl-create", on: stage) == 1)
        var live = try await stage.get(old)
        #expect(live["metadata"]?["labels"] == ["ours": "1"] && live["spec"]?["behavior"] == nil)
        #expect(ManagedFields(of: live).applied(by: "us")?.apiVersion == "autoscaling/v1")

        // Beside an entry of ours: that is set aside for one round. A label of ours goes from Git meanwhile.
        let edit = behavior(8)
        try await stage.merge(["metadata": ["labels": ["edited": "1"]], "spec": edit], into: old, as: "edit")
        let less = scaler("v1", ["kept": "1"], ["targetCPUUtilizationPercentage": 40])
        #expect(try await takeOverAndApply(less, from: "edit", on: stage) == 2)
        live = try await stage.get(old)
        #expect(live["metadata"]?["labels"] == ["kept": "1"] && live["spec"]?["behavior"] == nil)
        #expect(managers(live).subtracting(["kube-controller-manager"]) == ["us"])
    }

    /// Takes over and applies until nothing is left to take. A controller writes to the object meanwhile: then it is read again.
    ///
    /// - Returns: the number of takeovers.
    private func takeOverAndApply(_ object: JSONValue, from old: String, on stage: OwnershipStage) async throws -> Int {
        let version = try stage.type(object).apiVersion
        var rounds = 0
        for _ in 0..<20 {
            let live = try await stage.get(object)
            guard
                let patch = ManagedFields.takeover(
                    by: "us",
                    apiVersion: version,
                    object: live,
                    choose: { $0.manager == old }
                )
            else { break }
            do {
                try await stage.send(patch, for: object)
                rounds += 1
                try await stage.apply(object)
            } catch let error as KubernetesError where error.code == .conflict {}
        }
        return rounds
    }

    // MARK: - Release

    private func ours(_ live: JSONValue, at places: String...) throws -> FieldSet {
        let entry = try #require(ManagedFields(of: live).applied(by: "us"))
        return entry.fields.part(at: try places.map { try JSONPointer($0) }, of: live)
    }

    @Test func `what was released is left alone by later applies`() async throws {
        let stage = try await OwnershipStage()
        let applied = try await stage.apply(before)
        let containers = "/template/spec/containers"
        let fields = try ours(
            applied,
            at: "/template/spec/terminationGracePeriodSeconds",
            containers + "/0/env/1",
            containers + "/0/args",
            containers + "/1",
            "/metadata/labels/gone",
            "/metadata/finalizers/0"
        )
        let released = try await stage.send(
            ManagedFields.release(fields, by: "us", object: applied),
            for: applied
        )
        #expect(released["template"] == applied["template"])
        try await stage.merge(["template": ["spec": ["terminationGracePeriodSeconds": 7]]], into: before, as: "tuner")
        let result = try await stage.apply(after)
        #expect(result["metadata"]?["labels"] == ["app": "d", "gone": "1"])
        #expect(result["metadata"]?["finalizers"] == ["example.com/gone", "example.com/kept"])
        let pod = try #require(result["template"]?["spec"])
        #expect(pod["terminationGracePeriodSeconds"] == 7)
        #expect(names(pod["containers"]) == ["web", "gone"])
        let web = pod["containers"]?[0]
        #expect(names(web?["env"]) == ["KEPT", "GONE"] && web?["args"] == ["gone"])
        // What was not released went.
        #expect(web?["ports"]?.arrayValue?.count == 1)
        #expect(result["metadata"]?["annotations"]?["example.com/gone"] == nil)
    }

    @Test(arguments: [nil, "heir"])
    func `an heir keeps what was released when all around it goes`(heir: String?) async throws {
        let stage = try await OwnershipStage()
        func map(_ data: JSONValue?) -> JSONValue {
            var map: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"]]
            map["data"] = data
            return map
        }
        let live = try await stage.apply(map(["a": "1", "b": "1"]))
        let fields = try ours(live, at: "/data/a")
        try await stage.send(ManagedFields.release(fields, by: "us", to: heir, object: live), for: live)
        #expect(try await stage.apply(map(["b": "2"]))["data"] == ["a": "1", "b": "2"])
        let result = try await stage.apply(map(nil))
        #expect(ManagedFields(of: result).owners(of: fields, except: "us") == (heir.map { [$0] } ?? []))
        // Without one it depends on the server: 1.20 leaves the field, 1.36 removes it with the map.
        if heir != nil { #expect(result["data"] == ["a": "1"]) }
    }

    @Test func `all can be released`() async throws {
        let stage = try await OwnershipStage()
        let map: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["a": "1"]]
        let live = try await stage.apply(map)
        let released = try await stage.send(
            ManagedFields.release(try ours(live, at: ""), by: "us", object: live),
            for: live
        )
        #expect(ManagedFields(of: released).entries.isEmpty && released["data"] == ["a": "1"])
        // To the server, whatever nobody owned was there before the first apply.
        let applied = try await stage.apply([
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["b": "1"],
        ])
        #expect(applied["data"] == ["a": "1", "b": "1"] && managers(applied) == ["us", "before-first-apply"])
    }

    // MARK: - Questions

    @Test func `what somebody adds is told, and by whom`() async throws {
        let stage = try await OwnershipStage()
        try await stage.apply(after)
        var edited = try await stage.get(after)
        let side: JSONValue = ["name": "side", "image": "side:1"]
        edited["template"]?["spec"]?["containers"]?[JSONPointer(tokens: ["-"])] = side
        edited["template"]?["spec"]?["containers"]?[JSONPointer(tokens: ["0", "env", "-"])] = [
            "name": "NEW", "value": "1",
        ]
        try await stage.kubectl("replace", edited)
        try await stage.merge(["template": ["spec": ["terminationGracePeriodSeconds": 4]]], into: after, as: "tuner")

        let live = try await stage.get(after)
        let managed = ManagedFields(of: live)
        let entry = try #require(managed.applied(by: "us"))
        let added = managed.additions(beyond: entry, except: ["tuner"], within: ["template"])
        let containers = "/template/spec/containers"
        let pointers = added.pointers(in: live).map(\.description)
        #expect(pointers.contains(containers + "/0/env/1/value") && pointers.contains(containers + "/1/image"))
        #expect(pointers.allSatisfy { $0.hasPrefix(containers + "/1/") || $0.hasPrefix(containers + "/0/env/1/") })
        #expect(managed.owners(of: added, except: "us") == ["kubectl-replace"])
        let rest = added.removed(from: live)
        #expect(names(rest["template"]?["spec"]?["containers"]) == ["web"])
        #expect(names(rest["template"]?["spec"]?["containers"]?[0]?["env"]) == ["KEPT"])
    }

    @Test func `every entry of a server is read and written as it wrote it`() async throws {
        let stage = try await OwnershipStage()
        try await stage.kubectl("apply", before)
        try await stage.apply(after)
        var count = 0
        for (group, version, kind) in [
            ("", "v1", "Namespace"), ("", "v1", "Service"), ("", "v1", "ConfigMap"), ("", "v1", "PodTemplate"),
            ("rbac.authorization.k8s.io", "v1", "ClusterRole"),
            ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        ] {
            let type = GroupVersionKind(group: group, version: version, kind: kind)
            for object in try await stage.client.list(type, namespace: nil, deadline: soon) {
                for entry in object["metadata"]?["managedFields"]?.arrayValue ?? [] {
                    let written = try #require(entry["fieldsV1"])
                    let read = try #require(FieldSet(written), "\(written)")
                    #expect(read.json.serialized() == written.serialized())
                    count += 1
                }
            }
        }
        #expect(count > 20)
    }
}
