// SPDX-License-Identifier: Apache-2.0

import JSON
import Serving
import TaffrailAPI
import Testing

@Suite struct ServedModelTests {
    private func model(_ change: (inout JSONValue) -> Void = { _ in }) throws -> ServedModel {
        var manifest: JSONValue = [
            "apiVersion": "taffrail.dev/v1alpha1", "kind": "ModelDeployment",
            "metadata": ["name": "scorer", "namespace": "models", "uid": "u-1"],
            "spec": [
                "owner": "team", "model": ["uri": "models:/scorer/1", "version": "1"],
                "serving": [
                    "image": "registry/scorer:1", "replicas": 2, "ports": [["name": "http", "containerPort": 8080]],
                    "env": [["name": "LEVEL", "value": "info"]], "disruptionBudget": ["minAvailable": 1],
                ],
            ],
        ]
        change(&manifest)
        return try ServedModel(ModelDeployment.decode(manifest))
    }

    @Test func `workloads carry the revision in their name, the Service does not`() throws {
        let model = try model()
        #expect(model.revision.count == 8)
        #expect(model.workload["metadata"]?["name"] == .string("scorer-\(model.revision)"))
        #expect(model.service(for: model.revision)?["metadata"]?["name"] == "scorer")
        #expect(
            model.service(for: model.revision)?["spec"]?["selector"]?[ServedModel.revisionLabel]
                == .string(model.revision)
        )
        #expect(
            model.workload["spec"]?["selector"]?["matchLabels"]
                == model.service(for: model.revision)?["spec"]?["selector"]
        )
    }

    @Test func `the number of replicas is no new revision, the image is`() throws {
        let base = try model().revision
        #expect(try model { $0["spec"]?["serving"]?["replicas"] = 5 }.revision == base)
        #expect(try model { $0["spec"]?["serving"]?["image"] = "registry/scorer:2" }.revision != base)
        #expect(try model { $0["spec"]?["model"]?["version"] = "2" }.revision != base)
    }

    @Test func `pods are restricted unless the author says otherwise`() throws {
        let container = try model().workload["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["securityContext"]?["allowPrivilegeEscalation"] == false)
        #expect(container?["securityContext"]?["capabilities"]?["drop"] == ["ALL"])
        let own = try model { $0["spec"]?["serving"]?["securityContext"] = ["privileged": false] }
        #expect(
            own.workload["spec"]?["template"]?["spec"]?["containers"]?[0]?["securityContext"] == ["privileged": false]
        )
    }

    @Test func `children belong to their ModelDeployment`() throws {
        let model = try model()
        for child in [model.serviceAccount, model.workload, model.service(for: model.revision), model.disruptionBudget]
        {
            #expect(child?["metadata"]?["ownerReferences"]?[0]?["uid"] == "u-1")
            #expect(child?["metadata"]?["labels"]?[ServedModel.modelLabel] == "scorer")
        }
    }

    @Test func `one pod may go at a time, unless the author says otherwise`() throws {
        #expect(try model().disruptionBudget["spec"]?["minAvailable"] == 1)
        let unsaid = try model { $0["spec"]?["serving"]?["disruptionBudget"] = nil }.disruptionBudget
        #expect(
            unsaid["spec"] == [
                "selector": ["matchLabels": [ServedModel.modelLabel: "scorer"]], "maxUnavailable": 1,
            ]
        )
    }

    @Test func `the author's own variables win`() throws {
        let model = try model { $0["spec"]?["serving"]?["env"] = [["name": "MODEL_URI", "value": "mine"]] }
        let variables = model.workload["spec"]?["template"]?["spec"]?["containers"]?[0]?["env"]?.arrayValue ?? []
        #expect(variables.filter { $0["name"] == "MODEL_URI" } == [["name": "MODEL_URI", "value": "mine"]])
    }

    @Test func `without ports there is no Service`() throws {
        #expect(try model { $0["spec"]?["serving"]?["ports"] = nil }.service(for: "any") == nil)
    }
}
