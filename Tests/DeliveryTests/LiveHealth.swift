// SPDX-License-Identifier: Apache-2.0

import Change
import Concurrency
import Delivery
import JSON
import Kubernetes
import TestSupport
import Testing
import YAML

/// A namespace on a real server, and what is expected of the health of what is in it.
struct LiveHealth {
    let kubeconfig: String
    let namespace: String
    let client: KubernetesClient
    /// Long, since a busy machine is no failure.
    var soon: Deadline { .after(.seconds(600)) }

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        client = KubernetesClient(configuration: configuration, userAgent: "test")
    }

    func apply(_ manifests: String) async throws {
        let result = try await call("apply", "--validate=false", "-f", "-", input: manifests)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Runs kubectl in the namespace.
    func call(_ words: String..., input: String = "") async throws -> ProgramResult {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + words, input: input)
    }

    /// Waits until an object does as is said, and shows how it did where it never does.
    func expect(
        _ type: String,
        _ name: String,
        inNamespace: Bool = true,
        now: Timestamp = WallClock.system.now,
        _ expected: String
    ) async throws {
        let type = try Self.type(type)
        var found = ""
        do {
            try await eventually("\(type) \(name): \(expected)") {
                let home = inNamespace ? namespace : nil
                let object = try await client.get(type, namespace: home, name: name, deadline: soon)
                let (health, message) = HealthRules.health(of: object, now: now)
                found = "\(health.rawValue): \(message)"
                return found.hasPrefix(expected)
            }
        } catch {
            Issue.record("\(type) \(name) is \(found), not \(expected)")
        }
    }

    static func type(_ text: String) throws -> GroupVersionKind {
        let words = text.split(separator: " ").map(String.init)
        return try #require(GroupVersionKind(apiVersion: words[0], kind: words[1]))
    }

    /// Writes a status, given as YAML, where no controller does.
    func report(_ type: String, _ name: String, _ status: String) async throws {
        let stream = YAML.parse(Array(status.utf8), file: "status")
        let value = try #require(stream.documents.first?.value, "\(stream.errors)")
        _ = try await client.mergePatch(
            Self.type(type),
            namespace: namespace,
            name: name,
            subresource: "status",
            patch: ["status": value],
            fieldManager: "test",
            deadline: soon
        )
    }

    /// The first of the versions that the server at hand serves.
    func served(_ versions: String..., kind: String) async throws -> String {
        for version in versions {
            let type = try Self.type("\(version) \(kind)")
            if try await client.resource(for: type, deadline: soon) != nil { return version }
        }
        throw MissingPart(part: kind)
    }

    /// A kind without rules for its fields, with a status of its own.
    func definition(_ group: String, _ kind: String, plural: String, versions: [String]) -> String {
        let schema = "{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}"
        let list = versions.map {
            "{name: \($0), served: true, storage: true, schema: \(schema), subresources: {status: {}}}"
        }
        return """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: \(plural).\(group)
              annotations: {api-approved.kubernetes.io: "unapproved, a stand-in for tests"}
            spec:
              group: \(group)
              scope: Namespaced
              names: {kind: \(kind), listKind: \(kind)List, plural: \(plural), singular: \(kind.lowercased())}
              versions: [\(list.joined(separator: ", "))]

            """
    }
}
