// SPDX-License-Identifier: Apache-2.0

import Testing

/// An object that only a server can find bad, in `app/bad.yaml` beside a good ConfigMap.
struct BadObject: Sendable, CustomTestStringConvertible {
    /// The row of `docs/bad-input.md`.
    let title: String
    /// Manifests that an administrator has applied before. `GROUP` stands for an API group of the test's own.
    let setting: String
    /// Run in the repository; makes `app/bad.yaml`.
    let script: String
    /// Whether it is refused before anything is sent, and not when it is applied.
    let isPlanned: Bool

    var testDescription: String { title }

    private init(_ title: String, setting: String = "", isPlanned: Bool = false, script: String) {
        self.title = title
        self.setting = setting
        self.script = script
        self.isPlanned = isPlanned
    }

    private init(_ title: String, setting: String = "", isPlanned: Bool = false, _ content: String) {
        self.init(
            title,
            setting: setting,
            isPlanned: isPlanned,
            script: "cat > app/bad.yaml <<'YAML'\n\(content)\nYAML"
        )
    }

    static let all = [
        BadObject(
            "a kind without its CustomResourceDefinition",
            isPlanned: true,
            "apiVersion: models.example.com/v1\nkind: Model\nmetadata: {name: bad}"
        ),
        BadObject(
            "a version that the cluster serves no more",
            isPlanned: true,
            deployment(replicas: "1", version: "extensions/v1beta1")
        ),
        BadObject("a field of the wrong type", deployment(replicas: "many")),
        BadObject("a number that no double holds (1e400)", deployment(replicas: "1e400")),
        BadObject("a number beyond the field (2^32)", isPlanned: true, deployment(replicas: "4294967296")),
        BadObject("a number beyond 64 bits (2^64)", isPlanned: true, deployment(replicas: "18446744073709551616")),
        BadObject(
            "a number of 80 digits",
            isPlanned: true,
            deployment(replicas: String(repeating: "9", count: 80))
        ),
        BadObject(
            "a quota that is used up",
            setting: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none}\nspec: {hard: {services: 0}}",
            "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 80}]}"
        ),
        BadObject(
            "a ConfigMap of more than 1 MiB",
            script: large("apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: bad}\\ndata", bytes: 1_572_864)
        ),
        BadObject(
            "an object beyond etcd's limit",
            setting: definition,
            script: large("apiVersion: GROUP/v1\\nkind: Thing\\nmetadata: {name: bad}\\nspec", bytes: 1_600_000)
        ),
    ]

    private static func deployment(replicas: String, version: String = "apps/v1") -> String {
        """
        apiVersion: \(version)
        kind: Deployment
        metadata: {name: bad}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: bad}}
          template: {metadata: {labels: {app: bad}}, spec: {containers: [{name: bad, image: "bad:1"}]}}
        """
    }

    private static func large(_ head: String, bytes: Int) -> String {
        "{ printf '\(head): {a: \"'; head -c \(bytes) /dev/zero | tr '\\0' x; echo '\"}'; } > app/bad.yaml"
    }

    /// The kind `Thing`, which takes anything.
    static let definition = definition(versions: version("v1"))

    static func definition(versions: String, conversion: String = "{strategy: None}") -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: things.GROUP}
        spec:
          group: GROUP
          names: {kind: Thing, plural: things}
          scope: Namespaced
          conversion: \(conversion)
          versions:
        \(versions)
        """
    }

    static func version(_ name: String, isServed: Bool = true, isStored: Bool = true) -> String {
        "  - {name: \(name), served: \(isServed), storage: \(isStored), "
            + "schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}\n"
    }
}
