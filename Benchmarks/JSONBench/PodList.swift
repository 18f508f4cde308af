// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// A list of Pods as an API server returns it: the same bytes on every run.
struct PodList {
    private var random = SplitMix64(state: 20_260_101)

    /// A compact list of at least this many bytes.
    static func text(bytes: Int) -> [UInt8] {
        var list = PodList()
        var items: [JSONValue] = []
        var size = 0
        while size < bytes {
            let pod = list.pod(number: items.count)
            size += pod.serialized().count + 1
            items.append(pod)
        }
        let document: JSONValue = [
            "kind": "PodList", "apiVersion": "v1", "metadata": ["resourceVersion": "8731920"], "items": .array(items),
        ]
        return document.serialized()
    }

    private mutating func pod(number: Int) -> JSONValue {
        let app = "service-\(number % 97)"
        let name = "\(app)-\(hex(10))-\(hex(5))"
        let image = "registry.example.com/team-\(number % 13)/\(app)"
        return [
            "metadata": [
                "name": .string(name), "generateName": "\(app)-", "namespace": "team-\(number % 13)",
                "uid": .string(uid()), "resourceVersion": "\(8_000_000 + number)",
                "creationTimestamp": "2026-01-01T08:15:30Z",
                "labels": [
                    "app.kubernetes.io/name": .string(app), "app.kubernetes.io/part-of": "shop",
                    "pod-template-hash": .string(hex(10)),
                ],
                "annotations": [
                    "checksum/config": .string(hex(64)),
                    "example.com/notes": "line one\nsays \"hello\" — für alle",
                ],
                "ownerReferences": [
                    [
                        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "\(app)-\(hex(10))",
                        "uid": .string(uid()), "controller": true, "blockOwnerDeletion": true,
                    ]
                ],
                "managedFields": [managedFields("kube-controller-manager"), managedFields("kubelet")],
            ],
            "spec": spec(app: app, image: image),
            "status": status(image: image, number: number),
        ]
    }

    private func managedFields(_ manager: String) -> JSONValue {
        let fields: JSONValue = [
            "f:metadata": ["f:labels": [".": [:], "f:app.kubernetes.io/name": [:], "f:pod-template-hash": [:]]],
            "f:spec": [
                "f:containers": [
                    #"k:{"name":"app"}"#: [
                        ".": [:], "f:image": [:], "f:imagePullPolicy": [:], "f:name": [:],
                        "f:resources": [".": [:], "f:limits": [".": [:], "f:memory": [:]]],
                        "f:terminationMessagePath": [:], "f:terminationMessagePolicy": [:],
                    ]
                ],
                "f:dnsPolicy": [:], "f:restartPolicy": [:], "f:schedulerName": [:], "f:securityContext": [:],
            ],
        ]
        return [
            "manager": .string(manager), "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T08:15:30Z",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        ]
    }

    private mutating func spec(app: String, image: String) -> JSONValue {
        let container: JSONValue = [
            "name": "app", "image": "\(image)@sha256:\(hex(64))",
            "ports": [
                ["name": "http", "containerPort": 8080, "protocol": "TCP"],
                ["name": "metrics", "containerPort": 9090, "protocol": "TCP"],
            ],
            "env": [
                ["name": "LOG_LEVEL", "value": "info"],
                ["name": "POD_IP", "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "status.podIP"]]],
                ["name": "DATABASE_URL", "valueFrom": ["secretKeyRef": ["name": .string(app), "key": "url"]]],
            ],
            "resources": [
                "limits": ["cpu": "500m", "memory": "256Mi"], "requests": ["cpu": "100m", "memory": "128Mi"],
            ],
            "volumeMounts": [
                [
                    "name": "kube-api-access", "readOnly": true,
                    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                ]
            ],
            "livenessProbe": [
                "httpGet": ["path": "/healthz", "port": "http", "scheme": "HTTP"], "initialDelaySeconds": 5,
                "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
            ],
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent",
        ]
        return [
            "containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst", "serviceAccountName": .string(app), "nodeName": "node-\(hex(4))",
            "securityContext": ["runAsNonRoot": true, "runAsUser": 65_532], "priority": 0, "enableServiceLinks": true,
            "tolerations": [
                [
                    "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 300,
                ]
            ],
        ]
    }

    private mutating func status(image: String, number: Int) -> JSONValue {
        let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map { type -> JSONValue in
            [
                "type": .string(type), "status": "True", "lastProbeTime": .null,
                "lastTransitionTime": "2026-01-01T08:15:34Z",
            ]
        }
        return [
            "phase": "Running", "conditions": .array(conditions), "hostIP": "10.0.0.\(number % 250)",
            "podIP": "10.1.\(number / 250).\(number % 250)", "startTime": "2026-01-01T08:15:30Z",
            "containerStatuses": [
                [
                    "name": "app", "state": ["running": ["startedAt": "2026-01-01T08:15:33Z"]], "lastState": [:],
                    "ready": true, "restartCount": .int(Int64(number % 4)), "image": .string(image),
                    "imageID": "\(image)@sha256:\(hex(64))", "containerID": "containerd://\(hex(64))", "started": true,
                ]
            ],
            "qosClass": "Burstable",
        ]
    }

    private mutating func uid() -> String {
        "\(hex(8))-\(hex(4))-4\(hex(3))-8\(hex(3))-\(hex(12))"
    }

    private mutating func hex(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
    }
}

/// A generator with a seed, as the standard library has none.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
