// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import TestSupport

/// Objects of many built-in kinds, with values that a server writes differently, and with one field each that somebody else may change.
struct GeneratedObjects {
    struct Change {
        let field: JSONPointer
        let value: JSONValue
    }

    struct Item: Sendable {
        let type: GroupVersionKind
        let key: ObjectKey
        let text: String
        let changed: Change
    }

    let all: [Item]
    /// How many kinds take turns.
    var kinds: Int { Self.kinds.count }

    init(namespace: String, seed: UInt64, count: Int = 200) {
        var random = SeededGenerator(seed: seed)
        all = (0..<count).map { number in
            let kind = Self.kinds[number % Self.kinds.count]
            let name = "g\(number)"
            let type = GroupVersionKind(apiVersion: kind.apiVersion, kind: kind.kind)
            let body = kind.body(&random)
            return Item(
                type: type ?? GroupVersionKind(group: "", version: "v1", kind: kind.kind),
                key: ObjectKey(group: type?.group ?? "", kind: kind.kind, namespace: namespace, name: name),
                text:
                    "apiVersion: \(kind.apiVersion)\nkind: \(kind.kind)\nmetadata: {name: \(name), annotations: {example.com/n: '\(number)'}}\n\(body)",
                changed: Change(field: JSONPointer(tokens: kind.field), value: kind.value)
            )
        }
    }

    private struct Kind: Sendable {
        let apiVersion: String
        let kind: String
        let field: [String]
        let value: JSONValue
        let body: @Sendable (inout SeededGenerator) -> String
    }

    private static let kinds: [Kind] = [
        Kind(apiVersion: "v1", kind: "ConfigMap", field: ["data", "level"], value: "theirs") { random in
            "data: {level: \(random.pick(from: ["info", "debug"])), n: '\(Int.random(in: 0...9, using: &random))'}"
        },
        Kind(apiVersion: "v1", kind: "Secret", field: ["data", "token"], value: "dGhlaXJz") { random in
            random.pick(from: [
                "data: {token: b3Vycw==}", "stringData: {token: ours}", "data: {token: b3Vycw==}\ntype: Opaque",
            ])
        },
        Kind(
            apiVersion: "v1",
            kind: "ServiceAccount",
            field: ["automountServiceAccountToken"],
            value: false
        ) { _ in "automountServiceAccountToken: true" },
        Kind(apiVersion: "v1", kind: "Service", field: ["spec", "selector", "app"], value: "theirs") { random in
            "spec: {selector: {app: ours}, ports: [{port: \(Int.random(in: 1...9_999, using: &random))\(random.pick(from: ["", ", protocol: TCP"]))}]}"
        },
        Kind(apiVersion: "apps/v1", kind: "Deployment", field: ["spec", "minReadySeconds"], value: 99) { random in
            "spec: {replicas: 0, minReadySeconds: 5, \(template(&random))}"
        },
        Kind(apiVersion: "apps/v1", kind: "DaemonSet", field: ["spec", "minReadySeconds"], value: 99) { random in
            "spec: {minReadySeconds: 5, \(template(&random))}"
        },
        Kind(
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            field: ["spec", "template", "spec", "terminationGracePeriodSeconds"],
            value: 99
        ) { random in "spec: {replicas: 0, serviceName: none, \(template(&random))}" },
        Kind(apiVersion: "networking.k8s.io/v1", kind: "Ingress", field: ["spec", "ingressClassName"], value: "theirs")
        { _ in
            "spec: {ingressClassName: ours, defaultBackend: {service: {name: x, port: {number: 80}}}}"
        },
        Kind(
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            field: ["spec", "podSelector", "matchLabels", "app"],
            value: "theirs"
        ) { random in
            "spec: {podSelector: {matchLabels: {app: ours}}, policyTypes: [Ingress], ingress: [{ports: [{port: \(Int.random(in: 1...99, using: &random))\(random.pick(from: ["", ", protocol: TCP"]))}]}]}"
        },
        Kind(apiVersion: "v1", kind: "ResourceQuota", field: ["spec", "hard", "pods"], value: "99") { random in
            "spec: {hard: {pods: '10', requests.cpu: \(random.pick(from: ["1000m", "'1'", "'1.5'", "'0.1'"])), requests.memory: \(random.pick(from: ["1Gi", "1024Mi", "'1e9'"]))}}"
        },
        Kind(apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", field: ["spec", "maxReplicas"], value: 99) {
            _ in
            "spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nobody}}"
        },
        Kind(apiVersion: "coordination.k8s.io/v1", kind: "Lease", field: ["spec", "leaseDurationSeconds"], value: 99) {
            _ in
            "spec: {leaseDurationSeconds: 15, holderIdentity: ours}"
        },
    ]

    private static func template(_ random: inout SeededGenerator) -> String {
        let cpu = random.pick(from: ["1000m", "'1'", "'0.5'", "100m"])
        let memory = random.pick(from: ["64Mi", "0.5Gi", "1024Ki", "'1000000'"])
        let port = random.pick(from: ["", ", protocol: TCP"])
        return """
            selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {terminationGracePeriodSeconds: 31, containers: [{name: c, \
            image: "x:1", ports: [{containerPort: 80\(port)}], resources: {requests: {cpu: \(cpu), memory: \(memory)}}}]}}
            """
    }
}
