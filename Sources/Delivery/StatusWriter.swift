// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON
package import Kubernetes

/// Writes statuses of our own resources, and only when their meaning changed: a quiet cluster costs nothing.
package struct StatusWriter: Sendable {
    private let client: KubernetesClient
    private let fieldManager: String

    package init(client: KubernetesClient, fieldManager: String) {
        self.client = client
        self.fieldManager = fieldManager
    }

    /// - Parameter object: as it was last seen; nothing is sent if it has this status already.
    /// - Returns: the object as the server has it now; `nil` if nothing was sent, or the object is gone and needs no status.
    @discardableResult
    package func write(
        _ status: JSONValue,
        to object: JSONValue,
        type: GroupVersionKind,
        deadline: Deadline
    ) async throws -> JSONValue? {
        guard object["status"] != status else { return nil }
        // A merge patch keeps what it does not name.
        var patch = status
        for (field, _) in object["status"]?.objectValue ?? [:] where status[field] == nil { patch[field] = .null }
        do {
            return try await client.mergePatch(
                type,
                namespace: object["metadata"]?["namespace"]?.stringValue,
                name: object["metadata"]?["name"]?.stringValue ?? "",
                subresource: "status",
                patch: ["status": patch],
                fieldManager: fieldManager,
                deadline: deadline
            )
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }
}
