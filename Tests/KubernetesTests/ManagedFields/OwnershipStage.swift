// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

/// A namespace of a server, and what is done there under several names. `us` is whose ownership is moved.
struct OwnershipStage {
    let kubeconfig: String
    let client: KubernetesClient
    let namespace: String
    private var soon: Deadline { .after(.seconds(60)) }

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        client = KubernetesClient(
            configuration: try .resolve(kubeconfig: kubeconfig, context: nil, environment: [:]),
            userAgent: "test"
        )
        namespace = try await makeNamespace(kubeconfig)
    }

    func type(_ object: JSONValue) throws -> GroupVersionKind {
        try #require(
            GroupVersionKind(
                apiVersion: object["apiVersion"]?.stringValue ?? "",
                kind: object["kind"]?.stringValue ?? ""
            )
        )
    }

    func get(_ object: JSONValue) async throws -> JSONValue {
        try await client.get(
            try type(object),
            namespace: namespace,
            name: try #require(object["metadata"]?["name"]?.stringValue),
            deadline: soon
        )
    }

    @discardableResult
    func apply(_ object: JSONValue, as manager: String = "us") async throws -> JSONValue {
        var object = object
        object["metadata"]?["namespace"] = .string(namespace)
        return try await client.apply(
            object,
            options: ApplyOptions(fieldManager: manager, force: true, dryRun: false),
            deadline: soon
        ).object
    }

    @discardableResult
    func merge(_ patch: JSONValue, into object: JSONValue, as manager: String) async throws -> JSONValue {
        try await client.mergePatch(
            try type(object),
            namespace: namespace,
            name: object["metadata"]?["name"]?.stringValue ?? "",
            patch: patch,
            fieldManager: manager,
            deadline: soon
        )
    }

    func kubectl(_ verb: String, _ object: JSONValue) async throws {
        let result = try await TestSupport.kubectl(
            kubeconfig,
            "-n",
            namespace,
            verb,
            "-f",
            "-",
            input: String(decoding: object.serialized(), as: UTF8.self)
        )
        try #require(result.status == 0, "\(result.errors)")
    }

    @discardableResult
    func send(_ patch: JSONPatch?, for object: JSONValue) async throws -> JSONValue {
        try await client.jsonPatch(
            try type(object),
            namespace: namespace,
            name: object["metadata"]?["name"]?.stringValue ?? "",
            patch: try #require(patch),
            fieldManager: "us",
            deadline: soon
        )
    }

    /// Takes over what these managers own of an object as it is now.
    func takeOver(_ live: JSONValue, from old: Set<String>) async throws -> JSONValue {
        let version = try type(live).apiVersion
        let patch = ManagedFields.takeover(by: "us", apiVersion: version, object: live) { old.contains($0.manager) }
        return try await send(patch, for: live)
    }
}
