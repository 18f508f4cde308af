// SPDX-License-Identifier: Apache-2.0

package import JSON
internal import Keys
package import TaffrailAPI

/// The objects that serve a ModelDeployment.
///
/// Workloads are named `<name>-<revision>`, the Service `<name>`: so a new revision runs beside the old one, and traffic moves by the Service's selector
/// without a pod being restarted.
package struct ServedModel: Sendable {
    package static let modelLabel = "taffrail.dev/model-deployment"
    package static let revisionLabel = "taffrail.dev/model-revision"

    private let deployment: ModelDeployment
    /// The first eight digits of the SHA-256 of everything that a pod is made from; the number of replicas is not.
    package let revision: String

    package init(_ deployment: ModelDeployment) throws {
        self.deployment = deployment
        let template = Self.podSpec(deployment)
        revision = String(SHA256Digest.of(try template.canonicalized()).description.prefix(8))
    }

    package var name: String { deployment.metadata.name }

    package var serviceAccount: JSONValue {
        var object = self.object("v1", "ServiceAccount", name: name)
        object["automountServiceAccountToken"] = false
        if !deployment.spec.serving.imagePullSecrets.isEmpty {
            object["imagePullSecrets"] = .array(
                deployment.spec.serving.imagePullSecrets.map { ["name": .string($0.name)] }
            )
        }
        return object
    }

    package var workload: JSONValue {
        var object = self.object(
            "apps/v1",
            "Deployment",
            name: "\(name)-\(revision)",
            labels: [Self.revisionLabel: .string(revision)]
        )
        object["spec"] = [
            "replicas": .int(deployment.spec.serving.replicas),
            "progressDeadlineSeconds": .int(deployment.spec.serving.progressDeadlineSeconds),
            "selector": ["matchLabels": .object(selector)],
            "template": [
                "metadata": ["labels": .object(podLabels)],
                "spec": Self.podSpec(deployment),
            ],
        ]
        return object
    }

    /// Whether there are ports, and so something to send traffic to.
    package var hasService: Bool { !deployment.spec.serving.ports.isEmpty }

    /// Sends traffic to a revision. `nil` without ports.
    package func service(for revision: String) -> JSONValue? {
        guard hasService else { return nil }
        var object = self.object("v1", "Service", name: name)
        object["spec"] = [
            "selector": .object(selector(of: revision)),
            "ports": .array(
                deployment.spec.serving.ports.map { port in
                    [
                        "name": .string(port.name), "port": .int(port.servicePort), "targetPort": .string(port.name),
                        "protocol": .string(port.transport.rawValue),
                    ]
                }
            ),
        ]
        return object
    }

    /// Covers the pods of every revision: during a hand-over they serve the same model.
    package var disruptionBudget: JSONValue {
        let budget = deployment.spec.serving.disruptionBudget
        var object = self.object("policy/v1", "PodDisruptionBudget", name: name)
        var spec: JSONValue = ["selector": ["matchLabels": [Self.modelLabel: .string(name)]]]
        spec["minAvailable"] = budget.minAvailable
        spec["maxUnavailable"] = budget.maxUnavailable
        object["spec"] = spec
        return object
    }

    // MARK: - Parts

    private var selector: JSONObject { selector(of: revision) }

    private func selector(of revision: String) -> JSONObject {
        [Self.modelLabel: .string(name), Self.revisionLabel: .string(revision)]
    }

    private var podLabels: JSONObject {
        var labels = commonLabels
        for (key, value) in selector { labels[key] = value }
        return labels
    }

    private var commonLabels: JSONObject {
        [
            "app.kubernetes.io/name": .string(name), "app.kubernetes.io/component": "model-server",
            "app.kubernetes.io/managed-by": "taffrail", Self.modelLabel: .string(name),
        ]
    }

    private func object(_ apiVersion: String, _ kind: String, name: String, labels: JSONObject = [:]) -> JSONValue {
        var allLabels = commonLabels
        for (key, value) in labels { allLabels[key] = value }
        var metadata: JSONValue = ["name": .string(name), "labels": .object(allLabels)]
        metadata["namespace"] = deployment.metadata.namespace.map { .string($0) }
        if let uid = deployment.metadata.uid {
            metadata["ownerReferences"] = [
                [
                    "apiVersion": .string(ModelDeployment.apiVersion), "kind": .string(ModelDeployment.kind),
                    "name": .string(deployment.metadata.name), "uid": .string(uid), "controller": true,
                    "blockOwnerDeletion": true,
                ]
            ]
        }
        return ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
    }

    private static func podSpec(_ deployment: ModelDeployment) -> JSONValue {
        let serving = deployment.spec.serving
        var spec: JSONValue = [
            "serviceAccountName": .string(deployment.metadata.name),
            "automountServiceAccountToken": false,
            "securityContext": ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]],
            "containers": [container(deployment)],
        ]
        if !serving.imagePullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(serving.imagePullSecrets.map { ["name": .string($0.name)] })
        }
        if !serving.nodeSelector.isEmpty {
            spec["nodeSelector"] = .object(sorted(serving.nodeSelector) { .string($0) })
        }
        if !serving.tolerations.isEmpty { spec["tolerations"] = .array(serving.tolerations) }
        return spec
    }

    private static func container(_ deployment: ModelDeployment) -> JSONValue {
        let serving = deployment.spec.serving
        var container: JSONValue = ["name": "model", "image": .string(serving.image)]
        if !serving.command.isEmpty { container["command"] = .array(serving.command.map { .string($0) }) }
        if !serving.arguments.isEmpty { container["args"] = .array(serving.arguments.map { .string($0) }) }
        container["env"] = .array(variables(deployment))
        if !serving.ports.isEmpty {
            container["ports"] = .array(
                serving.ports.map { port in
                    [
                        "name": .string(port.name), "containerPort": .int(port.containerPort),
                        "protocol": .string(port.transport.rawValue),
                    ]
                }
            )
        }
        if let resources = serving.resources {
            var json: JSONValue = [:]
            if !resources.requests.isEmpty { json["requests"] = .object(sorted(resources.requests) { $0 }) }
            if !resources.limits.isEmpty { json["limits"] = .object(sorted(resources.limits) { $0 }) }
            container["resources"] = json
        }
        container["startupProbe"] = serving.probes?.startup?.json
        container["readinessProbe"] = serving.probes?.readiness?.json
        container["livenessProbe"] = serving.probes?.liveness?.json
        container["securityContext"] =
            serving.securityContext
            ?? ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]], "readOnlyRootFilesystem": true]
        return container
    }

    /// What every server of a model may want to know about it; the author's own variables come after, and win.
    private static func variables(_ deployment: ModelDeployment) -> [JSONValue] {
        let model = deployment.spec.model
        var variables: [JSONValue] = [["name": "MODEL_URI", "value": .string(model.uri)]]
        if let version = model.version { variables.append(["name": "MODEL_VERSION", "value": .string(version)]) }
        if let digest = model.digest { variables.append(["name": "MODEL_DIGEST", "value": .string(digest)]) }
        let own = deployment.spec.serving.environment.map { variable in
            var json: JSONValue = ["name": .string(variable.name)]
            json["value"] = variable.value.map { .string($0) }
            json["valueFrom"] = variable.valueFrom
            return json
        }
        let names = Set(deployment.spec.serving.environment.map(\.name))
        return variables.filter { !names.contains($0["name"]?.stringValue ?? "") } + own
    }

    private static func sorted<Value>(_ map: [String: Value], _ json: (Value) -> JSONValue) -> JSONObject {
        JSONObject(uniqueMembers: map.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) })
    }
}
