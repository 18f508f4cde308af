// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let target = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: {a: "1", b: "2"}
          annotations: {n: x, m: y}
          finalizers: [one, two]
        spec:
          replicas: 1
          paused: null
          strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
          template:
            metadata: {labels: {app: web}}
            spec:
              nodeSelector: {disk: ssd}
              tolerations: [{key: a}, {key: b}]
              imagePullSecrets: [{name: p1}, {name: p2}]
              hostAliases: [{ip: 1.1.1.1, hostnames: [a]}]
              containers:
              - name: web
                image: web:1
                command: [a, b]
                args: ["1", "2"]
                ports: [{containerPort: 80, protocol: TCP}, {containerPort: 81, name: x}]
                env: [{name: A, value: "1"}, {name: B, value: "2"}]
                volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]
                resources: {limits: {cpu: 1, memory: 1Gi}}
              - name: side
                image: side:1
              volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: c}}]
        """

    /// A patch of the parts of a pod's spec.
    private static func pod(_ name: String, _ spec: String) -> Tree {
        let indented = spec.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }.joined(
            separator: "\n"
        )
        return patch(name, "spec:\n  template:\n    spec:\n" + indented)
    }

    private static func patch(_ name: String, _ patch: String) -> Tree {
        Tree(
            name,
            "resources: [a.yaml]\npatches: [{path: p.yaml}]\n=== a.yaml\n" + target
                + "\n=== p.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n" + patch + "\n"
        )
    }

    private static func merged(_ name: String, _ object: String, _ patch: String) -> Tree {
        Tree(
            name,
            "resources: [a.yaml]\npatches: [{path: p.yaml}]\n=== a.yaml\n" + object + "\n=== p.yaml\n" + patch + "\n"
        )
    }

    static let merges = Chapter(
        name: "strategic merges",
        refused: [
            "a scalar over a mapping",
            "an unknown directive",
            "another shape",
        ],
        trees: [
            patch("a scalar", "spec: {replicas: 3}"),
            patch("a new field", "spec: {minReadySeconds: 3, progress: {deep: [1]}}"),
            patch("null", "spec: {replicas: null, strategy: null, absent: null}"),
            patch("null in what is new", "spec: {new: {a: null, b: {c: null}, d: 1}}"),
            patch("a mapping replaced", "spec: {strategy: {$patch: replace, type: Recreate}}"),
            patch("a mapping deleted", "spec: {strategy: {$patch: delete}}"),
            patch("a mapping merged", "spec: {strategy: {$patch: merge, x: 1}}"),
            patch("an unknown directive", "spec: {strategy: {$patch: other}}"),
            patch(
                "a directive in what is new",
                "spec: {new: {$patch: replace, a: 1}, gone: {$patch: delete}, n: {m: {$patch: delete, a: 1}}}"
            ),
            patch("an unknown directive in what is new", "spec: {new: {$patch: other}}"),
            patch("another shape", "spec: {strategy: [a]}"),
            patch("a scalar over a mapping", "spec: {strategy: a}"),
            patch("types", "spec: {replicas: '3', paused: 1}"),
            pod("containers", "containers:\n- name: web\n  image: web:2\n- name: new\n  image: n"),
            pod("a container deleted", "containers:\n- name: side\n  $patch: delete"),
            pod("all containers deleted", "containers:\n- {name: side, $patch: delete}\n- {name: web, $patch: delete}"),
            pod("a container that is not there deleted", "containers:\n- {name: other, $patch: delete}"),
            pod("a container replaced", "containers:\n- {name: web, $patch: replace, image: r}"),
            pod(
                "containers replaced",
                "containers:\n- $patch: replace\n- {name: only, image: o, env: [{name: X, $patch: delete}]}"
            ),
            pod("containers deleted", "containers:\n- $patch: delete"),
            pod("containers merged", "containers:\n- $patch: merge\n- {name: web, tty: true}"),
            pod("containers null", "containers: null"),
            pod("containers empty", "containers: []"),
            pod("a list of scalars", "containers:\n- {name: web, command: [c], args: null}"),
            pod(
                "variables",
                "containers:\n- name: web\n  env: [{name: C, value: '3'}, {name: B, value: null, valueFrom: {fieldRef: {fieldPath: x}}}, {name: A, $patch: delete}]"
            ),
            pod(
                "ports",
                "containers:\n- name: web\n  ports: [{containerPort: 82}, {containerPort: 80, protocol: TCP, name: http}]"
            ),
            pod("ports by number", "containers:\n- name: web\n  ports: [{containerPort: 80, name: http}]"),
            pod(
                "ports of another protocol",
                "containers:\n- name: web\n  ports: [{containerPort: 80, protocol: UDP, name: dns}]"
            ),
            pod("ports without a number", "containers:\n- name: web\n  ports: [{name: http}]"),
            pod("a port deleted", "containers:\n- name: web\n  ports: [{containerPort: 81, $patch: delete}]"),
            pod(
                "mounts",
                "containers:\n- name: web\n  volumeMounts: [{name: n, mountPath: /b}, {name: o, mountPath: /c}]"
            ),
            pod("resources", "containers:\n- name: web\n  resources: {limits: {cpu: null}, requests: {cpu: 2}}"),
            pod("volumes", "volumes:\n- {name: v, emptyDir: null, hostPath: {path: /x}}\n- {name: z, emptyDir: {}}"),
            pod("no keys", "containers:\n- image: x"),
            pod("pull secrets", "imagePullSecrets: [{name: p3}, {name: p1}]"),
            pod("host aliases", "hostAliases: [{ip: 1.1.1.1, hostnames: [b]}, {ip: 2.2.2.2}]"),
            pod("tolerations", "tolerations: [{key: c}]"),
            pod("an init container", "initContainers: [{name: i, image: x, env: [{name: A, value: null}]}]"),
            pod("spread", "topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b, maxSkew: 1}]"),
            pod("a node selector", "nodeSelector: {disk: null, zone: a}"),
            patch(
                "labels",
                "metadata: {name: web, labels: {a: null, c: '3'}, annotations: {n: null}, finalizers: [three, one]}"
                    .replacing("metadata:", with: "x-ignored: 1\n#")
            ),
            merged(
                "metadata",
                target,
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {a: null, c: '3', d: 4}, annotations: {n: null, o: p}, finalizers: [three, one]}"
            ),
            merged(
                "labels null",
                target,
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: null, annotations: null, finalizers: null}"
            ),
            merged(
                "a namespace is not changed",
                target,
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}"
            ),
            merged(
                "an object deleted",
                target + "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p}}",
                "$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}"
            ),
            merged(
                "an object replaced",
                target,
                "$patch: replace\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {x: 1}"
            ),
            merged(
                "a custom kind",
                "{apiVersion: a/v1, kind: A, metadata: {name: a}, spec: {list: [{name: x, v: 1}, {name: y}], map: {a: {b: 1}}}}",
                "{apiVersion: a/v1, kind: A, metadata: {name: a}, spec: {list: [{name: x, w: 2}], map: {a: {c: 2}}}}"
            ),
            merged(
                "a pod in a custom kind",
                "{apiVersion: a/v1, kind: A, metadata: {name: a}, spec: {template: {apiVersion: v1, kind: Pod, spec: {containers: [{name: x, image: a}, {name: y}]}}}}",
                "{apiVersion: a/v1, kind: A, metadata: {name: a}, spec: {template: {spec: {containers: [{name: x, tty: true}]}}}}"
            ),
            merged(
                "a service",
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, name: a}, {port: 81, protocol: TCP}]}}",
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 81, protocol: TCP, name: b}, {port: 82}]}}"
            ),
            merged(
                "a service's port with a protocol",
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, name: a}]}}",
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, protocol: UDP, name: b}, {port: 80, protocol: TCP}]}}"
            ),
            merged(
                "a service account",
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, secrets: [{name: s}], imagePullSecrets: [{name: p}]}",
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, secrets: [{name: t}], imagePullSecrets: [{name: q}]}"
            ),
            merged(
                "webhooks",
                "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: a}, webhooks: [{name: x, a: 1}, {name: y}]}",
                "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: a}, webhooks: [{name: y, b: 2}]}"
            ),
            merged(
                "a role",
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}, rules: [{verbs: [get]}]}",
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}, rules: [{verbs: [list]}]}"
            ),
            merged(
                "a cron job",
                "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: x, image: y}]}}}}}}",
                "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: z}, {name: x, tty: true}]}}}}}}"
            ),
            merged(
                "an older version",
                "{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [{name: x, image: y}]}}}}",
                "{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [{name: x, tty: true}]}}}}"
            ),
            merged(
                "data",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: '1', b: '2'}}",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: null, c: '3'}}"
            ),
            merged(
                "a container twice",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x, a: 1}, {name: x, b: 2}]}}",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x, c: 3}]}}"
            ),
            merged(
                "an unnamed container",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: i}, {name: x}]}}",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x, c: 3}]}}"
            ),
            merged(
                "numbers as names",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: 1, a: 1}]}}",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: '1', c: 3}]}}"
            ),
            merged(
                "a list that is new",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
                "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x, ports: [{containerPort: 1}, {containerPort: 1, protocol: TCP}]}, {name: y, $patch: delete}, {name: x}]}}"
            ),
        ]
    )
}
