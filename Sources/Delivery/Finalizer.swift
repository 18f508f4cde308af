// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON
package import Kubernetes

/// A finalizer of ours: put on before the first object is written that its resource answers for, and taken off when the resource may go.
package struct Finalizer: Sendable {
    private let name: String
    private let type: GroupVersionKind
    private let client: KubernetesClient
    private let fieldManager: String

    package init(_ name: String, on type: GroupVersionKind, client: KubernetesClient, fieldManager: String) {
        self.name = name
        self.type = type
        self.client = client
        self.fieldManager = fieldManager
    }

    package func isOn(_ object: JSONValue) -> Bool { Self.all(of: object).contains(name) }

    package static func all(of object: JSONValue) -> [String] {
        (object["metadata"]?["finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// - Returns: whether it is there; if not, the next look sees a newer object.
    package func putOn(_ object: JSONValue, deadline: Deadline) async throws -> Bool {
        guard !isOn(object) else { return true }
        return try await write(Self.all(of: object) + [name], to: object, deadline: deadline)
    }

    /// - Returns: whether it is gone; if not, the next look sees a newer object.
    @discardableResult
    package func takeOff(_ object: JSONValue, deadline: Deadline) async throws -> Bool {
        guard isOn(object) else { return true }
        return try await write(Self.all(of: object).filter { $0 != name }, to: object, deadline: deadline)
    }

    /// The resourceVersion in the patch makes it fail if anybody else changed the list meanwhile.
    private func write(_ finalizers: [String], to object: JSONValue, deadline: Deadline) async throws -> Bool {
        let patch: JSONValue = [
            "metadata": [
                "finalizers": .array(finalizers.map { .string($0) }),
                "resourceVersion": object["metadata"]?["resourceVersion"] ?? .null,
            ]
        ]
        do {
            _ = try await client.mergePatch(
                type,
                namespace: object["metadata"]?["namespace"]?.stringValue,
                name: object["metadata"]?["name"]?.stringValue ?? "",
                patch: patch,
                fieldManager: fieldManager,
                deadline: deadline
            )
        } catch let error as KubernetesError where error.code == .conflict || error.code == .notFound {
            return false
        }
        return true
    }
}
